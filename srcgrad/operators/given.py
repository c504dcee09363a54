"""What a caller gives as a tangent or cotangent: it must have the structure and the shapes of what it belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.errors import WrongArgument, WrongValue
from srcgrad.records import field_names, is_dataclass

NUMBERS = (float, int, complex, np.ndarray, np.generic)


def given(v: Any, x: Any, role: str) -> Any:
    """The tangent or cotangent `v` of `x` in the structure that generated code works with: lists, dicts and numbers.

    None stands for zero; leaves of `x` that have no derivative get None. Integers become floats, so that what is
    stored into them later is not rounded. Raises WrongValue or WrongArgument where `v` does not fit `x`.

    >>> given((1, None), (0.5, "tanh"), "the tangent")
    [1.0, None]
    """
    if v is None:
        return None
    if isinstance(x, (float, complex, np.ndarray, np.generic)):
        return number(v, x, role)
    if isinstance(x, (list, tuple)):
        if not isinstance(v, (list, tuple)) or len(v) != len(x):
            raise misfit(v, f"a {type(x).__name__} of {len(x)} items", role)
        return [given(part, item, role) for part, item in zip(v, x)]
    if isinstance(x, dict):
        if not isinstance(v, dict) or v.keys() != x.keys():
            raise misfit(v, f"a dict with the keys {list(x)}", role)
        return {key: given(v[key], x[key], role) for key in x}
    if is_dataclass(x):
        names = field_names(x)
        parts = v if isinstance(v, dict) else {n: getattr(v, n) for n in names} if type(v) is type(x) else {}
        if parts.keys() != set(names):
            raise misfit(v, f"a {type(x).__name__}", role)
        return {name: given(parts[name], getattr(x, name), role) for name in names}
    return None if x is None or isinstance(x, (int, str, bytes)) else v


def number(v, x, role):
    """A number or array `v` that belongs to the number or array `x`."""
    if getattr(x, "dtype", FLOAT).kind not in "fc":
        return None
    if not isinstance(v, NUMBERS) or getattr(v, "dtype", FLOAT).kind not in "fciub":
        raise misfit(v, described(x), role)
    if np.shape(v) != np.shape(x):
        raise misfit(v, described(x), role)
    if isinstance(v, (np.ndarray, np.generic)):
        return v if v.dtype.kind in "fc" else v.astype(float)
    return float(v) if isinstance(v, int) else v


FLOAT = np.dtype(float)


def misfit(v, wanted, role):
    """The error for a tangent or cotangent of another type, length or shape."""
    sized = isinstance(v, NUMBERS) or isinstance(v, (list, tuple, dict))
    error = WrongValue if sized else WrongArgument
    return error(f"{role} is {described(v)}, not {wanted}", advice="Give it the structure and shapes of what it is of.")


def described(v) -> str:
    """A value as an error message tells it.

    >>> described(np.ones(3)), described(2.0), described([1.0])
    ('an array of shape (3,)', 'a number', 'a list of 1 items')
    """
    if isinstance(v, np.ndarray):
        return f"an array of shape {v.shape}" + f" of {v.dtype}" * (v.dtype.kind not in "fciub")
    if isinstance(v, (list, tuple)):
        return f"a {type(v).__name__} of {len(v)} items"
    if isinstance(v, dict):
        return f"a dict with the keys {list(v)}"
    return "a number" if isinstance(v, NUMBERS) else f"a {type(v).__name__}"
