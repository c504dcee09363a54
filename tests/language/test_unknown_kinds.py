"""Values of which nothing is known ahead of time: results of functions that are found when they are called."""

import math

import numpy as np
import pytest

import srcgrad

from .checking import rows


def makers(n):
    return [lambda v: [v] * n, lambda v: np.zeros(3) * v, lambda v: {"a": v}, lambda v: math.sin(v)]


def appended(x):
    xs = makers(2)[0](2.0)
    xs.append(x * x)
    xs.append(xs[-1] * x)
    return xs[2] * xs[3] + xs[0]


def number_updated_by_a_result(x):
    y = 2.0
    for _ in range(2):

        def same(v):
            return v

        w = same(x)
        z = same(y * x)
    x *= w
    y += z * x
    x -= y
    if x < 0:
        x *= same(w)
    return x * y


def updated_once_no_closure_reads_it(x):
    y = x * x
    for _ in range(2):

        def f(v):
            def g(w):
                return w * y

            return g(v)

        y = f(f(y))
    y += math.sin(x)
    return y * x


def appended_in_a_loop(x):
    xs = makers(1)[0](1.0)
    for _ in range(4):
        xs.append(xs[-1] * x)
    return sum(xs)


def extended_and_reversed(x):
    xs = makers(2)[0](1.0)
    xs.extend([x, x * x])
    xs += [x]
    xs.reverse()
    return xs[0] * xs[1] * xs[2]


def popped_and_inserted(x):
    xs = [v for v in makers(3)[0](x)]
    y = xs.pop()
    xs.insert(1, y * y)
    z = xs.pop(0)
    return xs[0] * z * y


def list_of_it(x):
    xs = list(makers(2)[0](x))
    xs.append(x * x)
    return xs[2] * xs[0] + sum(xs)


def entries_of_a_dict(x):
    d = makers(3)[2](2.0)
    d.update(b=x)
    d["c"] = x * x
    return d["a"] * d["b"] * d["c"]


def entries_of_an_array(x):
    z = makers(3)[1](2.0)
    z[0] = x * x
    z[0] = z[0] * x
    z[1] += x
    return z[0] * z[1]


def part_of_a_dict(x):
    tree = {"layers": makers(2)[0](1.0)}
    tree["layers"].append(x * x)
    return tree["layers"][2] * x


def overwritten_in_a_loop(x):
    functions = [lambda v: v * x]
    e = functions[0](x)
    for _ in range(3):
        e = math.tanh(x)
    return e * x


def rebound_to_a_number(x):
    y = makers(1)[0](x)
    if len(y) == 1:
        y = y[0] * 1.1
    return y * x


def unused_on_one_side(x):
    y = makers(1)[3](x)
    z = x
    for k in range(3):
        y = y * 1.1
        if k == 1:
            y = x
        z = z + y * x
    return z


def curve(value):
    return lambda v: np.tanh(value * v + value)


def added_to_an_inner_item(x):
    t = curve(x)
    w = t(x * x)
    parts = [[w * x, w], (x,)]
    parts[0][1] += math.sin(w)
    r = x
    for part in parts:
        for item in part:
            r = math.sin(r + item)
    return r


def beside_a_parameter_assigned_again(x):
    w = curve(x)(x)
    z = [[x, w], (w,)]
    z[0][1] += math.sin(w)
    x = w * 1.1 if x > 0 else w
    return z[0][0] * z[0][1] + z[1][0] * x


def parameter_updated_by_it(x):
    t = curve(x)
    for k in range(2):
        x -= t(x) * (k + 1)
        x = t(x)
    return x * x


def beside_an_array(x, a):
    w = curve(x)(x)
    tree = {"layers": [(x, w)], "last": a}
    tree["layers"].append((w * w, x))
    y = x
    for u, v in tree["layers"]:
        y = math.tanh(u * y + v)
    return y * tree["last"][0]


def beside_a_closure(x):
    t = curve(x)
    w = t(x)

    def g(v):
        return v * w + len(tree)

    tree = {"layers": [(x, w)]}
    tree["layers"].append((g(x), w))
    return g(tree["layers"][1][0]) + tree["layers"][0][1]


def array_assigned_again_in_a_branch(a):
    if a[0] > 0:
        a = a * 2.0
    a[1] = a[0] * a[2]
    return np.sum(a * a)


def entry_of_an_array_updated(a):
    u, v = a
    u /= 1.5 + makers(1)[3](v)
    return u * u


@rows(
    (array_assigned_again_in_a_branch, np.array([0.4, 1.1, -0.3])),
    (number_updated_by_a_result, 0.8), (updated_once_no_closure_reads_it, 0.8),
    (beside_a_parameter_assigned_again, 0.8), (parameter_updated_by_it, 0.8),
    (beside_an_array, 0.8, np.array([0.4, 1.1])), (beside_a_closure, 0.8),
    (entry_of_an_array_updated, np.array([0.4, 1.1])),
)  # fmt: skip
def test_what_only_seems_to_be_shared(check, primal, args):
    check(primal, args)


@rows(
    (appended, 0.8), (appended_in_a_loop, 0.8), (extended_and_reversed, 0.8), (popped_and_inserted, 0.8),
    (list_of_it, 0.8), (entries_of_a_dict, 0.8), (entries_of_an_array, 0.8), (part_of_a_dict, 0.8),
    (overwritten_in_a_loop, 0.8), (rebound_to_a_number, 0.8), (unused_on_one_side, 0.8),
    (added_to_an_inner_item, 0.7),
)  # fmt: skip
def test_values_of_unknown_kind(check, primal, args):
    check(primal, args)


class Bag:
    """A container of the user's: what its methods change is not known."""

    def __init__(self):
        self.items = []

    def append(self, item):
        self.items.append(item)

    def __getitem__(self, i):
        return self.items[i]


MAKERS = [lambda: Bag()]


def test_a_method_of_what_turns_out_to_be_no_list_is_refused():
    def f(x):
        bag = MAKERS[0]()
        bag.append(x)
        return x * bag[0]

    with pytest.raises(srcgrad.NoRule, match="what is no list"):
        srcgrad.grad(f)(2.0)


def test_starred_arguments_keep_their_places_in_forward_mode():
    def g(x, n, *, scale):
        return x * n * scale

    def f(x, s):
        args, kwargs = (x, 3), {"scale": s}
        return g(*args, **kwargs)

    def first(x, s):
        return srcgrad.make_jvp(f, (0, 1))(x, s)((1.0, 0.0))[1]

    assert srcgrad.make_jvp(first, (0, 1))(2.0, 5.0)((0.0, 1.0))[1] == pytest.approx(3.0)


def test_the_adjoint_of_a_number_from_a_callee_is_a_number():
    """What a callee returns as the adjoint of a number that it makes an array of is added to in place afterwards."""
    callees = [lambda x: np.linalg.norm(x, np.inf) ** 2]
    gradients = [srcgrad.grad(lambda x: np.sin(callees[0](x)))]
    x = np.array([0.1, -0.2, 0.7])
    found = srcgrad.grad(lambda x: gradients[0](x)[2])(x)
    np.testing.assert_allclose(found, [0.0, 0.0, 2 * math.cos(0.49) - 4 * 0.49 * math.sin(0.49)])
