"""match, with, assert, raise, print, f-strings, pass."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

import srcgrad

from .checking import rows

A = np.array([0.4, -0.7, 1.1])


@dataclass
class Point:
    """A class to match on."""

    u: float
    v: float


POINT = Point(0.6, 1.7)


def match_value(x, n):
    match n:
        case 0:
            y = x
        case 1 | 2:
            y = x * x
        case int() if n > 10:
            y = math.exp(x)
        case _:
            y = math.sin(x)
    return y * x


def match_string(x, mode):
    match mode:
        case "double":
            return 2 * x * x
        case "sine":
            return math.sin(x)
    return x


def match_sequence(x, y):
    match [x, y, x * y]:
        case [first]:
            return first
        case [first, *rest] if first > 0:
            return first * rest[0] + rest[1] ** 2
        case _:
            return y


def match_nested(x, y):
    match ("pair", (x, [y, 2.0])):
        case ("pair", (u, [v, w])):
            return u * v * w
    return x


def match_mapping(x, y):
    match {"kind": "product", "a": x, "b": y}:
        case {"kind": "sum", "a": u}:
            return u
        case {"kind": "product", "a": u, **rest}:
            return u * rest["b"] * u
    return x


def match_class(x):
    match POINT:
        case Point(u=u, v=v) if u < v:
            return x * u + v * x * x
    return x


def match_type(x):
    match x:
        case float() as value:
            return value * x
    return 0.0 * x


def match_in_a_local_function(x):
    def g(v):
        for _ in range(2):
            match (math.cos(v), math.tanh(v)):
                case (p, q) if p > 0.65:
                    v = p * q
                case (p, _):
                    v = math.sin(p) + v
        return v * x

    p = x * x
    return g(x) + g(x * 1.1) * p


def match_in_loop(x):
    y = x
    for k in range(4):
        match k % 3:
            case 0:
                y = y * x
            case 1:
                continue
            case _:
                y = y + math.sin(y)
    return y


def with_errstate(x, a):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.sum(a / x)
    return y * x * x


def with_several(x):
    with np.errstate(all="ignore"), np.printoptions(precision=3) as _:
        if x > 0:
            return x * x * math.sin(x)
    return x


def with_in_loop(x):
    y = 1.0
    for k in range(3):
        with np.errstate(over="ignore"):
            if k == 1:
                continue
            y = y * x + k
    return y


def asserted(x):
    assert x > 0, f"not positive: {x}"
    assert math.isfinite(x)
    return x * x


def raise_not_taken(x):
    if x < 0:
        raise ValueError(f"negative: {x}")
    return math.sqrt(x)


def printed(x):
    y = x * x
    print("y is", y, f"{x:.3f}", file=None if x > 99 else DEVNULL)
    return y * x


class _Devnull:
    def write(self, text):
        pass


DEVNULL = _Devnull()


def formatted(x, n):
    label = f"{x:.2f}" + "-" * n + str(n)
    return x * len(label) * x


def passed(x):
    if x > 0:
        pass
    else:
        x = 0.0
    for _ in range(3):
        pass
    return x * x


def docstring_and_expression(x):
    """A docstring."""
    "another string"
    ...
    3 + 4
    return x * x


@rows(
    (match_value, 0.8, 0), (match_value, 0.8, 2), (match_value, 0.8, 12), (match_value, 0.8, 5),
    (match_string, 0.8, "double"), (match_string, 0.8, "sine"), (match_string, 0.8, "other"),
    (match_sequence, 0.8, 1.3), (match_sequence, -0.8, 1.3), (match_nested, 0.8, 1.3), (match_mapping, 0.8, 1.3),
    (match_class, 0.8), (match_type, 0.8), (match_in_loop, 0.8), (match_in_a_local_function, 0.7),
    (with_errstate, 0.8, A), (with_several, 0.8),
    (with_several, -0.8), (with_in_loop, 0.8), (asserted, 0.8), (raise_not_taken, 0.8), (printed, 0.8),
    (formatted, 0.8321, 3), (passed, 0.8), (docstring_and_expression, 0.8),
)  # fmt: skip
def test_statements(check, primal, args):
    check(primal, args)


def test_the_primals_own_exceptions_pass_through():
    with pytest.raises(AssertionError, match="not positive: -1.0"):
        srcgrad.grad(asserted)(-1.0)
    with pytest.raises(ValueError, match="negative: -1.0"):
        srcgrad.grad(raise_not_taken)(-1.0)


def test_printing_happens_once(capsys):
    def loud(x):
        print("x is", x)
        return x * x

    assert srcgrad.grad(loud)(3.0) == 6.0
    assert capsys.readouterr().out == "x is 3.0\n"
