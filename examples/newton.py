"""Derivatives through Newton's method: a `while` loop of unknown length that ends by `break`, inside a closure.

Run it with `python examples/newton.py`.
"""

from __future__ import annotations

import srcgrad

TOLERANCE = 1e-9


def cube_root(a):
    """The real cube root of `a`: `refine` closes over `a`, and iterates until a step no longer changes much."""

    def refine(x):
        while True:
            step = (x - a / x**2) / 3
            x = x - step
            if abs(step) < TOLERANCE * abs(x):
                break
        return x

    return refine(1.0)


def closed_forms(a: float) -> list[float]:
    """The cube root of `a` > 0 and its first three derivatives."""
    root = a ** (1 / 3)
    return [root, root / (3 * a), -2 * root / (9 * a**2), 10 * root / (27 * a**3)]


def main() -> None:
    """Print the derivatives of three orders beside their closed forms, and assert that they agree."""
    f = cube_root
    orders = [f]
    for _ in range(3):
        f = srcgrad.grad(f)
        orders.append(f)
    for a in (0.2, 2.0, 27.0):
        for order, (derivative, exact) in enumerate(zip(orders, closed_forms(a))):
            value = derivative(a)
            print(f"a = {a:4}, order {order}: {value:+.15f}, closed form {exact:+.15f}")
            assert abs(value - exact) <= 1e-12 * abs(exact)


if __name__ == "__main__":
    main()
