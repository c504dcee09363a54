"""Derivatives with more than one row: `jacobian`, `hessian` and `tensor_jacobian_product`.

The primal runs once. Few inputs, or those of a derivative (which has as many outputs or more), carry the tangents of
all their entries through that one pass. For others the forward sweep tells how many outputs there are: its pullback is
called for each of these or, transposed, for each input entry where these are fewer. A Hessian is forward over reverse.
Inside differentiated code all go by pullbacks, for the derivative of a reverse sweep is known for every program.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from srcgrad import engine
from srcgrad.engine.chosen import chosen
from srcgrad.errors import NoRule, NotDifferentiable, UnsupportedMutation, UnsupportedSyntax, WrongArgument, WrongValue
from srcgrad.operators.arguments import Wrt, settle
from srcgrad.operators.base import MISSING, Operator, implemented_by, make, only
from srcgrad.operators.gradients import ArgNum, Gradient, slope_of, slope_sweeps
from srcgrad.runtime.helpers import part, project, zeros_like

# Programs: what the operators compute, in the language that srcgrad differentiates -----------------------------------


def jacobian_by_rows(fun, wrt, /, *args, **kwargs):
    """The Jacobian of `fun`, of shape `output.shape + input.shape`, by pullbacks."""
    args, kwargs = settle(wrt, args, kwargs)
    return only(wrt, rows_of(fun, wrt, *args, **kwargs))


def hessian_by_rows(fun, wrt, /, *args, **kwargs):
    """The Jacobian of the Jacobian of `fun`, by pullbacks; for a sequence of arguments, a tuple of tuples of blocks."""
    args, kwargs = settle(wrt, args, kwargs)
    inputs = chosen(wrt.params, args, kwargs)
    blocks, pullback = engine.vjp(partial(rows_of, fun, wrt), wrt.params)(*args, **kwargs)
    rows = []
    for k, block in enumerate(blocks):
        block_rows = [pullback([seed if i == k else None for i in range(len(blocks))]) for seed in basis(block)]
        rows.append(only(wrt, stacked(block_rows, block, inputs)))
    return only(wrt, rows)


def rows_of(fun, wrt, /, *args, **kwargs):
    """The Jacobians of `fun` by its pullback, a list with one per differentiated argument, for settled arguments."""
    inputs = arrays(wrt, args, kwargs)
    y, pullback = engine.vjp(fun, wrt.params)(*args, **kwargs)
    require_array(y, "result", wrt.function)
    return rows(pullback, y, inputs, wrt.function)


def rows(pullback, y, inputs, function):
    """The Jacobians by one pullback for each entry of `y`."""
    if np.iscomplexobj(y):
        return complex_blocks(pullback, y, inputs, function)
    return stacked([pullback(seed) for seed in basis(y)], y, inputs)


def arrays(wrt, args, kwargs):
    """The differentiated arguments, each of which must have a shape."""
    inputs = chosen(wrt.params, args, kwargs)
    for x in inputs:
        require_array(x, "argument", wrt.function)
    return inputs


def tensor_jacobian_product_of(fun, wrt, /, *args, **kwargs):
    """The Jacobian of `fun` multiplied from the left by the last argument."""
    tensor = args[-1]
    args, kwargs = settle(wrt, args[:-1], kwargs)
    inputs = arrays(wrt, args, kwargs)
    y, pullback = engine.vjp(fun, wrt.params)(*args, **kwargs)
    require_array(y, "result", wrt.function)
    require_leading(tensor, y, wrt.function)

    def contracted_pullback(seed):
        y_bar = np.tensordot(tensor, seed, 0)
        return pullback(y_bar if np.iscomplexobj(y) else np.real(y_bar))

    return only(wrt, rows(contracted_pullback, np.tensordot(tensor, y, np.ndim(tensor)), inputs, wrt.function))


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


# At the outermost level: the mode that takes the fewest sweeps --------------------------------------------------------

FEW = 4  # a forward and a reverse sweep of small arrays take as long as the tangents along so many directions


def jacobian_of(fun, wrt, /, *args, **kwargs):
    """The Jacobian of `fun`, by tangents or by pullbacks."""
    args, kwargs = settle(wrt, args, kwargs)
    inputs = arrays(wrt, args, kwargs)
    if goes_forward(fun, wrt, inputs):
        y, dots = engine.jvps(fun, wrt.params)(directions(inputs), *args, **kwargs)
        require_array(y, "result", wrt.function)
        return only(wrt, assembled(y, dots, inputs))
    y, pullback = engine.vjp(fun, wrt.params)(*args, **kwargs)
    require_array(y, "result", wrt.function)
    holomorphic = any(map(np.iscomplexobj, inputs)) or np.iscomplexobj(y)  # whether it is so is seen in its rows
    dots = None if holomorphic or np.size(y) <= count(inputs) + 1 else transposed(pullback, y, inputs)
    return only(wrt, rows(pullback, y, inputs, wrt.function) if dots is None else assembled(y, dots, inputs))


def goes_forward(fun: Callable, wrt: Wrt, inputs: list) -> bool:
    """Whether a Jacobian is made of the tangents along all entries of its inputs, at once."""
    size = count(inputs)
    return not any(map(np.iscomplexobj, inputs)) and (0 < size <= FEW or size > 0 and is_wide(fun, wrt))


def count(inputs: list) -> int:
    """How many entries the inputs have."""
    return sum(map(np.size, inputs))


def hessian_of(fun, wrt, /, *args, **kwargs):
    """The tangents of the Jacobian of `fun`; for a sequence of arguments, a tuple of tuples of blocks."""
    args, kwargs = settle(wrt, args, kwargs)
    inputs = arrays(wrt, args, kwargs)
    if any(np.iscomplexobj(x) or np.size(x) == 0 for x in inputs):
        return hessian_by_rows(fun, wrt, *args, **kwargs)
    slope = slope_of(fun, of_one(wrt), args, kwargs)
    if isinstance(slope, Gradient):
        slopes, dots = engine.jvps(slope, wrt.params)(directions(inputs), *args, **kwargs)
        slopes, dots = ([slopes], [[dot] for dot in dots]) if len(inputs) == 1 else (slopes, dots)
    else:
        slopes, dots = engine.jvps(partial(rows_of, fun, wrt), wrt.params)(directions(inputs), *args, **kwargs)
    blocks = [assembled(slope, [part(dot, k) for dot in dots], inputs) for k, slope in enumerate(slopes)]
    return only(wrt, [only(wrt, row) for row in blocks])


def of_one(wrt: Wrt) -> Wrt:
    """`wrt` with a sequence of one parameter as that parameter."""
    return replace(wrt, single=len(wrt.params) == 1)


def is_wide(fun: Callable, wrt: Wrt) -> bool:
    """True for a derivative in the same arguments: it has an output, or more, for every entry of the input."""
    return isinstance(fun, Operator) and fun.is_slope and fun.wrt.params == wrt.params


def transposed(pullback: Callable, y: Any, inputs: list) -> list | None:
    """The tangents of `y` along the directions of the inputs, on the tape of its one forward sweep.

    A pullback is linear, and its own pullback takes tangents of the inputs to those of `y`. None where this asks for a
    derivative of an order that there is none of.
    """
    try:
        _, pushforward = engine.vjp(pullback, (0,))(zeros_like(y))
        return [pushforward(x_dots)[0] for x_dots in zip(*directions(inputs))]
    except (NoRule, UnsupportedMutation, UnsupportedSyntax):
        return None


def directions(inputs: list) -> list[list]:
    """For each input the list of its tangents; every entry of every input moves along one direction."""
    start, found = 0, []
    for x in inputs:
        moves = np.zeros((count(inputs), np.size(x)), np.result_type(x))
        moves[start : start + np.size(x)] = np.eye(np.size(x))
        start += np.size(x)
        found.append([move.reshape(np.shape(x)) if np.ndim(x) else move[0].item() for move in moves])
    return found


def assembled(y: Any, dots: list, inputs: list) -> list:
    """The Jacobians of `y`, one per input, of its tangents along the `directions` of the inputs."""
    blocks, start = [], 0
    for x in inputs:
        blocks.append(columns(y, dots[start : start + np.size(x)], x))
        start += np.size(x)
    return blocks


def columns(y: Any, dots: list, x: Any) -> Any:
    """The Jacobian of `y` with respect to one input, of the tangents along its entries, in the dtype of the input."""
    dtype = np.result_type(x, np.complex64) if np.iscomplexobj(y) else np.result_type(x)
    block = np.zeros((*np.shape(y), len(dots)), dtype)
    for i, dot in enumerate(dots):
        block[..., i] = 0.0 if dot is None else dot
    block = block.reshape(np.shape(y) + np.shape(x))
    return block if block.ndim else project(block[()], x) if dtype.kind == "f" else block[()]


# Operator objects ----------------------------------------------------------------------------------------------------


class Jacobian(Operator):
    is_slope = True
    program = staticmethod(jacobian_of)
    nested = staticmethod(jacobian_by_rows)

    def sweeps(self, args: tuple, kwargs: dict[str, Any]) -> tuple[Callable, str, bool]:
        forward = goes_forward(self.__wrapped__, self.wrt, arrays(self.wrt, args, kwargs))
        return self.__wrapped__, "jvps" if forward else "vjp", True


class Hessian(Operator):
    """Second derivatives; its source is the text that carries tangents through the gradient of a number."""

    is_slope = True
    program = staticmethod(hessian_of)
    nested = staticmethod(hessian_by_rows)

    @property
    def source(self) -> str:
        params = self.wrt.params
        return engine.source(Gradient(self.__wrapped__, params if len(params) > 1 else params[0]), params, "jvps")

    def sweeps(self, args: tuple, kwargs: dict[str, Any]) -> tuple[Callable, str, bool]:
        return slope_sweeps(self.__wrapped__, of_one(self.wrt), "jvps", args, kwargs)


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
