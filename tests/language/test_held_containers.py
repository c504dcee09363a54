"""Lists, dicts and arrays that are written into while containers hold them: each part is followed as what it is."""

import math

import numpy as np
import pytest

import srcgrad

from .checking import check_forward, check_reverse, rows


def appended_in_a_dict(x):
    d = {"r": [1.0]}
    d["r"].append(x)
    return d["r"][0] * d["r"][1] * x


def name_kept_beside_the_dict(x):
    xs = [x, x * x]
    d = {"xs": xs}
    y = xs[0] * xs[1]
    d["xs"][0] = x**3
    xs.append(d["xs"][0] * x)
    return y * xs[0] * d["xs"][1] * d["xs"][2]


def tuple_of_lists(x):
    xs, ys = [x], [x * x]
    pair = (xs, ys)
    xs.append(x**3)
    a, b = pair
    return a[1] * b[0] + xs[0]


def row_appended_to_in_the_loop_that_made_it(x):
    table = []
    for i in range(3):
        row = [x * i]
        table.append(row)
        row.append(x**2)
    return sum(r[0] * r[1] for r in table)


def put_deeper_and_deeper(x):
    a = [x]
    b = [a]
    a.append(x * x)
    c = [b]
    a.append(x * 3)
    b[0].append(x * 5)
    c[0][0][0] = x * 7
    return a[0] * a[1] * b[0][2] * c[0][0][3]


def written_through_each_in_a_loop(x):
    xs = [x]
    d = {"xs": xs}
    for _ in range(3):
        xs.append(d["xs"][-1] * x)
        d["xs"][0] = d["xs"][0] * xs[-1]
    return xs[0] * d["xs"][3]


def used_whole_beside_its_container(x):
    xs = [x, x * 2]
    d = {"xs": xs}
    s = sum(xs)
    xs.append(s * x)
    return sum(d["xs"]) * s


def unpacked_and_appended_to(x):
    pair = [[x], [x * x]]
    u, v = pair
    u.append(x**3)
    v.append(u[1] * x)
    return pair[1][1] * pair[0][1]


def table_of_zeros(x):
    table = [[0.0] * 4 for _ in range(4)]
    for i in range(1, 4):
        for j in range(1, 4):
            table[i][j] = max(table[i - 1][j], table[i][j - 1]) + x * i * j
    return table[3][3]


def table_of_integers(x):
    table = [[0] * 2 for _ in range(2)]
    table[0][1] = x
    table[1][0] += x * x
    return table[0][1] * table[1][0] + table[1][1]


def groups_by_a_key(x):
    groups = {0: [], 1: []}
    for k in range(4):
        groups[k % 2].append(x**k)
    return sum(groups[0]) * sum(groups[1])


def running_over_keys(x):
    d = {"a": [x], "b": [x * 2]}
    for k in d:
        d[k].append(x * d[k][0])
    return d["a"][1] * d["b"][1]


def handed_to_a_function_twice(x):
    def push(d, v):
        d["r"].append(v)

    d = {"r": [x]}
    push(d, x * x)
    push(d, x * 3)
    return d["r"][1] * d["r"][2]


def counts_that_become_floats(x):
    tree = {"count": {"n": 0}, "items": [1]}
    tree["count"]["n"] += x
    tree["items"].append(x * x)
    return tree["count"]["n"] * sum(tree["items"])


def replaced_beside_the_old(x):
    d = {"a": [x]}
    old = d["a"]
    d["a"] = [x * 2]
    old.append(x * 3)
    d["a"].append(x * 5)
    return d["a"][1] * old[1] * d["a"][0]


def arrays_in_a_list(x):
    parts = [np.zeros(2), np.zeros(2)]
    for i in range(2):
        for j in range(2):
            parts[i][j] = x ** (i + j)
    return np.sum(parts[0] * parts[1])


def read_whole_by_another_way(x):
    e = [{"k": [x, x * x]}]
    c = e[0]
    r = c["k"]
    y = r[0] * x
    s = sum(e[0]["k"])
    return y * s * r[1]


def put_into_a_second_container(x):
    a = [x, x * x]
    c = (a,)
    c[0][1] += x
    s = sum(c[0])
    e = [[s], a]
    e[1][1] = math.sin(s)
    return sum(e[1]) * s


@rows(
    (name_kept_beside_the_dict, 0.8), (appended_in_a_dict, 0.8), (tuple_of_lists, 0.8),
    (row_appended_to_in_the_loop_that_made_it, 0.8), (put_deeper_and_deeper, 0.8),
    (written_through_each_in_a_loop, 0.8), (used_whole_beside_its_container, 0.8), (unpacked_and_appended_to, 0.8),
    (table_of_zeros, 0.8), (table_of_integers, 0.8), (groups_by_a_key, 0.8), (running_over_keys, 0.8),
    (handed_to_a_function_twice, 0.8), (counts_that_become_floats, 0.8), (replaced_beside_the_old, 0.8),
    (arrays_in_a_list, 0.8), (read_whole_by_another_way, 0.8),
)  # fmt: skip
def test_what_is_held_and_written_into(check, primal, args):
    check(primal, args)


# Two places for one object: tangents mirror them; adjoints follow them, or the program is refused ----------


def held_twice(x):
    xs = [x]
    t = [xs, xs]
    t[0].append(x * x)
    return t[1][1] * x


def held_by_two(x):
    xs = [x]
    d, e = {"a": xs}, {"b": xs}
    xs.append(x * x)
    return d["a"][1] * e["b"][1]


def repeated(x):
    rows = [[1.0]] * 3
    rows[0].append(x)
    return rows[2][1] * x


def handed_on_as_one(x):
    rows = one_list_twice(2)
    rows[0][0] = x
    return rows[1][0] * x


def one_list_twice(n):
    if n:
        return one_list_twice(n - 1)
    r = [1.0]
    return [r, r]


def copied_flat(x):
    a = [[x], [2.0]]
    b = a[:]
    b[1].append(x * x)
    return a[1][1] * x


def copied_as_a_dict(x):
    d = {"a": [x]}
    e = dict(d)
    e["a"].append(x * x)
    return d["a"][1] * x


def carried_by_a_loop(x):
    row = [x]
    groups = [row]
    for k in range(5):
        if k == 3:
            row = []
            groups.append(row)
        row.append(x**k)
    return sum(groups[0]) * sum(groups[1])


def put_in_again_and_again(x):
    path, saved = [x], []
    for _ in range(3):
        path.append(path[-1] * x)
        saved.append(path)
    return sum(sum(s) for s in saved)


def moved_by_an_insert(x):
    rows = [[x], [2.0 * x]]
    r = rows[0]
    rows.insert(0, [x * 5])
    r.append(x * x)
    rows[0].append(x * 3)
    return rows[0][1] * rows[1][1]


def swapped(x):
    xs = [x, 1.0]
    c = [xs, 0.0]
    c[0], c[1] = c[1], c[0]
    xs[1] = x * x
    return c[1][1] * xs[0]


def put_in_on_one_side(x):
    xs, d = [x], {"xs": [0.0]}
    if x > 0:
        d["xs"] = xs
    xs.append(x * x)
    return d["xs"][-1] * xs[0]


def in_a_cycle(x):
    a = {"v": x}
    b = {"v": x * 2, "peer": a}
    a["peer"] = b
    a["v"] = a["v"] * b["v"]
    return a["peer"]["peer"]["v"] * b["v"]


def inactive_append_beside_an_active_item(x):
    xs = [1.0]
    d = {"k": xs, "x": x}
    xs.append(2.0)
    return d["k"][1] * d["x"]


def inactive_store_beside_an_active_item(x):
    z = np.zeros(2)
    d = {"z": z, "x": x}
    z[0] = 3.0
    return d["z"][0] * d["x"]


def list_doubled_under_another_name(x):
    xs = [x, 1.0]
    ys = xs
    xs *= 2
    return sum(ys) * x


def array_held_and_used_whole(x):
    z = np.ones(2) * x
    d = {"z": z}
    y = np.sin(d["z"])
    z[0] = x * x
    z[1] *= y[0]
    return np.sum(y * z * d["z"])


def rows_of_an_array(x):
    z = np.zeros(2)
    parts = [z.ravel(), z.T]
    parts[0][0] = x
    return parts[1][0] * x


def recorded_then_written_into_where_it_is_held(x):
    rows = []
    z = np.ones(2) * x
    for _ in range(3):
        rows.append(z)
        z = np.sin(z) * x
    rows[1][0] = x * 5
    return np.sum(rows[1] * rows[2]) + np.sum(z)


def structure_recorded_then_grown_where_it_is_held(x):
    rows = []
    row = [x]
    for _ in range(3):
        rows.append(row)
        row = [row[0] * x]
    rows[1].append(x)
    return sum(sum(r) for r in rows) * row[0]


def summed_then_grown_where_it_is_held(x):
    tree = {"items": [x, x * x]}
    items = tree["items"]
    s = math.sin(sum(items))
    tree["items"].append(s * x)
    return sum(items) * s


SHARED = [
    held_twice, held_by_two, repeated, handed_on_as_one, copied_flat, copied_as_a_dict, carried_by_a_loop,
    put_in_again_and_again, moved_by_an_insert, swapped, put_in_on_one_side, in_a_cycle,
    inactive_append_beside_an_active_item, inactive_store_beside_an_active_item, list_doubled_under_another_name,
    array_held_and_used_whole, rows_of_an_array, recorded_then_written_into_where_it_is_held,
    structure_recorded_then_grown_where_it_is_held, summed_then_grown_where_it_is_held, put_into_a_second_container,
]  # fmt: skip
REFUSED_BY_TANGENTS = {
    repeated, handed_on_as_one, copied_as_a_dict, in_a_cycle, list_doubled_under_another_name, rows_of_an_array,
}  # fmt: skip
FOLLOWED_BY_ADJOINTS = {recorded_then_written_into_where_it_is_held, structure_recorded_then_grown_where_it_is_held}


@pytest.mark.parametrize("primal", SHARED)
def test_tangents_of_what_is_in_two_places_are_in_two_places(primal):
    if primal in REFUSED_BY_TANGENTS:
        with pytest.raises(srcgrad.UnsupportedMutation, match="line"):
            srcgrad.make_jvp(primal)(0.8)(1.0)
    else:
        check_forward(primal, (0.8,))


@pytest.mark.parametrize("primal", SHARED)
def test_adjoints_of_what_is_in_two_places_are_right_or_refused(primal):
    try:
        srcgrad.grad(primal)(0.8)
    except srcgrad.UnsupportedMutation as refused:
        assert "line" in str(refused)
        assert primal not in FOLLOWED_BY_ADJOINTS
    else:
        check_reverse(primal, (0.8,))
