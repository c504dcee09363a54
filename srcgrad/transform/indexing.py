"""Tapes read by index: what each iteration of `for i in range(n)` records once is at `i`.

    x = x_tape.pop()     becomes     x = x_tape[i]

The tape is then left as the forward sweep made it, for a second reverse sweep, and for a derivative of this one. Where
the primal itself appends the value to a list of its own, as the text of a first derivative does, that list is the tape.
"""

from __future__ import annotations

from collections import Counter

import gast

from ..frontend.build import expression, load, names_stored
from .nodes import Loop, Step, blocks, steps

LISTS = ["before", "start", "end", "recomputed", "start_body", "start_orelse", "reverse_body", "reverse_orelse"]


def read_by_index(nodes, tapes):
    """Rewrite, in the outermost loops of `nodes`, what takes back from `tapes`."""
    pushed, popped = Counter(), Counter()
    for stmt in statements_of(nodes):
        for node in gast.walk(stmt):
            pushed[owner_of(node, "append")] += 1
            popped[owner_of(node, "pop")] += 1
    single = {tape for tape in tapes if pushed[tape] == popped[tape] == 1}
    for node in nodes:
        if is_counted_loop(node):
            own = [stmt for step in node.body if isinstance(step, Step) for stmt in step.forward]
            once = single & {owner_of(getattr(stmt, "value", None), "append") for stmt in own}
            taking = [*node.start, *node.end]
            for step in node.body:
                taking += [*step.restored, *step.reverse] if isinstance(step, Step) else []
            for stmt in taking:
                tape = owner_of(getattr(stmt, "value", None), "pop")
                if tape in once and isinstance(stmt, gast.Assign):
                    stmt.value = expression("tape[i]", tape=tape, i=load(node.stmt.target.id))


def read_from_lists(nodes, tapes, body, is_generated=False) -> set[str]:
    """Drop tapes that hold what a list of the primal holds; returns these lists.

    What a generated function returns in a tuple, as it does its own tapes, nobody writes into.
    """
    lists = only_appended(body, is_generated)
    found: dict[str, str] = {}
    for loop in filter(is_counted_loop, nodes):
        alike: dict[str, dict] = {}  # value -> the lists and tapes to which it was appended since it was last bound
        for step in loop.body:
            for stmt in step.forward if isinstance(step, Step) else ():
                owner = owner_of(getattr(stmt, "value", None), "append")
                for name in names_stored(stmt):
                    alike.pop(name, None)
                if owner is None or not isinstance(stmt.value.args[0], gast.Name):
                    continue
                same = alike.setdefault(stmt.value.args[0].id, {})
                same[owner] = stmt, step
                for tape in same.keys() & set(tapes):
                    for kept in same.keys() & lists:
                        found[tape] = kept
            alike = alike if isinstance(step, Step) else {}
    taken = indexed(nodes) & found.keys()
    for tape in taken:
        tapes.remove(tape)
        replace_tape(nodes, tape, found[tape])
    return {found[tape] for tape in taken}


def is_counted_loop(node) -> bool:
    return isinstance(node, Loop) and is_counted(node)


def only_appended(body, also_held=False) -> set[str]:
    """Lists that a function makes empty, appends to at one place, and otherwise only reads by index or holds."""
    made = {s.targets[0].id for s in body if isinstance(s, gast.Assign) and is_empty_list(s)}
    every = [n for stmt in body for n in gast.walk(stmt)]
    if any(isinstance(n, (gast.FunctionDef, gast.Lambda)) for n in every):
        return set()
    appended = Counter(owner_of(n, "append") for n in every)
    reads = Counter(n.value.id for n in every if is_item_read(n))
    uses = Counter(n.id for n in every if isinstance(n, gast.Name))
    held = (part for n in every if also_held and is_tuple(n) for part in n.elts)
    reads.update(part.id for part in held if isinstance(part, gast.Name))
    return {name for name in made if appended[name] == 1 and uses[name] == reads[name] + 2}


def is_empty_list(stmt) -> bool:
    return isinstance(stmt.targets[0], gast.Name) and isinstance(stmt.value, gast.List) and not stmt.value.elts


def is_tuple(node) -> bool:
    return isinstance(node, gast.Tuple) and isinstance(node.ctx, gast.Load)


def is_item_read(node) -> bool:
    return isinstance(node, gast.Subscript) and isinstance(node.ctx, gast.Load) and isinstance(node.value, gast.Name)


def indexed(nodes) -> set[str]:
    """The tapes that are read by index."""
    every = (n for stmt in statements_of(nodes) for n in gast.walk(stmt))
    return {n.value.id for n in every if is_item_read(n)}


def replace_tape(nodes, tape, kept):
    """Read `kept` for `tape`, to which nothing is recorded any more."""
    for node in nodes:
        for step in steps(node):
            step.forward = [s for s in step.forward if owner_of(getattr(s, "value", None), "append") != tape]
    for stmt in statements_of(nodes):
        for node in gast.walk(stmt):
            if is_item_read(node) and node.value.id == tape:
                node.value = load(kept)


def is_counted(loop) -> bool:
    """True for a loop over `range(n)` that runs to its end, with a counter that has a name."""
    stmt, header = loop.stmt, loop.header
    if not isinstance(stmt, gast.For) or header is None or loop.counter is not None:
        return False
    if not isinstance(stmt.target, gast.Name) or stmt.target.id.startswith("_") or header[0] is not stmt.target:
        return False
    from_zero = isinstance(stmt.iter, gast.Call) and len(stmt.iter.args) == 1 and not stmt.iter.keywords
    return from_zero and getattr(stmt.iter.func, "id", "") == "range" == getattr(header[1].func, "id", "")


def owner_of(node, method) -> str | None:
    """The name `xs` in the call `xs.method(...)`."""
    function = getattr(node, "func", None)
    if isinstance(function, gast.Attribute) and function.attr == method and isinstance(function.value, gast.Name):
        return function.value.id
    return None


def statements_of(nodes):
    """All statements of both sweeps."""
    for node in nodes:
        if isinstance(node, Step):
            yield from (*node.forward, *node.restored, *node.recomputed, *node.reverse)
            continue
        for name in LISTS:
            yield from getattr(node, name, ())
        for inner in blocks(node):
            yield from statements_of(inner)
