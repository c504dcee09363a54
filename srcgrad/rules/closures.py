"""Captured variables in the adjoints of closures.

The adjoint of a closure is a record: captured variable -> its adjoint, which is a record in its turn for a function.
What is captured and never assigned again takes its adjoint out of the record where the closure is made. A variable that
is assigned again is shared by all who captured it, and each call sees what it is by then (Python's late binding): it
takes its adjoint where a closure is used, by `late_bound`. A tangent needs none of this: it is a function itself, which
reads the tangents of the captured variables when it is called.
"""

from __future__ import annotations

from functools import WRAPPER_ASSIGNMENTS, WRAPPER_UPDATES, update_wrapper
from types import CellType, FunctionType

from srcgrad.rules.registry import jvp, nograd, vjp
from srcgrad.runtime.helpers import add, zeros_like


class Captured(str):
    """The name of a captured variable, as a key of records; `cell` tells it from others of that name."""

    __slots__ = ("cell",)

    def __new__(cls, name: str, cell: CellType):
        key = super().__new__(cls, name)
        key.cell = cell
        return key


def cell_of(f: FunctionType) -> CellType:
    """The cell of the one variable that `f` captures."""
    return f.__closure__[0]


def late_bound(f, cells, *values):
    """`f`, a function or a structure of functions, whose captured variables in `cells` have these `values` by now."""
    return f


@vjp(late_bound, "f")
def late_bound_f_bar(y_bar, y, f, cells, *values):
    """y = f, with its captured variables as they are."""
    return without(y_bar, f, cells)


@vjp(late_bound, "*values")
def late_bound_values_bar(y_bar, y, index, f, cells, *values):
    """y = f, with its captured variables as they are."""
    bar = taken(y_bar, f, cells[index], cells)
    return zeros_like(values[index]) if bar is None else bar


@jvp(late_bound, "f")
def late_bound_f_dot(f_dot, y, f, cells, *values):
    """y = f, whose tangent reads those of its captured variables when it is called."""
    return f_dot


@jvp(late_bound, "*values")
def late_bound_values_dot(x_dot, y, index, f, cells, *values):
    """y = f, whose tangent reads those of its captured variables when it is called."""
    return None


@vjp(update_wrapper, "wrapper")
def update_wrapper_bar(y_bar, y, wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    """y = wrapper, which says of itself what `wrapped` does, and calls that only by what it captures."""
    return y_bar


@vjp(update_wrapper, "wrapped")
def update_wrapper_wrapped_bar(y_bar, y, wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    return None


@jvp(update_wrapper, "wrapper")
def update_wrapper_dot(wrapper_dot, y, wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    """y = wrapper."""
    return wrapper_dot


@jvp(update_wrapper, "wrapped")
def update_wrapper_wrapped_dot(wrapped_dot, y, wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    return None


def taken(f_bar, f, cell, cells):
    """The sum of all adjoints in that of `f` that belong to `cell`, without what belongs to `cells`; None for none."""
    if f_bar is None:
        return None
    if isinstance(f, (list, tuple)):
        return total([taken(bar, item, cell, cells) for bar, item in zip(f_bar, f)])
    if isinstance(f, dict):
        return total([taken(f_bar.get(key), item, cell, cells) for key, item in f.items()])
    return taken_from(f_bar, cell, cells) if callable(f) else None


def taken_from(record, cell, cells):
    """The sum of the adjoints in a record that belong to `cell`, without what belongs to `cells`."""
    if isinstance(record, (list, tuple)):
        return total([taken_from(item, cell, cells) for item in record])
    if isinstance(record, dict):
        return total([part_of(key, bar, cell, cells) for key, bar in record.items()])
    return None


def part_of(key, bar, cell, cells):
    """What one entry of a record has for `cell`."""
    deeper = taken_from(bar, cell, cells)
    return add(without_from(bar, cells), deeper) if is_of(key, [cell]) else deeper


def is_of(key, cells) -> bool:
    """True for the key of a captured variable that one of `cells` holds."""
    return isinstance(key, Captured) and any(key.cell is cell for cell in cells)


def total(bars):
    """The sum of adjoints."""
    found = None
    for bar in bars:
        found = add(found, bar)
    return found


def without(f_bar, f, cells):
    """The adjoint of `f` without what belongs to `cells`."""
    if f_bar is None:
        return None
    if isinstance(f, (list, tuple)):
        return [without(bar, item, cells) for bar, item in zip(f_bar, f)]
    if isinstance(f, dict):
        return {key: without(bar, f.get(key), cells) for key, bar in f_bar.items()}
    return without_from(f_bar, cells) if callable(f) else f_bar


def without_from(record, cells):
    """A record without the adjoints that belong to `cells`."""
    if isinstance(record, (list, tuple)):
        return [without_from(item, cells) for item in record]
    if isinstance(record, dict):
        return {key: without_from(bar, cells) for key, bar in record.items() if not is_of(key, cells)}
    return record


nograd(cell_of, is_of, why="it asks which variable this is")
