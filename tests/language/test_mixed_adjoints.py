"""Adjoints that may be None, beside numbers that never are: returns out of loops, integers among floats, partials."""

import numpy as np
import pytest

import srcgrad

from .checking import FIRST, MIXED, SECOND

A = np.array([0.7, 1.3])


def returned_from_a_loop(x):
    while True:
        if x[0] < 5:
            return x[0] * x[1]


def returned_from_a_nested_loop(x):
    while True:
        for i in range(3):
            if i == 1:
                return x[i] * x[0]


def matched_with_a_guard(x):
    match (x[0], x[1]):
        case (float() as a, b) if a < b:
            return a * b
        case (a, b):
            return a * a * b


def power_of_a_sum(x):
    return sum(x.tolist()) ** 2


def default_argument(x):
    return sum(f() for f in [lambda i=i: x[i] ** 2 for i in range(2)])


def rest_of_a_match(x):
    match {"k": x[0], "y": 2}:
        case {"k": v, **rest}:
            return v * rest["y"] * x[1]


def integers_in_a_dict(x):
    m = {"k": x[0], "y": 2}
    return {k: v for k, v in m.items() if k != "k"}["y"] * x[0]


@pytest.mark.parametrize("check", FIRST + SECOND + MIXED)
@pytest.mark.parametrize("primal", [returned_from_a_loop, power_of_a_sum, default_argument, rest_of_a_match])
def test_derivatives_to_order_2(primal, check):
    check(primal, (A,))


@pytest.mark.parametrize("check", [FIRST[0], MIXED[1]])
@pytest.mark.parametrize("primal", [returned_from_a_nested_loop, matched_with_a_guard, integers_in_a_dict])
def test_reverse_and_reverse_over_forward(primal, check):
    check(primal, (A,))


def test_integers_among_the_values_of_an_argument():
    assert srcgrad.grad(lambda d: sum(v * v for v in d.values()))({"a": 3.0, "n": 2}) == {"a": 6.0, "n": None}
    assert srcgrad.multigrad_dict(lambda x, y: x * y)(3.0, 4) == {"x": 4.0, "y": None}
