"""The derivatives of functions of Python numbers: `math`, `cmath` and the builtins.

Partials of `math` functions are written with `math`, which is several times faster than NumPy on floats. Where a slope
is infinite (`math.sqrt` at 0) they raise ZeroDivisionError or ValueError, as Python's arithmetic does.
"""

from __future__ import annotations

import cmath
import math
import operator
import sys

import numpy as np

from srcgrad.rules.registry import jvp, nograd, partials, vjp

# math -----------------------------------------------------------------------------------------------------------------

partials(math.exp, lambda y, x: y)
partials(math.exp2, lambda y, x: y * math.log(2))
partials(math.expm1, lambda y, x: y + 1)
partials(math.log, lambda y, x: 1 / x)
partials(math.log1p, lambda y, x: 1 / (1 + x))
partials(math.log2, lambda y, x: 1 / (x * math.log(2)))
partials(math.log10, lambda y, x: 1 / (x * math.log(10)))
partials(math.sqrt, lambda y, x: 0.5 / y)
partials(math.cbrt, lambda y, x: 1 / (3 * y * y))
partials(math.sin, lambda y, x: math.cos(x))
partials(math.cos, lambda y, x: -math.sin(x))
partials(math.tan, lambda y, x: 1 + y * y)
partials(math.asin, lambda y, x: 1 / math.sqrt(1 - x * x))
partials(math.acos, lambda y, x: -1 / math.sqrt(1 - x * x))
partials(math.atan, lambda y, x: 1 / (1 + x * x))
partials(math.sinh, lambda y, x: math.cosh(x))
partials(math.cosh, lambda y, x: math.sinh(x))
partials(math.tanh, lambda y, x: 1 - y * y)
partials(math.asinh, lambda y, x: 1 / math.sqrt(1 + x * x))
partials(math.acosh, lambda y, x: 1 / math.sqrt(x * x - 1))
partials(math.atanh, lambda y, x: 1 / (1 - x * x))
partials(math.degrees, lambda y, x: 180 / math.pi)
partials(math.radians, lambda y, x: math.pi / 180)
partials(math.erf, lambda y, x: 2 / math.sqrt(math.pi) * math.exp(-x * x))
partials(math.erfc, lambda y, x: -2 / math.sqrt(math.pi) * math.exp(-x * x))
partials(math.fabs, lambda y, x: math.copysign(1.0, x) if x else 0.0)
partials(math.atan2, lambda z, y, x: (x / (x * x + y * y), -y / (x * x + y * y)))
partials(math.copysign, lambda z, x, y: (math.copysign(1.0, x) * math.copysign(1.0, y) if x else 0.0, 0))
partials(math.fmod, lambda z, x, y: (1, round((z - x) / y)))
partials(math.remainder, lambda z, x, y: (1, round((z - x) / y)))
partials(math.ldexp, lambda y, x, i: (2.0**i, 0))
partials(math.nextafter, lambda z, x, y: (1, 0))
# As for np.power: at x == 0 the slope is 0 in y, and in x where y == 0 too; there is none in y for a negative x.
partials(
    math.pow,
    lambda z, x, y: (
        y * math.pow(x, y - 1) if x or y else 0.0,
        z * math.log(x) if x > 0 else math.nan if x else 0.0,
    ),
)
if sys.version_info >= (3, 13):
    partials(math.fma, lambda r, x, y, z: (y, x, 1))

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)


def polygamma(n, x):
    """The n-th derivative of digamma = lgamma' at a real x that is not a pole; exact to a few roundings of its terms.

    Steps x up by psi_n(x) = psi_n(x + 1) - (-1)**n n! / x**(n + 1), then sums the asymptotic series
    (Abramowitz & Stegun 6.3.18, 6.4.11). The number of steps grows with -x.
    """
    sign = (-1) ** n
    y = 0.0
    while x < 16 + n:
        y -= sign * math.factorial(n) / x ** (n + 1)
        x = x + 1
    y += math.log(x) if n == 0 else -sign * math.factorial(n - 1) / x**n
    y -= sign * math.factorial(n) / (2 * x ** (n + 1))
    for k, bernoulli in enumerate(BERNOULLI, start=1):
        ratio = math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        y -= sign * bernoulli * ratio / x ** (2 * k + n)
    return y


partials(math.lgamma, lambda y, x: polygamma(0, x))
partials(math.gamma, lambda y, x: y * polygamma(0, x))
partials(polygamma, lambda y, n, x: (0, polygamma(n + 1, x)))

nograd(math.floor, math.ceil, math.trunc, why="its result is piecewise constant")
nograd(math.isclose, math.isfinite, math.isinf, math.isnan, why="a predicate")
nograd(math.ulp, why="its result is piecewise constant")

# Partials by the number of arguments, which precede those in the registry: plainer texts for the common call.
arity_partials = {
    (math.log, 2): lambda y, x, base: (1 / (x * math.log(base)), -y / (base * math.log(base))),
    (math.hypot, 2): lambda y, a, b: (a / y, b / y),
}

# Plainer or faster texts for operands known to be Python floats, which precede those in the registry.
float_partials = {
    abs: lambda y, x: math.copysign(1.0, x) if x else 0.0,
    operator.abs: lambda y, x: math.copysign(1.0, x) if x else 0.0,
}
for power in (operator.pow, pow):
    float_partials[power] = lambda y, a, b: (
        b * a ** (b - 1) if a or b else 0.0,
        y * math.log(a) if a > 0 else math.nan if a else 0.0,
    )
for extreme in (np.maximum, np.minimum, np.fmax, np.fmin):
    float_partials[extreme] = lambda y, a, b: (
        0.5 if a == b else 1.0 if a == y else 0.0,
        0.5 if a == b else 1.0 if b == y else 0.0,
    )


@vjp(math.hypot, "*coordinates")
def hypot_coordinate_bar(y_bar, y, index, *coordinates):
    """y**2 = sum of x**2, so y dy = sum of x dx."""
    return y_bar * coordinates[index] / y


@jvp(math.hypot, "*coordinates")
def hypot_coordinate_dot(coordinate_dot, y, index, *coordinates):
    """y**2 = sum of x**2, so y dy = sum of x dx."""
    return coordinate_dot * coordinates[index] / y


# math, of sequences ---------------------------------------------------------------------------------------------------
# The adjoint of a list or tuple is a list, that of an array an array. None in a tangent is zero.


def sequence_like(items, primal):
    """The list `items` as an array if `primal` is one."""
    return np.array(items) if isinstance(primal, np.ndarray) else items


@vjp(math.fsum)
def fsum_seq_bar(y_bar, y, seq):
    """y = sum of seq."""
    return sequence_like([y_bar for item in seq], seq)


@jvp(math.fsum)
def fsum_seq_dot(seq_dot, y, seq):
    """y = sum of seq."""
    return math.fsum([item_dot for item_dot in seq_dot if item_dot is not None])


def other_products(iterable, start):
    """For each item, `start` times the product of all the others; no division, so zeros are no special case."""
    before = []
    product = start
    for item in iterable:
        before.append(product)
        product = product * item
    others = []
    product = 1.0
    for i in range(len(before) - 1, -1, -1):
        others.append(before[i] * product)
        product = product * iterable[i]
    return others[::-1]


@vjp(math.prod)
def prod_iterable_bar(y_bar, y, iterable, *, start=1):
    """y = start * product of the items."""
    return sequence_like([y_bar * others for others in other_products(iterable, start)], iterable)


@jvp(math.prod)
def prod_iterable_dot(iterable_dot, y, iterable, *, start=1):
    """y = start * product of the items."""
    pairs = zip(iterable_dot, other_products(iterable, start))
    return sum([item_dot * others for item_dot, others in pairs if item_dot is not None])


@vjp(math.prod, "start")
def prod_start_bar(y_bar, y, iterable, *, start=1):
    """y = start * product of the items."""
    return y_bar * math.prod(iterable)


@jvp(math.prod, "start")
def prod_start_dot(start_dot, y, iterable, *, start=1):
    """y = start * product of the items."""
    return start_dot * math.prod(iterable)


@vjp(math.dist, "p")
def dist_p_bar(y_bar, y, p, q):
    """y dy = sum of (p - q) (dp - dq); no derivative where p equals q."""
    return sequence_like([y_bar * (a - b) / y for a, b in zip(p, q)], p)


@vjp(math.dist, "q")
def dist_q_bar(y_bar, y, p, q):
    """y dy = sum of (p - q) (dp - dq)."""
    return sequence_like([y_bar * (b - a) / y for a, b in zip(p, q)], q)


@jvp(math.dist, "p")
def dist_p_dot(p_dot, y, p, q):
    """y dy = sum of (p - q) (dp - dq)."""
    return sum([a_dot * (a - b) for a_dot, a, b in zip(p_dot, p, q) if a_dot is not None]) / y


@jvp(math.dist, "q")
def dist_q_dot(q_dot, y, p, q):
    """y dy = sum of (p - q) (dp - dq)."""
    return sum([b_dot * (b - a) for b_dot, a, b in zip(q_dot, p, q) if b_dot is not None]) / y


if sys.version_info >= (3, 12):

    @vjp(math.sumprod, "p")
    def sumprod_p_bar(y_bar, y, p, q):
        """y = sum of p * q."""
        return sequence_like([y_bar * b for b in q], p)

    @vjp(math.sumprod, "q")
    def sumprod_q_bar(y_bar, y, p, q):
        """y = sum of p * q."""
        return sequence_like([y_bar * a for a in p], q)

    @jvp(math.sumprod, "p")
    def sumprod_p_dot(p_dot, y, p, q):
        """y = sum of p * q."""
        return sum([a_dot * b for a_dot, b in zip(p_dot, q) if a_dot is not None])

    @jvp(math.sumprod, "q")
    def sumprod_q_dot(q_dot, y, p, q):
        """y = sum of p * q."""
        return sum([b_dot * a for b_dot, a in zip(q_dot, p) if b_dot is not None])


# math, of two results: `y_bar` is a pair, None in it is zero ----------------------------------------------------------


@vjp(math.modf)
def math_modf_x_bar(y_bar, y, x):
    """x = fraction + integer, and the integer is piecewise constant."""
    return y_bar[0]


@jvp(math.modf)
def math_modf_x_dot(x_dot, y, x):
    """x = fraction + integer, and the integer is piecewise constant."""
    return (x_dot, None)


@vjp(math.frexp)
def math_frexp_x_bar(y_bar, y, x):
    """x = mantissa * 2**exponent, and the exponent is piecewise constant."""
    return None if y_bar[0] is None else math.ldexp(y_bar[0], -y[1])


@jvp(math.frexp)
def math_frexp_x_dot(x_dot, y, x):
    """x = mantissa * 2**exponent, and the exponent is piecewise constant."""
    return (math.ldexp(x_dot, -y[1]), None)


# cmath: written with NumPy, whose functions take complex numbers too --------------------------------------------------

partials(cmath.exp, lambda y, z: y)
partials(cmath.log, lambda y, z: 1 / z)
partials(cmath.log10, lambda y, z: 1 / (z * math.log(10)))
partials(cmath.sqrt, lambda y, z: 0.5 / y)
partials(cmath.sin, lambda y, z: np.cos(z))
partials(cmath.cos, lambda y, z: -np.sin(z))
partials(cmath.tan, lambda y, z: 1 + y * y)
partials(cmath.asin, lambda y, z: 1 / np.sqrt(1 - z * z))
partials(cmath.acos, lambda y, z: -1 / np.sqrt(1 - z * z))
partials(cmath.atan, lambda y, z: 1 / (1 + z * z))
partials(cmath.sinh, lambda y, z: np.cosh(z))
partials(cmath.cosh, lambda y, z: np.sinh(z))
partials(cmath.tanh, lambda y, z: 1 - y * y)
partials(cmath.asinh, lambda y, z: 1 / np.sqrt(1 + z * z))
partials(cmath.acosh, lambda y, z: 1 / (np.sqrt(z - 1) * np.sqrt(z + 1)))
partials(cmath.atanh, lambda y, z: 1 / (1 - z * z))
partials(cmath.rect, lambda y, r, phi: (np.exp(1j * phi), 1j * y))
arity_partials[cmath.log, 2] = lambda y, z, base: (1 / (z * np.log(base)), -y / (base * np.log(base)))
nograd(cmath.isclose, cmath.isfinite, cmath.isinf, cmath.isnan, why="a predicate")


@vjp(cmath.phase)
def phase_z_bar(y_bar, y, z):
    """y = Im(log(z)), dy = Re(-i dz / z)."""
    return -1j * y_bar / z


@jvp(cmath.phase)
def phase_z_dot(z_dot, y, z):
    """y = Im(log(z))."""
    return np.imag(z_dot / z)


@vjp(cmath.polar)
def polar_z_bar(y_bar, y, z):
    """log(z) = log(r) + i phi, so dr = Re(r dz / z) and dphi = Re(-i dz / z)."""
    r_bar, phi_bar = y_bar
    r_part = 0.0 if r_bar is None else r_bar * y[0]
    phi_part = 0.0 if phi_bar is None else phi_bar
    return (r_part - 1j * phi_part) / z


@jvp(cmath.polar)
def polar_z_dot(z_dot, y, z):
    """log(z) = log(r) + i phi."""
    return (np.real(z_dot / z) * y[0], np.imag(z_dot / z))


# Conversions: the adjoint passes, and loses its imaginary part where the argument is real -----------------------------

for convert in (float, np.float16, np.float32, np.float64, np.longdouble, np.complex64, np.complex128):
    partials(convert, lambda y, x=0: 1)
partials(complex, lambda y, real=0, imag=0: (1, 1j))
