"""Local functions, called by name where they are visible: their bodies take the place of the calls.

A closure so inlined needs no adjoint of its own: what it captures are variables like all others, read and written when
the call is made, as Python's late binding has it. Recursive functions, generators and functions that travel as values
are left to the run-time pair.
"""

from __future__ import annotations

import copy

import gast

from .activity import may_be_active
from .build import assign, defaults_of, names_loaded, names_stored, own_scope, parameters
from .patterns import without_match
from .source import body_of
from .tails import single_exit

LARGEST = 400
DEEPEST = 8


class Inliner:
    """Knows the local functions of one function and expands calls of them."""

    def __init__(self, normaliser, body):
        self.normaliser = normaliser
        self.definitions: dict[str, tuple] = {}
        self.stack: list[str] = []
        self.counts: dict[str, int] = {}
        self.rebound = {x for s in body for n in gast.walk(s) if isinstance(n, gast.Nonlocal) for x in n.names}
        for node in own_scope(body):
            for name in bound_by(node):
                self.counts[name] = self.counts.get(name, 0) + 1

    def define(self, name, node):
        """Note a local function; its defaults are evaluated where it is defined."""
        if self.counts.get(name, 0) > 1 or not is_inlinable(node):
            self.definitions.pop(name, None)
            self.counts[name] = 2
            return
        self.definitions[name] = (node, self.defaults_of(node))

    def defaults_of(self, node) -> dict:
        """The defaults of a local function, as they are here."""
        n = self.normaliser
        return {
            name: default if self.is_fixed(default) else n.bind(n.operation(default), f"{name}_default")
            for name, default in defaults_of(node.args).items()
        }

    def is_fixed(self, default) -> bool:
        """True for a constant, and for the name of a local function."""
        return isinstance(default, gast.Constant) or getattr(default, "id", None) in self.definitions

    def call(self, expr):
        """The result of a call of a local function, its body emitted before; None where it is not to be inlined."""
        if isinstance(expr.func, gast.Lambda) and is_inlinable(expr.func):
            return self.expand("<lambda>", expr.func, self.defaults_of(expr.func), expr)
        if not isinstance(expr.func, gast.Name) or expr.func.id not in self.definitions:
            return None
        name = expr.func.id
        node, defaults = self.definitions[name]
        if name in self.stack or len(self.stack) >= DEEPEST or self.reaches_itself(name, set()):
            return None
        return self.expand(name, node, defaults, expr)

    def reaches_itself(self, name, seen) -> bool:
        """True when the local function `name` calls itself, directly or through its siblings."""
        pending = [name]
        while pending:
            node = self.definitions.get(pending.pop(), (None,))[0]
            if node is None:
                continue
            loaded = names_loaded(node.body if isinstance(node.body, list) else [node.body])
            if name in loaded:
                return True
            fresh = loaded & self.definitions.keys() - seen
            seen |= fresh
            pending.extend(fresh)
        return False

    def expand(self, name, node, defaults, expr):
        bound = bind_arguments(node.args, expr, defaults)
        if bound is None:
            return None
        n = self.normaliser
        body = [gast.Return(node.body)] if isinstance(node, gast.Lambda) else node.body
        body = without_match(copy.deepcopy(body), n.namer, lambda stmt: True)
        outer = {x for s in body for i in own_scope(s) if isinstance(i, (gast.Nonlocal, gast.Global)) for x in i.names}
        local = (names_stored(body) | set(parameters(node.args))) - outer
        fresh = {x: n.namer.fresh(x) for x in sorted(local)}
        n.scope.local |= set(fresh.values())
        for parameter, value in bound.items():
            operand = value if isinstance(value, gast.Lambda) else n.operation(value)
            if isinstance(value, gast.Lambda):
                self.counts[fresh[parameter]] = 1
                self.define(fresh[parameter], value)
            elif isinstance(value, gast.Name) and value.id in self.definitions:
                self.definitions[fresh[parameter]] = self.definitions[value.id]
            n.temporaries.add(fresh[parameter])
            if n.is_active(operand):
                n.active.add(fresh[parameter])
            n.emit(assign(fresh[parameter], operand, expr))
        body = [rename(s, fresh) for s in body if not isinstance(s, gast.Nonlocal)]
        return self.body(name, body, fresh, expr)

    def body(self, name, body, fresh, expr):
        n = self.normaliser
        for node in own_scope(body):
            for bound in bound_by(node):
                self.counts[bound] = self.counts.get(bound, 0) + 1
        n.active |= may_be_active(body, n.active, n.scope)
        *rest, last = single_exit(body, n.namer)
        n.temporaries |= names_stored(rest) & set(fresh.values())
        self.stack.append(name)
        at = n.at
        for stmt in rest:
            n.at = stmt
            n.statement(stmt)
        n.at = at
        value = n.operation(last.value)
        self.stack.pop()
        shared = isinstance(value, gast.Name) and value.id not in fresh.values()
        return n.bind(value) if shared and value.id in self.rebound else value


def bound_by(node):
    """The names that one node binds, once for each time."""
    if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
        return [node.id]
    if isinstance(node, (gast.FunctionDef, gast.ClassDef)):
        return [node.name]
    return []


def is_inlinable(node) -> bool:
    if isinstance(node, gast.FunctionDef) and node.decorator_list:
        return False
    nodes = list(gast.walk(node))
    if any(isinstance(n, (gast.FunctionDef, gast.Lambda)) for n in nodes[1:]):
        return False  # a closure made in the body captures variables that every call makes anew
    if any(isinstance(n, gast.alias) and "." in n.name and n.asname is None for n in nodes):
        return False  # `import a.b` binds `a`
    forbidden = (gast.Yield, gast.YieldFrom, gast.Await, gast.Global, gast.Try, gast.AsyncFunctionDef, gast.ClassDef)
    return len(nodes) <= LARGEST and not any(isinstance(n, forbidden) for n in nodes)


def bind_arguments(args: gast.arguments, expr: gast.Call, defaults: dict):
    """Parameter -> argument expression, or None when that is only known at run time."""
    if any(isinstance(a, gast.Starred) for a in expr.args) or any(k.arg is None for k in expr.keywords):
        return None
    positional = [a.id for a in (*args.posonlyargs, *args.args)]
    bound = dict(zip(positional, expr.args))
    extra = expr.args[len(positional) :]
    if extra and args.vararg is None:
        return None
    if args.vararg is not None:
        bound[args.vararg.id] = gast.Tuple(list(extra), gast.Load())
    allowed = {a.id for a in (*args.args, *args.kwonlyargs)}
    rest = {}
    for keyword in expr.keywords:
        if keyword.arg in allowed and keyword.arg not in bound:
            bound[keyword.arg] = keyword.value
        elif args.kwarg is not None and keyword.arg not in bound:
            rest[keyword.arg] = keyword.value
        else:
            return None
    if args.kwarg is not None:
        bound[args.kwarg.id] = gast.Dict([gast.Constant(k, None) for k in rest], list(rest.values()))
    for name in (*positional, *(a.id for a in args.kwonlyargs)):
        if name not in bound:
            if name not in defaults:
                return None
            bound[name] = defaults[name]
    return bound


def bound_call(function, node) -> dict | None:
    """Parameter -> argument of a call of a known function, None standing for its default.

    None where that is known at run time only, or nothing is known of the function.
    """
    opened = body_of(function)
    if opened is None:
        return None
    positional = [a.id for a in (*opened[0].posonlyargs, *opened[0].args)]
    defaulted = positional[len(positional) - len(function.__defaults__ or ()) :]
    return bind_arguments(opened[0], node, dict.fromkeys([*defaulted, *(function.__kwdefaults__ or ())]))


def rename(tree, names: dict[str, str], inside_comprehension=False):
    """`tree` with free occurrences of `names` renamed, nested scopes respected; a new tree."""
    return _Rename(names).top(copy.deepcopy(tree), inside_comprehension)


class _Rename(gast.NodeTransformer):
    def __init__(self, names):
        self.names = names

    def top(self, tree, inside_comprehension):
        return self.generic_visit(tree) if inside_comprehension else self.visit(tree)

    def visit_Name(self, node):
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_alias(self, node):
        node.asname = self.names.get(node.asname or node.name, node.asname)
        return node

    def visit_Nonlocal(self, node):
        node.names = [self.names.get(n, n) for n in node.names]
        return node

    def without(self, bound):
        return _Rename({k: v for k, v in self.names.items() if k not in bound})

    def visit_FunctionDef(self, node):
        outer = {x for i in own_scope(node.body) if isinstance(i, (gast.Nonlocal, gast.Global)) for x in i.names}
        inner = self.without((names_stored(node.body) | set(parameters(node.args))) - outer)
        node.name = self.names.get(node.name, node.name)
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        node.args = self.arguments(node.args)
        node.body = [inner.visit(s) for s in node.body]
        return node

    def visit_Lambda(self, node):
        inner = self.without(set(parameters(node.args)))
        node.args = self.arguments(node.args)
        node.body = inner.visit(node.body)
        return node

    def arguments(self, args):
        args.defaults = [self.visit(d) for d in args.defaults]
        args.kw_defaults = [d if d is None else self.visit(d) for d in args.kw_defaults]
        return args

    def comprehension_scope(self, node):
        bound = set().union(*(names_stored(g.target) for g in node.generators))
        first = self.visit(node.generators[0].iter)
        node = self.without(bound).generic_visit(node) if bound & self.names.keys() else self.generic_visit(node)
        node.generators[0].iter = first
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension_scope
