"""Who else may see an object: alias classes by unification (Steensgaard), and the check that a write is seen by no one.

Two names are in one class when they may be the same object or share memory. Each class has a class of contents. A write
through a name is the function's own business as long as no other name, container or caller can see it when it happens.
"""

from __future__ import annotations

import gast

from ..errors import UnsupportedMutation
from ..frontend.build import names_stored
from ..kinds import UNKNOWN, is_scalar

EXTERNAL = "<outside>"
FRESH_RESULTS = ("rule",)
VIEWS = frozenset(
    "reshape ravel transpose swapaxes moveaxis rollaxis squeeze expand_dims broadcast_to asarray atleast_1d atleast_2d "
    "atleast_3d diagonal real imag flip flipud fliplr rot90 split array_split hsplit vsplit dsplit as_sequence "
    "matrix_transpose ascontiguousarray asanyarray conj conjugate reshape_method transpose_method nan_to_num".split()
)


class Aliases:
    def __init__(self, reverse):
        self.reverse = reverse
        self.parent: dict[str, str] = {}
        self.contents: dict[str, str] = {}
        self.position = 0
        self.loops: tuple = ()
        self.made: dict[str, tuple] = {}
        self.shared: dict[str, list] = {}
        from ..frontend.build import parameters

        for p in parameters(reverse.core.args):
            self.unite(p, EXTERNAL)
        self.unite(self.inside(EXTERNAL), EXTERNAL)
        self.visit(reverse.core.body)

    def find(self, x):
        while self.parent.setdefault(x, x) != x:
            x = self.parent[x]
        return x

    def inside(self, x):
        root = self.find(x)
        if root not in self.contents:
            self.contents[root] = f"<in {root}>"
        return self.find(self.contents[root])

    def unite(self, a, b):
        a, b = self.find(a), self.find(b)
        if a == b:
            return
        inner_a, inner_b = self.contents.get(a), self.contents.get(b)
        self.parent[b] = a
        if inner_a is not None and inner_b is not None:
            self.unite(inner_a, inner_b)
        elif inner_b is not None:
            self.contents[a] = inner_b

    def may_alias(self, name) -> bool:
        return not is_scalar(self.reverse.kinds.get(name, UNKNOWN)) and self.reverse.kinds.get(name, UNKNOWN).tag not in (
            "str", "none")

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
                            self.unite(name, self.inside(source))
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
                self.unite(name, self.inside(node.name if isinstance(node, gast.FunctionDef) else "<lambda>"))
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
            self.unite(self.inside(container), name)
            self.share(name, container)

    def flow(self, target, value):
        if not self.may_alias(target) and not isinstance(value, (gast.Tuple, gast.List, gast.Dict)):
            return
        if isinstance(value, gast.Name):
            if self.is_free(value.id):
                self.unite(target, EXTERNAL)
            else:
                self.unite(target, value.id)
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
                self.unite(target, EXTERNAL if self.is_free(name) else self.inside(name))
                self.share(target, name)

    def view(self, target, name):
        if self.is_free(name):
            self.unite(target, EXTERNAL)
        else:
            self.unite(target, name)
            self.share(name, target)
            self.share(target, name)

    def result(self, target, value):
        op = self.reverse.describe(value)
        arguments = [n for a in (*value.args, *(k.value for k in value.keywords)) for n in names_in(a)]
        if isinstance(value.func, gast.Attribute):
            arguments += [n for n in names_in(value.func.value) if not self.is_free(n)]
        if op.form == "rule":
            name = getattr(op.primitive, "__name__", "")
            if name in VIEWS:
                for argument in arguments:
                    self.view(target, argument)
            elif name in ("list", "tuple", "dict", "sorted", "zip", "copy", "enumerate", "reversed", "max", "min", "get"):
                for argument in arguments:
                    self.unite(self.inside(target), self.inside(argument))
                    if name in ("max", "min", "get"):
                        self.unite(target, self.inside(argument))
        elif op.form in ("callee", "dynamic"):
            for argument in arguments:
                if self.may_alias(argument):
                    self.view(target, argument)
                    self.unite(self.inside(target), target)

    def effect(self, value):
        if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute):
            for owner in names_in(value.func.value):
                for argument in value.args:
                    for name in names_in(argument):
                        if value.func.attr == "extend":
                            self.unite(self.inside(owner), self.inside(name))
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
        aliases.writes = {}
    if name not in reverse.core.scope.local or aliases.find(name) == aliases.find(EXTERNAL):
        reverse.refuse(f"{name!r} is written to, and may share memory with what came from outside the function", stmt,
                       f"Write into a copy: {name} = {name}.copy().", UnsupportedMutation)
    position, _ = position_of(reverse.core.body, stmt)
    made = aliases.made.get(name)
    for where, loops, other in aliases.shared.get(name, ()):
        if other in reverse.core.temporaries:
            continue
        before = position is not None and position < where and made is not None and made[1][: len(loops)] == loops
        if not before:
            reverse.refuse(f"{name!r} is written to while {other!r} may share it", stmt,
                           f"Write first and share afterwards, or make a copy for {other!r}.", UnsupportedMutation)


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
