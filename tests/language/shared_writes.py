"""Programs for `test_shared_writes`: writes seen through another name, however that name came by its object."""

import operator

import numpy as np

X = np.array([1.0, 2.0])


def row_of_loop(x):
    y = np.zeros((2, 2))
    for row in y:
        row[0] = x[0]
    return (y * y).sum()


def row_updated(x):
    y = np.zeros((2, 2))
    for row in y:
        row += x
    return (y * y).sum()


def array_of_loop(x):
    rows = [np.zeros(2) for _ in range(2)]
    for r in rows:
        r[0] = x[0]
    return sum((r * r).sum() for r in rows)


def list_of_loop(x):
    rows = [[] for _ in range(2)]
    for r in rows:
        r.append(x[0] * x[0])
    return sum(map(sum, rows))


def list_of_items(x):
    d = {k: [] for k in "ab"}
    for k, xs in d.items():
        xs.append(x[0])
    return sum(map(sum, d.values()))


def item_added_to(x):
    z = np.zeros(2)
    y = [z]
    y[0] += x
    return (z * z).sum()


def entry_added_to(x):
    z = np.zeros(2)
    y = {"k": z}
    y["k"] += x
    return (z * z).sum()


def argument_in_a_list(x):
    r = [x]
    r[0] *= 2
    return (x * x).sum()


def array_in_a_list(x):
    y = x * 1.0
    r = [y]
    r[0] *= 2
    return (y * y).sum()


def conditional_alias(x):
    xs = [1.0, 2.0]
    q = xs if len(xs) else []
    q.append(x[0])
    return sum(v * v for v in xs)


def alias_by_or(x):
    xs = [1.0, 2.0]
    q = xs or []
    q.append(x[0])
    return sum(v * v for v in xs)


def captured_and_returned(x):
    xs = [1.0, 2.0]
    q = (lambda: xs)()
    q.append(x[0])
    return sum(v * v for v in xs)


def appended_in_comprehension(x):
    xs = [1.0, 2.0]
    [k.append(x[0]) for k in [xs]]
    return sum(v * v for v in xs)


def alias_by_comprehension(x):
    y = np.zeros(2)
    z = [r for r in [y]]
    z[0] += x
    return (y * y).sum()


def inner_list_extended(x):
    xs = [1.0, 2.0]
    m = [xs]
    m[0] += [x[1]]
    return sum(v * v for v in xs)


def repeated_list(x):
    xs = [[1.0]] * 2
    xs[0].append(x[0])
    return sum(map(sum, xs))


def unpacked_dict(x):
    y = np.zeros(2)
    t = {**{"v": y}}
    t["v"][0] = x[0]
    return (y * y).sum()


def popped_from_display(x):
    xs = [1.0, 2.0]
    q = [xs].pop()
    q.append(x[0])
    return sum(v * v for v in xs)


def mapped(x):
    xs = [1.0, 2.0]
    q = list(map(lambda v: v, [xs]))[0]
    q.append(x[0])
    return sum(v * v for v in xs)


def loop_over_tuple(x):
    y = np.zeros(2)
    for q in (y,):
        q[0] = x[0]
    return (y * y).sum()


def enumerated(x):
    y = np.zeros(2)
    for i, q in enumerate([y]):
        q[0] = x[0]
    return (y * y).sum()


def unpacked(x):
    y = np.zeros(2)
    a, b = y, 1
    a[0] = x[0]
    return (y * y).sum()


def conditional_tuple(x):
    y = np.zeros(2)
    z = np.zeros(2)
    a, b = (y, z) if x[0] > 0 else (z, y)
    a[0] = x[0]
    return (y * y).sum()


def appended(x):
    y = np.zeros(2)
    xs = []
    xs.append(y)
    xs[0][1] = x[0]
    return (y * y).sum()


def extended(x):
    y = np.zeros(2)
    xs = []
    xs.extend([y])
    xs[-1][1] = x[0]
    return (y * y).sum()


def held_in_list(x):
    y = np.zeros(2)
    xs = [0, y]
    xs[1][1] = x[0]
    return (y * y).sum()


def stored_in_dict(x):
    y = np.zeros(2)
    d = {}
    d["a"] = y
    d["a"][1] = x[0]
    return (y * y).sum()


def updated_dict(x):
    y = np.zeros(2)
    d = {}
    d.update(a=y)
    d["a"][1] = x[0]
    return (y * y).sum()


def set_by_default(x):
    y = np.zeros(2)
    d = {}
    d.setdefault("a", y)[1] = x[0]
    return (y * y).sum()


def matched(x):
    y = np.zeros(2)
    match [y]:
        case [q]:
            q[0] = x[0]
    return (y * y).sum()


def walrus(x):
    y = np.zeros(2)
    if (q := y) is not None:
        q[0] = x[0]
    return (y * y).sum()


def returned_by_closure(x):
    y = np.zeros(2)

    def f():
        return y

    f()[0] = x[0]
    return (y * y).sum()


def written_by_closure(x):
    y = np.zeros(2)

    def f(q):
        q[0] = x[0]

    f(y)
    return (y * y).sum()


def default_argument(x):
    y = np.zeros(2)
    f = lambda q=y: q
    f()[0] = x[0]
    return (y * y).sum()


def joined_to_display(x):
    y = np.zeros(2)
    xs = [y] + [1]
    xs[0][0] = x[0]
    return (y * y).sum()


def joined_list(x):
    y = np.zeros(2)
    xs = [y]
    m = xs + [1]
    m[0][0] = x[0]
    return (y * y).sum()


def joined_names(x):
    y = np.zeros(2)
    a = [y]
    b = [1]
    m = a + b
    m[0][0] = x[0]
    return (y * y).sum()


def taken_from_iterator(x):
    y = np.zeros(2)
    it = iter([y])
    q = next(it)
    q[0] = x[0]
    return (y * y).sum()


def chosen_by_max(x):
    y = np.zeros(2)
    q = max([y], key=len)
    q[0] = x[0]
    return (y * y).sum()


def sorted_first(x):
    y = np.zeros(2)
    q = sorted([y], key=len)[0]
    q[0] = x[0]
    return (y * y).sum()


def unpacked_map(x):
    y = np.zeros(2)
    (q,) = map(lambda v: v, [y])
    q[0] = x[0]
    return (y * y).sum()


def starred(x):
    y = np.zeros(2)
    (*q,) = [y]
    q[0][0] = x[0]
    return (y * y).sum()


def dict_by_keyword(x):
    y = np.zeros(2)
    d = dict(a=y)
    d["a"][0] = x[0]
    return (y * y).sum()


def dict_of_pairs(x):
    y = np.zeros(2)
    d = dict([("a", y)])
    d["a"][0] = x[0]
    return (y * y).sum()


def union_of_dicts(x):
    y = np.zeros(2)
    d = {"a": y} | {"b": 1}
    d["a"][0] = x[0]
    return (y * y).sum()


def unpacked_rows(x):
    y = np.zeros((2, 2))
    a, b = y
    a[0] = x[0]
    return (y * y).sum()


def conditional_row(x):
    y = np.zeros((2, 2))
    a = y[0] if x[0] > 0 else y[1]
    a[0] = x[0]
    return (y * y).sum()


def conditional_target(x):
    y = np.zeros((2, 2))
    (y[0] if x[0] > 0 else y[1])[0] = x[0]
    return (y * y).sum()


def entry_of_a_row(x):
    y = np.zeros((2, 2))
    y[0][1] = x[0]
    return (y * y).sum()


def unpacked_list(x):
    y = [np.zeros(2), np.zeros(2)]
    a, b = y
    a[0] = x[0]
    return (y[0] ** 2).sum()


def generator(x):
    y = np.zeros(2)
    g = (v for v in [y])
    for q in g:
        q[0] = x[0]
    return (y * y).sum()


def reversed_list(x):
    y = np.zeros(2)
    for q in reversed([y]):
        q[0] = x[0]
    return (y * y).sum()


def item_of_display(x):
    y = np.zeros(2)
    q = [y, y][0]
    q[0] = x[0]
    return (y * y).sum()


def got_from_dict(x):
    y = np.zeros(2)
    q = {"a": y}.get("a")
    q[0] = x[0]
    return (y * y).sum()


def entry_of_display(x):
    y = np.zeros(2)
    q = {"a": y}["a"]
    q[0] = x[0]
    return (y * y).sum()


def called_lambda(x):
    xs = [1.0, 2.0]
    (lambda q: q.append(x[0]))(xs)
    return sum(v * v for v in xs)


def bound_method(x):
    xs = [1.0, 2.0]
    a = xs.append
    a(x[0])
    return sum(v * v for v in xs)


def method_by_name(x):
    xs = [1.0, 2.0]
    getattr(xs, "append")(x[0])
    return sum(v * v for v in xs)


def method_of_class(x):
    xs = [1.0, 2.0]
    list.append(xs, x[0])
    return sum(v * v for v in xs)


def setitem_function(x):
    y = np.zeros(2)
    operator.setitem(y, 0, x[0])
    return (y * y).sum()


def setitem_method(x):
    y = np.zeros(2)
    y.__setitem__(0, x[0])
    return (y * y).sum()


def rebound_in_a_branch(x):
    y = np.zeros(2)
    z = y
    z = z + 0 if x[0] < 0 else z
    z[0] = x[0]
    return (y * y).sum()


def slice_object(x):
    y = np.zeros(2)
    s = slice(0, 1)
    y[s] = x[0]
    return (y * y).sum()


def view_method(x):
    y = np.zeros(2)
    v = y.view()
    v[0] = x[0]
    return (y * y).sum()


def asarray_target(x):
    y = np.zeros(2)
    np.asarray(y)[0] = x[0]
    return (y * y).sum()


def transposed_target(x):
    y = np.zeros((2, 2))
    y.T[0] = x
    return (y * y).sum()


def slice_of_a_list(x):
    xs = [0.0, 0.0]
    xs[:] = [x[0], x[1]]
    return xs[0] * xs[1]


def slice_under_two_names(x):
    xs = [0.0, 0.0]
    m = xs
    m[:] = [x[0], x[1]]
    return xs[0] * xs[1]
