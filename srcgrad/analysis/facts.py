"""Kinds and activity of every name of a core-language function.

Kinds are found by abstract execution to a fixed point: a name's kind is the join of what its assignments give it.
A name is active when it varies with an active input and influences the result.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import gast
import numpy as np

from ..frontend.activity import assignments_outside
from ..frontend.build import names_loaded, names_stored
from ..frontend.scope import MISSING
from ..kinds import (
    BOOL,
    BOTTOM,
    FLOAT,
    FUNCTION,
    INT,
    NONE,
    STR,
    UNKNOWN,
    Kind,
    array,
    dict_of,
    fields_of,
    is_scalar,
    join,
    kind_of,
    list_of,
    record_of,
    tuple_of,
)
from ..records import field_names
from ..rules.binding import unbound
from . import results
from .operations import BINARY, Unbound, describe
from .parts import exchange, item_at, links

ROUNDS = 12


@dataclass
class Facts:
    """What is known of a function's names."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)
    result: Kind = UNKNOWN


class Inference:
    """The kind of any expression, given the kinds of names. `callee_kind(target, node, kinds)` asks for a callee's."""

    def __init__(self, core, kinds, callee_kind):
        self.scope, self.core = core.scope, core
        self.kinds, self.given = dict(kinds), dict(kinds)
        self.callee_kind = callee_kind
        self.result = None

    # to a fixed point -------------------------------------------------------------------------------------------------

    def run(self) -> dict[str, Kind]:
        self.to_fixed_point()
        kinds = {name: settled(kind) for name, kind in self.kinds.items()}
        if kinds != self.kinds:  # a list that seems to stay empty may be appended to under another name
            self.kinds.update(kinds)
            self.to_fixed_point()
        return self.kinds

    def to_fixed_point(self):
        linked = [*links(self.core.body)]
        for _ in range(ROUNDS):
            before = dict(self.kinds)
            self.block(self.core.body)
            exchange(self, linked)
            if self.kinds == before:
                break
        else:
            self.widen(before)

    def widen(self, before):
        """Kinds that keep growing (nested tuples built in a loop) are unknown."""
        for _ in range(ROUNDS):
            for name, kind in self.kinds.items():
                if before.get(name) != kind:
                    self.kinds[name] = UNKNOWN
            before = dict(self.kinds)
            self.block(self.core.body)
            if all(self.kinds[n] == before.get(n) for n in self.kinds):
                return
        self.kinds = dict.fromkeys(self.kinds, UNKNOWN)

    def set(self, name, kind):
        self.kinds[name] = join(self.kinds.get(name), kind)

    def block(self, stmts):
        for stmt in stmts:
            method = getattr(self, f"visit_{type(stmt).__name__}", None)
            if method is not None:
                method(stmt)
            else:
                for name in names_stored(stmt):
                    self.set(name, UNKNOWN)

    def visit_Assign(self, stmt):
        self.grow(stmt.value)
        value = self.kind(stmt.value)
        for target in stmt.targets:
            self.target(target, value)

    def target(self, target, value):
        if isinstance(target, gast.Name):
            self.set(target.id, value)
        elif isinstance(target, gast.Subscript):
            self.store(target, value)
        elif isinstance(target, (gast.Tuple, gast.List)):
            items = value.items if value.tag == "tuple" and len(value.items) == len(target.elts) else None
            for i, element in enumerate(target.elts):
                item = items[i] if items else results.item_of(value) or UNKNOWN
                self.target(
                    element.value if isinstance(element, gast.Starred) else element,
                    UNKNOWN if isinstance(element, gast.Starred) else item,
                )

    def store(self, target, value):
        """An item store widens the kind of the container that holds it."""
        if not isinstance(target.value, gast.Name):
            return
        owner = self.kinds.get(target.value.id)
        if owner is None:
            return
        if owner.tag == "list":
            if not isinstance(target.slice, gast.Slice):
                self.set(target.value.id, list_of(value))
        elif owner.tag == "dict":
            key = target.slice
            if isinstance(key, gast.Constant) and owner.items is not None:
                self.set(target.value.id, dict_of({key.value: value}))
            else:
                self.kinds[target.value.id] = Kind("dict")

    def visit_AugAssign(self, stmt):
        value, added = self.kind(gast.BinOp(_as_load(stmt.target), stmt.op, stmt.value)), self.kind(stmt.value)
        if self.kind(_as_load(stmt.target)).tag == "list" != added.tag and isinstance(stmt.op, gast.Add):
            value = list_of(results.item_of(added) or UNKNOWN)  # a list takes the items of anything
        if isinstance(stmt.target, gast.Name):
            self.set(stmt.target.id, value)
        elif isinstance(stmt.target, gast.Subscript):
            self.store(stmt.target, value)

    def visit_Expr(self, stmt):
        self.grow(stmt.value)

    def grow(self, call):
        """A method that adds to a list or dict widens its kind."""
        if (
            isinstance(call, gast.Call)
            and isinstance(call.func, gast.Attribute)
            and isinstance(call.func.value, gast.Name)
        ):
            owner = self.kinds.get(call.func.value.id)
            if owner is not None and owner.tag == "list" and call.args:
                name = call.func.value.id
                if call.func.attr == "append":
                    self.set(name, list_of(self.kind(call.args[0])))
                elif call.func.attr == "insert":
                    self.set(name, list_of(self.kind(call.args[1])))
                elif call.func.attr == "extend":
                    self.set(name, list_of(results.item_of(self.kind(call.args[0])) or UNKNOWN))
            if owner is not None and owner.tag == "dict" and call.func.attr in ("update", "setdefault"):
                self.kinds[call.func.value.id] = Kind("dict")

    def visit_If(self, stmt):
        self.walruses(stmt.test)
        self.block(stmt.body)
        self.block(stmt.orelse)

    def walruses(self, expr):
        for node in gast.walk(expr):
            if isinstance(node, gast.NamedExpr):
                self.set(node.target.id, self.kind(node.value))

    def visit_While(self, stmt):
        self.walruses(stmt.test)
        self.block(stmt.body)

    def visit_For(self, stmt):
        iterable = self.kind(stmt.iter)
        is_range = isinstance(stmt.iter, gast.Call) and self.scope.resolve(stmt.iter.func) is range
        self.target(stmt.target, INT if is_range else results.item_of(iterable) or UNKNOWN)
        self.block(stmt.body)

    def visit_With(self, stmt):
        for item in stmt.items:
            if item.optional_vars is not None:
                self.target(item.optional_vars, UNKNOWN)
        self.block(stmt.body)

    def visit_Return(self, stmt):
        self.result = join(self.result, self.kind(stmt.value))

    def visit_FunctionDef(self, stmt):
        self.set(stmt.name, FUNCTION)
        for name, value in assignments_outside(stmt):
            if name in self.scope.local or name in self.scope.active_cells:
                known = value is not None and names_loaded(value) <= {name}
                self.set(name, self.kind(value) if known else UNKNOWN)

    # expressions ------------------------------------------------------------------------------------------------------

    def kind(self, expr) -> Kind:
        """The kind of an expression; a name without one yet has the empty kind, shown as a float."""
        method = getattr(self, f"kind_{type(expr).__name__}", None)
        return method(expr) if method is not None else UNKNOWN

    def kind_Constant(self, expr):
        return kind_of(expr.value)

    def kind_Name(self, expr):
        if expr.id in self.kinds:
            return self.kinds[expr.id]
        if expr.id in self.scope.local:
            return BOTTOM
        value = self.scope.value(expr.id)
        if value is unbound:
            return BOTTOM
        return UNKNOWN if value is MISSING else kind_of(value)

    def kind_Compare(self, expr):
        kinds = [self.kind(e) for e in (expr.left, *expr.comparators)]
        if any(k.tag == "array" for k in kinds):
            ranks = [k.ndim for k in kinds if k.tag == "array"]
            return array("|b1", None if None in ranks else max(ranks))
        return BOOL if all(is_scalar(k) or k.tag in ("str", "none") for k in kinds) else UNKNOWN

    def kind_JoinedStr(self, expr):
        return STR

    def kind_Lambda(self, expr):
        return FUNCTION

    def kind_Tuple(self, expr):
        if any(isinstance(e, gast.Starred) for e in expr.elts):
            return UNKNOWN
        return tuple_of(*(self.kind(e) for e in expr.elts))

    def kind_List(self, expr):
        item = None
        for e in expr.elts:
            item = join(item, UNKNOWN if isinstance(e, gast.Starred) else self.kind(e))
        return list_of(item)

    def kind_ListComp(self, expr):
        """A list of what the element is, where the loops run through a range or a sequence of known items."""
        outer = {name: self.kinds.get(name) for g in expr.generators for name in names_stored(g.target)}
        for g in expr.generators:
            is_range = isinstance(g.iter, gast.Call) and self.scope.resolve(g.iter.func) is range
            item = INT if is_range else results.item_of(self.kind(g.iter)) or UNKNOWN
            for name in names_stored(g.target):
                self.kinds[name] = item if isinstance(g.target, gast.Name) else UNKNOWN
        item = self.kind(expr.elt)
        for name, kind in outer.items():
            self.kinds.pop(name, None) if kind is None else self.kinds.update({name: kind})
        return list_of(item)

    def kind_Dict(self, expr):
        if all(isinstance(k, gast.Constant) for k in expr.keys):
            return dict_of({k.value: self.kind(v) for k, v in zip(expr.keys, expr.values)})
        return Kind("dict")

    def kind_IfExp(self, expr):
        return join(self.kind(expr.body), self.kind(expr.orelse))

    def kind_BoolOp(self, expr):
        result = None
        for value in expr.values:
            result = join(result, self.kind(value))
        return result

    def kind_NamedExpr(self, expr):
        return self.kind(expr.value)

    def kind_UnaryOp(self, expr):
        if isinstance(expr.op, gast.Not):
            return BOOL
        operand = self.kind(expr.operand)
        return INT if operand == BOOL else UNKNOWN if operand.tag == "object" else operand

    def kind_BinOp(self, expr):
        left, right = self.kind(expr.left), self.kind(expr.right)
        primitive = BINARY[type(expr.op)]
        if BOTTOM in (left, right):
            other = right if left == BOTTOM else left
            return FLOAT if other == INT and isinstance(expr.op, gast.Div) else other
        if "object" in (left.tag, right.tag):
            return UNKNOWN  # it is what a method returns
        if left == STR:
            return STR
        if isinstance(expr.op, (gast.FloorDiv, gast.Mod)) and left == right == INT:
            return INT
        if isinstance(expr.op, (gast.BitAnd, gast.BitOr, gast.BitXor)):
            return left if left == right else UNKNOWN
        return self.operation(expr) if primitive is not None else UNKNOWN

    def kind_Subscript(self, expr):
        owner = self.kind(expr.value)
        if owner == BOTTOM:
            return BOTTOM
        return item_at(owner, expr.slice, self.kind)

    def kind_Attribute(self, expr):
        value = self.scope.resolve(expr)
        if value is not MISSING:
            return kind_of(value)
        owner = self.kind(expr.value)
        if expr.attr in fields_of(owner):
            return fields_of(owner)[expr.attr]
        if owner.tag == "array" or is_scalar(owner) or owner.tag == "number":
            if expr.attr == "shape":
                return tuple_of(*[INT] * owner.ndim) if owner.ndim is not None else UNKNOWN
            if expr.attr in ("ndim", "size"):
                return INT
        return self.operation(expr)

    def kind_Call(self, expr):
        return self.operation(expr)

    def operation(self, expr) -> Kind:
        if any(name in self.scope.local and name not in self.kinds for name in names_loaded(expr)):
            return BOTTOM
        try:
            op = describe(expr, self.kinds, self.scope, self.kind)
        except Unbound:
            return UNKNOWN
        if op.form == "rule":
            return results.result_kind(op.primitive, op.args, self.kind, expr)
        if op.form == "record":
            return record_of(op.primitive, {n: self.field(op, n) for n in field_names(op.primitive)})
        if op.form == "callee":
            return self.callee_kind(op.primitive, expr, self)
        if op.form == "mutation":
            owner = self.kind(op.args["owner"])
            if owner.tag == "list" and op.primitive == "pop":
                return results.item_of(owner) or BOTTOM
            return NONE if owner.tag == "list" else UNKNOWN
        if op.form == "inactive" and isinstance(expr, gast.Call):
            return self.inactive_call(expr)
        return UNKNOWN

    def field(self, op, name):
        return self.kind(op.args[name]) if name in op.args else UNKNOWN

    def inactive_call(self, expr):
        target = self.scope.resolve(expr.func)
        if target in results.MIRRORS and expr.args:
            return results.mirrored(self.kind(expr.args[results.MIRRORS[target]]))
        if target in (len, int, round) or target is hash:
            return INT
        if target in results.LIKE_FIRST and expr.args and len(expr.args) == 1 and not expr.keywords:
            return results.like(self.kind(expr.args[0]), target)
        if target in (np.zeros, np.ones, np.empty) and expr.args:
            return self.filled(expr)
        if target in (np.eye, np.identity) and not expr.keywords:
            return array(np.dtype(float).str, 2)
        if target in (np.argmax, np.argmin) and len(expr.args) == 1 and not expr.keywords:
            return INT
        return STR if target is str else UNKNOWN

    def filled(self, expr):
        shape = self.kind(expr.args[0])
        ndim = 1 if shape == INT else len(shape.items) if shape.tag == "tuple" else None
        given = [*expr.args[1:], *(k.value for k in expr.keywords)]
        if not given:
            return array(np.dtype(float).str, ndim)
        named = len(given) == 1 and all(k.arg == "dtype" for k in expr.keywords)
        return array(self.dtype(given[0]) if named else None, ndim)

    def dtype(self, expr) -> str | None:
        """The dtype that an expression names: `float`, `np.int64`."""
        target = self.scope.resolve(expr) if isinstance(expr, (gast.Name, gast.Attribute)) else None
        known = target in (bool, int, float, complex) if not isinstance(target, np.ndarray) else False
        known = known or isinstance(target, type) and issubclass(target, np.number)
        return np.dtype(target).str if known and np.dtype(target).kind in "biufc" else None


def _as_load(target):
    if isinstance(target, gast.Name):
        return gast.Name(target.id, gast.Load(), None, None)
    if isinstance(target, gast.Attribute):
        return gast.Attribute(target.value, target.attr, gast.Load())
    return gast.Subscript(target.value, target.slice, gast.Load())


def settled(kind: Kind) -> Kind:
    """`kind` with its items known: what no item was seen of is unknown."""
    if kind.tag == "dict" and kind.items:
        return dataclasses.replace(kind, items=tuple((key, known(item)) for key, item in kind.items))
    if kind.tag in ("list", "tuple") and kind.items:
        return dataclasses.replace(kind, items=tuple(map(known, kind.items)))
    return kind


def known(item: Kind) -> Kind:
    return UNKNOWN if item == BOTTOM else settled(item)
