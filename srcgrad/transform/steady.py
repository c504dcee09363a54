"""Steady reads: what the reverse sweep reads of inactive data is what the forward sweep read.

    y = x * m.scale              t = m.scale
    m.scale = 9.0          ->    y = x * t
                                 m.scale = 9.0

Inactive data may be written into by any statement, and, where the reverse sweep runs later (`pair`), by the caller. An
operand of an active operation that reads such data is taken out into a temporary, in a copy where an array or list
is meant that this function writes into. Data that nothing writes into stays where it is.
"""

from __future__ import annotations

from types import FunctionType

import gast
import numpy as np

from ..analysis.activity import names_of
from ..analysis.leaks import root
from ..errors import SrcgradError
from ..frontend.activity import CONSTANT_METHODS, INACTIVE_ATTRIBUTES, PURE_METHODS, assigned_outside
from ..frontend.build import assign, call, load, names_loaded, names_stored, own_scope, parameters
from ..frontend.expressions import MUTATORS
from ..frontend.scope import MISSING, Scope
from ..frontend.source import source_of
from ..kinds import UNKNOWN, is_numeric, is_scalar
from ..rules import registry
from ..runtime import helpers

EVERYTHING = "<everything outside>"
OPERATIONS = (gast.BinOp, gast.UnaryOp, gast.Call, gast.Subscript, gast.Tuple, gast.List, gast.Dict)


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
                    stmt.test = self.steady(stmt.test, out, stmt)
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
        if not is_range(stmt.iter, self.scope):
            stmt.iter = self.steady(stmt.iter, out, stmt)
        elif self.is_rebound(names_of(stmt.iter)):
            stmt.iter.args = [self.steady(bound, out, stmt) for bound in stmt.iter.args]

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
            if field == "func":
                continue
            if isinstance(child, list):
                for i, part in enumerate(child):
                    if isinstance(part, gast.keyword):
                        part.value = self.steady(part.value, out, stmt)
                    elif isinstance(part, gast.expr) and not isinstance(part, gast.Starred):
                        child[i] = self.steady(part, out, stmt)
            elif isinstance(child, gast.expr):
                setattr(value, field, self.steady(child, out, stmt))

    def steady(self, expr, out, at):
        """`expr`, or a temporary that holds what it reads now."""
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
        if isinstance(expr, gast.Call) and not in_place and not rebound:
            return expr
        self.core.rebound |= names if rebound else set()
        name = self.core.namer.fresh("t")
        self.core.temporaries.add(name)
        self.scope.local.add(name)
        self.kinds[name] = kind
        fresh = is_scalar(kind) or isinstance(expr, (gast.BinOp, gast.Compare, gast.UnaryOp))
        value = expr if fresh or not in_place else self.copied(expr, kind)
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
        read = [n for n in gast.walk(expr) if isinstance(n, gast.Attribute) and n.attr not in INACTIVE_ATTRIBUTES]
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


def disturbed(core, inference) -> tuple[set[str], set[str]]:
    """(names of what is changed in place, names of objects whose attributes may be bound anew), aliases included."""
    written, touched = set(), set()
    for stmt in core.body:
        for node in gast.walk(stmt):
            found = writes_of(node, core.scope, inference)
            written |= found[0]
            touched |= found[1]
    return connected(written, core, inference), connected(touched, core, inference)


def rebound_by_calls(core, inference) -> set[str]:
    """The variables that the functions nested in this one assign, and EVERYTHING where calls may assign globals."""
    nodes = [n for stmt in core.body for n in gast.walk(stmt)]
    rebound = set().union(*(assigned_outside(n) for n in nodes if isinstance(n, gast.FunctionDef)))
    calls = [n for n in nodes if isinstance(n, gast.Call)]
    return rebound | ({EVERYTHING} if any(may_rebind(n, core.scope, inference.kind) for n in calls) else set())


def may_rebind(node, scope, kind, seen=frozenset()) -> bool:
    """True when a call may run code that assigns a global variable, or one that a closure shares."""
    target = scope.resolve(node.func)
    if isinstance(target, FunctionType) and not registry.has_rule(target):
        return not is_own(target) and rebinds(target, seen)
    if target is not MISSING:
        return False
    if not isinstance(node.func, gast.Attribute):
        return True
    owner = kind(node.func.value).tag
    known = node.func.attr in PURE_METHODS | CONSTANT_METHODS | MUTATORS
    return not known and (owner in ("unknown", "object", "function"))


def rebinds(function, seen=frozenset()) -> bool:
    """True when a Python function may assign variables that are not its own, itself or by what it calls."""
    if function in seen:
        return False
    try:
        tree = source_of(function).tree()
    except SrcgradError:
        return True
    body = tree.body if isinstance(tree.body, list) else [tree.body]
    scope = Scope(function, names_stored(body) | set(parameters(tree.args)))
    nodes = [n for part in body for n in gast.walk(part)]
    if any(isinstance(n, (gast.Global, gast.Nonlocal)) for n in nodes):
        return True
    calls = [n for n in nodes if isinstance(n, gast.Call)]
    return any(may_rebind(n, scope, lambda _expr: UNKNOWN, seen | {function}) for n in calls)


def is_own(function) -> bool:
    return str(function.__module__).startswith("srcgrad.")


def writes_of(node, scope, inference) -> tuple[set, set]:
    if isinstance(node, gast.Subscript) and not isinstance(node.ctx, gast.Load):
        return {root(node)} - {None}, set()
    if isinstance(node, gast.Attribute) and not isinstance(node.ctx, gast.Load):
        return set(), {root(node)} - {None}  # bound to another object, which changes none
    if isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Attribute):
        return {root(node.target)} - {None}, set()  # an array there would be changed in place
    if isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
        scalar = is_scalar(inference.kinds.get(node.target.id, UNKNOWN))
        return (set() if scalar else {node.target.id}), set()
    if not isinstance(node, gast.Call):
        return set(), set()
    target = scope.resolve(node.func)
    if target is MISSING:
        if not isinstance(node.func, gast.Attribute) or node.func.attr in PURE_METHODS | CONSTANT_METHODS:
            return set(), set()
        owner = {root(node.func.value)} - {None}
        return (owner, set()) if node.func.attr in MUTATORS else (set(), owner)
    if registry.has_rule(target) or isinstance(target, type):
        return set(), set()
    given = {root(a) for a in (*node.args, *(k.value for k in node.keywords))} - {None}
    if isinstance(target, FunctionType):
        return (given | {EVERYTHING}, set()) if writes_outside(target) else (set(), set())
    return (given, set()) if type(target) is type(np.add.at) or given else (set(), set())


def connected(written, core, inference) -> set[str]:
    """`written` and the names that may share memory with one of them."""
    pairs = []
    for stmt in core.body:
        for node in gast.walk(stmt):
            if isinstance(node, gast.Assign) and not isinstance(node.value, (gast.BinOp, gast.UnaryOp, gast.Compare)):
                names = {root(t) for t in node.targets} | names_loaded(node.value)
                pairs.append({n for n in names if n and not is_scalar(inference.kinds.get(n, UNKNOWN))})
    found, before = set(written), None
    while found != before and found:
        before = set(found)
        for names in pairs:
            if names & found:
                found |= names
    return found


def writes_outside(function, seen=frozenset()) -> bool:
    """True when a function may write into what it did not make: an argument, a global, an attribute of these."""
    if function in seen:
        return False
    try:
        tree = source_of(function).tree()
    except SrcgradError:
        return True
    if isinstance(tree, gast.Lambda):
        tree.body = [gast.Return(tree.body)]
    scope = Scope(function, set())
    made = {n.id for n in own_scope(tree.body) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    made -= {n for node in own_scope(tree.body) if isinstance(node, gast.Global | gast.Nonlocal) for n in node.names}
    scope.local = made | set(parameters(tree.args))
    for node in (n for stmt in tree.body for n in gast.walk(stmt)):
        if isinstance(node, (gast.Global, gast.Nonlocal)):
            return True
        if isinstance(node, (gast.Subscript, gast.Attribute)) and not isinstance(node.ctx, gast.Load):
            if root(node) not in made:
                return True
        if isinstance(node, gast.Call):
            target = scope.resolve(node.func)
            if target is MISSING and isinstance(node.func, gast.Attribute) and node.func.attr in MUTATORS:
                if root(node.func.value) not in made:
                    return True
            if isinstance(target, FunctionType) and not registry.has_rule(target):
                if writes_outside(target, seen | {function}):
                    return True
    return False
