"""What the clean-up passes ask of a gast tree: the names it reads and writes, and what evaluating it can do.

Trees are values here: nothing is changed in place, and an unchanged subtree is shared between old tree and new.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from operator import is_not

import gast

from ..analysis.webs import free_names
from ..frontend.build import INNER, walk

BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")  # in the order in which they print
ARRAY_MODULES = {"np", "numpy", "math"}
PURE_BUILTINS = {"range", "len", "abs", "float", "int", "bool", "complex", "isinstance", "slice"}
EFFECTFUL_NAMES = """
at copyto put place putmask put_along_axis fill_diagonal nan_to_num seterr seterrcall setbufsize set_printoptions
save savez savetxt load loadtxt genfromtxt fromfile fromiter
vectorize frompyfunc piecewise fromfunction apply_along_axis apply_over_axes
"""
EFFECTFUL = frozenset(EFFECTFUL_NAMES.split())  # of np: what writes in place, sets state, does I/O or calls back
FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda)
DEFERRED = (gast.GeneratorExp, gast.ClassDef)
EFFECTS = (gast.Yield, gast.YieldFrom, gast.Await, gast.NamedExpr)


class Comment(str):
    """The text of a comment; as a statement it is `Expr(Constant(Comment("forward"), None))`."""


def comment(text: str) -> gast.Expr:
    """The statement that prints as `# text`, one line of comment per line of text."""
    return gast.Expr(gast.Constant(Comment(text), None))


def is_comment(node: gast.AST) -> bool:
    """True for a statement made by `comment`."""
    return isinstance(node, gast.Expr) and isinstance(getattr(node.value, "value", None), Comment)


def with_fields(node: gast.AST, **fields) -> gast.AST:
    """A shallow copy of `node` with some of its fields replaced."""
    node = copy.copy(node)
    for name, value in fields.items():
        setattr(node, name, value)
    return node


def map_children(node: gast.AST, function: Callable[[gast.AST], gast.AST]) -> gast.AST:
    """`node` with `function` applied to each node in it, operators aside; `node` itself when no child changes."""
    changed = {}
    for name in INNER[node.__class__]:
        value = getattr(node, name, None)
        if value.__class__ is list:
            new = [function(item) if item is not None else None for item in value]
            if any(map(is_not, new, value)):
                changed[name] = new
        elif value is not None:
            new = function(value)
            if new is not value:
                changed[name] = new
    return with_fields(node, **changed) if changed else node


def names(node, *contexts: type) -> set[str]:
    """The names that occur in one of the contexts (`gast.Load`, `gast.Store`, ...) anywhere in the tree."""
    return {n.id for n in walk(node) if isinstance(n, gast.Name) and isinstance(n.ctx, contexts)}


def reads(node) -> set[str]:
    """The names that a tree reads, those of nested functions included; `del x` needs `x` and counts as a read."""
    return names(node, gast.Load, gast.Del)


def writes(node) -> set[str]:
    """The names that a tree binds or unbinds: assignments, definitions, imports, `except ... as`, patterns."""
    found = set()
    for n in walk(node):
        if isinstance(n, gast.Name):
            if not isinstance(n.ctx, (gast.Load, gast.Param)):
                found.add(n.id)
        elif isinstance(n, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
            found.add(n.name)
        elif isinstance(n, gast.alias):
            found.add((n.asname or n.name).split(".")[0])
        elif isinstance(n, gast.ExceptHandler) and n.name is not None:
            found.update({n.name} if isinstance(n.name, str) else names(n.name, gast.Store))
        elif type(n).__name__ in ("MatchAs", "MatchStar", "MatchMapping"):
            found.update({name for name in (getattr(n, "name", None), getattr(n, "rest", None)) if name})
    return found


def captured(node) -> set[str]:
    """Names read by code that runs later or elsewhere (nested functions, lambdas, generators), or declared global."""
    found = set()
    for n in walk(node):
        if isinstance(n, FUNCTIONS):
            found |= free_names(n)
        elif isinstance(n, DEFERRED):
            found |= reads(n)
        if isinstance(n, (gast.Global, gast.Nonlocal)):
            found.update(n.names)
    return found


def header(stmt: gast.stmt) -> list[gast.AST]:
    """The parts of a statement outside its blocks: the test of an `if`, the target and iterable of a `for`, ..."""
    parts = []
    for name, value in gast.iter_fields(stmt):
        if name not in BLOCKS:
            parts += value if isinstance(value, list) else [value]
    return parts


def dotted(node: gast.AST) -> tuple[str, ...]:
    """`("np", "linalg", "solve")` for `np.linalg.solve`, the empty tuple for what is not a dotted name."""
    parts = []
    while isinstance(node, gast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, gast.Name) else ()


def is_pure_call(call: gast.Call) -> bool:
    """True for functions of `np` and `math` that only compute (nothing random or in place) and a few builtins."""
    path = dotted(call.func)
    if any(keyword.arg in ("out", "overwrite_input", None) for keyword in call.keywords) or not path:
        return False
    if len(path) == 1:
        return path[0] in PURE_BUILTINS
    return path[0] in ARRAY_MODULES and path[1] not in ("random", "ndarray") and path[-1] not in EFFECTFUL


def is_pure(expr: gast.AST | None, is_pure_call: Callable[[gast.Call], bool] = is_pure_call) -> bool:
    """True when evaluating `expr` calls only pure functions and binds, yields and awaits nothing."""
    nodes = walk(expr)
    return all(is_pure_call(n) if isinstance(n, gast.Call) else not isinstance(n, EFFECTS) for n in nodes)
