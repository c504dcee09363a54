"""Derivatives of `tanh`, written with `exp`, to the fourth order, against the closed forms, and a plot of them.

Run it with `python examples/tanh.py [picture.png]`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib
import numpy as np

import srcgrad

matplotlib.use("Agg")

PICTURE = Path(__file__).resolve().parent.parent / "build" / "tanh.png"


def tanh(x):
    y = np.exp(-2.0 * x)
    return (1.0 - y) / (1.0 + y)


def closed_forms(x: np.ndarray) -> list[np.ndarray]:
    """tanh and its first four derivatives, as polynomials in t = tanh(x), whose derivative is 1 - t ** 2."""
    t = np.tanh(x)
    slope = 1 - t**2
    return [t, slope, -2 * t * slope, (6 * t**2 - 2) * slope, (16 * t - 24 * t**3) * slope]


def derivatives(x: np.ndarray, orders: int = 4) -> list[np.ndarray]:
    """The values at `x` of tanh and of its derivatives up to `orders`."""
    curves, f = [tanh(x)], tanh
    for _ in range(orders):
        f = srcgrad.elementwise_grad(f)
        curves.append(f(x))
    return curves


def plot(x: np.ndarray, curves: list[np.ndarray], picture: Path) -> None:
    """Draw each curve over `x` into the PNG file `picture`."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5))
    for order, curve in enumerate(curves):
        axes.plot(x, curve, label="tanh" if order == 0 else f"order {order}")
    axes.set_xlabel("x")
    axes.legend()
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture)
    pyplot.close(figure)


def main(picture: str | Path = PICTURE) -> None:
    """Print how far each derivative is from its independent value, and assert that it is close."""
    slope = srcgrad.grad(tanh)(1.0)
    step = 1e-5
    difference = (tanh(1.0 + step) - tanh(1.0 - step)) / (2 * step)
    print(f"tanh'(1.0) = {slope:.12f}, by a central difference {difference:.12f}")
    assert abs(slope - difference) < 1e-9

    x = np.linspace(-10, 10, 100)
    curves = derivatives(x)
    for order, (curve, exact) in enumerate(zip(curves, closed_forms(x))):
        error = np.max(np.abs(curve - exact))
        print(f"order {order}: largest error over [-10, 10] is {error:.1e}")
        assert error < 1e-10

    plot(x, curves, Path(picture))
    print(f"plotted to {picture}")


if __name__ == "__main__":
    main(*sys.argv[1:])
