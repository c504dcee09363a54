"""Reading a part of a value, `x[i]`: arrays by basic and advanced indices, lists, tuples and dicts.

A single read has the adjoint `getitem_x_bar`. A text that reads `x` many times keeps one buffer `x_bar` instead and
adds each part in place: `x_bar[i] += v_bar` where `is_basic(i)`, else `scatter(x_bar, i, v_bar)`.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from srcgrad.errors import NoRule
from srcgrad.rules.registry import linear, nograd, vjp
from srcgrad.runtime.helpers import unbroadcast


@vjp(operator.getitem, "x")
def getitem_x_bar(y_bar, y, x, i):
    """y = x[i].   The structure of x with y_bar at i and zeros (None in lists, no key in dicts) elsewhere."""
    if y_bar is None or isinstance(x, (str, bytes, range)):
        return None
    if isinstance(x, dict):
        return {i: y_bar}
    if isinstance(x, (list, tuple)):
        positions = range(len(x))[i]
        if isinstance(i, slice):
            return [y_bar[positions.index(k)] if k in positions else None for k in range(len(x))]
        return [y_bar if k == positions else None for k in range(len(x))]
    return scattered(y_bar, x, i)


# An item of the tangent, whatever holds it.
linear(operator.getitem, "x")


def scattered(v_bar, x, i):
    """Zeros like the array x with v_bar added at i; indices that repeat add up.

    >>> scattered(np.array([1.0, 2.0, 3.0]), np.zeros(3), [0, 2, 0])
    array([4., 0., 2.])
    """
    x_bar = np.zeros_like(require_array(x))
    scatter(x_bar, i, v_bar)
    return x_bar


@vjp(scattered, "v_bar")
def scattered_v_bar(y_bar, y, v_bar, x, i):
    """scattered is the transpose of reading at i."""
    return unbroadcast(y_bar[i], v_bar)


linear(scattered, "v_bar")


def scatter(x_bar: np.ndarray, i: Any, v_bar: Any) -> None:
    """Add v_bar, which may broadcast or be None for zero, to the array x_bar at index i, in place.

    Indices that repeat add up. With respect to v_bar this is linear: its adjoint is that of x_bar, read at i.
    """
    if v_bar is None:
        return
    if is_basic(i) or is_mask(i):
        x_bar[i] += v_bar
    else:
        np.add.at(x_bar, i, v_bar)


def is_basic(index: Any) -> bool:
    """True for an index that selects a view or a single entry: integers, slices, `...`, None and tuples of these.

    >>> is_basic((slice(None), 0, None)), is_basic([0, 1]), is_basic(True)
    (True, False, False)
    """
    if isinstance(index, tuple):
        return all(not isinstance(part, tuple) and is_basic(part) for part in index)
    return isinstance(index, (int, np.integer, slice, type(...), type(None))) and not isinstance(index, bool)


def is_mask(index: Any) -> bool:
    """True for a bool or an array of bools: such an index selects no entry twice."""
    return isinstance(index, (bool, np.bool_)) or (isinstance(index, np.ndarray) and index.dtype == bool)


def require_array(x):
    """x itself; NoRule unless it is an array, for reading an item of a user's class has no rule."""
    if not hasattr(x, "dtype") or not hasattr(x, "shape"):
        raise NoRule(
            f"an item of a {type(x).__name__} has no derivative rule: only arrays, lists, tuples and dicts have;"
            " read it from one of these, or from an attribute"
        )
    return x


nograd(is_basic, is_mask, why="it asks what kind of index this is")
