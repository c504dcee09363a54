"""The order in which Python evaluates the parts of a statement, and which parts run exactly once."""

from __future__ import annotations

import gast

from .trees import dotted

ONCE = {
    gast.Assign: ("value", "targets"),
    gast.AnnAssign: ("value", "target"),
    gast.AugAssign: ("target", "value"),
    gast.Return: ("value",),
    gast.Expr: ("value",),
    gast.Raise: ("exc", "cause"),
    gast.Assert: ("test",),
    gast.If: ("test",),
    gast.For: ("iter",),
    gast.With: ("items",),
}


def evaluated_once(stmt: gast.stmt) -> list[gast.AST]:
    """The parts of `stmt`, in order, that run once each time control reaches it: the test of `if`, not of `while`."""
    parts = []
    for name in ONCE.get(type(stmt), ()):
        value = getattr(stmt, name, None)
        parts += value if isinstance(value, list) else [value] if value is not None else []
    return parts[:1] if isinstance(stmt, gast.With) else parts  # later items run inside the earlier ones


def evaluation_order(stmt: gast.stmt) -> list[tuple[gast.expr, bool]]:
    """The expressions of `stmt` in the order in which they are complete, each with whether it surely runs, once.

    >>> order = evaluation_order(gast.parse("x[i] = f(a, b if c else d)").body[0])
    >>> [(node.id, surely) for node, surely in order if isinstance(node, gast.Name)]
    [('f', True), ('a', True), ('c', True), ('b', False), ('d', False), ('x', True), ('i', True)]
    """
    found: list[tuple[gast.expr, bool]] = []
    for part in evaluated_once(stmt):
        _visit(part, True, found)
    return found


def _visit(node, surely, found):
    sure, unsure = _children(node)
    for child in sure:
        _visit(child, surely, found)
    for child in unsure:
        _visit(child, False, found)
    if isinstance(node, gast.expr):
        found.append((node, surely))


def _children(node):
    """The children of an expression in order: those that run whenever it does, and those that run perhaps or often."""
    if isinstance(node, gast.IfExp):
        return [node.test], [node.body, node.orelse]
    if isinstance(node, gast.BoolOp):
        return node.values[:1], node.values[1:]
    if isinstance(node, gast.Compare):
        return [node.left, node.comparators[0]], node.comparators[1:]
    if isinstance(node, (gast.Lambda, gast.GeneratorExp)):
        return [], []
    if isinstance(node, (gast.ListComp, gast.SetComp, gast.DictComp)):
        first, *rest = node.generators
        elements = [node.key, node.value] if isinstance(node, gast.DictComp) else [node.elt]
        return [first.iter], [*first.ifs, *rest, *elements]
    if isinstance(node, gast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [part for pair in pairs for part in pair if part is not None], []
    if isinstance(node, gast.Call) and dotted(node.func):
        # looking up a method does nothing that anyone can see: the name at its root stands for it
        func = node.func
        while isinstance(func, gast.Attribute):
            func = func.value
        return [func, *node.args, *node.keywords], []
    return [child for child in gast.iter_child_nodes(node) if not isinstance(child, gast.expr_context)], []
