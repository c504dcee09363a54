"""Nested functions, closures, recursion, functions as values, and how arguments are passed."""

import math
from functools import partial, reduce

import numpy as np

import srcgrad

from .checking import check_third_reverse, rows

A = np.array([0.4, -0.7, 1.1])


def square_plus(v, w=0.5):
    return v * v + w


def even(n, x):
    return 1.0 if n == 0 else x * odd(n - 1, x)


def odd(n, x):
    return x if n == 0 else math.sin(x) * even(n - 1, x)


def twice(f, x):
    return f(f(x))


def multiplier(k):
    return lambda x: k * math.sin(k * x)


class Model:
    """Attribute reads, methods and calls of an object are in; writes are not."""

    scale = 1.5

    def __init__(self, weight):
        self.weight = weight

    def predict(self, x):
        return math.tanh(self.weight * x) * self.scale

    def __call__(self, x):
        return self.predict(x) * x

    @staticmethod
    def half(x):
        return 0.5 * x * x

    @classmethod
    def scaled(cls, x):
        return cls.scale * x * x


MODEL = Model(0.7)


def helper_call(x):
    return square_plus(x) * square_plus(x, x) + square_plus(w=x * x, v=2.0)


def helper_in_loop(x):
    for _ in range(3):
        x = square_plus(math.sin(x), x)
    return x


def nested_function(x):
    def inner(y):
        z = y * x
        return math.sin(z) * y

    return inner(x) + inner(2.0)


def nested_lambda(x):
    f = lambda y: y * x
    return f(x) * f(3.0)


def immediately_called(x):
    return (lambda y, z=x: y * z * z)(math.sin(x))


def two_levels(x):
    def outer(y):
        def inner(z):
            return x * y * z

        return inner(y) + inner(x)

    return outer(x * x)


def closure_rebound_later(x):
    scale = x

    def f(y):
        return scale * y

    before = f(2.0)
    scale = x * x
    return before * f(3.0)


def closure_over_loop_variable(x):
    functions = []
    for k in range(3):
        v = x * k
        functions.append(lambda y: y * v)
    return sum(f(x) for f in functions)


def closure_with_default(x):
    functions = []
    for k in range(3):
        v = x * (k + 1)
        functions.append(lambda y, v=v: y * v * v)
    return functions[0](x) * functions[1](2.0) + functions[2](1.0)


def closure_defined_before_its_variable(x):
    def f():
        return later * 2.0

    later = x * x
    return f() * x


def closure_nonlocal(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total + v * v

    for k in range(3):
        add(x * k)
    add(math.sin(x))
    return total


def closure_nonlocal_counter(x):
    state, calls = x, 0

    def step():
        nonlocal state, calls
        calls += 1
        state = math.sin(state) + x * calls
        return state

    return step() * step() + state


def closure_fills_a_constant_list(x):
    seen = [1.07]

    def visit(v):
        seen.append(v * seen[-1])

    visit(math.sin(x))
    total = sum(seen)
    return 0.6 * total


def closure_fills_a_constant_dict(x):
    seen = {"v": 1.0}
    visit = lambda v: seen.update(v=v * seen["v"])  # noqa: E731
    visit(math.sin(x))
    total = seen["v"]
    return 0.6 * total


def comprehension_fills_a_list(x):
    seen = [1.07]
    [seen.append(v) for v in (x, x * x)]
    total = sum(seen)
    return 0.6 * total


def closure_appends(x):
    seen = [x]

    def visit(v):
        seen.append(v * seen[-1])

    visit(x)
    visit(2.0)
    return sum(seen)


def closure_recursive(x):
    def power(n):
        return 1.0 if n == 0 else x * power(n - 1)

    return power(4) + power(2)


def recursive_tree(x, n):
    if n == 0:
        return math.sin(x)
    return recursive_tree(x * 0.7, n - 1) * recursive_tree(x + 0.1, n - 1) + x


def recursive_on_data(x):
    return x * x if x < 0.3 else recursive_on_data(x * 0.6) * x


def recursive_over_list(items):
    if not items:
        return 1.0
    return items[0] * recursive_over_list(items[1:]) + items[0]


def recursive_over_tree(tree):
    if isinstance(tree, float):
        return tree * tree
    return sum(recursive_over_tree(branch) for branch in tree) * 1.1


def mutual(x):
    return even(5, x)


def function_argument(x):
    return twice(math.sin, x) + twice(square_plus, x) + twice(lambda y: y * x, x)


def function_returned(x):
    return multiplier(x)(x) + multiplier(2.0)(x)


def functions_in_a_list(x):
    y = x
    for f in [math.sin, np.tanh, square_plus, lambda v: v * x]:
        y = f(y)
    return y


def functions_in_a_dict(x, name):
    table = {"sin": math.sin, "square": lambda v: v * v}
    return table[name](x) * x


def function_chosen(x):
    f = math.sin if x > 0 else math.cos
    return f(x) * x


def composed(x):
    def compose(*functions):
        return reduce(lambda f, g: lambda v: g(f(v)), functions)

    return compose(math.sin, square_plus, multiplier(x))(x)


def partial_positional(x, y):
    return partial(square_plus, x)(y) * partial(square_plus, w=x)(y)


def partial_of_constants(x):
    return partial(lambda n, v: v * x * n, 2)(x) + twice(partial(lambda v, s: v * x if s == "a" else v, s="a"), x)


def partial_of_closure(x):
    def f(a, b, c=1.0):
        return a * b * c * x

    g = partial(partial(f, x), c=x)
    return g(2.0)


def partial_of_any_keywords(x, y):
    def f(v, y, index, x_dot, rule):
        return v * y + index * x_dot * rule

    return partial(f, y=x * y, index=x)(y, x_dot=y, rule=x * x)


def starred_call(x, y):
    args = (x, y)
    return square_plus(*args) + square_plus(**{"v": y, "w": x * y})


def starred_parameters(x, y):
    def f(first, *rest, scale=1.0, **named):
        return first * sum(rest) * scale + named["z"] * len(rest)

    return f(x, y, x * y, scale=y, z=x) + f(x, *[y, y], z=math.sin(x))


def keyword_only(x, y):
    def f(a, /, b, *, c):
        return a * b - c * c

    return f(x, b=y, c=x * y)


def default_is_active(x):
    def f(a, b=x * x):
        return a * b

    return f(2.0) + f(x) + f(x, 1.0)


def method_call(x):
    return MODEL.predict(x) + MODEL(x) + MODEL.half(x) + Model.scaled(x)


def bound_method_value(x):
    f = MODEL.predict
    return twice(f, x) + sum(map(MODEL, [x, x * x]))


def local_object(x):
    return Model(0.4).predict(x) * MODEL.weight


def attribute_function(x):
    return np.sin(x) + math.pow(x, 2) + np.add(x, x) * np.multiply(x, 3.0)


def import_in_a_local_function(x):
    def g(v):
        import math as maths

        from numpy import tanh as h

        return v * h(0.7) + maths.sin(v)

    return g(x) * g(2 * x)


def local_import(x):
    import math as m
    from math import sin as sine

    return sine(x) * m.exp(x)


def many_results(x, y):
    def f(u):
        return u * x, [u, {"k": u * y}]

    a, (b, d) = f(x * y)
    return a * b + d["k"] ** 2


def returns_nothing(x):
    log = []

    def note(v):
        log.append(v)

    result = note(x * x)
    return log[0] * x if result is None else x


def shadowed_names(x):
    def f(x):
        x = x * x
        return x

    sum = f(x)
    np = f(sum)
    return np * sum * x


def names_of_the_transformation(x, a):
    x_bar = np.mean(a)
    x_tape = [x_bar * x]
    x_1 = x_tape[0] + x
    t = x_1 * x_bar
    x_dot = t * t
    a_bar = a * x_dot
    return np.sum(a_bar) * t


def array_callee(x, a):
    def layer(h, w):
        return np.tanh(w * h + x)

    h = a
    for w in [x, 0.5, x * x]:
        h = layer(h, w)
    return np.sum(h)


def integrate(k):
    def force(v):
        return k * math.sin(k * v)

    total = 0.0
    for i in range(6):
        total = total + force((i + 0.5) / 6) / 6
    return total


@rows(
    (helper_call, 0.8), (helper_in_loop, 0.8), (nested_function, 0.8), (nested_lambda, 0.8),
    (immediately_called, 0.8), (two_levels, 0.8), (closure_rebound_later, 0.8), (closure_over_loop_variable, 0.8),
    (closure_with_default, 0.8), (closure_defined_before_its_variable, 0.8), (closure_nonlocal, 0.8),
    (closure_nonlocal_counter, 0.8), (closure_appends, 0.8),
    (closure_fills_a_constant_list, 0.8), (closure_fills_a_constant_dict, 0.8), (comprehension_fills_a_list, 0.8),
    (closure_recursive, 0.8), (recursive_tree, 0.8, 3),
    (recursive_on_data, 0.8), (recursive_over_list, [0.8, 1.3, 0.4]),
    (recursive_over_tree, (0.8, (1.3, [0.4, 0.2]))), (mutual, 0.8),
)  # fmt: skip
def test_closures_and_recursion(check, primal, args):
    check(primal, args)


@rows(
    (function_argument, 0.8), (function_returned, 0.8), (functions_in_a_list, 0.8),
    (functions_in_a_dict, 0.8, "sin"), (functions_in_a_dict, 0.8, "square"), (function_chosen, 0.8),
    (function_chosen, -0.8), (composed, 0.8), (partial_positional, 0.8, 1.3), (partial_of_constants, 0.8),
    (partial_of_any_keywords, 0.6, 1.3),
    (partial_of_closure, 0.8),
    (starred_call, 0.8, 1.3), (starred_parameters, 0.8, 1.3), (keyword_only, 0.8, 1.3), (default_is_active, 0.8),
    (method_call, 0.8), (bound_method_value, 0.8), (local_object, 0.8), (attribute_function, 0.8),
    (import_in_a_local_function, 0.8),
    (local_import, 0.8), (many_results, 0.8, 1.3), (returns_nothing, 0.8), (shadowed_names, 0.8),
    (names_of_the_transformation, 0.8, A), (array_callee, 0.8, A), (integrate, 1.3),
)  # fmt: skip
def test_calls_and_functions_as_values(check, primal, args):
    check(primal, args)


def test_the_primal_runs_once_where_a_display_holds_calls():
    calls = []

    def numbers(n):
        calls.append(n)
        return [float(len(calls))] * n

    def f(x):
        d = {"items": numbers(2)}
        d["items"].append(x)
        return d["items"][0] * x * d["items"][2]

    assert srcgrad.make_jvp(f)(2.0)(1.0) == (4.0, 4.0)
    assert len(calls) == 1


class Square:
    def value(self, x):
        return x * x


class Cube(Square):
    def value(self, x):
        return super().value(x) * x


def test_super_in_every_pair_of_modes():
    value = Cube().value
    assert srcgrad.grad(value)(2.0) == 12.0
    assert srcgrad.make_jvp(value)(2.0)(1.0) == (8.0, 12.0)
    assert srcgrad.hessian_vector_product(value)(2.0, 1.0) == 12.0
    assert srcgrad.grad(srcgrad.grad(value))(2.0) == 12.0
    assert srcgrad.grad(lambda x: srcgrad.make_jvp(value)(x)(1.0)[1])(2.0) == 12.0


def test_the_class_of_a_number_is_called():
    assert srcgrad.grad(lambda x: type(x)(x) * x + x.__class__(3.0) * x)(2.0) == 7.0
    assert srcgrad.make_jvp(lambda x: x.__class__(x) * x)(2.0)(1.0) == (4.0, 4.0)


def test_starred_arguments_at_order_3():
    def product(*factors, rate):
        return factors[0] * math.sin(factors[1]) * rate

    def starred(x, y):
        return product(*[x * y, y], rate=x * x)

    check_third_reverse(starred, (0.8, 1.3))
