"""Where derivatives are registered: which callables have a rule, and what the rule says.

A rule is an ordinary Python function of arrays. The transformation parses it: a rule whose body is one `return` is
inlined where it is used, a longer one is called by name. Nothing here knows how code is differentiated.

Four ways to state a derivative:

    partials(np.tanh, lambda y, x: 1 - y * y)             # elementwise: one partial derivative per argument
    partials(np.multiply, lambda y, a, b: (b, a))

    @vjp(np.trace)                                        # the adjoint of `a` from the adjoint of the result
    def trace_a(y_bar, y, a, offset=0): ...

    @jvp(np.trace)                                        # the tangent of the result from the tangent of `a`
    def trace_a_dot(a_dot, y, a, offset=0): ...

    linear(np.trace)                                      # the tangent of the result is np.trace(a_dot, offset)

The parameters behind `y` are the primitive's own, with its defaults; a keyword that a rule does not name is refused.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Partials:
    """The partial derivatives of an elementwise function; `function(y, *args)` returns one or a tuple of them."""

    primitive: Callable
    function: Callable
    names: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A VJP or JVP of `primitive` with respect to its parameter `wrt`.

    `star` is true when `wrt` is the primitive's `*args`: the rule then takes the position within it as `index`, third.
    `ndim`, when not None, restricts the rule to positional arguments of these ranks.
    """

    primitive: Callable
    function: Callable
    wrt: str
    star: bool = False
    ndim: tuple[int | None, ...] | None = None


class Signatures(dict):
    """Primitive -> signature, read off a rule `(function, extra leading parameters)` when it is first asked for.

    Hundreds of signatures would take a good part of the time that importing srcgrad takes.
    """

    def __getitem__(self, primitive):
        found = super().__getitem__(primitive)
        if isinstance(found, tuple):
            function, extra = found
            found = inspect.Signature(list(inspect.signature(function).parameters.values())[extra:])
            self[primitive] = found
        return found


class Observers(set):
    """Callables, and the assertions of NumPy's test module, which is slow to import and rarely needed."""

    def __contains__(self, f):
        if super().__contains__(f):
            return True
        module, name = str(getattr(f, "__module__", "")), str(getattr(f, "__name__", ""))
        return module.startswith("numpy.testing") and name.startswith("assert_")


partial_rules: dict[Any, Partials] = {}
vjp_rules: dict[Any, dict[str, list[Rule]]] = {}
jvp_rules: dict[Any, dict[str, list[Rule]]] = {}
linear_rules: dict[Any, tuple[str, ...]] = {}
signatures: dict[Any, inspect.Signature] = Signatures()
constant: dict[Any, str] = {}
stated: dict[Any, object] = {}  # primitive with rules from outside srcgrad -> a mark of what they are by now
observers: set[Any] = Observers()
encoders: set[Any] = set()
later: dict[str, tuple[str, ...]] = {}  # a module that is slow to import -> the modules with rules of its functions
_loading: list[str] = []
_lock = threading.RLock()
methods: dict[tuple[type, str], Any] = {}
attributes: dict[tuple[type, str], Any] = {}


def load_later() -> None:
    """Load the rules of the modules in `later` that somebody has imported by now."""
    for name in [name for name in later if name in sys.modules]:
        with _lock:
            importing = getattr(getattr(sys.modules.get(name), "__spec__", None), "_initializing", False)
            if name in later and name not in _loading and not importing:
                _loading.append(name)
                for family in later[name]:
                    importlib.import_module(family)
                later.pop(name)


def partials(primitive, function):
    """Register the partial derivatives of an elementwise `primitive`: `function(y, *args)`, one or a tuple."""
    load_later()  # so that what a user states replaces what comes with srcgrad
    names = tuple(parameter_names(function))[1:]
    partial_rules[primitive] = Partials(primitive, function, names)
    mark(primitive, function)
    return function


def vjp(primitive, *wrt, ndim=None):
    """Register `function(y_bar, y, *params)`, the adjoint of the parameters `wrt` (the first one unless named).

    With `ndim=(2, 1)` the rule holds for a first argument of rank 2 and a second of rank 1 and is preferred there.
    A name written `"*operands"` is the primitive's star parameter: the rule is then `(y_bar, y, index, *params)`.
    """
    return _register(vjp_rules, primitive, wrt, ndim)


def jvp(primitive, *wrt, ndim=None):
    """Register `function(x_dot, y, *params)`, the contribution of the tangent of parameter `wrt` to the result's."""
    return _register(jvp_rules, primitive, wrt, ndim)


def _register(table, primitive, wrt, ndim):
    load_later()

    def register(function):
        star = bool(wrt) and wrt[0].startswith("*")
        extra = 3 if star else 2
        names = parameter_names(function)[extra:]
        for name in wrt or names[:1]:
            rule = Rule(primitive, function, name.lstrip("*"), star, ndim)
            if rule.wrt not in names:
                raise ValueError(f"{function.__name__} has no parameter {rule.wrt!r}")
            rules = table.setdefault(primitive, {}).setdefault(rule.wrt, [])
            rules.insert(0, rule) if ndim else rules.append(rule)
        mark(primitive, function)
        signatures.setdefault(primitive, (function, extra))
        return function

    return register


def mark(primitive, function):
    """Note that what is stated of a primitive has changed, unless `function` is one of srcgrad's own rules."""
    if not str(function.__module__).startswith("srcgrad.rules."):
        stated[primitive] = object()


def parameter_names(function) -> list[str]:
    """The names of the parameters of a function, in order."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_kwonlyargcount or hasattr(function, "__wrapped__"):
        return list(inspect.signature(function).parameters)
    stars = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return list(code.co_varnames[: code.co_argcount + stars])


def linear(primitive, *wrt):
    """State that `primitive` is linear in each of `wrt` (its first parameter unless named), the others held fixed.

    Its JVP is then itself, called with the tangent in that place.
    """
    linear_rules[primitive] = wrt or ("",)


def nograd(*primitives, why="its result does not vary with its arguments"):
    """Declare that the result is inactive whatever the arguments: its derivative is zero where it exists."""
    for primitive in primitives:
        constant[primitive] = why


def encoder(*callables):
    """Declare callables that make text of active values: it may be looked at, but no derivative comes back from it."""
    nograd(*callables, why="not a number")
    encoders.update(callables)


def observer(*callables):
    """Declare callables that look at active values without influencing the result (print, logging, progress bars)."""
    observers.update(callables)


def method(owner, name, primitive):
    """State that `owner.name(x, ...)` is `primitive(x, ...)`: the rule of the function serves the method."""
    methods[owner, name] = primitive


def attribute(owner, name, primitive):
    """State that reading `x.name` on an `owner` is `primitive(x)`; None where the attribute is inactive."""
    attributes[owner, name] = primitive


def has_rule(f) -> bool:
    """True when the derivative of `f`, zero included, is registered."""
    if later:
        load_later()
    try:
        return f in partial_rules or f in vjp_rules or f in jvp_rules or f in constant or f in observers
    except TypeError:  # unhashable callables have no rule
        return False


def bound_method(owner, name):
    """The method `name` of the object `owner` itself, if that has a rule, as `scipy.stats.norm.logpdf` has; or None."""
    function = inspect.getattr_static(owner, name, None)
    if not isinstance(function, FunctionType) or name in getattr(owner, "__dict__", ()):
        return None
    method = MethodType(function, owner)
    return method if has_rule(method) else None


def only_computes(f) -> bool:
    """True for functions of SciPy's with a rule, but for those that call functions of the user's."""
    if isinstance(f, MethodType):
        module = type(f.__self__).__module__
    else:
        module = "scipy.special" if isinstance(f, np.ufunc) else getattr(f, "__module__", None) or ""
    return module.startswith("scipy.") and not module.startswith("scipy.integrate") and has_rule(f)
