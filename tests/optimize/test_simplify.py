"""Derivative expressions as a person would write them."""

import gast
import numpy as np
import pytest

import srcgrad
from srcgrad.optimize.simplify import simplify

ROWS = [
    ("x * 1", "x"),
    ("1.0 * x", "x"),
    ("x / 1", "x"),
    ("x ** 1.0", "x"),
    ("2 * x ** (2 - 1)", "2 * x"),
    ("3 * x ** (3 - 1)", "3 * x ** 2"),
    ("a * (1 / b)", "a / b"),
    ("a * (-1 / b)", "-a / b"),
    ("a * -b", "-a * b"),
    ("a * (-b / c)", "-a * (b / c)"),
    ("a * -1", "-a"),
    ("-1.0 * x", "-x"),
    ("-(-x)", "x"),
    ("a + -b", "a - b"),
    ("a - -b", "a + b"),
    ("a + b * -c", "a - b * c"),
    ("a - -b * c / d", "a + b * c / d"),
    ("-a * -b", "a * b"),
    ("-a + b", "b - a"),
    ("-(a * b * c)", "-a * b * c"),
    ("2 * (0.5 * x)", "x"),
    ("2 * x * 3", "6 * x"),
    ("2 * 1.0", "2.0"),
    ("-1.0 / x", "-1.0 / x"),
    ("f(a * 1, [b * -1])", "f(a, [-b])"),
    ("1 / 3 * x / 7", "x / 3 / 7"),
    ("x.T.T", "x"),
    ("x_bar += -a * b", "x_bar -= a * b"),
    ("x_bar -= -1 * y", "x_bar += y"),
]
UNTOUCHED = """
True * x; x * True; 0 * x; x + 0; x @ 1; -a @ b; 1 / 3; 1 / 0; x = x + e; a - b; 10 ** 400; 2 ** -1.5; (-8) ** 0.5;
0.1 + 0.2; x ** 2; 1j * x; np.ones_like(x) * x; a * (b / c); 1 % 1; x ** 0; -x ** 2; a * b / 7 * c
"""


@pytest.mark.parametrize("before, after", ROWS)
def test_rewritten(before, after):
    assert gast.unparse(simplify(gast.parse(before))).strip() == after


@pytest.mark.parametrize("text", UNTOUCHED.replace("\n", " ").split(";"))
def test_untouched(text):
    tree = gast.parse(text.strip())
    assert gast.unparse(simplify(tree)) == gast.unparse(tree)


def test_the_given_tree_is_left_alone_and_shared_where_unchanged():
    tree = gast.parse("a = x * 1\nb = y + z")
    before = gast.dump(tree)
    new = simplify(tree)
    assert gast.dump(tree) == before and new.body[1] is tree.body[1]


def test_a_product_with_one_stays_where_the_sum_goes_on_in_place():
    """`s_bar = 1.0 * x` may be written as `x` only where nothing is added to it in place."""

    def f(x):
        s = np.exp(x)
        b = np.sum(x * x)
        return np.sum(s * x) + b

    x = np.array([1.0, 2.0])
    want = np.exp(x) * (1 + x) + 2 * x
    np.testing.assert_allclose(srcgrad.grad(f)(x), want, rtol=1e-14)
