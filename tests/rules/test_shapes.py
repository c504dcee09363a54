"""Rules of the functions that move, repeat and select entries, each for every form of its parameters."""

from __future__ import annotations

import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import make_vjp

from srcgrad.errors import NoRule
from srcgrad.rules import shapes
from tests.rules.array_checking import adjoint, check, tangent

rng = np.random.default_rng(2)
V = rng.normal(size=4)
M = rng.normal(size=(3, 4))
T = rng.normal(size=(2, 3, 4))
KINDS = {
    "float64": T,
    "float32": T.astype(np.float32),
    "complex": T + 1j * T[::-1],
    "strided": rng.normal(size=(4, 3, 8))[::-2, :, ::2],
    "fortran": np.asfortranarray(T),
    "empty": np.zeros((2, 0, 4)),
}
CALLS = [
    (np.reshape, (4, -1)),
    (np.reshape, (2, 12), "F"),
    (np.ravel,),
    (np.ravel, "F"),
    (np.transpose,),
    (np.transpose, (1, 2, 0)),
    (np.transpose, (-1, 0, 1)),
    (np.swapaxes, 0, -1),
    (np.moveaxis, 0, -1),
    (np.moveaxis, (0, 1), (2, 0)),
    (np.rollaxis, 2),
    (np.rollaxis, 0, 3),
    (np.rollaxis, -1, -2),
    (np.rollaxis, 0, -1),
    (np.expand_dims, 1),
    (np.expand_dims, (0, -1)),
    (shapes.matrix_transpose,),
    (np.roll, 5),
    (np.roll, -1, 2),
    (np.roll, (1, 2), (0, -1)),
    (np.flip,),
    (np.flip, (0, -1)),
    (np.fliplr,),
    (np.flipud,),
    (np.rot90,),
    (np.rot90, 2),
    (np.rot90, -1, (2, 0)),
    (np.copy,),
    (np.broadcast_to, (5, *T.shape)),
    (np.tile, 2),
    (np.tile, (2, 1, 3)),
    (np.tile, (2, 1, 1, 3)),
    (np.tile, 0),
    (np.repeat, 3),
    (np.repeat, 2, -1),
    (np.repeat, [3], 0),
    (np.repeat, [2, 0, 1, 3], 2),
    (np.pad, 1),
    (np.pad, [(1, 2)]),
    (np.pad, [(1, 2), (0, 0), (0, 3)]),
    (np.diagonal,),
    (np.diagonal, 1, -1, 0),
    (np.diagonal, -1, 1, 2),
    (np.diagonal, 9),
    (np.diagflat, 1),
    (np.triu,),
    (np.triu, 1),
    (np.tril, -1),
    (np.take, np.array([[0, 3], [3, -1]]), 2),
    (np.take, 1, 0),
    (np.atleast_1d,),
    (np.atleast_2d,),
    (np.atleast_3d,),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0].__name__}{call[1:]}")
@pytest.mark.parametrize("kind", KINDS)
def test_arrays(call, kind):
    f, *args = call
    x = KINDS[kind]
    if kind == "empty" and f is np.reshape:
        args = [(0, 7)]
    if kind == "empty" and f is np.broadcast_to:
        args = [(5, *x.shape)]
    check(f, x, *args)


@pytest.mark.parametrize("x", (1.5, np.float64(1.5), np.array(1.5), 1 + 2j))
@pytest.mark.parametrize(
    "call",
    (
        (np.reshape, (1, 1)),
        (np.ravel,),
        (np.ravel, "K"),
        (np.transpose,),
        (np.expand_dims, 0),
        (np.squeeze,),
        (np.copy,),
        (np.broadcast_to, (2, 3)),
        (np.tile, 3),
        (np.repeat, 3),
        (np.diagflat,),
        (np.atleast_1d,),
        (np.atleast_2d,),
        (np.atleast_3d,),
        (np.roll, 1),
        (np.flip,),
        (np.take, [0, 0]),
    ),
    ids=lambda call: call[0].__name__ if isinstance(call, tuple) else repr(call),
)
def test_numbers(call, x):
    f, *args = call
    check(f, x, *args)


@pytest.mark.parametrize("order", "CFAK")
@pytest.mark.parametrize("x", (T, np.asfortranarray(T), T[0, 0]), ids=("C", "F", "vector"))
def test_orders_go_by_the_memory_of_the_primal(order, x):
    """A tangent or adjoint is C-contiguous whatever the primal, and read in the order of the primal all the same."""
    numbers = np.reshape(np.arange(1.0, x.size + 1), x.shape)
    like_x = np.copy(x)
    like_x[...] = numbers
    for f, args in ((np.ravel, (order,)), (np.reshape, ((-1, 1), order))):
        if f is np.ravel or order != "K":
            y = f(x, *args)
            np.testing.assert_array_equal(tangent(f, 0, numbers, y, (x, *args), {}), f(like_x, *args))
            np.testing.assert_array_equal(adjoint(f, 0, f(like_x, *args), y, (x, *args), {}), numbers)


def test_order_k_of_a_scattered_array_is_refused():
    x = T.transpose(1, 0, 2)
    with pytest.raises(NoRule, match='use order="C"'):
        adjoint(np.ravel, 0, np.ones(24), np.ravel(x, "K"), (x, "K"), {})


def test_squeeze():
    check(np.squeeze, T[:, :1])
    check(np.squeeze, T[:1, :, :1], (0, -1))


def test_broadcast_to_sums_over_stretched_axes():
    check(np.broadcast_to, T[:, :1], (7, 2, 3, 4))
    check(np.broadcast_to, V[:0], (3, 0))


def test_several_arguments():
    check(np.broadcast_arrays, V, M[:, :1], 2.0, wrt=(0, 1, 2))
    for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
        check(f, 1.5, V, T, wrt=(0, 1, 2))


def test_several_results_of_which_one_is_unused():
    y = np.atleast_2d(1.5, V)
    assert adjoint(np.atleast_2d, 0, [None, y[1]], y, (1.5, V), {}) is None


@pytest.mark.parametrize("mode", ("edge", "reflect", "symmetric", "wrap"))
@pytest.mark.parametrize("width", (2, (1, 3), [(0, 5), (4, 1)]))
def test_pad_with_copies(mode, width):
    check(np.pad, M, width, mode)
    check(np.pad, V.astype(np.float32), 9, mode)


def test_pad_constant():
    check(np.pad, M, (1, 2), "constant", constant_values=3.0)
    check(np.pad, M, [[1], [2]])
    check(np.pad, M, 0)


def test_pad_modes_without_a_rule_are_refused():
    with pytest.raises(NoRule, match="mode='mean'"):
        adjoint(np.pad, 0, np.ones(6), np.ones(6), (V, 1, "mean"), {})
    with pytest.raises(NoRule, match="reflect_type='odd'"):
        tangent(np.pad, 0, V, np.ones(6), (V, 1, "reflect"), {"reflect_type": "odd"})


@pytest.mark.parametrize("k", (-2, 0, 1, 5))
def test_diag(k):
    check(np.diag, V, k)
    check(np.diag, M, k)
    check(np.diag, M.T + 1j, k)


def test_triangles_of_a_vector():
    check(np.triu, V)
    check(np.tril, V, 1)


@pytest.mark.parametrize("mode", ("wrap", "clip"))
def test_take_out_of_range(mode):
    check(np.take, M, [0, 9, -7, 2, 2], 1, None, mode)
    check(np.take, M, 99, mode=mode)


def test_take_of_everything_flat():
    check(np.take, M, [[0, 11], [11, -2]])
    check(np.take, V, [])


@pytest.mark.parametrize("axis", (0, 1, -1))
def test_take_along_axis(axis):
    check(np.take_along_axis, T, np.argsort(T, axis=axis), axis)
    check(np.take_along_axis, T, np.zeros((1, 3, 4) if axis == 0 else (2, 1, 4) if axis == 1 else (2, 3, 1), int), axis)
    check(np.take_along_axis, T, np.array([0, 5, 5]), None)
    check(np.take_along_axis, M[:1], np.array([[0, 1], [3, 3]]), 1)


def test_astype():
    check(shapes.astype, T, np.float64)
    check(shapes.astype, T, complex)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        check(shapes.astype, T + 1j, float)
    assert tangent(shapes.astype, 0, V, V.astype(np.float32), (V, np.float32), {}).dtype == np.float32
    np.testing.assert_array_equal(adjoint(shapes.astype, 0, np.ones(4), V.astype(int), (V, int), {}), np.zeros(4))


@pytest.mark.parametrize(
    "call",
    (
        (np.reshape, (4, 6)),
        (np.ravel,),
        (np.transpose, (2, 0, 1)),
        (np.swapaxes, 0, 2),
        (np.moveaxis, 0, 2),
        (np.rollaxis, 2),
        (np.expand_dims, 1),
        (np.roll, 3, 1),
        (np.flipud,),
        (np.fliplr,),
        (np.rot90, 3),
        (np.tile, (1, 2, 2)),
        (np.repeat, 2, 1),
        (np.pad, 2, "constant"),
        (np.triu, 1),
        (np.tril,),
        (np.atleast_2d,),
    ),
    ids=lambda call: call[0].__name__,
)
def test_agrees_with_autograd(call):
    f, *args = call
    vjp, y = make_vjp(lambda x: getattr(anp, f.__name__)(x, *args))(T)
    y_bar = rng.normal(size=np.shape(y))
    np.testing.assert_allclose(adjoint(f, 0, y_bar, y, (T, *args), {}), vjp(y_bar), rtol=1e-12)
