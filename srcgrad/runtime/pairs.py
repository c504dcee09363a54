"""Callees known only when they are called: their pair of sweeps, and their pushforward.

`forward, backward = pair(f)` resolves `f` when `forward` is called, by the kinds of the arguments that it then has.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from ..errors import WrongValue
from .helpers import snapshot
from .paths import assembled

_driver: dict[str, Any] = {}


def install(**functions) -> None:
    """Called once by the driver: what it takes to derive a function (this room knows nothing of the others)."""
    _driver.update(functions)


def pair(f: Callable | str, active: tuple | None = None, captures: bool = False, apart: bool = False):
    """The two sweeps of `f`: `forward(*args, **kwargs) -> (y, tape)` and `backward(tape, y_bar) -> adjoints`.

    `f` may be the name of a method of the first argument.

    `active` tells which arguments are differentiated, positions and keyword names (all, unless given); `captures` that
    `f` itself is: a closure over active variables. The adjoints are that of `f` (a record by captured variable, or
    None), then those of the active arguments in the order in which they were passed.

    `apart`: what `f` writes into its arguments is not to be seen in them, it works on copies.
    """
    return Forward(f, active, captures, apart), backward


class Forward:
    """The forward sweep of a callee that is resolved when it is called."""

    __slots__ = ("active", "apart", "captures", "f")

    def __init__(self, f, active, captures, apart):
        self.f = Method(f) if isinstance(f, str) else f
        self.active, self.captures, self.apart = active, captures, apart

    def __call__(self, /, *args, **kwargs):
        run, half, order, bound, keywords = self.resolved(args, kwargs)
        y, kept = run(*bound, *args, **{**keywords, **kwargs})
        return y, (half, kept, order)

    def resolved(self, args, kwargs):
        return _driver["resolve_pair"](self.f, self.active, self.captures, self.apart, args, kwargs)


def run_forward(run, half, order, bound, keywords, /, *args, **kwargs):
    """`Forward.__call__` with its callee resolved, in the language."""
    y, kept = run(*bound, *args, **{**keywords, **kwargs})
    return y, (half, kept, order)


def keep_arguments(fun, active, captures, /, *args, **kwargs):
    """The forward sweep of a checkpointed function: of all that it computes, nothing is kept."""
    y = fun(*args, **kwargs)
    return y, (fun, active, captures, fingerprint(y), [snapshot(x) for x in args], dict(kwargs))


def run_again(kept, y_bar):
    """The backward sweep of a checkpointed function: the forward sweep that was not kept, and the reverse one."""
    fun, active, captures, found, args, kwargs = kept
    forward, back = pair(fun, active, captures)
    y, tape = forward(*args, **kwargs)
    require_same(found, fingerprint(y))
    return back(tape, y_bar)


def fingerprint(y):
    """For each floating leaf: its sum, and the sum of its absolute values, as accurate as its dtype."""
    if isinstance(y, (tuple, list, dict)):
        return [part for item in (y.values() if isinstance(y, dict) else y) for part in fingerprint(item)]
    if isinstance(y, (float, complex, np.ndarray, np.generic)) and np.asarray(y).dtype.kind in "fc":
        return [(np.sum(y), np.sum(np.abs(y)), np.finfo(np.asarray(y).dtype).eps)]
    return []


def require_same(found, again):
    """Raise WrongValue where a function that is run again does not return what it returned before."""
    same = len(found) == len(again) and all(
        np.allclose(now, total, 0.0, 1e3 * eps * size, equal_nan=True)
        for (total, size, eps), (now, _, _) in zip(found, again)
        if np.isfinite(size)
    )
    if not same:
        raise WrongValue(
            "a checkpointed function returned another value when it was run again",
            advice="Pass random numbers, and what is changed between its calls, as arguments.",
        )


def backward(tape, y_bar):
    """The adjoints of one forward call: of the callee, then of its active arguments."""
    half, kept, order = tape
    if y_bar is None:
        return [None for _ in order]
    return assembled(half(kept, y_bar), order)


def pushforward(
    f: Callable | str,
    active: tuple | None = None,
    captures: dict | list | None = None,
    many: bool = False,
    apart: bool = False,
) -> Callable:
    """`pushforward(f)(tangents, *args, **kwargs) -> (y, y_dot)`, with the tangents of the active arguments.

    With `many`, each tangent is the list of those along several directions, and so are `captures` and `y_dot`.
    """
    return Pushforward(f, active, captures, many, apart)


class Pushforward:
    __slots__ = ("active", "apart", "captures", "f", "many")

    def __init__(self, f, active, captures, many, apart):
        self.f = Method(f) if isinstance(f, str) else f
        self.active, self.captures, self.many, self.apart = active, captures, many, apart

    def __call__(self, tangents, /, *args, **kwargs):
        program = run_pushforwards if self.many else run_pushforward
        return program(*self.resolved(tangents, args, kwargs), tangents, *args, **kwargs)

    def resolved(self, tangents, args, kwargs):
        """The tangent function of `f` for the arguments whose tangents are not None, which stands for zero."""
        single = self.single(tangents)
        run, order, _, *bound = _driver["resolve_jvp"](
            self.f, self.active, *single, args, kwargs, self.many, self.apart
        )
        return run, order, self.captures, *bound

    def single(self, tangents):
        """(captures, tangents) along one direction: what is None along one is so along all."""
        if not self.many:
            return self.captures, tangents
        return self.captures[0] if self.captures else None, [x_dots[0] for x_dots in tangents]


def run_pushforward(run, order, captures, bound, keywords, tangents, /, *args, **kwargs):
    """`Pushforward.__call__` with its callee resolved, in the language."""
    return run(arranged(order, captures, tangents), *bound, *args, **{**keywords, **kwargs})


def run_pushforwards(run, order, captures, bound, keywords, tangents, /, *args, **kwargs):
    """`run_pushforward` along several directions."""
    directions = range(len(tangents[0] if tangents else captures))
    y, y_dots = run(arranged_along(directions, order, captures, tangents), *bound, *args, **{**keywords, **kwargs})
    return y, [None for _ in directions] if y_dots is None else y_dots


def arranged_along(directions, order, captures, tangents):
    """`arranged` along several directions: for each input, the list of its tangents."""
    single = [
        arranged(order, None if captures is None else captures[i], [x_dots[i] for x_dots in tangents])
        for i in directions
    ]
    return [[entries[k] for entries in single] for k in range(len(order[0]))]


def arranged(order, captures, tangents):
    """The tangents in the order in which a generated function takes them; those of captured variables by name."""
    plan, names = order
    return [captured(dot, name) for dot, name in zip(assembled([captures, tangents], plan), names)]


def captured(dot, name):
    """The tangent `dot`, or of the variable `name` where that is the tangent of a function that captures it."""
    return dot if dot is None or name is None else dot().get(name)


ENVIRONMENT = "<environment>"  # stands for the function that gives the tangents of the captures


class Method:
    """The function that calls the method `name` of its first argument."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __call__(self, owner, /, *args, **kwargs):
        return getattr(owner, self.name)(*args, **kwargs)


def version_for(
    function: FunctionType, kinds: dict, active: frozenset, cells: frozenset, mode: str, apart: bool = False
):
    """The version of a function's pair or tangent function for these kinds."""
    return _driver["version_for"](function, kinds, active, cells, mode, apart)
