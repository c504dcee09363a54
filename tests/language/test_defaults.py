"""Default arguments that carry derivatives: evaluated once, where the function is made, and replaced when passed."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import srcgrad

from .checking import rows

X = np.array([0.7, 1.3])


def over_range(x):
    return sum(f() for f in [lambda i=i: x[i] ** 2 for i in range(2)])


def over_string(x):
    return sum(f() for f in [lambda c=c: x[ord(c) - 97] ** 2 for c in "ab"])


def over_dict(x):
    d = {"a": 0, "b": 1}
    return sum(f() for f in [lambda c=c: x[d[c]] ** 2 for c in d])


def over_active(x):
    return sum(f(2.0) for f in [lambda y, v=v: v**2 * y * x[0] for v in x])


def over_zip(x):
    return sum(f(2.0) for f in [lambda y, v=v, i=i: v**i * y * x[0] for v, i in zip(x, range(2, 5))])


def kw_only(x):
    def f(y, *, k=x[0] * x[1], m=2):
        return y * k * m

    return f(2.0) + f(x[0], k=x[1]) + f(x[1], m=x[0])


def list_default(x):
    def f(y, k=[x[0], x[1], 2.0]):  # noqa: B006
        return y * k[0] * k[1] + k[2]

    return f(2.0) + f(x[0], [x[1], x[1], x[0]])


def dict_default(x):
    def f(y, k={"a": x[0], "b": x[1], "n": 3}):
        return y * k["a"] * k["b"] ** k["n"]

    return f(2.0) + f(x[0], {"a": x[1], "b": x[0], "n": 2})


def array_default(x):
    f = lambda y, k=x: np.sum(k * k) * y
    return f(x[1]) + f(x[0], x + 1.0)


def closure_default(x):
    def g(y):
        return y * x[1]

    def f(y, h=g):
        return h(y) * y

    return f(x[0]) + f(2.0, lambda y: y * y * x[0])


def in_loop(x):
    fs = []
    a = x[0]
    for k in range(3):

        def f(y, a=a, k=k):
            return y * a + k * x[1]

        fs.append(f)
        a = a * x[1]
    return sum([f(x[0]) for f in fs])


def passed_on(x):
    def call(f, y):
        return f(y) + f(y, 2.0)

    def g(y, k=x[0] * x[1]):
        return y * k

    return call(g, x[1]) + call(lambda y, k=x[1]: y * k * x[0], 3.0)


def returned(x):
    def make(a):
        def f(y, b=a * x[1], *, c=a):
            return y * b * c

        return f

    return make(x[0])(x[1]) + make(2.0)(x[0], c=x[1])


def nested_default(x):
    def outer(y, k=x[0]):
        def inner(z, k=k * y):
            return z * k

        return inner(x[1]) + inner(y)

    return outer(x[1]) + outer(2.0, x[1])


def default_of_default(x):
    f = lambda y=x[0]: (lambda z=y * x[1]: z * y)()
    return f() + f(x[1])


def recursive_default(x):
    def f(n, acc=x[0]):
        return acc if n == 0 else f(n - 1, acc * x[1])

    return f(3)


def inactive_result(x):
    def f(y=x[0], n=3):
        return n

    def g(k=None, y=x[1]):
        return (k, y)

    return x[0] * f() + g()[1] * f(n=2) * x[0]


def partials(x):
    f = partial(lambda a, b=x[1], *, c=1: a * b * c, c=x[0])
    return f(x[0]) + f(2.0, 3.0) + partial(f, x[1])(c=4)


CALLS = []


def counted():
    CALLS.append(None)
    return 2.0


def evaluated_once(x):
    def f(y, k=counted() * x[0]):
        return y * k

    return f(x[0]) + sum([g(x[1]) for g in [f]])


def rebound_afterwards(x):
    a = x[0]

    def f(y, k=a):
        return y * k

    a = x[1]
    g = lambda y, k=a: y * k
    a = 5.0
    return f(x[1]) + f(a, a) + sum([h(x[0]) for h in (f, g)])


def filled(x):
    def f(y, ks=[x[0]]):
        ks.append(y)
        return ks[0] * ks[-1]

    return f(x[1]) + f(x[0])


NAMES = [
    over_range,
    over_string,
    over_dict,
    over_active,
    over_zip,
    kw_only,
    list_default,
    dict_default,
    array_default,
    closure_default,
    in_loop,
    passed_on,
    returned,
    nested_default,
    default_of_default,
    recursive_default,
    inactive_result,
    partials,
]


@rows(*((primal, X) for primal in [*NAMES, rebound_afterwards]))
def test_defaults(check, primal, args):
    check(primal, args)


def test_a_default_is_evaluated_once():
    CALLS.clear()
    np.testing.assert_allclose(srcgrad.grad(evaluated_once)(X), [4 * 0.7 + 2 * 1.3, 2 * 0.7], rtol=1e-13)
    assert len(CALLS) == 1


def test_a_default_that_is_written_into_is_never_taken_for_new():
    try:
        gradient = srcgrad.grad(filled)(X)
    except srcgrad.SrcgradError:
        return
    np.testing.assert_allclose(gradient, [1.3 + 2 * 0.7, 0.7])


def test_an_unknown_keyword_raises_as_in_the_plain_call():
    def primal(x):
        def f(y, k=x[0]):
            return y * k

        return sum([g(x[1], z=2.0) for g in [f]])

    with pytest.raises(TypeError):
        srcgrad.grad(primal)(X)
