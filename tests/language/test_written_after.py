"""A new array computed from one that is written into later: neither its tangent nor its adjoint may see the write."""

import numpy as np
import pytest

import srcgrad

from .checking import FIRST, MIXED, SECOND

A = np.array([0.4, -0.7, 1.1])


def plus_constant(a, x):
    y = a * 1.0
    s = y + 1.0
    y[0] = a[1] * x
    return np.sum(s * y)


def plus_constant_of_zeros(a, x):
    y = np.zeros(3)
    s = y + 1.0
    y[0] = a[0] * x
    return np.sum(y * s + y)


def minus_constant_before_a_loop(a, x):
    y = a * 2.0
    s = y - 3.0
    for i in range(3):
        y[i] = y[i] * x
    return np.sum(s * y)


def times_one(a, x):
    y = np.sin(a)
    s = y * 1
    r = y / 1
    y[1:] = x * a[1:]
    return np.sum(s * y) + np.sum(r * y * y)


def unary_plus(a, x):
    y = np.sin(a)
    s = +y
    y[0] = x
    return np.sum(s * y)


def minus_minus(a, x):
    y = np.sin(a)
    s = -(-y)
    y[0] = x
    return np.sum(s * y)


def converted(a, x):
    y = np.sin(a)
    s = y.astype(float)
    r = np.array(y)
    q = y.flatten()
    p = np.positive(y)
    y[0] = x
    return np.sum(s * y) + np.sum(r * r * y) + np.sum(q * q * y) + np.sum(p * y)


def moved(a, x):
    y = np.outer(a, a)
    s = y.T.reshape(-1)
    y[0] = x * a
    return np.sum(s * s) + np.sum(s.reshape(3, 3) * y)


def added_at(a, x):
    y = a * 1.0
    s = y + 1.0
    np.add.at(y, [0, 0, 2], x * a)
    return np.sum(s * y) + np.sum(a * y)


def by_a_callee(a, x):
    def shifted(u):
        return u + 1.0, u - 1.0

    y = np.sin(a)
    s, t = shifted(y)
    y[0] = x
    return np.sum(s * y) + np.sum(t * s)


def through_another(a, x):
    y = np.sin(a)
    s = y + 1.0
    t = s - 2.0
    y[0] = x
    t[1] = x
    return np.sum(s * y) + np.sum(t * s)


def held_in_a_list(a, x):
    y = np.sin(a)
    held = [y + 1.0, y * 1]
    y[0] = x
    return np.sum(held[0] * y) + np.sum(held[1] * held[0])


def written_in_a_loop(a, x):
    y = np.sin(a)
    total = 0.0
    s = y + 1.0
    for i in range(3):
        total = total + np.sum(s * y)
        s = y + 1.0
        y[i] = x * a[i]
    return total + np.sum(s)


def result_written(a, x):
    y = np.sin(a)
    s = y + 1.0
    s[0] = x
    return np.sum(s * y)


def branch(a, x):
    y = np.sin(a)
    s = y
    if x > 0.0:
        s = y + 1.0
        y[0] = x
    return np.sum(s * y) if x > 0.0 else np.sum(y)


def rebound_and_added_at(a, x):
    y = a * x
    y = np.sin(y)
    np.add.at(y, [0, 0, 2], y)
    return np.sum(y * y)


def selected(a, x):
    y = np.nan_to_num(a)
    y[0] = a[1] * x
    return np.sum(y * y)


PROGRAMS = (
    plus_constant,
    plus_constant_of_zeros,
    minus_constant_before_a_loop,
    times_one,
    unary_plus,
    minus_minus,
    converted,
    moved,
    added_at,
    by_a_callee,
    through_another,
    held_in_a_list,
    written_in_a_loop,
    result_written,
    branch,
    rebound_and_added_at,
    selected,
)


@pytest.mark.parametrize("check", FIRST + SECOND + MIXED)
@pytest.mark.parametrize("primal", PROGRAMS)
def test_what_was_computed_before_a_write_stays(primal, check):
    check(primal, (A, 0.8))


@pytest.mark.parametrize("primal", PROGRAMS)
def test_a_tangent_that_is_given_stays(primal):
    a, v = A.copy(), np.array([0.3, 0.5, -0.2])
    srcgrad.make_jvp(primal, (0, 1))(a, 0.8)((v, 1.0))
    np.testing.assert_array_equal(a, A)
    np.testing.assert_array_equal(v, [0.3, 0.5, -0.2])


def test_an_update_of_a_view_is_refused_in_both_modes():
    def shared(a):
        y = a * 1.0
        y[0] = a[1]
        w = np.asarray(y)
        w += y
        return np.sum(y * w)

    for operator in (srcgrad.grad, lambda f: lambda a: srcgrad.make_jvp(f)(a)(a)):
        with pytest.raises(srcgrad.UnsupportedMutation, match="while another name"):
            operator(shared)(A)


def test_without_a_later_write_nothing_is_copied():
    def read_only(a):
        y = np.zeros(3)
        y[0] = a[1]
        s = y + 1.0
        return np.sum(s * s)

    assert "copy" not in srcgrad.source(srcgrad.make_jvp(read_only), A)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x,
        lambda x: x[1:],
        lambda x: x.T,
        lambda x: (x, x.reshape(1, 3)),
        lambda x: {"whole": x, "parts": [x[:1], 2.0]},
    ],
)
def test_a_value_and_its_tangent_share_no_memory_with_what_was_given(f):
    def arrays(value):
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        return [value] if isinstance(value, np.ndarray) else [a for part in parts for a in arrays(part)]

    x, v = A.copy(), np.ones(3)
    value, tangent = srcgrad.make_jvp(f)(x)(v)
    made = [*arrays(value), *arrays(tangent)]
    assert len(made) >= 2
    assert not any(np.shares_memory(m, given) for m in made for given in (x, v))
    assert not any(np.shares_memory(m, n) for i, m in enumerate(made) for n in made[:i])
