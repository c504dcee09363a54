"""Algebra on the statements about adjoints and tangents; the primal's own stay to the letter.

A product with 1 is an array of its own, what it multiplies is not: where that matters, the 1 stays.
"""

from __future__ import annotations

from collections.abc import Callable

import gast

from .simplify import simplify
from .trees import names, reads, walk, with_fields

PARTS = (gast.Name, gast.Subscript, gast.Attribute)


class Plain:
    """Called with a statement of `body`, returns it simplified; `made` are the names that the user did not give."""

    def __init__(self, body: list[gast.stmt], made: set[str], is_scalar: Callable[[str], bool]):
        self.made, self.is_scalar = made, is_scalar
        self.updated, self.stored = self.updated_in_place(body)

    def updated_in_place(self, body) -> tuple[set[str], set[str]]:
        """(names of arrays that may be changed in place, and of what is copied to them; those of which items are)"""
        found, items, copies = set(), set(), []
        for node in walk(body):
            if isinstance(node, gast.Subscript) and is_stored(node):
                items |= reads(node.value)
            elif isinstance(node, gast.AugAssign):
                found |= reads(node.target) | stored(node.target)
            elif isinstance(node, gast.Assign) and isinstance(node.value, PARTS):
                copies.append((stored(node.targets[0]), reads(node.value)))
            elif isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
                found |= reads(node.args)  # a helper may write into what it is given
            elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr == "at":
                items |= reads(node.args[:1])
        items = self.closed(items, copies + [(sources, targets) for targets, sources in copies])
        return self.closed(found | items, copies), items

    def closed(self, found, copies) -> set[str]:
        """`found` with all that is copied to them, numbers left out."""
        found, size = {name for name in found if not self.is_scalar(name)}, -1
        while size != len(found):
            size = len(found)
            for targets, sources in copies:
                if targets & found:
                    found |= {name for name in sources if not self.is_scalar(name)}
        return found

    def block(self, stmts) -> list:
        out = []
        for stmt in stmts:
            if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)):
                parts = {name: self.block(getattr(stmt, name)) for name in ("body", "orelse") if hasattr(stmt, name)}
                stmt = with_fields(stmt, **parts)
            elif isinstance(stmt, gast.Return) or (reads(stmt) | stored(stmt)) & self.made:
                stmt = self(stmt)
            out.append(stmt)
        return out

    def __call__(self, stmt):
        new = simplify(stmt)
        if new is stmt or not isinstance(new, (gast.Assign, gast.Return)) or not isinstance(new.value, PARTS):
            return new
        if isinstance(stmt.value, PARTS) or all(map(self.is_scalar, reads(new.value))):
            return new
        if isinstance(new, gast.Assign):
            if not (stored(new.targets[0]) & self.updated or reads(new.value) & self.stored):
                return new
        return with_fields(new, value=gast.BinOp(gast.Constant(1.0, None), gast.Mult(), new.value))


def stored(node) -> set[str]:
    return names(node, gast.Store)


def is_stored(node) -> bool:
    return not isinstance(node.ctx, gast.Load)
