"""Lists that grow and shrink under one name after they were run through under another."""

import math

import pytest

import srcgrad

from .checking import rows


def run_through_then_popped(x):
    tree = {"rows": [[x], [x * x]]}
    rows = tree["rows"]
    y = x
    for row in rows:
        y = y + row[0] * y
    tree["rows"].pop()
    return y


def run_through_then_appended_to(x):
    tree = {"items": [x, x * x]}
    items = tree["items"]
    y = x
    for i in range(len(items)):
        y = y + items[i] * y
    tree["items"].append(x)
    return y * items[2]


def comprehended_then_popped(x):
    tree = {"items": [x, x * x]}
    squares = [v * v for v in tree["items"]]
    tree["items"].pop()
    return squares[0] * squares[1]


def zipped_then_popped(x):
    tree = {"items": [x, x * x]}
    y = x
    for u, v in zip(tree["items"], tree["items"]):
        y = y * u + v
    tree["items"].pop()
    return y


def enumerated_then_popped(x):
    tree = {"items": [x, x * x]}
    y = x
    for k, v in enumerate(tree["items"]):
        y = y * k + v
    tree["items"].pop()
    return y


def run_through_again_and_again(x):
    items = [x, x * x]
    same = items
    y = x
    for _ in range(2):
        for v in items:
            y = math.tanh(y * v + y * y)
        same.append(y)
    return y * items[3]


def popped_and_forgotten(x):
    t = [lambda v: v * x][0](x)
    tree = {"pairs": [(x, t), (t, x)]}
    pairs = tree["pairs"]
    y = pairs[0][1] * pairs[1][0]
    tree["pairs"].pop()
    return y


@rows(
    (run_through_then_popped, 0.8), (run_through_then_appended_to, 0.8), (comprehended_then_popped, 0.8),
    (zipped_then_popped, 0.8), (enumerated_then_popped, 0.8), (run_through_again_and_again, 0.8),
    (popped_and_forgotten, 0.8),
)  # fmt: skip
def test_grown_lists(check, primal, args):
    check(primal, args)


@pytest.mark.parametrize(
    "primal", [run_through_then_popped, run_through_then_appended_to, comprehended_then_popped, zipped_then_popped]
)
def test_pullbacks_of_them_give_the_same_again(primal):
    pullback, _ = srcgrad.make_vjp(primal)(0.8)
    assert pullback(1.0) == pytest.approx(srcgrad.grad(primal)(0.8), rel=1e-13)
    assert pullback(1.0) == pytest.approx(srcgrad.grad(primal)(0.8), rel=1e-13)
