"""The derivatives of SciPy's special functions: a table of partial derivatives, like that of the elementwise functions.

Formulas: NIST Digital Library of Mathematical Functions (DLMF), by chapter. A quotient that is 0/0 at an ordinary point
is written as the hypergeometric function that it is. A parameter in which a function has no derivative in closed form
stands as `no_partial`: a call is refused where that parameter carries a derivative, not where it is a constant.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from srcgrad.errors import NoRule
from srcgrad.rules.registry import jvp, nograd, partials, vjp
from srcgrad.runtime.helpers import unbroadcast


def no_partial(x, name):
    """0 for an integer `x`, by which nobody differentiates; raises NoRule for any other."""
    if np.result_type(x).kind in "biu":
        return 0
    raise NoRule(f"{name} has no derivative in closed form", advice="Keep that argument constant, or register a rule.")


nograd(no_partial, why="it is 0, or refused")
nograd(special.gammasgn, special.round, why="its result is piecewise constant")

# Exponentials, logarithms, powers -------------------------------------------------------------------------------------

partials(special.cbrt, lambda y, x: 1 / (3 * y * y))
partials(special.exp2, lambda y, x: y * math.log(2))
partials(special.exp10, lambda y, x: y * math.log(10))
partials(special.expm1, lambda y, x: y + 1)
partials(special.log1p, lambda y, x: 1 / (1 + x))
partials(special.exprel, lambda y, x: special.hyp1f1(2, 3, x) / 2)
partials(special.cosm1, lambda y, x: -np.sin(x))
partials(special.powm1, lambda y, a, b: (b * a ** (b - 1), (y + 1) * np.log(a)))
partials(special.sindg, lambda y, x: special.cosdg(x) * (math.pi / 180))
partials(special.cosdg, lambda y, x: -special.sindg(x) * (math.pi / 180))
partials(special.tandg, lambda y, x: (1 + y * y) * (math.pi / 180))
partials(special.cotdg, lambda y, x: -(1 + y * y) * (math.pi / 180))

# The power that a Box-Cox transform is shifted to, at l = 0 too: y = log(x) exprel(l log(x)).
partials(special.boxcox, lambda y, x, l: (x ** (l - 1), np.log(x) ** 2 * special.hyp1f1(2, 3, l * np.log(x)) / 2))
partials(
    special.boxcox1p,
    lambda y, x, l: ((1 + x) ** (l - 1), np.log1p(x) ** 2 * special.hyp1f1(2, 3, l * np.log1p(x)) / 2),
)
partials(special.inv_boxcox, lambda x, y, l: (x ** (1 - l), -x * y * y * special.hyp2f1(2.0, 2.0, 3.0, -l * y) / 2))
partials(
    special.inv_boxcox1p,
    lambda x, y, l: ((1 + x) ** (1 - l), -(1 + x) * y * y * special.hyp2f1(2.0, 2.0, 3.0, -l * y) / 2),
)

# Entropies and losses -------------------------------------------------------------------------------------------------

# At x == y == 0 the slope in y is taken as 0.
partials(special.xlogy, lambda z, x, y: (np.log(y), x / np.where((x == 0) & (y == 0), 1, y)))
partials(special.xlog1py, lambda z, x, y: (np.log1p(y), x / np.where((x == 0) & (y == -1), 1, 1 + y)))
partials(special.entr, lambda y, x: -np.log(x) - 1)
partials(special.rel_entr, lambda z, x, y: (np.log(x / y) + 1, -x / y))
partials(special.kl_div, lambda z, x, y: (np.log(x / y), 1 - x / y))
partials(special.huber, lambda y, delta, r: (np.maximum(np.abs(r) - delta, 0), np.clip(r, -delta, delta)))
partials(
    special.pseudo_huber,
    lambda y, delta, r: (2 * y / delta - r * r / np.hypot(delta, r), r * delta / np.hypot(delta, r)),
)

# Logistic functions: tails as accurate as the functions themselves ----------------------------------------------------

partials(special.expit, lambda y, x: y * special.expit(-x))
partials(special.log_expit, lambda y, x: special.expit(-x))
partials(special.logit, lambda y, x: 1 / (x * (1 - x)))

# Error functions and the normal distribution (DLMF 7) -----------------------------------------------------------------

partials(special.erf, lambda y, x: 2 / math.sqrt(math.pi) * np.exp(-x * x))
partials(special.erfc, lambda y, x: -2 / math.sqrt(math.pi) * np.exp(-x * x))
partials(special.erfi, lambda y, x: 2 / math.sqrt(math.pi) * np.exp(x * x))
partials(special.erfcx, lambda y, x: 2 * x * y - 2 / math.sqrt(math.pi))
partials(special.dawsn, lambda y, x: 1 - 2 * x * y)
partials(special.erfinv, lambda y, x: math.sqrt(math.pi) / 2 * np.exp(y * y))
partials(special.erfcinv, lambda y, x: -math.sqrt(math.pi) / 2 * np.exp(y * y))
partials(special.ndtr, lambda y, x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi))
# The density over the distribution function, which does not underflow together with them.
partials(special.log_ndtr, lambda y, x: math.sqrt(2 / math.pi) / special.erfcx(-x / math.sqrt(2)))
partials(special.ndtri, lambda x, y: math.sqrt(2 * math.pi) * np.exp(x * x / 2))
partials(special.ndtri_exp, lambda x, y: math.sqrt(math.pi / 2) * special.erfcx(-x / math.sqrt(2)))
partials(
    special.owens_t,
    lambda y, h, a: (
        -np.exp(-h * h / 2) * special.erf(a * h / math.sqrt(2)) / math.sqrt(8 * math.pi),
        np.exp(-h * h * (1 + a * a) / 2) / (2 * math.pi * (1 + a * a)),
    ),
)

# Exponential integrals (DLMF 6, 8.19) ---------------------------------------------------------------------------------

partials(special.exp1, lambda y, x: -np.exp(-x) / x)
partials(special.expi, lambda y, x: np.exp(x) / x)
partials(special.expn, lambda y, n, x: (no_partial(n, "expn in n"), ((n - 1) * y - np.exp(-x)) / x))
partials(special.spence, lambda y, z: -special.hyp2f1(1.0, 1.0, 2.0, 1 - z))

# Gamma functions (DLMF 5, 8) ------------------------------------------------------------------------------------------

for psi in (special.psi, special.digamma):
    partials(psi, lambda y, x: special.zeta(2, x))
partials(special.polygamma, lambda y, n, x: (no_partial(n, "polygamma in n"), special.polygamma(n + 1, x)))
partials(special.gamma, lambda y, x: y * special.psi(x))
partials(special.gammaln, lambda y, x: special.psi(x))
partials(special.loggamma, lambda y, z: special.psi(z))
partials(special.rgamma, lambda y, x: -y * special.psi(x))
partials(special.poch, lambda y, z, m: (y * (special.psi(z + m) - special.psi(z)), y * special.psi(z + m)))
partials(
    special.binom,
    lambda y, n, k: (
        y * (special.psi(n + 1) - special.psi(n - k + 1)),
        y * (special.psi(n - k + 1) - special.psi(k + 1)),
    ),
)
partials(
    special.multigammaln,
    lambda y, a, d: (
        np.sum(special.psi(np.expand_dims(a, -1) - np.arange(d) / 2), axis=-1),
        no_partial(d, "multigammaln in d"),
    ),
)
partials(special.zeta, lambda y, x, q: (no_partial(x, "zeta in x"), -x * special.zeta(x + 1, q)))


def log_gamma_density(x, a):
    """The logarithm of the slope of the incomplete gamma function in x, which is the density of the gamma law."""
    return special.xlogy(a - 1, x) - x - special.gammaln(a)


partials(special.gammainc, lambda y, a, x: (no_partial(a, "gammainc in a"), np.exp(log_gamma_density(x, a))))
partials(special.gammaincc, lambda y, a, x: (no_partial(a, "gammaincc in a"), -np.exp(log_gamma_density(x, a))))
partials(special.gammaincinv, lambda x, a, y: (no_partial(a, "gammaincinv in a"), np.exp(-log_gamma_density(x, a))))
partials(special.gammainccinv, lambda x, a, y: (no_partial(a, "gammainccinv in a"), -np.exp(-log_gamma_density(x, a))))

# Beta functions (DLMF 5.12, 8.17) -------------------------------------------------------------------------------------

partials(
    special.beta,
    lambda y, a, b: (
        y * (special.psi(a) - special.psi(a + b)),
        y * (special.psi(b) - special.psi(a + b)),
    ),
)
partials(
    special.betaln,
    lambda y, a, b: (special.psi(a) - special.psi(a + b), special.psi(b) - special.psi(a + b)),
)


def log_beta_density(x, a, b):
    """The logarithm of the slope of the incomplete beta function in x, which is the density of the beta law."""
    return special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)


partials(
    special.betainc,
    lambda y, a, b, x: (
        no_partial(a, "betainc in a"),
        no_partial(b, "betainc in b"),
        np.exp(log_beta_density(x, a, b)),
    ),
)
partials(
    special.betaincc,
    lambda y, a, b, x: (
        no_partial(a, "betaincc in a"),
        no_partial(b, "betaincc in b"),
        -np.exp(log_beta_density(x, a, b)),
    ),
)
partials(
    special.betaincinv,
    lambda x, a, b, y: (
        no_partial(a, "betaincinv in a"),
        no_partial(b, "betaincinv in b"),
        np.exp(-log_beta_density(x, a, b)),
    ),
)
partials(
    special.betainccinv,
    lambda x, a, b, y: (
        no_partial(a, "betainccinv in a"),
        no_partial(b, "betainccinv in b"),
        -np.exp(-log_beta_density(x, a, b)),
    ),
)

# Bessel functions (DLMF 10.6, 10.29) ----------------------------------------------------------------------------------

partials(special.j0, lambda y, x: -special.j1(x))
partials(special.j1, lambda y, x: (special.j0(x) - special.jv(2, x)) / 2)
partials(special.y0, lambda y, x: -special.y1(x))
partials(special.y1, lambda y, x: (special.y0(x) - special.yv(2, x)) / 2)
partials(special.i0, lambda y, x: special.i1(x))
partials(special.i1, lambda y, x: (special.i0(x) + special.iv(2, x)) / 2)
partials(special.k0, lambda y, x: -special.k1(x))
partials(special.k1, lambda y, x: -(special.k0(x) + special.kv(2, x)) / 2)
partials(special.jv, lambda y, v, z: (no_partial(v, "jv in v"), (special.jv(v - 1, z) - special.jv(v + 1, z)) / 2))
partials(special.yv, lambda y, v, z: (no_partial(v, "yv in v"), (special.yv(v - 1, z) - special.yv(v + 1, z)) / 2))
partials(special.yn, lambda y, n, x: (no_partial(n, "yn in n"), (special.yn(n - 1, x) - special.yn(n + 1, x)) / 2))
partials(special.iv, lambda y, v, z: (no_partial(v, "iv in v"), (special.iv(v - 1, z) + special.iv(v + 1, z)) / 2))
partials(special.kv, lambda y, v, z: (no_partial(v, "kv in v"), -(special.kv(v - 1, z) + special.kv(v + 1, z)) / 2))
partials(special.kn, lambda y, n, x: (no_partial(n, "kn in n"), -(special.kn(n - 1, x) + special.kn(n + 1, x)) / 2))

# Scaled by exp(-|Re z|), exp(-|Im z|) or exp(z); the slope of |x| is 0 at 0.
partials(special.i0e, lambda y, x: special.i1e(x) - np.sign(x) * y)
partials(special.i1e, lambda y, x: (special.i0e(x) + special.ive(2, x)) / 2 - np.sign(x) * y)
partials(special.k0e, lambda y, x: y - special.k1e(x))
partials(special.k1e, lambda y, x: y - (special.k0e(x) + special.kve(2, x)) / 2)
partials(
    special.ive,
    lambda y, v, z: (
        no_partial(v, "ive in v"),
        (special.ive(v - 1, z) + special.ive(v + 1, z)) / 2 - np.sign(z) * y,
    ),
)
partials(
    special.kve,
    lambda y, v, z: (no_partial(v, "kve in v"), y - (special.kve(v - 1, z) + special.kve(v + 1, z)) / 2),
)

# Elliptic integrals (DLMF 19.4) and hypergeometric functions (DLMF 13.3, 15.5, 16.3) ----------------------------------

partials(special.ellipk, lambda y, m: math.pi / 8 * special.hyp2f1(1.5, 1.5, 2.0, m))
partials(special.ellipe, lambda y, m: -math.pi / 8 * special.hyp2f1(0.5, 1.5, 2.0, m))
partials(special.ellipkm1, lambda y, p: (y - special.ellipe(1 - p) / p) / (2 * (1 - p)))
# In m at m == 0 these are nan.
partials(
    special.ellipkinc,
    lambda y, phi, m: (
        1 / np.sqrt(1 - m * np.sin(phi) ** 2),
        (special.ellipeinc(phi, m) / (1 - m) - y) / (2 * m)
        - np.sin(2 * phi) / (4 * (1 - m) * np.sqrt(1 - m * np.sin(phi) ** 2)),
    ),
)
partials(
    special.ellipeinc,
    lambda y, phi, m: (np.sqrt(1 - m * np.sin(phi) ** 2), (y - special.ellipkinc(phi, m)) / (2 * m)),
)
partials(special.hyp0f1, lambda y, v, z: (no_partial(v, "hyp0f1 in v"), special.hyp0f1(v + 1, z) / v))
partials(
    special.hyp1f1,
    lambda y, a, b, z: (
        no_partial(a, "hyp1f1 in a"),
        no_partial(b, "hyp1f1 in b"),
        a / b * special.hyp1f1(a + 1, b + 1, z),
    ),
)
partials(
    special.hyperu,
    lambda y, a, b, z: (
        no_partial(a, "hyperu in a"),
        no_partial(b, "hyperu in b"),
        -a * special.hyperu(a + 1, b + 1, z),
    ),
)
partials(
    special.hyp2f1,
    lambda y, a, b, c, z: (
        no_partial(a, "hyp2f1 in a"),
        no_partial(b, "hyp2f1 in b"),
        no_partial(c, "hyp2f1 in c"),
        a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, z),
    ),
)

# Complex results of real arguments ------------------------------------------------------------------------------------


def lambertw_slope(w):
    """dw/dz where w exp(w) = z, which is 1 at 0."""
    return np.exp(-w) / (1 + w)


@vjp(special.lambertw, "z")
def lambertw_z_bar(w_bar, w, z, k=0, tol=1e-8):
    """w exp(w) = z, on branch k."""
    return unbroadcast(w_bar * lambertw_slope(w), z)


@jvp(special.lambertw, "z")
def lambertw_z_dot(z_dot, w, z, k=0, tol=1e-8):
    """w exp(w) = z, on branch k."""
    return z_dot * lambertw_slope(w)


@vjp(special.wofz)
def wofz_z_bar(w_bar, w, z):
    """w = exp(-z^2) erfc(-iz), dw = (2i / sqrt(pi) - 2 z w) dz (DLMF 7.10.2)."""
    return unbroadcast(w_bar * (2j / math.sqrt(math.pi) - 2 * z * w), z)


@jvp(special.wofz)
def wofz_z_dot(z_dot, w, z):
    """w = exp(-z^2) erfc(-iz), dw = (2i / sqrt(pi) - 2 z w) dz."""
    return z_dot * (2j / math.sqrt(math.pi) - 2 * z * w)


# Normalisation over an axis -------------------------------------------------------------------------------------------


@vjp(special.softmax)
def softmax_x_bar(y_bar, y, x, axis=None):
    """y = exp(x) / sum exp(x), dy = y (dx - sum y dx)."""
    return y * (y_bar - np.sum(y_bar * y, axis=axis, keepdims=True))


@jvp(special.softmax)
def softmax_x_dot(x_dot, y, x, axis=None):
    """y = exp(x) / sum exp(x), dy = y (dx - sum y dx)."""
    return y * (x_dot - np.sum(y * x_dot, axis=axis, keepdims=True))


@vjp(special.log_softmax)
def log_softmax_x_bar(y_bar, y, x, axis=None):
    """y = x - log sum exp(x), dy = dx - sum exp(y) dx."""
    return y_bar - np.exp(y) * np.sum(y_bar, axis=axis, keepdims=True)


@jvp(special.log_softmax)
def log_softmax_x_dot(x_dot, y, x, axis=None):
    """y = x - log sum exp(x), dy = dx - sum exp(y) dx."""
    return x_dot - np.sum(np.exp(y) * x_dot, axis=axis, keepdims=True)


def logsumexp_weights(y, a, axis, keepdims):
    """exp(a - y), the slopes of y = log sum exp(a): 0 where all terms are, finite where a weight of 0 hides a term."""
    y = with_axes(y, a, axis, keepdims)
    exponents = a - np.where(y == -np.inf, 0, y)
    return np.exp(np.where(np.real(exponents) > 700, 700, exponents))


def with_axes(y_bar, a, axis, keepdims):
    """`y_bar` with the axes over which `a` was summed."""
    if keepdims:
        return y_bar
    return np.expand_dims(y_bar, tuple(range(np.ndim(a))) if axis is None else axis)


@vjp(special.logsumexp, "a")
def logsumexp_a_bar(y_bar, y, a, axis=None, b=None, keepdims=False):
    """y = log sum b exp(a), dy = sum b exp(a - y) da."""
    terms = a if b is None else a + np.zeros(np.shape(b))
    slopes = logsumexp_weights(y, terms, axis, keepdims) * (1 if b is None else b)
    return unbroadcast(with_axes(y_bar, terms, axis, keepdims) * slopes, a)


@jvp(special.logsumexp, "a")
def logsumexp_a_dot(a_dot, y, a, axis=None, b=None, keepdims=False):
    """y = log sum b exp(a), dy = sum b exp(a - y) da."""
    terms = a if b is None else a + np.zeros(np.shape(b))
    slopes = logsumexp_weights(y, terms, axis, keepdims) * (1 if b is None else b)
    return np.sum(slopes * a_dot, axis=axis, keepdims=keepdims)


@vjp(special.logsumexp, "b")
def logsumexp_b_bar(y_bar, y, a, axis=None, b=None, keepdims=False):
    """y = log sum b exp(a), dy = sum exp(a - y) db."""
    terms = a + np.zeros(np.shape(b))
    return unbroadcast(with_axes(y_bar, terms, axis, keepdims) * logsumexp_weights(y, terms, axis, keepdims), b)


@jvp(special.logsumexp, "b")
def logsumexp_b_dot(b_dot, y, a, axis=None, b=None, keepdims=False):
    """y = log sum b exp(a), dy = sum exp(a - y) db."""
    terms = a + np.zeros(np.shape(b))
    return np.sum(logsumexp_weights(y, terms, axis, keepdims) * b_dot, axis=axis, keepdims=keepdims)
