"""A checker of rules as plain functions, with no transformation in sight: adjoints, tangents and differences agree.

`check(f, *args, wrt=(0,))` holds the registered rules of `f` to two witnesses: central differences along a random
direction, and the dot-product test `Re <y_bar, y_dot> == Re <x_bar, x_dot>` (cotangents are dL/dRe - i dL/dIm, so that
nothing is conjugated). Arguments and results may be nested lists and tuples; `None` stands for a zero.
"""

from __future__ import annotations

import inspect

import numpy as np

from srcgrad.rules.registry import jvp_rules, linear_rules, signatures, vjp_rules


def leaves(x) -> list:
    """The numbers and arrays in a nesting of lists and tuples."""
    return [leaf for item in x for leaf in leaves(item)] if isinstance(x, (list, tuple)) else [x]


def mapped(f, *trees):
    """`f` of corresponding leaves, as nested lists."""
    if isinstance(trees[0], (list, tuple)):
        return [mapped(f, *items) for items in zip(*trees, strict=True)]
    return f(*trees)


def direction(x, rng):
    """A random tangent (or cotangent) of the shape and dtype of `x`, nested as `x` is; zero for ints."""
    if isinstance(x, (list, tuple)):
        return [direction(item, rng) for item in x]
    if not np.issubdtype(np.result_type(x), np.inexact):
        return np.zeros(np.shape(x))
    d = rng.normal(size=np.shape(x))
    if np.iscomplexobj(x):
        d = d + 1j * rng.normal(size=np.shape(x))
    return d.astype(x.dtype) if isinstance(x, (np.ndarray, np.generic)) else d[()].item()


def dot(a, b) -> float:
    """Re of the sum of products of corresponding leaves."""
    return float(sum(np.sum(np.asarray(u) * v).real for u, v in zip(leaves(a), leaves(b), strict=True)))


def name_of(f, position) -> str:
    """The parameter of `f` that its `position`-th argument binds; a star parameter binds all that follow."""
    names = list(signatures[f].parameters.values())
    stars = [p.name for p in names[: position + 1] if p.kind is inspect.Parameter.VAR_POSITIONAL]
    return stars[0] if stars else names[position].name


def rule_for(table, f, position, args):
    """The rule for this argument, as the transformation picks it: the first whose ranks fit."""
    for rule in table.get(f, {}).get(name_of(f, position), ()):
        if rule.ndim is None or all(n in (None, np.ndim(a)) for n, a in zip(rule.ndim, args, strict=False)):
            return rule
    return None


def adjoint(f, position, y_bar, y, args, kwargs):
    """The adjoint of one argument by the registered VJP."""
    rule = rule_for(vjp_rules, f, position, args)
    assert rule, f"no vjp of {f} for argument {position}"
    index = (position - list(signatures[f].parameters).index(rule.wrt),) if rule.star else ()
    return rule.function(y_bar, y, *index, *args, **kwargs)


def tangent(f, position, x_dot, y, args, kwargs):
    """The contribution of one argument's tangent by the registered JVP, or by linearity."""
    rule = rule_for(jvp_rules, f, position, args)
    if rule:
        index = (position - list(signatures[f].parameters).index(rule.wrt),) if rule.star else ()
        return rule.function(x_dot, y, *index, *args, **kwargs)
    assert name_of(f, position) in linear_rules[f] or linear_rules[f] == ("",), f"no jvp of {f} for argument {position}"
    return f(*args[:position], x_dot, *args[position + 1 :], **kwargs)


def difference(f, position, x_dot, args, kwargs, step=1e-6):
    """Central differences of `f` along `x_dot`, in double precision: exact where it is linear, O(step^2) otherwise."""

    def at(h):
        x = mapped(lambda x, d: x + h * (d + np.zeros_like(d, np.result_type(d, float))), args[position], x_dot)
        return f(*args[:position], x, *args[position + 1 :], **kwargs)

    return mapped(lambda a, b: (np.asarray(a) - b) / (2 * step), at(step), at(-step))


def assert_shaped(x_bar, x):
    """An adjoint has the nesting and shapes of its primal, and is real where that is."""
    for bar, leaf in zip(leaves(x_bar), leaves(x), strict=True):
        assert np.shape(bar) == np.shape(leaf), f"adjoint of shape {np.shape(bar)} for a value of {np.shape(leaf)}"
        assert np.iscomplexobj(leaf) or not np.iscomplexobj(bar), "complex adjoint of a real value"
        if isinstance(leaf, np.ndarray) and leaf.dtype == np.float32:
            assert bar.dtype == np.float32, f"adjoint of {bar.dtype} for a value of float32"


def check(f, *args, wrt=(0,), tol=1e-6, **kwargs):
    """Assert that the VJP and JVP of `f` for the arguments at positions `wrt` agree with differences.

    `tol` is relative to the size of the numbers compared: 1e-6 is what central differences at 1e-6 give in float64.
    """
    rng = np.random.default_rng(0)
    y = f(*args, **kwargs)
    for position in wrt:
        x = args[position]
        single = any(np.result_type(leaf) in (np.float32, np.complex64) for leaf in leaves(x))
        accuracy = 1e-4 if single else tol
        x_dot, y_bar = direction(x, rng), direction(y, rng)
        y_dot = zero_filled(tangent(f, position, x_dot, y, args, kwargs), y)
        for got, expected in zip(leaves(y_dot), leaves(difference(f, position, x_dot, args, kwargs)), strict=True):
            np.testing.assert_allclose(got, expected, rtol=accuracy, atol=accuracy)
        x_bar = adjoint(f, position, y_bar, y, args, kwargs)
        assert_shaped(x_bar, x)
        if not isinstance(y, (list, tuple)) and np.ndim(y) == 0:  # the seed of a number may be Python's
            plain = adjoint(f, position, np.asarray(y_bar).item(), y, args, kwargs)
            for got, expected in zip(leaves(plain), leaves(x_bar), strict=True):
                np.testing.assert_allclose(got, expected, rtol=1e-6)
        pushed, pulled = dot(y_bar, y_dot), dot(x_bar, x_dot)
        assert abs(pushed - pulled) <= (1e-4 if single else 1e-10) * max(1, abs(pushed)), (pushed, pulled)


def zero_filled(x_dot, x):
    """`x_dot` with zeros where it is None, nested as `x`."""
    if isinstance(x, (list, tuple)):
        return [zero_filled(None if x_dot is None else x_dot[i], item) for i, item in enumerate(x)]
    return np.zeros(np.shape(x)) if x_dot is None else x_dot
