"""Variables that may have no value where they only may be read, and where nested functions read them."""

from __future__ import annotations

import pytest

import srcgrad


def in_and(x):
    if x > 5:
        y = x
    return x * (x > 0 and y)


def in_or(x):
    if x > 5:
        y = x
    return x * ((x > 5) or y)


def in_ifexp(x):
    if x > 5:
        y = x
    return x * (y if x > 0 else 1.0)


def in_orelse(x):
    if x > 5:
        y = x
    return x * (1.0 if x < 0 else y)


def inactive_and(x):
    if x > 5:
        n = 2
    return x * (x > 0 and n)


def inactive_ifexp(x):
    if x > 5:
        n = 2
    return x * (n if x > 0 else 1.0)


def in_closure(x):
    if x > 5:
        y = x

    def f(v):
        return v * y

    return f(x)


def in_closure_value(x):
    if x > 5:
        y = x

    def f(v):
        return v * y

    return [f][0](x)


def in_lambda(x):
    if x > 5:
        y = x
    f = lambda v: v * y
    return f(x)


def later(x):
    def f(v):
        return v * y

    z = f(x)
    y = x
    return z


def later_value(x):
    def f(v):
        return v * y

    z = [f][0](x)
    y = x
    return z


def inactive_closure(x):
    if x > 5:
        n = 3

    def f(v):
        return v * n

    return f(x)


def inactive_closure_value(x):
    if x > 5:
        n = 3

    def f(v):
        return v * n

    return sum(map(f, [x, x]))


def inside_closure(x):
    def f(v):
        if v > 5:
            y = v
        return y * v

    return f(x)


def comprehension_elt(x):
    if x > 5:
        y = x
    return sum([v * y for v in [x, x]])


def comprehension_if(x):
    if x > 5:
        n = 3
    return sum([v for v in [x, x] if n > 2])


def deleted_closure(x):
    y = x * x

    def f(v):
        return v * y  # noqa: F821

    del y
    return f(x)


def nonlocal_unset(x):
    if x > 5:
        n = 0

    def f(v):
        nonlocal n
        n = n + 1
        return v

    return f(x) * 2


def nonlocal_unset_value(x):
    if x > 5:
        n = 0

    def f(v):
        nonlocal n
        n = n + 1
        return v

    return [f][0](x) * 2


def unused_value(x):
    if x > 5:
        y = x
    z = x > 0 and y
    return x


def compare_chain(x):
    if x > 5:
        y = x
    if 0 < x < y:
        return x
    return x * x


def while_test(x):
    if x > 5:
        n = 3
    while x < 3 and n > 0:
        x = x * x
    return x


def default_unset(x):
    if x > 5:
        y = x

    def f(v, k=y):
        return v * k

    return f(x)


def inner_of_two(x):
    if x > 5:
        y = x

    def f(v):
        def g(u):
            return u * y

        return g(v)

    return f(x)


def returned_closure(x):
    if x > 5:
        y = x

    def f():
        return lambda u: u * y

    return f()(x)


def fstring(x):
    if x > 5:
        y = 3
    s = f"{y}" if x > 0 else ""
    return x


def walrus(x):
    if x > 5 and (y := x):
        pass
    return x * y


def loop_var(x):
    for i in range(int(x) - 1):
        pass
    f = lambda v: v * i
    return f(x)


PRIMALS = [
    in_and,
    in_or,
    in_ifexp,
    in_orelse,
    inactive_and,
    inactive_ifexp,
    in_closure,
    in_closure_value,
    in_lambda,
    later,
    later_value,
    inactive_closure,
    inactive_closure_value,
    inside_closure,
    comprehension_elt,
    comprehension_if,
    deleted_closure,
    nonlocal_unset,
    nonlocal_unset_value,
    unused_value,
    compare_chain,
    while_test,
    default_unset,
    inner_of_two,
    returned_closure,
    fstring,
    walrus,
    loop_var,
]

OPERATORS = {
    "value_and_grad": lambda f: srcgrad.value_and_grad(f),
    "make_vjp": lambda f: lambda x: (f(x), srcgrad.make_vjp(f)(x)[0](1.0)),
    "make_jvp": lambda f: lambda x: srcgrad.make_jvp(f)(x)(1.0),
    "second": lambda f: lambda x: (f(x), srcgrad.grad(lambda y: srcgrad.grad(f)(y) + 0.0)(x)),
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("primal", PRIMALS, ids=lambda primal: primal.__name__)
def test_the_derivative_raises_as_the_primal_does(primal, operator):
    with pytest.raises(NameError):
        primal(1.3)
    with pytest.raises(NameError):
        OPERATORS[operator](primal)(1.3)


@pytest.mark.parametrize("operator", [name for name in OPERATORS if name != "second"])
@pytest.mark.parametrize("primal", PRIMALS, ids=lambda primal: primal.__name__)
def test_where_all_have_values_so_has_the_derivative(primal, operator):
    try:
        want = (primal(6.5 + 1e-5) - primal(6.5 - 1e-5)) / 2e-5
    except NameError:
        return
    value, slope = OPERATORS[operator](primal)(6.5)
    assert value == primal(6.5)
    assert slope == pytest.approx(want, rel=1e-8)


def test_a_function_bound_before_it_is_used_is_not_checked():
    def primal(x):
        def f(v):
            return helper(v) * y

        y = x * x

        def helper(v):
            return v + y

        return [f][0](x)

    assert "rules.binding" not in srcgrad.source(srcgrad.grad(primal), 1.3)
