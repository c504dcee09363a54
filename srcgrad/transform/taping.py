"""Taping: which values the forward sweep records, where, and where the reverse sweep takes them back.

Walking forward, `needed` is the set of names whose present value the reverse sweep of what has run so far will read. A
statement that overwrites a needed name records the old value first, and its reverse puts it back. A name made anew in
every iteration is recorded once per iteration, behind its last definition, and taken back before the iteration is
undone. One tape, a list, per name; the reverse sweep pops what the forward sweep appended.
"""

from __future__ import annotations

import copy
from collections import Counter
from functools import cached_property

import gast

from ..analysis.aliases import Aliases, inside
from ..analysis.exposure import assigned, exposed
from ..frontend.build import (
    assign,
    call,
    expression,
    load,
    located,
    names_loaded,
    names_stored,
    parameters,
    statement,
)
from ..kinds import UNKNOWN
from .headers import Headers
from .indexing import read_by_index, read_from_lists
from .keeping import Keeping
from .nodes import Branch, Loop, Scoped, Step, bindings, has_reverse, loops, may_restore, steps, values_read
from .recomputing import Recomputing
from .reverse import occurrences

IMMUTABLE = ("float", "int", "bool", "complex", "str", "none", "function")


class Taping(Headers, Keeping):
    """Completes the nodes of `sweeps` with records and restores."""

    def __init__(self, reverse, sweeps, repeatable=False):
        self.repeatable = repeatable  # the reverse sweep may run many times
        self.reverse, self.names, self.sweeps = reverse, reverse.names, sweeps
        self.core, self.kinds = reverse.core, reverse.kinds
        self.primal = primal_names(sweeps.nodes, self.core)
        self.counts = occurrences(self.core.body)
        self.views = {*self.core.views, *self.core.views.values()}  # the reverse sweep reads copies of their values
        self.copied: set[str] = set()  # views that are copied where they are made
        self.made = view_expressions(self.core)
        self.tapes: list[str] = []
        self.changes: dict[int, tuple] = {}
        self.unset: set[str] = set(reverse.unset)
        self.definite = set(parameters(self.core.args)) | set(self.core.scope.active_cells)

    @cached_property
    def values(self) -> set[str]:
        return values_read(self.sweeps.nodes)

    @cached_property
    def aliases(self) -> Aliases:
        return Aliases(self.reverse)

    def run(self, at_end: set[str]) -> set[str]:
        """Insert all records; returns the names that the reverse sweep reads as they are at the end."""
        self.choose_headers(self.sweeps.nodes)
        self.recomputed = Recomputing(self.reverse, self.sweeps.nodes, at_end).run()
        self.copy_views()
        self.copy_arguments()
        needed = self.record(self.sweeps.nodes, set(), in_loop=False)
        read_by_index(self.sweeps.nodes, self.tapes)
        needed |= read_from_lists(self.sweeps.nodes, self.tapes, self.core.body, self.core.is_generated)
        return needed | (at_end & self.primal)

    def reads(self, stmts) -> set[str]:
        """What the reverse sweep takes from the forward one where it runs `stmts`."""
        if not stmts:
            return set()
        found = {n for s in stmts for n in names_loaded(s)}
        return (self.with_owners(found) & self.primal) - self.recomputed

    def with_owners(self, names) -> set[str]:
        """`names`, and for views what they are made of."""
        found, pending = set(names), [n for n in names if n in self.core.views]
        while pending:
            more = names_loaded(self.viewed(pending.pop())) - found
            found |= more
            pending += more & self.core.views.keys()
        return found

    def viewed(self, name) -> gast.Assign:
        """The statement that makes a view again; it costs nothing, so views are not recorded."""
        return assign(name, copy.deepcopy(self.made[name]))

    # what is needed ---------------------------------------------------------------------------------------------------

    def flow(self, nodes, needed, in_loop=False) -> set[str]:
        """`needed` after `nodes`, nothing inserted."""
        for node in nodes:
            if isinstance(node, Step):
                needed = self.after(node, needed)
            elif isinstance(node, Branch):
                ends = []
                for part, stmts in ((node.body, node.stmt.body), (node.orelse, node.stmt.orelse)):
                    end = self.flow(part, needed, in_loop)
                    ends.append(end - self.branch_local(part, stmts, end - needed) if in_loop else end)
                needed = (
                    ends[0]
                    | ends[1]
                    | self.reads([*node.recomputed, *node.before, *node.reverse_body, *node.reverse_orelse])
                )
                needed |= self.test_reads(node)
            elif isinstance(node, Scoped):
                needed = self.flow(node.body, needed, in_loop)
            elif isinstance(node, Loop):
                needed, _ = self.around(node, needed)
                needed |= self.header_reads(node)
        return needed

    def after(self, step, needed):
        """What is needed behind a step: a recomputation there reads what the step overwrites as it was before."""
        found = self.reads(step.reverse) | (self.reads(step.recomputed) - step.defines)
        if step.updates is not None and self.is_seen(step, needed):
            found |= self.reads(places(step)) | {step.updates}
        return (needed - step.defines) | found

    def test_reads(self, node):
        if not (has_reverse(node) or may_restore(node)):
            return set()
        return self.reads([node.stmt.test])

    def header_reads(self, node):
        header = [node.header[1]] if node.header is not None else []
        return self.reads([*node.recomputed, *node.before, *node.start, *node.end, *header])

    def around(self, node, needed):
        """(needed at the head of a loop, at a fixed point; the names recorded once per iteration)."""
        head = set(needed)
        while True:
            end = self.flow(node.body, head, True) | self.reads(node.end) | self.reads(node.start)
            local = self.local_to(node, end)
            given = names_stored(node.header[0]) if node.header is not None else set()
            wider = head | (end - local - given)
            if wider == head:
                return head, local
            head = wider

    def local_to(self, node, end) -> set[str]:
        """Names needed at the end of an iteration that every iteration makes anew."""
        made = rebound(node.body) | (names_stored(node.stmt.target) if isinstance(node.stmt, gast.For) else set())
        given = names_stored(node.stmt.target) if isinstance(node.stmt, gast.For) else set()
        made -= exposed(node.stmt.body) - given
        made -= {n for inner in node.body for s in steps(inner, into_loops=False) if s.before for n in s.defines}
        return {v for v in end if v in made}

    # inserting --------------------------------------------------------------------------------------------------------

    def record(self, nodes, needed, in_loop) -> set[str]:
        outer = self.definite
        for node in list(nodes):
            if isinstance(node, Step):
                needed = self.record_step(node, needed)
            elif isinstance(node, Branch):
                needed = self.record_branch(node, needed, in_loop)
            elif isinstance(node, Scoped):
                needed = self.record(node.body, needed, in_loop)
            elif isinstance(node, Loop):
                self.keep_variables(node, nodes, needed)
                needed = self.record_loop(node, needed)
            self.definite = self.definite | assigned(primal_of(node))
        self.definite = outer
        return needed

    def record_step(self, node, needed):
        after = self.after(node, needed)
        read = self.reads(node.reverse)
        needed = needed | (self.reads(node.recomputed) & node.defines)
        if node.updates is not None:
            self.keep_others(node, needed)
        if node.updates is not None and self.is_seen(node, needed - self.views):
            record, restore = node.saves(self.tape(f"{node.updates}_item"))
            node.forward[:0] = record
            node.reverse.extend(restore)
        if node.before is not None and node.defines & needed:
            node.restored.append(assign(*node.defines, node.before, node.at))
            return after
        for name in sorted(node.defines & needed):
            if name not in self.definite:
                self.unset.add(name)
            node.forward.insert(0, self.push(name, node.at))
            if name in read:
                node.reverse.append(self.pop(name, node.at))
            else:
                node.restored.append(self.pop(name, node.at))
        return after

    def is_seen(self, node, needed) -> bool:
        """True when a write shows in what is needed; once put back, it shows there too."""
        if node.updates in needed:
            return True
        return not self.repeatable and bool(self.holders(node, needed) | self.same_lists(node, needed, inside))

    def copy_views(self):
        """Copy, where it is made, a view whose values the reverse sweep reads, of an array that is written to."""
        every = [s for node in self.sweeps.nodes for s in steps(node)]
        owners = {s.updates for s in every}
        owners = {o for o in owners if self.kinds.get(o, UNKNOWN).tag in ("array", "number")}
        if not owners:
            return
        aliases = Aliases(self.reverse)
        written = set().union(*(aliases.origins(owner) for owner in owners))
        read = {n for s in every for n in self.reads(s.reverse)}
        apart = written | self.core.views.keys() | self.checked()  # these show the writes, or share nothing
        apart |= self.reverse.references.keys()
        for step in every:
            for stmt in step.forward:
                if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
                    name = stmt.targets[0].id
                    view = set() if isinstance(stmt.value, gast.Name) else aliases.origins(name) - {name}
                    array = self.kinds.get(name, UNKNOWN).tag in ("array", "number")
                    if array and name in read and name not in apart and view & written:
                        sure = self.kinds.get(name, UNKNOWN).tag == "array"
                        self.copied.add(name)
                        stmt.value = copied(stmt.value) if sure else self.snapshot(stmt.value)

    def checked(self) -> set[str]:
        """Names that a check compares before a write, as they are."""
        return set().union(*(owners | others for owners, others in self.reverse.checked_pairs))

    def copy_arguments(self):
        """Copy what a callee may keep for its reverse sweep, of arguments that are written to here."""
        every = [s for node in self.sweeps.nodes for s in steps(node)]
        owners = {s.updates for s in every} - {None}
        calls = [s for s in every if s.call is not None]
        if not owners or not calls:
            return
        aliases = Aliases(self.reverse)
        written = set().union(*(aliases.origins(owner) for owner in owners))

        def is_written(operand):
            if not isinstance(operand, gast.Name) or not aliases.may_alias(operand.id):
                return False
            parts = (operand.id, *inside(operand.id))
            return any(aliases.origins(part) & written for part in parts)

        for step in calls:
            node = step.call
            given = [*node.args, *(k.value for k in node.keywords)]
            copied = [*filter(is_written, given)]
            is_array = all(self.kinds.get(a.id, UNKNOWN).tag in ("array", "number") for a in copied)
            if copied and not is_array or self.is_shown(step, copied, aliases):  # the callee may ask `a is b`
                (tape,) = step.defines - self.core.scope.local
                step.forward.append(assign(tape, self.snapshot(load(tape)), step.at))
                continue
            node.args = [self.snapshot(a) if is_written(a) else a for a in node.args]
            for keyword in node.keywords:
                keyword.value = self.snapshot(keyword.value) if is_written(keyword.value) else keyword.value

    def is_shown(self, step, operands, aliases) -> bool:
        """True when a check compares the result of a call with its arguments, which then are passed as they are."""
        results = set().union(*(aliases.sharing(name) for name in step.defines))
        return any(
            results & others and aliases.sharing(operand.id) & owners
            for owners, others in self.reverse.checked_pairs
            for operand in operands
        )

    def snapshot(self, value):
        return call(self.reverse.bars.helper("snapshot"), value)

    def record_branch(self, node, needed, in_loop):
        after = self.flow([node], needed, in_loop)
        sides = ((node.body, node.stmt.body, "start_body"), (node.orelse, node.stmt.orelse, "start_orelse"))
        for part, stmts, start in sides:
            end = self.flow(part, needed, in_loop)
            local = self.branch_local(part, stmts, end - needed) if in_loop else set()
            self.record(part, needed, in_loop)
            again = [
                (self.viewed if name in self.core.views else self.pop, name) for name in sorted(local, key=self.order)
            ]
            setattr(node, start, [located(made(name), node.stmt) for made, name in again])
            for name in sorted(local - self.core.views.keys()):
                self.insert_push(part, name, node.stmt)
        return after

    def branch_local(self, part, stmts, fresh) -> set[str]:
        """Names that one side of a branch makes and that nothing outside of it mentions."""
        inside = occurrences(stmts)
        return {v for v in fresh & rebound(part) if self.is_within(v, inside)}

    def is_within(self, name, inside) -> bool:
        """True when every occurrence of `name` is inside; names that only calls bring along have none."""
        return inside.get(name, 0) == self.counts.get(name, 0) and (name in inside or name in self.primal)

    def record_loop(self, node, needed):
        head, local = self.around(node, needed)
        self.record(node.body, head, in_loop=True)
        given = names_stored(node.header[0]) if node.header is not None else set()
        stmt = node.stmt
        for name in sorted(local - given, key=self.order):
            if name in self.core.views:
                node.start.append(located(self.viewed(name), stmt))
                continue
            node.start.append(self.pop(name, stmt))
            if isinstance(stmt, gast.For) and name in names_stored(stmt.target) and name not in rebound(node.body):
                node.body.insert(0, Step([self.push(name, stmt)], at=stmt))
            else:
                self.insert_push(node.body, name, stmt)
        if node.counter is not None:
            node.body.insert(0, Step([statement("n += 1", at=stmt, n=node.counter)], at=stmt))
        end = (head - local - given) | local | given
        return end | self.header_reads(node)

    def keep_variables(self, node, nodes, needed):
        """Record, before a loop, what the variables that it runs with were: a later read may be of either."""
        variables = names_stored(node.stmt.target) if isinstance(node.stmt, gast.For) else set()
        for name in sorted(variables & needed):
            step = Step([self.push(name, node.stmt)], at=node.stmt, restored=[self.pop(name, node.stmt)])
            nodes.insert(nodes.index(node), step)
        self.unset |= variables & needed - self.definite
        self.definite = self.definite | variables

    def order(self, name):
        """What views are made of comes before them."""
        depth, owner = 0, name
        while owner in self.core.views:
            depth, owner = depth + 1, self.core.views[owner]
        return depth, name

    def insert_push(self, nodes, name, at):
        """Record `name` behind its last definition among `nodes`, also where that may be followed by a break."""
        index = max(i for i, n in enumerate(nodes) if name in self.changed(n))
        last = nodes[index]
        if isinstance(last, Branch) and any(isinstance(f, gast.Break) for s in steps(last, False) for f in s.forward):
            for part in (last.body, last.orelse):
                self.push_at_end(part, name, at)
            return
        if isinstance(last, (Branch, Loop)):
            self.unset |= {name} - self.definite - assigned([n for x in nodes[: index + 1] for n in primal_of(x)])
        nodes.insert(index + 1, Step([self.push(name, at)], at=at))

    def changed(self, node) -> set[str]:
        """What a node of the primal binds or writes into."""
        if id(node) not in self.changes:
            self.changes[id(node)] = node, rebound([node]) | updated(node)
        return self.changes[id(node)][1]

    def push_at_end(self, part, name, at):
        if part and isinstance(part[-1], Branch) and name in rebound([part[-1]]):
            for side in (part[-1].body, part[-1].orelse):
                self.push_at_end(side, name, at)
            return
        made = assigned([s for n in part for s in primal_of(n) if not isinstance(s, gast.Break)])
        self.unset |= {name} - self.definite - made
        step = Step([self.push(name, at)], at=at)
        ends = part and isinstance(part[-1], Step) and any(isinstance(f, gast.Break) for f in part[-1].forward)
        part.insert(len(part) - 1 if ends else len(part), step)

    def tape(self, name) -> str:
        tape = self.names.tape(name)
        if tape not in self.tapes:
            self.tapes.append(tape)
        return tape

    def push(self, name, at):
        value = self.snapshot(load(name)) if self.is_written_elsewhere(name) else name
        return statement("tape.append(x)", at=at, tape=self.tape(name), x=value)

    def is_written_elsewhere(self, name) -> bool:
        """True when what is recorded of `name` may be written into through another name."""
        if self.kinds.get(name, UNKNOWN).tag in IMMUTABLE or name in self.views or not self.updated - {name}:
            return False
        if name in self.copied and self.definitions[name] == 1:  # what it was copied from is apart
            return bool(self.aliases.reached(name) & (self.updated - {name}))
        return bool(self.aliases.sharing(name) & (self.updated - {name})) and self.aliases.may_alias(name)

    @cached_property
    def definitions(self) -> Counter:
        """How many steps bind each name."""
        found = Counter()
        for node in self.sweeps.nodes:
            found.update(bindings(node))
        return found

    @cached_property
    def updated(self) -> set[str]:
        return {s.updates for node in self.sweeps.nodes for s in steps(node)} - {None}

    def pop(self, name, at=None):
        return assign(name, expression("tape.pop()", tape=self.tape(name)), at)


def view_expressions(core) -> dict:
    """View -> the expression that makes it."""
    nodes = (node for stmt in core.body for node in gast.walk(stmt) if isinstance(node, gast.Assign))
    return {n.targets[0].id: n.value for n in nodes if getattr(n.targets[0], "id", None) in core.views}


def copied(value):
    """`value.copy()`, unless it is a copy already."""
    if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) and value.func.attr == "copy":
        return value
    return call(gast.Attribute(value, "copy", gast.Load()))


def places(step) -> list:
    """The expressions that tell where a step writes, and what putting back what was there needs."""
    stmt = step.forward[-1]
    if isinstance(stmt, gast.Expr):
        return [*stmt.value.args]
    return [stmt.target if isinstance(stmt, gast.AugAssign) else stmt.targets[0]]


def rebound(nodes) -> set[str]:
    """Names that the nodes bind anew (not those that they only write into)."""
    found = set()
    for node in nodes:
        found |= {n for s in steps(node) for n in s.defines}
        for loop in loops(node):
            if isinstance(loop.stmt, gast.For):
                found |= names_stored(loop.stmt.target)
            found |= {loop.counter} - {None}
    return found


def updated(node) -> set[str]:
    """Names of the objects that a node writes into."""
    return {s.updates for s in steps(node)} - {None}


def primal_of(node):
    """The primal's statements behind a node."""
    return [s for s in node.forward] if isinstance(node, Step) else [node.stmt]


def primal_names(nodes, core) -> set[str]:
    from ..frontend.build import parameters

    found = set(parameters(core.args))
    for node in nodes:
        for step in steps(node):
            found |= step.defines | {n for s in step.forward for n in names_stored(s)}
        for loop in loops(node):
            if isinstance(loop.stmt, gast.For):
                found |= names_stored(loop.stmt.target)
    return found | {n for n in core.scope.local}
