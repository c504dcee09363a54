"""Rules of `math`, `cmath` and builtins against differences, and of gamma's derivatives against known values."""

import cmath
import math
import operator
import sys

import numpy as np
import pytest
from checking import check_map, check_partials, check_rule

from srcgrad.rules import inactive, registry, scalars  # noqa: F401

UNARY = {
    "exp": 0.7, "expm1": -0.4, "log": 1.7, "log1p": 0.6, "log2": 2.3, "log10": 0.8, "sqrt": 1.9, "sin": 0.7,
    "cos": -1.2, "tan": 0.6, "asin": 0.4, "acos": -0.3, "atan": 1.4, "sinh": 0.8, "cosh": -1.1, "tanh": 0.9,
    "asinh": -0.6, "acosh": 1.8, "atanh": 0.45, "degrees": 0.3, "radians": 40.0, "erf": 0.7, "erfc": -0.4,
    "fabs": -2.5, "exp2": 0.7, "cbrt": -1.3, "gamma": 2.7, "lgamma": 3.4, "modf": -1.3, "frexp": 2.7,
}  # fmt: skip
COMPLEX = [
    *("exp", "log", "log10", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "phase", "polar"),
]


@pytest.mark.parametrize("name", UNARY)
def test_math(name):
    check_rule(getattr(math, name), UNARY[name])


@pytest.mark.parametrize("name", COMPLEX)
@pytest.mark.parametrize("z", [0.4 + 0.3j, -0.6 + 0.5j, -0.7 - 0.4j, 1.8 - 0.2j])
def test_cmath(name, z):
    check_rule(getattr(cmath, name), z)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (math.atan2, (0.4, -0.9)),
        (math.copysign, (-0.4, -0.9)),
        (math.fmod, (-7.3, 1.4)),
        (math.remainder, (7.4, 1.4)),
        (math.ldexp, (0.7, -3)),
        (math.pow, (1.7, 2.3)),
        (math.pow, (-1.7, 3)),
        (math.nextafter, (1.5, 2.0)),
        (math.hypot, (0.3, -0.4)),
        (math.hypot, (0.3, -0.4, 1.1, 0.2)),
        (cmath.rect, (1.3, 0.4)),
        (complex, (1.3, 0.4)),
        (complex, (1.3 + 1j,)),
        (float, (1.3,)),
        (np.float64, (1.3,)),
        (np.complex128, (1.3 + 1j,)),
        (divmod, (7.4, 1.3)),
        (math.gamma, (-2.3,)),
        (math.lgamma, (-2.3,)),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_numbers(function, args):
    check_rule(function, *args)


@pytest.mark.parametrize(("function", "count"), scalars.arity_partials, ids=str)
def test_partials_by_number_of_arguments(function, count):
    args = (0.7, 1.9)
    rng = np.random.default_rng(0)
    assert check_partials(function, scalars.arity_partials[function, count], function(*args), args, rng) == count


def test_partials_for_floats_agree_with_the_general_ones():
    for function, partials in scalars.float_partials.items():
        pairs = [(0.0, 0.0), (0.0, 2.0), (1.5, 1.5), (3.0, 0.0), (2.0, -1.5)]
        for args in [(-1.5,), (0.0,), (2.0,)] if function in (abs, operator.abs) else pairs:
            y = function(*args)
            expected = registry.partial_rules[function].function(y, *args)
            np.testing.assert_allclose(partials(y, *args), expected, rtol=1e-15)


def test_power_at_zero():
    slopes = registry.partial_rules[math.pow].function
    assert slopes(0.0, 0.0, 2.0) == (0.0, 0.0)
    assert slopes(1.0, 0.0, 0.0) == (0.0, 0.0)
    assert slopes(1.0, 3.0, 0.0) == (0.0, math.log(3.0))


def test_fabs_at_zero():
    assert registry.partial_rules[math.fabs].function(0.0, 0.0) == 0


@pytest.mark.parametrize("function", [math.fmod, math.remainder])
def test_remainder_counts_the_quotient_exactly(function):
    n = registry.partial_rules[function].function(function(1.0, 0.1), 1.0, 0.1)[1]
    assert function(1.0, 0.1) == pytest.approx(1.0 + n * 0.1, abs=1e-15)


@pytest.mark.parametrize("x", [np.float64(-1.5), np.array(0.5)], ids=["numpy scalar", "0-d array"])
def test_math_functions_take_numpy_numbers(x):
    for name in ("fabs", "sin", "exp", "lgamma"):
        check_rule(getattr(math, name), x)


# Sequences ------------------------------------------------------------------------------------------------------------

SEQUENCES = [
    (math.fsum, ([0.3, 1.2, -0.7],), {}),
    (math.fsum, ((0.3, 2, -0.7),), {}),
    (math.fsum, (np.array([0.3, 1.2]),), {}),
    (math.prod, ([0.3, 1.2, -0.7],), {}),
    (math.prod, ((0.3, 3, -0.7),), {"start": 1.4}),
    (math.prod, (np.array([0.3, 1.2]),), {}),
    (math.dist, ([0.3, 1.2], (1.1, 0.4)), {}),
    (math.dist, (np.array([0.3, 1.2]), [1, 0.4]), {}),
]
if sys.version_info >= (3, 12):
    SEQUENCES += [(math.sumprod, ([0.3, 1.2], (1.1, 2)), {}), (math.sumprod, (np.array([0.3]), [1.5]), {})]


@pytest.mark.parametrize(("function", "args", "kwargs"), SEQUENCES)
def test_sequences(function, args, kwargs):
    rng = np.random.default_rng(0)
    y = function(*args, **kwargs)
    for table in (registry.vjp_rules, registry.jvp_rules):
        # An item that is an int has an adjoint, which is not asked for; the checker's tangents leave it out.
        assert sum(check_map(table is registry.vjp_rules, r, y, args, kwargs, rng) for r in table[function].values())


@pytest.mark.parametrize("items", [[0.0, 2.0, 3.0], [0.0, 2.0, 0.0], [5.0], []])
def test_product_with_zeros(items):
    others = [math.prod(items[:i] + items[i + 1 :]) for i in range(len(items))]
    assert scalars.prod_iterable_bar(2.0, math.prod(items), items) == [2 * other for other in others]


# polygamma ------------------------------------------------------------------------------------------------------------


def test_polygamma_at_one():
    """psi(1) = -gamma, psi_n(1) = (-1)**(n + 1) n! zeta(n + 1)."""
    zeta_3 = 1.2020569031595942
    expected = [-0.5772156649015329, math.pi**2 / 6, -2 * zeta_3, math.pi**4 / 15]
    np.testing.assert_allclose([scalars.polygamma(n, 1.0) for n in range(4)], expected, rtol=1e-14)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 6])
@pytest.mark.parametrize("x", [-7.3, -0.4, 1e-3, 0.7, 3.0, 15.5, 40.0, 1e5])
def test_polygamma_against_scipy(n, x):
    special = pytest.importorskip("scipy.special")
    expected = special.digamma(x) if n == 0 else (-1) ** (n + 1) * math.factorial(n) * special.zeta(n + 1, x)
    assert scalars.polygamma(n, x) == pytest.approx(expected, rel=5e-15)


def test_polygamma_has_its_own_derivative():
    check_rule(scalars.polygamma, 0, 1.3)
    check_rule(scalars.polygamma, 2, -0.6)


def test_every_function_of_math_is_accounted_for():
    integers = {"comb", "factorial", "gcd", "isqrt", "lcm", "perm"}
    for module in (math, cmath):
        names = {name for name in dir(module) if callable(getattr(module, name)) and not name.startswith("_")}
        assert not {name for name in names - integers if not registry.has_rule(getattr(module, name))}
