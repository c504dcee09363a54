"""Builtins on containers: dot-product test between adjoint and tangent, and tangents against differences."""

import operator

import numpy as np
import pytest

from srcgrad.errors import NoRule
from srcgrad.rules import containers, dicts
from srcgrad.rules.registry import constant, has_rule, jvp_rules, methods, vjp_rules

A, B = np.arange(6.0).reshape(2, 3) + 0.5, np.array([3.0, -1.0, 2.0])


def is_leaf(x):
    return not isinstance(x, (list, tuple, dict))


def items(x):
    return x.items() if isinstance(x, dict) else enumerate(x)


def direction(x, rng):
    """A random tangent or adjoint of x: None where x carries none."""
    if isinstance(x, dict):
        return {key: direction(item, rng) for key, item in x.items()}
    if not is_leaf(x):
        return [direction(item, rng) for item in x]
    if isinstance(x, (float, np.floating, np.ndarray)):
        return rng.normal(size=np.shape(x))[()]
    return None


def moved(x, x_dot, h):
    """x + h x_dot, with the containers of x."""
    if isinstance(x, dict):
        return {key: moved(item, x_dot[key], h) for key, item in x.items()}
    if not is_leaf(x):
        return type(x)(moved(item, dot, h) for item, dot in zip(x, x_dot))
    return x if x_dot is None else x + h * x_dot


def dot(bar, v):
    """The inner product of an adjoint or tangent with another, None for zero."""
    if bar is None or v is None:
        return 0.0
    if not is_leaf(v):
        assert is_leaf(bar) or isinstance(v, dict) == isinstance(bar, dict)
        return sum(dot(bar.get(k) if isinstance(bar, dict) else bar[k], item) for k, item in items(v))
    assert np.shape(bar) == np.shape(v), (bar, v)
    return float(np.sum(bar * v))


def check(wrt, x_bar, x_dot, replace, listed=lambda y: y):
    """Hold the rules `x_bar(y_bar, y)` and `x_dot(v, y)` for the value `wrt` to differences of `replace(wrt)`."""
    rng = np.random.default_rng(0)
    y = listed(replace(wrt))
    y_bar, v = direction(y, rng), direction(wrt, rng)
    pulled, pushed = x_bar(y_bar, y), x_dot(v, y)
    assert np.isclose(dot(y_bar, pushed), dot(pulled, v), rtol=1e-12), (pulled, pushed)
    # All are piecewise linear: a difference has no error but rounding.
    h = 1e-6
    change = dot(y_bar, listed(replace(moved(wrt, v, h)))) - dot(y_bar, y)
    assert np.isclose(change / h, dot(y_bar, pushed), rtol=1e-6, atol=1e-6)
    return pulled


def check_rule(f, *args, wrt, listed=lambda y: y, **kwargs):
    """The registered rules of the builtin f for the parameter named `wrt`, or the star argument of index `wrt`."""
    names = {"iterable": 0, "sequence": 0, "items": 0, "start": 1, "d": 0, "a": 0, "b": 1, "x": 0}
    star = isinstance(wrt, int)
    position = wrt if star else (2 if f is dict.get and wrt == "default" else names[wrt])
    name = next(iter(vjp_rules[f])) if star else wrt
    pull, push = vjp_rules[f][name][0], jvp_rules[f][name][0]
    index = (wrt,) if star else ()
    assert pull.star == push.star == star

    def replace(x):
        return f(*args[:position], x, *args[position + 1 :], **kwargs)

    return check(
        args[position],
        lambda y_bar, y: pull.function(y_bar, y, *index, *args, **kwargs),
        lambda v, y: push.function(v, y, *index, *args, **kwargs),
        replace,
        listed,
    )


NUMBERS = [[1.0, 2.5, -3.0], (1.0, 2.0), [1.0, 2, 3.5], [], B, [2.0, np.float64(3.0)]]


@pytest.mark.parametrize("x", [*NUMBERS, A, [A, B], [1.0, B, A], [A, 2.0]], ids=str)
def test_sum(x):
    x_bar = check_rule(sum, x, wrt="iterable")
    assert isinstance(x_bar, np.ndarray) == isinstance(x, np.ndarray)
    check_rule(sum, x, 0.5, wrt="start")
    check_rule(sum, x, A, wrt="iterable")
    check_rule(sum, x, 0.5, wrt="iterable")


def test_sum_concatenates_lists():
    assert check_rule(sum, [[1.0, 2.0], [], [3.0, "s"]], [4.0], wrt="iterable") is not None
    check_rule(sum, [[1.0], [2.0]], [4.0, 5], wrt="start")
    check_rule(sum, [(1.0,), (2.0, 3.0)], (), wrt="iterable")
    assert containers.sum_iterable_dot([None, [7.0]], [1, 2.0], [[1], [2.0]], []) == [None, 7.0]


def test_sum_of_keys_and_integers_is_inactive():
    assert containers.sum_iterable_bar(1.0, 3, {1: 2.0, 2: 3.0}) is None
    assert containers.sum_iterable_bar(1.0, 3, range(3)) is None
    assert containers.sum_iterable_bar(1.0, 3, np.arange(3)) is None
    assert containers.sum_iterable_dot({1: 1.0, 2: 1.0}, 3, {1: 2.0, 2: 3.0}) is None


def test_sum_of_dict_values():
    d = {"a": 1.0, "b": 2.0}
    assert containers.sum_iterable_bar(5.0, 3.0, d.values()) == [5.0, 5.0]


def test_active_items_of_a_set_are_refused():
    with pytest.raises(NoRule, match="items of a set"):
        containers.sum_iterable_bar(1.0, 3.0, {1.0, 2.0})


@pytest.mark.parametrize("f", [max, min])
@pytest.mark.parametrize("x", [NUMBERS[0], NUMBERS[1], NUMBERS[2], B, NUMBERS[5]], ids=str)
def test_extrema_of_an_iterable(f, x):
    check_rule(f, x, wrt=0)
    check_rule(f, x, wrt=0, key=abs)


@pytest.mark.parametrize("f", [max, min])
def test_extrema_of_several_arguments(f):
    for index in range(3):
        check_rule(f, 2.0, -3.0, 1.0, wrt=index)
        check_rule(f, 2.0, -3.0, 1.0, wrt=index, key=abs)
        check_rule(f, [1.0, B], [2.0, A], [0.5], wrt=index, key=lambda x: x[0])


def test_extrema_give_a_tie_to_the_first():
    assert containers.max_arg_bar(5.0, 2.0, 0, [1.0, 2.0, float("2")]) == [None, 5.0, None]
    assert containers.min_arg_bar(5.0, 2.0, 0, [2.0, 2.0], key=None) == [5.0, None]
    assert containers.max_arg_bar(5.0, 2.0, 0, np.array([2.0, 1.0, 2.0])).tolist() == [5.0, 0.0, 0.0]
    assert [containers.max_arg_bar(5.0, 2.0, k, 2.0, float("2")) for k in (0, 1)] == [5.0, 0.0]


def test_extrema_with_nan_follow_python():
    nan = float("nan")
    for x in ([nan, 1.0], [1.0, nan]):
        y_bar = containers.max_arg_bar(5.0, max(x), 0, x)
        assert y_bar == [5.0, None]
        assert containers.max_arg_bar(5.0, max(np.array(x)), 0, np.array(x)).tolist() == [5.0, 0.0]


def test_extremum_of_nothing_is_its_default():
    assert containers.extremum_default_bar(5.0, 1.0, [], default=1.0) == 5.0
    assert containers.extremum_default_bar(5.0, 2.0, [2.0], default=1.0) == 0.0
    assert containers.max_arg_bar(5.0, 1.0, 0, [], default=1.0) is None
    assert containers.max_arg_dot([], 1.0, 0, [], default=1.0) is None
    assert containers.extremum_default_dot(5.0, 1.0, [], default=1.0) == 5.0


def test_a_key_function_is_not_called_again_for_the_items_of_a_list():
    calls = []

    def key(x):
        calls.append(x)
        return -x[0]

    x = [[1.0], [3.0], [2.0]]
    low, ordered = max(x, key=key), sorted(x, key=key)
    del calls[:]
    assert containers.max_arg_bar([5.0], low, 0, x, key=key) == [[5.0], None, None]
    assert containers.sorted_iterable_bar([1.0, 2.0, 3.0], ordered, x, key=key) == [3.0, 1.0, 2.0]
    assert not calls
    # What kept the values may have copied them: then they are compared again.
    assert containers.max_arg_bar([5.0], [1.0], 0, x, key=key) == [[5.0], None, None]
    assert containers.sorted_iterable_bar([1.0, 2.0, 3.0], [[3.0], [2.0], [1.0]], x, key=key) == [3.0, 1.0, 2.0]
    assert calls


@pytest.mark.parametrize("x", [*NUMBERS, [2.0, 1.0, 2.0, 1.0], np.array([2.0, 1.0, 2.0, 0.0])], ids=str)
@pytest.mark.parametrize("options", [{}, {"reverse": True}, {"key": abs}], ids=str)
def test_sorted(x, options):
    y, n = sorted(x, **options), len(x)
    tied = len({float(v) for v in x}) < n
    if not tied:
        check_rule(sorted, x, wrt="iterable", **options)
    positions = containers.sorted_positions(y, x, options.get("key"), options.get("reverse", False))
    assert [x[k] for k in positions] == y and sorted(positions) == list(range(n))


@pytest.mark.parametrize("x", [*NUMBERS, A, [B, [1.0, "s"], None]], ids=str)
@pytest.mark.parametrize("f", [list, tuple, reversed])
def test_copies_of_sequences(f, x):
    x_bar = check_rule(f, x, wrt="sequence" if f is reversed else "iterable", listed=list)
    assert isinstance(x_bar, np.ndarray) == isinstance(x, np.ndarray)


def test_none_is_a_zero():
    assert containers.iterable_bar([None, None], B) is None
    assert containers.reversed_sequence_bar(None, [1.0], [1.0]) is None
    assert containers.list_iterable_dot(None, [1.0], [1.0]) == [None]
    assert containers.iterable_bar([None, B, None], np.ones((3, 3))).tolist() == [[0] * 3, B.tolist(), [0] * 3]


@pytest.mark.parametrize("index", [0, 1, 2])
def test_zip(index):
    check_rule(zip, [1.0, 2.0, 3.0], A, ("a", 4.0, 5.0), wrt=index, listed=list)


def test_zip_takes_none_for_a_row():
    assert containers.zip_iterable_bar([None, [1.0, 2.0]], None, 1, [0.0, 0.0], [0.0, 0.0]) == [None, 2.0]


@pytest.mark.parametrize("x", NUMBERS, ids=str)
def test_enumerate(x):
    check_rule(enumerate, x, 3, wrt="iterable", listed=list)


OPERANDS = [(2.0, 3.0), (A, B), (B, A), (2.0, A), (A, 2.0), (3, A), (A, [1.0, 2.0, 3.0]), ([[1.0], [2.0]], A)]
SEQUENCES = [([1.0, 2.0], [3.0, "s"]), ((1.0,), (2.0, 3.0)), ([], [1.0])]
REPEATED = [([1.0, B], 3), (2, [1.0, 2.0]), ((1.0, "s"), 2), ([1.0], 0), ([], 3), ([1.0], -1)]
OPERATORS = [(operator.add, "add", a, b) for a, b in OPERANDS + SEQUENCES]
OPERATORS += [(operator.mul, "mul", a, b) for a, b in OPERANDS + REPEATED]


@pytest.mark.parametrize("f, name, a, b", OPERATORS, ids=str)
def test_operators_on_operands_of_any_type(f, name, a, b):
    for wrt, x, replace in (("a", a, lambda x: f(x, b)), ("b", b, lambda x: f(a, x))):
        bar, tangent = getattr(containers, f"{name}_{wrt}_bar"), getattr(containers, f"{name}_{wrt}_dot")
        check(x, lambda y_bar, y: bar(y_bar, y, a, b), lambda v, y: tangent(v, y, a, b), replace)


def test_strings_carry_nothing():
    assert containers.add_a_bar(None, "ab", "a", "b") is None and containers.mul_b_bar(1.0, "aa", 2, "a") is None


D = {"a": 1.0, "b": B, "act": "tanh", "layers": [(A, 2.0)]}


def test_dict_of_a_mapping_or_pairs():
    check_rule(dict, D, wrt="items")
    check_rule(dict, D, wrt="items", a=3.0, c=4.0)
    check_rule(dict, [("a", 1.0), ("b", B), ("a", 2.0), ("s", "t")], wrt="items", b=3.0)
    assert dicts.dict_keyword_bar({"a": 1.0, "b": 2.0}, None, "b", (), b=3.0) == 2.0
    assert dicts.dict_keyword_dot(5.0, None, "b", (), b=3.0) == {"b": 5.0}


def test_dict_methods():
    for key in ("a", "layers", "none"):
        check_rule(dict.get, D, key, 7.0, wrt="d")
        check_rule(dict.get, D, key, 7.0, wrt="default")
    for f in (dict.items, dict.values):
        check_rule(f, D, wrt="d", listed=list)
    check_rule(dict.copy, D, wrt="d")
    check_rule(list.copy, [1.0, B], wrt="x")


def test_union_of_dicts():
    for wrt in ("a", "b"):
        check_rule(operator.or_, D, {"b": 4.0, "c": 5.0}, wrt=wrt)
        assert vjp_rules[operator.or_][wrt][0].function(1.0, 3, 1, 2) is None


@pytest.mark.parametrize("owner, names", [(dict, "get items values copy keys"), (list, "copy index count")])
def test_methods_are_registered(owner, names):
    assert all(has_rule(methods[owner, name]) for name in names.split())
    assert dict.keys in constant and tuple.index in constant
