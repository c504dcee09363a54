"""The derivatives of scipy.integrate: odeint by the adjoint method, and sums over samples.

odeint: dy/dt = f(y, t, p), y(t_0) = y_0. The tangent s solves ds/dt = f_y s + f_p dp. The adjoint l of the state solves
dl/dt = -f_y^T l backwards in time, and takes up y_bar[i] at t_i; p_bar is the integral of f_p^T l, y0_bar is l(t_0)
(F. Froehlich et al., "Scalable inference of ODE models", 2017, section 2.4.2). Both are solved by odeint again, with
the tolerances of the call, and differentiated by the same rule for higher orders.
"""

from __future__ import annotations

import numpy as np
from scipy import integrate

from srcgrad.errors import NoRule
from srcgrad.rules.registry import jvp, linear, nograd, vjp
from srcgrad.runtime.helpers import unbroadcast
from srcgrad.runtime.pairs import pair, pushforward

# odeint ---------------------------------------------------------------------------------------------------------------


def rate(func, tfirst, y, t, *args):
    """f(y, t, p) as an array."""
    return np.asarray(func(t, y, *args) if tfirst else func(y, t, *args))


def adjoint_rate(state, t, n, func, tfirst, *args):
    """The rates of (y, l, p_bar), one after the other."""
    forward, back = pair(rate, tuple(range(2, 4 + len(args))))
    y_rate, tape = forward(func, tfirst, state[:n], t, *args)
    bars = back(tape, -state[n : 2 * n])
    parts = [y_rate, flat(bars[1], state[:n])]
    for i in range(len(args)):
        parts.append(flat(bars[3 + i], args[i]))
    return np.concatenate(parts)


def tangent_rate(state, t, n, func, tfirst, args_dot, *args):
    """The rates of (y, s)."""
    push = pushforward(rate, (2, *range(4, 4 + len(args))))
    tangents = [state[n:]]
    for i in range(len(args)):
        tangents.append(args_dot[i])
    y_rate, s_rate = push(tangents, func, tfirst, state[:n], t, *args)
    return np.concatenate([y_rate, s_rate])


def flat(x_bar, x):
    """An adjoint as a vector; None is zero."""
    return np.zeros(np.size(x)) if x_bar is None else np.ravel(x_bar)


def require_leaves(args) -> None:
    """Raise NoRule where a parameter is a container."""
    if any(isinstance(arg, (tuple, list, dict)) for arg in args):
        raise NoRule(
            "odeint with containers among its args cannot be differentiated",
            advice="Pass numbers and arrays in args, one for each parameter.",
        )


nograd(require_leaves, why="it depends on types only")


def odeint_bars(y_bar, y, func, t, args, tfirst, tolerances):
    """(l just after t_0, p_bar as a vector)."""
    require_leaves(args)
    times, n = np.shape(y)
    state_bar = np.zeros(n)
    args_bar = np.zeros(sum([np.size(arg) for arg in args]))
    for i in range(times - 1, 0, -1):
        start = np.concatenate([y[i], state_bar + y_bar[i], args_bar])
        back = np.array([t[i], t[i - 1]])
        rtol, atol, mxstep = tolerances
        more = (n, func, tfirst, *args)
        end = integrate.odeint(adjoint_rate, start, back, more, rtol=rtol, atol=atol, mxstep=mxstep)[1]
        state_bar, args_bar = end[n : 2 * n], end[2 * n :]
    return state_bar, args_bar


def odeint_dot(y0_dot, args_dot, y, func, t, args, tfirst, tolerances):
    """The tangent for fixed times."""
    require_leaves(args)
    n = np.shape(y)[1]
    rtol, atol, mxstep = tolerances
    start = np.concatenate([y[0], np.reshape(y0_dot, n)])
    more = (n, func, tfirst, args_dot, *args)
    return integrate.odeint(tangent_rate, start, t, more, rtol=rtol, atol=atol, mxstep=mxstep)[:, n:]


@vjp(integrate.odeint, "func")
def odeint_func_bar(y_bar, y, func, y0, t, args=(), *, rtol=None, atol=None, mxstep=0, tfirst=False):
    """Refused: the adjoints of what `func` captures are not integrated."""
    refuse_captures()


@jvp(integrate.odeint, "func")
def odeint_func_dot(func_dot, y, func, y0, t, args=(), *, rtol=None, atol=None, mxstep=0, tfirst=False):
    """Refused: the tangents of what `func` captures are not integrated."""
    refuse_captures()


def refuse_captures():
    raise NoRule(
        "the function that odeint integrates captures active variables",
        advice="Pass them in `args`, and let the function take them as parameters.",
    )


nograd(refuse_captures, why="it raises")


@vjp(integrate.odeint, "y0")
def odeint_y0_bar(y_bar, y, func, y0, t, args=(), *, rtol=None, atol=None, mxstep=0, tfirst=False):
    """y0_bar = l(t_0)."""
    state_bar, _ = odeint_bars(y_bar, y, func, t, args, tfirst, (rtol, atol, mxstep))
    return np.reshape(state_bar + y_bar[0], np.shape(y0))


@vjp(integrate.odeint, "t")
def odeint_t_bar(y_bar, y, func, y0, t, args=(), *, rtol=None, atol=None, mxstep=0, tfirst=False):
    """t_bar[i] = y_bar[i] f(y_i, t_i); a later start takes back what the whole solution gains from t_0 on."""
    state_bar, _ = odeint_bars(y_bar, y, func, t, args, tfirst, (rtol, atol, mxstep))
    first = -np.sum(state_bar * rate(func, tfirst, y[0], t[0], *args))
    return np.stack([first] + [np.sum(y_bar[i] * rate(func, tfirst, y[i], t[i], *args)) for i in range(1, len(t))])


@vjp(integrate.odeint, "args")
def odeint_args_bar(y_bar, y, func, y0, t, args=(), *, rtol=None, atol=None, mxstep=0, tfirst=False):
    """p_bar is the integral of f_p^T l."""
    _, args_bar = odeint_bars(y_bar, y, func, t, args, tfirst, (rtol, atol, mxstep))
    bars, start = [], 0
    for i in range(len(args)):
        bars.append(np.reshape(args_bar[start : start + np.size(args[i])], np.shape(args[i])))
        start = start + np.size(args[i])
    return bars


@jvp(integrate.odeint, "y0")
def odeint_y0_dot(y0_dot, y, func, y0, t, args=(), *, rtol=None, atol=None, mxstep=0, tfirst=False):
    """s(t_0) = y0_dot."""
    return odeint_dot(y0_dot, [None for _ in args], y, func, t, args, tfirst, (rtol, atol, mxstep))


@jvp(integrate.odeint, "t")
def odeint_t_dot(t_dot, y, func, y0, t, args=(), *, rtol=None, atol=None, mxstep=0, tfirst=False):
    """f(y_i, t_i) t_dot[i], and s(t_0) = -f(y_0, t_0) t_dot[0]."""
    rates = np.stack([rate(func, tfirst, y[i], t[i], *args) for i in range(len(t))])
    none = [None for _ in args]
    change = odeint_dot(-rates[0] * t_dot[0], none, y, func, t, args, tfirst, (rtol, atol, mxstep))
    return change + rates * np.reshape(t_dot, (-1, 1))


@jvp(integrate.odeint, "args")
def odeint_args_dot(args_dot, y, func, y0, t, args=(), *, rtol=None, atol=None, mxstep=0, tfirst=False):
    """s(t_0) = 0."""
    return odeint_dot(np.zeros(np.shape(y)[1]), args_dot, y, func, t, args, tfirst, (rtol, atol, mxstep))


# Sums over samples ----------------------------------------------------------------------------------------------------


def last(x, axis):
    """The samples in the last axis; positions of one axis serve all."""
    return np.moveaxis(x, axis, -1) if np.ndim(x) > 1 else x


def trapezoid_slope(y, x, dx, axis):
    """The slope in y, with the samples in the last axis."""
    if x is None:
        places = np.arange(np.shape(y)[axis])
        return dx * (1 - (places == 0) / 2 - (places == np.shape(y)[axis] - 1) / 2)
    steps = np.diff(last(x, axis))
    none = np.zeros((*np.shape(steps)[:-1], 1))
    return (np.concatenate([steps, none], axis=-1) + np.concatenate([none, steps], axis=-1)) / 2


@vjp(integrate.trapezoid, "y")
def trapezoid_y_bar(z_bar, z, y, x=None, dx=1.0, axis=-1):
    """z = sum of (x[i + 1] - x[i]) (y[i] + y[i + 1]) / 2."""
    full = np.expand_dims(z_bar, -1) * trapezoid_slope(y, x, dx, axis)
    return np.moveaxis(full + np.zeros(np.shape(last(y, axis))), -1, axis)


@vjp(integrate.trapezoid, "x")
def trapezoid_x_bar(z_bar, z, y, x=None, dx=1.0, axis=-1):
    """z = sum of (x[i + 1] - x[i]) (y[i] + y[i + 1]) / 2."""
    samples = last(y, axis)
    middles = np.expand_dims(z_bar, -1) * (samples[..., 1:] + samples[..., :-1]) / 2
    none = np.zeros((*np.shape(middles)[:-1], 1))
    full = np.concatenate([none, middles], axis=-1) - np.concatenate([middles, none], axis=-1)
    return unbroadcast(np.moveaxis(full, -1, axis) if np.ndim(x) > 1 else full, x)


@jvp(integrate.trapezoid, "x")
def trapezoid_x_dot(x_dot, z, y, x=None, dx=1.0, axis=-1):
    """z is linear in the positions."""
    return integrate.trapezoid(y, x_dot, axis=axis)


@vjp(integrate.trapezoid, "dx")
def trapezoid_dx_bar(z_bar, z, y, x=None, dx=1.0, axis=-1):
    """z is proportional to the step, which does not matter beside positions."""
    return np.sum(z_bar * integrate.trapezoid(y, axis=axis)) if x is None else 0.0


@jvp(integrate.trapezoid, "dx")
def trapezoid_dx_dot(dx_dot, z, y, x=None, dx=1.0, axis=-1):
    """z is proportional to the step, which does not matter beside positions."""
    return dx_dot * integrate.trapezoid(y, axis=axis) if x is None else z * 0


linear(integrate.trapezoid, "y")


@vjp(integrate.simpson, "y")
def simpson_y_bar(z_bar, z, y, x=None, *, dx=1.0, axis=-1):
    """z is a weighted sum of the samples; its weights are the sums of unit vectors."""
    n = np.shape(y)[axis]
    if np.ndim(x) > 1:
        raise NoRule("simpson with positions of several axes has no derivative rule", advice="Pass x of one axis.")
    weights = integrate.simpson(np.eye(n), x=x, dx=dx, axis=-1)
    return np.moveaxis(np.expand_dims(z_bar, -1) * weights, -1, axis)


@jvp(integrate.simpson, "y")
def simpson_y_dot(y_dot, z, y, x=None, *, dx=1.0, axis=-1):
    """z is linear in the samples."""
    return integrate.simpson(y_dot, x=x, dx=dx, axis=axis)


@vjp(integrate.simpson, "x")
def simpson_x_bar(z_bar, z, y, x=None, *, dx=1.0, axis=-1):
    """Refused."""
    refuse_positions()


@jvp(integrate.simpson, "x")
def simpson_x_dot(x_dot, z, y, x=None, *, dx=1.0, axis=-1):
    """Refused."""
    refuse_positions()


def refuse_positions():
    raise NoRule("simpson has no derivative rule with respect to its positions x", advice="Use trapezoid.")


nograd(refuse_positions, why="it raises")


@vjp(integrate.simpson, "dx")
def simpson_dx_bar(z_bar, z, y, x=None, *, dx=1.0, axis=-1):
    """z is proportional to the step, which does not matter beside positions."""
    return np.sum(z_bar * integrate.simpson(y, axis=axis)) if x is None else 0.0


@jvp(integrate.simpson, "dx")
def simpson_dx_dot(dx_dot, z, y, x=None, *, dx=1.0, axis=-1):
    """z is proportional to the step, which does not matter beside positions."""
    return dx_dot * integrate.simpson(y, axis=axis) if x is None else z * 0
