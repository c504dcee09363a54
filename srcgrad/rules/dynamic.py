"""Operators on operands of which nothing is known until they are there: numbers, arrays, lists, strings.

The transformation uses these in place of `operator.add` and its like where no kinds are known; what an operand's
adjoint is, is then decided when it is computed.
"""

from __future__ import annotations

import operator

import numpy as np

from srcgrad.rules import containers, products
from srcgrad.rules.registry import jvp, linear, vjp
from srcgrad.runtime.helpers import as_sequence


def add(a, b):
    return a + b


def sub(a, b):
    return a - b


def mul(a, b):
    return a * b


def truediv(a, b):
    return a / b


def power(a, b):
    return a**b


def matmul(a, b):
    return a @ b


POLYMORPHIC = {
    operator.add: add,
    operator.sub: sub,
    operator.mul: mul,
    operator.truediv: truediv,
    operator.pow: power,
    operator.matmul: matmul,
}

vjp(add, "a")(containers.add_a_bar)
vjp(add, "b")(containers.add_b_bar)
jvp(add, "a")(containers.add_a_dot)
jvp(add, "b")(containers.add_b_dot)
vjp(mul, "a")(containers.mul_a_bar)
vjp(mul, "b")(containers.mul_b_bar)
jvp(mul, "a")(containers.mul_a_dot)
jvp(mul, "b")(containers.mul_b_dot)


@vjp(sub, "a")
def sub_a_bar(y_bar, y, a, b):
    return containers.operand_bar(y_bar, a)


@vjp(sub, "b")
def sub_b_bar(y_bar, y, a, b):
    return containers.operand_bar(-y_bar, b)


@jvp(sub, "a")
def sub_a_dot(a_dot, y, a, b):
    return a_dot - np.zeros_like(y)


@jvp(sub, "b")
def sub_b_dot(b_dot, y, a, b):
    return np.zeros_like(y) - b_dot


@vjp(truediv, "a")
def truediv_a_bar(y_bar, y, a, b):
    return containers.operand_bar(y_bar / b, a)


@vjp(truediv, "b")
def truediv_b_bar(y_bar, y, a, b):
    return containers.operand_bar(-y_bar * y / b, b)


@jvp(truediv, "a")
def truediv_a_dot(a_dot, y, a, b):
    return a_dot / b


@jvp(truediv, "b")
def truediv_b_dot(b_dot, y, a, b):
    return -y * b_dot / b


@vjp(power, "a")
def power_a_bar(y_bar, y, a, b):
    return containers.operand_bar(y_bar * np.where(b == 0, 0.0, b * a ** np.where(b == 0, 1, b - 1)), a)


@vjp(power, "b")
def power_b_bar(y_bar, y, a, b):
    return containers.operand_bar(y_bar * y * np.log(np.where(a == 0, 1.0, a)), b)


@jvp(power, "a")
def power_a_dot(a_dot, y, a, b):
    return a_dot * np.where(b == 0, 0.0, b * a ** np.where(b == 0, 1, b - 1))


@jvp(power, "b")
def power_b_dot(b_dot, y, a, b):
    return b_dot * y * np.log(np.where(a == 0, 1.0, a))


vjp(matmul, "a")(products.matmul_a_bar)
vjp(matmul, "b")(products.matmul_b_bar)
linear(matmul, "a", "b")


@vjp(as_sequence, "x")
def as_sequence_x_bar(y_bar, y, x):
    return containers.iterable_bar(y_bar, x)


@jvp(as_sequence, "x")
def as_sequence_x_dot(x_dot, y, x):
    return containers.items_dot(x_dot, x)
