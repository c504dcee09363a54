"""What is really differentiated when a user hands over a callable: a Python function and the arguments bound to it.

A callable without Python source, such as a ufunc, is as good as the one-line function that calls it; that function is
written here, once per number of arguments.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from ..emit.module import compile_text
from ..errors import NoRule, WrongArgument
from ..frontend.callables import as_function, describe_callable
from ..kinds import kind_of
from ..rules import registry
from .chosen import last_position, names_among
from .holdings import carries_data


class Target(NamedTuple):
    """`function(*bound, *args, **keywords, **kwargs)` is what runs."""

    function: FunctionType
    bound: tuple
    keywords: dict[str, Any]


def target_of(
    f: Callable, count: int, names: tuple[str, ...] = (), call: tuple | None = None, params: tuple = ()
) -> Target:
    """The function behind `f`, for a call with `count` positional arguments and keywords `names`.

    `params` are the arguments that are differentiated, where one among `*args` or `**kwargs` needs a name of its own.
    `call` are the arguments and keywords themselves, when they are known: an operator's text depends on their kinds.
    Raises WrongArgument when `f` cannot be called, NoRule when it has neither source nor rule.
    """
    kind = type(f)  # a bound method has the attributes of its function, but calls it with one argument more
    function = f.__srcgrad_generated__(call) if hasattr(kind, "__srcgrad_generated__") else None
    if function is not None:
        return Target(function, (), {})
    if hasattr(kind, "__srcgrad_program__"):
        f = f.__srcgrad_program__()
    elif type(f) is FunctionType and not is_primitive(f):
        refuse_distribution(f)
        if not is_among_starred(f, params, 0):
            return Target(f, (), {})
        if carries_data(f):  # derivatives may flow through what it captures
            return Target(applying(f.__name__, count, names), (f,), {})
        return Target(calling(f, count, names), (), {})
    if not callable(f):
        raise WrongArgument(f"{f!r} is not callable", advice="Pass a function.")
    if is_primitive(f):
        return Target(calling(f, count, names), (), {})
    callee = as_function(f)
    if callee.function is not None and not is_primitive(callee.function):
        refuse_distribution(callee.function)
        if is_among_starred(callee.function, params, len(callee.bound)):
            names = tuple(dict.fromkeys([*callee.keywords, *names]))
            return Target(calling(callee.function, len(callee.bound) + count, names), callee.bound, callee.keywords)
        return Target(callee.function, callee.bound, callee.keywords)
    behind = callee.function or callee.target
    if is_primitive(behind):
        keywords = tuple(dict.fromkeys([*callee.keywords, *names]))
        return Target(calling(behind, len(callee.bound) + count, keywords), callee.bound, callee.keywords)
    owner = getattr(behind, "__self__", None)
    if owner is not None and kind_of(owner, 1).tag not in ("object", "unknown"):
        return Target(method_call(behind.__name__, count, names), (owner, *callee.bound), callee.keywords)
    if hasattr(type(behind), "__srcgrad_program__"):
        if call is not None:
            call = (*callee.bound, *call[0]), {**callee.keywords, **call[1]}
        names = tuple(dict.fromkeys([*callee.keywords, *names]))
        params = tuple(i if isinstance(i, str) else i + len(callee.bound) for i in params)
        inner = target_of(behind, len(callee.bound) + count, names, call, params)
        return Target(inner.function, (*inner.bound, *callee.bound), {**inner.keywords, **callee.keywords})
    raise NoRule(
        f"{describe_callable(f)} has neither Python source nor a derivative rule",
        advice="Register its derivative with srcgrad.extend.",
    )


def refuse_distribution(f: FunctionType) -> None:
    """Raise NoRule for a method of SciPy's distributions without a rule: what its source does is no mathematics."""
    if str(f.__module__).startswith("scipy.stats.") and "." in f.__qualname__:
        raise NoRule(
            f"the method {f.__name__!r} of this distribution of scipy.stats has no derivative rule",
            advice="Register one with srcgrad.extend, or write its formula out.",
        )


def is_among_starred(f: FunctionType, params: tuple, ahead: int) -> bool:
    """True where one of `params`, behind `ahead` arguments, is among the `*args` or `**kwargs` of `f`."""
    code = f.__code__
    if code.co_flags & 0x04 and params and last_position(params) + ahead >= code.co_argcount:
        return True
    own = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return bool(code.co_flags & 0x08) and not set(names_among(params)) <= set(own)


def is_primitive(f) -> bool:
    return registry.has_rule(f)


@functools.lru_cache(maxsize=512)
def calling(primitive: Callable, count: int, names: tuple[str, ...]) -> FunctionType:
    """`def sin(x0): return primitive(x0)`, with source."""
    name = getattr(primitive, "__name__", "f")
    name = name if name.isidentifier() else "f"
    params = parameter_names(primitive, count)
    signature = ", ".join([*params, *(["*", *names] if names else [])])
    passed = ", ".join([*params, *(f"{n}={n}" for n in names)])
    inner = "primitive" if name not in (*params, *names) else "primitive_"
    text = f"def {name}({signature}):\n    return {inner}({passed})\n"
    namespace = {inner: primitive, "__name__": "srcgrad.engine.targets"}
    exec(compile_text(text, name), namespace)
    return namespace[name]


def parameter_names(primitive, count) -> list[str]:
    """The names under which a rule knows the arguments, where there are enough of them."""
    if primitive in registry.partial_rules:
        names = list(registry.partial_rules[primitive].names)
    else:
        names = (
            [p.name for p in registry.signatures[primitive].parameters.values() if p.kind in (0, 1)]
            if primitive in registry.signatures
            else []
        )
    return names[:count] if len(names) >= count else [f"x{i}" for i in range(count)]


def applying(name: str, count: int, names: tuple[str, ...]) -> FunctionType:
    """`def f(function, x0): return function(x0)`, with source."""
    return forwarding(name if name.isidentifier() else "f", "function", "function", count, names)


def method_call(method: str, count: int, names: tuple[str, ...]) -> FunctionType:
    """`def sum(self, x0): return self.sum(x0)`, with source."""
    return forwarding(method, "self", f"self.{method}", count, names)


@functools.lru_cache(maxsize=512)
def forwarding(name: str, first: str, callee: str, count: int, names: tuple[str, ...]) -> FunctionType:
    """The function `name`, whose `first` argument tells the `callee` that it calls with the others."""
    params = [f"x{i}" for i in range(count)]
    signature = ", ".join([first, *params, *(["*", *names] if names else [])])
    passed = ", ".join([*params, *(f"{n}={n}" for n in names)])
    text = f"def {name}({signature}):\n    return {callee}({passed})\n"
    namespace: dict = {"__name__": "srcgrad.engine.targets"}
    exec(compile_text(text, name), namespace)
    return namespace[name]
