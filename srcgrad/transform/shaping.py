"""The shape of what an operation hands on: summed where its operand was broadcast, one number where all are equal.

Where the shapes are known to be one, nothing is done; where it is known along which axes an operand was stretched, the
text sums over these. Else the helper `unbroadcast` finds out.
"""

from __future__ import annotations

import copy
import operator

import gast
import numpy as np

from ..analysis.parts import literal
from ..analysis.shapes import PENDING
from ..frontend.build import call, constant, expression, load, names_loaded
from ..kinds import is_numeric, is_scalar, may_be_complex
from ..rules import registry
from ..rules.generated import fitted
from ..rules.reductions import lazy_rules
from ..runtime.helpers import as_sequence, unbroadcast
from . import terms
from .bars import FULL, LAZY
from .terms import Term, Wide


class Shaping:
    """Mixed into `Operators`."""

    def lazy_term(self, target, op):
        """A sum hands on what it got, one number if all entries went in: spread out only where its shape matters."""
        operand = op.args.get("a")
        if op.primitive not in lazy_rules or not self.is_active(operand) or self.kind(operand).tag != "array":
            return None
        y_bar, size = self.bars.read(target), gast.Attribute(operand, "size", gast.Load())
        if len(op.args) > 1:
            axis, keeps = (literal(op.args.get(n, constant(None))) for n in ("axis", "keepdims"))
            rank = self.kind(operand).ndim
            plain = (
                type(axis) is int and keeps in (None, False, True) and not op.args.keys() - {"a", "axis", "keepdims"}
            )
            if not plain or rank is None or not -rank <= axis < rank or may_be_complex(self.kind(operand)):
                return None
            size = expression("a.shape[i]", a=operand, i=constant(axis))
            if not keeps and axis % rank:
                y_bar = call(f"{self.names.helpers.numpy}.expand_dims", y_bar, constant(axis))
        if is_scalar(self.kind(load(target))) or self.bars.state.status[target] != FULL:
            size = gast.BoolOp(gast.Or(), [size, constant(1)])  # a number divided by an empty array's size raises
        names, body = terms.parsed(lazy_rules[op.primitive])
        return [(operand.id, Term(terms.filled(names, body, dict(zip(names, [y_bar, size]))), full=False))]

    def keeps_lazy(self, op, elementwise, target) -> bool:
        """A lazy adjoint stays so through an elementwise operation on operands of its own shape and constants."""
        arrays = [a for a in op.args.values() if not is_scalar(self.kind(a))]
        sums = any(is_scalar(self.kind(a)) and self.is_active(a) for a in op.args.values())
        return elementwise and bool(arrays) and not sums and all(self.shapes.are_same(a, load(target)) for a in arrays)

    def shaped(self, tree, operand, target, op, elementwise) -> Term:
        """The term in the shape of its operand: summed where it was broadcast, real where the operand is real."""
        y_kind, x_kind = self.kind(load(target)), self.kind(operand)
        lazy = self.bars.state.status[target] == LAZY
        fresh = not isinstance(tree, (gast.Name, gast.Attribute, gast.Subscript))
        if isinstance(tree, gast.Call):
            fresh = elementwise or getattr(tree.func, "attr", "") in MAKES_ARRAYS
        elif not fresh:
            fresh = self.hands_over(tree, target, op)
        if not elementwise:
            if (
                x_kind.tag == "float"
                and not makes_none(op.primitive)
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
            elif (
                y_kind.tag == "unknown" and is_stated_outside(op.primitive) and x_kind.tag not in ("function", "object")
            ):
                tree = call(self.names.helpers.name(fitted), tree, copy.deepcopy(operand))
            may_be_none = not is_numeric(x_kind) or not is_numeric(y_kind) or makes_none(op.primitive)
            return Term(tree, True, fresh, may_be_none)
        if self.needs_unbroadcast(operand, target, op, y_kind, x_kind):
            fresh = fresh and not (isinstance(tree, gast.BinOp) and _is_one(tree.right))
            shape = self.shapes.of(load(target))
            narrow = self.summed(tree, operand, target, shape)
            if lazy or shape in (None, PENDING):
                return Term(narrow, not lazy, fresh)
            wide = Wide(shape, lambda: tree, lambda wide: self.summed(wide, operand, target, shape))
            return Term(narrow, True, fresh, wide=wide)
        stretched = dict.fromkeys(names_loaded(self.bars.read(target)), ())  # to whatever it is combined with
        full = not lazy or self.shapes.fills(tree, operand, stretched)
        if isinstance(tree, gast.BinOp) and _is_one(tree.right):
            fresh = False
        return Term(tree, full, fresh)

    def kept_wide(self, target, op) -> Wide | None:
        """How the adjoint of `target` was summed, if that of the one operand of `op` may be so instead: `y = 1 - x`."""
        wide = self.bars.state.wide.get(target)
        arrays = [a for a in op.args.values() if not is_scalar(self.kind(a))]
        if wide is None or op.primitive not in LINEAR or len(arrays) != 1 or not self.is_active(arrays[0]):
            return None
        alike = self.kind(arrays[0]) == self.kind(load(target)) and self.same_shape(arrays[0].id, target)
        return wide if alike and len(list(self.active_arguments(op))) == 1 else None

    def hands_over(self, tree, target, op) -> bool:
        """True when a contribution is the adjoint of `target` itself, which no one else sees, then or later."""
        own = isinstance(tree, gast.Name) and tree.id == self.names.bar(target) and target in self.bars.state.owned
        return own and len(list(self.active_arguments(op))) == 1

    def summed(self, tree, operand, target, shape) -> gast.AST:
        """`tree`, a contribution of `target` of the shape `shape`, in that of `operand`."""
        if self.is_as_real(target, operand):
            axes = stretched_axes(shape, self.shapes.of(operand))
            if axes is not None:
                return (
                    tree if axes == EVERYWHERE else with_keywords(call(f"{self.names.helpers.numpy}.sum", tree), axes)
                )
        known = self.is_as_real(target, operand) or not may_be_complex(self.kind(operand))
        like = self.shapes.stand_in(operand.id) if known else operand.id  # which also tells whether it is complex
        return call(self.bars.helper("unbroadcast"), tree, load(like))

    def is_as_real(self, target, operand) -> bool:
        """True when `operand` is surely complex where the adjoint of `target` is."""
        kind = self.kind(operand)
        complex_array = kind.tag == "array" and kind.dtype is not None and kind.dtype[1] == "c"
        return not may_be_complex(self.kind(load(target))) or kind.tag == "complex" or complex_array

    def shapes_settled(self, tree, target) -> gast.AST:
        """An inlined rule without the calls of `unbroadcast` that what is known here makes needless."""
        y_bar = self.bars.read(target)
        full = isinstance(y_bar, gast.Name) and self.bars.state.status[target] == FULL
        given = {y_bar.id: self.shapes.of(load(target))} if full else {}
        return _Settled(self, target, given).visit(tree)

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


class _Settled(gast.NodeTransformer):
    def __init__(self, room, target, given):
        self.room, self.target, self.given = room, target, given

    def visit_Call(self, node):
        self.generic_visit(node)
        name = getattr(node.func, "id", None)
        if self.room.names.helpers.objects.get(name) is not unbroadcast or not isinstance(node.args[1], gast.Name):
            return node
        tree, operand = node.args
        shape = self.room.shapes.of(tree, self.given)
        return self.room.summed(tree, operand, self.target, shape) if operand.id in self.room.kinds else node


def stretched_axes(shape, narrow):
    """The axes along which broadcasting stretched `narrow` to `shape`, as keywords of a sum; None where unknown."""
    if None in (shape, narrow) or PENDING in (shape, narrow):
        return None
    if shape == narrow:
        return EVERYWHERE
    if narrow == ():
        return []
    if not isinstance(shape, tuple) or not isinstance(narrow, tuple):
        return None
    added = len(shape) - len(narrow)
    if narrow == shape[added:]:
        return [gast.keyword("axis", axes_literal(range(added)))]
    ones = [i for i, (a, b) in enumerate(zip(shape, narrow)) if a != b]
    if added or any(narrow[i] for i in ones):
        return None
    return [gast.keyword("axis", axes_literal(ones)), gast.keyword("keepdims", constant(True))]


def axes_literal(axes):
    """One axis as a number, several as a tuple."""
    found = [constant(i) for i in axes]
    return found[0] if len(found) == 1 else gast.Tuple(found, gast.Load())


def with_keywords(node, keywords):
    node.keywords = keywords
    return node


LINEAR = {operator.add, operator.sub, operator.neg, operator.mul, np.add, np.subtract, np.negative, np.multiply}
MAKES_ARRAYS = frozenset(["where", "outer"])
EVERYWHERE = "everywhere"  # nothing was stretched


def gives_none(primitive) -> bool:
    """True for rules on containers, which say None for zero and take it for one."""
    return makes_none(primitive) or is_stated_in(primitive, ("srcgrad.rules.generated",))


def makes_none(primitive) -> bool:
    """True for rules that say None for the zero adjoint of a number as well, whose result's adjoint is none."""
    return primitive is as_sequence or is_stated_in(primitive, NONE_RULES)


def is_stated_in(primitive, modules) -> bool:
    """True when a rule for the adjoints of `primitive` stands in one of `modules`."""
    return any(r.function.__module__ in modules for rs in registry.vjp_rules.get(primitive, {}).values() for r in rs)


NONE_RULES = (
    "srcgrad.rules.containers",
    "srcgrad.rules.dicts",
    "srcgrad.rules.records",
    "srcgrad.rules.pairs",
)


def is_stated_outside(primitive) -> bool:
    """True for a function whose rules others state: these may return a complex adjoint for a real argument."""
    listed = (*registry.vjp_rules.get(primitive, {}).values(), *registry.jvp_rules.get(primitive, {}).values())
    return any(not str(rule.function.__module__).startswith("srcgrad.rules.") for rules in listed for rule in rules)


def _is_one(tree) -> bool:
    return isinstance(tree, gast.Constant) and tree.value in (1, 1.0)
