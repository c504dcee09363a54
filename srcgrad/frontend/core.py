"""The core language: what every room behind the frontend may rely on, and the checker that states it in code.

The core language is a subset of gast. Where a value may carry a derivative, a statement is one of

    x = op                 op: a name, a constant, or one operation (arithmetic, call, subscript, attribute, display)
                           whose operands are names, constants, or inactive expressions
    x[i] = y;  x += y;  f(y)                          with such operands
    if test: ... else: ...                            the test is inactive
    for x in s: ...;  while test: ...                 without `else`; `break` only as the end of a path
    with m: ...;  def f(...): ...
    return x                                          once, at the end

Everything else is inactive and stays as the user wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import gast

from .activity import active_names
from .build import Namer, names_loaded, names_stored
from .scope import Scope


@dataclass
class Core:
    """A function in the core language."""

    name: str
    args: gast.arguments
    body: list
    temporaries: set[str]
    scope: Scope
    active: set[str]
    namer: Namer
    source: object
    external: set[str] = field(default_factory=set)
    is_generated: bool = False
    keys: set[str] = field(default_factory=set)  # names that hold keys of dicts
    is_disturbed: bool = False  # it writes into inactive data, which what it calls may have kept
    rebound: set[str] = field(default_factory=set)  # variables that calls may assign anew, read where they are read
    varied: set[str] = field(default_factory=set)  # names that vary with an active input
    hidden: bool = False  # the result holds text made of an active value
    cells: set[str] = field(default_factory=set)  # names of the cells of captured variables
    late: set[str] = field(default_factory=set)  # captured variables that enter where closures are used
    donated: frozenset[str] = frozenset()  # parameters that the caller has given away: the function may add to them
    stored_back: set[tuple] = field(default_factory=set)  # (result of a callee, array to which a part of it goes back)
    views: dict[str, str] = field(default_factory=dict)  # exact views of arrays that are written to -> these arrays


def violations(core: Core) -> list[str]:
    """What in `core` lies outside the core language, as messages with the line of the primal."""
    *body, last = core.body
    found = list(_Checker(core).block(body))
    if not isinstance(last, gast.Return):
        found.append(f"line {getattr(last, 'lineno', 0)}: the last statement is no return")
    elif not _Checker(core).is_operand(last.value):
        found.append(f"line {getattr(last, 'lineno', 0)}: what is returned is no operand")
    return found


class _Checker:
    def __init__(self, core):
        self.core = core

    def is_inactive(self, tree) -> bool:
        return not active_names(tree, self.core.scope) & self.core.active

    def block(self, stmts) -> Iterator[str]:
        for i, stmt in enumerate(stmts):
            if isinstance(stmt, gast.Break):
                if i + 1 < len(stmts):
                    yield self.message(stmt, "statements behind a break")
            elif (names_loaded(stmt) | names_stored(stmt)) & self.core.active or isinstance(stmt, gast.Return):
                yield from getattr(self, f"on_{type(stmt).__name__}", self.unknown)(stmt)

    def message(self, stmt, what) -> str:
        return f"line {getattr(stmt, 'lineno', 0)}: {what}"

    def unknown(self, stmt):
        yield self.message(stmt, f"{type(stmt).__name__} of active values")

    # statements -------------------------------------------------------------------------------------------------------

    def on_Assign(self, stmt):
        if len(stmt.targets) > 1:
            yield self.message(stmt, "more than one target")
        target = stmt.targets[0]
        if isinstance(target, gast.Subscript):
            if not (isinstance(target.value, gast.Name) and self.is_index(target.slice)):
                yield self.message(stmt, "an item of something that is no name")
            if not self.is_operand(stmt.value):
                yield self.message(stmt, "an operation is written to an item")
        elif not isinstance(target, gast.Name):
            yield self.message(stmt, f"the target is a {type(target).__name__}")
        if not self.is_operation(stmt.value):
            yield self.message(stmt, f"the value is not one operation: {type(stmt.value).__name__}")

    def on_AugAssign(self, stmt):
        owner = stmt.target.value if isinstance(stmt.target, gast.Subscript) else stmt.target
        if not isinstance(owner, gast.Name) or not self.is_operand(stmt.value):
            yield self.message(stmt, "an update that is not of a name by an operand")

    def on_Expr(self, stmt):
        if not self.is_operation(stmt.value):
            yield self.message(stmt, "a statement that is not one operation")

    def on_If(self, stmt):
        yield from self.block(stmt.body)
        yield from self.block(stmt.orelse)

    def on_For(self, stmt):
        if not self.is_operation(stmt.iter):
            yield self.message(stmt, "iteration over something that is not one operation")
        yield from self.on_While(stmt)

    def on_While(self, stmt):
        if stmt.orelse:
            yield self.message(stmt, "a loop with an else")
        yield from self.block(stmt.body)

    def on_With(self, stmt):
        if any(not self.is_inactive(item.context_expr) for item in stmt.items):
            yield self.message(stmt, "a context manager of active values")
        yield from self.block(stmt.body)

    def on_Assert(self, _stmt):
        return iter(())

    on_Raise = on_Pass = on_Delete = on_FunctionDef = on_Import = on_ImportFrom = on_Assert

    def on_Return(self, stmt):
        yield self.message(stmt, "a return before the end")

    # expressions ------------------------------------------------------------------------------------------------------

    def is_operand(self, expr) -> bool:
        if isinstance(expr, gast.Starred):
            return self.is_operand(expr.value)
        return expr is None or isinstance(expr, (gast.Name, gast.Constant)) or self.is_inactive(expr)

    def is_index(self, expr) -> bool:
        if isinstance(expr, gast.Tuple):
            return all(map(self.is_index, expr.elts))
        if isinstance(expr, gast.Slice):
            return all(map(self.is_operand, (expr.lower, expr.upper, expr.step)))
        return self.is_operand(expr) or not any(isinstance(n, gast.Call) for n in gast.walk(expr))

    def is_operation(self, expr) -> bool:
        if self.is_operand(expr) or isinstance(expr, (gast.Lambda, gast.JoinedStr)):
            return True
        if isinstance(expr, gast.Call):
            owner = expr.func.value if isinstance(expr.func, gast.Attribute) else expr.func
            operands = [owner, *expr.args, *(k.value for k in expr.keywords)]
        elif isinstance(expr, gast.Subscript):
            return self.is_operand(expr.value) and self.is_index(expr.slice)
        else:
            operands = [e for e in gast.iter_child_nodes(expr) if isinstance(e, gast.expr)]
        return all(map(self.is_operand, operands))
