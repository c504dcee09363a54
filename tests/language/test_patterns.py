"""`match` around active values: every kind of pattern, guards, captures, and jumps out of cases."""

import dataclasses
import math

import numpy as np

from .checking import rows


@dataclasses.dataclass
class Pair:
    left: float
    right: float


class Sized:
    """A class to match by attribute."""

    def __init__(self, size):
        self.size = size


def returns_from_cases(x, n):
    match n:
        case 0:
            return x * x
        case 1:
            y = math.sin(x)
        case _:
            return 3.0
    return y * x


def jumps_without_active_values(x, mode):
    match mode:
        case "zero":
            return 0.0
        case "one":
            k = 2.0
        case _:
            k = 3.0
    return k * x * x


def breaks_and_continues(x):
    y = x
    for k in range(6):
        match k:
            case 0:
                continue
            case 1 | 2:
                y = y * x
            case 4:
                break
            case _:
                y = math.sin(y)
        y = y + 0.1
    return y


def breaks_on_active_values(x):
    y = x
    while True:
        match y:
            case float(v) if v > 3.0:
                break
            case _ if y > 2.0:
                y = y + 0.7 * x
                continue
        y = y * 1.5
    return y * y


def returns_in_nested_loops(x):
    for i in range(3):
        for j in range(3):
            match (i, j):
                case (1, 1):
                    return x**3
                case (a, b) if a > b:
                    x = x * 1.1
    return x


def in_an_inlined_function(x):
    def pick(v, k):
        match [v, v * v, k]:
            case [a, b, 0]:
                return a * b
            case [a, *_, k] if k > 1:
                return a * k
            case _:
                return math.sin(v)

    return pick(x, 0) + pick(x, 1) + pick(x * x, 2)


def in_a_recursive_function(x):
    def total(items):
        match items:
            case []:
                return 0.0
            case [first, *rest]:
                return first * first + total(rest)

    return total([x, 2.0 * x, math.sin(x)])


def captures_the_subject(x):
    pair = (x, x * x)
    match pair:
        case [pair, other]:
            return pair * other * 2.0
    return 0.0


def a_failed_guard_leaves_captures(x):
    match (x, 3.0 * x):
        case (a, b) if a > b:
            return a
        case (b, a):
            return a * b
    return 0.0


def alternatives_that_capture(x, flipped):
    match [x * x, "left"] if flipped else ["right", math.sin(x)]:
        case [v, "left"] | ["right", v] if v > -10.0:
            return v * v
    return 0.0


def alternatives_of_mappings(x):
    total = 0.0
    for item in [{"a": x}, {"b": x * x}, {"c": x}]:
        match item:
            case {"a": v} | {"b": v}:
                total = total + v * v
            case {**rest}:
                total = total + 2.0 * rest["c"]
    return total


def mapping_with_rest(x):
    match {"w": x, "b": x * x, "act": "tanh"}:
        case {"act": "tanh", "w": w, **others}:
            return math.tanh(w) * others["b"]
        case {"act": _}:
            return x
    return 0.0


def records(x):
    match Pair(x, x * x):
        case Pair(a, right=b) if b > a:
            return a * b
        case Pair(left=a):
            return a * a


def classes(x):
    match Sized(2.0):
        case Sized(size=1.0):
            return x
        case Sized(size=float() | int() as k):
            return k * x * x
    return 0.0


def singletons_and_literals(x, flag):
    match flag:
        case None:
            return x
        case True:
            return x * x
        case -1 | 7:
            return x**3
        case "text":
            return x**4
    return x**5


class Code:
    """Names with dots, which patterns compare with."""

    first = 1
    second = 2


def values_by_name(x, k):
    match k:
        case Code.first:
            return x * k
        case Code.second:
            return x * x * k
    return x


def nested_patterns(x):
    match {"layers": [("dense", x), ("bias", [x * x, 2.0])]}:
        case {"layers": [("dense", w), ("bias", [b, 2.0 as two])]}:
            return w * b * two
    return 0.0


def stars_in_the_middle(x):
    match [x, 1.0, 2.0, x * x]:
        case [a, *middle, b]:
            return a * b + len(middle) * a
    return 0.0


def array_in_a_tuple(a):
    match ("sum", a):
        case ("sum", v):
            return np.sum(v * v)
    return 0.0


def rebinds_in_cases(x):
    y = x
    for k in range(4):
        match (y, k):
            case (z, 0 | 2):
                y = math.sin(z)
            case (z, _) if z > 0.5:
                y = z * z
            case (z, last):
                y = z * last
    return y


@rows(
    (returns_from_cases, 0.8, 0), (returns_from_cases, 0.8, 1), (returns_from_cases, 0.8, 2),
    (jumps_without_active_values, 0.8, "zero"), (jumps_without_active_values, 0.8, "one"),
    (breaks_and_continues, 0.8), (breaks_on_active_values, 0.8), (returns_in_nested_loops, 0.8),
    (in_an_inlined_function, 0.8), (in_a_recursive_function, 0.8), (captures_the_subject, 0.8),
    (a_failed_guard_leaves_captures, 0.8), (alternatives_that_capture, 0.8, True),
    (alternatives_that_capture, 0.8, False), (alternatives_of_mappings, 0.8), (mapping_with_rest, 0.8), (records, 1.8),
    (records, 0.8), (classes, 0.8), (singletons_and_literals, 0.8, None), (singletons_and_literals, 0.8, True),
    (singletons_and_literals, 0.8, 7), (singletons_and_literals, 0.8, -1), (singletons_and_literals, 0.8, "text"),
    (singletons_and_literals, 0.8, False), (values_by_name, 0.8, 1), (values_by_name, 0.8, 2),
    (nested_patterns, 0.8), (stars_in_the_middle, 0.8), (array_in_a_tuple, np.array([0.4, -0.7])),
    (rebinds_in_cases, 0.8),
)  # fmt: skip
def test_patterns(check, primal, args):
    check(primal, args)
