"""The passes keep the meaning of random straight-line and structured programs full of aliases and in-place writes."""

import random

import gast
import numpy as np
import pytest

from srcgrad.optimize.dead import remove_dead
from srcgrad.optimize.fold import fold_temporaries
from srcgrad.optimize.simplify import simplify

USER = ["a", "b", "c"]


class Program:
    """A function of two arrays in something like ANF: temporaries t0, t1, ... and names a, b, c that are rebound."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0
        self.loops = 0
        self.known = ["x", "y"]

    def operand(self):
        fresh = [name for name in self.known if name[0] == "t"][-3:]
        return self.random.choice(self.known + 3 * fresh + ["0.5"])

    def expression(self):
        first, second = self.operand(), self.operand()
        name = self.random.choice(self.known)
        arithmetic = [f"{first} * {second}", f"{first} + {second}", f"-{first}", f"np.maximum({first}, {second})"]
        views = [name, f"np.real({name})", f"np.ravel({name})[::-1]", f"np.transpose({name})"]
        return self.random.choice([*arithmetic, f"np.sin({first})", *views, f"touch({name})"])

    def statements(self, n, depth):
        lines = []
        for _ in range(n):
            lines += self.statement(depth)
        return lines

    def statement(self, depth):
        kind = self.random.randrange(12)
        name = self.random.choice(self.known)
        if kind < 5:
            temporary = f"t{self.count}"
            self.count += 1
            line = f"{temporary} = {self.expression()}"
            self.known.append(temporary)
            return [line]
        if kind < 7:
            target = self.random.choice(USER)
            line = f"{target} = {self.expression()}"
            self.known.append(target)
            return [line]
        if kind == 7:
            return [f"{self.random.choice(self.known)} += {self.expression()}"]
        if kind == 8:
            return [f"if np.ndim({name}): {name}[0] = np.sum({self.operand()})"]
        if kind == 9:
            return [f"tape.append({self.operand()})"]
        if depth > 2:
            return [f"touch({name})"]
        return self.compound(depth)

    def compound(self, depth):
        known = list(self.known)
        self.loops += 1
        header = self.random.choice([f"for i{self.loops} in range(2):", "if np.sum(x) > 0:", "while again():"])
        body = self.statements(self.random.randrange(1, 5), depth + 1)
        if not header.startswith("if") and self.random.random() < 0.4:
            body.append("if np.sum(y) > 0: " + self.random.choice(["break", "continue"]))
        self.known = known
        return [header, *("    " + line for line in body)]

    def source(self):
        lines = ["tape = []", *(f"{name} = x * 2.0" for name in USER)]
        self.known += USER
        lines += self.statements(self.random.randrange(4, 18), 1)
        result = ", ".join(self.random.sample(self.known, min(3, len(self.known))))
        return [*lines, f"return {result}" + self.random.choice(["", ", tape"])]


def run(body, x, y, log):
    """The result of the function, its effects on the arguments, and what the impure `touch` saw."""
    lines = show(body).split("\n")
    steps = iter([True, True, False] * 100)

    def touch(value):
        log.append(np.array(value))
        if np.ndim(value):
            value[-1] += 1.0
        return value

    namespace = {"np": np, "touch": touch, "again": lambda: next(steps)}
    exec("def f(x, y):\n" + "\n".join("    " + line for line in lines), namespace)
    try:
        with np.errstate(all="ignore"):
            result = namespace["f"](x, y)
    except Exception as error:  # the passes must keep whatever the program raises
        return type(error)
    return [np.array(part) for item in result for part in (item if isinstance(item, list) else [item])], x, y


def show(body):
    return gast.unparse(gast.Module(body, [])).strip()


def same(a, b):
    if isinstance(a, type) or isinstance(b, type):
        return a is b
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=True)


def outcome(body, shared):
    log = []
    x = np.array([0.3, -1.2, 0.7])
    return run(body, x, x[::-1] if shared else np.array([1.1, 0.4, -0.6]), log), log


@pytest.mark.parametrize("shared", [False, True])
def test_passes_keep_results_effects_and_order_of_calls(shared):
    folded = removed = raised = 0
    for seed in range(100):
        body = gast.parse("\n".join(Program(seed).source())).body
        temporaries = {f"t{i}" for i in range(100)}
        short = fold_temporaries(body, temporaries)
        shorter = remove_dead(short)
        folded += show(body).count("\n") - show(short).count("\n")
        removed += len(show(short)) > len(show(shorter))
        expected = outcome(body, shared)
        raised += isinstance(expected[0], type)
        if isinstance(expected[0], type):  # removing a dead operation that would have raised is allowed
            continue
        for new in (short, shorter, fold_temporaries(remove_dead(body), temporaries)):
            assert same(expected, outcome(new, shared)), (seed, show(body), show(new))
    assert folded > 50 and removed > 50 and raised < 15


def test_simplified_expressions_have_the_same_value():
    source = random.Random(1)

    def expression(depth):
        if not depth or source.random() < 0.15:
            return source.choice(["p", "q", "r", "1", "1.0", "2", "-1", "-1.0", "0.5", "3"])
        left, right = expression(depth - 1), expression(depth - 1)
        operator = source.choice(["+", "-", "*", "*", "/", "neg", "pow"])
        if operator == "neg":
            return f"-({left})"
        if operator == "pow":
            return f"({left}) ** {source.choice(['1', '2', '(2 - 1)'])}"
        return f"({left}) {operator} ({right})"

    names = {"p": np.array([0.7, -1.3]), "q": np.array([2.1, 0.4]), "r": -0.9}
    for _ in range(500):
        text = expression(4)
        short = gast.unparse(simplify(gast.parse(text)))
        with np.errstate(all="ignore"):
            try:
                expected = eval(text, names)
            except ZeroDivisionError:
                continue
            if np.all(np.isfinite(expected)) and np.all(np.abs(expected) < 1e6):
                assert np.allclose(eval(short.strip(), names), expected, rtol=1e-9, atol=1e-9), (text, short)
