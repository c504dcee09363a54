"""What a callable holds, and where the adjoint or tangent of that is in its own, which is a record:

    a function               its adjoint has one by captured variable; its tangent is a function that returns such
    a partial                {"<function>": that of its function, position or keyword: that of what is bound there}
    an instance              that of its fields, as of any record
    an operator, a sweep     that of the function that it is made of
    a pushforward            {"<f>": that of the function, "<captures>": that of the function's tangent}

A sweep of a sweep of a closure holds what the closure holds, however often: the paths say where.
"""

from __future__ import annotations

from functools import partial
from types import FunctionType
from typing import NamedTuple

from ..kinds import can_be_active, kind_of
from ..records import is_dataclass, is_named_tuple
from ..runtime.pairs import Forward, Pushforward
from ..runtime.paths import Sum
from .texts import sweep_codes


class Holding(NamedTuple):
    """Where in the record of a callable, as paths or structures of these, what it runs has its own.

    That is a function, which has a record in its turn, the arguments bound to it and the keywords.
    """

    function: tuple | None
    bound: list
    keywords: dict


def holding(f, count: int) -> Holding:
    """Where the callable `f`, which calls a function with `count` bound arguments, has what in its record."""
    if isinstance(f, partial):
        inner = within("<function>", holding(f.func, count - len(f.args)))
        bound = [*inner.bound, *((i,) for i in range(len(f.args)))]
        return Holding(inner.function, bound, inner.keywords | {name: (name,) for name in f.keywords})
    if hasattr(type(f), "__srcgrad_program__"):
        program = f.__srcgrad_program__()
        wrapped = program is getattr(f, "__wrapped__", None)  # else a partial binds what is differentiated first
        if program is not f and (wrapped or not isinstance(program, partial)):
            return holding(program, count)
        if program is f:
            return Holding((), [None] * count, {})
        return Holding(None, [(), *[None] * (count - 1)], {}) if count else Holding((), [], {})
    if is_dataclass(f) or is_named_tuple(f) or isinstance(f, FunctionType) and count:
        return Holding(None, [*[None] * (count - 1), ()], {})
    return Holding((), [None] * count, {})


def of_sweep(inner: Holding) -> Holding:
    """What `run_forward(run, half, order, bound, keywords)` holds for a function that holds `inner`."""
    return Holding(None, [inner.function, inner.function, None, inner.bound, inner.keywords], {})


def of_pushforward(inner: Holding) -> Holding:
    """What `run_pushforward(run, order, captures, bound, keywords)` holds for a function that holds `inner`."""
    inner = within("<f>", inner)
    return Holding(None, [inner.function, None, ("<captures>",), inner.bound, inner.keywords], {})


OF_CHECKPOINT = Holding(None, [(), None, None], {})  # what `keep_arguments(fun, active, captures)` holds


def within(key, place):
    """A path, or each path in a structure of them, where the record is itself the part `key` of another."""
    if place is None:
        return None
    if isinstance(place, Holding):
        return Holding(*(within(key, part) for part in place))
    if isinstance(place, tuple):
        return (key, *place)
    if isinstance(place, dict):
        return {name: within(key, inner) for name, inner in place.items()}
    return [within(key, inner) for inner in place]


def record_plan(parts):
    """The plan of a record, whose parts `(place, plan)` are found by plans: the transpose of looking them up."""
    leaves: dict = {}
    for place, plan in parts:
        spread(leaves, place, plan)
    root: dict = {}
    for path, plans in leaves.items():
        owner = root
        for key in ("", *path[:-1]) if path else ():
            owner = owner.setdefault(key, {})
        owner[path[-1] if path else ""] = plans[0] if len(plans) == 1 else Sum(plans)
    return root.get("")


def spread(leaves, place, plan):
    """Note at each path of `place` the plan of what belongs there."""
    if place is None or plan is None:
        return
    if isinstance(place, tuple):
        leaves.setdefault(place, []).append(plan)
    else:
        for key, inner in place.items() if isinstance(place, dict) else enumerate(place):
            spread(leaves, inner, (*plan, key))


# Whether derivatives may flow through what is held -------------------------------------------------------------------


def active_cells(function: FunctionType) -> frozenset:
    """Captured variables through which a closure may carry derivatives."""
    return frozenset(
        name
        for name, value in captured_values(function)
        if is_data(value) and not (value is function or is_sweep(value))  # those are known where they are called
    )


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
            elif value not in seen and not is_sweep(value):
                pending.append(value)
    return False


def is_sweep(value) -> bool:
    """True for the functions of a derivative's text, which share their cells."""
    return isinstance(value, FunctionType) and value.__code__ in sweep_codes


def is_data(value) -> bool:
    """True for floats, arrays, structures of these, and for callables that may hold such."""
    if isinstance(value, FunctionType):
        return carries_data(value)
    kind = kind_of(value, 3)
    if kind.tag in ("unknown", "function"):
        return isinstance(value, (partial, Forward, Pushforward)) or hasattr(value, "__srcgrad_program__")
    return can_be_active(kind)
