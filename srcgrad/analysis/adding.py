"""Parameters that a function only adds to, from its source alone: at entries, and hands them back.

def add_square(y, i, v):
    y[i] += v * v
    return y
"""

from __future__ import annotations

from types import FunctionType

import gast
import numpy as np

from ..frontend.build import names_stored, own_scope, parameters, walk
from ..frontend.inlining import bind_arguments
from ..frontend.methods import INACTIVE_ATTRIBUTES
from ..frontend.scope import Scope
from ..frontend.source import body_of
from ..rules import registry
from ..runtime import helpers
from .activity import is_scatter

# Functions that ask what shape and dtype an array has, not what is in it.
SHAPE_ONLY = [np.zeros_like, np.ones_like, np.empty_like, np.shape, np.ndim, np.size, len, helpers.zeros_like]


def added_parameters(function, seen=frozenset()) -> frozenset[str]:
    """The parameters that a function adds to, at entries, and hands back, and does nothing else with."""
    if not isinstance(function, FunctionType) or function in seen or registry.has_rule(function):
        return frozenset()
    opened = body_of(function)
    if opened is None:
        return frozenset()
    args, body = opened
    names = set(parameters(args))
    scope = Scope(function, names_stored(body) | names)
    nodes = list(own_scope(body))
    returned = [n.value for n in nodes if isinstance(n, gast.Return) and n.value is not None]
    seen = seen | {function}
    names &= {n.id for value in returned for n in handed_back(value, scope, seen) if isinstance(n, gast.Name)}
    return frozenset(p for p in names if is_added_to(p, body, scope, seen))


def is_added_to(name, stmts, scope, seen=frozenset()) -> bool:
    """True when `stmts` do nothing with the array `name` but add to it, give it to callees and return it."""
    nodes = [n for stmt in stmts for n in walk(stmt)]
    return uses_of(name, nodes) == uses_of(name, [n for node in nodes for n in tame(node, scope, seen)])


def is_read_for_sums(name, stmts, scope) -> bool:
    """As `is_added_to` for a variable that other statements bind."""
    nodes = [n for stmt in stmts for n in walk(stmt)]
    return uses_of(name, nodes, gast.Load) == uses_of(
        name, [n for node in nodes for n in tame(node, scope, frozenset())], gast.Load
    )


def uses_of(name, nodes, context=(gast.Load, gast.Store, gast.Del)) -> int:
    return sum(isinstance(n, gast.Name) and n.id == name and isinstance(n.ctx, context) for n in nodes)


def tame(node, scope, seen):
    """The expressions in `node` that may be an array that is only added to."""
    if isinstance(node, gast.AugAssign):
        if isinstance(node.op, (gast.Add, gast.Sub)):
            yield node.target.value if isinstance(node.target, gast.Subscript) else node.target
    elif isinstance(node, gast.Return) and node.value is not None:
        yield from handed_back(node.value, scope, seen)
    elif isinstance(node, gast.Expr) and isinstance(node.value, gast.Call) and node.value.args:
        if is_scatter(scope.resolve(node.value.func)):
            yield node.value.args[0]
    elif isinstance(node, gast.Attribute) and node.attr in INACTIVE_ATTRIBUTES:
        yield node.value
    elif isinstance(node, gast.Call) and node.args and asks_shape(scope.resolve(node.func)):
        yield node.args[0]
    elif isinstance(node, gast.Assign):
        given = list(handed_back(node.value, scope, seen))
        names = {n.id for n in given if isinstance(n, gast.Name)}
        yield from given
        bound = (n for t in node.targets for n in (t.elts if isinstance(t, gast.Tuple) else [t]))
        yield from (n for n in bound if isinstance(n, gast.Name) and n.id in names)


def asks_shape(target) -> bool:
    return any(target is function for function in SHAPE_ONLY)


def handed_back(value, scope, seen):
    """The names that may be the value, or a part of it, one given to a call that adds to it included."""
    if isinstance(value, gast.IfExp):
        yield from (n for side in (value.body, value.orelse) for n in handed_back(side, scope, seen))
    elif isinstance(value, gast.Tuple):
        yield from (n for part in value.elts for n in handed_back(part, scope, seen))
    elif isinstance(value, gast.Name):
        yield value
    elif isinstance(value, gast.Call):
        target = scope.resolve(value.func)
        if isinstance(target, FunctionType):
            bound = bound_call(target, value)
            yield from (bound[p] for p in given_away(target, seen) & bound.keys())


def given_away(function, seen) -> frozenset[str]:
    """As `added_parameters`; a recursive call does with them what the function does with them elsewhere."""
    return frozenset(function.__code__.co_varnames) if function in seen else added_parameters(function, seen)


def added_operands(node, scope) -> list:
    """The operands of a call that the function called may add to."""
    target = scope.resolve(node.func)
    if not isinstance(target, FunctionType):
        return []
    bound = bound_call(target, node)
    return [bound[p] for p in sorted(added_parameters(target) & bound.keys())]


def bound_call(function, node) -> dict:
    opened = body_of(function)
    return {} if opened is None else bind_arguments(opened[0], node, {}) or {}


def handed_back_alone(function) -> str | None:
    """The one parameter that a function adds to and returns, if it returns nothing else."""
    added = added_parameters(function)
    if len(added) != 1:
        return None
    _, body = body_of(function)
    returned = [n.value for n in own_scope(body) if isinstance(n, gast.Return)]
    return next(iter(added)) if all(isinstance(value, gast.Name) for value in returned) else None
