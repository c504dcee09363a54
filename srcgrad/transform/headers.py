"""How reverse loops count, and how reverse branches know which side was taken: recomputed where that is sure."""

from __future__ import annotations

from functools import cached_property

import gast

from ..analysis.parts import literal
from ..frontend.build import (
    assign,
    call,
    constant,
    expression,
    load,
    located,
    names_loaded,
    names_stored,
    store,
)
from ..frontend.scope import MISSING
from ..kinds import UNKNOWN, is_numeric
from .nodes import Branch, Loop, Scoped, Step, has_reverse, leaves, may_restore, steps

REPEATABLE = (len, min, max, abs, int, round, bool)


class Headers:
    """Mixed into `Taping`."""

    def choose_headers(self, nodes, behind=None):
        """How each reverse loop counts, and how each reverse branch knows which side was taken.

        `behind` are the steps that may write into something once the loops around `nodes` have begun.
        """
        for node in list(nodes):
            if isinstance(node, Loop):
                writes = self.writes_from(node) if behind is None else behind
                self.choose_headers(node.body, writes)
                exits = [step for inner in node.body for step in steps(inner, into_loops=False) if step.before]
                for found in exits:
                    (flag,) = found.defines
                    nodes.insert(nodes.index(node), Step([assign(flag, found.before, node.stmt)], defines={flag}))
                if has_reverse(node):
                    self.choose_header(node, nodes, writes)
            elif isinstance(node, Branch):
                self.choose_headers(node.body, behind)
                self.choose_headers(node.orelse, behind)
                if has_reverse(node) or may_restore(node):
                    self.choose_test(node, nodes)
            elif isinstance(node, Scoped):
                self.choose_headers(node.body, behind)

    @cached_property
    def order_of_steps(self) -> dict[int, int]:
        every = (step for node in self.sweeps.nodes for step in steps(node))
        return {id(step): i for i, step in enumerate(every)}

    @cached_property
    def writes(self) -> list[Step]:
        return [step for node in self.sweeps.nodes for step in steps(node) if step.updates]

    def writes_from(self, loop) -> list[Step]:
        """The steps in `loop` and behind it that write into something."""
        first = next((self.order_of_steps[id(step)] for step in steps(loop) if id(step) in self.order_of_steps), 0)
        return [step for step in self.writes if self.order_of_steps[id(step)] >= first]

    def choose_test(self, node, nodes):
        test = node.stmt.test
        written = names_stored([node.stmt]) | {n for s in steps(node) for n in s.defines | {s.updates}} | self.views
        cheap = not any(isinstance(n, (gast.Call, gast.NamedExpr)) for n in gast.walk(test))
        external = names_loaded(test) - self.core.scope.local
        if cheap and not external and not (names_loaded(test) & written):
            return
        if isinstance(test, gast.Name) and not (names_loaded(test) & written):
            return
        flag = self.names.fresh("taken")
        self.primal.add(flag)
        node.flag = flag
        step = Step([assign(flag, test, node.stmt)], defines={flag}, at=node.stmt)
        if leaves(node.body) != leaves(node.orelse):  # so it was in no iteration before
            step.before = constant(leaves(node.orelse))
        node.stmt = located(gast.If(load(flag), node.stmt.body, node.stmt.orelse), node.stmt)
        nodes.insert(nodes.index(node), step)

    def choose_header(self, node, nodes, behind):
        stmt = node.stmt
        broken = any(isinstance(f, gast.Break) for s in steps(node, into_loops=False) for f in s.forward)
        written = names_stored(stmt) | {n for s in steps(node) for n in s.defines | {s.updates}}
        bounds = self.range_bounds(stmt)
        read = set().union(*map(names_loaded, bounds or ()))
        grown = {step.updates for step in behind if self.changes_length(step)}
        steady = bounds is not None and not broken and all(map(self.is_repeatable, bounds))
        if steady and not read & (written | self.shown(read, grown)):
            node.header = (stmt.target, reversed_range(bounds))
            return
        if isinstance(stmt, gast.For):
            written |= self.shown(names_loaded(stmt.iter), {step.updates for step in behind})
        again = isinstance(stmt, gast.For) and names_stored(stmt.target) & names_stored(stmt.body)
        if isinstance(stmt, gast.For) and not broken and not again and self.is_sequence(stmt.iter, written):
            known = isinstance(stmt.iter, gast.Name)
            backwards = call("reversed", stmt.iter if known else call("list", stmt.iter))
            node.header = (stmt.target, backwards)
            return
        trips = self.names.fresh("trips")
        self.primal.add(trips)
        node.counter = trips
        nodes.insert(nodes.index(node), Step([assign(trips, constant(0), stmt)], defines={trips}, at=stmt))
        if bounds is not None and len(bounds) == 1:
            node.header = (stmt.target, reversed_range([load(trips)]))
        else:
            node.header = (store("_"), call("range", load(trips)))

    def shown(self, names, updated) -> set[str]:
        """Those of `names` that may refer to an object that is written into under another name, one of `updated`."""
        names = {n for n in names if updated and not is_numeric(self.kinds.get(n, UNKNOWN))}
        return {n for n in names if (self.aliases.sharing(n) - {n}) & updated}

    def changes_length(self, step) -> bool:
        """True unless a step stores items in places that are there already."""
        stored = not isinstance(step.forward[-1], gast.Expr) and not step.defines
        return not (stored and self.kinds.get(step.updates, UNKNOWN).tag in ("list", "array", "number"))

    def range_bounds(self, stmt):
        """The arguments of the `range` that a loop runs over with a variable that it does not assign, or None."""
        if isinstance(stmt, gast.For) and isinstance(stmt.iter, gast.Call) and isinstance(stmt.target, gast.Name):
            plain = not stmt.iter.keywords and not any(isinstance(a, gast.Starred) for a in stmt.iter.args)
            if plain and self.core.scope.resolve(stmt.iter.func) is range:
                return None if stmt.target.id in names_stored(stmt.body) else stmt.iter.args
        return None

    def is_repeatable(self, expr) -> bool:
        """True when evaluating `expr` again has no effect, and gives the same as long as what it reads is the same."""
        calls = [node for node in gast.walk(expr) if isinstance(node, gast.Call)]
        return all(self.core.scope.resolve(node.func) in REPEATABLE for node in calls)

    def is_sequence(self, expr, written) -> bool:
        """True when iterating over `expr` again gives the same items."""
        if names_loaded(expr) & written:
            return False
        if isinstance(expr, gast.Constant):
            return isinstance(expr.value, (str, bytes))
        if isinstance(expr, gast.Name):
            return self.kinds_of(expr).tag in ("list", "tuple", "array", "str")
        if isinstance(expr, (gast.Tuple, gast.List)):
            return all(isinstance(e, gast.Constant) for e in expr.elts)
        if isinstance(expr, gast.Call) and not expr.keywords:
            target = self.core.scope.resolve(expr.func)
            if target in (zip, enumerate, range, reversed) and target is not MISSING:
                numbers = target in (range, enumerate)  # which take a start
                return all(
                    self.is_sequence(a, written) or numbers and self.kinds_of(a).tag == "int" and self.is_repeatable(a)
                    for a in expr.args
                )
        return False

    def kinds_of(self, expr):
        return self.reverse.kind(expr)


def reversed_range(bounds):
    """The `range` that runs through `range(*bounds)` backwards."""
    if len(bounds) == 1:
        return expression("range(n - 1, -1, -1)", n=bounds[0])
    if len(bounds) == 2:
        return expression("range(b - 1, a - 1, -1)", a=bounds[0], b=bounds[1])
    if ast_of(bounds[2]) == ast_of(negative_one):
        first, last = plus_one(bounds[1]), plus_one(bounds[0])
        return call("range", *([last] if ast_of(first) == ast_of(constant(0)) else [first, last]))
    return call("reversed", call("range", *bounds))


def plus_one(bound):
    """`n` for `n - 1`, a literal for a literal."""
    if isinstance(bound, gast.BinOp) and isinstance(bound.op, gast.Sub) and ast_of(bound.right) == ast_of(constant(1)):
        return bound.left
    if isinstance(literal(bound), int):
        return constant(literal(bound) + 1)
    return gast.BinOp(bound, gast.Add(), constant(1))


def ast_of(tree) -> str:
    return gast.dump(gast.Expr(tree))


negative_one = gast.UnaryOp(gast.USub(), gast.Constant(1, None))
