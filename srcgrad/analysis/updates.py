"""Updates `x op= v` of what surely is a number there: they bind x anew, as `x = x op v` does.

x *= f(x)        where x is a float up to here, and what f returns is not known: no array is written into
"""

from __future__ import annotations

import gast

from ..frontend.activity import assigned_outside
from ..frontend.build import load, located, names_loaded, names_stored, parameters
from ..kinds import UNKNOWN, is_scalar

COMPOUND = (gast.If, gast.For, gast.While, gast.With)


def with_plain_updates(core, inference) -> None:
    """Rewrite those updates in `core.body` whose target may be an array elsewhere, and is a number where they stand."""
    unsure = {n for n in updated(core.body) if not is_scalar(inference.kinds.get(n, UNKNOWN))}
    if unsure:
        numbers = {n for n in parameters(core.args) if is_scalar(inference.given.get(n, UNKNOWN))}
        nodes = [node for stmt in core.body for node in gast.walk(stmt)]
        elsewhere = set().union(*(assigned_outside(n) for n in nodes if isinstance(n, gast.FunctionDef)))
        _Updates(inference, unsure, elsewhere).block(core.body, numbers - elsewhere)


def updated(stmts) -> set[str]:
    """The variables that are updated."""
    nodes = (node for stmt in stmts for node in gast.walk(stmt) if isinstance(node, gast.AugAssign))
    return {node.target.id for node in nodes if isinstance(node.target, gast.Name)}


class _Updates:
    def __init__(self, inference, unsure, elsewhere):
        self.inference, self.unsure, self.elsewhere = inference, unsure, elsewhere

    def block(self, stmts, numbers) -> set[str]:
        """The variables that surely hold numbers behind `stmts`, of which `numbers` do before them."""
        for i, stmt in enumerate(stmts):
            if isinstance(stmt, gast.If):
                numbers = self.block(stmt.body, set(numbers)) & self.block(stmt.orelse, set(numbers))
            elif isinstance(stmt, COMPOUND):
                numbers = numbers - names_stored(stmt)
                self.block(stmt.body, set(numbers))
                self.block(getattr(stmt, "orelse", None) or [], set(numbers))
            elif isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name):
                name = stmt.target.id
                value = gast.BinOp(load(name), stmt.op, stmt.value)
                if name in self.unsure & numbers:
                    stmts[i] = located(gast.Assign([stmt.target], located(value, stmt), None), stmt)
                numbers = numbers | {name} if self.is_number(value, numbers) else numbers - {name}
            elif isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) and len(stmt.targets) == 1:
                name = {stmt.targets[0].id}
                sure = self.is_number(stmt.value, numbers) and not name & self.elsewhere
                numbers = numbers | name if sure else numbers - name
            else:
                numbers = numbers - names_stored(stmt)
        return numbers

    def is_number(self, value, numbers) -> bool:
        if isinstance(value, (gast.BinOp, gast.UnaryOp, gast.Name)):
            unsure = {n for n in names_loaded(value) if not is_scalar(self.inference.kinds.get(n, UNKNOWN))}
            return unsure <= numbers
        return is_scalar(self.inference.kind(value))
