"""Which arguments of a call are differentiated: `params`, positions and, for keyword-only parameters, names."""

from __future__ import annotations

from types import FunctionType


def chosen(params, args, kwargs):
    """The arguments that `params` stand for, in the language."""
    return [kwargs[i] if isinstance(i, str) else args[i] for i in params]


def last_position(params: tuple) -> int:
    """The last position among `params`; -1 where all are names."""
    return max((i for i in params if not isinstance(i, str)), default=-1)


def names_among(params: tuple) -> tuple[str, ...]:
    """The names among `params`."""
    return tuple(i for i in params if isinstance(i, str))


def parameter_names(function: FunctionType, params: tuple, ahead: int) -> list[str]:
    """The names of `params` in `function`, which takes `ahead` arguments in front of them."""
    return [i if isinstance(i, str) else function.__code__.co_varnames[i + ahead] for i in params]
