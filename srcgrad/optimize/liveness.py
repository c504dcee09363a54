"""Backward liveness over structured code: which names may still be read.

The lattice is the sets of names; at a join the union is taken, loops are iterated until their set stops growing. A
statement that a pass calls removable does not count: what only it reads is not live either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import gast

from .evaluation import evaluation_order
from .trees import captured, dotted, is_comment, is_pure, map_children, names, reads, with_fields, writes

Live = frozenset
NOTHING: Live = Live()


@dataclass(frozen=True)
class Exits:
    """What is live where control leaves a block other than at its end; `guarded` when an exception may be caught."""

    broken: Live = Live()
    continued: Live = Live()
    returned: Live = Live()
    raised: Live = Live()
    guarded: bool = False


def live_at_entry(body: list[gast.stmt], live_out: set[str] = NOTHING) -> Live:
    """The names whose value at entry `body` may read.

    >>> sorted(live_at_entry(gast.parse("a = b; c += a\\nif d: b = a").body))
    ['b', 'c', 'd']
    """
    sweep = Backward(lambda stmt, live, guarded: False, is_pure, Live(captured(body)))
    return sweep.block(body, Live(live_out), Exits(returned=Live(live_out)))[1]


class Backward:
    """One backward sweep: `block` returns the statements kept and the names live before them.

    `after` tells, by its id, what is live behind each statement that is kept.
    """

    def __init__(self, is_removable: Callable, is_pure_expr: Callable, always: Live):
        self.is_removable = is_removable
        self.is_pure_expr = is_pure_expr
        self.always = always
        self.facts: dict[int, tuple[Live, Live]] = {}
        self.after: dict[int, Live] = {}

    def block(self, body, live, exits):
        kept = []
        pending = list(body)
        while pending:
            stmt = pending.pop()
            inner = self.named_within(stmt, live, exits)
            if inner is not None:
                pending += inner
                continue
            behind = union(live, exits.raised)
            new, live = self.statement(stmt, live, exits)
            live = union(live, exits.raised)
            if new is not None:
                self.after[id(new)] = behind
                kept.append(new)
        return without_idle_comments(kept[::-1]), live

    def named_within(self, stmt, live, exits) -> list[gast.stmt] | None:
        """`a = (b := x) * 2` as `b = x` where nothing reads a, and what b is not made of may go."""
        if not isinstance(stmt, gast.Assign) or exits.guarded:
            return None
        inner = outermost(stmt.value, gast.NamedExpr)
        if not inner or not all(isinstance(target, gast.Name) for target in stmt.targets):
            return None
        if writes(gast.Tuple(stmt.targets, gast.Store())) & union(live, self.always):
            return None
        surely = {id(node) for node, once in evaluation_order(stmt) if once}
        rest = substituted(stmt.value, {id(node): node.target for node in inner})
        if not surely.issuperset(map(id, inner)) or not self.is_pure_expr(rest):
            return None
        return [gast.copy_location(gast.Assign([node.target], node.value, None), stmt) for node in inner]

    def statement(self, stmt, live, exits):
        visit = getattr(self, f"on_{type(stmt).__name__}", None)
        if visit is not None:
            return visit(stmt, live, exits)
        read = union(live, self.always)
        if isinstance(stmt, gast.Pass) or self.is_removable(stmt, read, exits.guarded):
            return None, live
        if id(stmt) not in self.facts:  # loops come here several times
            self.facts[id(stmt)] = bound_by(stmt), used_by(stmt)
        bound, used = self.facts[id(stmt)]
        if isinstance(stmt, gast.Assign) and bound.isdisjoint(read) and self.is_unread_result(stmt):
            stmt = gast.copy_location(gast.Expr(call_of(stmt.value)), stmt)
        elif isinstance(stmt, gast.Assign) and len(stmt.targets) > 1:
            kept = [t for t in stmt.targets if not isinstance(t, gast.Name) or t.id in read]
            stmt = with_fields(stmt, targets=kept or stmt.targets[:1])
        return stmt, union(live if bound.isdisjoint(live) else live - bound, used)

    def is_unread_result(self, stmt) -> bool:
        """True for the call `y = f(x)` when nothing reads y: it is made for what else it does."""
        names_only = all(isinstance(target, gast.Name) for target in stmt.targets)
        return names_only and isinstance(call_of(stmt.value), gast.Call) and not self.is_pure_expr(stmt.value)

    def on_Return(self, stmt, live, exits):
        return stmt, exits.returned | used_by(stmt)

    def on_Raise(self, stmt, live, exits):
        return stmt, exits.raised | used_by(stmt)

    def on_Break(self, stmt, live, exits):
        return stmt, exits.broken

    def on_Continue(self, stmt, live, exits):
        return stmt, exits.continued

    def on_If(self, stmt, live, exits):
        body, live_then = self.block(stmt.body, live, exits)
        orelse, live_else = self.block(stmt.orelse, live, exits)
        if not body and not orelse:
            if self.is_pure_expr(stmt.test):
                return None, live
            return gast.copy_location(gast.Expr(stmt.test), stmt), live | used_by(stmt.test)
        test = stmt.test
        if not body:
            test, body, orelse = _negated(test), orelse, []
        new = with_fields(stmt, test=test, body=body, orelse=orelse)
        return new, live_then | live_else | used_by(test)

    def on_For(self, stmt, live, exits):
        orelse, live_done = self.block(stmt.orelse, live, exits)
        targets = Live(names(stmt.target, gast.Store))
        body, live_head = self.loop(stmt.body, live_done, live, exits, targets)
        steps_alone = isinstance(stmt.iter, gast.Call) and dotted(stmt.iter.func) == ("range",)
        unused = isinstance(stmt.target, gast.Name) and not targets & (live | self.always)
        if not body and not orelse and steps_alone and unused and self.is_pure_expr(stmt.iter):
            return None, live
        new = with_fields(stmt, body=body or [gast.Pass()], orelse=orelse)
        return new, live_head | used_by(stmt.iter) | Live(reads(stmt.target))

    on_AsyncFor = on_For

    def on_While(self, stmt, live, exits):
        orelse, live_done = self.block(stmt.orelse, live, exits)
        body, live_head = self.loop(stmt.body, live_done | used_by(stmt.test), live, exits, Live())
        return with_fields(stmt, body=body or [gast.Pass()], orelse=orelse), live_head

    def loop(self, body, live_head, live_after, exits, targets):
        """The body kept and what is live before the test, grown from `live_head` until stable."""
        while True:
            inside = replace(exits, broken=live_after, continued=live_head)
            kept, live_body = self.block(body, live_head, inside)
            grown = live_head | (live_body - targets)
            if grown == live_head:
                return kept, live_head
            live_head = grown

    def on_With(self, stmt, live, exits):
        quiet = all(dotted(getattr(item.context_expr, "func", None))[-1:] == ("errstate",) for item in stmt.items)
        inside = exits if quiet else replace(exits, raised=exits.raised | live, guarded=True)
        body, live = self.block(stmt.body, live, inside)
        targets = Live(names([item.optional_vars for item in stmt.items], gast.Store))
        return with_fields(stmt, body=body or [gast.Pass()]), (live - targets) | Live(reads(stmt.items))

    on_AsyncWith = on_With

    def on_Try(self, stmt, live, exits):
        every = exits.broken | exits.continued | exits.returned | exits.raised
        final, live_final = self.block(stmt.finalbody, live | every if stmt.finalbody else live, exits)
        if stmt.finalbody:
            exits = Exits(live_final, live_final, live_final, live_final, exits.guarded)
        handlers, live_caught = [], exits.raised
        for handler in stmt.handlers:
            body, live_handler = self.block(handler.body, live_final, exits)
            handlers.append(with_fields(handler, body=body or [gast.Pass()]))
            live_caught |= (live_handler - Live(names(handler.name, gast.Store))) | Live(reads(handler.type))
        orelse, live_else = self.block(stmt.orelse, live_final, exits)
        guarded = replace(exits, raised=live_caught, guarded=True)
        body, live_body = self.block(stmt.body, live_else, guarded)
        new = with_fields(stmt, body=body or [gast.Pass()], handlers=handlers, orelse=orelse, finalbody=final)
        if stmt.finalbody and not final:
            new.finalbody = [] if handlers else [gast.Pass()]
        return new, live_body

    on_TryStar = on_Try

    def on_Match(self, stmt, live, exits):
        cases, live_before = [], live
        for case in stmt.cases:
            body, live_case = self.block(case.body, live, exits)
            cases.append(with_fields(case, body=body or [gast.Pass()]))
            live_before |= live_case | Live(reads([case.pattern, case.guard]))
        return with_fields(stmt, cases=cases), live_before | used_by(stmt.subject)


def union(live: Live, more: Live) -> Live:
    """`live | more`, which is not copied where it is `live`: of long functions the sets are large."""
    return live if more <= live else live | more


def call_of(value):
    """The call that `value`, perhaps one part of its result, consists of."""
    return value.value if isinstance(value, gast.Subscript) and isinstance(value.slice, gast.Constant) else value


def outermost(node, kind) -> list[gast.AST]:
    """The nodes of a kind in `node`, in order, without those inside of others."""
    if isinstance(node, kind):
        return [node]
    return [found for child in gast.iter_child_nodes(node) for found in outermost(child, kind)]


def substituted(node, new: dict[int, gast.AST]) -> gast.AST:
    """`node` with some of its nodes, by their ids, replaced."""
    return new[id(node)] if id(node) in new else map_children(node, lambda child: substituted(child, new))


def bound_by(stmt) -> Live:
    """The names that a simple statement certainly binds."""
    if isinstance(stmt, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
        return Live({stmt.name})
    if isinstance(stmt, (gast.Assign, gast.Import, gast.ImportFrom)) or getattr(stmt, "value", None) is not None:
        return Live(writes(stmt))
    return Live()


def used_by(stmt) -> Live:
    """The names whose value a simple statement or an expression may use."""
    used = Live(reads(stmt))
    if isinstance(stmt, gast.AugAssign):
        used |= Live(names(stmt.target, gast.Store))
    return used


def without_idle_comments(body: list[gast.stmt]) -> list[gast.stmt]:
    """`body` without the comments that have no statement left to speak of: before another comment, or at the end."""
    kept: list[gast.stmt] = []
    for stmt in reversed(body):
        if not is_comment(stmt) or kept and not is_comment(kept[-1]):
            kept.append(stmt)
    return kept[::-1]


def _negated(test):
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return test.operand
    return gast.UnaryOp(gast.Not(), test)
