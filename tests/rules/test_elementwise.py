"""Elementwise rules against differences, over shapes, precisions, complex operands and kinks."""

import operator

import numpy as np
import pytest
from checking import check_partials, check_rule

import srcgrad
from srcgrad.rules import complexes, elementwise, inactive, registry  # noqa: F401

REAL = np.array([-2.3, -0.7, 0.4, 1.6])
UNIT = np.array([-0.8, -0.3, 0.2, 0.7])
POSITIVE = np.array([0.3, 0.9, 1.4, 3.2])
ABOVE_ONE = np.array([1.2, 1.9, 2.4, 5.2])

UNARY = {
    np.positive: REAL, np.negative: REAL, np.absolute: REAL, np.fabs: REAL, np.exp: REAL, np.exp2: REAL,
    np.expm1: REAL, np.log: POSITIVE, np.log2: POSITIVE, np.log10: POSITIVE, np.log1p: POSITIVE, np.sqrt: POSITIVE,
    np.cbrt: REAL, np.square: REAL, np.reciprocal: REAL, np.sin: REAL, np.cos: REAL, np.tan: UNIT, np.arcsin: UNIT,
    np.arccos: UNIT, np.arctan: REAL, np.sinh: REAL, np.cosh: REAL, np.tanh: REAL, np.arcsinh: REAL,
    np.arccosh: ABOVE_ONE, np.arctanh: UNIT, np.sinc: REAL, np.deg2rad: REAL, np.rad2deg: REAL, np.degrees: REAL,
    np.radians: REAL, np.nan_to_num: REAL, np.real: REAL, np.imag: REAL, np.conjugate: REAL, np.angle: REAL,
    np.modf: REAL, np.frexp: REAL, operator.neg: REAL, operator.pos: REAL, operator.abs: REAL, abs: REAL,
    np.i0: REAL,
}  # fmt: skip
A, B = np.array([[-2.3], [0.4], [1.6]]), np.array([0.7, 1.1, -1.9, 2.6])
POSITIVE_A = np.abs(A)
BINARY = {
    np.add: A, np.subtract: A, np.multiply: A, np.divide: A, np.power: POSITIVE_A, np.float_power: POSITIVE_A,
    np.hypot: A, np.arctan2: A, np.logaddexp: A, np.logaddexp2: A, np.maximum: A, np.minimum: A, np.fmax: A,
    np.fmin: A, np.remainder: A, np.fmod: A, np.copysign: A, np.divmod: A, np.nextafter: A, np.heaviside: A,
    operator.add: A, operator.sub: A, operator.mul: A, operator.truediv: A, operator.pow: POSITIVE_A, operator.mod: A,
    pow: POSITIVE_A, divmod: A,
}  # fmt: skip


@pytest.mark.parametrize("function", UNARY, ids=lambda f: f.__name__)
class TestUnary:
    def test_array(self, function):
        check_rule(function, UNARY[function])

    def test_python_float(self, function):
        check_rule(function, float(UNARY[function][2]))

    def test_non_contiguous(self, function):
        check_rule(function, np.stack([UNARY[function]] * 2, axis=1)[::2].T)

    def test_zero_dimensional_and_empty(self, function):
        check_rule(function, np.array(UNARY[function][1]))
        check_rule(function, np.zeros((0, 3)))

    def test_float32_stays(self, function):
        x = UNARY[function].astype(np.float32)
        for value in called_rules(function, function(x), x):
            assert_keeps_float32(value)


@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
class TestBinary:
    def test_broadcasting(self, function):
        check_rule(function, BINARY[function], B)
        check_rule(function, B, BINARY[function]) if function not in POWERS else None

    def test_scalar_with_array(self, function):
        check_rule(function, 2.27, B)
        check_rule(function, BINARY[function], 1.3)

    def test_python_floats(self, function):
        check_rule(function, 1.7, 0.6)

    def test_empty(self, function):
        check_rule(function, np.ones((0, 1)), np.ones(3))

    def test_float32_stays(self, function):
        a, b = BINARY[function].astype(np.float32), B.astype(np.float32)
        if function is np.float_power:
            pytest.skip("its result is float64 by definition")
        for value in called_rules(function, function(a, b), a, b):
            assert_keeps_float32(value)


POWERS = (np.power, np.float_power, operator.pow, pow)


def called_rules(function, y, *args):
    """What the rules of `function` return for float32 operands, cotangents and tangents."""
    if function in registry.partial_rules:
        partials = registry.partial_rules[function].function(y, *args)
        return partials if isinstance(partials, tuple) else (partials,)
    y_bar = [np.ones_like(part) for part in y] if isinstance(y, tuple) else np.ones_like(y)
    pullbacks = [rule.function for rules in registry.vjp_rules[function].values() for rule in rules]
    return [pullback(y_bar, y, *args) for pullback in pullbacks]


def assert_keeps_float32(value):
    """A float32 adjoint times the partial is float32; an adjoint is float32 itself."""
    product = np.ones(1, np.float32) * value
    assert product.dtype == np.float32, product.dtype


HOLOMORPHIC = [f for f in [*UNARY, *BINARY] if f in registry.partial_rules and f not in elementwise.not_holomorphic]
Z = np.array([0.4 + 0.3j, -0.6 + 0.5j, -0.7 - 0.4j, 1.8 - 0.2j])


@pytest.mark.parametrize("function", HOLOMORPHIC, ids=lambda f: f.__name__)
def test_partials_are_complex_derivatives(function):
    if function in UNARY:
        check_rule(function, Z)
        check_rule(function, complex(Z[1]))
    else:
        check_rule(function, Z[:, None], Z + 0.3)
        check_rule(function, 0.7 - 0.3j, 1.2 + 0.4j)


def test_every_ufunc_is_accounted_for():
    products = {"matmul", "matvec", "vecdot", "vecmat"}
    ufuncs = {name for name in dir(np) if isinstance(getattr(np, name), np.ufunc)}
    assert not {name for name in ufuncs - products if not registry.has_rule(getattr(np, name))}


# Powers ---------------------------------------------------------------------------------------------------------------


def slopes(function, *args):
    """The partial derivatives at numbers."""
    with np.errstate(all="raise"):
        return registry.partial_rules[function].function(function(*args), *args)


@pytest.mark.parametrize("function", POWERS, ids=lambda f: f.__name__)
def test_power_at_zero_base_and_exponent(function):
    assert slopes(function, 0.0, 2.0) == (0.0, 0.0)
    assert slopes(function, 0.0, 1.0) == (1.0, 0.0)
    assert slopes(function, 0.0, 0.0) == (0.0, 0.0)
    assert slopes(function, 3.0, 0.0) == (0.0, np.log(3.0))


def test_power_at_zero_of_arrays():
    a, b = np.array([0.0, 0.0, 0.0, 2.0]), np.array([0.0, 1.0, 3.0, 0.0])
    a_slope, b_slope = slopes(np.power, a, b)
    np.testing.assert_array_equal(a_slope, [0, 1, 0, 0])
    np.testing.assert_array_equal(b_slope, [0, 0, 0, np.log(2.0)])


def test_power_keeps_its_mixed_derivative_at_exponent_zero():
    """d2(a**b)/da db = 1 / a at b = 0: lost if the slope in `a` were masked wherever b == 0."""
    slope_in_a = lambda b: registry.partial_rules[np.power].function(np.power(2.0, b), 2.0, b)[0]
    assert slope_in_a(0.0) == 0
    assert (slope_in_a(1e-6) - slope_in_a(-1e-6)) / 2e-6 == pytest.approx(0.5)


@pytest.mark.parametrize("exponent", [2, -1, 0.5, 3.0, np.array([1.0, 2.0, -2.0, 0.5])])
def test_plainer_powers(exponent):
    y = POSITIVE**exponent
    expected = registry.partial_rules[operator.pow].function(y, POSITIVE, exponent)
    np.testing.assert_allclose(elementwise.constant_power(y, POSITIVE, exponent), expected[0])
    np.testing.assert_allclose(elementwise.inactive_power(y, POSITIVE, exponent), expected[0])
    np.testing.assert_allclose(elementwise.constant_base(2.0**REAL, 2.0, REAL), slopes(np.power, 2.0, REAL)[1])


def test_inactive_power_of_zero_exponent_is_zero_also_at_zero():
    np.testing.assert_array_equal(elementwise.inactive_power(1.0, np.array([0.0, 2.0, np.inf]), 0), [0, 0, 0])
    assert elementwise.inactive_power(np.float32(1), np.ones(2, np.float32), 3).dtype == np.float32


# Kinks and special points ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [np.maximum, np.minimum, np.fmax, np.fmin])
@pytest.mark.parametrize("value", [1.5, 0.0, np.inf, -np.inf])
def test_ties_share_equally(function, value):
    assert slopes(function, value, value) == (0.5, 0.5)


def test_fmax_ignores_nan():
    assert slopes(np.fmax, 1.0, np.nan) == (1.0, 0.0)
    assert slopes(np.fmin, np.nan, 1.0) == (0.0, 1.0)


@pytest.mark.parametrize("function", [np.absolute, np.fabs, operator.abs, abs])
def test_slope_of_abs_at_zero_is_zero(function):
    assert slopes(function, 0.0) == 0


def test_infinite_slopes_are_infinite():
    with np.errstate(divide="ignore"):
        y = np.sqrt(np.zeros(1))
        assert registry.partial_rules[np.sqrt].function(y, np.zeros(1)) == np.inf
        assert registry.partial_rules[np.cbrt].function(y, np.zeros(1)) == np.inf


@pytest.mark.parametrize("function", [np.remainder, np.fmod, operator.mod])
def test_remainder_counts_the_quotient_exactly(function):
    """1.0 / 0.1 rounds to 10, but nine tenths were taken."""
    assert slopes(function, 1.0, 0.1) == (1, -9)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_sinc_derivatives_at_zero_and_across_the_switch(n):
    """The integral of (pi t)**n cos(pi x t + n pi / 2) over [0, 1], by Gauss-Legendre."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    t = (nodes + 1) / 2
    x = np.array([0.0, 1e-9, 0.3, 0.999, 1.001, 1.249, 1.251, 1.74, 1.76, -1.5, 4.0])
    values = (np.pi * t) ** n * np.cos(np.pi * x[:, None] * t + n * np.pi / 2)
    np.testing.assert_allclose(elementwise.sinc_derivative(x, n), values @ weights / 2, rtol=1e-11, atol=1e-13)


def test_sinc_derivative_has_its_own():
    check_rule(elementwise.sinc_derivative, REAL, 1)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_i0_derivatives(n):
    special = pytest.importorskip("scipy.special")
    x = np.array([[0.0, 1e-6, 0.3, -1.0], [2.0, -30.0, 300.0, 690.0]])
    # ivp underflows at 0 for odd n, where the derivative is 0.
    np.testing.assert_allclose(elementwise.i0_derivative(x, n), special.ivp(0, x, n), rtol=1e-12, atol=1e-15)
    check_rule(elementwise.i0_derivative, REAL, n)


# Selection ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operands", [(A, B), (B, A), (1.5, B), (A, 0.3), (A, 0), (B + 1j, A)])
def test_where(operands):
    check_rule(np.where, A + B > 0.5, *operands)


def test_where_is_exactly_zero_on_the_side_not_chosen():
    z_bar = np.array([np.inf, np.nan])
    np.testing.assert_array_equal(elementwise.where_x_bar(z_bar, None, np.array([False, False]), np.ones(2), 0), 0)
    np.testing.assert_array_equal(elementwise.where_y_bar(z_bar, None, np.array([True, True]), 0, np.ones(2)), 0)


def test_where_has_no_slope_in_its_condition():
    assert elementwise.where_condition_bar(1.0, 2.0, 3.0, 2.0, 1.0) is None


@pytest.mark.parametrize(
    "bounds",
    [(-1.0, 1.0), (None, 1.0), (-1.0, None), (-A * A, A * A + 0.1), (0.5, np.array([0.4, 1.0, 2.0, 3.0]))],
)
def test_clip(bounds):
    check_rule(np.clip, B, *bounds)
    check_rule(np.clip, B, a_max=bounds[1], a_min=bounds[0])
    check_rule(np.clip, 0.7, *bounds)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.1.0", reason="np.clip(min=, max=) is new in NumPy 2.1")
def test_clip_by_keywords():
    check_rule(np.clip, B, min=-1.0, max=1.0)
    check_rule(np.clip, B, max=1.0)


def test_clip_passes_nothing_at_its_bounds():
    x = np.array([-1.0, 0.0, 1.0])
    y_bar = np.array([np.inf, 2.0, np.nan])
    np.testing.assert_array_equal(elementwise.clip_a_bar(y_bar, np.clip(x, -1, 1), x, -1, 1), [0, 2, 0])


def test_clip_keeps_float32():
    x = REAL.astype(np.float32)
    assert elementwise.clip_a_bar(x, np.clip(x, -1, 1), x, -1, 1).dtype == np.float32


def test_nan_to_num_passes_finite_entries_only():
    x = np.array([1.0, np.nan, np.inf])
    np.testing.assert_array_equal(elementwise.nan_to_num_x_bar(np.ones(3) * 2, np.nan_to_num(x), x), [2, 0, 0])


def test_unwrap():
    check_rule(np.unwrap, 3 * REAL)
    check_rule(np.unwrap, np.outer(B, REAL), axis=0, period=1.0)


def test_ldexp():
    check_rule(np.ldexp, REAL, np.array([[1], [-2]]))
    check_rule(np.ldexp, 0.7, np.array([1, 2]))


# The checker ----------------------------------------------------------------------------------------------------------


def test_the_checker_notices_a_wrong_partial():
    with pytest.raises(AssertionError, match="partial 0"):
        check_partials(np.sin, lambda y, x: np.sin(x), np.sin(REAL), (REAL,), np.random.default_rng(0))


def test_the_checker_refuses_to_check_nothing():
    with pytest.raises(AssertionError, match="no rule"):
        check_rule(np.floor, REAL)


def test_an_array_of_booleans_as_exponent():
    x, n = np.array([0.5, 2.0]), np.array([True, False])
    np.testing.assert_array_equal(srcgrad.grad(lambda x: np.sum(x * x**n))(x), [1.0, 1.0])
    np.testing.assert_array_equal(srcgrad.make_jvp(lambda x, n: x * x**n)(x, n)(x)[1], [0.5, 2.0])
