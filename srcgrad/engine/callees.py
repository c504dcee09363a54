"""Callees that are known when a text is written: what they return, and their units in the same text."""

from __future__ import annotations

from dataclasses import replace
from types import FunctionType

import gast

from ..analysis.donation import check_written_back, donated
from ..analysis.facts import Inference
from ..analysis.leaks import Leaks
from ..analysis.webs import rename_webs
from ..errors import SrcgradError
from ..frontend.build import load, parameters, stored_anywhere
from ..frontend.inlining import bound_call
from ..frontend.normalise import to_core
from ..frontend.source import source_of
from ..kinds import BOTTOM, UNKNOWN, Kind, join, kind_of
from ..runtime.pairs import ENVIRONMENT
from .preparing import is_helper


class Callees:
    """Mixed into `Deriver`."""

    def call_kinds(self, function, bound, kind) -> dict[str, Kind]:
        values = dict(zip(reversed(positional_of(function)), reversed(function.__defaults__ or ())))
        values |= function.__kwdefaults__ or {}
        return {p: kind(e) if e is not None else kind_of(values.get(p)) for p, e in bound.items()}

    def callee_kind(self, function, node, inference) -> Kind:
        """The kind of what a known callee returns; recursion is taken to its fixed point."""
        if not isinstance(function, FunctionType):
            return UNKNOWN
        bound = bound_call(function, node)
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
                scope = self.scope_of(function)
                core = to_core(source_of(function), scope, {p for p in kinds}, is_generated=is_helper(function))
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
        bound = bound_call(function, node)
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

    def callee_unit(self, function, node, sweep, make, way, stmt=None):
        """The unit of a callee known now, with the operands of this call; None when it must wait for run time."""
        if not isinstance(function, FunctionType):
            return None
        bound = bound_call(function, node)
        if bound is None:
            return None
        kinds = self.call_kinds(function, bound, sweep.kind)
        active = frozenset(p for p, e in bound.items() if e is not None and self.reaches(e, sweep))
        own = {id(c): n for n, c in sweep.core.scope.cells.items() if n in sweep.core.scope.active_cells}
        theirs = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        cells = frozenset(n for n, c in theirs.items() if id(c) in own)
        kinds |= {n: sweep.kinds.get(own[id(theirs[n])], UNKNOWN) for n in cells}
        given = donated(sweep, function, bound, stmt) if stmt is not None else frozenset()
        if stmt is not None:
            check_written_back(sweep, function, bound, stmt, given)
        key = (way, function, tuple(sorted(kinds.items(), key=lambda item: item[0])), active, cells, given)
        unit = self.units.get(key)
        if unit is None:
            outer = self.helpers.current
            unit = make(function, kinds, active, cells, key, given)
            self.helpers.current = outer
        captured = {n: own[id(theirs[n])] for n in sorted(cells)}
        operands = [
            captured if n == ENVIRONMENT else load(captured[n]) if n in cells else bound[n] for n in unit.inputs
        ]
        unit.is_settled = True
        return replace(unit, arguments=operands)

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

    def callee_pair(self, function, node, sweep, stmt):
        return self.callee_unit(function, node, sweep, self.pair, "pair", stmt)

    def callee_jvp(self, function, node, sweep, stmt):
        make = self.jvps if sweep.many else self.jvp
        return self.callee_unit(function, node, sweep, make, make.__name__, stmt)


def parameters_of(function) -> list[str]:
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)
    return list(code.co_varnames[:count])


def positional_of(function) -> list[str]:
    return list(function.__code__.co_varnames[: function.__code__.co_argcount])
