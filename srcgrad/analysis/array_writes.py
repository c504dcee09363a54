"""Methods that write a whole array, as the stores that they are.

y.fill(v)         ->       y[...] = v
y.sort()          ->       t = np.sort(y); y[...] = t
"""

from __future__ import annotations

import gast
import numpy as np

from ..frontend.build import assign, call, constant, load
from ..frontend.copies import assignments, taken_from
from ..frontend.writers import handed_back_by, is_alone, names_handed_back
from ..kinds import UNKNOWN


def with_array_writes(core, inference, helpers) -> bool:
    """Rewrite those of `core`, in place; True when there were any."""
    body = Stores(core, inference, helpers).block(core.body)
    changed = len(body) != len(core.body) or any(a is not b for a, b in zip(body, core.body))
    core.body = body
    return changed


class Stores:
    def __init__(self, core, inference, helpers):
        self.core, self.inference, self.helpers = core, inference, helpers
        self.results: dict[str, list] = {}  # what callees return -> the arguments that it holds, in its order
        self.views = [(s.targets[0].id, source) for s in assignments(core.body) for source in taken_from(s.value)]

    def block(self, stmts) -> list:
        made = []
        for stmt in stmts:
            for part in ("body", "orelse"):
                if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)) and getattr(stmt, part, None):
                    setattr(stmt, part, self.block(getattr(stmt, part)))
            method = written_by(stmt, self.inference)
            name = self.handed_back(stmt)
            if method is not None:
                made += self.stored(stmt, method)
            elif name is not None:
                made += self.stored_back(stmt, name)
            else:
                made.append(stmt)
        return made

    def handed_back(self, stmt) -> str | None:
        """The array that a callee has written into and `stmt` binds anew, where it is a view or has one."""
        if not (isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)):
            return None
        target, value, owner = stmt.targets[0].id, stmt.value, None
        function = self.core.scope.resolve(value.func) if isinstance(value, gast.Call) else None
        if handed_back_by(function):
            names, result = names_handed_back(function, value), target
            if is_alone(function) and len(names) == 1:
                owner = names[0]
            else:
                self.results[target] = names if is_alone(function) else [None, *names]
        elif isinstance(value, gast.Subscript) and getattr(value.value, "id", None) in self.results:
            result = value.value.id
            owner = self.results[result][value.slice.value]
        if owner is None or self.inference.kinds.get(owner, UNKNOWN).tag != "array":
            return None
        if not any(owner in pair and not {*pair} <= {owner, target} for pair in self.views):
            return None
        self.core.stored_back.add((result, owner))
        return owner

    def temporary(self, value, stmt, is_active):
        name = self.core.namer.fresh("t")
        self.core.temporaries.add(name)
        self.core.scope.local.add(name)
        if is_active:
            self.core.active.add(name)
        return name, assign(name, value, stmt)

    def stored_back(self, stmt, owner) -> list:
        target = stmt.targets[0].id
        name, made = self.temporary(stmt.value, stmt, target in self.core.active)
        if isinstance(stmt.value, gast.Call):
            self.core.stored_back.add((name, owner))
        again = [assign(target, load(owner), stmt)] if target != owner else []
        return [made, assign(whole(owner), load(name), stmt), *again]

    def stored(self, stmt, method) -> list:
        node = stmt.value
        owner = node.func.value.id
        if method == "fill":
            return [assign(whole(owner), node.args[0], stmt)]
        module = self.helpers.name(np)
        self.core.scope.imported[module] = np
        value = call(gast.Attribute(load(module), "sort", gast.Load()), load(owner), *node.args)
        value.keywords = node.keywords
        name, made = self.temporary(value, stmt, owner in self.core.active)
        return [made, assign(whole(owner), load(name), stmt)]


def whole(name) -> gast.Subscript:
    return gast.Subscript(load(name), constant(...), gast.Store())


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
