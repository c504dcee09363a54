"""Lists, tuples, dicts, local arrays, comprehensions and builtins."""

import math
from functools import reduce

import numpy as np
import pytest

import srcgrad

from .checking import rows

A = np.array([0.4, -0.7, 1.1])
M = np.array([[0.3, -0.2, 0.9], [1.1, 0.4, -0.6]])
PARAMS = {
    "layers": [(M, np.array([0.1, -0.3])), (np.array([[0.5, -0.4]]), np.array([0.2]))],
    "scale": 0.7,
    "act": "tanh",
}


def list_literal(x, y):
    items = [x, y, x * y]
    return items[0] * items[-1] + items[1]


def integers_win(x):
    return math.sin(max(2, x)) * x + math.sin(min([0, x])) + math.sin(min(x, 3))


def sum_of_nothing(x):
    items = [x * k for k in range(3) if k > 5]
    return math.cos(sum(items)) * x


def starred_in_a_list(x):
    h = [x * x, math.sin(x)]
    z = [x, *h, 2.0, *h]
    return z[1] * z[2] + z[4] * z[5] * z[0]


def starred_in_a_tuple(x):
    h = (x * x, math.sin(x))
    z = (*h, x)
    y = list((x, *z))
    return sum(y) * z[2]


def starred_array(a):
    z = [*a, a[0]]
    return z[1] * z[3] + z[2]


def starred_in_a_loop(x):
    h = []
    for k in range(3):
        h = [*h, x**k]
    return sum(h) * h[2]


def starred_values_of_a_dict(x):
    d = {"a": x, "b": x * x}
    z = [*d.values(), *[x, x]]
    return z[0] * z[1] * z[3]


def list_append(x):
    items = [x]
    for _ in range(4):
        items.append(math.sin(items[-1]) * x)
    return items[-1] * items[1]


def list_append_in_branch(a):
    items = []
    for v in a:
        if v > 0:
            items.append(v * v)
    return sum(items) * len(items)


def list_extend(x, y):
    items = [x]
    items.extend([y, x * y])
    items += [x * x]
    return items[0] * items[2] * items[3]


def list_operators(x, y):
    items = [x, y] + [x * y] * 2
    return items[2] * items[3] + items[0] * len([x] * 3)


def list_store(x, y):
    items = [0.0] * 3
    items[0] = x * y
    items[-1] = items[0] * x
    items[1] += items[2] * y
    return items[0] + items[1] ** 2


def list_overwrite(x):
    items = [x, x * x]
    y = items[0] * items[1]
    items[0] = 3.0
    items[1] = items[1] * items[0]
    return y + items[0] * items[1]


def list_alias(x):
    items = [x, x]
    same = items
    same.append(x * x)
    same[0] = math.sin(x)
    return items[0] * items[2]


def list_slices(x, y):
    items = [x, y, x * y, x + y]
    return items[1:3][0] * items[::-1][0] + sum(items[:2])


def list_insert_pop(x, y):
    items = [x, y]
    items.insert(1, x * y)
    first = items.pop(0)
    last = items.pop()
    return first * last * items[0]


def list_pop_until_empty(a):
    items = list(a)
    total = 1.0
    while items:
        total = total * 0.5 + items.pop() ** 2
    return total


def list_reverse_copy(x, y):
    items = [x, y, x * x]
    items.reverse()
    other = items.copy()
    other[0] = 1.0
    return items[0] * other[1] + items[2]


def list_nested(x, y):
    table = [[x, y], [x * y]]
    table[0][1] *= x
    table[1].append(table[0][0] ** 2)
    return table[0][1] * table[1][1] + table[1][0]


def tuple_values(x, y):
    pair = (x, y) + (x * y,)
    return pair[2] * sum(pair[:2])


def dict_literal(x, y):
    d = {"a": x, "b": x * y}
    return d["a"] * d["b"]


def dict_store(x, y):
    d = {}
    d["a"] = x * y
    d["b"] = d["a"] * x
    d["a"] += y
    d["a"] *= d["b"]
    return d["a"] + d.get("b") * d.get("c", y)


def dict_views(x, y):
    d = dict(a=x, b=y, c=x * y)
    return sum(d.values()) * max(d.values()) + sum(v * len(k) for k, v in d.items())


def dict_merge(x, y):
    d = {"a": x, **{"b": y}}
    d.update(b=x * y, c=2.0)
    e = {**d, "a": y} | {"d": x}
    return e["a"] * e["b"] * e["c"] + e["d"]


def dict_membership(x):
    d = {"a": x}
    if "b" not in d:
        d.setdefault("b", x * x)
    return d["b"] * d.pop("a") * len(d)


def dict_of_lists(x, y):
    d = {"rows": []}
    for k in range(3):
        d["rows"].append([x * k, y])
    return sum(u * v for u, v in d["rows"])


def dict_memo(x):
    memo = {0: x, 1: x * x}
    for n in range(2, 6):
        memo[n] = memo[n - 1] * 0.5 + math.sin(memo[n - 2])
    return memo[5]


def parameters(params, x):
    h = x
    for w, b in params["layers"]:
        h = np.tanh(w @ h + b) if params["act"] == "tanh" else w @ h + b
    return np.sum(params["scale"] * h)


def nested_input(items):
    (u, v), d = items
    return u * d["k"][0] + v * np.sum(d["k"][1])


def array_of_values(x, y):
    return np.sum(np.sin(np.array([x, y, x * y]))) + np.array([[x, 1.0], [2.0, y]])[0, 0] * y


def array_store(x, a):
    z = np.zeros(3)
    z[0] = x * a[1]
    z[1:] = a[:2] * x
    z[2] += z[0] * z[1]
    z[0] *= z[2]
    return np.sum(z * z)


def array_store_in_loop(a):
    z = np.zeros(5)
    z[0] = 0.3
    for i in range(1, 5):
        z[i] = math.sin(z[i - 1]) * a[i % 3] + z[i - 1]
    return z[-1] * z[2]


def masked_by_itself(x, a):
    z = np.sin(a) * x
    z[z > 0.1] = np.sum(a) * -x
    z[z < -0.3] += x
    z[(z > 0) & (a > 0)] *= x
    return np.sum(z * z)


def array_store_masked(a, x):
    z = np.ones(3)
    z[a > 0] = a[a > 0] * x
    z[[0, 1]] += x * x
    return np.sum(z**3)


def array_store_matrix(a, x):
    z = np.zeros((3, 3))
    for i in range(3):
        for j in range(i + 1):
            z[i, j] = a[i] * a[j] * x
    z[:, 0] += a
    return np.sum(np.tanh(z @ a))


def array_store_of_copy(a):
    z = a.copy()
    z[1] = z[0] * z[2]
    z[::2] *= z[1]
    return np.sum(z * a)


def array_view_of_local(a):
    z = np.zeros((2, 3))
    row = z[0]
    row[:] = a * a
    z[1] = row * a
    return np.sum(z) + np.sum(row * row)


def array_scatter_add(a):
    z = np.zeros(3)
    np.add.at(z, [0, 0, 2], a)
    return np.sum(z**3)


def element_twice_and_whole(a):
    return a[0] * a[0] * np.sum(a) + a[-3] * a[1]


def fancy_read(a):
    return np.sum(a[[0, 0, 2]] * a[np.array([1, 2, 2])]) + np.sum(a[a > 0] ** 2) + a[..., None][1, 0]


def where_broadcast(x, a):
    return np.sum(np.where(a > 0, x, a * a) * a) + np.sum(np.where(a[:, None] > 0, a, x))


def product_with_zero(a):
    b = np.array([0.0, 1.0, 1.0]) * a
    return np.prod(b + np.array([0.0, 1.0, 2.0])) + np.prod(b[1:])


def list_comprehension(a, x):
    return sum([v * x for v in a if v > 0])


def nested_comprehension(x, y):
    table = [[u * v for v in (x, y, 2.0)] for u in (x, x * y)]
    return sum(sum(row) * row[0] for row in table)


def double_comprehension(a):
    return sum([u * v for i, u in enumerate(a) for v in a[i:]])


def dict_comprehension(a):
    d = {i: v * v for i, v in enumerate(a)}
    return d[0] * d[1] + d[2]


def set_comprehension(x):
    return sum(k * x for k in {n % 3 for n in range(7)}) * x


def generator_expression(a):
    return sum(v**3 for v in a) * max(v for v in a)


def comprehension_captures(x):
    return sum(f(x) for f in [lambda y, k=k: y**k for k in range(1, 4)])


def array_from_comprehension(x):
    return np.sum(np.array([math.sin(x * k) for k in range(4)]) ** 2)


def stack_from_loop(a):
    states = []
    h = a
    for _ in range(3):
        h = np.tanh(h * a)
        states.append(h)
    return np.sum(np.stack(states)[:, 1]) + np.sum(np.concatenate(states) ** 2)


def builtin_sum_min_max(x, y):
    return max(x, y) * min([x, y, 2.0]) + sum([x, y], x * y) + max((x, y), key=lambda v: -v)


def builtin_sorted(a):
    low, middle, high = sorted(a)
    return low * high**2 + sorted([v * v for v in a], reverse=True)[1] * middle


def builtin_abs_round(x):
    return abs(x) * x + round(x) * x + round(x, 1) * x * x


def builtin_conversions(x):
    return float(x) * x + int(x) * x + bool(x) * x


def builtin_map_filter(x, y):
    items = list(map(lambda u, v: u * v, [x, y], (y, 3.0)))
    return sum(filter(lambda v: v > 0.5, items)) * items[0]


def builtin_reduce(a):
    return reduce(lambda u, v: u * v + v, a, 1.0) + reduce(max, a)


def builtin_zip_star(x, y):
    pairs = [(x, y), (y, x * x), (2.0, x)]
    left, right = zip(*pairs, strict=True)
    return sum(left) * sum(right) * right[1]


def builtin_types(x):
    kind = type(x).__name__
    return x * x * (isinstance(x, float) + len(kind) + hasattr(x, "real"))


def builtin_any_all(a):
    return np.sum(a) * (any(v < 0 for v in a) + all(v > -5 for v in a))


def builtin_pow_divmod(x, y):
    q, r = divmod(x, 0.3)
    return pow(x, y) + pow(x, 2) * r + q


@rows(
    (integers_win, 0.8), (sum_of_nothing, 0.8),
    (starred_in_a_list, 0.8), (starred_in_a_tuple, 0.8), (starred_array, A), (starred_in_a_loop, 0.8),
    (starred_values_of_a_dict, 0.8),
    (list_literal, 0.8, 1.3), (list_append, 0.8), (list_append_in_branch, A), (list_extend, 0.8, 1.3),
    (list_operators, 0.8, 1.3), (list_store, 0.8, 1.3), (list_overwrite, 0.8), (list_alias, 0.8),
    (list_slices, 0.8, 1.3), (list_insert_pop, 0.8, 1.3), (list_pop_until_empty, A), (list_reverse_copy, 0.8, 1.3),
    (list_nested, 0.8, 1.3), (tuple_values, 0.8, 1.3), (dict_literal, 0.8, 1.3), (dict_store, 0.8, 1.3),
    (dict_views, 0.8, 1.3), (dict_merge, 0.8, 1.3), (dict_membership, 0.8), (dict_of_lists, 0.8, 1.3),
    (dict_memo, 0.8), (parameters, PARAMS, A), (nested_input, ((0.8, 1.3), {"k": [0.4, A], "s": "text", "n": 3})),
)  # fmt: skip
def test_containers(check, primal, args):
    check(primal, args)


@rows(
    (array_of_values, 0.8, 1.3), (array_store, 0.8, A), (array_store_in_loop, A), (array_store_masked, A, 0.8),
    (masked_by_itself, 0.8, A),
    (array_store_matrix, A, 0.8), (array_store_of_copy, A), (array_view_of_local, A), (array_scatter_add, A),
    (element_twice_and_whole, A), (fancy_read, A), (where_broadcast, 0.8, A), (product_with_zero, A),
    (stack_from_loop, A),
)  # fmt: skip
def test_local_arrays(check, primal, args):
    check(primal, args)


@rows(
    (list_comprehension, A, 0.8), (nested_comprehension, 0.8, 1.3), (double_comprehension, A),
    (dict_comprehension, A), (set_comprehension, 0.8), (generator_expression, A), (comprehension_captures, 0.8),
    (array_from_comprehension, 0.8),
)  # fmt: skip
def test_comprehensions(check, primal, args):
    check(primal, args)


@rows(
    (builtin_sum_min_max, 0.8, 1.3), (builtin_sorted, A), (builtin_abs_round, 0.83), (builtin_abs_round, -0.83),
    (builtin_conversions, 1.8), (builtin_map_filter, 0.8, 1.3), (builtin_reduce, A), (builtin_zip_star, 0.8, 1.3),
    (builtin_types, 0.8), (builtin_any_all, A), (builtin_pow_divmod, 0.8, 1.3),
)  # fmt: skip
def test_builtins(check, primal, args):
    check(primal, args)


def test_the_sum_of_a_list_at_third_order():
    """The second-order text has functions named as those of the rules that the third order writes anew."""

    def total(x):
        return sum([x**4, x * x])

    third = srcgrad.grad(lambda x: srcgrad.grad(lambda x: srcgrad.grad(total)(x))(x))(2.0)
    slope = lambda f: lambda x: srcgrad.grad(f)(x) * 1.0  # noqa: E731
    assert slope(slope(slope(total)))(2.0) == pytest.approx(48.0)
    assert third == pytest.approx(48.0)
