"""srcgrad: derivatives of plain Python + NumPy functions, as source code.

    @srcgrad.grad
    def dloss(w, X, y): ...

    dloss(w, X, y)        # the gradient with respect to w
    print(dloss.source)   # the code that computes it

The README lists the operators and what the differentiated code may contain.
"""

from . import errors, extend, optimizers, testing
from .engine import cache_clear, cache_info
from .errors import *  # noqa: F403
from .fixed_points import fixed_point
from .flattening import flatten
from .operators import *  # noqa: F403
from .operators import __all__ as _operators
from .sources import source

__all__ = [
    *errors.__all__,
    *_operators,
    "cache_clear",
    "cache_info",
    "errors",
    "extend",
    "fixed_point",
    "flatten",
    "optimizers",
    "source",
    "testing",
]
