"""Operators on objects whose class says what they mean: Python's protocol of methods, in the language.

A user's `a * b` is a call of `type(a).__mul__`, or of `type(b).__rmul__`; which, is known when both are there. Numbers,
arrays and Python's own containers mean what the rules say.
"""

from __future__ import annotations

import math

import numpy as np

from srcgrad.errors import NoRule
from srcgrad.kinds import is_foreign
from srcgrad.rules.registry import jvp, nograd, vjp


def operate(name, a, b):
    """`a * b` for the name "mul", and so on, where one of the operands is an object of another kind than numbers."""
    method, reflected, swapped = methods_of(name, a, b)
    y = method(b, a) if swapped else method(a, b)
    if y is NotImplemented and reflected is not None:
        y = reflected(a, b) if swapped else reflected(b, a)
    if y is NotImplemented:
        raise TypeError(unsupported(name, a, b))
    return y


def operate_alone(name, a):
    """`-a` for the name "neg", and so on."""
    method = method_of(name, a)
    return method(a)


def methods_of(name, a, b):
    """(the method to ask first, the one to ask when that does not know or None, whether the first is that of b)."""
    own = None if is_number(a) else method_of(name, a)
    other = None if is_number(b) or type(a) is type(b) else method_of(f"r{name}", b)
    if isinstance(a, np.ndarray) and not defers(b) or isinstance(b, np.ndarray) and own is None:
        raise NoRule(
            f"an array and {described(a if is_foreign(a) else b)} meet in an operator: their entries are objects",
            advice="Compute with the numbers that it holds, or call its method by its name.",
        )
    if own is None and other is None:
        raise TypeError(unsupported(name, a, b))
    if own is None or other is not None and issubclass(type(b), type(a)) and method_of(f"r{name}", a) is not other:
        return other, own, True
    return own, other, False


def method_of(name, x):
    """The method `__name__` of the class of `x`, or None; NoRule for classes that compute with numbers in their way."""
    if isinstance(x, np.ndarray) or type(x).__module__.startswith("scipy.sparse"):
        raise NoRule(
            f"an operator of {described(x)} has no derivative rule",
            advice="Convert it with np.asarray(x), or x.toarray() where it is sparse; `@` of a sparse matrix is known.",
        )
    return getattr(type(x), f"__{name}__", None)


def is_number(x) -> bool:
    return not is_foreign(x)


def defers(x) -> bool:
    """True for objects to whose reflected methods an array leaves an operator."""
    cls = type(x)
    if hasattr(cls, "__array_ufunc__"):
        return cls.__array_ufunc__ is None
    return getattr(x, "__array_priority__", -math.inf) > 0.0


def described(x) -> str:
    return f"a {type(x).__name__}"


def unsupported(name, a, b) -> str:
    return f"unsupported operand type(s) for {SYMBOLS.get(name, name)}: {type(a).__name__!r} and {type(b).__name__!r}"


SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "** or pow()", "matmul": "@", "mod": "%"}
SYMBOLS |= {"floordiv": "//", "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>"}


def plain(x):
    """`x`, a number, an array or a container of Python's; NoRule for an object whose class defines operators."""
    if is_foreign(x):
        raise NoRule(
            f"{described(x)} meets an active value: what operators and functions of numbers do with it is its own",
            advice="Call its method by its name, or compute with the numbers that it holds: np.asarray(x).",
        )
    return x


def require_plain(*operands):
    """NoRule where an operator that was taken for one of numbers or sequences is a method of records."""
    for x in operands:
        plain(x)


def truth(x):
    """`x`, the result of a comparison of objects; NoRule where it is no truth value, for it may have a derivative."""
    if isinstance(x, (bool, np.bool_)) or isinstance(x, np.ndarray) and x.dtype == bool:
        return x
    raise NoRule(
        f"a comparison gives {described(x)}, of which no derivative is known",
        advice="Call the method by its name: x.__lt__(y).",
    )


@vjp(plain, "x")
def plain_x_bar(y_bar, y, x):
    """y = x."""
    return y_bar


@jvp(plain, "x")
def plain_x_dot(x_dot, y, x):
    """y = x."""
    return x_dot


nograd(methods_of, method_of, unsupported, require_plain, truth, why="it tells objects from numbers")
