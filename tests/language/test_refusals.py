"""What cannot be differentiated is refused, with the line where it stands: never a wrong number."""

import asyncio
import math

import numpy as np
import pytest

import srcgrad

from .checking import assert_refused

TOTAL = 0.0
RECORD = {"seen": 0.0}
SHARED = np.zeros(3)


class Box:
    """Something with an attribute to write."""

    weight = 0.5


BOX = Box()


async def awaits(x):
    y = x * x
    await asyncio.sleep(0)  # refused
    return y


async def is_async(x):
    async with x:  # refused
        return x


def yields(x):
    y = x * x
    yield y  # refused


def delegates(x):
    yield from [x, x * x]  # refused


def catches(x):
    try:  # refused
        y = math.sqrt(x)
    except ValueError:
        y = x
    return y


def catches_in_callee(x):
    def inner(v):
        y = v * v
        try:  # refused
            y = y / v
        finally:
            y = y * 2
        return y

    return inner(x)


def writes_attribute(x):
    y = x * x
    BOX.weight = y  # refused
    return BOX.weight * x


def augments_attribute(x):
    BOX.weight += x  # refused
    return BOX.weight * x


def sets_attribute(x):
    setattr(BOX, "weight", x * x)  # refused
    return BOX.weight


def writes_global(x):
    global TOTAL
    TOTAL = x * x  # refused
    return TOTAL * x


def writes_global_dict(x):
    RECORD["seen"] = x * x  # refused
    return RECORD["seen"] * x


def writes_through_reshape(a):
    flat = a.reshape(-1)
    flat *= 2.0  # refused
    return np.sum(a * a)


def writes_global_array(a):
    SHARED[0] = a[0]  # refused
    return SHARED[0] * a[1]


def executes(x):
    names = {"x": x}
    exec("y = x * x", names)  # refused
    return names["y"]


def evaluates(x):
    return eval("x * x", {"x": x})  # refused


def calls_without_rule(x):
    y = x * x
    return y * float.fromhex(y.hex())  # refused


def defines_class(x):
    class Local:  # refused
        value = x

    return Local.value


def fills_by_a_listed_closure(x):
    seen = [1.0]
    visits = [lambda v: seen.append(v)]  # refused
    visits[0](x)
    return sum(seen)


def fills_by_a_bound_method(x):
    seen = [1.0]
    visit = seen.append  # refused
    visit(x)
    return sum(seen)


def fills_by_map(x):
    seen = [1.0]
    list(map(seen.append, [x, x]))  # refused
    return sum(seen)


def fills_by_a_key(x):
    seen = [1.0]

    def key(v):  # refused
        seen.append(v)
        return v

    sorted([x, x * x], key=key)
    return sum(seen)


def fills_by_recursion(x):
    seen = [1.0]

    def visit(n, v):  # refused
        seen.append(v)
        return v if n == 0 else visit(n - 1, v * x)

    visit(3, x)
    return sum(seen)


def fills_from_an_inner_closure(x):
    seen = [1.0]

    def outer(v):  # refused
        def inner(v):
            seen.append(v)

        inner(v)

    outer(x)
    return sum(seen)


SCALARS = [yields, delegates, catches, catches_in_callee, writes_attribute, augments_attribute, sets_attribute]
SCALARS += [writes_global, writes_global_dict, executes, evaluates, calls_without_rule, defines_class]
SCALARS += [fills_by_a_listed_closure, fills_by_a_bound_method, fills_by_map, fills_by_a_key, fills_by_recursion]
SCALARS += [fills_from_an_inner_closure]
ARRAYS = [writes_global_array, writes_through_reshape]


@pytest.mark.parametrize("primal", [awaits, is_async], ids=lambda primal: primal.__name__)
def test_asynchronous_functions_are_refused_at_decoration(primal):
    assert_refused(primal, 2.0)


@pytest.mark.parametrize("primal", SCALARS, ids=lambda primal: primal.__name__)
def test_refused_with_a_float(primal):
    assert_refused(primal, 2.0)
    assert (TOTAL, BOX.weight, RECORD["seen"]) == (0.0, 0.5, 0.0)


@pytest.mark.parametrize("primal", ARRAYS, ids=lambda primal: primal.__name__)
def test_writes_into_the_users_arrays_are_refused(primal):
    a = np.array([0.4, -0.7, 1.1])
    assert_refused(primal, a)
    np.testing.assert_array_equal(a, [0.4, -0.7, 1.1])
    np.testing.assert_array_equal(SHARED, np.zeros(3))


@pytest.mark.parametrize("primal", [catches, executes, writes_global_array], ids=lambda primal: primal.__name__)
def test_refused_in_forward_mode_too(primal):
    arg = np.array([0.4, -0.7, 1.1]) if primal is writes_global_array else 2.0
    with pytest.raises(srcgrad.SrcgradError):
        srcgrad.make_jvp(primal)(arg)(arg)


def test_unsupported_syntax_on_inactive_data_stays_as_it_is():
    def lookup(table):
        try:
            return table["missing"]
        except KeyError:
            return 3.0

    def f(x):
        return x * lookup({})

    assert srcgrad.grad(f)(2.0) == 3.0


def test_what_is_never_reached_with_active_data_does_no_harm():
    def f(x, debug=False):
        if debug:
            x = float.fromhex(x.hex())
        return x * x

    assert srcgrad.grad(f)(2.0) == 4.0


@pytest.mark.parametrize("primal", [yields, delegates, executes, evaluates, awaits], ids=lambda p: p.__name__)
@pytest.mark.parametrize("operator", [srcgrad.grad, srcgrad.value_and_grad, srcgrad.elementwise_grad])
def test_what_nothing_can_excuse_is_refused_at_decoration(operator, primal):
    with pytest.raises(srcgrad.UnsupportedSyntax, match="line"):
        operator(primal)


def test_what_facts_may_excuse_waits_for_them():
    def f(x, path=None):
        try:
            scale = not_yet_bound[path]
        except (KeyError, NameError):
            scale = 3.0
        return x * scale

    assert srcgrad.grad(f)(2.0) == 3.0
