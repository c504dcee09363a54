"""Methods that write a whole array, as the stores that they are.

y.fill(v)         ->       y[...] = v
y.sort()          ->       t = np.sort(y); y[...] = t
"""

from __future__ import annotations

import gast
import numpy as np

from ..frontend.build import assign, call, constant, load
from ..kinds import UNKNOWN


def with_array_writes(core, inference, helpers) -> bool:
    """Rewrite those of `core`, in place; True when there were any."""
    body = block(core, inference, helpers, core.body)
    changed = len(body) != len(core.body) or any(a is not b for a, b in zip(body, core.body))
    core.body = body
    return changed


def block(core, inference, helpers, stmts) -> list:
    made = []
    for stmt in stmts:
        for part in ("body", "orelse"):
            if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)) and getattr(stmt, part, None):
                setattr(stmt, part, block(core, inference, helpers, getattr(stmt, part)))
        method = written_by(stmt, inference)
        made += [stmt] if method is None else stored(core, helpers, stmt, method)
    return made


def written_by(stmt, inference) -> str | None:
    """The method by which `stmt` writes a whole array."""
    node = stmt.value if isinstance(stmt, gast.Expr) else None
    if not (isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute)):
        return None
    owner, method = node.func.value, node.func.attr
    if not isinstance(owner, gast.Name) or inference.kinds.get(owner.id, UNKNOWN).tag != "array":
        return None
    plain = not any(isinstance(a, gast.Starred) for a in node.args) and all(k.arg for k in node.keywords)
    return method if plain and (method == "sort" or method == "fill" and len(node.args) == 1) else None


def stored(core, helpers, stmt, method) -> list:
    node = stmt.value
    owner = node.func.value
    whole = gast.Subscript(load(owner.id), constant(...), gast.Store())
    if method == "fill":
        return [assign(whole, node.args[0], stmt)]
    module, name = helpers.name(np), core.namer.fresh("t")
    core.scope.imported[module] = np
    core.temporaries.add(name)
    core.scope.local.add(name)
    if owner.id in core.active:
        core.active.add(name)
    value = call(gast.Attribute(load(module), "sort", gast.Load()), load(owner.id), *node.args)
    value.keywords = node.keywords
    return [assign(name, value, stmt), assign(whole, load(name), stmt)]
