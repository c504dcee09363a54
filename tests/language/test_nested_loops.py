"""Nested loops: jumps out of them, what their bounds read, and their variables read when they are over."""

from __future__ import annotations

import random

import numpy as np
import pytest

import srcgrad

from .checking import assert_refused, rows


def returned_from_two_loops(x):
    for i in range(3):
        for j in range(3):
            if (i, j) == (1, 1):
                return x**3
            if i > j:
                x = x * 1.1
    return x


def returned_in_several_places(x):
    y = x
    for i in range(4):
        if y > 50.0:
            return y * x
        for j in range(i + 1):
            y = y * 1.3 + x * j
            if y > 20.0:
                return np.sin(x) * y
            if j == 2:
                break
        else:
            y = y - 0.1 * x * x
    return y


def returned_from_three_loops(x):
    s = x
    for i in range(3):
        for j in range(2):
            k = 0
            while True:
                s = s + x * x / (1 + i + j + k)
                k += 1
                if i + j + k > 4:
                    return s * x
                if k > j:
                    break
            if j == i:
                continue
            s = s * 1.05
    return s


def broken_with_else(x):
    s = 0.0
    for i in range(5):
        for j in range(4):
            if s > 5.0:
                break
            s = s + x * (i + 1) / (j + 1)
        else:
            s = s * x
            continue
        s = s + x**3
        if i == 3:
            break
    else:
        return s * s
    return s * np.exp(-x)


def continued(x):
    s = x
    for i in range(4):
        if i == 1:
            continue
        for j in range(4):
            if (i + j) % 2:
                continue
            if j > i:
                break
            s = s * x + j
    return s


def whiles_with_else(x):
    s, i = x, 0
    while i < 4:
        i += 1
        j = 0
        while j < i:
            j += 1
            if i == 2:
                continue
            s = s * x + 0.3 * j
            if s > 50.0:
                return s * s
        else:
            s = s + x * x
        if s > 30.0:
            break
    else:
        s = s * 2.0
    return s * x


def returned_from_else(x):
    s = x
    for i in range(3):
        while s < 3.0 + i:
            s = s * 1.2 + 0.1 * x
        else:
            if i == 1:
                return s * x * x
        s = s * x
    return s


def returned_by_data(x):
    for a in x:
        for b in x:
            if a * b > 2.0:
                return a * a * b
            if a > b:
                continue
            x = x * 1.1
    return np.sum(x)


def stopped_by_flags(x):
    s, done = x, False
    while not done:
        for i in range(5):
            s = s * x
            if s > 9.5:
                done = True
                break
            if s > 5.0:
                break
        else:
            s = s + 0.5
        s = s + x * i
    return s


ARRAY = np.array([0.9, 1.1, 1.7, 0.6])
JUMPS = [returned_from_two_loops, returned_in_several_places, returned_from_three_loops, broken_with_else, continued]
JUMPS += [returned_from_else]


@rows(*((jump, 1.3) for jump in JUMPS), (whiles_with_else, 1.25), (stopped_by_flags, 1.25), (returned_by_data, ARRAY))
def test_jumps_out_of_nested_loops(check, primal, args):
    check(primal, args)


# Bounds that are data which the loops change, or that a call makes ---------------------------------------------------


def bound_is_popped(x):
    counts, s = [2, 1, 3, 2], x
    for k in range(3):
        for j in range(counts.pop()):
            s = s * x + j + k
    return s


def bound_is_an_item(x):
    n, s = [2], x
    for _ in range(3):
        for j in range(n[0]):
            s = s + x * x * j
        n[0] += 1
    return s


def bound_is_an_entry(x):
    n, s = np.array([1, 3]), x
    for _ in range(3):
        for j in range(n[0], n[1]):
            s = s + x * x * j
        n += 1
    return s


def bound_is_a_length(x):
    n, s = [2, 3], x
    names = [n]
    for k in range(3):
        for j in range(len(names[0])):
            s = s + x * x * j
        n.append(k)
    return s


class Counts:
    n = 2


COUNTS = Counts()


def bound_is_an_attribute(x):
    COUNTS.n = 2
    s = x
    for _ in range(3):
        for j in enumerate(range(COUNTS.n)):
            s = s + x * x * j[1]
        for j in range(COUNTS.n):
            s = s + x * x * j
        COUNTS.n += 1
    return s


def bound_is_random(x):
    generator, s = random.Random(3), x
    for _ in range(4):
        for j in range(int(5 * generator.random())):
            s = s + x * x * j
        for j in zip(range(generator.randint(1, 4)), range(4)):
            s = s + x * j[0]
    return s


def bound_grows_with_the_loop(x):
    n, s = [3, 2, 1], x
    while n:
        for j in range(n.pop()):
            if n:
                s = s + x * x * j
            for _ in range(len(n)):
                s = s + x * x
    return s


BOUNDS = [bound_is_popped, bound_is_an_item, bound_is_an_entry, bound_is_a_length, bound_is_an_attribute]
BOUNDS += [bound_is_random, bound_grows_with_the_loop]


@rows(*((bound, 1.3) for bound in BOUNDS))
def test_loops_run_backwards_as_often_as_forwards(check, primal, args):
    check(primal, args)


def times_an_attribute(x, counts):
    for _ in range(counts.n):
        x = x * x
    return x


def times_a_length(x, counts):
    for _ in range(len(counts.items)):
        x = x * x
    return x


@pytest.mark.parametrize("primal", [times_an_attribute, times_a_length])
def test_a_pullback_counts_as_the_primal_did(primal):
    counts = Counts()
    counts.items = [1, 2]
    pullback, _ = srcgrad.make_vjp(primal)(1.1, counts)
    counts.n = 5
    counts.items.append(3)
    assert pullback(1.0) == pytest.approx(4 * 1.1**3, rel=1e-13)
    counts.items = []
    assert pullback(1.0) == pytest.approx(4 * 1.1**3, rel=1e-13)


# Variables of loops, and those of walruses in tests, read when the loop is over --------------------------------------


def variable_after_its_loop(x):
    s = x
    for k in range(4):
        for i in range(5):
            s = s * x
            if s > 4.0 + k:
                break
        s = s + x * i
    return s


def variable_from_before(x):
    s, i = x, 2
    for k in range(4):
        s = s + x * x * i
        for i in range(k, 3):
            if i == 2 and k == 1:
                break
            s = s + x
    return s * i


def variable_of_two_loops(x):
    s = x
    for k in range(4):
        for i in range(k):
            for i in range(2 * i):
                s = s + x * i
            s = s + x * x * i
        if k:
            s = s * x * i
    return s


def variable_is_a_key(x):
    s, table = x, {"a": 1.5, "b": 2.0}
    for k in range(4):
        for key in table:
            if k == 1:
                break
            s = s + table[key] * x * x
        s = s * table[key] * x
    return s


def walrus_in_a_while(x):
    s, n = x, 4
    while (n := n - 1) > 0:
        s = s * x + n * x
    return s


def walrus_in_an_if(x):
    s, n = x, 4
    for _ in range(4):
        if (n := n - 1) > 1:
            s = s * x + n * x
        s = s + n * x * x
    return s


def walrus_in_an_operand(x):
    s, n = x, 5
    for k in range(3):
        s = s + x * (n := n - 1) * k
        s = s * x * n
    return s


def walrus_in_an_index(x):
    xs, s, i = np.array([1.0, x, x * x]), x, 0
    while i < 2:
        s = s + xs[(i := i + 1)] * xs[i]
    return s


def walruses_of_both_kinds(x):
    xs, s, i = [x, 2 * x, x * x], x, -1
    while (i := i + 1) < 3 and (y := xs[i]) < 2.0:
        s = s * y
    return s * i * y


def walrus_in_a_bound(x):
    s, n = x, 3
    for _ in range(n := n + 1):
        s = s * x + n + (n := n - 1)
    return s * n * x


def walrus_in_a_generator(x):
    values = [1.0, 3.0, 4.0]
    s = x
    for k in range(3):
        if any((m := v) > 2 + k for v in values):
            s = s * m * x
    return s


VARIABLES = [variable_after_its_loop, variable_from_before, variable_of_two_loops, variable_is_a_key]
VARIABLES += [walrus_in_a_while, walrus_in_an_if, walrus_in_an_operand, walrus_in_an_index, walruses_of_both_kinds]
VARIABLES += [walrus_in_a_bound]


@rows(*((variable, 1.1) for variable in VARIABLES))
def test_variables_of_loops_are_read_as_they_were(check, primal, args):
    check(primal, args)


@pytest.mark.parametrize("operator", [srcgrad.grad, lambda f: lambda x: srcgrad.make_jvp(f)(x)(1.0)[1]])
def test_a_walrus_in_an_inactive_generator(operator):
    step = 1e-5
    want = (walrus_in_a_generator(1.1 + step) - walrus_in_a_generator(1.1 - step)) / (2 * step)
    assert operator(walrus_in_a_generator)(1.1) == pytest.approx(want, rel=1e-8)


def test_an_active_walrus_in_a_generator_is_refused():
    def primal(x):
        xs = [x, x * x, 3 * x]
        if any((m := v) > 2 for v in xs):  # refused
            return m
        return x

    assert_refused(primal, 1.1, words="'m' is assigned an active value in a generator")
