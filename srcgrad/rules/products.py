"""Products that contract axes: matmul, dot, inner, outer, tensordot, vdot, kron, cross and einsum.

All are linear in each operand, so the tangent of a product is the product with that operand's tangent in its place, and
the adjoint of an operand is a product of the result's adjoint with the other one. Where both ranks are known the rule
is the one line that belongs in a text; the rules for any rank are called by name.

No rule conjugates, `vdot` apart: cotangents are dL/dRe - i dL/dIm. A rule for any rank ends in `operand_bar`:
sum over broadcast axes, real part where a real operand met a complex one, a list for a list. The one-line rules are for
arrays, and leave the real part to the caller.
"""

from __future__ import annotations

import operator
from string import ascii_letters

import numpy as np

from srcgrad.errors import NoRule
from srcgrad.rules.containers import operand_bar
from srcgrad.rules.registry import jvp, linear, nograd, vjp
from srcgrad.runtime.helpers import unbroadcast

# matmul and dot, both ranks known ------------------------------------------------------------------------------------


@vjp(np.dot, "a", ndim=(2, 2))
@vjp(np.matmul, "a", ndim=(2, 2))
@vjp(operator.matmul, "a", ndim=(2, 2))
def matrix_matrix_a(y_bar, y, a, b):
    """y = a @ b.   a (n, k), b (k, m), y and y_bar (n, m).   <y_bar, da b> = <y_bar b^T, da>."""
    return y_bar @ b.T


@vjp(np.dot, "b", ndim=(2, 2))
@vjp(np.matmul, "b", ndim=(2, 2))
@vjp(operator.matmul, "b", ndim=(2, 2))
def matrix_matrix_b(y_bar, y, a, b):
    """y = a @ b.   a (n, k), b (k, m), y and y_bar (n, m).   <y_bar, a db> = <a^T y_bar, db>."""
    return a.T @ y_bar


@vjp(np.dot, "a", ndim=(2, 1))
@vjp(np.matmul, "a", ndim=(2, 1))
@vjp(operator.matmul, "a", ndim=(2, 1))
def matrix_vector_a(y_bar, y, a, b):
    """y = a @ b.   a (n, k), b (k,), y and y_bar (n,)."""
    return np.outer(y_bar, b)


@vjp(np.dot, "b", ndim=(2, 1))
@vjp(np.matmul, "b", ndim=(2, 1))
@vjp(operator.matmul, "b", ndim=(2, 1))
def matrix_vector_b(y_bar, y, a, b):
    """y = a @ b.   a (n, k), b (k,), y and y_bar (n,)."""
    return a.T @ y_bar


@vjp(np.dot, "a", ndim=(1, 2))
@vjp(np.matmul, "a", ndim=(1, 2))
@vjp(operator.matmul, "a", ndim=(1, 2))
def vector_matrix_a(y_bar, y, a, b):
    """y = a @ b.   a (k,), b (k, m), y and y_bar (m,)."""
    return b @ y_bar


@vjp(np.dot, "b", ndim=(1, 2))
@vjp(np.matmul, "b", ndim=(1, 2))
@vjp(operator.matmul, "b", ndim=(1, 2))
def vector_matrix_b(y_bar, y, a, b):
    """y = a @ b.   a (k,), b (k, m), y and y_bar (m,)."""
    return np.outer(a, y_bar)


@vjp(np.inner, "a", ndim=(1, 1))
@vjp(np.dot, "a", ndim=(1, 1))
@vjp(np.matmul, "a", ndim=(1, 1))
@vjp(operator.matmul, "a", ndim=(1, 1))
def vector_vector_a(y_bar, y, a, b):
    """y = sum(a * b).   a and b (k,), y and y_bar scalar."""
    return y_bar * b


@vjp(np.inner, "b", ndim=(1, 1))
@vjp(np.dot, "b", ndim=(1, 1))
@vjp(np.matmul, "b", ndim=(1, 1))
@vjp(operator.matmul, "b", ndim=(1, 1))
def vector_vector_b(y_bar, y, a, b):
    """y = sum(a * b).   a and b (k,), y and y_bar scalar."""
    return y_bar * a


# matmul and dot, any rank --------------------------------------------------------------------------------------------


@vjp(np.matmul, "a")
@vjp(operator.matmul, "a")
def matmul_a_bar(y_bar, y, a, b):
    """y = a @ b.   a (..., n, k) or (k,), b (..., k, m) or (k,); leading axes broadcast.

    y_bar b^T; a vector is a matrix of one row (a) or one column (b) whose axis y lacks.
    """
    if np.ndim(b) == 1:
        return operand_bar(np.expand_dims(y_bar, -1) * b, a)
    if np.ndim(a) == 1:
        return operand_bar(np.squeeze(b @ np.expand_dims(y_bar, -1), -1), a)
    return operand_bar(y_bar @ np.swapaxes(b, -1, -2), a)


@vjp(np.matmul, "b")
@vjp(operator.matmul, "b")
def matmul_b_bar(y_bar, y, a, b):
    """y = a @ b.   a (..., n, k) or (k,), b (..., k, m) or (k,); leading axes broadcast.   a^T y_bar."""
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return operand_bar(y_bar * a, b)
    if np.ndim(a) == 1:
        return operand_bar(np.expand_dims(a, -1) * np.expand_dims(y_bar, -2), b)
    if np.ndim(b) == 1:
        return operand_bar(np.squeeze(np.expand_dims(y_bar, -2) @ a, -2), b)
    return operand_bar(np.swapaxes(a, -1, -2) @ y_bar, b)


@vjp(np.dot, "a")
def dot_a_bar(y_bar, y, a, b):
    """y = np.dot(a, b): a product with a scalar, else the last axis of a against the last but one (or only) of b."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return operand_bar(y_bar * b, a)
    return tensordot_a_bar(y_bar, y, a, b, (-1, max(np.ndim(b) - 2, 0)))


@vjp(np.dot, "b")
def dot_b_bar(y_bar, y, a, b):
    """y = np.dot(a, b): a product with a scalar, else the last axis of a against the last but one (or only) of b."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return operand_bar(y_bar * a, b)
    return tensordot_b_bar(y_bar, y, a, b, (-1, max(np.ndim(b) - 2, 0)))


linear(np.matmul, "a", "b")
linear(operator.matmul, "a", "b")
linear(np.dot, "a", "b")

# inner, outer, vdot --------------------------------------------------------------------------------------------------


@vjp(np.inner, "a")
def inner_a_bar(y_bar, y, a, b):
    """y = np.inner(a, b): a product with a scalar, else last axis against last axis."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return operand_bar(y_bar * b, a)
    return tensordot_a_bar(y_bar, y, a, b, (-1, -1))


@vjp(np.inner, "b")
def inner_b_bar(y_bar, y, a, b):
    """y = np.inner(a, b): a product with a scalar, else last axis against last axis."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return operand_bar(y_bar * a, b)
    return tensordot_b_bar(y_bar, y, a, b, (-1, -1))


@vjp(np.outer, "a", ndim=(1, 1))
def outer_vector_a(y_bar, y, a, b):
    """y = a b^T.   a (n,), b (m,), y and y_bar (n, m)."""
    return y_bar @ b


@vjp(np.outer, "b", ndim=(1, 1))
def outer_vector_b(y_bar, y, a, b):
    """y = a b^T.   a (n,), b (m,), y and y_bar (n, m)."""
    return a @ y_bar


@vjp(np.outer, "a")
def outer_a_bar(y_bar, y, a, b):
    """y = ravel(a) ravel(b)^T.   a and b of any shape, y and y_bar (a.size, b.size)."""
    return operand_bar(np.reshape(y_bar @ np.ravel(b), np.shape(a)), a)


@vjp(np.outer, "b")
def outer_b_bar(y_bar, y, a, b):
    """y = ravel(a) ravel(b)^T.   a and b of any shape, y and y_bar (a.size, b.size)."""
    return operand_bar(np.reshape(np.ravel(a) @ y_bar, np.shape(b)), b)


@vjp(np.vdot, "a")
def vdot_a_bar(y_bar, y, a, b):
    """y = sum(conj(a) * b) over all entries.   Re(y_bar conj(da) b) = Re(conj(y_bar b) da), hence the conjugate."""
    return operand_bar(np.reshape(np.conj(y_bar * np.ravel(b)), np.shape(a)), a)


@vjp(np.vdot, "b")
def vdot_b_bar(y_bar, y, a, b):
    """y = sum(conj(a) * b) over all entries."""
    return operand_bar(np.reshape(y_bar * np.conj(np.ravel(a)), np.shape(b)), b)


linear(np.inner, "a", "b")
linear(np.outer, "a", "b")
linear(np.vdot, "a", "b")

# tensordot -----------------------------------------------------------------------------------------------------------


@vjp(np.tensordot, "a")
def tensordot_a_bar(y_bar, y, a, b, axes=2):
    """y sums a * b over pairs of axes; the axes of y are those left of a, then those left of b.

    y_bar and b are contracted over what y has of b. That leaves the axes of a, its contracted ones in the order that
    their partners have in b, and a transposition puts them back.
    """
    a_axes, b_axes = contracted(axes, np.ndim(a), np.ndim(b))
    a_left, b_left = left_over(a_axes, np.ndim(a)), left_over(b_axes, np.ndim(b))
    y_axes = list(range(len(a_left), len(a_left) + len(b_left)))
    order = inverse(a_left + [axis for _, axis in sorted(zip(b_axes, a_axes, strict=True))])
    return operand_bar(np.transpose(np.tensordot(y_bar, b, (y_axes, b_left)), order), a)


@vjp(np.tensordot, "b")
def tensordot_b_bar(y_bar, y, a, b, axes=2):
    """y sums a * b over pairs of axes; the axes of y are those left of a, then those left of b.   As for a."""
    a_axes, b_axes = contracted(axes, np.ndim(a), np.ndim(b))
    a_left, b_left = left_over(a_axes, np.ndim(a)), left_over(b_axes, np.ndim(b))
    y_axes = list(range(len(a_left)))
    order = inverse([axis for _, axis in sorted(zip(a_axes, b_axes, strict=True))] + b_left)
    return operand_bar(np.transpose(np.tensordot(a, y_bar, (a_left, y_axes)), order), b)


linear(np.tensordot, "a", "b")


def contracted(axes, a_ndim: int, b_ndim: int) -> tuple[list[int], list[int]]:
    """The contracted axes of a and of b, counted from the front, from tensordot's `axes`: a number or a pair.

    >>> contracted(2, 3, 3), contracted((-1, [0]), 3, 2)
    (([1, 2], [0, 1]), ([2], [0]))
    """
    if not np.iterable(axes):
        return list(range(a_ndim - axes, a_ndim)), list(range(axes))
    a_axes = [int(axis) % a_ndim for axis in np.atleast_1d(axes[0])]
    b_axes = [int(axis) % b_ndim for axis in np.atleast_1d(axes[1])]
    return a_axes, b_axes


def left_over(axes: list[int], ndim: int) -> list[int]:
    """The axes of an array of `ndim` that are not among `axes`, in order."""
    return [axis for axis in range(ndim) if axis not in axes]


def inverse(order: list[int]) -> list[int]:
    """The permutation that undoes `order`.

    >>> inverse([2, 0, 1])
    [1, 2, 0]
    """
    return sorted(range(len(order)), key=order.__getitem__)


nograd(contracted, left_over, inverse, why="it computes axes from axes")

# kron and cross ------------------------------------------------------------------------------------------------------


@vjp(np.kron, "a")
def kron_a_bar(y_bar, y, a, b):
    """y has a block `a[i] * b` for every entry of a: split each axis of y_bar in two and contract the blocks with b."""
    a_shape, b_shape = same_rank(np.shape(a), np.shape(b))
    blocks = np.reshape(y_bar, [n for pair in zip(a_shape, b_shape, strict=True) for n in pair])
    within = list(range(1, 2 * len(a_shape), 2))
    a_bar = np.tensordot(blocks, np.reshape(b, b_shape), (within, list(range(len(b_shape)))))
    return operand_bar(np.reshape(a_bar, np.shape(a)), a)


@vjp(np.kron, "b")
def kron_b_bar(y_bar, y, a, b):
    """y has a block `a[i] * b` for every entry of a: split each axis of y_bar in two and sum blocks weighted by a."""
    a_shape, b_shape = same_rank(np.shape(a), np.shape(b))
    blocks = np.reshape(y_bar, [n for pair in zip(a_shape, b_shape, strict=True) for n in pair])
    between = list(range(0, 2 * len(a_shape), 2))
    b_bar = np.tensordot(np.reshape(a, a_shape), blocks, (list(range(len(a_shape))), between))
    return operand_bar(np.reshape(b_bar, np.shape(b)), b)


def same_rank(a_shape: tuple[int, ...], b_shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Both shapes with ones in front, as broadcasting would put them, to the rank of the longer."""
    rank = max(len(a_shape), len(b_shape))
    return (1,) * (rank - len(a_shape)) + a_shape, (1,) * (rank - len(b_shape)) + b_shape


nograd(same_rank, why="it computes shapes from shapes")


@vjp(np.cross, "a")
def cross_a_bar(y_bar, y, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """y = a x b for vectors of three along an axis, others broadcast.   y_bar . (da x b) = da . (b x y_bar)."""
    axisa, axisb, axisc = vector_axes(a, b, axisa, axisb, axisc, axis)
    a_bar = np.cross(np.moveaxis(b, axisb, -1), np.moveaxis(y_bar, axisc, -1))
    return operand_bar(np.moveaxis(unbroadcast(a_bar, np.moveaxis(a, axisa, -1)), -1, axisa), a)


@vjp(np.cross, "b")
def cross_b_bar(y_bar, y, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """y = a x b for vectors of three along an axis, others broadcast.   y_bar . (a x db) = db . (y_bar x a)."""
    axisa, axisb, axisc = vector_axes(a, b, axisa, axisb, axisc, axis)
    b_bar = np.cross(np.moveaxis(y_bar, axisc, -1), np.moveaxis(a, axisa, -1))
    return operand_bar(np.moveaxis(unbroadcast(b_bar, np.moveaxis(b, axisb, -1)), -1, axisb), b)


def vector_axes(a, b, axisa: int, axisb: int, axisc: int, axis: int | None) -> tuple[int, int, int]:
    """The axes of a, b and a x b that hold the components; NoRule unless both have three of them."""
    if axis is not None:
        axisa = axisb = axisc = axis
    if np.shape(a)[axisa] != 3 or np.shape(b)[axisb] != 3:
        raise NoRule("np.cross is differentiated for vectors of length 3; write out vectors of length 2")
    return axisa, axisb, axisc


nograd(vector_axes, why="it computes axes from axes")
linear(np.kron, "a", "b")
linear(np.cross, "a", "b")

# einsum --------------------------------------------------------------------------------------------------------------


@vjp(np.einsum, "*operands")
def einsum_operand_bar(y_bar, y, index, subscripts, *operands, optimize=False):
    """The adjoint of operand `index` is the einsum of y_bar and the other operands, into the letters of that operand.

    For "ij,jk->ik": a_bar = einsum("ik,jk->ij", y_bar, b) and b_bar = einsum("ik,ij->jk", y_bar, a).
    """
    shapes = [np.shape(operand) for operand in operands]
    transposed, fills = einsum_transposed(subscripts, index, shapes, y.dtype)
    others = operands[:index] + operands[index + 1 :]
    x_bar = np.einsum(transposed, y_bar, *others, *fills, optimize=einsum_optimize(optimize))
    return operand_bar(x_bar, operands[index])


@jvp(np.einsum, "*operands")
def einsum_operand_dot(operand_dot, y, index, subscripts, *operands, optimize=False):
    """einsum is linear in each operand: the tangent takes the place of operand `index`."""
    operands = operands[:index] + (operand_dot,) + operands[index + 1 :]
    return np.einsum(subscripts, *operands, optimize=optimize)


def einsum_transposed(subscripts: str, index: int, shapes: list[tuple[int, ...]], dtype) -> tuple[str, list]:
    """The subscripts of an operand's adjoint, and the constant arrays to append to y_bar and the other operands.

    A letter that none of these spells out at its full length is one along which the operand was summed: ones of that
    length repeat the adjoint. A letter that the operand repeats picks a diagonal: the identity puts it back there.

    >>> einsum_transposed("ij,jk->ik", 1, [(2, 3), (3, 4)], float)
    ('ik,ij->jk', [])
    >>> einsum_transposed("ii->", 0, [(2, 2)], float)
    (',ia->ia', [array([[1., 0.],
           [0., 1.]])])
    """
    terms, output = einsum_terms(subscripts, [len(shape) for shape in shapes])
    sizes = {}
    for term, shape in zip(terms, shapes, strict=True):
        for letter, size in zip(term, shape, strict=True):
            sizes[letter] = max(size, sizes.get(letter, 0)) if size != 1 else sizes.get(letter, 1)
    sources = [output] + terms[:index] + terms[index + 1 :]
    full = set(output)
    for term, shape in zip(sources[1:], shapes[:index] + shapes[index + 1 :], strict=True):
        full.update(letter for letter, size in zip(term, shape, strict=True) if size == sizes[letter])
    spare = [letter for letter in ascii_letters if letter not in sizes]
    wanted, fills = "", []
    for letter in terms[index]:
        if letter in wanted:
            sources.append(letter + spare[0])
            fills.append(np.eye(sizes[letter], dtype=dtype))
            wanted += spare.pop(0)
        else:
            wanted += letter
            if letter not in full and terms[index].count(letter) == 1:
                sources.append(letter)
                fills.append(np.ones(sizes[letter], dtype))
    return ",".join(sources) + "->" + wanted, fills


def einsum_terms(subscripts: str, ndims: list[int]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, with an implicit result and ellipses spelled out.

    >>> einsum_terms("i...,ji", [3, 2])
    (['iab', 'ji'], 'abj')
    """
    if not isinstance(subscripts, str):
        raise NoRule('np.einsum is differentiated in its string form, as in np.einsum("ij,jk->ik", a, b)')
    operands, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = operands.split(",")
    if not arrow:
        letters = operands.replace(".", "").replace(",", "")
        output = "..." * ("." in operands) + "".join(sorted(c for c in letters if letters.count(c) == 1))
    lengths = [ndim - len(term) + 3 for term, ndim in zip(terms, ndims, strict=True)]  # of what "..." stands for
    longest = max([n for term, n in zip(terms, lengths, strict=True) if "..." in term], default=0)
    dots = "".join([letter for letter in ascii_letters if letter not in subscripts][:longest])
    terms = [term.replace("...", dots[longest - n :]) for term, n in zip(terms, lengths, strict=True)]
    return terms, output.replace("...", dots)


def einsum_optimize(optimize):
    """The primal's own `optimize`, unless that is a contraction path, which fits no other subscripts."""
    return optimize if isinstance(optimize, (bool, str)) else "greedy"


nograd(einsum_transposed, einsum_terms, einsum_optimize, why="it depends on subscripts and shapes only")
