"""Law 3: a gradient costs what its primal costs, at every order: counted in calls, which no busy machine disturbs."""

from __future__ import annotations

import cProfile
import pstats

import numpy as np
import pytest

import srcgrad


def items_read(x):
    total = x[0]
    for i in range(1, len(x)):
        total = total + x[i] * x[i - 1] ** 2
    return total


def rows_read(x):
    total = 0.0
    for v in x:
        total = total + v**3
    return total


def items_appended(x):
    ys = []
    for i in range(len(x)):
        ys.append(x[i] ** 3)
    total = 0.0
    for y in ys:
        total = total + y * y
    return total


def array_of_a_list(x):
    ys = []
    for i in range(len(x)):
        ys.append(x[i] ** 3)
    return np.sum(np.array(ys) ** 2)


def items_written(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] ** 3
    return np.sum(y * y)


def gradient(f):
    return srcgrad.grad(f)


def tangent(f):
    return lambda x: srcgrad.make_jvp(f)(x)(x)


def hessian_product(f):
    return lambda x: srcgrad.hessian_vector_product(f)(x, x)


def gradient_of_gradient(f):
    return srcgrad.grad(lambda x: np.sum(srcgrad.grad(f)(x) * x))


def calls(function, n: int) -> int:
    x = np.linspace(0.1, 1.0, n)
    function(x)  # what is derived once
    profile = cProfile.Profile()
    profile.runcall(function, x)
    return pstats.Stats(profile).total_calls


@pytest.mark.parametrize("operator", [gradient, tangent, hessian_product, gradient_of_gradient])
@pytest.mark.parametrize("primal", [items_read, rows_read, items_appended, array_of_a_list, items_written])
def test_calls_grow_as_the_loop_does(operator, primal):
    derived = operator(primal)
    short, long = calls(derived, 50), calls(derived, 200)
    assert long <= 4.2 * short
