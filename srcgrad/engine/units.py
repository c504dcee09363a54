"""From a function and the kinds of its arguments to the text of its derivative.

A unit is one function differentiated in one way. A text holds the unit asked for and the units of the callees that it
knows ahead; each text has one `Deriver`, which makes sure that a unit is written once.
"""

from __future__ import annotations

import re
import weakref
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any

import gast
import numpy as np

from ..analysis.activity import active_names, differentiable, hidden_writes
from ..analysis.exposure import assigned
from ..analysis.facts import Inference
from ..analysis.late_binding import with_late_binding
from ..analysis.leaks import ACTIVE, TEXT, Leaks, refuse_leaks, text_message
from ..analysis.operations import Unbound
from ..analysis.webs import rename_webs
from ..emit.constants import comment
from ..emit.module import Binding, compile_module
from ..emit.printer import to_source
from ..errors import NoRule, SrcgradError, UnsupportedMutation
from ..frontend.build import Namer, assign, call, constant, load, located, parameters, statement, store
from ..frontend.copies import changed_names, without_copies, without_unused_functions
from ..frontend.inlining import bind_arguments
from ..frontend.normalise import to_core
from ..frontend.scope import MISSING, Scope
from ..frontend.sequences import with_known_sequences
from ..frontend.source import Source, remember, source_of
from ..kinds import BOTTOM, FLOAT, UNKNOWN, Kind, is_scalar, join, kind_of, record_classes
from ..optimize.dead import sweep as remove_dead_from
from ..optimize.fold import fold_temporaries
from ..optimize.plain import Plain
from ..optimize.propagate import propagate
from ..optimize.trees import is_pure_call
from ..records import hidden_fields
from ..runtime import helpers as runtime
from ..transform import assemble
from ..transform.forward import ENVIRONMENT, Forward
from ..transform.names import Helpers, NameClash, Names
from ..transform.reverse import Reverse
from ..transform.steady import SteadyReads
from ..transform.taping import Taping
from ..transform.views import with_views


@dataclass
class Unit:
    """A generated function, or a pair of them, within a text."""

    base: str
    forward: str = ""
    backward: str = ""
    inputs: list[str] = field(default_factory=list)  # whose adjoints `backward` returns: captures, then parameters
    arguments: list = field(default_factory=list)  # the operands at one call, in the order of `inputs`
    name: str = ""
    wants_full: bool = True


@dataclass
class Text:
    """A printed derivative, compiled, with all that it takes to bind it to a function and to know when it holds."""

    source: str
    compiled: Any
    entry: Unit
    bindings: dict[str, FunctionType | None]
    guards: list
    lines: dict[int, int]

    def functions(self, function: FunctionType) -> dict:
        """The text's functions, those that stem from the primal bound to the cells of `function`."""
        return self.compiled.functions({name: binding(origin or function) for name, origin in self.bindings.items()})


def binding(function: FunctionType) -> Binding:
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    return Binding(function.__globals__, cells, function.__defaults__, function.__kwdefaults__)


class Deriver:
    """Writes one text."""

    def __init__(self, function: FunctionType, reserved: frozenset[str] = frozenset()):
        self.root = function
        self.helpers = Helpers(reserved)
        self.functions: list[gast.FunctionDef] = []
        self.origins: dict[str, FunctionType] = {}
        self.units: dict[Any, Unit] = {}
        self.guards: dict = {}
        self.results: dict[Any, Kind] = {}
        self.callees: dict[Any, tuple] = {}
        self.marks: dict[Any, int] = {}
        self.names = Namer(set())

    # the three ways ---------------------------------------------------------------------------------------------------

    def gradient(self, kinds: dict[str, Kind], active: list[str], seed: str, value: bool) -> Unit:
        """One function that runs both sweeps: the gradients with respect to the parameters `active`."""
        reverse = self.analyse(self.root, kinds, set(active), frozenset())
        core, bars = reverse.core, reverse.bars
        result = core.body[-1].value
        result_kind = reverse.kind(result)
        seed_tree, setup = self.seeded(reverse, result, result_kind, seed)
        sweeps = reverse.build(seed_tree)
        bars.out = sweeps.finish
        gradients = [self.finished(reverse, name) for name in active]
        entry = self.entry_values(reverse, sweeps, gradients)
        taping = Taping(reverse, sweeps)
        at_end = {n for s in [*sweeps.finish, *setup] for n in loaded(s)} | {n for g in gradients for n in loaded(g)}
        taping.run(at_end)
        reverse_part = [*setup, *assemble.sections(sweeps.nodes, core.source, first_line(core)), *sweeps.finish]
        self.copy_restored(reverse_part, changed_names(reverse_part), taping, reverse)
        returned = gradients[0] if len(gradients) == 1 else gast.Tuple(gradients, gast.Load())
        forward_part = [comment("forward"), *entry, *self.prologue(reverse, taping), *assemble.forward(sweeps.nodes)]
        if value or seed == "aux":
            forward_part, y = self.value_first(forward_part, reverse_part, result, reverse, sweeps)
            parts = [y, returned] if value else [returned, gast.Subscript(y, constant(1), gast.Load())]
            returned = gast.Tuple(parts, gast.Load())
        body = [*forward_part, *reverse_part, gast.Return(returned)]
        name = self.names.fresh(
            {"scalar": "grad", "ones": "elementwise_grad", "aux": "grad", "holomorphic": "holomorphic_grad"}[seed]
            + "_"
            + plain(core.name)
        )
        self.add(name, core, self.tidy(body, reverse), self.root)
        return Unit(plain(core.name), name=name)

    def entry_values(self, reverse, sweeps, gradients) -> list:
        """What keeps the parameters that the end of the reverse sweep reads, of those that the primal assigns again."""
        trees = [*sweeps.finish, *gradients]
        read = {n for tree in trees for n in loaded(tree)} & reverse.inputs
        kept = {n: reverse.names.fresh(f"{n}_given") for n in sorted(read) if reverse.counts.get(n, 0)}
        for tree in trees if kept else ():
            for node in gast.walk(tree):
                if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
                    node.id = kept.get(node.id, node.id)
        return [assign(new, load(name)) for name, new in kept.items()]

    def value_first(self, forward_part, reverse_part, result, reverse, sweeps):
        """(forward part, the value): taken before the reverse sweep, which may take back what was written into it."""
        if not isinstance(result, gast.Name):
            return forward_part, result
        written = any(s.updates is not None for n in sweeps.nodes for s in all_steps(n))
        if not written and result.id not in {n for s in reverse_part for n in stored_anywhere(s)}:
            return forward_part, result
        name = reverse.names.fresh("value")
        value = call(self.helpers.name(runtime.snapshot), result) if written else result
        return [*forward_part, assign(name, value)], load(name)

    def pair(
        self, function, kinds: dict[str, Kind], active: frozenset, cells: frozenset = frozenset(), key=None
    ) -> Unit:
        """Two functions: `f_forward(...) -> (y, tape)` and `f_backward(tape, y_bar) -> adjoints`."""
        base = self.names.fresh(plain(function.__name__))
        self.names.taken.discard(base)
        unit = Unit(base, self.names.fresh(f"{base}_forward"), self.names.fresh(f"{base}_backward"))
        unit.inputs = [*sorted(cells), *(p for p in parameters_of(function) if p in active)]
        if key is not None:
            self.units[key] = unit
        reverse = self.analyse(function, kinds, set(active), cells, later=True)
        core, names = reverse.core, reverse.names
        result = core.body[-1].value
        seed = "y_bar" if not isinstance(result, gast.Name) or result.id in core.temporaries else names.bar(result.id)
        if seed == "y_bar":
            seed = names.fresh("y_bar")
        sweeps = reverse.build(seed)
        reverse.bars.out = sweeps.finish
        for name in unit.inputs:
            reverse.bars.settle(name)
        returned = [self.plain_adjoint(reverse, name) for name in unit.inputs]
        entry = self.entry_values(reverse, sweeps, returned)
        taping = Taping(reverse, sweeps, repeatable=True)
        at_end = {n for s in sweeps.finish for n in loaded(s)} | {n for g in returned for n in loaded(g)}
        kept = taping.run(at_end) | {stmt.targets[0].id for stmt in entry}
        tape_name = names.fresh("tape")
        forward_body = [*entry, *self.prologue(reverse, taping), *assemble.forward(sweeps.nodes)]
        reverse_body = [*assemble.sections(sweeps.nodes, core.source, first_line(core)), *sweeps.finish]
        answer = returned[0] if len(returned) == 1 else gast.Tuple(returned, gast.Load())
        reverse_body.append(gast.Return(answer))
        if core.hidden:
            y, message = result if isinstance(result, gast.Name) else constant(""), text_message(core, core.body[-1])
            check = call(self.helpers.name(runtime.no_text), load(seed), y, constant(message))
            reverse_body.insert(0, gast.Expr(check))
        reverse_body = self.tidy(reverse_body, reverse)
        wanted = {n for s in reverse_body for n in loaded(s)}
        wanted = taping.with_owners(wanted)
        views = sorted(kept & wanted & core.views.keys(), key=taping.order)
        shown = {n for n in loaded(result) if core.hidden}
        kept |= set(taping.tapes) | self.live_data(core, cells) | shown
        kept = sorted(kept & wanted - set(views))
        surely = assigned(forward_body) | set(parameters(core.args)) | set(cells)
        forward_body[:0] = [
            assign(n, constant(None)) for n in kept if n not in surely and n in core.scope.local | names.made
        ]
        opening = []
        if kept:
            goal = gast.Tuple([store(n) for n in kept], gast.Store())
            opening.append(gast.Assign([goal], load(tape_name), None))
        written = changed_names(reverse_body)
        for name in kept:
            if name in written:
                copied = "x.copy()" if name not in taping.tapes else "list(x)"
                opening.append(assign(name, statement(copied, x=name).value))
        opening += map(taping.viewed, views)
        self.copy_restored(reverse_body, written, taping, reverse)
        forward_body.append(
            gast.Return(gast.Tuple([result, gast.Tuple([load(n) for n in kept], gast.Load())], gast.Load()))
        )
        forward_body = self.tidy(forward_body, reverse)
        self.add(unit.forward, core, forward_body, function)
        backward = self.function(unit.backward, [tape_name, seed], [*opening, *reverse_body])
        self.functions.append(backward)
        self.origins[unit.backward] = function
        return unit

    def copy_restored(self, stmts, written, taping, reverse):
        """What a backward function takes from a tape and writes into is a copy: it may be called again."""
        for stmt in stmts:
            for node in gast.walk(stmt):
                name = node.targets[0].id if isinstance(node, gast.Assign) and is_name(node.targets[0]) else None
                if name in written and pops(node.value, taping.tapes):
                    sure = reverse.kinds.get(name, UNKNOWN).tag == "array" and name not in taping.unset
                    copied = gast.Attribute(node.value, "copy", gast.Load())
                    node.value = call(copied) if sure else call(self.helpers.name(runtime.snapshot), node.value)

    def live_data(self, core, cells) -> set[str]:
        """Captured variables and globals that hold data: the reverse sweep takes what the forward one saw."""
        scope = core.scope
        names = set(cells) | set(scope.cells) | {n for s in core.body for n in loaded(s)} - scope.local
        found = set()
        for name in names:
            value = scope.cells[name].cell_contents if name in scope.cells and name in cells else scope.value(name)
            if name in cells or not (value is MISSING or callable(value) or isinstance(value, type(gast))):
                found.add(name)
        return found

    def jvp(self, function, kinds, active: frozenset, cells: frozenset = frozenset(), key=None) -> Unit:
        """One function `jvp_f(tangents, ...) -> (y, y_dot)`; tangents in the order of captures, then parameters."""
        base = plain(function.__name__)
        unit = Unit(base, name=self.names.fresh(f"jvp_{base}"))
        unit.inputs = [*sorted(cells), *(p for p in parameters_of(function) if p in active)]
        if key is not None:
            self.units[key] = unit
        prepared = self.prepare(function, kinds, set(active), cells, with_tangents=True)
        core = prepared[0]
        forward = Forward(*prepared, self)
        if forward.environment is not None:
            unit.inputs.insert(0, ENVIRONMENT)
        body = forward.build(unit.inputs)
        names = forward.names
        tangents = names.fresh("tangents")
        dots = [forward.environment if n == ENVIRONMENT else names.dot(n) for n in unit.inputs]
        goal = gast.Tuple([store(dot) for dot in dots], gast.Store())
        body = [gast.Assign([goal], load(tangents), None), *body]
        body = self.tidy(body, forward)
        args = clone_arguments(core.args)
        args.posonlyargs = [gast.Name(tangents, gast.Param(), None, None), *args.posonlyargs]
        self.functions.append(self.definition(unit.name, args, body))
        self.origins[unit.name] = function
        return unit

    # analysis ---------------------------------------------------------------------------------------------------------

    def prepare(self, function, kinds, active, cells, with_tangents=False):
        """(core, inference, active names, names) of one function, for its adjoints or its tangents."""
        source = source_of(function)
        scope = Scope(function, set(), cells)
        core = without_unused_functions(without_copies(to_core(source, scope, active, set(cells))))
        core.is_generated = function.__code__ in sweep_codes
        if core.is_generated:  # it calls the other functions of its text by names that this text must not reuse
            self.names.taken |= {*function.__code__.co_names, *function.__globals__}
        self.remember(function, scope)
        params = parameters(core.args)
        rename_webs(core.body, params, core.namer, core.external | set(cells))
        scope.local |= {n for s in core.body for n in stored_anywhere(s)}
        known = {p: kinds.get(p, UNKNOWN) for p in params} | {c: kinds.get(c, UNKNOWN) for c in cells}
        inference = Inference(core, known, self.callee_kind)
        inference.run()
        self.helpers.enter(core.namer, {n for n in core.namer.taken if scope_value(scope, n) is np})
        self.settle_helpers(core, generated.get(function.__code__, {}))
        if with_known_sequences(core, inference.kinds, self.helpers):
            without_copies(core)
        if not with_tangents:
            core.late = with_late_binding(core, inference, self.helpers)
            if core.late:
                inference = Inference(core, known, self.callee_kind)
                inference.run()
        with_views(core, inference, copies=not with_tangents)
        inputs = (active | set(cells)) & (set(params) | set(cells))
        self.check_fields(known, inputs, core)
        self.check_calls(core, inference)
        self.check_hidden_writes(core, inference)
        found = active_names(core, inference, inputs)
        core.varied = found
        if not core.is_generated and not is_helper(function):
            leaks = Leaks(core, inference, dict.fromkeys(inputs, ACTIVE), self.callee_marks)
            core.hidden = bool(refuse_leaks(leaks) & TEXT)
            core.varied = {name for name, marks in leaks.marks.items() if marks & ACTIVE}
        self.remember(function, scope)
        return core, inference, found, Names(core.namer, self.helpers)

    def settle_helpers(self, core, own) -> None:
        """Give the helpers `own` of a primal that is a generated function their names in this text."""
        free = set().union(*map(loaded, core.body)) - core.scope.local
        objects = self.helpers.objects
        clashes = {n for n in free - set(own) if n in objects and scope_value(core.scope, n) is not objects[n]}
        if clashes:
            raise NameClash(clashes)
        # the text's other functions may use names that are local here
        names = {name: self.helpers.keep(name, value) for name, value in own.items() if name in core.namer.taken}
        for stmt in core.body:
            for node in gast.walk(stmt):
                if isinstance(node, gast.Name):
                    node.id = names.get(node.id, node.id)

    def check_calls(self, core, inference):
        """Calls whose arguments a rule does not know are refused where they stand."""
        for stmt in core.body:
            for node in gast.walk(stmt):
                if isinstance(node, (gast.Assign, gast.Expr)):
                    try:
                        differentiable(node.value, inference)
                    except Unbound as reason:
                        raise NoRule(
                            f"this call cannot be differentiated: {reason}",
                            where=core.source.position(node.value),
                            advice="Use the arguments that the rule names, or register a rule.",
                        ) from None

    def check_fields(self, kinds, active, core):
        """An active record's field must not be named as what an array has that carries no derivative."""
        for cls in {cls for name in active for cls in record_classes(kinds[name])}:
            for hidden in hidden_fields(cls):
                raise NoRule(
                    f"the field {hidden!r} of {cls.__name__} is taken for that of an array, which has no derivative",
                    where=core.source.position(None),
                    advice="Give the field another name.",
                )

    def check_hidden_writes(self, core, inference):
        """What a closure writes into a captured container is followed where the closure is called by its name only."""
        for name, node in hidden_writes(core, inference):
            raise UnsupportedMutation(
                f"{name!r} is written into by a function that is passed on as a value",
                where=core.source.position(node),
                advice="Call the function by its name where it is visible, or let it return the new value.",
            )

    def analyse(self, function, kinds, active, cells, later=False):
        """The reverse mode of a function; `later` when its reverse sweep runs after others have had a hand in."""
        core, inference, found, names = self.prepare(function, kinds, active, cells)
        if not is_helper(function):
            SteadyReads(core, inference, found, self.helpers.name, later).run()
        return Reverse(core, inference, found, names, self)

    def remember(self, function, scope):
        """Keep the guards of a scope; those on the root's own cells move with the function that is bound."""
        own = {id(function.__globals__): ("globals", None)}
        own |= {id(cell): ("cell", name) for name, cell in scope.cells.items()}
        for (where, name), row in scope.guards.items():
            place = own.get(where) if function is self.root else None
            self.guards[(place or where, name)] = (place, *row[1:]) if place else row

    # callees ----------------------------------------------------------------------------------------------------------

    def bound_call(self, function, node):
        """Parameter -> operand of a call of a known function; None when that is known only at run time."""
        try:
            tree = source_of(function).tree()
        except SrcgradError:
            return None
        names = {a.id for a in (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs)}
        defaults = dict.fromkeys(names)
        given = [*(function.__defaults__ or ())]
        positional = [a.id for a in (*tree.args.posonlyargs, *tree.args.args)]
        have = set(positional[len(positional) - len(given) :] if given else []) | set(function.__kwdefaults__ or ())
        bound = bind_arguments(tree.args, node, {n: defaults[n] for n in have & names})
        return bound

    def call_kinds(self, function, bound, kind) -> dict[str, Kind]:
        values = dict(zip(reversed(positional_of(function)), reversed(function.__defaults__ or ())))
        values |= function.__kwdefaults__ or {}
        return {p: kind(e) if e is not None else kind_of(values.get(p)) for p, e in bound.items()}

    def callee_kind(self, function, node, inference) -> Kind:
        """The kind of what a known callee returns; recursion is taken to its fixed point."""
        if not isinstance(function, FunctionType):
            return UNKNOWN
        bound = self.bound_call(function, node)
        if bound is None:
            return UNKNOWN
        kinds = self.call_kinds(function, bound, inference.kind)
        if BOTTOM in kinds.values():
            return BOTTOM
        return self.result_kind(function, kinds)

    def result_kind(self, function, kinds) -> Kind:
        key = (function, tuple(sorted(kinds.items(), key=lambda item: item[0])))
        if key in self.results:
            return self.results[key]
        if len(self.results) > 200:
            return UNKNOWN
        self.results[key] = BOTTOM
        for _ in range(4):
            before = self.results[key]
            try:
                scope = Scope(function, set())
                core = to_core(source_of(function), scope, {p for p in kinds})
                rename_webs(core.body, parameters(core.args), core.namer, core.external)
                scope.local |= {n for s in core.body for n in stored_anywhere(s)}
                inference = Inference(core, kinds, self.callee_kind)
                inference.run()
                self.remember(function, scope)
                self.callees[key] = core, inference
            except SrcgradError:
                self.results[key] = UNKNOWN
                break
            self.results[key] = join(self.results[key], inference.result or UNKNOWN)
            if self.results[key] == before:
                break
        if self.results[key] == BOTTOM:
            self.results[key] = UNKNOWN
        return self.results[key]

    def callee_marks(self, function, node, leaks, inference) -> int | None:
        """The marks of what a known callee returns (`srcgrad.analysis.leaks`); None where that is not known ahead."""
        bound = self.bound_call(function, node)
        if bound is None:
            return None
        kinds = self.call_kinds(function, bound, inference.kind)
        given = {p: leaks.value(e)[0] for p, e in bound.items() if e is not None}
        given |= {name: leaks.marks.get(name, 0) for name in inference.scope.captured_by(function)}
        if not any(given.values()) or BOTTOM in kinds.values():
            return 0
        if is_helper(function):
            return None
        result = self.result_kind(function, kinds)
        callee = self.callees.get((function, tuple(sorted(kinds.items(), key=lambda item: item[0]))))
        if callee is None:
            return None
        key = (function, tuple(sorted(kinds.items(), key=lambda item: item[0])), tuple(sorted(given.items())))
        if key not in self.marks:
            self.marks[key] = 0
            for _ in range(2):  # the second time for what recursive calls return
                inside = Leaks(*callee, given, self.callee_marks)
                self.marks[key] |= inside.kept(inside.value(inside.core.body[-1].value)[0], result)
        return self.marks[key]

    def callee_unit(self, function, node, sweep, make, way):
        """The unit of a callee known now, with the operands of this call; None when it must wait for run time."""
        if not isinstance(function, FunctionType):
            return None
        bound = self.bound_call(function, node)
        if bound is None:
            return None
        kinds = self.call_kinds(function, bound, sweep.kind)
        active = frozenset(p for p, e in bound.items() if e is not None and self.reaches(e, sweep))
        own = {id(c): n for n, c in sweep.core.scope.cells.items() if n in sweep.core.scope.active_cells}
        theirs = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        cells = frozenset(n for n, c in theirs.items() if id(c) in own)
        kinds |= {n: sweep.kinds.get(own[id(theirs[n])], UNKNOWN) for n in cells}
        key = (way, function, tuple(sorted(kinds.items(), key=lambda item: item[0])), active, cells)
        unit = self.units.get(key)
        if unit is None:
            outer = self.helpers.current
            unit = make(function, kinds, active, cells, key)
            self.helpers.current = outer
        captured = {n: own[id(theirs[n])] for n in sorted(cells)}
        operands = [
            captured if n == ENVIRONMENT else load(captured[n]) if n in cells else bound[n] for n in unit.inputs
        ]
        return Unit(unit.base, unit.forward, unit.backward, unit.inputs, operands, unit.name, unit.wants_full)

    def reaches(self, operand, sweep) -> bool:
        if isinstance(operand, (gast.Tuple, gast.Dict)):
            return any(
                self.reaches(e, sweep) for e in (operand.elts if isinstance(operand, gast.Tuple) else operand.values)
            )
        return isinstance(operand, gast.Name) and operand.id in sweep.active

    def rehearse(self, function, node, sweep) -> None:
        """Derive a callee for the sake of what that refuses, and leave it out of the text."""
        functions, origins, units = list(self.functions), dict(self.origins), dict(self.units)
        self.callee_unit(function, node, sweep, self.pair, "pair")
        self.functions, self.origins, self.units = functions, origins, units

    def callee_pair(self, function, node, sweep):
        return self.callee_unit(function, node, sweep, self.pair, "pair")

    def callee_jvp(self, function, node, sweep):
        return self.callee_unit(function, node, sweep, self.jvp, "jvp")

    # pieces of text ---------------------------------------------------------------------------------------------------

    def seeded(self, reverse, result, kind, seed):
        """(the adjoint of the result, statements that check and make it)."""
        if not reverse.is_active(result):
            return constant(1.0), []
        if kind == FLOAT and seed in ("scalar", "ones"):
            return constant(1.0), []
        name = (
            reverse.names.bar(result.id) if result.id not in reverse.core.temporaries else reverse.names.fresh("y_bar")
        )
        helper = self.helpers.name(runtime.seed)
        if seed == "aux":  # of a pair, of which the first is differentiated
            value = call(helper, gast.Subscript(result, constant(0), gast.Load()))
            return load(name), [assign(name, gast.List([value, constant(None)], gast.Load()))]
        modes = {"ones": [constant("elementwise_grad")], "holomorphic": [constant("holomorphic_grad")]}
        return load(name), [assign(name, call(helper, result, *modes.get(seed, ())))]

    def finished(self, reverse, name):
        """The gradient with respect to a parameter, as the caller gets it."""
        bars = reverse.bars
        kind = reverse.kinds.get(name, UNKNOWN)
        if not bars.has(name):
            if is_scalar(kind):
                return constant(0.0)
            return call(self.helpers.name(runtime.project), constant(None), load(name))
        if kind == FLOAT:
            return bars.read(name) if self.is_plain(reverse) else call("float", bars.read(name))
        owned = name in bars.state.owned and bars.state.status[name] == "full"
        if kind.tag == "array" and owned and kind.dtype == np.dtype(float).str:
            return bars.read(name)
        return call(self.helpers.name(runtime.project), bars.read(name), load(name))

    def is_plain(self, reverse) -> bool:
        """True when the function only computes with Python's floats and ints, and so do its adjoints."""
        if not all(is_scalar(k) or k.tag in ("str", "none") for n, k in reverse.kinds.items() if n in reverse.active):
            return False
        nodes = [n for stmt in reverse.core.body for n in gast.walk(stmt)]
        calls = [reverse.core.scope.resolve(n.func) for n in nodes if isinstance(n, gast.Call)]
        plain_calls = all(getattr(f, "__module__", "") in ("math", "builtins") for f in calls)
        return (
            plain_calls
            and not any(isinstance(n, gast.Subscript) for n in nodes)
            and not any(
                isinstance(o, gast.Compare)
                for n in nodes
                if isinstance(n, (gast.BinOp, gast.Call))
                for o in gast.walk(n)
            )
        )

    def plain_adjoint(self, reverse, name):
        bars = reverse.bars
        if not bars.has(name):
            return (
                constant(0.0)
                if is_scalar(reverse.kinds.get(name, UNKNOWN))
                else call(self.helpers.name(runtime.zeros_like), load(name))
            )
        bars.spread(name)
        return bars.read(name)

    def prologue(self, reverse, taping):
        empty = [assign(t, gast.List([], gast.Load())) for t in taping.tapes]
        unset = [assign(n, constant(None)) for n in sorted(taping.unset)]
        return [*unset, *empty]

    def tidy(self, body, sweep):
        """Readable again: copies replaced, dead statements out, single-use temporaries back in their place."""
        temporary, generated = generated_names(sweep)
        pure = lambda node: is_pure(node, sweep.core.scope, self.helpers)  # noqa: E731
        kinds = sweep.kinds | {n: sweep.kinds.get(primal, UNKNOWN) for (primal, _), n in sweep.names.given.items()}
        made = set(sweep.names.given.values()) | sweep.names.made
        plainly = Plain(body, made, lambda name: is_scalar(kinds.get(name, UNKNOWN)))

        def may_replace(name, value):
            if isinstance(value, gast.Name) and name not in temporary:
                return name in generated and value.id in generated - temporary
            return name in generated

        body = propagate(plainly.block(body), may_replace, plainly)
        scalars = {name for name, kind in sweep.kinds.items() if is_scalar(kind)}
        swept = remove_dead_from(body, is_pure=pure, scalars=scalars)
        body = fold_temporaries(swept.body, generated, is_pure=pure, facts=swept)
        return plainly.block(body)

    def add(self, name, core, body, function):
        self.functions.append(self.definition(name, clone_arguments(core.args), body))
        self.origins[name] = function

    def definition(self, name, args, body):
        body = [s for s in body if not isinstance(s, gast.Pass)] or [gast.Pass()]
        return located(gast.FunctionDef(name, args, body, [], None, None, []), None)

    def function(self, name, params, body):
        args = gast.arguments([gast.Name(p, gast.Param(), None, None) for p in params], [], None, [], [], None, [])
        return self.definition(name, args, body)

    def text(self, entry: Unit) -> Text:
        """Print and compile all units."""
        tree = [*self.imports(), *self.functions]
        for function in self.functions:
            for node in gast.walk(function):
                if isinstance(node, (gast.stmt, gast.expr)) and not hasattr(node, "lineno"):
                    located(node, None)
        self.rely_on_numpy()
        printed = to_source(gast.Module(tree, []))
        cells = {name: f.__code__.co_freevars for name, f in self.origins.items()}
        compiled = compile_module(printed.text, self.functions[-1].name, cells, dict(self.helpers.objects))
        origins = {name: None if f is self.root else f for name, f in self.origins.items()}
        lines = printed.text.splitlines(keepends=True)
        for tree in gast.parse(printed.text).body:
            if isinstance(tree, gast.FunctionDef):
                stems = printed.lines, source_of(self.origins[tree.name])
                source = Source(tree.name, compiled.filename, lines, tree, stems)
                remember(compiled.codes[tree.name], source)
                generated[compiled.codes[tree.name]] = dict(self.helpers.objects)
                sweep_codes.add(compiled.codes[tree.name])
                remember_nested(compiled.codes[tree.name], source, dict(self.helpers.objects))
        return Text(printed.text, compiled, entry, origins, list(self.guards.values()), printed.lines)

    def rely_on_numpy(self):
        """Guard the functions of NumPy that inlined rules name: a text is void once one of them is replaced."""
        place, known = id(vars(np)), vars(np)
        for node in (n for function in self.functions for n in gast.walk(function)):
            if isinstance(node, gast.Attribute) and isinstance(node.value, gast.Name) and node.attr in known:
                owner = self.helpers.objects.get(node.value.id, self.root.__globals__.get(node.value.id))
                if owner is np and callable(known[node.attr]):
                    self.guards.setdefault((place, node.attr), (known, node.attr, known[node.attr]))

    def imports(self):
        used = {n.id for f in self.functions for n in gast.walk(f) if isinstance(n, gast.Name)}
        self.helpers.objects = {n: o for n, o in self.helpers.objects.items() if n in used}
        if "np" in used and "np" not in self.helpers.objects and self.root.__globals__.get("np", np) is np:
            self.helpers.objects["np"] = np
        lines: dict[str, list] = {}
        out = []
        for name, value in sorted(self.helpers.objects.items()):
            if value is np:
                out.append(gast.Import([gast.alias("numpy", None if name == "numpy" else name)]))
            elif isinstance(value, type(gast)):
                out.append(gast.Import([gast.alias(value.__name__, None if name == value.__name__ else name)]))
            else:
                lines.setdefault(value.__module__, []).append(
                    gast.alias(value.__name__, None if name == value.__name__ else name)
                )
        return out + [gast.ImportFrom(module, aliases, 0) for module, aliases in sorted(lines.items())]


generated: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # code in a generated text -> the text's helpers
sweep_codes: weakref.WeakSet = weakref.WeakSet()  # of the functions that are derivatives, not the user's


def remember_nested(code, source, helpers):
    """State the sources of the functions nested in a generated one: matched by name and line, in order."""
    tree = source.node
    nodes = [n for n in gast.walk(tree) if isinstance(n, (gast.FunctionDef, gast.Lambda)) and n is not tree]
    nodes.sort(key=lambda n: (n.lineno, n.col_offset))

    def visit(code):
        for inner in (c for c in code.co_consts if isinstance(c, type(code))):
            for node in nodes:
                name = getattr(node, "name", "<lambda>")
                if name == inner.co_name and node.lineno == inner.co_firstlineno:
                    nodes.remove(node)
                    remember(inner, replace(source, name=name, node=node))
                    generated[inner] = helpers
                    break
            visit(inner)

    visit(code)


def is_helper(function) -> bool:
    """True for srcgrad's own functions, some arguments of which are read for their structure only."""
    module = str(function.__module__)
    return module.startswith("srcgrad.") and module != "srcgrad.engine.targets"


TEMPORARY = re.compile(r"t_\d+")


def generated_names(sweep) -> tuple[set[str], set[str]]:
    """(temporaries and their adjoints and tangents, these and those of the user's variables)."""
    derived = {n: primal for (primal, suffix), n in sweep.names.given.items() if suffix in ("_bar", "_dot")}
    given = {n.id for n in gast.walk(sweep.core.source.tree()) if isinstance(n, gast.Name)}
    made = {n for n in sweep.core.scope.local if n not in given and n.rstrip("0123456789").rstrip("_") not in given}
    made |= {n for n in sweep.core.scope.local - given if TEMPORARY.fullmatch(n)} | sweep.core.temporaries
    temporary = made | {n for n, primal in derived.items() if primal in made}
    return temporary, temporary | derived.keys()


def scope_value(scope, name):
    return scope.globals.get(name, MISSING) if name not in scope.local else MISSING


def is_name(node) -> bool:
    return isinstance(node, gast.Name)


def pops(value, tapes) -> bool:
    """True for `x_tape.pop()`."""
    function = getattr(value, "func", None)
    return (
        isinstance(function, gast.Attribute) and function.attr == "pop" and getattr(function.value, "id", "") in tapes
    )


def is_pure(node, scope, helpers) -> bool:
    """Calls that only compute: NumPy's, math's, the helpers', appends to tapes."""
    if isinstance(node.func, gast.Name):
        value = helpers.objects.get(node.func.id)
        if value is not None:
            return getattr(value, "__name__", "") not in (
                "scatter",
                "seed",
                "distinct",
                "check_unshared",
                "refused",
                "no_text",
            )
        target = scope.resolve(node.func)
        return target in PURE if target is not MISSING and isinstance(target, (type, type(len))) else False
    return is_pure_call(node)


PURE = frozenset(
    [
        len,
        range,
        min,
        max,
        abs,
        sum,
        float,
        int,
        complex,
        bool,
        tuple,
        list,
        dict,
        zip,
        enumerate,
        reversed,
        sorted,
        isinstance,
        round,
    ]
)


def plain(name: str) -> str:
    return "lambda_" if name == "<lambda>" else name


def first_line(core) -> int:
    return core.source.node.lineno


def parameters_of(function) -> list[str]:
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)
    return list(code.co_varnames[:count])


def positional_of(function) -> list[str]:
    return list(function.__code__.co_varnames[: function.__code__.co_argcount])


def clone_arguments(args):
    import copy

    return copy.deepcopy(args)


def stored_anywhere(stmt):
    return {n.id for n in gast.walk(stmt) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)}


def loaded(tree) -> set[str]:
    return {n.id for n in gast.walk(tree) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Store)}


def all_steps(node):
    from ..transform.nodes import steps

    return steps(node)
