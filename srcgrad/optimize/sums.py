"""Neighbouring additions to one place are written as one.

x_bar += y_bar * a
x_bar -= z_bar * b       becomes       x_bar += y_bar * a - z_bar * b
"""

from __future__ import annotations

from collections.abc import Callable

import gast

from . import trees
from .aliases import target_roots
from .trees import BLOCKS, is_comment, reads
from .width import width

WIDTH = 110


def join_sums(
    body: list[gast.stmt], is_pure: Callable[[gast.Call], bool] = trees.is_pure_call, depth: int = 1
) -> list[gast.stmt]:
    """`body` with runs of `x += a`, `x -= b` in one statement each, as far as they fit on a line.

    >>> def show(text):
    ...     print(gast.unparse(gast.Module(join_sums(gast.parse(text).body), [])).strip())
    >>> show("x += a * b; x -= c; y += d")
    x += a * b - c
    y += d
    >>> show("x[i] -= a; x[i] += b; x[j] += x[i]; x[j] -= f(x)")
    x[i] += b - a
    x[j] += x[i]
    x[j] -= f(x)
    """
    done: list[gast.stmt] = []
    for stmt in body:
        fields = {}
        for name in BLOCKS:
            block = getattr(stmt, name, None)
            if isinstance(block, list) and block and isinstance(block[0], gast.stmt):
                fields[name] = join_sums(block, is_pure, depth + 1)
        stmt = trees.with_fields(stmt, **fields) if fields else stmt
        total = joined(done[-1], stmt, is_pure) if done and not is_comment(stmt) else None
        if total is not None and width(total) + 4 * depth <= WIDTH:
            done[-1] = total
        else:
            done.append(stmt)
    return done


def joined(first, second, is_pure) -> gast.AugAssign | None:
    """Both additions as one; None where they are none to one place, or the second reads what the first changes."""
    if not (is_addition(first) and is_addition(second)):
        return None
    if gast.dump(first.target) != gast.dump(second.target) or target_roots(first.target) & reads(second.value):
        return None
    if not all(trees.is_pure(part, is_pure) for part in (first.target, first.value, second.value)):
        return None
    adds, subtracts = isinstance(first.op, gast.Add), isinstance(second.op, gast.Sub)
    if adds:
        op, value = gast.Add(), gast.BinOp(first.value, second.op, second.value)
    elif subtracts:
        op, value = gast.Sub(), gast.BinOp(first.value, gast.Add(), second.value)
    else:
        op, value = gast.Add(), gast.BinOp(second.value, gast.Sub(), first.value)
    return gast.copy_location(gast.AugAssign(first.target, op, value), first)


def is_addition(stmt) -> bool:
    return isinstance(stmt, gast.AugAssign) and isinstance(stmt.op, (gast.Add, gast.Sub))
