"""Decide, in an inlined rule, what its constant arguments decide: `a if axis is None else b` with a known axis."""

from __future__ import annotations

import gast

UNDECIDED = object()


class _Fold(gast.NodeTransformer):
    def visit_IfExp(self, node):
        test = decide(node.test)
        if test is UNDECIDED:
            return self.generic_visit(node)
        return self.visit(node.body if test else node.orelse)


def fold_conditionals(tree):
    """`tree` with every conditional expression whose test is constant replaced by the branch that is taken.

    >>> print(gast.unparse(fold_conditionals(gast.parse("y if None is None else z"))))
    y
    """
    return _Fold().visit(tree)


def decide(test):
    """The truth of a test of constants, or UNDECIDED."""
    if isinstance(test, gast.Constant):
        return bool(test.value)
    if isinstance(test, gast.BoolOp):
        parts = [decide(v) for v in test.values]
        stop = isinstance(test.op, gast.Or)
        if any(p is not UNDECIDED and bool(p) is stop for p in parts):
            return stop
        return UNDECIDED if UNDECIDED in parts else not stop
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        inner = decide(test.operand)
        return UNDECIDED if inner is UNDECIDED else not inner
    if isinstance(test, gast.Compare) and len(test.ops) == 1:
        left, right = literal(test.left), literal(test.comparators[0])
        operation = COMPARISONS.get(type(test.ops[0]))
        if left is UNDECIDED and right is None and is_value(test.left):
            return isinstance(test.ops[0], (gast.IsNot, gast.NotEq))
        if left is UNDECIDED or right is UNDECIDED or operation is None:
            return UNDECIDED
        return operation(left, right)
    return UNDECIDED


def is_value(node) -> bool:
    """True for expressions that surely are not None."""
    return isinstance(node, (gast.Tuple, gast.List, gast.UnaryOp, gast.BinOp))


COMPARISONS = {
    gast.Is: lambda a, b: a is b,
    gast.IsNot: lambda a, b: a is not b,
    gast.Eq: lambda a, b: a == b,
    gast.NotEq: lambda a, b: a != b,
    gast.In: lambda a, b: a in b,
    gast.NotIn: lambda a, b: a not in b,
}


def literal(node):
    if isinstance(node, gast.Constant):
        return node.value
    if isinstance(node, (gast.Tuple, gast.List)):
        items = tuple(literal(e) for e in node.elts)
        return UNDECIDED if UNDECIDED in items else items
    return UNDECIDED
