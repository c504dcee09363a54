"""Recomputation: values that cost less to compute again than to record are made anew in the reverse sweep.

    for i in range(n):                        for i in range(n - 1, -1, -1):
        d = x[i] - y          undone by           d = x[i] - y
        total += d * d                            d_bar = 2 * (total_bar * d)

A value qualifies when one cheap operation defines it, on operands that are there again when the reverse sweep needs it:
none of them is bound anew between the definition and the last statement whose reverse reads the value, and nothing
that may share memory with what the operation reads is written to in the outermost loop around it, or later. Which
operands are then recorded themselves is the business of `taping`, to which a recomputation is one more read.

A value that a loop copies to the variable it carries is read back from there, before that is undone:

    t = x + y                                 t = x
    x = t                 undone by           x = x_tape.pop()
"""

from __future__ import annotations

import copy
from collections import Counter

import gast

from ..analysis.webs import captured_names
from ..analysis.writes import Writes
from ..frontend.build import assign, load, names_loaded, names_stored, parameters
from ..kinds import UNKNOWN, is_scalar
from .nodes import Loop, Scoped, Step, bindings, blocks, reads_within

MOST = 3  # elementary operations on numbers: about the time of one append and one pop
ARITHMETIC = (gast.Add, gast.Sub, gast.Mult, gast.Div, gast.Mod, gast.FloorDiv)
VIEWS = ("T", "shape", "ndim", "size")


class Recomputing:
    """Chooses the values of `nodes` that are computed again, and notes where; `kept` is read at the very end."""

    def __init__(self, reverse, nodes, kept: set[str]):
        self.reverse, self.kinds, self.scope = reverse, reverse.kinds, reverse.core.scope
        self.nodes = nodes
        self.writes = Writes(reverse)
        self.since: gast.stmt | None = None  # what was written before that is there as it was
        self.local = self.scope.local | set(parameters(reverse.core.args))
        self.local -= captured_names(reverse.core.body)
        self.reads = Counter(kept)  # how many nodes' reverse text reads each name
        self.definitions: Counter = Counter()
        self.bound_in: dict[int, set[str]] = {}  # by the loop
        for node in nodes:
            self.reads.update(reads_within(node))
            self.definitions.update(bindings(node))
        self.chosen: set[str] = set()
        self.read_back: set[str] = set()  # those of them that a copy holds

    def run(self) -> set[str]:
        """Note recomputations in the nodes; returns the names recomputed."""
        for node in self.nodes:
            self.since = node.stmt if isinstance(node, Loop) else None
            self.descend([node], None)
        return self.chosen

    def descend(self, block, loop):
        """Inner blocks first: what they compute again is read by the blocks around them."""
        for node in block:
            for inner in blocks(node):
                self.descend(inner, node if isinstance(node, Loop) else loop)
        if loop is not None:
            chooser = _Block(self, block, self.varying(loop))
            chooser.choose()
            chooser.read_back(bindings(loop))

    def is_steady(self, *names) -> bool:
        """True when nothing that `names` may refer to is written into in the loop at hand, or later."""
        return self.writes.is_steady(*names, since=self.since)

    def steady_names(self) -> set[str]:
        """Names that hold a value, not a part of another that is read anew."""
        return self.local - {*self.reverse.core.views, *self.reverse.core.views.values()}

    def varying(self, loop) -> set[str]:
        """What a loop binds, but for what its reverse gives again."""
        if id(loop) not in self.bound_in:
            given = names_stored(loop.header[0]) if loop.header is not None else set()
            self.bound_in[id(loop)] = bindings(loop).keys() - given
        return self.bound_in[id(loop)]

    def definition(self, node):
        """(name, value) of a step that is nothing but the one definition of a local name, else (None, None)."""
        if isinstance(node, Step) and len(node.forward) == 1 and node.updates is None and node.call is None:
            stmt = node.forward[0]
            if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
                name, value = stmt.targets[0].id, stmt.value
                if self.definitions[name] == 1 and name in self.local and name not in names_loaded(value):
                    return name, value
        return None, None

    def cost(self, expr, name=None) -> int | None:
        """How many cheap operations `expr`, the value of `name`, takes; None when it takes any other."""
        if isinstance(expr, (gast.Name, gast.Constant)):
            return 0
        if isinstance(expr, gast.BinOp) and isinstance(expr.op, ARITHMETIC):
            return self.cost_of_scalars(expr.left, expr.right)
        if isinstance(expr, gast.UnaryOp):
            return self.cost_of_scalars(expr.operand)
        if isinstance(expr, gast.Compare) and len(expr.ops) == 1:
            return self.cost_of_scalars(expr.left, *expr.comparators)
        if isinstance(expr, gast.Subscript) and isinstance(expr.value, gast.Name):
            return self.cost_of_item(expr, name)
        if isinstance(expr, gast.Attribute) and isinstance(expr.value, gast.Name) and expr.attr in VIEWS:
            owner = expr.value.id
            return 1 if self.kind(owner).tag == "array" and self.is_steady(owner) else None
        return None

    def cost_of_scalars(self, *operands):
        costs = [self.cost(e) if is_scalar(self.reverse.kind(e)) else None for e in operands]
        return None if None in costs else 1 + sum(costs)

    def cost_of_item(self, expr, name):
        """An item of a list or dict, an entry or a view of an array."""
        owner, parts = self.kind(expr.value.id), [expr.slice]
        if not self.is_steady(*({expr.value.id, name} - {None})):
            return None
        if owner.tag == "array" and isinstance(expr.slice, gast.Tuple):
            parts = expr.slice.elts
        if owner.tag == "array":
            slices = [p for p in parts if isinstance(p, gast.Slice)]
            bounds = [b for p in slices for b in (p.lower, p.upper, p.step) if b is not None]
            parts = [p for p in parts if p not in slices and not isinstance(p, gast.Constant)] + bounds
        elif owner.tag not in ("list", "tuple", "dict"):
            return None
        costs = [self.cost(p) if self.reverse.kind(p).tag in ("int", "bool", "str") else None for p in parts]
        return None if None in costs else 1 + sum(costs)

    def kind(self, name):
        return self.kinds.get(name, UNKNOWN)


class _Block:
    """One list of nodes inside a loop."""

    def __init__(self, room, nodes, varying):
        self.room, self.nodes, self.varying = room, nodes, varying
        self.within: Counter = Counter()
        self.first: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.at: dict[str, int] = {}
        self.bound = [bindings(node) for node in nodes]
        for i, node in enumerate(nodes):
            found = reads_within(node)
            self.within.update(found)
            self.last.update(dict.fromkeys(found, i))
            for name in found:
                self.first.setdefault(name, i)
            name, _ = room.definition(node)
            if name is not None:
                self.at[name] = i

    def choose(self):
        """Recompute what qualifies, the last definition first, for it may ask for earlier ones."""
        chosen: dict[int, list] = {}
        for name, i in reversed(self.at.items()):
            end, value = self.last.get(name, -1), self.room.definition(self.nodes[i])[1]
            if end < i or self.first[name] < i or self.within[name] != self.room.reads[name]:
                continue
            if isinstance(self.nodes[end], Scoped) or not self.is_available(name, value, end, MOST):
                continue
            for operand in names_loaded(value):
                self.ask(operand, end)
            chosen.setdefault(end, []).append(assign(name, copy.deepcopy(value), self.nodes[i].at))
            self.room.chosen.add(name)
        for i, stmts in chosen.items():
            self.nodes[i].recomputed = [*without_repetition(stmts[::-1]), *self.nodes[i].recomputed]

    def read_back(self, bound):
        """Take values from the loop's variables that they are copied to, `bound` once by the loop."""
        for j, node in enumerate(self.nodes):
            name, source = copied(node)
            if name is None or source not in self.at or bound[name] != 1 or not self.room.reads[name]:
                continue
            if source in self.room.chosen or not self.is_read_between(source, j):
                continue
            if {name, source} <= self.room.steady_names() and self.room.is_steady(name, source):
                node.reverse.append(assign(source, load(name), node.at))
                self.room.chosen.add(source)
                self.room.read_back.add(source)
                self.room.reads[name] += 1

    def is_read_between(self, name, j) -> bool:
        """True when the reverse reads `name` only between its definition and node `j`."""
        inside = self.within[name] == self.room.reads[name] > 0
        return inside and self.at[name] <= self.first[name] and self.last[name] <= j

    def ask(self, name, i):
        """Note that the node at `i` reads `name` in its reverse."""
        self.room.reads[name] += 1
        self.within[name] += 1
        self.last[name] = max(self.last.get(name, i), i)
        self.first[name] = min(self.first.get(name, i), i)

    def is_available(self, name, value, end, budget) -> bool:
        """True when `value` is cheap, and its operands are there again, at no more cost, where node `end` is undone.

        An operand must come from outside the loop, be read by the reverse sweep anyway, or be cheap itself.
        """
        cost = self.room.cost(value, name)
        if not cost or cost > budget:
            return False
        for operand in names_loaded(value):
            if operand in self.room.read_back or operand not in self.room.local:
                return False
            if not self.is_kept(operand, self.at[name], end):
                return False
            if operand in self.varying and not self.room.reads[operand]:
                i = self.at.get(operand, end)
                inner = self.room.definition(self.nodes[i])[1]
                if i >= self.at[name] or not self.is_available(operand, inner, end, budget - cost):
                    return False
        return True

    def is_kept(self, name, start, end) -> bool:
        """True when undoing the nodes behind `start`, up to and with `end`, finds `name` as it is at `start`."""
        if any(name in bound for bound in self.bound[start + 1 : end]):
            return False
        if end == start or name not in self.bound[end]:
            return True
        node = self.nodes[end]
        return isinstance(node, Step) and all(name not in names_loaded(s) for s in node.reverse)


def copied(node):
    """(variable, value) of a step that only gives the one another name of the other, else (None, None)."""
    if isinstance(node, Step) and len(node.forward) == 1 and node.updates is None and node.before is None:
        stmt = node.forward[0]
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) and is_other(stmt):
            return stmt.targets[0].id, stmt.value.id
    return None, None


def is_other(stmt) -> bool:
    return isinstance(stmt.value, gast.Name) and stmt.value.id != stmt.targets[0].id


def without_repetition(stmts):
    """Definitions in a row of which each value is computed once."""
    first: dict[str, str] = {}
    for stmt in stmts:
        name = first.setdefault(gast.dump(stmt.value), stmt.targets[0].id)
        if name != stmt.targets[0].id:
            stmt.value = load(name)
    return stmts
