"""Reverse mode: a core-language function as a forward sweep that keeps what a reverse sweep needs to undo it.

The forward sweep is the primal, statement by statement. In the reverse sweep each statement, last first, hands the
adjoint of what it defined on to what it read. Which values are recorded is decided afterwards (`taping`).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field

import gast
import numpy as np

from ..analysis.activity import is_scatter, names_of
from ..analysis.exposure import assigned_before, exposed
from ..analysis.ownership import check_written
from ..analysis.shapes import Shapes
from ..frontend.build import assign, call, constant, load, located, names_loaded, names_stored, parameters
from ..frontend.writers import handed_back_by
from ..kinds import UNKNOWN, is_numeric, is_scalar, list_of
from ..rules.binding import unbound
from ..runtime.helpers import as_sequence
from . import nodes
from .bars import FULL, Bars
from .calls import Calls
from .effects import Effects
from .mutations import Mutations
from .operators import Operators
from .places import item_stores
from .references import definitions, references, used_whole
from .terms import Term


@dataclass
class Sweeps:
    """The two sweeps as nested nodes, the primal's result, and the adjoints of the inputs at the end."""

    nodes: list
    result: gast.AST
    seed: list
    finish: list = field(default_factory=list)


class Reverse(Operators, Calls, Effects, Mutations):
    """Builds the nodes of one function. `bars` emits the statements of the reverse sweep."""

    def __init__(self, core, inference, active, names, deriver):
        self.core, self.inference, self.active, self.names, self.deriver = core, inference, active, names, deriver
        self.kinds = inference.kinds
        self.counts = definition_counts(core.body)
        self.inputs = set(parameters(core.args)) | set(core.scope.active_cells)
        self.bars = Bars(self.kinds, names, self.read_in_parts())
        self.shapes = Shapes(self)
        self.assigned_before = assigned_before(core.body, self.inputs, self.is_unbound)
        self.never_rebound = {n for n in self.active if self.counts.get(n, 0) <= 1}
        self.references = references(self)
        self.bars.references = self.references
        self.bars.sequences = self.unknown_sequences()
        self.bars.replaced = {
            s.targets[0].value.id for s in item_stores(core.body) if not is_scalar(self.kind(s.value))
        }
        self.bars.buffered |= {part.value.id for part in self.references.values()} | set(self.references)
        self.checks: list[gast.expr] = []  # that the statement at hand makes first, when it runs
        self.checked_pairs: list[tuple[set, set]] = []  # what is written through, what is checked not to share it
        self.unset: set[str] = set()  # names that checks read, which may not be bound by then: None at first
        self.given: set[str] = set()  # parameters that checks compare with as they were at entry
        self.original: dict[int, gast.stmt] = {}  # statement written anew -> the primal's
        self.added: list[gast.Assign] = []  # the assignments that are not in the primal

    # what is known ----------------------------------------------------------------------------------------------------

    def kind(self, expr):
        return self.inference.kind(expr)

    def is_unbound(self, expr) -> bool:
        return isinstance(expr, gast.Name) and self.core.scope.resolve(expr) is unbound

    def is_active(self, expr) -> bool:
        return isinstance(expr, gast.Name) and expr.id in self.active

    def describe(self, value):
        from ..analysis.operations import describe

        return describe(value, self.kinds, self.core.scope, self.kind)

    def read_in_parts(self) -> set[str]:
        """Active names of which items are read or written: their adjoint is one buffer."""
        found = set()
        for stmt in self.core.body:
            for node in gast.walk(stmt):
                owner = None
                if isinstance(node, gast.Subscript):
                    owner = node.value
                elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute):
                    if self.kind(node.func.value).tag in ("list", "dict"):
                        owner = node.func.value
                if self.is_active(owner) and self.kinds.get(owner.id, UNKNOWN).tag not in (
                    "unknown",
                    "object",
                    "function",
                ):
                    found.add(owner.id)
        return found

    def unknown_sequences(self) -> set[str]:
        """Temporaries `items = as_sequence(x)` of unknown kind that are read item by item only."""
        made = set()
        for stmt in self.core.body:
            for node in gast.walk(stmt):
                if isinstance(node, gast.Assign) and isinstance(node.value, gast.Call):
                    if self.describe(node.value).primitive is as_sequence:
                        made |= names_stored(node)
        made = {n for n in made & self.core.temporaries if self.kinds.get(n, UNKNOWN) in (UNKNOWN, list_of(UNKNOWN))}
        once = {n for n in made if definitions(self.core.body, n) == 1}
        return (once - used_whole(self.core.body)) if once else once

    def same_shape(self, a: str, b: str) -> bool:
        """True when the arrays `a` and `b` surely have one shape."""
        return a == b or self.shapes.are_same(load(a), load(b))

    def refuse(self, what, node, advice, error=None):
        from ..errors import NoRule

        raise (error or NoRule)(
            what, where=self.core.source.position(node if getattr(node, "lineno", 0) else None), advice=advice
        )

    # forward: nodes ---------------------------------------------------------------------------------------------------

    def build(self, seed_name: str | gast.AST, unit=None) -> Sweeps:
        """The sweeps; with `unit`, those of a callee whose caller hands in adjoints to be added to."""
        check_written(self)
        *body, last = self.core.body
        result = last.value
        if unit is not None:
            unit.shadows = self.added_into(unit.inputs, result)
        built = self.nodes(body)
        if unit is not None:
            unit.shadows |= frozenset() if unit.is_settled else self.added_into(unit.inputs, result)
            self.bars.take(unit.shadows)
        if self.is_active(result):
            if isinstance(seed_name, str):
                self.bars.state.status[result.id] = FULL
                if seed_name != self.names.bar(result.id):
                    self.bars.state.same_as[result.id] = load(seed_name)
            else:
                self.bars.borrow(result.id, seed_name, FULL)
        self.bars.at = last
        self.undo_block(built)
        return Sweeps(built, result, [])

    def added_into(self, inputs, result) -> frozenset[str]:
        """The inputs that are arrays read in parts: to add to their adjoints costs what was read, to make one all."""
        names = set(inputs) & self.bars.buffered - names_of(result)
        arrays = {n for n in names if self.kinds.get(n, UNKNOWN).tag == "array"}
        return frozenset(n for n in arrays if not self.counts.get(n, 0))

    def nodes(self, stmts) -> list:
        return [node for stmt in stmts for node in self.behind_checks(stmt)]

    def behind_checks(self, stmt) -> list:
        """The nodes of a statement, behind the checks that it asks for."""
        made = self.node(stmt)
        checks, self.checks = self.checks, []
        return [*(nodes.Step([located(gast.Expr(check), stmt)], at=stmt) for check in checks), *made]

    def helper(self, name) -> str:
        return self.bars.helper(name)

    def node(self, stmt) -> list:
        if isinstance(stmt, gast.If):
            return [nodes.Branch(stmt, self.nodes(stmt.body), self.nodes(stmt.orelse))]
        if isinstance(stmt, (gast.For, gast.While)) and self.is_core_loop(stmt):
            return [nodes.Loop(stmt, self.nodes(stmt.body))]
        if isinstance(stmt, gast.With):
            return [nodes.Scoped(stmt, self.nodes(stmt.body), self.is_numerical(stmt))]
        if isinstance(stmt, gast.AugAssign):
            return self.augmented(stmt)
        if isinstance(stmt, gast.Assign):
            return self.assignment(stmt)
        if isinstance(stmt, gast.Expr):
            return self.effect(stmt)
        if isinstance(stmt, gast.FunctionDef):
            return self.nested_function(stmt)
        return [self.plain(stmt)]

    def is_core_loop(self, stmt) -> bool:
        """Inert loops (which may hold any syntax) run forward only."""
        return bool((names_loaded(stmt) | names_stored(stmt)) & (self.active | self.core.varied))

    def plain(self, stmt):
        return nodes.Step([stmt], defines=names_stored(stmt), at=stmt)

    def is_numerical(self, stmt) -> bool:
        """True for `np.errstate(...)`, under which the reverse of the body runs as well."""

        def manager(item):
            return isinstance(item.context_expr, gast.Call) and self.core.scope.resolve(item.context_expr.func)

        return all(manager(item) is np.errstate for item in stmt.items)

    def assignment(self, stmt) -> list:
        target = stmt.targets[0]
        if isinstance(target, gast.Subscript) and self.is_active(target.value):
            return [self.item_store(stmt, target, stmt.value)]
        if not isinstance(target, gast.Name):
            return [self.plain(stmt)]
        if target.id not in self.active:
            if isinstance(stmt.value, gast.Call):
                op = self.describe(stmt.value)
                if op.form == "mutation" and self.is_active(op.args["owner"]):
                    return [self.mutation(stmt, op, target.id)]
                if handed_back_by(op.primitive):
                    return [self.plain(each) for each in self.run_on_copies(stmt, op)]
            return [self.plain(self.checked(stmt))]
        op = self.describe(stmt.value)
        if op.form in ("callee", "dynamic") and isinstance(stmt.value, gast.Call):
            return self.call(stmt, target.id, op)
        if op.form == "mutation":
            return [self.mutation(stmt, op, target.id)]
        step = nodes.Step([stmt], defines={target.id}, at=stmt)
        step.undo = lambda: self.undo_assignment(stmt, target.id, op)
        return self.split(stmt, target.id, step)

    def split(self, stmt, target, step):
        """`x = op(x)` whose adjoint may need both the old and the new x: through a temporary."""
        if target not in names_loaded(stmt.value):
            return [step]
        name = self.names.fresh("t")
        self.core.temporaries.add(name)
        self.core.scope.local.add(name)
        self.kinds[name] = self.kinds.get(target, UNKNOWN)
        self.active.add(name)
        self.counts[name] = 1
        self.shapes.define(name, stmt.value)
        first, second = assign(name, stmt.value, stmt), assign(target, load(name), stmt)
        self.added += [first, second]
        return [*self.assignment(first), *self.assignment(second)]

    def augmented(self, stmt) -> list:
        if isinstance(stmt.target, gast.Subscript):
            if self.is_active(stmt.target.value):
                return [self.item_add(stmt)]
            return [self.plain(stmt)]
        if isinstance(stmt.target, gast.Attribute):  # of inactive data: others are refused before
            return [self.plain(stmt)]
        name = stmt.target.id
        kind = self.kinds.get(name, UNKNOWN)
        if name not in self.active:
            return [self.plain(stmt)]
        if kind.tag == "list" and isinstance(stmt.op, gast.Add):
            extend = call(gast.Attribute(load(name), "extend", gast.Load()), stmt.value)
            effect = located(gast.Expr(extend), stmt)
            self.original[id(effect)] = stmt
            return self.effect(effect)
        self.refuse_shared_update(stmt, name, kind)
        value = gast.BinOp(load(name), stmt.op, stmt.value)
        steps = self.assignment(assign(name, located(value, stmt), stmt))
        return steps

    def effect(self, stmt) -> list:
        if not isinstance(stmt.value, gast.Call):
            return [self.plain(stmt)]
        op = self.describe(stmt.value)
        if is_scatter(op.primitive) and len(stmt.value.args) == 3 and names_of(stmt.value) & self.core.active:
            return [self.added_at(stmt)]
        if op.form == "mutation":
            if self.is_active(op.args["owner"]):
                return [self.mutation(stmt, op, None)]
            return [self.plain(stmt)]
        return [self.plain(self.check_effects(stmt, op))]

    def checked(self, stmt):
        return self.check_effects(stmt, self.describe(stmt.value)) if isinstance(stmt.value, gast.Call) else stmt

    def nested_function(self, stmt) -> list:
        step = nodes.Step([stmt], defines={stmt.name}, at=stmt)
        if stmt.name in self.active:
            step.undo = lambda: self.undo_function(stmt.name, stmt)
        return [step]

    # reverse ----------------------------------------------------------------------------------------------------------

    def undo_block(self, built):
        for node in reversed(built):
            if isinstance(node, nodes.Step):
                self.bars.out, self.bars.at = node.reverse, node.at
                undo = getattr(node, "undo", None)
                if undo is not None:
                    undo()
            elif isinstance(node, nodes.Branch):
                self.undo_branch(node)
            elif isinstance(node, nodes.Loop):
                self.undo_loop(node)
            elif isinstance(node, nodes.Scoped):
                self.undo_block(node.body)

    def undo_branch(self, node):
        bars = self.bars
        bars.state.wide.clear()
        before = bars.state
        for name in self.settled_by(node.stmt):
            bars.out, bars.at = node.before, node.stmt
            if bars.has(name) and not isinstance(bars.state.same_as[name], gast.Constant):
                bars.settle(name)
        mentioned = occurrences([node.stmt])
        for name in sorted(self.references.keys() & mentioned.keys()):
            if mentioned[name] < self.occurrences(name) and not bars.has(name) and self.has_base(name):
                bars.out, bars.at = node.before, node.stmt
                bars.ensure(name)
        before = bars.state
        ends = []
        sides = (node.body, node.reverse_body, node.stmt.body), (node.orelse, node.reverse_orelse, node.stmt.orelse)
        for part, tail, stmts in sides:
            bars.state = before.copy()
            self.undo_block(part)
            ends.append((bars.state, tail, {n for s in stmts for n in names_stored(s)}))
        inside = occurrences(node.stmt.body), occurrences(node.stmt.orelse)
        local = {n for i in (0, 1) for n, count in inside[i].items() if count == self.occurrences(n)} - self.inputs
        bars.at = node.stmt
        with self.bound_before(node.stmt):
            bars.join(*ends, lambda name: name in local)

    @contextmanager
    def bound_before(self, stmt):
        """Where zeros are made around a branch or loop: variables may have no value that nothing before it assigns."""
        before = self.assigned_before.get(id(stmt), frozenset())
        outer, self.bars.unbound = self.bars.unbound, self.active & self.core.scope.local - before
        yield
        self.bars.unbound = outer

    def has_base(self, name) -> bool:
        """True when the adjoint that a reference is a part of is there already."""
        return self.bars.has(self.references[name].value.id)

    def settled_by(self, stmt):
        """Adjoints borrowed from elsewhere that a compound statement may change."""
        return sorted(
            set(self.bars.state.same_as) & (names_loaded(stmt) | names_stored(stmt) | set(self.bars.state.same_as))
        )

    def occurrences(self, name) -> int:
        if not hasattr(self, "_occurrences"):
            self._occurrences = occurrences(self.core.body)
        return self._occurrences.get(name, 0)

    def undo_loop(self, node):
        bars = self.bars
        carried = self.carried(node.stmt)
        bars.state.wide.clear()
        bars.out, bars.at = node.before, node.stmt
        for name in sorted(bars.state.same_as):
            if name in carried or not isinstance(bars.state.same_as[name], gast.Constant):
                bars.settle(name)
        stored = names_stored(node.stmt)
        anew = stored & set(carried) - exposed(node.stmt.body)  # before an iteration, their value is not at hand
        with self.bound_before(node.stmt):
            for name in carried:
                if name not in anew:
                    bars.ensure(name, whole=True)
                    if self.kinds.get(name, UNKNOWN).tag == "array":
                        bars.spread(name)
        outer = bars.state
        updated = {o for o in (*carried,) if o in bars.buffered and o not in stored}
        for name in sorted(updated):
            bars.buffer(name)
        inner = outer.copy()
        inner.owned = {n for n in outer.owned if n not in stored or n in self.never_rebound}
        loose = {n for n in outer.status if self.kinds.get(n, UNKNOWN).tag == "number" or n in anew}
        inner.status = {
            n: bars.loosest(n) if n in loose else s for n, s in outer.status.items() if n not in stored or n in carried
        }
        bars.state = inner
        self.undo_block(node.body)
        bars.state.wide.clear()
        bars.out, bars.at = node.end, node.stmt
        for name in carried:
            with self.bound_before(node.stmt):
                bars.ensure_bare(name) if name in anew else bars.ensure(name, whole=True)
            bars.settle(name)
            if name not in anew and self.kinds.get(name, UNKNOWN).tag == "array":
                bars.spread(name)
        status = {n: bars.loosest(n) if n in loose else s for n, s in outer.status.items()}
        bars.state.status = {n: s for n, s in status.items() if n in carried or n not in stored}
        bars.state.owned = {n for n in outer.owned if n not in stored or n in self.never_rebound} & bars.state.owned
        bars.state.same_as = {n: e for n, e in outer.same_as.items() if n not in carried}

    def carried(self, stmt) -> list[str]:
        """Active names whose adjoints live from one iteration to the next."""
        head = exposed(stmt.body)
        used = {n for n in occurrences(stmt.body) if n in self.active}
        stored = names_stored(stmt)
        return sorted(n for n in used if n in head or n not in stored or self.bars.has(n))

    def undo_assignment(self, stmt, target, op):
        bars = self.bars
        if not bars.has(target):
            return
        if op.form == "copy":
            self.undo_copy(target, op.args["value"])
            return
        if target in self.references:
            bars.consume(target)
            return
        if op.form == "function":
            self.undo_function(target, op.node)
            return
        terms = self.terms(target, op, stmt)
        self.hand_on(target, terms)

    def undo_copy(self, target, source):
        bars = self.bars
        if not self.is_active(source):
            bars.consume(target)
            return
        expr, status = bars.read(target), bars.state.status[target]
        owned = target in bars.state.owned
        bars.consume(target)
        none = self.may_be_none(target) and not self.is_result(target)
        fits = not none or self.may_be_none(source.id)  # a number's adjoint is never None
        if fits and not bars.has(source.id) and source.id not in bars.buffered:
            bars.borrow(source.id, expr, status)
            if owned:
                bars.state.owned.add(source.id)
            return
        bars.accumulate(source.id, Term(expr, status == FULL, fresh=False, may_be_none=none))

    def may_be_none(self, name) -> bool:
        return not is_numeric(self.kinds.get(name, UNKNOWN))

    def hand_on(self, target, terms):
        """Add the contributions of one statement; the adjoint that the target's was borrowed from comes last."""
        bars = self.bars
        borrowed = bars.state.same_as.get(target)
        lender = borrowed.id if isinstance(borrowed, gast.Name) else None
        last = [t for t in terms if self.names.bar(t[0]) == lender]
        if lender is not None and (len(last) > 1 or any(n in bars.buffered for n, _ in last)):
            bars.settle(target)
            settled = {lender: load(self.names.bar(target))}
            from ..frontend.build import substitute

            terms = [(n, Term(substitute(t.tree, settled), t.full, t.fresh, t.may_be_none)) for n, t in terms]
            last = []
        own = [t for t in terms if t[0] == target]
        rest = [t for t in terms if t not in last and t not in own]
        for name, term in rest:
            bars.accumulate(name, term)
        bars.consume(target)
        for name, term in (*own, *last):
            bars.accumulate(name, term)

    def undo_function(self, name, node):
        """A closure's adjoint is a record of its captures': each goes to the variable that was captured."""
        from ..analysis.webs import free_names

        bars = self.bars
        if not bars.has(name):
            return
        captured = sorted((free_names(node) & self.active) - self.core.late - {name})
        record = bars.read(name)
        for capture in captured:
            term = call(self.bars.helper("part"), record, constant(capture))
            bars.accumulate(capture, Term(term, fresh=False, may_be_none=True))
        bars.consume(name)


def definition_counts(stmts) -> dict[str, int]:
    """How often each name is assigned; one inside a loop counts twice."""
    counts: dict[str, int] = {}

    def visit(stmts, weight):
        for stmt in stmts:
            inner = 2 if isinstance(stmt, (gast.For, gast.While)) else weight
            own = names_stored(stmt.target) if isinstance(stmt, gast.For) else set()
            if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)):
                for name in own:
                    counts[name] = counts.get(name, 0) + 2
                visit(stmt.body, inner)
                visit(getattr(stmt, "orelse", None) or [], inner)
            else:
                for name in names_stored(stmt):
                    counts[name] = counts.get(name, 0) + weight

    visit(stmts, 1)
    return counts


def occurrences(stmts) -> dict[str, int]:
    counts: dict[str, int] = {}
    for stmt in stmts:
        for node in gast.walk(stmt):
            if isinstance(node, gast.Name):
                counts[node.id] = counts.get(node.id, 0) + 1
    return counts
