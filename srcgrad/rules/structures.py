"""Adjoints and tangents in the structure of what they belong to: sequences of arrays and numbers, nested or not.

What is built from a sequence has for its adjoint a list, one adjoint per part and each with the structure of its part,
so that `np.concatenate(([a], [b, c]))` gives `[[a_bar], [b_bar, c_bar]]`; an array in the place of a sequence has an
array. A tangent is a sequence like its primal, with None for parts that carry none: `filled` writes the zeros.
"""

from __future__ import annotations

import numpy as np

from srcgrad.errors import NoRule
from srcgrad.rules.registry import linear, nograd, vjp
from srcgrad.runtime.helpers import unbroadcast


def structured(x_bar, x):
    """An array of adjoints in the structure of `x`: lists for nested lists and tuples, numbers for numbers.

    >>> structured(np.array([[1.0, 2.0], [3.0, 4.0]]), [(0.5, 0.5), np.zeros(2)])
    [[1.0, 2.0], array([3., 4.])]
    """
    if x_bar is None or x is None:
        return None
    if isinstance(x, (list, tuple)):
        return [structured(x_bar[i], x[i]) for i in range(len(x))]
    x_bar = unbroadcast(x_bar, x)
    return np.asarray(x_bar).item() if isinstance(x, (int, float, complex)) else x_bar


def assembled(y_bar, x_bar):
    """The transpose of `structured`: adjoints in a structure as one array of the shape of `x_bar`.

    >>> assembled([[1.0, None], np.array([3.0, 4.0])], np.zeros((2, 2)))
    array([[1., 0.],
           [3., 4.]])
    """
    if y_bar is None:
        return np.zeros_like(x_bar)
    if isinstance(y_bar, (list, tuple)):
        parts = [assembled(y_bar[i], x_bar[i]) for i in range(len(y_bar))]
        return np.reshape(np.array(parts, dtype=np.result_type(x_bar, *parts)), np.shape(x_bar))
    return np.broadcast_to(y_bar, np.shape(x_bar))


@vjp(structured, "x_bar")
def structured_x_bar_bar(y_bar, y, x_bar, x):
    return assembled(y_bar, x_bar)


@vjp(assembled, "y_bar")
def assembled_y_bar_bar(z_bar, z, y_bar, x_bar):
    return structured(z_bar, y_bar)


linear(structured, "x_bar")
linear(assembled, "y_bar")


def filled(x_dot, x):
    """A tangent (or adjoint) of `x` with zeros instead of None, so that NumPy takes it in place of `x`.

    >>> filled([1.0, None, [None, 2.0]], (0.5, np.zeros(2), [3, 4.0]))
    [1.0, array([0., 0.]), [0, 2.0]]
    """
    if isinstance(x, (list, tuple)):
        return [filled(None if x_dot is None else x_dot[i], x[i]) for i in range(len(x))]
    if x_dot is None:
        return np.zeros_like(x) if isinstance(x, (np.ndarray, np.generic)) else 0 * x
    return x_dot


def unfilled(y_bar, x_dot):
    """The transpose of `filled`: what arrives where there was no tangent goes nowhere."""
    if x_dot is None or y_bar is None:
        return None
    if isinstance(x_dot, (list, tuple)):
        return [unfilled(y_bar[i], x_dot[i]) for i in range(len(x_dot))]
    return np.stack(y_bar) if isinstance(x_dot, np.ndarray) and isinstance(y_bar, list) else y_bar


@vjp(filled, "x_dot")
def filled_x_dot_bar(y_bar, y, x_dot, x):
    return unfilled(y_bar, x_dot)


@vjp(unfilled, "y_bar")
def unfilled_y_bar_bar(z_bar, z, y_bar, x_dot):
    return filled(z_bar, y_bar)


linear(filled, "x_dot")
linear(unfilled, "y_bar")


def gathered(parts, sequence):
    """The adjoints of the items of a sequence: a list, or an array where the sequence is one."""
    return np.stack(parts) if isinstance(sequence, np.ndarray) and parts else parts


def is_inexact(y):
    """False for arrays of integers and booleans: what was rounded to one carries no derivative; NoRule for text."""
    kind = np.result_type(y).kind
    if kind not in "fcObiu":
        raise NoRule(
            f"an array of dtype {np.result_type(y)} is made of active values, and no derivative follows them there",
            advice="Use the numbers themselves; text made of them may be printed or compared.",
        )
    return kind in "fcO"


nograd(is_inexact, why="it looks at the dtype")


def carried(y_bar, y):
    """The adjoint of `y` as far as it leads to what `y` was made of: zero where that was rounded to integers."""
    return y_bar if is_inexact(y) else np.zeros(np.shape(y))
