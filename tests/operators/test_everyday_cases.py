"""What users do every day: parameters in structures, methods, shared memory, pullbacks kept for later."""

import collections
import dataclasses
import gc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from srcgrad import cache_info
from srcgrad.engine import versions
from srcgrad.operators import deriv, grad, jacobian, make_vjp, multigrad_dict, value_and_grad

X = np.array([0.3, -1.2, 2.0])
Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    b: float
    act: str = "tanh"


def predict(params, x):
    h = params["w"] * x + params["b"]
    return np.sum(np.tanh(h) if params["act"] == "tanh" else h)


def test_inactive_leaves_come_back_as_none_through_the_engine():
    params = {"act": "tanh", "w": X, "b": 0.5, "n": 3, "flag": True, "none": None}
    gradient = grad(predict)(params, 2.0)
    assert list(gradient) == list(params)
    assert gradient["act"] is gradient["n"] is gradient["flag"] is gradient["none"] is None
    slope = 1 - np.tanh(2 * X + 0.5) ** 2
    assert_allclose(gradient["w"], 2 * slope)
    assert gradient["b"] == pytest.approx(np.sum(slope))
    assert isinstance(gradient["b"], float)


def test_structures_keep_their_container_types_through_the_engine():
    gradient = grad(lambda p: p[0]["a"] * p[1][0] * np.sum(p[1][1]))(({"a": 2.0}, [3.0, X]))
    assert type(gradient) is tuple and type(gradient[1]) is list
    assert gradient[0]["a"] == pytest.approx(3 * np.sum(X))
    assert_allclose(gradient[1][1], np.full(3, 6.0))


def test_named_tuples_through_the_engine():
    gradient = grad(lambda p: p.x * p.y**2)(Point(2.0, 3.0))
    assert type(gradient) is Point
    assert gradient == Point(9.0, 12.0)


def test_dataclasses_through_the_engine():
    gradient = grad(lambda layer: np.sum(layer.w**2) * layer.b)(Layer(X, 2.0))
    assert type(gradient) is Layer
    assert_allclose(gradient.w, 4 * X)
    assert gradient.b == pytest.approx(np.sum(X**2))
    assert gradient.act is None


def test_multigrad_dict_skips_what_has_no_derivative_through_the_engine():
    assert multigrad_dict(lambda x, mode="fast", n=2: x**n)(3.0) == {"x": 6.0, "mode": None, "n": None}


def test_gradients_share_memory_with_nothing():
    total = lambda x, y: np.sum(x * y)
    gx, gy = grad(total, (0, 1))(X, 2 * X)
    assert not np.shares_memory(gx, gy)
    same = X.copy()
    gx, gy = grad(total, (0, 1))(same, same)
    assert not any(np.shares_memory(a, b) for a, b in [(gx, gy), (gx, same), (gy, same)])
    gradient = grad(lambda x: np.sum(x))(same)
    gradient[0] = 5.0
    assert_array_equal(grad(lambda x: np.sum(x))(same), np.ones(3))


def test_a_pullback_outlives_changes_of_the_arguments_through_the_engine():
    x = X.copy()
    vjp, value = make_vjp(lambda x: x**3)(x)
    before = vjp(np.ones(3))
    x[:] = 100.0
    assert_array_equal(vjp(np.ones(3)), before)
    assert_array_equal(value, X**3)


def test_a_pullback_gives_arrays_of_their_own():
    vjp, _ = make_vjp(lambda x: 2.0 * x)(X)
    first = vjp(np.ones(3))
    first[:] = 0.0
    assert_array_equal(vjp(np.ones(3)), np.full(3, 2.0))


def test_an_input_without_influence_has_exact_zeros():
    gx, gy = grad(lambda x, y: np.sum(x), (0, 1))(X, 2.0)
    assert_array_equal(gx, np.ones(3))
    assert gy == 0.0
    assert_array_equal(jacobian(lambda x, y: x, 1)(X, X), np.zeros((3, 3)))


def test_a_reverse_sweep_stays_under_the_errstate_of_its_primal_through_the_engine():
    def f(x):
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sum(np.where(x > 0, np.log(x), 0.0))

    with np.errstate(all="raise"):
        gradient = grad(f)(np.array([0.0, 2.0]))
    assert gradient[1] == 0.5


def test_one_code_over_alternating_callees_through_the_engine():
    derivatives = [grad((lambda f: lambda x: f(x))(f)) for f in (np.sin, np.cos)]
    for _ in range(3):
        assert derivatives[0](0.5) == pytest.approx(np.cos(0.5))
        assert derivatives[1](0.5) == pytest.approx(-np.sin(0.5))


@pytest.mark.parametrize("f", (lambda x, n: x * n, lambda x, n: (x if n else 1.0) * n, lambda x, n: n * x + x))
def test_the_gradient_of_a_float_is_a_float_where_an_int_is_its_factor(f):
    assert type(grad(f)(2.0, 3)) is float
    assert type(value_and_grad(f)(2.0, True)[1]) is float


@pytest.mark.parametrize("operator", (grad, deriv, lambda f: grad(grad(f))), ids=("grad", "deriv", "second"))
def test_one_code_over_many_callees_writes_few_texts(operator):
    """After some callees of their own text, the others are known only when they are called."""

    def over(f):
        return lambda x: f(x) * x

    def power(n):
        return lambda x: n * x**2

    assert [operator(over(power(n)))(2.0) for n in range(20)] == [n * 12.0 for n in range(20)]
    written = cache_info()["written"]
    assert [operator(over(power(n)))(2.0) for n in range(20)] == [n * 12.0 for n in range(20)]
    assert cache_info()["written"] == written


def test_closures_over_themselves_do_not_pile_up():
    def made(a):
        def power(x, n=2):
            return a if n == 0 else x * power(x, n - 1)

        return power

    gc.collect()
    for n in range(versions.BOUND + 50):
        assert grad(made(float(n)))(1.5) == 3.0 * n
    assert len(versions._bound) <= versions.BOUND


def test_single_precision_stays_single():
    x = X.astype(np.float32)
    value, gradient = value_and_grad(lambda x: np.sum(x * x))(x)
    assert gradient.dtype == np.float32
    assert jacobian(lambda x: x * x)(x).dtype == np.float32
