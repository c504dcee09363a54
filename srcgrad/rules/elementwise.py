"""The derivatives of NumPy's elementwise functions and of Python's operators: a table of partial derivatives.

In `partials(f, lambda y, a, b: (df/da, df/db))` y is the result `f(a, b)`, used where it is the cheaper operand.
Broadcasting is not the table's concern, nor is precision lost to constants: only Python numbers appear in it, for
`np.log(2)` would turn float32 into float64. A partial of bool dtype is a mask.

Kinks: `maximum(a, a)` gives each operand half, `abs` has slope 0 at 0, `clip` passes nothing at its bounds.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from srcgrad.rules.registry import jvp, partials, vjp
from srcgrad.runtime.helpers import unbroadcast

# Arithmetic -----------------------------------------------------------------------------------------------------------

for add in (np.add, operator.add):
    partials(add, lambda y, a, b: (1, 1))
for subtract in (np.subtract, operator.sub):
    partials(subtract, lambda y, a, b: (1, -1))
for multiply in (np.multiply, operator.mul):
    partials(multiply, lambda y, a, b: (b, a))
for divide in (np.divide, operator.truediv):
    partials(divide, lambda y, a, b: (1 / b, -y / b))
for positive in (np.positive, operator.pos):
    partials(positive, lambda y, x: 1)
for negative in (np.negative, operator.neg):
    partials(negative, lambda y, x: -1)
for absolute in (np.absolute, np.fabs, operator.abs, abs):
    partials(absolute, lambda y, x: np.sign(x))
# a // b and not np.floor(a / b): 1.0 / 0.1 rounds to 10, while 1.0 % 0.1 is 1.0 - 9 * 0.1.
for remainder in (np.remainder, operator.mod):
    partials(remainder, lambda y, a, b: (1, -(a // b)))
partials(np.fmod, lambda y, a, b: (1, np.rint((y - a) / b)))
partials(np.reciprocal, lambda y, x: -y * y)
partials(np.square, lambda y, x: 2 * x)
partials(np.sqrt, lambda y, x: 0.5 / y)
partials(np.cbrt, lambda y, x: 1 / (3 * y * y))

# Powers ---------------------------------------------------------------------------------------------------------------

# d 0**b / db is taken as 0, and d a**0 / da at a == 0 too (the exponent is then left at 0 instead of -1).
for power in (np.power, np.float_power, operator.pow, pow):
    partials(
        power,
        lambda y, a, b: (
            b * a ** (b - ((a != 0) | (b != 0))),
            y * np.log(np.where(a == 0, 1, a)),
        ),
    )

# Plainer texts for what is known about the operands: `constant_power` for an exponent that is a constant other than 0,
# `inactive_power` for any inactive exponent, `boolean_power` for an array of booleans, which NumPy does not subtract
# (these are d/da), `constant_base` for a positive constant base (d/db).
constant_power = lambda y, a, b: b * a ** (b - 1)
inactive_power = lambda y, a, b: b * a ** (b - (b != 0))
boolean_power = lambda y, a, b: b
constant_base = lambda y, a, b: y * math.log(a)

# Exponentials and logarithms ------------------------------------------------------------------------------------------

partials(np.exp, lambda y, x: y)
partials(np.exp2, lambda y, x: y * math.log(2))
partials(np.expm1, lambda y, x: y + 1)
partials(np.log, lambda y, x: 1 / x)
partials(np.log2, lambda y, x: 1 / (x * math.log(2)))
partials(np.log10, lambda y, x: 1 / (x * math.log(10)))
partials(np.log1p, lambda y, x: 1 / (1 + x))
partials(np.logaddexp, lambda y, a, b: (np.exp(a - y), np.exp(b - y)))
partials(np.logaddexp2, lambda y, a, b: (np.exp2(a - y), np.exp2(b - y)))

# Trigonometric and hyperbolic -----------------------------------------------------------------------------------------

partials(np.sin, lambda y, x: np.cos(x))
partials(np.cos, lambda y, x: -np.sin(x))
partials(np.tan, lambda y, x: 1 + y * y)
partials(np.arcsin, lambda y, x: 1 / np.sqrt(1 - x * x))
partials(np.arccos, lambda y, x: -1 / np.sqrt(1 - x * x))
partials(np.arctan, lambda y, x: 1 / (1 + x * x))
partials(np.sinh, lambda y, x: np.cosh(x))
partials(np.cosh, lambda y, x: np.sinh(x))
partials(np.tanh, lambda y, x: 1 - y * y)
partials(np.arcsinh, lambda y, x: 1 / np.sqrt(1 + x * x))
# Two roots, for sqrt(x * x - 1) is on the wrong branch in the left half of the complex plane.
partials(np.arccosh, lambda y, x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)))
partials(np.arctanh, lambda y, x: 1 / (1 - x * x))
partials(np.hypot, lambda y, a, b: (a / y, b / y))
partials(np.arctan2, lambda y, a, b: (b / (a * a + b * b), -a / (a * a + b * b)))
for to_radians in (np.deg2rad, np.radians):
    partials(to_radians, lambda y, x: np.pi / 180)
for to_degrees in (np.rad2deg, np.degrees):
    partials(to_degrees, lambda y, x: 180 / np.pi)


def sinc_derivative(x, n):
    """The n-th derivative of `np.sinc`, exact at 0 as well.

    Near 0 the power series of pi**n * sinc^(n); elsewhere n-fold differentiation of x * sinc(x) = sin(pi * x) / pi,
    which is x * s[n] + n * s[n - 1] = pi**(n - 1) * sin(pi * x + n * pi / 2).
    """
    x = np.asarray(x)
    near = np.abs(x) < 1 + n / 4
    far = np.where(near, 1, x)
    z = np.where(near, np.pi * x, 0)
    recursion = np.sinc(far)
    for m in range(1, n + 1):
        recursion = (np.pi ** (m - 1) * np.sin(np.pi * far + m * np.pi / 2) - m * recursion) / far
    first = (n + 1) // 2
    term = (-1) ** first * z ** (2 * first - n)
    series = 0 * z
    for k in range(first, first + 30):
        series = series + term / (2 * k + 1)
        term = -term * z * z / ((2 * k + 1 - n) * (2 * k + 2 - n))
    return np.where(near, np.pi**n * series, recursion)[()]


def i0_derivative(x, n):
    """The n-th derivative of `np.i0` at real x, the mean of cos(t)**n * exp(x * cos(t)) over a period.

    The midpoint rule with m nodes errs by the Bessel function of order 2 m: nothing, for |x| < 700 where i0 is finite.
    """
    t = (np.arange(128) + 0.5) * (np.pi / 128)
    x = np.asarray(x)
    y = np.mean(np.cos(t) ** n * np.exp(x[..., None] * np.cos(t)), axis=-1)
    return y.astype(np.i0(x).dtype)[()]


partials(np.i0, lambda y, x: i0_derivative(x, 1))
partials(i0_derivative, lambda y, x, n: (i0_derivative(x, n + 1), 0))
partials(np.sinc, lambda y, x: sinc_derivative(x, 1))
partials(sinc_derivative, lambda y, x, n: (sinc_derivative(x, n + 1), 0))

# Extremes and selection -----------------------------------------------------------------------------------------------

# Compared rather than subtracted: inf - inf is no tie. The cast keeps float32 adjoints at float32.
for extreme in (np.maximum, np.minimum, np.fmax, np.fmin):
    partials(
        extreme,
        lambda y, a, b: (
            np.where(a == b, 0.5, a == y).astype(y.dtype, copy=False),
            np.where(a == b, 0.5, b == y).astype(y.dtype, copy=False),
        ),
    )
partials(np.heaviside, lambda y, a, b: (0, a == 0))
partials(np.copysign, lambda y, a, b: (np.sign(a) * np.copysign(1, b), 0))
partials(np.nextafter, lambda y, a, b: (1, 0))


@vjp(np.where, "x")
def where_x_bar(z_bar, z, condition, x=None, y=None):
    """z = x where the condition holds: exactly 0 elsewhere, even if z_bar is inf or nan there."""
    return unbroadcast(np.where(condition, z_bar, 0), x)


@vjp(np.where, "y")
def where_y_bar(z_bar, z, condition, x=None, y=None):
    """z = y where the condition fails: exactly 0 elsewhere."""
    return unbroadcast(np.where(condition, 0, z_bar), y)


@vjp(np.where, "condition")
def where_condition_bar(z_bar, z, condition, x=None, y=None):
    """z is piecewise constant in the condition."""
    return None


@jvp(np.where, "x")
def where_x_dot(x_dot, z, condition, x=None, y=None):
    """The tangent of x where the condition holds; zeros of y's shape, for z has the broadcast one."""
    return np.where(condition, x_dot, np.zeros_like(y))


@jvp(np.where, "y")
def where_y_dot(y_dot, z, condition, x=None, y=None):
    """The tangent of y where the condition fails."""
    return np.where(condition, np.zeros_like(x), y_dot)


@jvp(np.where, "condition")
def where_condition_dot(condition_dot, z, condition, x=None, y=None):
    """z is piecewise constant in the condition."""
    return None


# np.clip(a, lo, hi) = minimum(maximum(a, lo), hi). At a bound the slope is 0 in `a` (as in autograd) and 1 in the
# bound; where the bounds cross or meet, the upper one wins.


def inside(y, low, high):
    """The mask of the entries of `y = np.clip(a, low, high)` that are at neither bound; a bound may be None."""
    return (y != low) & (y != high)


@vjp(np.clip, "a")
def clip_a_bar(y_bar, y, a, a_min=None, a_max=None, *, min=None, max=None):
    """y = a strictly between the bounds: y_bar there, 0 elsewhere."""
    low = a_min if min is None else min
    high = a_max if max is None else max
    return unbroadcast(np.where(inside(y, low, high), y_bar, 0), a)


@vjp(np.clip, "a_min", "min")
def clip_min_bar(y_bar, y, a, a_min=None, a_max=None, *, min=None, max=None):
    """y = the lower bound where y equals it and not the upper one."""
    low = a_min if min is None else min
    high = a_max if max is None else max
    return unbroadcast(np.where((y == low) & (y != high), y_bar, 0), low)


@vjp(np.clip, "a_max", "max")
def clip_max_bar(y_bar, y, a, a_min=None, a_max=None, *, min=None, max=None):
    """y = the upper bound where y equals it."""
    high = a_max if max is None else max
    return unbroadcast(np.where(y == high, y_bar, 0), high)


@jvp(np.clip, "a")
def clip_a_dot(a_dot, y, a, a_min=None, a_max=None, *, min=None, max=None):
    """y = a strictly between the bounds: a_dot there, 0 elsewhere."""
    low = a_min if min is None else min
    high = a_max if max is None else max
    return np.where(inside(y, low, high), a_dot, 0)


@jvp(np.clip, "a_min", "min")
def clip_min_dot(low_dot, y, a, a_min=None, a_max=None, *, min=None, max=None):
    """y = the lower bound where y equals it and not the upper one."""
    low = a_min if min is None else min
    high = a_max if max is None else max
    return np.where((y == low) & (y != high), low_dot, 0)


@jvp(np.clip, "a_max", "max")
def clip_max_dot(high_dot, y, a, a_min=None, a_max=None, *, min=None, max=None):
    """y = the upper bound where y equals it."""
    high = a_max if max is None else max
    return np.where(y == high, high_dot, 0)


@vjp(np.nan_to_num)
def nan_to_num_x_bar(y_bar, y, x, *, nan=0.0, posinf=None, neginf=None):
    """Entries that were replaced are constant. `copy=False` overwrites x and is not covered."""
    return np.where(np.isfinite(x), y_bar, 0)


@jvp(np.nan_to_num)
def nan_to_num_x_dot(x_dot, y, x, *, nan=0.0, posinf=None, neginf=None):
    """Entries that were replaced are constant."""
    return np.where(np.isfinite(x), x_dot, 0)


@vjp(np.unwrap)
def unwrap_p_bar(y_bar, y, p, discont=None, axis=-1, *, period=2 * np.pi):
    """y = p plus whole periods, which are piecewise constant."""
    return y_bar


@jvp(np.unwrap)
def unwrap_p_dot(p_dot, y, p, discont=None, axis=-1, *, period=2 * np.pi):
    """y = p plus whole periods, which are piecewise constant."""
    return p_dot


# Decomposition --------------------------------------------------------------------------------------------------------
# The integer part, the exponent and the quotient are piecewise constant. `y_bar` is a pair; None in it is zero.


@vjp(np.ldexp, "x1")
def ldexp_x1_bar(y_bar, y, x1, x2):
    """y = x1 * 2**x2."""
    return unbroadcast(np.ldexp(y_bar, x2), x1)


@jvp(np.ldexp, "x1")
def ldexp_x1_dot(x1_dot, y, x1, x2):
    """y = x1 * 2**x2."""
    return np.ldexp(x1_dot, x2)


@vjp(np.frexp)
def frexp_x_bar(y_bar, y, x):
    """x = mantissa * 2**exponent."""
    return None if y_bar[0] is None else np.ldexp(y_bar[0], -y[1])


@jvp(np.frexp)
def frexp_x_dot(x_dot, y, x):
    """x = mantissa * 2**exponent."""
    return (np.ldexp(x_dot, -y[1]), None)


@vjp(np.modf)
def modf_x_bar(y_bar, y, x):
    """x = fraction + integer."""
    return y_bar[0]


@jvp(np.modf)
def modf_x_dot(x_dot, y, x):
    """x = fraction + integer."""
    return (x_dot, None)


@vjp(divmod, "x1")
@vjp(np.divmod, "x1")
def divmod_x1_bar(y_bar, y, x1, x2):
    """x1 = quotient * x2 + remainder."""
    return None if y_bar[1] is None else unbroadcast(y_bar[1], x1)


@vjp(divmod, "x2")
@vjp(np.divmod, "x2")
def divmod_x2_bar(y_bar, y, x1, x2):
    """x1 = quotient * x2 + remainder."""
    return None if y_bar[1] is None else unbroadcast(-y_bar[1] * y[0], x2)


@jvp(divmod, "x1")
@jvp(np.divmod, "x1")
def divmod_x1_dot(x1_dot, y, x1, x2):
    """x1 = quotient * x2 + remainder; broadcast to the remainder's shape."""
    return (None, np.broadcast_to(x1_dot, np.shape(y[1])))


@jvp(divmod, "x2")
@jvp(np.divmod, "x2")
def divmod_x2_dot(x2_dot, y, x1, x2):
    """x1 = quotient * x2 + remainder."""
    return (None, -x2_dot * y[0])


# Complex operands -----------------------------------------------------------------------------------------------------

# Partials that hold for real operands only; every other one in this file is a complex derivative too.
not_holomorphic = {
    *(np.absolute, np.fabs, operator.abs, abs),
    *(np.remainder, operator.mod, np.fmod, np.cbrt, np.logaddexp, np.logaddexp2, np.hypot, np.arctan2),
    *(np.deg2rad, np.radians, np.rad2deg, np.degrees),
    *(np.maximum, np.minimum, np.fmax, np.fmin, np.heaviside, np.copysign, np.nextafter),
    *(np.i0, i0_derivative, np.real, np.imag, np.conjugate, np.angle, np.real_if_close),
}
