"""How constants and comments enter trees: as Python spells them, so that every printer prints them right."""

from __future__ import annotations

import math
from typing import Any

import gast
import numpy as np

from ..optimize.trees import Comment, comment

__all__ = ["Comment", "comment", "constant"]


def constant(value: Any) -> gast.expr:
    """The expression that evaluates to `value`: a number, string, bytes, None, Ellipsis, or a tuple of these.

    Negative numbers are a minus sign and a literal, NumPy scalars become Python's, nan and inf go by NumPy's names.
    Raises TypeError for other values.

    >>> [gast.unparse(constant(value)) for value in (-2, np.float32(0.5), float("-inf"), 1 - 2j)]
    ['-2', '0.5', '-np.inf', '1.0 - 2j']
    """
    if isinstance(value, np.generic):
        value = float(value) if isinstance(value, np.floating) else value.item()
    if isinstance(value, tuple):
        return gast.Tuple([constant(item) for item in value], gast.Load())
    if value is None or value is ... or type(value) in (bool, str, bytes):
        return gast.Constant(value, None)
    if type(value) is complex:
        return _complex(value)
    if type(value) not in (int, float):
        raise TypeError(f"a {type(value).__name__} cannot be written as a literal: {value!r}")
    if _is_negative(value):
        return gast.UnaryOp(gast.USub(), constant(-value))
    if not math.isfinite(value):
        name = "nan" if math.isnan(value) else "inf"
        return gast.Attribute(gast.Name("np", gast.Load(), None, None), name, gast.Load())
    return gast.Constant(value, None)


def _complex(value):
    """`2j`, `1.0 + 2j`; a call of `complex` where these would lose a sign or a nan."""
    real, imag = value.real, value.imag
    if not np.isfinite(value) or 0.0 in (real, imag) and (_is_negative(real) or _is_negative(imag)):
        name = gast.Name("complex", gast.Load(), None, None)
        return gast.Call(name, [constant(real), constant(imag)], [])
    literal = gast.Constant(complex(0.0, abs(imag)), None)
    if real == 0.0:
        return literal
    return gast.BinOp(constant(real), gast.Sub() if imag < 0 else gast.Add(), literal)


def _is_negative(value):
    if isinstance(value, int):
        return value < 0
    return not math.isnan(value) and math.copysign(1.0, value) < 0
