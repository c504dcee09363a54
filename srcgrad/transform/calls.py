"""Calls of functions that are differentiated themselves: as a pair known now, or one made when the call runs."""

from __future__ import annotations

import copy
import types

import gast
import numpy as np

from ..analysis.activity import names_of
from ..errors import NoRule
from ..frontend.build import assign, call, constant, load, located, store
from ..frontend.callables import describe_callable
from ..kinds import UNKNOWN, fields_of, is_numeric, is_scalar
from ..rules import registry
from ..rules.containers import items_bar
from ..runtime import helpers
from . import nodes
from .terms import Term, sum_of

OPAQUE = (type, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, np.ufunc)


class Calls:
    """Mixed into `Reverse`: `y = g(x)` with `g` a Python function."""

    def call(self, stmt, target, op) -> list:
        if op.form == "callee":
            unit = self.deriver.callee_pair(op.primitive, op.node, self, stmt)
            if unit is not None and target in self.added_to(unit):
                return self.split(stmt, target, None)  # the adjoints of the old and the new value are two
            if unit is not None:
                return [self.known_call(stmt, target, op, unit)]
        return self.dynamic_call(stmt, target, op)

    def known_call(self, stmt, target, op, unit):
        """`y, g_tape = g_forward(x)` and `x_bar = g_backward(g_tape, y_bar)`."""
        tape = self.names.fresh(f"{unit.base}_tape")
        self.bars.buffered |= set(self.added_to(unit))
        made = gast.Call(load(unit.forward), op.node.args, op.node.keywords)
        pair = gast.Tuple([store(target), store(tape)], gast.Store())
        forward = [located(gast.Assign([pair], made, None), stmt), *self.kept_apart(tape, stmt)]
        step = nodes.Step(forward, defines={target, tape}, at=stmt, call=made)
        step.undo = lambda: self.undo_known_call(target, tape, unit)
        return step

    def kept_apart(self, tape, stmt) -> list:
        """What a callee keeps, in memory of its own where this function may write into it afterwards."""
        if not self.core.is_disturbed:
            return []
        return [assign(tape, call(self.names.helpers.name(helpers.snapshot), load(tape)), stmt)]

    def undo_known_call(self, target, tape, unit):
        bars = self.bars
        if not bars.has(target):
            return
        if unit.wants_full:
            bars.spread(target)
        shadows = self.shadows(unit)
        back = call(unit.backward, load(tape), bars.read(target), *shadows)
        if unit.arguments and self.may_be_none(target) and not self.is_result(target):
            none = gast.Compare(bars.read(target), [gast.Is()], [constant(None)])
            nothing = [
                load(self.names.bar(operand.id)) if self.is_added_to(n, operand, unit) else self.nothing_for(operand)
                for n, operand in zip(unit.inputs, unit.arguments)
            ]
            nothing = gast.Tuple(nothing, gast.Load()) if len(nothing) > 1 else nothing[0]
            back = gast.IfExp(none, nothing, back)
        bars.consume(target)
        self.receive(back, unit.arguments, [self.is_added_to(*each, unit) for each in zip(unit.inputs, unit.arguments)])

    def shadows(self, unit) -> list:
        """What the callee adds to: the adjoints of arguments, or arrays of zeros for those that are seen in others."""
        given = []
        for n, operand in zip(unit.inputs, unit.arguments):
            if self.is_added_to(n, operand, unit):
                self.bars.buffer(operand.id)
                self.bars.release(operand.id)
                given.append(load(self.names.bar(operand.id)))
            elif n in unit.shadows:
                given.append(call(self.bars.helper("zeros_like"), load(operand.id)))
        return given

    def is_added_to(self, n, operand, unit) -> bool:
        return n in unit.shadows and not self.bars.is_linked(operand.id)

    def added_to(self, unit) -> list[str]:
        """The arguments whose adjoints the callee adds to."""
        return [o.id for n, o in zip(unit.inputs, unit.arguments) if self.is_added_to(n, o, unit)]

    def nothing_for(self, operand) -> gast.expr:
        """The zero adjoint of what is passed for one parameter: None where it may be None, or a display of such."""
        if isinstance(operand, gast.Dict):
            return gast.Dict(copy.deepcopy(operand.keys), [constant(None) for _ in operand.values])
        if isinstance(operand, (gast.Tuple, gast.List)):
            return gast.Tuple([constant(None) for _ in operand.elts], gast.Load())
        if is_scalar(self.kind(operand)):
            return constant(0.0)
        return call(self.bars.helper("zeros_like"), operand) if is_numeric(self.kind(operand)) else constant(None)

    def receive(self, back, operands, added=()):
        """Add what a backward call returns: one adjoint per entry of `operands` (a name, a tuple display or None).

        Where `added` says so the callee has added to it.
        """
        added = added or [False] * len(operands)
        bars = self.bars
        if not operands:
            return
        if len(operands) == 1 and isinstance(operands[0], gast.Name) and not added[0]:
            name = operands[0].id
            bars.accumulate(name, Term(back, True, False, may_be_none=not is_numeric(self.kinds.get(name, UNKNOWN))))
            return
        names = []
        for operand, is_shadow in zip(operands, added):
            base = self.names.bar(operand.id) if isinstance(operand, gast.Name) else "item_bars"
            direct = is_shadow or (
                isinstance(operand, gast.Name)
                and not bars.has(operand.id)
                and self.count_of(operand, operands) == 1
                and operand.id not in bars.buffered
            )
            if direct and not is_shadow:
                bars.release(operand.id)
            names.append((operand, base if direct else self.names.fresh(base), direct))
        goal = gast.Tuple([store(n) for _, n, _ in names], gast.Store()) if len(names) > 1 else store(names[0][1])
        bars.emit(located(gast.Assign([goal], back, None), bars.at))
        for operand, name, direct in names:
            if direct:
                bars.state.status[operand.id] = "full"
            elif isinstance(operand, gast.Name):
                kind = self.kinds.get(operand.id, UNKNOWN)
                bars.accumulate(operand.id, Term(load(name), True, False, may_be_none=not is_numeric(kind)))
            else:
                keys = operand.keys if isinstance(operand, gast.Dict) else map(constant, range(len(operand.elts)))
                for key, item in zip(keys, operand.values if isinstance(operand, gast.Dict) else operand.elts):
                    if self.is_active(item):
                        part = gast.Subscript(load(name), key, gast.Load())
                        bars.accumulate(item.id, Term(part, True, False, may_be_none=True))

    def count_of(self, operand, operands) -> int:
        return sum(operand.id in names_of(o) for o in operands)

    # known only at run time -------------------------------------------------------------------------------------------

    def dynamic_call(self, stmt, target, op) -> list:
        """`g_forward, g_backward = pair(g)`, then as for a known pair; the adjoint of `g` itself comes first."""
        node = op.node
        refusal = self.refusal(stmt, target, op)
        if refusal is not None:
            return [nodes.Step([refusal], defines={target}, at=stmt)]
        function, args, base = self.callee_of(node)
        starred = any(isinstance(a, gast.Starred) for a in args) or any(k.arg is None for k in node.keywords)
        active = [i for i, a in enumerate(args) if self.is_active(a)]
        named = [k.arg for k in node.keywords if self.is_active(k.value)]
        forward, backward, tape = (self.names.fresh(f"{base}_{s}") for s in ("forward", "backward", "tape"))
        made = [function]
        if not starred and len(active) + len(named) < len(args) + len(node.keywords):
            made.append(gast.Tuple([constant(w) for w in (*active, *named)], gast.Load()))
        captures = [gast.keyword("captures", constant(True))] if self.is_active(function) else []
        halves = gast.Tuple([store(forward), store(backward)], gast.Store())
        first = located(gast.Assign([halves], gast.Call(load(self.runtime("pair")), made, captures), None), stmt)
        goal = gast.Tuple([store(target), store(tape)], gast.Store())
        made = gast.Call(load(forward), list(args), list(node.keywords))
        second = located(gast.Assign([goal], made, None), stmt)
        pair_step = nodes.Step([first], defines={forward, backward}, at=stmt)
        step = nodes.Step([second, *self.kept_apart(tape, stmt)], defines={target, tape}, at=stmt, call=made)
        operands = [*(args[i] for i in active), *(k.value for k in node.keywords if k.arg in named)]
        if starred:
            step.undo = lambda: self.undo_starred_call(target, tape, backward, function, args, node.keywords)
        else:
            step.undo = lambda: self.undo_dynamic_call(target, tape, backward, function, operands)
        return [pair_step, step]

    def refusal(self, stmt, target, op):
        """The statement that refuses a class, or a function of C without a rule, when it is reached; else None."""
        if not isinstance(op.primitive, OPAQUE) or registry.has_rule(op.primitive):
            return None
        error = NoRule(
            f"{describe_callable(op.primitive)} has neither Python source nor a derivative rule",
            where=self.core.source.position(op.node if getattr(op.node, "lineno", 0) else stmt),
            advice="Register its derivative with srcgrad.extend, or compute with plain functions.",
        )
        return assign(target, call(self.names.helpers.name(helpers.refused), constant(str(error))), stmt)

    def callee_of(self, node):
        """(the callee, its arguments, a name for it); a method of an active object is a name, and takes that first."""
        function = node.func
        if isinstance(function, gast.Attribute):
            if names_of(function.value) & self.active:
                return constant(function.attr), [function.value, *node.args], function.attr
            return function, node.args, function.attr
        if fields_of(self.kind(function)) and self.is_active(function):
            return constant("__call__"), [function, *node.args], function.id
        return function, node.args, function.id if isinstance(function, gast.Name) else "f"

    def runtime(self, name) -> str:
        from ..runtime import pairs

        return self.names.helpers.name(getattr(pairs, name))

    def undo_dynamic_call(self, target, tape, backward, function, operands):
        bars = self.bars
        if not bars.has(target):
            return
        bars.spread(target)
        back = call(backward, load(tape), bars.read(target))
        bars.consume(target)
        closure = function if self.is_active(function) else None
        names = []
        for operand in ([closure] if closure is not None else []) + operands:
            names.append((operand, self.names.fresh(self.names.bar(operand.id))))
        targets = [store(n) for _, n in names]
        if closure is None:
            targets.insert(0, store("_"))
        bars.emit(located(gast.Assign([gast.Tuple(targets, gast.Store())], back, None), bars.at))
        for operand, name in names:
            bars.accumulate(operand.id, Term(load(name), True, False, may_be_none=True))

    def undo_starred_call(self, target, tape, backward, function, args, keywords):
        bars = self.bars
        if not bars.has(target):
            return
        bars.spread(target)
        found = self.names.fresh("bars")
        bars.emit(assign(found, call(backward, load(tape), bars.read(target)), bars.at))
        bars.consume(target)
        if self.is_active(function):
            bars.accumulate(function.id, Term(gast.Subscript(load(found), constant(0), gast.Load()), True, False, True))
        offset: list = [constant(1)]
        for arg in args:
            start = sum_of(offset)
            if isinstance(arg, gast.Starred):
                offset.append(call("len", copy.deepcopy(arg.value)))
                piece = gast.Slice(start, sum_of(offset), None)
                value = arg.value
            else:
                offset.append(constant(1))
                piece, value = start, arg
            if self.is_active(value):
                tree = gast.Subscript(load(found), piece, gast.Load())
                if isinstance(arg, gast.Starred):
                    tree = call(self.names.helpers.name(items_bar), tree, load(value.id))
                bars.accumulate(value.id, Term(tree, True, False, True))
        for keyword in keywords:
            start = sum_of(offset)
            if keyword.arg is None:
                rest = gast.Subscript(load(found), gast.Slice(start, None, None), gast.Load())
                tree = call("dict", call("zip", copy.deepcopy(keyword.value), rest))
            else:
                offset.append(constant(1))
                tree = gast.Subscript(load(found), start, gast.Load())
            if self.is_active(keyword.value):
                bars.accumulate(keyword.value.id, Term(tree, True, False, True))
