"""Kinds of parts: of the items of containers and arrays, and of lists and dicts that have several names.

What one name is seen to hold, the others hold as well:

d = {"rows": []}; rows = d["rows"]; rows.append(1.0)       d["rows"] is a list of floats
"""

from __future__ import annotations

import gast
import numpy as np

from ..frontend.scope import MISSING
from ..kinds import BOTTOM, INT, NUMBER, STR, UNKNOWN, Kind, array, dict_of, join, list_of, tuple_of
from . import results

MUTABLE = ("list", "dict")
BLOCKS = (gast.If, gast.For, gast.While, gast.With)


def links(stmts):
    """(name, other name) of what is copied, and (name, (container, index)) of what is taken out or put in."""
    for stmt in stmts:
        if isinstance(stmt, BLOCKS):
            yield from links([*stmt.body, *(getattr(stmt, "orelse", None) or [])])
            continue
        target, value = getattr(stmt, "targets", [None])[0], getattr(stmt, "value", None)
        if isinstance(target, gast.Name) and isinstance(value, gast.Name):
            yield target.id, value.id
        elif isinstance(target, gast.Name) and is_part(value):
            yield target.id, (value.value.id, value.slice)
        elif is_part(target) and isinstance(value, gast.Name):
            yield value.id, (target.value.id, target.slice)
        elif isinstance(target, gast.Name):
            yield from ((item.id, (target.id, key)) for key, item in displayed(value) if isinstance(item, gast.Name))
        if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute):
            if isinstance(value.func.value, gast.Name) and value.func.attr in ("append", "insert") and value.args:
                if isinstance(value.args[-1], gast.Name):
                    yield value.args[-1].id, (value.func.value.id, None)


def is_part(node) -> bool:
    return (
        isinstance(node, gast.Subscript)
        and isinstance(node.value, gast.Name)
        and not isinstance(node.slice, gast.Slice)
    )


def displayed(value):
    """(index, item) of what a display holds."""
    if isinstance(value, gast.Dict):
        return [(key, item) for key, item in zip(value.keys, value.values) if key is not None]
    if isinstance(value, (gast.List, gast.Tuple)) and not any(isinstance(e, gast.Starred) for e in value.elts):
        return [(gast.Constant(i, None), item) for i, item in enumerate(value.elts)]
    return []


def exchange(inference, found) -> None:
    """Join the kinds of lists and dicts that the links `found` say may be one object."""
    kinds = inference.kinds
    for name, other in found:
        kind = kinds.get(name, UNKNOWN)
        owner, index = other if isinstance(other, tuple) else (other, None)
        whole = item = kinds.get(owner, UNKNOWN)
        if isinstance(other, tuple):
            item = first(whole) if index is None else item_at(whole, index, inference.kind)
        if kind.tag not in MUTABLE or item is None or item.tag != kind.tag or item == kind:
            continue
        kinds[name] = both = join(item, kind)
        kinds[owner] = holding(whole, index, both) if isinstance(other, tuple) else both


def first(whole: Kind) -> Kind | None:
    return whole.items[0] if whole.tag == "list" and whole.items else None


def holding(whole: Kind, index, item: Kind) -> Kind:
    """The kind `whole` of a container that is seen to hold an `item` at `index`."""
    place = literal(index) if index is not None else MISSING
    if whole.tag == "list":
        return join(whole, list_of(item))
    if whole.tag == "dict" and whole.items is not None:
        here = {key: join(k, item) if k.tag == item.tag and place in (key, MISSING) else k for key, k in whole.items}
        return dict_of(here)
    if whole.tag == "tuple":
        size = len(whole.items)
        at = place % size if isinstance(place, int) and -size <= place < size else MISSING
        items = [join(k, item) if k.tag == item.tag and at in (i, MISSING) else k for i, k in enumerate(whole.items)]
        return Kind("tuple", items=tuple(items), cls=whole.cls)
    return whole


def item_at(owner: Kind, index, kind) -> Kind:
    """The kind of `owner[index]`."""
    if owner.tag == "tuple":
        position = literal(index)
        if isinstance(position, int) and -len(owner.items) <= position < len(owner.items):
            return owner.items[position]
        if isinstance(index, gast.Slice):
            bounds = [literal(p) if p is not None else None for p in (index.lower, index.upper, index.step)]
            if not any(b is MISSING for b in bounds):
                return tuple_of(*owner.items[slice(*bounds)])
            return UNKNOWN
        return results.item_of(owner)
    if owner.tag == "list":
        return owner if isinstance(index, gast.Slice) else results.item_of(owner) or BOTTOM
    if owner.tag == "dict":
        key = literal(index)
        if owner.items is None:
            return UNKNOWN
        if key is not MISSING:
            return dict(owner.items).get(key, UNKNOWN)
        result = None
        for _, item in owner.items:
            result = join(result, item)
        return result or UNKNOWN
    if owner.tag == "array":
        return array_item(owner, index, kind)
    if owner.tag == "str":
        return STR
    return NUMBER if owner.tag == "number" else UNKNOWN


def literal(index):
    """The value of a constant index, MISSING for any other."""
    if isinstance(index, gast.Constant):
        return index.value
    if isinstance(index, gast.UnaryOp) and isinstance(index.op, gast.USub) and isinstance(index.operand, gast.Constant):
        return -index.operand.value
    return MISSING


def array_item(owner: Kind, index, kind) -> Kind:
    if owner.ndim is None:
        return NUMBER
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    ndim = owner.ndim
    for part in parts:
        if isinstance(part, gast.Slice) or isinstance(part, gast.Constant) and part.value is Ellipsis:
            continue
        if isinstance(part, gast.Constant) and part.value is None:
            ndim += 1
        elif kind(part) == INT:
            ndim -= 1
        elif kind(part).tag == "array" and len(parts) == 1 and kind(part).ndim is not None:
            boolean = kind(part).dtype is not None and np.dtype(kind(part).dtype).kind == "b"
            return array(owner.dtype, ndim + 1 - kind(part).ndim if boolean else ndim - 1 + kind(part).ndim)
        elif kind(part).tag == "list" and len(parts) == 1:
            return array(owner.dtype, ndim)
        else:
            return NUMBER
    return results.shaped(owner.dtype, ndim) if ndim >= 0 else NUMBER
