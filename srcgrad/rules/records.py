"""Attributes of what is known at run time only: fields of named tuples and dataclasses, and parts of arrays."""

from __future__ import annotations

import dataclasses

import numpy as np

from srcgrad.errors import NoRule
from srcgrad.records import field_names, is_dataclass, is_named_tuple
from srcgrad.rules.indexing import getitem_x_bar
from srcgrad.rules.registry import jvp, method, nograd, vjp
from srcgrad.runtime import helpers

ARRAY_PARTS = {"T": np.transpose, "real": np.real, "imag": np.imag}


@vjp(getattr, "x")
def getattr_x_bar(y_bar, y, x, name, default=None):
    """y = x.name: the adjoint of a record with y_bar in its field and zeros elsewhere."""
    if y_bar is None or not hasattr(x, name):
        return None
    if is_named_tuple(x):
        return getitem_x_bar(y_bar, y, x, position(x, name))
    if is_dataclass(x):
        require_field(x, name)
        return {name: y_bar}
    return part_bar(y_bar, x, name)


def part_bar(y_bar, x, name):
    """The adjoint of an array of which `T`, `real` or `imag` was read."""
    if name == "T":
        return np.transpose(y_bar)
    if name == "real":
        return helpers.unbroadcast(y_bar, x)
    require_field(x, name)
    return -1j * y_bar if helpers.is_complex(x) else np.zeros_like(x)


@vjp(getattr, "default")
def getattr_default_bar(y_bar, y, x, name, default=None):
    """y = x.name where it is there, else default."""
    return None if hasattr(x, name) else y_bar


@jvp(getattr, "x")
def getattr_x_dot(x_dot, y, x, name, default=None):
    """y = x.name, and so its tangent."""
    if x_dot is None or not hasattr(x, name):
        return None
    if is_named_tuple(x):
        return x_dot[position(x, name)]
    if is_dataclass(x):
        require_field(x, name)
        return x_dot.get(name)
    require_field(x, name)
    return getattr(x_dot, name)


@jvp(getattr, "default")
def getattr_default_dot(default_dot, y, x, name, default=None):
    """y = x.name where it is there, else default."""
    return None if hasattr(x, name) else default_dot


@vjp(dataclasses.replace, "obj")
def replace_obj_bar(y_bar, y, obj, /, **changes):
    """y = a record like obj with other values in some of its fields."""
    return None if y_bar is None else {name: y_bar.get(name) for name in field_names(obj) if name not in changes}


@vjp(dataclasses.replace, "**changes")
def replace_change_bar(y_bar, y, index, obj, /, **changes):
    return None if y_bar is None else y_bar.get(index)


@jvp(dataclasses.replace, "obj")
def replace_obj_dot(obj_dot, y, obj, /, **changes):
    """y = a record like obj with other values in some of its fields."""
    return None if obj_dot is None else {name: obj_dot.get(name) for name in field_names(obj) if name not in changes}


@jvp(dataclasses.replace, "**changes")
def replace_change_dot(change_dot, y, index, obj, /, **changes):
    return {index: change_dot}


def replaced(x, /, **changes):
    """`x._replace(**changes)` of a named tuple."""
    return x._replace(**changes)


method(tuple, "_replace", replaced)


@vjp(replaced, "x")
def replaced_x_bar(y_bar, y, x, /, **changes):
    """y = a named tuple like x with other values in some of its fields."""
    return None if y_bar is None else [None if n in changes else y_bar[position(x, n)] for n in field_names(x)]


@vjp(replaced, "**changes")
def replaced_change_bar(y_bar, y, index, x, /, **changes):
    return None if y_bar is None else y_bar[position(x, index)]


@jvp(replaced, "x")
def replaced_x_dot(x_dot, y, x, /, **changes):
    """y = a named tuple like x with other values in some of its fields."""
    return None if x_dot is None else [None if n in changes else x_dot[position(x, n)] for n in field_names(x)]


@jvp(replaced, "**changes")
def replaced_change_dot(change_dot, y, index, x, /, **changes):
    return [change_dot if name == index else None for name in field_names(x)]


def position(x, name) -> int:
    """The position of a field in a named tuple."""
    require_field(x, name)
    return field_names(x).index(name)


def require_field(x, name) -> None:
    """NoRule where `name` is something computed, a property say, rather than a field."""
    if is_named_tuple(x) or is_dataclass(x):
        if name in field_names(x):
            return
    elif isinstance(x, (np.ndarray, np.generic, float, complex)) and name in ARRAY_PARTS:
        return
    raise NoRule(f"the attribute {name!r} of a {type(x).__name__} has no derivative rule: read a field of a record")


nograd(position, require_field, is_named_tuple, is_dataclass, field_names, why="it asks what kind of object this is")


@vjp(helpers.mirrored, "x")
def mirrored_x_bar(y_bar, y, x):
    """y has the parts of x: so has its adjoint."""
    return y_bar


@jvp(helpers.mirrored, "x")
def mirrored_x_dot(x_dot, y, x):
    return x_dot


@vjp(helpers.unmirrored, "x_dot")
def unmirrored_x_dot_bar(y_bar, y, x_dot, x):
    """y has the parts of x_dot: so has its adjoint."""
    return y_bar


@jvp(helpers.unmirrored, "x_dot")
def unmirrored_x_dot_dot(x_dot_dot, y, x_dot, x):
    return x_dot_dot
