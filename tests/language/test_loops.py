"""Loops of every kind, with what leaves them early, alone and within one another."""

import math

import numpy as np

from .checking import rows

A = np.array([0.4, -0.7, 1.1])
M = np.array([[0.3, -0.2, 0.9], [1.1, 0.4, -0.6]])


def for_range(x):
    y = x
    for i in range(5):
        y = math.sin(y * x) + i * x
    return y


def for_range_steps(x):
    y = 0.0
    for i in range(9, 0, -3):
        y = y * x + i
    return y


def for_zero_times(x, n):
    y = x * x
    for _ in range(n):
        y = math.exp(y)
    return y


def for_array(a):
    y = 1.0
    for v in a:
        y = y * (1 + v * v)
    return y


def for_rows(m):
    y = 0.0
    for row in m:
        y = y + np.sum(row) * np.max(row)
    return y


def for_entries(m):
    y = 0.5
    for row in m:
        for v in row:
            y = math.sin(y + v)
    return y


def for_list(x, y):
    z = 1.0
    for v in [x, y, x * y, 2.0]:
        z = z * v + x
    return z


def for_tuple_pairs(x, y):
    z = 0.0
    for u, v in ((x, y), (y, x * x), (1.0, x)):
        z = z + u * v * v
    return z


def for_zip(a, x):
    y = 0.0
    for u, v in zip(a, [x, x * x, 3.0], strict=True):
        y += u * v
    return y


def for_zip_uneven(a, x):
    y = 0.0
    for u, i in zip(a, range(2)):
        y += u * x * (i + 1)
    return y


def for_enumerate(a):
    y = 0.0
    for i, v in enumerate(a, start=1):
        y = y + v**i
    return y


def for_enumerate_zip(a, b):
    y = 0.0
    for i, (u, v) in enumerate(zip(a, b)):
        y = y + i * u * v
    return y


def for_reversed(a):
    y = 0.5
    for v in reversed(a):
        y = y * v + 1
    return y


def for_string(x):
    y = x
    for letter in "aab":
        y = y * x if letter == "a" else math.sin(y)
    return y


def for_dict_items(params):
    y = 0.0
    for name, v in params.items():
        y = y * v + v if name != "b" else y + v * v
    return y


def for_dict_keys(params):
    y = 1.0
    for name in params:
        y *= params[name]
    return y


def for_dict_values(params):
    y = 1.0
    for v in params.values():
        y += math.sin(y * v)
    return y


def for_set_and_map(x):
    y = 0.0
    for v in map(lambda k: k * x, sorted({3, 1, 2})):
        y = y + v * v
    return y


def loop_variable_after(a):
    for v in a:
        pass
    return v * v


def loop_variable_rebound(a):
    y = 0.0
    for v in a:
        v = v * v
        y = y + v
    return y * v


def loop_break(a):
    y = 1.0
    for v in a:
        if v < 0:
            break
        y = y * v + v
    return y


def loop_continue(a):
    y = 1.0
    for v in a:
        if v < 0:
            continue
        y = y * v + v
    return y


def loop_else_taken(a):
    y = 1.0
    for v in a:
        if v > 50:
            break
        y = y + v * v
    else:
        y = y * y
    return y


def loop_else_skipped(a):
    y = 1.0
    for v in a:
        y = y + v * v
        if v < 0:
            break
    else:
        y = y * y
    return y


def loop_return(a):
    y = 1.0
    for v in a:
        y = y * (v + 2)
        if v < 0:
            return y * v
    return y


def loop_returns_from_nest(m):
    y = 1.0
    for row in m:
        for i, v in enumerate(row):
            y = y + v * v
            if y > 2.0:
                return y * row[0] + i
    return y


def loop_break_inner_only(m):
    y = 0.0
    for row in m:
        for v in row:
            if v < 0:
                break
            y = y + v * v
        y = y * 1.5
    return y


def loop_else_of_nest(m):
    y = 0.0
    for row in m:
        for v in row:
            if v > 1:
                break
            y = y + v * v
        else:
            continue
        y = y * row[0]
        break
    return y


def nested_dependent_counts(x):
    y = x
    for i in range(4):
        for j in range(i):
            y = y + math.sin(y) * j
    return y


def while_counted(x, n):
    y = 1.0
    while n > 0:
        y = y * x + n
        n -= 1
    return y


def while_data(x):
    count = 0
    while x > 0.05:
        x = x * 0.7 - 0.01 * x * x
        count += 1
    return x * count


def while_newton(a):
    x = a
    while True:
        new = 0.5 * (x + a / x)
        if abs(new - x) < 1e-9:
            break
        x = new
    return new


def while_else(x):
    y = x
    while y < 3:
        y = y * 1.5 + x
    else:
        y = y * x
    return y


def while_continue(x):
    y, k = x, 0
    while k < 6:
        k += 1
        if k % 2:
            continue
        y = y * x + k
    return y


def while_condition_calls(x):
    y = x
    while math.sin(y) > 0.1 and y < 2.5:
        y = y + 0.4 * x
    return y * y


def while_never(x):
    while x > 100:
        x = x * x
    return x * x


def bisect(x):
    low, high = 0.0, 4.0
    for _ in range(8):
        mid = 0.5 * (low + high)
        if mid * mid > 2:
            high = mid
        else:
            low = mid
    return low * x * x


def branch_in_loop_in_branch(x, n):
    y = x
    if n > 1:
        for i in range(n):
            if y > 1:
                y = y * 0.5 * x
            elif i % 2:
                y = y + x
            else:
                y = y * 3
    return y


def accumulate_some(a):
    total, count = 0.0, 0
    for v in a:
        if v > 0:
            total = total + v * v
            count = count + 1
    return total / count


def logistic_map(r, x):
    for _ in range(12):
        x = r * x * (1 - x)
    return x


def indexed_array(a):
    y = 0.0
    for i in range(len(a) - 1):
        y = y + a[i] * a[i + 1] ** 2
    return y + np.sum(a) * a[0]


def array_recurrence(a):
    h = np.zeros(3)
    for _ in range(4):
        h = np.tanh(h * a + a[::-1])
    return np.sum(h * h)


@rows(
    (for_range, 0.8), (for_range_steps, 0.8), (for_zero_times, 0.8, 0), (for_zero_times, 0.3, 2), (for_array, A),
    (for_array, A * 2), (for_rows, M), (for_entries, M), (for_list, 0.8, 1.3), (for_tuple_pairs, 0.8, 1.3),
    (for_zip, A, 0.8), (for_zip_uneven, A, 0.8), (for_enumerate, A), (for_enumerate_zip, A, A[::-1]),
    (for_reversed, A), (for_string, 0.8), (for_dict_items, {"a": 0.8, "b": 1.3, "c": 0.4}),
    (for_dict_keys, {"a": 0.8, "b": 1.3}), (for_dict_values, {"a": 0.8, "b": 1.3}), (for_set_and_map, 0.8),
    (loop_variable_after, A), (loop_variable_rebound, A), (loop_break, A), (loop_continue, A), (loop_else_taken, A),
    (loop_else_skipped, A), (loop_return, A), (loop_return, np.abs(A)), (loop_returns_from_nest, M),
    (loop_returns_from_nest, 0.1 * M), (loop_break_inner_only, M), (loop_else_of_nest, M),
    (nested_dependent_counts, 0.8), (while_counted, 0.8, 4), (while_data, 1.3), (while_newton, 3.0),
    (while_else, 0.8), (while_continue, 0.8), (while_condition_calls, 0.8), (while_never, 0.8), (bisect, 0.8),
    (branch_in_loop_in_branch, 0.8, 4), (accumulate_some, A), (logistic_map, 1.7, 0.3), (indexed_array, A),
    (array_recurrence, A),
)  # fmt: skip
def test_loops(check, primal, args):
    check(primal, args)


def overwritten_in_every_iteration(a, x):
    y = np.cos(x)
    for _ in np.outer(a, a):
        y = 1.3
    return y * x


def parameter_overwritten_in_loop(x, y):
    for _ in [x, y, 1.0]:
        x = 1.32
    return x * y


@rows((overwritten_in_every_iteration, np.array([0.4, -0.7]), 0.8), (parameter_overwritten_in_loop, 0.8, 1.3))
def test_loops_that_overwrite_by_constants(check, primal, args):
    check(primal, args)
