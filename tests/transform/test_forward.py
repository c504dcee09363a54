"""Forward mode against central differences, on programs that use one part of the language each."""

import numpy as np
import pytest

from srcgrad.engine import jvp
from srcgrad.kinds import NUMBER, UNKNOWN
from srcgrad.runtime.pairs import version_for

G = 0.7


def arithmetic(x, y):
    z = x * y + x / y - x**3
    x = np.sin(x) * z
    return x - 2.0 * z


def result_used(x, y):
    t = np.tanh(x * y)
    t = np.exp(t)
    return t * t


def loop(x, y):
    s = 0.0
    for i in range(4):
        s = s + x * i + np.sin(y * s)
        x = x * 0.9
    return s


def logistic(x, r):
    while x < 50.0:
        r = 1.1
        x = r * x * (1 + x) + r
    return x


def branch(x, y):
    if x > y:
        z = x * x
        w = 1.0
    else:
        z = 3.0
        w = y
    return z * w + x


def early(x, y):
    for i in range(10):
        x = x * y
        if x > 3.0:
            return x * x
        if i == 7:
            break
    return x


def displays(x, y):
    t = (x, y * y, 2)
    a, b, n = t
    d = {"a": a * n, "b": b}
    return d["a"] * d["b"] + t[0]


def lists(x, y):
    xs = [x, 1.0]
    xs.append(x * y)
    xs.insert(0, y)
    xs.extend([x, 2.0])
    xs.reverse()
    last = xs.pop()
    first = xs.pop(0)
    xs.remove(xs[1])
    xs[0] = xs[0] * last
    xs[1] += y
    s = first
    for v in xs:
        s = s + v * v
    return s


def sorting(x, y):
    xs = [3.0 * x, y, x * y, 0.1]
    xs.sort()
    ys = sorted(xs, reverse=True)
    return xs[1] * ys[0] + xs[2]


def dicts(x, y):
    d = {}
    d["p"] = x
    d.update({"q": x * y}, r=y)
    d.setdefault("p", 5.0)
    d.setdefault("s", x * x)
    r = d.pop("r")
    total = d.get("p", y) * r + d.get("zz", y)
    for k in d:
        total += d[k] * d[k]
    d["q"] += x
    return total + d["q"]


def comprehension(x, y):
    xs = [x * i for i in range(5) if i != 2]
    return sum(v * y for v in xs) + max(xs)


def square(v):
    return v * v


def helper(u, scale=2.0, *rest, shift=0.0):
    s = u * scale + shift
    for r in rest:
        s = s + r * r
    return s, s * u


def calls(x, y):
    a, b = helper(x, y, square(x), 3.0, shift=y)
    return a * b + square(v=a)


def recursive(x, n):
    return x if n <= 0 else x * recursive(x * 0.5, n - 1)


def recursion(x, y):
    return recursive(x, 3) * y


def closures(x, y):
    k = x * y

    def inner(t):
        return t * k + np.cos(t)

    f = lambda t: inner(t) * y  # noqa: E731
    return f(x) + inner(y)


def chosen(x, y):
    f = square if x > 0 else np.sin
    return f(x * y) + apply(np.exp, y) + apply(lambda t: t * x, y)


def apply(f, t):
    return f(t)


def starred(x, y):
    args = [x, y, x * y]
    keywords = {"shift": x}
    return helper(*args, **keywords)[1]


def unrelated(x, y):
    n = 3
    names = ["a"]
    names.append("b")
    assert n == 3
    return x * n + len(names)


def unpacking(x, y):
    (a, b), *rest = (x, y), x * y, 2.0
    a, b = b, a
    return a - 2 * b * rest[0] + rest[1]


SCALAR = [
    arithmetic,
    result_used,
    loop,
    logistic,
    branch,
    early,
    displays,
    lists,
    sorting,
    dicts,
    comprehension,
    calls,
    recursion,
    closures,
    chosen,
    starred,
    unrelated,
    unpacking,
]


def broadcasting(a, c):
    z = a + c[0]
    w = c + z.sum()
    return (w - a[:, None] * c) / c.sum()


def filling(a, c):
    u = np.zeros(4)
    v = a + 0.0
    for i in range(3):
        u[i] = a[i] * c[i]
        u[i + 1] += v[i]
    v[1] = 1.0
    v[v < 0.2] = c[0]
    u *= 2.0
    return u * v.sum() + v[0]


def products(a, c):
    m = np.outer(a, c[:3]) @ c[:3]
    n = np.outer(a, a)
    return np.dot(a, m) + n.T.reshape(-1) + np.linalg.solve(n + np.eye(3) * 5, a).sum()


def own_memory(a, c):
    v = a + 0.0
    v[0] = 0.0
    w = a.copy()
    w[1] += c[0]
    return v * a + w


def stretched(a, c):
    u = np.ones(3) + c[0]
    u[2] = a[1]
    s = 0
    for i in range(3):
        s = s + a * u[i]
    return np.concatenate([s, u, [1.0]])


def methods(a, c):
    return (a.sum() * c.mean() + a.T).clip(0.1, 5.0) * c.reshape(1, -1)[0, :3] ** 2


def array_of_lists(a, c):
    rows = [a * i for i in range(3)]
    rows[1] = c[:3]
    m = np.array(rows)
    return np.stack([m[i, i] * row for i, row in enumerate(rows)])


def masked(a, c):
    with np.errstate(divide="ignore"):
        r = np.where(a > 0.5, np.log(a), a)
    return np.maximum(r, c[:3]) + r[[0, 0, 2]] + r[r > 0.0].sum()


ARRAY = [broadcasting, filling, products, own_memory, stretched, methods, array_of_lists, masked]


def difference(f, args, dots, h=1e-6):
    up, down = (f(*(x + s * h * d for x, d in zip(args, dots, strict=True))) for s in (1, -1))
    return (up - down) / (2 * h)


@pytest.mark.parametrize("f", SCALAR, ids=lambda f: f.__name__)
@pytest.mark.parametrize("args", [(1.3, 0.8), (0.4, 1.7)])
def test_scalar_programs(f, args):
    dots = 0.3, -1.1
    y, y_dot = jvp(f, (0, 1))(dots, *args)
    assert y == f(*args)
    np.testing.assert_allclose(y_dot, difference(f, args, dots), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("f", SCALAR, ids=lambda f: f.__name__)
def test_one_active_argument(f):
    _, y_dot = jvp(f, (1,))((1.0,), 1.3, 0.8)
    np.testing.assert_allclose(y_dot, difference(f, (1.3, 0.8), (0.0, 1.0)), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("f", ARRAY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("wrt", [(0, 1), (0,), (1,)])
def test_array_programs(f, wrt):
    rng = np.random.default_rng(3)
    args = [np.array([0.9, 0.3, 0.6]), np.array([0.5, 1.2, 0.7, 1.1])]
    if f is broadcasting:
        args[1] = args[1][:3]
    dots = [rng.normal(size=x.shape) if i in wrt else np.zeros(x.shape) for i, x in enumerate(args)]
    given = [d.copy() for d in dots]
    y, y_dot = jvp(f, wrt)(tuple(dots[i] for i in wrt), *args)
    np.testing.assert_array_equal(y, f(*args))
    assert np.shape(y_dot) == np.shape(y)
    np.testing.assert_allclose(y_dot, difference(f, args, given), rtol=1e-6, atol=1e-8)
    for dot, kept in zip(dots, given, strict=True):
        np.testing.assert_array_equal(dot, kept)


@pytest.mark.parametrize("f", SCALAR, ids=lambda f: f.__name__)
@pytest.mark.parametrize("kind", [UNKNOWN, NUMBER], ids=lambda kind: kind.tag)
def test_text_that_knows_less_gives_the_same_numbers(f, kind):
    names, args, dots = f.__code__.co_varnames[:2], (1.3, 0.8), (0.3, -1.1)
    version = version_for(f, dict.fromkeys(names, kind), frozenset(names), frozenset(), "jvp")
    entry = version.text.entry
    tangents = tuple(dots[names.index(name)] for name in entry.inputs)
    _, y_dot = version.functions[entry.name](tangents, *args)
    np.testing.assert_allclose(y_dot, jvp(f, (0, 1))(dots, *args)[1], rtol=1e-12)


def over_list(xs, scale):
    total = 0.0
    for x in xs:
        total += x * scale
    return total * xs[0]


def test_none_in_a_tangent_stands_for_zero():
    _, y_dot = jvp(over_list, (0,))(([None, 1.0],), [2.0, 3.0], 0.5)
    assert y_dot == 1.0


def of_structure(x):
    return {"a": [x, x * x], "b": (1, "s", 2.0)}


def test_a_tangent_has_the_structure_of_the_result():
    _, y_dot = jvp(of_structure, (0,))((1.0,), 3.0)
    assert y_dot["a"] == [1.0, 6.0]
    assert tuple(y_dot["b"]) == (None, None, 0.0)


def constant_result(x):
    return np.floor(x) + np.zeros(2)


def test_an_inactive_result_has_a_zero_tangent():
    _, y_dot = jvp(constant_result, (0,))((1.0,), 3.5)
    np.testing.assert_array_equal(y_dot, np.zeros(2))


def complex_program(x):
    z = np.exp(1j * x) * (x + 2j)
    return np.abs(z) + z.real * z.imag


def test_through_complex_numbers():
    _, y_dot = jvp(complex_program, (0,))((1.0,), 0.6)
    np.testing.assert_allclose(y_dot, difference(complex_program, (0.6,), (1.0,)), rtol=1e-6)


def written_argument(x, v):
    x[0] = v
    return x


def test_a_write_into_an_argument_is_not_seen_in_it():
    x = np.ones(2)
    y, y_dot = jvp(written_argument, (0, 1))((np.full(2, 3.0), 5.0), x, 2.0)
    np.testing.assert_array_equal([x, y, y_dot], [[1.0, 1.0], [2.0, 1.0], [5.0, 3.0]])
