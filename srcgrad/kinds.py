"""Kinds: what is known of a value ahead of time.

    float, int, bool, complex        Python numbers and NumPy scalars of double precision
    array(dtype, ndim)               an ndarray; either may be unknown (None)
    number                           a number or an array: arithmetic is elementwise and broadcasts
    tuple, list, dict                of kinds, item by item for tuples and for dicts with constant keys
    tuple, object with a class       a named tuple, item by item; a dataclass, field by field
    str, none, function, object      everything that has no arithmetic of its own
    unknown                          anything at all; handled by polymorphic rules at run time

They form a small lattice, joined where control flow meets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

from .records import field_names, is_dataclass, is_named_tuple


@dataclass(frozen=True)
class Kind:
    """One element of the lattice. `items`: kinds of a tuple's items, a list's one item, a dict's (key, kind) pairs."""

    tag: str
    dtype: str | None = None
    ndim: int | None = None
    items: tuple | None = None
    cls: Any = None

    def __repr__(self) -> str:
        parts = [repr(p) for p in (self.dtype, self.ndim, self.items, self.cls) if p is not None]
        return f"{self.tag}({', '.join(parts)})" if parts else self.tag


FLOAT, INT, BOOL, COMPLEX = (Kind(tag) for tag in ("float", "int", "bool", "complex"))
STR, NONE, FUNCTION, NUMBER, UNKNOWN = (Kind(tag) for tag in ("str", "none", "function", "number", "unknown"))
OBJECT = Kind("object")
BOTTOM = Kind("bottom")  # of a name that nothing has been assigned to yet
SCALARS = (FLOAT, INT, BOOL, COMPLEX)
RANK = {"bool": 0, "int": 1, "float": 2, "complex": 3}


def array(dtype: str | None = None, ndim: int | None = None) -> Kind:
    return Kind("array", dtype, ndim)


def tuple_of(*items: Kind) -> Kind:
    return Kind("tuple", items=tuple(items))


def list_of(item: Kind | None) -> Kind:
    """A list whose items have one kind; None while it is known to be empty."""
    return Kind("list", items=(item,) if item is not None else ())


def dict_of(items: dict) -> Kind:
    return Kind("dict", items=tuple(items.items()))


def record_of(cls: type, items: dict) -> Kind:
    """The kind of a named tuple or dataclass with the fields `items`."""
    if issubclass(cls, tuple):
        return Kind("tuple", items=tuple(items.values()), cls=cls)
    return Kind("object", items=tuple(items.items()), cls=cls)


def fields_of(kind: Kind) -> dict:
    """The fields of a record, by name; empty for all other kinds."""
    if kind.cls is None or kind.items is None:
        return {}
    return dict(zip(kind.cls._fields, kind.items)) if kind.tag == "tuple" else dict(kind.items)


def record_classes(kind: Kind) -> set[type]:
    """The classes of the records that a kind is, or that hold derivatives within it."""
    parts = [item[1] if isinstance(item, tuple) else item for item in kind.items or ()]
    found = set().union(*map(record_classes, parts), set())
    return found | {kind.cls} if kind.cls is not None and can_be_active(kind) else found


def holds_array_object(kind: Kind) -> bool:
    """True for arrays of other classes than NumPy's own, and for containers with such items."""
    parts = [item[1] if isinstance(item, tuple) else item for item in kind.items or ()]
    return kind == ARRAY_OBJECT or any(map(holds_array_object, parts))


def is_scalar(kind: Kind) -> bool:
    return kind.tag in RANK


def is_numeric(kind: Kind) -> bool:
    """True when arithmetic on it is elementwise: numbers, arrays."""
    return kind.tag in RANK or kind.tag in ("array", "number")


def is_container(kind: Kind) -> bool:
    return kind.tag in ("tuple", "list", "dict", "object")


def is_flat(kind: Kind) -> bool:
    """True for what holds no mutable thing: arrays, and lists of numbers."""
    return kind.tag == "array" or kind.tag == "list" and all(map(is_scalar, kind.items))


def may_be_complex(kind: Kind) -> bool:
    if kind.tag == "array":
        return kind.dtype is None or np.dtype(kind.dtype).kind in "cO"
    return kind.tag in ("complex", "number", "unknown")


def can_be_active(kind: Kind) -> bool:
    """False for what has no derivative whatever its value: ints, strings, integer arrays, tuples of these."""
    if kind.tag == "array":
        return kind.dtype is None or np.dtype(kind.dtype).kind in "fc"
    if kind.tag in ("tuple", "list"):
        return any(map(can_be_active, kind.items)) or (kind.tag == "list" and not kind.items)
    if kind.tag == "dict" and kind.items is not None:
        return any(can_be_active(item) for _, item in kind.items) or not kind.items
    if kind.tag == "object" and kind.cls is not None:
        return any(can_be_active(item) for _, item in kind.items)
    return kind.tag not in ("int", "bool", "str", "none", "object")


def holds_constants(kind: Kind) -> bool:
    """True when some item of a tuple or dict is a constant, such as an integer, which has no adjoint and no tangent."""
    items = kind.items if kind.tag == "tuple" else [item for _, item in kind.items or ()] if kind.tag == "dict" else []
    return not all(map(can_be_active, items))


def join(a: Kind | None, b: Kind | None) -> Kind:
    """The least kind above both; None is the empty one."""
    if a is None or b is None or a == b:
        return a if b is None else b
    if BOTTOM in (a, b):
        return b if a == BOTTOM else a
    if is_scalar(a) and is_scalar(b):
        return a if RANK[a.tag] >= RANK[b.tag] else b
    if is_numeric(a) and is_numeric(b):
        if a.tag == b.tag == "array":
            return array(a.dtype if a.dtype == b.dtype else None, a.ndim if a.ndim == b.ndim else None)
        return NUMBER
    if a.tag == b.tag == "tuple" and len(a.items) == len(b.items):
        return Kind("tuple", items=tuple(map(join, a.items, b.items)), cls=a.cls if a.cls is b.cls else None)
    if a.tag == b.tag == "object" and a.cls is b.cls is not None:
        return record_of(a.cls, {name: join(dict(a.items)[name], kind) for name, kind in b.items})
    if a.tag == b.tag == "list":
        return list_of(reduce(join, (*a.items, *b.items), None))
    if a.tag == b.tag == "dict":
        if a.items is None or b.items is None:
            return Kind("dict")
        first, second = dict(a.items), dict(b.items)
        return dict_of({key: join(first.get(key), second.get(key)) for key in {**first, **second}})
    return UNKNOWN


def kind_of(value: Any, depth: int = 8) -> Kind:
    """The kind of a run-time value; containers are looked into `depth` levels, long ones only for one common kind."""
    simple = SIMPLE.get(type(value))
    if simple is not None:
        return simple
    if isinstance(value, np.ndarray):
        return array(value.dtype.str, value.ndim) if type(value) in ARRAYS else ARRAY_OBJECT
    if isinstance(value, np.generic):
        return array(value.dtype.str, 0)
    if depth and type(value) is tuple:
        return tuple_of(*(kind_of(item, depth - 1) for item in value)) if len(value) <= 64 else UNKNOWN
    if depth and type(value) is list:
        return list_of(reduce(join, (kind_of(item, depth - 1) for item in value), None))
    if depth and type(value) is dict:
        return (
            dict_of({key: kind_of(item, depth - 1) for key, item in value.items()})
            if len(value) <= 64
            else Kind("dict")
        )
    if depth and (is_named_tuple(value) or is_dataclass(value)):
        return record_of(type(value), {n: kind_of(getattr(value, n), depth - 1) for n in field_names(value)})
    if isinstance(value, (FunctionType, BuiltinFunctionType, MethodType)):
        return FUNCTION
    if type(value).__module__ in ("fractions", "scipy.sparse") or type(value).__module__.startswith("scipy.sparse."):
        return INT if type(value).__module__ == "fractions" else SPARSE
    return OBJECT if isinstance(value, type) or is_plain_object(value) else UNKNOWN


def is_plain_object(value: Any) -> bool:
    """True for instances of classes of the user's, which hold no derivatives: nothing active is written into them."""
    cls = type(value)
    if getattr(cls, "__srcgrad_constant__", False):
        return True
    if isinstance(value, (tuple, list, dict, float, complex, np.ndarray, np.generic)) or hasattr(value, "__next__"):
        return False
    return cls.__module__ != "builtins" and not cls.__module__.startswith(LIBRARIES)


LIBRARIES = ("srcgrad", "functools", "numpy", "collections")


def makes_plain_objects(cls: type) -> bool:
    """True for a class of the user's, whose call surely makes an instance that is no record."""
    bases = [c for c in cls.__mro__ if c is not object]
    own = all(c.__module__ != "builtins" and not c.__module__.startswith(LIBRARIES) for c in bases)
    return own and type(cls) is type and cls.__new__ is object.__new__ and not hasattr(cls, "__dataclass_fields__")


def is_foreign(value: Any) -> bool:
    """True for an object whose class says what operators mean: no number, array or container of Python's."""
    cls = type(value)
    if cls in SIMPLE or isinstance(value, np.generic) or cls in ARRAYS:
        return False
    if isinstance(value, (FunctionType, BuiltinFunctionType, MethodType, type)) or cls.__module__ == "fractions":
        return False
    base = next((c for c in cls.__mro__ if c.__module__ == "builtins"), object)
    if base is object or isinstance(value, np.ndarray):
        return True
    return any(name in vars(c) for c in cls.__mro__[: cls.__mro__.index(base)] for name in ARITHMETIC)


ARRAYS = (np.ndarray, np.memmap)  # other classes of arrays have an arithmetic of their own
ARRAY_OBJECT, SPARSE = Kind("object", "array"), Kind("object", "sparse")
OPERATORS = ("add", "sub", "mul", "truediv", "pow", "matmul", "mod", "floordiv")
ARITHMETIC = [f"__{r}{name}__" for name in OPERATORS for r in ("", "r")]
SIMPLE = {float: FLOAT, int: INT, bool: BOOL, complex: COMPLEX, str: STR, type(None): NONE}
SIMPLE |= {np.float64: FLOAT, np.complex128: COMPLEX, np.bool_: BOOL, np.int64: INT}
