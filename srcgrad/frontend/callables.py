"""What a call runs in the end: methods, partials and callable instances seen through to the function behind them.

    >>> from functools import partial
    >>> def power(base, exponent): ...
    >>> cube = as_function(partial(power, exponent=3))
    >>> cube.function is power, cube.bound, cube.keywords
    (True, (), {'exponent': 3})

`__wrapped__` is not followed: a decorator's wrapper is what a call runs, and is differentiated as the closure it is.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_ENOUGH = 100  # an instance whose `__call__` is such an instance again never ends; nor does calling it
_PLACEHOLDER = getattr(functools, "Placeholder", None)  # of Python 3.14: a hole among a partial's arguments


@dataclass(frozen=True)
class Callee:
    """`target(*bound, *args, **{**keywords, **kwargs})` is what calling the callable with `args`, `kwargs` runs.

    `function` is the target where that is a Python function, else None (C functions, classes, cached functions, and
    operators, which say by themselves what differentiating them means).
    """

    function: types.FunctionType | None
    bound: tuple[Any, ...]
    keywords: dict[str, Any]
    target: Any


def as_function(f: Callable) -> Callee:
    """The function that calling `f` runs, with the arguments that `f` puts before and beside those of the call.

    A classmethod object, which binds its class only when it is looked up, gives the function as it stands in the class
    body, with nothing bound; so does a staticmethod object.
    """
    bound: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    for _ in range(_ENOUGH):
        if isinstance(f, types.FunctionType):
            return Callee(f, bound, keywords, f)
        if isinstance(f, types.MethodType):
            f, bound = f.__func__, (f.__self__, *bound)
        elif isinstance(f, staticmethod | classmethod):
            f = f.__func__
        elif _is_partial(f):
            f, bound, keywords = f.func, (*f.args, *bound), {**f.keywords, **keywords}
        else:
            call = None if hasattr(type(f), "__srcgrad_program__") else _bound_call(f)
            if call is None:
                break
            f = call
    return Callee(None, bound, keywords, f)


def describe_callable(f: Callable) -> str:
    """How a message names `f`: `function 'loss'`, `method 'Model.loss'`, `a lambda`, `numpy.sin`, `class 'Model'`.

    >>> import math
    >>> describe_callable(math.sin), describe_callable(lambda x: x), describe_callable(as_function)
    ('math.sin', 'a lambda', "function 'as_function'")
    """
    if isinstance(f, staticmethod | classmethod):
        f = f.__func__
    if isinstance(f, functools.partial):
        return f"a partial of {describe_callable(f.func)}"
    name = getattr(f, "__qualname__", None) or getattr(f, "__name__", None)
    if not isinstance(name, str):
        return f"an instance of {type(f).__qualname__}"
    name = name.rpartition("<locals>.")[2]
    if name == "<lambda>":
        return "a lambda"
    if isinstance(f, type):
        return f"class {name!r}"
    if isinstance(f, types.MethodType):
        return f"method {name!r}"
    if isinstance(f, types.FunctionType):
        return f"function {name!r}"
    module = getattr(f, "__module__", None) or _module_of_ufunc(f, name)
    return f"{module}.{name}" if module and module != "builtins" else name


def _module_of_ufunc(f: Any, name: str) -> str:
    """Where a ufunc is found by its name, for it does not know that itself; empty for all else."""
    for module in ("numpy", "scipy.special") if type(f).__module__ == "numpy" else ():
        if getattr(sys.modules.get(module), name, None) is f:
            return module
    return ""


def _is_partial(f: Any) -> bool:
    """Whether `f` is called as every partial is; a subclass may call otherwise, a hole may ask for more."""
    if not isinstance(f, functools.partial) or type(f).__call__ is not functools.partial.__call__:
        return False
    return _PLACEHOLDER is None or not any(arg is _PLACEHOLDER for arg in f.args)


def _bound_call(f: Any) -> Any:
    """What `f(...)` calls by the `__call__` of its class, bound as Python binds it; None where that is no Python."""
    if isinstance(f, type):
        return None
    for cls in type(f).__mro__:
        if "__call__" in vars(cls):
            call = vars(cls)["__call__"]
            if isinstance(call, types.WrapperDescriptorType):
                return None
            bind = getattr(type(call), "__get__", None)
            return bind(call, f, type(f)) if bind else call
    return None
