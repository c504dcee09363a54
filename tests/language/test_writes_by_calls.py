"""Calls that write into their arguments: in-place randomness, `out=`, methods of arrays. Refused, never overlooked."""

import random

import numpy as np
import pytest

import srcgrad


def shuffled(x):
    y = x * x
    np.random.shuffle(y)
    return y[0]


def shuffled_list(x):
    y = [x[0], x[1] * 2]
    random.shuffle(y)
    return y[0]


def shuffled_argument(x):
    np.random.shuffle(x)
    return x[0]


def shuffled_alias(x):
    y = x * x
    z = y
    np.random.shuffle(z)
    return y[0]


def shuffled_by_a_generator(x):
    y = x * x
    np.random.default_rng(0).shuffle(y)
    return y[0]


def floored_out(x):
    y = x * x
    np.floor(y, out=y)
    return y.sum()


def rounded_out(x):
    y = x * x
    np.round(y, 0, y)
    return y.sum()


def rounded_out_by_method(x):
    y = x * x
    y.round(out=y)
    return y.sum()


def summed_out(x):
    y = x * x
    np.sum(np.outer(x, x), 0, None, y)
    return y[2]


def compared_out(x):
    y = x * x
    np.greater(x, 0, y)
    return y.sum()


WRITERS = [shuffled, shuffled_list, shuffled_argument, shuffled_alias, shuffled_by_a_generator]
WRITERS += [floored_out, rounded_out, rounded_out_by_method, summed_out, compared_out]


@pytest.mark.parametrize("operator", ["grad", "jvp"])
@pytest.mark.parametrize("primal", WRITERS, ids=lambda p: p.__name__)
def test_a_call_that_writes_into_active_data_is_refused(primal, operator):
    x = np.array([0.9, 1.2, 1.5])
    with pytest.raises((srcgrad.NoRule, srcgrad.UnsupportedMutation), match="line"):
        srcgrad.grad(primal)(x) if operator == "grad" else srcgrad.make_jvp(primal)(x)(np.ones(3))
    assert x.tolist() == [0.9, 1.2, 1.5]


def taken_out(x):
    y = x * x
    np.take(x, [0, 1, 2], out=y)
    return y.sum()


def joined_out(x):
    y = np.zeros(3)
    np.concatenate([x[:1], x[1:]], out=y)
    return y.sum()


def sorted_alias(x):
    y = x * x
    z = y
    z.sort()
    return y[0]


@pytest.mark.parametrize(("primal", "expected"), [(taken_out, 1.0), (joined_out, 1.0), (sorted_alias, [1.8, 0.0, 0.0])])
def test_what_is_known_to_write_is_followed(primal, expected):
    np.testing.assert_allclose(srcgrad.grad(primal)(np.array([0.9, 1.2, 1.5])), np.broadcast_to(expected, 3))


def asked_for_identity(x, nothing=[]):  # noqa: B006
    memo = {}
    y = memo.get("x", nothing)
    y = x * x if y is nothing else x
    memo["x"] = y
    return y * memo["x"]


def test_what_is_given_is_the_same_object():
    assert srcgrad.grad(asked_for_identity)(1.5) == pytest.approx(4 * 1.5**3)


def test_an_array_of_the_functions_own_may_take_what_has_no_derivative():
    def f(x):
        positive = np.zeros(3, dtype=bool)
        np.greater(x, 1.0, out=positive)
        return np.sum(x * positive)

    assert srcgrad.grad(f)(np.array([0.9, 1.2, 1.5])).tolist() == [0.0, 1.0, 1.0]


def test_what_is_given_by_position_is_no_output():
    x, a = np.array([0.9, 1.2]), np.array([[1.0, 2.0], [3.0, 4.0]])
    assert srcgrad.grad(lambda x: np.einsum("ij,j->i", a, x).sum())(x).tolist() == [4.0, 6.0]
    assert srcgrad.grad(lambda x: np.clip(np.sum(x, 0), 0.0, 5.0))(x).tolist() == [1.0, 1.0]
    assert srcgrad.grad(lambda x: np.round(x, 1).sum() + x.sum(0))(x).tolist() == [1.0, 1.0]
    assert srcgrad.grad(lambda x: np.concatenate([x, x], 0).sum())(x).tolist() == [2.0, 2.0]
