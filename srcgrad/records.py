"""Records: named tuples and dataclasses.

As what a function takes, holds or returns they are what the user made of them. The adjoint or tangent of a named tuple
is a list, as of any tuple, that of a dataclass a dict by field.
"""

from __future__ import annotations

import copy
import dataclasses

ARRAY_FACTS = frozenset({"shape", "ndim", "size", "dtype", "itemsize", "nbytes"})


def is_dataclass(value) -> bool:
    """True for an instance of a dataclass, but for those that hold constants only by declaration."""
    cls = type(value)
    return hasattr(cls, "__dataclass_fields__") and not getattr(cls, "__srcgrad_constant__", False)


def is_named_tuple(value) -> bool:
    """True for an instance of a class made by `namedtuple` or `NamedTuple`."""
    return isinstance(value, tuple) and hasattr(value, "_fields")


def field_names(cls) -> list[str]:
    """The fields of a record or of its class, in order."""
    return list(cls._fields) if hasattr(cls, "_fields") else [field.name for field in dataclasses.fields(cls)]


def makes_record(cls) -> bool:
    """True for a class whose call does nothing but put its arguments into the fields."""
    if not isinstance(cls, type) or hidden_fields(cls):
        return False
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return is_generated(cls.__new__) and cls.__init__ is object.__init__
    if not dataclasses.is_dataclass(cls) or hasattr(cls, "__post_init__") or cls.__new__ is not object.__new__:
        return False
    return is_generated(cls.__init__) and all(field.init for field in dataclasses.fields(cls))


def hidden_fields(cls) -> list[str]:
    """Fields and properties named as what an array has that carries no derivative, as which they would be taken."""
    if not hasattr(cls, "_fields") and not hasattr(cls, "__dataclass_fields__"):
        return []
    return sorted(name for name in ARRAY_FACTS if name in field_names(cls) or hasattr(cls, name))


def is_generated(method) -> bool:
    code = getattr(method, "__code__", None)
    return code is not None and code.co_filename.startswith(("<string>", "namedtuple_"))


def with_fields(record, values: dict):
    """A dataclass like `record` with other values in its fields; no initialiser runs."""
    made = copy.copy(record)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made
