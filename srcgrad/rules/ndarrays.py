"""Methods and attributes of arrays: which function each of them is, and so whose rule serves it.

Where a method takes its arguments otherwise than the function (`x.reshape(2, 3)`, `x.transpose(1, 0)`), a function here
has its signature. NumPy's scalars have the methods of arrays and Python's numbers a few of them.
"""

from __future__ import annotations

import numpy as np

from srcgrad.rules.joins import tolist
from srcgrad.rules.registry import attribute, jvp, method, nograd, vjp
from srcgrad.rules.shapes import astype, inverse_axes, layout, matrix_transpose

# Methods whose arguments are the function's, in its order -------------------------------------------------------------

SAME = (np.sum, np.prod, np.mean, np.std, np.var, np.max, np.min, np.cumsum, np.cumprod, np.trace, np.diagonal)
SAME += (np.ravel, np.swapaxes, np.squeeze, np.repeat, np.take, np.copy, np.dot)
for owner in (np.ndarray, np.generic):
    for f in SAME:
        method(owner, f.__name__, f)
    method(owner, "astype", astype)
    method(owner, "tolist", tolist)
    attribute(owner, "T", np.transpose)
if hasattr(np.ndarray, "ptp"):  # NumPy 1
    method(np.ndarray, "ptp", np.ptp)
if hasattr(np.ndarray, "mT"):  # NumPy 2
    attribute(np.ndarray, "mT", matrix_transpose)

# Methods with a signature of their own --------------------------------------------------------------------------------


def reshape(a, *shape, order="C"):
    """`a.reshape(2, 3)` and `a.reshape((2, 3))`."""
    return a.reshape(*shape, order=order)


@vjp(reshape)
def reshape_a_bar(y_bar, y, a, *shape, order="C"):
    return np.reshape(y_bar, np.shape(a), order if order in ("C", "F") else layout(a, order))


@jvp(reshape)
def reshape_a_dot(a_dot, y, a, *shape, order="C"):
    return np.reshape(a_dot, np.shape(y), order if order in ("C", "F") else layout(a, order))


def flatten(a, order="C"):
    """`a.flatten()`: as `a.ravel()`, in memory of its own."""
    return a.flatten(order)


@vjp(flatten)
def flatten_a_bar(y_bar, y, a, order="C"):
    return np.reshape(y_bar, np.shape(a), order if order in ("C", "F") else layout(a, order))


@jvp(flatten)
def flatten_a_dot(a_dot, y, a, order="C"):
    return np.ravel(a_dot, order if order in ("C", "F") else layout(a, order))


def transpose(a, *axes):
    """`a.transpose()`, `a.transpose(1, 0)` and `a.transpose((1, 0))`."""
    return a.transpose(*axes)


@vjp(transpose)
def transpose_a_bar(y_bar, y, a, *axes):
    if not axes or axes[0] is None:
        return np.transpose(y_bar)
    return np.transpose(y_bar, inverse_axes(axes[0] if isinstance(axes[0], (tuple, list)) else axes))


@jvp(transpose)
def transpose_a_dot(a_dot, y, a, *axes):
    return np.transpose(a_dot, axes[0] if len(axes) == 1 else axes or None)


def item(a, *args):
    """`a.item()`, `a.item(3)`, `a.item(0, 1)` and `a.item((0, 1))`: one entry as a Python number."""
    return a.item(*args)


@vjp(item)
def item_a_bar(y_bar, y, a, *args):
    """A single number says where in the flattened array, several where in the array."""
    if not args:
        return np.reshape(y_bar, np.shape(a))
    a_bar = np.zeros(np.size(a), np.result_type(a))
    a_bar[args[0] if np.ndim(args[0]) == 0 and len(args) == 1 else flat_position(a, args)] = y_bar
    return np.reshape(a_bar, np.shape(a))


def flat_position(a, args):
    """Where in the flattened array the entry at this index is."""
    index = args[0] if len(args) == 1 else args
    return int(np.ravel_multi_index([i % n for i, n in zip(index, np.shape(a), strict=True)], np.shape(a)))


@jvp(item)
def item_a_dot(a_dot, y, a, *args):
    return np.asarray(a_dot).item(*args)


nograd(flat_position, why="it computes a position")
for owner in (np.ndarray, np.generic):
    for f in (reshape, flatten, transpose, item):
        method(owner, f.__name__, f)
