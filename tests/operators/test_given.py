"""Tangents and cotangents that a caller gives: refused where they do not fit, before anything is computed with them."""

from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose

import srcgrad
from srcgrad.errors import SrcgradError, WrongArgument, WrongValue

X = np.array([0.5, -1.0])


class Pair(NamedTuple):
    a: float
    b: np.ndarray


def loss(x):
    return np.sum(x**3)


OF_AN_ARRAY = {
    "make_jvp": lambda v: srcgrad.make_jvp(loss)(X)(v),
    "make_jvp_reversemode": lambda v: srcgrad.make_jvp_reversemode(lambda x: 2.0 * x)(X)(v),
    "hessian_vector_product": lambda v: srcgrad.hessian_vector_product(loss)(X, v),
    "make_hvp": lambda v: srcgrad.make_hvp(loss)(X)[0](v),
    "make_ggnvp": lambda v: srcgrad.make_ggnvp(lambda x: x * x)(X)(v),
    "make_vjp": lambda v: srcgrad.make_vjp(lambda x: x * 2.0)(X)[0](v),
}


@pytest.mark.parametrize("v", [np.ones(3), np.ones((2, 2)), np.ones(1), 1.0, np.array(1.0)])
@pytest.mark.parametrize("operator", OF_AN_ARRAY)
def test_another_shape_is_refused(operator, v):
    with pytest.raises(WrongValue, match=r"shape \(2,\)"):
        OF_AN_ARRAY[operator](v)


@pytest.mark.parametrize("v", ["ab", [1.0, 2.0], np.array([1.0, 2.0], dtype=object), {"a": 1.0}])
@pytest.mark.parametrize("operator", OF_AN_ARRAY)
def test_another_type_is_refused(operator, v):
    with pytest.raises((WrongArgument, WrongValue), match="tangent"):
        OF_AN_ARRAY[operator](v)


@pytest.mark.parametrize("operator", OF_AN_ARRAY)
def test_integers_are_taken_as_floats(operator):
    got, expected = OF_AN_ARRAY[operator](np.array([1, 2])), OF_AN_ARRAY[operator](np.array([1.0, 2.0]))
    assert_allclose(got, expected)


def test_an_integer_tangent_is_not_written_into():
    def stored(x):
        y = x.copy()
        y[0] = 0.3 * x[1]
        return y

    assert_allclose(srcgrad.make_jvp(stored)(X)(np.array([1, 2]))[1], [0.6, 2.0])


@pytest.mark.parametrize("v", [1, 1.0, np.float32(1.0), np.array(1), True])
def test_a_number_may_be_of_any_type(v):
    assert srcgrad.make_jvp(lambda x: x * x)(3.0)(v)[1] == 6.0
    assert srcgrad.make_vjp(lambda x: x * x)(3.0)[0](v) == 6.0
    assert_allclose(srcgrad.make_vjp(loss)(X)[0](v), 3 * X * X)
    assert srcgrad.make_jvp(lambda x: x * x)(np.array(3.0))(v)[1] == 6.0


def test_an_array_for_a_number_is_refused():
    with pytest.raises(WrongValue, match="cotangent of the result of loss"):
        srcgrad.make_vjp(loss)(X)[0](np.ones(2))
    with pytest.raises(WrongValue, match="not a number"):
        srcgrad.make_jvp(lambda x: x * x)(3.0)(np.ones(1))


@pytest.mark.parametrize("v", [(1.0,), (1.0, X, X), {"a": 1.0, "b": X}, 1.0, (X, 1.0)])
def test_a_structure_of_another_form_is_refused(v):
    _, value = srcgrad.make_vjp(lambda x: (x[0], x))(X)
    with pytest.raises(SrcgradError, match="tangent"):
        srcgrad.make_vjp(lambda x: (x[0], x))(X)[0](v)
    with pytest.raises(SrcgradError, match="tangent"):
        srcgrad.make_jvp(lambda p: p[0] * p[1])(value)(v)


@pytest.mark.parametrize("v", [{"w": X}, {"w": X, "n": None, "z": 1.0}, [X, None]])
def test_a_dict_has_the_same_keys(v):
    with pytest.raises(SrcgradError, match="keys"):
        srcgrad.make_jvp(lambda p: p["w"] * p["n"])({"w": X, "n": 2})(v)


@pytest.mark.parametrize("n", [None, 7, "n"])
def test_what_is_given_for_an_inactive_leaf_does_not_matter(n):
    value, tangent = srcgrad.make_jvp(lambda p: p["w"] * p["n"])({"w": X, "n": 2})({"w": X, "n": n})
    assert_allclose(tangent, 2 * X)


def test_records_and_sequences_of_arguments():
    assert_allclose(srcgrad.make_jvp(lambda p: p.a * p.b)(Pair(2.0, X))(Pair(1.0, X))[1], 3 * X)
    assert_allclose(srcgrad.make_jvp(lambda a, b: a * b, (0, 1))(2.0, X)([1.0, X])[1], 3 * X)
    with pytest.raises(WrongValue, match="2 items"):
        srcgrad.make_jvp(lambda a, b: a * b, (0, 1))(2.0, X)([1.0])


def test_the_checks_are_made_inside_differentiated_code_too():
    assert_allclose(srcgrad.grad(lambda v: np.sum(srcgrad.make_jvp(np.sin)(X)(v)[1]))(X), np.cos(X))
    assert_allclose(srcgrad.grad(lambda v: np.sum(srcgrad.make_vjp(np.sin)(X)[0](v)))(X), np.cos(X))
    with pytest.raises(WrongValue, match="shape"):
        srcgrad.grad(lambda v: np.sum(srcgrad.make_vjp(np.sin)(X)[0](v)))(np.ones(3))


@pytest.mark.parametrize("tensor", [np.ones(3), np.ones((2, 2)), np.ones(1)])
def test_a_tensor_that_does_not_fit_the_result_is_refused(tensor):
    with pytest.raises(WrongValue, match="shape"):
        srcgrad.vector_jacobian_product(lambda x: 2.0 * x)(X, tensor)
