"""Functions that combine entries along axes: sums, products, moments, extremes and running totals.

The adjoint of a reduction is spread back over the entries that went into it: `restore_axes` puts the reduced axes back
at length one, and what varies along them is multiplied in by broadcasting. `axis` may be None, an int or a tuple, of
either sign; entries masked out by `where` get exactly zero. The usual call of each rule is one line, for the text;
whatever is rare (`where`, `dtype`) goes through a function called by name.
"""

from __future__ import annotations

import math

import numpy as np

from srcgrad.rules.registry import jvp, linear, nograd, vjp
from srcgrad.runtime.helpers import unbroadcast


def restore_axes(y_bar, axis=None, keepdims=False):
    """The adjoint (or value) of a reduction with its reduced axes at length one: it broadcasts against the operand.

    >>> restore_axes(np.ones((2, 4)), -2, False).shape, restore_axes(np.ones((2, 1, 4)), 1, True).shape
    ((2, 1, 4), (2, 1, 4))
    """
    return y_bar if axis is None or keepdims else np.expand_dims(y_bar, axis)


def spread(y_bar, a, axis, keepdims, where):
    """An adjoint repeated over the reduced axes to the shape of `a`: zero where masked out, real if `a` is."""
    y_bar = np.broadcast_to(restore_axes(y_bar, axis, keepdims), np.shape(a))
    return unbroadcast(np.where(where, y_bar, 0.0), a)


def reduced_size(a, axis=None):
    """How many entries of `a` one entry of its reduction along `axis` takes in; 1 instead of 0.

    >>> reduced_size(np.ones((2, 3, 4)), None), reduced_size(np.ones((2, 3, 4)), (0, -1))
    (24, 8)
    """
    if axis is None:
        return max(np.size(a), 1)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return max(math.prod([np.shape(a)[i] for i in axes]), 1)


def masked_size(a, axis, keepdims, where):
    """As `reduced_size`, of the entries where `where` is true: one count per entry of the reduction."""
    return np.maximum(np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims), 1)


nograd(reduced_size, masked_size, why="it counts entries")

# Sums and means -------------------------------------------------------------------------------------------------------


@vjp(np.sum)
def sum_a_bar(y_bar, y, a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    """y = sum of a along axis: every entry of a receives the adjoint of the sum it went into."""
    return (
        np.broadcast_to(restore_axes(y_bar, axis, keepdims), np.shape(a))
        if where is True and dtype is None
        else spread(y_bar, a, axis, keepdims, where)
    )


@jvp(np.sum)
def sum_a_dot(a_dot, y, a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    """`initial` is not passed on: it is no part of the tangent."""
    return np.sum(a_dot, axis, dtype, keepdims=keepdims, where=where)


@vjp(np.nansum)
def nansum_a_bar(y_bar, y, a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    """The sum of what is not nan; the adjoint of a nan is zero."""
    return spread(y_bar, a, axis, keepdims, where & ~np.isnan(a))


@jvp(np.nansum)
def nansum_a_dot(a_dot, y, a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    return np.sum(a_dot, axis, dtype, keepdims=keepdims, where=where & ~np.isnan(a))


@vjp(np.mean)
def mean_a_bar(y_bar, y, a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    """y = sum of a / n along axis, n the number of entries summed.

    One number is divided when it fills an array: NumPy 1 divides a float32 by an int in double precision.
    """
    return (
        np.broadcast_to(y_bar, np.shape(a)) / (np.size(a) or 1)
        if axis is None and where is True and dtype is None
        else np.broadcast_to(restore_axes(y_bar / reduced_size(a, axis), axis, keepdims), np.shape(a))
        if where is True and dtype is None
        else spread(y_bar / masked_size(a, axis, keepdims, where), a, axis, keepdims, where)
    )


@jvp(np.mean)
def mean_a_dot(a_dot, y, a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    return np.mean(a_dot, axis, dtype, keepdims=keepdims, where=where)


@vjp(np.average)
def average_a_bar(y_bar, y, a, axis=None, weights=None, *, keepdims=False):
    """y = sum of w a / sum of w along axis; the mean if there are no weights."""
    if weights is None:
        return mean_a_bar(y_bar, y, a, axis, keepdims=keepdims)
    w = aligned_weights(weights, a, axis)
    return unbroadcast(restore_axes(y_bar, axis, keepdims) * w / np.sum(w, axis=axis, keepdims=True), a)


@vjp(np.average, "weights")
def average_weights_bar(y_bar, y, a, axis=None, weights=None, *, keepdims=False):
    """dy = sum of dw (a - y) / sum of w.   Weights of rank one lie along `axis`."""
    w = aligned_weights(weights, a, axis)
    slope = (a - restore_axes(y, axis, keepdims)) / np.sum(w, axis=axis, keepdims=True)
    w_bar = restore_axes(y_bar, axis, keepdims) * slope
    if np.shape(weights) != np.shape(a):
        w_bar = np.sum(np.moveaxis(w_bar, axis, -1), axis=tuple(range(np.ndim(a) - 1)))
    return unbroadcast(w_bar, weights)


@jvp(np.average)
def average_a_dot(a_dot, y, a, axis=None, weights=None, *, keepdims=False):
    return np.average(a_dot, axis, weights, keepdims=keepdims)


@jvp(np.average, "weights")
def average_weights_dot(w_dot, y, a, axis=None, weights=None, *, keepdims=False):
    difference = a - restore_axes(y, axis, keepdims)
    total = np.sum(aligned_weights(weights, a, axis), axis=axis, keepdims=keepdims)
    return np.sum(aligned_weights(w_dot, a, axis) * difference, axis=axis, keepdims=keepdims) / total


def aligned_weights(weights, a, axis):
    """The weights of an average in the shape of `a`: those of rank one are laid along `axis`."""
    if np.shape(weights) == np.shape(a):
        return weights
    if np.ndim(weights) != 1 or np.ndim(axis) != 0:
        raise TypeError("np.average is differentiated for weights of the shape of its operand, or of rank one")
    return np.broadcast_to(np.moveaxis(np.expand_dims(weights, list(range(np.ndim(a) - 1))), -1, axis), np.shape(a))


# Variance and standard deviation --------------------------------------------------------------------------------------


@vjp(np.var)
def var_a_bar(y_bar, y, a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True):
    """y = sum |a - mean|^2 / (n - ddof) along axis."""
    return restore_axes(y_bar, axis, keepdims) * var_slope(a, axis, ddof, where)


@jvp(np.var)
def var_a_dot(a_dot, y, a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True):
    return np.real(np.sum(a_dot * var_slope(a, axis, ddof, where), axis=axis, keepdims=keepdims))


@vjp(np.std)
def std_a_bar(y_bar, y, a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True):
    """y = sqrt(var), so 1 / (2 y) times the adjoint of the variance; 0 where y is 0, its minimum."""
    return restore_axes(y_bar * half_inverse(y), axis, keepdims) * var_slope(a, axis, ddof, where)


@jvp(np.std)
def std_a_dot(a_dot, y, a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True):
    slope = var_slope(a, axis, ddof, where)
    return half_inverse(y) * np.real(np.sum(a_dot * slope, axis=axis, keepdims=keepdims))


def var_slope(a, axis=None, ddof=0, where=True):
    """The adjoint of each entry per unit of the variance: 2 conj(a - mean) / (n - ddof); the mean's part cancels."""
    if where is True:
        return np.divide(2 * np.conj(a - np.mean(a, axis=axis, keepdims=True)), reduced_size(a, axis) - ddof)
    centred = np.conj(a - np.mean(a, axis=axis, keepdims=True, where=where))
    return np.where(where, 2 * centred / (masked_size(a, axis, True, where) - ddof), 0.0)


def half_inverse(y):
    """0.5 / y, and 0 where y is 0."""
    return np.where(y == 0, 0.0, 0.5 / np.where(y == 0, 1.0, y))


# Extremes -------------------------------------------------------------------------------------------------------------


@vjp(np.max)
@vjp(np.amax)
@vjp(np.min)
@vjp(np.amin)
def extreme_a_bar(y_bar, y, a, axis=None, out=None, keepdims=False, initial=None, where=True):
    """The adjoint goes to the entry chosen; tied entries share it equally."""
    return restore_axes(y_bar, axis, keepdims) * shares(y, a, axis, keepdims, initial, where)


@jvp(np.max)
@jvp(np.amax)
@jvp(np.min)
@jvp(np.amin)
def extreme_a_dot(a_dot, y, a, axis=None, out=None, keepdims=False, initial=None, where=True):
    return np.sum(a_dot * shares(y, a, axis, keepdims, initial, where), axis=axis, keepdims=keepdims)


@vjp(np.ptp)
def ptp_a_bar(y_bar, y, a, axis=None, out=None, keepdims=False):
    """y = max - min along axis, each with ties shared."""
    return restore_axes(y_bar, axis, keepdims) * ptp_slope(a, axis)


@jvp(np.ptp)
def ptp_a_dot(a_dot, y, a, axis=None, out=None, keepdims=False):
    return np.sum(a_dot * ptp_slope(a, axis), axis=axis, keepdims=keepdims)


def shares(y, a, axis=None, keepdims=False, initial=None, where=True):
    """What each entry of `a` has in the extreme `y`: 1 / n for each of the n entries equal to it, else 0.

    All 0 where `initial` wins; nan where y is nan, for nothing equals it.
    """
    ties = (a == restore_axes(y, axis, keepdims)) & where
    count = np.sum(ties, axis=axis, keepdims=True)
    count = count if initial is None else np.maximum(count, 1)
    # In the dtype of a, for a bool divided by an int64 is float64 and would make adjoints of float32 so.
    return (ties / count).astype(np.result_type(a))


def ptp_slope(a, axis=None):
    """The derivative of max - min with respect to each entry of `a`."""
    highest, lowest = np.max(a, axis=axis, keepdims=True), np.min(a, axis=axis, keepdims=True)
    return shares(highest, a, axis, True) - shares(lowest, a, axis, True)


@vjp(np.median)
def median_a_bar(y_bar, y, a, axis=None, out=None, overwrite_input=False, keepdims=False):
    """The adjoint goes to the middle entry, or half each to the two in the middle."""
    return restore_axes(y_bar, axis, keepdims) * middle_shares(a, axis)


@jvp(np.median)
def median_a_dot(a_dot, y, a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return np.sum(a_dot * middle_shares(a, axis), axis=axis, keepdims=keepdims)


def middle_shares(a, axis=None):
    """The weight of each entry of `a` in the median along `axis`: of equal entries, those that sorting puts there."""
    rows = axes_last(a, axis)
    ranks = np.argsort(np.argsort(rows, axis=-1, kind="stable"), axis=-1)
    n = np.shape(rows)[-1]
    weights = 0.5 * (ranks == (n - 1) // 2) + 0.5 * (ranks == n // 2)
    return axes_back(weights.astype(np.result_type(a)), np.shape(a), axis)


nograd(shares, ptp_slope, middle_shares, why="it is piecewise constant")

# Products -------------------------------------------------------------------------------------------------------------


@vjp(np.prod)
def prod_a_bar(y_bar, y, a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    """y = product of a along axis; the derivative for an entry is the product of the others.

    That is y / a where y is neither 0 nor infinite, which decides for all of `a`; else it is multiplied out.
    """
    factors = a if where is True else np.where(where, a, 1.0)
    if np.all((y != 0) & np.isfinite(y)):
        a_bar = restore_axes(y_bar * y, axis, keepdims) / factors
    else:
        a_bar = restore_axes(y_bar, axis, keepdims) * initial * product_of_others(factors, axis)
    return unbroadcast(a_bar if where is True else np.where(where, a_bar, 0.0), a)


@jvp(np.prod)
def prod_a_dot(a_dot, y, a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    others = initial * product_of_others(np.where(where, a, 1.0), axis)
    return np.sum(a_dot * others, axis=axis, keepdims=keepdims, where=where)


def product_of_others(a, axis):
    """For each entry of `a` the product of all others along `axis`: of those before times of those behind it.

    >>> product_of_others(np.array([2.0, 0.0, 5.0]), None)
    array([ 0., 10.,  0.])
    """
    rows = axes_last(a, axis)
    one = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate((one, rows[..., :-1]), axis=-1), axis=-1)
    behind = np.cumprod(np.concatenate((one, rows[..., :0:-1]), axis=-1), axis=-1)
    return axes_back(before * behind[..., ::-1], np.shape(a), axis)


def axes_last(a, axis):
    """`a` with the reduced axes merged into one, the last.

    >>> axes_last(np.ones((2, 3, 4)), (0, 2)).shape
    (3, 8)
    """
    axes = reduced_axes(axis, np.ndim(a))
    moved = np.moveaxis(a, axes, range(-len(axes), 0))
    kept = np.shape(moved)[: np.ndim(a) - len(axes)]
    return np.reshape(moved, (*kept, math.prod(np.shape(moved)[len(kept) :])))


def axes_back(rows, shape, axis):
    """The inverse of `axes_last`, for an operand of this shape."""
    axes = reduced_axes(axis, len(shape))
    kept = [n for i, n in enumerate(shape) if i not in axes]
    return np.moveaxis(np.reshape(rows, kept + [shape[i] for i in axes]), range(-len(axes), 0), axes)


def reduced_axes(axis, ndim):
    """The axes that `axis` stands for, counted from the front.

    >>> reduced_axes(None, 2), reduced_axes(-1, 2), reduced_axes((0, -1), 3)
    ([0, 1], [1], [0, 2])
    """
    if axis is None:
        return list(range(ndim))
    return [i % ndim for i in (axis if isinstance(axis, (tuple, list)) else (axis,))]


nograd(reduced_axes, why="it computes axes from axes")

# Running totals, differences and the trace ----------------------------------------------------------------------------


@vjp(np.cumsum)
def cumsum_a_bar(y_bar, y, a, axis=None, dtype=None):
    """y_i = a_0 + ... + a_i, so a_i receives the adjoints of y_i and all behind it."""
    if axis is None:
        return unbroadcast(np.reshape(np.cumsum(y_bar[::-1])[::-1], np.shape(a)), a)
    return unbroadcast(np.flip(np.cumsum(np.flip(y_bar, axis), axis), axis), a)


linear(np.cumsum)


@vjp(np.cumprod)
def cumprod_a_bar(y_bar, y, a, axis=None, dtype=None):
    """y_i = a_0 ... a_i.   a_bar_j = sum over i >= j of y_bar_i y_i / a_j, multiplied out if that might divide by 0."""
    rows = np.ravel(a) if axis is None else np.moveaxis(a, axis, -1)
    y_bar, y = (y_bar, y) if axis is None else (np.moveaxis(y_bar, axis, -1), np.moveaxis(y, axis, -1))
    if np.all((y != 0) & np.isfinite(y)):
        rows_bar = np.cumsum((y_bar * y)[..., ::-1], axis=-1)[..., ::-1] / rows
    else:
        rows_bar = cumprod_rows_bar(y_bar, rows)
    return unbroadcast(np.reshape(rows_bar, np.shape(a)) if axis is None else np.moveaxis(rows_bar, -1, axis), a)


def cumprod_rows_bar(y_bar, rows):
    """a_bar_j = (a_0 ... a_j-1) s_j with s_j = y_bar_j + a_j+1 s_j+1, along the last axis: no division."""
    before = np.cumprod(np.concatenate((np.ones_like(rows[..., :1]), rows[..., :-1]), axis=-1), axis=-1)
    n = np.shape(rows)[-1]
    tails = [y_bar[..., n - 1]]
    for j in range(n - 2, -1, -1):
        tails.append(y_bar[..., j] + rows[..., j + 1] * tails[-1])
    return before * np.stack(tails[::-1], axis=-1)


@jvp(np.cumprod)
def cumprod_a_dot(a_dot, y, a, axis=None, dtype=None):
    """y_i' = y_i-1' a_i + y_i-1 a_i', one entry after the other: right with zeros among them."""
    rows = np.ravel(a) if axis is None else np.moveaxis(a, axis, -1)
    rows_dot = np.ravel(a_dot) if axis is None else np.moveaxis(a_dot, axis, -1)
    products = np.ravel(y) if axis is None else np.moveaxis(y, axis, -1)
    dots = [rows_dot[..., i] for i in range(min(np.shape(rows)[-1], 1))]
    for i in range(1, np.shape(rows)[-1]):
        dots.append(dots[-1] * rows[..., i] + products[..., i - 1] * rows_dot[..., i])
    if not dots:
        return np.zeros_like(y)
    return np.stack(dots, axis=-1) if axis is None else np.moveaxis(np.stack(dots, axis=-1), -1, axis)


@vjp(np.diff)
def diff_a_bar(y_bar, y, a, n=1, axis=-1):
    """y_i = a_i+1 - a_i, n times over: minus the differences of the adjoint between zeros at both ends."""
    if np.size(y) == 0:
        return np.zeros_like(a)
    ends = [(1, 1) if i == axis % np.ndim(a) else (0, 0) for i in range(np.ndim(a))]
    for _ in range(n):
        y_bar = -np.diff(np.pad(y_bar, ends), axis=axis)
    return y_bar


linear(np.diff)


@vjp(np.trace, ndim=(2,))
def matrix_trace_a_bar(y_bar, y, a, offset=0, axis1=0, axis2=1, dtype=None):
    """y = sum of the diagonal entries: each of them receives y_bar."""
    return (
        y_bar * np.eye(*np.shape(a), k=offset, dtype=np.result_type(a))
        if axis1 == 0 and axis2 == 1 and dtype is None
        else trace_a_bar(y_bar, y, a, offset, axis1, axis2)
    )


@vjp(np.trace)
def trace_a_bar(y_bar, y, a, offset=0, axis1=0, axis2=1, dtype=None):
    """y = sums of diagonals over two axes: each entry on one receives the adjoint of its sum."""
    ones = np.eye(np.shape(a)[axis1], np.shape(a)[axis2], offset, dtype=np.result_type(a))
    return unbroadcast(np.moveaxis(np.expand_dims(y_bar, (-2, -1)) * ones, (-2, -1), (axis1, axis2)), a)


linear(np.trace)


# What sums hand on to the entries that went into them, `n` each: it broadcasts, and is spread only where it must be.
lazy_rules = {
    np.sum: lambda y_bar, n: y_bar,
    np.mean: lambda y_bar, n: y_bar / n,
}
