"""Operators on objects, as the calls of methods that they are.

    y = x * spline        ->    y = operate("mul", x, spline)          where spline is known to be an object
    y = x * m.scale       ->    t = plain(m.scale);  y = x * t         where nothing is known: checked when it runs
    y = (v < x) * x       ->    t = truth(v < x);  y = t * x

What numbers, arrays and Python's containers do is stated by rules. An object of any other class computes as its methods
say, so these are differentiated instead.
"""

from __future__ import annotations

from functools import cached_property

import gast

from ..frontend.build import assign, call, constant, load, names_loaded, names_stored, parameters
from ..kinds import SPARSE, can_be_active, makes_plain_objects
from ..rules import registry
from ..rules.protocols import operate, operate_alone, plain, truth
from .activity import active_names, wrt
from .operations import Unbound, describe
from .results import NUMERIC_MODULES

COMPOUND = (gast.If, gast.For, gast.While, gast.With)
BINARY = {
    gast.Add: "add",
    gast.Sub: "sub",
    gast.Mult: "mul",
    gast.Div: "truediv",
    gast.Pow: "pow",
    gast.MatMult: "matmul",
    gast.Mod: "mod",
    gast.FloorDiv: "floordiv",
    gast.BitAnd: "and",
    gast.BitOr: "or",
    gast.BitXor: "xor",
    gast.LShift: "lshift",
    gast.RShift: "rshift",
}
UNARY = {gast.USub: "neg", gast.UAdd: "pos", gast.Invert: "invert"}


def with_methods(core, inference, names, inputs, general) -> bool:
    """Rewrite the operations of `core.body` on objects; True when there are any. `names` gives the names of helpers.

    In a `general` text what is unknown is taken for numbers. `inputs` are the names that vary.
    """
    rewriting = _Methods(core, inference, names, inputs, general)
    core.body = rewriting.block(core.body)
    return rewriting.changed


class _Methods:
    def __init__(self, core, inference, names, inputs, general):
        self.core, self.inference, self.names = core, inference, names
        self.inputs, self.general = inputs, general
        self.objects = objects_made(core)
        self.changed = False
        self.out: list = []
        self.at = None

    @cached_property
    def active(self) -> set[str]:
        """The names of which derivatives are known to be taken, on the program as it was."""
        return active_names(self.core, self.inference, self.inputs)

    def block(self, stmts) -> list:
        outer, self.out = self.out, []
        for stmt in stmts:
            self.at = stmt
            if isinstance(stmt, COMPOUND):
                stmt.body = self.block(stmt.body)
                if getattr(stmt, "orelse", None):
                    stmt.orelse = self.block(stmt.orelse)
            elif isinstance(stmt, (gast.Assign, gast.AugAssign, gast.Expr, gast.Return)) and self.is_active(stmt):
                self.statement(stmt)
            self.out.append(stmt)
        made, self.out = self.out, outer
        return made

    def is_active(self, tree) -> bool:
        return bool((names_loaded(tree) | names_stored(tree)) & self.core.active)

    def statement(self, stmt):
        if isinstance(stmt, gast.AugAssign):
            stmt.value = self.checked(stmt.value)
            if isinstance(stmt.target, gast.Name) and self.is_object(
                gast.Name(stmt.target.id, gast.Load(), None, None)
            ):
                self.check(load(stmt.target.id))
        elif stmt.value is not None:
            stmt.value = self.operation(stmt.value)

    def operation(self, value):
        if isinstance(value, gast.BinOp):
            return self.binary(value)
        if isinstance(value, gast.UnaryOp) and type(value.op) in UNARY and self.is_object(value.operand):
            return self.helper_call(operate_alone, constant(UNARY[type(value.op)]), value.operand)
        if isinstance(value, gast.Subscript):
            return self.item(value)
        if isinstance(value, gast.Compare):
            return self.compared(value)
        if isinstance(value, gast.Call):
            self.arguments(value)
        return value

    def item(self, value):
        """What is read at an active index: of a container of Python's or an array that has no derivative."""
        if self.is_object(value.value) and not isinstance(value.slice, (gast.Slice, gast.Tuple)):
            return self.helper_call(operate, constant("getitem"), value.value, value.slice)
        index = value.slice if isinstance(value.slice, gast.Name) else None
        if index is not None and index.id in self.core.active and can_be_active(self.inference.kind(index)):
            value.value = self.checked(value.value)
        return value

    def binary(self, value):
        left, right = value.left, value.right = self.compared(value.left), self.compared(value.right)
        if self.is_object(left) or self.is_object(right):
            kinds = self.inference.kind(left), self.inference.kind(right)
            if not (isinstance(value.op, gast.MatMult) and SPARSE in kinds):
                return self.helper_call(operate, constant(BINARY[type(value.op)]), left, right)
        else:
            value.left, value.right = self.checked(left), self.checked(right)
        return value

    def arguments(self, node):
        """The operands of a function of numbers with respect to which it has a derivative."""
        try:
            op = describe(node, self.inference.kinds, self.core.scope, self.inference.kind)
        except Unbound:  # refused where the call itself is differentiated
            return
        if op.form != "rule" or not is_numerical(op.primitive):
            return
        operands = [part for n, arg in op.args.items() if n in wrt(op.primitive) for part in as_list(arg)]
        places = {id(getattr(part, "value", part)) for part in operands if part is not None} | {*map(id, operands)}
        node.args = [self.checked(self.compared(a)) if id(a) in places else a for a in node.args]
        for keyword in node.keywords:
            keyword.value = self.checked(keyword.value) if id(keyword.value) in places else keyword.value

    def compared(self, expr):
        """A comparison as an operand: what it gives must be a truth value."""
        if isinstance(expr, gast.Compare) and self.is_active(expr):
            operands = (expr.left, *expr.comparators)
            if any(self.is_object(e) or self.is_unknown(e) for e in operands) and not is_identity(expr):
                return self.bound(self.helper_call(truth, expr))
        return expr

    def checked(self, expr):
        """An operand that is an object, or inactive and of no known kind, in a variable: it must be a number."""
        return self.bound(self.helper_call(plain, expr)) if self.is_unknown(expr) or self.is_object(expr) else expr

    def is_unknown(self, expr) -> bool:
        """True for inactive data of which nothing is known when the text is written."""
        if self.general or expr is None or isinstance(expr, (gast.Starred, gast.Constant)):
            return False
        return self.inference.kind(expr).tag == "unknown" and not names_loaded(expr) & self.active

    def is_object(self, expr) -> bool:
        """True for an object whose class may define operators."""
        if expr is None or isinstance(expr, gast.Starred):
            return False
        if isinstance(expr, gast.Name) and expr.id in self.objects:
            return True
        kind = self.inference.kind(expr)
        record = kind.tag == "tuple" and kind.cls is not None
        return kind.tag == "object" or record and any(n in vars(kind.cls) for n in ("__add__", "__mul__", "__rmul__"))

    def bound(self, value):
        name = self.core.namer.fresh("t")
        self.core.temporaries.add(name)
        self.core.scope.local.add(name)
        self.out.append(assign(name, value, self.at))
        return load(name)

    def helper_call(self, function, *operands):
        self.changed = True
        name = self.names.name(function)
        self.core.scope.imported[name] = function
        made = call(name, *operands)
        return gast.copy_location(made, self.at)


def objects_made(core) -> set[str]:
    """The variables that hold nothing but instances of plain classes, made here of inactive values."""
    found, other = set(), set(parameters(core.args))
    for node in (n for stmt in core.body for n in gast.walk(stmt)):
        if isinstance(node, gast.Assign) and isinstance(node.value, gast.Call):
            cls = core.scope.resolve(node.value.func)
            plain_class = isinstance(cls, type) and makes_plain_objects(cls)
            made = plain_class and not names_loaded(node.value) & core.active
            (found if made else other).update(names_stored(node.targets))
        elif isinstance(node, gast.stmt) and not isinstance(node, (gast.If, gast.While)):
            other |= names_stored(header_of(node))
    return found - other


def header_of(stmt) -> list:
    """What a statement assigns itself, rather than the statements in it."""
    if isinstance(stmt, gast.For):
        return [stmt.target]
    return [i.optional_vars for i in stmt.items if i.optional_vars] if isinstance(stmt, gast.With) else [stmt]


def is_identity(expr) -> bool:
    return all(isinstance(op, (gast.Is, gast.IsNot, gast.In, gast.NotIn)) for op in expr.ops)


def is_numerical(primitive) -> bool:
    """True for a function of numbers and arrays, rather than of containers."""
    module = getattr(primitive, "__module__", None) or ""
    return primitive in registry.partial_rules or primitive is divmod or module.startswith((*NUMERIC_MODULES, "math"))


def as_list(arg) -> list:
    return arg if isinstance(arg, list) else [arg]
