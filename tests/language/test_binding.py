"""Live binding, and effects that happen exactly once."""

import functools
import math
import sys

import numpy as np
import pytest

import srcgrad

SCALE = 2.0
CALLS = []
RNG = np.random.default_rng(0)


def helper(x):
    return x * x


def uses_global(x):
    return SCALE * x * x


def uses_helper(x):
    return helper(x) * 3.0


def uses_helper_of_helper(x):
    return uses_helper(x) + x


@srcgrad.grad
def slope_of_power(x, n):
    return 1.0 if n == 0 else x * slope_of_power(x, n - 1)


def counted(x):
    CALLS.append("called")
    return x * x * RNG.normal()


OPERATORS = {
    "grad": lambda f: srcgrad.grad(f)(2.0),
    "value_and_grad": lambda f: srcgrad.value_and_grad(f)(2.0)[1],
    "make_vjp": lambda f: srcgrad.make_vjp(f)(2.0)[0](1.0),
    "make_jvp": lambda f: srcgrad.make_jvp(f)(2.0)(1.0)[1],
}


def both_modes(f, x):
    """The derivative of f at x, having made sure that both modes agree."""
    tangent = srcgrad.make_jvp(f)(x)(1.0)[1]
    assert srcgrad.grad(f)(x) == pytest.approx(tangent, rel=1e-14)
    return tangent


def test_a_rebound_global_is_seen(monkeypatch):
    derivative = srcgrad.grad(uses_global)
    assert derivative(3.0) == 12.0
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 5.0)
    assert derivative(3.0) == 30.0


def test_a_global_that_changes_type_is_seen(monkeypatch):
    derivative = srcgrad.grad(uses_global)
    assert derivative(3.0) == 12.0
    monkeypatch.setattr(sys.modules[__name__], "SCALE", np.float64(0.5))
    assert derivative(3.0) == 3.0


@pytest.mark.parametrize("primal", [uses_helper, uses_helper_of_helper])
def test_a_replaced_helper_is_seen(monkeypatch, primal):
    derivative, extra = srcgrad.grad(primal), float(primal is uses_helper_of_helper)
    assert derivative(2.0) == 12.0 + extra
    monkeypatch.setattr(sys.modules[__name__], "helper", lambda x: x * x * x)
    assert derivative(2.0) == 36.0 + extra
    monkeypatch.setattr(sys.modules[__name__], "helper", math.exp)
    assert derivative(0.0) == 3.0 + extra
    monkeypatch.undo()
    assert derivative(2.0) == 12.0 + extra


def test_a_helper_with_new_code_is_seen(monkeypatch):
    derivative = srcgrad.grad(uses_helper)
    assert derivative(2.0) == 12.0

    def cube(x):
        return x * x * x

    monkeypatch.setattr(helper, "__code__", cube.__code__)
    assert derivative(2.0) == 36.0


def test_new_defaults_are_seen():
    def inner(x, k=2.0):
        return k * x

    def f(x):
        return inner(x) * x

    derivative = srcgrad.grad(f)
    assert derivative(3.0) == 12.0
    inner.__defaults__ = (5.0,)
    assert derivative(3.0) == 30.0


@pytest.mark.parametrize(
    "replacement, expected",
    [(np.exp, 2.0), (np.arctan, 2.0), (np.square, 0.0), (np.cos, 0.0)],
)
def test_a_replaced_library_function_is_seen(monkeypatch, replacement, expected):
    def f(x):
        return np.sin(x) * 2.0 + x

    derivative = srcgrad.grad(f)
    assert derivative(0.0) == 3.0
    monkeypatch.setattr(np, "sin", replacement)
    assert derivative(0.0) == expected + 1.0


def test_rules_use_what_numpy_came_with(monkeypatch):
    derivative, tangent = srcgrad.grad(lambda x: np.sin(x) * x), srcgrad.make_jvp(lambda x: np.sin(x) * x)
    expected = math.sin(0.5) + 0.5 * math.cos(0.5)
    assert derivative(0.5) == pytest.approx(expected)
    monkeypatch.setattr(np, "cos", np.exp)
    for _ in range(2):
        assert derivative(0.5) == pytest.approx(expected)
        assert tangent(0.5)(1.0)[1] == pytest.approx(expected)
    assert srcgrad.grad(lambda x: np.cos(x))(0.5) == pytest.approx(math.exp(0.5))
    monkeypatch.undo()
    assert derivative(0.5) == pytest.approx(expected)


def test_a_replaced_method_is_seen(monkeypatch):
    class Model:
        def apply(self, x):
            return x * x

    model = Model()
    derivative = srcgrad.grad(lambda x: model.apply(x))
    assert derivative(3.0) == 6.0
    monkeypatch.setattr(Model, "apply", lambda self, x: x * x * x)
    assert derivative(3.0) == 27.0
    model.apply = lambda x: 5.0 * x
    assert derivative(3.0) == 5.0


def test_a_closure_cell_is_shared():
    scale = 2.0

    def f(x):
        return scale * x * x

    derivative = srcgrad.grad(f)
    assert derivative(3.0) == 12.0
    scale = 5.0
    assert derivative(3.0) == 30.0


def test_a_helper_defined_later_is_found():
    def f(x):
        return later(x) * 2.0

    derivative = srcgrad.grad(f)

    def later(x):
        return x * x

    assert derivative(3.0) == 12.0


def test_the_decorated_name_means_the_primal():
    assert slope_of_power(2.0, 3) == 12.0


def test_one_lambda_over_alternating_callees():
    derivatives = [srcgrad.grad(lambda x, f=f: f(x)) for f in (np.sin, np.cos)]
    closures = [srcgrad.grad(make(f)) for f in (np.sin, np.cos, helper)]
    for _ in range(3):
        assert [d(0.0) for d in derivatives] == [1.0, 0.0]
        assert [d(0.5) for d in closures] == [pytest.approx(math.cos(0.5)), pytest.approx(-math.sin(0.5)), 1.0]


def make(f):
    return lambda x: f(x)


def test_a_recursive_closure_made_anew_by_every_call_has_one_text():
    def f(x, w):
        v = 0.24

        def power(n, y):
            return w[1] * v if n == 0 else y * power(n - 1, y) + w[0]

        return power(3, x)

    derivative = srcgrad.grad(f, (0, 1))
    first = derivative(0.7, np.array([1.3, -0.4]))
    written = srcgrad.cache_info()["written"]
    for _ in range(12):  # more than there may be texts with other callees
        again = derivative(0.7, np.array([1.3, -0.4]))
        assert again[0] == first[0] == pytest.approx(1.3 * (1 + 2 * 0.7) - 3 * 0.7**2 * 0.4 * 0.24)
        np.testing.assert_allclose(again[1], [1 + 0.7 + 0.7**2, 0.24 * 0.7**3])
    assert srcgrad.cache_info()["written"] == written


def test_closures_that_call_each_other_keep_their_captures_however_often_they_are_made():
    def f(x, w):
        def even(n, y):
            return w if n == 0 else y * odd(n - 1, y)

        def odd(n, y):
            return w * y + (even(n - 1, y) if n > 1 else 0.0)

        return even(4, x)

    derivative = srcgrad.grad(f, (0, 1))
    for _ in range(12):
        assert derivative(0.7, 1.3) == pytest.approx((1.3 * (2 * 0.7 + 3 * 0.7**2), 0.7**2 + 0.7**3))


def test_arguments_are_captured_by_value_of_their_call():
    makers = [srcgrad.grad(lambda x, k=k: x**k) for k in (1, 2, 3)]
    assert [derivative(2.0) for derivative in makers] == [1.0, 4.0, 12.0]


@pytest.mark.parametrize("operator", OPERATORS)
def test_effects_happen_once(operator):
    CALLS.clear()
    state = RNG.bit_generator.state
    derivative = OPERATORS[operator](counted)
    assert CALLS == ["called"]
    RNG.bit_generator.state = state
    assert derivative == pytest.approx(4.0 * RNG.normal(), rel=1e-14)
    after = RNG.bit_generator.state
    RNG.bit_generator.state = state
    counted(2.0)
    assert RNG.bit_generator.state == after


def test_effects_happen_once_at_second_order():
    CALLS.clear()
    state = RNG.bit_generator.state
    second = srcgrad.grad(srcgrad.grad(counted))(2.0)
    assert CALLS == ["called"]
    RNG.bit_generator.state = state
    assert second == pytest.approx(2.0 * RNG.normal(), rel=1e-14)


def test_a_pullback_repeats_and_keeps_what_it_needs():
    def f(a):
        h = np.zeros(3)
        for i in range(3):
            h[i] = a[i] * a[i - 1]
        return np.sum(h * a)

    a = np.array([1.0, 2.0, 3.0])
    pullback, _ = srcgrad.make_vjp(f)(a)
    first = pullback(1.0)
    kept = first.copy()
    a[:] = 50.0
    np.testing.assert_array_equal(pullback(1.0), kept)
    first[:] = 0.0
    np.testing.assert_array_equal(pullback(2.0), 2 * kept)


def test_gradients_share_memory_with_nothing():
    def f(a, b):
        return np.sum(a) + np.sum(a[::-1] * b)

    a, b = np.ones(3), np.ones(3)
    parts = srcgrad.grad(f, (0, 1))(a, b)
    assert not np.shares_memory(*parts)
    for part in parts:
        assert part.flags.writeable
        assert not np.shares_memory(part, a)
        assert not np.shares_memory(part, b)


def test_an_independent_input_has_exact_zeros():
    def f(x, a, params):
        return x * x * len(params)

    x_bar, a_bar, params_bar = srcgrad.grad(f, (0, 1, 2))(3.0, np.ones(2), {"w": 1.5, "act": "tanh"})
    assert x_bar == 12.0
    np.testing.assert_array_equal(a_bar, [0.0, 0.0])
    assert params_bar == {"w": 0.0, "act": None}


def test_no_perturbation_confusion():
    assert srcgrad.grad(lambda x: x * srcgrad.grad(lambda y: x + y)(2.0))(3.0) == 1.0
    assert srcgrad.grad(lambda x: srcgrad.grad(lambda y: x * y)(x))(3.0) == 1.0
    assert srcgrad.make_jvp(lambda x: x * srcgrad.make_jvp(lambda y: x * y)(2.0)(1.0)[1])(3.0)(1.0)[1] == 6.0


def test_a_derivative_inside_a_loop_and_a_branch():
    def f(x):
        total = 0.0
        for k in range(1, 4):
            if k != 2:
                total = total + srcgrad.grad(lambda y: y**k * x)(x)
        return total

    assert both_modes(f, 2.0) == pytest.approx(1 + 9 * 4)  # d/dx of x + 3 x^3


def test_structured_results():
    def f(x, y):
        return {"sum": x + y, "parts": [x * y, (y * y, "text")]}

    seed = {"sum": 1.0, "parts": [10.0, (100.0, None)]}
    pullback, value = srcgrad.make_vjp(f, (0, 1))(2.0, 3.0)
    assert value == f(2.0, 3.0)
    assert list(pullback(seed)) == [31.0, 621.0]
    _, tangent = srcgrad.make_jvp(f, (0, 1))(2.0, 3.0)((1.0, 10.0))
    assert (tangent["sum"], tangent["parts"][0], tangent["parts"][1][0]) == (11.0, 23.0, 60.0)


def test_captured_variables_may_have_the_names_of_parts_of_a_partial():
    def f(x):
        function = bound = keywords = forward = half = captures = x * x
        parts = [functools.partial(lambda a, v: a * v * (function + bound * keywords), x)]
        parts.append(lambda v: v * forward * half * captures)
        return parts[0](x) + parts[1](x)

    def by_hand(x):
        return x**4 + x**6 + x**7

    expected = [4 * 1.5**3 + 6 * 1.5**5 + 7 * 1.5**6, 12 * 1.5**2 + 30 * 1.5**4 + 42 * 1.5**5]
    assert f(1.5) == pytest.approx(by_hand(1.5))
    assert both_modes(f, 1.5) == pytest.approx(expected[0])
    assert srcgrad.grad(srcgrad.grad(f))(1.5) == pytest.approx(expected[1])


def seed(x, factor):
    return factor * x * x


def calls_a_namesake(x):
    return seed(np.sum(x), 3.0)


def reaches_a_namesake(x):
    return calls_a_namesake(x)


def test_a_callee_may_have_the_name_of_a_helper():
    """The text of the caller, written first, uses the helper of that name."""
    x = np.array([0.5, 1.5])
    d = srcgrad.grad(reaches_a_namesake)
    np.testing.assert_allclose(d(x), [12.0, 12.0])
    assert "seed_1" in srcgrad.source(d)
    np.testing.assert_allclose(srcgrad.hessian(reaches_a_namesake)(x), np.full((2, 2), 6.0))


def call_with(f, x):
    return f(x)


def closure_passed(x):
    return call_with(lambda y: y * x, x) * x


def partial_passed(x):
    return call_with(functools.partial(lambda a, b, y: a * b * y * x, x, 2), x)


def closure_of_closures(x):
    def scaled(f):
        return lambda v: f(v) * x

    return call_with(scaled(scaled(lambda v: v)), x)


def derivative_passed(x):
    return call_with(lambda y: srcgrad.grad(lambda z: z**3 * x)(y), x)


MODES = {"r": srcgrad.grad, "f": srcgrad.deriv}


@pytest.mark.parametrize("modes", ["rrr", "frr", "rfr", "fff"])
@pytest.mark.parametrize(
    ("primal", "third"),
    [(closure_passed, 6.0), (partial_passed, 12.0), (closure_of_closures, 6.0), (derivative_passed, 18.0)],
)
def test_third_derivatives_of_callables_passed_as_values(primal, third, modes):
    """The primals are multiples of x**3; `modes`, the innermost first."""
    derivative = primal
    for mode in modes:
        derivative = MODES[mode](derivative)
    assert derivative(0.5) == pytest.approx(third, rel=1e-12)


def names_a_number_math(x):
    math = 3.0 * x  # the partial derivative of np.exp2 is written with the module of this name
    return np.exp2(x) * math


def test_an_inlined_rule_keeps_its_modules_apart_from_names_of_the_users():
    expected = 3.0 * 2.0**0.7 * (1 + 0.7 * math.log(2))
    assert both_modes(names_a_number_math, 0.7) == pytest.approx(expected, rel=1e-14)
    slope = srcgrad.grad(srcgrad.grad(names_a_number_math))
    assert slope(0.7) == pytest.approx(3.0 * 2.0**0.7 * math.log(2) * (2 + 0.7 * math.log(2)), rel=1e-14)
