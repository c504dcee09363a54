"""odeint by its adjoint and tangent equations, and sums over samples: differences, closed forms, autograd."""

import numpy as np
import pytest

import srcgrad
from srcgrad.rules import registry
from srcgrad.testing import check_grads

integrate = pytest.importorskip("scipy.integrate")
registry.load_later()

# odeint ---------------------------------------------------------------------------------------------------------------

TIMES = np.array([0.1, 0.5, 1.1, 1.6])
START = np.array([0.3, 0.8])


def pendulum(y, t, a, b):
    return [y[1] * a[0] + t, -np.sin(y[0]) * b * a[1]]


def pendulum_of_time(t, y, a, b):
    return np.array(pendulum(y, t, a, b))


def solution(y0, t, a, b):
    return integrate.odeint(pendulum, y0, t, args=(a, b), rtol=1e-10, atol=1e-10)


ARGS = (START, TIMES, np.array([1.1, 0.7]), 0.9)


@pytest.mark.parametrize("mode", ["fwd", "rev"])
@pytest.mark.parametrize("wrt", range(4), ids=["y0", "t", "array", "number"])
def test_odeint(wrt, mode):
    check_grads(solution, argnum=wrt, modes=(mode,), order=1)(*ARGS)


def test_odeint_in_all_its_arguments_at_once():
    check_grads(solution, modes=("rev",), order=1)(*ARGS)


def decay(y, t, k):
    return -k * y


def decayed(y0, k):
    return integrate.odeint(decay, y0, np.array([0.0, 0.7]), (k,), rtol=1e-11, atol=1e-11)[-1, 0]


def test_odeint_against_the_closed_form():
    y0, k = 1.3, 0.6
    found = srcgrad.grad(decayed, (0, 1))(y0, k)
    assert found == pytest.approx((np.exp(-0.42), -0.7 * y0 * np.exp(-0.42)), rel=1e-8)
    assert all(type(slope) is float for slope in found)


def test_second_derivatives_of_odeint():
    y0, k = 1.3, 0.6
    for derivative in (srcgrad.grad, srcgrad.deriv):
        assert derivative(srcgrad.grad(decayed, 1), 1)(y0, k) == pytest.approx(0.49 * y0 * np.exp(-0.42), rel=1e-7)


def test_odeint_with_time_first():
    y = lambda y0: integrate.odeint(pendulum_of_time, y0, TIMES, args=ARGS[2:], tfirst=True, rtol=1e-10, atol=1e-10)
    expected = srcgrad.jacobian(solution)(*ARGS)
    np.testing.assert_allclose(srcgrad.jacobian(y)(START), expected, rtol=1e-7)


def test_odeint_agrees_with_autograd():
    autograd, theirs = pytest.importorskip("autograd"), pytest.importorskip("autograd.scipy.integrate")
    anp, packed = autograd.numpy, pytest.importorskip("autograd.builtins").tuple
    field = lambda y, t, a, b: anp.array([y[1] * a[0] + t, -anp.sin(y[0]) * b * a[1]])
    expected = lambda y0, a, b: anp.sum(theirs.odeint(field, y0, TIMES, packed((a, b)), rtol=1e-10, atol=1e-10) ** 2)
    ours = lambda y0, a, b: np.sum(solution(y0, TIMES, a, b) ** 2)
    args = (ARGS[0], *ARGS[2:])
    for i in range(3):
        np.testing.assert_allclose(srcgrad.grad(ours, i)(*args), autograd.grad(expected, i)(*args), rtol=1e-6)


def captured(k):
    return integrate.odeint(lambda y, t: -k * y, 1.0, np.array([0.0, 0.7]))[-1, 0]


def test_captured_parameters_are_refused():
    with pytest.raises(srcgrad.NoRule, match="captures active variables"):
        srcgrad.grad(captured)(0.6)
    with pytest.raises(srcgrad.NoRule, match="captures active variables"):
        srcgrad.make_jvp(captured)(0.6)(1.0)


def test_other_arguments_are_refused_by_name():
    with pytest.raises(srcgrad.NoRule, match="containers among its args"):
        srcgrad.grad(lambda k: integrate.odeint(lambda y, t, p: -p[0] * y, 1.0, TIMES, args=([k, k],))[-1, 0])(0.6)
    with pytest.raises(srcgrad.NoRule, match="full_output"):
        srcgrad.grad(lambda k: integrate.odeint(decay, 1.0, TIMES, args=(k,), full_output=1)[0][-1, 0])(0.6)


# Sums over samples ----------------------------------------------------------------------------------------------------

rng = np.random.default_rng(0)
Y, X = rng.normal(size=(3, 5)), np.sort(rng.normal(size=5))
SUMS = {
    "trapezoid": lambda y: integrate.trapezoid(y, dx=0.3),
    "trapezoid_axis": lambda y: integrate.trapezoid(y, axis=0),
    "trapezoid_positions": lambda y, x: integrate.trapezoid(y, x),
    "trapezoid_all_positions": lambda y, x: integrate.trapezoid(y.T, x[:, None] + y.T, axis=0),
    "trapezoid_step": lambda y, dx: integrate.trapezoid(y, dx=dx),
    "simpson": lambda y: integrate.simpson(y, dx=0.3),
    "simpson_axis": lambda y: integrate.simpson(y[:, :4], axis=1),
    "simpson_positions": lambda y: integrate.simpson(y.T, x=X, axis=0),
    "simpson_step": lambda y, dx: integrate.simpson(y, dx=dx),
}


@pytest.mark.parametrize("name", SUMS)
def test_sums(name):
    args = (Y, X) if name.startswith("trapezoid") and name.endswith("positions") else (Y,)
    args = (Y, 0.7) if name.endswith("step") else args
    check_grads(SUMS[name], order=1)(*args)
    if name != "simpson_positions":  # at order 2 a rule cannot tell that its x is a constant, and refuses
        check_grads(SUMS[name], modes=("rev",), order=2)(*args)


def test_simpson_is_refused_in_its_positions():
    with pytest.raises(srcgrad.NoRule, match="positions"):
        srcgrad.grad(lambda x: integrate.simpson(Y[0], x=x))(X)
