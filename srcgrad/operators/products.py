"""Linear maps at a point: pullbacks, pushforwards, and products with Hessians and Gauss-Newton matrices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from srcgrad import engine
from srcgrad.engine.chosen import chosen
from srcgrad.errors import WrongArgument
from srcgrad.kinds import can_be_active, kind_of
from srcgrad.operators.arguments import ABSENT, Wrt, resolve, settle
from srcgrad.operators.base import MISSING, Operator, described, implemented_by, make, only, several
from srcgrad.operators.given import given
from srcgrad.operators.gradients import ArgNum, gradient_of, require_output, scalar_seed, slope_of, slope_sweeps
from srcgrad.runtime.helpers import project, snapshot, unmirrored, zeros_like
from srcgrad.runtime.tangents import or_zero

# Programs: what the operators compute, in the language that srcgrad differentiates -----------------------------------


def make_vjp_of(fun, wrt, /, *args, **kwargs):
    """The pullback of `fun` at a point, and its value there."""
    return pullback_at(fun, wrt, args, kwargs)


def pullback_at(fun, wrt, args, kwargs):
    """The pullback of `fun` for arguments as they were passed, and its value."""
    args, kwargs = settle(wrt, args, kwargs)
    y, pullback = engine.vjp(fun, wrt.params)(*args, **kwargs)
    require_output(y, wrt.function)

    def vjp(y_bar):
        return only(wrt, pullback(given(y_bar, y, f"the cotangent of the result of {wrt.function}")))

    return vjp, y


def make_jvp_of(fun, wrt, /, *args, **kwargs):
    """The pushforward of `fun` at a point: the function of a tangent that returns the value and its tangent."""
    args, kwargs = settle(wrt, args, kwargs)
    x = differentiated(wrt, args, kwargs)

    def jvp(x_dot):
        tangents = several(wrt, given(x_dot, x, tangent_role(wrt)))
        y, y_dot = engine.jvp(fun, wrt.params)(tangents, *args, **kwargs)
        require_output(y, wrt.function)
        return snapshot(y), snapshot(unmirrored(or_zero(y_dot, y), y))

    return jvp


def make_jvp_reversemode_of(fun, wrt, /, *args, **kwargs):
    """The pushforward of `fun` at a point as the transpose of its pullback; returns the tangent only."""
    args, kwargs = settle(wrt, args, kwargs)
    x = differentiated(wrt, args, kwargs)
    vjp, y = pullback_at(fun, wrt, args, kwargs)
    _, transposed = engine.vjp(vjp, (0,))(zeros_like(y))

    def jvp(x_dot):
        return transposed(given(x_dot, x, tangent_role(wrt)))[0]

    return jvp


def make_hvp_of(fun, wrt, /, *args, **kwargs):
    """The Hessian-vector product of `fun` at a point, and its gradient there."""
    return pullback_at(partial(gradient_of, fun, wrt), wrt, args, kwargs)


def hessian_tensor_product_of(fun, wrt, /, *args, **kwargs):
    """The product of the Hessian of `fun` with the last argument: the tangent of the gradient along it."""
    tensor = args[-1]
    args, kwargs = settle(wrt, args[:-1], kwargs)
    return tangent_along(tensor, partial(gradient_of, fun, wrt), wrt, args, kwargs)


def tangent_along(tensor, slope, wrt, args, kwargs):
    """The tangent of a gradient along `tensor`."""
    tangents = several(wrt, given(tensor, differentiated(wrt, args, kwargs), tangent_role(wrt)))
    y, y_dot = engine.jvp(slope, wrt.params)(tangents, *args, **kwargs)
    return snapshot(unmirrored(or_zero(y_dot, y), y))


def make_ggnvp_of(fun, wrt, outer, /, *args, **kwargs):
    """The product of J^T H J with a vector: J the Jacobian of `fun`, H the Hessian of `outer` at its value."""
    args, kwargs = settle(wrt, args, kwargs)
    x = differentiated(wrt, args, kwargs)
    pullback, y = pullback_at(fun, wrt, args, kwargs)
    hvp, _ = pullback_at(partial(gradient_of, outer, FIRST), FIRST, (y,), {})
    _, transposed = engine.vjp(pullback, (0,))(zeros_like(y))

    def ggnvp(x_dot):
        return pullback(hvp(transposed(given(x_dot, x, tangent_role(wrt)))[0]))

    return ggnvp


def half_square(y):
    """The loss that makes `make_ggnvp` the product with J^T J."""
    return 0.5 * np.sum(y**2, axis=-1) if np.ndim(y) else 0.5 * y**2


FIRST = replace(resolve(half_square, 0), names=(None,), function="the function")


def differentiated(wrt, args, kwargs):
    """The one differentiated argument, or the tuple of these for a sequence."""
    return only(wrt, chosen(wrt.params, args, kwargs))


def tangent_role(wrt):
    """How an error message names the tangent of what is differentiated."""
    return f"the tangent of the argument{'' if wrt.single else 's'} of {wrt.function}"


def multigrad_of(fun, parameters, /, *args, **kwargs):
    """The gradients of `fun` with respect to all its arguments, as a dict by parameter."""
    arguments = bound(parameters, args, kwargs)
    return gradient_of(partial(call_bound, fun, parameters), FIRST, arguments)


def bound(parameters, args, kwargs):
    """The arguments of a call as a dict by parameter, defaults included; `parameters` are (name, kind, default)."""
    arguments = {}
    taken = 0
    for name, kind, default in parameters:
        if kind == "*":
            arguments[name] = args[taken:]
        elif kind == "**":
            arguments[name] = {key: value for key, value in kwargs.items() if key not in arguments}
        elif kind == "positional" and taken < len(args):
            arguments[name] = args[taken]
            taken = taken + 1
        elif name not in kwargs and default is ABSENT:
            raise WrongArgument(f"missing a required argument: {name!r}")
        else:
            arguments[name] = kwargs.get(name, default)
    return arguments


def call_bound(fun, parameters, arguments):
    """Call `fun` with the arguments of a dict by parameter."""
    positional, named = unbound(parameters, arguments)
    return fun(*positional, **named)


def unbound(parameters, arguments):
    """The positional arguments and the keywords of a call, of a dict by parameter."""
    positional = []
    named = {}
    for name, kind, _ in parameters:
        if kind == "positional":
            positional.append(arguments[name])
        elif kind == "*":
            positional.extend(arguments[name])
        elif kind == "**":
            named = {**named, **arguments[name]}
        else:
            named[name] = arguments[name]
    return positional, named


def multigrad_by_argument(fun, parameters, /, *args, **kwargs):
    """`multigrad_of` at the outermost level: of the arguments as they are passed, each by itself."""
    arguments = bound(parameters, args, kwargs)
    positional, named = unbound(parameters, arguments)
    params = active_among(positional, named)
    y, pullback = engine.vjp(fun, params)(*positional, **named)
    found = dict(zip(params, pullback(scalar_seed(y, getattr(fun, "__name__", FIRST.function)))))
    return dict(by_parameter(parameters, arguments, found))


def by_parameter(parameters, arguments, found):
    """(parameter, gradient), of the gradients `found` of positions and keywords."""
    i = 0
    for name, kind, _ in parameters:
        x = arguments[name]
        if kind == "positional":
            bar, i = found.get(i), i + 1
        elif kind == "*":
            bar = [found.get(i + k) for k in range(len(x))]
        elif kind == "**":
            bar = {key: found.get(key) for key in x}
        else:
            bar = found.get(name)
        yield name, project(bar, x)


def active_among(args, kwargs) -> tuple[int | str, ...]:
    """The positions and the names of the arguments of a call that may have a derivative."""
    return tuple([key for key, x in [*enumerate(args), *kwargs.items()] if can_be_active(kind_of(x))])


def checkpointed(fun, wrt, /, *args, **kwargs):
    """`fun` itself: what differs is only what a derivative keeps."""
    return fun(*args, **kwargs)


# At the outermost level: products of one generated gradient where the primal is known to return a number -------------


def hvp_of_slope(fun, wrt, /, *args, **kwargs):
    """`make_hvp_of`."""
    args, kwargs = settle(wrt, args, kwargs)
    return pullback_at(slope_of(fun, wrt, args, kwargs), wrt, args, kwargs)


def tensor_product_of_slope(fun, wrt, /, *args, **kwargs):
    """`hessian_tensor_product_of`."""
    tensor = args[-1]
    args, kwargs = settle(wrt, args[:-1], kwargs)
    return tangent_along(tensor, slope_of(fun, wrt, args, kwargs), wrt, args, kwargs)


# Operator objects ----------------------------------------------------------------------------------------------------


class VJP(Operator):
    program = staticmethod(make_vjp_of)


class JVP(Operator):
    program = staticmethod(make_jvp_of)
    mode = "jvp"


class ReverseModeJVP(Operator):
    program = staticmethod(make_jvp_reversemode_of)

    def sweeps(self, args: tuple, kwargs: dict[str, Any]) -> tuple[Callable, str, bool]:
        return self.__wrapped__, self.mode, False  # the pullback is transposed, whose tape is not known ahead


class HVP(Operator):
    program = staticmethod(hvp_of_slope)
    nested = staticmethod(make_hvp_of)

    def sweeps(self, args: tuple, kwargs: dict[str, Any]) -> tuple[Callable, str, bool]:
        return slope_sweeps(self.__wrapped__, self.wrt, "vjp", args, kwargs)


class HessianTensorProduct(Operator):
    program = staticmethod(tensor_product_of_slope)
    nested = staticmethod(hessian_tensor_product_of)
    trailing = "tensor"

    def sweeps(self, args: tuple, kwargs: dict[str, Any]) -> tuple[Callable, str, bool]:
        return slope_sweeps(self.__wrapped__, self.wrt, "jvp", args, kwargs)


class GGNVP(Operator):
    """Gauss-Newton products; `outer` is the loss on top of `__wrapped__`."""

    program = staticmethod(make_ggnvp_of)

    def __init__(self, fun: Callable, outer: Callable = half_square, argnum: ArgNum = 0):
        self.outer = outer
        super().__init__(fun, argnum)

    def sweeps(self, args: tuple, kwargs: dict[str, Any]) -> tuple[Callable, str, bool]:
        return self.__wrapped__, self.mode, False  # as for ReverseModeJVP

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return make_ggnvp_of(self.__wrapped__, self.wrt, self.outer, *args, **kwargs)

    def __srcgrad_program__(self) -> Callable:
        return partial(make_ggnvp_of, self.__wrapped__, self.wrt, self.outer)

    def __reduce__(self) -> Any:
        reduced = super().__reduce__()
        return reduced if isinstance(reduced, str) else (make_ggnvp, (self.__wrapped__, self.outer, self.argnum))


class MultiGrad(Operator):
    """Gradients by name; `parameters` are what the program binds a call's arguments to."""

    program = staticmethod(multigrad_of)

    def resolved(self) -> Wrt:
        return FIRST

    def prepare(self) -> None:
        self.parameters = tuple((p.name, KINDS[p.kind.name], p.default) for p in self.__signature__.parameters.values())

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return multigrad_by_argument(self.__wrapped__, self.parameters, *args, **kwargs)

    def __srcgrad_program__(self) -> Callable:
        return partial(multigrad_of, self.__wrapped__, self.parameters)

    def __reduce__(self) -> Any:
        reduced = super().__reduce__()
        return reduced if isinstance(reduced, str) else (multigrad_dict, (self.__wrapped__,))

    def prepared(self, args: tuple, kwargs: dict[str, Any]) -> tuple[str, bool]:
        args, kwargs = unbound(self.parameters, bound(self.parameters, args, kwargs))
        return engine.prepare(self.__wrapped__, active_among(args, kwargs), self.mode, args, kwargs), True

    @property
    def respects(self) -> str:
        return "all its arguments"


KINDS = {
    "POSITIONAL_ONLY": "positional",
    "POSITIONAL_OR_KEYWORD": "positional",
    "VAR_POSITIONAL": "*",
    "KEYWORD_ONLY": "keyword",
    "VAR_KEYWORD": "**",
}


class Checkpoint(Operator):
    """A function whose derivative keeps its arguments only, and runs it again in the reverse sweep."""

    program = staticmethod(checkpointed)
    recompute = True  # read by the engine

    def resolved(self) -> Wrt:
        return FIRST

    def prepare(self) -> None:
        pass

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    def __srcgrad_program__(self) -> Callable:
        return self.__wrapped__

    def __repr__(self) -> str:
        return f"<srcgrad.checkpoint of {described(self.__wrapped__)}>"

    def __reduce__(self) -> Any:
        reduced = super().__reduce__()
        return reduced if isinstance(reduced, str) else (checkpoint, (self.__wrapped__,))


# What the user calls -------------------------------------------------------------------------------------------------


@implemented_by(VJP)
def make_vjp(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that returns `(vjp, value)` at a point; `vjp(y_bar)` may be called any number of times.

    >>> import srcgrad
    >>> vjp, value = srcgrad.make_vjp(lambda x: x * x)(3.0)
    >>> value, vjp(1.0), vjp(2.0)
    (9.0, 6.0, 12.0)
    """
    return make(VJP, fun, argnum)


@implemented_by(JVP)
def make_jvp(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that returns `jvp` at a point, with `jvp(tangent) -> (value, tangent of the value)`.

    Each call of `jvp` runs the primal once. A tuple of tangents for a sequence of arguments.
    """
    return make(JVP, fun, argnum)


@implemented_by(ReverseModeJVP)
def make_jvp_reversemode(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """As `make_jvp`, by transposing the pullback: the primal runs once for all tangents, and only tangents return."""
    return make(ReverseModeJVP, fun, argnum)


@implemented_by(HVP)
def make_hvp(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that returns `(hvp, gradient)` at a point, with `hvp(vector)` the Hessian-vector product."""
    return make(HVP, fun, argnum)


@implemented_by(HessianTensorProduct)
def hessian_tensor_product(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function of `(*args, tensor)` that returns the product of the Hessian of `fun` with `tensor`."""
    return make(HessianTensorProduct, fun, argnum)


hessian_vector_product = hessian_tensor_product


def make_ggnvp(f: Callable = MISSING, g: Callable = half_square, f_argnum: ArgNum = 0) -> Any:
    """The function that returns, at a point, the Gauss-Newton product `v -> J^T H J v` of `g(f(x))`."""
    if f is MISSING:
        return partial(make_ggnvp, g=g, f_argnum=f_argnum)
    if not callable(f) or not callable(g):
        raise WrongArgument(f"make_ggnvp of {f!r} and {g!r}", advice="Pass two functions.")
    return GGNVP(f, g, f_argnum)


def multigrad_dict(fun: Callable = MISSING) -> Any:
    """The function that returns the gradients with respect to all arguments, as a dict by parameter."""
    return make(MultiGrad, fun, 0)


def checkpoint(fun: Callable = MISSING) -> Any:
    """`fun`, of which a derivative keeps the arguments only and runs it again in the reverse sweep: memory for time."""
    return make(Checkpoint, fun, 0)


GGNVP.factory = staticmethod(make_ggnvp)
MultiGrad.factory = staticmethod(multigrad_dict)
Checkpoint.factory = staticmethod(checkpoint)
