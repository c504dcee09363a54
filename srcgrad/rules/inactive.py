"""Functions whose results carry no derivative, and observers, which look at active values and influence nothing.

A function is listed only if its result is piecewise constant or independent of values *whatever* its arguments: zero
is an answer only where it is proved. So `np.arange` (its start may be active) and `operator.or_` (it merges dicts) are
not listed.
"""

from __future__ import annotations

import io
import logging
import operator
import pprint
import sys
import time
import traceback
import warnings

import numpy as np

from srcgrad.rules.registry import attribute, encoder, method, nograd, observer


def numpy_functions(names):
    """The functions of these names that this version of NumPy has."""
    return [getattr(np, name) for name in names.split() if name in np.__all__]


# Piecewise constant ---------------------------------------------------------------------------------------------------

rounding = numpy_functions("floor ceil rint trunc fix round around round_ floor_divide sign signbit spacing")
nograd(*rounding, why="its result is piecewise constant")
nograd(int, round, operator.floordiv, operator.index, why="its result is piecewise constant")

positions = numpy_functions(
    "argmax argmin nanargmax nanargmin argsort argpartition argwhere nonzero flatnonzero count_nonzero searchsorted"
    " digitize lexsort"
)
nograd(*positions, why="an index is piecewise constant")

# Predicates -----------------------------------------------------------------------------------------------------------

comparisons = numpy_functions(
    "equal not_equal less less_equal greater greater_equal isclose allclose array_equal array_equiv"
    " isfinite isinf isnan isnat isneginf isposinf isreal iscomplex isrealobj iscomplexobj isscalar isfortran"
    " isin in1d all any logical_and logical_or logical_not logical_xor"
)
nograd(*comparisons, why="a predicate")
nograd(operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge, why="a predicate")
nograd(operator.not_, operator.truth, operator.is_, operator.is_not, operator.contains, why="a predicate")
nograd(all, any, bool, callable, hasattr, isinstance, issubclass, float.is_integer, why="a predicate")

# Structure: shapes, types, identities ---------------------------------------------------------------------------------

structure = numpy_functions(
    "shape ndim size zeros ones empty zeros_like ones_like empty_like eye identity tri indices"
    " diag_indices diag_indices_from tril_indices tril_indices_from triu_indices triu_indices_from mask_indices"
    " unravel_index ravel_multi_index broadcast_shapes result_type common_type promote_types min_scalar_type can_cast"
    " issubdtype dtype finfo iinfo shares_memory may_share_memory errstate iterable"
)
nograd(*structure, why="its result depends on shapes and types only")
nograd(len, type, id, hash, range, why="its result does not depend on the values")
nograd(ord, operator.length_hint, operator.countOf, operator.indexOf, why="its result is an integer")
encoder(str, repr, format, ascii, chr)

# Integers -------------------------------------------------------------------------------------------------------------

integers = numpy_functions(
    "bitwise_and bitwise_or bitwise_xor bitwise_not invert left_shift right_shift bitwise_count gcd lcm"
    " int8 int16 int32 int64 uint8 uint16 uint32 uint64 intp bool_ bool packbits unpackbits"
)
nograd(*integers, why="its result is an integer")

# Methods and attributes of arrays and numbers -------------------------------------------------------------------------

for owner in (np.ndarray, np.generic):
    for name in ("all", "any", "argmax", "argmin", "argsort", "argpartition", "nonzero", "searchsorted", "round"):
        method(owner, name, getattr(np, name))
    for name in ("shape", "ndim", "size", "dtype", "itemsize", "nbytes", "strides", "flags"):
        attribute(owner, name, None)
method(float, "is_integer", float.is_integer)

# Observers ------------------------------------------------------------------------------------------------------------

observer(print, breakpoint, pprint.pprint, pprint.pp, pprint.pformat, sys.getsizeof, sys.getrefcount)
observer(sys.stdout.write, sys.stdout.flush, sys.stderr.write, sys.stderr.flush)
observer(io.TextIOWrapper.write, io.TextIOWrapper.flush, io.StringIO.write)
observer(traceback.print_exc, traceback.print_stack, traceback.format_exc)
observer(warnings.warn, warnings.warn_explicit, warnings.simplefilter, warnings.filterwarnings)
CLOCKS = ("time", "perf_counter", "monotonic", "process_time", "thread_time")
observer(*(getattr(time, clock + unit) for clock in CLOCKS for unit in ("", "_ns")))
observer(time.sleep, time.strftime, time.ctime)

LEVELS = ("debug", "info", "warning", "error", "exception", "critical", "log")
observer(*(getattr(logger, level) for logger in (logging, logging.Logger, logging.LoggerAdapter) for level in LEVELS))
observer(*(logger.isEnabledFor for logger in (logging.Logger, logging.LoggerAdapter)))
observer(logging.getLogger, logging.basicConfig)

observer(*numpy_functions("array_repr array_str array2string set_printoptions save savez savez_compressed savetxt"))
