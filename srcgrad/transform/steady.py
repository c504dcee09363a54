"""Steady reads: what the reverse sweep reads of inactive data is what the forward sweep read.

    y = x * m.scale              t = m.scale
    m.scale = 9.0          ->    y = x * t
                                 m.scale = 9.0

Inactive data may be written into by any statement, and, where the reverse sweep runs later (`pair`), by the caller. An
operand of an active operation that reads such data is taken out into a temporary, in a copy where an array or list
is meant that this function writes into; of a test the truth is enough. Data that nothing writes into stays where it is.
"""

from __future__ import annotations

import gast

from ..analysis.activity import names_of
from ..analysis.disturbance import EVERYTHING, disturbed, rebound_by_calls
from ..frontend.build import assign, call, load, root, walk
from ..frontend.methods import INACTIVE_ATTRIBUTES
from ..frontend.scope import MISSING
from ..kinds import BOOL, is_numeric, is_scalar
from ..rules import registry
from ..runtime import helpers

OPERATIONS = (gast.BinOp, gast.UnaryOp, gast.Call, gast.Subscript, gast.Tuple, gast.List, gast.Dict)

DEFAULTED = ("get", "setdefault", "pop")  # the second argument is handed on


class SteadyReads:
    """Rewrites the core statements of one function; `later`: the reverse sweep runs when others have been at work."""

    def __init__(self, core, inference, active, namer_helper, later):
        self.core, self.inference, self.active, self.helper, self.later = core, inference, active, namer_helper, later
        self.scope, self.kinds = core.scope, inference.kinds
        self.written, self.touched = disturbed(core, inference)
        self.rebound = rebound_by_calls(core, inference)

    def run(self):
        self.core.is_disturbed = bool(self.written)
        if self.written or self.touched or self.rebound or self.later:
            self.core.body = self.block(self.core.body)

    def block(self, stmts) -> list:
        out = []
        for stmt in stmts:
            if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)) and self.is_core(stmt):
                if isinstance(stmt, gast.If):
                    stmt.test = self.steady(stmt.test, out, stmt, is_test=True)
                elif isinstance(stmt, gast.For):
                    self.header(stmt, out)
                stmt.body = self.block(stmt.body)
                if getattr(stmt, "orelse", None):
                    stmt.orelse = self.block(stmt.orelse)
            elif isinstance(stmt, (gast.Assign, gast.AugAssign, gast.Expr)):
                self.operands(stmt, out)
            out.append(stmt)
        return out

    def header(self, stmt, out):
        if is_range(stmt.iter, self.scope):  # its bounds alone tell how often the loop runs
            stmt.iter.args = [self.steady(bound, out, stmt) for bound in stmt.iter.args]
        else:
            stmt.iter = self.steady(stmt.iter, out, stmt)

    def is_core(self, stmt) -> bool:
        return bool((names_of(stmt)) & self.active)

    def operands(self, stmt, out):
        """Take the unsteady operands of one statement out, in the order of evaluation."""
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else getattr(stmt, "target", None)
        if not (names_of(stmt) & self.active):
            return
        if isinstance(target, gast.Subscript) and root(target) in self.active:
            target.slice = self.steady(target.slice, out, stmt)
        value = stmt.value
        if isinstance(stmt, gast.AugAssign):
            stmt.value = self.steady(value, out, stmt)
        elif isinstance(value, OPERATIONS) and names_of(value) & self.active:
            self.inside(value, out, stmt)

    def inside(self, value, out, stmt):
        if isinstance(value, gast.Call) and registry_knows(self.scope.resolve(value.func)) is False:
            return  # what a callee keeps is its own business
        for field, child in gast.iter_fields(value):
            if field == "func" or field in ("elts", "values"):
                continue  # what a display holds is handed on as it is
            if field == "args" and isinstance(value.func, gast.Attribute) and value.func.attr in DEFAULTED:
                value.args[:1] = [self.steady(arg, out, stmt) for arg in child[:1]]
                continue
            if isinstance(child, list):
                for i, part in enumerate(child):
                    if isinstance(part, gast.keyword):
                        part.value = self.steady(part.value, out, stmt)
                    elif isinstance(part, gast.expr) and not isinstance(part, gast.Starred):
                        child[i] = self.steady(part, out, stmt)
            elif isinstance(child, gast.expr):
                setattr(value, field, self.steady(child, out, stmt))

    def steady(self, expr, out, at, is_test=False):
        """`expr`, or a temporary that holds what it reads now: of a test, its truth."""
        if isinstance(expr, gast.Slice | gast.Constant | gast.Starred) or names_of(expr) & self.active:
            return expr
        if names_of(expr) <= self.core.cells:
            return expr
        if isinstance(expr, gast.Tuple) and any(isinstance(e, (gast.Slice, gast.Constant)) for e in expr.elts):
            return expr
        kind = self.inference.kind(expr)
        if kind.tag in ("function", "str", "none"):
            return expr
        names = {n for n in names_of(expr) if self.is_data(n)}
        in_place = names & self.written or self.written & {EVERYTHING} and names - self.scope.local
        moved = names & self.touched or self.later and (names - self.scope.local or self.reads_attributes(expr))
        rebound = self.is_rebound(names)
        if isinstance(expr, gast.Name):
            if not rebound and (not in_place or is_scalar(kind)):
                return expr
        elif not in_place and not moved and not rebound:
            return expr
        if isinstance(expr, gast.Call) and not (in_place or moved or rebound):
            return expr
        self.core.rebound |= names if rebound else set()
        name = self.core.namer.fresh("t")
        self.core.temporaries.add(name)
        self.scope.local.add(name)
        fresh = is_scalar(kind) or isinstance(expr, (gast.BinOp, gast.Compare, gast.UnaryOp))
        if fresh or not in_place:
            value = expr
        elif is_test and self.scope.value("bool") is bool:
            value, kind = call("bool", expr), BOOL
        else:
            value = self.copied(expr, kind)
        self.kinds[name] = kind
        out.append(assign(name, value, at))
        return load(name)

    def copied(self, expr, kind):
        if kind.tag == "array":
            return call(gast.Attribute(expr, "copy", gast.Load()))
        name = self.helper(helpers.snapshot)
        self.scope.imported[name] = helpers.snapshot
        return call(name, expr)

    def is_rebound(self, names) -> bool:
        """True when a call may assign one of these variables anew."""
        free = {n for n in names - self.scope.local if self.is_data(n)} if EVERYTHING in self.rebound else set()
        return bool(names & self.rebound or free)

    def reads_attributes(self, expr) -> bool:
        """True where an attribute of an object is read; those of arrays go with the array."""
        read = [n for n in walk(expr) if isinstance(n, gast.Attribute) and n.attr not in INACTIVE_ATTRIBUTES]
        return any(self.scope.resolve(n) is MISSING and not is_numeric(self.inference.kind(n.value)) for n in read)

    def is_data(self, name) -> bool:
        """True for a variable or global that may hold data: not for functions and modules."""
        if name in self.scope.local or name in self.scope.active_cells:
            return True
        value = self.scope.value(name)
        return value is not MISSING and not callable(value) and not hasattr(value, "__spec__")


def registry_knows(target):
    """False for a callee that is differentiated by itself; True for one with a rule; None where nothing is known."""
    if target is MISSING:
        return None
    return registry.has_rule(target)


def is_range(expr, scope) -> bool:
    return isinstance(expr, gast.Call) and scope.resolve(expr.func) is range
