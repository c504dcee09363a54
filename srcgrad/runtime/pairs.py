"""Callees known only when they are called: their pair of sweeps, and their pushforward.

`forward, backward = pair(f)` resolves `f` when `forward` is called, by the kinds of the arguments that it then has.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any

from ..errors import NoRule
from ..records import is_dataclass
from ..rules.registry import jvp, linear, nograd, vjp
from .helpers import add

_driver: dict[str, Any] = {}


def install(**functions) -> None:
    """Called once by the driver: what it takes to derive a function (this room knows nothing of the others)."""
    _driver.update(functions)


def pair(f: Callable, active: tuple | None = None, captures: bool = False):
    """The two sweeps of `f`: `forward(*args, **kwargs) -> (y, tape)` and `backward(tape, y_bar) -> adjoints`.

    `active` tells which arguments are differentiated, positions and keyword names (all, unless given); `captures` that
    `f` itself is: a closure over active variables. The adjoints are that of `f` (a record by captured variable, or
    None), then those of the active arguments in the order in which they were passed.
    """
    return Forward(f, active, captures), backward


class Forward:
    """The forward sweep of a callee that is resolved when it is called."""

    __slots__ = ("active", "captures", "f")

    def __init__(self, f, active, captures):
        self.f, self.active, self.captures = f, active, captures

    def __call__(self, /, *args, **kwargs):
        run, half, order, bound, keywords = self.resolved(args, kwargs)
        y, kept = run(*bound, *args, **{**keywords, **kwargs})
        return y, (half, kept, order)

    def resolved(self, args, kwargs):
        return _driver["resolve_pair"](self.f, self.active, self.captures, args, kwargs)


def run_forward(run, half, order, bound, keywords, /, *args, **kwargs):
    """`Forward.__call__` with its callee resolved, in the language."""
    y, kept = run(*bound, *args, **{**keywords, **kwargs})
    return y, (half, kept, order)


def backward(tape, y_bar):
    """The adjoints of one forward call: of the callee, then of its active arguments."""
    half, kept, order = tape
    if y_bar is None:
        return [None for _ in order]
    return distributed(half(kept, y_bar), order)


def distributed(bars, order):
    """The adjoints that a generated backward sweep returns, each at the places that `order` tells."""
    return None if bars is None else [ordered(bars, where) for where in order]


def ordered(bars, where):
    """Adjoints out of those that a generated backward sweep returns: one by its index, an item of one, or a record."""
    if where is None:
        return None
    if isinstance(where, dict):
        return {name: ordered(bars, inner) for name, inner in where.items()}
    if isinstance(where, list):
        return [ordered(bars, inner) for inner in where]
    if isinstance(where, tuple):
        i, item = where
        return None if bars[i] is None else bars[i][item]
    return bars[where]


def collected(places_bar, bars, order):
    """The transpose of `distributed`: what arrives at each place goes back to where it came from."""
    if places_bar is None:
        return None
    found = [None for _ in bars]
    for place_bar, where in zip(places_bar, order, strict=True):
        collect(found, place_bar, where, bars)
    return found


def collect(found, place_bar, where, bars):
    """Add to `found` what arrived at one place."""
    if place_bar is None or where is None:
        return
    if isinstance(where, dict):
        for name, inner in where.items():
            collect(found, place_bar.get(name), inner, bars)
    elif isinstance(where, list):
        for item_bar, inner in zip(place_bar, where, strict=True):
            collect(found, item_bar, inner, bars)
    elif isinstance(where, tuple):
        i, item = where
        if bars[i] is not None:
            keys = bars[i] if isinstance(bars[i], dict) else range(len(bars[i]))
            items = {key: place_bar if key == item else None for key in keys}
            found[i] = add(found[i], items if isinstance(bars[i], dict) else list(items.values()))
    else:
        found[where] = add(found[where], place_bar)


@vjp(distributed, "bars")
def distributed_bars_bar(y_bar, y, bars, order):
    """y = the adjoints at their places."""
    return collected(y_bar, bars, order)


@vjp(collected, "places_bar")
def collected_places_bar_bar(y_bar, y, places_bar, bars, order):
    """y = the adjoints at the places, brought back."""
    return distributed(y_bar, order)


linear(distributed, "bars")
linear(collected, "places_bar")


@vjp(pair, "f")
def pair_f_bar(y_bar, y, f, active=None, captures=False):
    """Both halves close over what `f` does, so their records add up."""
    if y_bar is None:
        return None
    require_function(f)
    return add(record_of(y_bar[0]), y_bar[1])


def require_function(f) -> None:
    """NoRule for an instance whose fields are active: that it is one was not known when the text was written."""
    if is_dataclass(f):
        raise NoRule(
            f"a call of a {type(f).__name__} has no second derivative here",
            advice="Call a method of it by its name: layer.forward(x).",
        )


def record_of(record):
    """The record of `f` from that of the forward sweep or pushforward made of it."""
    if record is None or "forward" not in record:
        return record
    half = record.get("half")
    if half is not None and "bound" in half:  # the one adjoint of a function of one input is made a list
        half = half["bound"][0]
    captures = add(record["forward"], half)
    if not record["bound"] and not record["keywords"]:
        return captures
    return {"function": captures, "bound": record["bound"], "keywords": record["keywords"]}


@jvp(pair, "f")
def pair_f_dot(f_dot, y, f, active=None, captures=False):
    require_function(f)
    return [f_dot, f_dot]


def pushforward(f: Callable, active: tuple | None = None, captures: dict | None = None) -> Callable:
    """`pushforward(f)(tangents, *args, **kwargs) -> (y, y_dot)`, with the tangents of the active arguments."""
    return Pushforward(f, active, captures)


class Pushforward:
    __slots__ = ("active", "captures", "f")

    def __init__(self, f, active, captures):
        self.f, self.active, self.captures = f, active, captures

    def __call__(self, tangents, /, *args, **kwargs):
        run, order, captures, bound, keywords = self.resolved(tangents, args, kwargs)
        return run_pushforward(run, order, captures, bound, keywords, tangents, *args, **kwargs)

    def resolved(self, tangents, args, kwargs):
        """The tangent function of `f` for the arguments whose tangents are not None, which stands for zero."""
        run, order, bound, keywords = _driver["resolve_jvp"](self.f, self.active, self.captures, tangents, args, kwargs)
        return run, order, self.captures, bound, keywords


def run_pushforward(run, order, captures, bound, keywords, tangents, /, *args, **kwargs):
    """`Pushforward.__call__` with its callee resolved, in the language."""
    return run(arranged(order, tangents, captures), *bound, *args, **{**keywords, **kwargs})


def arranged(order, tangents, captures):
    """The tangents in the order in which a generated function takes them."""
    return [held(captures, where) if isinstance(where, (str, tuple)) else gathered(where, tangents) for where in order]


def held(captures, where):
    """A tangent out of the record of a closure, of what a partial holds, or of a derivative's function."""
    if captures is None:
        return None
    if where == SELF:
        return captures["f"] if "f" in captures and "captures" in captures else captures
    if isinstance(where, tuple):
        part, key = where
        owner = captures["f"] if part != "captures" and "f" in captures and "captures" in captures else captures
        if owner is None or part not in owner or owner[part] is None:
            return None
        return owner[part] if key is None else owner[part][key]
    inside = captures["function"] if "function" in captures and where not in captures else captures
    return inside[where]


SELF = ("f", "self")  # stands for the whole record


def gathered(where, tangents):
    if isinstance(where, list):
        return [None if i is None else tangents[i] for i in where]
    if isinstance(where, dict):
        return {name: tangents[i] for name, i in where.items()}
    return None if where is None else tangents[where]


@vjp(partial, "*args")
def partial_args_bar(y_bar, y, index, *args, **keywords):
    """The adjoint of a partial holds those of its function and of the arguments bound to it, its own first."""
    if y_bar is None:
        return None
    if y_bar["bound"] is None:  # nothing that it holds carries a derivative
        return y_bar["function"] if index == 0 else None
    own = len(y_bar["bound"]) - (len(args) - 1)
    if index > 0:
        return y_bar["bound"][own + index - 1]
    inner = [name for name in y_bar["keywords"] if name not in keywords]
    if own == 0 and not inner:
        return y_bar["function"]
    held = {name: y_bar["keywords"][name] for name in inner}
    return {"function": y_bar["function"], "bound": y_bar["bound"][:own], "keywords": held}


@vjp(partial, "**keywords")
def partial_keyword_bar(y_bar, y, index, *args, **keywords):
    return None if y_bar is None else y_bar["keywords"][index]


def method(name: str) -> Callable:
    """The function that calls the method `name` of its first argument."""
    return Method(name)


class Method:
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __call__(self, owner, /, *args, **kwargs):
        return getattr(owner, self.name)(*args, **kwargs)


def version_for(function: FunctionType, kinds: dict, active: frozenset, cells: frozenset, mode: str):
    """The version of a function's pair or tangent function for these kinds."""
    return _driver["version_for"](function, kinds, active, cells, mode)


@vjp(pushforward, "f")
def pushforward_f_bar(y_bar, y, f, active=None, captures=None):
    require_function(f)
    return record_of(y_bar)


@vjp(pushforward, "captures")
def pushforward_captures_bar(y_bar, y, f, active=None, captures=None):
    return None if y_bar is None else y_bar["captures"]


@jvp(pushforward, "f")
def pushforward_f_dot(f_dot, y, f, active=None, captures=None):
    require_function(f)
    return {"f": f_dot, "captures": None}


@jvp(pushforward, "captures")
def pushforward_captures_dot(captures_dot, y, f, active=None, captures=None):
    return {"f": None, "captures": captures_dot}


@jvp(partial, "*args")
def partial_args_dot(x_dot, y, index, *args, **keywords):
    """The tangent of a partial holds those of its function and of the arguments bound to it."""
    own = held_count(y) - (len(args) - 1)
    bound = [None] * held_count(y)
    names = {name: None for name in held_names(y)}
    if index > 0:
        bound[own + index - 1] = x_dot
        return {"function": None, "bound": bound, "keywords": names}
    if x_dot is None or "bound" not in x_dot:
        return {"function": x_dot, "bound": bound, "keywords": names}
    given = x_dot["keywords"]
    names = {name: given[name] if name in given else None for name in held_names(y)}  # noqa: SIM401
    return {"function": x_dot["function"], "bound": x_dot["bound"] + bound[own:], "keywords": names}


@jvp(partial, "**keywords")
def partial_keyword_dot(x_dot, y, index, *args, **keywords):
    names = {name: x_dot if name == index else None for name in held_names(y)}
    return {"function": None, "bound": [None] * held_count(y), "keywords": names}


def held_count(p) -> int:
    """How many positional arguments a partial holds."""
    return len(p.args)


def held_names(p) -> list:
    """The keyword arguments that a partial holds."""
    return list(p.keywords)


nograd(held_count, held_names, method, version_for, require_function, why="it makes functions")
