"""Logistic regression by gradient descent: the generated gradient, the loss before and after.

Run it with `python examples/logistic_regression.py`.
"""

from __future__ import annotations

import sys

import numpy as np

import srcgrad

INPUTS = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
TARGETS = np.array([True, True, False, True])


def sigmoid(x):
    return 0.5 * (np.tanh(x / 2) + 1)


def loss(w):
    """The negative log-likelihood of the targets under the weights `w`."""
    p = sigmoid(INPUTS @ w)
    return -np.sum(np.log(p * TARGETS + (1 - p) * (1 - TARGETS)))


dloss = srcgrad.grad(loss)


def train(w: np.ndarray, steps: int = 100, rate: float = 0.01) -> np.ndarray:
    """The weights after `steps` of gradient descent from `w`."""
    for step in range(1, steps + 1):
        w = w - rate * dloss(w)
        progress(step, steps, loss(w))
    return w


def progress(step: int, steps: int, value: float) -> None:
    """Report on one line: rewritten at each step on a terminal, written once at the end elsewhere."""
    done = "#" * (30 * step // steps)
    if sys.stdout.isatty() or step == steps:
        print(f"\r[{done:30}] step {step} of {steps}, loss {value:.6f}", end="\n" if step == steps else "", flush=True)


def main() -> None:
    """Print the generated source and the losses, and assert their values."""
    print("The derivative of the loss, as srcgrad wrote it:\n")
    print(dloss.source)

    w = np.zeros(3)
    before = loss(w)
    print(f"\nloss before: {before!s}")
    w = train(w)
    after = loss(w)
    print(f"loss after:  {after!s}")
    print(f"weights:     {w}")
    assert abs(before - 2.772588722239781) < 1e-12
    assert abs(after - 1.067270675787016) < 1e-12


if __name__ == "__main__":
    main()
