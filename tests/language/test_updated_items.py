"""`d[k] += v` of what is no number: an array into which `v` is broadcast, a list that grows, a tuple replaced."""

import numpy as np

from .checking import rows


def list_of_a_dict_extended(x):
    d = {"r": [x, x * 2]}
    d["r"] += [x * x, x**3]
    return d["r"][0] * d["r"][1] * d["r"][2] * d["r"][3]


def list_of_a_list_extended_by_a_tuple(x):
    rows = [[x], [x * x]]
    rows[0] += (x * x, x**3)
    rows[1] += rows[0]
    return rows[0][2] * rows[1][0] * rows[1][2]


def list_of_a_list_repeated(x):
    rows = [[x, x * 2]]
    rows[0] *= 2
    return rows[0][0] * rows[0][1] * rows[0][2] * rows[0][3]


def tuple_replaced(x):
    rows = [(x, x * 2)]
    rows[0] += (x * x, x**3)
    return rows[0][0] * rows[0][1] * rows[0][2] * rows[0][3]


def array_by_a_number(x):
    d = {"z": np.ones(2)}
    d["z"] += x * x
    d["z"] -= np.arange(2) * x
    return np.sum(d["z"] ** 2)


def array_by_a_row(x):
    items = [x * np.ones((3, 2)), x]
    items[0] += np.arange(2) * x
    items[1] -= x * x
    return np.sum(items[0] ** 2) * items[1]


def array_scaled_then_shifted(x):
    d = {"z": np.ones(2)}
    d["z"] *= x
    d["z"] += x * x
    return np.sum(d["z"] ** 2)


@rows(
    (list_of_a_dict_extended, 0.8), (list_of_a_list_extended_by_a_tuple, 0.8), (list_of_a_list_repeated, 0.8),
    (tuple_replaced, 0.8), (array_by_a_number, 0.8), (array_by_a_row, 0.8), (array_scaled_then_shifted, 0.8),
)  # fmt: skip
def test_updates_of_items_that_are_no_numbers(check, primal, args):
    check(primal, args)
