"""The derivatives of functions that are not complex differentiable: abs, real, imag, conj, angle, sign.

The cotangent of a complex x is dL/dRe(x) - i dL/dIm(x), as in autograd; a cotangent x_bar and a tangent x_dot pair to
Re(x_bar * x_dot). A function with dy = Re(c * dx) therefore has x_bar = y_bar * c, without a conjugate.

`complex_rules` maps such a function to its (vjp, jvp) for operands that are complex or of unknown kind; they hold for
real operands too. The plain rules are the shorter texts for operands known to be real.
"""

from __future__ import annotations

import operator

import numpy as np

from srcgrad.rules.registry import attribute, jvp, method, partials, vjp
from srcgrad.runtime.helpers import unbroadcast

# Real operands --------------------------------------------------------------------------------------------------------

partials(np.real, lambda y, val: 1)
partials(np.imag, lambda y, val: 0)
partials(np.conjugate, lambda y, x: 1)

# Complex operands -----------------------------------------------------------------------------------------------------


def absolute_x_bar(y_bar, y, x):
    """y = |x|, dy = Re(conj(x) dx) / y; 0 at 0."""
    return y_bar * np.conj(x) / np.where(y == 0, 1, y)


def absolute_x_dot(x_dot, y, x):
    """y = |x|, dy = Re(conj(x) dx) / y; 0 at 0."""
    return np.real(np.conj(x) * x_dot) / np.where(y == 0, 1, y)


def sign_x_bar(y_bar, y, x):
    """y = x / |x| as from NumPy 2 on, dy = (dx - y**2 conj(dx)) / (2 |x|); 0 at 0, and everywhere for real x."""
    return (y_bar - np.conj(y_bar * y * y)) / np.where(y == 0, np.inf, 2 * np.abs(x))


def sign_x_dot(x_dot, y, x):
    """y = x / |x| as from NumPy 2 on, dy = (dx - y**2 conj(dx)) / (2 |x|); 0 at 0, and everywhere for real x."""
    return (x_dot - y * y * np.conj(x_dot)) / np.where(y == 0, np.inf, 2 * np.abs(x))


def real_val_bar(y_bar, y, val):
    """y = Re(val)."""
    return unbroadcast(y_bar + 0j, val)


def real_val_dot(val_dot, y, val):
    """y = Re(val)."""
    return np.real(val_dot)


def imag_val_bar(y_bar, y, val):
    """y = Im(val) = Re(-i val); zero where val is real."""
    return unbroadcast(-1j * y_bar, val)


def imag_val_dot(val_dot, y, val):
    """y = Im(val)."""
    return np.imag(val_dot)


def conjugate_x_bar(y_bar, y, x):
    """Re(y_bar conj(dx)) = Re(conj(y_bar) dx)."""
    return np.conj(y_bar)


def conjugate_x_dot(x_dot, y, x):
    """y = conj(x)."""
    return np.conj(x_dot)


@vjp(np.angle)
def angle_z_bar(y_bar, y, z, deg=False):
    """y = Im(log(z)), dy = Re(-i dz / z); zero where z is real, no derivative at 0."""
    return unbroadcast(-1j * y_bar / z * (180 / np.pi if deg else 1), z)


@jvp(np.angle)
def angle_z_dot(z_dot, y, z, deg=False):
    """y = Im(log(z))."""
    return np.imag(z_dot / z) * (180 / np.pi if deg else 1)


@vjp(np.real_if_close)
def real_if_close_a_bar(y_bar, y, a, tol=100):
    """y = a or Re(a), for which real y_bar is the adjoint as it stands."""
    return unbroadcast(y_bar + 0j, a)


@jvp(np.real_if_close)
def real_if_close_a_dot(a_dot, y, a, tol=100):
    """y = a or Re(a)."""
    return a_dot if np.iscomplexobj(y) else np.real(a_dot)


complex_rules = {
    np.absolute: (absolute_x_bar, absolute_x_dot),
    operator.abs: (absolute_x_bar, absolute_x_dot),
    abs: (absolute_x_bar, absolute_x_dot),
    np.real: (real_val_bar, real_val_dot),
    np.imag: (imag_val_bar, imag_val_dot),
    np.conjugate: (conjugate_x_bar, conjugate_x_dot),
}

# Before NumPy 2 the sign of a complex number was that of its real part: piecewise constant, as for real operands.
if int(np.__version__.split(".")[0]) >= 2:
    complex_rules[np.sign] = (sign_x_bar, sign_x_dot)

# Spelled as attributes and methods ------------------------------------------------------------------------------------

for owner in (np.ndarray, np.generic, float, complex):
    attribute(owner, "real", np.real)
    attribute(owner, "imag", np.imag)
    method(owner, "conjugate", np.conjugate)
for owner in (np.ndarray, np.generic):
    method(owner, "conj", np.conjugate)
    method(owner, "clip", np.clip)
