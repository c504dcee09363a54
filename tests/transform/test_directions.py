"""Tangents along several directions in one pass: what each direction gives by itself, with the primal run once."""

from functools import partial, reduce

import numpy as np
import pytest

import srcgrad
from srcgrad.engine import jvp, jvps

A = np.array([0.3, -1.2, 2.0])
X = 0.7


def straight(x, a):
    return np.sum(np.sin(a) * x) * np.dot(a, a) / x


def branches(x, a):
    if a[0] > 0:
        y = x * a[1]
    elif a[1] > 0:
        y = 3.0
    else:
        y = a[2] ** 2
    return (y if y < 0 else -y) * x


def loops(x, a):
    total = 0.0
    for i, v in enumerate(a):
        while total < 2.0 * i:
            total = total + x * x
            if total > 1.5:
                continue
            total = total + abs(v)
        total = total * v
    return total


def in_place(x, a):
    u = np.zeros((3, 2))
    for i in range(3):
        u[i, 0] = a[i] * x
        u[i, 1] += u[i, 0] * a[i]
    u[1] = 2.0
    np.add.at(u, (np.array([0, 0]), 1), a[:2])
    return np.sum(u**2)


def lists(x, a):
    xs = [x, 1.0]
    for v in a:
        xs.append(v * xs[-1])
        xs[0] = xs[0] * v
    xs.insert(1, x)
    xs.extend([x * v for v in a])
    last = xs.pop()
    return sum(xs) * last + max(xs)


def dicts(x, a):
    d = {"x": x, "n": 3}
    d.update(y=x * a[0])
    for key, v in zip("xyz", a):
        d[key] = d.get(key, 0.0) + v * x
    return sum(v for k, v in d.items() if k != "n") + d.setdefault("w", x) * d.pop("y")


def nested(x, a):
    def scaled(v):
        return v * x

    return scaled(a[0]) + (lambda t: scaled(t) * a[1])(x)


def late(x, a):
    def read():
        return x * a[0]

    total = read()
    x = x * x
    return total + read()


def closures_as_values(x, a):
    fs = [lambda v: v * x, np.sin, lambda v, w=a[1]: v * w]
    total = reduce(lambda s, f: s + f(a[0]), fs, 0.0)
    return total + sum(map(fs[0], a)) + partial(lambda u, v: u * v * x, a[2])(x)


def starred(x, a):
    def summed(first, *rest, scale=1.0, **more):
        return first * scale + sum(rest) + more.get("y", 0.0)

    values = [x, x * x]
    named = {"y": a[2] * x}
    return summed(a[0], *values, x, scale=a[1], **named) + summed(*a)


def recursive(x, a, n=3):
    return x if n == 0 else recursive(x * a[0], a, n - 1) * a[1] + x


def structures(x, a):
    pair, rest = (x, {"a": a}), [a[0], [x]]
    (y, d), (b, [z]) = pair, rest
    return y * d["a"][1] + b * z * x


def inactive_parts(x, a):
    n, label = len(a), f"{3}"
    y = np.zeros(3)
    return (np.sum(y) + x * n) * float(label) + int(a[2])


def of_derivatives(x, a):
    return srcgrad.grad(lambda t: np.sum(np.sin(t * a)) * x)(x)


class Model:
    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        return self.scaled(x) + 1.0

    def scaled(self, x):
        return np.sum(self.w * x**2)


def methods(x, a):
    return Model(A)(a) * x + Model(2.0).scaled(a * x)


PRIMALS = [
    straight,
    branches,
    loops,
    in_place,
    lists,
    dicts,
    nested,
    late,
    closures_as_values,
    starred,
    recursive,
    structures,
    inactive_parts,
    of_derivatives,
    methods,
]
DIRECTIONS = [(1.0, np.zeros(3)), (0.0, np.array([1.0, 0.0, 0.0])), (0.5, np.array([-0.2, 0.3, 2.0]))]


@pytest.mark.parametrize("primal", PRIMALS, ids=lambda f: f.__name__)
def test_each_direction_is_what_it_is_alone(primal):
    y, y_dots = jvps(primal, (0, 1))(tuple(map(list, zip(*DIRECTIONS))), X, A)
    assert y == pytest.approx(primal(X, A), rel=1e-14)
    alone = [jvp(primal, (0, 1))(direction, X, A)[1] for direction in DIRECTIONS]
    np.testing.assert_allclose(y_dots, alone, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("primal", PRIMALS, ids=lambda f: f.__name__)
def test_the_columns_are_the_gradient(primal):
    x_column, a_columns = srcgrad.jacobian(primal, (0, 1))(X, A)
    x_bar, a_bar = srcgrad.grad(primal, (0, 1))(X, A)
    np.testing.assert_allclose([x_column, *a_columns], [x_bar, *a_bar], rtol=1e-12, atol=1e-14)


def test_a_callee_known_at_run_time():
    def primal(f, x):
        return f(x) * f(x, scale=x)

    def scaled(x, scale=2.0):
        return x * scale

    _, y_dots = jvps(primal, (1,))(([1.0, -2.0],), scaled, X)
    np.testing.assert_allclose(y_dots, np.array([1.0, -2.0]) * 6 * X**2)


def test_what_does_not_depend_on_a_direction_is_computed_once():
    calls = []

    def counted(n):
        calls.append(n)
        return float(n)

    def primal(x):
        return np.sin(x) * counted(3) + x * counted(4)

    jvps(primal, (0,))(([1.0, 2.0, 3.0],), X)
    assert calls == [3, 4]


def test_a_result_without_tangents_has_zeros_along_each_direction():
    def primal(x):
        return np.arange(4.0)

    def caller(x):
        return primal(x) * x, primal(x)

    for f in (primal, caller):
        _, y_dots = jvps(f, (0,))(([1.0, 2.0],), X)
        assert len(y_dots) == 2
    np.testing.assert_array_equal([y_dot[0] for y_dot in y_dots], np.outer([1.0, 2.0], np.arange(4.0)))


def test_tangents_of_directions_share_no_memory():
    def primal(x):
        u = np.zeros(2)
        u[0] = x
        return u

    _, (first, second) = jvps(primal, (0,))(([1.0, 2.0],), X)
    first[0] = 9.0
    np.testing.assert_array_equal(second, [2.0, 0.0])


def test_tangents_follow_a_list_that_is_sorted():
    def primal(x, a):
        xs = [a[0] * x, a[1], x]
        xs.sort(key=lambda v: -v)
        return xs[0] * xs[2]

    _, y_dots = jvps(primal, (0, 1))(tuple(map(list, zip(*DIRECTIONS))), X, A)
    np.testing.assert_allclose(y_dots, [jvp(primal, (0, 1))(d, X, A)[1] for d in DIRECTIONS], rtol=1e-14)


def test_directions_can_be_pushed_forward_again():
    def slopes(x, a):
        return jvps(loops, (0, 1))(tuple(map(list, zip(*DIRECTIONS))), x, a)[1]

    _, dots = jvp(slopes, (0, 1))(DIRECTIONS[2], X, A)
    for direction, dot in zip(DIRECTIONS, dots):
        _, expected = jvp(lambda x, a: jvp(loops, (0, 1))(direction, x, a)[1], (0, 1))(DIRECTIONS[2], X, A)  # noqa: B023
        np.testing.assert_allclose(dot, expected, rtol=1e-12, atol=1e-13)
