"""Calls in forward mode: of functions whose tangent function is known now, or found when the call runs."""

from __future__ import annotations

import gast

from ..analysis.activity import names_of
from ..frontend.build import call, constant, load, located, store
from ..frontend.writers import handed_back_by
from ..kinds import is_scalar
from .calls import Calls


class TangentCalls:
    """Mixed into `Forward`: `y, y_dot = g_jvp(tangents, x)`."""

    callee_of = Calls.callee_of
    runtime = Calls.runtime
    refusal = Calls.refusal

    def call(self, stmt, target, op) -> list:
        refusal = self.refusal(stmt, target, op)
        if refusal is not None:
            return self.plain(refusal)
        pair = gast.Tuple([store(target), store(self.names.dot(target))], gast.Store())
        return [located(gast.Assign([pair], self.pushed(op, stmt), None), stmt), *self.own_result(stmt, target)]

    def pushed(self, op, stmt) -> gast.Call:
        """The call that returns the result and its tangent."""
        if op.form == "callee":
            unit = self.deriver.callee_jvp(op.primitive, op.node, self, stmt)
            if unit is not None:
                self.pushforwards.add(unit.name)
                given = dict(zip(unit.inputs, map(self.operand_dot, unit.arguments)))
                dots = gast.Tuple([dot for n, dot in given.items() if n not in unit.shadows], gast.Load())
                added_to = [dot for n, dot in given.items() if n in unit.shadows]
                return gast.Call(load(unit.name), [dots, *added_to, *op.node.args], op.node.keywords)
        return self.dynamic_call(op.node)

    def operand_dot(self, operand):
        """The tangent of what is passed for one parameter: for a star parameter, of each item."""
        if isinstance(operand, dict):
            return self.environment_of(operand)
        if isinstance(operand, (gast.Tuple, gast.List)):
            return gast.Tuple([self.operand_dot(item) for item in operand.elts], gast.Load())
        if isinstance(operand, gast.Dict):
            return gast.Dict(operand.keys, [self.operand_dot(value) for value in operand.values])
        if isinstance(operand, gast.Starred):
            return gast.Starred(self.items_of(operand.value), gast.Load())
        return self.dot_of(operand)

    def dynamic_call(self, node) -> gast.Call:
        """`pushforward(g)(tangents, x)`, with the tangents of the active arguments, or of all where one is starred."""
        function, args, _ = self.callee_of(node)
        starred = any(isinstance(a, gast.Starred) for a in args) or any(k.arg is None for k in node.keywords)
        made = [function]
        if starred:
            dots = [self.operand_dot(a) for a in args]
            dots += [self.dot_of(k.value) if k.arg else self.entry_items(k.value) for k in node.keywords]
        else:
            positions = [i for i, a in enumerate(args) if self.is_active(a)]
            named = [k.arg for k in node.keywords if self.is_active(k.value)]
            dots = [self.dot_of(args[i]) for i in positions]
            dots += [self.dot_of(k.value) for k in node.keywords if k.arg in named]
            if len(dots) < len(args) + len(node.keywords):
                made.append(gast.Tuple([constant(w) for w in (*positions, *named)], gast.Load()))
        push = call(self.runtime("pushforward"), *made)
        if self.is_active(function):
            push.keywords.append(gast.keyword("captures", self.dot_of(function)))
        return gast.Call(push, [gast.Tuple(dots, gast.Load()), *args], node.keywords)

    def entry_items(self, mapping):
        values = gast.Attribute(self.entries(mapping), "values", gast.Load())
        return gast.Starred(gast.Call(values, [], []), gast.Load())

    def effect(self, stmt, op) -> list:
        """A call whose result carries no derivative: what it may write into active arguments must not go unseen."""
        node = op.node
        if handed_back_by(op.primitive):
            return self.run_on_copies(stmt, op)
        checked = self.check_effects(stmt, op)
        if op.form not in ("callee", "dynamic") or checked is not stmt:
            return self.plain(checked)
        given = (*node.args, *(k.value for k in node.keywords))
        passed = [a.value if isinstance(a, gast.Starred) else a for a in given]
        function = node.func
        if isinstance(function, gast.Attribute) and names_of(function.value) & self.active:
            owner = self.kind(function.value)
            if not is_scalar(owner) and owner.tag not in ("array", "number"):
                what = f"the method {function.attr!r} may change its object, and its derivative is not known"
                self.refuse(what, node, "Use operations on lists, dicts and arrays that the table in the README names.")
        if not any(self.is_active(a) for a in passed) and not self.is_active(function):
            return self.plain(stmt)
        if op.form == "dynamic" and all(is_scalar(self.kind(a)) for a in passed if self.is_active(a)):
            return self.plain(stmt)
        if isinstance(stmt, gast.Expr):
            return [located(gast.Expr(self.pushed(op, stmt)), stmt)]
        target = stmt.targets[0].id
        unused = self.names.dot(target)
        pair = gast.Tuple([store(target), store(unused)], gast.Store())
        return [located(gast.Assign([pair], self.pushed(op, stmt), None), stmt)]
