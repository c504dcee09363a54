"""Checks a rule by calling it: partials, VJPs and JVPs against differences of the primal, no transformation in sight.

    check_rule(np.tanh, x)                        # every rule of np.tanh, each floating argument in turn
    check_rule(np.clip, x, -1.0, a_max=2.0)

Three statements are tested along one random direction x_dot: the partial or JVP equals the primal's difference, the VJP
is its transpose, <x_bar, x_dot> = <y_bar, y_dot>, and an adjoint has its primal's shape. Complex arguments move along a
complex direction, so a partial that is not a complex derivative fails.
"""

import inspect

import numpy as np

from srcgrad.rules import registry


def check_rule(primitive, *args, rtol=1e-7, atol=1e-9, seed=0, **kwargs):
    """Assert that every rule of `primitive` holds at these arguments; returns how many were compared, at least one.

    The default tolerances are those of a fourth-order difference with step 1e-3; the arguments should keep a distance
    of some 1e-2 from kinks and singularities.
    """
    rng = np.random.default_rng(seed)
    y = primitive(*args, **kwargs)
    checked = 0
    if primitive in registry.partial_rules:
        checked += check_partials(primitive, registry.partial_rules[primitive].function, y, args, rng, rtol, atol)
    for table in (registry.vjp_rules, registry.jvp_rules):
        for rules in table.get(primitive, {}).values():
            checked += check_map(table is registry.vjp_rules, rules, y, args, kwargs, rng, rtol, atol)
    assert checked, f"no rule of {primitive} applies to the floating arguments"
    return checked


def check_partials(primitive, function, y, args, rng, rtol=1e-7, atol=1e-9):
    """Compare each partial derivative with a difference of the primal."""
    partials = function(y, *args)
    partials = partials if isinstance(partials, tuple) else (partials,)
    checked = 0
    for i, x in enumerate(args):
        if not is_floating(x):
            continue
        x_dot = direction(x, rng)
        expected = difference(lambda x: primitive(*args[:i], x, *args[i + 1 :]), x, x_dot)
        actual = np.broadcast_to(partials[i] * x_dot, np.shape(y))
        np.testing.assert_allclose(actual, expected, rtol, atol, err_msg=f"{primitive}, partial {i}")
        checked += 1
    return checked


def check_map(is_vjp, rules, y, args, kwargs, rng, rtol=1e-7, atol=1e-9):
    """Compare the VJPs or JVPs of one parameter with a difference of the primal."""
    checked = 0
    for rule in rules:
        if rule.ndim is not None and rule.ndim != tuple(np.ndim(x) for x in args[: len(rule.ndim)]):
            continue
        parameters = list(inspect.signature(rule.function).parameters.values())[3 if rule.star else 2 :]
        bound = inspect.Signature(parameters).bind(*args, **kwargs)
        if rule.wrt not in bound.arguments:
            continue
        values = bound.arguments[rule.wrt]
        for index in range(len(values)) if rule.star else [None]:
            x = values if index is None else values[index]
            if not is_floating(x):
                continue
            x_dot = direction(x, rng)
            y_dot = difference(moved(rule, bound, index), x, x_dot)
            extra = () if index is None else (index,)
            if is_vjp:
                y_bar = direction(y, rng)
                x_bar = rule.function(y_bar, y, *extra, *args, **kwargs)
                assert_same_structure(x_bar, x)
                np.testing.assert_allclose(pair(x_bar, x_dot), pair(y_bar, y_dot), rtol, atol, err_msg=str(rule))
            else:
                assert_close(rule.function(x_dot, y, *extra, *args, **kwargs), y_dot, rtol, atol)
            checked += 1
    return checked


def moved(rule, bound, index):
    """The primal as a function of the one argument `rule.wrt` (its item `index`), the others as bound."""

    def primal(x):
        arguments = inspect.BoundArguments(bound.signature, dict(bound.arguments))
        values = arguments.arguments[rule.wrt]
        arguments.arguments[rule.wrt] = x if index is None else (*values[:index], x, *values[index + 1 :])
        return rule.primitive(*arguments.args, **arguments.kwargs)

    return primal


# Values of any structure: numbers, arrays, lists and tuples; None where nothing is floating ---------------------------


def is_floating(x):
    """True if a difference can be taken in `x`."""
    if isinstance(x, (list, tuple)):
        return any(is_floating(item) for item in x)
    return isinstance(x, (float, complex)) or (isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fc")


def direction(x, rng):
    """A random tangent or cotangent of `x`."""
    if isinstance(x, (list, tuple)):
        return [direction(item, rng) for item in x]
    if not is_floating(x):
        return None
    value = rng.normal(size=np.shape(x))
    if np.iscomplexobj(x):
        value = value + 1j * rng.normal(size=np.shape(x))
    return value if isinstance(x, np.ndarray) else value.item() if isinstance(value, np.ndarray) else value


def shifted(x, x_dot, h):
    """x + h * x_dot."""
    if isinstance(x, (list, tuple)):
        return type(x)(shifted(item, item_dot, h) for item, item_dot in zip(x, x_dot))
    return x if x_dot is None else x + h * x_dot


def combined(coefficients, values):
    """The linear combination of results of one structure; None for the parts that are not floating."""
    first = values[0]
    if isinstance(first, (list, tuple)):
        return [combined(coefficients, parts) for parts in zip(*values)]
    return sum(c * v for c, v in zip(coefficients, values)) if is_floating(first) else None


def difference(f, x, x_dot, h=1e-3):
    """The derivative of `f` at `x` along `x_dot`, of fourth order in h."""
    values = [f(shifted(x, x_dot, step * h)) for step in (-2, -1, 1, 2)]
    return combined([1 / (12 * h), -8 / (12 * h), 8 / (12 * h), -1 / (12 * h)], values)


def pair(x_bar, x_dot):
    """Re(sum(x_bar * x_dot)) over all leaves; None is zero."""
    if x_bar is None or x_dot is None:
        return 0.0
    if isinstance(x_bar, (list, tuple)):
        return sum(pair(a, b) for a, b in zip(x_bar, x_dot, strict=True))
    return float(np.sum(np.real(x_bar * x_dot)))


def assert_same_structure(x_bar, x):
    """An adjoint has the structure and the shapes of its primal and is real where that is real."""
    if x_bar is None:
        return
    if isinstance(x, (list, tuple)):
        assert isinstance(x_bar, (list, tuple))
        assert len(x_bar) == len(x)
        for item_bar, item in zip(x_bar, x):
            assert_same_structure(item_bar, item)
        return
    assert np.shape(x_bar) == np.shape(x)
    assert np.iscomplexobj(x) or not np.iscomplexobj(x_bar)


def assert_close(y_dot, expected, rtol, atol):
    """Compare tangents of one structure; None is zero."""
    if isinstance(expected, (list, tuple)):
        for item_dot, item in zip(y_dot, expected, strict=True):
            assert_close(item_dot, item, rtol, atol)
        return
    if y_dot is None:
        y_dot = np.zeros(np.shape(expected))
    if expected is not None:
        assert np.shape(y_dot) == np.shape(expected)
        np.testing.assert_allclose(y_dot, expected, rtol, atol)
