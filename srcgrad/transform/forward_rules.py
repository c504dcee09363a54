"""The tangent of one operation's result, as an expression: what each active operand contributes, added up."""

from __future__ import annotations

import copy

import gast

from ..analysis.activity import wrt
from ..analysis.parts import literal
from ..frontend.build import call, constant, load, names_loaded, substitute
from ..frontend.scope import MISSING
from ..kinds import holds_constants, is_container, is_numeric, is_scalar
from ..records import field_names
from ..rules import registry
from ..runtime.helpers import add, as_sequence, project
from . import terms
from .folding import fold_conditionals
from .operators import Operators, as_value, describe, gives_none

RESULT = "<result>"  # stands for the operation's result until it is known which variable holds that
ACCEPT_NONE = tuple(f"srcgrad.rules.{room}" for room in ("containers", "dicts", "joins", "records", "structures"))


class TangentRules:
    """Mixed into `Forward`: `tangent` of each form of operation; None where it is zero."""

    active_arguments = Operators.active_arguments
    check_keywords = Operators.check_keywords

    def tangent(self, target, op, stmt):
        method = getattr(self, f"tangent_of_{op.form}", None)
        if method is None:
            self.refuse("this cannot be differentiated", stmt, "Write it as plain arithmetic or function calls.")
        return method(target, op, stmt)

    def tangent_of_inactive(self, target, op, stmt):
        return None

    def tangent_of_copy(self, target, op, stmt):
        value = op.args["value"]
        return self.sure(self.dot_of(value), target, self.kind(value)) if self.is_active(value) else None

    def tangent_of_function(self, target, op, stmt):
        return self.record(op.node)

    def sure(self, tree, target, origin=None):
        """A tangent that may be None where numbers and containers need one; `origin` is the kind that it comes from."""
        kind = self.kind_of(target)
        needed = is_numeric(kind) or is_container(kind)
        if not needed or origin is not None and (is_numeric(origin) or is_container(origin)):
            return tree
        return call(self.helper("or_zero"), tree, load(RESULT))

    # rules ------------------------------------------------------------------------------------------------------------

    def tangent_of_rule(self, target, op, stmt):
        self.check_keywords(op, stmt)
        active = [(n, a, i) for n, a, i in self.active_arguments(op) if n in wrt(op.primitive)]
        if not active:
            return None
        self.deriver.rely_on_rules(op.primitive)
        operands = [a for _, a, _ in active]
        if op.primitive is as_sequence and self.kind(operands[0]).tag in ("list", "tuple", "array"):
            return self.dot_of(operands[0])
        parts = [self.contribution(op, *argument, stmt) for argument in active]
        parts = [part for part in parts if not (isinstance(part, gast.Constant) and part.value is None)]
        if not parts:
            return None
        tree = self.total(parts, target, op)
        if op.primitive in registry.partial_rules and not self.is_full(tree, target, op):
            tree = call(self.helper("broadcast"), tree, load(RESULT))
        elif op.primitive in (add, dict.get) or any(self.kind(a).tag in ("unknown", "object") for a in operands):
            tree = self.sure(tree, target)
        return self.private(tree, target, op)

    def contribution(self, op, name, operand, index, stmt):
        """What the operand's tangent adds to the result's."""
        x_dot = self.dot_of(operand) if self.accepts_none(op, name) else self.number_dot(operand)
        given = op, name, load(RESULT), x_dot, self.kind, self.names.helpers, index
        tree = (
            terms.tangent_of_result(*given)
            or self.same_call(op, name, operand, x_dot, index)
            or terms.tangent_by_transpose(*given)
        )
        if tree is None:
            self.refuse(
                f"{describe(op.primitive)} has no tangent rule with respect to {name!r}",
                op.node or stmt,
                "Register one with srcgrad.extend.jvp.",
            )
        return fold_conditionals(tree)

    def accepts_none(self, op, name) -> bool:
        """True where the rule takes None for a tangent, and may return it."""
        rule = terms.rule_for(registry.jvp_rules, op.primitive, name, op.args, self.kind)
        return rule is not None and (rule.function.__module__ in ACCEPT_NONE or op.primitive is as_sequence)

    def same_call(self, op, name, operand, x_dot, index):
        """A linear operation's tangent: the operation itself with the tangent in the operand's place."""
        linear = registry.linear_rules.get(op.primitive)
        first = next(iter(op.args), None)
        if linear is None or name not in linear and not (linear == ("",) and name == first):
            return None
        places = [node for node in places_of(op.node) if node is operand]
        made = replaced(op.node, places[0], x_dot) if places else None
        if op.primitive is project and self.kind(op.args["x"]).tag in ("object", "unknown"):
            return call(self.helper("mirrored"), made)  # a gradient is a record, its tangent is not
        return made

    def total(self, parts, target, op):
        """The sum of contributions: structural where the result may be a container, or where one may be None."""
        loose = any(self.accepts_none(op, n) and not is_numeric(self.kind(a)) for n, a, _ in self.active_arguments(op))
        numeric = is_numeric(self.kind_of(target)) and not loose and not gives_none(op.primitive)
        parts = [part for part in parts if not is_none(part)] or parts[:1]
        if numeric and len(parts) == 2 and gast.dump(parts[0]) == gast.dump(parts[1]):
            return twice(parts[0])
        tree = parts[0]
        for part in parts[1:]:
            tree = gast.BinOp(tree, gast.Add(), part) if numeric else call(self.helper("add"), tree, part)
        return tree

    def is_full(self, tree, target, op) -> bool:
        """True when an elementwise operation's tangent surely has the shape of the result."""
        if is_scalar(self.kind_of(target)):
            return True
        names = names_loaded(tree)
        if RESULT in names:
            return True
        primals = {operand.id for operand in op.args.values() if self.is_active(operand)}
        names |= {n for n in primals if self.names.dot(n) in names}
        if self.shapes.fills(tree, load(target), {self.names.dot(n): self.shapes.of(load(n)) for n in primals}):
            return True
        parts = {gast.dump(node) for node in gast.walk(tree) if isinstance(node, gast.expr)}
        stretching = [a for a in op.args.values() if a is not None and not is_scalar(self.kind(a))]
        return all(isinstance(a, gast.Name) and a.id in names or gast.dump(a) in parts for a in stretching)

    # items and displays -----------------------------------------------------------------------------------------------

    def tangent_of_item(self, target, op, stmt):
        owner, index = op.node.value, op.node.slice
        if not self.is_active(owner):
            return None
        kind, dot = self.kind(owner), self.dot_of(owner)
        item = gast.Subscript(dot, copy.deepcopy(index), gast.Load())
        # of what is there, an item by number
        by_number = owner.id in self.references and isinstance(literal(index), int)
        if not (is_numeric(kind) or kind.tag in ("list", "tuple", "dict")) and not by_number:
            return self.sure(call(self.helper("part"), dot, as_value(index)), target)
        if is_numeric(kind) or isinstance(index, gast.Slice) or self.is_whole(owner, index):
            return item
        if kind.tag == "dict" and not by_number:
            item = call(gast.Attribute(dot, "get", gast.Load()), copy.deepcopy(index))
        return self.sure(item, target)

    def is_whole(self, owner, index) -> bool:
        """True when the item's tangent surely is not None; the integers of a tuple or dict have none."""
        kind = self.kind(owner)
        known = literal(index) is not MISSING
        return owner.id in self.whole and (known or not holds_constants(kind))

    def tangent_of_display(self, target, op, stmt):
        node = op.node
        if isinstance(node, gast.Dict):
            entries = zip(node.keys, node.values, strict=True)
            values = [self.entries(v) if k is None else self.item_value(v, node) for k, v in entries]
            return gast.Dict(copy.deepcopy(node.keys), values)
        return type(node)([self.element_dot(e, node) for e in node.elts], gast.Load())

    def tangent_of_record(self, target, op, stmt):
        """The fields' tangents: a tuple for a named tuple, a dict for a dataclass."""
        names = field_names(op.primitive)
        dots = [self.dot_of(op.args[n]) if n in op.args else constant(None) for n in names]
        if issubclass(op.primitive, tuple):
            return gast.Tuple(dots, gast.Load())
        return gast.Dict([constant(n) for n in names], dots)

    def element_dot(self, element, display):
        if isinstance(element, gast.Starred):
            return gast.Starred(self.items_of(element.value), gast.Load())
        return self.item_value(element, display)

    def item_value(self, value, display):
        """The tangent of an item; an integer among floats has a zero like theirs."""
        if isinstance(display, gast.List) and self.kind(value).tag == "int":
            return constant(0.0)
        return self.dot_of(value)

    def items_of(self, operand):
        """The tangents of the items of an iterable operand."""
        from ..rules.containers import items_dot

        if self.is_active(operand) and self.kind(operand).tag in ("list", "tuple", "array"):
            return self.dot_of(operand)
        dot = self.dot_of(operand) if self.is_active(operand) else constant(None)
        return call(self.names.helpers.name(items_dot), dot, operand)

    def entries(self, operand):
        """The tangents of all entries of a mapping."""
        from ..rules.dicts import entries_dot

        if self.is_active(operand) and operand.id in self.whole:
            return self.dot_of(operand)
        dot = self.dot_of(operand) if self.is_active(operand) else self.zero_of(operand)
        return call(self.names.helpers.name(entries_dot), dot, operand)


def twice(tree):
    """`2 * x_dot * x` for the two equal halves of the tangent of `x * x`."""
    if isinstance(tree, gast.BinOp) and isinstance(tree.op, gast.Mult):
        return gast.BinOp(twice(tree.left), tree.op, tree.right)
    return gast.BinOp(constant(2), gast.Mult(), tree)


def is_none(tree) -> bool:
    return isinstance(tree, gast.Constant) and tree.value is None


def places_of(node):
    """The operands of an operation, as the nodes that they are."""
    for child in gast.walk(node):
        if isinstance(child, gast.expr):
            yield child


def replaced(node, place, new):
    """`node` with the very node `place` in it replaced by `new`."""
    marker = "<place>"
    memo = {id(place): load(marker)}
    return substitute(copy.deepcopy(node, memo), {marker: new})
