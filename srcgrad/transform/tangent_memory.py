"""Whose memory a tangent may be: where the primal makes a new object, so does its tangent if a write could tell.

    y = np.sin(x)              y_dot = np.cos(x) * x_dot
    s = y + 1.0        ->      s_dot = y_dot.copy()
    y[0] = x[1]                y_dot[0] = x_dot[1]

Where nothing is written into any more, `s_dot` is `y_dot`. Names, items and views of an array mirror what the primal's
are. What any other operation may hand on (`y.ravel()`, the result of a callee) is copied as well: writing through it
while the other is read is refused, so nothing can tell.
"""

from __future__ import annotations

import gast

from ..analysis.activity import is_scatter, names_of
from ..analysis.adding import added_operands, handed_back_alone
from ..analysis.aliases import Aliases, inside
from ..analysis.exposure import later_writes
from ..frontend.build import assign, call, load
from ..kinds import is_numeric, is_scalar
from ..rules import registry
from ..rules.memory import VIEWS
from ..runtime.helpers import as_sequence
from .forward_containers import whole_containers
from .forward_rules import RESULT

# Functions of NumPy that may return an argument or a view of it.
MAY_SHARE = VIEWS | {"array", "broadcast_arrays", "diag", "einsum", "meshgrid", "permute_dims", "real_if_close"}
MAY_SHARE |= {"asfortranarray", "require", "trim_zeros", "unstack"}


class TangentMemory:
    """Mixed into `Forward`."""

    def find_writes(self):
        """Note what is written into in place.

        `classes`: each name that is written through -> all names of what it refers to; `written`: these together.
        """
        self.writes: dict[str, list] = {}  # name -> the statements that write through it
        self.later: dict[str, set[int]] = {}  # name -> the statements, by id, behind which one of these may run
        for stmt in self.core.body:
            for node in gast.walk(stmt):
                for owner in filter(self.is_active, self.written_by(node)):
                    self.writes.setdefault(owner.id, []).append(node)
        if self.writes:
            self.aliases = Aliases(self)
        self.classes = {owner: self.aliases.sharing(owner) for owner in self.writes}
        self.written = set().union(*self.classes.values())
        self.current = None  # the primal's statement at hand

    def find_changed(self):
        """Note what is of unknown kind and written into: its tangent is made sure to be there where it is defined.

        `solid`: the whole containers of which such items have theirs.
        """
        self.changed = {n for n in self.written & self.active if self.kind_of(n).tag == "unknown"}
        self.solid = whole_containers(self, self.changed) if self.changed else self.whole
        if self.writes:
            self.aliases = Aliases(self)  # which asks what tangents mirror

    def written_by(self, stmt) -> list:
        """What a statement writes into in place; loops and branches do nothing themselves."""
        if isinstance(stmt, gast.AugAssign):
            if isinstance(stmt.target, gast.Subscript):
                return [stmt.target.value]
            return [stmt.target] if self.kind(stmt.target).tag == "list" else []
        if not isinstance(stmt, (gast.Assign, gast.Expr)):
            return []
        found = [target.value for target in getattr(stmt, "targets", ()) if isinstance(target, gast.Subscript)]
        if isinstance(stmt.value, gast.Call) and names_of(stmt.value) & self.active:
            op = self.describe(stmt.value)
            found += stmt.value.args[:1] if is_scatter(op.primitive) else []
            found += [op.args["owner"]] if op.form == "mutation" else []
            found += added_operands(stmt.value, self.core.scope) if op.form == "callee" else []
        return found

    def follows(self, *names) -> bool:
        """True when the tangents of `names` are all there, and refer to and hold each other as these do."""
        return all(n in self.active and (n in self.solid | self.changed or is_numeric(self.kind_of(n))) for n in names)

    def is_written(self, name) -> bool:
        return name in self.written

    def is_written_later(self, names) -> bool:
        """True when what one of `names` refers to, or holds, may be written into behind the statement at hand."""
        shared = {*names, *(part for name in names for part in inside(name))}
        return any(shared & same and id(self.current) in self.followed(owner) for owner, same in self.classes.items())

    def followed(self, owner) -> set[int]:
        if owner not in self.later:
            self.later[owner] = later_writes(self.core.body, self.writes[owner])
        return self.later[owner]

    def private(self, tree, target, op):
        """The tangent in memory of its own, where the result or what it comes from is written into later."""
        if is_scalar(self.kind_of(target)) or op.primitive is as_sequence:
            return tree
        if self.is_written(target):
            return self.writable(tree, target, op)
        if is_new(tree, self.names.helpers.numpy) or not self.is_written_later(names_of(op.node)):
            return tree
        return self.copied(tree)

    def writable(self, tree, target, op):
        """The tangent as an array that has the shape and dtype of the result, or as a list or dict like it."""
        kind = self.kind_of(target)
        if kind.tag in ("list", "dict"):
            return call(kind.tag, tree)
        real = kind.tag == "array" and kind.dtype is not None and kind.dtype[1] == "f"
        if real and op.primitive in registry.partial_rules and isinstance(tree, gast.BinOp) and not by_one(tree):
            return tree
        if is_numeric(kind):
            zeros = call(f"{self.names.helpers.numpy}.zeros_like", load(RESULT))
            return gast.BinOp(zeros, gast.Add(), tree)
        return call(self.helper("add"), call(self.helper("zeros_like"), load(RESULT)), tree)

    def copied(self, tree):
        tree = tree.left if by_one(tree) else tree
        names = names_of(tree)
        arrays = {self.names.dot(n) for n in self.active if self.is_inexact(self.kind_of(n)) and self.kind_of(n).ndim}
        if isinstance(tree, gast.Name) and names <= arrays:
            return call(gast.Attribute(tree, "copy", gast.Load()))
        return call(self.helper("snapshot"), tree)

    def own_result(self, stmt, target) -> list:
        """What gives the tangent that a callee returned memory of its own, where a write into another could tell."""
        if handed_back_alone(self.describe(stmt.value).primitive):
            return []
        written = {target, *inside(target)} & self.written or self.is_written_later(names_of(stmt.value))
        if not written or is_scalar(self.kind_of(target)):
            return []
        dot = self.names.dot(target)
        given = call(self.helper("or_zero"), load(dot), load(target)) if target in self.changed else load(dot)
        return [assign(dot, call(self.helper("snapshot"), given), stmt)]


def is_new(tree, numpy) -> bool:
    """True when an expression surely makes a new object; a product with 1 may be written as its other factor."""
    if isinstance(tree, gast.BinOp):
        return not by_one(tree)
    if isinstance(tree, gast.Call):
        if isinstance(tree.func, gast.Attribute) and isinstance(tree.func.value, gast.Name):
            return tree.func.value.id == numpy and tree.func.attr not in MAY_SHARE
        return isinstance(tree.func, gast.Name) and tree.func.id in ("list", "dict")
    return isinstance(tree, (gast.Constant, gast.List, gast.Dict, gast.Lambda))


def by_one(tree) -> bool:
    """True for `a * 1`, `a / 1` and their like, which are simplified to `a`."""
    if not isinstance(tree, gast.BinOp):
        return False
    return isinstance(tree.right, gast.Constant) and tree.right.value == 1
