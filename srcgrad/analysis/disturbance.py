"""Inactive data that a function changes while it runs: objects written into, or given other attributes.

A name is disturbed when any statement may change what it refers to, under whatever name; the order is ignored.
"""

from __future__ import annotations

from types import FunctionType

import gast
import numpy as np

from ..frontend.build import names_loaded, root, walk
from ..frontend.methods import CONSTANT_METHODS, MUTATORS, PURE_METHODS
from ..frontend.scope import MISSING
from ..kinds import UNKNOWN, is_scalar
from ..rules import registry
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
