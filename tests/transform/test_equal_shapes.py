"""Shapes that are known to be equal need no helper, and none are taken to be equal that are not."""

import numpy as np
import pytest

import srcgrad

x5 = np.array([0.4, -0.7, 1.3, 0.9, -0.2])
X = np.array([[0.3, -0.5, 0.8], [1.1, 0.2, -0.4]])
w1, w3 = np.array([0.6]), np.array([0.6, -0.9, 0.3])


def text(f, *args, argnum=0):
    return srcgrad.grad(f, argnum).precompile(*args).source


def difference(f, x, *args, h=1e-6):
    """Central differences of a scalar function of a float or an array."""
    out = np.zeros(np.shape(x))
    for i in np.ndindex(*np.shape(x)):
        e = np.zeros(np.shape(x))
        e[i] = h
        out[i] = (f(x + e, *args) - f(x - e, *args)) / (2 * h)
    return out


# Texts without helpers ------------------------------------------------------------------------------------------------


def same_slices(x):
    return np.sum((x[1:] - x[:-1]) ** 2 + x[1:][::-1])


def standardised(X):
    centred = X - np.mean(X, axis=0)
    return np.sum(np.sin(centred / np.sqrt(1 + np.sum(centred * centred, axis=0))))


def chosen(x):
    return np.sum(np.where(x > 0, x, 0.1 * x) * x)


def kept_in_a_loop(x, n):
    u = x
    for _ in range(n):
        u = np.tanh(u * x + 0.3)
    return np.sum(u)


def smoothed(x, n):
    u = x.copy()
    for _ in range(n):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def twice_as_wide(w, X):
    p = w + 1.0
    return np.sum(np.sin(p * X) + (1 - p) * X)


@pytest.mark.parametrize(
    ("f", "args"),
    [(same_slices, (x5,)), (standardised, (X,)), (chosen, (x5,)), (kept_in_a_loop, (x5, 3)), (smoothed, (x5, 3))],
)
def test_no_helper_where_shapes_are_equal(f, args):
    assert "unbroadcast" not in text(f, *args)
    np.testing.assert_allclose(srcgrad.grad(f)(*args), difference(f, *args), 1e-7, 1e-8)


def test_no_tape_for_shapes():
    assert "tape" not in text(smoothed, x5, 3)


def test_contributions_of_one_shape_are_summed_together():
    assert text(twice_as_wide, w3, X).count("unbroadcast(") == 1
    np.testing.assert_allclose(srcgrad.grad(twice_as_wide)(w3, X), difference(twice_as_wide, w3, X), 1e-7, 1e-8)


def twice_and_once(w, X):
    y = w + 1.0
    v = (y + y) * X + y * X
    return np.sum(v * y + (y * y) * X)


def a_number_of_unknown_shape_twice(X):
    y = np.trace(X)
    v = y + y
    return y * 1.0 + v


@pytest.mark.parametrize(("f", "args"), [(twice_and_once, (w3, X)), (a_number_of_unknown_shape_twice, (X[:, :2],))])
def test_what_an_operation_hands_on_twice_counts_twice_in_a_common_sum(f, args):
    np.testing.assert_allclose(srcgrad.grad(f)(*args), difference(f, *args), 1e-7, 1e-8)


def test_the_axes_of_a_sum_are_written_out():
    assert "np.sum(spread_bar" not in text(standardised, X)
    assert "axis=0" in text(standardised, X)


# Shapes that only look equal ------------------------------------------------------------------------------------------


def divided_by_an_entry(a, x):
    """`x[0]` mentions x without having its shape: the gradient was 1 / x[0] for each entry taken together."""
    return np.sum((x + a) / x[0])


def scaled_by_entries(a, x):
    return np.mean((a - x) * x[1] * 2) + np.sum(x * x[0] + a)


def growing(x, n):
    y = x * 2.0
    for _ in range(n):
        x = np.concatenate((x, x * 0.5))
        y = y[:1] + x
    return np.sum(y * y)


def of_the_iteration_before(x, n):
    parts, total = x[:1] * 1.0, 0.0
    for i in range(n):
        total += np.sum(parts * x[: i + 1])
        parts = x[: i + 1 + (i > 1)][:1] * x[: i + 2]
    return total


def in_one_branch(x, n):
    y = x
    if n > 2:
        y = x[:1] * 2.0
    return np.sum(y * x + y)


def stretched_length_one(w, X):
    return np.sum(w * X + w)


def stretched_twice(w, X):
    total = 0.0
    for row in X:
        total += np.sum(w * row) + np.sum((w + 1.0) * X)
    return total


def summed_in_a_branch(w, X, n):
    p = w * 2.0
    total = np.sum(p * X)
    if n:
        total += np.sum(np.sin(p) * X) + np.sum(p * X)
    return total + np.sum((1 - p) * X)


CASES = [
    (divided_by_an_entry, (0.7, x5)),
    (scaled_by_entries, (0.7, x5)),
    (growing, (x5[:2], 3)),
    (of_the_iteration_before, (x5, 4)),
    (in_one_branch, (x5, 3)),
    (in_one_branch, (x5, 1)),
    (stretched_length_one, (w1, X)),
    (stretched_length_one, (w3, X)),
    (stretched_twice, (w1, X)),
    (stretched_twice, (w3, X)),
    (summed_in_a_branch, (w3, X, 1)),
    (summed_in_a_branch, (w3, X, 0)),
    (summed_in_a_branch, (w1, X, 1)),
    (twice_as_wide, (w1, X)),
    *((same_slices, (x5[:n],)) for n in (1, 2, 3)),
    *((smoothed, (x5[:n], 2)) for n in (1, 2, 3)),
    (standardised, (X[:1],)),
    (standardised, (X[:, :1],)),
]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_gradients(f, args):
    np.testing.assert_allclose(srcgrad.grad(f)(*args), difference(f, *args), 1e-6, 1e-8)


@pytest.mark.parametrize(("f", "args"), CASES)
def test_tangents_and_second_derivatives(f, args):
    x, *rest = args
    dot = np.cos(np.arange(np.size(x)) + 1.0).reshape(np.shape(x))[()]
    gradient = srcgrad.grad(f)
    tangent = srcgrad.make_jvp(f)(*args)(dot)[1]
    np.testing.assert_allclose(tangent, np.sum(gradient(*args) * dot), 1e-10, 1e-12)
    once = lambda x, *rest: np.sum(gradient(x, *rest) * dot)
    np.testing.assert_allclose(srcgrad.grad(once)(*args), difference(once, *args), 1e-5, 1e-7)


def test_a_pullback_leaves_its_tapes_as_they_are():
    vjp, _ = srcgrad.make_vjp(smoothed)(x5, 3)
    np.testing.assert_array_equal(vjp(1.0), vjp(1.0))
    weighted = lambda a, x, n: smoothed(a * x, n) * a
    vjp, _ = srcgrad.make_vjp(weighted)(0.7, x5, 3)
    assert vjp(1.0) == vjp(1.0) == pytest.approx(srcgrad.grad(weighted)(0.7, x5, 3), rel=1e-14)
