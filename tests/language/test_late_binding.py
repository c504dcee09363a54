"""Late binding: a closure sees its captured variables as they are when it is called, whoever assigned them since."""

import math
from functools import partial

import numpy as np

from .checking import rows


def param_rebound(x):
    fs = [lambda v: v * x]
    x = x * x
    return fs[0](2.0) + x


def loop_variable(x):
    fs = []
    for i in [x, x * x, x * x * x]:
        fs.append(lambda p: p * i)
    return fs[0](x) + fs[2](1.0)


def comprehension(x):
    fs = [lambda p: p * i for i in (x, x * x)]
    return fs[0](x) + fs[1](3.0)


def comprehension_in_loop(x):
    fs = []
    for j in range(3):
        fs += [lambda p: p * i for i in (x, x ** (j + 2))]
    return fs[0](x) + fs[2](3.0) + fs[5](x)


def called_between(x):
    y = x
    fs = [lambda v: v * y]
    a = fs[0](x)
    y = math.sin(x)
    b = fs[0](x)
    y = a * y
    return a * b + fs[0](b)


def accumulates(x):
    total = x
    f = [lambda v: v * total]
    for k in range(4):
        total = total + f[0](0.3)
    return total


def through_another(x):
    y = x

    def f(v):
        return v * y

    hs = [lambda v: f(v) + y]
    y = x * x
    a = hs[0](x)
    y = y * a
    return hs[0](a)


def apply(fs, v):
    return fs[0](v) + fs[-1](v)


def handed(x):
    y = x
    fs = [lambda v: v * y, lambda v: v + y * y]
    a = apply(fs, x)
    y = a * x
    return apply(fs, a)


def returned(x):
    def make(c):
        g = lambda v: v * c
        c = c * c
        return g

    return make(x)(x) + make(2.0)(x)


def conditionally(x):
    fs = []
    for k in range(4):
        if k == 1:
            y = x * k
            fs.append(lambda v: v * y)
        elif k == 3:
            y = x * x
        if fs:
            x = x + 0.1 * fs[0](x)
    return x


def same_names(x):
    def outer(y):
        g = lambda v: v * y
        y = y * 2.0
        return g

    y = x
    fs = [outer(x), lambda v: v + y]
    y = y * y
    a = fs[0](x) + fs[1](x)
    y = 3.0 * x
    return a * fs[1](2.0) * fs[0](1.0)


def in_partial(x):
    y = x
    p = partial(lambda a, b: a * b * y, x)
    ps = [p]
    y = y * y
    return ps[0](x)


def recursive(x):
    y = x

    def power(n):
        return y if n == 0 else y * power(n - 1)

    a = power(2)
    y = a * x
    return a + power(1)


def while_array(x):
    w = np.array([x, 2.0 * x])
    fs = {"a": lambda v: np.sum(w * v)}
    k = 0
    while k < 3:
        w = w * fs["a"](0.5) * 0.3
        k += 1
    return fs["a"](x)


def dict_of(x):
    d = {}
    for name, scale in (("a", 1.0), ("b", 2.0)):
        value = x * scale
        d[name] = lambda v: v * value
    return d["a"](x) * d["b"](2.0)


def nested_maker(x):
    y = x

    def make(z):
        return lambda v: v * y * z

    g = [make(x)]
    y = y * x
    a = g[0](1.0)
    y = 2.0 * y
    return g[0](a)


def mutual(x):
    y = x * x

    def even(n):
        return y if n == 0 else x * odd(n - 1)

    def odd(n):
        return x if n == 0 else y * even(n - 1)

    fs = [even]
    return fs[0](3)


def mutual_other_captures(x):
    y = x * x
    z = 3 * x

    def even(n):
        return 1.0 if n == 0 else odd(n - 1) * y

    def odd(n):
        return x if n == 0 else z * even(n - 1)

    fs = [even, odd]
    return fs[0](3) + fs[1](2)


def defined_later(x):
    def f(v):
        return g(v) * v

    def g(v):
        return v * x

    fs = [f]
    return fs[0](x)


def defined_in_branches(x):
    if x > 0.5:

        def g(v):
            return v * x
    else:

        def g(v):
            return v + x

    fs = [lambda v: g(v) * x]
    return fs[0](x)


def lambda_recursive(x):
    f = lambda n: x if n == 0 else x * f(n - 1)
    fs = [f]
    return fs[0](2) + f(1)


def three(x):
    def a(n):
        return x if n == 0 else b(n - 1) * x

    def b(n):
        return x * 2 if n == 0 else c(n - 1) + x

    def c(n):
        return x * 3 if n == 0 else a(n - 1)

    return [a][0](4) + [b, c][1](2)


def chosen_while_rebound(x):
    y = x
    f = (lambda v: v * y) if x > 0 else (lambda v: v + y)
    y = f(2.0) * x
    g = f
    y = g(y) + x
    return f(x) * g(1.0)


def captured_container(x):
    y = x
    inner = [lambda v: v * y]
    outer = [lambda v: inner[0](v) + y]
    y = y * y
    a = outer[0](x)
    y = a * x
    return outer[0](a)


def grown_with_early_return(x):
    fs = []
    for k in range(5):
        y = x * (k + 1)
        fs.append(lambda v: math.sin(v) * y)
        if sum(f(x) for f in fs) > 1.5:
            return fs[0](x) * y
    return x


@rows(
    (param_rebound, 0.7),
    (loop_variable, 0.7),
    (comprehension, 0.7),
    (comprehension_in_loop, 0.7),
    (called_between, 0.7),
    (accumulates, 0.7),
    (through_another, 0.7),
    (handed, 0.7),
    (returned, 0.7),
    (conditionally, 0.7),
    (same_names, 0.7),
    (in_partial, 0.7),
    (recursive, 0.7),
    (while_array, 0.7),
    (dict_of, 0.7),
    (nested_maker, 0.7),
    (mutual, 0.7),
    (mutual_other_captures, 0.7),
    (defined_later, 0.7),
    (defined_in_branches, 0.7),
    (lambda_recursive, 0.7),
    (three, 0.7),
    (chosen_while_rebound, 0.7),
    (captured_container, 0.7),
    (grown_with_early_return, 0.7),
)
def test_late_binding(check, primal, args):
    check(primal, args)
