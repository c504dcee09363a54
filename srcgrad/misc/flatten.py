"""autograd's `misc.flatten`, for code that migrates from there; the code is in `srcgrad.flattening`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.flattening import flatten

__all__ = ["flatten", "flatten_func"]


def flatten_func(func: Callable, example: Any) -> tuple[Callable, Callable, np.ndarray]:
    """`func` from vector to vector, the function that restores `example`'s structure, and `example` as a vector."""
    vector, unflatten = flatten(example)

    def flat_func(x, *args):
        return flatten(func(unflatten(x), *args))[0]

    return flat_func, unflatten, vector
