"""The reversible form of a program: each statement with its forward text and what undoes it, nested like the primal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import gast

from ..frontend.build import names_loaded, names_stored


@dataclass
class Step:
    """One statement: its forward text and its reverse text, which runs in the opposite order of steps.

    Undoing it puts back what was `restored` early, computes the `recomputed` again, and runs `reverse`.
    `defines` are the names it binds anew. `updates` is the object that it writes into, and `saves` how to record and to
    restore what was there: (record, restore) statements built from a tape's name.
    """

    forward: list[gast.AST]
    reverse: list[gast.AST] = field(default_factory=list)
    defines: set[str] = field(default_factory=set)
    updates: str | None = None
    saves: object = None
    at: gast.AST | None = None
    call: gast.Call | None = None  # of a callee that keeps what it needs for its reverse sweep
    undo: object = None  # emits `reverse`, called when the reverse sweep comes to this statement
    before: gast.AST | None = None  # what the one name that it defines was before, where that is known
    restored: list[gast.AST] = field(default_factory=list)
    recomputed: list[gast.AST] = field(default_factory=list)


@dataclass
class Branch:
    """An `if`. The reverse sweep tests again, or reads the recorded truth from `flag`."""

    stmt: gast.If
    body: list
    orelse: list
    flag: str | None = None
    reverse_body: list = field(default_factory=list)
    reverse_orelse: list = field(default_factory=list)
    before: list = field(default_factory=list)
    recomputed: list[gast.AST] = field(default_factory=list)


@dataclass
class Loop:
    """A loop. `header` opens the reverse loop; `before` and `after` run around it in the reverse sweep."""

    stmt: gast.AST
    body: list
    counter: str | None = None
    before: list = field(default_factory=list)
    start: list = field(default_factory=list)
    end: list = field(default_factory=list)
    header: tuple | None = None
    recomputed: list[gast.AST] = field(default_factory=list)


@dataclass
class Scoped:
    """A `with`: the reverse of its body runs under the same numerical context where there is one."""

    stmt: gast.With
    body: list
    numerical: bool = False


def blocks(node) -> list[list]:
    """The lists of nodes inside a node."""
    if isinstance(node, Step):
        return []
    return [node.body, node.orelse] if isinstance(node, Branch) else [node.body]


def steps(node, into_loops=True):
    """All steps inside a node."""
    if isinstance(node, Step):
        yield node
    for block in blocks(node):
        for inner in block:
            if into_loops or not isinstance(inner, Loop):
                yield from steps(inner, into_loops)


def loops(node):
    """All loops inside a node, itself included."""
    if isinstance(node, Loop):
        yield node
    for block in blocks(node):
        for inner in block:
            yield from loops(inner)


def leaves(block) -> bool:
    """True when a list of nodes ends by leaving the loop around it."""
    return bool(block) and isinstance(block[-1], Step) and isinstance(block[-1].forward[-1], gast.Break)


def bindings(node) -> Counter:
    """How many steps and loops inside a node bind each name."""
    found = Counter(name for step in steps(node) for name in step.defines)
    for loop in loops(node):
        found.update(names_stored(loop.stmt.target) if isinstance(loop.stmt, gast.For) else ())
        found.update({loop.counter} - {None})
    return found


def has_reverse(node) -> bool:
    """True when undoing the node takes any statement."""
    if any(loop.end for loop in loops(node)):  # an adjoint that each iteration ends: of what the loop overwrites
        return True
    if isinstance(node, Branch) and (node.reverse_body or node.reverse_orelse):
        return True
    return any(step.reverse for step in steps(node))


def may_restore(node) -> bool:
    """True when undoing the node may take back what it binds or writes."""
    return any(step.defines or step.updates for step in steps(node))


def reads_within(node) -> Counter:
    """How many nodes, of a node and those inside it, read each name when they are undone."""
    if isinstance(node, Step):
        return Counter(names_in([*node.recomputed, *node.reverse, *(node.forward if node.updates else ())]))
    trees = list(getattr(node, "recomputed", ()))
    if isinstance(node, Branch):
        trees += [*node.before, *node.reverse_body, *node.reverse_orelse]
        trees += [node.stmt.test] if has_reverse(node) or may_restore(node) else []
    elif isinstance(node, Loop):
        trees += [*node.before, *node.start, *node.end, *(node.header or ())[1:]]
    found = Counter(names_in(trees))
    for block in blocks(node):
        for inner in block:
            found.update(reads_within(inner))
    return found


# Functions that take of their last argument only what kind of value it is, or how long.
TEMPLATES = frozenset(
    ["zeros_like", "project", "broadcast", "unbroadcast", "fitted", "iterable_bar", "items_bar", "len"]
)


def values_read(block) -> set[str]:
    """The names that undoing a list of nodes reads for more than the kind of value that they have."""
    found = set()
    for node in block:
        trees = list(node.recomputed) if not isinstance(node, Scoped) else []
        if isinstance(node, Step):
            trees += [*node.reverse, *(node.forward if node.updates else ())]
        elif isinstance(node, Branch):
            trees += [*node.before, *node.reverse_body, *node.reverse_orelse]
        elif isinstance(node, Loop):
            trees += [*node.before, *node.start, *node.end, *(node.header or ())[1:]]
        found |= valued(trees).union(*map(values_read, blocks(node)))
    return found


def valued(trees) -> set[str]:
    """The names loaded in `trees` otherwise than as a template."""
    trees = [*trees]
    found = set()
    while trees:
        tree = trees.pop()
        if isinstance(tree, gast.Name) and isinstance(tree.ctx, gast.Load):
            found.add(tree.id)
        parts = list(gast.iter_child_nodes(tree))
        name = getattr(tree.func, "id", getattr(tree.func, "attr", "")) if isinstance(tree, gast.Call) else ""
        if name.rstrip("_0123456789") in TEMPLATES and tree.args:
            parts = [p for p in parts if p is not tree.args[-1] or not isinstance(p, gast.Name)]
        trees += parts
    return found


def names_in(trees) -> set[str]:
    return {name for tree in trees for name in names_loaded(tree)}
