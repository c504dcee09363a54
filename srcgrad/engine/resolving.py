"""Resolving callees at run time, for `runtime.pairs`: which arguments are active, which text, in which order."""

from __future__ import annotations

import inspect
from functools import partial
from types import FunctionType
from typing import NamedTuple

from ..errors import NoRule
from ..frontend.callables import as_function
from ..kinds import FUNCTION, can_be_active, kind_of
from ..rules.closures import Captured
from ..runtime import pairs
from ..runtime.pairs import (
    ENVIRONMENT,
    Forward,
    Method,
    Pushforward,
    captured,
    keep_arguments,
    run_again,
    run_forward,
    run_pushforward,
    run_pushforwards,
)
from ..runtime.paths import assembled
from .holdings import (
    OF_CHECKPOINT,
    Holding,
    active_cells,
    holding,
    is_data,
    of_pushforward,
    of_sweep,
    record_plan,
    within,
)
from .places import placed
from .targets import Target, method_call, target_of
from .versions import Version, parameter_kinds, shallow_kind, version_of

ZERO = (None, None)  # stands for an argument whose tangent is zero


class Callee(NamedTuple):
    """What a call runs, and what of it is differentiated: arguments and what the callable holds."""

    target: Target
    holding: Holding
    kinds: dict  # by parameter
    wanted: list  # (position or keyword, place among the parameters) of each argument to differentiate
    held: list  # (path in the record of the callable, place among the parameters) of what it holds


def resolve(f, active, captures, args, kwargs) -> Callee:
    """What `f(*args, **kwargs)` runs; `active`: the arguments to differentiate, None for all; `captures`: f itself."""
    target, where = target_of_callable(f, args, kwargs)
    kinds = parameter_kinds(target.function, (*target.bound, *args), {**target.keywords, **kwargs}, shallow_kind)
    code = target.function.__code__
    positional = code.co_varnames[: code.co_argcount]
    star_at = code.co_argcount + code.co_kwonlyargcount
    star = code.co_varnames[star_at] if code.co_flags & 0x04 else None
    double = code.co_varnames[star_at + bool(star)] if code.co_flags & 0x08 else None
    named = {*positional[code.co_posonlyargcount :], *code.co_varnames[code.co_argcount : star_at]}

    def by_position(i):
        return positional[i] if i < len(positional) else (star, i - len(positional))

    def by_name(name):
        return name if name in named else (double, name)

    count = len(target.bound)
    places = [*((i, by_position(i + count)) for i in range(len(args))), *((name, by_name(name)) for name in kwargs)]
    at = dict(places)
    held = [(where.bound[i], by_position(i)) for i in range(count) if is_data(target.bound[i])]
    held += [(where.keywords[n], by_name(n)) for n, v in target.keywords.items() if n not in kwargs and is_data(v)]
    if captures and hasattr(f, "__self__") and any(path is None for path, _ in held):
        raise NoRule(
            f"the method {f.__name__!r} of a {type(f.__self__).__name__} is a value that derivatives flow through",
            advice="Call the method where it is read: x.method(...).",
        )
    return Callee(
        target,
        where,
        kinds,
        places if active is None else [(key, at[key]) for key in active if key in at],  # in the order of `active`
        [(path, place) for path, place in held if captures and path is not None],
    )


def target_of_callable(f, args, kwargs) -> tuple[Target, Holding]:
    """The function that a call runs, with what is bound to it, and where that is in the record of `f`."""
    if isinstance(f, Forward):
        resolved, inner = pair_of(f.f, f.active, f.captures, f.apart, args, kwargs)
        return Target(run_forward, resolved, {}), of_sweep(inner)
    if isinstance(f, Pushforward):
        resolved, inner = pushforward_of(f.f, f.active, *f.single(args[0]), args[1:], kwargs, f.many, f.apart)
        bound = (*resolved[:2], f.captures, *resolved[3:])
        return Target(run_pushforwards if f.many else run_pushforward, bound, {}), of_pushforward(inner)
    if isinstance(f, Method):
        own = function_of(f, args[0])
        if own is None:
            require_methods(f, args[0])
            own = method_call(f.name, len(args) - 1, tuple(kwargs))
        f = own
    target = target_of(f, len(args), tuple(kwargs), (args, kwargs))
    return target, holding(f, len(target.bound))


def function_of(method, owner) -> FunctionType | None:
    """The Python function behind a method of the user's object `owner`, which takes it first."""
    if method.name == "__class__":
        return made_like
    found = inspect.getattr_static(type(owner), method.name, None)
    same = inspect.getattr_static(owner, method.name, None) is found
    return found if same and isinstance(found, FunctionType) else None


def made_like(owner, *args):
    """`owner.__class__(...)`."""
    return type(owner)(*args)


def require_methods(f: Method, owner) -> None:
    """NoRule where nothing is known of the methods of an object that derivatives are to flow through."""
    if shallow_kind(owner).tag == "unknown":
        raise NoRule(
            f"the method {f.name!r} of a {type(owner).__name__} has neither Python source nor a derivative rule",
            advice="Register its derivative with srcgrad.extend, or compute with plain functions.",
        )


def version_for(function, kinds, active, cells, mode, apart=False) -> Version:
    """`apart`: the caller is not to see what the function writes into its arguments."""
    key = (mode, tuple(kinds.items()), active, cells, apart)
    made = "pair" if mode == "vjp" else mode
    return version_of(function, key, lambda d: getattr(d, made)(function, kinds, active, cells, apart=apart))


def version_of_callee(callee: Callee, cells: frozenset, mode: str, apart: bool) -> Version:
    """The version that differentiates a function's arguments, what is bound to it, and what it captures as `cells`."""
    function, kinds = callee.target.function, callee.kinds
    values = dict(captured_cells(function))
    kinds |= {
        n: kind_of(values[n].cell_contents, 3) if not callable(values[n].cell_contents) else FUNCTION for n in cells
    }
    params = {place[0] if isinstance(place, tuple) else place for _, place in [*callee.wanted, *callee.held]}
    active = frozenset(p for p in params if p is not None and can_be_active(kinds[p]))
    return version_for(function, kinds, active, cells, mode, apart)


def captured_cells(function: FunctionType):
    """(name, cell) of the captured variables."""
    return zip(function.__code__.co_freevars, function.__closure__ or ())


def source_for(f, active, mode, args, kwargs) -> str:
    """The text that runs for a call of `f`, which is not run."""
    return version_of_callee(resolve(f, active, False, args, kwargs), frozenset(), mode, True).text.source


# Reverse mode -------------------------------------------------------------------------------------------------------


@placed
def resolve_pair(f, active, captures, apart, args, kwargs):
    return pair_of(f, active, captures, apart, args, kwargs)[0]


def pair_of(f, active, captures, apart, args, kwargs):
    """What `run_forward` is bound to for a call of `f`, and what `f` holds."""
    fun = checkpointed(f)
    if fun is not None:
        count = len(args) + len(kwargs) if active is None else len(active)
        order = [(i,) for i in range(count + 1)]
        return (keep_arguments, run_again, order, (fun, active, captures), {}), OF_CHECKPOINT
    callee = resolve(f, active, captures, args, kwargs)
    target, where = callee.target, callee.holding
    cells = active_cells(target.function) if captures else frozenset()
    version = version_of_callee(callee, cells, "vjp", apart)
    unit = version.text.entry
    at = {name: (i,) for i, name in enumerate(unit.inputs)} if len(unit.inputs) > 1 else dict.fromkeys(unit.inputs, ())
    inside = {Captured(name, cell): at[name] for name, cell in captured_cells(target.function) if name in at}
    parts = [(where.function, inside or None), *((path, place_of(place, at)) for path, place in callee.held)]
    order = [record_plan(parts), *(place_of(place, at) for _, place in callee.wanted)]
    run, half = version.functions[unit.forward], version.functions[unit.backward]
    return (run, half, order, target.bound, target.keywords), where


def checkpointed(f):
    """The function behind a checkpoint, with what a partial or a bound method of it holds; None for anything else."""
    callee = None if isinstance(f, (FunctionType, Method, Forward, Pushforward)) else as_function(f)
    if callee is None or not getattr(type(callee.target), "recompute", False):
        return None
    fun = callee.target.__wrapped__
    return partial(fun, *callee.bound, **callee.keywords) if callee.bound or callee.keywords else fun


def place_of(place, at):
    """The path of a parameter's adjoint, or of that of an item of a starred one, among those of a backward sweep."""
    if isinstance(place, tuple):
        return (*at[place[0]], place[1]) if place[0] in at else None
    return at.get(place)


# Forward mode -------------------------------------------------------------------------------------------------------


@placed
def resolve_jvp(f, active, captures, tangents, args, kwargs, many, apart):
    return pushforward_of(f, active, captures, tangents, args, kwargs, many, apart)[0]


def pushforward_of(f, active, captures, tangents, args, kwargs, many=False, apart=False):
    """What `run_pushforward` is bound to for a call of `f`, and what `f` holds."""
    callee = resolve(f, active, captures is not None, args, kwargs)
    target, where = callee.target, callee.holding
    wanted = [row if dot is not None else ZERO for row, dot in zip(callee.wanted, tangents, strict=True)]
    held = [(path, place) for path, place in callee.held if is_there(assembled(captures, path))]
    of_cells = assembled(captures, where.function)
    cells = frozenset(n for n in active_cells(target.function) if captured(of_cells, n) is not None)
    callee = callee._replace(wanted=wanted, held=held)
    version = version_of_callee(callee, cells if of_cells else frozenset(), "jvps" if many else "jvp", apart)
    unit = version.text.entry
    plans = {place: within(0, path) for path, place in held} | {w[1]: (1, i) for i, w in enumerate(wanted) if w != ZERO}
    inside = {ENVIRONMENT, *target.function.__code__.co_freevars}
    count = len(target.bound) + len(args) - target.function.__code__.co_argcount
    plan = [within(0, where.function) if n in inside else argument_plan(n, plans, count) for n in unit.inputs]
    names = [name if name in inside and name != ENVIRONMENT else None for name in unit.inputs]
    return (version.functions[unit.name], (plan, names), captures, target.bound, target.keywords), where


def is_there(dot) -> bool:
    """True for a tangent that is not a zero throughout."""
    if isinstance(dot, (list, tuple, dict)):
        return any(map(is_there, dot.values() if isinstance(dot, dict) else dot))
    return dot is not None


def argument_plan(name, plans, count):
    """Where the tangent of a parameter is, by the plans for the places: for a starred one, of its `count` items."""
    if name in plans:
        return plans[name]
    items = {place[1]: plan for place, plan in plans.items() if isinstance(place, tuple) and place[0] == name}
    return items if any(isinstance(key, str) for key in items) else [items.get(i) for i in range(count)]


pairs.install(resolve_pair=resolve_pair, resolve_jvp=resolve_jvp, version_for=version_for)
