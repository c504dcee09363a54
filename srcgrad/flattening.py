"""`flatten`: a structure of floats and arrays as one vector, and back.

    vector, unflatten = flatten({"w": np.ones((2, 3)), "b": 0.5, "act": "tanh"})    # vector of 7 entries
    unflatten(vector)                                                               # the structure again

Dicts are taken in the order of their sorted keys. Leaves that carry no derivative (strings, None, bools, ints, integer
arrays) have no entry in the vector, as they have no gradient; `unflatten` returns them as they were. Both directions
are written in the language that srcgrad differentiates.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.errors import NotDifferentiable
from srcgrad.rules import registry


def flatten(value: Any) -> tuple[np.ndarray, Callable[[np.ndarray], Any]]:
    """The floats, complex numbers and arrays in `value` as one vector, and the function that restores the structure.

    `unflatten` gives each leaf its shape, dtype and type. Raises NotDifferentiable for an int or integer array alone.

    >>> vector, unflatten = flatten({"b": 0.5, "a": [1.0, "x"]})
    >>> vector
    array([1. , 0.5])
    >>> unflatten(2 * vector)
    {'b': 1.0, 'a': [2.0, 'x']}
    """
    if is_leaf(value) and not is_active(value) and value is not None:
        raise NotDifferentiable(f"nothing to flatten in {value!r}", advice="Use floats: 3.0, x.astype(float).")
    leaves = active_leaves(value)
    vector = np.concatenate([np.ravel(leaf) for leaf in leaves]) if leaves else np.zeros(0)

    def unflatten(vector):
        return rebuild(value, split(vector, leaves))

    return vector, unflatten


def active_leaves(value):
    """The floats, complex numbers and arrays in a structure, in the order of the vector.

    >>> active_leaves({"b": 0.5, "a": (1.0, "x", [2j])})
    [1.0, 2j, 0.5]
    """
    if is_leaf(value):
        return [value] if is_active(value) else []
    leaves = []
    for item in items(value):
        leaves.extend(active_leaves(item))
    return leaves


def rebuild(value, leaves):
    """The structure of `value` with its active leaves replaced by `leaves`."""
    if is_leaf(value):
        return leaves[0] if is_active(value) else value
    rebuilt = []
    taken = 0
    for item in items(value):
        count = len(active_leaves(item))
        rebuilt.append(rebuild(item, leaves[taken : taken + count]))
        taken = taken + count
    return with_items(value, rebuilt)


def split(vector, leaves):
    """The parts of a vector that belong to each leaf, in the shape, dtype and type of the leaf."""
    parts = []
    start = 0
    for leaf in leaves:
        part = vector[start : start + np.size(leaf)]
        parts.append(like(part, leaf))
        start = start + np.size(leaf)
    return parts


def like(part, leaf):
    """The entries of a leaf in its shape and dtype; a plain number for a plain number."""
    if np.iscomplexobj(part) and not np.iscomplexobj(leaf):
        part = np.real(part)
    if isinstance(leaf, float):
        return float(part[0])
    if isinstance(leaf, complex):
        return complex(part[0])
    return np.reshape(part, leaf.shape).astype(leaf.dtype)


def is_leaf(value) -> bool:
    """True for what is not a tuple, list, dict or dataclass."""
    return not isinstance(value, (tuple, list, dict)) and not is_record(value)


def is_record(value) -> bool:
    """True for an instance of a dataclass."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def field_names(record) -> list[str]:
    """The names of the fields of a dataclass."""
    return [field.name for field in dataclasses.fields(record)]


def is_active(leaf) -> bool:
    """True for floats, complex numbers and arrays of these."""
    if isinstance(leaf, (np.ndarray, np.generic)):
        return leaf.dtype.kind in "fc"
    return isinstance(leaf, (float, complex))


def items(value):
    """The items of a container in the order of the vector."""
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    if is_record(value):
        return [getattr(value, name) for name in field_names(value)]
    return list(value)


def with_items(value, new):
    """A container like `value` with other items, these in the order of the vector."""
    if isinstance(value, dict):
        places = {key: i for i, key in enumerate(sorted(value))}
        return {key: new[places[key]] for key in value}
    if is_record(value):
        return dataclasses.replace(value, **dict(zip(field_names(value), new, strict=True)))
    if hasattr(value, "_make"):
        return value._make(new)
    return type(value)(new)


registry.nograd(is_leaf, is_record, is_active, field_names, why="it asks what kind of value this is")
