"""The checks that every row of this suite goes through.

A row is `(primal, *args)`: a function with a real result and the arguments to differentiate it at. All arguments that
hold floats are differentiated together. Expected values are extrapolated differences of the plain primal.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import srcgrad

RTOL, ATOL = 1e-7, 1e-8  # differences of step 1e-3, extrapolated: truncation h^4 = 1e-12, rounding 1e-13
THIRD_STEP = 1e-2  # truncation h^4 = 1e-8, rounding 1e-16 / (h / 2)^3 = 1e-9
THIRD_RTOL, THIRD_ATOL = 1e-4, 1e-5
SECOND_RTOL, SECOND_ATOL = 1e-5, 1e-6  # differences of differences: rounding 1e-10, times the size of the values


# What is refused, or fails, today: (primal, checks, why). Never a wrong number.
EVERY = ("reverse", "forward", "second_reverse", "second_forward", "called_in_a_loop")
PENDING = [
    (
        "appended",
        ("third_reverse", "third_mixed"),
        "a list of unknown kind in generated text is refused as shared",
    ),
    ("weighted_by_an_entry", ("third_reverse",), "what a callee hands back in a tuple is on the tape: refused"),
    (
        "used_whole_beside_its_container",
        ("second_reverse", "second_forward"),
        "a list that is used whole while it is written into under another name is refused as shared",
    ),
    ("a_name_for_its_own_view", ("second_reverse",), "a taped array and a view of it are refused as shared"),
    ("shorter_in_a_loop", ("second_reverse",), "a taped array and a view of it are refused as shared"),
    ("rows_are_written", ("second_reverse",), "rows of an adjoint that are written in a loop are refused as shared"),
]


def marks_of(primal: str, check: str) -> list:
    """The expected failure of one check of one row, or none."""
    found = [why for name, checks, why in PENDING if name == primal and check in checks]
    return [pytest.mark.xfail(strict=True, reason=why) for why in found]


def rows(*table: tuple) -> Callable:
    """Parametrise a test by rows and by the checks: it is called with `check`, `primal` and `args`.

    To order 3, and to all four pairs of modes at order 2, a row of each table goes; with SRCGRAD_TESTS=all, every row.
    """
    cases = []
    for i, row in enumerate(table):
        for check in CHECKS if i == 0 or os.environ.get("SRCGRAD_TESTS") == "all" else FIRST + SECOND:
            kind = check.__name__.removeprefix("check_")
            name = row[0].__name__
            cases.append(pytest.param(check, row[0], row[1:], id=f"{name}-{kind}", marks=marks_of(name, kind)))

    def decorate(test):
        return pytest.mark.parametrize(("check", "primal", "args"), cases)(test)

    return decorate


# Structures -------------------------------------------------------------------------------------------------------


def is_float(value: Any) -> bool:
    """True for what has a derivative: a float or a floating array."""
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


def numbers(value: Any) -> list[float]:
    """The floats of nested tuples, lists, dicts and arrays, in order; other leaves have none."""
    if isinstance(value, dict):
        return [x for item in value.values() for x in numbers(item)]
    if isinstance(value, list | tuple):
        return [x for item in value for x in numbers(item)]
    if dataclasses.is_dataclass(value):
        return [x for item in vars(value).values() for x in numbers(item)]
    return np.ravel(value).tolist() if is_float(value) else []


def rebuild(value: Any, source: Iterator[float], tangent: bool = False) -> Any:
    """A structure like `value` with floats from `source`; other leaves are kept, in a tangent None."""
    if isinstance(value, dict):
        return {key: rebuild(item, source, tangent) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [rebuild(item, source, tangent) for item in value]
        return value._make(items) if hasattr(value, "_make") else type(value)(items)
    if dataclasses.is_dataclass(value):
        return type(value)(**{name: rebuild(item, source, tangent) for name, item in vars(value).items()})
    if not is_float(value):
        return None if tangent else value
    if isinstance(value, np.ndarray):
        return np.array([next(source) for _ in range(value.size)], dtype=value.dtype).reshape(value.shape)
    return next(source)


def argnum_of(args: tuple) -> int | tuple[int, ...]:
    """The arguments that hold floats: a position, or a tuple of them where there are several."""
    places = tuple(i for i, arg in enumerate(args) if numbers(arg))
    return places[0] if len(places) == 1 else places


def at(args: tuple, argnum: int | tuple[int, ...]) -> Any:
    """The arguments that `argnum` names, as srcgrad takes and returns them."""
    return args[argnum] if isinstance(argnum, int) else tuple(args[i] for i in argnum)


def tangent_of(args: tuple, vector: np.ndarray) -> Any:
    """The numbers of `vector` as a tangent of the differentiated arguments."""
    return rebuild(at(args, argnum_of(args)), iter(vector.tolist()), tangent=True)


def direction(args: tuple, seed: int = 0) -> np.ndarray:
    """A direction that treats no two entries alike."""
    return np.random.default_rng(seed).uniform(0.4, 1.6, len(numbers(args)))


# Differences ------------------------------------------------------------------------------------------------------


def slope(primal: Callable, args: tuple, vector: np.ndarray, h: float = 1e-3) -> float:
    """The derivative of the primal along `vector`, by central differences extrapolated once."""
    centre = np.array(numbers(args))

    def central(h):
        ahead, behind = (float(primal(*rebuild(args, iter((centre + s * h * vector).tolist())))) for s in (1, -1))
        return (ahead - behind) / (2 * h)

    return (4 * central(h / 2) - central(h)) / 3


def expected_gradient(primal: Callable, args: tuple) -> list[float]:
    """The derivative along each unit vector."""
    return [slope(primal, args, unit) for unit in np.eye(len(numbers(args)))]


def expected_second(primal: Callable, args: tuple, vector: np.ndarray) -> list[float]:
    """The gradient of the derivative along `vector`."""
    return expected_gradient(lambda *moved: slope(primal, moved, vector, 4e-3), args)


# Checks -----------------------------------------------------------------------------------------------------------


def check_reverse(primal: Callable, args: tuple) -> None:
    """`value_and_grad` returns the primal's value and, in its arguments' structure, its gradient."""
    argnum = argnum_of(args)
    value, gradient = srcgrad.value_and_grad(primal, argnum)(*args)
    assert value == pytest.approx(primal(*args), rel=1e-13, abs=1e-14)
    assert_like(gradient, at(args, argnum))
    np.testing.assert_allclose(numbers(gradient), expected_gradient(primal, args), RTOL, ATOL)


def check_forward(primal: Callable, args: tuple) -> None:
    """`make_jvp` returns the value and its tangent."""
    vector = direction(args)
    value, tangent = srcgrad.make_jvp(primal, argnum_of(args))(*args)(tangent_of(args, vector))
    assert value == pytest.approx(primal(*args), rel=1e-13, abs=1e-14)
    np.testing.assert_allclose(tangent, slope(primal, args, vector), RTOL, ATOL)


def check_second_reverse(primal: Callable, args: tuple) -> None:
    """The pullback of the gradient, reverse over reverse, is the gradient of a directional derivative."""
    argnum, vector = argnum_of(args), direction(args)
    pullback, _ = srcgrad.make_vjp(srcgrad.grad(primal, argnum), argnum)(*args)
    got = pullback(tangent_of(args, vector))
    np.testing.assert_allclose(numbers(got), expected_second(primal, args, vector), SECOND_RTOL, SECOND_ATOL)


def check_second_forward(primal: Callable, args: tuple) -> None:
    """The tangent of a tangent is the second derivative along two directions."""
    argnum, vector, other = argnum_of(args), direction(args), direction(args, 1)
    v, u = tangent_of(args, vector), tangent_of(args, other)

    def first(*args):
        return srcgrad.make_jvp(primal, argnum)(*args)(v)[1]

    _, tangent = srcgrad.make_jvp(first, argnum)(*args)(u)
    want = float(np.dot(expected_second(primal, args, vector), other))
    np.testing.assert_allclose(tangent, want, SECOND_RTOL, SECOND_ATOL)


def check_forward_over_reverse(primal: Callable, args: tuple) -> None:
    """The tangent of the gradient is the gradient of a directional derivative."""
    argnum, vector = argnum_of(args), direction(args)
    _, got = srcgrad.make_jvp(srcgrad.grad(primal, argnum), argnum)(*args)(tangent_of(args, vector))
    np.testing.assert_allclose(numbers(got), expected_second(primal, args, vector), SECOND_RTOL, SECOND_ATOL)


def check_reverse_over_forward(primal: Callable, args: tuple) -> None:
    """So is the gradient of the tangent."""
    argnum, vector = argnum_of(args), direction(args)
    got = srcgrad.grad(along(primal, argnum, tangent_of(args, vector)), argnum)(*args)
    np.testing.assert_allclose(numbers(got), expected_second(primal, args, vector), SECOND_RTOL, SECOND_ATOL)


def check_third_reverse(primal: Callable, args: tuple) -> None:
    """Three reverse sweeps nested: the gradient of `v.H.v`."""
    argnum, vector = argnum_of(args), direction(args)
    v = tangent_of(args, vector)
    product = pulled(srcgrad.grad(primal, argnum), argnum, v)
    got = pulled(product, argnum, v)(*args)
    assert_third(np.dot(numbers(got), vector), primal, args, vector)


def check_third_forward(primal: Callable, args: tuple) -> None:
    """Three tangents nested."""
    argnum, vector = argnum_of(args), direction(args)
    v = tangent_of(args, vector)
    assert_third(along(along(along(primal, argnum, v), argnum, v), argnum, v)(*args), primal, args, vector)


def check_third_mixed(primal: Callable, args: tuple) -> None:
    """Forward over reverse over forward."""
    argnum, vector = argnum_of(args), direction(args)
    v = tangent_of(args, vector)
    got = along(srcgrad.grad(along(primal, argnum, v), argnum), argnum, v)(*args)
    assert_third(np.dot(numbers(got), vector), primal, args, vector)


def along(function: Callable, argnum: int | tuple[int, ...], v: Any) -> Callable:
    """The derivative of `function` along `v`, in forward mode."""
    return lambda *args: srcgrad.make_jvp(function, argnum)(*args)(v)[1]


def pulled(function: Callable, argnum: int | tuple[int, ...], v: Any) -> Callable:
    """The pullback of `v` through `function`."""
    return lambda *args: srcgrad.make_vjp(function, argnum)(*args)[0](v)


def assert_third(got: float, primal: Callable, args: tuple, vector: np.ndarray) -> None:
    """Compare with the third difference of the plain primal along `vector`."""
    centre, h = np.array(numbers(args)), THIRD_STEP

    def difference(h):
        values = [primal(*rebuild(args, iter((centre + k * h * vector).tolist()))) for k in (-2, -1, 1, 2)]
        return float(np.dot([-0.5, 1, -1, 0.5], values)) / h**3

    want = (4 * difference(h / 2) - difference(h)) / 3
    np.testing.assert_allclose(got, want, THIRD_RTOL, THIRD_ATOL * max(1.0, abs(float(primal(*args)))))


def check_called_in_a_loop(primal: Callable, args: tuple) -> None:
    """The construct works nested: in a function captured by a closure that is called in a loop and in a branch."""

    def repeated(*args):
        total = 0.0
        for k in range(1, 4):
            if k != 2:
                total = total + k * call(*args)
        return total

    def call(*args):
        return primal(*args)

    gradient = srcgrad.grad(repeated, argnum_of(args))(*args)
    want = 4 * np.array(expected_gradient(primal, args))
    np.testing.assert_allclose(numbers(gradient), want, RTOL, 4 * ATOL)


FIRST = (check_reverse, check_forward, check_called_in_a_loop)
SECOND = (check_second_reverse, check_second_forward)
MIXED = (check_forward_over_reverse, check_reverse_over_forward)
THIRD = (check_third_reverse, check_third_forward, check_third_mixed)
CHECKS = FIRST + SECOND + MIXED + THIRD


def assert_like(gradient: Any, arg: Any) -> None:
    """A gradient has its argument's containers, types, shapes and dtypes; inactive leaves are None."""
    if isinstance(arg, dict):
        assert list(gradient) == list(arg)
        for key in arg:
            assert_like(gradient[key], arg[key])
    elif isinstance(arg, list | tuple):
        assert type(gradient) is type(arg)
        assert len(gradient) == len(arg)
        for part, item in zip(gradient, arg, strict=True):
            assert_like(part, item)
    elif dataclasses.is_dataclass(arg):
        assert type(gradient) is type(arg)
        for name, item in vars(arg).items():
            assert_like(getattr(gradient, name), item)
    elif isinstance(arg, np.ndarray) and is_float(arg):
        assert (gradient.shape, gradient.dtype) == (arg.shape, arg.dtype)
    elif is_float(arg):
        assert type(gradient) is float
    else:
        assert gradient is None


def assert_refused(primal: Callable, *args: Any, words: str = "") -> None:
    """Differentiating `primal` raises an error that names the line marked `# refused`."""
    code = primal.__code__
    with open(code.co_filename, encoding="utf-8") as file:
        lines = file.read().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if n >= code.co_firstlineno and text.endswith("# refused"))
    with pytest.raises(srcgrad.SrcgradError, match=words or None) as caught:
        srcgrad.grad(primal)(*args)
    assert f"line {line}" in str(caught.value)
