"""Sorting rules: dot-product test against a difference, which is exact because sorting is linear between ties."""

import numpy as np
import pytest

from srcgrad.rules.sorting import (
    partition_a_bar,
    partition_a_dot,
    sort_a_bar,
    sort_a_dot,
)

X = np.random.default_rng(0).normal(size=(4, 5, 3))
INPUTS = {"array": X, "vector": X[0, :, 0], "strided": X[::-2, ::-1], "float32": X.astype(np.float32)}
INPUTS |= {"complex": X + 1j * X[::-1], "empty": X[:, :0], "one": X[:1, :1, :1]}


def check(f, x_bar_rule, x_dot_rule, x, *args):
    rng = np.random.default_rng(1)
    y = f(x, *args)
    y_bar, x_dot = (rng.normal(size=np.shape(v)).astype(x.dtype) for v in (y, x))
    x_bar, y_dot = x_bar_rule(y_bar, y, x, *args), x_dot_rule(x_dot, y, x, *args)
    assert x_bar.shape == x.shape and x_bar.dtype == x.dtype and y_dot.shape == y.shape
    h = 1e-7
    if x.dtype != np.float32:
        # Rounding of x alone, over h: about 1e-9.
        assert np.allclose((f(x + h * x_dot, *args) - y) / h, y_dot, atol=1e-6)
    tolerance = 1e-4 if x.dtype == np.float32 else 1e-12
    assert np.allclose(np.sum(x_bar * x_dot), np.sum(y_bar * y_dot), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("x", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("axis", [-1, 0, None])
def test_sort(x, axis):
    check(np.sort, sort_a_bar, sort_a_dot, x, axis)


@pytest.mark.parametrize("x", [X, X[0, :, 0], np.random.default_rng(2).normal(size=300)], ids=["3-d", "1-d", "long"])
@pytest.mark.parametrize("kth, axis", [(1, -1), (2, 0), (2, None), ([0, 2], -1)])
def test_partition(x, kth, axis):
    check(np.partition, partition_a_bar, partition_a_dot, x, kth, axis)


def test_equal_entries_keep_their_order():
    x = np.array([2.0, 1.0, 2.0, 1.0])
    assert sort_a_bar(np.array([1.0, 2.0, 3.0, 4.0]), np.sort(x), x).tolist() == [3.0, 1.0, 4.0, 2.0]
