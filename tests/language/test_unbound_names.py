"""Variables that have no value when they are read: the primal's own exception, and no text for what surely has one."""

import numpy as np
import pytest

import srcgrad


def on_one_side(x):
    if x > 0:
        y = x
    return y


def deleted(x):
    y = x * 2
    if x < 0:
        del y
    return y * 3


def loop_without_items(x):
    for v in [x][: int(x > 0)]:
        pass
    return v * x


def deleted_in_a_loop(x):
    s = 0.0
    for i in range(2):
        if i > 0 and x < 0:
            s = s + t  # noqa: F821
        t = x * i
        if x < 0:
            del t
        s = s + x
    return s


def in_a_while_loop(x):
    n = x
    while n > 0:
        y = n * x
        n = n - 1.0
    return y * y


def inactive(x):
    if x > 0:
        k = 2.0
    return x * k


def augmented(x):
    if x > 0:
        y = x * x
    y += 1.0
    return y


def function(x):
    if x > 0:

        def square(v):
            return v * v

    return square(x)


def a_list(x):
    if x > 0:
        items = [x]
    items.append(x * x)
    return sum(items)


def an_array(x):
    for i in range(int(x > 0)):
        y = np.array([x, x * x]) * (i + 1)
    return y.sum()


def unused(x):
    if x > 0:
        y = x
    z = y  # noqa: F841
    return x


PRIMALS = [on_one_side, deleted, loop_without_items, deleted_in_a_loop, in_a_while_loop, inactive, augmented]
PRIMALS += [function, a_list, an_array, unused]
OPERATORS = {
    "grad": lambda f: srcgrad.grad(f),
    "value_and_grad": lambda f: srcgrad.value_and_grad(f),
    "make_vjp": lambda f: srcgrad.make_vjp(f),
    "deriv": lambda f: srcgrad.deriv(f),
    "second": lambda f: srcgrad.grad(srcgrad.grad(f)),
}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("primal", PRIMALS, ids=lambda p: p.__name__)
def test_the_primals_own_exception_passes_through(primal, operator):
    with pytest.raises(UnboundLocalError) as plain:
        primal(-1.0)
    with pytest.raises(UnboundLocalError) as caught:
        OPERATORS[operator](primal)(-1.0)
    assert str(caught.value) == str(plain.value)


@pytest.mark.parametrize("primal", PRIMALS, ids=lambda p: p.__name__)
def test_where_the_variable_is_bound_the_derivative_is_right(primal):
    h = 1e-5
    wanted = (primal(1.3 + h) - primal(1.3 - h)) / (2 * h)
    assert srcgrad.grad(primal)(1.3) == pytest.approx(wanted, rel=1e-7)
    assert srcgrad.deriv(primal)(1.3) == pytest.approx(wanted, rel=1e-7)
    assert srcgrad.make_vjp(primal)(1.3)[0](1.0) == pytest.approx(wanted, rel=1e-7)
    second = (srcgrad.grad(primal)(1.3 + h) - srcgrad.grad(primal)(1.3 - h)) / (2 * h)
    assert srcgrad.grad(srcgrad.grad(primal))(1.3) == pytest.approx(second, rel=1e-7, abs=1e-7)


def test_no_check_where_every_variable_surely_has_a_value():
    def f(x, kind):
        for i in range(3):
            y = x * i
        if kind == "a":
            z = y
        elif kind == "b":
            z = x
        else:
            raise ValueError(kind)
        while True:
            w = z * z
            if w > 0:
                break
        return w

    assert "bound" not in srcgrad.grad(f).precompile(1.0, "a").source


def unset_global(x):
    y = SET_LATER  # noqa: F821, F841
    return x * x


def unset_in_an_expression(x):
    y = [x, SET_LATER + 1.0]  # noqa: F821, F841
    return x * x


def unset_alone(x):
    SET_LATER  # noqa: B018, F821
    return x * x


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
@pytest.mark.parametrize("primal", [unset_global, unset_in_an_expression, unset_alone])
def test_an_unset_global_raises_where_its_value_is_not_used(primal, operator):
    with pytest.raises(NameError, match="SET_LATER"):
        operator(primal)(2.0)


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_an_empty_cell_raises_where_its_value_is_not_used(operator):
    def primal(x):
        y = late  # noqa: F841
        return x * x

    derivative = operator(primal)
    with pytest.raises(NameError, match="late"):
        derivative(2.0)
    late = 1.0
    derivative(2.0)


def test_a_global_set_later_is_seen(monkeypatch):
    derivative = srcgrad.grad(unset_in_an_expression)
    monkeypatch.setitem(globals(), "SET_LATER", 1.0)
    assert derivative(2.0) == 4.0
