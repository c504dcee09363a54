"""Functions that build arrays from parts and take them apart: array, concatenate, stack, split, full, linspace, ..."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.indexing import scattered
from srcgrad.rules.registry import jvp, linear, nograd, vjp
from srcgrad.rules.structures import carried, filled, gathered, is_inexact, structured
from srcgrad.runtime.helpers import unbroadcast

# Arrays from nested sequences -----------------------------------------------------------------------------------------


@vjp(np.array)
def array_object_bar(y_bar, y, object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0):
    """Every number receives the adjoint of its entry; `ndmin` has put axes of length one in front."""
    return structured(
        (y_bar if dtype is None else carried(y_bar, y))
        if ndmin == 0
        else np.reshape(carried(y_bar, y), np.shape(object)),
        object,
    )


@jvp(np.array)
def array_object_dot(object_dot, y, object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0):
    return (
        np.array(filled(object_dot, object), np.result_type(y), ndmin=ndmin) if is_inexact(y) else np.zeros(np.shape(y))
    )


@vjp(np.asarray)
@vjp(np.asanyarray)
def asarray_a_bar(y_bar, y, a, dtype=None, order=None):
    return structured(y_bar if dtype is None else carried(y_bar, y), a)


@jvp(np.asarray)
@jvp(np.asanyarray)
def asarray_a_dot(a_dot, y, a, dtype=None, order=None):
    return np.asarray(filled(a_dot, a), np.result_type(y)) if is_inexact(y) else np.zeros(np.shape(y))


@vjp(np.ascontiguousarray)
@vjp(np.asfortranarray)
def ascontiguousarray_a_bar(y_bar, y, a, dtype=None):
    """A number becomes an array of rank one (with `ascontiguousarray`)."""
    return structured(np.reshape(y_bar if dtype is None else carried(y_bar, y), np.shape(a)), a)


@jvp(np.ascontiguousarray)
@jvp(np.asfortranarray)
def ascontiguousarray_a_dot(a_dot, y, a, dtype=None):
    return np.reshape(asarray_a_dot(a_dot, y, a), np.shape(y)) if is_inexact(y) else np.zeros(np.shape(y))


# Joining along an axis ------------------------------------------------------------------------------------------------


@vjp(np.concatenate)
def concatenate_arrays_bar(y_bar, y, arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """Every operand receives its stretch of y_bar along `axis`; of the flattened result where axis is None."""
    if axis is None:
        parts = stretches(y_bar, [np.size(x) for x in arrays], 0)
        parts = [np.reshape(part, np.shape(x)) for part, x in zip(parts, arrays, strict=True)]
    else:
        parts = stretches(y_bar, [np.shape(x)[axis] for x in arrays], axis % np.ndim(y))
    return gathered([structured(part, x) for part, x in zip(parts, arrays, strict=True)], arrays)


@jvp(np.concatenate)
def concatenate_arrays_dot(arrays_dot, y, arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    return np.concatenate(filled(arrays_dot, arrays), axis, dtype=np.result_type(y), casting="unsafe")


def stretches(y_bar, lengths, axis):
    """`y_bar` cut along `axis` (not negative) into pieces of these lengths.

    >>> stretches(np.arange(5), [2, 0, 3], 0)
    [array([0, 1]), array([], dtype=int64), array([2, 3, 4])]
    """
    return np.split(y_bar, boundaries(lengths), axis)


def boundaries(lengths):
    """Where one of pieces of these lengths ends and the next begins."""
    return np.cumsum(lengths)[:-1].tolist()


nograd(boundaries, why="its result holds integers")


@vjp(np.stack)
def stack_arrays_bar(y_bar, y, arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """Every operand receives its slice of y_bar across `axis`."""
    rows = np.moveaxis(y_bar, axis, 0)
    return gathered([structured(rows[i], x) for i, x in enumerate(arrays)], arrays)


@jvp(np.stack)
def stack_arrays_dot(arrays_dot, y, arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    return np.stack(filled(arrays_dot, arrays), axis, dtype=np.result_type(y), casting="unsafe")


@vjp(np.vstack)
def vstack_tup_bar(y_bar, y, tup, *, dtype=None, casting="same_kind"):
    """Vectors are rows."""
    return pieces_bar(y_bar, tup, [np.shape(np.atleast_2d(x)) for x in tup], 0)


@vjp(np.hstack)
def hstack_tup_bar(y_bar, y, tup, *, dtype=None, casting="same_kind"):
    """Along the second axis, of vectors along their only one."""
    return pieces_bar(y_bar, tup, [np.shape(np.atleast_1d(x)) for x in tup], 0 if np.ndim(y) == 1 else 1)


@vjp(np.dstack)
def dstack_tup_bar(y_bar, y, tup):
    """Along the third axis: a vector is (1, n, 1), a matrix (m, n, 1)."""
    return pieces_bar(y_bar, tup, [np.shape(np.atleast_3d(x)) for x in tup], 2)


@vjp(np.column_stack)
def column_stack_tup_bar(y_bar, y, tup):
    """Vectors are columns."""
    shapes = [(np.size(x), 1) if np.ndim(x) < 2 else np.shape(x) for x in tup]
    return pieces_bar(y_bar, tup, shapes, 1)


def pieces_bar(y_bar, operands, shapes, axis):
    """The adjoints of operands that were given these shapes and then concatenated along `axis`."""
    parts = stretches(y_bar, [shape[axis] for shape in shapes], axis)
    parts = [structured(np.reshape(part, np.shape(x)), x) for part, x in zip(parts, operands, strict=True)]
    return gathered(parts, operands)


@jvp(np.vstack)
def vstack_tup_dot(tup_dot, y, tup, *, dtype=None, casting="same_kind"):
    return np.vstack(filled(tup_dot, tup), dtype=np.result_type(y), casting="unsafe")


@jvp(np.hstack)
def hstack_tup_dot(tup_dot, y, tup, *, dtype=None, casting="same_kind"):
    return np.hstack(filled(tup_dot, tup), dtype=np.result_type(y), casting="unsafe")


@jvp(np.dstack)
def dstack_tup_dot(tup_dot, y, tup):
    return np.dstack(filled(tup_dot, tup))


@jvp(np.column_stack)
def column_stack_tup_dot(tup_dot, y, tup):
    return np.column_stack(filled(tup_dot, tup))


if "row_stack" in vars(np):  # NumPy 1; an alias that NumPy 2 only gives with a warning
    vjp(np.row_stack)(vstack_tup_bar)
    jvp(np.row_stack)(vstack_tup_dot)


@vjp(np.block)
def block_arrays_bar(y_bar, y, arrays):
    """The blocks are numbered through, joined like the primal's, and each looks up its numbers."""
    if not isinstance(arrays, list):
        return unbroadcast(np.reshape(y_bar, np.shape(arrays)), arrays)
    origins = np.argsort(np.ravel(np.block(numbered(arrays, 0))))
    return picked(np.ravel(y_bar)[origins], arrays, 0)


@jvp(np.block)
def block_arrays_dot(arrays_dot, y, arrays):
    return np.block(filled(arrays_dot, arrays))


def numbered(blocks, start):
    """The nested blocks with every entry replaced by its position among all, from `start` on."""
    if not isinstance(blocks, list):
        return np.reshape(np.arange(start, start + np.size(blocks)), np.shape(blocks))
    return [numbered(block, start + total_size(blocks[:i])) for i, block in enumerate(blocks)]


def picked(entries, blocks, start):
    """The inverse of `numbered`: the nested blocks from the entries of all, from `start` on."""
    if not isinstance(blocks, list):
        return structured(np.reshape(entries[start : start + np.size(blocks)], np.shape(blocks)), blocks)
    return [picked(entries, block, start + total_size(blocks[:i])) for i, block in enumerate(blocks)]


def total_size(blocks):
    """The number of entries in nested blocks."""
    return sum([total_size(block) for block in blocks]) if isinstance(blocks, list) else np.size(blocks)


nograd(numbered, total_size, why="it counts entries")


@vjp(np.append, "arr")
def append_arr_bar(y_bar, y, arr, values, axis=None):
    return concatenate_arrays_bar(y_bar, y, [arr, values], axis)[0]


@vjp(np.append, "values")
def append_values_bar(y_bar, y, arr, values, axis=None):
    return concatenate_arrays_bar(y_bar, y, [arr, values], axis)[1]


@jvp(np.append, "arr")
def append_arr_dot(arr_dot, y, arr, values, axis=None):
    return np.append(filled(arr_dot, arr), filled(None, values), axis)


@jvp(np.append, "values")
def append_values_dot(values_dot, y, arr, values, axis=None):
    return np.append(filled(None, arr), filled(values_dot, values), axis)


@vjp(np.insert, "arr")
def insert_arr_bar(y_bar, y, arr, obj, values, axis=None):
    """The entries of arr receive the adjoints of where they went."""
    positions = insertions(y, arr, obj, axis)[0]
    return unbroadcast(np.reshape(np.take(y_bar, positions, axis), np.shape(arr)), arr)


@vjp(np.insert, "values")
def insert_values_bar(y_bar, y, arr, obj, values, axis=None):
    """NumPy broadcasts values to the inserted slices; for a single position their first axis is the one inserted at."""
    inserted = np.take(y_bar, insertions(y, arr, obj, axis)[1], axis)
    if axis is not None and isinstance(obj, (int, np.integer)):
        inserted = np.moveaxis(inserted, axis, 0)
    return structured(unbroadcast(inserted, np.asarray(values)), values)


@jvp(np.insert, "arr")
def insert_arr_dot(arr_dot, y, arr, obj, values, axis=None):
    return np.insert(arr_dot, obj, np.zeros_like(values), axis)


@jvp(np.insert, "values")
def insert_values_dot(values_dot, y, arr, obj, values, axis=None):
    return np.insert(np.zeros_like(arr), obj, filled(values_dot, values), axis)


def insertions(y, arr, obj, axis):
    """Where along `axis` of y the old entries are, and where the inserted ones, each in their order."""
    n, total = (np.size(arr), np.size(y)) if axis is None else (np.shape(arr)[axis], np.shape(y)[axis])
    numbers = np.insert(np.arange(n), obj, np.arange(n, total))
    positions = np.argsort(numbers)
    return positions[:n], positions[n:]


nograd(insertions, why="it computes positions")


# Taking apart ---------------------------------------------------------------------------------------------------------


@vjp(np.split)
@vjp(np.array_split)
def split_ary_bar(y_bar, y, ary, indices_or_sections, axis=0):
    """The adjoints of the pieces, side by side again; summed where indices out of order made pieces overlap."""
    joined = np.concatenate(filled(y_bar, y), axis)
    n = np.shape(ary)[axis]
    numbers = np.concatenate(np.array_split(np.arange(n), indices_or_sections))
    if np.array_equal(numbers, np.arange(n)):
        return joined
    index = (slice(None),) * (axis % np.ndim(ary)) + (numbers,)
    return scattered(joined, np.zeros(np.shape(ary), np.result_type(joined)), index)


@vjp(np.hsplit)
def hsplit_ary_bar(y_bar, y, ary, indices_or_sections):
    return split_ary_bar(y_bar, y, ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@vjp(np.vsplit)
def vsplit_ary_bar(y_bar, y, ary, indices_or_sections):
    return split_ary_bar(y_bar, y, ary, indices_or_sections, 0)


@vjp(np.dsplit)
def dsplit_ary_bar(y_bar, y, ary, indices_or_sections):
    return split_ary_bar(y_bar, y, ary, indices_or_sections, 2)


for f in (np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit):
    linear(f)


@vjp(np.meshgrid, "*xi")
def meshgrid_xi_bar(y_bar, y, index, *xi, copy=True, sparse=False, indexing="xy"):
    """Each grid repeats its vector along all axes but one: sum over them."""
    if y_bar[index] is None:
        return None
    axis = 1 - index if indexing == "xy" and index < 2 <= len(xi) else index
    total = np.sum(y_bar[index], axis=tuple([i for i in range(len(xi)) if i != axis]))
    return structured(np.reshape(total, np.shape(xi[index])), xi[index])


@jvp(np.meshgrid, "*xi")
def meshgrid_xi_dot(x_dot, y, index, *xi, copy=True, sparse=False, indexing="xy"):
    vectors = [x_dot if i == index else x for i, x in enumerate(xi)]
    grids = np.meshgrid(*vectors, sparse=sparse, indexing=indexing)
    return [grids[i] if i == index else None for i in range(len(xi))]


def tolist(a):
    """`a.tolist()`."""
    return a.tolist()


@vjp(tolist)
def tolist_a_bar(y_bar, y, a):
    """From nested lists of adjoints back to an array."""
    return np.reshape(np.array(filled(y_bar, y)), np.shape(a))


@jvp(tolist)
def tolist_a_dot(a_dot, y, a):
    return np.asarray(a_dot).tolist()


# Arrays filled by a formula -------------------------------------------------------------------------------------------


@vjp(np.full, "fill_value")
def full_fill_value_bar(y_bar, y, shape, fill_value, dtype=None, order="C"):
    return unbroadcast(carried(y_bar, y), fill_value)


@jvp(np.full, "fill_value")
def full_fill_value_dot(value_dot, y, shape, fill_value, dtype=None, order="C"):
    return np.full(shape, value_dot, np.result_type(y)) if is_inexact(y) else np.zeros(np.shape(y))


@vjp(np.full_like, "fill_value")
def full_like_fill_value_bar(y_bar, y, a, fill_value, dtype=None, order="K", subok=True, shape=None):
    return unbroadcast(carried(y_bar, y), fill_value)


@jvp(np.full_like, "fill_value")
def full_like_fill_value_dot(value_dot, y, a, fill_value, dtype=None, order="K", subok=True, shape=None):
    return np.full(np.shape(y), value_dot, np.result_type(y)) if is_inexact(y) else np.zeros(np.shape(y))


@vjp(np.linspace, "start")
def linspace_start_bar(y_bar, y, start, stop, num=50, endpoint=True, *, dtype=None, axis=0):
    """y_i = start + t_i (stop - start), t the numbers from 0 to 1."""
    t = np.linspace(0, 1, num, endpoint)
    return unbroadcast(np.moveaxis(y_bar, axis, -1) @ (1 - t), start)


@vjp(np.linspace, "stop")
def linspace_stop_bar(y_bar, y, start, stop, num=50, endpoint=True, *, dtype=None, axis=0):
    t = np.linspace(0, 1, num, endpoint)
    return unbroadcast(np.moveaxis(y_bar, axis, -1) @ t, stop)


@jvp(np.linspace, "start")
def linspace_start_dot(start_dot, y, start, stop, num=50, endpoint=True, *, dtype=None, axis=0):
    return (
        np.linspace(start_dot, np.zeros_like(stop), num, endpoint, axis=axis)
        if is_inexact(y)
        else np.zeros(np.shape(y))
    )


@jvp(np.linspace, "stop")
def linspace_stop_dot(stop_dot, y, start, stop, num=50, endpoint=True, *, dtype=None, axis=0):
    return (
        np.linspace(np.zeros_like(start), stop_dot, num, endpoint, axis=axis)
        if is_inexact(y)
        else np.zeros(np.shape(y))
    )


@vjp(np.arange, "start")
def arange_start_bar(y_bar, y, start, stop=None, step=1, dtype=None):
    """y_i = start + i step.   A single argument is where the numbers stop, which moves none of them."""
    return np.sum(y_bar) if stop is not None else 0.0


@vjp(np.arange, "stop")
def arange_stop_bar(y_bar, y, start, stop=None, step=1, dtype=None):
    return 0.0


@vjp(np.arange, "step")
def arange_step_bar(y_bar, y, start, stop=None, step=1, dtype=None):
    return np.sum(y_bar * np.arange(len(y)))


@jvp(np.arange, "start")
def arange_start_dot(start_dot, y, start, stop=None, step=1, dtype=None):
    return np.full(len(y), start_dot if stop is not None else 0.0)


@jvp(np.arange, "stop")
def arange_stop_dot(stop_dot, y, start, stop=None, step=1, dtype=None):
    return np.zeros(len(y))


@jvp(np.arange, "step")
def arange_step_dot(step_dot, y, start, stop=None, step=1, dtype=None):
    return step_dot * np.arange(len(y))
