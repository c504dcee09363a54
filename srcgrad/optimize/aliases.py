"""Which names can refer to memory that another name can reach too.

The lattice is a partition of names: two names in one group may share memory, in different groups they never do. The
analysis ignores the order of statements, so it costs one walk over the program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import gast

from ..rules.memory import VIEWS
from .liveness import live_at_entry
from .trees import ARRAY_MODULES, captured, dotted, is_pure_call, names, reads, walk, writes

OUTSIDE = "<outside>"  # what callers, closures and modules hold: no name of a program is spelled like this
VIEW_NAMES = """
asfortranarray asarray_chkfinite asmatrix matrix require astype frombuffer einsum permute_dims broadcast_arrays
real_if_close diag unstack as_strided sliding_window_view trim_zeros meshgrid array
unbroadcast broadcast project add pair part or_zero items_bar
"""
SHAPED = {"unbroadcast", "broadcast"}
NOTHING_KNOWN = lambda expr: False  # noqa: E731
MAY_SHARE = VIEWS | frozenset(VIEW_NAMES.split())  # what may return its argument, or a view of it
LIST_METHODS = {"append", "extend", "insert", "pop", "reverse", "clear"}
FRESH = {"zeros_like", "ones_like", "empty_like", "copy", "deepcopy"}
PLAIN_ATTRIBUTES = {"shape", "ndim", "size", "dtype"}
DISPLAYS = (gast.List, gast.Tuple, gast.ListComp)
ARITHMETIC = (gast.Constant, gast.BinOp, gast.UnaryOp, gast.Compare, gast.JoinedStr, gast.FormattedValue)


def may_share(
    body: list[gast.stmt], is_pure_call: Callable[[gast.Call], bool] = is_pure_call, is_scalar: Callable = NOTHING_KNOWN
) -> Callable[[str], str]:
    """A function from a name to the representative of its group; `is_scalar` tells numbers, which share nothing.

    >>> group = may_share(gast.parse("y = x[1:]; z = x * 2; z += 1").body)
    >>> group("y") == group("x"), group("z") == group("x"), group("x") == OUTSIDE
    (True, False, True)
    """
    parent: dict[str, str] = {}

    def find(name):
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    def join(*group):
        for name in group[1:]:
            parent[find(name)] = find(group[0])

    join(OUTSIDE, *sorted(captured(body)), *sorted(live_at_entry(body)))
    nodes = walk(body)
    updates = {id(node.value) for node in nodes if isinstance(node, gast.Expr) and updated_part(node) is not None}
    for node in nodes:
        for group in _shared_by(node, is_pure_call, is_scalar) if id(node) not in updates else ():
            join(*sorted(name for name in group if not is_scalar(gast.Name(name, gast.Load(), None, None))))
    top = find(OUTSIDE)
    return lambda name: OUTSIDE if find(name) == top else find(name)


def _shared_by(node, is_pure_call, is_scalar):
    """Sets of names that share memory after `node` has run."""
    if isinstance(node, gast.Assign):
        shared = sharing(node.value, is_pure_call, is_scalar)
        yield shared | {name for target in node.targets for name in target_roots(target)}
    elif isinstance(node, (gast.AnnAssign, gast.NamedExpr)):
        yield sharing(node.value, is_pure_call, is_scalar) | target_roots(node.target)
    elif isinstance(node, gast.AugAssign) and isinstance(node.value, DISPLAYS):
        yield sharing(node.value, is_pure_call, is_scalar) | target_roots(
            node.target
        )  # `items += [x]` keeps x, `total += x` not
    elif isinstance(node, (gast.For, gast.AsyncFor, gast.comprehension)):
        yield sharing(node.iter, is_pure_call, is_scalar) | target_roots(node.target)
    elif isinstance(node, gast.withitem):
        yield {OUTSIDE} | (target_roots(node.optional_vars) if node.optional_vars else set())
    elif isinstance(node, gast.Expr) and updated_part(node) is not None:
        yield target_roots(updated_part(node)).union(*(sharing(a, is_pure_call, is_scalar) for a in node.value.args))
    elif isinstance(node, gast.Call) and not is_pure_call(node) and not _is_fresh(node, is_pure_call):
        yield reads([node.func, *node.args, *node.keywords])  # it may keep one in another
    elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ExceptHandler, gast.ClassDef)):
        yield {OUTSIDE} | writes(node) | names(node, gast.Param)
    elif isinstance(node, (gast.Import, gast.ImportFrom)) or type(node).__name__ == "Match":
        yield {OUTSIDE} | reads(node) | writes(node)


def sharing(
    expr: gast.AST | None,
    is_pure_call: Callable[[gast.Call], bool] = is_pure_call,
    is_scalar: Callable[[gast.AST], bool] = NOTHING_KNOWN,
) -> set[str]:
    """The names that the value of `expr` may share memory with: none for arithmetic, which makes a new value.

    The sum of two lists shares their items; it is recognised where one of them is written out. Items that a list's
    `copy()` shares are not tracked: what is written into an item of such a copy must not be read by the first list.
    """
    if isinstance(expr, (gast.Name, gast.Subscript)) and is_scalar(expr):
        return set()
    if expr is None or isinstance(expr, ARITHMETIC):
        sides = [expr.left, expr.right] if isinstance(expr, gast.BinOp) else []
        displays = [side for side in sides if isinstance(side, DISPLAYS)]
        held = displays if displays and isinstance(expr.op, gast.Mult) else sides if displays else []
        return set().union(*(sharing(side, is_pure_call, is_scalar) for side in held))
    if isinstance(expr, gast.Name):
        return {expr.id}
    if isinstance(expr, (gast.List, gast.Tuple)):
        return set().union(*(sharing(item, is_pure_call, is_scalar) for item in expr.elts))
    if isinstance(expr, gast.Dict):
        return set().union(*(sharing(item, is_pure_call, is_scalar) for item in (*expr.keys, *expr.values)))
    if isinstance(expr, gast.IfExp):
        return sharing(expr.body, is_pure_call, is_scalar) | sharing(expr.orelse, is_pure_call, is_scalar)
    if isinstance(expr, (gast.Starred, gast.keyword)):
        return sharing(expr.value, is_pure_call, is_scalar)
    if isinstance(expr, gast.Attribute):
        return set() if expr.attr in PLAIN_ATTRIBUTES else sharing(expr.value, is_pure_call, is_scalar)
    if isinstance(expr, gast.Subscript):
        return sharing(expr.value, is_pure_call, is_scalar)
    if isinstance(expr, gast.Call):
        if _is_fresh(expr, is_pure_call):
            return set()
        if not is_pure_call(expr):
            return reads(expr) | {OUTSIDE}
        module = dotted(expr.func)[:1] and dotted(expr.func)[0] in ARRAY_MODULES
        owner = [expr.func.value] if isinstance(expr.func, gast.Attribute) and not module else []
        path = dotted(expr.func)
        args = expr.args[:1] if path[-1:] and path[-1] in SHAPED else expr.args  # the other tells a shape
        return set().union(*(sharing(part, is_pure_call, is_scalar) for part in (*owner, *args, *expr.keywords)))
    return reads(expr) | ({OUTSIDE} if isinstance(expr, (gast.Yield, gast.YieldFrom, gast.Await)) else set())


def target_roots(target: gast.AST) -> set[str]:
    """The names whose memory an assignment to `target` binds or writes: `x` for `x`, `x[i]`, `x.a.b`, `(x, *y)`."""
    if isinstance(target, (gast.Tuple, gast.List)):
        return {name for part in target.elts for name in target_roots(part)}
    while isinstance(target, (gast.Attribute, gast.Subscript, gast.Starred)):
        target = target.value
    return {target.id} if isinstance(target, gast.Name) else {OUTSIDE}


def own_lists(body: list[gast.stmt]) -> set[str]:
    """Names of lists that are reached by that name only: made here, appended to, indexed, iterated over or returned.

    >>> own_lists(gast.parse("a = []; a.append(x); y = a[0]; b = [1]; c = b").body)
    {'a'}
    """
    stores, loads, made, tame = Counter(), Counter(), Counter(), Counter()
    for node in walk(body):
        if isinstance(node, gast.Name):
            (loads if isinstance(node.ctx, gast.Load) else stores)[node.id] += 1
        elif isinstance(node, gast.Assign) and _makes_list(node.value):
            made.update(target.id for target in node.targets[:1] if isinstance(target, gast.Name))
        tame.update(part.id for part in _tame_uses(node) if isinstance(part, gast.Name))
    return {name for name in made if stores[name] == made[name] and loads[name] == tame[name]} - captured(body)


def updated_list(stmt: gast.stmt) -> str | None:
    """The name `x` in the statement `x.append(...)` and the like, else None."""
    func = getattr(stmt.value, "func", None) if isinstance(stmt, gast.Expr) else None
    path = dotted(func) if func is not None else ()
    return path[0] if len(path) == 2 and path[1] in LIST_METHODS else None


def updated_part(stmt: gast.stmt) -> gast.Subscript | None:
    """The part `x[i]` of a container in the statement `x[i].append(...)` and the like, else None."""
    func = getattr(stmt.value, "func", None) if isinstance(stmt, gast.Expr) else None
    if not isinstance(func, gast.Attribute) or func.attr not in LIST_METHODS:
        return None
    return func.value if isinstance(func.value, gast.Subscript) and target_roots(func.value) != {OUTSIDE} else None


def _makes_list(value):
    if isinstance(value, gast.BinOp) and isinstance(value.op, gast.Mult):
        value = value.left
    if isinstance(value, gast.BinOp) and isinstance(value.op, gast.Add):
        return _makes_list(value.left) or _makes_list(value.right)
    return isinstance(value, (gast.List, gast.ListComp))


def _tame_uses(node):
    """The operands of `node` that it uses without making them reachable by another name."""
    if isinstance(node, gast.Subscript):
        return [node.value]
    if isinstance(node, gast.Call):
        if isinstance(node.func, gast.Attribute) and node.func.attr in LIST_METHODS:
            return [node.func.value]
        return node.args if dotted(node.func) == ("len",) else []
    if isinstance(node, gast.Return):
        return _entries(node.value)
    return [node.iter] if isinstance(node, gast.For) else []


def _entries(node):
    """The expressions in a display of tuples within tuples."""
    return [part for item in node.elts for part in _entries(item)] if isinstance(node, gast.Tuple) else [node]


def _is_fresh(call, is_pure_call):
    """True for calls that return memory of their own."""
    path = dotted(call.func)
    name = path[-1] if path else getattr(call.func, "attr", "")
    return name in FRESH or bool(path) and is_pure_call(call) and name not in MAY_SHARE
