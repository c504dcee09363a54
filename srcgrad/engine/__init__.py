"""The driver: a callable and its arguments in, derivatives out. All operators are made of these few functions."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any

import gast

from ..errors import SourceNotFound, SrcgradError, WrongKind
from ..frontend.build import names_stored, parameters
from ..frontend.normalise import refuse_hidden_reads, refuse_kinds_of_functions
from ..frontend.scope import Scope
from ..frontend.source import source_of
from ..kinds import NUMBER
from ..rules import load_all
from ..runtime import pairs
from ..runtime.helpers import project, snapshot
from . import resolving  # hands the run-time helpers their driver, too
from .chosen import chosen, last_position, names_among, parameter_names
from .places import place_of, placed
from .targets import Target, target_of
from .versions import cache_clear, cache_info, kind_key, parameter_kinds, version_of

load_all()

Params = tuple[int | str, ...]  # the parameters to differentiate: positions, names of keyword-only ones

__all__ = ["Gradient", "cache_clear", "cache_info", "gradient", "jvp", "jvps", "source", "vjp"]


class Gradient:
    """The gradients of `f` with respect to the parameters `params`, positions and names, by one generated function."""

    def __init__(self, f: Callable, params: Params, seed: str, value: bool):
        self.f, self.params, self.seed, self.value = f, params, seed, value
        self.bound: dict = {}
        if type(f) is FunctionType:
            check_function(f)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            version = self.bound.get(tuple(map(kind_key, args)))
            if version is not None and version[0].holds():
                return self.run(version[1], args, {})
        version, run, full, names = self.version(args, kwargs)
        if not kwargs and run is not None and full is args:
            self.bound[tuple(map(kind_key, args))] = (version, run)
        return self.run(run, full, names)

    def run(self, function, args, kwargs):
        """The results of the generated `function`; its errors name the user's line."""
        try:
            return self.results(function(*args, **kwargs))
        except SrcgradError as error:
            where = place_of(error)
            if where is None:
                raise
            raise type(error)(error.what, where=where, advice=error.advice) from None

    def results(self, returned):
        """The gradients as a tuple, however many there are."""
        if len(self.params) > 1:
            return returned
        if self.value:
            return returned[0], (returned[1],)
        if self.seed == "aux":
            return (returned[0],), returned[1]
        return (returned,)

    def version(self, args, kwargs):
        """(version, its function, positional and keyword arguments to call it with)."""
        target = target_of(self.f, len(args), tuple(kwargs), (args, kwargs), self.params)
        full = (*target.bound, *args) if target.bound else args
        names = {**target.keywords, **kwargs} if target.keywords else kwargs
        kinds = parameter_kinds(target.function, full, names)
        active = self.active(target)
        key = ("gradient", self.seed, self.value, tuple(active), tuple(kinds.items()))
        version = version_of(target.function, key, lambda d: d.gradient(kinds, active, self.seed, self.value))
        return version, version.functions[version.text.entry.name], full, names

    def is_of_number(self, args: tuple, kwargs: dict) -> bool:
        """True where `f` is known to return a float for arguments of these kinds, before it is run."""
        return self.version(args, kwargs)[0].text.entry.is_number

    def active(self, target) -> list[str]:
        return parameter_names(target.function, self.params, len(target.bound))

    @property
    def source(self) -> str:
        """The general text: the differentiated arguments are numbers or arrays, of the others nothing is known."""
        return self.general().text.source

    def general(self):
        """The version for differentiated arguments that are numbers or arrays, and others of which nothing is known."""
        target = general_target(self.f, self.params)
        active = self.active(target)
        kinds = dict.fromkeys(active, NUMBER)
        key = ("gradient", self.seed, self.value, tuple(active), tuple(kinds.items()))
        return version_of(target.function, key, lambda d: d.gradient(kinds, active, self.seed, self.value))

    def function(self, call: tuple | None):
        """The generated function for these arguments, or the general one; None where it takes other arguments."""
        if call is None:
            version = self.general()
            return version.functions[version.text.entry.name]
        _, run, full, names = self.version(*call)
        return run if full is call[0] and names is call[1] else None

    def specialise(self, args: tuple, kwargs: dict) -> Specialised:
        return Specialised(self, args, kwargs)


class Specialised:
    """A gradient for arguments of fixed kinds, ready to run."""

    def __init__(self, owner: Gradient, args, kwargs):
        self.owner = owner
        version, self.run, full, names = owner.version(args, kwargs)
        self.source = version.text.source
        self.key = tuple(map(kind_key, args))
        self.names = {name: kind_key(value) for name, value in kwargs.items()}
        self.plain = full is args
        self.target = target_of(owner.f, len(args), tuple(kwargs), (args, kwargs), owner.params)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if tuple(map(kind_key, args)) != self.key or {n: kind_key(v) for n, v in kwargs.items()} != self.names:
            raise WrongKind(
                f"this derivative was precompiled for {self.key}, not {tuple(map(kind_key, args))}",
                advice="Precompile it for these kinds of argument, or call the derivative itself.",
            )
        if not self.plain:
            args, kwargs = (*self.target.bound, *args), {**self.target.keywords, **kwargs}
        return self.owner.results(self.run(*args, **kwargs))


def check_function(f: FunctionType) -> None:
    """Refuse, once per code object, what no later fact can excuse: async functions, generators, eval and its like."""
    if f.__code__ in _checked:
        return
    try:
        source = source_of(f)
    except SourceNotFound:  # said when the derivative is called, for it may have a rule by then
        return
    tree = source.tree()
    refuse_kinds_of_functions(tree, source)
    body = [tree.body] if isinstance(tree, gast.Lambda) else tree.body
    refuse_hidden_reads(body, Scope(f, names_stored(body) | set(parameters(tree.args))), source)
    _checked.add(f.__code__)


_checked: weakref.WeakSet = weakref.WeakSet()


def gradient(f: Callable, params: Params, seed: str, value: bool) -> Gradient:
    """The gradient of `f`; `seed` is the adjoint of its result: scalar, ones, holomorphic or aux."""
    return Gradient(f, params, seed, value)


class Linearised:
    """A callable `operator(f, params)(...)` that can itself be differentiated: it has a program in the language."""

    def __init__(self, program, f, params):
        self.program, self.f, self.params = program, f, params

    @placed
    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.program(self.f, self.params, *args, **kwargs)

    def __srcgrad_program__(self):
        return partial(self.program, self.f, self.params)


def vjp(f: Callable, params: Params) -> Callable:
    """`vjp(f, params)(*args) -> (y, pullback)`; `pullback(y_bar)` gives one adjoint per parameter."""
    return Linearised(vjp_of, f, params)


def vjp_of(f, params, /, *args, **kwargs):
    """The value of `f` and its pullback, which may be called any number of times."""
    forward, backward = pairs.pair(f, params, apart=True)
    y, tape = forward(*args, **kwargs)
    y = snapshot(y)  # the caller may write into it before the pullback runs,
    tape = snapshot(tape)  # and into arguments, globals and attributes that the tape holds
    primals = tuple([snapshot(x) for x in chosen(params, args, kwargs)])
    return y, partial(pullback_of, backward, tape, primals)


def pullback_of(backward, tape, primals, y_bar):
    """The adjoints of `primals`, in their shapes and types."""
    bars = backward(tape, y_bar)
    return tuple([project(bars[i + 1], primals[i]) for i in range(len(primals))])


def jvp(f: Callable, params: Params) -> Callable:
    """`jvp(f, params)(tangents, *args) -> (y, y_dot)`."""
    return Linearised(jvp_of, f, params)


def jvp_of(f, params, tangents, /, *args, **kwargs):
    """The value of `f` and its tangent."""
    return pairs.pushforward(f, params, apart=True)(tangents, *args, **kwargs)


def jvps(f: Callable, params: Params) -> Callable:
    """`jvps(f, params)(tangents, *args) -> (y, y_dots)`: for each parameter the list of its tangents, as many as `y`'s.

    The primal runs once for all directions.
    """
    return Linearised(jvps_of, f, params)


def jvps_of(f, params, tangents, /, *args, **kwargs):
    """The value of `f` and its tangents along several directions."""
    return pairs.pushforward(f, params, many=True, apart=True)(tangents, *args, **kwargs)


def prepare(f: Callable, params: Params, mode: str, args: tuple, kwargs: dict) -> str:
    """Generate what `vjp` or `jvp` runs for arguments of these kinds, now and without running `f`; its text."""
    return resolving.source_for(f, params, mode, args, kwargs)


def source(f: Callable, params: Params, mode: str) -> str:
    """The general text of the pair of sweeps ("vjp") or of the tangent function ("jvp")."""
    target = general_target(f, params)
    active = parameter_names(target.function, params, len(target.bound))
    kinds = dict.fromkeys(active, NUMBER)
    version = pairs.version_for(target.function, kinds, frozenset(active), frozenset(), mode, True)
    return version.text.source


def general_target(f: Callable, params: Params) -> Target:
    """The function behind `f`, for a call of which no more is known than what is differentiated."""
    return target_of(f, last_position(params) + 1, names_among(params), params=params)
