"""What every operator returns: a callable that looks like its primal, pickles, prints well and knows its source.

An operator is a class with a `program`, a plain function `program(fun, wrt, *args, **kwargs)` in the language that
srcgrad differentiates. The program *is* the operator: it runs when the operator is called, and it is what gets
differentiated when the call stands inside differentiated code, so operators nest without special cases. (Some
do otherwise at the outermost level, where the kinds of the arguments are known; their second program is `nested`.)
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Any

from srcgrad import engine
from srcgrad.engine.places import shortened
from srcgrad.errors import SrcgradError, WrongArgument, WrongKind
from srcgrad.kinds import kind_of
from srcgrad.operators.arguments import POSITIONAL, Wrt, name_of, resolve, settle

MISSING: Any = object()


class Operator:
    """The derivative of `__wrapped__` that `program` computes, with the primal's name, docstring and signature."""

    program: Callable[..., Any]
    nested: Callable[..., Any] | None = None  # the program within differentiated code, where that is another one
    factory: Callable[..., Operator]
    mode = "vjp"
    trailing: str | None = None  # the name of an argument taken behind the primal's own
    is_slope = False  # whether it has an output for every entry of the input

    def __init__(self, fun: Callable, argnum: int | str | tuple | list = 0):
        self.__wrapped__ = fun
        self.__doc__ = getattr(fun, "__doc__", None)
        self.__module__ = getattr(fun, "__module__", None)
        self.argnum = argnum
        self.wrt = self.resolved()
        self.prepare()

    def resolved(self) -> Wrt:
        """What is differentiated; raises where `argnum` does not fit the primal."""
        return resolve(self.__wrapped__, self.argnum)

    def prepare(self) -> None:
        """Have the engine look at the primal now, so that what it cannot differentiate is refused at decoration."""
        (engine.jvp if self.mode == "jvp" else engine.vjp)(self.__wrapped__, self.wrt.params)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        try:
            return type(self).program(self.__wrapped__, self.wrt, *args, **kwargs)
        except SrcgradError as error:
            raise shortened(error) from error.__cause__

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __srcgrad_program__(self) -> Callable:
        """The same computation as an ordinary function, for use inside differentiated code."""
        return partial(type(self).nested or type(self).program, self.__wrapped__, self.wrt)

    @property
    def source(self) -> str:
        """The derivative's general text, before any call."""
        return engine.source(self.__wrapped__, self.wrt.params, self.mode)

    def precompile(self, /, *args: Any, **kwargs: Any) -> Callable:
        """The operator for arguments of these kinds, with all that it needs generated; other kinds raise WrongKind.

        Its `source` is the text of its sweeps. An operator that differentiates what it knows only when these have run
        finds the texts for that by one call, which runs the primal; all others do not run it.
        """
        try:
            source, is_all = self.prepared(args if self.trailing is None else args[:-1], kwargs)
        except SrcgradError as error:
            raise shortened(error) from error.__cause__
        if not is_all:
            self(*args, **kwargs)
        return Guarded(self, args, kwargs, source)

    def prepared(self, args: tuple, kwargs: dict[str, Any]) -> tuple[str, bool]:
        """The text of the sweeps for arguments of these kinds, generated now, and whether no other is needed."""
        args, kwargs = settle(self.wrt, args, kwargs)
        fun, mode, is_all = self.sweeps(args, kwargs)
        return engine.prepare(fun, self.wrt.params, mode, args, kwargs), is_all

    def sweeps(self, args: tuple, kwargs: dict[str, Any]) -> tuple[Callable, str, bool]:
        """What a call with these arguments, settled, differentiates, in which mode, and whether that is all."""
        return self.__wrapped__, self.mode, True

    @property
    def __signature__(self) -> inspect.Signature:
        try:
            signature = inspect.signature(self.__wrapped__)
        except (TypeError, ValueError):
            return inspect.signature(lambda *args, **kwargs: None)
        return signature if self.trailing is None else extended(signature, self.trailing)

    def __getattr__(self, name: str) -> Any:
        # looked up lazily, for operators made in a loop must be cheap
        if name in ("__name__", "__qualname__") and "__wrapped__" in self.__dict__:
            return getattr(self.__wrapped__, name, type(self.__wrapped__).__name__)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __reduce__(self) -> Any:
        """By qualified name where that name leads back here (a decorated function), else by factory and primal."""
        if named(self) is self:
            return self.__qualname__
        return type(self).factory, (self.__wrapped__, self.argnum)

    def __repr__(self) -> str:
        return (
            f"<srcgrad.{type(self).factory.__name__} of {described(self.__wrapped__)} with respect to {self.respects}>"
        )

    @property
    def respects(self) -> str:
        """The differentiated parameters, by name where they have one."""
        names = [name_of(self.wrt, i) for i in self.wrt.params]
        return ", ".join(name if isinstance(name, str) else f"argument {name}" for name in names)


class Guarded:
    """An operator that takes only arguments of the kinds that it was prepared for."""

    def __init__(self, operator: Operator, args: tuple, kwargs: dict[str, Any], source: str):
        self.operator, self.source = operator, source
        self.kinds = kinds_of(args, kwargs)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        kinds = kinds_of(args, kwargs)
        if kinds != self.kinds:
            raise WrongKind(
                f"precompiled for {shown(self.kinds)}, called with {shown(kinds)}",
                advice="Pass arguments of those kinds, or precompile for these.",
            )
        return self.operator(*args, **kwargs)

    def __repr__(self) -> str:
        return f"{repr(self.operator)[:-1]}, precompiled>"


def kinds_of(args: tuple, kwargs: dict[str, Any]) -> list:
    """The kinds of the arguments of a call, by position and by keyword."""
    return [*map(kind_of, args), *((name, kind_of(kwargs[name])) for name in sorted(kwargs))]


def shown(kinds: list) -> str:
    """Kinds as an error message tells them."""
    return ", ".join(f"{kind[0]}={kind[1]}" if isinstance(kind, tuple) else str(kind) for kind in kinds)


def make(kind: type[Operator], fun: Any, argnum: Any) -> Any:
    """The operator on `fun`, or the decorator that makes it when only `argnum` was given."""
    if callable(fun):
        try:
            return kind(fun, argnum)
        except SrcgradError as error:
            raise shortened(error) from error.__cause__
    if fun is MISSING:
        return partial(kind.factory, argnum=argnum)
    if isinstance(fun, (int, str, tuple, list)) and not isinstance(fun, bool) and argnum == 0:
        return partial(kind.factory, argnum=fun)
    advice = "Put @classmethod above, not below." if isinstance(fun, classmethod) else "Pass a function."
    raise WrongArgument(f"{kind.factory.__name__} of {fun!r}, which is not callable", advice=advice)


def implemented_by(kind: type[Operator]) -> Callable:
    """Tie the public function that makes operators to the class of these operators."""

    def tie(factory):
        kind.factory = staticmethod(factory)
        factory.kind = kind
        return factory

    return tie


def only(wrt, values):
    """The one value of a single `argnum`, or the tuple of values of a sequence."""
    return values[0] if wrt.single else tuple(values)


def several(wrt, value):
    """The tuple of values, one per differentiated parameter, that a caller passed as one or as a sequence."""
    return (value,) if wrt.single else tuple(value)


def named(operator: Operator) -> Any:
    """What the operator's module and qualified name lead to; None when they lead nowhere."""
    found = sys.modules.get(operator.__module__ or "")
    for part in str(operator.__qualname__).split("."):
        found = getattr(found, part, None)
    return found


def described(fun: Callable) -> str:
    """A function as the user knows it.

    >>> described(lambda w, *X: 0)
    'lambda(w, *X)'
    """
    name = getattr(fun, "__name__", None) or repr(fun)
    try:
        listed = inspect.signature(fun).parameters.values()
    except (TypeError, ValueError):
        return name
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    shown = ", ".join(stars.get(p.kind, "") + p.name for p in listed)
    return f"{'lambda' if name == '<lambda>' else name}({shown})"


def extended(signature: inspect.Signature, name: str) -> inspect.Signature:
    """The signature with one more positional argument, `name`, behind the positional ones."""
    listed = list(signature.parameters.values())
    ahead = [p.replace(kind=inspect.Parameter.POSITIONAL_ONLY, default=p.empty) for p in listed if p.kind in POSITIONAL]
    last = inspect.Parameter(
        name if name not in signature.parameters else name + "_", inspect.Parameter.POSITIONAL_ONLY
    )
    if any(p.kind == p.VAR_POSITIONAL for p in listed):
        return signature  # the last of any number of arguments cannot be named
    return signature.replace(parameters=[*ahead, last, *(p for p in listed if p.kind not in POSITIONAL)])
