"""The kind of a primitive's result from the kinds of its arguments; `number` where nothing better is known."""

from __future__ import annotations

import math
import operator
from functools import reduce

import gast
import numpy as np

from ..kinds import (
    BOTTOM,
    COMPLEX,
    FLOAT,
    INT,
    NUMBER,
    RANK,
    STR,
    UNKNOWN,
    Kind,
    array,
    dict_of,
    is_numeric,
    is_scalar,
    join,
    list_of,
    tuple_of,
)
from ..rules import containers, dynamic, generated, ndarrays, registry, structures
from ..rules.binding import bound
from ..runtime import helpers
from ..runtime.helpers import as_sequence, snapshot
from ..runtime.tangents import or_zero

INTEGER_CLOSED = {
    operator.add,
    operator.sub,
    operator.mul,
    operator.neg,
    operator.pos,
    operator.pow,
    operator.mod,
    abs,
    operator.abs,
    np.add,
    np.subtract,
    np.multiply,
    np.negative,
    np.absolute,
    np.maximum,
    np.minimum,
    operator.floordiv,
}
REAL_RESULT = {abs, operator.abs, np.absolute, np.fabs, np.real, np.imag, np.angle}
REDUCTIONS = {
    np.sum,
    np.prod,
    np.mean,
    np.std,
    np.var,
    np.max,
    np.min,
    np.amax,
    np.amin,
    np.ptp,
    np.nansum,
    np.average,
    np.median,
}
SAME_SHAPE = {
    np.copy,
    np.asarray,
    np.ascontiguousarray,
    np.sort,
    np.flip,
    np.flipud,
    np.fliplr,
    np.triu,
    np.tril,
    np.roll,
    np.transpose,
    np.swapaxes,
    np.moveaxis,
    np.cumsum,
    np.cumprod,
    np.conj,
    np.real,
    np.imag,
    np.zeros_like,
    np.ones_like,
    np.full_like,
    np.empty_like,
    np.nan_to_num,
    np.rot90,
}
FLAT = {np.ravel}
SEVERAL = {
    np.split,
    np.array_split,
    np.hsplit,
    np.vsplit,
    np.dsplit,
    np.frexp,
    np.modf,
    math.frexp,
    math.modf,
    np.divmod,
    divmod,
    np.meshgrid,
    np.linalg.slogdet,
    np.broadcast_arrays,
}
SEVERAL_OF_SCIPY = {"cho_factor"}
LIKE_FIRST = {np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.copy}
NUMERIC_MODULES = (
    *("numpy", "scipy", "srcgrad.rules.ndarrays", "srcgrad.rules.shapes", "srcgrad.rules.elementwise"),
    *("srcgrad.rules.scalars", "srcgrad.rules.indexing"),
)
SHAPED = {np.zeros, np.ones, np.empty, np.full}


def result_kind(primitive, args: dict, kind, node) -> Kind:
    """The kind of `primitive(**args)`; `kind(expr)` gives that of an argument."""
    values = list(args.values())
    kinds = [kind(v) if not isinstance(v, list) else None for v in values]
    if primitive in SEVERAL or getattr(primitive, "__name__", "") in SEVERAL_OF_SCIPY:
        return UNKNOWN
    if primitive is complex or getattr(primitive, "__module__", "") == "cmath":
        return FLOAT if getattr(primitive, "__name__", "") == "phase" else COMPLEX
    if primitive in registry.partial_rules or primitive in (np.clip, np.where):
        return elementwise(primitive, [k for k in kinds if k is not None])
    if primitive is snapshot:
        return kinds[0]
    if primitive in REDUCTIONS:
        return reduction(kinds[0], args)
    if primitive in SAME_SHAPE:
        return like(kinds[0], primitive)
    if primitive in (operator.matmul, np.matmul, np.dot, np.inner, np.vdot):
        return product(primitive, kinds)
    if primitive is np.outer:
        return array(joined_dtype(kinds), 2)
    if primitive in FLAT or primitive is ndarrays.flatten:
        return array(kinds[0].dtype, 1) if kinds[0].tag == "array" else NUMBER
    if primitive in (np.reshape,):
        return reshaped(kinds[0], args.get("shape", args.get("newshape")), kind)
    if primitive is ndarrays.reshape and isinstance(args.get("shape"), list):
        sizes = args["shape"]
        return reshaped(kinds[0], sizes[0] if len(sizes) == 1 else gast.Tuple(sizes, gast.Load()), kind)
    return container_result(primitive, args, kinds, kind)


def container_result(primitive, args, kinds, kind) -> Kind:
    if primitive is bound:
        return kinds[0]
    if primitive in (list, sorted, as_sequence):
        return as_list(kinds[0], primitive) if kinds else list_of(None)
    if primitive in MIRRORS:
        primal = kinds[MIRRORS[primitive]]
        return primal if primal.cls is not None and primitive in RESTORING else mirrored(primal)
    if primitive is structures.structured:
        return mirrored(kinds[1]) if is_floating(kinds[1]) else UNKNOWN
    if primitive is helpers.add:
        return join(*kinds) if is_numeric(kinds[0]) and is_numeric(kinds[1]) else joined(kinds)
    if primitive in (list.copy, dict.copy, generated.kept_apart):
        return kinds[0]
    if primitive is or_zero:
        return kinds[0] if is_numeric(kinds[0]) or kinds[0].tag in ("list", "tuple", "dict") else UNKNOWN
    if primitive is dict.get:
        return got(kinds[0], args, kind)
    if primitive in (dict.values, dict.items):
        return UNKNOWN
    if primitive is tuple:
        return kinds[0] if kinds and kinds[0].tag == "tuple" else UNKNOWN
    if primitive is sum:
        item = item_of(kinds[0])
        return join(item, INT) if item is not None and is_numeric(item) else UNKNOWN
    if primitive in (max, min):
        operands = args.get("args", [])
        if len(operands) == 1:
            return item_of(kind(operands[0])) or UNKNOWN
        return reduce(join, map(kind, operands), None) or UNKNOWN
    if primitive in (float,) or getattr(primitive, "__module__", "") == "math":
        return FLOAT
    if primitive in (np.array, np.asarray):
        return array_of(kinds[0])
    if primitive in dynamic.POLYMORPHIC.values():
        return polymorphic(primitive, kinds)
    module = getattr(primitive, "__module__", None) or ""
    return NUMBER if module.startswith(NUMERIC_MODULES) or isinstance(primitive, np.ufunc) else UNKNOWN


def mirrored(primal: Kind) -> Kind:
    """The kind of an adjoint with the structure of `primal`: tuples are lists there."""
    if primal.tag in ("tuple", "list"):
        items = [mirrored(item) for item in primal.items]
        return list_of(reduce(join, items, None)) if len({repr(i) for i in items}) <= 1 else list_of(UNKNOWN)
    if primal.tag == "dict" and primal.items is not None:
        return dict_of({key: mirrored(item) for key, item in primal.items})
    if primal.tag in ("int", "bool", "str", "none"):
        return Kind("none")
    return primal if is_numeric(primal) or primal.tag == "dict" else UNKNOWN


def is_floating(kind: Kind) -> bool:
    """True for floats, arrays, and lists and tuples of these."""
    if kind.tag in ("list", "tuple"):
        return all(map(is_floating, kind.items))
    return kind == FLOAT or kind.tag == "array"


def joined(kinds) -> Kind:
    """The structural sum of two adjoints, of which one may be None."""
    a, b = kinds
    if a.tag == "none" or b.tag == "none":
        return b if a.tag == "none" else a
    return join(a, b) if a.tag == b.tag else a if b.tag == "unknown" and a.tag in ("list", "dict") else UNKNOWN


# Helpers whose result has the structure of one of their arguments.
RESTORING = (helpers.project, helpers.snapshot)  # the results are what the user made of them, not mirrors
MIRRORS = {
    helpers.zeros_like: 0,
    helpers.project: 1,
    helpers.unbroadcast: 1,
    helpers.broadcast: 1,
    containers.items_bar: 1,
    helpers.snapshot: 0,
    helpers.seed: 0,
}


def got(owner: Kind, args, kind) -> Kind:
    """`d.get(key, default)`."""
    values = list(args.values())
    default = kind(values[2]) if len(values) > 2 else Kind("none")
    items = dict(owner.items) if owner.tag == "dict" and owner.items is not None else None
    if items is None or not isinstance(values[1], gast.Constant):
        return UNKNOWN
    return items.get(values[1].value, default)


def elementwise(primitive, kinds) -> Kind:
    """Operands broadcast: the rank is the largest, the dtype is promoted."""
    kinds = [k for k in kinds if k.tag != "none"]
    if not kinds:
        return UNKNOWN
    if all(map(is_scalar, kinds)):
        top = max((k.tag for k in kinds), key=RANK.get)
        if top in ("int", "bool"):
            return INT if primitive in INTEGER_CLOSED else FLOAT
        if primitive in REAL_RESULT:
            return FLOAT
        return COMPLEX if top == "complex" else FLOAT
    if not all(k.tag == "array" or is_scalar(k) for k in kinds):
        return NUMBER
    ranks = [k.ndim for k in kinds if k.tag == "array"]
    ndim = None if None in ranks else max(ranks)
    dtype = joined_dtype(kinds)
    if dtype is not None:
        kind_letter = np.dtype(dtype).kind
        if kind_letter in "biu" and primitive not in INTEGER_CLOSED:
            dtype = np.dtype(float).str
        if kind_letter == "c" and primitive in REAL_RESULT:
            dtype = np.zeros(0, dtype).real.dtype.str
    return shaped(dtype, ndim)


def shaped(dtype, ndim) -> Kind:
    """An array, or the scalar that NumPy returns for rank 0."""
    if ndim == 0:
        letter = np.dtype(dtype) if dtype is not None else None
        if letter == np.float64:
            return FLOAT
        if letter == np.complex128:
            return COMPLEX
        return array(dtype, 0) if dtype is not None else NUMBER
    return array(dtype, ndim)


def joined_dtype(kinds) -> str | None:
    """The dtype of an operation; Python scalars are weak."""
    if any(k.tag == "array" and k.dtype is None or not (k.tag == "array" or is_scalar(k)) for k in kinds):
        return None
    dtypes = [np.dtype(k.dtype) for k in kinds if k.tag == "array"]
    if not dtypes:
        return np.dtype(complex if any(k.tag == "complex" for k in kinds) else float).str
    dtype = np.result_type(*dtypes)
    top = max((RANK[k.tag] for k in kinds if is_scalar(k)), default=0)
    if top == RANK["complex"] and dtype.kind != "c":
        dtype = np.result_type(dtype, np.complex64)
    elif top == RANK["float"] and dtype.kind in "biu":
        dtype = np.dtype(float)
    return dtype.str


def reduction(operand: Kind, args) -> Kind:
    if is_scalar(operand):
        return FLOAT if operand.tag != "complex" else COMPLEX
    if operand.tag != "array":
        return NUMBER
    keep = args.get("keepdims")
    if keep is not None and not (isinstance(keep, gast.Constant) and not keep.value):
        return array(float_dtype(operand), operand.ndim if isinstance(keep, gast.Constant) else None)
    axis = args.get("axis")
    if axis is None or isinstance(axis, gast.Constant) and axis.value is None:
        return shaped(float_dtype(operand), 0)
    if operand.ndim is None:
        return NUMBER
    if isinstance(axis, gast.Tuple):
        return shaped(float_dtype(operand), operand.ndim - len(axis.elts))
    if isinstance(axis, (gast.Constant, gast.UnaryOp)):
        return shaped(float_dtype(operand), operand.ndim - 1)
    return NUMBER


def float_dtype(kind: Kind) -> str | None:
    if kind.dtype is None or np.dtype(kind.dtype).kind in "fc":
        return kind.dtype
    return None


def like(operand: Kind, primitive) -> Kind:
    if operand.tag == "array":
        dtype, ndim = operand.dtype, operand.ndim
        if primitive in (np.real, np.imag) and dtype is not None:
            dtype = np.zeros(0, dtype).real.dtype.str
        return array(dtype, ndim if ndim != 0 else None)
    if primitive in (np.real, np.imag) and is_scalar(operand):
        return FLOAT
    return NUMBER if is_numeric(operand) or operand.tag == "unknown" else array()


def product(primitive, kinds) -> Kind:
    a, b = kinds[:2]
    if a.tag != "array" or b.tag != "array" or None in (a.ndim, b.ndim):
        return NUMBER
    dtype = joined_dtype([a, b])
    if dtype is not None and np.dtype(dtype).kind in "biu":
        dtype = None
    if primitive is np.vdot:
        return shaped(dtype, 0)
    if 1 in (a.ndim, b.ndim) and max(a.ndim, b.ndim) <= 2:
        return shaped(dtype, a.ndim + b.ndim - 2)
    if a.ndim == b.ndim == 2:
        return array(dtype, 2)
    return NUMBER


def reshaped(operand: Kind, shape, kind) -> Kind:
    dtype = operand.dtype if operand.tag == "array" else None
    if isinstance(shape, gast.Tuple):
        return array(dtype, len(shape.elts)) if shape.elts else NUMBER
    if shape is not None and kind(shape).tag == "int":
        return array(dtype, 1)
    return array(dtype, None) if operand.tag == "array" and operand.ndim else NUMBER


def as_list(operand: Kind, primitive) -> Kind:
    if operand == BOTTOM or primitive is as_sequence and operand.tag in ("array", "list", "tuple", "str"):
        return operand
    if operand.tag == "dict":
        return list_of(STR if all(isinstance(k, str) for k, _ in operand.items or ()) else UNKNOWN)
    item = item_of(operand)
    if operand.tag == "list" and not operand.items:
        return operand
    return list_of(item if item is not None else UNKNOWN)


def item_of(container: Kind) -> Kind | None:
    """The kind of the items of an iterable."""
    if container.tag == "tuple":
        return reduce(join, container.items, None) or UNKNOWN
    if container.tag == "list":
        return container.items[0] if container.items else None
    if container.tag == "array":
        if container.ndim is None:
            return NUMBER
        return shaped(container.dtype, container.ndim - 1) if container.ndim else UNKNOWN
    return UNKNOWN


def array_of(content: Kind) -> Kind:
    """np.array of nested sequences: its rank is the depth."""
    depth = 0
    while content.tag in ("list", "tuple"):
        depth += 1
        content = item_of(content) or FLOAT
    if is_scalar(content):
        dtype = {"float": float, "complex": complex, "int": int, "bool": bool}[content.tag]
        return array(np.dtype(dtype).str, depth)
    if content.tag == "array":
        return array(content.dtype, None if content.ndim is None else content.ndim + depth)
    return array(None, None) if depth else NUMBER


def polymorphic(primitive, kinds) -> Kind:
    """`+` and `*` of lists and tuples; everything else is unknown until it is there."""
    a, b = kinds[:2]
    if primitive is dynamic.add and a.tag == b.tag == "list":
        return join(a, b)
    if primitive is dynamic.add and a.tag == b.tag == "tuple":
        return tuple_of(*a.items, *b.items)
    if primitive is dynamic.mul and "list" in (a.tag, b.tag) and "int" in (a.tag, b.tag):
        return a if a.tag == "list" else b
    return UNKNOWN
