"""From a function to the program that the transformation takes: core language, kinds, activity, checks."""

from __future__ import annotations

import gast
import numpy as np

from ..analysis.activity import active_names, differentiable, hidden_writes
from ..analysis.facts import Inference
from ..analysis.late_binding import with_late_binding
from ..analysis.leaks import ACTIVE, TEXT, Leaks, refuse_leaks
from ..analysis.operations import Unbound
from ..analysis.webs import rename_webs
from ..errors import NoRule, UnsupportedMutation
from ..frontend.build import names_loaded, parameters, stored_anywhere
from ..frontend.copies import without_copies, without_unused_functions
from ..frontend.normalise import to_core
from ..frontend.scope import MISSING, Scope
from ..frontend.sequences import with_known_sequences
from ..frontend.source import source_of
from ..kinds import UNKNOWN, record_classes
from ..records import hidden_fields
from ..transform.names import NameClash, Names
from ..transform.reverse import Reverse
from ..transform.steady import SteadyReads
from ..transform.views import with_views
from .texts import generated, sweep_codes


class Preparing:
    """Mixed into `Deriver`."""

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
        renamed = rename_webs(core.body, params, core.namer, core.external | set(cells))
        core.active |= {new for new, given in renamed.items() if given in core.active}
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


def is_helper(function) -> bool:
    """True for srcgrad's own functions, some arguments of which are read for their structure only."""
    module = str(function.__module__)
    return module.startswith("srcgrad.") and module != "srcgrad.engine.targets"


def scope_value(scope, name):
    return scope.globals.get(name, MISSING) if name not in scope.local else MISSING
