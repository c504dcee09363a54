"""What is declared inactive is piecewise constant; what is declared an observer has no rule besides."""

import logging
import operator

import numpy as np
import pytest

from srcgrad.rules import complexes, elementwise, inactive, registry, scalars  # noqa: F401

X = np.array([0.3, -1.7, 2.4])


def takes_one_array(function):
    try:
        function(X)
    except (TypeError, DeprecationWarning):  # `round_`, `fix`: deprecated in some versions
        return False
    return True


OF_ONE_ARRAY = [f for f in (*inactive.rounding, *inactive.positions, *inactive.comparisons) if takes_one_array(f)]


@pytest.mark.parametrize("function", OF_ONE_ARRAY, ids=lambda f: f.__name__)
def test_piecewise_constant(function):
    y, z = function(X), function(X + 1e-9)
    for before, after in zip(*((y, z) if isinstance(y, tuple) else ((y,), (z,)))):
        np.testing.assert_array_equal(before, after)


def test_nothing_is_both_constant_and_differentiable():
    differentiable = {*registry.partial_rules, *registry.vjp_rules, *registry.jvp_rules}
    assert not differentiable & registry.constant.keys()
    assert not differentiable & registry.observers
    assert not registry.observers & registry.constant.keys()


def test_functions_that_can_pass_values_on_are_not_declared():
    for function in (np.arange, np.unique, np.full_like, np.array, operator.or_, operator.and_, getattr, max, sorted):
        assert function not in registry.constant


def test_every_reason_is_told():
    assert all(registry.constant.values())


def test_observers():
    for function in (print, logging.info, logging.Logger.warning, np.testing.assert_allclose):
        assert function in registry.observers


def test_structural_attributes_are_inactive_and_parts_of_complex_numbers_are_not():
    assert registry.attributes[np.ndarray, "shape"] is None
    assert registry.attributes[np.ndarray, "real"] is np.real
    assert registry.methods[np.ndarray, "clip"] is np.clip
