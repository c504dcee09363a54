"""Updates of items that are no numbers, written out: what `d[k] += v` does depends on what the item is.

    d["z"] += v       ->       t = d["z"]; t_1 = t + v; d["z"] = t_1       of an array: `v` may be broadcast
    d["r"] += vs      ->       t = d["r"]; t.extend(vs)                    of a list

Entries of arrays, and numbers in lists and dicts, are updated as they stand.
"""

from __future__ import annotations

import copy

import gast

from ..frontend.build import assign, call, load, located
from ..kinds import UNKNOWN, is_numeric, is_scalar


def with_item_updates(core, inference) -> None:
    """Write out such updates in `core`, in place; the kinds of the temporaries go to `inference`."""
    if not core.is_generated:  # whose updates are of numbers and of adjoints of one shape
        core.body = block(core, inference, core.body)


def block(core, inference, stmts) -> list:
    made = []
    for stmt in stmts:
        if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)):
            stmt.body = block(core, inference, stmt.body)
            if getattr(stmt, "orelse", None):
                stmt.orelse = block(core, inference, stmt.orelse)
        made += written_out(core, inference, stmt) if is_open(stmt, inference, core) else [stmt]
    return made


def is_open(stmt, inference, core) -> bool:
    """True for an update of an active item that is not known to be a number updated by a number."""
    if not (isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Subscript)):
        return False
    owner = stmt.target.value
    if not isinstance(owner, gast.Name) or owner.id not in core.active:
        return False
    known = is_scalar(inference.kind(item_of(stmt))) and is_scalar(inference.kind(stmt.value))
    return not known and not is_numeric(inference.kinds.get(owner.id, UNKNOWN))


def item_of(stmt) -> gast.Subscript:
    return gast.Subscript(stmt.target.value, copy.deepcopy(stmt.target.slice), gast.Load())


def written_out(core, inference, stmt) -> list:
    def bind(value):
        name = core.namer.fresh("t")
        core.temporaries.add(name)
        core.scope.local.add(name)
        core.active.add(name)
        inference.kinds[name] = inference.kind(value)
        return assign(name, value, stmt), load(name)

    first, old = bind(located(item_of(stmt), stmt))
    owner = inference.kinds.get(stmt.target.value.id, UNKNOWN)
    is_list = inference.kinds[old.id].tag == "list" and owner.tag in ("list", "dict")
    if is_list and isinstance(stmt.op, gast.Add):
        extend = call(gast.Attribute(old, "extend", gast.Load()), stmt.value)
        return [first, located(gast.Expr(extend), stmt)]
    second, new = bind(located(gast.BinOp(old, stmt.op, stmt.value), stmt))
    stored = assign(copy.deepcopy(stmt.target), new, stmt)
    stored.updates_item = True  # the item itself, where that is an array or a list
    return [first, second, stored]
