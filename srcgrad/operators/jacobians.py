"""Derivatives with more than one row: `jacobian`, `hessian` and `tensor_jacobian_product`.

The primal runs once; its pullback is called once per entry of the output.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from srcgrad import engine
from srcgrad.errors import NotDifferentiable, WrongArgument, WrongValue
from srcgrad.operators.arguments import settle
from srcgrad.operators.base import MISSING, Operator, implemented_by, make, only
from srcgrad.operators.gradients import ArgNum

# Programs: what the operators compute, in the language that srcgrad differentiates -----------------------------------


def jacobian_of(fun, wrt, /, *args, **kwargs):
    """The Jacobian of `fun`, of shape `output.shape + input.shape`."""
    return only(wrt, jacobian_blocks(fun, wrt, args, kwargs))


def jacobian_blocks_of(fun, wrt, /, *args, **kwargs):
    """The Jacobians of `fun`, a list with one per differentiated argument."""
    return jacobian_blocks(fun, wrt, args, kwargs)


def jacobian_blocks(fun, wrt, args, kwargs):
    """The Jacobians of `fun` for arguments as they were passed."""
    args, kwargs = settle(wrt, args, kwargs)
    inputs = [args[i] for i in wrt.params]
    for x in inputs:
        require_array(x, "argument", wrt.function)
    y, pullback = engine.vjp(fun, wrt.params)(*args, **kwargs)
    require_array(y, "result", wrt.function)
    if np.iscomplexobj(y):
        return complex_blocks(pullback, y, inputs, wrt.function)
    return stacked([pullback(seed) for seed in basis(y)], y, inputs)


def hessian_of(fun, wrt, /, *args, **kwargs):
    """The Jacobian of the Jacobian of `fun`; for a sequence of arguments, a tuple of tuples of blocks."""
    args, kwargs = settle(wrt, args, kwargs)
    inputs = [args[i] for i in wrt.params]
    blocks, pullback = engine.vjp(partial(jacobian_blocks_of, fun, wrt), wrt.params)(*args, **kwargs)
    rows = []
    for k, block in enumerate(blocks):
        block_rows = [pullback([seed if i == k else None for i in range(len(blocks))]) for seed in basis(block)]
        rows.append(only(wrt, stacked(block_rows, block, inputs)))
    return only(wrt, rows)


def tensor_jacobian_product_of(fun, wrt, /, *args, **kwargs):
    """The Jacobian of `fun` multiplied from the left by the last argument."""
    tensor = args[-1]

    def contracted(*args, **kwargs):
        y = fun(*args, **kwargs)
        require_leading(tensor, y, wrt.function)
        return np.tensordot(tensor, y, np.ndim(tensor))

    return only(wrt, jacobian_blocks(contracted, wrt, args[:-1], kwargs))


def stacked(rows, y, inputs):
    """The rows of a Jacobian, each a tuple of adjoints, as one array per input."""
    if np.ndim(y) == 0:
        return [rows[0][k] for k in range(len(inputs))]
    if np.size(y) == 0:
        return [np.zeros(np.shape(y) + np.shape(x), np.asarray(x).dtype) for x in inputs]
    return [block_of(rows, k, y, x) for k, x in enumerate(inputs)]


def block_of(rows, k, y, x):
    """The Jacobian of `y` with respect to the input `x` in place `k`."""
    return np.reshape(np.stack([row[k] for row in rows]), np.shape(y) + np.shape(x))


def complex_blocks(pullback, y, inputs, function):
    """The Jacobians of a complex `y`: of both its parts for a real input, of a holomorphic function for a complex one.

    A pullback is linear in real factors. With a real input, `1` gives the real part and `-1j` the imaginary one; with
    a complex one, `1j` must give `1j` times as much, or the function is not holomorphic and has no complex Jacobian.
    """
    real = stacked([pullback(seed) for seed in basis(y)], y, inputs)
    turned = stacked([pullback(-1j * seed) for seed in basis(y)], y, inputs)
    blocks = []
    for x, a, b in zip(inputs, real, turned, strict=True):
        if np.iscomplexobj(x):
            if not np.allclose(b, -1j * a, equal_nan=True):
                raise NotDifferentiable(
                    f"{function} is not holomorphic and has no complex Jacobian",
                    advice="Take the Jacobians of its np.real and np.imag.",
                )
            blocks.append(a)
        else:
            blocks.append(a + 1j * b)
    return blocks


def basis(y):
    """The adjoints of `y` with one entry 1 and all others 0, in the order of its entries."""
    if np.ndim(y) == 0:
        return [1.0]
    return [np.reshape(row, np.shape(y)) for row in np.eye(np.size(y))]


def require_array(x, role, function):
    """Raise WrongArgument for what has no shape: a Jacobian is of one array with respect to others."""
    if isinstance(x, (tuple, list, dict, str)) or x is None:
        raise WrongArgument(
            f"a Jacobian is an array, but the {role} of {function} is a {type(x).__name__}",
            advice="Make it one array with srcgrad.flatten.",
        )


def require_leading(tensor, y, function):
    """Raise WrongValue where the axes of `tensor` are not the first ones of the result `y`."""
    if np.shape(tensor) != np.shape(y)[: np.ndim(tensor)]:
        raise WrongValue(
            f"a tensor of shape {np.shape(tensor)} with a result of shape {np.shape(y)} of {function}",
            advice="The product sums over all axes of the tensor, which are the first of the result.",
        )


# Operator objects ----------------------------------------------------------------------------------------------------


class Jacobian(Operator):
    is_direct = True
    program = staticmethod(jacobian_of)


class Hessian(Operator):
    program = staticmethod(hessian_of)


class TensorJacobianProduct(Operator):
    program = staticmethod(tensor_jacobian_product_of)
    trailing = "tensor"


# What the user calls -------------------------------------------------------------------------------------------------


@implemented_by(Jacobian)
def jacobian(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that computes the Jacobian of `fun`, an array of shape `output.shape + input.shape`.

    A tuple of Jacobians for a sequence of arguments; a number where output and input are numbers. A complex output
    has the Jacobian of both its parts with respect to a real input; with respect to a complex one it is holomorphic.
    """
    return make(Jacobian, fun, argnum)


@implemented_by(Hessian)
def hessian(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that computes the Hessian of `fun`, of shape `output.shape + input.shape + input.shape`.

    For a sequence of arguments, a tuple of tuples of blocks: `hessian(f, (0, 1))(x, y)[0][1]` is d2f / dx dy.
    """
    return make(Hessian, fun, argnum)


@implemented_by(TensorJacobianProduct)
def tensor_jacobian_product(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function of `(*args, tensor)` that multiplies the Jacobian of `fun` by `tensor` from the left."""
    return make(TensorJacobianProduct, fun, argnum)


vector_jacobian_product = tensor_jacobian_product
