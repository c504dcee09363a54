"""What a rule contributes at one place: the adjoint of an argument, or the tangent of the result, as a tree.

A rule is parsed once. Its partial derivatives, and any rule that is one `return`, are written into the text with the
primal's own names; a longer rule is called by name.
"""

from __future__ import annotations

import copy
import inspect
import operator
from dataclasses import dataclass
from functools import cache

import gast
import numpy as np

from ..emit.constants import constant
from ..frontend.build import load, names_loaded, substitute
from ..kinds import is_scalar, may_be_complex
from ..rules import complexes, elementwise, registry, scalars


@dataclass
class Term:
    """A contribution. `full`: surely of the shape of what it belongs to. `fresh`: nothing shares it."""

    tree: gast.AST
    full: bool = True
    fresh: bool = True
    may_be_none: bool = False


@cache
def parsed(function):
    """(parameter names, defaults, return expressions or None) of a rule; one expression per entry of a tuple."""
    node = rule_node(function)
    names = [a.id for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    if isinstance(node, gast.Lambda):
        body = node.body
    else:
        stmts = [s for s in node.body if not _is_docstring(s)]
        if len(stmts) != 1 or not isinstance(stmts[0], gast.Return):
            return names, None
        body = stmts[0].value
    return names, body


def _is_docstring(stmt):
    return isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Constant) and isinstance(stmt.value.value, str)


def rule_node(function):
    """The tree of a rule function: found by its position, for several lambdas may share a line."""
    from ..frontend.source import source_of

    return source_of(function).tree()


def partial(op, name, kind):
    """The expression of one partial derivative and its parameter names: the plainest text that these operands allow."""
    rule = registry.partial_rules[op.primitive]
    position = list(op.args).index(name)
    function = power_rule(op, position, kind)
    if function is not None:
        return parsed(function)
    function = scalars.arity_partials.get((op.primitive, len(op.args)), rule.function)
    position = position if function is not rule.function else rule.names.index(name)
    if function is rule.function and all(kind(a).tag in ("float", "int", "bool") for a in op.args.values()):
        function = scalars.float_partials.get(op.primitive, function)
    names, body = parsed(function)
    entries = body.elts if isinstance(body, gast.Tuple) else [body]
    return names, entries[position]


POWERS = frozenset([operator.pow, np.power, np.float_power, pow])


def power_rule(op, position, kind):
    """`x ** n` with an exponent that has no derivative needs no logarithm, nor a guard at x = 0 if n is not zero."""
    if op.primitive not in POWERS or position != 0 or len(op.args) < 2:
        return None
    exponent = list(op.args.values())[1]
    if isinstance(exponent, gast.Constant) and isinstance(exponent.value, (int, float)) and exponent.value != 0:
        return elementwise.constant_power
    return elementwise.inactive_power if kind(exponent).tag in ("int", "bool") else None


def filled(names, body, arguments: dict):
    """`body` with the rule's parameters replaced by the primal's operands."""
    return substitute(copy.deepcopy(body), {n: arguments[n] for n in names if n in arguments})


def rule_for(table, primitive, name, args, kind):
    """The rule of `primitive` for parameter `name`, the ranks of the positional arguments considered."""
    for rule in table.get(primitive, {}).get(name, ()):
        if rule.ndim is None:
            return rule
        operands = [a for a in args.values() if not isinstance(a, list)]
        if len(operands) >= len(rule.ndim) and all(
            want is None or rank(kind(a)) == want for want, a in zip(rule.ndim, operands)
        ):
            return rule
    return None


def rank(kind):
    return 0 if is_scalar(kind) else kind.ndim if kind.tag == "array" else None


def apply(rule, leading: dict, args: dict, helpers, star_index=None):
    """The rule's value for these arguments: inlined, or called by name (noted in `helpers`)."""
    names, body = parsed(rule.function)
    signature = registry.signatures[rule.primitive]
    given = {}
    for parameter in signature.parameters.values():
        if parameter.name in args:
            given[parameter.name] = args[parameter.name]
    if body is not None and not any(isinstance(a, list) for a in given.values()) and not rule.star:
        arguments = {**leading, **given}
        for parameter in signature.parameters.values():
            if parameter.name not in arguments and parameter.default is not inspect.Parameter.empty:
                arguments[parameter.name] = constant(parameter.default)
        ordered = dict(zip(names, [*leading.values(), *(arguments.get(n) for n in names[len(leading) :])]))
        if all(v is not None for v in ordered.values()) and is_open(body, rule.function, names, helpers):
            return filled(names, body, ordered)
    positional, keywords = [], []
    skipped = False
    for parameter in signature.parameters.values():
        if parameter.name not in given:
            skipped = True
            continue
        value = given[parameter.name]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            positional.extend(value)
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            keywords.extend(value)
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY or skipped:
            keywords.append(gast.keyword(parameter.name, copy.deepcopy(value)))
        else:
            positional.append(value)
    lead = list(leading.values())
    if star_index is not None:
        lead.append(gast.Constant(star_index, None))
    function = helpers.name(rule.function)
    return gast.Call(load(function), [copy.deepcopy(a) for a in (*lead, *positional)], keywords)


def is_open(body, function, names, helpers) -> bool:
    """True when an inlined body only uses its parameters, numpy, builtins and named helpers; notes the helpers."""
    free = names_loaded(body) - set(names)
    for name in sorted(free):
        value = function.__globals__.get(name)
        if value is np or value is None and name in dir(__builtins__) or name in BUILTINS:
            continue
        if value is None:
            return False
        if helpers.name(value, name) != name:
            return False
    return True


BUILTINS = frozenset(dir(__import__("builtins")))


def adjoint_of_argument(op, name, y, y_bar, kind, helpers, index=None) -> gast.AST:
    """The contribution of `y = op` to the adjoint of its argument `name`, before any unbroadcasting.

    Elementwise functions give `y_bar * partial`.
    """
    primitive, args = op.primitive, op.args
    if primitive in complexes.complex_rules and any(may_be_complex(kind(a)) for a in args.values() if a is not None):
        function = complexes.complex_rules[primitive][0]
        names, body = parsed(function)
        if body is not None:
            leading = dict(zip(names, [y_bar, y, *args.values()]))
            if is_open(body, function, names, helpers):
                return filled(names, body, leading)
        return gast.Call(load(helpers.name(function)), [y_bar, y, *map(copy.deepcopy, args.values())], [])
    if primitive in registry.partial_rules:
        names, body = partial(op, name, kind)
        is_open(body, registry.partial_rules[primitive].function, names, helpers)
        return gast.BinOp(y_bar, gast.Mult(), filled(names, body, dict(zip(names, [y, *args.values()]))))
    rule = rule_for(registry.vjp_rules, primitive, name, args, kind)
    if rule is None:
        raise KeyError(name)
    return apply(rule, {"y_bar": y_bar, "y": y}, args, helpers, index)


def tangent_of_result(op, name, y, x_dot, kind, helpers, index=None) -> gast.AST:
    """The contribution of argument `name`, whose tangent is `x_dot`, to the tangent of the result."""
    primitive, args = op.primitive, op.args
    if primitive in complexes.complex_rules and any(may_be_complex(kind(a)) for a in args.values() if a is not None):
        function = complexes.complex_rules[primitive][1]
        names, body = parsed(function)
        if body is not None and is_open(body, function, names, helpers):
            return filled(names, body, dict(zip(names, [x_dot, y, *args.values()])))
        return gast.Call(load(helpers.name(function)), [x_dot, y, *map(copy.deepcopy, args.values())], [])
    if primitive in registry.partial_rules:
        names, body = partial(op, name, kind)
        is_open(body, registry.partial_rules[primitive].function, names, helpers)
        return gast.BinOp(x_dot, gast.Mult(), filled(names, body, dict(zip(names, [y, *args.values()]))))
    rule = rule_for(registry.jvp_rules, primitive, name, args, kind)
    if rule is not None:
        return apply(rule, {"x_dot": x_dot, "y": y}, args, helpers, index)
    return None


def sum_of(parts) -> gast.expr:
    """The sum of integer expressions, constants added up."""
    numbers = [p for p in parts if isinstance(p, gast.Constant)]
    total = constant(sum(p.value for p in numbers))
    for part in parts:
        if not isinstance(part, gast.Constant):
            total = gast.BinOp(total, gast.Add(), copy.deepcopy(part))
    return total
