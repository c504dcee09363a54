"""Adjoints in the structure of what they belong to."""

from __future__ import annotations

import numpy as np

from srcgrad.rules import structures


def test_the_structure_of_an_adjoint_is_taken_and_given_back():
    x_bar = np.arange(6.0).reshape(2, 3)
    x, y_bar = [[0.5, 1, 2.5], np.zeros(3)], [[1.0, None, -2.0], np.array([0.5, 3.0, 4.0])]
    y = structures.structured(x_bar, x)
    forth = 1.0 * y[0][0] - 2.0 * y[0][2] + y_bar[1] @ y[1]
    assert np.sum(structures.assembled(y_bar, x_bar) * x_bar) == forth == 29.5
    assert not np.shares_memory(y[1], x[1])
    assert structures.assembled([], np.zeros((0, 2))).shape == (0, 2)
