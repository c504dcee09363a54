"""The derivatives of scipy.linalg: its solvers, matrix functions and builders of matrices.

Cotangents are dL/dRe - i dL/dIm, so that a formula holds for complex matrices with plain transposes. Options that
only say how to compute are accepted; `overwrite_a` and its like, which write into an argument, are refused.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from srcgrad.errors import NoRule
from srcgrad.rules.linalg import det_a_bar, det_a_dot, inv_a_bar, inv_a_dot, lower_half, transposed
from srcgrad.rules.registry import jvp, linear, nograd, vjp


def columns(b):
    """A vector as a matrix of one column."""
    return np.reshape(b, (-1, 1)) if np.ndim(b) == 1 else b


# inv, det, solve ------------------------------------------------------------------------------------------------------


@vjp(linalg.inv, "a")
def inv_bar(y_bar, y, a, *, check_finite=True):
    """y = a^-1.   dy = -y da y."""
    return inv_a_bar(y_bar, y, a)


@jvp(linalg.inv, "a")
def inv_dot(a_dot, y, a, *, check_finite=True):
    """y = a^-1.   dy = -y da y."""
    return inv_a_dot(a_dot, y, a)


@vjp(linalg.det, "a")
def det_bar(y_bar, y, a, *, check_finite=True):
    """y = det(a).   dy = y tr(a^-1 da)."""
    return det_a_bar(y_bar, y, a)


@jvp(linalg.det, "a")
def det_dot(a_dot, y, a, *, check_finite=True):
    """y = det(a).   dy = y tr(a^-1 da)."""
    return det_a_dot(a_dot, y, a)


def require_one(a, ndim=2) -> None:
    """Raise NoRule for a stack of matrices, or of columns."""
    if np.ndim(a) > ndim:
        raise NoRule(
            f"the derivative of this function of scipy.linalg takes no stack of shape {np.shape(a)}",
            advice="Use numpy.linalg, or a loop over the stack.",
        )


def plain_matrix(a, assume_a, transposed):
    """The matrix whose inverse solve applies."""
    require_one(a)
    if assume_a not in ("gen", "general", None):
        raise NoRule(
            f"scipy.linalg.solve with assume_a={assume_a!r} has no derivative rule",
            advice="Leave assume_a out, or solve with solve_triangular.",
        )
    return a.T if transposed else a


nograd(require_one, why="it depends on shapes only")


@vjp(linalg.solve, "a")
def solve_a_bar(y_bar, y, a, b, *, assume_a=None, check_finite=True, transposed=False):
    """y = a^-1 b, or a^-T b.   dy = -a^-1 da y."""
    back = linalg.solve(plain_matrix(a, assume_a, transposed).T, y_bar)
    full = -columns(back) @ columns(y).T
    return full.T if transposed else full


@vjp(linalg.solve, "b")
def solve_b_bar(y_bar, y, a, b, *, assume_a=None, check_finite=True, transposed=False):
    """y = a^-1 b, or a^-T b.   dy = a^-1 db."""
    return linalg.solve(plain_matrix(a, assume_a, transposed).T, y_bar)


@jvp(linalg.solve, "a")
def solve_a_dot(a_dot, y, a, b, *, assume_a=None, check_finite=True, transposed=False):
    """y = a^-1 b, or a^-T b.   dy = -a^-1 da y."""
    return -linalg.solve(plain_matrix(a, assume_a, transposed), (a_dot.T if transposed else a_dot) @ y)


@jvp(linalg.solve, "b")
def solve_b_dot(b_dot, y, a, b, *, assume_a=None, check_finite=True, transposed=False):
    """y = a^-1 b, or a^-T b.   dy = a^-1 db."""
    return linalg.solve(plain_matrix(a, assume_a, transposed), b_dot)


# solve_triangular -----------------------------------------------------------------------------------------------------


def is_plain(trans) -> bool:
    """True for trans = 0 or "N"; conjugate transposes are refused, for they are not linear in the matrix."""
    if trans in (2, "C"):
        raise NoRule(
            "solve_triangular with trans='C' has no derivative rule", advice="Pass the conjugate matrix with trans='T'."
        )
    return trans in (0, "N")


nograd(is_plain, why="it depends on options only")


def triangular_part(full, lower, unit_diagonal):
    """The entries that solve_triangular reads."""
    if lower:
        return np.tril(full, -1 if unit_diagonal else 0)
    return np.triu(full, 1 if unit_diagonal else 0)


@vjp(linalg.solve_triangular, "a")
def solve_triangular_a_bar(y_bar, y, a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True):
    """y = a^-1 b, or a^-T b.   dy = -a^-1 da y, da triangular."""
    plain = is_plain(trans)
    require_one(a)
    back = linalg.solve_triangular(a, y_bar, "T" if plain else "N", lower, unit_diagonal)
    full = -columns(back) @ columns(y).T
    return triangular_part(full if plain else full.T, lower, unit_diagonal)


@vjp(linalg.solve_triangular, "b")
def solve_triangular_b_bar(y_bar, y, a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True):
    """y = a^-1 b, or a^-T b.   dy = a^-1 db."""
    require_one(a)
    return linalg.solve_triangular(a, y_bar, "T" if is_plain(trans) else "N", lower, unit_diagonal)


@jvp(linalg.solve_triangular, "a")
def solve_triangular_a_dot(a_dot, y, a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True):
    """y = a^-1 b, or a^-T b.   dy = -a^-1 da y, da triangular."""
    require_one(a)
    part = triangular_part(a_dot, lower, unit_diagonal)
    return -linalg.solve_triangular(a, (part if is_plain(trans) else part.T) @ y, trans, lower, unit_diagonal)


@jvp(linalg.solve_triangular, "b")
def solve_triangular_b_dot(b_dot, y, a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True):
    """y = a^-1 b, or a^-T b.   dy = a^-1 db."""
    return linalg.solve_triangular(a, b_dot, trans, lower, unit_diagonal)


# solve_banded: ab[u + i - j, j] = a[i, j] -----------------------------------------------------------------------------


def shifted(row, offset):
    """row[j - offset] at j, 0 where there is none."""
    n = np.shape(row)[0]
    if offset >= n or offset <= -n:
        return row * 0
    zeros = np.zeros((abs(offset), *np.shape(row)[1:]))
    if offset > 0:
        return np.concatenate([zeros, row[: n - offset]])
    return np.concatenate([row[-offset:], zeros]) if offset < 0 else row


def banded_transpose(l_and_u, ab):
    """The transpose of a banded matrix, in the same storage: diagonal k becomes diagonal -k."""
    require_one(ab)
    rows = [shifted(ab[k], k - l_and_u[1]) for k in range(l_and_u[0] + l_and_u[1] + 1)]
    return np.stack(rows[::-1])


def banded_product(l_and_u, ab, y):
    """a @ y."""
    require_one(ab)
    total = 0
    for k in range(l_and_u[0] + l_and_u[1] + 1):
        total = total + shifted(np.reshape(ab[k], (-1,) + (1,) * (np.ndim(y) - 1)) * y, k - l_and_u[1])
    return total


@vjp(linalg.solve_banded, "ab")
def solve_banded_ab_bar(y_bar, y, l_and_u, ab, b, *, check_finite=True):
    """a y = b.   a_bar = -(a^-T y_bar) y^T, of which the bands are kept."""
    back = columns(linalg.solve_banded((l_and_u[1], l_and_u[0]), banded_transpose(l_and_u, ab), y_bar))
    return -np.stack(
        [np.sum(shifted(back, l_and_u[1] - k) * columns(y), axis=1) for k in range(l_and_u[0] + l_and_u[1] + 1)]
    )


@vjp(linalg.solve_banded, "b")
def solve_banded_b_bar(y_bar, y, l_and_u, ab, b, *, check_finite=True):
    """a y = b.   b_bar = a^-T y_bar."""
    return linalg.solve_banded((l_and_u[1], l_and_u[0]), banded_transpose(l_and_u, ab), y_bar)


@jvp(linalg.solve_banded, "ab")
def solve_banded_ab_dot(ab_dot, y, l_and_u, ab, b, *, check_finite=True):
    """a y = b.   a dy = -da y."""
    return -linalg.solve_banded(l_and_u, ab, banded_product(l_and_u, ab_dot, y))


@jvp(linalg.solve_banded, "b")
def solve_banded_b_dot(b_dot, y, l_and_u, ab, b, *, check_finite=True):
    """a y = b.   a dy = db."""
    return linalg.solve_banded(l_and_u, ab, b_dot)


# Matrix equations and functions ---------------------------------------------------------------------------------------


@vjp(linalg.solve_sylvester, "a")
def solve_sylvester_a_bar(y_bar, y, a, b, q):
    """a y + y b = q.   a dy + dy b = dq - da y - y db."""
    return -linalg.solve_sylvester(transposed(a), transposed(b), y_bar) @ transposed(y)


@vjp(linalg.solve_sylvester, "b")
def solve_sylvester_b_bar(y_bar, y, a, b, q):
    """a y + y b = q."""
    return -transposed(y) @ linalg.solve_sylvester(transposed(a), transposed(b), y_bar)


@vjp(linalg.solve_sylvester, "q")
def solve_sylvester_q_bar(y_bar, y, a, b, q):
    """a y + y b = q."""
    return linalg.solve_sylvester(transposed(a), transposed(b), y_bar)


@jvp(linalg.solve_sylvester, "a")
def solve_sylvester_a_dot(a_dot, y, a, b, q):
    """a dy + dy b = -da y."""
    return -linalg.solve_sylvester(a, b, a_dot @ y)


@jvp(linalg.solve_sylvester, "b")
def solve_sylvester_b_dot(b_dot, y, a, b, q):
    """a dy + dy b = -y db."""
    return -linalg.solve_sylvester(a, b, y @ b_dot)


linear(linalg.solve_sylvester, "q")


@vjp(linalg.sqrtm, "A")
def sqrtm_bar(y_bar, y, A):
    """y y = A, dy y + y dy = dA."""
    return linalg.solve_sylvester(transposed(y), transposed(y), y_bar)


@jvp(linalg.sqrtm, "A")
def sqrtm_dot(A_dot, y, A):
    """y y = A, dy y + y dy = dA."""
    return linalg.solve_sylvester(y, y, A_dot)


def expm_change(a, direction):
    """The derivative of expm at a along a direction: the upper right block of expm([[a, direction], [0, a]])."""
    n = np.shape(a)[-1]
    top = np.concatenate([a, direction], axis=-1)
    bottom = np.concatenate([np.zeros(np.shape(a)), a], axis=-1)
    return linalg.expm(np.concatenate([top, bottom], axis=-2))[..., :n, n:]


@vjp(linalg.expm)
def expm_bar(y_bar, y, A):
    """The transpose of the derivative at A is the derivative at A^T (N. J. Higham, "Functions of Matrices", 3.2)."""
    return expm_change(transposed(A), y_bar)


@jvp(linalg.expm)
def expm_dot(A_dot, y, A):
    """The derivative at A along A_dot."""
    return expm_change(A, A_dot)


# Cholesky factors -----------------------------------------------------------------------------------------------------


def cholesky_bar_of(y_bar, y, lower):
    """a_bar from the adjoint of its factor (I. Murray, 2016, equation 10); an upper factor is L^H."""
    factor, bar = (y, y_bar) if lower else (transposed(np.conj(y)), transposed(np.conj(y_bar)))
    hermitian = transposed(np.conj(factor))
    inner = np.linalg.solve(hermitian, lower_half(hermitian @ np.conj(bar)))
    half = transposed(np.linalg.solve(transposed(factor), transposed(inner)))
    return (np.conj(half) + transposed(half)) / 2


def cholesky_dot_of(a_dot, y, lower):
    """dL = L lower_half(L^-1 da L^-H), da made Hermitian."""
    factor = y if lower else transposed(np.conj(y))
    half = np.linalg.solve(factor, (a_dot + transposed(np.conj(a_dot))) / 2)
    change = factor @ lower_half(transposed(np.conj(np.linalg.solve(factor, transposed(np.conj(half))))))
    return change if lower else transposed(np.conj(change))


@vjp(linalg.cholesky, "a")
def cholesky_bar(y_bar, y, a, lower=False, *, check_finite=True):
    """a = L L^H or U^H U; the adjoint of a is shared between both triangles."""
    return cholesky_bar_of(y_bar, y, lower)


@jvp(linalg.cholesky, "a")
def cholesky_dot(a_dot, y, a, lower=False, *, check_finite=True):
    """a = L L^H or U^H U."""
    return cholesky_dot_of(a_dot, y, lower)


# What cho_factor leaves of the triangle that is no factor: 1.0 times a's, and nothing since SciPy 1.18.
OTHER_TRIANGLE = linalg.cho_factor(np.array([[1.0, 0.0], [1.0, 4.0]]))[0][1, 0]


@vjp(linalg.cho_factor, "a")
def cho_factor_bar(y_bar, y, a, lower=False, *, check_finite=True):
    """y = (factor, lower); the other triangle of the factor is that of a, as it was, or zero."""
    if y_bar is None or y_bar[0] is None:
        return None
    kept = np.tril(y_bar[0]) if lower else np.triu(y_bar[0])
    factor = np.tril(y[0]) if lower else np.triu(y[0])
    return cholesky_bar_of(kept, factor, lower) + (y_bar[0] - kept) * OTHER_TRIANGLE


@jvp(linalg.cho_factor, "a")
def cho_factor_dot(a_dot, y, a, lower=False, *, check_finite=True):
    """y = (factor, lower); the other triangle of the factor is that of a, as it was, or zero."""
    factor = np.tril(y[0]) if lower else np.triu(y[0])
    other = np.triu(a_dot, 1) if lower else np.tril(a_dot, -1)
    return (cholesky_dot_of(a_dot, factor, lower) + other * OTHER_TRIANGLE, None)


def cho_part(factor, lower):
    """The triangle of a factor that cho_solve reads."""
    return np.tril(factor) if lower else np.triu(factor)


@vjp(linalg.cho_solve, "b")
def cho_solve_b_bar(y_bar, y, c_and_lower, b, *, check_finite=True):
    """y = a^-1 b with a = L L^H; b_bar = a^-T y_bar."""
    return np.conj(linalg.cho_solve(c_and_lower, np.conj(y_bar)))


@jvp(linalg.cho_solve, "b")
def cho_solve_b_dot(b_dot, y, c_and_lower, b, *, check_finite=True):
    """y = a^-1 b with a = L L^H."""
    return linalg.cho_solve(c_and_lower, b_dot)


@vjp(linalg.cho_solve, "c_and_lower")
def cho_solve_factor_bar(y_bar, y, c_and_lower, b, *, check_finite=True):
    """dy = -a^-1 da y with da = dc c^H + c dc^H for a lower factor c, dc^H c + c^H dc for an upper one."""
    factor, lower = c_and_lower
    require_one(factor)
    c = cho_part(factor, lower)
    back = np.conj(linalg.cho_solve(c_and_lower, np.conj(y_bar)))
    a_bar = -columns(back) @ columns(y).T
    both = a_bar + transposed(np.conj(a_bar))
    bar = both @ np.conj(c) if lower else np.conj(c) @ both
    return [cho_part(bar, lower), None]


@jvp(linalg.cho_solve, "c_and_lower")
def cho_solve_factor_dot(factor_dot, y, c_and_lower, b, *, check_finite=True):
    """dy = -a^-1 da y with da = dc c^H + c dc^H for a lower factor c, dc^H c + c^H dc for an upper one."""
    factor, lower = c_and_lower
    if factor_dot is None or factor_dot[0] is None:
        return np.zeros(np.shape(y))
    require_one(factor)
    c, change = cho_part(factor, lower), cho_part(factor_dot[0], lower)
    half = change @ transposed(np.conj(c)) if lower else transposed(np.conj(change)) @ c
    return -linalg.cho_solve(c_and_lower, (half + transposed(np.conj(half))) @ y)


# Builders -------------------------------------------------------------------------------------------------------------


@vjp(linalg.block_diag, "*arrs")
def block_diag_bar(y_bar, y, index, *arrs):
    """Each block where it was put; what is no matrix is a row."""
    require_one(arrs[index])
    before = [np.shape(np.atleast_2d(block)) for block in arrs[:index]]
    top, left = sum([rows for rows, _ in before]), sum([width for _, width in before])
    rows, width = np.shape(np.atleast_2d(arrs[index]))
    return np.reshape(y_bar[top : top + rows, left : left + width], np.shape(arrs[index]))


@jvp(linalg.block_diag, "*arrs")
def block_diag_dot(block_dot, y, index, *arrs):
    """The tangent of one block, zeros for all others."""
    return linalg.block_diag(*[block_dot if i == index else np.zeros(np.shape(arrs[i])) for i in range(len(arrs))])


def toeplitz_places(c, r, both):
    """(distance below the diagonal of each entry, mask of the entries that come from the column)."""
    require_one(c, 1)
    rows, width = np.shape(c)[0], np.shape(r)[0] if both else np.shape(c)[0]
    below = np.arange(rows)[:, None] - np.arange(width)
    return below, below >= 0


nograd(toeplitz_places, why="it depends on shapes only")


def sums_by(places, values, size):
    """The sum of the values at each place."""
    return np.stack([np.sum(np.where(places == i, values, 0)) for i in range(size)])


@vjp(linalg.toeplitz, "c")
def toeplitz_c_bar(y_bar, y, c, r=None):
    """y[i, j] = c[i - j] at and below the diagonal, r[j - i] above, or conj(c[j - i]) without r."""
    below, from_column = toeplitz_places(c, c if r is None else r, r is not None)
    size = np.shape(c)[0]
    first = sums_by(np.where(from_column, below, -1), y_bar, size)
    return first if r is not None else first + sums_by(np.where(from_column, -1, -below), np.conj(y_bar), size)


@vjp(linalg.toeplitz, "r")
def toeplitz_r_bar(y_bar, y, c, r=None):
    """y[i, j] = r[j - i] above the diagonal; r[0] is not used."""
    below, from_column = toeplitz_places(c, r, True)
    return sums_by(np.where(from_column, -1, -below), y_bar, np.shape(r)[0])


@jvp(linalg.toeplitz, "c")
def toeplitz_c_dot(c_dot, y, c, r=None):
    """y[i, j] = c[i - j] at and below the diagonal, r[j - i] above, or conj(c[j - i]) without r."""
    require_one(c, 1)
    return linalg.toeplitz(c_dot, None if r is None else np.zeros(np.shape(r)))


@jvp(linalg.toeplitz, "r")
def toeplitz_r_dot(r_dot, y, c, r=None):
    """y[i, j] = r[j - i] above the diagonal."""
    return linalg.toeplitz(np.zeros(np.shape(c)), r_dot)
