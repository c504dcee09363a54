"""The contributions of one operation to the adjoints of its operands."""

from __future__ import annotations

import copy

import gast
import numpy as np

from ..analysis.activity import wrt
from ..frontend.build import call, constant, load
from ..kinds import UNKNOWN, holds_constants, is_scalar
from ..records import field_names
from ..rules import registry
from ..rules.containers import iterable_bar
from ..rules.indexing import scatter
from . import terms
from .bars import LAZY
from .folding import fold_conditionals
from .shaping import Shaping, gives_none
from .terms import Term, sum_of


class Operators(Shaping):
    """Mixed into `Reverse`: what an operation hands on."""

    def terms(self, target, op, stmt) -> list[tuple[str, Term]]:
        """(operand, contribution) for every active operand of `target = op`."""
        method = getattr(self, f"terms_of_{op.form}", None)
        if method is None:
            self.refuse("this cannot be differentiated", stmt, "Write it as plain arithmetic or function calls.")
        return method(target, op, stmt)

    def terms_of_inactive(self, target, op, stmt):
        return []

    # rules ------------------------------------------------------------------------------------------------------------

    def terms_of_rule(self, target, op, stmt):
        self.check_keywords(op, stmt)
        lazy = self.lazy_term(target, op)
        if lazy is not None:
            return lazy
        elementwise = op.primitive in registry.partial_rules
        active = [(n, a, i) for n, a, i in self.active_arguments(op) if n in wrt(op.primitive)]
        if self.bars.state.status[target] == LAZY and not self.keeps_lazy(op, elementwise, target):
            self.bars.spread(target)
        result = []
        self.deriver.rely_on_rules(op.primitive)
        wide = self.kept_wide(target, op)
        for name, operand, index in active:
            y_bar = self.bars.read(target)
            try:
                tree = terms.adjoint_of_argument(op, name, load(target), y_bar, self.kind, self.names.helpers, index)
            except KeyError:
                self.refuse(
                    f"{describe(op.primitive)} has no derivative with respect to {name!r}",
                    op.node or stmt,
                    "Register one with srcgrad.extend.",
                )
            tree = self.shapes_settled(fold_conditionals(tree), target)
            term = self.shaped(tree, operand, target, op, elementwise)
            if wide is not None:
                term.wide = wide.handed_on(term.tree)
            result.append((operand.id, self.guarded(term, target, op)))
        if len(result) == 2 and same_terms(*result):  # x * x
            (name, term), _ = result
            return [(name, term.doubled())]
        return result

    def guarded(self, term, target, op) -> Term:
        """The term, None where the adjoint that it is computed from is: rules of arithmetic do not know None."""
        if not self.may_be_none(target) or self.is_result(target) or gives_none(op.primitive):
            return term
        if getattr(op.primitive, "__module__", "") == "srcgrad.rules.dynamic" and target not in self.bars.unsure:
            return term
        none = gast.Compare(self.bars.read(target), [gast.Is()], [constant(None)])
        return Term(gast.IfExp(none, constant(None), term.tree), term.full, term.fresh, may_be_none=True)

    def active_arguments(self, op):
        """(parameter, operand, position within a star parameter) of the active arguments."""
        for name, arg in op.args.items():
            if isinstance(arg, list):
                for i, item in enumerate(arg):
                    if isinstance(item, gast.keyword) and self.is_active(item.value):
                        yield name, item.value, item.arg
                    elif self.is_active(item):
                        yield name, item, i
            elif self.is_active(arg):
                yield name, arg, None

    def check_keywords(self, op, stmt):
        out = op.args.get("out")
        if out is not None and not (isinstance(out, gast.Constant) and out.value is None):
            self.refuse("'out=' writes into an array in place", stmt, "Use the result of the call instead.")

    # items, attributes, displays --------------------------------------------------------------------------------------

    def terms_of_item(self, target, op, stmt):
        """x = owner[i]: added in place to the buffer that is the adjoint of the owner."""
        owner, index = op.node.value, op.node.slice
        bars = self.bars
        if not self.is_active(owner):
            return []
        kind = self.kinds.get(owner.id, UNKNOWN)
        if kind.tag in ("unknown", "object", "function") and owner.id not in bars.buffered:
            from ..rules.indexing import getitem_x_bar

            helper = self.names.helpers.name(getitem_x_bar)
            tree = call(helper, bars.read(target), load(target), load(owner.id), as_value(index))
            return [(owner.id, Term(tree, True, False, True))]
        bars.buffer(owner.id)  # before the item's adjoint is read, which may have been the owner's variable
        value = bars.read(target)
        if kind.tag in ("array", "number") and not self.is_basic(index):
            helper = self.names.helpers.name(scatter)
            bars.emit(located_expr(call(helper, bars.read(owner.id), as_value(index), value), stmt))
            return []
        self.add_item(owner.id, index, value, kind, self.kinds.get(target, UNKNOWN), stmt)
        return []

    def add_item(self, owner, index, value, owner_kind, item_kind, stmt):
        """`owner_bar[index] += value`, by the structural sum where the item is no plain number."""
        bars = self.bars
        place = gast.Subscript(load(self.names.bar(owner)), copy.deepcopy(index), gast.Store())
        constants = not isinstance(index, gast.Constant) and holds_constants(owner_kind)
        if owner_kind.tag in ("array", "number") or is_scalar(item_kind) and not constants:
            node = gast.AugAssign(place, gast.Add(), value)
        else:
            old = gast.Subscript(load(self.names.bar(owner)), copy.deepcopy(index), gast.Load())
            node = gast.Assign([place], call(bars.helper("add"), old, value), None)
        node.lineno, node.col_offset = getattr(stmt, "lineno", 0), 0
        bars.emit(node)
        if isinstance(node, gast.Assign):
            bars.follow(owner, index)

    def is_basic(self, index) -> bool:
        parts = index.elts if isinstance(index, gast.Tuple) else [index]
        for part in parts:
            if isinstance(part, gast.Slice) or isinstance(part, gast.Constant):
                continue
            kind = self.kind(part)
            if kind.tag == "int" or kind.tag == "array" and kind.dtype is not None and np.dtype(kind.dtype).kind == "b":
                continue
            return False
        return True

    def terms_of_display(self, target, op, stmt):
        """t = (a, b): each item of the adjoint goes to the value that it came from."""
        bars = self.bars
        node = op.node
        found = []
        sure = target in bars.buffered
        if isinstance(node, gast.Dict):
            pairs = list(zip(node.keys, node.values))
            for key, value in pairs:
                if self.is_active(value):
                    if key is None:
                        self.refuse(
                            "'**' in a dict display of active values cannot be differentiated",
                            stmt,
                            "Use dict(...) or update().",
                        )
                    item = gast.Subscript(bars.read(target), copy.deepcopy(key), gast.Load())
                    if not sure and self.is_result(target):
                        item = call(gast.Attribute(bars.read(target), "get", gast.Load()), copy.deepcopy(key))
                    elif not sure:
                        item = call(bars.helper("part"), bars.read(target), copy.deepcopy(key))
                    found.append((value.id, self.item_term(item, value)))
            return found
        for value, place in zip(node.elts, places_in(node.elts)):
            if isinstance(value, gast.Starred):
                if self.is_active(value.value):
                    part = call(bars.helper("part"), bars.read(target), as_value(place))
                    tree = call(self.names.helpers.name(iterable_bar), part, copy.deepcopy(value.value))
                    found.append((value.value.id, Term(tree, True, False, may_be_none=True)))
            elif self.is_active(value):
                part = gast.Subscript(bars.read(target), place, gast.Load())
                if not sure and not self.is_result(target):  # an item of another adjoint, which may be None
                    part = call(bars.helper("part"), bars.read(target), place)
                if self.core.is_generated and self.is_result(target) and self.kind(value).tag == "unknown":
                    part = call(bars.helper("add"), call(bars.helper("zeros_like"), copy.deepcopy(value)), part)
                tuples = self.kinds[target].tag == "tuple" and self.kind(value).tag == "float"
                surely = sure and (tuples or self.kinds[target].tag == "list" and self.is_float_list(target))
                found.append((value.id, Term(part, True, False, may_be_none=not surely)))
        return found

    def terms_of_record(self, target, op, stmt):
        """y = Point(a, b): each field of the adjoint goes to the value that it came from."""
        bars, found = self.bars, []
        for name, value in op.args.items():
            if self.is_active(value):
                named = issubclass(op.primitive, tuple)
                key = constant(field_names(op.primitive).index(name) if named else name)
                part = call(bars.helper("part"), bars.read(target), key)
                found.append((value.id, self.item_term(part, value)))
        return found

    def is_result(self, name) -> bool:
        """True for what the function returns: its adjoint comes from outside and is never None."""
        result = self.core.body[-1].value
        return isinstance(result, gast.Name) and result.id == name

    def item_term(self, item, value) -> Term:
        return Term(item, True, False, may_be_none=True)


def places_in(elements):
    """The index of each item of a display in its value, a slice for a starred one."""
    before: list = []
    for element in elements:
        start = sum_of([constant(0), *before])
        if isinstance(element, gast.Starred):
            before.append(call("len", copy.deepcopy(element.value)))
            yield gast.Slice(start, sum_of([constant(0), *before]), None)
        else:
            before.append(constant(1))
            yield start


def same_terms(a, b) -> bool:
    """True when an operation hands its operand the same contribution twice."""
    return (
        a[0] == b[0]
        and not a[1].may_be_none
        and (a[1].full, a[1].may_be_none) == (b[1].full, b[1].may_be_none)
        and gast.dump(gast.Expr(a[1].tree)) == gast.dump(gast.Expr(b[1].tree))
    )


def describe(primitive) -> str:
    from ..frontend.callables import describe_callable

    return describe_callable(primitive)


def as_value(index):
    """An index as an expression: slices are calls of `slice`."""
    if isinstance(index, gast.Slice):
        parts = [constant(None) if p is None else copy.deepcopy(p) for p in (index.lower, index.upper, index.step)]
        return gast.Call(load("slice"), parts, [])
    if isinstance(index, gast.Tuple):
        return gast.Tuple([as_value(e) for e in index.elts], gast.Load())
    return copy.deepcopy(index)


def located_expr(value, at):
    node = gast.Expr(value)
    node.lineno, node.col_offset = getattr(at, "lineno", 0), 0
    return node
