"""Fixed points: the value by iteration, the derivatives by the implicit function theorem."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from srcgrad.fixed_points import fixed_point, fixed_point_a_bar, fixed_point_a_dot, fixed_point_x0_bar
from srcgrad.misc.fixed_points import fixed_point as from_misc
from srcgrad.operators import grad, jacobian


def babylonian(a):
    return lambda x: 0.5 * (x + a / x)


def contraction(a):
    return lambda x: np.tanh(a * x) * 0.5 + 1.0


def distance(x, y):
    return np.max(np.abs(x - y))


def test_the_value():
    assert fixed_point(babylonian, 2.0, 1.0, distance, 1e-12) == pytest.approx(np.sqrt(2.0))
    assert from_misc is fixed_point


def test_an_integer_start():
    x = fixed_point(contraction, 0.4, 1, distance, 1e-14)
    assert_allclose(fixed_point_a_bar(2.0, x, contraction, 0.4, 1, distance, 1e-14) > 0, True)


def test_the_rules_by_themselves():
    a, x = 0.4, fixed_point(contraction, 0.4, 1.0, distance, 1e-14)
    slope = (1 - np.tanh(a * x) ** 2) * 0.5
    expected = slope * x / (1 - slope * a)
    assert_allclose(fixed_point_a_bar(2.0, x, contraction, a, 1.0, distance, 1e-14), 2 * expected)
    assert_allclose(fixed_point_a_dot(3.0, x, contraction, a, 1.0, distance, 1e-14), 3 * expected)
    assert fixed_point_x0_bar(1.0, x, contraction, a, 1.0, distance, 1e-14) == 0.0


def test_derivatives_through_the_engine():
    root = lambda a: fixed_point(babylonian, a, 1.0, distance, 1e-12)
    assert_allclose(grad(root)(2.0), 0.5 / np.sqrt(2.0))
    assert_allclose(grad(grad(root))(2.0), -0.25 * 2.0**-1.5, rtol=1e-6)


def test_arrays_through_the_engine():
    a = np.array([0.4, -0.3])
    x = fixed_point(contraction, a, np.ones(2), distance, 1e-14)
    slope = (1 - np.tanh(a * x) ** 2) * 0.5
    found = jacobian(lambda a: fixed_point(contraction, a, np.ones(2), distance, 1e-14))(a)
    assert_allclose(found, np.diag(slope * x / (1 - slope * a)), atol=1e-12)


def test_the_start_has_no_influence_through_the_engine():
    assert grad(lambda x0: fixed_point(contraction, 0.4, x0, distance, 1e-14))(1.0) == 0.0
