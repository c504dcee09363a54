"""What a function may write into, by whatever name: subscript stores, updates in place, calls that may do anything.

The analysis ignores the order of statements: an object is steady when nothing in the function may change it.
"""

from __future__ import annotations

from functools import cached_property

import gast

from ..kinds import UNKNOWN, is_scalar
from .aliases import EXTERNAL, Aliases, inside, names_in
from .operations import Unbound

STEADY_ITERABLES = ("array", "list", "tuple", "dict", "str")
HARMLESS = ("rule", "inactive")
OPAQUE = (gast.Try, gast.Delete, gast.ClassDef, gast.Yield, gast.YieldFrom, gast.Await, gast.Global, gast.Nonlocal)


class Writes:
    """The objects that the function of a sweep writes into, from each statement of its body on."""

    def __init__(self, sweep):
        self.sweep, self.scope = sweep, sweep.core.scope
        self.roots: list[set[str]] = []  # by statement: names of what is written into, and of all that this may hold
        self.index: dict[int, int] = {}
        for i, stmt in enumerate(sweep.core.body):
            self.written: set[str] = set()  # names of the objects written into
            self.given: set[str] = set()  # names of what goes to calls that may write into all that it holds
            for node in gast.walk(stmt):
                self.note(node)
            self.roots.append(self.written | self.given | {part for name in self.given for part in inside(name)})
            self.index[id(stmt)] = i
        self.last = max((i for i, roots in enumerate(self.roots) if roots), default=-1)

    @cached_property
    def aliases(self) -> Aliases:
        return Aliases(self.sweep)

    @cached_property
    def touched(self) -> list[frozenset]:
        """What the names in `roots` may refer to, from each statement on."""
        found, touched = [], frozenset()
        for roots in reversed(self.roots):
            touched = touched.union(*map(self.aliases.origins, roots)) if roots else touched
            found.append(touched)
        return found[::-1]

    def is_steady(self, *names: str, since: gast.stmt | None = None) -> bool:
        """True when nothing writes into the objects that `names` may refer to, `since` a statement if one is given."""
        start = self.index.get(id(since), 0)
        if start > self.last:
            return True
        return not any(self.aliases.origins(name) & self.touched[start] for name in names)

    def note(self, node):
        if isinstance(node, (gast.Subscript, gast.Attribute)):
            if not isinstance(node.ctx, gast.Load):
                direct = isinstance(node.value, gast.Name)  # else what it holds is written into
                names = names_in(node.value)
                parts = names if direct else [part for name in names for part in inside(name)]
                self.written |= set(parts) or {EXTERNAL}
        elif isinstance(node, gast.AugAssign):
            if isinstance(node.target, gast.Name) and not is_scalar(self.kind(node.target.id)):
                self.written.add(node.target.id)
        elif isinstance(node, gast.Call):
            self.note_call(node)
        elif isinstance(node, gast.For):
            if isinstance(node.iter, gast.Name) and self.kind(node.iter.id).tag not in STEADY_ITERABLES:
                self.given |= {EXTERNAL, node.iter.id}
        elif isinstance(node, gast.With) or isinstance(node, OPAQUE):
            self.given.add(EXTERNAL)

    def note_call(self, node):
        try:
            op = self.sweep.describe(node)
        except Unbound:
            op = None
        if op is not None and op.form == "mutation":
            self.written.update(names_in(op.args["owner"]))
        elif op is None or op.form not in HARMLESS or any(k.arg == "out" for k in node.keywords):
            self.given |= {EXTERNAL, *names_in(node)}

    def kind(self, name):
        return self.sweep.kinds.get(name, UNKNOWN)
