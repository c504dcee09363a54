"""Inactive data that a function changes while it runs: objects written into, or given other attributes.

A name is disturbed when any statement may change what it refers to, under whatever name; the order is ignored.
"""

from __future__ import annotations

from types import FunctionType

import gast
import numpy as np

from ..frontend.activity import assigned_outside
from ..frontend.build import names_loaded, names_stored, parameters, root, walk
from ..frontend.methods import CONSTANT_METHODS, MUTATORS, PURE_METHODS
from ..frontend.scope import MISSING, Scope
from ..frontend.source import body_of
from ..kinds import UNKNOWN, is_scalar
from ..rules import registry
from .adding import added_operands
from .outside import writes_outside

EVERYTHING = "<everything outside>"


def disturbed(core, inference) -> tuple[set[str], set[str]]:
    """(names of what is changed in place, names of objects whose attributes may be bound anew), aliases included."""
    written, touched = set(), set()
    for stmt in core.body:
        for node in walk(stmt):
            found = writes_of(node, core.scope, inference)
            written |= found[0]
            touched |= found[1]
    return connected(written, core, inference), connected(touched, core, inference)


def rebound_by_calls(core, inference) -> set[str]:
    """The variables that the functions nested in this one assign, and EVERYTHING where calls may assign globals."""
    nodes = [n for stmt in core.body for n in walk(stmt)]
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
    opened = body_of(function)
    if opened is None:
        return True
    args, body = opened
    scope = Scope(function, names_stored(body) | set(parameters(args)))
    nodes = [n for part in body for n in walk(part)]
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
        if writes_outside(target):
            return given | {EVERYTHING}, set()
        return {root(operand) for operand in added_operands(node, scope)} - {None}, set()
    return (given, set()) if type(target) is type(np.add.at) or given else (set(), set())


def connected(written, core, inference) -> set[str]:
    """`written` and the names that may share memory with one of them."""
    pairs = []
    for stmt in core.body:
        for node in walk(stmt):
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
