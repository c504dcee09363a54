"""Primals that write into what the user passes: the derivative works on copies, and the user's arrays stay."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad

from .test_written_arguments import X, several


def entry(x):
    x[0] = x[1] * 2
    return np.sum(x * x)


def entry_pure(x):
    return (x[1] * 2) ** 2 + np.sum(x[1:] ** 2)


def updated(x):
    x *= 2
    return np.sum(x**3)


def updated_pure(x):
    return np.sum((2 * x) ** 3)


def running(x, n):
    for i in range(1, n):
        x[i] += x[i - 1] ** 2
    return x[n - 1]


def running_pure(x, n):
    last = x[0]
    for i in range(1, n):
        last = x[i] + last**2
    return last


def by_a_callee(x):
    several(x, 2)
    return np.sum(x**2)


def by_a_callee_pure(x):
    u = 1 * x
    several(u, 2)
    return np.sum(u**2)


def through_a_view(x):
    tail = x[1:]
    tail[0] = 2 * x[0]
    return np.sum(x**2)


def through_a_view_pure(x):
    return 5 * x[0] ** 2 + np.sum(x[2:] ** 2)


def whole(x):
    np.exp(x, out=x)
    x.sort()
    y = x[0] ** 2
    x.fill(3.0)
    return y * x[1]


def whole_pure(x):
    return 3 * np.min(np.exp(x)) ** 2


OWN = [
    (entry, entry_pure, (X,)),
    (updated, updated_pure, (X,)),
    (running, running_pure, (X, 3)),
    (by_a_callee, by_a_callee_pure, (X,)),
    (through_a_view, through_a_view_pure, (X,)),
    (whole, whole_pure, (X,)),
]


def first(operator):
    return lambda f, *args: operator(f)(*args)


def second(f, *args):
    return srcgrad.grad(lambda x: np.sum(srcgrad.grad(f)(x, *args[1:]) ** 2))(args[0])


OPERATORS = {
    "grad": first(srcgrad.grad),
    "value_and_grad": first(srcgrad.value_and_grad),
    "jacobian": first(srcgrad.jacobian),
    "hessian": first(srcgrad.hessian),
    "vjp": lambda f, *args: srcgrad.make_vjp(f)(*args)[0](1.5),
    "jvp": lambda f, *args: srcgrad.make_jvp(f)(*args)(np.arange(4.0))[1],
    "hvp": lambda f, *args: srcgrad.hessian_vector_product(f)(*args, np.arange(4.0)),
    "precompiled": lambda f, *args: srcgrad.grad(f).precompile(*args)(*args),
    "nested": second,
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize(("primal", "pure", "args"), OWN, ids=[row[0].__name__ for row in OWN])
def test_arguments_are_as_they_were(primal, pure, args, operator):
    given = (args[0].copy(), *args[1:])
    found = OPERATORS[operator](primal, *given)
    np.testing.assert_array_equal(given[0], args[0])
    expected = OPERATORS[operator](pure, *args)
    if operator == "value_and_grad":
        found, expected = [np.hstack(part) for part in (found, expected)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def appended(xs):
    xs.append(xs[0] * xs[1])
    xs[0] = xs[2] ** 2
    return sum(xs)


def test_lists_are_as_they_were():
    xs = [0.5, 2.0]
    np.testing.assert_allclose(srcgrad.grad(appended)(xs), [2 * 0.5 * 4 + 2, 2 * 2 * 0.25 + 0.5 + 1])
    assert xs == [0.5, 2.0]
    value, tangent = srcgrad.make_jvp(appended)(xs)([1.0, 0.0])
    assert (value, tangent, xs) == (appended([*xs]), 6.0, [0.5, 2.0])


def doubled(x):
    x *= 2
    return x


def test_what_is_returned_is_not_the_argument():
    x = X.copy()
    pullback, y = srcgrad.make_vjp(doubled)(x)
    y[0] = 99.0
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(pullback(np.ones(4)), np.full(4, 2.0))
    y, y_dot = srcgrad.make_jvp(doubled)(x)(np.ones(4))
    np.testing.assert_array_equal(y, 2 * X)
    np.testing.assert_array_equal(y_dot, np.full(4, 2.0))
    np.testing.assert_array_equal(x, X)


def raising(x):
    x[0] = 5.0
    if x[1] < 1:
        raise ValueError("too small")
    return np.sum(x)


def test_arguments_are_as_they_were_when_the_primal_raises():
    x = X.copy()
    with pytest.raises(ValueError, match="too small"):
        srcgrad.grad(raising)(x)
    np.testing.assert_array_equal(x, X)


def of_two(x, y):
    x[0] = 3 * y[0]
    return np.sum(x * y)


def test_one_array_given_twice_is_refused():
    x = X.copy()
    np.testing.assert_allclose(srcgrad.grad(of_two)(x, 2 * x), [0.0, *(2 * X)[1:]])
    for other in (x, x[::-1]):
        with pytest.raises(srcgrad.UnsupportedMutation, match="shares it"):
            srcgrad.grad(of_two)(x, other)
        with pytest.raises(srcgrad.UnsupportedMutation, match="shares it"):
            srcgrad.make_vjp(of_two)(x, other)
        with pytest.raises(srcgrad.UnsupportedMutation, match="shares it"):
            srcgrad.make_jvp(of_two)(x, other)(np.ones(4))
