"""Python's builtins and operators on lists, tuples, dicts and other iterables.

The adjoint of a list or tuple is a list of its items' adjoints, that of a dict a dict, and None is a zero of anything;
tangents likewise. Builtins that return iterators (`reversed`, `zip`, `enumerate`) and dict views count as the list of
their items. An adjoint may share its parts with the one that it was computed from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import ItemsView, KeysView, ValuesView
from itertools import accumulate

import numpy as np

from srcgrad.errors import NoRule
from srcgrad.rules.protocols import require_plain
from srcgrad.rules.registry import jvp, method, nograd, vjp
from srcgrad.runtime.helpers import add, unbroadcast, zeros_like
from srcgrad.runtime.tangents import or_zero

# The items of any iterable -------------------------------------------------------------------------------------------


def iterable_bar(items_bar, x):
    """The adjoint of the iterable x, given those of its items: an array's is an array, others' are lists.

    >>> iterable_bar([1.0, None], np.array([5.0, 6.0])), iterable_bar([1.0, None], (5.0, 6.0))
    (array([1., 0.]), [1.0, None])
    """
    if items_bar is None or has_inactive_items(x) or all(item_bar is None for item_bar in items_bar):
        return None
    if is_array(x):
        return np.array([zeros_like(x[k]) if item_bar is None else item_bar for k, item_bar in enumerate(items_bar)])
    require_sequence(x)
    return items_bar


def items_bar(bars, x):
    """The adjoint of the sequence x from a list of its items' adjoints: an array where x is one."""
    if isinstance(x, np.ndarray):
        return np.array([zeros_like(x[k]) if bar is None else bar for k, bar in enumerate(bars)])
    return list(bars)


def items_dot(x_dot, x):
    """The tangents of the items of the iterable x, None where an item carries none."""
    if x_dot is None or has_inactive_items(x):
        return [None] * len(x)
    return list(x_dot)


def has_inactive_items(x) -> bool:
    """True where iteration yields what carries no derivative: characters, integers, keys."""
    return isinstance(x, (str, bytes, range, dict, KeysView)) or (is_array(x) and x.dtype.kind not in "fc")


def is_array(x) -> bool:
    """True for NumPy's arrays and those that follow its protocols."""
    return hasattr(x, "dtype") and hasattr(x, "shape")


def require_sequence(x) -> None:
    """NoRule unless the adjoint of x is a list of adjoints: a set or iterator has no position to put one at."""
    if not isinstance(x, (list, tuple, deque, ValuesView, ItemsView, zip, enumerate, reversed, type(reversed([])))):
        raise NoRule(f"active items of a {type(x).__name__} have no derivative rule: put them in a list first")


nograd(has_inactive_items, is_array, require_sequence, why="it asks what kind of iterable this is")


def place(y_bar, x, k):
    """The adjoint of the iterable x where y_bar is that of its item k and the others' are zero."""
    return iterable_bar([y_bar if j == k else None for j in range(len(x))], x)


# sum -----------------------------------------------------------------------------------------------------------------


@vjp(sum, "iterable")
def sum_iterable_bar(y_bar, y, iterable, start=0):
    """y = start + the items, which may be numbers, arrays that broadcast, or lists and tuples to concatenate."""
    if y_bar is None:
        return None
    if isinstance(y, (list, tuple)):
        parts = zip(iterable, offsets(iterable, start), strict=True)
        return iterable_bar([y_bar[k : k + len(item)] for item, k in parts], iterable)
    return iterable_bar([unbroadcast(y_bar, item) for item in iterable], iterable)


@vjp(sum, "start")
def sum_start_bar(y_bar, y, iterable, start=0):
    """y = start + the items."""
    if y_bar is None:
        return None
    return y_bar[: len(start)] if isinstance(y, (list, tuple)) else unbroadcast(y_bar, start)


@jvp(sum, "iterable")
def sum_iterable_dot(iterable_dot, y, iterable, start=0):
    """y = start + the items: the sum of the tangents, concatenated where the items are."""
    dots = items_dot(iterable_dot, iterable)
    if isinstance(y, (list, tuple)):
        parts = [items_dot(dot, item) for dot, item in zip(dots, iterable, strict=True)]
        return [None] * len(start) + [dot for part in parts for dot in part]
    y_dot = None if has_inactive_items(iterable) else or_zero(None, y)  # the sum of no items is the integer 0
    for dot in dots:
        y_dot = add(y_dot, dot)
    return y_dot


@jvp(sum, "start")
def sum_start_dot(start_dot, y, iterable, start=0):
    """y = start + the items."""
    if isinstance(y, (list, tuple)):
        return items_dot(start_dot, start) + [None] * (len(y) - len(start))
    return add(zeros_like(y), start_dot)


def offsets(iterable, start) -> list[int]:
    """Where the items of `iterable` begin in the concatenation of start and them."""
    return list(accumulate([len(item) for item in iterable], initial=len(start)))[:-1]


nograd(offsets, why="it computes positions")

# max, min, sorted ----------------------------------------------------------------------------------------------------


@vjp(max, "*args")
def max_arg_bar(y_bar, y, index, *args, key=None, default=None):
    """y = the largest of several arguments or of the items of one; the first of equals takes the adjoint."""
    if len(args) > 1:
        return y_bar if index == largest(y, args, key) else zeros_like(args[index])
    return place(y_bar, args[0], largest(y, args[0], key))


@vjp(min, "*args")
def min_arg_bar(y_bar, y, index, *args, key=None, default=None):
    """y = the smallest of several arguments or of the items of one; the first of equals takes the adjoint."""
    if len(args) > 1:
        return y_bar if index == smallest(y, args, key) else zeros_like(args[index])
    return place(y_bar, args[0], smallest(y, args[0], key))


@jvp(max, "*args")
def max_arg_dot(arg_dot, y, index, *args, key=None, default=None):
    """y = the largest of several arguments or of the items of one, and so its tangent."""
    if len(args) > 1:
        return arg_dot if index == largest(y, args, key) else or_zero(None, y)
    return add(or_zero(None, y), items_dot(arg_dot, args[0])[largest(y, args[0], key)]) if len(args[0]) else None


@jvp(min, "*args")
def min_arg_dot(arg_dot, y, index, *args, key=None, default=None):
    """y = the smallest of several arguments or of the items of one, and so its tangent."""
    if len(args) > 1:
        return arg_dot if index == smallest(y, args, key) else or_zero(None, y)
    return add(or_zero(None, y), items_dot(arg_dot, args[0])[smallest(y, args[0], key)]) if len(args[0]) else None


@vjp(min, "default")
@vjp(max, "default")
def extremum_default_bar(y_bar, y, *args, key=None, default=None):
    """y = default where there is no item."""
    return zeros_like(default) if len(args[0]) else y_bar


@jvp(min, "default")
@jvp(max, "default")
def extremum_default_dot(default_dot, y, *args, key=None, default=None):
    """y = default where there is no item."""
    return or_zero(None, y) if len(args[0]) else default_dot


def largest(y, x, key) -> int:
    """The position in x of its largest item y, the first of equals."""
    ranks = positions_by_identity([y], x) or [max(range(len(x)), key=keys(x, key).__getitem__, default=0)]
    return ranks[0]


def smallest(y, x, key) -> int:
    """The position in x of its smallest item y, the first of equals."""
    ranks = positions_by_identity([y], x) or [min(range(len(x)), key=keys(x, key).__getitem__, default=0)]
    return ranks[0]


def sorted_positions(y, x, key, reverse) -> list[int]:
    """The positions in x of the items of y, which is x sorted."""
    return positions_by_identity(y, x) or sorted(range(len(x)), key=keys(x, key).__getitem__, reverse=reverse)


def keys(x, key) -> list:
    """What the items of x are compared by."""
    return list(x) if key is None else [key(item) for item in x]


def positions_by_identity(y, x) -> list[int] | None:
    """The position in x of each item of y as the very object, each taken once; None where one is not there.

    This spares a second round of calls of the user's key function. The items of an array are new objects each time.
    """
    places = {}
    for k, item in reversed(list(enumerate(x))):
        places.setdefault(id(item), []).append(k)
    if is_array(x) or not all(id(item) in places for item in y):
        return None
    return [places[id(item)].pop() for item in y]


def inverse(positions: list[int]) -> list[int]:
    """The permutation that undoes `positions`."""
    return sorted(range(len(positions)), key=positions.__getitem__)


nograd(largest, smallest, sorted_positions, inverse, why="a position is constant between ties")


@vjp(sorted, "iterable")
def sorted_iterable_bar(y_bar, y, iterable, *, key=None, reverse=False):
    """y = the items in order: each adjoint goes back to where its item came from."""
    if y_bar is None:
        return None
    return iterable_bar([y_bar[k] for k in inverse(sorted_positions(y, iterable, key, reverse))], iterable)


@jvp(sorted, "iterable")
def sorted_iterable_dot(iterable_dot, y, iterable, *, key=None, reverse=False):
    """y = the items in order, and so their tangents."""
    dots = items_dot(iterable_dot, iterable)
    return [dots[k] for k in sorted_positions(y, iterable, key, reverse)]


# list, tuple, reversed, zip, enumerate -------------------------------------------------------------------------------


@vjp(tuple, "iterable")
@vjp(list, "iterable")
def list_iterable_bar(y_bar, y, iterable=()):
    """y = the items."""
    return iterable_bar(y_bar, iterable)


@jvp(tuple, "iterable")
@jvp(list, "iterable")
def list_iterable_dot(iterable_dot, y, iterable=()):
    """y = the items."""
    return items_dot(iterable_dot, iterable)


@vjp(reversed, "sequence")
def reversed_sequence_bar(y_bar, y, sequence):
    """y = the items, last first."""
    return None if y_bar is None else iterable_bar(y_bar[::-1], sequence)


@jvp(reversed, "sequence")
def reversed_sequence_dot(sequence_dot, y, sequence):
    """y = the items, last first."""
    return items_dot(sequence_dot, sequence)[::-1]


@vjp(zip, "*iterables")
def zip_iterable_bar(y_bar, y, index, *iterables, strict=False):
    """y = tuples of one item of each, as many as the shortest has."""
    if y_bar is None:
        return None
    items_bar = [None if row_bar is None else row_bar[index] for row_bar in y_bar]
    return iterable_bar(items_bar + [None] * (len(iterables[index]) - len(items_bar)), iterables[index])


@jvp(zip, "*iterables")
def zip_iterable_dot(iterable_dot, y, index, *iterables, strict=False):
    """y = tuples of one item of each, as many as the shortest has."""
    dots = items_dot(iterable_dot, iterables[index])[: min([len(iterable) for iterable in iterables])]
    return [[dot if j == index else None for j in range(len(iterables))] for dot in dots]


@vjp(enumerate, "iterable")
def enumerate_iterable_bar(y_bar, y, iterable, start=0):
    """y = pairs of a number and an item."""
    if y_bar is None:
        return None
    return iterable_bar([None if pair_bar is None else pair_bar[1] for pair_bar in y_bar], iterable)


@jvp(enumerate, "iterable")
def enumerate_iterable_dot(iterable_dot, y, iterable, start=0):
    """y = pairs of a number and an item."""
    return [[None, dot] for dot in items_dot(iterable_dot, iterable)]


@vjp(list.copy, "x")
def copy_x_bar(y_bar, y, x):
    """y = the same items in a new list."""
    return y_bar


@jvp(list.copy, "x")
def copy_x_dot(x_dot, y, x):
    """y = the same items in a new list."""
    return x_dot


method(list, "copy", list.copy)
for owner in (list, tuple):
    method(owner, "index", owner.index)
    method(owner, "count", owner.count)
    nograd(owner.index, owner.count, why="it finds a position or counts")

# a + b and a * b of numbers, arrays or sequences, told apart at run time ---------------------------------------------


def add_a_bar(y_bar, y, a, b):
    """y = a + b of numbers and arrays, which broadcast, or of two lists or tuples, which are concatenated."""
    require_plain(a, b)
    if y_bar is None or isinstance(y, (str, bytes)):
        return None
    return y_bar[: len(a)] if isinstance(y, (list, tuple)) else operand_bar(y_bar, a)


def add_b_bar(y_bar, y, a, b):
    """y = a + b of numbers and arrays, which broadcast, or of two lists or tuples, which are concatenated."""
    require_plain(a, b)
    if y_bar is None or isinstance(y, (str, bytes)):
        return None
    return y_bar[len(a) :] if isinstance(y, (list, tuple)) else operand_bar(y_bar, b)


def mul_a_bar(y_bar, y, a, b):
    """y = a * b of numbers and arrays, which broadcast, or of a list or tuple and an integer, which repeats it."""
    require_plain(a, b)
    if y_bar is None or isinstance(y, (str, bytes)):
        return None
    if isinstance(y, (list, tuple)):
        return repeated_bar(y_bar, a) if isinstance(a, (list, tuple)) else None
    return operand_bar(y_bar * array_of(b), a)


def mul_b_bar(y_bar, y, a, b):
    """y = a * b of numbers and arrays, which broadcast, or of an integer and a list or tuple, which it repeats."""
    return mul_a_bar(y_bar, y, b, a)


def add_a_dot(a_dot, y, a, b):
    """y = a + b: the contribution of a, stretched or padded to y."""
    require_plain(a, b)
    if isinstance(y, (list, tuple)):
        return items_dot(a_dot, a) + [None] * len(b)
    return None if a_dot is None else zeros_like(y) + array_of(a_dot)


def add_b_dot(b_dot, y, a, b):
    """y = a + b: the contribution of b, stretched or padded to y."""
    require_plain(a, b)
    if isinstance(y, (list, tuple)):
        return [None] * len(a) + items_dot(b_dot, b)
    return None if b_dot is None else zeros_like(y) + array_of(b_dot)


def mul_a_dot(a_dot, y, a, b):
    """y = a * b: the contribution of a."""
    require_plain(a, b)
    if a_dot is None or isinstance(y, (str, bytes)):
        return None
    if isinstance(y, (list, tuple)):
        return a_dot * b if isinstance(a, (list, tuple)) else None
    return array_of(a_dot) * array_of(b)


def mul_b_dot(b_dot, y, a, b):
    """y = a * b: the contribution of b."""
    return mul_a_dot(b_dot, y, b, a)


def repeated_bar(y_bar, x):
    """The adjoint of the sequence x that was repeated: the sum over the repetitions, None where there are none."""
    x_bar = None
    for k in range(0, len(y_bar), max(len(x), 1)):
        x_bar = add(x_bar, y_bar[k : k + len(x)])
    return x_bar


def operand_bar(x_bar, x):
    """x_bar summed to the shape of the operand x, as nested lists where x is a list that met an array."""
    require_plain(x)
    if isinstance(x, (list, tuple)):
        return nested(unbroadcast(x_bar, np.asarray(x)), x)
    return unbroadcast(x_bar, x)


def nested(x_bar, x):
    """The array x_bar as lists within lists, as deep as x."""
    return [nested(x_bar[k], item) for k, item in enumerate(x)] if isinstance(x, (list, tuple)) else x_bar


def array_of(x):
    """x, as an array where it is a list that met an array: lists do not multiply."""
    return np.asarray(x) if isinstance(x, (list, tuple)) else x
