"""Rules of the functions that build arrays from parts and take them apart, and of the methods of arrays."""

from __future__ import annotations

import inspect

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import make_vjp

from srcgrad.rules import joins, ndarrays, reductions, shapes
from srcgrad.rules.registry import attributes, has_rule, jvp_rules, linear_rules, methods, signatures, vjp_rules
from tests.rules.array_checking import adjoint, check, mapped, tangent

rng = np.random.default_rng(3)
V = rng.normal(size=4)
M = rng.normal(size=(3, 4))
T = rng.normal(size=(2, 3, 4))
C = M + 1j
MODULES = [module.__name__ for module in (joins, ndarrays, reductions, shapes)]


def bar(f, *args, wrt=0, y_bar=None, **kwargs):
    """The adjoint of one argument for a seed that counts 1, 2, 3, ..."""
    y = f(*args, **kwargs)
    return adjoint(f, wrt, np.reshape(np.arange(1.0, np.size(y) + 1), np.shape(y)), y, args, kwargs)


# array, asarray -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", (np.array, np.asarray, np.asanyarray))
@pytest.mark.parametrize(
    "x",
    (
        1.5,
        [1.5, 2.5],
        (1.5, 2),
        [[1.0, 2.0], (3.0, 4j)],
        [V, V[::-1], M[0]],
        [np.array(2.0), 3.0, np.float64(4.0)],
        V,
        M.astype(np.float32),
        C,
        [],
        [[], []],
    ),
    ids=repr,
)
def test_arrays_of_nested_sequences(f, x):
    check(f, x)


def test_array_adjoint_has_the_structure_of_its_argument():
    x_bar = bar(np.array, [(1.0, 2.0), np.zeros(2)])
    assert mapped(type, x_bar) == [[float, float], np.ndarray]
    assert x_bar[0] == [1.0, 2.0]


def test_array_of_integers_has_no_derivative():
    x = [1.5, 2.5]
    np.testing.assert_array_equal(tangent(np.array, 0, x, np.array(x, int), (x, int), {}), [0, 0])
    np.testing.assert_array_equal(adjoint(np.array, 0, np.ones(2), np.array(x, int), (x, int), {}), [0, 0])


def test_array_keeps_float32_and_real_adjoints():
    assert tangent(np.array, 0, [1.0, None], np.ones(2, np.float32), ([1.5, 2], np.float32), {}).dtype == np.float32
    check(np.array, [1.5, 2.5], complex)
    check(np.array, V, ndmin=3)
    check(np.array, [1.5, 2.5], ndmin=2)


@pytest.mark.parametrize("f", (np.ascontiguousarray, np.asfortranarray))
def test_contiguous_arrays(f):
    for x in (M.T, 2.0, [V, V], V[::2]):
        check(f, x)


def test_tangents_of_inactive_parts_are_none():
    y = np.array([1.0, [2.0, 3][1]])
    np.testing.assert_array_equal(tangent(np.array, 0, [5.0, None], y, ([1.0, 3],), {}), [5.0, 0.0])
    y_dot = tangent(np.concatenate, 0, (None, V), np.concatenate((M[0], V)), ((M[0], V),), {})
    np.testing.assert_array_equal(y_dot, np.concatenate((np.zeros(4), V)))


# Joining --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", (0, 1, -1))
def test_concatenate(axis):
    check(np.concatenate, (M, M[::-1], M * 2), axis)
    check(np.concatenate, [M, C], axis)
    check(np.concatenate, [M.astype(np.float32), M.astype(np.float32)], axis)
    check(np.concatenate, T, axis)
    check(np.concatenate, (M[:, 1:3], np.zeros((3, 0)), M[:, ::2]), 1)


def test_concatenate_flat():
    check(np.concatenate, (M, V, 2.5), None)


def test_concatenate_of_lists_gives_lists():
    check(np.concatenate, ([1.0], [2.0, 3.0], V, [1, 2]))
    assert bar(np.concatenate, ([1.0], [2.0, 3.0])) == [[1.0], [2.0, 3.0]]


def test_concatenate_of_an_array_gives_an_array():
    assert bar(np.concatenate, T).shape == T.shape


@pytest.mark.parametrize("axis", (0, 1, -1))
def test_stack(axis):
    check(np.stack, (V, V[::-1], [1.0, 2.0, 3.0, 4.0]), axis)
    check(np.stack, [M, C], axis)
    check(np.stack, T, axis)


def test_stack_of_numbers():
    check(np.stack, [1.0, np.array(2.0), 3])


@pytest.mark.parametrize("f", (np.vstack, np.hstack, np.dstack, np.column_stack))
@pytest.mark.parametrize(
    "parts",
    ((V, V[::-1]), [M, M[::-1]], [T, T], [1.0, 2.0, 3], ([1.0, 2.0], (3.0, 4.0)), T),
    ids=("vectors", "matrices", "3-d", "numbers", "lists", "array"),
)
def test_stacks(f, parts):
    check(f, parts)


def test_stacks_of_mixed_ranks():
    check(np.vstack, (V, M))
    check(np.column_stack, (M[:, 0], M, M[:, 1:]))
    check(np.dstack, (M, rng.normal(size=(3, 4, 2))))
    check(np.hstack, ([1.0, 2.0], 3.0, V, C[0]))


def test_block():
    check(np.block, [[M, M[:, :1]], [V[None], np.ones((1, 1))]])
    check(np.block, [V, 2.0, [1.5][0]])
    check(np.block, M)


def test_append():
    for args in ((V, 2.5), (V, [1.0, 2.0]), (M, M[:1], 0), (M, V), (M, M[:, :2], -1), (V, C[0])):
        check(np.append, *args, wrt=(0, 1))


def test_insert():
    for args in (
        (V, 1, 2.5),
        (V, 1, [1.0, 2.0, 3.0]),
        (V, [0, 0, 3], [1.0, 2.0, 3.0]),
        (V, [0, 4], 1.5),
        (M, 5, 2.0),
        (M, 1, V, 0),
        (M, 1, 2.0, 1),
        (M, [1, 0], V[:3, None], 1),
        (M, 2, V[:3], 1),
        (M, -1, M[:2], 0),
    ):
        check(np.insert, *args, wrt=(0, 2))


def test_delete():
    for args in ((V, 1), (M, [0, 5, -1]), (M, slice(0, 3, 2), 1), (T, [True, False], 0), (M, [], 0)):
        check(np.delete, *args)


# Taking apart ---------------------------------------------------------------------------------------------------------


def test_splits():
    for args in ((T, 2), (T, 3, 1), (T, [1, 3], -1), (V, [-1]), (V, [2, 2]), (V, [3, 1]), (V, [9])):
        check(np.split, *args)
        check(np.array_split, *args)
    check(np.array_split, V, 3)
    check(np.hsplit, V, 2)
    check(np.hsplit, M, 2)
    check(np.vsplit, M, 3)
    check(np.dsplit, T, [1])
    check(np.split, M.astype(np.float32), 3)


def test_split_of_which_a_piece_is_unused():
    y = np.split(V, 2)
    np.testing.assert_array_equal(adjoint(np.split, 0, [None, np.ones(2)], y, (V, 2), {}), [0, 0, 1, 1])


@pytest.mark.parametrize("indexing", ("xy", "ij"))
@pytest.mark.parametrize("sparse", (False, True))
def test_meshgrid(indexing, sparse):
    for vectors in ((V,), (V, V[:3]), (V, V[:3], V[:2], 1.5)):
        check(np.meshgrid, *vectors, wrt=tuple(range(len(vectors))), indexing=indexing, sparse=sparse)


def test_tolist():
    for x in (V, M, np.array(2.5), np.zeros((2, 0)), C):
        check(joins.tolist, x)


# Formulas -------------------------------------------------------------------------------------------------------------


def test_full():
    check(np.full, (2, 4), 1.5, wrt=(1,))
    check(np.full, (2, 4), V, wrt=(1,))
    check(np.full, 3, 1.5, complex, wrt=(1,))
    check(np.full_like, M, V, wrt=(1,))
    integers = np.ones(2, int)
    np.testing.assert_array_equal(tangent(np.full_like, 1, 1.0, integers, (integers, 1.5), {}), [0, 0])
    np.testing.assert_array_equal(adjoint(np.full_like, 1, np.ones(2), integers, (integers, 1.5), {}), 0)


@pytest.mark.parametrize("endpoint", (True, False))
def test_linspace(endpoint):
    for num in (0, 1, 5):
        check(np.linspace, 0.5, 2.5, num, endpoint, wrt=(0, 1))
        check(np.linspace, 0.5, V, num, endpoint, wrt=(0, 1))
    check(np.linspace, V, 1.0, 5, endpoint, wrt=(0, 1), axis=-1)
    check(np.linspace, V + 1j, M, 5, endpoint, wrt=(0, 1), axis=1)


def test_arange():
    check(np.arange, 0.5, 4.2, 0.25, wrt=(0, 1, 2))
    check(np.arange, 3.5)
    check(np.arange, 0.5, 4.2, wrt=(0, 1))


# Methods and attributes -----------------------------------------------------------------------------------------------


def test_methods_with_a_signature_of_their_own():
    for args in ((4, -1), ((4, 6),), (24,), ([2, 12],)):
        check(ndarrays.reshape, T, *args)
        check(ndarrays.reshape, T, *args, order="F")
    for x in (T, T.T, T[..., ::2], np.array(1.5), T.astype(np.float32), T[:0]):
        check(ndarrays.flatten, x)
        check(ndarrays.flatten, x, "F")
        check(ndarrays.transpose, x)
    for args in ((1, 2, 0), ((1, 2, 0),), (-1, 0, 1), (None,), ([2, 0, 1],)):
        check(ndarrays.transpose, T, *args)


def test_item():
    for args in ((3,), (-1,), (0, 1, -1), ((1, 2, 3),)):
        check(ndarrays.item, T, *args)
        check(ndarrays.item, np.asfortranarray(T), *args)
    for x in (np.array(1.5), np.float64(1.5), V[:1], C[:1, :1]):
        check(ndarrays.item, x)


METHODS = {
    "astype": (np.float32,),
    "repeat": (2, 1),
    "reshape": (4, 3),
    "squeeze": (),
    "swapaxes": (0, 1),
    "take": ([0, 0], 1),
    **dict.fromkeys(("sum", "prod", "mean", "std", "var", "max", "min", "cumsum", "cumprod"), (1,)),
    **dict.fromkeys(("trace", "diagonal"), (1,)),
    **dict.fromkeys(("ravel", "flatten", "copy"), ("F",)),
    **dict.fromkeys(("transpose", "tolist"), ()),
}


@pytest.mark.parametrize("name", METHODS)
def test_method_is_the_function_that_serves_it(name):
    f = methods[np.ndarray, name]
    np.testing.assert_array_equal(getattr(M, name)(*METHODS[name]), f(M, *METHODS[name]))
    assert has_rule(f) and methods[np.generic, name] is f


def test_attributes():
    assert attributes[np.ndarray, "T"] is np.transpose
    if hasattr(np.ndarray, "mT"):
        np.testing.assert_array_equal(attributes[np.ndarray, "mT"](T), T.mT)


# autograd -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ("concatenate", "stack", "vstack", "hstack", "column_stack", "array"))
def test_joins_agree_with_autograd(name):
    vjp, y = make_vjp(lambda parts: getattr(anp, name)(parts))([M, M[::-1]])
    y_bar = rng.normal(size=y.shape)
    for got, expected in zip(adjoint(getattr(np, name), 0, y_bar, y, ([M, M[::-1]],), {}), vjp(y_bar), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_linspace_agrees_with_autograd():
    vjp, y = make_vjp(lambda a: anp.linspace(a, 2.0, 7))(0.5)
    y_bar = rng.normal(size=y.shape)
    np.testing.assert_allclose(adjoint(np.linspace, 0, y_bar, y, (0.5, 2.0, 7), {}), vjp(y_bar), rtol=1e-12)


# All rules of these files ---------------------------------------------------------------------------------------------

HERE = [f for f, rules in vjp_rules.items() if next(iter(rules.values()))[0].function.__module__ in MODULES]


@pytest.mark.parametrize("f", HERE, ids=lambda f: f.__name__)
def test_parameters_are_those_of_the_primitive_in_both_modes(f):
    """The same names at the same positions, as far as the rule goes; and each has its tangent too."""
    assert f in linear_rules or set(jvp_rules[f]) == set(vjp_rules[f])
    try:
        expected = list(inspect.signature(f).parameters.values())
    except ValueError:  # a builtin of NumPy 1 without a signature
        return
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in signatures[f].parameters.values() if p.kind in positional]
    renamed = f is np.arange or f is np.reshape and np.__version__ < "2"  # `newshape` there
    assert renamed or names == [p.name for p in expected if p.kind in positional][: len(names)]
    keywords = [p.name for p in signatures[f].parameters.values() if p.kind is inspect.Parameter.KEYWORD_ONLY]
    assert set(keywords) <= {p.name for p in expected} | {"constant_values", "reflect_type"}
