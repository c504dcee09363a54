"""The derivatives of SciPy's distributions of vectors: the normal and the Dirichlet distribution.

The formulas are those of the logarithm of the density; the density itself has them times its value.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from srcgrad.errors import NoRule
from srcgrad.rules.registry import jvp, nograd, vjp
from srcgrad.runtime.helpers import unbroadcast

# multivariate_normal --------------------------------------------------------------------------------------------------


def covariance(mean, cov, size):
    """`cov` as a matrix: SciPy takes a number or the diagonal for it too."""
    if np.ndim(cov) == 2:
        return cov
    return cov * np.eye(size) if np.ndim(cov) == 0 else np.diag(cov)


def dimension(mean, cov) -> int:
    """The length of a vector."""
    if mean is not None:
        return np.size(mean)
    return np.shape(cov)[0] if np.ndim(cov) else 1


nograd(dimension, why="it depends on shapes only")


def deviations(x, mean, cov, allow_singular):
    """(x - mean as (..., d), the inverse of the covariance, and the product of the two)."""
    size = dimension(mean, cov)
    points = np.reshape(x, (-1, 1)) if size == 1 and np.ndim(x) < 2 else x
    matrix = covariance(mean, cov, size)
    inverse = np.linalg.pinv(matrix) if allow_singular else np.linalg.inv(matrix)
    away = points if mean is None else points - np.reshape(mean, size)
    return away, inverse, away @ inverse


def outer(y_bar, solved):
    """y_bar as a column beside `solved`; of a single point it is a number."""
    return np.reshape(y_bar, (*np.shape(solved)[:-1], 1))


def normal_x_bar(y_bar, x, mean, cov, allow_singular):
    """d log p = -(x - mean)^T cov^-1 dx."""
    _, _, solved = deviations(x, mean, cov, allow_singular)
    return unbroadcast(np.reshape(-outer(y_bar, solved) * solved, np.shape(x)), x)


def normal_mean_bar(y_bar, x, mean, cov, allow_singular):
    """d log p = (x - mean)^T cov^-1 dmean."""
    _, _, solved = deviations(x, mean, cov, allow_singular)
    return np.reshape(np.sum(np.reshape(outer(y_bar, solved) * solved, (-1, np.size(mean))), axis=0), np.shape(mean))


def normal_cov_bar(y_bar, x, mean, cov, allow_singular):
    """d log p = (v^T dcov v - tr(cov^-1 dcov)) / 2, v = cov^-1 (x - mean); the adjoint is symmetric."""
    if allow_singular:
        raise NoRule(
            "multivariate_normal has no derivative in cov with allow_singular=True",
            advice="Add a small multiple of the identity to cov.",
        )
    _, inverse, solved = deviations(x, mean, cov, allow_singular)
    columns = np.reshape(solved, (-1, np.shape(inverse)[0]))
    weights = np.reshape(y_bar, (-1, 1))
    full = (columns.T @ (weights * columns) - np.sum(weights) * inverse) / 2
    if np.ndim(cov) == 2:
        return full
    return np.diag(full) if np.ndim(cov) == 1 else np.trace(full)


def normal_x_dot(x_dot, y, x, mean, cov, allow_singular):
    """d log p = -(x - mean)^T cov^-1 dx."""
    _, _, solved = deviations(x, mean, cov, allow_singular)
    return np.reshape(-np.sum(solved * np.reshape(x_dot, np.shape(solved)), axis=-1), np.shape(y))


def normal_mean_dot(mean_dot, y, x, mean, cov, allow_singular):
    """d log p = (x - mean)^T cov^-1 dmean."""
    _, _, solved = deviations(x, mean, cov, allow_singular)
    return np.reshape(solved @ np.reshape(mean_dot, np.size(mean)), np.shape(y))


def normal_cov_dot(cov_dot, y, x, mean, cov, allow_singular):
    """d log p = (v^T dcov v - tr(cov^-1 dcov)) / 2, v = cov^-1 (x - mean)."""
    if allow_singular:
        raise NoRule("multivariate_normal has no derivative in cov with allow_singular=True")
    _, inverse, solved = deviations(x, mean, cov, allow_singular)
    matrix_dot = covariance(mean, cov_dot, np.shape(inverse)[0])
    change = np.sum(solved @ matrix_dot * solved, axis=-1) - np.sum(inverse.T * matrix_dot)
    return np.reshape(change / 2, np.shape(y))


@vjp(stats.multivariate_normal.logpdf, "x")
def multivariate_normal_logpdf_x_bar(y_bar, y, x, mean=None, cov=1, allow_singular=False):
    return normal_x_bar(y_bar, x, mean, cov, allow_singular)


@jvp(stats.multivariate_normal.logpdf, "x")
def multivariate_normal_logpdf_x_dot(x_dot, y, x, mean=None, cov=1, allow_singular=False):
    return normal_x_dot(x_dot, y, x, mean, cov, allow_singular)


@vjp(stats.multivariate_normal.logpdf, "mean")
def multivariate_normal_logpdf_mean_bar(y_bar, y, x, mean=None, cov=1, allow_singular=False):
    return normal_mean_bar(y_bar, x, mean, cov, allow_singular)


@jvp(stats.multivariate_normal.logpdf, "mean")
def multivariate_normal_logpdf_mean_dot(mean_dot, y, x, mean=None, cov=1, allow_singular=False):
    return normal_mean_dot(mean_dot, y, x, mean, cov, allow_singular)


@vjp(stats.multivariate_normal.logpdf, "cov")
def multivariate_normal_logpdf_cov_bar(y_bar, y, x, mean=None, cov=1, allow_singular=False):
    return normal_cov_bar(y_bar, x, mean, cov, allow_singular)


@jvp(stats.multivariate_normal.logpdf, "cov")
def multivariate_normal_logpdf_cov_dot(cov_dot, y, x, mean=None, cov=1, allow_singular=False):
    return normal_cov_dot(cov_dot, y, x, mean, cov, allow_singular)


@vjp(stats.multivariate_normal.pdf, "x")
def multivariate_normal_pdf_x_bar(y_bar, y, x, mean=None, cov=1, allow_singular=False):
    return normal_x_bar(y_bar * y, x, mean, cov, allow_singular)


@jvp(stats.multivariate_normal.pdf, "x")
def multivariate_normal_pdf_x_dot(x_dot, y, x, mean=None, cov=1, allow_singular=False):
    return normal_x_dot(x_dot, y, x, mean, cov, allow_singular) * y


@vjp(stats.multivariate_normal.pdf, "mean")
def multivariate_normal_pdf_mean_bar(y_bar, y, x, mean=None, cov=1, allow_singular=False):
    return normal_mean_bar(y_bar * y, x, mean, cov, allow_singular)


@jvp(stats.multivariate_normal.pdf, "mean")
def multivariate_normal_pdf_mean_dot(mean_dot, y, x, mean=None, cov=1, allow_singular=False):
    return normal_mean_dot(mean_dot, y, x, mean, cov, allow_singular) * y


@vjp(stats.multivariate_normal.pdf, "cov")
def multivariate_normal_pdf_cov_bar(y_bar, y, x, mean=None, cov=1, allow_singular=False):
    return normal_cov_bar(y_bar * y, x, mean, cov, allow_singular)


@jvp(stats.multivariate_normal.pdf, "cov")
def multivariate_normal_pdf_cov_dot(cov_dot, y, x, mean=None, cov=1, allow_singular=False):
    return normal_cov_dot(cov_dot, y, x, mean, cov, allow_singular) * y


@vjp(stats.multivariate_normal.entropy, "mean")
def multivariate_normal_entropy_mean_bar(y_bar, y, mean=None, cov=1):
    """A shift leaves the entropy as it is."""
    return None


@jvp(stats.multivariate_normal.entropy, "mean")
def multivariate_normal_entropy_mean_dot(mean_dot, y, mean=None, cov=1):
    """A shift leaves the entropy as it is."""
    return None


@vjp(stats.multivariate_normal.entropy, "cov")
def multivariate_normal_entropy_cov_bar(y_bar, y, mean=None, cov=1):
    """y = log det(2 pi e cov) / 2."""
    full = y_bar / 2 * np.linalg.inv(covariance(mean, cov, dimension(mean, cov))).T
    if np.ndim(cov) == 2:
        return full
    return np.diag(full) if np.ndim(cov) == 1 else np.trace(full)


@jvp(stats.multivariate_normal.entropy, "cov")
def multivariate_normal_entropy_cov_dot(cov_dot, y, mean=None, cov=1):
    """y = log det(2 pi e cov) / 2."""
    size = dimension(mean, cov)
    return np.trace(np.linalg.solve(covariance(mean, cov, size), covariance(mean, cov_dot, size))) / 2


# dirichlet: x holds the weights in its first axis; the last of them, 1 minus the sum, may be left out -----------------


def all_weights(x, alpha):
    """The weights with the last one."""
    if np.shape(x)[0] == np.shape(alpha)[0]:
        return x
    return np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])


def along(alpha, x):
    """alpha in the first axis of x."""
    return np.reshape(alpha, (-1,) + (1,) * (np.ndim(x) - 1))


def dirichlet_x_slope(x, alpha):
    """log p = sum (alpha - 1) log x - log B(alpha)."""
    weights = all_weights(x, alpha)
    slope = (along(alpha, x) - 1) / weights
    return slope if np.shape(x)[0] == np.shape(alpha)[0] else slope[:-1] - slope[-1]


def dirichlet_alpha_slope(x, alpha):
    """d log B / dalpha = psi(alpha) - psi(sum alpha)."""
    return np.log(all_weights(x, alpha)) + along(special.psi(np.sum(alpha)) - special.psi(alpha), x)


@vjp(stats.dirichlet.logpdf, "x")
def dirichlet_logpdf_x_bar(y_bar, y, x, alpha):
    return y_bar * dirichlet_x_slope(x, alpha)


@jvp(stats.dirichlet.logpdf, "x")
def dirichlet_logpdf_x_dot(x_dot, y, x, alpha):
    return np.sum(x_dot * dirichlet_x_slope(x, alpha), axis=0)


@vjp(stats.dirichlet.logpdf, "alpha")
def dirichlet_logpdf_alpha_bar(y_bar, y, x, alpha):
    slope = dirichlet_alpha_slope(x, alpha)
    return np.sum(np.reshape(y_bar * slope, (np.shape(alpha)[0], -1)), axis=1)


@jvp(stats.dirichlet.logpdf, "alpha")
def dirichlet_logpdf_alpha_dot(alpha_dot, y, x, alpha):
    return np.sum(along(alpha_dot, x) * dirichlet_alpha_slope(x, alpha), axis=0)


@vjp(stats.dirichlet.pdf, "x")
def dirichlet_pdf_x_bar(y_bar, y, x, alpha):
    return y_bar * y * dirichlet_x_slope(x, alpha)


@jvp(stats.dirichlet.pdf, "x")
def dirichlet_pdf_x_dot(x_dot, y, x, alpha):
    return np.sum(x_dot * dirichlet_x_slope(x, alpha), axis=0) * y


@vjp(stats.dirichlet.pdf, "alpha")
def dirichlet_pdf_alpha_bar(y_bar, y, x, alpha):
    slope = dirichlet_alpha_slope(x, alpha)
    return np.sum(np.reshape(y_bar * y * slope, (np.shape(alpha)[0], -1)), axis=1)


@jvp(stats.dirichlet.pdf, "alpha")
def dirichlet_pdf_alpha_dot(alpha_dot, y, x, alpha):
    return np.sum(along(alpha_dot, x) * dirichlet_alpha_slope(x, alpha), axis=0) * y
