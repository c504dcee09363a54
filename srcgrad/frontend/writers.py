"""Functions that write into their arguments, seen as functions that return what they have written into.

    def step(u, dt):                    def step(u, dt):
        u[1:-1] += dt * u[2:]    ->         u[1:-1] += dt * u[2:]
                                            return u

A call `step(u, dt)` is then `u = step(u, dt)`, of a callee that may work on a copy, wherever nobody else sees the array
(`srcgrad.analysis.donation` checks that). The second function is never called: it is derived.
"""

from __future__ import annotations

import ast
import copy
import weakref
from types import CodeType, FunctionType
from typing import NamedTuple

import gast

from ..rules import registry
from .build import (
    assign,
    call,
    constant,
    load,
    located,
    names_loaded,
    names_stored,
    own_scope,
    parameters,
    stored_anywhere,
    walk,
)
from .copies import changed_names, is_item_store, with_owners
from .inlining import bound_call, rename
from .scope import Scope
from .sharing import Sharing, reached
from .source import Source, body_of, remember, source_of

_written: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # function -> (its code, the names)
_returning: weakref.WeakKeyDictionary = (
    weakref.WeakKeyDictionary()
)  # function -> ((its code, names), the function made of it)
_writers: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # code of functions made here -> what they return


class Made(NamedTuple):
    """What a function made here returns: the arguments `written`, `alone` or behind what the first function returns."""

    written: tuple[str, ...]
    alone: bool


def written_parameters(function, seen=frozenset()) -> tuple[str, ...]:
    """The parameters into whose items a function writes, by its own statements or those of functions it calls."""
    if not isinstance(function, FunctionType) or function in seen or function.__code__ in _writers:
        return ()
    known = _written.get(function)
    if known is not None and known[0] is function.__code__:
        return known[1]
    opened = body_of(function)
    if opened is None or is_own(function):
        return ()
    args, body = opened[0], by_items(opened[1], parameters(opened[0]))
    if not is_plain(args, body):
        return ()
    stored = {n.value.id for stmt in body for n in walk(stmt) if is_item_store(n)}
    resized = with_owners(changed_names(body) - stored, body)  # by methods: those are refused in callees
    scope = Scope(function, set().union(*map(stored_anywhere, body), set()) | set(parameters(args)))
    callees = [(n, scope.resolve(n.func)) for stmt in body for n in walk(stmt) if isinstance(n, gast.Call)]
    callees = [(n, callee) for n, callee in callees if isinstance(callee, FunctionType)]
    names = with_owners(stored | handed_on(callees, seen | {function}), body)
    found = tuple(p for p in parameters(args) if p in names - resized)
    found = found if not {*found} & handed_out(body, scope) else ()
    if not callees:  # which may be other functions later
        _written[function] = function.__code__, found
    return found


def is_own(function) -> bool:
    """True for functions of srcgrad's own, generated ones included, those with a derivative rule, and lambdas."""
    source = source_of(function)
    made = source.stems is not None or isinstance(source.node, gast.Lambda)
    return made or str(function.__module__).startswith("srcgrad.") or registry.has_rule(function)


def handed_back_by(function) -> tuple[str, ...]:
    """The parameters that a function made here returns; none for any other function."""
    made = _writers.get(function.__code__) if isinstance(function, FunctionType) else None
    return made.written if made is not None else ()


def is_alone(function) -> bool:
    """True for a function made here of one that returns nothing."""
    return _writers[function.__code__].alone


def names_handed_back(function, node) -> list[str]:
    """The names of the arguments of a call that a function made here returns."""
    written = handed_back_by(function)
    bound = bound_call(function, node) or {} if written else {}
    return [bound[p].id for p in written]


def by_items(body, names) -> list:
    """`x += y` of a parameter as `x[...] += y`, in a function that returns nothing: `x` is an array then."""
    nodes = [n for n in own_scope(body) if isinstance(n, gast.AugAssign) and getattr(n.target, "id", None) in names]
    if not nodes or not returns_nothing(body):
        return body
    body = copy.deepcopy(body)
    for node in own_scope(body):
        if isinstance(node, gast.AugAssign) and getattr(node.target, "id", None) in names:
            node.target = gast.Subscript(load(node.target.id), constant(...), gast.Store())
    return body


def is_plain(args, body) -> bool:
    """True for a function of named parameters, none of which is bound anew, that neither waits nor yields."""
    names = {a.id for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
    lazy = (gast.Yield, gast.YieldFrom, gast.Await, gast.AsyncFor, gast.AsyncWith)
    stored = set().union(*map(stored_anywhere, body), set())
    return not any(isinstance(n, lazy) for n in own_scope(body)) and not stored & names and names == {*parameters(args)}


def handed_on(callees, seen) -> set[str]:
    """The names that calls, each with its function, give to functions that write into them."""
    found = set()
    for node, function in callees:
        written = written_parameters(function, seen)
        bound = bound_call(function, node) or {} if written else {}
        found |= {bound[p].id for p in written if isinstance(bound.get(p), gast.Name)}
    return found


def handed_out(body, scope) -> set[str]:
    """The names of what a function may return, or return a part or a view of."""
    sharing = Sharing(body, scope)
    returned = [n.value for n in own_scope(body) if isinstance(n, gast.Return) and n.value is not None]
    return reached(sharing.edges, set().union(*map(sharing.shared, returned)))


def returning(function: FunctionType) -> FunctionType:
    """The function that returns, behind what `function` returns, the arguments that it has written into."""
    stem = function.__code__, written_parameters(function)
    known = _returning.get(function)
    if known is None or known[0] != stem:
        known = _returning[function] = stem, _made(function, stem[1])
    return known[1]


def returns_nothing(body) -> bool:
    """True where the statements of a function return None only."""
    returned = [n.value for n in own_scope(body) if isinstance(n, gast.Return)]
    return all(value is None or isinstance(value, gast.Constant) and value.value is None for value in returned)


def _made(function, written) -> FunctionType:
    source = source_of(function)
    tree = source.tree()
    tree.body = by_items(tree.body, parameters(tree.args))
    alone = returns_nothing(tree.body)
    for node in own_scope(tree.body):
        if isinstance(node, gast.Return):
            node.value = located(handed_back(None if alone else node.value, written), node)
    last = tree.body[-1]
    if not isinstance(last, gast.Return):
        tree.body.append(located(gast.Return(handed_back(None if alone else constant(None), written)), last))
    code = _compiled(tree, function)
    remember(code, Source(source.name, source.filename, source.lines, tree, source.stems))
    _writers[code] = Made(written, alone)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    closure = tuple(cells[name] for name in code.co_freevars)
    made = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__, made.__module__ = function.__kwdefaults__, function.__module__
    return made


def handed_back(value, written) -> gast.expr:
    parts = [*([] if value is None else [value]), *map(load, written)]
    return parts[0] if len(parts) == 1 else gast.Tuple(parts, gast.Load())


def _compiled(tree, function) -> CodeType:
    """The code of the function `tree`, with the free variables of `function`."""
    free = function.__code__.co_freevars
    tree = copy.deepcopy(tree)
    tree.args.defaults = [constant(None) for _ in tree.args.defaults]
    tree.args.kw_defaults = [d and constant(None) for d in tree.args.kw_defaults]
    tree.returns = None
    for node in gast.walk(tree.args):
        if isinstance(node, gast.Name):
            node.annotation = None
    outer = gast.arguments([gast.Name(n, gast.Param(), None, None) for n in free], [], None, [], [], None, [])
    name, tree.name = tree.name, "<function>"  # its own name means what it means to the first function
    factory = gast.FunctionDef("<factory>", outer, [tree], [], None, None, [])
    module = gast.gast_to_ast(gast.Module([factory], []))
    ast.fix_missing_locations(module)
    code = compile(module, function.__code__.co_filename, "exec")
    for part in ("<factory>", "<function>"):
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == part)
    return code.replace(co_name=name, co_qualname=function.__code__.co_qualname)


def with_plain_writers(stmts, core, varied) -> list:
    """Statements with such calls that have nothing to do with what is `varied` as they were written."""
    made = []
    for stmt in stmts:
        for part in ("body", "orelse"):
            if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)) and getattr(stmt, part, None):
                setattr(stmt, part, with_plain_writers(getattr(stmt, part), core, varied))
        called = isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.Call)
        function = core.scope.resolve(stmt.value.func) if called else None
        if handed_back_by(function) and not (names_loaded(stmt) | names_stored(stmt)) & varied:
            made += plain_call(stmt, core.scope, core.namer.fresh)
        else:
            made.append(stmt)
    core.scope.local |= names_stored(made)
    return made


def plain_call(stmt, scope, fresh, copied: str | None = None) -> list:
    """A call of a function made here as it was written; of copies, if `copied` is the name of what makes them."""
    node, target = stmt.value, stmt.targets[0].id
    function, called = scope.resolve(node.func), copy.deepcopy(scope.written_as[node.func.id])
    names = names_handed_back(function, node)
    copies = {name: fresh(name) for name in names} if copied else {}
    before = [assign(new, call(copied, load(name)), stmt) for name, new in copies.items()]
    made = rename(located(gast.Call(called, node.args, node.keywords), stmt), copies)
    results = [load(copies.get(name, name)) for name in names]
    if is_alone(function):
        result = results[0] if len(results) == 1 else gast.Tuple(results, gast.Load())
        return [*before, located(gast.Expr(made), stmt), assign(target, result, stmt)]
    value = fresh("t")
    pair = gast.Tuple([load(value), *results], gast.Load())
    return [*before, assign(value, made, stmt), assign(target, pair, stmt)]
