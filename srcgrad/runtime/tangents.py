"""What generated forward-mode code calls where a tangent may be None, which stands for zero."""

from __future__ import annotations

import numpy as np

from ..errors import NoRule
from .helpers import zeros_like


def or_zero(x_dot, x):
    """The tangent of x, or where it is None the zero that x has as a number, array or container.

    >>> or_zero(None, 3), or_zero(None, [1.5, "a"]), or_zero(2.0, 1.5)
    (0.0, [0.0, None], 2.0)
    """
    if type(x_dot) is Untracked:
        raise NoRule(x_dot.message)
    if x_dot is not None:
        return x_dot
    if isinstance(x, (int, np.integer)):
        return 0.0
    if isinstance(x, np.ndarray) and x.dtype.kind in "iub":
        return np.zeros(x.shape)
    return zeros_like(x)


class Untracked:
    """Stands for the tangent of text made of an active value: whoever computes with it is told."""

    __slots__ = ("message",)
    __array_ufunc__ = None

    def __init__(self, message):
        self.message = message

    def refuse(self, *_):
        raise NoRule(self.message)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __neg__ = __array__ = refuse
    __float__ = __getitem__ = __iter__ = __len__ = refuse


def untracked(message):
    """The tangent of text made of an active value."""
    return Untracked(message)
