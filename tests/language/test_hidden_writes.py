"""Variables that functions assign although they are not their own: followed, read in time, or refused by name."""

import functools

import pytest

import srcgrad

SCALE = 1.5


def by_another_name(x):
    k = x

    def grow():
        nonlocal k
        k = k * x

    other = grow
    other()
    return k


def by_its_own_name_and_another(x):
    k = x

    def grow():
        nonlocal k
        k = k * x

    grow()
    other = grow
    other()
    return k


def from_a_list(x):
    k = x

    def grow():
        nonlocal k
        k = k * x
        return k

    functions = [grow]
    functions[0]()
    return functions[0]()


def by_a_partial(x):
    k = x

    def grow(v):
        nonlocal k
        k = k * v
        return k

    g = functools.partial(grow, x)
    return g() + g()


def by_choice(x):
    k = x

    def grow(v):
        nonlocal k
        k = k * v
        return k

    g = grow if x > 0 else abs
    return g(x) + g(x)


def from_a_factory(x):
    def counter():
        total = 0.0

        def add(v):
            nonlocal total
            total += v * x
            return total

        return add

    add = counter()
    add(x)
    return add(x)


def recursive(x):
    k = x

    def grow(n):
        nonlocal k
        if n:
            k = k * x
            grow(n - 1)

    grow(2)
    return k


def two_deep(x):
    k = x

    def outer():
        def inner():
            nonlocal k
            k = k * x

        return inner

    outer()()
    return k


def reset(x):
    k = x

    def clear():
        nonlocal k
        k = 1.0

    other = clear
    other()
    return k * x


def to_a_global(x):
    def put():
        global SCALE
        SCALE = x * x

    put()
    return SCALE * 1.0


REFUSED = [by_another_name, by_its_own_name_and_another, from_a_list, by_a_partial, by_choice, from_a_factory]
REFUSED += [recursive, two_deep, reset, to_a_global]


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("primal", REFUSED, ids=lambda p: p.__name__)
def test_a_variable_that_a_function_elsewhere_assigns_is_refused(primal, mode):
    operator = srcgrad.grad if mode == "reverse" else srcgrad.deriv
    with pytest.raises(srcgrad.UnsupportedMutation, match="(assigned by a function|lives outside)"):
        operator(primal)(3.0)


def bump():
    global SCALE
    SCALE += 1.0


def bumped_between(x):
    y = x * SCALE
    bump()
    return y * SCALE


def bumped_by_an_unknown_callee(x, callee=bump):
    y = x * SCALE
    callee()
    return y * SCALE


def bumped_two_calls_down(x):
    def inner():
        bump()

    y = x * SCALE
    inner()
    return y * SCALE


def counted(x):
    n = 0

    def step():
        nonlocal n
        n += 1

    other = step
    other()
    y = x * n
    other()
    return y + x * x * n


def counted_in_floats(x):
    calls = 0.0

    def square(v):
        nonlocal calls
        calls = calls + 1.0
        return v * v

    functions = [square]
    return functions[0](x) * calls


def branches_between(x):
    n = 0

    def step():
        nonlocal n
        n += 1

    other = step
    y = x
    for _ in range(3):
        if n % 2 == 0:
            y = y * x
        else:
            y = y * x * x
        other()
    return y


def counted_bounds(x):
    n = 1

    def step():
        nonlocal n
        n += 1

    other = step
    y = x
    for _ in range(n):
        y = y * x
    other()
    return y


@pytest.mark.parametrize("mode", ["reverse", "second_reverse", "forward"])
@pytest.mark.parametrize(
    ("primal", "first", "second"),
    [
        (bumped_between, 3.75, 0.0),
        (bumped_by_an_unknown_callee, 3.75, 0.0),
        (bumped_two_calls_down, 3.75, 0.0),
        (counted, 1 + 4 * 1.3, 4.0),
        (counted_in_floats, 2.6, 2.0),
        (branches_between, 5 * 1.3**4, 20 * 1.3**3),
        (counted_bounds, 2.6, 2.0),
    ],
    ids=lambda p: getattr(p, "__name__", ""),
)
def test_the_reverse_sweep_reads_a_variable_as_it_was(primal, first, second, mode, monkeypatch):
    monkeypatch.setitem(globals(), "SCALE", 1.5)
    if mode == "second_reverse":
        assert srcgrad.grad(srcgrad.grad(primal))(1.3) == pytest.approx(second)
    else:
        assert (srcgrad.grad if mode == "reverse" else srcgrad.deriv)(primal)(1.3) == pytest.approx(first)
