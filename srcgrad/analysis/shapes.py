"""Shapes: which arrays surely have one shape, found without knowing the length of any axis.

A shape is a tuple of dimensions where the rank is known. A dimension is a set of unknown lengths, of which broadcasting
takes the one that is not 1: the empty set is the length 1, the dimension of `a + b` is the union of those of `a` and
`b`, and equal sets are equal lengths. Where no rank is known a shape is such a set of whole shapes. None is a shape of
which nothing can be said, since it changes.

    t = X @ w            {X's first}                          y of unknown rank:  {y}
    p = 0.5 * t + 1      {X's first}, the shape of t          p * y               {p, y}
    d = x[2:] - x[:-2]   {x's, less 2}
"""

from __future__ import annotations

import operator
from functools import reduce

import gast
import numpy as np

from ..frontend.build import load, names_stored, parameters
from ..frontend.scope import MISSING
from ..kinds import UNKNOWN, is_numeric, is_scalar
from ..rules import ndarrays, registry
from .exposure import exposed
from .operations import Operation, Unbound, bind
from .parts import literal
from .results import REDUCTIONS

LIKE_OPERAND = {np.copy, np.conjugate, np.real, np.imag, np.nan_to_num, np.flip, np.triu, np.tril}
LIKE_FIRST = {np.zeros_like, np.ones_like, np.empty_like, np.full_like}
TRANSPOSED = {np.transpose, ndarrays.transpose}
PRODUCTS = {operator.matmul, np.matmul, np.dot}
PENDING = "pending"
UNKNOWABLE = gast.Constant(None, None)
ENTRY = gast.Constant("entry", None)  # in place of a value: what a parameter has at entry
MOST_ROUNDS = 12


class Shapes:
    """The shapes of the names of a function; `transform` has its core, its kinds and a way to describe operations."""

    def __init__(self, transform):
        self.transform, self.kinds = transform, transform.kinds
        self.definitions = Definitions(transform.core, self.kinds)
        self.table: dict = {}
        for _ in range(MOST_ROUNDS):
            before = dict(self.table)
            for name, values in self.definitions.values.items():
                self.settle(name, values)
            if self.table == before:
                return
        self.table = {}

    def settle(self, name, values):
        """The shape of a name from what it is bound to; none yet where nothing of that is known."""
        shapes = {self.own(name) if value is ENTRY else self.of(value) for value in values}
        if self.definitions.is_single(name):
            shape = shapes.pop()
            if shape is not PENDING:
                self.table[name] = self.own(name) if shape is None else shape
            return
        known = (shapes | {self.table.get(name, PENDING)}) - {PENDING}
        if len(known) == 1 and None not in known and all(map(self.definitions.is_steady, roots(*known))):
            self.table[name] = known.pop()
        elif known:
            self.table[name] = () if is_scalar(self.kind_of(name)) else None

    def define(self, name, value):
        """Take up a name that a transformation gives to `value`."""
        self.definitions.add(name, value)
        self.settle(name, [value])

    def kind_of(self, name):
        return self.kinds.get(name, UNKNOWN)

    def own(self, name):
        """The shape of a name that is made of nothing else."""
        kind = self.kind_of(name)
        if is_scalar(kind):
            return ()
        if kind.tag == "array" and kind.ndim is not None:
            return tuple(frozenset([(name, axis)]) for axis in range(kind.ndim))
        return frozenset([name]) if is_numeric(kind) or kind == UNKNOWN else None

    # questions --------------------------------------------------------------------------------------------------------

    def are_same(self, *expressions) -> bool:
        """True when all of these surely have one shape."""
        found = {self.of(e) for e in expressions}
        return len(found) == 1 and not found & {None, PENDING}

    def fills(self, expression, whole, given=None) -> bool:
        """True when `expression` surely has the shape of `whole`; `given` are the shapes of further names."""
        found = self.of(expression, given)
        return found not in (None, PENDING) and found == self.of(whole)

    def stand_in(self, name) -> str:
        """A name of the shape and type of `name` that is there at the end: what has a shape only need not be recorded.

        None is sought where arrays are written into, for what the reverse sweep reads is then kept apart from these.
        """
        shape, temporaries = self.of(load(name)), self.transform.core.temporaries
        if name in self.definitions.lasting - temporaries or shape in (None, PENDING) or self.definitions.updates:
            return name
        order = list(self.definitions.values)
        before = order[: order.index(name)] if name in self.definitions.values else []
        alike = [n for n in before if n in self.definitions.lasting and self.table.get(n) == shape]
        alike = [n for n in alike if self.kinds.get(n) == self.kinds.get(name)]
        own = [n for n in alike if n not in temporaries and self.definitions.values[n][0] is not ENTRY]
        return [*own, *alike, name][0] if name not in self.definitions.lasting or own else name

    def of(self, expr, given=None):
        """The shape of an expression; None where it is not known, PENDING where it is not known yet."""
        if isinstance(expr, gast.Name):
            if given and expr.id in given:
                return given[expr.id]
            if expr.id in self.table:
                return self.table[expr.id]
            if expr.id in self.definitions.values:
                return PENDING
            return () if is_scalar(self.transform.kind(expr)) else None
        if isinstance(expr, gast.Constant):
            return () if isinstance(expr.value, (int, float, complex)) else None
        if isinstance(expr, gast.Compare):
            return together([self.of(e, given) for e in (expr.left, *expr.comparators)])
        if is_scalar(self.transform.kind(expr)):
            return ()
        if isinstance(expr, (gast.BinOp, gast.UnaryOp, gast.Call, gast.Attribute, gast.Subscript)):
            try:
                return self.of_operation(self.described(expr), given)
            except Unbound:
                return None
        return None

    def described(self, expr):
        """What an expression is; in the text of a rule `np` is NumPy, also where the user calls it otherwise."""
        if isinstance(expr, gast.Call) and self.transform.core.scope.resolve(expr.func) is MISSING:
            owner = getattr(expr.func, "value", None)
            target = getattr(np, getattr(expr.func, "attr", ""), None)
            if getattr(owner, "id", "") == self.transform.names.helpers.numpy and is_differentiable(target):
                return Operation("rule", target, bind(target, expr.args, expr.keywords), expr)
        return self.transform.describe(expr)

    def of_operation(self, op, given):
        if op.form == "item":
            return item_shape(self.of(op.args["owner"], given), op.node.slice, self.transform.kind)
        if op.form == "inactive" and isinstance(op.node, gast.Call):
            return self.of_inactive(op.node, given)
        if op.form != "rule":
            return None
        operands = [self.of(a, given) for a in op.args.values() if isinstance(a, gast.AST)]
        if PENDING in operands:
            return PENDING
        if op.primitive in registry.partial_rules or op.primitive in (np.where, np.clip):
            return together(operands)
        shape = operands[0] if operands else None
        if op.primitive in LIKE_OPERAND:
            return shape
        if not all(isinstance(s, tuple) for s in operands[:2]):
            return None
        if op.primitive in TRANSPOSED:
            return shape[::-1] if len(operands) == 1 else None
        if op.primitive is np.outer:
            return (*shape, *operands[1]) if len(shape) == len(operands[1]) == 1 else None
        if op.primitive in PRODUCTS:
            return product_shape(*operands[:2])
        return reduced(shape, op.args) if op.primitive in REDUCTIONS else None

    def of_inactive(self, call, given):
        """The shape of what a call without a derivative returns: of comparisons, of rounding, of zeros like another."""
        target = self.transform.core.scope.resolve(call.func)
        if call.keywords or not call.args or any(isinstance(a, gast.Starred) for a in call.args):
            return None
        if isinstance(target, np.ufunc) and (target.nout, target.nin) == (1, len(call.args)):
            return together([self.of(a, given) for a in call.args])
        return self.of(call.args[0], given) if len(call.args) == 1 and any(target is f for f in LIKE_FIRST) else None


class Definitions:
    """What each name of a function is bound to, and which names may be told apart by nothing but their name.

    A name is single when it has one value, or one in each iteration that reads it. It is steady when it has but one.
    """

    def __init__(self, core, kinds):
        self.kinds = kinds
        self.values: dict[str, list] = {}
        self.carried: set[str] = set()  # from one iteration to the next
        self.repeated: set[str] = set()  # bound in loops
        self.updates = any(isinstance(n, gast.Subscript) and isinstance(n.ctx, gast.Store) for n in walk(core.body))
        for name in {*parameters(core.args), *core.scope.active_cells}:
            self.add(name, ENTRY)
        self.block(core.body)
        outer = {n for n, values in self.values.items() if values[0] is ENTRY}
        outer |= {n.targets[0].id for n in core.body if isinstance(n, gast.Assign) and is_name(n.targets[0])}
        self.lasting = {n for n in outer if self.is_single(n)}  # they have their one value to the end

    def add(self, name, value):
        self.values.setdefault(name, []).append(value)

    def is_single(self, name) -> bool:
        return len(self.values[name]) == 1 and name not in self.carried

    def is_steady(self, name) -> bool:
        """True for a name with one value in all, or with one at entry: all others of it must have its shape."""
        once = name in self.values and self.is_single(name) and name not in self.repeated
        return once or self.values.get(name, [None])[0] is ENTRY

    def block(self, stmts):
        for stmt in stmts:
            if isinstance(stmt, gast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name):
                self.add(stmt.targets[0].id, stmt.value)
                self.unknown(names_stored(stmt.value))
            elif isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name):
                name = stmt.target.id
                if self.kinds.get(name, UNKNOWN).tag == "array":
                    self.updates = True
                else:
                    self.add(name, gast.BinOp(load(name), stmt.op, stmt.value))
            elif isinstance(stmt, (gast.For, gast.While)):
                self.loop(stmt)
            elif isinstance(stmt, (gast.If, gast.With)):
                self.block(stmt.body)
                self.block(getattr(stmt, "orelse", None) or [])
                head = stmt.items if isinstance(stmt, gast.With) else [stmt.test]
                self.unknown(set().union(*map(names_stored, head)))
            else:
                self.unknown(names_stored(stmt))
            self.unknown(rebound_by_closures(stmt) if isinstance(stmt, gast.FunctionDef) else ())

    def loop(self, stmt):
        self.carried |= exposed(stmt.body) & names_stored(stmt.body)
        self.repeated |= names_stored(stmt)
        if isinstance(stmt, gast.For) and isinstance(stmt.target, gast.Name) and isinstance(stmt.iter, gast.Name):
            self.add(stmt.target.id, gast.Subscript(stmt.iter, gast.Constant(0, None), gast.Load()))
        else:
            self.unknown(names_stored(stmt.target if isinstance(stmt, gast.For) else stmt.test))
        self.block(stmt.body)
        self.block(stmt.orelse or [])

    def unknown(self, names):
        for name in names:
            self.add(name, UNKNOWABLE)


def walk(stmts):
    return (node for stmt in stmts for node in gast.walk(stmt))


def is_name(node) -> bool:
    return isinstance(node, gast.Name)


def rebound_by_closures(function) -> set[str]:
    """The variables of the function around it that a nested function binds."""
    return {name for node in gast.walk(function) if isinstance(node, gast.Nonlocal) for name in node.names}


def roots(part) -> set[str]:
    """The names that a shape is made of."""
    if isinstance(part, str):
        return {part}
    return set().union(*map(roots, part)) if isinstance(part, (tuple, frozenset)) else set()


def together(shapes):
    """The shape of an elementwise result."""
    if PENDING in shapes or None in shapes:
        return PENDING if PENDING in shapes else None
    members = [m for s in shapes for m in (s if isinstance(s, frozenset) else [s])]
    ranked = reduce(aligned, [m for m in members if isinstance(m, tuple)], ())
    others = frozenset(m for m in members if not isinstance(m, tuple))
    return others | {ranked} if others and ranked else others or ranked


def aligned(a, b):
    """Two shapes of known rank, broadcast against each other."""
    rank = max(len(a), len(b))
    a, b = ((frozenset(),) * (rank - len(s)) + s for s in (a, b))
    return tuple(x | y for x, y in zip(a, b))


def product_shape(a, b):
    """The shape of `a @ b` and of `np.dot` for vectors and matrices."""
    if not (1 <= len(a) <= 2 and 1 <= len(b) <= 2):
        return None
    return a[:-1] + b[-1:] * (len(b) - 1)


def reduced(shape, args):
    """The shape that a sum over constant axes leaves."""
    keep, axis = (literal(args[n]) if n in args else None for n in ("keepdims", "axis"))
    if args.keys() - {"a", "axis", "keepdims", "x"} or keep not in (None, True, False):
        return None
    axes = range(len(shape)) if axis is None else [axis]
    if not all(isinstance(i, int) and -len(shape) <= i < len(shape) for i in axes):
        return None
    axes = {i % len(shape) for i in axes}
    kept = [frozenset() if i in axes else d for i, d in enumerate(shape) if keep or i not in axes]
    return tuple(kept)


def item_shape(shape, index, kind):
    """The shape of `x[index]` for constants, numbers and slices by constants."""
    if not isinstance(shape, tuple):
        return shape if shape is PENDING else None
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    taken = sum(not is_added(part) for part in parts)
    if taken > len(shape):
        return None
    found, axis = [], 0
    for part in parts:
        if is_added(part):
            found.append(frozenset())
            continue
        if isinstance(part, gast.Slice):
            length = sliced(shape[axis], part)
            if length is None:
                return None
            found.append(length)
        elif kind(part).tag != "int":
            return None
        axis += 1
    return (*found, *shape[axis:])


def is_added(part) -> bool:
    """True for the index None, which adds an axis."""
    return isinstance(part, gast.Constant) and part.value is None


def sliced(length, part):
    """The dimension that a slice by constants leaves: `x[a:-b]` is a + b shorter than `x`, if not empty."""
    lower, upper, step = (None if p is None else literal(p) for p in (part.lower, part.upper, part.step))
    if not all(bound is None or isinstance(bound, int) for bound in (lower, upper, step)):
        return None
    if step in (None, 1) and (lower or 0) >= 0 and (upper is None or upper < 0):
        less = (lower or 0) - (upper or 0)
        (inner,) = length if len(length) == 1 else (None,)
        if inner is not None and inner[0] == "less":
            length, less = inner[1], less + inner[2]
        return frozenset([("less", length, less)]) if less else length
    return length if (lower, upper, step) == (None, None, -1) else frozenset([("slice", length, lower, upper, step)])


def is_differentiable(target) -> bool:
    """True for a function that rules state, other than that it has no derivative."""
    return registry.has_rule(target) and (target in registry.partial_rules or target in registry.vjp_rules)
