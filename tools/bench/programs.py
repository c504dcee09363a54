"""The programs that are timed, as factories that take NumPy or autograd's NumPy, so that both run one text."""

from __future__ import annotations

from types import SimpleNamespace

import numpy

INPUTS = numpy.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
TARGETS = numpy.array([True, True, False, True])


def make(np) -> SimpleNamespace:
    """The primals over the NumPy given."""

    def sigmoid(x):
        return 0.5 * (np.tanh(x / 2) + 1)

    def loss(w):
        p = sigmoid(np.dot(INPUTS, w))
        return -np.sum(np.log(p * TARGETS + (1 - p) * (1 - TARGETS)))

    def recurrence(r, x, n):
        for _ in range(n):
            if x > 0.5:
                x = r * x * (1 - x)
            else:
                x = x + 0.1 * r * x
        return x

    def regression(w, X, y):
        p = sigmoid(np.dot(X, w))
        return -np.sum(np.log(p * y + (1 - p) * (1 - y)))

    def residuals(p, t):
        return p[0] * np.exp(-p[1] * t) * np.sin(p[2] * t + p[3]) + p[4]

    return SimpleNamespace(loss=loss, recurrence=recurrence, regression=regression, residuals=residuals)


def loss_adjoint(w):
    """The gradient of `loss` as one writes it by hand."""
    t = numpy.tanh(INPUTS @ w / 2)
    p = 0.5 * (t + 1)
    q_bar = -1.0 / (p * TARGETS + (1 - p) * (1 - TARGETS))
    p_bar = q_bar * TARGETS - q_bar * (1 - TARGETS)
    return INPUTS.T @ (p_bar * (1 - t * t) * 0.25)


def recurrence_adjoint(r, x, n):
    """The derivative of `recurrence` with respect to `r` as one writes it by hand."""
    tape = []
    for _ in range(n):
        tape.append(x)
        x = r * x * (1 - x) if x > 0.5 else x + 0.1 * r * x
    x_bar, r_bar = 1.0, 0.0
    for i in range(n - 1, -1, -1):
        x = tape[i]
        if x > 0.5:
            r_bar += x_bar * x * (1 - x)
            x_bar = x_bar * r * (1 - 2 * x)
        else:
            r_bar += x_bar * 0.1 * x
            x_bar = x_bar * (1 + 0.1 * r)
    return r_bar


# Loops whose gradients must be linear in their length -----------------------------------------------------------------


def entries(x):
    """A loop over the entries of an array."""
    total = 0.0
    for i in range(len(x)):
        total = total + x[i] * x[i] * x[i]
    return total


def items(values):
    """A loop over the items of a list."""
    total = 0.0
    for v in values:
        total = total + v * v * v
    return total


def appended(x, n):
    """A list built by `append`, then read."""
    powers = []
    for i in range(n):
        powers.append(x * x * i)
    total = 0.0
    for p in powers:
        total = total + p * p / n
    return total


def squares(values):
    """The sum of the squares of a list, to make a gradient scalar again."""
    total = 0.0
    for v in values:
        total = total + v * v
    return total
