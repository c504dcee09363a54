"""The derivatives of SciPy's continuous distributions: densities, distribution functions and their inverses.

A law is stated once, for loc = 0 and scale = 1, by the logarithm of its density and the slopes of that in z and in each
shape parameter; `continuous` makes the partial derivatives of all methods of it, with z = (x - loc) / scale. Where the
quantiles move with a shape parameter in a known way, `flow` is dz/dshape at a fixed probability; elsewhere the
derivative of a distribution function with respect to its shape is refused. The slope of a log-density is that of its
formula, outside of the support too; all others are 0 there.
"""

from __future__ import annotations

import math
from types import FunctionType

import numpy as np
from scipy import special, stats

from srcgrad.errors import NoRule
from srcgrad.rules.registry import Partials, nograd, partial_rules


def unknown_flow(z, *shapes):
    """How quantiles move with a shape parameter, where that has no closed form."""
    if all(np.result_type(shape).kind in "biu" for shape in shapes):
        return 0
    raise NoRule(
        "this distribution function has no derivative in closed form with respect to its shape",
        advice="Keep the shape constant, or differentiate the density.",
    )


nograd(unknown_flow, why="it is 0, or refused")

# Templates: the partial derivatives of each method, for laws of no, one and two shapes --------------------------------

log_density = slope = shape_slope = second_slope = flow = None  # the names that a law fills in

no_shape = {
    "logpdf": lambda y, x, loc=0, scale=1: (
        slope((x - loc) / scale) / scale,
        -slope((x - loc) / scale) / scale,
        -((x - loc) / scale * slope((x - loc) / scale) + 1) / scale,
    ),
    "pdf": lambda y, x, loc=0, scale=1: (
        y * slope((x - loc) / scale) / scale,
        -y * slope((x - loc) / scale) / scale,
        -y * ((x - loc) / scale * slope((x - loc) / scale) + 1) / scale,
    ),
    "cdf": lambda y, x, loc=0, scale=1: (
        np.exp(log_density((x - loc) / scale)) / scale,
        -np.exp(log_density((x - loc) / scale)) / scale,
        -(x - loc) / scale * np.exp(log_density((x - loc) / scale)) / scale,
    ),
    "sf": lambda y, x, loc=0, scale=1: (
        -np.exp(log_density((x - loc) / scale)) / scale,
        np.exp(log_density((x - loc) / scale)) / scale,
        (x - loc) / scale * np.exp(log_density((x - loc) / scale)) / scale,
    ),
    "logcdf": lambda y, x, loc=0, scale=1: (
        np.exp(log_density((x - loc) / scale) - y) / scale,
        -np.exp(log_density((x - loc) / scale) - y) / scale,
        -(x - loc) / scale * np.exp(log_density((x - loc) / scale) - y) / scale,
    ),
    "logsf": lambda y, x, loc=0, scale=1: (
        -np.exp(log_density((x - loc) / scale) - y) / scale,
        np.exp(log_density((x - loc) / scale) - y) / scale,
        (x - loc) / scale * np.exp(log_density((x - loc) / scale) - y) / scale,
    ),
    "ppf": lambda x, q, loc=0, scale=1: (np.exp(-log_density((x - loc) / scale)) * scale, 1, (x - loc) / scale),
    "isf": lambda x, q, loc=0, scale=1: (-np.exp(-log_density((x - loc) / scale)) * scale, 1, (x - loc) / scale),
}
one_shape = {
    "logpdf": lambda y, x, a, loc=0, scale=1: (
        slope((x - loc) / scale, a) / scale,
        shape_slope((x - loc) / scale, a),
        -slope((x - loc) / scale, a) / scale,
        -((x - loc) / scale * slope((x - loc) / scale, a) + 1) / scale,
    ),
    "pdf": lambda y, x, a, loc=0, scale=1: (
        y * slope((x - loc) / scale, a) / scale,
        y * shape_slope((x - loc) / scale, a),
        -y * slope((x - loc) / scale, a) / scale,
        -y * ((x - loc) / scale * slope((x - loc) / scale, a) + 1) / scale,
    ),
    "cdf": lambda y, x, a, loc=0, scale=1: (
        np.exp(log_density((x - loc) / scale, a)) / scale,
        -np.exp(log_density((x - loc) / scale, a)) * flow((x - loc) / scale, a),
        -np.exp(log_density((x - loc) / scale, a)) / scale,
        -(x - loc) / scale * np.exp(log_density((x - loc) / scale, a)) / scale,
    ),
    "sf": lambda y, x, a, loc=0, scale=1: (
        -np.exp(log_density((x - loc) / scale, a)) / scale,
        np.exp(log_density((x - loc) / scale, a)) * flow((x - loc) / scale, a),
        np.exp(log_density((x - loc) / scale, a)) / scale,
        (x - loc) / scale * np.exp(log_density((x - loc) / scale, a)) / scale,
    ),
    "logcdf": lambda y, x, a, loc=0, scale=1: (
        np.exp(log_density((x - loc) / scale, a) - y) / scale,
        -np.exp(log_density((x - loc) / scale, a) - y) * flow((x - loc) / scale, a),
        -np.exp(log_density((x - loc) / scale, a) - y) / scale,
        -(x - loc) / scale * np.exp(log_density((x - loc) / scale, a) - y) / scale,
    ),
    "logsf": lambda y, x, a, loc=0, scale=1: (
        -np.exp(log_density((x - loc) / scale, a) - y) / scale,
        np.exp(log_density((x - loc) / scale, a) - y) * flow((x - loc) / scale, a),
        np.exp(log_density((x - loc) / scale, a) - y) / scale,
        (x - loc) / scale * np.exp(log_density((x - loc) / scale, a) - y) / scale,
    ),
    "ppf": lambda x, q, a, loc=0, scale=1: (
        np.exp(-log_density((x - loc) / scale, a)) * scale,
        flow((x - loc) / scale, a) * scale,
        1,
        (x - loc) / scale,
    ),
    "isf": lambda x, q, a, loc=0, scale=1: (
        -np.exp(-log_density((x - loc) / scale, a)) * scale,
        flow((x - loc) / scale, a) * scale,
        1,
        (x - loc) / scale,
    ),
}
two_shapes = {
    "logpdf": lambda y, x, a, b, loc=0, scale=1: (
        slope((x - loc) / scale, a, b) / scale,
        shape_slope((x - loc) / scale, a, b),
        second_slope((x - loc) / scale, a, b),
        -slope((x - loc) / scale, a, b) / scale,
        -((x - loc) / scale * slope((x - loc) / scale, a, b) + 1) / scale,
    ),
    "pdf": lambda y, x, a, b, loc=0, scale=1: (
        y * slope((x - loc) / scale, a, b) / scale,
        y * shape_slope((x - loc) / scale, a, b),
        y * second_slope((x - loc) / scale, a, b),
        -y * slope((x - loc) / scale, a, b) / scale,
        -y * ((x - loc) / scale * slope((x - loc) / scale, a, b) + 1) / scale,
    ),
    "cdf": lambda y, x, a, b, loc=0, scale=1: (
        np.exp(log_density((x - loc) / scale, a, b)) / scale,
        unknown_flow(x, a),
        unknown_flow(x, b),
        -np.exp(log_density((x - loc) / scale, a, b)) / scale,
        -(x - loc) / scale * np.exp(log_density((x - loc) / scale, a, b)) / scale,
    ),
    "sf": lambda y, x, a, b, loc=0, scale=1: (
        -np.exp(log_density((x - loc) / scale, a, b)) / scale,
        unknown_flow(x, a),
        unknown_flow(x, b),
        np.exp(log_density((x - loc) / scale, a, b)) / scale,
        (x - loc) / scale * np.exp(log_density((x - loc) / scale, a, b)) / scale,
    ),
}
TEMPLATES = (no_shape, one_shape, two_shapes)


def continuous(law, log_density, slope, *shape_slopes, flow=unknown_flow):
    """State the partial derivatives of the methods of a law: the templates with these functions for the open names."""
    shapes = tuple(name.strip() for name in law.shapes.split(",")) if law.shapes else ()
    named = dict(zip(("shape_slope", "second_slope"), shape_slopes), log_density=log_density, slope=slope, flow=flow)
    for method, template in TEMPLATES[len(shapes)].items():
        function = FunctionType(template.__code__, {**globals(), **named}, method, template.__defaults__)
        first = "q" if method in ("ppf", "isf") else "x"
        primitive = getattr(law, method)
        partial_rules[primitive] = Partials(primitive, function, (first, *shapes, "loc", "scale"))


def within(inside, z, safe):
    """z inside of the support and a number in it elsewhere, so that no formula sees what it is not made for."""
    return np.where(inside, z, safe)


def supported(inside, log_density):
    """A log-density inside of the support, -inf outside."""
    return np.where(inside, log_density, -np.inf)


# Laws of location and scale -------------------------------------------------------------------------------------------


def norm_log_density(z):
    return -z * z / 2 - math.log(2 * math.pi) / 2


def norm_slope(z):
    return -z


def expon_log_density(z):
    return supported(z >= 0, -z)


def expon_slope(z):
    return z * 0 - 1


def uniform_log_density(z):
    return supported((z >= 0) & (z <= 1), z * 0)


def uniform_slope(z):
    return z * 0


def laplace_log_density(z):
    return -np.abs(z) - math.log(2)


def laplace_slope(z):
    return -np.sign(z)


def logistic_log_density(z):
    return special.log_expit(z) + special.log_expit(-z)


def logistic_slope(z):
    return -np.tanh(z / 2)


def cauchy_log_density(z):
    return -np.log1p(z * z) - math.log(math.pi)


def cauchy_slope(z):
    return -2 * z / (1 + z * z)


def gumbel_log_density(z):
    return -z - np.exp(-z)


def gumbel_slope(z):
    return np.exp(-z) - 1


def halfnorm_log_density(z):
    return supported(z >= 0, -z * z / 2 + math.log(2 / math.pi) / 2)


def rayleigh_log_density(z):
    return supported(z > 0, np.log(within(z > 0, z, 1)) - z * z / 2)


def rayleigh_slope(z):
    return 1 / z - z


continuous(stats.norm, norm_log_density, norm_slope)
continuous(stats.expon, expon_log_density, expon_slope)
continuous(stats.uniform, uniform_log_density, uniform_slope)
continuous(stats.laplace, laplace_log_density, laplace_slope)
continuous(stats.logistic, logistic_log_density, logistic_slope)
continuous(stats.cauchy, cauchy_log_density, cauchy_slope)
continuous(stats.gumbel_r, gumbel_log_density, gumbel_slope)
continuous(stats.halfnorm, halfnorm_log_density, norm_slope)
continuous(stats.rayleigh, rayleigh_log_density, rayleigh_slope)

# Laws with a shape ----------------------------------------------------------------------------------------------------
# Logarithms of |z|: outside of the support a density of 0 is multiplied with them, which must not be nan.


def t_log_density(z, df):
    constant = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - np.log(df * math.pi) / 2
    return constant - (df + 1) / 2 * np.log1p(z * z / df)


def t_slope(z, df):
    return -(df + 1) * z / (df + z * z)


def t_df_slope(z, df):
    tail = z * z * (df + 1) / (df * (df + z * z)) - np.log1p(z * z / df)
    return (tail - 1 / df - special.psi(df / 2) + special.psi((df + 1) / 2)) / 2


def gamma_log_density(z, a):
    inside = within(z >= 0, z, 1)
    return supported(z >= 0, special.xlogy(a - 1, inside) - inside - special.gammaln(a))


def gamma_slope(z, a):
    return (a - 1) / z - 1


def gamma_a_slope(z, a):
    return np.log(np.abs(z)) - special.psi(a)


def chi2_log_density(z, df):
    return gamma_log_density(z / 2, df / 2) - math.log(2)


def chi2_slope(z, df):
    return (df / 2 - 1) / z - 0.5


def chi2_df_slope(z, df):
    return (np.log(np.abs(z) / 2) - special.psi(df / 2)) / 2


def invgamma_log_density(z, a):
    inside = within(z > 0, z, 1)
    return supported(z > 0, -(a + 1) * np.log(inside) - special.gammaln(a) - 1 / inside)


def invgamma_slope(z, a):
    return (1 / z - (a + 1)) / z


def invgamma_a_slope(z, a):
    return -np.log(np.abs(z)) - special.psi(a)


def lognorm_log_density(z, s):
    logarithm = np.log(within(z > 0, z, 1))
    return supported(z > 0, -logarithm * logarithm / (2 * s * s) - logarithm - np.log(s) - math.log(2 * math.pi) / 2)


def lognorm_slope(z, s):
    return -(np.log(np.abs(z)) / (s * s) + 1) / z


def lognorm_s_slope(z, s):
    return (np.log(np.abs(z)) ** 2 / (s * s) - 1) / s


def lognorm_flow(z, s):
    """z = exp(s n), n normal."""
    return special.xlogy(z, np.abs(z)) / s


def weibull_log_density(z, c):
    inside = within(z > 0, z, 1)
    return supported(z > 0, np.log(c) + (c - 1) * np.log(inside) - inside**c)


def weibull_slope(z, c):
    return (c - 1 - c * np.abs(z) ** c) / z


def weibull_c_slope(z, c):
    return 1 / c + np.log(np.abs(z)) * (1 - np.abs(z) ** c)


def weibull_flow(z, c):
    """z = e^(1/c), e exponential."""
    return -special.xlogy(z, np.abs(z)) / c


def pareto_log_density(z, b):
    return supported(z >= 1, np.log(b) - (b + 1) * np.log(within(z >= 1, z, 1)))


def pareto_slope(z, b):
    return -(b + 1) / z


def pareto_b_slope(z, b):
    return 1 / b - np.log(np.abs(z))


def pareto_flow(z, b):
    """z = u^(-1/b), u uniform."""
    return -special.xlogy(z, np.abs(z)) / b


def beta_log_density(z, a, b):
    inside = within((z >= 0) & (z <= 1), z, 0.5)
    law = special.xlogy(a - 1, inside) + special.xlog1py(b - 1, -inside) - special.betaln(a, b)
    return supported((z >= 0) & (z <= 1), law)


def beta_slope(z, a, b):
    return (a - 1) / z - (b - 1) / (1 - z)


def beta_a_slope(z, a, b):
    return np.log(np.abs(z)) - special.psi(a) + special.psi(a + b)


def beta_b_slope(z, a, b):
    return np.log(np.abs(1 - z)) - special.psi(b) + special.psi(a + b)


continuous(stats.t, t_log_density, t_slope, t_df_slope)
continuous(stats.gamma, gamma_log_density, gamma_slope, gamma_a_slope)
continuous(stats.chi2, chi2_log_density, chi2_slope, chi2_df_slope)
continuous(stats.invgamma, invgamma_log_density, invgamma_slope, invgamma_a_slope)
continuous(stats.lognorm, lognorm_log_density, lognorm_slope, lognorm_s_slope, flow=lognorm_flow)
continuous(stats.weibull_min, weibull_log_density, weibull_slope, weibull_c_slope, flow=weibull_flow)
continuous(stats.pareto, pareto_log_density, pareto_slope, pareto_b_slope, flow=pareto_flow)
continuous(stats.beta, beta_log_density, beta_slope, beta_a_slope, beta_b_slope)
