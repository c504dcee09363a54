"""From a function's source to the core language (`core`): active code becomes one operation per statement."""

from __future__ import annotations

import copy
import functools

import gast

from ..errors import UnsupportedMutation, UnsupportedSyntax
from ..runtime.helpers import as_sequence
from . import patterns
from .activity import active_names, has_walrus, is_constant_call, may_be_active
from .binding import HELPERS, with_bound_checks
from .build import (
    Namer,
    assign,
    call,
    constant,
    load,
    located,
    names_loaded,
    names_stored,
    own_scope,
    parameters,
    store,
)
from .core import Core
from .expressions import SEQUENCE, UPDATE_WRAPPER, Expressions
from .inlining import Inliner
from .scope import Scope
from .tails import jumps_of, single_exit


def to_core(
    source, scope: Scope, active_parameters: set[str], active_cells: set[str] = frozenset(), is_generated: bool = False
) -> Core:
    """The core-language form of the function behind `source`, whose `active_parameters` carry derivatives."""
    tree = source.tree()
    if isinstance(tree, gast.Lambda):
        body = [located(gast.Return(tree.body), tree.body)]
    else:
        body = tree.body
    refuse_kinds_of_functions(tree, source)
    body = without_docstring(body)
    external = {name for n in own_scope(body) if isinstance(n, (gast.Global, gast.Nonlocal)) for name in n.names}
    namer = Namer(names_loaded(body) | names_stored(body) | set(parameters(tree.args)) | nested_names(body))
    scope.local = (set(parameters(tree.args)) | names_stored(body)) - external
    scope.imported[SEQUENCE] = as_sequence
    scope.imported |= HELPERS
    refuse_hidden_reads(body, scope, source)
    if not is_generated:
        body = with_bound_checks(body, parameters(tree.args))
    seeds = set(active_parameters) | set(active_cells)
    reached = may_be_active(body, seeds, scope)
    body = patterns.without_match(body, namer, lambda s: bool(names_loaded(s) & reached or jumps_of([s])))
    active = may_be_active(body, seeds, scope)
    if active & external - set(active_cells):
        refuse_external_writes(body, active & external, source)
    for inner in functions_within(body):
        refuse_external_writes(inner.body, active & global_names(inner.body), source)
    normaliser = Normaliser(scope, namer, active, source, body)
    body = normaliser.block(single_exit(body, namer))
    core = Core(source.name, tree.args, body, normaliser.temporaries, scope, normaliser.active, namer, source, external)
    core.keys = normaliser.keys
    return core


def nested_names(body) -> set[str]:
    return set().union(
        *(
            names_stored(n.body) | set(parameters(n.args))
            for stmt in body
            for n in gast.walk(stmt)
            if isinstance(n, (gast.FunctionDef, gast.Lambda))
        ),
        set(),
    )


def without_docstring(body):
    first = body[0] if body else None
    if isinstance(first, gast.Expr) and isinstance(first.value, gast.Constant) and isinstance(first.value.value, str):
        return body[1:] or [located(gast.Pass(), first)]
    return body


def refuse_hidden_reads(body, scope, source):
    """Code that is only text, and namespaces read whole, hide what they depend on."""
    for stmt in body:
        for node in gast.walk(stmt):
            if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in HIDDEN:
                if scope.resolve(node.func) is HIDDEN[node.func.id]:
                    raise UnsupportedSyntax(
                        f"{node.func.id}() cannot be differentiated",
                        where=source.position(node),
                        advice="Write the code out, or read the variables by their names.",
                    )


HIDDEN = {"eval": eval, "exec": exec, "locals": locals, "vars": vars}


def refuse_kinds_of_functions(tree, source):
    if isinstance(tree, gast.AsyncFunctionDef):
        waits = (gast.Await, gast.AsyncWith, gast.AsyncFor)
        tree = next((n for s in tree.body for n in gast.walk(s) if isinstance(n, waits)), tree)
        raise UnsupportedSyntax(
            "an async function cannot be differentiated",
            where=source.position(tree),
            advice="A derivative runs synchronously. Await the data first and differentiate the function of it.",
        )
    for node in own_scope([tree.body] if isinstance(tree, gast.Lambda) else tree.body):
        if isinstance(node, (gast.Yield, gast.YieldFrom)):
            raise UnsupportedSyntax(
                "a generator cannot be differentiated",
                where=source.position(node),
                advice="Return a list of the values instead of yielding them.",
            )
        if isinstance(node, gast.Await):
            raise UnsupportedSyntax(
                "'await' cannot be differentiated",
                where=source.position(node),
                advice="A derivative runs synchronously. Await the data first and differentiate the function of it.",
            )


def functions_within(body):
    return (node for stmt in body for node in gast.walk(stmt) if isinstance(node, gast.FunctionDef))


def global_names(body) -> set[str]:
    return {name for node in own_scope(body) if isinstance(node, gast.Global) for name in node.names}


def refuse_external_writes(body, names, source):
    for stmt in body:
        for node in gast.walk(stmt):
            stored = isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
            name = node.id if stored else node.name if isinstance(node, gast.FunctionDef) else None
            if name in names:
                raise UnsupportedMutation(
                    f"an active value is written to {name!r}, which lives outside the function",
                    where=source.position(node),
                    advice="Return the value instead of storing it in a global.",
                )


class Normaliser(Expressions):
    """Rewrites statements into the core language; expressions are taken apart by `Expressions`."""

    def __init__(self, scope: Scope, namer: Namer, active: set[str], source, body):
        self.scope, self.namer, self.active, self.source = scope, namer, active, source
        self.temporaries: set[str] = set()
        self.keys: set[str] = set()
        self.out: list = []
        self.at = None
        self.inliner = Inliner(self, body)

    def refuse(self, what, node, advice, error=UnsupportedSyntax):
        where = self.source.position(node if getattr(node, "lineno", 0) else self.at)
        raise error(what, where=where, advice=advice)

    def block(self, stmts) -> list:
        """The core statements of a block."""
        outer, self.out = self.out, []
        for stmt in stmts:
            at, self.at = self.at, stmt
            self.statement(stmt)
            self.at = at
        block, self.out = self.out, outer
        return block

    def emit(self, stmt):
        self.out.append(stmt)

    def bind(self, value, base="t") -> gast.Name:
        """A fresh temporary that holds `value`."""
        name = self.namer.fresh(base)
        self.temporaries.add(name)
        self.scope.local.add(name)
        if active_names(value, self.scope) & self.active:
            self.active.add(name)
        self.emit(assign(name, value, self.at))
        return load(name)

    def statement(self, stmt):
        if self.is_inert(stmt):
            self.remember_import(stmt)
            if not isinstance(stmt, gast.Pass):
                self.emit(stmt)
            return
        method = getattr(self, f"visit_{type(stmt).__name__}", None)
        if method is None:
            self.refuse(
                f"'{SPELLING.get(type(stmt).__name__, type(stmt).__name__.lower())}' cannot be differentiated "
                "around active values",
                stmt,
                "Move it out of the differentiated function, or to data that does not depend on its arguments.",
            )
        method(stmt)

    def is_inert(self, stmt) -> bool:
        """True for a statement that touches nothing active and does not jump: it stays as it is."""
        if isinstance(stmt, (gast.Import, gast.ImportFrom, gast.Global, gast.Nonlocal, gast.Pass)):
            return True
        if isinstance(stmt, (gast.FunctionDef, gast.Return, gast.Break, gast.Continue)):
            return False
        if jumps_of([stmt]):
            return False
        if (names_loaded(stmt) | names_stored(stmt)) & self.active:
            return False
        calls = [n for n in gast.walk(stmt) if isinstance(n, gast.Call)] if self.scope.active_cells else []
        return not any(self.scope.captured_by(self.scope.resolve(n.func)) for n in calls)

    def remember_import(self, stmt):
        if isinstance(stmt, (gast.Import, gast.ImportFrom)):
            for alias in stmt.names:
                self.scope.imported.update(imported(stmt, alias))

    # simple statements ------------------------------------------------------------------------------------------------

    def visit_Assign(self, stmt):
        if len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name):
            self.define(stmt.targets[0].id, stmt.value, stmt)
            return
        if len(stmt.targets) == 1 and self.unpack_display(stmt.targets[0], stmt.value):
            return
        value = self.operand(stmt.value)
        if len(stmt.targets) > 1 and not isinstance(value, (gast.Name, gast.Constant)):
            value = self.bind(value)
        for target in stmt.targets:
            self.store(target, value)

    def define(self, name, value, at):
        if isinstance(value, gast.Lambda):
            value = self.with_settled_defaults(value)
            self.inliner.define(name, value)
            if self.active_defaults(value.args):
                value = self.made_with_defaults(value, name)
                self.emit(assign(name, value, at))
                return
        self.emit(assign(name, self.operation(value), at))

    def unpack_display(self, target, value) -> bool:
        """`a, b = b, a` needs no tuple: each value goes to its name, through temporaries where they cross."""
        if not isinstance(target, (gast.Tuple, gast.List)) or not isinstance(value, (gast.Tuple, gast.List)):
            return False
        if len(target.elts) != len(value.elts) or any(isinstance(e, gast.Starred) for e in target.elts + value.elts):
            return False
        values = [self.operand(v) for v in value.elts]
        crossing = set().union(*(names_stored(t) | names_loaded(t) for t in target.elts[:-1]))
        for i, v in enumerate(values):
            if i and names_loaded(v) & crossing or not isinstance(v, (gast.Name, gast.Constant)):
                values[i] = self.bind(v)
        for t, v in zip(target.elts, values):
            self.store(t, v)
        return True

    def visit_AnnAssign(self, stmt):
        if stmt.value is not None:
            if isinstance(stmt.target, gast.Name):
                self.define(stmt.target.id, stmt.value, stmt)
            else:
                self.store(stmt.target, self.operand(stmt.value))

    def visit_AugAssign(self, stmt):
        value = self.operand(stmt.value)
        if isinstance(stmt.target, gast.Name):
            self.emit(located(gast.AugAssign(store(stmt.target.id), stmt.op, value), stmt))
            return
        if isinstance(stmt.target, gast.Attribute):
            self.refuse_attribute_write(stmt.target)
        owner = self.variable(stmt.target.value)
        index = self.index_before(owner, stmt.target.slice)
        if isinstance(stmt.op, (gast.Add, gast.Sub)):
            target = gast.Subscript(owner, index, gast.Store())
            self.emit(located(gast.AugAssign(target, stmt.op, value), stmt))
            return
        old = self.bind(gast.Subscript(owner, index, gast.Load()))
        new = self.bind(gast.BinOp(old, stmt.op, value))
        made = assign(gast.Subscript(owner, copy.deepcopy(index), gast.Store()), new, stmt)
        made.updates_item = True  # the item itself, where that is an array or a list
        self.emit(made)

    def store(self, target, value):
        """Assign an operand to any form of target."""
        if isinstance(target, gast.Name):
            self.emit(assign(target.id, value, self.at))
        elif isinstance(target, (gast.Tuple, gast.List)):
            self.unpack(target.elts, value)
        elif isinstance(target, gast.Subscript):
            owner = self.variable(target.value)
            index = self.index_before(owner, target.slice)
            self.emit(assign(gast.Subscript(owner, index, gast.Store()), value, self.at))
        elif isinstance(target, gast.Attribute):
            self.refuse_attribute_write(target)
        else:
            self.refuse("this target cannot be assigned", target, "Assign to a name first.")

    def index_before(self, owner, expr):
        """An index into what is about to be written: `v[v < 0] = 0` means the `v` of before."""
        if isinstance(expr, gast.Tuple):
            return gast.Tuple([self.index_before(owner, part) for part in expr.elts], gast.Load())
        index = self.index(expr)
        is_part = isinstance(index, (gast.Name, gast.Slice, gast.Starred))
        return index if is_part or owner.id not in names_loaded(index) else self.bind(index)

    def refuse_attribute_write(self, target):
        self.refuse(
            f"an active value is written to the attribute {target.attr!r}",
            target,
            "Keep it in a local variable, and return it.",
            UnsupportedMutation,
        )

    def unpack(self, targets, value):
        starred = [i for i, t in enumerate(targets) if isinstance(t, gast.Starred)]
        source = self.sequence_variable(value)
        count = len(targets)
        for i, target in enumerate(targets):
            if starred and i == starred[0]:
                upper = constant(None) if i == count - 1 else constant(i + 1 - count)
                piece = gast.Subscript(
                    source, gast.Slice(constant(i), None if i == count - 1 else upper, None), gast.Load()
                )
                self.store(target.value, self.bind(call("list", self.bind(piece))))
                continue
            index = constant(i) if not starred or i < starred[0] else gast.UnaryOp(gast.USub(), constant(count - i))
            element = gast.Subscript(source, index, gast.Load())
            if isinstance(target, gast.Name):
                self.emit(assign(target.id, element, self.at))
            else:
                self.store(target, self.bind(element))

    def visit_Expr(self, stmt):
        value = stmt.value
        if isinstance(value, gast.Call):
            if is_constant_call(value, self.scope):
                self.emit(stmt)
                return
            self.emit(located(gast.Expr(self.operation(value, effect=True)), stmt))
            if isinstance(self.out[-1].value, (gast.Name, gast.Constant)):
                self.out.pop()
        elif not isinstance(value, gast.Constant):
            operand = self.operand(value)
            if not isinstance(operand, (gast.Name, gast.Constant)):
                self.emit(located(gast.Expr(operand), stmt))

    def visit_Return(self, stmt):
        self.emit(located(gast.Return(self.operand(stmt.value)), stmt))

    def visit_Break(self, stmt):
        self.emit(stmt)

    def visit_Continue(self, stmt):
        self.refuse("'continue' cannot be differentiated here", stmt, "Use if/else instead.")

    def visit_Assert(self, stmt):
        self.emit(stmt)

    def visit_Raise(self, stmt):
        self.emit(stmt)

    def visit_Delete(self, stmt):
        for target in stmt.targets:
            if not isinstance(target, gast.Name):
                self.refuse(
                    "items of active containers cannot be deleted",
                    target,
                    "Use pop(), or build a new container.",
                    UnsupportedMutation,
                )

    def visit_FunctionDef(self, stmt):
        if stmt.decorator_list and stmt.name in self.active:
            self.decorate(stmt)
            return
        stmt = self.with_settled_defaults(stmt)
        if not stmt.decorator_list:
            self.inliner.define(stmt.name, stmt)
            if self.active_defaults(stmt.args):
                self.emit(assign(stmt.name, self.made_with_defaults(stmt, stmt.name), stmt))
                return
        self.emit(stmt)

    def decorate(self, stmt):
        """A decorated function as what its decorators return for it: derivatives flow through these calls."""
        decorators = [d if is_wraps(d, self.scope) else self.operand(d) for d in stmt.decorator_list]
        inner = self.namer.fresh(stmt.name)
        self.scope.local.add(inner)
        self.active.add(inner)
        self.statement(located(gast.FunctionDef(inner, stmt.args, stmt.body, [], stmt.returns, None, []), stmt))
        value = load(inner)
        for decorator in reversed(decorators):
            value = located(decorated(decorator, value, self.scope), stmt)
        self.define(stmt.name, value, stmt)

    # compound statements ----------------------------------------------------------------------------------------------

    def visit_If(self, stmt):
        test = self.test(stmt.test)
        body, orelse = self.block(stmt.body), self.block(stmt.orelse)
        if not body and not orelse:
            return
        self.emit(located(gast.If(test, body or [located(gast.Pass(), stmt)], orelse), stmt))

    def visit_While(self, stmt):
        if self.is_plain_test(stmt.test) and not has_walrus(stmt.test):
            self.emit(located(gast.While(stmt.test, self.block(stmt.body), []), stmt))
            return
        leave = located(gast.If(gast.UnaryOp(gast.Not(), stmt.test), [located(gast.Break(), stmt)], stmt.body), stmt)
        self.emit(located(gast.While(constant(True), self.block([leave]), []), stmt))

    def visit_For(self, stmt):
        if not (active_names(stmt.iter, self.scope) & self.active):
            iterable, head = self.bind(stmt.iter) if has_walrus(stmt.iter) else stmt.iter, []
            target = stmt.target
            if not isinstance(target, gast.Name):
                name = self.namer.fresh("item")
                self.scope.local.add(name)
                head, target = [assign(target, load(name), stmt)], store(name)
                if not (names_stored(stmt.target) & self.active):
                    target, head = stmt.target, []
            body = self.block([*head, *stmt.body])
            self.emit(located(gast.For(target, iterable, body, [], None), stmt))
            return
        count, elements = self.iteration(stmt.iter)
        index = self.namer.fresh("i")
        self.scope.local.add(index)
        position = load(index)
        head = [assign(stmt.target, elements(position), stmt)]
        body = self.block([*head, *stmt.body])
        loop = gast.For(store(index), call("range", count), body, [], None)
        self.emit(located(loop, stmt))

    def visit_With(self, stmt):
        for item in stmt.items:
            if active_names(item.context_expr, self.scope) & self.active:
                self.refuse(
                    "a context manager that holds active values cannot be differentiated",
                    item.context_expr,
                    "Enter it around the call of the derivative.",
                )
        self.emit(located(gast.With(stmt.items, self.block(stmt.body), None), stmt))


def is_wraps(decorator, scope) -> bool:
    return isinstance(decorator, gast.Call) and scope.resolve(decorator.func) is functools.wraps


def decorated(decorator, function, scope) -> gast.Call:
    """What a decorator is called for: `wraps(g)(f)` is `update_wrapper(f, g)`, which has a rule."""
    if not is_wraps(decorator, scope):
        return call(decorator, function)
    scope.imported[UPDATE_WRAPPER] = functools.update_wrapper
    return gast.Call(load(UPDATE_WRAPPER), [function, *decorator.args], decorator.keywords)


SPELLING = {
    "Try": "try",
    "TryStar": "except*",
    "ClassDef": "class",
    "AsyncFor": "async for",
    "AsyncWith": "async with",
    "AsyncFunctionDef": "async def",
    "Match": "match",
    "Global": "global",
}


def imported(stmt, alias) -> dict:
    """What a local import binds, when its module is there already or can be imported."""
    import importlib

    name = alias.asname or alias.name.partition(".")[0]
    try:
        if isinstance(stmt, gast.ImportFrom):
            if stmt.level or alias.name == "*":
                return {}
            return {name: getattr(importlib.import_module(stmt.module), alias.name)}
        module = importlib.import_module(alias.name)
        return {name: module if alias.asname else importlib.import_module(name)}
    except (ImportError, AttributeError):  # the primal will raise it when it gets there
        return {}
