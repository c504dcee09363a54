"""Named tuples and dataclasses: as inputs, locals, captures and outputs."""

import dataclasses
import math
from collections import namedtuple
from typing import NamedTuple

import numpy as np
import pytest

import srcgrad

from .checking import rows

A = np.array([0.3, -1.2, 2.0])
Point = namedtuple("Point", "x y")


class Weighted(NamedTuple):
    value: float
    weight: float = 0.5


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    b: float
    act: str = "tanh"

    def __call__(self, v):
        h = self.w * v + self.b
        return np.sum(np.tanh(h) if self.act == "tanh" else h) * 0.3

    def scaled(self, factor):
        return Layer(self.w * factor, self.b, self.act)


@dataclasses.dataclass(frozen=True)
class Net:
    layers: list
    scale: float


@dataclasses.dataclass
class Initialised:
    w: float

    def __post_init__(self):
        self.w = self.w * 2


@dataclasses.dataclass
class Computed:
    w: float

    @property
    def twice(self):
        return 2 * self.w

    @property
    def size(self):
        return 2 * self.w


def attributes(p):
    return p.x * p.y**2 + p.x


def by_every_way(p):
    x, y = p
    return x * p.y + sum(p) * p[0] + math.sin(p[-1]) * y


def of_arrays(p):
    return np.sum(p.x * p.y) * p.x[0]


def made(x):
    p = Point(x, x * x)
    q = Weighted(p.x)
    return p.x * p.y * q.value * q.weight


def replaced(p):
    q = p._replace(x=p.y * p.x)
    return q.x * q.y


def carried(p):
    best = p
    for k in range(3):
        best = Point(best.y, best.x * p.x) if k % 2 else Point(x=best.x * 1.1, y=best.y + p.y)
    return best.x * best.y


def matched(p):
    match p:
        case Point(x=0.0):
            return p.y
        case Point(x, y):
            return x * y


def fields(layer):
    return np.sum(layer.w**2) * layer.b


def items_of_a_field(layer):
    total = 0.0
    for i in range(len(layer.w)):
        total = total + layer.w[i] ** 2 * layer.b
    return total


def called(layer):
    return layer(0.5) * layer(0.2)


def by_method(layer):
    return layer.scaled(2.0)(0.4) * layer.b


def nested(net):
    h = 0.2
    for layer in net.layers:
        h = layer(h) * net.scale
    return h


def dataclass_made(x):
    layer = Layer(x * A, b=x * x)
    return np.sum(layer.w) * layer.b


def dataclass_replaced(layer):
    other = dataclasses.replace(layer, b=layer.b * layer.w[0])
    return other.b * np.sum(other.w)


def captured(p):
    functions = [lambda v: p.x * v, lambda v: p.y * v * v]
    return functions[0](p.y) * functions[1](p.x)


def of_unknown_kind(x):
    makers = [lambda v: Point(v, v * v), lambda v: Layer(v * A, v)]
    p, layer = makers[0](x), makers[1](x)
    return p.x * p.y * np.sum(layer.w) * layer.b


def by_getattr(layer):
    total = 0.0
    for name in ("b", "b"):
        total = total + getattr(layer, name) ** 2
    return total


@rows(
    (attributes, Point(2.0, 1.3)), (by_every_way, Point(2.0, 1.3)), (of_arrays, Point(A, A[::-1].copy())),
    (made, 0.8), (replaced, Point(2.0, 1.3)), (carried, Point(2.0, 1.3)), (matched, Point(2.0, 1.3)),
    (fields, Layer(A, 0.7)), (items_of_a_field, Layer(A, 0.7)), (called, Layer(A, 0.7)), (by_method, Layer(A, 0.7)),
    (nested, Net([Layer(A, 0.2), Layer(0.4 * A, 0.1, "")], 1.1)), (dataclass_made, 0.8),
    (dataclass_replaced, Layer(A, 0.7)), (captured, Point(2.0, 1.3)), (of_unknown_kind, 0.8),
    (by_getattr, Layer(A, 0.7)),
)  # fmt: skip
def test_records(check, primal, args):
    check(primal, args)


def test_outputs():
    value, slope = srcgrad.make_jvp(lambda x: (Layer(x * A, x * x), Point(x, 3.0)))(2.0)(1.0)
    assert value[0].b == 4.0 and type(value[1]) is Point
    assert type(slope[0]) is Layer and type(slope[1]) is Point
    np.testing.assert_allclose(slope[0].w, A)
    assert (slope[0].b, slope[0].act, slope[1].x) == (4.0, None, 1.0)
    pullback, _ = srcgrad.make_vjp(lambda x: Layer(x * A, x * x))(2.0)
    assert pullback(Layer(A, 1.0)) == pytest.approx(np.sum(A * A) + 4.0)


def test_gradients_of_records_are_differentiated_again():
    def slope(layer):
        gradient = srcgrad.grad(lambda inner: np.sum(inner.w**2) * inner.b**2)(layer)
        return np.sum(gradient.w) + gradient.b

    second = srcgrad.grad(slope)(Layer(A, 2.0))
    np.testing.assert_allclose(second.w, 2 * 4.0 + 4 * 2.0 * A)
    assert second.b == pytest.approx(4 * 2.0 * np.sum(A) + 2 * np.sum(A**2))


def test_a_pullback_outlives_changes_of_a_records_arrays():
    layer = Layer(A.copy(), 2.0)
    pullback, _ = srcgrad.make_vjp(fields)(layer)
    layer.w[:] = 7.0
    np.testing.assert_allclose(pullback(1.0).w, 4.0 * A)


def test_inactive_records_are_the_very_objects_that_were_passed():
    seen = []

    def f(x, config):
        seen.append(config)
        return x * config.w

    config = Initialised(1.5)
    assert srcgrad.grad(f)(2.0, config) == 3.0
    assert seen[-1] is config


@pytest.mark.parametrize(
    ("primal", "arg", "words"),
    [
        (lambda x: Initialised(x).w, 2.0, "class 'Initialised'"),
        (lambda p: p.twice, Computed(2.0), "'twice'"),
        (lambda p: p.size * p.w, Computed(2.0), "'size'"),
    ],
    ids=["initialiser", "property", "name of an array's"],
)
def test_what_is_computed_in_a_record_is_refused(primal, arg, words):
    with pytest.raises(srcgrad.NoRule, match=words):
        srcgrad.grad(primal)(arg)


def test_a_method_whose_result_is_not_used_may_be_called():
    def f(x):
        layer = Layer(A * x, x)
        total = layer(x)
        total = layer.scaled(x)
        total = 2 * x
        return total * x

    assert srcgrad.grad(f)(1.5) == 6.0
    assert srcgrad.make_jvp(f)(1.5)(1.0) == (4.5, 6.0)
