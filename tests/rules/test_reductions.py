"""Rules of sums, products, moments, extremes and running totals, each for every form of axis and kind of operand."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import make_vjp

from srcgrad.operators import deriv, grad, hessian, value_and_grad
from srcgrad.rules import reductions  # noqa: F401  (registers the rules)
from tests.rules.array_checking import adjoint, check

rng = np.random.default_rng(1)
A = rng.normal(size=(3, 4, 2))
C = A + 1j * rng.normal(size=A.shape)
MASK = rng.random(A.shape) > 0.4
MASK[0] = MASK[:, 0] = True
AXES = (None, 0, -1, (0, -1), (1,), ())
OPERANDS = {
    "float": 1.7,
    "0-d": np.array(-1.3),
    "np.float64": np.float64(0.4),
    "strided": A[::-1, 1::2, ::-1],
    "fortran": np.asfortranarray(A),
    "float32": A.astype(np.float32),
}
ALL_AXES = (np.sum, np.nansum, np.mean, np.std, np.var, np.prod, np.max, np.amax, np.min, np.amin, np.ptp, np.median)
HOLOMORPHIC = (np.sum, np.mean, np.prod, np.cumsum, np.cumprod)


@pytest.mark.parametrize("f", ALL_AXES)
@pytest.mark.parametrize("keepdims", (False, True))
@pytest.mark.parametrize("axis", AXES)
def test_axes(f, axis, keepdims):
    if axis == () and f is np.median:
        pytest.skip("np.median takes no empty axis")
    check(f, A, axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("f", (*ALL_AXES, np.cumsum, np.cumprod))
@pytest.mark.parametrize("kind", OPERANDS)
def test_operands(f, kind):
    check(f, OPERANDS[kind])


@pytest.mark.parametrize("f", (np.var, np.std, *HOLOMORPHIC))
@pytest.mark.parametrize("axis", (None, 1, -1))
def test_complex(f, axis):
    check(f, C, axis=axis)
    if f not in (np.cumsum, np.cumprod):
        check(f, C, axis=axis, keepdims=True)


@pytest.mark.parametrize("f", (np.sum, np.nansum, np.prod, np.cumsum, np.cumprod))
def test_empty(f):
    check(f, np.zeros((0,)))
    check(f, np.zeros((3, 0)), axis=1)
    check(f, np.zeros((3, 0)), axis=0)


@pytest.mark.parametrize("f", (np.mean, np.var, np.std, np.max, np.min))
def test_empty_along_a_kept_axis(f):
    check(f, np.zeros((3, 0)), axis=0)


def test_mean_of_nothing():
    """The mean itself warns; its adjoint is as empty as the operand, also for a Python number as seed."""
    assert adjoint(np.mean, 0, 1.0, np.nan, (np.zeros((0, 2)),), {}).shape == (0, 2)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of the moments of nothing
@pytest.mark.parametrize("f", (np.sum, np.nansum, np.mean, np.average, np.var, np.std, np.prod, np.median))
@pytest.mark.parametrize(
    "shape, axis", [((0,), None), ((0,), 0), ((0, 3), 0), ((0, 3), 1), ((3, 0), 1), ((3, 0), (0, 1))]
)
def test_nothing_has_an_empty_gradient_of_every_order(f, shape, axis):
    if f is np.average and axis is not None:
        pytest.skip("np.average itself divides by the size of its result")

    def total(x):
        return np.sum(f(x * x, axis=axis))

    x = np.zeros(shape)
    value, gradient = value_and_grad(total)(x)
    np.testing.assert_equal((value, deriv(total)(x).shape), (total(x), ()))
    assert gradient.shape == shape
    assert grad(lambda y: np.sum(grad(total)(y) ** 2))(x).shape == shape
    assert grad(deriv(total))(x).shape == deriv(grad(total))(x).shape == shape
    assert hessian(total)(x).shape == shape + shape


@pytest.mark.parametrize("operator", (grad, deriv))
@pytest.mark.parametrize("f", (np.max, np.min, np.ptp))
def test_extremes_of_nothing_raise_as_numpy_does(f, operator):
    with pytest.raises(ValueError, match="zero-size array"):
        operator(lambda x: f(x * x))(np.zeros(0))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_mean_of_nothing_has_a_gradient_without_a_division_by_zero():
    assert grad(np.mean)(np.zeros(0)).shape == (0,)
    assert grad(lambda x: np.mean(x[x > 9.0]))(np.ones(3)).tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(deriv(np.mean)(np.zeros(0)))


@pytest.mark.parametrize("f", (np.sum, np.nansum, np.mean, np.var, np.std, np.prod))
@pytest.mark.parametrize("axis", (None, 1, (0, 2)))
def test_where(f, axis):
    check(f, A, axis=axis, where=MASK)
    check(f, A, axis=axis, where=MASK, keepdims=True)
    check(f, A, axis=axis, where=np.array([True, False]) | MASK[:, :1])


@pytest.mark.parametrize("f", (np.max, np.min))
def test_where_and_initial_of_extremes(f):
    sign = 1 if f is np.min else -1
    check(f, A, axis=1, where=MASK, initial=9.0 * sign)
    check(f, A, axis=1, initial=0.3)
    x_bar = adjoint(f, 0, 1.0, -9.0 * sign, (A,), {"initial": -9.0 * sign})
    assert not np.any(x_bar)


@pytest.mark.parametrize("f", (np.sum, np.nansum, np.prod))
def test_initial(f):
    check(f, A, initial=2.5)
    check(f, A, axis=-1, initial=2.5, where=MASK)


@pytest.mark.parametrize("f", (np.sum, np.mean, np.prod, np.cumsum, np.cumprod, np.trace))
@pytest.mark.parametrize("dtype", (np.float64, complex))
def test_dtype_keeps_adjoints_real(f, dtype):
    check(f, A, dtype=dtype)


@pytest.mark.parametrize("f", (np.var, np.std))
def test_ddof(f):
    check(f, A, axis=1, ddof=1)
    check(f, A, ddof=2, where=MASK)


def test_std_is_flat_where_all_entries_are_equal():
    assert not np.any(adjoint(np.std, 0, 1.0, 0.0, (np.ones(3),), {}))


@pytest.mark.parametrize("f", (np.max, np.amax, np.min, np.amin))
def test_ties_share_equally(f):
    x = np.array([[1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0]])
    np.testing.assert_array_equal(adjoint(f, 0, np.ones(2), x[:, 0], (x,), {"axis": 1}), np.full((2, 4), 0.25))


def test_extreme_of_float16_counts_many_ties():
    x = np.zeros(70000, np.float16)
    x_bar = adjoint(np.max, 0, np.float64(70000.0), x[0], (x,), {})
    np.testing.assert_allclose(x_bar, 1.0, rtol=0.01)  # float16 holds 1 / 70000 to under one per cent


ZEROS = ([0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [2.0, 5.0, 0.0], [1.0, 0.0, 2.0])


@pytest.mark.parametrize("row", ZEROS)
@pytest.mark.parametrize("f", (np.prod, np.cumprod))
def test_products_with_zeros(f, row):
    check(f, np.array(row))
    check(f, np.array([row, [1.0, 2.0, 3.0], [3.0, 0.0, -1.0]]), axis=0)
    check(f, np.array([row, [1.0, 2.0, 3.0]]) + 0j, axis=-1)
    check(f, np.array([row, [1.0, 2.0, 3.0]]))


def test_product_with_infinity():
    np.testing.assert_array_equal(reductions.prod_a_bar(1.0, np.inf, np.array([2.0, np.inf])), [np.inf, 2.0])


@pytest.mark.parametrize("f", (np.cumsum, np.cumprod))
@pytest.mark.parametrize("axis", (None, 0, 1, -1))
def test_running_totals(f, axis):
    check(f, A, axis=axis)


@pytest.mark.parametrize("n", (0, 1, 2, 3))
@pytest.mark.parametrize("axis", (0, 1, -1))
def test_diff(n, axis):
    for x in (A, C, A.astype(np.float32), A[:, :0], A[::-1, ::2]):
        check(np.diff, x, n, axis)


@pytest.mark.parametrize("offset", (-2, 0, 1, 7))
@pytest.mark.parametrize("x", (A[..., 0], A, C, A.astype(np.float32)))
def test_trace(x, offset):
    check(np.trace, x, offset)
    check(np.trace, x, offset, 1, 0)
    check(np.trace, x, offset, -1, 0)


def test_average():
    w = rng.random((3, 4, 2)) + 0.5
    check(np.average, A)
    check(np.average, A, axis=1, keepdims=True)
    check(np.average, A, None, w, wrt=(0, 2))
    check(np.average, A, (0, 1), w, wrt=(0, 2))
    check(np.average, A, 1, w[0, :, 0], wrt=(0, 2), keepdims=True)
    check(np.average, C, -1, w[0, 0], wrt=(0, 2))


@pytest.mark.parametrize("n", (1, 4, 5))
def test_median(n):
    check(np.median, rng.normal(size=(n, 3)), axis=0)
    check(np.median, rng.normal(size=(n, 3)).astype(np.float32), axis=(0, 1), keepdims=True)
    np.testing.assert_allclose(np.sum(adjoint(np.median, 0, 1.0, 2.0, (np.full(n, 2.0),), {})), 1.0)


def test_nansum_gives_a_nan_no_adjoint():
    x = np.array([1.0, np.nan, 2.0])
    np.testing.assert_array_equal(adjoint(np.nansum, 0, 3.0, 3.0, (x,), {}), [3.0, 0.0, 3.0])


@pytest.mark.parametrize("name", ("sum", "mean", "prod", "std", "var", "max", "min", "cumsum", "trace"))
def test_agrees_with_autograd(name):
    x = rng.normal(size=(4, 4))
    x[0, 0] = x[1, 1] = 9.0
    kwargs = {} if name == "trace" else {"axis": 1}
    vjp, y = make_vjp(lambda x: getattr(anp, name)(x, **kwargs))(x)
    y_bar = rng.normal(size=np.shape(y))
    np.testing.assert_allclose(adjoint(getattr(np, name), 0, y_bar, y, (x,), kwargs), vjp(y_bar), rtol=1e-12)
