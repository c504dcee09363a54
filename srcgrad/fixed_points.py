"""Fixed points: x = f(a)(x), differentiated implicitly, whatever number of steps the iteration took.

With J = df(a)/dx at the fixed point, dx = J dx + df/da da. So the tangent solves u = J u + f_a a_dot and the adjoint
solves u = J^T u + x_bar, a_bar = f_a^T u (Christianson, Reverse accumulation and attractive fixed points, 1994). Both
are fixed points themselves, found by the same iteration and differentiated by the same rule: so it holds to any order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcgrad import engine
from srcgrad.rules import registry
from srcgrad.runtime.helpers import add, zeros_like


def fixed_point(f: Callable, a: Any, x0: Any, distance: Callable, tol: float) -> Any:
    """The x with `f(a)(x) == x` that iteration from `x0` finds, when the `distance` of two iterates is at most `tol`.

    Differentiable with respect to `a`; independent of `x0`.
    What is differentiated goes in `a`, not in what `f` captures.

    >>> round(fixed_point(lambda a: lambda x: 0.5 * (x + a / x), 2.0, 1.0, lambda x, y: abs(x - y), 1e-12), 9)
    1.414213562
    """
    step = f(a)
    x_before, x = x0, step(x0)
    while distance(x, x_before) > tol:
        x_before, x = x, step(x)
    return x


@registry.vjp(fixed_point, "a")
def fixed_point_a_bar(x_bar, x, f, a, x0, distance, tol):
    u = fixed_point(adjoint_step, (f, a, x, x_bar), zeros_like(x), distance, tol)
    _, pullback = engine.vjp(apply, (1,))(f, a, x)
    return pullback(u)[0]


@registry.jvp(fixed_point, "a")
def fixed_point_a_dot(a_dot, x, f, a, x0, distance, tol):
    _, x_dot = engine.jvp(apply, (1,))((a_dot,), f, a, x)
    return fixed_point(tangent_step, (f, a, x, x_dot), zeros_like(x), distance, tol)


@registry.vjp(fixed_point, "x0")
def fixed_point_x0_bar(x_bar, x, f, a, x0, distance, tol):
    return zeros_like(x0)


@registry.jvp(fixed_point, "x0")
def fixed_point_x0_dot(x0_dot, x, f, a, x0, distance, tol):
    return zeros_like(x)


def apply(f, a, x):
    """One step."""
    return f(a)(x)


def adjoint_step(system):
    """The step u -> J^T u + x_bar."""
    f, a, x, x_bar = system
    _, pullback = engine.vjp(apply, (2,))(f, a, x)
    return lambda u: add(pullback(u)[0], x_bar)


def tangent_step(system):
    """The step u -> J u + x_dot."""
    f, a, x, x_dot = system
    return lambda u: add(engine.jvp(apply, (2,))((u,), f, a, x)[1], x_dot)
