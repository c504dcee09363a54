"""Callees known only when they are called, once more differentiated: the pairs, pushforwards and partials of a text."""

from __future__ import annotations

from functools import partial

from srcgrad.errors import NoRule
from srcgrad.records import is_dataclass
from srcgrad.rules.registry import jvp, linear, nograd, vjp
from srcgrad.runtime.helpers import add
from srcgrad.runtime.pairs import (
    collected,
    distributed,
    fingerprint,
    pair,
    pushforward,
    require_same,
    version_for,
)


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
    if record is None or "<forward>" not in record:
        return record
    half = record.get("<half>")
    if half is not None and "<bound>" in half:  # the one adjoint of a function of one input is made a list
        half = half["<bound>"][0]
    captures = add(record["<forward>"], half)
    if not record["<bound>"] and not record["<keywords>"]:
        return captures
    return {"<function>": captures, "<bound>": record["<bound>"], "<keywords>": record["<keywords>"]}


@jvp(pair, "f")
def pair_f_dot(f_dot, y, f, active=None, captures=False):
    require_function(f)
    return [f_dot, f_dot]


@vjp(partial, "*args")
def partial_args_bar(y_bar, y, index, *args, **keywords):
    """The adjoint of a partial holds those of its function and of the arguments bound to it, its own first."""
    if y_bar is None:
        return None
    if "<bound>" not in y_bar:  # a record by captured variable: of the function alone
        return y_bar if index == 0 else None
    if y_bar["<bound>"] is None:  # nothing that it holds carries a derivative
        return y_bar["<function>"] if index == 0 else None
    own = len(y_bar["<bound>"]) - (len(args) - 1)
    if index > 0:
        return y_bar["<bound>"][own + index - 1]
    inner = [name for name in y_bar["<keywords>"] if name not in keywords]
    if own == 0 and not inner:
        return y_bar["<function>"]
    held = {name: y_bar["<keywords>"][name] for name in inner}
    return {"<function>": y_bar["<function>"], "<bound>": y_bar["<bound>"][:own], "<keywords>": held}


@vjp(partial, "**keywords")
def partial_keyword_bar(y_bar, y, index, *args, **keywords):
    return None if y_bar is None or "<keywords>" not in y_bar else y_bar["<keywords>"][index]


@vjp(pushforward, "f")
def pushforward_f_bar(y_bar, y, f, active=None, captures=None):
    require_function(f)
    return record_of(y_bar)


@vjp(pushforward, "captures")
def pushforward_captures_bar(y_bar, y, f, active=None, captures=None):
    return None if y_bar is None else y_bar["<captures>"]


@jvp(pushforward, "f")
def pushforward_f_dot(f_dot, y, f, active=None, captures=None):
    require_function(f)
    return {"<f>": f_dot, "<captures>": None}


@jvp(pushforward, "captures")
def pushforward_captures_dot(captures_dot, y, f, active=None, captures=None):
    return {"<f>": None, "<captures>": captures_dot}


@jvp(partial, "*args")
def partial_args_dot(x_dot, y, index, *args, **keywords):
    """The tangent of a partial holds those of its function and of the arguments bound to it."""
    own = held_count(y) - (len(args) - 1)
    bound = [None] * held_count(y)
    names = {name: None for name in held_names(y)}
    if index > 0:
        bound[own + index - 1] = x_dot
        return {"<function>": None, "<bound>": bound, "<keywords>": names}
    if not isinstance(x_dot, dict) or "<bound>" not in x_dot:
        return {"<function>": x_dot, "<bound>": bound, "<keywords>": names}
    given = x_dot["<keywords>"]
    names = {name: given[name] if name in given else None for name in held_names(y)}  # noqa: SIM401
    return {"<function>": x_dot["<function>"], "<bound>": x_dot["<bound>"] + bound[own:], "<keywords>": names}


@jvp(partial, "**keywords")
def partial_keyword_dot(x_dot, y, index, *args, **keywords):
    names = {name: x_dot if name == index else None for name in held_names(y)}
    return {"<function>": None, "<bound>": [None] * held_count(y), "<keywords>": names}


def held_count(p) -> int:
    """How many positional arguments a partial holds."""
    return len(p.args)


def held_names(p) -> list:
    """The keyword arguments that a partial holds."""
    return list(p.keywords)


nograd(held_count, held_names, version_for, require_function, why="it makes functions")
nograd(fingerprint, require_same, why="it looks at its arguments only")
