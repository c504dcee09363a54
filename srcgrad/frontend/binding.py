"""Reads of variables that may have no value: Python raises there, and so does the derivative.

    if x > 0:                 y = unbound
        y = x                 if x > 0:
    return y          ->          y = x
                              require_bound(y, "y")
                              return y

A function in which every variable surely has a value where it is read stays as it is. What only may be evaluated (the
second operand of `and`, say) is checked in its place: `x > 0 and bound(y, "y")`. So are the reads of a variable in
nested functions, if that may have no value where one of these is used.
"""

from __future__ import annotations

import gast

from ..rules.binding import bound, require_bound, unbound
from .build import (
    COMPREHENSIONS,
    SCOPES,
    assign,
    call,
    constant,
    load,
    located,
    names_loaded,
    names_stored,
    own_scope,
    parameters,
)

UNBOUND, REQUIRE, BOUND = "<unbound>", "<require_bound>", "<bound>"  # become the names of these helpers
HELPERS = {UNBOUND: unbound, REQUIRE: require_bound, BOUND: bound}
LOOPS = (gast.For, gast.AsyncFor, gast.While)


def with_bound_checks(body, params, outside=frozenset()) -> list:
    """`body` with a check of each read of a local variable, or one of `outside`, that may be unbound there."""
    elsewhere = {name for n in own_scope(body) if isinstance(n, (gast.Global, gast.Nonlocal)) for name in n.names}
    own = names_stored(body) | set(params)
    checks = _Checks(own - elsewhere | (outside - own | outside & elsewhere), functions_named(body))
    checks.block(body, frozenset(params))
    body = [_Inner(checks.guarded).visit(stmt) for stmt in body]
    if not checks.unsure:
        return body
    made = checks.rewritten(body)
    at_first = sorted(checks.unsure - set(params) - (outside - own) - elsewhere)
    return [*(located(assign(n, load(UNBOUND)), body[0]) for n in at_first), *made]


def functions_named(body) -> dict:
    """The local functions of a body, by name."""
    found = {}
    for node in own_scope(body):
        if isinstance(node, gast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, gast.Assign) and isinstance(node.value, gast.Lambda):
            found |= {t.id: node.value for t in node.targets if isinstance(t, gast.Name)}
    return found


def captured(node) -> set[str]:
    """What a nested function may read of the variables around it when it is called."""
    inner = node.body if isinstance(node.body, list) else [node.body]
    return names_loaded(inner) - set(parameters(node.args))


class _Inner(gast.NodeTransformer):
    """Checks within nested functions, of their own variables and of `guarded` ones; and of what may be evaluated."""

    def __init__(self, guarded, maybe=False):
        self.guarded, self.maybe = guarded, maybe

    def within(self, tree, guarded=None):
        """A part of an expression that is not surely evaluated, or not where it stands."""
        guarded = self.guarded if guarded is None else guarded
        return _Inner(guarded, True).visit(tree) if guarded else tree

    def visit_Name(self, node):
        if self.maybe and node.id in self.guarded and isinstance(node.ctx, gast.Load):
            return located(call(BOUND, node, constant(node.id)), node)
        return node

    def visit_FunctionDef(self, node):
        node.args = self.visit(node.args)
        node.body = with_bound_checks(node.body, parameters(node.args), frozenset(self.guarded))
        return node

    def visit_Lambda(self, node):
        node.args = self.visit(node.args)
        node.body = self.within(node.body, self.guarded - set(parameters(node.args)))
        return node

    def visit_ClassDef(self, node):
        return node

    def visit_BoolOp(self, node):
        node.values = [self.visit(node.values[0]), *map(self.within, node.values[1:])]
        return node

    def visit_IfExp(self, node):
        node.test, node.body, node.orelse = self.visit(node.test), self.within(node.body), self.within(node.orelse)
        return node

    def visit_Compare(self, node):
        first, *rest = node.comparators
        node.left, node.comparators = self.visit(node.left), [self.visit(first), *map(self.within, rest)]
        return node

    def comprehension(self, node):
        bound = set().union(*(names_stored(g.target) for g in node.generators))
        first = self.visit(node.generators[0].iter)
        if self.guarded - bound:
            node = _Inner(self.guarded - bound, True).generic_visit(node)
        node.generators[0].iter = first
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension


class _Checks:
    """Walks a function in the order in which it runs. The state is the set of names surely bound; None: not reached."""

    def __init__(self, names, functions):
        self.names, self.functions = names, functions
        self.guarded: set[str] = (
            set()
        )  # names to check where nested functions, or what only may be evaluated, read them
        self.wanted: dict[int, set[str]] = {}  # statement -> names to check before it
        self.breaks: list = []
        self.continues: list = []

    @property
    def unsure(self) -> set[str]:
        return set().union(*self.wanted.values(), self.guarded)

    def used_by(self, parts) -> set[str]:
        """What may be read when `parts` are evaluated: by the functions, too, that they mention."""
        found = set().union(*(names_loaded(part) for part in parts if not isinstance(part, gast.FunctionDef)), set())
        pending = [name for name in found if name in self.functions]
        while pending:
            more = captured(self.functions[pending.pop()]) - found
            found |= more
            pending += [name for name in more if name in self.functions]
        return found & self.names

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
        if not (isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.Lambda)):
            own = set().union(*map(names_stored, heads), set())
            self.guarded |= self.used_by(heads) - state - own
        if isinstance(stmt, LOOPS):
            return self.loop(stmt, state)
        state = state | {n for part in heads for n in names_stored(part) - maybe_stored(part)}
        if isinstance(stmt, (gast.Return, gast.Raise)):
            return None
        if isinstance(stmt, (gast.Break, gast.Continue)):
            (self.breaks if isinstance(stmt, gast.Break) else self.continues).append(state)
            return None
        if isinstance(stmt, gast.If):
            return both(self.block(stmt.body, state | stored_if_true(stmt.test)), self.block(stmt.orelse, state))
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
            target = names_stored(stmt.target) if not isinstance(stmt, gast.While) else stored_if_true(stmt.test)
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


def maybe_stored(tree) -> set[str]:
    """The names that a walrus assigns in a part of an expression that is not surely evaluated."""
    found = set()
    for node in own_scope(tree):
        parts = ()
        if isinstance(node, gast.BoolOp):
            parts = node.values[1:]
        elif isinstance(node, gast.IfExp):
            parts = (node.body, node.orelse)
        elif isinstance(node, gast.Compare):
            parts = node.comparators[1:]
        elif isinstance(node, COMPREHENSIONS):
            parts = (node,)
        found = found.union(*map(names_stored, parts))
    return found


def stored_if_true(test) -> set[str]:
    """The names that a walrus has assigned where `test` turned out to be true."""
    if isinstance(test, gast.BoolOp) and isinstance(test.op, gast.And):
        return set().union(*map(stored_if_true, test.values))
    chained = isinstance(test, gast.Compare)
    return names_stored(test) - (set() if chained else maybe_stored(test))


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
