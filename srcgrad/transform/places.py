"""Places: whether a part of a container stays where it is for as long as a name means it."""

from __future__ import annotations

import gast

from ..analysis.exposure import exposed
from ..analysis.ownership import live_after, path_to
from ..frontend.copies import is_item_store
from ..frontend.methods import MUTATORS
from ..kinds import UNKNOWN

LOOPS = (gast.For, gast.While)
BLOCKS = (gast.If, gast.With, *LOOPS)
AT_THE_END = ("append", "extend")  # what leaves the items of a list at their positions from the front


def stays(stmts, kinds, name, place, stmt) -> bool:
    """True when the container keeps the part that `stmt` names at `place` until `name` is read no more."""
    region = []
    for block, i in reversed(path_to(stmts, stmt)):
        if isinstance(block[i], LOOPS):
            if name in exposed(block[i].body) or name in (live_after(stmts, block[i]) or ()):
                return False
            break
        region += block[i + 1 :]
    moves = (s for s in simple(region) if may_move(s, kinds, place, name))
    return not any(name in (live_after(stmts, s) or ()) for s in moves)


def may_move(stmt, kinds, place, name) -> bool:
    """True when `stmt` may put something else at `place`; it does not by way of the part, which is `name`."""
    owner, key = place.value.id, place.slice
    for node in gast.walk(stmt):
        target = None
        if is_item_store(node):
            target = node.value.id
            apart = isinstance(node.slice, gast.Constant) and isinstance(key, gast.Constant)
            if apart and node.slice.value != key.value:
                continue
        elif is_mutator(node):
            target = node.func.value.id
            if node.func.attr in AT_THE_END and is_from_the_front(key):
                continue
        if (
            target == owner
            or target not in (None, name)
            and alike(kinds.get(target, UNKNOWN), kinds.get(owner, UNKNOWN))
        ):
            return True
    return False


def simple(stmts):
    for stmt in stmts:
        if isinstance(stmt, BLOCKS):
            yield from simple([*stmt.body, *(getattr(stmt, "orelse", None) or [])])
        else:
            yield stmt


def is_mutator(node) -> bool:
    """True for `xs.append(v)` and its like."""
    function = getattr(node, "func", None)
    named = isinstance(function, gast.Attribute) and isinstance(function.value, gast.Name)
    return isinstance(node, gast.Call) and named and function.attr in MUTATORS


def is_from_the_front(key) -> bool:
    """True for an index that is known not to count from the end."""
    return isinstance(key, gast.Constant)


def alike(a, b) -> bool:
    """True when things of these two kinds may be one object."""
    if a.tag != b.tag:
        return bool({"unknown", "object"} & {a.tag, b.tag})
    if a.tag == "list" and a.items and b.items:
        return any(x == y or x.tag in ("unknown", "bottom") or alike(x, y) for x in a.items for y in b.items)
    return True


def item_stores(stmts):
    """The statements `x[i] = v`."""
    return [s for s in simple(stmts) if isinstance(s, gast.Assign) and is_item_store(s.targets[0])]
