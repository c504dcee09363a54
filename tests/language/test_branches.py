"""Branches and early returns, and what differs in structure by the way that was taken."""

import math

import numpy as np

from .checking import rows

A = np.array([0.4, -0.7, 1.1])


def branch(x, y):
    if x > y:
        z = x * y
    else:
        z = math.sin(x) + y
    return z * x


def branch_without_else(x):
    y = x
    if x > 0.5:
        y = x * x
    return y * x


def branch_chain(x, n):
    if n == 0:
        y = x
    elif n == 1:
        y = x * x
    elif n > 5:
        y = math.exp(x)
    else:
        y = math.sin(x)
    return y * x


def branch_nested(x, y):
    if x > 0:
        if y > 2:
            z = x
        elif y > 1:
            z = x * y
        else:
            z = y
        z = z * z
    else:
        z = -x
    return z


def branch_defines_one_side(x, flag):
    if flag:
        extra = x * x
    y = x
    if flag:
        y = y + extra * x
    return y


def branch_changes_shape(x, n):
    v = x
    if n > 1:
        v = x * np.ones(n)
    return np.sum(np.sin(v))


def branch_on_none(x, scale):
    if scale is None:
        scale = x
    return scale * x


def branch_returns(x):
    if x > 1:
        return x * x
    if x > 0:
        return math.sin(x)
    return x


def branch_dead_division(x):
    if x == 0.0:
        y = 1.0
    else:
        y = math.sin(x) / x
    return y


@rows(
    (branch, 1.3, 0.8), (branch, 0.8, 1.3), (branch_without_else, 0.3), (branch_without_else, 0.8),
    (branch_chain, 0.8, 0), (branch_chain, 0.8, 1), (branch_chain, 0.8, 3), (branch_chain, 0.8, 7),
    (branch_nested, 0.8, 1.3), (branch_nested, -0.8, 1.3), (branch_defines_one_side, 0.8, True),
    (branch_defines_one_side, 0.8, False), (branch_changes_shape, 0.8, 3), (branch_changes_shape, 0.8, 0),
    (branch_on_none, 0.8, None), (branch_on_none, 0.8, 1.3), (branch_returns, 1.3), (branch_returns, 0.8),
    (branch_returns, -0.8), (branch_dead_division, 0.8),
)  # fmt: skip
def test_branches(check, primal, args):
    check(primal, args)


def for_items_in_a_branch(x, w):
    if x > 0.5:
        for v in [x, x, w * x]:
            x = v * v * w
    return x


def bound_in_a_branch_and_used_in_others(x, w):
    if x > 0.5:
        pair = [x * w, w]
        both = np.array([x, w])
    for k in range(3):
        if x > 0.5 and k != 1:
            w = w * pair[0] + pair[1] + both[0] * k
    return x * w


def array_of_one_side_written_into(x, w):
    if x > 0.5:
        q = w / (1.5 + w * w)
        q[1:] = w[:-1] * x
        x = x * np.sum(q * q)
    return x * w[0]


def for_constants_among_floats(x):
    total = 0.0
    for v in (x, 2, x * x):
        total = total + v * v * x
    for key, v in {"a": x, "b": 2, "c": x * x}.items():
        total = total + v * v * (x if key == "b" else 1)
    return total


def for_constants_in_pairs(x):
    total = 0.0
    for weight, v in ((1, x), (0.5, x * x), (x, 2)):
        total = total + weight * v
    table = {"a": (1, x), "b": (x, 2)}
    for key in table:
        total = total + table[key][0] * table[key][1] * x
    return total


def starred_constants(*items):
    total = 0.0
    for i in range(len(items)):
        total = total + items[i] * items[i] * items[0]
    return total


def list_of_new_length(x):
    total, y = 0.0, [x]
    for i in range(3):
        y = [x * k for k in range(i + 2)]
        total = total + sum(y) * y[-1]
    return total + y[0] * y[1] + y[-1]


def array_of_new_length(x):
    total, y = 0.0, np.ones(1)
    for i in range(3):
        y = np.full(i + 1, x) * x
        total = total + np.sum(y * y)
    return total + np.sum(y)


def list_replaced_in_a_branch(x):
    y = [x, x * x]
    if x > 0.5:
        y = [x]
    return y[0] * y[-1] * x


def constant_popped(x):
    constants = [1.0, 2.0]
    y = x * x
    if x > 0.5:
        y = constants.pop()
    return y * x


@rows(
    (for_constants_among_floats, 0.8), (for_constants_in_pairs, 0.8), (starred_constants, 0.8, 2, 1.3),
    (array_of_one_side_written_into, 0.3, A), (array_of_one_side_written_into, 0.8, A),
    (list_of_new_length, 0.8), (for_items_in_a_branch, 0.3, 1.3), (for_items_in_a_branch, 0.8, 1.3),
    (bound_in_a_branch_and_used_in_others, 0.3, 1.3), (bound_in_a_branch_and_used_in_others, 0.8, 1.3),
    (array_of_new_length, 0.8), (list_replaced_in_a_branch, 0.8), (list_replaced_in_a_branch, 0.3),
    (constant_popped, 0.8), (constant_popped, 0.3),
)  # fmt: skip
def test_adjoints_of_varying_structure(check, primal, args):
    check(primal, args)
