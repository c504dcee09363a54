"""Reads of variables that may have no value: Python raises there, and so does the derivative.

    if x > 0:                 y = unbound
        y = x                 if x > 0:
    return y          ->          y = x
                              require_bound(y, "y")
                              return y

A function in which every variable surely has a value where it is read stays as it is. What only may be evaluated (the
second operand of `and`, say) and what nested functions read is left to the generated text.
"""

from __future__ import annotations

import gast

from ..rules.binding import require_bound, unbound
from .build import COMPREHENSIONS, SCOPES, assign, call, constant, load, located, names_stored, own_scope

UNBOUND, REQUIRE = "<unbound>", "<require_bound>"  # become the names of these helpers
HELPERS = {UNBOUND: unbound, REQUIRE: require_bound}
LOOPS = (gast.For, gast.AsyncFor, gast.While)


def with_bound_checks(body, params) -> list:
    """`body` with a check before each read of a local variable that may be unbound there."""
    nodes = [n for stmt in body for n in gast.walk(stmt)]
    elsewhere = {name for n in nodes if isinstance(n, (gast.Global, gast.Nonlocal)) for name in n.names}
    checks = _Checks((names_stored(body) | set(params)) - elsewhere)
    checks.block(body, frozenset(params))
    if not checks.unsure:
        return body
    made = checks.rewritten(body)
    return [*(located(assign(n, load(UNBOUND)), body[0]) for n in sorted(checks.unsure - set(params))), *made]


class _Checks:
    """Walks a function in the order in which it runs. The state is the set of names surely bound; None: not reached."""

    def __init__(self, names):
        self.names = names
        self.wanted: dict[int, set[str]] = {}  # statement -> names to check before it
        self.breaks: list = []
        self.continues: list = []

    @property
    def unsure(self) -> set[str]:
        return set().union(*self.wanted.values(), set())

    def block(self, stmts, state):
        for stmt in stmts:
            if state is None:
                return None
            state = self.statement(stmt, state)
        return state

    def statement(self, stmt, state):
        heads = [part for part in header(stmt) if part is not None]
        missing = {n for part in heads for n in evaluated(part)} & self.names - state
        if missing:
            self.wanted.setdefault(id(stmt), set()).update(missing)
            state = state | missing
        if isinstance(stmt, LOOPS):
            return self.loop(stmt, state)
        state = state | {n for part in heads for n in names_stored(part)}
        if isinstance(stmt, (gast.Return, gast.Raise)):
            return None
        if isinstance(stmt, (gast.Break, gast.Continue)):
            (self.breaks if isinstance(stmt, gast.Break) else self.continues).append(state)
            return None
        if isinstance(stmt, gast.If):
            return both(self.block(stmt.body, state), self.block(stmt.orelse, state))
        if isinstance(stmt, (gast.With, gast.AsyncWith)):
            return self.block(stmt.body, state | names_stored([i.optional_vars for i in stmt.items if i.optional_vars]))
        if isinstance(stmt, gast.Match):
            return self.match(stmt, state)
        if isinstance(stmt, gast.Try):
            return self.attempt(stmt, state)
        if isinstance(stmt, gast.Delete):
            return state - {t.id for t in stmt.targets if isinstance(t, gast.Name)}
        return state | names_stored(stmt)

    def loop(self, stmt, state):
        outer = self.breaks, self.continues
        head = state
        for _ in range(2):  # the second time knows what an iteration deletes
            self.breaks, self.continues = [], []
            target = names_stored(stmt.target) if not isinstance(stmt, gast.While) else names_stored(stmt.test)
            end = self.block(stmt.body, head | target)
            for other in self.continues:
                end = both(end, other)
            head = both(head, end)
        breaks = self.breaks
        self.breaks, self.continues = outer
        done = None if is_endless(stmt) else end if runs_surely(stmt) else head
        done = self.block(stmt.orelse, done) if done is not None else None
        for state in breaks:
            done = both(done, state)
        return done

    def match(self, stmt, state):
        done = None if any(map(is_irrefutable, stmt.cases)) else state
        for case in stmt.cases:
            done = both(done, self.block(case.body, state | names_stored(case.pattern)))
        return done

    def attempt(self, stmt, state):
        deleted = {n.id for n in own_scope(stmt.body) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Del)}
        done = self.block(stmt.body, state)
        done = self.block(stmt.orelse, done) if done is not None else None
        for handler in stmt.handlers:
            name = names_stored(handler) & {getattr(handler.name, "id", handler.name)}
            done = both(done, self.block(handler.body, state - deleted | name))
        if not stmt.finalbody:
            return done
        after = self.block(stmt.finalbody, state - deleted)
        return None if after is None or done is None else done | after

    def rewritten(self, stmts) -> list:
        unsure, out = self.unsure, []
        for stmt in stmts:
            for name in sorted(self.wanted.get(id(stmt), ())):
                out.append(located(gast.Expr(located(call(REQUIRE, load(name), constant(name)), stmt)), stmt))
            for part in ("body", "orelse", "finalbody"):
                if isinstance(getattr(stmt, part, None), list) and not isinstance(stmt, SCOPES):
                    setattr(stmt, part, self.rewritten(getattr(stmt, part)))
            for inner in (*getattr(stmt, "handlers", ()), *getattr(stmt, "cases", ())):
                inner.body = self.rewritten(inner.body)
            out.append(stmt)
            if isinstance(stmt, gast.Delete):
                out += [assign(t.id, load(UNBOUND), stmt) for t in stmt.targets if getattr(t, "id", None) in unsure]
        return out


def both(a, b):
    """What is bound where two paths meet."""
    return b if a is None else a if b is None else a & b


def header(stmt) -> list:
    """The parts of a statement that are evaluated when it is reached."""
    if isinstance(stmt, (gast.For, gast.AsyncFor)):
        return [stmt.iter]
    if isinstance(stmt, (gast.If, gast.While)):
        return [stmt.test]
    if isinstance(stmt, (gast.With, gast.AsyncWith)):
        return [item.context_expr for item in stmt.items]
    if isinstance(stmt, gast.Match):
        return [stmt.subject]
    if isinstance(stmt, gast.Try):
        return []
    if isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name):
        return [load(stmt.target.id), stmt.value]
    if isinstance(stmt, gast.Assign):
        return [stmt.value, *(t for t in stmt.targets if not isinstance(t, gast.Name))]
    return [stmt]


def evaluated(tree):
    """The names that are surely read when a tree is evaluated, but for those that it binds itself."""
    bound = {n.target.id for n in own_scope(tree) if isinstance(n, gast.NamedExpr)}
    return {n for n in _evaluated(tree) if n not in bound}


def _evaluated(tree):
    if isinstance(tree, gast.Name):
        return {tree.id} if not isinstance(tree.ctx, gast.Store) else set()
    if isinstance(tree, (gast.Assert, gast.ClassDef)):
        return _evaluated(tree.test) if isinstance(tree, gast.Assert) else set()
    if isinstance(tree, SCOPES):
        parts = [*tree.args.defaults, *tree.args.kw_defaults, *getattr(tree, "decorator_list", ())]
    elif isinstance(tree, COMPREHENSIONS):
        parts = [tree.generators[0].iter]
    elif isinstance(tree, gast.BoolOp):
        parts = tree.values[:1]
    elif isinstance(tree, gast.IfExp):
        parts = [tree.test]
    elif isinstance(tree, gast.Compare):
        parts = [tree.left, tree.comparators[0]]
    else:
        parts = list(gast.iter_child_nodes(tree))
    return set().union(*(_evaluated(part) for part in parts if part is not None), set())


def is_irrefutable(case) -> bool:
    return isinstance(case.pattern, gast.MatchAs) and case.pattern.pattern is None and case.guard is None


def is_endless(stmt) -> bool:
    return isinstance(stmt, gast.While) and isinstance(stmt.test, gast.Constant) and bool(stmt.test.value)


def runs_surely(stmt) -> bool:
    """True for a loop over a display, or over a range of a constant, that has a first iteration."""
    if isinstance(stmt, gast.While):
        return False
    if isinstance(stmt.iter, (gast.Tuple, gast.List)):
        return any(not isinstance(e, gast.Starred) for e in stmt.iter.elts)
    named = isinstance(stmt.iter, gast.Call) and isinstance(stmt.iter.func, gast.Name) and stmt.iter.func.id == "range"
    bounds = [a.value for a in stmt.iter.args if isinstance(a, gast.Constant)] if named else []
    return bool(bounds) and len(bounds) == len(stmt.iter.args) and bool(range(*bounds))
