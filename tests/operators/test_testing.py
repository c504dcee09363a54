"""The checkers pass what is right and fail what is wrong, in each mode and order, whatever the structure."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from srcgrad import engine
from srcgrad.errors import WrongArgument, WrongValue
from srcgrad.test_util import check_grads as autograds_name
from srcgrad.testing import (
    active_params,
    check_equivalent,
    check_grads,
    check_jvp,
    check_vjp,
    combo_check,
    differences,
    flat,
    random_like,
)

X = np.array([0.3, -1.2, 2.0])


def smooth(x, y):
    return np.sum(np.tanh(x) * y) * x


def test_right_derivatives_pass_in_both_modes_to_second_order():
    check_grads(smooth)(X, 1.5)
    check_grads(smooth)(X, X)
    check_grads(np.tanh)(0.5)


def test_the_arguments_to_check_can_be_named():
    check_grads(smooth, 0)(X, 3)
    check_grads(smooth, (0,), ["rev"], 1)(X, 3)
    autograds_name(smooth, argnum=[0, 1], modes=["fwd"])(X, 2.0)


def test_keywords_are_passed_on():
    check_grads(lambda x, power=1: x**power)(X, power=3)


def test_structures():
    check_grads(lambda p: np.sum(p["w"][0] * p["b"]) * p["w"][1], order=1)({"w": [X, 2.0], "b": 0.5})
    check_grads(lambda x: (np.sum(x**2), x * 3.0), order=1)(X)


def test_complex_values():
    check_grads(lambda z: z * z * np.exp(z))(0.3 + 0.7j)
    check_grads(lambda z: np.real(z * z))(0.3 + 0.7j)
    check_grads(lambda x: x * (1 + 2j))(X)


@pytest.fixture
def broken(monkeypatch):
    """Make the engine's derivatives wrong by a factor in one mode."""

    def break_mode(mode):
        vjp, jvp = engine.vjp, engine.jvp

        def wrong_vjp(f, params):
            def run(*args, **kwargs):
                y, pullback = vjp(f, params)(*args, **kwargs)
                return y, lambda y_bar: tuple([1.001 * x_bar for x_bar in pullback(y_bar)])

            return run

        def wrong_jvp(f, params):
            def run(tangents, *args, **kwargs):
                y, y_dot = jvp(f, params)(tangents, *args, **kwargs)
                return y, 1.001 * y_dot

            return run

        monkeypatch.setattr(engine, *(("vjp", wrong_vjp) if mode == "rev" else ("jvp", wrong_jvp)))

    return break_mode


@pytest.mark.parametrize("mode, check", [("rev", check_vjp), ("fwd", check_jvp)])
def test_wrong_derivatives_fail_in_their_mode(mode, check, broken):
    check(smooth, X, 1.5)
    broken(mode)
    with pytest.raises(AssertionError, match="of smooth .*is wrong"):
        check(smooth, X, 1.5)
    with pytest.raises(AssertionError):
        check_grads(smooth, modes=(mode,), order=1)(X, 1.5)
    check_grads(smooth, modes=("fwd" if mode == "rev" else "rev",), order=1)(X, 1.5)


def test_a_wrong_shape_fails(monkeypatch):
    monkeypatch.setattr(engine, "vjp", lambda f, params: lambda x: (f(x), lambda y_bar: (np.ones((3, 1)),)))
    with pytest.raises(AssertionError, match=r"shape \(3, 1\), not \(3,\)"):
        check_vjp(np.tanh, X)


def test_a_wrong_dtype_fails(monkeypatch):
    monkeypatch.setattr(engine, "vjp", lambda f, params: lambda x: (f(x), lambda y_bar: (y_bar * (1.0 + 0j * x),)))
    with pytest.raises(AssertionError, match="dtype complex128, not float64"):
        check_vjp(lambda x: 1.0 * x, X)


def test_differences_are_good_to_nine_digits():
    found = differences(lambda x: np.exp(np.sin(x)), (0,), (X,), (np.ones(3),))
    assert_allclose(found, np.exp(np.sin(X)) * np.cos(X), rtol=1e-9)


def test_single_precision_has_its_own_step_and_tolerance():
    check_grads(np.tanh, order=1)(X.astype(np.float32))


def test_check_equivalent():
    check_equivalent({"a": [X, 1.0]}, {"a": [X + 1e-9, 1.0]})
    with pytest.raises(AssertionError):
        check_equivalent([X], [X + 1e-3])
    with pytest.raises(AssertionError, match="shape"):
        check_equivalent(X, X[:2])
    with pytest.raises(AssertionError, match="items"):
        check_equivalent([X], [X, X])


def test_combo_check_goes_over_all_combinations():
    seen = []

    def power(x, p=1):
        seen.append(p)
        return x**p

    combo_check(power, modes=["rev"], order=1)([1.5, X], p=[2, 3])
    assert set(seen) == {2, 3}


def test_inactive_leaves_have_no_direction_and_no_entry():
    value = {"act": "tanh", "n": 3, "w": X}
    assert active_params((value, 3, "s", 1.0)) == (0, 3)
    drawn = random_like(value, np.random.default_rng(0))
    assert drawn["act"] is None and drawn["n"] is None
    assert flat(drawn, value).shape == (3,)


def test_bad_use_is_refused():
    with pytest.raises(WrongValue, match="fwd"):
        check_grads(np.sin, modes=("forward",))
    with pytest.raises(WrongArgument, match="not callable"):
        check_grads(3.0)
    with pytest.raises(WrongValue, match="floats"):
        check_grads(np.sin)(3)
