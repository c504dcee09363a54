"""Seeded random programs, as source text: `generate(seed)` is the same program in every run and process.

A program defines `program(x, a)`, a scalar function of a float and of an array of three floats. Each construct is an
emitter in `statements.py`, `functions.py`, `containers.py` or `objects.py`; values are kept of order one, and
conditions on active values have odd thresholds, so that a point is unlikely to lie near a kink.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from . import containers, functions, objects, statements  # noqa: F401 (they register their constructs)
from .writer import CONSTRUCTS, Writer

HEADER = """import math
from collections import namedtuple
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np
"""


@dataclass(frozen=True)
class Program:
    """A program: its text, the same text with coverage marks, where to evaluate it, and what it is made of."""

    seed: int
    text: str
    marked: str
    point: tuple
    constructs: tuple[str, ...]


def generate(seed: int, size: int = 10) -> Program:
    """The random program of this seed, made of about `size` constructs besides those nested in them."""
    rng = random.Random(seed)
    w = Writer(rng, budget=size)
    rng.shuffle(w.names)
    with w.block("def program(x, a):"):
        w.scalars, w.assignable, w.vectors = ["x"], ["x"], ["a"]
        w.line("n = " + str(rng.randint(1, 4)))
        w.line(f'mode = "{rng.choice(["fast", "slow", "exact"])}"')
        w.ints, w.strings = ["n"], ["mode"]
        w.statements(size)
        _return_everything(w)
    marked = "\n\n\n".join([HEADER, *("\n".join(lines) for lines in w.module), "\n".join(w.lines)]) + "\n"
    text = "".join(line for line in marked.splitlines(keepends=True) if not line.lstrip().startswith("mark("))
    point = (round(rng.uniform(-1.4, 1.4), 3), [round(rng.uniform(-1.4, 1.4), 3) for _ in range(3)])
    return Program(seed, text, marked, point, tuple(sorted(w.used)))


def _return_everything(w):
    """Return a sum in which every live variable has its own weight, so that nothing computed is without effect."""
    terms = [f"{w.constant()} * {name}" for name in w.scalars]
    terms += [f"np.sum({w.constant()} * np.sin({name}))" for name in w.vectors]
    terms += [f"{w.constant()} * sum({name})" for name in w.lists]
    w.line("return " + " + ".join(terms))


def construct_names() -> list[str]:
    """The name of every construct that programs are made of."""
    return sorted([*CONSTRUCTS, "break", "continue"])
