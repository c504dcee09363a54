"""Effects of a function on its arguments: the parameters through which it may write into the caller's data."""

from __future__ import annotations

from functools import lru_cache
from types import FunctionType

import gast
import numpy as np

from ..errors import SrcgradError, UnsupportedMutation
from ..frontend.build import names_stored, own_scope, parameters
from ..frontend.expressions import MUTATORS
from ..frontend.scope import MISSING, Scope
from ..frontend.source import source_of
from ..kinds import is_scalar
from ..rules import registry
from .aliases import VIEWS

WRITERS = frozenset([np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis])
DEEPEST = 20


def refuse_written(function: FunctionType, kinds: dict, is_active: bool, where) -> None:
    """UnsupportedMutation when `function` may write into arguments of a call through which derivatives pass."""
    if not is_active:
        return
    for name in sorted(written_parameters(function, 0)):
        kind = kinds.get(name)
        if kind is not None and not is_scalar(kind) and kind.tag not in ("str", "none", "function"):
            raise UnsupportedMutation(
                f"{function.__name__} writes into its argument {name!r}", where=where,
                advice="Let it work on a copy and return that: writes into a caller's data are not differentiated yet.")


@lru_cache(maxsize=2048)
def written_parameters(function: FunctionType, depth: int) -> frozenset:
    """The parameters of `function` whose objects it may change, by itself or through the functions that it calls."""
    try:
        tree = source_of(function).tree()
    except SrcgradError:
        return frozenset()
    if isinstance(tree, gast.Lambda):
        tree = gast.FunctionDef("f", tree.args, [gast.Expr(tree.body)], [], None, None, [])
    params = set(parameters(tree.args))
    scope = Scope(function, params | names_stored(tree.body))
    origins = {p: {p} for p in params}
    nodes = list(own_scope(tree.body))
    for _ in range(4):
        for node in nodes:
            if isinstance(node, (gast.Assign, gast.NamedExpr, gast.For)):
                value = node.iter if isinstance(node, gast.For) else node.value
                targets = node.targets if isinstance(node, gast.Assign) else [node.target]
                seen = shared_with(value, origins, scope)
                for name in set().union(*(names_stored(t) for t in targets)):
                    origins[name] = origins.get(name, set()) | seen
    written: set = set()
    for node in nodes:
        written |= writes(node, origins, scope, depth)
    return frozenset(written & params)


def shared_with(value, origins, scope) -> set[str]:
    """The parameters that the value of an expression may share memory with."""
    if isinstance(value, gast.Name):
        return origins.get(value.id, set())
    if isinstance(value, (gast.Subscript, gast.Attribute, gast.Starred)):
        return shared_with(value.value, origins, scope)
    if isinstance(value, (gast.Tuple, gast.List, gast.IfExp, gast.BoolOp)):
        parts = [n for n in gast.iter_child_nodes(value) if isinstance(n, gast.expr)]
        return set().union(*(shared_with(p, origins, scope) for p in parts), set())
    if isinstance(value, gast.Call):
        target = scope.resolve(value.func)
        name = getattr(target, "__name__", "") if target is not MISSING else getattr(value.func, "attr", "")
        known = target is not MISSING and registry.has_rule(target) or target is MISSING and name in FRESH
        if known and name not in VIEWS:
            return set()
        parts = [*value.args, *(k.value for k in value.keywords)]
        if isinstance(value.func, gast.Attribute):
            parts.append(value.func.value)
        return set().union(*(shared_with(p, origins, scope) for p in parts), set())
    return set()


FRESH = frozenset(["copy", "astype", "sum", "mean", "dot", "flatten", "tolist", "max", "min", "prod", "std", "var", "item"])


def writes(node, origins, scope, depth) -> set[str]:
    if isinstance(node, (gast.Subscript, gast.Attribute)) and isinstance(node.ctx, (gast.Store, gast.Del)):
        return shared_with(node.value, origins, scope)
    if isinstance(node, gast.AugAssign):
        return shared_with(node.target, origins, scope)
    if not isinstance(node, gast.Call):
        return set()
    found = set().union(*(shared_with(k.value, origins, scope) for k in node.keywords if k.arg == "out"), set())
    target = scope.resolve(node.func)
    if isinstance(node.func, gast.Attribute) and target is MISSING and node.func.attr in MUTATORS:
        found |= shared_with(node.func.value, origins, scope)
    writer = isinstance(node.func, gast.Attribute) and node.func.attr == "at" or _hashable_in(target, WRITERS)
    if writer and node.args:
        found |= shared_with(node.args[0], origins, scope)
    if isinstance(target, FunctionType) and depth < DEEPEST and target is not scope.function:
        names = parameters(source_tree(target).args) if source_tree(target) is not None else []
        changed = written_parameters(target, depth + 1)
        for name, arg in [*zip(names, node.args), *((k.arg, k.value) for k in node.keywords)]:
            if name in changed:
                found |= shared_with(arg, origins, scope)
    return found


def source_tree(function):
    try:
        return source_of(function).tree()
    except SrcgradError:
        return None


def _hashable_in(item, items) -> bool:
    try:
        return item in items
    except TypeError:
        return False
