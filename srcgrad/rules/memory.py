"""Which functions hand on memory: what is written into their results may be seen through their arguments.

Unless a function is known to make a new object, its result may be, show or hold any of its arguments.
"""

from __future__ import annotations

import operator

import numpy as np

VIEW_NAMES = """
reshape ravel transpose swapaxes moveaxis rollaxis squeeze expand_dims broadcast_to asarray atleast_1d atleast_2d
atleast_3d diagonal real imag flip flipud fliplr rot90 split array_split hsplit vsplit dsplit as_sequence bound
matrix_transpose ascontiguousarray asanyarray conj conjugate reshape_method transpose_method nan_to_num kept_apart
"""
VIEWS = frozenset(VIEW_NAMES.split())  # their result is a view of their argument, or that itself, where it can be

# Helpers that give their first argument, or what it holds, another form; the other arguments only say which.
RESHAPING = frozenset(["broadcast", "fitted", "filled", "or_zero", "structured", "unbroadcast", "unfilled", "widened"])
RESHAPING |= {"kept_apart"}

NEW_NAMES = """
amax amin angle append arange average block clip column_stack concatenate copy cross cumprod cumsum delete diagflat dot
dstack empty empty_like eye full full_like hstack i0 identity inner insert kron linspace max mean median min nansum ones
ones_like outer pad partition prod ptp repeat roll sinc sort stack std sum take take_along_axis tensordot tile trace tri
tril triu unwrap var vdot vstack where zeros zeros_like
"""
NEW = {getattr(np, name) for name in NEW_NAMES.split() if hasattr(np, name)}
NEW |= {np.linalg.cholesky, np.linalg.det, np.linalg.inv, np.linalg.norm, np.linalg.slogdet, np.linalg.solve}
NEW_BUILTINS = {abs, bool, complex, divmod, float, hash, id, int, isinstance, len, print, range, repr, round, str, type}
NEW_BUILTINS |= {operator.sub, operator.truediv, operator.pow, operator.matmul, operator.neg, operator.pos}
NEW_METHODS = frozenset(["flatten", "item", "tolist", "sub", "truediv", "power", "pow", "matmul", "mod", "neg", "abs"])


def makes_new(primitive) -> bool:
    """True for a function whose result surely shares memory with none of its arguments."""
    if isinstance(primitive, np.ufunc) or getattr(primitive, "__module__", "") in ("math", "cmath"):
        return True
    try:
        known = primitive in NEW or primitive in NEW_BUILTINS
    except TypeError:
        return False
    return known or getattr(primitive, "__name__", "") in NEW_METHODS
