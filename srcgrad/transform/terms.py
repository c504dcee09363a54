"""What a rule contributes at one place: the adjoint of an argument, or the tangent of the result, as a tree.

A rule is parsed once. Its partial derivatives, and any rule that is one `return`, are written into the text with the
primal's own names; a longer rule is called by name.
"""

from __future__ import annotations

import copy
import inspect
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import FunctionType

import gast
import numpy as np

from ..emit.constants import constant
from ..frontend.build import load, names_loaded, substitute
from ..kinds import is_scalar, may_be_complex
from ..rules import complexes, elementwise, registry, scalars, transposed
from .folding import fold_conditionals


@dataclass
class Wide:
    """What a contribution is before it is summed over the axes along which its operand was broadcast.

    `widen` takes the sum out of the text again and returns the contribution without it; `summed` sums another like it.
    """

    shape: tuple | frozenset
    widen: Callable[[], gast.AST]
    summed: Callable[[gast.AST], gast.AST]

    def placed(self, stmt) -> Wide:
        """The same, now that `stmt` assigns the sum."""

        def widen():
            stmt.value = self.widen()
            return stmt.value

        return Wide(self.shape, widen, self.summed)

    def handed_on(self, tree) -> Wide:
        """That of `tree`, which is linear in this one's sum."""

        def widen():
            self.widen()
            return tree

        return Wide(self.shape, widen, self.summed)


@dataclass
class Term:
    """A contribution. `full`: surely of the shape of what it belongs to. `fresh`: nothing shares it."""

    tree: gast.AST
    full: bool = True
    fresh: bool = True
    may_be_none: bool = False
    wide: Wide | None = None

    def doubled(self) -> Term:
        """Twice the contribution, also where it is not summed yet."""
        wide = self.wide and Wide(self.wide.shape, lambda: twice(self.wide.widen()), self.wide.summed)
        return Term(twice(self.tree), self.full, True, self.may_be_none, wide)


def twice(tree) -> gast.AST:
    return gast.BinOp(constant(2), gast.Mult(), tree)


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


def template(function, helpers):
    """`parsed(function)` in which NumPy's functions are NumPy's own, whatever `np.cos` has been made to mean since."""
    names, body = parsed(function)
    if body is not None and any(is_replaced(node, function) for node in gast.walk(body)):
        body = Genuine(function, helpers).visit(copy.deepcopy(body))
    return names, body


class Genuine(gast.NodeTransformer):
    """Names NumPy's own functions in place of those that were put there since."""

    def __init__(self, function, helpers):
        self.function, self.helpers = function, helpers

    def visit_Attribute(self, node):
        if is_replaced(node, self.function):
            return load(self.helpers.name(GENUINE[node.attr]))
        return self.generic_visit(node)


def is_replaced(node, function) -> bool:
    """True for `np.cos` in a rule where that is no longer what NumPy came with."""
    if not isinstance(node, gast.Attribute) or not isinstance(node.value, gast.Name) or node.attr not in GENUINE:
        return False
    return function.__globals__.get(node.value.id) is np and getattr(np, node.attr, None) is not GENUINE[node.attr]


GENUINE = {name: value for name, value in vars(np).items() if callable(value)}  # as they were when srcgrad was imported


def _is_docstring(stmt):
    return isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Constant) and isinstance(stmt.value.value, str)


def rule_node(function):
    """The tree of a rule function: found by its position, for several lambdas may share a line."""
    from ..frontend.source import source_of

    return source_of(function).tree()


def partial(op, name, y, kind, helpers):
    """The expression of one partial derivative: the plainest text that these operands allow."""
    rule, operands = registry.partial_rules[op.primitive], dict(op.args)
    position = list(op.args).index(name)
    function = power_rule(op, position, kind)
    if function is None and (op.primitive, len(op.args)) in scalars.arity_partials:
        function = scalars.arity_partials[op.primitive, len(op.args)]
    elif function is None:
        function, position = rule.function, rule.names.index(name)
        operands = with_defaults(operands, rule)
        if all(kind(a).tag in ("float", "int", "bool") for a in op.args.values()):
            function = scalars.float_partials.get(op.primitive, function)
    names, body = template(function, helpers)
    entry = body.elts[position] if isinstance(body, gast.Tuple) else body
    tree = filled(names, named(entry, function, names, helpers), dict(zip(names, [y, *operands.values()])))
    return Settled().visit(tree) if len(operands) > len(op.args) else tree


def with_defaults(operands, rule):
    """The operands of an elementwise function in the order of its parameters, those left out by their defaults."""
    parameters = list(inspect.signature(rule.function).parameters.values())[1:]
    given = {name: operands.get(name, default(p.default)) for name, p in zip(rule.names, parameters)}
    return {name: operand for name, operand in given.items() if operand is not None}


class Settled(gast.NodeTransformer):
    """Leaves out what the defaults of parameters do not change: `(x - loc) / scale` of loc = 0 and scale = 1 is `x`."""

    def visit_BinOp(self, node):
        node = self.generic_visit(node)
        neutral = {gast.Sub: 0, gast.Div: 1, gast.Mult: 1}.get(type(node.op), MISSING)
        says_nothing = getattr(node.right, "is_default", False) and node.right.value is neutral
        return node.left if says_nothing else node


MISSING = object()
POWERS = frozenset([operator.pow, np.power, np.float_power, pow])


def power_rule(op, position, kind):
    """`x ** n` with an exponent that has no derivative needs no logarithm, nor a guard at x = 0 if n is not zero."""
    if op.primitive not in POWERS or position != 0 or len(op.args) < 2:
        return None
    exponent = list(op.args.values())[1]
    if isinstance(exponent, gast.Constant) and isinstance(exponent.value, (int, float)) and exponent.value != 0:
        return elementwise.constant_power
    if kind(exponent).tag == "array" and kind(exponent).dtype == np.dtype(bool).str:
        return elementwise.boolean_power
    return elementwise.inactive_power if kind(exponent).tag in ("int", "bool") else None


def inlined_body(function, helpers, operands):
    """The one `return` of a rule with its parameters replaced by `operands`; None where it is to be called."""
    names, body = template(function, helpers)
    body = body and named(body, function, names, helpers)
    return body and filled(names, body, dict(zip(names, operands)))


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
    names, body = template(rule.function, helpers)
    signature = registry.signatures[rule.primitive]
    given = {p: args[p] for p in signature.parameters if p in args}
    if body is not None and not any(isinstance(a, list) for a in given.values()) and not rule.star:
        arguments = {**leading, **given}
        for parameter in signature.parameters.values():
            if parameter.name not in arguments and parameter.default is not inspect.Parameter.empty:
                arguments[parameter.name] = default(parameter.default)
        ordered = dict(zip(names, [*leading.values(), *(arguments.get(n) for n in names[len(leading) :])]))
        if all(v is not None for v in ordered.values()):
            decided = named(settled(names, body, ordered, rule.function, rule.primitive), rule.function, names, helpers)
            if decided is not None:
                return filled(names, decided, ordered)
    return called(rule, leading, given, helpers, star_index)


def called(rule, leading: dict, given: dict, helpers, star_index=None) -> gast.Call:
    """The call of the rule by name."""
    signature = registry.signatures[rule.primitive]
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


def default(value):
    """A constant that nobody wrote, a parameter's default; None where it has none."""
    if value is inspect.Parameter.empty:
        return None
    node = constant(value)
    node.is_default = True
    return node


def settled(names, body, arguments, function, primitive):
    """The body of a rule with what its constant arguments decide decided, and without arguments that say nothing."""
    constants = {n: arguments[n] for n in names if is_constant(arguments.get(n))}
    return _Settle(function, primitive).visit(fold_conditionals(filled(list(constants), body, constants)))


def is_constant(node) -> bool:
    if isinstance(node, (gast.Tuple, gast.List)):
        return all(map(is_constant, node.elts))
    return isinstance(node, gast.Constant) or isinstance(node, gast.UnaryOp) and is_constant(node.operand)


class _Settle(gast.NodeTransformer):
    """Calls in the body of a rule: those that constants decide are written out, arguments that are defaults go."""

    def __init__(self, function, primitive):
        self.namespace, self.primitive = function.__globals__, primitive

    def visit_Call(self, node):
        node = self.generic_visit(node)
        function = self.resolved(node.func)
        written = self.written_out(function, node)
        if written is not None:
            return written
        own = function is self.primitive
        known = {} if own or not isinstance(function, FunctionType) else inspect.signature(function).parameters
        places = list(known)

        def says_nothing(arg, name):
            if not getattr(arg, "is_default", False):
                return False
            return own or name in known and known[name].default == getattr(arg, "value", MISSING)

        node.keywords = [k for k in node.keywords if not says_nothing(k.value, k.arg)]
        names = [*places, *[""] * len(node.args)]
        while node.args and says_nothing(node.args[-1], names[len(node.args) - 1]):
            node.args.pop()
        return node

    def resolved(self, func):
        if isinstance(func, gast.Name):
            return self.namespace.get(func.id)
        if isinstance(func, gast.Attribute) and isinstance(func.value, gast.Name):
            return getattr(np, func.attr, None) if self.namespace.get(func.value.id) is np else None
        return None

    def written_out(self, function, node):
        """A helper's one conditional expression where the arguments decide it."""
        if not isinstance(function, FunctionType) or node.keywords or not function.__module__.startswith("srcgrad"):
            return None
        names, body = parsed(function)
        if not isinstance(body, gast.IfExp) or len(names) != len(node.args):
            return None
        arguments = dict(zip(names, node.args))
        constants = {n: a for n, a in arguments.items() if is_constant(a)}
        decided = fold_conditionals(filled(list(constants), body, constants))
        if any(isinstance(n, gast.IfExp) for n in gast.walk(decided)):
            return None
        return filled(names, decided, arguments)


def named(body, function, names, helpers):
    """The body of a rule with the names of numpy and of helpers as the text knows them; None where one has no name."""
    known = {}
    for name in sorted(names_loaded(body) - set(names)):
        value = function.__globals__.get(name)
        if value is None and name not in BUILTINS and name not in helpers.objects:
            return None
        if value is not None:
            own = value.__name__ if isinstance(value, FunctionType) else name
            known[name] = helpers.numpy if value is np else helpers.name(value, own)
    changed = {name: load(other) for name, other in known.items() if other != name}
    return substitute(copy.deepcopy(body), changed) if changed else body


BUILTINS = frozenset(dir(__import__("builtins")))


def adjoint_of_argument(op, name, y, y_bar, kind, helpers, index=None) -> gast.AST:
    """The contribution of `y = op` to the adjoint of its argument `name`, before any unbroadcasting.

    Elementwise functions give `y_bar * partial`.
    """
    primitive, args = op.primitive, op.args
    if primitive in complexes.complex_rules and any(may_be_complex(kind(a)) for a in args.values() if a is not None):
        function = complexes.complex_rules[primitive][0]
        inlined = inlined_body(function, helpers, [y_bar, y, *args.values()])
        if inlined is not None:
            return inlined
        return gast.Call(load(helpers.name(function)), [y_bar, y, *map(copy.deepcopy, args.values())], [])
    if primitive in registry.partial_rules:
        return gast.BinOp(y_bar, gast.Mult(), partial(op, name, y, kind, helpers))
    rule = rule_for(registry.vjp_rules, primitive, name, args, kind)
    if rule is not None:
        return apply(rule, {"y_bar": y_bar, "y": y}, args, helpers, index)
    rule = rule_for(registry.jvp_rules, primitive, name, args, kind)
    if rule is None:
        raise KeyError(name)
    x = args[name] if index is None else item_at(args[name], index)
    call = called(rule, {"y_bar": y_bar, "y": y}, args, helpers, index)
    return by_transpose(transposed.transposed_jvp, call, helpers, copy.deepcopy(x))


def item_at(items, index):
    """The operand at a place, or under a keyword, of a star parameter."""
    named = (item for item in items if isinstance(item, gast.keyword) and item.arg == index)
    return next(named).value if isinstance(index, str) else items[index]


def by_transpose(operator, call, helpers, *extra) -> gast.Call:
    """The call of a rule of one mode made that of its transpose: `transposed_vjp(rule, x_dot, y, x)`."""
    rule, call.func = call.func, load(helpers.name(operator))
    call.args[:0] = [rule, *extra]
    return call


def tangent_of_result(op, name, y, x_dot, kind, helpers, index=None) -> gast.AST:
    """What argument `name`, whose tangent is `x_dot`, contributes to the tangent of the result; None without a rule."""
    primitive, args = op.primitive, op.args
    if primitive in complexes.complex_rules and any(may_be_complex(kind(a)) for a in args.values() if a is not None):
        function = complexes.complex_rules[primitive][1]
        inlined = inlined_body(function, helpers, [x_dot, y, *args.values()])
        if inlined is not None:
            return inlined
        return gast.Call(load(helpers.name(function)), [x_dot, y, *map(copy.deepcopy, args.values())], [])
    if primitive in registry.partial_rules:
        return gast.BinOp(x_dot, gast.Mult(), partial(op, name, y, kind, helpers))
    rule = rule_for(registry.jvp_rules, primitive, name, args, kind)
    if rule is not None:
        return apply(rule, {"x_dot": x_dot, "y": y}, args, helpers, index)
    return None


def tangent_by_transpose(op, name, y, x_dot, kind, helpers, index=None):
    """As `tangent_of_result`, by the VJP where that is all that is stated; None where not even that is."""
    rule = rule_for(registry.vjp_rules, op.primitive, name, op.args, kind)
    if rule is None:
        return None
    call = called(rule, {"x_dot": x_dot, "y": y}, op.args, helpers, index)
    return by_transpose(transposed.transposed_vjp, call, helpers)


def sum_of(parts) -> gast.expr:
    """The sum of integer expressions, constants added up."""
    numbers = [p for p in parts if isinstance(p, gast.Constant)]
    total = constant(sum(p.value for p in numbers))
    for part in parts:
        if not isinstance(part, gast.Constant):
            total = gast.BinOp(total, gast.Add(), copy.deepcopy(part))
    return total
