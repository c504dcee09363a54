"""Structures as vectors and back, and gradient descent on them."""

import collections
import dataclasses

import autograd.misc.optimizers as theirs
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from srcgrad import misc, optimizers
from srcgrad.errors import NotDifferentiable
from srcgrad.flattening import flatten
from srcgrad.misc import flatten as from_misc
from srcgrad.misc.flatten import flatten_func
from srcgrad.operators import grad

Pair = collections.namedtuple("Pair", "a b")


@dataclasses.dataclass
class Layer:
    W: np.ndarray
    act: str = "tanh"
    b: float = 0.5


STRUCTURES = {
    "a float": 2.5,
    "an array": np.arange(6.0).reshape(2, 3),
    "a 0-d array": np.array(2.0),
    "a complex number": 1 + 2j,
    "nested": {"b": [1.0, (np.ones(2), 3.0)], "a": {"x": np.zeros((2, 0)), "y": -1.0}},
    "inactive leaves": {"act": "tanh", "n": 3, "flag": True, "none": None, "w": np.ones(2), "i": np.arange(3)},
    "a named tuple": Pair(1.0, np.ones(3)),
    "a dataclass": [Layer(np.eye(2)), Layer(np.ones(1), "relu", 2.0)],
    "single precision": [np.ones(2, np.float32), 1.0],
    "empty": [],
    "not contiguous": np.arange(6.0).reshape(2, 3).T,
}


def assert_same(a, b):
    assert type(a) is type(b)
    if isinstance(a, (tuple, list)):
        assert len(a) == len(b)
        [assert_same(x, y) for x, y in zip(a, b)]
    elif isinstance(a, dict):
        assert list(a) == list(b)
        [assert_same(a[key], b[key]) for key in a]
    elif dataclasses.is_dataclass(a):
        assert_same(vars(a), vars(b))
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        assert_array_equal(a, b)
    else:
        assert a == b


@pytest.mark.parametrize("name", STRUCTURES)
def test_there_and_back(name):
    vector, unflatten = flatten(STRUCTURES[name])
    assert vector.ndim == 1
    assert_same(unflatten(vector), STRUCTURES[name])


def test_dicts_are_taken_in_the_order_of_their_keys():
    assert_array_equal(flatten({"b": 2.0, "a": 1.0})[0], [1.0, 2.0])
    assert list(flatten({"b": 2.0, "a": 1.0})[1](np.zeros(2))) == ["b", "a"]


def test_a_gradient_and_its_point_have_entries_of_one_order():
    point = {"act": "tanh", "w": np.ones(2), "b": 1.0}
    gradient = {"act": None, "w": np.zeros(2), "b": 3.0}
    assert_array_equal(flatten(gradient)[0], [3.0, 0.0, 0.0])
    assert flatten(point)[0].shape == flatten(gradient)[0].shape


@pytest.mark.parametrize("value", [3, True, np.arange(3), "w"])
def test_nothing_to_flatten_is_refused(value):
    with pytest.raises(NotDifferentiable, match="3.0"):
        flatten(value)


def test_a_vector_written_over_does_not_reach_the_structure():
    array = np.ones(3)
    vector, _ = flatten([array])
    vector[:] = 5.0
    assert_array_equal(array, np.ones(3))


def test_flatten_func_as_in_autograd():
    flat_func, unflatten, vector = flatten_func(lambda p: [p["a"] * 2.0], {"a": np.ones(2)})
    assert_array_equal(flat_func(vector), [2.0, 2.0])
    assert from_misc is misc.flatten is flatten


def test_both_directions_through_the_engine():
    point = {"w": np.array([1.0, 2.0]), "b": 3.0}
    gradient = grad(lambda p: np.sum(flatten(p)[0] ** 2))(point)
    assert_array_equal(gradient["w"], [2.0, 4.0])
    assert gradient["b"] == 6.0
    vector, unflatten = flatten(point)
    assert_array_equal(grad(lambda v: np.sum(unflatten(v)["w"]) * unflatten(v)["b"])(vector), [3.0, 3.0, 3.0])


# Optimizers ----------------------------------------------------------------------------------------------------------


def quadratic(params):
    return {"b": 2.0 * (params["b"] - 1.0), "w": params["w"] - np.arange(3.0)}


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam"])
def test_optimizers_take_autograds_steps(name):
    x0 = {"w": np.ones(3), "b": 0.0}
    ours, seen = [], []
    dloss = lambda params, i: quadratic(params)
    watch = lambda log: lambda x, i, g: log.append((i, x["b"], g["b"]))
    result = getattr(optimizers, name)(dloss, x0, watch(ours), num_iters=20, step_size=0.05)
    expected = getattr(theirs, name)(dloss, x0, watch(seen), num_iters=20, step_size=0.05)
    assert_allclose(result["w"], expected["w"], rtol=1e-12)
    assert_allclose(ours, seen, rtol=1e-12)
    assert isinstance(result["b"], float)
    assert_array_equal(x0["w"], np.ones(3))


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam"])
def test_optimizers_take_plain_vectors_and_keep_inactive_leaves(name):
    optimize = getattr(optimizers, name)
    result = optimize(lambda x, i: 2 * (x - 3.0), np.zeros(2), num_iters=2000, step_size=0.02)
    assert_allclose(result, [3.0, 3.0], atol=2e-2)
    kept = optimize(lambda p, i: {"act": None, "w": p["w"]}, {"act": "tanh", "w": 1.0}, num_iters=2)
    assert kept["act"] == "tanh"


def test_a_step_size_is_learnt_through_the_engine():
    def final(step_size):
        x = optimizers.sgd(lambda x, i: 2 * x, np.ones(2), num_iters=3, step_size=step_size)
        return np.sum(x**2)

    numeric = (final(0.1 + 1e-6) - final(0.1 - 1e-6)) / 2e-6
    assert_allclose(grad(final)(0.1), numeric, rtol=1e-6)
