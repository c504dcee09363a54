"""Reading a part and its transpose: dot-product test for arrays, structure for containers."""

import operator

import numpy as np
import pytest

from srcgrad.errors import NoRule
from srcgrad.rules.indexing import getitem_x_bar, is_basic, scatter, scattered, scattered_v_bar
from srcgrad.rules.registry import linear_rules

X = np.random.default_rng(0).normal(size=(4, 3, 2))
MASK = X[:, :, 0] > 0
BASIC = [0, -1, np.int64(2), slice(1, 3), slice(None, None, -2), ..., None, (1, 2), (1, 2, 0), (slice(None), -1)]
BASIC += [(..., 0), (None, 1, ...), (slice(1, 1), 0), (), slice(5, 9)]
ADVANCED = [[0, 0, 2], np.array([3, 1, 3, 3]), (slice(None), [0, 0]), ([0, 0], [1, 1]), ([0, 0], slice(None), [1, 1])]
ADVANCED += [np.array([[0, 1], [1, 0]]), MASK, (MASK, 1), (MASK, [0]), X > 0, np.array(1), (np.array(1), 0), True]
ADVANCED += [(np.array([[0], [3]]), np.array([0, 0, 2])), [], [True, False, True, True], (slice(1, 3), ..., [0, 0, 1])]
ADVANCED += [np.ix_([0, 1, 1], [2]), np.array(True), (None, [0, 0]), [[0, 0], [1, 1]], np.array([], int)]


@pytest.mark.parametrize("i", BASIC, ids=str)
def test_basic_indices_are_known(i):
    assert is_basic(i)


@pytest.mark.parametrize("i", ADVANCED, ids=str)
def test_advanced_indices_are_known(i):
    assert not is_basic(i)


@pytest.mark.parametrize("i", BASIC + ADVANCED, ids=str)
@pytest.mark.parametrize(
    "x", [X, X[::-1].T.copy().T, X.astype(np.float32), X + 1j], ids=["C", "F", "float32", "complex"]
)
def test_reading_an_array(x, i):
    y = x[i]
    y_bar = np.asarray(np.random.default_rng(1).normal(size=y.shape)).astype(x.dtype)[()]
    x_bar = getitem_x_bar(y_bar, y, x, i)
    assert x_bar.shape == x.shape and x_bar.dtype == x.dtype
    x_dot = np.random.default_rng(2).normal(size=x.shape).astype(x.dtype)
    # Repeats add in the precision of x, six digits for float32.
    tolerance = 1e-4 if x.dtype == np.float32 else 1e-12
    assert np.allclose(np.sum(x_bar * x_dot), np.sum(y_bar * x_dot[i]), rtol=tolerance, atol=tolerance)
    assert np.array_equal(scattered_v_bar(x_dot, x_bar, y_bar, x, i), x_dot[i])


@pytest.mark.parametrize("i", [0, [0, 0], MASK, slice(0, 2), (..., [1, 1])], ids=str)
def test_scatter_broadcasts_what_it_adds(i):
    x_bar, full = np.ones(X.shape), np.ones(X.shape)
    assert scatter(x_bar, i, 2.0) is None
    scatter(full, i, np.full(X[i].shape, 2.0))
    assert np.array_equal(x_bar, full)
    scatter(x_bar, i, None)
    assert np.array_equal(x_bar, full)
    assert scattered_v_bar(X, None, 2.0, X, i) == pytest.approx(np.sum(X[i]))


def test_scatter_adds_into_views_and_scalar_arrays():
    base, scalar = np.zeros((2, 3)), np.zeros(())
    scatter(base[1], [0, 0], 1.0)
    scatter(scalar, (), 3.0)
    scatter(scalar, ..., 3.0)
    assert base.tolist() == [[0, 0, 0], [2, 0, 0]] and scalar == 6


def test_reading_lists_and_tuples():
    assert getitem_x_bar(5.0, 1.0, [1.0, 2.0, 3.0], -1) == [None, None, 5.0]
    assert getitem_x_bar(5.0, 1.0, (1.0, 2.0, 3.0), True) == [None, 5.0, None]
    assert getitem_x_bar([5.0, None], [3.0, 1.0], [1.0, 2.0, 3.0], slice(None, None, -2)) == [None, None, 5.0]
    assert getitem_x_bar([], [], [1.0], slice(1, None)) == [None]
    assert getitem_x_bar([5.0], (2.0,), (1.0, 2.0), slice(1, 2)) == [None, 5.0]


def test_reading_dicts_and_inactive_things():
    assert getitem_x_bar(5.0, 1.0, {"a": 1.0, "b": "tanh"}, "a") == {"a": 5.0}
    assert getitem_x_bar(None, "tanh", {"a": 1.0, "b": "tanh"}, "b") is None
    assert getitem_x_bar(1.0, "a", "abc", 0) is None


def test_reading_an_unknown_class_is_refused():
    class Table:
        def __getitem__(self, i):
            return 1.0

    with pytest.raises(NoRule, match="item of a Table"):
        getitem_x_bar(1.0, 1.0, Table(), 0)


def test_forward_mode_is_the_same_read():
    assert linear_rules[operator.getitem] == ("x",) and linear_rules[scattered] == ("v_bar",)
