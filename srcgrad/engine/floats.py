"""Gradients that surely are floats need no `float(...)`: `1.0 * n`, simplified to `n`, may be an integer."""

from __future__ import annotations

import math

import gast

from ..kinds import FLOAT, Kind

INTEGERS = {"ceil", "comb", "factorial", "floor", "gcd", "isqrt", "lcm", "perm", "prod", "trunc"}
MATH = {name for name in vars(math) if not name.startswith("is")} - INTEGERS


def without_idle_floats(body: list, kinds: dict[str, Kind], places: slice) -> list:
    """`body` without `float(...)` around what surely is one, in those `places` of the tuple that it returns."""
    sure = Floats(body, kinds)
    returned = body[-1].value
    if not isinstance(returned, gast.Tuple):
        body[-1].value = sure.bare(returned)
        return body
    for i in range(*places.indices(len(returned.elts))):
        part = returned.elts[i]
        if isinstance(part, gast.Tuple):
            part.elts = [sure.bare(item) for item in part.elts]
        else:
            returned.elts[i] = sure.bare(part)
    return body


class Floats:
    """Which expressions of a text surely are floats: optimistic about names that depend on themselves."""

    def __init__(self, body, kinds):
        self.kinds, self.bound = kinds, {}
        for stmt in body:
            for node in gast.walk(stmt):
                if isinstance(node, gast.Assign) and isinstance(node.targets[0], gast.Name):
                    self.bound.setdefault(node.targets[0].id, []).append(node.value)
        self.floats, size = set(self.bound), -1
        while size != len(self.floats):
            size = len(self.floats)
            self.floats = {name for name in self.floats if all(map(self.is_float, self.bound[name]))}

    def bare(self, expr):
        is_wrapped = isinstance(expr, gast.Call) and isinstance(expr.func, gast.Name) and expr.func.id == "float"
        return expr.args[0] if is_wrapped and self.is_float(expr.args[0]) else expr

    def is_float(self, expr) -> bool:
        if isinstance(expr, gast.Constant):
            return isinstance(expr.value, float)
        if isinstance(expr, gast.Name):
            return self.kinds[expr.id] == FLOAT if expr.id in self.kinds else expr.id in self.floats
        if isinstance(expr, gast.UnaryOp):
            return isinstance(expr.op, (gast.USub, gast.UAdd)) and self.is_float(expr.operand)
        if isinstance(expr, gast.BinOp):
            if isinstance(expr.op, gast.Pow):
                return self.is_float(expr.left)
            return isinstance(expr.op, gast.Div) or self.is_float(expr.left) or self.is_float(expr.right)
        if isinstance(expr, gast.IfExp):
            return self.is_float(expr.body) and self.is_float(expr.orelse)
        function = getattr(expr, "func", None)
        if isinstance(function, gast.Attribute) and isinstance(function.value, gast.Name):
            return function.value.id == "math" and function.attr in MATH
        return isinstance(function, gast.Name) and function.id == "float"
