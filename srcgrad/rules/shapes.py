"""Functions that move, repeat or select entries without computing with them: reshape, transpose, pad, take, ...

All are linear, so the tangent of the result is the function of the tangent. Where entries are moved the adjoint is
moved back; where they are repeated the adjoints of the copies are summed; what is selected is written into zeros.
"""

from __future__ import annotations

import numpy as np

from srcgrad.errors import NoRule
from srcgrad.rules.indexing import scattered
from srcgrad.rules.registry import jvp, linear, nograd, vjp
from srcgrad.rules.structures import is_inexact
from srcgrad.runtime.helpers import unbroadcast

# Another shape for the same entries -----------------------------------------------------------------------------------


@vjp(np.reshape)
def reshape_a_bar(y_bar, y, a, shape=None, order="C"):
    return np.reshape(y_bar, np.shape(a), order if order in ("C", "F") else layout(a, order))


@jvp(np.reshape)
def reshape_a_dot(a_dot, y, a, shape=None, order="C"):
    return np.reshape(a_dot, np.shape(y), order if order in ("C", "F") else layout(a, order))


@vjp(np.ravel)
def ravel_a_bar(y_bar, y, a, order="C"):
    return np.reshape(y_bar, np.shape(a), order if order in ("C", "F") else layout(a, order))


@jvp(np.ravel)
def ravel_a_dot(a_dot, y, a, order="C"):
    return np.ravel(a_dot, order if order in ("C", "F") else layout(a, order))


def layout(a, order):
    """The order, "C" or "F", in which NumPy reads `a` for the orders "A" and "K", which depend on its memory.

    An adjoint or tangent of `a` need not have its layout, so it cannot be read by "A" or "K" itself.
    """
    if np.ndim(a) == 0 or a.flags.c_contiguous:
        return "C"
    if a.flags.f_contiguous:
        return "F"
    if order == "A":
        return "C"
    raise NoRule('order="K" of an array that is not contiguous has no derivative: use order="C"')


nograd(layout, why="it looks at memory only")


@vjp(np.expand_dims)
def expand_dims_a_bar(y_bar, y, a, axis):
    return np.reshape(y_bar, np.shape(a))


@vjp(np.squeeze)
def squeeze_a_bar(y_bar, y, a, axis=None):
    return np.reshape(y_bar, np.shape(a))


@vjp(np.atleast_1d, "*arys")
@vjp(np.atleast_2d, "*arys")
@vjp(np.atleast_3d, "*arys")
def atleast_nd_bar(y_bar, y, index, *arys):
    """y is one array for one argument, else one for each."""
    y_bar = y_bar if len(arys) == 1 else y_bar[index]
    return None if y_bar is None else np.reshape(y_bar, np.shape(arys[index]))


@jvp(np.atleast_1d, "*arys")
@jvp(np.atleast_2d, "*arys")
@jvp(np.atleast_3d, "*arys")
def atleast_nd_dot(x_dot, y, index, *arys):
    if len(arys) == 1:
        return np.reshape(x_dot, np.shape(y))
    return [np.reshape(x_dot, np.shape(y[i])) if i == index else None for i in range(len(arys))]


linear(np.expand_dims)
linear(np.squeeze)

# Another order of axes ------------------------------------------------------------------------------------------------


@vjp(np.transpose)
def transpose_a_bar(y_bar, y, a, axes=None):
    return np.transpose(y_bar) if axes is None else np.transpose(y_bar, inverse_axes(axes))


def inverse_axes(axes):
    """The permutation of axes that undoes `axes`, negative ones included.

    >>> inverse_axes((1, 2, 0)), inverse_axes((-1, 0, 1))
    ([2, 0, 1], [1, 2, 0])
    """
    order = [i % len(axes) for i in axes]
    return [order.index(i) for i in range(len(order))]


nograd(inverse_axes, why="it computes axes from axes")


@vjp(np.swapaxes)
def swapaxes_a_bar(y_bar, y, a, axis1, axis2):
    return np.swapaxes(y_bar, axis1, axis2)


@vjp(np.moveaxis)
def moveaxis_a_bar(y_bar, y, a, source, destination):
    return np.moveaxis(y_bar, destination, source)


@vjp(np.rollaxis)
def rollaxis_a_bar(y_bar, y, a, axis, start=0):
    """The axis lands before the one that was at `start`, hence one less if it came from the front of it."""
    axis, start = axis % np.ndim(a), start + np.ndim(a) if start < 0 else start
    return np.moveaxis(y_bar, start - 1 if axis < start else start, axis)


def matrix_transpose(x):
    """`x.mT`: the last two axes swapped."""
    return np.swapaxes(x, -1, -2)


@vjp(matrix_transpose)
def matrix_transpose_x_bar(y_bar, y, x):
    return np.swapaxes(y_bar, -1, -2)


for f in (np.transpose, np.swapaxes, np.moveaxis, np.rollaxis, matrix_transpose):
    linear(f)
if hasattr(np, "matrix_transpose"):  # NumPy 2
    vjp(np.matrix_transpose)(matrix_transpose_x_bar)
    linear(np.matrix_transpose)

# Another order of entries ---------------------------------------------------------------------------------------------


@vjp(np.roll)
def roll_a_bar(y_bar, y, a, shift, axis=None):
    return np.roll(y_bar, np.negative(shift), axis)


@vjp(np.flip)
def flip_m_bar(y_bar, y, m, axis=None):
    return np.flip(y_bar, axis)


@vjp(np.fliplr)
def fliplr_m_bar(y_bar, y, m):
    return np.fliplr(y_bar)


@vjp(np.flipud)
def flipud_m_bar(y_bar, y, m):
    return np.flipud(y_bar)


@vjp(np.rot90)
def rot90_m_bar(y_bar, y, m, k=1, axes=(0, 1)):
    return np.rot90(y_bar, -k, axes)


for f in (np.roll, np.flip, np.fliplr, np.flipud, np.rot90):
    linear(f)

# Copies of entries ----------------------------------------------------------------------------------------------------


@vjp(np.copy)
def copy_a_bar(y_bar, y, a, order="K", subok=False):
    return y_bar


@vjp(np.broadcast_to)
def broadcast_to_array_bar(y_bar, y, array, shape, subok=False):
    return unbroadcast(y_bar, array)


@vjp(np.broadcast_arrays, "*args")
def broadcast_arrays_bar(y_bar, y, index, *args):
    return None if y_bar[index] is None else unbroadcast(y_bar[index], args[index])


@jvp(np.broadcast_arrays, "*args")
def broadcast_arrays_dot(x_dot, y, index, *args):
    return [np.broadcast_to(x_dot, np.shape(y[i])) if i == index else None for i in range(len(args))]


@vjp(np.tile)
def tile_A_bar(y_bar, y, A, reps):
    """Each axis of y is `reps` blocks as long as that of A: split it in two and sum over the blocks."""
    reps = [reps] if np.ndim(reps) == 0 else list(reps)
    ndim = max(len(reps), np.ndim(A))
    lengths = [1] * (ndim - np.ndim(A)) + list(np.shape(A))
    reps = [1] * (ndim - len(reps)) + reps
    blocks = np.reshape(y_bar, [n for pair in zip(reps, lengths, strict=True) for n in pair])
    return np.reshape(np.sum(blocks, axis=tuple(range(0, 2 * ndim, 2))), np.shape(A))


@vjp(np.repeat)
def repeat_a_bar(y_bar, y, a, repeats, axis=None):
    """Equal numbers of copies lie side by side: split the axis and sum. Else each entry collects its own."""
    shape = np.shape(a)
    if axis is None:
        shape, axis = (np.size(a),), 0
    axis = axis % len(shape)
    if np.size(repeats) == 1:
        count = np.reshape(repeats, ()).item()
        copies = np.reshape(y_bar, (*shape[:axis], shape[axis], count, *shape[axis + 1 :]))
        return np.reshape(np.sum(copies, axis=axis + 1), np.shape(a))
    index = (slice(None),) * axis + (np.repeat(np.arange(shape[axis]), repeats),)
    return np.reshape(scattered(y_bar, np.zeros(shape, np.result_type(y_bar)), index), np.shape(a))


for f in (np.copy, np.broadcast_to, np.tile, np.repeat):
    linear(f)


@vjp(np.pad)
def pad_array_bar(y_bar, y, array, pad_width, mode="constant", *, constant_values=0, reflect_type="even"):
    """Constant padding is cut off. In the other modes the padding holds copies of entries, which collect from them."""
    if mode == "constant":
        widths = pad_widths(pad_width, np.ndim(array))
        return y_bar[tuple([slice(widths[i][0], widths[i][0] + n) for i, n in enumerate(np.shape(array))])]
    sources = np.ravel(padding_sources(array, pad_width, mode, reflect_type))
    array_bar = scattered(np.ravel(y_bar), np.zeros(np.size(array), np.result_type(y_bar)), sources)
    return np.reshape(array_bar, np.shape(array))


@jvp(np.pad)
def pad_array_dot(array_dot, y, array, pad_width, mode="constant", *, constant_values=0, reflect_type="even"):
    """The padding of a constant has no tangent."""
    if mode == "constant":
        return np.pad(array_dot, pad_width)
    return np.ravel(array_dot)[padding_sources(array, pad_width, mode, reflect_type)]


def pad_widths(pad_width, ndim):
    """`pad_width` in full: a pair (before, behind) for every axis."""
    if isinstance(pad_width, dict):
        widths = {axis % ndim: width for axis, width in pad_width.items()}
        return [np.broadcast_to(widths.get(axis, 0), (2,)).tolist() for axis in range(ndim)]
    return np.broadcast_to(pad_width, (ndim, 2)).tolist()


def padding_sources(array, pad_width, mode, reflect_type):
    """For each entry of the padded array the number of the entry that it copies."""
    if mode not in ("edge", "reflect", "symmetric", "wrap") or reflect_type != "even":
        raise NoRule(
            f"np.pad has no derivative for mode={mode!r}, reflect_type={reflect_type!r}",
            advice="Join what is to be around it with np.concatenate.",
        )
    numbers = np.reshape(np.arange(np.size(array)), np.shape(array))
    return np.pad(numbers, pad_widths(pad_width, np.ndim(array)), mode)


nograd(pad_widths, padding_sources, why="it computes positions")

# Diagonals and triangles ----------------------------------------------------------------------------------------------


@vjp(np.diag, ndim=(1,))
def vector_diag_v_bar(y_bar, y, v, k=0):
    return np.diag(y_bar, k)


@vjp(np.diag)
def diag_v_bar(y_bar, y, v, k=0):
    """A vector is written on the k-th diagonal of a square matrix; from a matrix its k-th diagonal is read."""
    return np.diag(y_bar, k) if np.ndim(v) == 1 else diagonal_a_bar(y_bar, y, v, k)


@vjp(np.diagflat)
def diagflat_v_bar(y_bar, y, v, k=0):
    """The entries of a diagonal; of a NumPy number, NumPy 1 makes a number."""
    return np.reshape(np.diag(np.atleast_2d(y_bar), k), np.shape(v))


@vjp(np.diagonal)
def diagonal_a_bar(y_bar, y, a, offset=0, axis1=0, axis2=1):
    """The last axis of y runs along the diagonal that axis1 and axis2 span: zeros with y_bar written there."""
    rows = np.arange(max(-offset, 0), max(-offset, 0) + np.shape(y)[-1])
    zeros = np.zeros((*np.shape(y)[:-1], np.shape(a)[axis1], np.shape(a)[axis2]), np.result_type(y_bar))
    return np.moveaxis(scattered(y_bar, zeros, (..., rows, rows + offset)), (-2, -1), (axis1, axis2))


@vjp(np.triu)
def triu_m_bar(y_bar, y, m, k=0):
    """A vector is taken for every row of a square matrix."""
    return np.triu(y_bar, k) if np.ndim(m) > 1 else np.sum(np.triu(y_bar, k), axis=0)


@vjp(np.tril)
def tril_m_bar(y_bar, y, m, k=0):
    """A vector is taken for every row of a square matrix."""
    return np.tril(y_bar, k) if np.ndim(m) > 1 else np.sum(np.tril(y_bar, k), axis=0)


for f in (np.diag, np.diagflat, np.diagonal, np.triu, np.tril):
    linear(f)

# Selection by indices -------------------------------------------------------------------------------------------------


@vjp(np.take)
def take_a_bar(y_bar, y, a, indices, axis=None, out=None, mode="raise"):
    """Entries taken several times collect from all their copies."""
    shape = np.shape(a) if axis is not None else (np.size(a),)
    axis = 0 if axis is None else axis % len(shape)
    index = (slice(None),) * axis + (valid_indices(indices, shape[axis], mode),)
    return np.reshape(scattered(y_bar, np.zeros(shape, np.result_type(y_bar)), index), np.shape(a))


def valid_indices(indices, n, mode):
    """The indices that `mode` makes of those out of range."""
    if mode == "wrap":
        return np.mod(indices, n)
    return np.clip(indices, 0, n - 1) if mode == "clip" else np.asarray(indices, np.intp)


@vjp(np.take_along_axis)
def take_along_axis_arr_bar(y_bar, y, arr, indices, axis=-1):
    """Entries taken several times collect from all their copies."""
    shape = np.shape(arr) if axis is not None else (np.size(arr),)
    index = grid_along_axis(indices, shape, 0 if axis is None else axis % len(shape))
    return np.reshape(scattered(y_bar, np.zeros(shape, np.result_type(y_bar)), index), np.shape(arr))


def grid_along_axis(indices, shape, axis):
    """The index that selects `indices` along `axis` and everything, in place, along the others."""
    others = [np.reshape(np.arange(n), [-1 if j == i else 1 for j in range(len(shape))]) for i, n in enumerate(shape)]
    return tuple([indices if i == axis else others[i] for i in range(len(shape))])


@vjp(np.delete)
def delete_arr_bar(y_bar, y, arr, obj, axis=None):
    """What was deleted has a zero adjoint."""
    shape = np.shape(arr) if axis is not None else (np.size(arr),)
    axis = 0 if axis is None else axis % len(shape)
    index = (slice(None),) * axis + (np.delete(np.arange(shape[axis]), obj),)
    return np.reshape(scattered(y_bar, np.zeros(shape, np.result_type(y_bar)), index), np.shape(arr))


linear(np.delete)
nograd(valid_indices, grid_along_axis, why="it computes indices from indices")
linear(np.take)
linear(np.take_along_axis)

# Another dtype --------------------------------------------------------------------------------------------------------


def astype(a, dtype, order="K", casting="unsafe", subok=True, copy=True):
    """`a.astype(dtype, ...)`."""
    return a.astype(dtype, order, casting, subok, copy)


@vjp(astype)
def astype_a_bar(y_bar, y, a, dtype, order="K", casting="unsafe", subok=True, copy=True):
    """From real to complex the real part of the adjoint counts; an integer result has none."""
    return unbroadcast(y_bar, a) if is_inexact(y) else np.zeros_like(a)


@jvp(astype)
def astype_a_dot(a_dot, y, a, dtype, order="K", casting="unsafe", subok=True, copy=True):
    if not is_inexact(y):
        return np.zeros(np.shape(y))
    return np.array(a_dot if np.iscomplexobj(y) else np.real(a_dot), np.result_type(y))


if hasattr(np, "astype"):  # NumPy 2.1

    @vjp(np.astype)
    def astype_x_bar(y_bar, y, x, dtype, /, *, copy=True):
        return astype_a_bar(y_bar, y, x, dtype)

    @jvp(np.astype)
    def astype_x_dot(x_dot, y, x, dtype, /, *, copy=True):
        return astype_a_dot(x_dot, y, x, dtype)
