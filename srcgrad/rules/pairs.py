"""Callees known only when they are called, once more differentiated: the pairs, pushforwards and partials of a text.

The adjoint or tangent of a callable is a record of what it holds (`srcgrad.engine.holdings`).
"""

from __future__ import annotations

from functools import partial

from srcgrad.rules.registry import jvp, linear, nograd, vjp
from srcgrad.runtime.pairs import fingerprint, pair, pushforward, require_same, version_for
from srcgrad.runtime.paths import assembled, taken_apart


@vjp(assembled, "parts")
def assembled_parts_bar(y_bar, y, parts, plan):
    """y = what the plan says, out of parts."""
    return taken_apart(y_bar, parts, plan)


@vjp(taken_apart, "whole_bar")
def taken_apart_whole_bar_bar(y_bar, y, whole_bar, parts, plan):
    """y = what arrived at the whole, where it came from."""
    return assembled(y_bar, plan)


linear(assembled, "parts")
linear(taken_apart, "whole_bar")


@vjp(pair, "f")
def pair_f_bar(y_bar, y, f, active=None, captures=False, apart=False):
    """y = the two sweeps of f, of which the first holds what f holds."""
    return None if y_bar is None else y_bar[0]


@jvp(pair, "f")
def pair_f_dot(f_dot, y, f, active=None, captures=False, apart=False):
    return [f_dot, None]


@vjp(pushforward, "f")
def pushforward_f_bar(y_bar, y, f, active=None, captures=None, many=False, apart=False):
    """y = the pushforward of f, which holds what f holds, and the tangent of that."""
    return None if y_bar is None else y_bar.get("<f>")


@vjp(pushforward, "captures")
def pushforward_captures_bar(y_bar, y, f, active=None, captures=None, many=False, apart=False):
    return None if y_bar is None else y_bar.get("<captures>")


@jvp(pushforward, "f")
def pushforward_f_dot(f_dot, y, f, active=None, captures=None, many=False, apart=False):
    return {"<f>": f_dot}


@jvp(pushforward, "captures")
def pushforward_captures_dot(captures_dot, y, f, active=None, captures=None, many=False, apart=False):
    return {"<captures>": captures_dot}


@vjp(partial, "*args")
def partial_args_bar(y_bar, y, index, /, *args, **keywords):
    """y = a partial, which holds its function and, by position and name, what is bound to it, its own first."""
    if y_bar is None:
        return None
    if index > 0:
        return y_bar.get(bound_count(y) - len(args) + index)
    if not is_merged(y, args[0]):
        return y_bar.get("<function>")
    return {key: bar for key, bar in y_bar.items() if key not in keywords and not is_later(key, args[0])}


@vjp(partial, "**keywords")
def partial_keyword_bar(y_bar, y, index, /, *args, **keywords):
    return None if y_bar is None else y_bar.get(index)


@jvp(partial, "*args")
def partial_args_dot(x_dot, y, index, /, *args, **keywords):
    """y = a partial, which holds its function and, by position and name, what is bound to it, its own first."""
    if index > 0:
        return {bound_count(y) - len(args) + index: x_dot}
    if not is_merged(y, args[0]):
        return {"<function>": x_dot}
    return None if x_dot is None else {key: dot for key, dot in x_dot.items() if key not in keywords}


@jvp(partial, "**keywords")
def partial_keyword_dot(x_dot, y, index, /, *args, **keywords):
    return {index: x_dot}


def bound_count(p) -> int:
    """How many positional arguments a partial holds."""
    return len(p.args)


def is_merged(p, f) -> bool:
    """True for a partial made of the partial `f` that holds what `f` holds, rather than `f`."""
    return p.func is not f


def is_later(key, p) -> bool:
    """True for the position of an argument that was bound to a partial of the partial `p`."""
    return isinstance(key, int) and key >= len(p.args)


nograd(bound_count, is_merged, is_later, version_for, why="it makes functions")
nograd(fingerprint, require_same, why="it looks at its arguments only")
