"""Decorated functions within what is differentiated, and functions that take any number of arguments."""

from __future__ import annotations

import functools
from functools import partial

import numpy as np

import srcgrad

from .checking import assert_refused, rows

X = np.array([0.7, 1.3])


def doubled(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


def decorated_for_one_argument(x):
    def squared(f):
        return lambda y: f(y) ** 2

    @squared
    def g(y):
        return x[0] * y

    return g(x[1]) + g(x[0])


def decorated(x):
    @doubled
    def f(y):
        return x[0] * y

    return f(x[1]) + f(x[0])


def decorated_with_defaults(x):
    @doubled
    def f(y, k=x[0] * x[1]):
        return k * y

    return f(x[1]) + f(x[0], k=x[1])


def decorated_by_a_closure(x):
    def scaled(factor):
        def decorate(f):
            def wrapper(*args):
                return factor * f(*args)

            return wrapper

        return decorate

    @scaled(x[0])
    @scaled(3.0)
    def f(y, z=x[1]):
        return x[0] * y * z

    return f(x[1]) + f(x[0], 2.0)


def decorated_recursion(x):
    @doubled
    def f(n):
        return x[0] * x[1] if n == 0 else f(n - 1) * x[1]

    return f(3)


def recursion_through_a_wrapper(x):
    def twice(f):
        return lambda n: 2.0 * f(n)

    def inner(n):
        return x[0] if n == 0 else f(n - 1) * x[1]

    f = twice(inner)
    return f(3)


def any_number_of_arguments(x):
    def f(*args, k=2.0):
        return x[0] * args[0] ** 2 * k * args[-1]

    return f(x[1]) + partial(f, x[0])() + partial(f, k=x[1])(3.0) + sum([g(x[0], x[1]) for g in (f, partial(f, x[0]))])


def any_keywords(x):
    def f(**kwargs):
        return x[0] * kwargs["u"] ** 2

    return f(u=x[1]) + sum([g(u=x[0]) for g in (f,)])


def derivative_of_any_number(x):
    def f(*args):
        return x[0] * args[0] ** 2 * args[-1]

    return srcgrad.grad(f)(2.0) * x[1] + srcgrad.grad(partial(f, x[0]))(x[1])


NAMES = [
    decorated_for_one_argument,
    decorated,
    decorated_with_defaults,
    decorated_by_a_closure,
    decorated_recursion,
    recursion_through_a_wrapper,
]
NAMES += [any_number_of_arguments, any_keywords, derivative_of_any_number]


@rows(*((primal, X) for primal in NAMES))
def test_derivatives(check, primal, args):
    check(primal, args)


def test_what_a_wrapper_wraps_is_no_value():
    def primal(x):
        @doubled
        def f(y):
            return x * y

        return f.__wrapped__(x)  # refused

    assert_refused(primal, 1.3, words="'__wrapped__'")
