"""Variables without a value, in the text of functions that may read them."""

from __future__ import annotations

from srcgrad.rules.registry import jvp, nograd, vjp


class unbound:  # noqa: N801 - it stands in generated text, like None
    """What a variable holds that has no value yet, or none any more."""


def require_bound(x, name):
    """UnboundLocalError, as Python raises it, where the variable `name` has no value."""
    if x is unbound:
        raise UnboundLocalError(f"cannot access local variable {name!r} where it is not associated with a value")


def bound(x, name):
    """The value of the variable `name`; UnboundLocalError where it has none."""
    require_bound(x, name)
    return x


@vjp(bound, "x")
def bound_x_bar(y_bar, y, x, name):
    """y = x."""
    return y_bar


@jvp(bound, "x")
def bound_x_dot(x_dot, y, x, name):
    """y = x."""
    return x_dot


nograd(require_bound, why="it looks at its argument only")
