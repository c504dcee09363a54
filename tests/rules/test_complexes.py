"""Rules for complex operands of functions that are not complex differentiable."""

import inspect

import numpy as np
import pytest
from checking import check_rule

from srcgrad.rules import complexes, elementwise, registry

Z = np.array([0.4 + 0.3j, -0.6 + 0.5j, -0.7 - 0.4j, 1.8 - 0.2j])
REAL = np.array([-2.3, -0.7, 0.4, 1.6])


@pytest.mark.parametrize("function", complexes.complex_rules, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [Z, complex(Z[1]), REAL, 0.7], ids=["array", "number", "real array", "real number"])
def test_complex_rules(function, x, monkeypatch):
    pullback, pushforward = complexes.complex_rules[function]
    wrt = list(inspect.signature(pullback).parameters)[2]
    monkeypatch.setattr(registry, "partial_rules", {})
    monkeypatch.setitem(registry.vjp_rules, function, {wrt: [registry.Rule(function, pullback, wrt)]})
    monkeypatch.setitem(registry.jvp_rules, function, {wrt: [registry.Rule(function, pushforward, wrt)]})
    assert check_rule(function, x) == 2


def test_angle_in_degrees():
    check_rule(np.angle, Z, deg=True)


def test_complex_abs_and_sign_at_zero():
    absolute_bar, absolute_dot = complexes.complex_rules[np.absolute]
    with np.errstate(all="raise"):
        assert absolute_bar(1.0, 0.0, 0j) == 0
        assert absolute_dot(1j, 0.0, 0j) == 0
        assert complexes.sign_x_bar(1 + 1j, 0j, 0j) == 0
        assert complexes.sign_x_dot(1 + 1j, 0j, 0j) == 0


def test_every_function_with_a_complex_rule_is_kept_from_its_plain_partials():
    plain = {f for f in complexes.complex_rules if f in registry.partial_rules}
    assert plain <= elementwise.not_holomorphic


def test_complex64_stays():
    z, ones = Z.astype(np.complex64), np.ones(4, np.float32)
    for function, (pullback, pushforward) in complexes.complex_rules.items():
        y = function(z)
        y_bar = ones if np.isrealobj(y) else ones + 0j
        assert pullback(y_bar, y, z).dtype == np.complex64, function
        assert pushforward(z, y, z).dtype == y.dtype, function
