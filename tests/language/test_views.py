"""Writes into arrays of the function's own that have several names: views, slices of slices, plain copies of a name."""

import contextlib

import numpy as np
import pytest

import srcgrad
from srcgrad.rules import memory

from .checking import check_forward, check_second_forward, rows

A = np.array([0.4, -0.7, 1.1])


def view_read_after_write(a, x):
    g = np.tanh(a)
    h = g[1:]
    g[1] = x
    return np.sum(h * h) + np.sum(g * g)


def written_through_view(a, x):
    g = np.tanh(a)
    h = g[1:]
    h[1] = x
    return np.sum(h * h) + np.sum(g * g)


def updated_under_two_names(a, x):
    g = np.tanh(a)
    h = g
    h += x * a
    return np.sum(h * h) + np.sum(g * g)


def updated_by_itself(a, x):
    u = np.sin(a)
    v = u
    v += u[::-1] * x
    v[1:] *= u[:-1]
    return np.sum(u * u * v)


def rows_in_loop(a, x):
    z = np.zeros((2, 3))
    for i in range(2):
        row = z[i]
        row += a * x
        row[0] = x
    return np.sum(z * z)


def rows_iterated(a, x):
    m = np.outer(a, a)
    for row in m:
        row *= x
    return np.sum(m * m)


def two_views(a, x):
    z = np.sin(a)
    u = z[1:]
    v = z[:2]
    u[0] = x
    v *= a[1]
    u += z[0]
    return np.sum(z * z) + u[0] * v[1]


def view_of_view(a, x):
    m = np.outer(a, a)
    r = m[1]
    s = r[1:]
    s[0] = x
    r *= a
    m[1, 1] += x * x
    return np.sum(s) * x + np.sum(m * m)


def views_in_branches(a, x):
    z = np.sin(a)
    u = z[1:]
    if a[0] > 0:
        u *= x
    else:
        z[0] = x
    if z[1] < 5:
        z *= z
    return np.sum(u * z[:2])


def view_returned(a, x):
    def inner(v):
        z = np.zeros((2, 3))
        row = z[0]
        z[0] = v * x
        row *= v
        z[1] = row
        return row

    return np.sum(inner(a) * inner(a * x))


def relaxation(a, x):
    u = np.sin(a)
    left = u[:-1]
    right = u[1:]
    for _ in range(3):
        right -= 0.1 * left * x
        left *= right
    return np.sum(u)


def overwritten_and_rebound(a, x):
    u = np.sin(a)
    u[:] = u * x
    u *= u
    u[:] = np.tanh(u)
    return np.sum(u * u)


def a_name_for_its_own_view(a, x):
    y = a * x
    if a[0] > 0:
        y = y[::-1]
    y[0] = y[0] * y[1]
    return np.sum(y * a)


def shorter_in_a_loop(a, x):
    y = np.outer(a, a)
    for _ in range(2):
        y = y[1:]
        y[0] = y[0] * x
    return np.sum(y * y)


@rows(
    (overwritten_and_rebound, A, 0.8), (a_name_for_its_own_view, A, 0.8), (shorter_in_a_loop, A, 0.8),
    (view_read_after_write, A, 0.8), (written_through_view, A, 0.8), (updated_under_two_names, A, 0.8),
    (updated_by_itself, A, 0.8), (rows_in_loop, A, 0.8), (rows_iterated, A, 0.8), (two_views, A, 0.8),
    (view_of_view, A, 0.8), (views_in_branches, A, 0.8), (view_returned, A, 0.8), (relaxation, A, 0.8),
)  # fmt: skip
def test_views(check, primal, args):
    check(primal, args)


def shared_by_callee(a, x):
    d = np.sin(a)
    same = [lambda v: v]
    y = same[0](d)
    d[0] = x
    return np.sum(y * d)


def transposed(a, x):
    m = np.outer(a, a)
    r = m.T
    m[0, 1] = x
    return np.sum(r[1] * a)


def repeated_in_list(a, x):
    z = [np.sin(a)] * 2
    z[0][1] = x
    return np.sum(z[0] * z[1])


def index_moved_on(a, x):
    z = np.outer(a, a)
    i, total = 0, 0.0
    while i < 2:
        r = z[i]
        i += 1
        r[0] = x * i
        total += r[0] * r[1]
    return total + z[0][0]


def held_in_tuple(a, x):
    d = a * 1.0
    p = (d, x)
    d[0] = x
    return p[0][0] * p[1] + np.sum(d * d)


def array_not_copied(a, x):
    z = np.sin(a)
    d = np.array(z, copy=None)
    d[0] = x
    return np.sum(z * z)


def cast_not_copied(a, x):
    z = np.sin(a)
    d = z.astype(float, copy=False)
    d[0] = x
    return np.sum(z * z)


def broadcast_together(a, x):
    z = np.sin(a)
    (d,) = np.broadcast_arrays(z)
    z[0] = x
    return np.sum(d * d)


def diagonal_by_diag(a, x):
    z = np.outer(a, a)
    d = np.diag(z)
    z[0, 0] = x
    return np.sum(d * d)


def diagonal_by_einsum(a, x):
    z = np.outer(a, a)
    d = np.einsum("ii->i", z)
    d[0] = x
    return np.sum(z * z)


@pytest.mark.parametrize(
    "primal", [array_not_copied, cast_not_copied, broadcast_together, diagonal_by_diag, diagonal_by_einsum]
)
def test_results_that_may_share_memory_are_refused_when_they_do(primal):
    with pytest.raises(srcgrad.UnsupportedMutation):
        srcgrad.grad(primal, (0, 1))(A, 0.8)
    with pytest.raises(srcgrad.UnsupportedMutation):
        srcgrad.make_jvp(primal, (0, 1))(A, 0.8)((A, 1.0))


SQUARE = np.array([[1.0, 0.25], [0.25, 2.0]])
CALLS = [
    lambda f: f(SQUARE),
    lambda f: f(SQUARE, 1),
    lambda f: f(SQUARE, SQUARE),
    lambda f: f([SQUARE]),
    lambda f: f(SQUARE, 0, 1),
    lambda f: f(3),
    lambda f: f(SQUARE, np.zeros((2, 2), int), 1),
    lambda f: f([SQUARE, SQUARE]),
    lambda f: f(np.ones(3), np.ones(3)),
    lambda f: f(np.array(True), SQUARE, SQUARE + 1),
    lambda f: f((2, 2), 1.0),
    lambda f: f(SQUARE[0], SQUARE),
]


@pytest.mark.parametrize("function", sorted(memory.NEW, key=lambda f: f.__name__))
def test_functions_whose_result_is_taken_to_be_new_share_nothing(function):
    results = []
    for call in CALLS:
        with contextlib.suppress(TypeError, ValueError, IndexError, AttributeError, DeprecationWarning):
            results.append(call(function))
    assert results
    assert not any(np.shares_memory(result, SQUARE) for result in results if isinstance(result, np.ndarray))


@pytest.mark.parametrize("primal", [shared_by_callee, transposed, repeated_in_list, index_moved_on, held_in_tuple])
def test_what_is_shared_and_not_followed_is_refused(primal):
    with pytest.raises(srcgrad.UnsupportedMutation):
        srcgrad.grad(primal, (0, 1))(A, 0.8)
    if primal not in FOLLOWED_BY_TANGENTS:
        with pytest.raises(srcgrad.UnsupportedMutation):
            srcgrad.make_jvp(primal, (0, 1))(A, 0.8)((A, 1.0))


FOLLOWED_BY_TANGENTS = [index_moved_on, held_in_tuple]  # which refer to each other as the primal's arrays do


@pytest.mark.parametrize("primal", FOLLOWED_BY_TANGENTS)
@pytest.mark.parametrize("check", [check_forward, check_second_forward])
def test_tangents_share_as_the_primals_arrays_do(check, primal):
    check(primal, (A, 0.8))


def unshared_by_callee(a, x):
    d = np.sin(a)
    doubled = [lambda v: v * 2.0]
    y = doubled[0](d)
    d[0] = x
    return np.sum(y * d)


def test_what_may_be_shared_is_checked_when_it_runs():
    gradient = srcgrad.grad(unshared_by_callee, (0, 1))
    doubled = 2 * np.sin(A)
    a_bar = 4 * np.sin(A) * np.cos(A)
    a_bar[0] = 2 * 0.8 * np.cos(A[0])
    np.testing.assert_allclose(gradient(A, 0.8)[0], a_bar, rtol=1e-12)
    assert gradient(A, 0.8)[1] == pytest.approx(doubled[0], rel=1e-12)
    assert "check_unshared(d, y)" in gradient.precompile(A, 0.8).source


def scaled_and_rebound(a):
    g = np.tanh(a)
    g[::2] *= a[1:]
    g *= a
    return np.sum(g)


@pytest.mark.parametrize("primal", [scaled_and_rebound, lambda a: relaxation(a, 0.8), lambda a: rows_in_loop(a, 0.8)])
def test_a_pullback_gives_the_same_again(primal):
    pullback, _ = srcgrad.make_vjp(primal)(A)
    once = pullback(1.0)
    np.testing.assert_array_equal(pullback(1.0), once)
    np.testing.assert_allclose(once, srcgrad.grad(primal)(A), rtol=1e-14)


def test_views_cost_no_copies_where_they_are_not_written_through():
    def sums(a):
        total = 0.0
        for row in np.outer(a, a):
            total += np.sum(row * row)
        return total

    assert ".copy()" not in srcgrad.grad(sums).precompile(A).source


def read_in_a_tuple(a, x):
    u = np.sin(a)
    t = (u, a * a)
    y = np.dot(t, u * x)
    u[0] = x
    return np.sum(y * y) + np.sum(u * x)


def test_a_pullback_does_not_read_what_was_overwritten_in_a_container():
    expected = srcgrad.grad(read_in_a_tuple)(A, 0.8)
    step = 1e-6 * np.eye(3)
    differences = [(read_in_a_tuple(A + h, 0.8) - read_in_a_tuple(A - h, 0.8)) / 2e-6 for h in step]
    np.testing.assert_allclose(expected, differences, rtol=1e-6)
    pullback, _ = srcgrad.make_vjp(read_in_a_tuple)(A, 0.8)
    np.testing.assert_allclose([pullback(1.0), pullback(1.0)], [expected, expected], rtol=1e-14)
    with pytest.raises(srcgrad.UnsupportedMutation):
        srcgrad.make_vjp(srcgrad.grad(read_in_a_tuple))(A, 0.8)
