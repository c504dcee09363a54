"""The contributions of one operation to the adjoints of its operands."""

from __future__ import annotations

import copy

import gast
import numpy as np

from ..analysis.activity import wrt
from ..analysis.operations import Unbound
from ..frontend.build import call, constant, load, names_loaded
from ..kinds import UNKNOWN, can_be_active, is_numeric, is_scalar, may_be_complex
from ..records import field_names
from ..rules import registry
from ..rules.containers import iterable_bar
from ..rules.indexing import scatter
from ..rules.reductions import lazy_rules
from . import terms
from .bars import LAZY
from .folding import fold_conditionals
from .terms import Term, sum_of


class Operators:
    """Mixed into `Reverse`: what an operation hands on."""

    def terms(self, target, op, stmt) -> list[tuple[str, Term]]:
        """(operand, contribution) for every active operand of `target = op`."""
        method = getattr(self, f"terms_of_{op.form}", None)
        if method is None:
            self.refuse("this cannot be differentiated", stmt, "Write it as plain arithmetic or function calls.")
        return method(target, op, stmt)

    def elementwise_operands(self, value):
        """The operands of an elementwise operation, or None."""
        if isinstance(value, gast.Name):
            return [value]
        if not isinstance(value, (gast.BinOp, gast.UnaryOp, gast.Call)):
            return None
        try:
            op = self.describe(value)
        except Unbound:  # refused where the statement itself is differentiated
            return None
        if op.form == "rule" and (op.primitive in registry.partial_rules):
            return [a for a in op.args.values() if not isinstance(a, list)]
        return None

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
            tree = fold_conditionals(tree)
            term = self.shaped(tree, operand, target, op, elementwise)
            result.append((operand.id, self.guarded(term, target, op)))
        if len(result) == 2 and same_terms(*result):  # x * x
            (name, term), _ = result
            term.tree, term.fresh = gast.BinOp(constant(2), gast.Mult(), term.tree), True
            return [(name, term)]
        return result

    def guarded(self, term, target, op) -> Term:
        """The term, None where the adjoint that it is computed from is: rules of arithmetic do not know None."""
        if not self.may_be_none(target) or self.is_result(target) or gives_none(op.primitive):
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

    def lazy_term(self, target, op):
        """The sum of all entries hands on one number, spread out only where its shape matters."""
        rule = lazy_rules.get(op.primitive)
        operand = next(iter(op.args.values()), None)
        if rule is None or len(op.args) != 1 or not self.is_active(operand) or self.kind(operand).tag != "array":
            return None
        names, body = terms.parsed(rule)
        tree = terms.filled(names, body, dict(zip(names, [self.bars.read(target), load(target), operand])))
        return [(operand.id, Term(tree, full=False))]

    def keeps_lazy(self, op, elementwise, target) -> bool:
        """A lazy adjoint stays so through an elementwise operation on operands of its own shape and constants."""
        arrays = [a for a in op.args.values() if not is_scalar(self.kind(a))]
        sums = any(is_scalar(self.kind(a)) and self.is_active(a) for a in op.args.values())
        return (
            elementwise
            and bool(arrays)
            and not sums
            and all(isinstance(a, gast.Name) and self.same_shape(a.id, target) for a in arrays)
        )

    def shaped(self, tree, operand, target, op, elementwise) -> Term:
        """The term in the shape of its operand: summed where it was broadcast, real where the operand is real."""
        y_kind, x_kind = self.kind(load(target)), self.kind(operand)
        lazy = self.bars.state.status[target] == LAZY
        fresh = not isinstance(tree, (gast.Name, gast.Attribute, gast.Subscript))
        if isinstance(tree, gast.Call):
            fresh = elementwise
        if not elementwise:
            if (
                x_kind.tag == "float"
                and not gives_none(op.primitive)
                and getattr(op.primitive, "__module__", "") not in ("math", "builtins")
            ):
                return Term(
                    call("float", tree)
                    if not may_be_complex(y_kind)
                    else call(self.bars.helper("unbroadcast"), tree, copy.deepcopy(operand)),
                    True,
                    True,
                )
            if may_be_complex(y_kind) and not may_be_complex(x_kind) and is_numeric(x_kind) and y_kind.tag != "unknown":
                tree = call(self.bars.helper("unbroadcast"), tree, copy.deepcopy(operand))
            may_be_none = not is_numeric(x_kind) or not is_numeric(y_kind) or gives_none(op.primitive)
            return Term(tree, True, fresh, may_be_none)
        if self.needs_unbroadcast(operand, target, op, y_kind, x_kind):
            return Term(call(self.bars.helper("unbroadcast"), tree, copy.deepcopy(operand)), not lazy, False)
        mentions = names_loaded(tree) - {self.names.bar(target)}
        full = not lazy or any(
            not is_scalar(self.kinds.get(n, UNKNOWN)) and self.same_shape(n, operand.id)
            for n in mentions
            if n in self.kinds
        )
        if isinstance(tree, gast.BinOp) and _is_one(tree.right):
            fresh = False
        return Term(tree, full, fresh)

    def needs_unbroadcast(self, operand, target, op, y_kind, x_kind) -> bool:
        if may_be_complex(y_kind) and not may_be_complex(x_kind):
            return True
        others = [a for a in op.args.values() if a is not operand and a is not None and not isinstance(a, list)]
        if x_kind.tag == "number" and may_be_complex(x_kind) and any(may_be_complex(self.kind(a)) for a in others):
            return True
        if is_scalar(y_kind):
            return False
        if all(is_scalar(self.kind(a)) for a in others):
            return False
        return not self.same_shape(operand.id, target)

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
        value = bars.read(target)
        if kind.tag in ("array", "number") and not self.is_basic(index):
            bars.buffer(owner.id)
            helper = self.names.helpers.name(scatter)
            bars.emit(located_expr(call(helper, bars.read(owner.id), as_value(index), value), stmt))
            return []
        bars.buffer(owner.id)
        self.add_item(owner.id, index, value, kind, self.kinds.get(target, UNKNOWN), stmt)
        return []

    def add_item(self, owner, index, value, owner_kind, item_kind, stmt):
        """`owner_bar[index] += value`, by the structural sum where the item is no plain number."""
        bars = self.bars
        place = gast.Subscript(load(self.names.bar(owner)), copy.deepcopy(index), gast.Store())
        if owner_kind.tag in ("array", "number") or is_scalar(item_kind) and not may_hold_none(owner_kind, index):
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
                surely = sure and self.kinds[target].tag == "list" and self.is_float_list(target)
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


def may_hold_none(kind, index) -> bool:
    """True when the adjoint of a container may have None at this index: at that of an integer, in place of a float."""
    if isinstance(index, gast.Constant) or kind.tag not in ("tuple", "dict"):
        return False
    items = [item for _, item in kind.items or ()] if kind.tag == "dict" else kind.items
    return any(not can_be_active(item) for item in items or ())


def same_terms(a, b) -> bool:
    """True when an operation hands its operand the same contribution twice."""
    return (
        a[0] == b[0]
        and not a[1].may_be_none
        and (a[1].full, a[1].may_be_none) == (b[1].full, b[1].may_be_none)
        and gast.dump(gast.Expr(a[1].tree)) == gast.dump(gast.Expr(b[1].tree))
    )


def gives_none(primitive) -> bool:
    """True for rules on containers, which say None for zero."""
    rules = registry.vjp_rules.get(primitive, {})
    return any(r.function.__module__ in NONE_RULES for rs in rules.values() for r in rs)


NONE_RULES = (
    "srcgrad.rules.containers",
    "srcgrad.rules.dicts",
    "srcgrad.rules.records",
    "srcgrad.rules.dynamic",
    "srcgrad.rules.pairs",
    "srcgrad.rules.generated",
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


def _is_one(tree) -> bool:
    return isinstance(tree, gast.Constant) and tree.value in (1, 1.0)
