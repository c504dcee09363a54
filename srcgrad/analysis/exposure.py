"""Upward exposure: the names that a block may read before it has surely written them.

y = x + 1          exposes x
if y > 0: z = y    (y is written above)
w = z              exposes z: one path leaves it unwritten
"""

from __future__ import annotations

import gast

from ..frontend.build import names_loaded, names_stored
from .webs import free_loads


def exposed(stmts) -> set[str]:
    """Names read in `stmts` before being definitely assigned there."""
    return _block(stmts, set())[0]


def assigned(stmts) -> set[str]:
    """Names that `stmts` definitely assign when they run to their end."""
    written = _block(stmts, set())[1]
    return set() if written is None else written


def assigned_before(stmts, written, unbinds) -> dict[int, frozenset[str]]:
    """For each branch and loop, by identity: the names that surely have a value before it, `written` at first.

    `unbinds` tells the values that stand for none.
    """
    before: dict[int, frozenset[str]] = {}

    def enter(stmt, names):
        if isinstance(stmt, gast.Assign):
            return names - names_stored(stmt) if unbinds(stmt.value) else names
        before[id(stmt)] = frozenset(names)
        return names

    _block(stmts, written, enter)
    return before


def _block(stmts, written, enter=None):
    """(exposed names, definitely written names; None when the end is not reached)."""
    found, written = set(), set(written)
    for stmt in stmts:
        if enter is not None and isinstance(stmt, (gast.If, gast.For, gast.While)):
            enter(stmt, written)
        reads = lambda *parts: {n.id for p in parts if p is not None for n in free_loads(p)}  # noqa: E731
        if isinstance(stmt, (gast.Break, gast.Continue, gast.Return, gast.Raise)):
            found |= reads(stmt) - written
            return found, None
        if isinstance(stmt, gast.If):
            found |= reads(stmt.test) - written
            a, after_a = _block(stmt.body, written, enter)
            b, after_b = _block(stmt.orelse, written, enter)
            found |= a | b
            if after_a is None and after_b is None:
                return found, None
            written = after_a if after_b is None else after_b if after_a is None else after_a & after_b
        elif isinstance(stmt, (gast.For, gast.While)):
            head = stmt.iter if isinstance(stmt, gast.For) else stmt.test
            found |= reads(head) - written
            inside = written | (names_stored(stmt.target) if isinstance(stmt, gast.For) else set())
            found |= _block(stmt.body, inside, enter)[0]
        elif isinstance(stmt, gast.With):
            found |= reads(*(i.context_expr for i in stmt.items)) - written
            inner, after = _block(stmt.body, written, enter)
            found |= inner
            written = after if after is not None else written
        elif isinstance(stmt, (gast.Assign, gast.AugAssign)):
            found |= reads(stmt) - written
            if isinstance(stmt, gast.AugAssign):
                found |= reads(stmt.target) - written
                if isinstance(stmt.target, gast.Name) and stmt.target.id not in written:
                    found.add(stmt.target.id)
            written |= names_stored(stmt)
            written = enter(stmt, written) if enter is not None and isinstance(stmt, gast.Assign) else written
        elif isinstance(stmt, gast.FunctionDef):
            found |= reads(stmt) - written
            written.add(stmt.name)
        else:
            found |= (reads(stmt) | (names_loaded(stmt) & names_stored(stmt))) - written
            if isinstance(stmt, (gast.Import, gast.ImportFrom, gast.Expr)):
                written |= names_stored(stmt)
    return found, written


def later_writes(body, writes) -> set[int]:
    """The statements, by id, after which one of `writes` may run."""
    found: set[int] = set()

    def visit(stmts, after):
        for stmt in reversed(stmts):
            if isinstance(stmt, (gast.If, gast.With, gast.For, gast.While)):
                inside = any(node is write for node in gast.walk(stmt) for write in writes)
                around = after or inside and isinstance(stmt, (gast.For, gast.While))
                visit(stmt.body, around)
                visit(getattr(stmt, "orelse", None) or [], around)
                after = after or inside
            if after:
                found.add(id(stmt))
            after = after or any(stmt is write for write in writes)

    visit(body, False)
    return found
