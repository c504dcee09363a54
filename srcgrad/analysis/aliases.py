"""Who else may see an object: what each name may refer to (Andersen), and the check that a write is seen by no one.

A name may refer to what the names it comes from refer to; what a container holds has a name of its own. A write
through a name is the function's own business as long as no other name, container or caller can see it when it happens.
"""

from __future__ import annotations

import gast
import numpy as np

from ..errors import UnsupportedMutation
from ..frontend.build import names_stored
from ..frontend.scope import MISSING
from ..kinds import UNKNOWN, is_scalar
from .exposure import exposed

EXTERNAL = "<outside>"
IN = "in "  # the name of what a container holds
FRESH_RESULTS = ("rule",)
VIEWS = frozenset(
    [
        "reshape",
        "ravel",
        "transpose",
        "swapaxes",
        "moveaxis",
        "rollaxis",
        "squeeze",
        "expand_dims",
        "broadcast_to",
        "asarray",
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "diagonal",
        "real",
        "imag",
        "flip",
        "flipud",
        "fliplr",
        "rot90",
        "split",
        "array_split",
        "hsplit",
        "vsplit",
        "dsplit",
        "as_sequence",
        "matrix_transpose",
        "ascontiguousarray",
        "asanyarray",
        "conj",
        "conjugate",
        "reshape_method",
        "transpose_method",
        "nan_to_num",
    ]
)


class Aliases:
    def __init__(self, reverse):
        self.reverse = reverse
        self.position = 0
        self.loops: tuple = ()
        self.made: dict[str, tuple] = {}
        self.shared: dict[str, list] = {}
        from ..frontend.build import parameters

        self.comes_from: dict[str, set[str]] = {}
        for p in parameters(reverse.core.args):
            self.derive(p, EXTERNAL)
            self.derive(IN + p, EXTERNAL)
        self.visit(reverse.core.body)
        self.outside = self.reached(EXTERNAL)

    def derive(self, name, source):
        """What `name` refers to may be what `source` refers to."""
        self.comes_from.setdefault(name, set()).add(source)

    def same(self, name, source):
        """`name` may be the object `source`: what either holds, both hold."""
        self.derive(name, source)
        self.derive(IN + name, IN + source)
        self.derive(IN + source, IN + name)

    def part(self, name, container):
        """`name` may be something held in `container`."""
        self.derive(name, IN + container)
        self.derive(IN + name, IN + container)

    def reached(self, origin) -> set[str]:
        """All names that may refer to what `origin` refers to."""
        found, changed = {origin}, True
        while changed:
            changed = False
            for name, sources in self.comes_from.items():
                if name not in found and sources & found:
                    found.add(name)
                    changed = True
        return found

    def origins(self, name) -> set[str]:
        """Everything that `name` may have come from, itself included."""
        found, pending = {name}, [name]
        while pending:
            for source in self.comes_from.get(pending.pop(), ()):
                if source not in found:
                    found.add(source)
                    pending.append(source)
        return found

    def sharing(self, name) -> set[str]:
        """The names that may refer to the same object as `name`."""
        mine = self.origins(name)
        return {other for other in {*self.comes_from, name} if self.origins(other) & mine}

    def may_alias(self, name) -> bool:
        return not is_scalar(self.reverse.kinds.get(name, UNKNOWN)) and self.reverse.kinds.get(
            name, UNKNOWN
        ).tag not in ("str", "none")

    def share(self, name, other):
        """`name` becomes visible through `other` here."""
        self.shared.setdefault(name, []).append((self.position, self.loops, other))

    def visit(self, stmts):
        for stmt in stmts:
            self.position += 1
            if isinstance(stmt, gast.Assign):
                self.assignment(stmt)
            elif isinstance(stmt, gast.Expr):
                self.effect(stmt.value)
            elif isinstance(stmt, gast.FunctionDef):
                self.capture(stmt)
            elif isinstance(stmt, gast.For):
                for name in names_stored(stmt.target):
                    for source in names_in(stmt.iter):
                        if self.may_alias(name):
                            self.external(name) if self.is_free(source) else self.part(name, source)
            if isinstance(stmt, (gast.If, gast.With)):
                self.visit(stmt.body)
                self.visit(getattr(stmt, "orelse", None) or [])
            elif isinstance(stmt, (gast.For, gast.While)):
                outer, self.loops = self.loops, (*self.loops, id(stmt))
                self.visit(stmt.body)
                self.loops = outer

    def capture(self, node):
        from .webs import free_names

        for name in free_names(node):
            if self.may_alias(name):
                self.share(name, "a closure")

    def assignment(self, stmt):
        target, value = stmt.targets[0], stmt.value
        if isinstance(target, gast.Subscript) and isinstance(target.value, gast.Name):
            kind = self.reverse.kinds.get(target.value.id, UNKNOWN)
            if kind.tag not in ("array", "number"):
                for name in names_in(value):
                    self.hold(target.value.id, name)
            return
        for name in names_stored(target):
            self.made[name] = (self.position, self.loops)
            self.flow(name, value)

    def hold(self, container, name):
        if self.may_alias(name):
            self.derive(IN + container, name)
            self.derive(IN + container, IN + name)
            self.share(name, container)

    def external(self, name):
        self.derive(name, EXTERNAL)
        self.derive(IN + name, EXTERNAL)

    def flow(self, target, value):
        if not self.may_alias(target) and not isinstance(value, (gast.Tuple, gast.List, gast.Dict)):
            return
        if isinstance(value, gast.Name):
            if self.is_free(value.id):
                self.external(target)
            else:
                self.same(target, value.id)
                self.share(value.id, target)
                self.share(target, value.id)
        elif isinstance(value, (gast.Tuple, gast.List, gast.Dict)):
            for name in names_in(value):
                self.hold(target, name)
        elif isinstance(value, gast.Subscript):
            self.item(target, value)
        elif isinstance(value, gast.Attribute):
            for name in names_in(value.value):
                self.view(target, name)
        elif isinstance(value, gast.Call):
            self.result(target, value)

    def is_free(self, name) -> bool:
        return name not in self.reverse.core.scope.local

    def item(self, target, value):
        for name in names_in(value.value):
            kind = self.reverse.kinds.get(name, UNKNOWN)
            if kind.tag in ("array", "number"):
                self.view(target, name)
            else:
                self.external(target) if self.is_free(name) else self.part(target, name)
                self.share(target, name)

    def view(self, target, name):
        if self.is_free(name):
            self.external(target)
        else:
            self.same(target, name)
            self.share(name, target)
            self.share(target, name)

    def result(self, target, value):
        op = self.reverse.describe(value)
        arguments = [n for a in (*value.args, *(k.value for k in value.keywords)) for n in names_in(a)]
        if isinstance(value.func, gast.Attribute):
            arguments += [n for n in names_in(value.func.value) if not self.is_free(n)]
        if op.form == "record":
            for argument in arguments:
                self.hold(target, argument)
        elif op.form == "rule":
            name = getattr(op.primitive, "__name__", "")
            if name in VIEWS or name == "getattr":
                for argument in arguments:
                    self.view(target, argument)
            elif name in (
                "list",
                "tuple",
                "dict",
                "sorted",
                "zip",
                "copy",
                "enumerate",
                "reversed",
                "max",
                "min",
                "get",
            ):
                for argument in arguments:
                    self.derive(IN + target, IN + argument)
                    if name in ("max", "min", "get"):
                        self.part(target, argument)
        elif op.form in ("callee", "dynamic"):
            for argument in arguments:
                if self.may_alias(argument):
                    self.view(target, argument)
                    self.derive(IN + target, argument)

    def effect(self, value):
        if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute):
            for owner in names_in(value.func.value):
                for argument in value.args:
                    for name in names_in(argument):
                        if value.func.attr == "extend":
                            self.derive(IN + owner, IN + name)
                        elif not self.is_free(owner):
                            self.hold(owner, name)


def names_in(expr) -> list[str]:
    return sorted({n.id for n in gast.walk(expr) if isinstance(n, gast.Name)})


def check_owned(reverse, name, stmt):
    """UnsupportedMutation unless a write through `name` at `stmt` is seen through no other name."""
    if name in getattr(reverse, "references", {}):
        check_owned(reverse, reverse.references[name].value.id, stmt)
        return
    aliases = getattr(reverse, "aliases", None)
    if aliases is None:
        aliases = reverse.aliases = Aliases(reverse)
    if name not in reverse.core.scope.local or name in aliases.outside:
        reverse.refuse(
            f"{name!r} is written to, and may share memory with what came from outside the function",
            stmt,
            f"Write into a copy: {name} = {name}.copy().",
            UnsupportedMutation,
        )
    position, _ = position_of(reverse.core.body, stmt)
    made = aliases.made.get(name)
    for where, loops, other in aliases.shared.get(name, ()):
        if other in reverse.core.temporaries or other in getattr(reverse, "references", {}):
            continue
        before = position is not None and position < where and made is not None and made[1][: len(loops)] == loops
        if not before and not is_spent(reverse, aliases, other, stmt):
            reverse.refuse(
                f"{name!r} is written to while {other!r} may share it",
                stmt,
                f"Write first and share afterwards, or make a copy for {other!r}.",
                UnsupportedMutation,
            )


def is_spent(sweep, aliases, view, stmt) -> bool:
    """True when the array `view`, and all that was taken from it, is read no more once `stmt` has run."""
    taken = {n for n in aliases.comes_from if view in aliases.origins(n)} | {view}
    live = live_after(sweep.core.body, stmt)
    if live is None or any(other == "a closure" for n in taken for _, _, other in aliases.shared.get(n, ())):
        return False
    return not taken & live and all(sweep.kinds.get(n, UNKNOWN).tag in ("array", "number") for n in taken)


def live_after(stmts, wanted) -> set[str] | None:
    """Names that may be read after the statement `wanted`, which is somewhere in `stmts`; None where it is not."""
    for i, stmt in enumerate(stmts):
        rest = exposed(stmts[i + 1 :])
        if stmt is wanted:
            return rest
        for part in (getattr(stmt, "body", None), getattr(stmt, "orelse", None)):
            inner = live_after(part, wanted) if isinstance(part, list) else None
            if inner is not None:
                around = exposed([stmt]) | exposed(part) if isinstance(stmt, (gast.For, gast.While)) else set()
                return inner | around | rest
    return None


def check_written(sweep) -> None:
    """Refuse writes of active values into what came from outside, also where no result shows them."""
    core = sweep.core
    for stmt in core.body:
        for node in gast.walk(stmt):
            owner, values = written_by(node)
            tainted = {owner, *(n for v in values for n in names_in(v))} & core.active
            if owner is None or owner in sweep.active or not tainted:
                continue
            if (
                owner not in core.scope.local
                and core.scope.value(owner) is not MISSING
                and not isinstance(core.scope.value(owner), (list, dict, np.ndarray))
            ):
                continue
            if (
                is_scalar(sweep.kinds.get(owner, UNKNOWN))
                or isinstance(node, gast.AugAssign)
                and owner not in core.scope.local
            ):
                continue
            aliases = Aliases(sweep)
            if owner not in core.scope.local or owner in aliases.outside:
                sweep.refuse(
                    f"an active value is written into {owner!r}, which came from outside the function",
                    node,
                    f"Return the value, or write into a copy: {owner} = {owner}.copy().",
                    UnsupportedMutation,
                )


def written_by(node):
    """(name of the object that a statement writes into, the values written), or (None, ())."""
    if isinstance(node, gast.Assign) and isinstance(node.targets[0], gast.Subscript):
        owner, values = node.targets[0].value, [node.value]
    elif isinstance(node, gast.AugAssign):
        owner = node.target.value if isinstance(node.target, gast.Subscript) else node.target
        values = [node.value]
    elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in ADDERS:
        owner, values = node.func.value, node.args
    else:
        return None, ()
    return (owner.id, values) if isinstance(owner, gast.Name) else (None, ())


ADDERS = frozenset(["append", "extend", "insert", "update", "setdefault", "fill"])


def position_of(stmts, wanted, count=0):
    """The position of a statement in the order of `Aliases.visit`; (None, count) when it is not there."""
    for stmt in stmts:
        count += 1
        if stmt is wanted:
            return count, count
        if isinstance(stmt, (gast.If, gast.With, gast.For, gast.While)):
            for part in (stmt.body, getattr(stmt, "orelse", None) or []):
                found, count = position_of(part, wanted, count)
                if found is not None:
                    return found, count
    return None, count
