"""Operators on objects of a user's classes are calls of their methods; what cannot be followed is refused by name."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

import srcgrad


class Quadratic:
    """An operator squares the other operand."""

    def __init__(self, v):
        self.v = v

    def __mul__(self, other):
        return self.v * other * other

    __rmul__ = __add__ = __radd__ = __getitem__ = __floordiv__ = __mod__ = __and__ = __mul__

    def __rsub__(self, other):
        return other * other - self.v

    def __lt__(self, other):
        return other * other

    def __gt__(self, other):
        return True

    def __neg__(self):
        return -self.v


@dataclasses.dataclass
class Vector:
    a: float
    b: float

    def __add__(self, other):
        return Vector(self.a + 2 * other.a, self.b * other.b)

    def __mul__(self, k):
        return Vector(self.a * k, self.b * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Vector(-3 * self.a, -self.b)

    def __getitem__(self, i):
        return self.a * self.a

    def __matmul__(self, other):
        return self.a * other.a + self.b * other.b


class Undecided:
    def __mul__(self, other):
        return NotImplemented if isinstance(other, Quadratic) else other * other

    def __rmul__(self, other):
        return 5.0 * other


class Holder:
    def __init__(self):
        self.scale, self.weights, self.operator = 2.5, np.array([1.0, 2.0]), Quadratic(3.0)


class Float(float):
    def __mul__(self, other):
        return 100.0 * other


quadratic, undecided, holder, third = Quadratic(3.0), Undecided(), Holder(), Fraction(1, 3)
matrix, masked = np.array([[1.0, 2.0], [3.0, 4.0]]).view(np.matrix), np.ma.array([1.0, 2.0], mask=[False, True])
special = Float(3.0)


def made_inside(x):
    operator = Quadratic(2.0)
    return operator * x + x * operator


def make():
    return Quadratic(2.0)


def in_a_loop(x):
    s = 0.0
    for operator in [quadratic, quadratic]:
        s = s + operator * x
    return s


def as_a_default(x, operator=quadratic):
    return operator * x - x


def of_vectors(x):
    v = Vector(x, x * x) + 2.0 * Vector(x * x, x)
    w = -Vector(x * x, x)
    return v.a * v.b + w.a + Vector(x, x)[0] + Vector(x, 1.0) @ Vector(x, x)


def by_its_truth(x):
    return (quadratic > x) * x if quadratic > x else x * x


FOLLOWED = [
    lambda x: quadratic * x,
    lambda x: x * quadratic,
    lambda x: quadratic + x,
    lambda x: x - quadratic,
    lambda x: quadratic[x] * x,
    lambda x: quadratic // x,
    lambda x: quadratic % x,
    lambda x: quadratic & x,
    lambda x: x * (-quadratic),
    lambda x: undecided * x + x * undecided,
    lambda x: third * x + x * holder.scale + x + holder.scale,
    lambda x: np.sum(np.sin(x) * holder.weights) * (x > holder.scale - 2.0),
    *(made_inside, in_a_loop, as_a_default, of_vectors, by_its_truth),
]


def difference(f, x, h=1e-4):
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)


@pytest.mark.parametrize("primal", FOLLOWED)
def test_operators_are_differentiated_as_methods(primal):
    wanted = difference(primal, 1.3)
    assert srcgrad.grad(primal)(1.3) == pytest.approx(wanted, rel=1e-8)
    assert srcgrad.deriv(primal)(1.3) == pytest.approx(wanted, rel=1e-8)
    assert srcgrad.grad(primal).precompile(1.3)(1.3) == pytest.approx(wanted, rel=1e-8)
    second = difference(lambda x: srcgrad.grad(primal)(x), 1.3)
    assert srcgrad.grad(srcgrad.grad(primal))(1.3) == pytest.approx(second, rel=1e-6, abs=1e-8)


class Bag:
    def __init__(self):
        self.items = []


def test_what_is_put_into_an_object_is_never_lost():
    def f(x):
        bag = Bag()
        bag.items.append(x)
        return bag.items[0] * x

    try:
        assert srcgrad.grad(f)(3.0) == pytest.approx(6.0)
    except srcgrad.SrcgradError as error:
        assert "line" in str(error)


def test_an_operator_given_as_an_argument_is_followed():
    def f(x, operator):
        return operator * x + x * operator

    assert srcgrad.grad(f)(2.0, quadratic) == pytest.approx(24.0)
    assert srcgrad.grad(f).precompile(2.0, quadratic)(2.0, quadratic) == pytest.approx(24.0)
    assert srcgrad.grad(f)(2.0, 5.0) == pytest.approx(10.0)


def compared(x):
    y = quadratic < x
    return y * x


def updated(x):
    total = Quadratic(1.0)
    total += x
    return total


def called_dynamically(x, make=make):
    functions = [make]
    return functions[0]() * x


def sums_of_sums(x):
    v = Vector(x, x) + Vector(x, 1.0)
    w = v + v
    return w.a


REFUSED = [
    (sums_of_sums, "a Vector meets an active value"),
    (compared, "a comparison gives a float"),
    (lambda x: quadratic < x, "a comparison gives a float"),
    (lambda x: (holder.operator < x) * x, "a comparison gives a float"),
    (lambda x: x * holder.operator, "a Quadratic meets an active value"),
    (lambda x: x + holder.operator, "a Quadratic meets an active value"),
    (lambda x: holder.operator[x], "active value"),
    (lambda x: np.dot(quadratic, x), "a Quadratic meets an active value"),
    (lambda x: divmod(quadratic, x)[0], "a Quadratic meets an active value"),
    (lambda x: np.multiply(x, quadratic), "a Quadratic meets an active value"),
    (lambda x: np.sum(matrix * x), "a matrix"),
    (lambda x: np.sum(x * masked), "a MaskedArray"),
    (lambda x: special * x, "a Float meets an active value"),
    (called_dynamically, "a Quadratic meets an active value"),
    (lambda x: make() * x, "a Quadratic meets an active value"),
]


@pytest.mark.parametrize(("primal", "message"), REFUSED)
@pytest.mark.parametrize("operator", [srcgrad.grad, srcgrad.deriv])
def test_what_cannot_be_followed_is_refused_at_the_users_line(primal, message, operator):
    with pytest.raises(srcgrad.NoRule, match=f"{message}(?s:.*)test_operator_methods.py"):
        operator(primal)(1.3)


def test_a_keyword_that_no_rule_names_is_refused_beside_data_of_no_known_kind():
    with pytest.raises(srcgrad.NoRule, match="end_values"):
        srcgrad.grad(lambda x: np.sum(np.pad(x, 1, mode="linear_ramp", end_values=2.0) * holder.scale))(np.ones(2))


@pytest.mark.parametrize("argument", [matrix, masked, special, [matrix]], ids=["matrix", "masked", "float", "nested"])
def test_arrays_of_other_classes_are_no_arguments_to_differentiate(argument):
    with pytest.raises(srcgrad.NotDifferentiable):
        srcgrad.grad(lambda x: np.sum(x))(argument)
