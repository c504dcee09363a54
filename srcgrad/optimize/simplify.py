"""Algebra on derivative expressions: what chain rules leave behind is written the way a person would.

Each rewrite is a row of a table, in Python: what it finds and what it writes instead. `k` and `m` stand for numeric
literals, `x` for anything but these, `a`, `b`, `c` for any expression, and a literal `1` for 1 and 1.0. Rows hold
exactly for floats and arrays or differ in rounding only; none may drop a term: `0 * x` has a shape, perhaps a nan.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

import gast

from .trees import map_children, with_fields

# Signs travel up and out, where sums absorb them.
ALGEBRA = [
    ("a * 1", "a"),
    ("1 * a", "a"),
    ("a / 1", "a"),
    ("a ** 1", "a"),
    ("a.T.T", "a"),
    ("-(-a)", "a"),
    ("-a * b", "-(a * b)"),
    ("a * -b", "-(a * b)"),
    ("-a / b", "-(a / b)"),
    ("a / -b", "-(a / b)"),
    ("a + -b", "a - b"),
    ("a - -b", "a + b"),
    ("-a + b", "b - a"),
    ("a * (1 / b)", "a / b"),
    ("1 / b * a", "a / b"),
    ("a + a", "2 * a"),
    ("k * a + a", "(k + 1) * a"),
    ("k * (m * x)", "k * m * x"),
    ("k * x * m", "k * m * x"),
    ("x * k * m", "x * (k * m)"),
    *((f"a.copy() {op} b", f"a {op} b") for op in "+-*/"),
    *((f"b {op} a.copy()", f"b {op} a") for op in "+-*/"),
    ("-a.copy()", "-a"),
    ("np.sum(-a)", "-np.sum(a)"),
    ("np.sum(-a, axis=k)", "-np.sum(a, axis=k)"),
    ("a += -b", "a -= b"),
    ("a -= -b", "a += b"),
]

# What is left of them is written in front of the first factor: -a * b rather than -(a * b).
SIGNS = [
    ("-(a * b)", "-a * b"),
    ("-(a / b)", "-a / b"),
    ("k * (a * b)", "k * a * b"),
]

LITERALS = {"k", "m"}
ARITHMETIC = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.Pow: operator.pow,
}
IGNORED = {"ctx", "kind", "annotation", "type_comment"}


def simplify(tree: gast.AST) -> gast.AST:
    """`tree` with the rewrites applied everywhere, innermost expressions first, until none applies.

    >>> show = lambda text: print(gast.unparse(simplify(gast.parse(text))).strip())
    >>> show("a_bar = y_bar * (1 / b) * 1.0")
    a_bar = y_bar / b
    >>> show("b_bar = y_bar * (-a / (b * b))")
    b_bar = -y_bar * (a / (b * b))
    >>> show("x_bar = x_bar + y_bar * (2 * x ** (2 - 1)) + z_bar * -1")
    x_bar = x_bar + y_bar * (2 * x) - z_bar
    >>> show("x_bar += -1.0 * np.sin(x)")
    x_bar -= np.sin(x)
    """
    return _everywhere(SIGN_ROWS, _everywhere(ALGEBRA_ROWS, tree, upwards=True), upwards=False)


def _everywhere(rows, node, upwards):
    """Apply `rows` to every node: children before parents when `upwards`, else parents before children."""
    if isinstance(node, (gast.expr_context, gast.operator, gast.unaryop, gast.Name)):
        return node
    if not upwards:
        node = _rewrite(rows, node)
    node = map_children(node, lambda child: _everywhere(rows, child, upwards))
    return _rewrite(rows, node) if upwards else node


def _rewrite(rows, node):
    """The first matching row's result, itself rewritten; `node` when none matches."""
    folded = _fold_literals(node)
    if folded is not node:
        return folded
    for pattern, template in rows.get(_key(node), ()):
        found: dict[str, gast.AST] = {}
        if _matches(pattern, node, found):
            return _instance(template, found, lambda part: _rewrite(rows, part))
    return node


def _key(node):
    return type(node), type(getattr(node, "op", None))


def _matches(pattern, node, found):
    """True when `node` has the shape of `pattern`; `found` then says what the pattern's names stand for."""
    if isinstance(pattern, list):
        return len(pattern) == len(node) and all(_matches(p, n, found) for p, n in zip(pattern, node))
    if isinstance(pattern, gast.Name) and len(pattern.id) > 1:
        return isinstance(node, gast.Name) and node.id == pattern.id
    if isinstance(pattern, gast.Name) and pattern.id in found:
        return gast.dump(found[pattern.id]) == gast.dump(node)
    if isinstance(pattern, gast.Name):
        found[pattern.id] = node
        return pattern.id in "abc" or (_number(node) is not None) == (pattern.id in LITERALS)
    if isinstance(pattern, gast.Constant):
        return isinstance(node, gast.Constant) and type(node.value) in (int, float) and node.value == pattern.value
    if type(pattern) is not type(node):
        return False
    for name, part in gast.iter_fields(pattern):
        other = getattr(node, name)
        if name in IGNORED:
            continue
        if not (_matches(part, other, found) if isinstance(part, (gast.AST, list)) else part == other):
            return False
    return True


def _instance(template, found, finish: Callable):
    """`template` with its names replaced by what was found; every new node passes through `finish`."""
    if isinstance(template, gast.Name):
        return found.get(template.id, template)
    if isinstance(template, (gast.Constant, gast.operator, gast.unaryop, gast.expr_context)):
        return template
    return finish(map_children(with_fields(template), lambda part: _instance(part, found, finish)))


def _number(node):
    """The value of an int or float literal, with its sign; None for anything else, True and False included."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        value = _number(node.operand)
        return None if value is None else -value
    return node.value if isinstance(node, gast.Constant) and type(node.value) in (int, float) else None


def _fold_literals(node):
    """`2 * 1.0` as `2.0`; left alone where the result is longer than the operation, as 0.3333333333333333 is."""
    if not isinstance(node, gast.BinOp) or type(node.op) not in ARITHMETIC:
        return node
    left, right = _number(node.left), _number(node.right)
    if left is None or right is None or isinstance(node.op, gast.Pow) and abs(right) > 64:
        return node
    try:
        value = ARITHMETIC[type(node.op)](left, right)
    except ArithmeticError:
        return node
    too_long = len(repr(value)) > len(repr(left)) + len(repr(right)) + 3
    if isinstance(value, complex) or too_long or not math.isfinite(value):
        return node
    literal = gast.Constant(abs(value), None)
    return gast.UnaryOp(gast.USub(), literal) if math.copysign(1, value) < 0 else literal


def _statement(text):
    node = gast.parse(text).body[0]
    return node.value if isinstance(node, gast.Expr) else node


def _compiled(table):
    """The rows of a table as trees, by the type and operator at the root of what they find."""
    rows: dict[tuple, list] = {}
    for pattern, template in table:
        tree = _statement(pattern)
        rows.setdefault(_key(tree), []).append((tree, _statement(template)))
    return rows


ALGEBRA_ROWS = _compiled(ALGEBRA)
SIGN_ROWS = _compiled(SIGNS)
