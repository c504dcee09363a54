"""What emitters of constructs share: the lines so far, the variables in scope, and random expressions over them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

CONSTRUCTS: dict[str, Callable] = {}
SCOPE = ("scalars", "assignable", "vectors", "ints", "strings", "lists", "functions")


def construct(name: str) -> Callable:
    """Register an emitter: a function of the writer that adds the construct and marks a value it acted on."""

    def register(emit):
        CONSTRUCTS[name] = emit
        return emit

    return register


class Writer:
    """A program being written."""

    def __init__(self, rng: random.Random, budget: int):
        self.rng, self.budget = rng, budget
        self.lines: list[str] = []
        self.module: list[list[str]] = []  # functions beside `program`
        self.depth = 0
        self.used: set[str] = set()
        # among them names that a transformation would like to have for itself
        self.names = "u v w s p q r h x_bar y_dot x_tape a_bar x_1 t y z total acc c d e g value left right".split()
        self.count = 0
        self.scalars: list[str] = []  # floats that may be read
        self.assignable: list[str] = []  # those of this function's own
        self.vectors: list[str] = []  # arrays of three floats
        self.ints: list[str] = []
        self.strings: list[str] = []
        self.lists: list[str] = []  # lists of at least two floats
        self.functions: list[str] = []  # of a float, giving a float
        self.loops = 0  # those around this place, in the function being written
        self.nesting = 0

    # lines and scopes

    def line(self, text: str) -> None:
        """Add a line at the present indentation."""
        self.lines.append("    " * self.depth + text)

    def mark(self, name: str, value: str) -> None:
        """Record that the construct is used; the run on duals finds out whether `value` is active there."""
        self.used.add(name)
        self.line(f'mark("{name}", {value})')

    @contextmanager
    def block(self, header: str, loop: bool = False) -> Iterator[None]:
        """A compound statement: what is defined in its body is forgotten behind it."""
        self.line(header)
        saved = {name: list(getattr(self, name)) for name in SCOPE}
        self.depth += 1
        self.nesting += 1
        self.loops += loop
        yield
        self.loops -= loop
        self.nesting -= 1
        self.depth -= 1
        vars(self).update(saved)

    @contextmanager
    def function(self, header: str, parameters: list[str]) -> Iterator[None]:
        """A function: reads what is around it, assigns to names of its own only."""
        loops, self.loops = self.loops, 0
        with self.block(header):
            self.assignable = list(parameters)
            self.scalars = self.scalars + parameters
            yield
        self.loops = loops

    @contextmanager
    def module_function(self, header: str, parameters: list[str]) -> Iterator[None]:
        """A function beside `program`, which sees none of its variables."""
        outer = {name: getattr(self, name) for name in ("lines", "depth", "nesting", "loops", *SCOPE)}
        vars(self).update({"lines": [], "depth": 0, "loops": 0, **{name: [] for name in SCOPE}})
        with self.function(header, parameters):
            yield
        self.module.append(self.lines)
        vars(self).update(outer)

    def fresh(self) -> str:
        """A name used nowhere else in the program."""
        self.count += 1
        return self.names.pop() if self.names else f"v{self.count}"

    def target(self) -> str:
        """A name to assign a scalar to: often one that has a value already."""
        if self.assignable and self.rng.random() < (0.85 if self.nesting > 1 else 0.5):
            return self.rng.choice(self.assignable)
        return self.fresh()

    def define(self, name: str) -> None:
        """Note that `name` now holds a scalar."""
        for names in (self.scalars, self.assignable):
            if name not in names:
                names.append(name)

    def assign(self, value: str, name: str | None = None) -> str:
        """Assign the scalar expression `value` to a name, which is returned."""
        name = name or self.target()
        self.line(f"{name} = {value}")
        self.define(name)
        return name

    def statements(self, count: int) -> None:
        """Add `count` random constructs, fewer where the budget or the nesting is used up."""
        self.assign(self.bounded())
        for _ in range(count):
            if self.nesting > 4 or (self.nesting > 1 and self.budget <= 0):
                return
            self.budget -= self.nesting > 1
            CONSTRUCTS[self.rng.choice(sorted(CONSTRUCTS))](self)

    def body(self) -> None:
        """A short random block that changes an existing scalar."""
        self.statements(self.rng.choice([0, 1, 1, 2]))

    # expressions

    def constant(self) -> str:
        """A literal between 0.2 and 1.5."""
        return str(round(self.rng.uniform(0.2, 1.5), 2))

    def threshold(self) -> str:
        """A literal that values are unlikely to be close to."""
        return str(round(self.rng.uniform(-0.9, 0.9), 4))

    def leaf(self) -> str:
        """A scalar variable, an element, a call or a constant."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.1 and self.vectors:
            return f"{rng.choice(self.vectors)}[{rng.randint(-3, 2)}]"
        if roll < 0.15 and self.lists:
            return f"{rng.choice(self.lists)}[{rng.choice([0, 1, -1])}]"
        if roll < 0.22 and self.functions and self.scalars:
            return f"{rng.choice(self.functions)}({rng.choice(self.scalars)})"
        if roll < 0.27 and self.vectors:
            return f"np.{rng.choice(['sum', 'mean', 'sum', 'max', 'prod'])}({rng.choice(self.vectors)})"
        if roll < 0.94 and self.scalars:
            return rng.choice(self.scalars[-6:] if rng.random() < 0.7 else self.scalars)
        return self.constant()

    def scalar(self, depth: int = 2) -> str:
        """A random expression, which may be large where its variables are."""
        rng = self.rng
        if depth == 0:
            return self.leaf()
        a, b, c = self.scalar(depth - 1), self.leaf(), self.constant()
        shapes = [
            f"{a} + {b}", f"{a} - {c} * {b}", f"{c} * ({a})", f"({a}) * {b}", f"({a}) / (1.5 + {b} ** 2)",
            f"math.sin({a})", f"np.cos({a})", f"np.tanh({a})", f"math.exp(-({a}) ** 2)", f"np.log(2.5 + math.sin({a}))",
            f"math.sqrt(1 + ({a}) ** 2)", f"-({a})", f"(1.3 + np.sin({b})) ** {c}", f"np.arctan({a})", f"{c} ** {b}",
        ]  # fmt: skip
        return rng.choice(shapes)

    def bounded(self, depth: int = 2) -> str:
        """A random expression of order one whatever its variables are."""
        rng, a = self.rng, self.scalar(depth)
        wraps = [
            f"np.tanh({a})",
            f"math.sin({a})",
            f"np.cos({a})",
            f"math.tanh({a})",
            f"np.arctan({a}) * {self.constant()}",
        ]
        return rng.choice(wraps)

    def vector(self) -> str:
        """A random bounded expression whose value is an array of three floats."""
        v, u, s, c = self.rng.choice(self.vectors), self.rng.choice(self.vectors), self.leaf(), self.constant()
        return self.rng.choice([
            f"np.sin({v} * {s})", f"np.tanh({v} + {u})", f"np.cos({s} - {v})", f"np.tanh({v} * {u} - {c})",
            f"{v} / (1.5 + {v} ** 2)", f"np.sin({v}[::-1] + {u})", f"np.arctan(np.outer({v}, {u}) @ {v})",
        ])  # fmt: skip

    def condition(self) -> str:
        """A random test, on active or inactive values, sometimes with short circuits."""
        rng = self.rng
        s, t = self.leaf(), self.threshold()
        active = [
            f"{s} > {t}", f"{s} < {t}", f"-0.8113 < {s} <= {t}", f"{s} > {t} and {self.leaf()} < 0.7331",
            f"not {s} > {t}", f"{s} < {t} or {self.leaf()} > 0.4447",
        ]  # fmt: skip
        inactive = [f"{i} {op} {rng.randint(0, 3)}" for i in self.ints for op in (">", "==", "% 2 ==")]
        inactive += [f'{m} == "fast"' for m in self.strings] + [f'{m} in ("slow", "fast")' for m in self.strings]
        return rng.choice(inactive if inactive and rng.random() < 0.3 else active)
