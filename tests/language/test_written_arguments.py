"""Writes into arguments: callees that write into their caller's arrays, and NumPy's functions that do."""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad

from .checking import check_forward_over_reverse, check_reverse_over_forward, rows

# Callees -------------------------------------------------------------------------------------------------------------


def diffuse(u, dt):
    u[1:-1] += dt * (u[2:] - 2 * u[1:-1] + u[:-2])


def scale(u, factor):
    u *= factor


def exchange(u, v):
    u[0] += v[1]
    v[0] *= u[0]


def squared_entry(u, i):
    u[i] = u[i] ** 2
    return u[i] * 3


def several(u, count):
    for _ in range(count):
        diffuse(u, 0.1)
    scale(u, 1.5)


def descend(u, n):
    if n == 0:
        return
    u[0] = u[0] * u[1]
    descend(u, n - 1)


def fill_squares(z, x):
    for i in range(len(z)):
        z[i] = x[i] * x[i + 1]


def count_up(n):
    n[0] += 1


def product_entry(d, v):
    d["k"] = v * d["a"]


def stencil_steps(x):
    u = x.copy()
    for _ in range(3):
        diffuse(u, 0.1)
    return np.sum(u**2)


def written_and_returned(x):
    u, s = x * 1.0, 0.0
    for i in range(4):
        s = s + squared_entry(u, i)
    return s + np.sum(u**3)


def two_written(x):
    a, b = x.copy(), 2 * x
    exchange(a, b)
    return np.sum(a * b)


def handed_on(x):
    u = x.copy()
    several(u, 2)
    return np.sum(u**2)


def recursive(x):
    u = x.copy()
    descend(u, 3)
    return u[0]


def an_inactive_array_is_filled(x):
    z = np.zeros(3)
    fill_squares(z, x)
    return np.sum(z**2)


def counted(x):
    n = np.zeros(1, int)
    count_up(n)
    return x[n[0]] ** 2 * n[0]


def kept_in_between(x):
    u, history = x.copy(), []
    for _ in range(3):
        diffuse(u, 0.2)
        history.append(u.copy())
    return np.sum(history[0] * history[2])


def read_before_and_behind(x):
    u = x.copy()
    before = np.sum(u**3)
    scale(u, x[1])
    return before * np.sum(u**2)


def in_one_branch(x):
    u = x.copy()
    if x[0] > 0:
        scale(u, x[2])
    return np.sum(u**2)


def of_a_dict(x):
    d = {"a": x[0]}
    product_entry(d, x[1])
    return d["k"] ** 2


def by_a_local_function(x):
    def put(u):
        u[0] = u[1] * x[2]

    u = x.copy()
    put(u)
    return np.sum(u**2)


def in_a_lambda(x):
    u = x.copy()
    f = lambda v: np.sum(squared_entry(v, 1) * v)  # noqa: E731
    return f(u) * np.sum(u)


def seen_by_another_name(x):
    u = x.copy()
    w = u
    scale(u, 3.0)
    return np.sum(w**2)


def a_view_is_written(x):
    u = x.copy()
    v = u[1:]
    scale(v, 3.0)
    return np.sum(u**2)


def rows_are_written(x):
    u = np.outer(x, x)
    for k in range(4):
        squared_entry(u[k], 1)
        exchange_ends(u[k])
    for row in u:
        exchange_ends(row)
    return np.sum(u**2)


def exchange_ends(u):
    u[0] = u[0] * u[-1]


def slices_are_written(x):
    u = x.copy()
    exchange_ends(u[::-1])
    exchange_ends(u[[1, 2]])  # of a copy
    if x[0] > 0:
        exchange_ends(u[1:])
    return np.sum(u**3)


X = np.array([0.7, 0.3, 1.1, 0.45])


@rows(
    (stencil_steps, X),
    (written_and_returned, X),
    (two_written, X),
    (handed_on, X),
    (recursive, X),
    (an_inactive_array_is_filled, X),
    (counted, X),
    (kept_in_between, X),
    (read_before_and_behind, X),
    (in_one_branch, X),
    (of_a_dict, X),
    (by_a_local_function, X),
    (in_a_lambda, X),
    (seen_by_another_name, X),
    (a_view_is_written, X),
    (rows_are_written, X),
    (slices_are_written, X),
)
def test_callees_write_into_arguments(check, primal, args):
    check(primal, args)


def a_view_in_one_branch(x):
    u, q = x.copy(), x * 1.1
    w = q[:]
    if q[0] > u[1]:
        scale(u[1:3], 0.8)
        exchange(q, u)
    else:
        scale(u, 1.1)
    return np.sum(np.sin(u)) + np.sum(np.sin(q)) + np.sum(np.sin(w))


def a_row_read_in_parts(x):
    z, s = np.outer(x, x), 0.0
    for i in range(4):
        row = z[i]
        row *= x[i]
        s = s + third_of(row) * z[0, 1]
    return np.sum(z**2) * s


def third_of(row):
    return row[2] ** 2 * row[1]


@pytest.mark.parametrize("primal", [a_view_in_one_branch, a_row_read_in_parts])
@pytest.mark.parametrize("check", [check_forward_over_reverse, check_reverse_over_forward])
def test_adjoints_that_are_parts_of_others_at_order_two(check, primal):
    check(primal, (X,))


def by_a_helper(u):
    written_later(u)


def written_later(u):
    u[0] = 2 * u[1]


def rebound_helper(x):
    u = x.copy()
    by_a_helper(u)
    return np.sum(u**2)


def test_a_helper_that_writes_is_rebound(monkeypatch):
    np.testing.assert_allclose(srcgrad.grad(rebound_helper)(X), [0.0, 10 * X[1], 2 * X[2], 2 * X[3]])
    monkeypatch.setitem(globals(), "written_later", lambda u: None)
    np.testing.assert_allclose(srcgrad.grad(rebound_helper)(X), 2 * X)
    monkeypatch.setitem(globals(), "written_later", last_is_written)
    np.testing.assert_allclose(srcgrad.grad(rebound_helper)(X), [2 * X[0], 20 * X[1], 2 * X[2], 0.0])


def last_is_written(u):
    u[3] = 3 * u[1]


# Functions and methods of NumPy ---------------------------------------------------------------------------------------


def filled(x):
    y = x.copy()
    y.fill(x[0] * 2)
    y[1] = x[1]
    return np.sum(y**2)


def out_of_a_ufunc(x):
    y = np.zeros(4)
    np.multiply(x, x, out=y)
    return np.sum(y * y)


def out_over_itself(x):
    y = x.copy()
    np.exp(y, out=y)
    z = np.add(y, x, out=y)
    return np.sum(z * y)


def out_of_a_reduction(x):
    s = np.zeros(2)
    np.sum(x.reshape(2, 2) ** 2, axis=0, out=s)
    return s[0] * s[1]


def out_in_a_loop(x):
    y = np.zeros(4)
    for _ in range(3):
        np.multiply(x, y + 1, out=y)
    return np.sum(y)


def sorted_in_place(x):
    y = x * 2
    y.sort()
    return y[0] * 3 + y[1] ** 2


def copied_to(x):
    y = np.empty_like(x)
    np.copyto(y, 3.0)
    np.copyto(y, x**2 * y)
    return np.sum(y**2)


@rows(
    (filled, X),
    (out_of_a_ufunc, X),
    (out_over_itself, X),
    (out_of_a_reduction, X),
    (out_in_a_loop, X),
    (sorted_in_place, X),
    (copied_to, X),
)
def test_numpy_writes_into_arrays(check, primal, args):
    check(primal, args)


# Refused ----------------------------------------------------------------------------------------------------------


def given_twice(x):
    u = x.copy()
    exchange(u, u)
    return np.sum(u**2)


def held_by_a_list(x):
    u, history = x.copy(), []
    for _ in range(2):
        history.append(u)
        scale(u, x[0])
    return np.sum(history[0])


def a_transpose_is_written(x):
    u = np.outer(x, x)
    scale(u.T, x[0])
    return np.sum(u**2)


@pytest.mark.parametrize("primal", [given_twice, held_by_a_list, a_transpose_is_written])
def test_a_write_that_others_see_is_refused(primal):
    for derivative in (srcgrad.grad(primal), lambda x: srcgrad.make_jvp(primal)(x)(np.ones(4))):
        with pytest.raises(srcgrad.UnsupportedMutation, match=r"share|outside"):
            derivative(X)


def test_a_callee_of_unknown_source_may_write():
    namespace = {"np": np}
    exec("def scale(u):\n    u[0] = u[1] * 3\n", namespace)
    unknown = namespace["scale"]

    def primal(x):
        u = x.copy()
        unknown(u)
        return np.sum(u**2)

    for derivative in (srcgrad.grad(primal), lambda x: srcgrad.make_jvp(primal)(x)(np.ones(4))):
        with pytest.raises(srcgrad.SourceNotFound, match="'scale' is not known"):
            derivative(X)
