"""`argnum`: which arguments of a function an operator differentiates, as an index, a name or a sequence of these.

`resolve` turns it into positions, and names of keyword-only parameters, once, when the operator is made; `settle` puts
the arguments of a call there, whether they were passed by position, by keyword or not at all. `settle` may run inside
differentiated code.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, ClassVar

import numpy as np

from srcgrad.engine.chosen import last_position
from srcgrad.errors import NotDifferentiable, WrongArgument, WrongValue
from srcgrad.kinds import is_foreign
from srcgrad.records import is_dataclass

ABSENT = inspect.Parameter.empty
VARARGS = inspect.CO_VARARGS
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Wrt:
    """What is differentiated: positions and names, `params`; `single` when the result is one derivative, not a tuple.

    `names` and `defaults` describe the positional parameters up to the last of `params`; a name is None where the
    argument can be passed by position only. `keywords` are the keyword-only parameters among `params`, each with its
    default. Whatever a Wrt holds is constant in the eyes of a derivative.
    """

    __srcgrad_constant__: ClassVar[bool] = True

    params: tuple[int | str, ...]
    single: bool
    names: tuple[str | None, ...]
    defaults: tuple[Any, ...]
    function: str
    keywords: tuple[tuple[str, Any], ...] = ()


def resolve(fun: Callable, argnum: int | str | tuple | list) -> Wrt:
    """What `argnum` stands for among the parameters of `fun`: positions, and the names of keyword-only ones.

    Raises WrongArgument when `argnum` is not an index, a name or a sequence of these, and WrongValue when `fun` has no
    such parameter.

    >>> resolve(lambda w, x: w * x, "x").params
    (1,)
    >>> resolve(lambda w, x: w * x, (0, -1)).params
    (0, 1)
    >>> resolve(lambda w, *, x: w * x, "x").params
    ('x',)
    """
    names, defaults, more, keywords = parameters(fun)
    single = not isinstance(argnum, (tuple, list))
    function = getattr(fun, "__name__", None) or type(fun).__name__
    params = tuple(position(item, names, more, keywords, function) for item in ((argnum,) if single else argnum))
    if not params:
        raise WrongValue("argnum is empty", advice=f"Name at least one parameter of {function}.")
    if len(set(params)) < len(params):
        raise WrongValue(f"argnum={argnum!r} names a parameter of {function} twice")
    count = last_position(params) + 1
    beyond = (None,) * (count - len(names)), (ABSENT,) * (count - len(names))
    chosen_keywords = tuple([(name, keywords[name]) for name in params if isinstance(name, str)])
    return Wrt(params, single, names[:count] + beyond[0], defaults[:count] + beyond[1], function, chosen_keywords)


def parameters(fun: Callable) -> tuple[tuple, tuple, bool, dict]:
    """The names and defaults of the positional parameters of `fun`, whether it takes more, and its keyword-only ones.

    A plain function is read off its code object, for operators made in a loop must be cheap.
    """
    if type(fun) is FunctionType and not fun.__dict__:
        code = fun.__code__
        defaults = fun.__defaults__ or ()
        count = code.co_argcount
        names = code.co_varnames[:count]
        if code.co_posonlyargcount:
            names = (None,) * code.co_posonlyargcount + names[code.co_posonlyargcount :]
        keywords = {}
        if code.co_kwonlyargcount:
            given = fun.__kwdefaults__ or {}
            keywords = {name: given.get(name, ABSENT) for name in code.co_varnames[count:][: code.co_kwonlyargcount]}
        return names, (ABSENT,) * (count - len(defaults)) + defaults, bool(code.co_flags & VARARGS), keywords
    if isinstance(fun, np.ufunc):  # its signature, where it has one, counts `out` among the parameters
        return (None,) * fun.nin, (ABSENT,) * fun.nin, False, {}
    try:
        listed = inspect.signature(fun).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature
        return (), (), True, {}
    positional = [p for p in listed if p.kind in POSITIONAL]
    names = tuple(None if p.kind == p.POSITIONAL_ONLY else p.name for p in positional)
    more = any(p.kind == p.VAR_POSITIONAL for p in listed) or "__wrapped__" in getattr(fun, "__dict__", ())
    keywords = {p.name: p.default for p in listed if p.kind == p.KEYWORD_ONLY}
    return names, tuple(p.default for p in positional), more, keywords


def position(item: Any, names: tuple, more: bool, keywords: dict, function: str) -> int | str:
    """The position of one parameter, given by index (negative ones count from the end) or by name.

    A keyword-only parameter has no position, and is known by its name.
    """
    if isinstance(item, str):
        if item in names:
            return names.index(item)
        if item in keywords:
            return item
        raise WrongValue(
            f"{function} has no parameter {item!r}; it has {listing((*names, *keywords))}",
            advice="What a function takes by **kwargs is differentiated as that of a lambda: lambda w: f(x, w=w).",
        )
    if isinstance(item, (bool, np.bool_)) or not hasattr(item, "__index__"):
        raise WrongArgument(f"argnum={item!r}", advice="Pass an index, a parameter's name or a tuple of these.")
    index = operator.index(item)
    if index < 0 and more:
        raise WrongValue(
            f"argnum={index} is ambiguous: {function} takes any number of arguments", advice="Count from the front."
        )
    if not -len(names) <= index or (index >= len(names) and not more):
        raise WrongValue(f"argnum={index} is out of range: {function} has {listing(names)}")
    return index + len(names) if index < 0 else index


def listing(names: tuple) -> str:
    """The parameters, as an error message tells them.

    >>> listing(("w", "x"))
    '2 parameters: w, x'
    """
    shown = ", ".join(name or "(positional)" for name in names)
    return f"{len(names)} parameter{'s' * (len(names) != 1)}{': ' * bool(names)}{shown}"


def settle(wrt, args, kwargs):
    """The arguments of a call with those to differentiate among the positional ones, and the remaining keywords."""
    if len(args) < len(wrt.names):
        args = args + tuple([passed(wrt, i, kwargs) for i in range(len(args), len(wrt.names))])
        kwargs = {name: value for name, value in kwargs.items() if name not in wrt.names}
    for name, default in wrt.keywords:
        if name not in kwargs:
            if default is ABSENT:
                raise WrongArgument(f"{wrt.function}() is missing its argument {name!r}")
            kwargs = {**kwargs, name: default}
    for i in wrt.params:
        x = kwargs[i] if wrt.keywords and isinstance(i, str) else args[i]
        if type(x) is not float:  # the common case, without a call
            require_differentiable(x, i, wrt)
    return args, kwargs


def passed(wrt, i, kwargs):
    """The argument in position `i` of a call that passed it by keyword, or its default."""
    name = wrt.names[i]
    if name is not None and name in kwargs:
        return kwargs[name]
    if wrt.defaults[i] is ABSENT:
        raise WrongArgument(f"{wrt.function}() is missing its argument {name or i!r}")
    return wrt.defaults[i]


def name_of(wrt, i):
    """How messages call a differentiated parameter: by its name, else by its position."""
    return i if isinstance(i, str) else wrt.names[i] or i


def argument(wrt, i):
    """A differentiated argument as messages call it."""
    return f"argument {name_of(wrt, i)!r} of {wrt.function}"


def require_differentiable(x, i, wrt):
    """Raise NotDifferentiable when `x` as a whole is an integer, a bool, a string or None, or an array of such."""
    if type(x) is not np.ndarray and is_foreign(x) and not is_dataclass(x):
        raise NotDifferentiable(
            f"{argument(wrt, i)} is a {type(x).__name__}, and objects cannot be differentiated",
            advice="Pass its numbers and arrays in a tuple, list, dict or dataclass.",
        )
    if isinstance(x, (np.ndarray, np.generic)):
        if x.dtype.kind not in "fc":
            raise NotDifferentiable(
                f"{argument(wrt, i)} has dtype {x.dtype}, which has no derivative",
                advice="Make it floating: x.astype(float).",
            )
    elif isinstance(x, (bool, int)):
        raise NotDifferentiable(
            f"{argument(wrt, i)} is the {type(x).__name__} {x}, which has no derivative",
            advice=f"Pass a float: use {float(x)}.",
        )
    elif isinstance(x, str) or x is None:
        raise NotDifferentiable(
            f"{argument(wrt, i)} is {x!r}, which has no derivative",
            advice="Pass a float or an array, or differentiate with respect to another argument.",
        )
