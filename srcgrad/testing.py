"""Checks of derivatives against finite differences, which know nothing of how the derivative was made.

    check_grads(f)(2.0, np.ones(3))                          # both modes, to second order, all floating arguments
    check_grads(f, argnum=1, modes=("rev",), order=1)(2.0, np.ones(3))

Differences are central, extrapolated once (Richardson): with steps h and h / 2 the error is O(h^4). They are taken
along random directions, so a check costs a few calls of the function whatever the number of entries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from srcgrad import engine
from srcgrad.engine.chosen import names_among
from srcgrad.errors import WrongArgument, WrongValue
from srcgrad.flattening import active_leaves, is_active, is_leaf, items, rebuild, with_items
from srcgrad.operators.arguments import resolve, settle
from srcgrad.runtime.helpers import snapshot

MODES = ("fwd", "rev")
STEP = {np.float64: 1e-3, np.float32: 3e-2, np.float16: 0.25}
TOLERANCE = {np.float64: 1e-6, np.float32: 3e-3, np.float16: 0.1}


def check_grads(
    fun: Callable,
    argnum: int | str | Sequence[int | str] | None = None,
    modes: Sequence[str] = MODES,
    order: int = 2,
    rtol: float | None = None,
    seed: int = 0,
) -> Callable[..., None]:
    """The function of `fun`'s arguments that raises AssertionError where a derivative of `fun` is wrong there.

    Checks values, shapes and dtypes in forward (`"fwd"`) and reverse (`"rev"`) mode, and of each derivative again in
    these modes up to `order`. `argnum` is as for `grad`; None stands for every argument with floats in it.
    `rtol` is relative to the size of the terms compared; its default is 1e-6 for float64 and 3e-3 for float32.

    >>> check_grads(np.sin)(1.0)
    """
    if not callable(fun):
        raise WrongArgument(f"check_grads of {fun!r}: it is not callable", advice="Pass a function.")
    if not modes or any(mode not in MODES for mode in modes):
        raise WrongValue(f"modes={modes!r}: each must be 'fwd' or 'rev'", advice="Write modes=('fwd', 'rev').")

    def check(*args: Any, **kwargs: Any) -> None:
        if argnum is None:
            params = active_params(args)
        else:
            wrt = resolve(fun, argnum)
            params, (args, kwargs) = wrt.params, settle(wrt, args, kwargs)
        if not params:
            raise WrongValue("no argument has floats in it to differentiate", advice="Use 3.0 instead of 3.")
        names, n = names_among(params), len(args)
        fixed = {name: x for name, x in kwargs.items() if name not in names}
        checked = partial(fun, **fixed) if fixed else fun
        if names:
            args = (*args, *(kwargs[name] for name in names))
            params = tuple(n + names.index(i) if isinstance(i, str) else i for i in params)
            checked = partial(with_keywords, checked, names, n)
        check_to_order(checked, params, args, tuple(modes), order, rtol, np.random.default_rng(seed))

    return check


def with_keywords(fun, names, n, *inputs):
    """`fun` of `n` positional arguments, and of those behind these by `names`."""
    return fun(*inputs[:n], **dict(zip(names, inputs[n:])))


def check_to_order(fun, params, args, modes, order, rtol, rng):
    """Check the derivatives of `fun` in each mode, then the derivatives of these."""
    inputs = tuple(args[i] for i in params)
    for mode in modes:
        seeds = random_like(inputs if mode == "fwd" else called(fun, args), rng)
        if mode == "fwd":
            assert_jvp(fun, params, args, seeds, rtol)
            derivative = partial(pushed, fun, params, len(args))
        else:
            assert_vjp(fun, params, args, seeds, rtol, rng)
            derivative = partial(pulled, fun, params, len(args))
        if order > 1 and active_leaves(seeds):
            seeds = seeds if mode == "fwd" else (seeds,)
            more = tuple(len(args) + i for i in active_params(seeds))
            check_to_order(derivative, params + more, (*args, *seeds), modes, order - 1, rtol, rng)


def pushed(fun, params, n, *inputs):
    """The tangent of `fun(*inputs[:n])` along the tangents behind these."""
    return engine.jvp(fun, params)(inputs[n:], *inputs[:n])[1]


def pulled(fun, params, n, *inputs):
    """The adjoints of `inputs[:n]` from the adjoint behind these."""
    return engine.vjp(fun, params)(*inputs[:n])[1](inputs[n])


def check_vjp(fun: Callable, *args: Any, rtol: float | None = None, seed: int = 0) -> None:
    """Raise AssertionError where the reverse-mode derivative of `fun` at `args` is wrong."""
    check_grads(fun, modes=("rev",), order=1, rtol=rtol, seed=seed)(*args)


def check_jvp(fun: Callable, *args: Any, rtol: float | None = None, seed: int = 0) -> None:
    """Raise AssertionError where the forward-mode derivative of `fun` at `args` is wrong."""
    check_grads(fun, modes=("fwd",), order=1, rtol=rtol, seed=seed)(*args)


def check_equivalent(x: Any, y: Any, rtol: float = 1e-6) -> None:
    """Raise AssertionError unless `x` and `y` agree in structure, shapes, dtypes and, to `rtol`, in value."""
    assert_like(x, y, "the first value")
    for a, b in zip(active_leaves(x), active_leaves(y), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


def combo_check(fun: Callable, *args: Any, **options: Any) -> Callable[..., None]:
    """`check_grads` over all combinations of the listed values of each argument, autograd's helper for rule tables."""

    def check(*values: Sequence, **keywords: Sequence) -> None:
        for positional in product(*values):
            for named in product(*keywords.values()):
                check_grads(fun, *args, **options)(*positional, **dict(zip(keywords, named, strict=True)))

    return check


# The two comparisons -------------------------------------------------------------------------------------------------


def assert_jvp(fun, params, args, tangents, rtol):
    """Compare the tangent of the result with differences along the same direction."""
    y, y_dot = engine.jvp(fun, params)(tangents, *args)
    check_equivalent_value(y, called(fun, args))
    assert_like(y_dot, y, f"the tangent of {described(fun)}")
    expected = differences(fun, params, args, tangents)
    found = flat(y_dot, y)
    scale = max(np.max(np.abs(expected), initial=0.0), 1.0)
    error = np.max(np.abs(found - expected), initial=0.0)
    assert error <= (rtol or tolerance(args)) * scale, (
        f"the JVP of {described(fun)} is wrong at {args}:\nderivative:  {found}\ndifferences: {expected}"
    )


def assert_vjp(fun, params, args, y_bar, rtol, rng):
    """Compare <y_bar, J v> by differences with <J^T y_bar, v> for random directions v, argument by argument."""
    y, pullback = engine.vjp(fun, params)(*args)
    check_equivalent_value(y, called(fun, args))
    x_bars = pullback(y_bar)
    for i, x_bar in zip(params, x_bars, strict=True):
        assert_like(x_bar, args[i], f"the gradient of {described(fun)} in argument {i}")
        direction = random_like(args[i], rng)
        expected = inner(flat(y_bar, y), differences(fun, (i,), args, (direction,)))
        found = inner(flat(x_bar, args[i]), flat(direction, args[i]))
        scale = max(abs(expected), np.linalg.norm(flat(y_bar, y)), 1.0)
        assert abs(found - expected) <= (rtol or tolerance(args)) * scale, (
            f"the VJP of {described(fun)} in argument {i} is wrong at {args}:\n"
            f"derivative:  {found}\ndifferences: {expected}"
        )


def called(fun, args):
    """The value of `fun`, which may write into its arguments."""
    return fun(*[snapshot(arg) for arg in args])


def differences(fun, params, args, tangents):
    """The derivative of `fun` along `tangents` as a vector, by extrapolated central differences."""
    h = max([STEP[t] for t in precisions(args)], default=STEP[np.float64])

    def at(t):
        moved = list(args)
        for i, x_dot in zip(params, tangents, strict=True):
            moved[i] = shifted(args[i], x_dot, t)
        y = called(fun, moved)
        return flat(y, y)

    coarse = (at(h) - at(-h)) / (2 * h)
    fine = (at(h / 2) - at(-h / 2)) / h
    return (4 * fine - coarse) / 3


# Structures as vectors -----------------------------------------------------------------------------------------------


def flat(bar, value):
    """The leaves of a derivative `bar` where its primal `value` is active, as one vector; None stands for zeros."""
    if is_leaf(value):
        if not is_active(value):
            return np.zeros(0)
        return np.zeros(np.size(value)) if bar is None else np.ravel(bar)
    bars = [None] * len(items(value)) if bar is None else items(bar)
    return np.concatenate([np.zeros(0), *(flat(b, v) for b, v in zip(bars, items(value), strict=True))])


def shifted(x, x_dot, t):
    """`x + t * x_dot`, with the types of `x`."""
    leaves, steps = active_leaves(x), active_leaves(x_dot)
    moved = [type(a)(a + t * b) if np.ndim(a) == 0 and not isinstance(a, np.ndarray) else
             (a + t * b).astype(a.dtype) for a, b in zip(leaves, steps, strict=True)]  # fmt: skip
    return rebuild(x, moved)


def random_like(x, rng):
    """A random element of the space of `x`'s derivatives: None for what is inactive."""
    if is_leaf(x):
        return random_leaf(x, rng) if is_active(x) else None
    return with_items(x, [random_like(item, rng) for item in items(x)])


def random_leaf(x, rng):
    """Normal numbers in the shape, dtype and type of a leaf."""
    drawn = rng.normal(size=np.shape(x))
    if np.iscomplexobj(x):
        drawn = drawn + 1j * rng.normal(size=np.shape(x))
    if isinstance(x, np.ndarray):
        return np.asarray(drawn, x.dtype)
    return type(x)(drawn)


def inner(a, b):
    """The pairing of adjoints and tangents, Re(sum(a * b)): adjoints of complex values are dL/dRe - i dL/dIm."""
    return float(np.real(np.sum(a * b)))


def assert_like(bar, value, what):
    """Raise AssertionError unless a derivative has the structure, shapes and dtypes of its primal."""
    if is_leaf(value):
        if is_active(value):
            assert np.shape(bar) == np.shape(value), f"{what} has shape {np.shape(bar)}, not {np.shape(value)}"
            found, wanted = np.result_type(bar), np.result_type(value)
            assert found == wanted, f"{what} has dtype {found}, not {wanted}"
        return
    assert not is_leaf(bar), f"{what} is {bar!r}, not a {type(value).__name__}"
    assert len(items(bar)) == len(items(value)), f"{what} has {len(items(bar))} items, not {len(items(value))}"
    for b, v in zip(items(bar), items(value), strict=True):
        assert_like(b, v, what)


def check_equivalent_value(y, expected):
    """Raise AssertionError unless a sweep returns the value that a plain call returns."""
    rtol = 1e-12 if precisions([y]) <= {np.float64} else 1e-3
    np.testing.assert_allclose(flat(y, y), flat(expected, expected), rtol, rtol, err_msg="a sweep changed the value")


def active_params(args):
    """The positions of the arguments with floats, complex numbers or arrays of these in them."""
    return tuple(i for i, x in enumerate(args) if active_leaves(x))


def precisions(args):
    """The real types of the floating leaves."""
    return {np.finfo(np.result_type(leaf)).dtype.type for leaf in active_leaves(list(args))} & set(STEP)


def tolerance(args):
    return max([TOLERANCE[t] for t in precisions(args)], default=TOLERANCE[np.float64])


def described(fun):
    while isinstance(fun, partial):
        fun = fun.args[0] if fun.args and callable(fun.args[0]) else fun.func
    return getattr(fun, "__name__", repr(fun))
