"""Remove what nobody reads: assignments to dead names, and the branches, loops and functions this leaves empty."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import gast

from . import trees
from .aliases import NOTHING_KNOWN, OUTSIDE, may_share, own_lists, target_roots, updated_list, updated_part
from .liveness import Backward, Exits, Live
from .trees import ARRAY_MODULES, captured, is_comment, names, walk, with_fields, writes

FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef)


def remove_dead(
    body: list[gast.stmt],
    live_out: set[str] = frozenset(),
    is_pure: Callable[[gast.Call], bool] = trees.is_pure_call,
    is_pure_expr: Callable[[gast.AST], bool] | None = None,
) -> list[gast.stmt]:
    """The body that `sweep` leaves.

    >>> def show(text, *live_out):
    ...     print(gast.unparse(gast.Module(remove_dead(gast.parse(text).body, set(live_out)), [])).strip())
    >>> show("t = np.sin(x); u = t * 2; y = x + 1; print(x)", "y")
    y = x + 1
    print(x)
    >>> show("for i in range(n): x_bar = x_bar * 2")
    <BLANKLINE>
    >>> show("if x > 0: t = 1\\nelse: y = 2", "y")
    if not x > 0:
        y = 2
    """
    return sweep(body, live_out, is_pure, is_pure_expr).body


@dataclass
class Swept:
    """A body without dead statements, and facts about it that later passes need."""

    body: list[gast.stmt]
    after: dict[int, Live]  # what is live behind each of its statements, by id
    group: Callable[[str], str]  # of names that may share memory


def sweep(
    body: list[gast.stmt],
    live_out: set[str] = frozenset(),
    is_pure: Callable[[gast.Call], bool] = trees.is_pure_call,
    is_pure_expr: Callable[[gast.AST], bool] | None = None,
    is_scalar: Callable[[gast.AST], bool] = NOTHING_KNOWN,
) -> Swept:
    """`body` without pure statements whose results are dead; `live_out` are the names read after it.

    `is_pure` tells calls that only compute, `is_pure_expr` (by default: every call is) expressions that may go.
    `while` loops stay, as they may not end. In a `try` only what cannot raise is removed.
    """
    pure = is_pure_expr or (lambda expr: trees.is_pure(expr, is_pure))
    idle: set[str] = set()
    while True:
        definitions, lists = sum(isinstance(n, FUNCTIONS) for n in walk(body)), own_lists(body)
        swept = _sweep(body, Live(live_out), is_pure, pure, is_scalar)
        body = swept.body
        fewer = definitions and sum(isinstance(n, FUNCTIONS) for n in walk(body)) < definitions
        idle, before = only_written(body), idle
        if not fewer and own_lists(body) <= lists and idle <= before:  # else there may be more that nobody reads
            return swept


def only_written(body) -> set[str]:
    """Names whose every occurrence binds them or writes into what they refer to."""
    nodes = walk(body)
    reads = Counter(n.id for n in nodes if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load))
    roots = Counter()
    for node in nodes:
        if isinstance(node, gast.Subscript) and isinstance(node.ctx, gast.Store):
            roots.update(target_roots(node))
        elif isinstance(node, gast.Expr) and updated_part(node) is not None:
            roots.update(target_roots(updated_part(node)))
    return {name for name, count in roots.items() if count == reads[name]}


def _sweep(body, live_out, is_pure, is_pure_expr, is_scalar=NOTHING_KNOWN):
    """One sweep over a function's body, after one over each function nested in it."""
    inner: dict[int, Live] = {}
    body = [_inside_functions(stmt, is_pure, is_pure_expr, inner) for stmt in body]
    always = Live(captured(body))
    is_removable = _Removable(body, is_pure, is_pure_expr, is_scalar)
    backward = Backward(is_removable, is_pure_expr, always)
    body, _ = backward.block(body, live_out, Exits(returned=live_out))
    return Swept(body, inner | backward.after, is_removable.group)


def _inside_functions(node, is_pure, is_pure_expr, after):
    """`node` with the functions defined in it swept, each by itself; what is live in them goes to `after`."""
    if isinstance(node, FUNCTIONS):
        swept = _sweep(node.body, Live(), is_pure, is_pure_expr)
        after |= swept.after
        return with_fields(node, body=swept.body or [gast.Pass()])
    if isinstance(node, (gast.stmt, gast.ExceptHandler)) or type(node).__name__ == "match_case":
        return trees.map_children(node, lambda child: _inside_functions(child, is_pure, is_pure_expr, after))
    return node


def is_idle(stmt) -> bool:
    """True for an import of what NumPy has imported before: it does nothing but to bind a name."""
    modules = [stmt.module or ""] if isinstance(stmt, gast.ImportFrom) else [alias.name for alias in stmt.names]
    return all(module.split(".")[0] in ARRAY_MODULES for module in modules)


class _Removable:
    """The predicate "this simple statement can go when only these names are live"."""

    def __init__(self, body, is_pure, is_pure_expr, is_scalar):
        self.is_pure_expr = is_pure_expr
        self.group = may_share(body, is_pure, is_scalar)
        self.own_lists = own_lists(body)
        self.members = defaultdict(set)
        for name in names(body, gast.Load, gast.Store):
            self.members[self.group(name)].add(name)

    def __call__(self, stmt, live, guarded):
        if isinstance(stmt, FUNCTIONS):
            defaults = [*stmt.args.defaults, *filter(None, stmt.args.kw_defaults), *stmt.decorator_list]
            return stmt.name not in live and not stmt.decorator_list and all(map(self.is_pure_expr, defaults))
        if isinstance(stmt, (gast.Import, gast.ImportFrom)):
            return not guarded and writes(stmt).isdisjoint(live) and is_idle(stmt)
        value = getattr(stmt, "value", None)
        if updated_list(stmt) in self.own_lists - live:
            return not guarded and all(map(self.is_pure_expr, value.args))
        if value is None or is_comment(stmt):
            return False
        part = updated_part(stmt)
        if part is not None:
            return not guarded and all(map(self.is_pure_expr, value.args)) and self._is_dead_memory(part, live)
        if not self.is_pure_expr(value):
            return False
        if isinstance(stmt, gast.Expr):
            return not isinstance(value, gast.Constant) and self._is_silent(value, guarded)
        if isinstance(stmt, (gast.Assign, gast.AnnAssign)):
            targets = stmt.targets if isinstance(stmt, gast.Assign) else [stmt.target]
            return self._is_silent(value, guarded) and all(self._is_dead(target, live, guarded) for target in targets)
        if isinstance(stmt, gast.AugAssign):
            return not guarded and self._is_dead_memory(stmt.target, live)
        return False

    def _is_silent(self, value, guarded):
        return not guarded or isinstance(value, (gast.Constant, gast.Name))

    def _is_dead(self, target, live, guarded):
        """True when nobody sees what an assignment to `target` stores."""
        if isinstance(target, gast.Name):
            return target.id not in live
        if isinstance(target, (gast.Tuple, gast.List)):
            return not guarded and all(self._is_dead(part, live, guarded) for part in target.elts)
        return not guarded and isinstance(target, gast.Subscript) and self._is_dead_memory(target, live)

    def _is_dead_memory(self, target, live):
        """True when no live name, and nobody outside, can reach the memory that `target` writes to."""
        (root,) = target_roots(target)
        group = self.group(root)
        return group != OUTSIDE and self.is_pure_expr(target) and not self.members[group] & live
