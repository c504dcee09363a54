"""Outputs that have no derivative are refused, and no zero is returned that was not proved; floats give floats."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import srcgrad
from srcgrad import deriv, egrad, grad, grad_and_aux, holomorphic_grad, jacobian, make_jvp, make_vjp, value_and_grad
from srcgrad.errors import NoRule, NotDifferentiable, SrcgradError

X = np.array([1.0, 2.0])


def forgotten(x):
    x * x


def text(x):
    return "s"


def none_on_one_side(x):
    if x > 0:
        return None
    return x * x


OPERATORS = {
    "grad": grad,
    "value_and_grad": value_and_grad,
    "grad_and_aux": grad_and_aux,
    "egrad": egrad,
    "deriv": deriv,
    "jacobian": jacobian,
    "make_vjp": make_vjp,
    "make_jvp": lambda f: lambda x: make_jvp(f)(x)(1.0),
}


@pytest.mark.parametrize("f", [forgotten, text, none_on_one_side])
@pytest.mark.parametrize("operator", OPERATORS)
def test_an_output_that_is_no_number_is_refused(operator, f):
    with pytest.raises(SrcgradError, match="output|result") as caught:
        OPERATORS[operator](f)(2.0)
    assert isinstance(caught.value, TypeError)


def test_nor_by_the_complex_one():
    with pytest.raises(SrcgradError, match="None"):
        holomorphic_grad(forgotten)(1j)


@pytest.mark.parametrize("operator", [grad, egrad, deriv, jacobian, lambda f: lambda x: make_jvp(f)(x)(1.0)[1]])
@pytest.mark.parametrize("f", [lambda x: 3, lambda x: x > 1, lambda x: 0.5, lambda x: int(x), lambda x: max(0, -x)])
def test_a_constant_output_has_the_derivative_zero(operator, f):
    assert operator(f)(2.0) == 0.0


def test_an_integer_array_is_no_scalar_output():
    with pytest.raises(SrcgradError, match="shape"):
        grad(lambda x: np.array([1, 2]))(2.0)
    assert_array_equal(jacobian(lambda x: np.array([1, 2]))(2.0), [0.0, 0.0])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.astype(str).astype(float).sum(),
        lambda x: np.sum(np.asarray(x, dtype="U5").astype(float)),
        lambda x: np.sum(x.astype("datetime64[s]").astype(float)),
    ],
)
def test_an_array_of_text_hides_no_numbers(f):
    with pytest.raises(NoRule, match="dtype"):
        grad(f)(X)
    with pytest.raises(NoRule, match="dtype"):
        make_jvp(f)(X)(X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x.astype(int)) * x[1],
        lambda x: np.sum(np.array([x[0], x[1]], dtype=int)) * x[1],
        lambda x: np.sum(np.asarray(x, dtype=int)) * x[1],
        lambda x: np.sum(np.full(3, x[0], dtype=int)) * x[1],
    ],
)
def test_what_is_rounded_to_integers_is_constant(f):
    assert_array_equal(grad(f)(X), [0.0, 3.0])
    assert make_jvp(f)(X)(np.array([5.0, 1.0]))[1] == 3.0


def test_an_array_of_objects_is_refused_by_name():
    with pytest.raises(NotDifferentiable, match="argument 'x' .* dtype object"):
        grad(lambda x: np.sum(x * x))(np.array([1.0, 2.0], dtype=object))


@pytest.mark.parametrize("n", [3, True, np.int64(3), np.bool_(True), np.float32(3.0), np.array(3.0), np.array(3)])
def test_a_float_gives_a_float(n):
    def scaled(x, n):
        return x * n

    assert type(grad(scaled)(2.0, n)) is float
    assert type(egrad(scaled)(2.0, n)) is float
    assert type(value_and_grad(scaled)(2.0, n)[1]) is float
    assert type(grad(scaled).precompile(2.0, n)(2.0, n)) is float
    assert type(jacobian(scaled)(2.0, n)) is float
    assert isinstance(deriv(scaled)(2.0, n), (float, np.floating))


def test_a_float_gives_a_float_whatever_it_is_multiplied_by():
    assert type(grad(lambda x: len("ab") * x)(2.0)) is float

    def powers(x, n):
        for _ in range(n):
            x = x * n
        return x * n

    assert [type(grad(powers)(2.0, n)) for n in range(3)] == [float] * 3


def test_nothing_is_added_where_it_surely_is_one():
    assert "float(" not in srcgrad.source(grad(lambda x, n: x * x * n), 2.0, 3).splitlines()[-1]


# Stores into arrays of integers ---------------------------------------------------------------------------------------


def into_zeros(x, dtype):
    y = np.zeros(2, dtype)
    y[0] = x[0]
    return y[0] * x[1]


def into_a_copy(x, n):
    y = n.copy()
    y[0] += x[0] * x[1]
    return y[0] * x[1]


def into_a_range(x):
    y = np.arange(3)
    z = y
    np.add.at(z, [0, 1], x)
    return np.sum(z * x[1])


@pytest.mark.parametrize("f, args", [(into_zeros, (int,)), (into_zeros, (object,)), (into_a_range, ())])
def test_a_store_into_an_array_of_integers_is_refused(f, args):
    for derivative in (grad(f), lambda *args: make_jvp(f)(*args)(X)):
        with pytest.raises(srcgrad.UnsupportedMutation, match=r"dtype [a-z0-9]+(?s:.*)test_outputs.py, line"):
            derivative(X, *args)


@pytest.mark.parametrize("f, args", [(into_zeros, (float,)), (into_a_copy, (np.array([1.0, 2.0]),))])
def test_one_into_floats_is_not(f, args):
    step = 1e-6 * np.eye(2)
    differences = [(f(X + h, *args) - f(X - h, *args)) / 2e-6 for h in step]
    np.testing.assert_allclose(grad(f)(X, *args), differences, rtol=1e-6)
    np.testing.assert_allclose(make_jvp(f)(X, *args)(X)[1], np.dot(differences, X), rtol=1e-6)


def test_one_that_surely_rounds_has_the_derivative_zero():
    def rounded(x):
        y = np.zeros(2, dtype=np.int64)
        y[0] = x[0]
        return y[0] * x[1]

    assert_array_equal(grad(rounded)(X), [0.0, 1.0])


def test_an_array_made_of_floats_is_not_checked():
    def filled(x):
        y = np.zeros_like(x)
        z = np.zeros(2, dtype=float)
        y[0] = x[1]
        z[1] = x[0]
        return np.sum(y * z)

    assert "floating" not in grad(filled).source
