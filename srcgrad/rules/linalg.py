"""Linear algebra: inv, det, slogdet, solve, norm, cholesky; stacks of matrices as NumPy has them.

Formulas: M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation"
(2008). Cotangents are dL/dRe - i dL/dIm, so that a formula holds for complex matrices with plain transposes.
"""

from __future__ import annotations

import numpy as np

from srcgrad.errors import NoRule
from srcgrad.rules.registry import jvp, linear, nograd, vjp
from srcgrad.runtime.helpers import unbroadcast


def transposed(a):
    """Each matrix of the stack transposed."""
    return np.swapaxes(a, -1, -2)


# inv, det, slogdet ---------------------------------------------------------------------------------------------------


@vjp(np.linalg.inv, "a", ndim=(2,))
def inv_matrix_bar(y_bar, y, a):
    """y = a^-1.   a (n, n).   dy = -y da y."""
    return -y.T @ y_bar @ y.T


@vjp(np.linalg.inv, "a")
def inv_a_bar(y_bar, y, a):
    """y = a^-1.   a (..., n, n).   dy = -y da y."""
    return -transposed(y) @ y_bar @ transposed(y)


@jvp(np.linalg.inv, "a")
def inv_a_dot(a_dot, y, a):
    """y = a^-1.   dy = -y da y."""
    return -y @ a_dot @ y


@vjp(np.linalg.det, "a")
def det_a_bar(y_bar, y, a):
    """y = det(a).   dy = y tr(a^-1 da).   Raises LinAlgError where a is singular, for this form needs the inverse."""
    return np.expand_dims(y_bar * y, (-1, -2)) * transposed(np.linalg.inv(a))


@jvp(np.linalg.det, "a")
def det_a_dot(a_dot, y, a):
    """y = det(a).   dy = y tr(a^-1 da)."""
    return y * np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)


@vjp(np.linalg.slogdet, "a")
def slogdet_a_bar(y_bar, y, a):
    """y = (sign, log|det a|).   d log|det| = Re t, d sign = i sign Im t, t = tr(a^-1 da); a real sign is constant.

    Re(sign_bar i sign Im t) = Re(i Im(sign_bar sign) t), which is the sign's share below.
    """
    if y_bar is None:
        return None
    sign_bar, log_bar = y_bar
    scale = np.zeros(np.shape(y[1])) if log_bar is None else log_bar
    if np.iscomplexobj(a) and sign_bar is not None:
        scale = scale + 1j * np.imag(sign_bar * y[0])
    return np.expand_dims(scale, (-1, -2)) * transposed(np.linalg.inv(a))


@jvp(np.linalg.slogdet, "a")
def slogdet_a_dot(a_dot, y, a):
    """y = (sign, log|det a|).   d log|det| = Re t and d sign = i sign Im t with t = tr(a^-1 da)."""
    t = np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)
    if np.iscomplexobj(a):
        return [1j * y[0] * np.imag(t), np.real(t)]
    return [None, t]


# solve ---------------------------------------------------------------------------------------------------------------


@vjp(np.linalg.solve, "a", ndim=(2, 1))
def solve_vector_a(y_bar, y, a, b):
    """y = a^-1 b.   a (n, n), b and y (n,).   dy = -a^-1 da y."""
    return -np.outer(np.linalg.solve(a.T, y_bar), y)


@vjp(np.linalg.solve, "b", ndim=(2, 1))
@vjp(np.linalg.solve, "b", ndim=(2, 2))
def solve_matrix_b(y_bar, y, a, b):
    """y = a^-1 b.   a (n, n), b and y (n,) or (n, m).   dy = a^-1 db."""
    return np.linalg.solve(a.T, y_bar)


@vjp(np.linalg.solve, "a")
def solve_a_bar(y_bar, y, a, b):
    """y = a^-1 b, stacks broadcast.   dy = -a^-1 da y, so a_bar = -(a^-T y_bar) y^T."""
    if is_vector(a, b):
        y_bar, y = np.expand_dims(y_bar, -1), np.expand_dims(y, -1)
    return unbroadcast(-np.linalg.solve(transposed(a), y_bar) @ transposed(y), a)


@vjp(np.linalg.solve, "b")
def solve_b_bar(y_bar, y, a, b):
    """y = a^-1 b, stacks broadcast.   dy = a^-1 db, so b_bar = a^-T y_bar."""
    if is_vector(a, b):
        return unbroadcast(np.squeeze(np.linalg.solve(transposed(a), np.expand_dims(y_bar, -1)), -1), b)
    return unbroadcast(np.linalg.solve(transposed(a), y_bar), b)


@jvp(np.linalg.solve, "a")
def solve_a_dot(a_dot, y, a, b):
    """y = a^-1 b, stacks broadcast.   dy = -a^-1 da y."""
    if is_vector(a, b):
        return -np.squeeze(np.linalg.solve(a, a_dot @ np.expand_dims(y, -1)), -1)
    return -np.linalg.solve(a, a_dot @ y)


linear(np.linalg.solve, "b")


def is_vector(a, b) -> bool:
    """True where np.linalg.solve takes b for vectors: one vector, or until NumPy 2 a stack of one per matrix of a."""
    return np.ndim(b) == 1 or (np.lib.NumpyVersion(np.__version__) < "2.0.0" and np.ndim(b) == np.ndim(a) - 1)


# norm ----------------------------------------------------------------------------------------------------------------


@vjp(np.linalg.norm, "x")
def norm_x_bar(y_bar, y, x, ord=None, axis=None, keepdims=False):
    """y = (sum |x|^p)^(1/p), p = 2 for matrices.   x_bar = y_bar times the slope, which is 0 at a norm of 0."""
    if not keepdims:
        y_bar = np.expand_dims(y_bar, norm_axes(x, axis))
    return y_bar * norm_slope(y, x, ord, axis, keepdims)


@jvp(np.linalg.norm, "x")
def norm_x_dot(x_dot, y, x, ord=None, axis=None, keepdims=False):
    """y = (sum |x|^p)^(1/p), p = 2 for matrices.   dy = Re sum(slope dx)."""
    change = np.real(norm_slope(y, x, ord, axis, keepdims) * x_dot)
    return np.sum(change, axis=norm_axes(x, axis), keepdims=keepdims)


def norm_slope(y, x, ord, axis, keepdims):
    """dy/dRe x - i dy/dIm x = conj(x) |x|^(p-2) / y^(p-1), shared among equals for p = inf."""
    p = norm_power(x, ord, axis)
    if not keepdims:
        y = np.expand_dims(y, norm_axes(x, axis))
    if p == 2:
        return np.conj(x) / np.where(y == 0, 1.0, y)
    size = np.abs(x)
    direction = np.conj(x) / np.where(size == 0, 1.0, size)
    if np.isinf(p):
        return direction * ((size == y) / np.sum(size == y, axis=norm_axes(x, axis), keepdims=True))
    return direction * (np.where(size == 0, 1.0, size) / np.where(y == 0, 1.0, y)) ** (p - 1)


def norm_axes(x, axis) -> tuple[int, ...]:
    """The axes that a norm reduces: all where axis is None."""
    if axis is None:
        return tuple(range(np.ndim(x)))
    return axis if isinstance(axis, tuple) else (axis,)


def norm_power(x, ord, axis) -> float:
    """The p of the norm; NoRule for p = 0 and for norms of a matrix that are no sums over its entries."""
    matrix = len(norm_axes(x, axis)) == 2
    if ord is None or (matrix and ord == "fro"):
        return 2
    if matrix or isinstance(ord, str) or ord == 0:
        raise NoRule(
            f"np.linalg.norm(..., ord={ord!r}) of a {'matrix' if matrix else 'vector'} has no derivative rule:"
            " ord=None, 'fro' and the p-norms of vectors have"
        )
    return ord


nograd(is_vector, norm_axes, norm_power, why="it depends on shapes and options only")

# cholesky ------------------------------------------------------------------------------------------------------------


@vjp(np.linalg.cholesky, "a")
def cholesky_a_bar(y_bar, y, a):
    """y = L with a = L L^H.   I. Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10.

    NumPy reads the lower triangle only. As a is Hermitian, its adjoint is shared between both, as in autograd.
    """
    y_h = transposed(np.conj(y))
    inner = np.linalg.solve(y_h, lower_half(y_h @ np.conj(y_bar)))
    half = transposed(np.linalg.solve(transposed(y), transposed(inner)))
    return (np.conj(half) + transposed(half)) / 2


@jvp(np.linalg.cholesky, "a")
def cholesky_a_dot(a_dot, y, a):
    """y = L with a = L L^H.   dL = L lower_half(L^-1 da L^-H), da made Hermitian."""
    half = np.linalg.solve(y, (a_dot + transposed(np.conj(a_dot))) / 2)
    inner = transposed(np.conj(np.linalg.solve(y, transposed(np.conj(half)))))
    return y @ lower_half(inner)


def lower_half(a):
    """The lower triangle with half of the diagonal."""
    n = np.shape(a)[-1]
    return a * (np.tri(n) - 0.5 * np.eye(n))
