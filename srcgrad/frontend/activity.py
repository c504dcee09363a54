"""Which names may carry derivatives: a quick, flow-insensitive over-approximation made before anything is rewritten.

Code that reaches no such name is never taken apart: it stays as the user wrote it. The precise facts come later
(`srcgrad.analysis`), on the core language.
"""

from __future__ import annotations

from collections import Counter

import gast
import numpy as np

from ..rules import registry
from .build import COMPREHENSIONS, SCOPES, load, names_loaded, names_stored, own_scope, parameters, roots, walruses
from .methods import CONSTANT_METHODS, INACTIVE_ATTRIBUTES, MUTATORS
from .scope import MISSING
from .sharing import Sharing, reached


def may_be_active(tree: gast.AST | list, seeds: set[str], scope) -> set[str]:
    """The names of `tree`'s own scope that a value read from `seeds` may flow into; contains `seeds`."""
    sharing = Sharing(tree, scope)
    flows = [*_flows(tree, scope, sharing), *sharing.seen_writes()]
    return reached(((sources, targets) for targets, sources in flows), seeds)


def _flows(tree, scope, sharing):
    """(targets, sources) of every statement: where data may go and where it may come from."""
    for node in own_scope(tree):
        if isinstance(node, (gast.Assign, gast.AnnAssign, gast.AugAssign, gast.NamedExpr)):
            if node.value is None:
                continue
            targets = node.targets if isinstance(node, gast.Assign) else [node.target]
            stored = set().union(*map(sharing.stored, targets))
            loaded = active_names(node.value, scope)
            yield stored, loaded
            yield _changed_by(node.value, scope), stored | loaded
        elif isinstance(node, (gast.For, gast.AsyncFor, gast.comprehension)):
            yield roots(node.target), active_names(node.iter, scope)
        elif isinstance(node, gast.With):
            for item in node.items:
                if item.optional_vars is not None:
                    yield roots(item.optional_vars), active_names(item.context_expr, scope)
        elif isinstance(node, gast.Match):
            yield names_stored(node), active_names(node.subject, scope)
        elif isinstance(node, gast.Call):
            yield from _effects(node, scope, sharing)
        elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef)):
            defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
            yield {node.name}, names_loaded(node.body) - set(parameters(node.args)) | names_loaded(defaults)
            yield from _inner_flows(node, scope, sharing)
        elif isinstance(node, COMPREHENSIONS):  # `[xs.append(y) for y in ys]`
            yield _changed(node, scope) | {target.id for target in walruses(node)}, names_loaded(node)
            for inner in (n for n in gast.walk(node) if isinstance(n, gast.Call)):
                yield from ((targets, names_loaded(node)) for targets, _ in _effects(inner, scope, sharing))
        elif isinstance(node, gast.ClassDef):
            yield {node.name}, names_loaded(node.body)


def _inner_flows(node, scope, sharing):
    """What a nested function assigns outside, or writes into what it captures, depends on all that it reads."""
    written = varying_outside(node) | changed_outside(node, scope)
    if written:
        yield written, names_loaded(node.body) | {node.name}
        yield {node.name}, written
    for inner in node.body:
        yield from ((t, s) for t, s in _flows(inner, scope, sharing) if t & written)


def varying_outside(node) -> set[str]:
    """The variables outside a nested function that it assigns, other than what only counts: `calls += 1`."""
    return {n for n, value in assignments_outside(node) if value is None or not names_loaded(value) <= {n}}


def changed_outside(node, scope) -> set[str]:
    """The captured variables into whose objects a function or lambda may write, by item, attribute or method."""
    own = names_stored(node.body) if isinstance(node.body, list) else set()
    return _changed(node, scope) - own - set(parameters(node.args))


def assigned_outside(node) -> set[str]:
    """The variables that a function assigns though they are not its own, itself or by a function in it."""
    if isinstance(node, gast.Lambda):
        return set()
    declared, deeper = set(), set()
    for inner in own_scope(node.body):
        if isinstance(inner, (gast.Nonlocal, gast.Global)):
            declared |= set(inner.names)
        elif isinstance(inner, gast.FunctionDef):
            deeper |= assigned_outside(inner)
    own = names_stored(node.body) | set(parameters(node.args))
    return declared | deeper - own


def assignments_outside(node):
    """(variable, value) of each assignment in a nested function to what is not its own; None stands for any value."""
    names = assigned_outside(node)
    found = []
    for inner in gast.walk(node) if names else ():
        if isinstance(inner, gast.Assign):
            found += [(t.id, inner.value) for t in inner.targets if isinstance(t, gast.Name) and t.id in names]
        elif isinstance(inner, gast.AugAssign) and isinstance(inner.target, gast.Name) and inner.target.id in names:
            found.append((inner.target.id, gast.BinOp(load(inner.target.id), inner.op, inner.value)))
    known = Counter(name for name, _ in found)
    stored = Counter(n.id for n in gast.walk(node) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load))
    return found + [(name, None) for name in sorted(names) if known[name] != stored[name] or not known[name]]


def _changed(tree, scope) -> set[str]:
    """The variables of `scope` into whose objects `tree` may write."""
    changed = set()
    for node in gast.walk(tree):
        if isinstance(node, gast.Attribute) and node.attr in MUTATORS:
            changed |= roots(node.value)
        elif isinstance(node, (gast.Subscript, gast.Attribute)) and not isinstance(node.ctx, gast.Load):
            changed |= roots(node)
    return changed & (scope.local | set(scope.active_cells))


def _changed_by(value, scope) -> set[str]:
    """The variables into whose objects a function value may write: lambdas, bound methods as in `put = xs.append`."""
    if isinstance(value, gast.Attribute) and value.attr in MUTATORS:
        return roots(value.value)
    return {n for node in gast.walk(value) if isinstance(node, gast.Lambda) for n in changed_outside(node, scope)}


def _effects(node, scope, sharing):
    """A call that may write active values into its receiver or its arguments."""
    target = scope.resolve(node.func)
    methods = [a for a in node.args if isinstance(a, gast.Attribute) and scope.resolve(a) is MISSING]
    if methods and target is not MISSING:  # `map(xs.append, ys)`
        yield set().union(*map(roots, methods)), set().union(*(active_names(a, scope) for a in node.args))
    arguments = [*node.args, *(k.value for k in node.keywords)]
    loaded = set().union(*(active_names(a, scope) for a in arguments)) if arguments else set()
    yield set().union(*(_changed_by(a, scope) for a in arguments)), loaded
    if not is_constant_call(node, scope):
        yield written_whole(node, target), loaded
    yield {k.value.id for k in node.keywords if k.arg == "key" and isinstance(k.value, gast.Name)}, loaded
    if target is MISSING or not (registry.has_rule(target) or target in PURE_BUILTINS):
        yield sharing.written_by_call(node), loaded | (sharing.shared(node.func) if target is MISSING else set())


def written_whole(node, target) -> set[str]:
    """The arrays that a function of NumPy writes: `np.copyto(y, x)`, `np.exp(x, out=y)`."""
    places = [k.value for k in node.keywords if k.arg == "out"] + (node.args[:1] if target is np.copyto else [])
    return set().union(*map(roots, places))


def _hashable_builtins():
    import builtins

    return frozenset(
        getattr(builtins, name)
        for name in [
            "len",
            "range",
            "zip",
            "enumerate",
            "reversed",
            "sum",
            "min",
            "max",
            "sorted",
            "list",
            "tuple",
            "dict",
            "float",
            "int",
            "abs",
            "bool",
            "str",
            "isinstance",
            "print",
            "map",
            "filter",
            "set",
            "frozenset",
            "type",
            "round",
            "any",
            "all",
            "iter",
            "next",
            "repr",
            "id",
            "hash",
            "callable",
            "divmod",
            "pow",
            "complex",
        ]
    )


class _Builtins:
    """Membership that tolerates unhashable objects."""

    def __init__(self, items):
        self.items = items

    def __contains__(self, item):
        try:
            return item in self.items
        except TypeError:
            return False


PURE_BUILTINS = _Builtins(_hashable_builtins())


def active_names(expr: gast.AST, scope) -> set[str]:
    """The names through which `expr` may carry a derivative: not those that are only compared, measured or counted."""
    if isinstance(expr, gast.Name):
        return {expr.id}
    if isinstance(expr, (gast.Constant, gast.Compare)) and not has_walrus(expr):
        return set()
    if isinstance(expr, gast.UnaryOp) and isinstance(expr.op, gast.Not):
        return set()
    if isinstance(expr, gast.Attribute) and expr.attr in INACTIVE_ATTRIBUTES:
        return set()
    if isinstance(expr, gast.Call) and is_constant_call(expr, scope):
        return set()
    if isinstance(expr, gast.IfExp):
        return active_names(expr.body, scope) | active_names(expr.orelse, scope)
    if isinstance(expr, gast.JoinedStr):
        return set()
    if isinstance(expr, SCOPES):
        return names_loaded(expr)
    found = scope.captured_by(scope.resolve(expr.func)) if isinstance(expr, gast.Call) else set()
    for child in gast.iter_child_nodes(expr):
        if isinstance(child, gast.expr):
            found |= active_names(child, scope)
        elif isinstance(child, gast.keyword):
            found |= active_names(child.value, scope)
        elif isinstance(child, gast.comprehension):
            found |= active_names(child.iter, scope)
    return found


def has_walrus(expr) -> bool:
    return any(isinstance(n, gast.NamedExpr) for n in gast.walk(expr))


def is_constant_call(node: gast.Call, scope) -> bool:
    """True for a call whose result never varies smoothly with its arguments: `len(x)`, `np.argmax(x)`, `x.any()`."""
    target = scope.resolve(node.func)
    if target is MISSING:
        return isinstance(node.func, gast.Attribute) and node.func.attr in CONSTANT_METHODS
    try:
        return target in registry.constant or target in registry.observers
    except TypeError:
        return False
