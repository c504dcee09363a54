"""Sorting: each is a gather by a permutation that depends on the input, which is constant between ties.

Where entries are equal their order is arbitrary and so is which of them an adjoint goes to: the input's order decides.
"""

from __future__ import annotations

import numpy as np

from srcgrad.rules.registry import jvp, nograd, vjp


@vjp(np.sort, "a")
def sort_a_bar(y_bar, y, a, axis=-1, kind=None, order=None, *, stable=None):
    """y = a sorted along axis, or flat where axis is None.   y_bar, gathered by the inverse permutation."""
    return permuted(y_bar, inverse_order(sorting_order(a, axis), axis), axis, np.shape(a))


@jvp(np.sort, "a")
def sort_a_dot(a_dot, y, a, axis=-1, kind=None, order=None, *, stable=None):
    """The tangent is gathered as the values are."""
    return permuted(a_dot, sorting_order(a, axis), axis, np.shape(y))


@vjp(np.partition, "a")
def partition_a_bar(y_bar, y, a, kth, axis=-1, kind="introselect", order=None):
    """y = a with entry kth in its sorted place.   y_bar, gathered by the inverse permutation."""
    return permuted(y_bar, inverse_order(matching_order(a, y, axis), axis), axis, np.shape(a))


@jvp(np.partition, "a")
def partition_a_dot(a_dot, y, a, kth, axis=-1, kind="introselect", order=None):
    """The tangent is gathered as the values are."""
    return permuted(a_dot, matching_order(a, y, axis), axis, np.shape(y))


def permuted(x, order, axis, shape):
    """x gathered by `order` along axis, flat where axis is None, in the given shape."""
    if axis is None:
        return np.reshape(np.ravel(x)[order], shape)
    return np.take_along_axis(x, order, axis)


def sorting_order(a, axis: int | None) -> np.ndarray:
    """The stable permutation that sorts a along axis."""
    return np.argsort(np.ravel(a), kind="stable") if axis is None else np.argsort(a, axis, kind="stable")


def matching_order(a, y, axis: int | None) -> np.ndarray:
    """The permutation by which y, a rearrangement of a along axis, was gathered from a.

    np.argpartition may order the parts in another way than np.partition does, so both are sorted and matched.
    """
    order, place = sorting_order(a, axis), inverse_order(sorting_order(y, axis), axis)
    return order[place] if axis is None else np.take_along_axis(order, place, axis)


def inverse_order(order: np.ndarray, axis: int | None) -> np.ndarray:
    """The permutation that undoes `order`."""
    return np.argsort(order, -1 if axis is None else axis)


nograd(sorting_order, matching_order, inverse_order, why="a permutation is constant between ties")
