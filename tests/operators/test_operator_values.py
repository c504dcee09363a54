"""Jacobians and Hessians beyond autograd's: numbers, empty arrays, sequences of arguments, complex values, nesting."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from srcgrad.errors import NotDifferentiable, NotScalar, WrongArgument, WrongValue
from srcgrad.operators import (
    deriv,
    elementwise_grad,
    grad,
    hessian,
    hessian_vector_product,
    holomorphic_grad,
    jacobian,
    make_jvp,
    make_vjp,
    value_and_grad,
)

X = np.array([0.3, -1.2, 2.0])
M = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 4.0]])


def counted(fun):
    """`fun`, and the list that grows by one for each of its runs."""
    runs = []

    def primal(*args):
        runs.append(1)
        return fun(*args)

    return primal, runs


def test_a_jacobian_of_numbers_is_a_number():
    assert jacobian(lambda x: x * x)(3.0) == 6.0
    assert np.ndim(jacobian(lambda x: x * x)(3.0)) == 0


def test_a_jacobian_has_the_shape_of_output_then_input():
    result = jacobian(lambda m: np.dot(m, X))(M)
    assert result.shape == (2, 2, 3)
    assert_allclose(result[1], [[0, 0, 0], X])


def test_a_jacobian_of_a_number_by_an_array_and_back():
    assert_allclose(jacobian(lambda x: np.sum(x**2))(X), 2 * X)
    assert_allclose(jacobian(lambda t: t * X)(2.0), X)


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_a_jacobian_of_an_empty_output(shape):
    assert jacobian(lambda x: np.zeros(shape) * x)(1.5).shape == shape


def test_jacobians_of_a_sequence_come_as_a_tuple():
    a, b = jacobian(lambda x, y: x * y, (0, 1))(X, 2 * X)
    assert_allclose(a, np.diag(2 * X))
    assert_allclose(b, np.diag(X))


def test_hessians_of_a_sequence_come_as_blocks():
    (xx, xy), (yx, yy) = hessian(lambda x, y: np.sum(x**2 * y), (0, 1))(X, 2 * X)
    assert_allclose(xx, np.diag(4 * X))
    assert_allclose(xy, np.diag(2 * X))
    assert_allclose(yx, np.diag(2 * X))
    assert_allclose(yy, np.zeros((3, 3)))


def test_a_hessian_of_numbers():
    assert hessian(lambda x: x**3)(2.0) == pytest.approx(12.0)


@pytest.mark.parametrize("operator", [jacobian, hessian, elementwise_grad, deriv])
def test_the_primal_runs_once(operator):
    primal, runs = counted(lambda x: np.sum(x**2) * x)
    operator(primal)(X)
    assert len(runs) == 1


@pytest.mark.parametrize("operator", [grad, value_and_grad])
def test_the_primal_of_a_gradient_runs_once(operator):
    primal, runs = counted(lambda x: np.sum(x**2))
    operator(primal)(X)
    assert len(runs) == 1


def test_the_primal_of_a_hessian_vector_product_runs_once():
    primal, runs = counted(lambda x: np.sum(x**3))
    assert_allclose(hessian_vector_product(primal)(X, X), 6 * X * X)
    assert len(runs) == 1


def test_a_complex_output_of_a_real_input_has_the_jacobian_of_both_parts():
    result = jacobian(lambda x: (1 + 2j) * x**2)(X)
    assert_allclose(result, np.diag((1 + 2j) * 2 * X))


def test_a_holomorphic_jacobian():
    z = X + 0.5j
    assert_allclose(jacobian(lambda z: z**2 * 1j)(z), np.diag(2j * z))


def test_a_jacobian_that_is_not_holomorphic_is_refused():
    with pytest.raises(NotDifferentiable, match="not holomorphic"):
        jacobian(lambda z: np.conj(z) * 1j)(X + 0.5j)


def test_a_jacobian_of_a_structure_is_refused_before_anything_runs():
    primal, runs = counted(lambda x: x["w"])
    with pytest.raises(WrongArgument, match="flatten"):
        jacobian(primal)({"w": X})
    assert not runs
    with pytest.raises(WrongArgument, match="result"):
        jacobian(lambda x: (x, x))(X)


@pytest.mark.parametrize("y", [lambda x: x, lambda x: (x[0], x[1])])
def test_grad_of_several_outputs_is_refused(y):
    with pytest.raises(NotScalar, match="one real number"):
        grad(y)(X)


def test_grad_of_a_complex_output_is_refused():
    with pytest.raises(NotScalar, match="holomorphic_grad"):
        grad(lambda z: z * z)(1 + 2j)


def test_grad_of_one_element_is_accepted():
    assert_allclose(grad(lambda x: x**2)(np.array([[3.0]])), [[6.0]])


def test_elementwise_grad_of_a_complex_output_is_refused():
    with pytest.raises(NotScalar, match="complex"):
        elementwise_grad(lambda x: x * 1j)(X)


def test_a_tensor_of_another_shape_is_refused():
    with pytest.raises(WrongValue, match="shape"):
        hessian_vector_product(lambda x: np.sum(x**3))(X, np.ones(2))


@pytest.mark.parametrize(
    "value, advice",
    [
        (3, "use 3.0"),
        (True, "use 1.0"),
        (np.arange(3), "astype"),
        (np.int64(3), "astype"),
        ("3", "float"),
        (None, "another argument"),
    ],
)
@pytest.mark.parametrize("operator", [grad, jacobian, make_vjp, make_jvp, holomorphic_grad, deriv])
def test_what_has_no_derivative_is_refused_before_anything_runs(operator, value, advice):
    primal, runs = counted(lambda x: x)
    with pytest.raises(NotDifferentiable, match=advice):
        operator(primal)(value)
    assert not runs


def test_no_perturbation_confusion():
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(2.0) == 1.0
    assert grad(lambda x: grad(lambda y: x * y)(x))(3.0) == 1.0


def test_operators_nest():
    assert_allclose(jacobian(jacobian(lambda x: x**3))(X)[1, 1, 1], 6 * X[1])
    assert_allclose(jacobian(grad(lambda x: np.sum(x**3)))(X), np.diag(6 * X))
    assert_allclose(grad(lambda x: np.sum(jacobian(lambda x: x**3)(x)))(X), 6 * X)
    assert_allclose(grad(lambda x: np.sum(hessian(lambda x: np.sum(x**4))(x)))(X), 24 * X)
    assert_allclose(make_jvp(grad(lambda x: np.sum(x**3)))(X)(X)[1], 6 * X * X)
    assert grad(grad(grad(lambda x: x**4)))(2.0) == pytest.approx(48.0)


def test_a_pullback_can_be_called_again():
    vjp, _ = make_vjp(lambda x: x**2)(X)
    assert_array_equal(vjp(X), vjp(X))


def test_elementwise_grad_applied_to_its_own_result():
    d2 = elementwise_grad(elementwise_grad(np.tanh))
    assert_allclose(d2(X), -2 * np.tanh(X) * (1 - np.tanh(X) ** 2))
