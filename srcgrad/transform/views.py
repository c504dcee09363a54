"""Views of arrays that are written into: a write through either is seen by the other, in the adjoint as in the primal.

    row = z[i]                  row = z[i]                   row_bar = z_bar[i], the same view
    row *= x            ->      t = row.copy()
    y = np.sin(z)               row[...] = t * x
                                t_1 = z.copy()
                                y = np.sin(t_1)

Values that a reverse sweep may read are copied where they are read, so nothing needs to be put back. Only arrays of
which two names are alive across a write are treated so; all others stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import gast

from ..analysis.aliases import REGROUPED
from ..analysis.exposure import exposed, later_writes
from ..analysis.operations import Unbound, describe
from ..analysis.ownership import live_after, path_to
from ..frontend.build import (
    assign,
    call,
    constant,
    load,
    located,
    names_loaded,
    names_stored,
    parameters,
    substitute,
    walk,
)
from ..frontend.copies import changed_names
from ..kinds import UNKNOWN, array, is_numeric
from ..rules.memory import VIEWS

LOOPS = (gast.For, gast.While)


def with_views(core, inference, copies: bool):
    """Rewrite `core`, in place, where views are written into; `core.views`: view -> the array it is an exact view of.

    `copies`: also copy what is read of these arrays, for a reverse sweep.
    """
    finder = Finder(core, inference)
    members = finder.members()
    if members:
        inference.kinds |= {n: array() for n in members if inference.kinds.get(n, UNKNOWN).tag != "array"}
        core.views = {name: owner for name, owner in finder.views.items() if name in members}
        writes = [stmt for name, stmt in finder.written if name in members]
        core.body = Rewriter(core, inference, members, finder.views, copies, later_writes(core.body, writes)).block(
            core.body
        )


@dataclass
class Place:
    """Where a name is defined: the statement, and the loops around it, outermost first."""

    stmt: gast.AST
    loops: tuple = ()


@dataclass
class Finder:
    """Finds the views, and which of them matter."""

    core: object
    inference: object
    places: dict[str, list[Place]] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)  # view -> the array that it is a view of
    indexed: set[str] = field(default_factory=set)
    written: list = field(default_factory=list)  # (name, statement that writes through it)

    def __post_init__(self):
        self.fixed = set(parameters(self.core.args)) | set(self.core.scope.active_cells)
        self.find_indexed()
        self.walk(self.core.body, ())
        for name, places in self.places.items():
            if len(places) == 1:
                owner = self.owner_of(name, places[0])
                if owner is not None:
                    self.views[name] = owner

    def is_array(self, name) -> bool:
        return self.inference.kinds.get(name, UNKNOWN).tag == "array" or name in self.indexed

    def find_indexed(self):
        """Numbers or arrays of which parts are read or written are arrays, and so is a slice of one."""

        def is_number(node):
            return isinstance(node, gast.Name) and self.inference.kinds.get(node.id, UNKNOWN).tag == "number"

        for stmt in self.core.body:
            for node in gast.walk(stmt):
                if isinstance(node, gast.Subscript) and is_number(node.value):
                    self.indexed.add(node.value.id)
                if isinstance(node, gast.Assign) and isinstance(node.value, gast.Subscript):
                    parts = node.value.slice.elts if isinstance(node.value.slice, gast.Tuple) else [node.value.slice]
                    sliced = any(isinstance(p, gast.Slice) or getattr(p, "value", None) is ... for p in parts)
                    if sliced and is_number(node.targets[0]) and is_numeric(self.inference.kind(node.value.value)):
                        self.indexed.add(node.targets[0].id)

    def walk(self, stmts, loops):
        for stmt in stmts:
            inner = (*loops, stmt) if isinstance(stmt, LOOPS) else loops
            bound = heads(stmt)
            if not isinstance(stmt, (gast.If, gast.With, *LOOPS)):
                bound = names_stored(stmt) - {n for n in updated(stmt) if self.is_array(n)}
                self.writes(stmt)
            for name in bound:
                self.places.setdefault(name, []).append(Place(stmt, inner))
            for part in ("body", "orelse"):
                if isinstance(stmt, (gast.If, gast.With, *LOOPS)):
                    self.walk(getattr(stmt, part, None) or [], inner)

    def writes(self, stmt):
        names = changed_names([stmt])
        if isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name):
            names = names | {stmt.target.id}
        self.written += [(name, stmt) for name in names if self.is_array(name)]

    def owner_of(self, name, place) -> str | None:
        """The array of which `name` is a view wherever it is read; None where that is not sure."""
        value = getattr(place.stmt, "value", None)
        if not (isinstance(place.stmt, gast.Assign) and isinstance(place.stmt.targets[0], gast.Name)):
            return None
        owner = value.value if isinstance(value, gast.Subscript) else value
        if not isinstance(owner, gast.Name) or not (self.is_array(name) and self.is_array(owner.id)):
            return None
        if isinstance(value, gast.Subscript) and not is_view_index(value.slice, self.inference.kind):
            return None
        if owner.id in self.fixed or not self.lasts(name, place):
            return None
        steady = names_loaded(value.slice) if isinstance(value, gast.Subscript) else set()
        return owner.id if all(self.is_steady(n, place) for n in {owner.id, *steady}) else None

    def lasts(self, name, place) -> bool:
        """True when what an iteration binds to `name` is read in that iteration only."""
        loops = place.loops
        if any(name in exposed(loop.body) for loop in loops):
            return False
        return not loops or name not in live_after(self.core.body, loops[0])

    def is_steady(self, name, place) -> bool:
        """True when `name` keeps its value from `place` on to the end of the iteration around it."""
        behind = {id(s) for block, i in path_to(self.core.body, place.stmt) for s in walk_statements(block[i + 1 :])}
        made = [m for m in self.places.get(name, ()) if not self.apart(m, place)]
        if any(id(m.stmt) in behind for m in made) or len(made) > 1:
            return False
        around = all(place.loops[: len(m.loops)] == m.loops for m in made)
        return around and not any(name in exposed(loop.body) - heads(loop) for m in made for loop in m.loops)

    def apart(self, made, place) -> bool:
        """True when the two are in different branches of one `if`, and only one of them runs in an iteration."""
        branch = False
        for one, other in zip(path_to(self.core.body, made.stmt) or (), path_to(self.core.body, place.stmt) or ()):
            if one[0] is not other[0] or one[1] != other[1]:
                return branch and one[0] is not other[0]
            branch = isinstance(one[0][one[1]], gast.If)
        return False

    def members(self) -> set[str]:
        """The arrays and views of which two are alive across a write through one of them."""
        found: set[str] = set()
        for name, stmt in self.written:
            group = {n for n in {*self.views, *self.views.values()} if self.root(n) == self.root(name)}
            if len(group) > 1 and (group - {name}) & live_after(self.core.body, stmt):
                found |= group
        return found

    def root(self, name) -> str:
        while name in self.views:
            name = self.views[name]
        return name


def is_view_of_unknown(core, name) -> bool:
    """True for a variable that may be a part of an array which the derivative does not follow."""
    nodes = (n for stmt in core.body for n in walk(stmt) if isinstance(n, gast.Assign))
    parts = (n.value for n in nodes if getattr(n.targets[0], "id", None) == name)
    return name not in core.views and any(isinstance(part, gast.Subscript) for part in parts)


def walk_statements(stmts):
    return (node for stmt in stmts for node in gast.walk(stmt) if isinstance(node, gast.stmt))


def updated(stmt) -> set[str]:
    """The array that `x += y` writes into; it is no new binding."""
    return names_stored(stmt.target) if isinstance(stmt, gast.AugAssign) else set()


def heads(loop) -> set[str]:
    return names_stored(loop.target) if isinstance(loop, gast.For) else set()


def is_view_index(index, kind) -> bool:
    """True when an array read at `index` gives a view: integers, slices, `...` and None."""
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    return all(
        isinstance(p, gast.Slice) or isinstance(p, gast.Constant) or kind(p).tag in ("int", "none") for p in parts
    )


@dataclass
class Rewriter:
    """Rewrites the statements that write through, or read, the arrays in `members`."""

    core: object
    inference: object
    members: set[str]
    views: dict[str, str]
    copies: bool
    before_writes: set[int]

    def block(self, stmts) -> list:
        return [made for stmt in stmts for made in self.statement(stmt)]

    def statement(self, stmt) -> list:
        if isinstance(stmt, (gast.If, gast.With, *LOOPS)):
            stmt.body = self.block(stmt.body)
            if getattr(stmt, "orelse", None):
                stmt.orelse = self.block(stmt.orelse)
            return [stmt]
        if isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name) and stmt.target.id in self.members:
            name = stmt.target.id
            total = self.temporary(name)
            made = assign(total, located(gast.BinOp(load(name), stmt.op, stmt.value), stmt), stmt)
            place = gast.Subscript(load(name), constant(...), gast.Store())
            self.before_writes.add(id(made))
            return [*self.read(made), located(gast.Assign([place], load(total), None), stmt)]
        if isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.Name) and stmt.value.id in self.members:
            target = stmt.targets[0]
            if isinstance(target, gast.Name) and target.id in self.views:
                stmt.value = located(gast.Subscript(stmt.value, constant(...), gast.Load()), stmt)
            return [stmt]
        if isinstance(stmt, gast.Return) and isinstance(stmt.value, gast.Name) and stmt.value.id in self.members:
            made, stmt.value = self.copy_of(stmt.value.id, stmt)
            return [made, stmt]
        if not (self.copies and isinstance(stmt, gast.Assign) and id(stmt) in self.before_writes):
            return [stmt]
        target = stmt.targets[0]
        if isinstance(target, gast.Name) and target.id in self.members and self.is_operation(stmt.value):
            made = self.temporary(target.id)  # a derivative may read the result, as it was
            copied = call(gast.Attribute(load(made), "copy", gast.Load()))
            return [*self.read(assign(made, stmt.value, stmt)), assign(target.id, located(copied, stmt), stmt)]
        return self.read(stmt)

    def copy_of(self, name, stmt):
        """(the statement that copies an array, the copy as an expression)"""
        copied = self.temporary(name)
        made = call(gast.Attribute(load(name), "copy", gast.Load()))
        return assign(copied, located(made, stmt), stmt), load(copied)

    def read(self, stmt) -> list:
        """`stmt` with copies of the members that its operation reads."""
        if not self.copies or not self.is_operation(stmt.value):
            return [stmt]
        copies = []
        for name in sorted(names_loaded(stmt.value) & self.members):
            made, copied = self.copy_of(name, stmt)
            copies.append(made)
            stmt.value = substitute(stmt.value, {name: copied})
        return [*copies, stmt]

    def is_operation(self, value) -> bool:
        """True for what computes a new value, of which the derivative reads the operands."""
        if not isinstance(value, gast.Call):
            return isinstance(value, gast.BinOp) and not isinstance(value.op, (gast.Add, gast.Sub))
        try:
            op = describe(value, self.inference.kinds, self.core.scope, self.inference.kind)
        except Unbound:
            return False
        return op.form == "rule" and getattr(op.primitive, "__name__", "") not in VIEWS | REGROUPED

    def temporary(self, like) -> str:
        name = self.core.namer.fresh("t")
        self.core.temporaries.add(name)
        self.core.scope.local.add(name)
        self.inference.kinds[name] = self.inference.kinds[like]
        return name
