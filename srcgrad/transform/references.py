"""References: names for a part of a container, whose adjoint is that part of the container's adjoint, not a copy.

    rows = d["rows"]              rows_bar = d_bar["rows"]
    rows.append(v)       ->       v_bar += rows_bar.pop()
    y = rows[0]                   rows_bar[0] += y_bar

What is read or written through the name reaches the container itself, in the adjoint as in the primal, and a read of
one item costs one item.
"""

from __future__ import annotations

import gast

from ..analysis.exposure import exposed
from ..analysis.ownership import path_to
from ..frontend.build import names_loaded, names_stored
from ..frontend.copies import changed_names, is_item_store
from ..frontend.methods import MUTATORS
from ..kinds import UNKNOWN
from .places import stays

CONTAINERS = ("list", "dict", "tuple")


def references(sweep, followed=False) -> dict[str, gast.Subscript]:
    """Name -> the item `owner[index]` that it refers to, for active names that can be kept so.

    `followed`: also those that are used as a whole, for tangents, which are never replaced.
    """
    found = {}
    changed = changed_names(sweep.core.body)
    whole = set() if followed else used_whole(sweep.core.body)
    for stmt in sweep.core.body:
        for node in gast.walk(stmt):
            if not (isinstance(node, gast.Assign) and isinstance(node.targets[0], gast.Name)):
                continue
            name, value = node.targets[0].id, node.value
            if not (isinstance(value, gast.Subscript) and isinstance(value.value, gast.Name) and name in sweep.active):
                continue
            if name in sweep.core.views and value.value.id in sweep.active:
                found[name] = value
                continue
            moved = hasattr(node, "moves") and sweep.kinds.get(name, UNKNOWN).tag != "array"
            if definitions(sweep.core.body, name) != 1 or name in whole and not moved:
                continue
            if value.value.id not in sweep.active or not is_part(sweep, name, value, changed):
                continue
            if not is_lasting(sweep.core.body, node):
                continue
            apart = sweep.core.is_generated or name in sweep.core.temporaries
            if value.value.id in changed and not apart and not moved and may_replace(sweep.core.body, value):
                continue
            generated = sweep.core.is_generated and value.value.id in changed
            if generated and not stays(sweep.core.body, sweep.kinds, name, value, node):
                continue
            found[name] = value
    return found


def is_lasting(stmts, made) -> bool:
    """True when the part that the statement `made` names is found under the same index wherever the name is read."""
    name, inputs = made.targets[0].id, names_loaded(made.value)
    path = path_to(stmts, made) or []
    if any(isinstance(block[i], (gast.For, gast.While)) and name in exposed(block[i].body) for block, i in path):
        return False
    moved = False
    for block, i in reversed(path):
        for stmt in block[i + 1 :]:
            moved = moved or bool(names_stored(stmt) & inputs)
            if moved and name in names_loaded(stmt):
                return False
        if isinstance(block[i], (gast.For, gast.While)):
            moved = moved or bool(names_stored(block[i]) & inputs)
    return True


def is_part(sweep, name, value, changed) -> bool:
    """True when the item is an object of its own: a container, or a view of an array."""
    if sweep.core.is_generated and sweep.kinds.get(name, UNKNOWN).tag == "unknown":
        return not isinstance(value.slice, gast.Slice)
    kind, owner = sweep.kinds.get(name, UNKNOWN), sweep.kinds.get(value.value.id, UNKNOWN)
    if owner.tag in CONTAINERS and name in changed and kind.tag == "unknown":
        return not isinstance(value.slice, gast.Slice)  # what is written into is an object, whatever its kind
    if owner.tag in CONTAINERS:
        return not isinstance(value.slice, gast.Slice) and (kind.tag in CONTAINERS or kind.tag == "array")
    return (
        owner.tag == "array" and kind.tag == "array" and sweep.is_basic(value.slice) and not is_mask(sweep, value.slice)
    )


def may_replace(stmts, part) -> bool:
    """True unless every write into the owner of `part` is at another constant index."""
    owner, key = part.value.id, part.slice
    for stmt in stmts:
        for node in gast.walk(stmt):
            if is_item_store(node):
                known = isinstance(node.slice, gast.Constant) and isinstance(key, gast.Constant)
                if node.value.id == owner and not (known and node.slice.value != key.value):
                    return True
            elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in MUTATORS:
                if isinstance(node.func.value, gast.Name) and node.func.value.id == owner:
                    return True
    return False


def is_mask(sweep, index) -> bool:
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    return any(not isinstance(p, gast.Slice) and sweep.kind(p).tag == "array" for p in parts)


def definitions(stmts, name) -> int:
    return sum(
        isinstance(n, gast.Name) and n.id == name and isinstance(n.ctx, gast.Store) for s in stmts for n in gast.walk(s)
    )


def used_whole(stmts) -> set[str]:
    """Names read other than by item, length, type or mutating method: their adjoint may be replaced as a whole."""
    found = set()

    def visit(node):
        if isinstance(node, gast.Subscript):
            if not isinstance(node.value, gast.Name):
                visit(node.value)
            visit(node.slice)
            return
        if isinstance(node, gast.Call):
            if isinstance(node.func, gast.Attribute) and node.func.attr in MUTATORS:
                for part in (*node.args, *node.keywords):
                    visit(part)
                return
            if isinstance(node.func, gast.Name) and is_look(node.func.id):
                if node.func.id.startswith("kept_apart"):  # hands on the first of what it is given
                    visit(node.args[0])
                return
        if isinstance(node, gast.Name):
            if isinstance(node.ctx, gast.Load):
                found.add(node.id)
            return
        for child in gast.iter_child_nodes(node):
            visit(child)

    for stmt in stmts:
        visit(stmt)
    return found


def is_look(function: str) -> bool:
    """True for functions that look at an object and hand nothing on; texts import the last by such names."""
    return function in ("len", "isinstance") or function.startswith(("check_unshared", "kept_apart"))
