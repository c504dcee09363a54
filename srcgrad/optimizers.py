"""Gradient descent on structures: `sgd`, `rmsprop` and `adam`, called as autograd's.

`grad(x, i)` returns the gradient at `x` in iteration `i`; `callback(x, i, g)` sees each step before it is taken.

    params = adam(lambda params, i: dloss(params, batch(i)), params, num_iters=500, step_size=0.01)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.flattening import flatten


def sgd(
    grad: Callable, x0: Any, callback: Callable | None = None, num_iters: int = 200, step_size: float = 0.1,
    mass: float = 0.9,
) -> Any:  # fmt: skip
    """The point that stochastic gradient descent with momentum `mass` reaches from `x0`."""
    x, unflatten = flatten(x0)
    velocity = np.zeros(len(x))
    for i in range(num_iters):
        g = observed_gradient(grad, x, i, unflatten, callback)
        velocity = mass * velocity - (1.0 - mass) * g
        x = x + step_size * velocity
    return unflatten(x)


def rmsprop(
    grad: Callable, x0: Any, callback: Callable | None = None, num_iters: int = 100, step_size: float = 0.1,
    gamma: float = 0.9, eps: float = 1e-8,
) -> Any:  # fmt: skip
    """The point that RMSprop reaches from `x0`: steps scaled by a running mean of squared gradients."""
    x, unflatten = flatten(x0)
    mean_square = np.ones(len(x))
    for i in range(num_iters):
        g = observed_gradient(grad, x, i, unflatten, callback)
        mean_square = gamma * mean_square + (1 - gamma) * np.abs(g) ** 2
        x = x - step_size * g / (np.sqrt(mean_square) + eps)
    return unflatten(x)


def adam(
    grad: Callable, x0: Any, callback: Callable | None = None, num_iters: int = 100, step_size: float = 0.001,
    b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8,
) -> Any:  # fmt: skip
    """The point that Adam reaches from `x0` (Kingma and Ba, 2015, algorithm 1)."""
    x, unflatten = flatten(x0)
    m = np.zeros(len(x))
    v = np.zeros(len(x))
    for i in range(num_iters):
        g = observed_gradient(grad, x, i, unflatten, callback)
        m = (1 - b1) * g + b1 * m
        v = (1 - b2) * np.abs(g) ** 2 + b2 * v
        m_hat = m / (1 - b1 ** (i + 1))
        v_hat = v / (1 - b2 ** (i + 1))
        x = x - step_size * m_hat / (np.sqrt(v_hat) + eps)
    return unflatten(x)


def observed_gradient(grad, x, i, unflatten, callback):
    """The gradient at the vector `x` as a vector, shown to the callback in the user's structure."""
    point = unflatten(x)
    gradient = grad(point, i)
    if callback is not None:
        callback(point, i, gradient)
    return flatten(gradient)[0]
