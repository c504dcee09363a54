"""The derivatives of SciPy's discrete distributions, with respect to their parameters.

Outside of the support the logarithm of a probability is -inf, with slope 0.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from srcgrad.rules.registry import partials
from srcgrad.rules.scipy_special import no_partial

partials(
    stats.poisson.logpmf,
    lambda y, k, mu, loc=0: (
        no_partial(k, "poisson.logpmf in k"),
        np.where(np.isfinite(y), (k - loc) / mu - 1, 0),
        no_partial(loc, "poisson.logpmf in loc"),
    ),
)
partials(
    stats.poisson.pmf,
    lambda y, k, mu, loc=0: (
        no_partial(k, "poisson.pmf in k"),
        y * ((k - loc) / mu - 1),
        no_partial(loc, "poisson.pmf in loc"),
    ),
)


def poisson_density(k, mu):
    """The probability of floor(k)."""
    inside = np.where(k >= 0, np.floor(k), 0)
    return np.where(k >= 0, np.exp(special.xlogy(inside, mu) - mu - special.gammaln(inside + 1)), 0)


partials(
    stats.poisson.cdf,
    lambda y, k, mu, loc=0: (
        no_partial(k, "poisson.cdf in k"),
        -poisson_density(k - loc, mu),
        no_partial(loc, "poisson.cdf in loc"),
    ),
)
partials(
    stats.poisson.sf,
    lambda y, k, mu, loc=0: (
        no_partial(k, "poisson.sf in k"),
        poisson_density(k - loc, mu),
        no_partial(loc, "poisson.sf in loc"),
    ),
)
partials(
    stats.bernoulli.logpmf,
    lambda y, k, p, loc=0: (
        no_partial(k, "bernoulli.logpmf in k"),
        np.where(np.isfinite(y), (k - loc - p) / (p * (1 - p)), 0),
        no_partial(loc, "bernoulli.logpmf in loc"),
    ),
)
partials(
    stats.bernoulli.pmf,
    lambda y, k, p, loc=0: (
        no_partial(k, "bernoulli.pmf in k"),
        np.where(k - loc == 1, 1, np.where(k - loc == 0, -1, 0)),
        no_partial(loc, "bernoulli.pmf in loc"),
    ),
)
partials(
    stats.binom.logpmf,
    lambda y, k, n, p, loc=0: (
        no_partial(k, "binom.logpmf in k"),
        no_partial(n, "binom.logpmf in n"),
        np.where(np.isfinite(y), (k - loc - n * p) / (p * (1 - p)), 0),
        no_partial(loc, "binom.logpmf in loc"),
    ),
)
partials(
    stats.binom.pmf,
    lambda y, k, n, p, loc=0: (
        no_partial(k, "binom.pmf in k"),
        no_partial(n, "binom.pmf in n"),
        y * (k - loc - n * p) / (p * (1 - p)),
        no_partial(loc, "binom.pmf in loc"),
    ),
)
partials(
    stats.geom.logpmf,
    lambda y, k, p, loc=0: (
        no_partial(k, "geom.logpmf in k"),
        np.where(np.isfinite(y), 1 / p - (k - loc - 1) / (1 - p), 0),
        no_partial(loc, "geom.logpmf in loc"),
    ),
)
partials(
    stats.nbinom.logpmf,
    lambda y, k, n, p, loc=0: (
        no_partial(k, "nbinom.logpmf in k"),
        np.where(np.isfinite(y), special.psi(k - loc + n) - special.psi(n) + np.log(p), 0),
        np.where(np.isfinite(y), n / p - (k - loc) / (1 - p), 0),
        no_partial(loc, "nbinom.logpmf in loc"),
    ),
)
