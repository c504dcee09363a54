"""What a function may write into, by whatever name: subscript stores, updates in place, calls that may do anything.

The analysis ignores the order of statements: an object is steady when nothing in the function may change it.
"""

from __future__ import annotations

import gast

from ..kinds import UNKNOWN, is_scalar
from .aliases import EXTERNAL, Aliases, inside, names_in
from .operations import Unbound

STEADY_ITERABLES = ("array", "list", "tuple", "dict", "str")
HARMLESS = ("rule", "inactive")
OPAQUE = (gast.Try, gast.Delete, gast.ClassDef, gast.Yield, gast.YieldFrom, gast.Await, gast.Global, gast.Nonlocal)


class Writes:
    """The objects that the function of a sweep writes into, `since` a statement of it if that is given.

    They are worked out on the first question.
    """

    def __init__(self, sweep, since: gast.stmt | None = None):
        self.sweep, self.scope = sweep, sweep.core.scope
        self.written: set[str] = set()  # names of the objects written into
        self.given: set[str] = set()  # names of what goes to calls that may write into all that it holds
        body = sweep.core.body
        start = next((i for i, stmt in enumerate(body) if stmt is since), 0)
        for stmt in body[start:]:
            for node in gast.walk(stmt):
                self.note(node)
        self.aliases = None

    def is_steady(self, *names: str) -> bool:
        """True when nothing writes into the objects that `names` may refer to."""
        if not self.written and not self.given:
            return True
        if self.aliases is None:
            self.aliases = Aliases(self.sweep)
            origins = self.aliases.origins
            roots = self.written | self.given | {part for name in self.given for part in inside(name)}
            self.touched = set().union(*map(origins, roots))
        return not any(self.aliases.origins(name) & self.touched for name in names)

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
