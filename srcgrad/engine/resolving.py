"""Resolving callees at run time, for `runtime.pairs`: which arguments are active, which text, in which order."""

from __future__ import annotations

import inspect
from functools import partial
from types import FunctionType

from ..errors import NoRule
from ..frontend.callables import as_function
from ..kinds import FUNCTION, can_be_active, kind_of
from ..records import is_dataclass
from ..rules.closures import Captured
from ..runtime import pairs
from ..runtime.pairs import (
    ENVIRONMENT,
    KEPT,
    SELF,
    Forward,
    Method,
    Pushforward,
    keep_arguments,
    run_again,
    run_forward,
    run_pushforward,
)
from ..runtime.pairs import held as tangent_held
from .places import placed
from .targets import Target, method_call, target_of
from .texts import sweep_codes
from .versions import parameter_kinds, shallow_kind, version_of


def resolve(f, active, args, kwargs):
    """(target, kinds by parameter, active parameters, where each passed argument went)."""
    own = function_of(f, args[0]) if isinstance(f, Method) else None
    if own is not None:
        target = target_of(own, len(args), tuple(kwargs), (args, kwargs))
    elif isinstance(f, Method):
        require_methods(f, args[0])
        target = Target(method_call(f.name, len(args) - 1, tuple(kwargs)), (), {})
    elif isinstance(f, Forward):
        target = Target(run_forward, f.resolved(args, kwargs), {})
    elif isinstance(f, Pushforward):
        target = Target(run_pushforward, f.resolved(args[0], args[1:], kwargs), {})
    else:
        target = target_of(f, len(args), tuple(kwargs), (args, kwargs))
    full, names = (*target.bound, *args), {**target.keywords, **kwargs}
    kinds = parameter_kinds(target.function, full, names, shallow_kind)
    code = target.function.__code__
    positional = code.co_varnames[: code.co_argcount]
    star_at = code.co_argcount + code.co_kwonlyargcount
    star = code.co_varnames[star_at] if code.co_flags & 0x04 else None
    double = code.co_varnames[star_at + bool(star)] if code.co_flags & 0x08 else None
    places = []
    for i in range(len(args)):
        at = i + len(target.bound)
        places.append((i, positional[at] if at < len(positional) else (star, at - len(positional))))
    named = {*positional[code.co_posonlyargcount :], *code.co_varnames[code.co_argcount : star_at]}
    for name in kwargs:
        places.append((name, name if name in named else (double, name)))
    wanted = [(key, place) for key, place in places if active is None or key in active]
    return target, kinds, wanted


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


def active_parameters(kinds, wanted) -> frozenset:
    return frozenset(
        p
        for p in ((place[0] if isinstance(place, tuple) else place) for _, place in wanted)
        if p is not None and can_be_active(kinds[p])
    )


def active_cells(function: FunctionType) -> frozenset:
    """Captured variables through which a closure may carry derivatives."""
    found = set()
    for name, value in captured_values(function):
        if isinstance(value, FunctionType):
            sibling = value is function or value.__code__ in sweep_codes  # known where it is called, of the same cells
            if not sibling and carries_data(value):
                found.add(name)
        elif is_data(value):
            found.add(name)
    return frozenset(found)


def captured_values(function: FunctionType):
    """(name, value) of the captured variables that are bound."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not bound yet
            continue


def carries_data(function: FunctionType) -> bool:
    """True when a closure captures data, itself or through the functions that it captures."""
    seen, pending = set(), [function]
    while pending:
        current = pending.pop()
        seen.add(current)
        for _, value in captured_values(current):
            if not isinstance(value, FunctionType):
                if is_data(value):
                    return True
            elif value not in seen and value.__code__ not in sweep_codes:
                pending.append(value)
    return False


def is_data(value) -> bool:
    """True for floats, arrays, structures of these, and for what binds a function that may capture such."""
    kind = kind_of(value, 3)
    if kind.tag in ("unknown", "function"):
        return isinstance(value, (partial, Forward, Pushforward)) or hasattr(value, "__srcgrad_program__")
    return can_be_active(kind)


def where_held(f, target, key, place):
    """Where the tangent of what a callee holds is found in the record of its own tangent."""
    if is_dataclass(f):
        return SELF  # a callable instance is what it holds
    if target.function in (run_forward, run_pushforward):
        if place == "bound" and target.bound[0] is keep_arguments:
            return KEPT
        return SELF if place in ("run", "half") else (f"<{place}>", None)
    return ("<bound>" if isinstance(key, int) else "<keywords>", key)


def version_for(function, kinds, active, cells, mode):
    key = (mode, tuple(kinds.items()), active, cells)
    if mode == "vjp":
        return version_of(function, key, lambda d: d.pair(function, kinds, active, cells))
    return version_of(function, key, lambda d: d.jvp(function, kinds, active, cells))


ZERO = (None, None)  # stands for an argument whose tangent is zero


def prepared(f, active, captures, args, kwargs, mode, tangents=None):
    """(target, arguments to differentiate, what it holds to differentiate, version); None as a tangent is a zero."""
    target, kinds, wanted = resolve(f, active, args, kwargs)
    if tangents is not None:
        wanted = [w if dot is not None else ZERO for w, dot in zip(wanted, tangents, strict=True)]
    if captures and isinstance(f, (Forward, Pushforward)) and isinstance(f.f, (Forward, Pushforward)):
        refuse_nested_captures(target.bound[3])
    held = held_arguments(target, kinds) if captures else []
    values = {**dict(enumerate(target.bound)), **target.keywords}
    held = [(k, place) for k, place in held if isinstance(values[k], FunctionType) or is_data(values[k])]
    if mode == "jvp":
        held = [(k, place) for k, place in held if tangent_held(captures, where_held(f, target, k, place)) is not None]
    params = active_parameters(kinds, [*wanted, *held])
    cells = active_cells(target.function) if captures else frozenset()
    if mode == "jvp":
        cells = frozenset(name for name in cells if tangent_held(captures, name) is not None)
    values = dict(zip(target.function.__code__.co_freevars, target.function.__closure__ or ()))
    kinds |= {
        n: kind_of(values[n].cell_contents, 3) if not callable(values[n].cell_contents) else FUNCTION for n in cells
    }
    version = version_for(target.function, kinds, params, cells, mode)
    return target, wanted, held, version


@placed
def resolve_pair(f, active, captures, args, kwargs):
    fun = checkpointed(f)
    if fun is not None:
        count = len(args) + len(kwargs) if active is None else len(active)
        return keep_arguments, run_again, list(range(count + 1)), (fun, active, captures), {}
    target, wanted, held, version = prepared(f, active, captures, args, kwargs, "vjp")
    unit = version.text.entry
    index = {name: i for i, name in enumerate(unit.inputs)}
    own = dict(zip(target.function.__code__.co_freevars, target.function.__closure__ or ()))
    cells = {Captured(n, own[n]): i for n, i in index.items() if n in own}
    order = [record_of(f, target, cells, held, index), *(place_of(place, index) for _, place in wanted)]
    run, half = version.functions[unit.forward], version.functions[unit.backward]
    if len(unit.inputs) == 1:
        half = partial(as_list, half)
    return run, half, order, target.bound, target.keywords


def checkpointed(f):
    """The function behind a checkpoint, with what a partial or a bound method of it holds; None for anything else."""
    callee = None if isinstance(f, (FunctionType, Method, Forward, Pushforward)) else as_function(f)
    if callee is None or not getattr(type(callee.target), "recompute", False):
        return None
    fun = callee.target.__wrapped__
    return partial(fun, *callee.bound, **callee.keywords) if callee.bound or callee.keywords else fun


def refuse_nested_captures(bound):
    """Raise NoRule where derivatives may flow through what a sweep of a sweep of a closure holds: at order 3."""
    if any(isinstance(v, FunctionType) and active_cells(v) for v in bound):
        raise NoRule(
            "a closure that is passed as a value cannot be differentiated three times yet",
            advice="Call it by its name where it is defined, or pass what it captures as arguments.",
        )


def held_arguments(target, kinds):
    """(position or keyword, parameter) of the arguments that a partial or a bound method holds."""
    code = target.function.__code__
    positional = code.co_varnames[: code.co_argcount]
    star = code.co_varnames[code.co_argcount + code.co_kwonlyargcount] if code.co_flags & 0x04 else None
    held = [
        (i, positional[i] if i < len(positional) else (star, i - len(positional))) for i in range(len(target.bound))
    ]
    return [*held, *((name, name) for name in target.keywords if name in kinds)]


def record_of(f, target, cells, held, index):
    """Where the parts of the callee's own adjoint are: by captured variable, or by what a partial holds."""
    if not held:
        return cells or None
    if is_dataclass(f):
        return place_of(held[0][1], index)
    if target.function is run_forward and target.bound[0] is keep_arguments:
        function = (index["bound"], 0) if "bound" in index else None
        return {"<forward>": function, "<half>": None, "<bound>": None, "<keywords>": None}
    if target.function is run_forward:
        return {
            "<forward>": index.get("run"),
            "<half>": index.get("half"),
            "<bound>": index.get("bound"),
            "<keywords>": index.get("keywords"),
        }
    if target.function is run_pushforward:
        return {
            "<forward>": index.get("run"),
            "<captures>": index.get("captures"),
            "<bound>": index.get("bound"),
            "<keywords>": index.get("keywords"),
        }
    places = {key: place_of(place, index) for key, place in held}
    return {
        "<function>": cells or None,
        "<bound>": [places.get(i) for i in range(len(target.bound))],
        "<keywords>": {name: places.get(name) for name in target.keywords},
    }


def as_list(half, kept, y_bar):
    """A backward sweep that returns a single adjoint, as one that returns a list of them."""
    return [half(kept, y_bar)]


def place_of(place, index):
    if isinstance(place, tuple):
        return (index[place[0]], place[1]) if place[0] in index else None
    return index.get(place)


@placed
def resolve_jvp(f, active, captures, tangents, args, kwargs):
    target, wanted, held, version = prepared(f, active, captures, args, kwargs, "jvp", tangents)
    unit = version.text.entry
    cells = target.function.__code__.co_freevars
    order = []
    inside = {place: key for key, place in held}
    for name in unit.inputs:
        if name in inside:
            order.append(where_held(f, target, inside[name], name))
            continue
        if name in cells or name == ENVIRONMENT:
            order.append(name)
            continue
        places = [(i, place) for i, (_, place) in enumerate(wanted)]
        direct = [i for i, place in places if place == name]
        if direct:
            order.append(direct[0])
        else:
            items = {place[1]: i for i, place in places if isinstance(place, tuple) and place[0] == name}
            named = any(isinstance(k, str) for k in items)
            starred = len(target.bound) + len(args) - target.function.__code__.co_argcount
            order.append(items if named else [items.get(k) for k in range(starred)])
    return version.functions[unit.name], order, target.bound, target.keywords


pairs.install(resolve_pair=resolve_pair, resolve_jvp=resolve_jvp, version_for=version_for)
