"""Rules of scipy.stats: by differences in both modes, to second order, beside autograd's, and outside of supports."""

import numpy as np
import pytest

import srcgrad
from srcgrad.rules import registry
from srcgrad.testing import check_grads

stats = pytest.importorskip("scipy.stats")
registry.load_later()

# Shapes and points in the support of each law for loc = 0.3 and scale = 1.7.
X = 0.3 + 1.7 * np.array([0.15, 0.4, 0.7, 0.92])
FAR = X + 2.0
CONTINUOUS = {
    "norm": (X,), "expon": (X,), "uniform": (X,), "laplace": (X,), "logistic": (X,), "cauchy": (X,), "gumbel_r": (X,),
    "halfnorm": (X,), "rayleigh": (X,), "t": (X, 3.4), "gamma": (X, 2.4), "chi2": (X, 3.4), "invgamma": (X, 2.4),
    "lognorm": (X, 0.8), "weibull_min": (X, 1.6), "pareto": (FAR, 2.3), "beta": (X, 1.6, 2.3),
}  # fmt: skip
METHODS = ("logpdf", "pdf", "cdf", "sf", "logcdf", "logsf", "ppf", "isf")
FLOWING = ("lognorm", "weibull_min", "pareto")  # laws whose distribution function has a derivative in its shape
CALLS = [(law, m) for law in CONTINUOUS for m in METHODS if law != "beta" or m in ("logpdf", "pdf", "cdf", "sf")]


def arguments(law, method):
    """(arguments, positions to differentiate by) with a column for loc and a number for scale."""
    x, *shapes = CONTINUOUS[law]
    first = np.array([0.12, 0.34, 0.57, 0.81]) if method in ("ppf", "isf") else x
    args = (first, *shapes, np.array([[0.3], [0.25]]), 1.7)
    smooth = method.endswith("pdf") or law in FLOWING
    return args, [i for i in range(len(args)) if smooth or not 1 <= i <= len(shapes)]


@pytest.mark.parametrize("law, method", CALLS, ids=lambda value: value)
def test_continuous_laws(law, method):
    args, wrt = arguments(law, method)
    check_grads(getattr(getattr(stats, law), method), argnum=wrt, order=1)(*args)


@pytest.mark.parametrize("law", CONTINUOUS)
@pytest.mark.parametrize("method", ["logpdf", "cdf"])
def test_second_derivatives(law, method):
    args, wrt = arguments(law, method)
    primal = getattr(getattr(stats, law), method)
    if len(wrt) < len(args):
        primal, args = with_shapes(primal, args[1:-2]), (args[0], *args[-2:])
    check_grads(primal, modes=("rev",), order=2)(*args)


def with_shapes(primal, shapes):
    """The method for constant shapes."""
    if len(shapes) == 1:
        return lambda x, loc, scale: primal(x, shapes[0], loc, scale)
    return lambda x, loc, scale: primal(x, shapes[0], shapes[1], loc, scale)


AUTOGRAD = [
    *[("norm", m) for m in ("pdf", "cdf", "sf", "logpdf", "logcdf", "logsf")],
    *[("t", m) for m in ("pdf", "cdf", "logpdf", "logcdf")],
    *[(law, m) for law in ("gamma", "beta") for m in ("pdf", "cdf", "logpdf")],
]


@pytest.mark.parametrize("law, method", AUTOGRAD, ids=lambda value: value)
def test_agrees_with_autograd(law, method):
    autograd, theirs = pytest.importorskip("autograd"), pytest.importorskip("autograd.scipy.stats")
    x, *shapes = CONTINUOUS[law]
    args = (x / 2, *(np.full(4, shape) for shape in shapes))
    if law in ("norm", "t"):
        args = (*args, np.full(4, 0.3), np.full(4, 1.7))
    for i in range(len(args)) if method.endswith("pdf") else [0]:
        ours = srcgrad.elementwise_grad(getattr(getattr(stats, law), method), i)(*args)
        primal = getattr(getattr(theirs, law), method)
        np.testing.assert_allclose(ours, autograd.elementwise_grad(primal, i)(*args), rtol=1e-10)


def test_parameters_by_name_and_left_out():
    slope = srcgrad.grad(lambda x, s: stats.norm.logpdf(x, scale=s), (0, 1))
    assert slope(0.6, 2.0) == pytest.approx((-0.15, 0.09 / 2 - 0.5))
    slope = srcgrad.grad(lambda x, a: stats.gamma.logpdf(scale=2.0, a=a, x=x))
    assert slope(3.0, 2.0) == pytest.approx((2.0 - 1) / 3.0 - 0.5)
    assert srcgrad.grad(stats.norm.logpdf)(0.6) == -0.6
    assert "logpdf" not in srcgrad.source(srcgrad.grad(lambda x: stats.norm.logpdf(x)), 0.6).split("return")[1]


def of_a_law(x, law):
    return law.logpdf(x)


def test_a_law_may_be_a_parameter():
    assert srcgrad.grad(of_a_law)(0.6, stats.norm) == -0.6
    assert srcgrad.grad(of_a_law)(0.6, stats.expon) == -1.0


def test_distribution_functions_are_refused_in_their_shape():
    for law, method in [("t", "cdf"), ("gamma", "sf"), ("chi2", "ppf"), ("beta", "cdf")]:
        args, _ = arguments(law, method)
        with pytest.raises(srcgrad.NoRule, match="no derivative in closed form with respect to its shape"):
            srcgrad.elementwise_grad(getattr(getattr(stats, law), method), 1)(*args)


def frozen(m):
    return stats.norm(m, 1.0).logpdf(0.3)


def test_methods_and_frozen_laws_without_a_rule_are_refused_by_name():
    with pytest.raises(srcgrad.NoRule, match="'__call__' of this distribution of scipy.stats has no derivative rule"):
        srcgrad.grad(frozen)(0.2)
    with pytest.raises(srcgrad.NoRule, match="'entropy' of this distribution") as refusal:
        srcgrad.grad(lambda s: stats.norm.entropy(0.0, s))(0.2)
    assert __file__.endswith(refusal.value.where.filename)
    with pytest.raises(srcgrad.NoRule, match="'logpdf' of this distribution"):
        srcgrad.grad(lambda x: stats.skewnorm.logpdf(x, 1.0))(0.2)
    inactive = srcgrad.grad(lambda x: x * stats.norm(0.1, 1.0).logpdf(0.3))
    assert inactive(2.0) == stats.norm(0.1, 1.0).logpdf(0.3)


def test_densities_and_distribution_functions_outside_of_the_support_are_flat():
    with np.errstate(all="raise"):
        for law in ("expon", "gamma", "chi2", "lognorm", "weibull_min", "pareto", "beta", "uniform", "invgamma"):
            shapes = CONTINUOUS[law][1:]
            for method in ("pdf", "cdf"):
                slope = srcgrad.elementwise_grad(getattr(getattr(stats, law), method))
                assert slope(np.array([-0.7]), *shapes) == 0, (law, method)
    assert srcgrad.grad(stats.gamma.pdf, 1)(-0.7, 2.0) == 0


# Discrete -------------------------------------------------------------------------------------------------------------

K = np.array([0, 1, 2, 5])
DISCRETE = [
    *[("poisson", m, (K, np.array([[1.3], [2.6]])), 1) for m in ("pmf", "logpmf", "cdf", "sf")],
    *[("bernoulli", m, (np.array([0, 1]), np.array([[0.3], [0.6]])), 1) for m in ("pmf", "logpmf")],
    *[("binom", m, (K, 7, np.array([[0.3], [0.6]])), 2) for m in ("pmf", "logpmf")],
    ("geom", "logpmf", (K + 1, np.array([[0.3], [0.6]])), 1),
    ("nbinom", "logpmf", (K, 2.3, np.array([[0.3], [0.6]])), (1, 2)),
]


@pytest.mark.parametrize("law, method, args, wrt", DISCRETE, ids=[f"{row[0]}-{row[1]}" for row in DISCRETE])
def test_discrete_laws(law, method, args, wrt):
    primal = getattr(getattr(stats, law), method)
    check_grads(primal, argnum=wrt, order=1)(*args)
    check_grads(primal, argnum=wrt, modes=("rev",), order=2)(*args)


def test_log_probabilities_outside_of_the_support_have_slope_zero():
    assert srcgrad.grad(stats.poisson.logpmf, 1)(-1, 2.0) == 0
    assert srcgrad.grad(stats.poisson.logpmf, 1)(0.5, 2.0) == 0
    assert srcgrad.grad(stats.poisson.cdf, 1)(-0.5, 2.0) == 0
    with pytest.raises(srcgrad.NoRule, match="poisson.pmf in k"):
        srcgrad.grad(stats.poisson.pmf)(1.0, 2.0)


# Vectors --------------------------------------------------------------------------------------------------------------

COV = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 0.9]])
MEAN = np.array([0.2, -0.4, 0.6])
POINTS = np.random.default_rng(0).normal(size=(4, 3))
NORMALS = [(POINTS, MEAN, COV), (POINTS[0], MEAN, COV), (POINTS[0], MEAN, np.diag(COV)), (POINTS, MEAN, 1.3)]
NORMALS += [(0.4, 0.1, 1.3), (POINTS[:, 0], 0.1, 1.3)]


def symmetric(method):
    """The method of a covariance that stays symmetric along any direction: SciPy reads one triangle only."""

    def primal(x, mean, cov):
        cov = (cov + cov.T) / 2 if np.ndim(cov) == 2 else cov
        return getattr(stats.multivariate_normal, method)(x, mean, cov)

    return primal


@pytest.mark.parametrize("args", NORMALS, ids=lambda args: str([np.shape(a) for a in args]))
@pytest.mark.parametrize("method", ["logpdf", "pdf"])
def test_multivariate_normal(method, args):
    check_grads(symmetric(method), order=1)(*args)
    check_grads(symmetric(method), modes=("rev",), order=2)(*args)


def test_multivariate_normal_with_defaults_and_options():
    check_grads(lambda x: stats.multivariate_normal.logpdf(x, cov=COV), order=2)(POINTS)
    check_grads(lambda x: stats.multivariate_normal.logpdf(x, MEAN, COV, allow_singular=True), order=1)(POINTS)
    with pytest.raises(srcgrad.NoRule, match="allow_singular"):
        srcgrad.grad(lambda c: stats.multivariate_normal.logpdf(MEAN, MEAN, c, allow_singular=True))(COV)


@pytest.mark.parametrize("cov", [COV, np.diag(COV), 1.3], ids=["matrix", "diagonal", "number"])
def test_entropy(cov):
    def entropy(cov):
        return stats.multivariate_normal.entropy(MEAN, (cov + cov.T) / 2 if np.ndim(cov) == 2 else cov)

    check_grads(entropy, order=2)(cov)


ALPHA = np.array([1.4, 2.3, 0.9])
WEIGHTS = np.array([[0.2, 0.5, 0.3], [0.1, 0.3, 0.6]]).T


@pytest.mark.parametrize("method", ["logpdf", "pdf"])
@pytest.mark.parametrize("x", [WEIGHTS, WEIGHTS[:, 0]], ids=["several", "one"])
def test_dirichlet(method, x):
    """Of all weights but the last, for SciPy takes those only that sum to 1."""
    law = getattr(stats.dirichlet, method)
    check_grads(law, order=1)(x[:-1], ALPHA)
    check_grads(lambda alpha: law(x, alpha), modes=("rev",), order=2)(ALPHA)
    rest = srcgrad.grad(lambda x: np.sum(law(x, ALPHA)))(x)
    autograd = pytest.importorskip("autograd")
    theirs = getattr(pytest.importorskip("autograd.scipy.stats").dirichlet, method)
    np.testing.assert_allclose(rest[..., 0] if x.ndim == 2 else rest, autograd.grad(theirs)(WEIGHTS[:, 0], ALPHA))
