"""Dicts: the constructor, `|`, and the methods that read. The adjoint of a dict is a dict; a missing key means zero.

Writing methods (`update`, `pop`, `setdefault`, ...) are no functions of values and have no rule here.
"""

from __future__ import annotations

import operator

from srcgrad.rules.containers import iterable_bar
from srcgrad.rules.registry import jvp, method, nograd, vjp
from srcgrad.runtime.helpers import part


def entries_dot(x_dot, x):
    """The tangents of all entries of the mapping x, None where x_dot has none."""
    return {key: part(x_dot, key) for key in x}


# The constructor -----------------------------------------------------------------------------------------------------


@vjp(dict, "items")
def dict_items_bar(y_bar, y, items=(), /, **kwargs):
    """y = the entries of a mapping or of pairs; of equal keys the last one counts, keywords last of all."""
    if y_bar is None:
        return None
    if isinstance(items, dict):
        return {key: y_bar.get(key) for key in items if key not in kwargs}
    return iterable_bar([[None, y_bar.get(key)] if shown else None for key, shown in visible(items, kwargs)], items)


@jvp(dict, "items")
def dict_items_dot(items_dot_, y, items=(), /, **kwargs):
    """y = the entries of a mapping or of pairs; of equal keys the last one counts, keywords last of all."""
    if items_dot_ is None:
        return None
    if isinstance(items, dict):
        return {key: items_dot_.get(key) for key in items if key not in kwargs}
    pairs = zip(visible(items, kwargs), items_dot_, strict=True)
    return {key: dot[1] for (key, shown), dot in pairs if shown and dot is not None}


@vjp(dict, "**kwargs")
def dict_keyword_bar(y_bar, y, index, items=(), /, **kwargs):
    """y = the entries with the keywords; `index` is the keyword."""
    return None if y_bar is None else y_bar.get(index)


@jvp(dict, "**kwargs")
def dict_keyword_dot(keyword_dot, y, index, items=(), /, **kwargs):
    """y = the entries with the keywords; `index` is the keyword."""
    return {index: keyword_dot}


def visible(pairs, kwargs) -> list:
    """For each pair its key, and whether its value is the one that ends up in the dict."""
    last = {key: k for k, (key, _) in enumerate(pairs)}
    return [(key, last[key] == k and key not in kwargs) for k, (key, _) in enumerate(pairs)]


nograd(visible, why="it compares keys")

# a | b ---------------------------------------------------------------------------------------------------------------


@vjp(operator.or_, "a")
def or_a_bar(y_bar, y, a, b):
    """y = a | b of dicts: the entries of a that b does not replace. Numbers have no derivative here."""
    return None if y_bar is None or not isinstance(y, dict) else {key: y_bar.get(key) for key in a if key not in b}


@vjp(operator.or_, "b")
def or_b_bar(y_bar, y, a, b):
    """y = a | b of dicts: all entries of b. Numbers have no derivative here."""
    return None if y_bar is None or not isinstance(y, dict) else {key: y_bar.get(key) for key in b}


@jvp(operator.or_, "a")
def or_a_dot(a_dot, y, a, b):
    """y = a | b of dicts: the entries of a that b does not replace. Numbers have no derivative here."""
    return None if a_dot is None or not isinstance(y, dict) else {key: a_dot.get(key) for key in a if key not in b}


@jvp(operator.or_, "b")
def or_b_dot(b_dot, y, a, b):
    """y = a | b of dicts: all entries of b. Numbers have no derivative here."""
    return None if b_dot is None or not isinstance(y, dict) else {key: b_dot.get(key) for key in b}


# Methods -------------------------------------------------------------------------------------------------------------


@vjp(dict.get, "d")
def get_d_bar(y_bar, y, d, key, default=None, /):
    """y = d[key] where it is there, else default."""
    return {key: y_bar} if key in d else None


@vjp(dict.get, "default")
def get_default_bar(y_bar, y, d, key, default=None, /):
    """y = d[key] where it is there, else default."""
    return None if key in d else y_bar


@jvp(dict.get, "d")
def get_d_dot(d_dot, y, d, key, default=None, /):
    """y = d[key] where it is there, else default."""
    return None if d_dot is None else d_dot.get(key)


@jvp(dict.get, "default")
def get_default_dot(default_dot, y, d, key, default=None, /):
    """y = d[key] where it is there, else default."""
    return None if key in d else default_dot


@vjp(dict.items, "d")
def items_d_bar(y_bar, y, d):
    """y = pairs of a key and a value."""
    if y_bar is None:
        return None
    return {key: pair_bar[1] for key, pair_bar in zip(d, y_bar, strict=True) if pair_bar is not None}


@jvp(dict.items, "d")
def items_d_dot(d_dot, y, d):
    """y = pairs of a key and a value."""
    return None if d_dot is None else [[None, d_dot.get(key)] for key in d]


@vjp(dict.values, "d")
def values_d_bar(y_bar, y, d):
    """y = the values in the order of the keys."""
    return None if y_bar is None else {key: value_bar for key, value_bar in zip(d, y_bar, strict=True)}


@jvp(dict.values, "d")
def values_d_dot(d_dot, y, d):
    """y = the values in the order of the keys."""
    return None if d_dot is None else [d_dot.get(key) for key in d]


@vjp(dict.copy, "d")
def copy_d_bar(y_bar, y, d):
    """y = the same entries in a new dict."""
    return y_bar


@jvp(dict.copy, "d")
def copy_d_dot(d_dot, y, d):
    """y = the same entries in a new dict."""
    return d_dot


for primitive in (dict.get, dict.items, dict.values, dict.copy, dict.keys):
    method(dict, primitive.__name__, primitive)
nograd(dict.keys, why="keys carry no derivative")
