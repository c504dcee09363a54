"""From a function and the kinds of its arguments to the text of its derivative.

A unit is one function differentiated in one way. A text holds the unit asked for and the units of the callees that it
knows ahead; each text has one `Deriver`, which makes sure that a unit is written once.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import gast
import numpy as np

from ..analysis.exposure import assigned
from ..analysis.leaks import text_message
from ..emit.constants import comment
from ..frontend.build import (
    Namer,
    assign,
    call,
    constant,
    expression,
    load,
    names_loaded,
    parameters,
    store,
    stored_anywhere,
    walk,
)
from ..frontend.copies import changed_names
from ..frontend.scope import MISSING
from ..kinds import FLOAT, UNKNOWN, Kind, is_scalar
from ..optimize.liveness import live_at_entry
from ..runtime import helpers as runtime
from ..runtime.pairs import ENVIRONMENT
from ..transform import assemble
from ..transform.directions import Directions
from ..transform.forward import Forward
from ..transform.names import Helpers
from ..transform.taping import Taping
from .callees import Callees, parameters_of
from .floats import without_idle_floats
from .preparing import Preparing, is_helper
from .texts import Texts, Unit, clone_arguments, plain, sweep_codes
from .tidying import Tidying

# What tells `seed` the operator; `grad` is understood.
SEED_MODES = {"ones": [constant("elementwise_grad")], "holomorphic": [constant("holomorphic_grad")]}
SEED_MODES |= {"aux": [constant("aux")]}


class Deriver(Preparing, Callees, Tidying, Texts):
    """Writes one text."""

    def __init__(self, function: FunctionType, reserved: frozenset[str] = frozenset(), unsettled=frozenset()):
        self.root, self.unsettled = function, unsettled
        self.helpers = Helpers(reserved)
        self.functions: list[gast.FunctionDef] = []
        self.origins: dict[str, FunctionType] = {}
        self.units: dict[Any, Unit] = {}
        self.guards: dict = {}
        self.results: dict[Any, Kind] = {}
        self.callees: dict[Any, tuple] = {}
        self.marks: dict[Any, int] = {}
        siblings = function.__code__.co_freevars if function.__code__ in sweep_codes else ()
        self.names = Namer({*reserved, *siblings})  # of the functions of this text

    def gradient(self, kinds: dict[str, Kind], active: list[str], seed: str, value: bool) -> Unit:
        """One function that runs both sweeps: the gradients with respect to the parameters `active`."""
        reverse = self.analyse(self.root, kinds, set(active), frozenset(), apart=True)
        core, bars = reverse.core, reverse.bars
        result = core.body[-1].value
        result_kind = reverse.kind(result)
        seed_tree, setup = self.seeded(reverse, result, result_kind, seed)
        sweeps = reverse.build(seed_tree)
        bars.out = sweeps.finish
        gradients = [self.finished(reverse, name) for name in active]
        entry = self.entry_values(reverse, sweeps, gradients)
        taping = Taping(reverse, sweeps)
        at_end = {n for tree in (*sweeps.finish, *setup, *gradients) for n in names_loaded(tree)}
        taping.run(at_end)
        reverse_part = [*setup, *assemble.sections(sweeps.nodes, core.source, first_line(core)), *sweeps.finish]
        self.copy_restored(reverse_part, changed_names(reverse_part), taping, reverse)
        returned = gradients[0] if len(gradients) == 1 else gast.Tuple(gradients, gast.Load())
        forward_part = [comment("forward"), *entry, *self.prologue(reverse, taping), *assemble.forward(sweeps.nodes)]
        pair = value or seed == "aux"
        if pair:
            forward_part, y = self.value_first(forward_part, reverse_part, result, reverse, sweeps)
            parts = [y, returned] if value else [returned, self.second(y)]
            returned = gast.Tuple(parts, gast.Load())
        body = self.tidy([*forward_part, *reverse_part, gast.Return(returned)], reverse)
        if self.is_plain(reverse):
            parts = slice(1, 2) if value else slice(0, 1 if seed == "aux" else None)
            body = without_idle_floats(body, reverse.kinds, parts)
        name = self.names.fresh(
            {"scalar": "grad", "ones": "elementwise_grad", "aux": "grad", "holomorphic": "holomorphic_grad"}[seed]
            + "_"
            + plain(core.name)
        )
        self.add(name, core, body, self.root)
        return Unit(plain(core.name), name=name, is_number=result_kind == FLOAT)

    def second(self, y):
        """The second part of the primal's result."""
        if isinstance(y, gast.Constant):  # which is refused before
            return y
        return gast.Subscript(y, constant(1), gast.Load())

    def entry_values(self, reverse, sweeps, gradients) -> list:
        """What keeps the parameters that the end of the reverse sweep reads, of those that the primal assigns again."""
        trees = [*sweeps.finish, *gradients]
        read = {n for tree in trees for n in names_loaded(tree)} & reverse.inputs
        again = {n for n in read if reverse.counts.get(n, 0)} | reverse.given
        kept = {n: reverse.names.derived(n, "_given") for n in sorted(again)}
        for tree in trees if kept else ():
            for node in walk(tree):
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
        self,
        function,
        kinds: dict[str, Kind],
        active: frozenset,
        cells: frozenset = frozenset(),
        key=None,
        donated: frozenset = frozenset(),
        apart: bool = False,
    ) -> Unit:
        """Two functions: `f_forward(...) -> (y, tape)` and `f_backward(tape, y_bar) -> adjoints`.

        Those of a callee, which has a `key`, may be asked to write into the arrays `donated`, and are handed the
        adjoints to add to: `f_backward(tape, y_bar, x_bar)`.
        """
        base = self.names.fresh(plain(function.__name__))
        self.names.taken.discard(base)
        unit = Unit(base, self.names.fresh(f"{base}_forward"), self.names.fresh(f"{base}_backward"))
        unit.inputs = [*sorted(cells), *(p for p in parameters_of(function) if p in active)]
        if key is not None:
            self.units[key] = unit
        reverse = self.analyse(function, kinds, set(active), cells, later=True, donated=donated, apart=apart)
        core, names = reverse.core, reverse.names
        result = core.body[-1].value
        seed = "y_bar" if not isinstance(result, gast.Name) or result.id in core.temporaries else names.bar(result.id)
        if seed == "y_bar":
            seed = names.fresh("y_bar")
        sweeps = reverse.build(seed, None if key is None or is_helper(function) else unit)
        reverse.bars.out = sweeps.finish
        for name in unit.inputs:
            reverse.bars.settle(name)
        returned = [self.plain_adjoint(reverse, name) for name in unit.inputs]
        entry = self.entry_values(reverse, sweeps, returned)
        taping = Taping(reverse, sweeps, repeatable=True)
        at_end = {n for s in sweeps.finish for n in names_loaded(s)} | {n for g in returned for n in names_loaded(g)}
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
        wanted = taping.with_owners(live_at_entry(reverse_body))
        views = sorted(kept & wanted & core.views.keys(), key=taping.order)
        shown = {n for n in names_loaded(result) if core.hidden}
        kept |= set(taping.tapes) | self.live_data(core, cells) | shown
        kept = sorted(kept & wanted - set(views))
        surely = assigned(forward_body) | set(parameters(core.args)) | set(cells)
        forward_body[:0] = [
            assign(n, constant(None)) for n in kept if n not in surely and n in core.scope.local | names.made
        ]
        written = changed_names(reverse_body)
        bound = surely - assigned_none(core.body)
        opening = self.opening(tape_name, kept, [n for n in kept if n in written], bound, taping.tapes)
        opening += map(taping.viewed, views)
        self.copy_restored(reverse_body, written, taping, reverse)
        forward_body.append(
            gast.Return(gast.Tuple([result, gast.Tuple([load(n) for n in kept], gast.Load())], gast.Load()))
        )
        forward_body = self.tidy(forward_body, reverse)
        self.add(unit.forward, core, forward_body, function)
        shadows = [names.bar(name) for name in unit.inputs if name in unit.shadows]
        backward = self.function(unit.backward, [tape_name, seed, *shadows], [*opening, *reverse_body])
        self.functions.append(backward)
        self.origins[unit.backward] = function
        return unit

    def opening(self, tape_name, kept, written, bound, tapes) -> list:
        """How a backward function begins: it takes what was `kept`, as copies where it writes into that."""
        if not kept:
            return []
        goal = gast.Tuple([store(n) for n in kept], gast.Store())
        copied = {n: "list(x)" if n in tapes else "x.copy()" if n in bound else "snapshot(x)" for n in written}
        names = {"snapshot": self.helpers.name(runtime.snapshot)} if "snapshot(x)" in copied.values() else {}
        copies = [assign(n, expression(copied[n], x=n, **names)) for n in written]
        return [gast.Assign([goal], load(tape_name), None), *copies]

    def copy_restored(self, stmts, written, taping, reverse):
        """What a backward function takes from a tape and writes into is a copy: it may be called again."""
        for stmt in stmts:
            for node in walk(stmt):
                name = node.targets[0].id if isinstance(node, gast.Assign) and is_name(node.targets[0]) else None
                if name in written and is_taken_from(node.value, taping.tapes):
                    sure = reverse.kinds.get(name, UNKNOWN).tag == "array" and name not in taping.unset
                    copied = gast.Attribute(node.value, "copy", gast.Load())
                    node.value = call(copied) if sure else call(self.helpers.name(runtime.snapshot), node.value)

    def live_data(self, core, cells) -> set[str]:
        """Captured variables and globals that hold data: the reverse sweep takes what the forward one saw."""
        scope = core.scope
        names = set(cells) | set(scope.cells) | {n for s in core.body for n in names_loaded(s)} - scope.local
        found = set()
        for name in names:
            value = scope.cells[name].cell_contents if name in scope.cells and name in cells else scope.value(name)
            if name in cells or not (value is MISSING or callable(value) or isinstance(value, type(gast))):
                found.add(name)
        return found

    def jvp(
        self,
        function,
        kinds,
        active: frozenset,
        cells=frozenset(),
        key=None,
        donated=frozenset(),
        apart=False,
        many=False,
    ) -> Unit:
        """One function `jvp_f(tangents, ...) -> (y, y_dot)`; tangents in the order of captures, then parameters.

        Those of arrays that the caller gives away, which it adds to, follow: `jvp_f(tangents, y_dot, ...)`.

        With `many`, each tangent is a list: those along several directions.
        """
        base = plain(function.__name__)
        unit = Unit(base, name=self.names.fresh(f"jvp{'s' * many}_{base}"))
        unit.inputs = [*sorted(cells), *(p for p in parameters_of(function) if p in active)]
        if key is not None:
            self.units[key] = unit
        prepared = self.prepare(function, kinds, set(active), cells, with_tangents=True, donated=donated, apart=apart)
        core = prepared[0]
        forward = Forward(*prepared, self, many)
        if forward.environment is not None:
            unit.inputs.insert(0, ENVIRONMENT)
        unit.shadows = frozenset() if many else donated & set(unit.inputs)
        body = forward.build(unit.inputs)
        names = forward.names
        tangents = names.fresh("tangents")
        named = {n: forward.environment if n == ENVIRONMENT else names.dot(n) for n in unit.inputs}
        dots = [dot for n, dot in named.items() if n not in unit.shadows]
        goal = gast.Tuple([store(dot) for dot in dots], gast.Store())
        body = [*([gast.Assign([goal], load(tangents), None)] if dots else []), *body]
        body = self.tidy(body, forward)
        if many:
            body = Directions(forward, dots).body(body, tangents)
        args = clone_arguments(core.args)
        spell_super(body, parameters(core.args))
        first = [tangents, *(dot for n, dot in named.items() if n in unit.shadows)]
        args.posonlyargs = [*(gast.Name(p, gast.Param(), None, None) for p in first), *args.posonlyargs]
        self.functions.append(self.definition(unit.name, args, body))
        self.origins[unit.name] = function
        return unit

    def jvps(
        self, function, kinds, active: frozenset, cells=frozenset(), key=None, donated=frozenset(), apart=False
    ) -> Unit:
        """One function `jvps_f(tangents, ...) -> (y, y_dots)`, that carries tangents along several directions."""
        return self.jvp(function, kinds, active, cells, key, donated, apart, many=True)

    def seeded(self, reverse, result, kind, seed):
        """(the adjoint of the result, statements that check and make it)."""
        if not reverse.is_active(result):
            return constant(1.0), self.refused_output(result, kind, seed)
        if kind == FLOAT and seed in ("scalar", "ones"):
            return constant(1.0), []
        name = (
            reverse.names.bar(result.id) if result.id not in reverse.core.temporaries else reverse.names.fresh("y_bar")
        )
        helper = self.helpers.name(runtime.seed)
        if seed == "aux" and kind.tag == "tuple":  # of a pair, of which the first is differentiated
            value = call(helper, gast.Subscript(result, constant(0), gast.Load()))
            return load(name), [assign(name, gast.List([value, constant(None)], gast.Load()))]
        return load(name), [assign(name, call(helper, result, *SEED_MODES.get(seed, ())))]

    def refused_output(self, result, kind, seed) -> list:
        """What refuses, when it runs, an output without derivative that is no number at all, or not the one wanted."""
        if is_scalar(kind) and kind.tag != "complex" and seed != "aux" or seed == "ones" and kind.tag == "array":
            return []
        return [gast.Expr(call(self.helpers.name(runtime.seed), result, *SEED_MODES.get(seed, ())))]

    def finished(self, reverse, name):
        """The gradient with respect to a parameter, as the caller gets it."""
        bars = reverse.bars
        kind = reverse.kinds.get(name, UNKNOWN)
        if not bars.has(name):
            if is_scalar(kind):
                return constant(0.0)
            return call(self.helpers.name(runtime.project), constant(None), load(name))
        if kind == FLOAT:
            return call("float", bars.read(name))
        owned = name in bars.state.owned and bars.state.status[name] == "full"
        if kind.tag == "array" and owned and kind.dtype == np.dtype(float).str:
            return bars.read(name)
        return call(self.helpers.name(runtime.project), bars.read(name), load(name))

    def is_plain(self, reverse) -> bool:
        """True when the function only computes with Python's floats and ints, and so do its adjoints."""
        if not all(is_scalar(k) or k.tag in ("str", "none") for n, k in reverse.kinds.items() if n in reverse.active):
            return False
        nodes = [n for stmt in reverse.core.body for n in walk(stmt)]
        calls = [reverse.core.scope.resolve(n.func) for n in nodes if isinstance(n, gast.Call)]
        plain_calls = all(getattr(f, "__module__", "") in ("math", "builtins") for f in calls)
        return (
            plain_calls
            and not any(isinstance(n, gast.Subscript) for n in nodes)
            and not any(
                isinstance(o, gast.Compare) for n in nodes if isinstance(n, (gast.BinOp, gast.Call)) for o in walk(n)
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


def assigned_none(stmts) -> set[str]:
    """Variables that None is assigned to somewhere."""
    nodes = [n for stmt in stmts for n in walk(stmt) if isinstance(n, gast.Assign)]
    return {n for node in nodes if getattr(node.value, "value", ...) is None for n in stored_anywhere(node)}


def is_name(node) -> bool:
    return isinstance(node, gast.Name)


def spell_super(body, params) -> None:
    """Give `super()` what it takes from the function around it: its class, and its first argument."""
    for node in walk(body):
        if isinstance(node, gast.Call) and is_name(node.func) and node.func.id == "super" and not node.args and params:
            node.args = [load("__class__"), load(params[0])]


def is_taken_from(value, tapes) -> bool:
    """True for `x_tape.pop()` and `x_tape[i]`."""
    function = getattr(value, "func", value)
    method = isinstance(function, gast.Attribute) and function.attr == "pop"
    return (method or isinstance(function, gast.Subscript)) and getattr(function.value, "id", "") in tapes


def first_line(core) -> int:
    """The line before the first of the body: that of `def`."""
    node = core.source.node
    return node.lineno - isinstance(node, gast.Lambda)


def all_steps(node):
    from ..transform.nodes import steps

    return steps(node)
