"""Operators on functions with one number as output: `grad` and its kin, and `elementwise_grad`, `deriv`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from srcgrad import engine
from srcgrad.engine.chosen import chosen
from srcgrad.engine.places import shortened
from srcgrad.errors import NotDifferentiable, NotScalar, SrcgradError, WrongArgument
from srcgrad.operators.arguments import Wrt, settle
from srcgrad.operators.base import MISSING, Operator, implemented_by, make, only
from srcgrad.records import is_dataclass
from srcgrad.runtime.tangents import or_zero

ArgNum = int | str | tuple | list


# Programs: what the operators compute, in the language that srcgrad differentiates -----------------------------------


def gradient_of(fun, wrt, /, *args, **kwargs):
    """The gradient of a function of one number as output."""
    args, kwargs = settle(wrt, args, kwargs)
    y, pullback = engine.vjp(fun, wrt.params)(*args, **kwargs)
    return only(wrt, pullback(scalar_seed(y, wrt.function)))


def value_and_gradient_of(fun, wrt, /, *args, **kwargs):
    """The value of `fun` and its gradient."""
    args, kwargs = settle(wrt, args, kwargs)
    y, pullback = engine.vjp(fun, wrt.params)(*args, **kwargs)
    return y, only(wrt, pullback(scalar_seed(y, wrt.function)))


def gradient_and_aux_of(fun, wrt, /, *args, **kwargs):
    """The gradient of the first output of `fun`, and its second output."""
    args, kwargs = settle(wrt, args, kwargs)
    outputs, pullback = engine.vjp(fun, wrt.params)(*args, **kwargs)
    y, aux = outputs
    return only(wrt, pullback((scalar_seed(y, wrt.function), None))), aux


def elementwise_gradient_of(fun, wrt, /, *args, **kwargs):
    """The sum over the outputs of `fun` of their gradients."""
    args, kwargs = settle(wrt, args, kwargs)
    y, pullback = engine.vjp(fun, wrt.params)(*args, **kwargs)
    return only(wrt, pullback(real_ones(y, wrt.function)))


def holomorphic_gradient_of(fun, wrt, /, *args, **kwargs):
    """The complex derivative of a holomorphic function of one number as output."""
    args, kwargs = settle(wrt, args, kwargs)
    warn_unless_complex(wrt, args, kwargs)
    y, pullback = engine.vjp(fun, wrt.params)(*args, **kwargs)
    require_output(y, wrt.function)
    return only(wrt, pullback(scalar_seed(np.real(y), wrt.function)))


def derivative_of(fun, wrt, /, *args, **kwargs):
    """The derivative of `fun` along the tangent of all ones, in forward mode."""
    args, kwargs = settle(wrt, args, kwargs)
    tangents = tuple([ones_like(x) for x in chosen(wrt.params, args, kwargs)])
    y, y_dot = engine.jvp(fun, wrt.params)(tangents, *args, **kwargs)
    require_output(y, wrt.function)
    return or_zero(y_dot, y)


def require_output(y, function):
    """Raise NotDifferentiable for a result that is no number, array or structure of these."""
    if isinstance(y, OUTPUTS) or is_dataclass(y):
        if getattr(y, "dtype", REAL).kind in "fciubO":
            return
    what = f"an array of dtype {y.dtype}" if isinstance(y, (np.ndarray, np.generic)) else f"a {type(y).__name__}"
    raise NotDifferentiable(
        f"the output of {function} is {'None' if y is None else what}, which has no derivative",
        advice="Return a number, an array, or a structure of these.",
    )


OUTPUTS = (float, int, complex, np.ndarray, np.generic, list, tuple, dict)
REAL = np.dtype(float)


def scalar_seed(y, function):
    """The adjoint 1 of a real number or of a real array with one element; raises NotScalar for anything else."""
    if type(y) is float:
        return 1.0
    if isinstance(y, (tuple, list, dict, str)) or y is None:
        raise NotScalar(
            f"the gradient of {function} needs one real number as output, not a {type(y).__name__}",
            advice="Differentiate a function that returns one component, or use grad_and_aux or make_vjp.",
        )
    if np.size(y) != 1 or np.iscomplexobj(y):
        raise NotScalar(
            f"the gradient of {function} needs one real number as output, not "
            f"{'a complex one' if np.size(y) == 1 else f'an array of shape {np.shape(y)}'}",
            advice=f"Use {'holomorphic_grad' if np.size(y) == 1 else 'elementwise_grad or jacobian'}.",
        )
    return np.ones(np.shape(y)) if np.ndim(y) else 1.0


def real_ones(y, function):
    """The adjoint of all ones of a real output of any structure."""
    require_output(y, function)
    return ones_of(y, function)


def ones_of(y, function):
    """Ones in the structure of a real output, None for what has no derivative."""
    if np.iscomplexobj(y):
        raise NotScalar(
            f"elementwise_grad needs a real output, and that of {function} is complex", advice="Use jacobian."
        )
    if isinstance(y, (tuple, list)):
        return [ones_of(item, function) for item in y]
    if isinstance(y, dict):
        return {key: ones_of(item, function) for key, item in y.items()}
    if isinstance(y, str) or y is None:
        return None
    return np.ones(np.shape(y)) if np.ndim(y) else 1.0


def ones_like(x):
    """The tangent of all ones: a number, an array, or a structure of these with None for what is inactive."""
    if isinstance(x, (tuple, list)):
        return [ones_like(item) for item in x]
    if isinstance(x, dict):
        return {key: ones_like(item) for key, item in x.items()}
    if isinstance(x, (float, complex)):
        return 1.0
    if isinstance(x, (np.ndarray, np.generic)):
        return np.ones(x.shape, x.dtype) if x.dtype.kind in "fc" else None
    return None


def warn_unless_complex(wrt, args, kwargs):
    """Warn, as autograd does, where a real argument makes `holomorphic_grad` a plain gradient of the real part."""
    for x in chosen(wrt.params, args, kwargs):
        if not np.iscomplexobj(x):
            warnings.warn("Input to holomorphic_grad is not complex", stacklevel=4)


# Operator objects ----------------------------------------------------------------------------------------------------


class Gradient(Operator):
    """An operator whose text the engine generates as one function: forward sweep, seed, reverse sweep."""

    program = staticmethod(gradient_of)
    is_slope = True
    seed = "scalar"
    value = False

    def prepare(self) -> None:
        self.compiled = engine.gradient(self.__wrapped__, self.wrt.params, self.seed, self.value)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        try:
            args, kwargs = settle(self.wrt, args, kwargs)
            return self.pick(self.compiled(*args, **kwargs))
        except SrcgradError as error:
            raise shortened(error) from error.__cause__

    def __srcgrad_generated__(self, call: tuple | None) -> Any:
        """The one generated function behind a call, where it returns just what the operator does."""
        if not self.wrt.single and len(self.wrt.params) == 1:
            return None
        return self.compiled.function(None if call is None else settle(self.wrt, *call))

    def pick(self, result: Any) -> Any:
        """What the user gets of what the engine returns, which has a tuple of gradients."""
        return result[0] if self.wrt.single else result

    @property
    def source(self) -> str:
        """The derivative's general text, before any call."""
        return self.compiled.source

    def precompile(self, /, *args: Any, **kwargs: Any) -> Specialised:
        """The derivative for arguments of these kinds, generated and compiled now; other kinds raise WrongKind."""
        try:
            args, kwargs = settle(self.wrt, args, kwargs)
            return Specialised(self, self.compiled.specialise(args, kwargs))
        except SrcgradError as error:
            raise shortened(error) from error.__cause__


class ValueAndGradient(Gradient):
    program = staticmethod(value_and_gradient_of)
    is_slope = False
    value = True

    def pick(self, result: Any) -> Any:
        y, x_bars = result
        return y, x_bars[0] if self.wrt.single else x_bars


class GradientAndAux(Gradient):
    program = staticmethod(gradient_and_aux_of)
    is_slope = False
    seed = "aux"

    def pick(self, result: Any) -> Any:
        x_bars, aux = result
        return x_bars[0] if self.wrt.single else x_bars, aux


class ElementwiseGradient(Gradient):
    program = staticmethod(elementwise_gradient_of)
    seed = "ones"


class HolomorphicGradient(Gradient):
    program = staticmethod(holomorphic_gradient_of)
    seed = "holomorphic"

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        try:
            args, kwargs = settle(self.wrt, args, kwargs)
            warn_unless_complex(self.wrt, args, kwargs)
            return self.pick(self.compiled(*args, **kwargs))
        except SrcgradError as error:
            raise shortened(error) from error.__cause__


class Derivative(Operator):
    program = staticmethod(derivative_of)
    mode = "jvp"


class Specialised:
    """A derivative for arguments of fixed kinds: `source` is the text that runs."""

    def __init__(self, operator: Gradient, compiled: Any):
        self.operator, self.compiled = operator, compiled
        self.wrt, self.pick = operator.wrt, operator.pick

    @property
    def source(self) -> str:
        return self.compiled.source

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if len(args) < len(self.wrt.names) or self.wrt.keywords:
            args, kwargs = settle(self.wrt, args, kwargs)
        return self.pick(self.compiled(*args, **kwargs))

    def __repr__(self) -> str:
        return f"{repr(self.operator)[:-1]}, precompiled>"


def slope_of(fun: Callable, wrt: Wrt, args: tuple, kwargs: dict[str, Any]) -> Callable:
    """The gradient of `fun`: one generated function, of plain text, where `fun` is known to return a number."""
    slope = Gradient(fun, wrt.params[0] if wrt.single else wrt.params)
    is_plain = (wrt.single or len(wrt.params) > 1) and slope.compiled.is_of_number(args, kwargs)
    return slope if is_plain else partial(gradient_of, fun, wrt)


def slope_sweeps(fun: Callable, wrt: Wrt, mode: str, args: tuple, kwargs: dict[str, Any]) -> tuple[Callable, str, bool]:
    """What an operator differentiates that takes the `slope_of` its primal, as `Operator.sweeps` says."""
    slope = slope_of(fun, wrt, args, kwargs)
    return (slope, mode, True) if isinstance(slope, Gradient) else (fun, "vjp", False)


# What the user calls -------------------------------------------------------------------------------------------------


@implemented_by(Gradient)
def grad(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that computes the gradient of `fun` with respect to the arguments `argnum`.

    `fun` returns one real number. The gradient has the type, shape and structure of the argument; a tuple of gradients
    for a sequence of arguments. Works as a call, `grad(fun, "w")`, and as a decorator, `@grad` or `@grad(argnum="w")`.

    >>> import srcgrad
    >>> srcgrad.grad(lambda x: x * x)(3.0)
    6.0
    """
    return make(Gradient, fun, argnum)


@implemented_by(ValueAndGradient)
def value_and_grad(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that returns the value of `fun` and its gradient, as `scipy.optimize` takes them (`jac=True`)."""
    return make(ValueAndGradient, fun, argnum)


@implemented_by(GradientAndAux)
def grad_and_aux(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that returns the gradient of the first output of `fun`, and its second output untouched."""
    return make(GradientAndAux, fun, argnum)


@implemented_by(ElementwiseGradient)
def elementwise_grad(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that sums the rows of the Jacobian of `fun`: each element's derivative where it is diagonal."""
    return make(ElementwiseGradient, fun, argnum)


@implemented_by(HolomorphicGradient)
def holomorphic_grad(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that computes the complex derivative of a holomorphic `fun` of one output."""
    return make(HolomorphicGradient, fun, argnum)


@implemented_by(Derivative)
def deriv(fun: Callable = MISSING, argnum: ArgNum = 0) -> Any:
    """The function that computes the derivative of `fun` along the tangent of all ones, in forward mode."""
    return make(Derivative, fun, argnum)


def grad_named(fun: Callable = MISSING, argname: str = MISSING) -> Any:
    """The gradient with respect to the parameter named `argname`: `grad(fun, argname)`."""
    if argname is MISSING and isinstance(fun, str):
        return grad(argnum=fun)
    if not isinstance(argname, str):
        raise WrongArgument(f"grad_named of {argname!r}", advice="Pass the name of a parameter.")
    return grad(fun, argname)


egrad = elementwise_grad
