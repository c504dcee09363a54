"""`jacobian` and `hessian` in the mode that takes the fewest sweeps: one run of the primal, one answer in all modes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import srcgrad
from srcgrad import hessian, jacobian, make_jvp
from srcgrad.operators.jacobians import hessian_by_rows, jacobian_by_rows

W = np.sin(np.arange(84.0)).reshape(12, 7)


def shaped(rows, columns):
    """A function of `columns` numbers that returns `rows` of them, and counts its calls."""

    def fun(x):
        fun.calls += 1
        total = x * fun.noise.normal()
        for i in range(2):
            total = np.tanh(total) * x[i % len(x)] + total
        return np.dot(W[:rows, :columns], total)

    fun.calls, fun.noise = 0, np.random.default_rng(7)
    return fun


SIZES = [(1, 1), (1, 3), (12, 3), (3, 3), (2, 7), (7, 7), (8, 7), (9, 7), (12, 7), (12, 5)]


@pytest.mark.parametrize(("rows", "columns"), SIZES)
def test_the_primal_runs_once_and_every_mode_gives_the_same(rows, columns):
    x = np.cos(np.arange(float(columns)))
    fun, operator = shaped(rows, columns), jacobian(shaped(rows, columns))
    found = jacobian(fun)(x)
    assert fun.calls == 1
    assert found.shape == (rows, columns)
    assert fun.noise.normal() == np.random.default_rng(7).normal(size=2)[1]  # one number was drawn
    assert_allclose(found, jacobian_by_rows(shaped(rows, columns), operator.wrt, x), rtol=1e-12, atol=1e-14)
    columns_of = [make_jvp(shaped(rows, columns))(x)(e)[1] for e in np.eye(columns)]
    assert_allclose(found, np.stack(columns_of, axis=-1), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("argnum", [0, 1, "y", (0, 1), [1, 0], ("y",)], ids=str)
@pytest.mark.parametrize("operator", [jacobian, hessian])
def test_every_argnum(operator, argnum):
    def fun(x, y=2.0):
        return np.sum(np.sin(x) * y * x[0]) * y

    by_rows = {jacobian: jacobian_by_rows, hessian: hessian_by_rows}[operator]
    x, y = np.cos(np.arange(5.0)), np.float64(0.7)
    found, expected = operator(fun, argnum)(x, y), by_rows(fun, operator(fun, argnum).wrt, x, y)
    compare(found, expected)


def compare(found, expected):
    """Equal in containers, shapes, dtypes and values."""
    assert type(found) is type(expected)
    if isinstance(expected, tuple):
        assert len(found) == len(expected)
        for a, b in zip(found, expected):
            compare(a, b)
    else:
        assert np.shape(found) == np.shape(expected)
        assert np.asarray(found).dtype == np.asarray(expected).dtype
        assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_the_order_of_argnum_is_that_of_the_results():
    fun, args = lambda x, y: x**2 * y, (3.0, 5.0)
    assert srcgrad.make_vjp(fun, (1, 0))(*args)[0](1.0) == (9.0, 30.0)
    assert srcgrad.make_jvp(fun, (1, 0))(*args)((1.0, 0.0))[1] == 9.0
    assert tuple(srcgrad.hessian_vector_product(fun, (1, 0))(*args, (1.0, 0.0))) == (0.0, 6.0)
    assert jacobian(fun, ("y", "x"))(*args) == (9.0, 30.0)
    assert hessian(fun, ("y", "x"))(*args) == ((0.0, 6.0), (6.0, 10.0))


@pytest.mark.parametrize("columns", [3, 7])
def test_single_precision_stays_so(columns):
    x = np.linspace(0.1, 1.0, columns, dtype=np.float32)
    assert jacobian(lambda x: np.outer(x, x))(x).dtype == np.float32
    assert hessian(lambda x: np.sum(x**3))(x).dtype == np.float32
    assert jacobian(lambda x: x.astype(float) * 2)(x).dtype == np.float32


def test_numbers_give_numbers():
    assert type(jacobian(lambda x: x * x)(3.0)) is float
    assert type(hessian(lambda x: x**3)(2.0)) is float
    assert type(jacobian(lambda x: np.sin(x))(np.float64(0.5))) is np.float64


@pytest.mark.parametrize("columns", [3, 7])
def test_an_input_without_influence_has_zeros(columns):
    x = np.ones(columns)
    assert_array_equal(jacobian(lambda x: np.arange(12.0))(x), np.zeros((12, columns)))
    assert_array_equal(hessian(lambda x: np.sum(x) * 2.0)(x), np.zeros((columns, columns)))
    assert_array_equal(hessian(lambda x: 3.0)(x), np.zeros((columns, columns)))


@pytest.mark.parametrize("columns", [0, 3])
@pytest.mark.parametrize("rows", [0, 2])
def test_empty_inputs_and_outputs(rows, columns):
    fun = lambda x: np.zeros(rows) + np.sum(x)  # noqa: E731
    assert jacobian(fun)(np.ones(columns)).shape == (rows, columns)
    assert hessian(fun)(np.ones(columns)).shape == (rows, columns, columns)


@pytest.mark.parametrize("columns", [3, 7])
def test_complex_outputs(columns):
    x = np.linspace(0.1, 1.0, columns)
    fun = lambda x: np.outer(x * (1 + 2j), x)[:, :2]  # noqa: E731
    expected = np.stack([(fun(x + h) - fun(x - h)) / 2e-6 for h in 1e-6 * np.eye(columns)], axis=-1)
    assert_allclose(jacobian(fun)(x), expected, rtol=1e-8)
    turned = hessian(lambda x: np.sum(x**3) * (1 + 2j))(x)
    assert_allclose(turned, np.diag(6 * x) * (1 + 2j))


def test_a_hessian_runs_its_primal_once():
    fun, x = shaped(1, 5), np.cos(np.arange(5.0))
    found = hessian(lambda x: fun(x)[0])(x)
    assert fun.calls == 1
    fun = shaped(1, 5)
    expected = srcgrad.jacobian(srcgrad.grad(lambda x: fun(x)[0]))(x)
    assert fun.calls == 1
    assert_allclose(found, expected, rtol=1e-12)
    assert_allclose(found, found.T, rtol=1e-12)


def test_a_hessian_against_autograd(in_autograd):
    autograd = pytest.importorskip("autograd")

    def fun(x, y):
        return np.sum(np.tanh(np.dot(y, x)) ** 2) * x[0] + np.sum(np.exp(y * 0.3))

    x, y = np.cos(np.arange(3.0)), W[:2, :3]
    twin = in_autograd(fun)
    whole = autograd.hessian(lambda v: twin(v[:3], v[3:].reshape(2, 3)))(np.concatenate([x, y.ravel()]))
    (xx, xy), (yx, yy) = hessian(fun, (0, 1))(x, y)
    assert_allclose(np.block([[xx, xy.reshape(3, 6)], [yx.reshape(6, 3), yy.reshape(6, 6)]]), whole, rtol=1e-10)


def test_where_a_pullback_has_no_derivative_the_rows_serve(monkeypatch):
    from srcgrad.operators import jacobians

    monkeypatch.setattr(jacobians, "transposed", lambda *_: None)
    fun = shaped(12, 7)
    assert jacobian(fun)(np.ones(7)).shape == (12, 7)
    assert fun.calls == 1


@pytest.mark.parametrize("columns", [3, 7])
def test_results_share_no_memory_with_arguments(columns):
    x = np.ones(columns)
    found = jacobian(lambda x: x)(x)
    found[0] = 5.0
    assert_array_equal(x, np.ones(columns))
    assert_array_equal(jacobian(lambda x: x)(x), np.eye(columns))
