"""From a function to the program that the transformation takes: core language, kinds, activity, checks."""

from __future__ import annotations

import functools
import inspect

import gast
import numpy as np

from ..analysis.activity import active_names, differentiable, hidden_writes, updated_names
from ..analysis.adding import added_operands
from ..analysis.aliases import is_immutable
from ..analysis.array_writes import with_array_writes
from ..analysis.facts import Inference
from ..analysis.item_updates import with_item_updates
from ..analysis.late_binding import with_late_binding
from ..analysis.leaks import ACTIVE, TEXT, Leaks, refuse_leaks
from ..analysis.operations import Unbound
from ..analysis.protocols import with_methods
from ..analysis.updates import with_plain_updates
from ..analysis.webs import rename_webs
from ..errors import NoRule, NotDifferentiable, UnsupportedMutation
from ..frontend.activity import assigned_outside
from ..frontend.build import assign, call, load, located, names_loaded, parameters, stored_anywhere, walk
from ..frontend.copies import changed_names, with_owners, without_copies, without_unused_functions
from ..frontend.normalise import to_core
from ..frontend.scope import ITSELF, MISSING, Scope
from ..frontend.sequences import CHECK, COPY, with_known_sequences
from ..frontend.source import source_of
from ..frontend.writers import handed_back_by, names_handed_back, with_plain_writers
from ..kinds import UNKNOWN, holds_array_object, record_classes
from ..records import hidden_fields
from ..rules import registry
from ..runtime.helpers import check_unshared, snapshot
from ..transform.moves import with_moves
from ..transform.names import NameClash, Names
from ..transform.reverse import Reverse
from ..transform.steady import SteadyReads
from ..transform.views import with_views
from .texts import generated, sweep_codes


class Preparing:
    """Mixed into `Deriver`."""

    def prepare(self, function, kinds, active, cells, with_tangents=False, donated=frozenset(), apart=False):
        """(core, inference, active names, names) of one function, for its adjoints or its tangents.

        `apart`: its caller is not to see what it writes into its arguments.
        """
        source = source_of(function)
        scope = self.scope_of(function, cells)
        is_generated = function.__code__ in sweep_codes
        made = to_core(source, scope, active, set(cells), is_generated or is_helper(function))
        core = without_unused_functions(without_copies(without_unused_functions(made)))
        core.is_generated, core.donated = is_generated, donated
        if core.is_generated:
            self.leave_to_primal({*function.__code__.co_freevars, *function.__globals__})
            core.body[:0] = copies_of_given(core)
        elif apart or handed_back_by(function):
            core.body[:0] = copies_of_written(core, kinds)
        self.remember(function, scope)
        params = parameters(core.args)
        self.rename(core, cells)
        known = {p: kinds.get(p, UNKNOWN) for p in params} | {c: kinds.get(c, UNKNOWN) for c in cells}
        inference = Inference(core, known, self.callee_kind)
        inference.run()
        if not is_generated:
            with_plain_updates(core, inference)
        self.helpers.enter(core.namer, modules_known(core))
        self.settle_helpers(core, generated.get(function.__code__, {}))
        if with_array_writes(core, inference, self.helpers):
            self.rename(core, cells)
            inference = Inference(core, known, self.callee_kind)
            inference.run()
        if with_known_sequences(core, inference.kinds, self.helpers):
            without_copies(core)
        if not with_tangents:
            core.late = with_late_binding(core, inference, self.helpers)
            if core.late:
                inference = Inference(core, known, self.callee_kind)
                inference.run()
            if with_moves(core, inference):
                self.rename(core, cells)
                inference = Inference(core, known, self.callee_kind)
                inference.run()
        self.check_calls(core, inference)
        inputs = (active | set(cells)) & (set(params) | set(cells))
        general = not kinds.keys() >= {*params}
        own = core.is_generated or is_helper(function)
        if not own and with_methods(core, inference, self.helpers, inputs, general):
            inference = Inference(core, known, self.callee_kind)
            inference.run()
        with_item_updates(core, inference)
        with_views(core, inference, copies=not with_tangents)
        self.check_fields(known, inputs, core)
        self.check_hidden_writes(core, inference)
        found = active_names(core, inference, inputs)
        core.varied = found
        if not core.is_generated and not is_helper(function):
            leaks = Leaks(core, inference, dict.fromkeys(inputs, ACTIVE), self.callee_marks)
            core.hidden = bool(refuse_leaks(leaks) & TEXT)
            core.varied = {name for name, marks in leaks.marks.items() if marks & ACTIVE}
        core.body = with_plain_writers(core.body, core, found | core.varied)
        self.remember(function, scope)
        return core, inference, found, Names(core.namer, self.helpers)

    def rename(self, core, cells) -> None:
        """Give definitions that no use confuses names of their own."""
        renamed = rename_webs(core.body, parameters(core.args), core.namer, core.external | set(cells))
        for names in (core.active, core.temporaries):
            names |= {new for new, given in renamed.items() if given in names}
        core.scope.local |= {n for s in core.body for n in stored_anywhere(s)}

    def scope_of(self, function, cells=frozenset()) -> Scope:
        return Scope(function, set(), cells, self.unsettled if function is self.root else frozenset())

    def leave_to_primal(self, names) -> None:
        """Name no function as a primal that is generated itself knows another of its own text."""
        made = {name for unit in self.units.values() for name in (unit.forward, unit.backward, unit.name)}
        if names & made:
            raise NameClash(names & made)
        self.names.taken |= names

    def settle_helpers(self, core, own) -> None:
        """Give the helpers `own` of a primal that is a generated function their names in this text."""
        free = set().union(*map(names_loaded, core.body)) - core.scope.local
        objects = self.helpers.objects
        clashes = {n for n in free - set(own) if n in objects and scope_value(core.scope, n) is not objects[n]}
        if clashes:
            raise NameClash(clashes)
        known = core.namer.taken - core.scope.local  # the text's other functions may use names that are local here
        names = {name: self.helpers.keep(name, value) for name, value in own.items() if name in known}
        for stmt in core.body:
            for node in gast.walk(stmt):
                if isinstance(node, gast.Name):
                    node.id = names.get(node.id, node.id)

    def check_calls(self, core, inference):
        """Calls that write into active arrays, or whose arguments no rule knows, are refused where they stand."""
        nodes = [node for stmt in core.body for node in gast.walk(stmt)]
        for node in nodes:
            if isinstance(node, gast.Call) and writes_active(node, core, inference):
                raise UnsupportedMutation(
                    "'out=' writes into an array in place",
                    where=core.source.position(node),
                    advice="Use the result of the call instead.",
                )
        for node in nodes:
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
        for name in active:
            if holds_array_object(kinds[name]):
                raise NotDifferentiable(
                    f"{name!r} is or holds a matrix, a masked array or another class of array",
                    where=core.source.position(None),
                    advice="Pass plain arrays: np.asarray(x).",
                )
        for cls in {cls for name in active for cls in record_classes(kinds[name])}:
            for hidden in hidden_fields(cls):
                raise NoRule(
                    f"the field {hidden!r} of {cls.__name__} is taken for that of an array, which has no derivative",
                    where=core.source.position(None),
                    advice="Give the field another name.",
                )

    def check_hidden_writes(self, core, inference):
        """What a closure writes outside itself is followed where the closure is called by its name only."""
        for name, node in hidden_writes(core, inference):
            named = isinstance(node, gast.FunctionDef) and name in assigned_outside(node)
            what = "assigned" if named else "written into"
            raise UnsupportedMutation(
                f"{name!r} is {what} by a function that is passed on as a value",
                where=core.source.position(node),
                advice="Call the function by its name where it is visible, or let it return the new value.",
            )

    def analyse(self, function, kinds, active, cells, later=False, donated=frozenset(), apart=False):
        """The reverse mode of a function; `later` when its reverse sweep runs after others have had a hand in."""
        core, inference, found, names = self.prepare(function, kinds, active, cells, donated=donated, apart=apart)
        if not is_helper(function):
            SteadyReads(core, inference, found, self.helpers.name, later).run()
        return Reverse(core, inference, found, names, self)

    def remember(self, function, scope):
        """Keep the guards of a scope; those on the root's own cells move with the function that is bound."""
        own = {id(function.__globals__): ("globals", None)}
        own |= {id(cell): ("cell", name) for name, cell in scope.cells.items()}
        for (where, name), row in scope.guards.items():
            place = own.get(where) if function is self.root else None
            found = ITSELF if place and row[2] is self.root else row[2]
            self.guards[(place or where, name)] = (place or row[0], name, found)


def copies_of_given(core) -> list:
    """Copies of the arrays that a generated function adds to and hands back, where they are not given away to it."""
    calls = [n for stmt in core.body for n in walk(stmt) if isinstance(n, gast.Call)]
    added = {n.id for c in calls for n in added_operands(c, core.scope) if isinstance(n, gast.Name)}
    added |= changed_names(core.body) | updated_names(core.body)
    copied = sorted(added.intersection(parameters(core.args)) - core.donated)
    core.scope.imported[COPY] = snapshot
    return [assign(p, call(COPY, load(p)), core.body[0]) for p in copied]


def copies_of_written(core, kinds) -> list:
    """Copies of the arguments that a function writes into, of which its caller keeps the values that he passed."""
    names = set(parameters(core.args))
    calls = [n for stmt in core.body for n in walk(stmt) if isinstance(n, gast.Call)]
    handed = {name for node in calls for name in names_handed_back(core.scope.resolve(node.func), node)}
    written = handed | changed_names(core.body) | updated_names(core.body)
    written = with_owners(written, core.body) & names & core.active - core.donated
    copied = [p for p in sorted(written) if not is_immutable(kinds.get(p, UNKNOWN))]
    loaded = set().union(*map(names_loaded, core.body), ())
    others = {p for p in names & loaded if not is_immutable(kinds.get(p, UNKNOWN))}
    others |= {n for n in loaded - core.scope.local if isinstance(core.scope.value(n), (np.ndarray, list, dict))}
    core.scope.imported |= {COPY: snapshot, CHECK: check_unshared}
    at, made = core.body[0], []
    for p in copied:
        seen = sorted(others - {p})
        made += [located(gast.Expr(call(CHECK, load(p), *map(load, seen))), at)] if seen else []
    return made + [assign(p, copy_of(p, kinds.get(p, UNKNOWN)), at) for p in copied]


def copy_of(name, kind):
    is_array = kind.tag == "array"
    return call(gast.Attribute(load(name), "copy", gast.Load())) if is_array else call(COPY, load(name))


def writes_active(node, core, inference) -> bool:
    """True for a call of a function of arrays that is given an array to write into, where derivatives may be lost."""
    target = core.scope.resolve(node.func)
    method = target is MISSING and isinstance(node.func, gast.Attribute)
    if method and inference.kind(node.func.value).tag == "object" or not method and not registry.has_rule(target):
        return False
    outs = [k.value for k in node.keywords if k.arg == "out"]
    if len(node.args) > 1:
        primitive = registry.methods.get((np.ndarray, node.func.attr)) if method else target
        outs += node.args[slice(*(i - method for i in place_of_out(primitive)))]
    outs = [out for out in outs if not (isinstance(out, gast.Constant) and out.value is None)]
    constant = not method and target in registry.constant
    return bool(outs) and bool(names_loaded(outs if constant else node) & core.active)


@functools.cache
def place_of_out(primitive) -> tuple[int, int]:
    """Between which positions a function of arrays takes what it writes into."""
    if isinstance(primitive, np.ufunc):
        return primitive.nin, primitive.nargs
    try:
        listed = inspect.signature(primitive).parameters.values()
    except (TypeError, ValueError):
        return 1, 1
    names = [p.name for p in listed if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    starred = any(p.kind is p.VAR_POSITIONAL for p in listed)
    return (names.index("out"), names.index("out") + 1) if "out" in names and not starred else (1, 1)


def is_helper(function) -> bool:
    """True for srcgrad's own functions, some arguments of which are read for their structure only."""
    module = str(function.__module__)
    return module.startswith("srcgrad.") and module != "srcgrad.engine.targets"


def modules_known(core) -> dict:
    """The modules that a function reaches by names of its own, which its text may use too; NumPy if it is global."""
    scope = core.scope
    places = {id(scope.globals), *map(id, scope.cells.values())}
    known = {name: found for (place, name), (_, _, found) in scope.guards.items() if place in places}
    known = {name: found for name, found in known.items() if inspect.ismodule(found) and name not in scope.local}
    return known | {name: np for name in core.namer.taken if scope_value(scope, name) is np}


def scope_value(scope, name):
    return scope.globals.get(name, MISSING) if name not in scope.local else MISSING
