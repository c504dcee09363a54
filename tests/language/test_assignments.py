"""Assignment of every form, and the arithmetic and comparison that go with it."""

import math

import numpy as np

from .checking import rows

A = np.array([0.4, -0.7, 1.1])


def plain(x):
    y = math.sin(x)
    z = y * x
    return z


def rebound(x):
    x = x * x
    x = math.sin(x) + x
    x = x / (1 + x * x)
    return x


def chained(x, y):
    u = v = x * y
    u = u * x
    return u + math.sin(v)


def chained_nested_targets(x, y):
    p = (u, v) = (x * y, x - y)
    return u * v + p[0] * p[1] ** 2


def unpacked(x, y):
    u, v = x * y, x + y
    return math.sin(u) * v


def unpacked_nested(x, y):
    (u, [v, w]), z = (x, (y, x * y)), 2.0
    return u * v * z + w**2


def swapped_in_a_loop(x):
    u, v = math.sin(x), math.exp(x)
    for _ in range(2):
        u, v = v, u * v
    return u + 0.9 * v


def swapped_before_capture(x):
    u, v = math.sin(x), math.exp(x)
    for _ in range(2):
        u, v = v, u * v
    later = lambda w: w * u * v
    return later(x) + 0.9 * v + u


def swapped(x, y):
    x, y = y, x
    return x**2 * y


def rotated(x, y, z):
    x, y, z = y * z, x, x + y
    x, y = y, x * y
    return x * y * math.cos(z)


def starred_last(x, y):
    first, *rest = [x, y, x * y]
    return first * rest[0] + math.sin(rest[1])


def starred_middle(a):
    first, *middle, last = a * a
    return first * last + np.sin(middle[0])


def starred_empty(x, y):
    first, second, *rest = (x, y)
    return first * second + len(rest)


def unpacked_array(a):
    x, y, z = a
    return x * y + y * z**2


def unpacked_in_loop(x):
    y = 1.0
    for _ in range(4):
        x, y = math.sin(x + y), x * y
    return x * y


def annotated(x):
    y: float = x * x
    z: "float"
    z = y * x
    return z


def augmented_add(x, y):
    x += y * x
    x -= y
    return x * y


def augmented_all(x, y):
    z = x
    z *= y
    z /= 1 + x * x
    z **= 2
    z += 1.3
    z %= 5.0
    return z


def augmented_array_is_local(a):
    z = a * 2.0
    z += a
    z *= a
    z -= 0.5
    return np.sum(z * z)


def augmented_broadcast(x, a):
    z = np.zeros(3)
    z += x
    z *= a
    return np.sum(np.sin(z))


def augmented_matmul(a):
    z = np.outer(a, a)
    z = z @ np.cos(z)
    return np.sum(z)


def walrus(x):
    return (y := x * x) + math.sin(y) * y


def walrus_in_test(x):
    if (y := math.sin(x)) > 0.2:
        return y * x
    return y


def walrus_in_while(x):
    total = 0.0
    while (x := 0.6 * x) > 0.1:
        total += x * x
    return total


def walrus_in_comprehension(x):
    values = [(last := x * k) ** 2 for k in range(1, 4)]
    return sum(values) * last


def deleted(x):
    y = x * x
    z = y + x
    del y
    y = z * x
    return y


def subscript_swap(x, y):
    items = [x, y]
    items[0], items[1] = items[1], items[0] * 2
    return items[0] ** 2 * items[1]


def chained_comparison(x):
    return x * x if 0 < x < 2 < x + 3 else x


def comparison_as_number(x, y):
    return (x > y) * x + (x <= y) * y**2


def boolean_as_value(x, y):
    z = x and y
    w = (x > 5 and x) or y
    return z * w


def or_of_zero(x):
    zero = 0.0
    return (zero or x) * x


def or_of_nonzero(x, y):
    return (x or y) * (y and x) * y


def or_of_none(x):
    scale = None
    return (scale or x) * math.sin(x)


def short_circuit(x):
    return x * 2 if x > 0 or 1 / 0 > x else x


def ternary(x):
    y = x * x if x > 1 else math.sin(x)
    return y * x


def ternary_nested(x, y):
    return x * y if x > 3 else (x / y if y > 0 else y) ** 2


def arithmetic(x, y):
    return (x + y) * (x - y) / (x * x + y * y) - -x + +y


def powers(x, y):
    return x**2 + x**y + 2.0**x + x**-1 + x**0.5 + (-y) ** 3 + x**0


def division_with_remainder(x):
    return x % 0.7 * x + x // 0.7 + divmod(x, 0.7)[1] ** 2


def constants_of_many_types(x):
    return x * 2 + x * True + np.float64(0.5) * x + np.int64(3) * x * x + x * 1e-3


def unused_result(x):
    y = math.exp(x)
    math.sin(x)
    return x * x


def independent(x):
    y = x * 0.0 + 3.0
    return y


def scalar_to_array_to_tuple(x):
    v = x * x
    v = np.array([v, x])
    v = (v[0], v)
    return v[0] * np.sum(v[1])


def many_terms(x):
    return x + x * x + x * x * x - (x - (x - (x - x * x))) + x / (x + (x + (x + 1.0)))


@rows(
    (plain, 0.8), (rebound, 0.8), (chained, 0.8, 1.3), (chained_nested_targets, 0.8, 1.3), (unpacked, 0.8, 1.3),
    (unpacked_nested, 0.8, 1.3), (swapped, 0.8, 1.3),
    (swapped_in_a_loop, 0.7), (swapped_before_capture, 0.7), (rotated, 0.8, 1.3, 0.4), (starred_last, 0.8, 1.3),
    (starred_middle, A), (starred_empty, 0.8, 1.3), (unpacked_array, A), (unpacked_in_loop, 0.8), (annotated, 0.8),
    (augmented_add, 0.8, 1.3), (augmented_all, 0.8, 1.3), (augmented_array_is_local, A),
    (augmented_broadcast, 0.8, A), (augmented_matmul, A), (walrus, 0.8), (walrus_in_test, 0.8),
    (walrus_in_while, 1.7), (walrus_in_comprehension, 0.8), (deleted, 0.8), (subscript_swap, 0.8, 1.3),
    (chained_comparison, 0.8), (comparison_as_number, 0.8, 1.3), (boolean_as_value, 0.8, 1.3), (or_of_zero, 0.8),
    (or_of_nonzero, 0.8, 1.3), (or_of_none, 0.8), (short_circuit, 0.8), (ternary, 0.8), (ternary, 1.8),
    (ternary_nested, 0.8, 1.3), (arithmetic, 0.8, 1.3), (powers, 0.8, 1.3), (division_with_remainder, 1.9),
    (constants_of_many_types, 0.8), (unused_result, 0.8), (independent, 0.8), (scalar_to_array_to_tuple, 0.8),
    (many_terms, 0.8),
)  # fmt: skip
def test_assignments(check, primal, args):
    check(primal, args)
