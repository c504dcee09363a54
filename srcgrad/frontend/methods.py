"""Methods and attributes of arrays, lists, dicts and strings that are known by their names alone."""

from __future__ import annotations

from ..records import ARRAY_FACTS

INACTIVE_ATTRIBUTES = ARRAY_FACTS | {"__name__", "__class__"}
CONSTANT_NAMES = """
any all argmax argmin argsort nonzero keys index count startswith endswith is_integer format
"""
CONSTANT_METHODS = frozenset(CONSTANT_NAMES.split())
PURE_NAMES = """
sum prod mean std var max min ptp cumsum cumprod trace reshape ravel flatten transpose swapaxes squeeze
repeat diagonal take astype copy dot conj conjugate clip item round tolist get items values upper lower
strip split join real imag
"""
PURE_METHODS = CONSTANT_METHODS | frozenset(PURE_NAMES.split())
MUTATORS = frozenset(
    [
        *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update", "setdefault"),
        *("popitem", "fill", "put"),
    ]
)

# Methods, and functions of NumPy, whose result may share memory with an array.
VIEW_METHODS = frozenset(["reshape", "ravel", "transpose", "swapaxes", "squeeze", "view", "moveaxis", "atleast_1d"])
VIEW_METHODS |= {"atleast_2d", "expand_dims", "asarray", "diagonal", "flip", "rollaxis"}
