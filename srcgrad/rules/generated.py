"""The helpers that generated text calls, so that it can be differentiated in its turn: second order and beyond.

Nearly all are linear: they sum, repeat, copy or restructure an adjoint (or tangent), and their tangent is themselves.
Their own adjoints go the other way, from the shape and structure of the result to that of the argument, which is what
`fitted` does; it is its own adjoint, so that the family is closed however often one differentiates.
"""

from __future__ import annotations

import numpy as np

from srcgrad.rules import containers, dicts
from srcgrad.rules.indexing import getitem_x_bar
from srcgrad.rules.registry import jvp, linear, nograd, vjp
from srcgrad.runtime import helpers, tangents
from srcgrad.runtime.helpers import broadcast, is_complex, unbroadcast

# An adjoint in another shape -----------------------------------------------------------------------------------------


def fitted(z_bar, x):
    """z_bar in the structure and shape of x: summed or repeated as need be, real where x is; None where either is None.

    >>> fitted([1.0, None], [np.zeros(2), 0.5]), float(fitted(np.ones(3), 2.0))
    ([array([1., 1.]), None], 3.0)
    """
    if z_bar is None or x is None:
        return None
    if isinstance(x, (list, tuple)):
        return [fitted(item_bar, item) for item_bar, item in zip(z_bar, x)]
    if isinstance(x, dict):
        return {key: fitted(z_bar.get(key), item) for key, item in x.items()}
    if np.ndim(z_bar) < np.ndim(x) or np.size(z_bar) < np.size(x):
        return widened(broadcast(z_bar, x), x)
    return widened(unbroadcast(z_bar, x), x)


def widened(x_bar, x):
    """A real adjoint of a complex x as a complex one."""
    return x_bar + 0j if is_complex(x) and not is_complex(x_bar) else x_bar


@vjp(fitted, "z_bar")
def fitted_z_bar_bar(y_bar, y, z_bar, x):
    """Summing and repeating are transposes of each other."""
    return fitted(y_bar, z_bar)


@vjp(widened, "x_bar")
def widened_x_bar_bar(y_bar, y, x_bar, x):
    """The real part, where x_bar is real."""
    return unbroadcast(y_bar, x_bar)


linear(fitted, "z_bar")
linear(widened, "x_bar")


@vjp(helpers.unbroadcast, "x_bar")
def unbroadcast_x_bar_bar(y_bar, y, x_bar, x):
    """y = x_bar summed to the shape of x: repeated again."""
    return fitted(y_bar, x_bar)


@vjp(helpers.broadcast, "x_dot")
def broadcast_x_dot_bar(y_bar, y, x_dot, like):
    """y = x_dot repeated to the shape of a primal: summed again."""
    return fitted(y_bar, x_dot)


@vjp(helpers.project, "x_bar")
def project_x_bar_bar(y_bar, y, x_bar, x):
    """y = x_bar in the types of x."""
    return fitted(y_bar, x_bar)


@vjp(helpers.number, "x_bar")
def number_x_bar_bar(y_bar, y, x_bar):
    """y = x_bar as a float."""
    return fitted(y_bar, x_bar)


linear(helpers.unbroadcast, "x_bar")
linear(helpers.broadcast, "x_dot")
linear(helpers.project, "x_bar")
linear(helpers.number, "x_bar")

# Sums and structures -------------------------------------------------------------------------------------------------


@vjp(helpers.add, "a_bar")
def add_a_bar_bar(y_bar, y, a_bar, b_bar):
    """y = a_bar + b_bar, part by part; None is a zero that stays one."""
    return fitted(y_bar, a_bar)


@vjp(helpers.add, "b_bar")
def add_b_bar_bar(y_bar, y, a_bar, b_bar):
    """y = a_bar + b_bar, part by part; None is a zero that stays one."""
    return fitted(y_bar, b_bar)


@jvp(helpers.add, "a_bar")
def add_a_bar_dot(a_bar_dot, y, a_bar, b_bar):
    """y = a_bar + b_bar, part by part."""
    return fitted(a_bar_dot, y)


@jvp(helpers.add, "b_bar")
def add_b_bar_dot(b_bar_dot, y, a_bar, b_bar):
    """y = a_bar + b_bar, part by part."""
    return fitted(b_bar_dot, y)


@vjp(helpers.snapshot, "y")
def snapshot_y_bar(z_bar, z, y):
    """z = y in memory of its own."""
    return z_bar


def kept_apart(y, x, deep=True):
    """y, or a copy of it where a write into x would be seen in it; `deep`: also where it holds x.

    >>> x = [1.0]
    >>> kept_apart(x, x) is x, kept_apart([x], x)[0] is x, kept_apart([1.0], x, deep=False)
    (False, False, [1.0])
    """
    if any(helpers.shares(x, seen) for seen in (helpers.parts_of(y) if deep else (y,))):
        return helpers.snapshot(y)
    return y


@vjp(kept_apart, "y")
def kept_apart_y_bar(z_bar, z, y, x, deep=True):
    """z = y, as it is now."""
    return z_bar


@jvp(kept_apart, "y")
def kept_apart_y_dot(y_dot, z, y, x, deep=True):
    """z = y, as it is now: the tangent of what x has a part in has a part in that of x."""
    return y_dot if z is y else helpers.snapshot(y_dot)


@vjp(helpers.part, "whole")
def part_whole_bar(y_bar, y, whole, key):
    """y = whole[key], None where it is not there."""
    if whole is None or y_bar is None:
        return None
    return {key: y_bar} if isinstance(whole, dict) else getitem_x_bar(y_bar, y, whole, key)


@vjp(containers.items_bar, "bars")
def items_bar_bars_bar(y_bar, y, bars, x):
    """y = the list bars, an array where x is one."""
    return None if y_bar is None else [None if bars[k] is None else y_bar[k] for k in range(len(bars))]


linear(helpers.snapshot, "y")
linear(helpers.part, "whole")
linear(containers.items_bar, "bars")

# Tangents ------------------------------------------------------------------------------------------------------------


@vjp(tangents.or_zero, "x_dot")
def or_zero_x_dot_bar(y_bar, y, x_dot, x):
    """y = x_dot, or zeros in place of None."""
    return fitted(y_bar, x_dot)


@vjp(dicts.entries_dot, "x_dot")
def entries_dot_x_dot_bar(y_bar, y, x_dot, x):
    """y = the items of x_dot for the keys of x."""
    return None if x_dot is None or y_bar is None else {key: y_bar[key] for key in x if y_bar.get(key) is not None}


linear(tangents.or_zero, "x_dot")
linear(dicts.entries_dot, "x_dot")

# Constants -----------------------------------------------------------------------------------------------------------

nograd(helpers.zeros_like, why="zeros are constant")
nograd(helpers.no_text, tangents.untracked, why="text has no derivative")
nograd(helpers.seed, why="a seed is constant")
nograd(
    helpers.distinct,
    helpers.check_unshared,
    helpers.refused,
    helpers.is_complex,
    helpers.described,
    why="it asks what kind of value this is",
)
