"""What a Python function does to what lives outside of it, from its source alone: it writes there, or hands it out."""

from __future__ import annotations

from types import FunctionType

import gast
import numpy as np

from ..frontend.build import names_stored, own_scope, parameters, root, walk
from ..frontend.inlining import bound_call
from ..frontend.methods import MUTATORS
from ..frontend.scope import MISSING, Scope
from ..frontend.source import body_of
from ..frontend.writers import handed_back_by, returning, written_parameters
from ..rules import registry
from .adding import added_parameters


def writes_outside(function, seen=frozenset()) -> bool:
    """True when a function may write into what it did not make: an argument, a global, an attribute of these.

    What it adds to and hands back (`adding`) does not count.
    """
    if function in seen:
        return False
    opened = body_of(function)
    if opened is None:
        return True
    args, body = opened
    made = {n.id for n in own_scope(body) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    made -= {n for node in own_scope(body) if isinstance(node, gast.Global | gast.Nonlocal) for n in node.names}
    scope = Scope(function, made | set(parameters(args)))
    made |= added_parameters(function) | set(handed_back_by(function))
    for node in (n for stmt in body for n in walk(stmt)):
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
                if writes_outside(as_seen(target, node, made), seen | {function}):
                    return True
    return False


def as_seen(function, node, made):
    """The function that a call runs; where it writes into what was `made` here only, the one that returns that."""
    written = written_parameters(function)
    bound = bound_call(function, node) or {} if written else {}
    own = bool(written) and all(isinstance(bound.get(p), gast.Name) and bound[p].id in made for p in written)
    return returning(function) if own else function


def hands_out(function) -> bool:
    """True when a function may return what lives outside of it: a global, or a part of one."""
    opened = body_of(function)
    if opened is None:
        return False  # refused where it is called
    args, body = opened
    inside = names_stored(body) | set(parameters(args))
    returned = [n.value for n in own_scope(body) if isinstance(n, gast.Return) and n.value is not None]
    parts = [n.value for n in own_scope(body) if isinstance(n, gast.Assign)] + returned
    for part in parts:
        while isinstance(part, (gast.Attribute, gast.Subscript)):
            part = part.value
        if isinstance(part, gast.Name) and part.id not in inside:
            value = Scope(function, inside).value(part.id)
            if isinstance(value, (list, dict, np.ndarray)):
                return True
    return False
