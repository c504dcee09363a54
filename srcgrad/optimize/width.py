"""How wide a statement prints, estimated without printing it."""

from __future__ import annotations

import gast

from .trees import header, walk

FIXED = {
    gast.BinOp: 3,
    gast.BoolOp: 5,
    gast.UnaryOp: 1,
    gast.Call: 2,
    gast.Subscript: 2,
    gast.List: 2,
    gast.Tuple: 2,
    gast.Dict: 2,
    gast.Set: 2,
    gast.IfExp: 10,
    gast.Lambda: 9,
    gast.Slice: 1,
    gast.comprehension: 9,
    gast.Return: 7,
    gast.Assign: 3,
    gast.AugAssign: 4,
    gast.If: 4,
    gast.For: 9,
    gast.While: 7,
    gast.Raise: 6,
    gast.Assert: 7,
}
LISTS = {gast.Call: ("args", "keywords"), gast.List: ("elts",), gast.Tuple: ("elts",), gast.Set: ("elts",)}


def width(node: gast.AST) -> int:
    """The approximate length of an expression, or of a statement without its blocks, on one line.

    >>> width(gast.parse("x_bar = y_bar * np.sin(2 * x)").body[0]), len("x_bar = y_bar * np.sin(2 * x)")
    (29, 29)
    """
    total = FIXED.get(type(node), 0) if isinstance(node, gast.stmt) else 0
    for part in walk(_outside_blocks(node)):
        total += FIXED.get(type(part), 0)
        if isinstance(part, gast.Name):
            total += len(part.id)
        elif isinstance(part, gast.Constant):
            total += len(repr(part.value))
        elif isinstance(part, gast.Attribute):
            total += 1 + len(part.attr)
        elif isinstance(part, gast.keyword):
            total += 1 + len(part.arg or "*")
        elif isinstance(part, gast.Compare):
            total += 4 * len(part.ops)
        elif isinstance(part, gast.Dict):
            total += 4 * len(part.values)
        elif isinstance(part, gast.BinOp):
            total += 2 * _in_parentheses(part)
        total += sum(2 * max(0, len(getattr(part, name)) - 1) for name in LISTS.get(type(part), ()))
    return total


def _in_parentheses(node):
    """How many operands of a product or quotient are sums."""
    weak = (gast.Add, gast.Sub)
    sums = [isinstance(side, gast.BinOp) and isinstance(side.op, weak) for side in (node.left, node.right)]
    return sums[1] if isinstance(node.op, weak) else sum(sums)


def _outside_blocks(node):
    return header(node) if isinstance(node, gast.stmt) else node
