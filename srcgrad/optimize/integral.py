"""What generated code computes from ints alone: an adjoint of a float must not come out as one of these."""

from __future__ import annotations

import gast

from .trees import walk, with_fields

ARITHMETIC = (gast.Add, gast.Sub, gast.Mult, gast.FloorDiv, gast.Mod)


def integral_names(body: list[gast.stmt], ints: set[str]) -> set[str]:
    """`ints`, which are names of ints, and the names that `body` may assign an int made of these.

    >>> sorted(integral_names(gast.parse("a = n * 2; b = a * x; c = -a if x else 1.0; c *= x").body, {"n"}))
    ['a', 'c', 'n']
    """
    found = set(ints)
    assigned = [n for n in walk(body) if isinstance(n, gast.Assign)]
    while True:
        names = {t.id for n in assigned if is_integral(n.value, found) for t in n.targets if isinstance(t, gast.Name)}
        if names <= found:
            return found
        found |= names


def is_integral(expr: gast.AST, ints: set[str]) -> bool:
    """True when `expr` may be an int, `ints` being the names that may."""
    if isinstance(expr, gast.Name):
        return expr.id in ints
    if isinstance(expr, gast.BinOp):
        return isinstance(expr.op, ARITHMETIC) and is_integral(expr.left, ints) and is_integral(expr.right, ints)
    if isinstance(expr, gast.UnaryOp):
        return is_integral(expr.operand, ints)
    if isinstance(expr, gast.IfExp):
        return is_integral(expr.body, ints) or is_integral(expr.orelse, ints)
    return isinstance(expr, gast.Constant) and type(expr.value) in (int, bool)


def without_floats(node: gast.AST, ints: set[str], part: int | None = None) -> gast.AST:
    """`node`, a statement that returns, without calls of `float` around what is no int; of a tuple, in `part` only.

    >>> show = lambda text, part=None: print(gast.unparse(without_floats(gast.parse(text).body[0], {"n"}, part)))
    >>> show("return float(n), float(x)"), show("return float(x), float(x)", 1)
    return (float(n), x)
    return (float(x), x)
    (None, None)
    """
    if isinstance(node, gast.Return):
        return with_fields(node, value=without_floats(node.value, ints, part))
    if isinstance(node, gast.Tuple):
        parts = [i for i in range(len(node.elts)) if part in (None, i)]
        items = [without_floats(e, ints) if i in parts else e for i, e in enumerate(node.elts)]
        return with_fields(node, elts=items)
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id == "float":
        return node if is_integral(node.args[0], ints) else node.args[0]
    return node
