"""Plain copies of names into temporaries, undone: what inlining leaves behind (`v_1 = u`) is `u` itself.

A temporary that is assigned once, from a name that is assigned once (a parameter, or a single definition outside of
loops), is that name wherever it is read.
"""

from __future__ import annotations

import gast

from .build import parameters, walk
from .methods import MUTATORS, VIEW_METHODS


def without_copies(core):
    """`core` with such temporaries replaced; changes its trees in place and returns it."""
    counts: dict[str, int] = dict.fromkeys(parameters(core.args), 1)
    for stmt in core.body:
        for node in walk(stmt):
            if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
                counts[node.id] = counts.get(node.id, 0) + 1
            elif isinstance(node, gast.FunctionDef):
                counts[node.name] = counts.get(node.name, 0) + 1
            elif isinstance(node, (gast.Nonlocal, gast.Global)):
                counts.update(dict.fromkeys(node.names, 99))
    copies = {}
    written = with_owners(changed_names(core.body), core.body)
    for stmt in assignments(core.body):
        target, value = stmt.targets[0], stmt.value
        if not isinstance(value, gast.Name) or counts[target.id] != 1:
            continue
        if target.id in core.temporaries or {target.id, value.id} & written:
            if counts.get(value.id, 0) == 1 and value.id not in core.external:
                copies[target.id] = value.id
    if copies:
        for stmt in core.body:
            for node in walk(stmt):
                if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
                    while node.id in copies:
                        node.id = copies[node.id]
        core.body = _dropped(core.body, copies)
        if copies.keys() & core.active:
            core.active |= set(copies.values())
    return core


def without_unused_functions(core):
    """`core` without the nested functions that nothing mentions any more, their calls having been inlined."""
    makers = {n.name for s in core.body for n in walk(s) if isinstance(n, gast.FunctionDef) and is_maker(n)}
    while True:
        read = {n.id for s in core.body for n in walk(s) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load)}
        body = _without_functions(core.body, read, makers)
        if len(body) == len(core.body) and all(a is b for a, b in zip(body, core.body)):
            return core
        core.body = body


def is_maker(node) -> bool:
    """True for a function that does nothing but to make and return another."""
    *made, last = node.body
    return [type(stmt) for stmt in made] == [gast.FunctionDef] and getattr(last.value, "id", None) == made[0].name


def _without_functions(stmts, read, makers):
    out = []
    for stmt in stmts:
        if isinstance(stmt, gast.FunctionDef) and not stmt.decorator_list and stmt.name not in read:
            continue
        value = stmt.value if isinstance(stmt, gast.Assign) else None
        made = isinstance(value, gast.Call) and getattr(value.func, "id", None) in makers
        if (
            (made or isinstance(value, gast.Lambda))
            and isinstance(stmt.targets[0], gast.Name)
            and stmt.targets[0].id not in read
        ):
            continue
        for part in ("body", "orelse"):
            if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)) and getattr(stmt, part, None):
                inner = _without_functions(getattr(stmt, part), read, makers)
                setattr(stmt, part, inner or ([gast.Pass()] if part == "body" else []))
        out.append(stmt)
    return out


def is_item_store(node) -> bool:
    """True for the target of `x[i] = v`, `x[i] += v` or `del x[i]`, with `x` a name."""
    is_store = isinstance(node, gast.Subscript) and not isinstance(node.ctx, gast.Load)
    return is_store and isinstance(node.value, gast.Name)


def changed_names(stmts) -> set[str]:
    """Names through which an object is written into: by item, or by a method that changes it."""
    found = set()
    for stmt in stmts:
        for node in walk(stmt):
            if is_item_store(node):
                found.add(node.value.id)
            elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in MUTATORS:
                if isinstance(node.func.value, gast.Name):
                    found.add(node.func.value.id)
    return found


def with_owners(written, stmts) -> set[str]:
    """`written`, and the containers, arrays and names from which these were taken."""
    sources = [(s.targets[0].id, source) for s in assignments(stmts) for source in taken_from(s.value)]
    while more := {source for name, source in sources if name in written} - written:
        written = written | more
    return written


def taken_from(value) -> list[str]:
    """The names of what a value is, or is a part or a view of."""
    if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) and value.func.attr in VIEW_METHODS:
        parts = [value.func.value, *value.args[:1]]  # `x.reshape(n)`, `np.reshape(x, n)`
    else:
        parts = [getattr(value, "value", value)]
    return [part.id for part in parts if isinstance(part, gast.Name)]


def assignments(stmts):
    for stmt in stmts:
        for node in walk(stmt):
            if isinstance(node, gast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], gast.Name):
                yield node


def _dropped(stmts, copies):
    out = []
    for stmt in stmts:
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) and stmt.targets[0].id in copies:
            continue
        for part in ("body", "orelse"):
            if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)) and getattr(stmt, part, None):
                setattr(stmt, part, _dropped(getattr(stmt, part), copies) or ([gast.Pass()] if part == "body" else []))
        out.append(stmt)
    return out
