"""What is written into while the reverse sweep still reads it, as it was, under another name or in a container."""

import numpy as np
import pytest

import srcgrad
from srcgrad.runtime.helpers import add, unbroadcast

from .checking import rows


def default_of_a_dict(x):
    d = dict(p=x, q=0.74)
    return d["p"] * d.get("z", x * x)


def recursion_that_adds_to_an_adjoint(x, a):
    def c(n, e):
        if n == 0 or e > 1.9:
            return e * x
        return c(n - 1, np.sin(x)) + a[2] * a[2]

    return c(3, 0.54) * x


def entries_of_a_dict_in_a_loop(x):
    d = {"p": x, "q": np.cos(x)}
    y = x
    for key in d:
        y = np.sin(y * d[key]) + d.get("r", x)
    return y * d.get("p", y)


def updated_after_a_loop(x):
    y = x * 1.0
    for _ in range(2):
        y = np.tanh(y)
    y[0] += 3.0
    return np.sum(y * y)


def updated_after_a_branch(x):
    y = np.tanh(x * 1.0)
    if x[0] > 0:
        y = np.tanh(y)
    y[0] += 3.0
    return np.sum(y * y)


def updated_between_iterations(x):
    y = x * 1.0
    for i in range(2):
        if i > 0:
            y[0] += 3.0
        y = np.tanh(y)
        y[1] *= 2.0
    return np.sum(y * y)


@rows(
    (default_of_a_dict, 0.7),
    (updated_after_a_loop, np.array([0.5, 0.8])),
    (updated_after_a_branch, np.array([0.5, 0.8])),
    (updated_between_iterations, np.array([0.5, 0.8])),
    (recursion_that_adds_to_an_adjoint, 0.7, np.array([0.5, -0.3, 0.8])),
    (entries_of_a_dict_in_a_loop, 0.7),
)
def test_what_is_read_later_is_kept_as_it_was(check, primal, args):
    check(primal, args)


@pytest.mark.parametrize("left", [True, False])
def test_the_tangent_of_a_sum_of_adjoints_is_a_number_where_one_is_none(left):
    def weighted(y, a):
        a_bar = add(0.0, unbroadcast(None if left else np.tanh(y), np.prod(a)))
        return np.sum(a_bar * a * y)

    a = np.array([0.5, 0.6, 0.4])
    value, tangent = srcgrad.make_jvp(weighted)(0.7, a)(1.0)
    t = np.tanh(0.7)
    assert value == pytest.approx(0.0 if left else 0.7 * t * 1.5)
    assert tangent == pytest.approx(0.0 if left else 1.5 * (t + 0.7 * (1 - t * t)))
