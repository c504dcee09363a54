"""Callees that read arrays in parts, and callees that add to arrays: their adjoints cost what they touch."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad

from .checking import rows

# Callees that read arrays in parts ------------------------------------------------------------------------------------


def doubled_square(x, i):
    v = x[i]
    if v > 0.5:
        v = v * 2
    return v**2


def pair_force(x, i, j):
    d = x[i] - x[j]
    return d**4 / (1 + d * d)


def weighted(x, i, w):
    return w * pair_force(x, i, i - 1)


def called_in_a_loop(x):
    total = 0.0
    for i in range(len(x)):
        total = total + doubled_square(x, i)
    return total


def called_by_a_callee(x, w):
    total = 0.0
    for i in range(1, len(x)):
        total = total + weighted(x, i, w) * x[i]
    return total


def weighted_by_an_entry(x):
    return called_by_a_callee(x, x[2])


def rest(x, i):
    if i == len(x):
        return 0.0
    return x[i] ** 3 + rest(x, i + 1) * x[0]


def recursion_over_an_array(x):
    return rest(x, 0)


def reading_closure(x):
    def h(i):
        v = x[i]
        if v > 0.5:
            return v**3
        return v * x[i - 1]

    total = 0.0
    for i in range(len(x)):
        total = total + h(i) ** 2
    return total


def given_twice(x):
    def between(a, b, i):
        return a[i] * b[i - 1] + np.sum(a) * b[i]

    return between(x, x, 1) + between(x, x * x, 2)


def given_twice_and_used_whole(x):
    def weighed(a, b, i):
        c = a[i]
        return c * np.sum(b * b) + c * c

    return weighed(x, x, 1) * x[2]


def given_a_row(X):
    total = 0.0
    for row in X:
        total = total + pair_force(row, 0, 1)
    return total * doubled_square(X[1], 2)


def passed_through(x):
    def first(v):
        return v

    return first(x)[1] * doubled_square(first(x), 0)


def scaled(v):
    w = v * v[0]
    if w[1] > 100:
        w = w + v[1]
    return w


def rebound_to_the_result(x):
    for _ in range(2):
        x = scaled(x)
    return np.sum(x)


def rebound_in_a_branch(x):
    if x[0] > 0:
        x = scaled(x)
    return np.sum(x * x)


def cube(v):
    if v > 0.1:
        v = v * v
    return v**3


def square(v):
    if v > 0.1:
        v = v * v
    return v**2


def callee_in_each_branch(x):
    y = np.zeros(3)
    if x[0] > 0:
        y = y + cube(x[1])
    else:
        y = square(x[2]) * np.ones(3)
    return np.sum(y * y)


X = np.array([0.3, 0.7, -0.4, 1.1])


@rows(
    (weighted_by_an_entry, X), (called_in_a_loop, X), (called_by_a_callee, X, 1.5), (recursion_over_an_array, X),
    (reading_closure, X), (given_twice, X), (given_twice_and_used_whole, X), (passed_through, X),
    (given_a_row, np.outer(X, [0.5, -1.2, 0.8])), (rebound_to_the_result, X), (rebound_in_a_branch, X),
    (callee_in_each_branch, X), (callee_in_each_branch, -X),
)  # fmt: skip
def test_callees_that_read_arrays_in_parts(check, primal, args):
    check(primal, args)


# Callees that add to arrays -------------------------------------------------------------------------------------------


def add_square(y, i, v):
    y[i] += v * v
    return y


def add_if(y, v):
    if v > 0:
        y[0] += v**3
    return y


def add_by_a_callee(y, v):
    return add_square(y, 1, v * 3)


def reads_as_well(y, v):
    y[0] += v * y[1]
    return y


def sums_of_squares(x):
    y = np.zeros(3)
    y = add_square(y, 0, x)
    y = add_square(y, 1, x * 2)
    return np.sum(y**3)


def sums_in_a_loop(x):
    y = np.zeros(3)
    for i in range(3):
        y = add_square(y, i, x * i)
    return np.sum(y * y)


def sums_in_branches(x):
    y = np.zeros(3)
    y = add_if(y, x) if x < 1 else add_square(y, 0, x)
    return np.sum(y) ** 2


def sums_under_another_name(x):
    y = np.zeros(3)
    total = add_by_a_callee(y, x)
    return total[1] * x


def tangent_of_its_own(x):
    y = np.array([x, 2 * x])
    z = y + 1.0
    z = add_square(z, 0, x)
    return np.sum(z * z) * y[0]


@rows(
    (sums_of_squares, 1.3), (sums_in_a_loop, 0.7), (sums_in_branches, 0.7), (sums_in_branches, 1.3),
    (sums_under_another_name, 1.3), (tangent_of_its_own, 0.7),
)  # fmt: skip
def test_callees_that_add_to_arrays_of_the_caller(check, primal, args):
    check(primal, args)


def kept_under_another_name(x):
    y = np.ones(3)
    kept = y
    y = add_square(y, 0, x)
    return np.sum(y) * kept[0]


def read_before(x):
    y = np.ones(3) * x
    s = np.sum(y * y)
    y = add_square(y, 0, x)
    return np.sum(y * s)


def read_by_the_callee(x):
    y = np.ones(3) * x
    y = reads_as_well(y, x)
    return np.sum(y * y)


def read_afterwards(x):
    y = np.zeros(3)
    total = add_square(y, 0, x)
    return total[0] * y[0]


def held_in_a_list(x):
    y = np.zeros(3)
    rows = [y]
    y = add_square(y, 0, x)
    return rows[0][0] * x


def row_of_a_list(x):
    y, found = np.zeros(3), []
    for i in range(3):
        y = add_square(y, i, x)
        found.append(y)
    return found[0][2] * x + found[2][0]


def default_of_the_caller(x, y=np.zeros(3)):  # noqa: B008
    y = add_square(y, 0, x)
    return np.sum(y)


def array_of_integers(x):
    y = np.zeros(3, dtype=int)
    y = add_square(y, 0, x)
    return y[0] * x


@pytest.mark.parametrize("operator", [srcgrad.grad, lambda f: lambda x: srcgrad.make_jvp(f)(x)(1.0)])
@pytest.mark.parametrize(
    "primal",
    [kept_under_another_name, read_before, read_by_the_callee, read_afterwards, held_in_a_list, row_of_a_list]
    + [default_of_the_caller, array_of_integers],
)
def test_arrays_that_somebody_else_sees_are_not_given_away(primal, operator):
    with pytest.raises(srcgrad.SrcgradError):
        operator(primal)(1.3)
