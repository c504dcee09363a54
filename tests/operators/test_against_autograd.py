"""Every operator gives what autograd's operator of that name gives, on the same functions."""

import warnings

import autograd
import autograd.differential_operators as theirs
import numpy as np
import pytest
from numpy.testing import assert_allclose

import srcgrad.operators as ours

RTOL = 1e-10  # the same sums in another order

X = np.array([0.3, -1.2, 2.0])
W = np.array([[0.5, 1.0, -0.3], [0.2, -0.7, 0.9]])


def scalar(x, w):
    return np.sum(np.tanh(np.dot(w, x)) ** 2) + x[0] * x[1]


def vector(x, w):
    return np.tanh(np.dot(w, x)) * x[0]


def elementwise(x, w):
    return np.sin(x) * np.exp(x)


def same(a, b):
    if isinstance(b, (tuple, list)):
        assert len(a) == len(b)
        for x, y in zip(a, b):
            same(x, y)
    elif isinstance(b, dict):
        assert list(a) == list(b)
        for key in b:
            same(a[key], b[key])
    else:
        assert np.shape(a) == np.shape(b)
        assert_allclose(a, b, rtol=RTOL, atol=1e-14)


@pytest.mark.parametrize("argnum", [0, 1, (0, 1), [1, 0]])
@pytest.mark.parametrize("name", ["grad", "value_and_grad", "elementwise_grad"])
def test_gradients(name, argnum, in_autograd):
    same(getattr(ours, name)(scalar, argnum)(X, W), getattr(autograd, name)(in_autograd(scalar), argnum)(X, W))


def test_elementwise_grad_of_an_array(in_autograd):
    same(ours.elementwise_grad(elementwise)(X, W), autograd.elementwise_grad(in_autograd(elementwise))(X, W))


@pytest.mark.parametrize("argnum", [0, 1])
@pytest.mark.parametrize("fun", [scalar, vector])
@pytest.mark.parametrize("name", ["jacobian", "hessian", "deriv"])
def test_jacobians(name, fun, argnum, in_autograd):
    same(getattr(ours, name)(fun, argnum)(X, W), getattr(theirs, name)(in_autograd(fun), argnum)(X, W))


@pytest.mark.parametrize("argnum", [0, 1])
def test_hessian_tensor_product(argnum, in_autograd):
    tensor = np.cos((X, W)[argnum])
    expected = autograd.hessian_tensor_product(in_autograd(scalar), argnum)(X, W, tensor)
    same(ours.hessian_tensor_product(scalar, argnum)(X, W, tensor), expected)
    same(ours.hessian_vector_product(scalar, argnum)(X, W, tensor), expected)
    same(ours.make_hvp(scalar, argnum)(X, W)[0](tensor), expected)


@pytest.mark.parametrize("argnum", [0, 1])
def test_tensor_jacobian_product(argnum, in_autograd):
    tensor = np.array([0.7, -0.4])
    expected = autograd.tensor_jacobian_product(in_autograd(vector), argnum)(X, W, tensor)
    same(ours.tensor_jacobian_product(vector, argnum)(X, W, tensor), expected)


def test_make_vjp(in_autograd):
    vjp, value = ours.make_vjp(vector, (0, 1))(X, W)
    their_vjp, their_value = autograd.make_vjp(in_autograd(vector), (0, 1))(X, W)
    same(value, their_value)
    same(vjp(np.array([1.0, 2.0])), their_vjp(np.array([1.0, 2.0])))


def test_make_jvp(in_autograd):
    same(ours.make_jvp(vector, 1)(X, W)(np.cos(W)), theirs.make_jvp(in_autograd(vector), 1)(X, W)(np.cos(W)))


def test_make_jvp_of_a_sequence():
    _, both = ours.make_jvp(vector, (0, 1))(X, W)((np.cos(X), np.cos(W)))
    _, first = ours.make_jvp(vector, 0)(X, W)(np.cos(X))
    _, second = ours.make_jvp(vector, 1)(X, W)(np.cos(W))
    same(both, first + second)


def test_make_jvp_reversemode(in_autograd):
    expected = theirs.make_jvp(in_autograd(vector), 1)(X, W)(np.cos(W))[1]
    same(ours.make_jvp_reversemode(vector, 1)(X, W)(np.cos(W)), expected)


def test_make_ggnvp(in_autograd):
    expected = autograd.make_ggnvp(in_autograd(vector), f_argnum=1)(X, W)(np.cos(W))
    same(ours.make_ggnvp(vector, f_argnum=1)(X, W)(np.cos(W)), expected)


def test_make_ggnvp_with_its_own_loss(in_autograd):
    def loss(y):
        return np.sum(np.exp(y))

    expected = autograd.make_ggnvp(in_autograd(vector), in_autograd(loss))(X, W)(np.cos(X))
    same(ours.make_ggnvp(vector, loss)(X, W)(np.cos(X)), expected)


def test_grad_and_aux(in_autograd):
    def with_aux(x, w):
        return np.sum(x**2), {"kept": x}

    gradient, aux = ours.grad_and_aux(with_aux)(X, W)
    same(gradient, 2 * X)
    assert aux["kept"] is X or np.array_equal(aux["kept"], X)


def test_holomorphic_grad(in_autograd):
    def f(z):
        return np.exp(z) * z**2

    z = 0.3 + 0.7j
    same(ours.holomorphic_grad(f)(z), autograd.holomorphic_grad(in_autograd(f))(z))
    same(ours.holomorphic_grad(f)(z), np.exp(z) * (z**2 + 2 * z))


def test_holomorphic_grad_warns_of_a_real_input():
    with pytest.warns(UserWarning, match="not complex"):
        ours.holomorphic_grad(lambda x: x**2)(2.0)


def test_grad_named(in_autograd):
    same(ours.grad_named(scalar, "w")(X, W), autograd.grad(in_autograd(scalar), 1)(X, W))


def test_multigrad_dict(in_autograd):
    def f(x, *rest, scale=2.0, **more):
        return np.sum(x**2) * scale + rest[0] * rest[1] + more["z"] ** 3

    result = ours.multigrad_dict(f)(X, 3.0, 4.0, z=2.0)
    same(result, {"x": 4 * X, "rest": (4.0, 3.0), "scale": np.sum(X**2), "more": {"z": 12.0}})


def test_checkpoint_changes_neither_value_nor_gradient():
    wrapped = ours.checkpoint(scalar)
    same(wrapped(X, W), scalar(X, W))
    same(ours.grad(wrapped, (0, 1))(X, W), ours.grad(scalar, (0, 1))(X, W))


def test_no_warning_and_exact_zeros_where_the_output_does_not_depend_on_the_input():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(ours.grad(lambda x, y: np.sum(y**2))(X, X), np.zeros(3))
