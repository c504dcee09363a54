"""What one core-language operation is: the primitive or callee behind it, and its arguments by parameter.

A primitive is anything that the rules know. Operators are the functions of `operator`; a method of an array is the
function that the registry names for it. Where the operands' kinds decide (a sum of lists, of numbers, of who knows
what), the decision is taken here and nowhere else.
"""

from __future__ import annotations

import inspect
import operator
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import Any

import gast
import numpy as np

from ..frontend.build import constant
from ..frontend.methods import CONSTANT_METHODS, INACTIVE_ATTRIBUTES
from ..frontend.scope import MISSING
from ..kinds import Kind, fields_of, is_numeric
from ..records import field_names, makes_record
from ..rules import dynamic, registry, scalars

BINARY = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.Pow: operator.pow,
    gast.MatMult: operator.matmul,
    gast.Mod: operator.mod,
    gast.FloorDiv: operator.floordiv,
    gast.BitAnd: operator.and_,
    gast.BitOr: operator.or_,
    gast.BitXor: operator.xor,
    gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
}
UNARY = {gast.USub: operator.neg, gast.UAdd: operator.pos, gast.Not: operator.not_, gast.Invert: operator.invert}
OF_NUMBERS = {operator.add, operator.sub, operator.truediv, operator.pow}  # whatever an int is combined with
LIST_METHODS = frozenset(["append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse"])
DICT_METHODS = frozenset(["update", "setdefault", "pop", "popitem", "clear"])
ASSUMED = dict.fromkeys(["append", "extend", "insert", "pop", "reverse", "sort"], "list")
ASSUMED |= dict.fromkeys(
    ["update", "setdefault"], "dict"
)  # of an object of which nothing is known; checked when it runs


@dataclass
class Operation:
    """One operation. `form` is one of

    copy      the value of `args['value']`
    rule      `primitive` has a derivative; `args` by its parameter names, a star parameter as a list
    inactive  the result carries no derivative
    display   a tuple, list or dict of `operands`
    item      `args['owner']` read at `index`
    callee    a call of the Python function `primitive`, known now; `call` is the node
    dynamic   a call of something known only when it runs
    mutation  a method that changes its receiver, `args['owner']`
    record    a named tuple or dataclass of class `primitive`; `args` by its fields, those left out have their defaults
    function  a nested function as a value
    """

    form: str
    primitive: Any = None
    args: dict = field(default_factory=dict)
    node: gast.AST | None = None


def describe(op: gast.AST, kinds: dict[str, Kind], scope, kind) -> Operation:
    """What `op` is. `kind(expr)` gives the kind of an operand."""
    if isinstance(op, (gast.Name, gast.Constant)):
        return Operation("copy", args={"value": op}, node=op)
    if isinstance(op, gast.BinOp):
        return binary(BINARY[type(op.op)], op, kind)
    if isinstance(op, gast.UnaryOp):
        primitive = UNARY[type(op.op)]
        if primitive is operator.not_ or primitive is operator.invert:
            return Operation("inactive", node=op)
        return Operation("rule", primitive, {registered_names(primitive)[0]: op.operand}, op)
    if isinstance(op, (gast.Tuple, gast.List, gast.Dict)):
        return Operation("display", node=op)
    if isinstance(op, gast.Subscript):
        return Operation("item", args={"owner": op.value}, node=op)
    if isinstance(op, gast.Attribute) and scope.resolve(op) is not MISSING:
        return Operation("inactive", node=op)
    if isinstance(op, gast.Attribute):
        return attribute(op, kind(op.value))
    if isinstance(op, gast.Call):
        return call(op, scope, kind)
    if isinstance(op, gast.Lambda):
        return Operation("function", node=op)
    return Operation("inactive", node=op)


def binary(primitive, op, kind) -> Operation:
    left, right = kind(op.left), kind(op.right)
    numbers = ("float", "complex", "array", "number", *(("int", "bool") if primitive in OF_NUMBERS else ()))
    floating = any(k.tag in numbers for k in (left, right))
    numeric = is_numeric(left) and is_numeric(right)
    if not numeric and floating:  # what meets a number in arithmetic is one, or an array
        numeric = any(k.tag in ("unknown", "object") for k in (left, right))
    if not numeric and primitive in dynamic.POLYMORPHIC:
        primitive = dynamic.POLYMORPHIC[primitive]
    elif primitive in registry.constant or not registry.has_rule(primitive):
        return Operation("inactive", node=op)
    a, b = registered_names(primitive)[:2]
    return Operation("rule", primitive, {a: op.left, b: op.right}, op)


def attribute(op, owner: Kind) -> Operation:
    if (
        op.attr in fields_of(owner)
        or owner.tag == "object"
        and owner.cls is not None
        and is_computed(owner.cls, op.attr)
    ):
        return field_read(op)
    if op.attr in INACTIVE_ATTRIBUTES:
        return Operation("inactive", node=op)
    if owner.tag in ("function", "object"):
        return Operation("inactive", node=op)
    primitive = registry.attributes.get((np.ndarray, op.attr), MISSING)
    if primitive is None:
        return Operation("inactive", node=op)
    if primitive is not MISSING and owner.tag != "object":
        return Operation("rule", primitive, {registered_names(primitive)[0]: op.value}, op)
    if owner.tag in ("unknown", "tuple", "number"):
        return field_read(op)
    return Operation("dynamic", node=op, args={"owner": op.value})


def is_computed(cls, name) -> bool:
    """True for what an instance has beside its fields, but for constants of its class: properties, bound methods."""
    found = inspect.getattr_static(cls, name, MISSING)
    return found is MISSING or hasattr(type(found), "__get__")


def field_read(op) -> Operation:
    """`x.name` of a record, or of what may be one."""
    return Operation("rule", getattr, {"x": op.value, "name": constant(op.attr)}, op)


def call(op: gast.Call, scope, kind) -> Operation:
    target = scope.resolve(op.func)
    if target is MISSING:
        return method(op, kind) if isinstance(op.func, gast.Attribute) else Operation("dynamic", node=op)
    if is_hashable(target):
        known = registry.has_rule(target)
        if target in registry.constant or target in registry.observers:
            return Operation("inactive", node=op)
        if known:
            if any(isinstance(a, gast.Starred) for a in op.args) or any(k.arg is None for k in op.keywords):
                return Operation("dynamic", target, node=op)
            return Operation("rule", target, bind(target, op.args, op.keywords), op)
    if isinstance(target, (FunctionType, MethodType)):
        return Operation("callee", target, node=op)
    if makes_record(target):
        values = record_arguments(target, op)
        if values is not None:
            return Operation("record", target, values, op)
    return Operation("dynamic", target, node=op)


def record_arguments(cls, op) -> dict | None:
    """Field -> operand of a call that makes a record; None where it is only known at run time."""
    if any(isinstance(a, gast.Starred) for a in op.args) or any(k.arg is None for k in op.keywords):
        return None
    return dict(zip(field_names(cls), op.args)) | {k.arg: k.value for k in op.keywords}


def method(op, kind) -> Operation:
    owner, name = kind(op.func.value), op.func.attr
    star = any(isinstance(a, gast.Starred) for a in op.args) or any(k.arg is None for k in op.keywords)
    cls = {"list": list, "dict": dict, "tuple": tuple, "str": str}.get(owner.tag)
    assumed = ASSUMED.get(name) if owner.tag == "unknown" else owner.tag
    if assumed == "list" and name in LIST_METHODS or assumed == "dict" and name in DICT_METHODS:
        return Operation("mutation", name, {"owner": op.func.value}, op)
    if is_numeric(owner):
        cls = np.ndarray
        if name in CONSTANT_METHODS:
            return Operation("inactive", node=op)
    if cls is str:
        return Operation("inactive", node=op)
    primitive = registry.methods.get((cls, name))
    if primitive is None and cls is not None:
        return Operation("dynamic", getattr(float if owner.tag == "float" else cls, name, None), node=op)
    if primitive is None or star:
        return Operation("dynamic", node=op)
    if primitive in registry.constant:
        return Operation("inactive", node=op)
    return Operation("rule", primitive, bind(primitive, [op.func.value, *op.args], op.keywords), op)


def is_hashable(target) -> bool:
    try:
        hash(target)
    except TypeError:
        return False
    return True


def registered_names(primitive) -> list[str]:
    """The parameter names under which `primitive` is registered."""
    if primitive in registry.partial_rules:
        return list(registry.partial_rules[primitive].names)
    return list(registry.signatures[primitive].parameters)


def partial_names(primitive, count) -> tuple[str, ...]:
    """The parameters of an elementwise function called with `count` arguments."""
    rule = scalars.arity_partials.get((primitive, count))
    return (
        tuple(inspect.signature(rule).parameters)[1:] if rule is not None else registry.partial_rules[primitive].names
    )


class Unbound(Exception):
    """The arguments of a call do not fit the parameters that its rule names; carries the reason."""


def bind(primitive, args, keywords) -> dict:
    """Arguments by the parameter names of the rule; defaults that are left out are left out here."""
    if primitive in registry.partial_rules:
        names = partial_names(primitive, len(args) + len(keywords))
        if len(args) > len(names):
            raise Unbound(f"takes {len(names)} arguments here, {len(args)} were given")
        bound = dict(zip(names, args))
        for keyword in keywords:
            if keyword.arg not in names or keyword.arg in bound:
                raise Unbound(f"the derivative does not support the keyword {keyword.arg!r}")
            bound[keyword.arg] = keyword.value
        return bound
    signature = registry.signatures[primitive]
    try:
        bound = signature.bind(*args, **{k.arg: k.value for k in keywords})
    except TypeError as error:
        raise Unbound(f"the derivative does not support these arguments: {error}") from None
    return {k: flat(v) for k, v in bound.arguments.items()}


def flat(value):
    """Star arguments as a list of operands, keyword arguments as a list of keywords."""
    if isinstance(value, dict):
        return [gast.keyword(name, operand) for name, operand in value.items()]
    return list(value) if isinstance(value, tuple) else value


def default_of(primitive, name) -> gast.AST | None:
    """The default of a rule's parameter as a constant."""
    parameter = registry.signatures[primitive].parameters[name]
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return gast.Tuple([], gast.Load())
    return None if parameter.default is inspect.Parameter.empty else constant(parameter.default)
