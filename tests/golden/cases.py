"""The functions whose derivatives are kept as text in this folder, `<name>.py` each, with arguments to run them at.

`python tests/golden/update.py` writes the files anew; read the difference as you would a colleague's code.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

import srcgrad

MODES = {"forward": "jvp", "directions": "jvps"}


@dataclass(frozen=True)
class Case:
    """A derivative and where to take it; `text` is "general", "special" (for the kinds of `args`) or one of MODES."""

    name: str
    primal: Callable
    args: tuple
    argnum: int = 0
    text: str = "special"
    order: int = 1

    def lower(self) -> Callable:
        """The function whose derivative the golden file holds: the primal, or its derivative of one order less."""
        f = self.primal
        for _ in range(self.order - 1):
            f = srcgrad.grad(f, self.argnum)
        return f

    def source(self) -> str:
        """The text as srcgrad writes it now."""
        if self.text in MODES:
            return srcgrad.engine.source(self.lower(), (self.argnum,), MODES[self.text])
        derivative = srcgrad.grad(self.lower(), self.argnum)
        return derivative.source if self.text == "general" else derivative.precompile(*self.args).source


# The pairs of the design: what derivatives should read like -----------------------------------------------------------


def loss(w, X, y):
    p = 0.5 * (np.tanh(X @ w / 2) + 1)
    q = p * y + (1 - p) * (1 - y)
    return -np.sum(np.log(q))


def hinge(x, a):
    if x > a:
        y = (x - a) ** 2
    else:
        y = 0.1 * x
    return y * x


def logistic_map(r, x, n):
    for i in range(n):
        x = r * x * (1 - x)
    return x


def newton_sqrt(a, tol):
    x = a
    while True:
        new = 0.5 * (x + a / x)
        if abs(new - x) < tol:
            break
        x = new
    return new


def softplus(z):
    e = np.exp(-np.abs(z))
    return np.maximum(z, 0) + np.log1p(e)


def energy(v, W):
    h = softplus(W @ v)
    return np.sum(h * h)


def integrate(f, n):
    total = 0.0
    for i in range(n):
        total = total + f((i + 0.5) / n) / n
    return total


def work(k, n):
    def force(x):
        return k * math.sin(k * x)

    return integrate(force, n)


def predict_error(params, x, y):
    h = x
    for W, b in params["layers"]:
        h = np.tanh(W @ h + b)
    return np.sum((params["scale"] * h - y) ** 2)


# Straight lines -------------------------------------------------------------------------------------------------------


def polynomial(x, a):
    y = a * x * x + 3 * x
    return y * math.sin(x) / a


def rows_scaled(w, X):
    scaled = X * w + 1.0
    return np.sum(scaled**2)


def softmax_loss(W, x, label):
    z = W @ x
    e = np.exp(z - np.max(z))
    return -np.log(e[label] / np.sum(e))


def normalised(X):
    centred = X - np.mean(X, axis=0)
    spread = np.sqrt(np.sum(centred * centred, axis=0) + 1e-3)
    return np.sum(np.sin(centred / spread))


def neighbours(x):
    return np.sum((x[1:] - x[:-1]) ** 2) + x[0]


def masked(x):
    positive = np.where(x > 0, x, 0.1 * x)
    return np.sum(positive * x)


def swapped(x, y):
    x, y = y * y, x
    return x * y


def by_methods(X):
    return (X.T @ X).sum() + X.reshape(-1).mean()


# Branches and loops ---------------------------------------------------------------------------------------------------


def three_ways(x):
    if x < 0:
        y = -x
    elif x < 1:
        y = x * x
    else:
        y = 2 * x - 1
    return math.exp(-y) if y < 3 else 0.05 * y


def matched(x, shape):
    match shape:
        case "disc":
            area = math.pi * x * x
        case "square" | "box":
            area = x * x
        case _:
            area = 0.0
    return area * x


def horner(x, coefficients):
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return y


def entries(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i] * x[i]
    return total


def decay(x, rate):
    steps = 0
    while x > 0.1:
        x = x * rate
        steps += 1
    return x * steps


def skipping(x, n):
    total = 0.0
    for i in range(n):
        if i % 2:
            continue
        x = x * 1.1
        if x > 1.5:
            break
        total += x * i
    return total + x


def repulsion(x):
    total = 0.0
    for i in range(len(x)):
        for j in range(i):
            d = x[i] - x[j]
            total += 1 / (1 + d * d)
    return total


def first_above(x, n, bound):
    for i in range(n):
        x = x + 0.3 * x * x
        if x > bound:
            return x * i
    return -x


# Functions ------------------------------------------------------------------------------------------------------------


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def squared_step(x, i):
    step = x[i] - x[i - 1]
    return step * step


def path_energy(x):
    energy = 0.0
    for i in range(1, len(x)):
        energy += squared_step(x, i)
    return energy


def continued_fraction(a, i):
    if i == len(a):
        return 0.0
    return 1 / (a[i] + continued_fraction(a, i + 1))


def hidden_layer(W, x):
    layer = lambda z: np.tanh(W @ z)
    return np.sum(layer(layer(x)))


def composed(x):
    return reduce(lambda y, f: f(y), [math.sin, math.exp, lambda z: z * x], x)


def spring(x, k):
    return 0.5 * k * x**2


def oscillator(q, p):
    return spring(q, 2.0) + 0.5 * p * p


# Containers -----------------------------------------------------------------------------------------------------------


def damped(params, t):
    envelope = params["amplitude"] * math.exp(-params["rate"] * t)
    return envelope * math.cos(params["frequency"] * t)


def squares(x):
    return sum([(v - 1) ** 2 for v in x if v > 0])


def appended(x, n):
    powers = [x]
    for _ in range(n):
        powers.append(powers[-1] * x)
    return powers[-1] + powers[1]


def point_distance(points):
    (x0, y0), (x1, y1) = points
    return math.hypot(x1 - x0, y1 - y0)


def filled(x, n):
    out = np.zeros(n)
    for i in range(n):
        out[i] = x**i
    return np.sum(out * out)


def diffuse(u0, alpha, steps):
    u = u0.copy()
    for t in range(steps):
        u[1:-1] += alpha * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def relax(u, rate):
    u[1:-1] += rate * (u[2:] - 2 * u[1:-1] + u[:-2])


def relaxed(u0, rate, steps):
    u = u0.copy()
    for _ in range(steps):
        relax(u, rate)
    return np.sum(u * u)


# The table ------------------------------------------------------------------------------------------------------------


def example_data() -> dict[str, Any]:
    """Arrays with fixed entries that treat no two axes or entries alike."""
    rng = np.random.default_rng(0)
    shapes = {"w": 3, "X": (5, 3), "W": (4, 3), "v": 3, "x": 6, "S": (3, 3)}
    data = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    layers = [(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(2)]
    return data | {"params": {"layers": layers, "scale": 0.7}, "target": rng.normal(size=3)}


d = example_data()
labels = np.array([1, 0, 1, 1, 0])
oscillation = {"amplitude": 1.3, "rate": 0.2, "frequency": 2.0}

CASES = [
    Case("loss_general", loss, (d["w"], d["X"], labels), text="general"),
    Case("loss", loss, (d["w"], d["X"], labels)),
    Case("loss_forward", loss, (d["w"], d["X"], labels), text="forward"),
    Case("loss_directions", loss, (d["w"], d["X"], labels), text="directions"),
    Case("hinge_general", hinge, (2.0, 1.0), text="general"),
    Case("hinge", hinge, (2.0, 1.0)),
    Case("logistic_map_general", logistic_map, (1.7, 0.3, 5), text="general"),
    Case("logistic_map", logistic_map, (1.7, 0.3, 5)),
    Case("logistic_map_forward", logistic_map, (1.7, 0.3, 5), argnum=1, text="forward"),
    Case("logistic_map_second", logistic_map, (1.7, 0.3, 5), order=2),
    Case("newton_sqrt", newton_sqrt, (3.0, 1e-12)),
    Case("energy", energy, (d["v"], d["W"])),
    Case("work", work, (1.3, 20)),
    Case("predict_error", predict_error, (d["params"], d["v"], d["target"])),
    Case("polynomial", polynomial, (0.7, 1.3)),
    Case("polynomial_second", polynomial, (0.7, 1.3), order=2),
    Case("rows_scaled_general", rows_scaled, (d["w"], d["X"]), text="general"),
    Case("rows_scaled", rows_scaled, (d["w"], d["X"])),
    Case("softmax_loss", softmax_loss, (d["W"], d["v"], 2)),
    Case("normalised", normalised, (d["X"],)),
    Case("neighbours", neighbours, (d["x"],)),
    Case("masked", masked, (d["x"],)),
    Case("swapped", swapped, (0.7, 1.3)),
    Case("by_methods", by_methods, (d["X"],)),
    Case("three_ways", three_ways, (0.6,)),
    Case("three_ways_forward", three_ways, (0.6,), text="forward"),
    Case("matched", matched, (0.7, "disc")),
    Case("horner", horner, (0.7, [1.0, -2.0, 0.5])),
    Case("entries", entries, (d["x"],)),
    Case("decay", decay, (2.0, 0.7)),
    Case("skipping", skipping, (0.9, 12)),
    Case("repulsion", repulsion, (d["x"],)),
    Case("first_above", first_above, (0.5, 9, 1.0)),
    Case("power", power, (1.2, 4)),
    Case("path_energy", path_energy, (d["x"],)),
    Case("continued_fraction", continued_fraction, (d["x"], 0)),
    Case("hidden_layer", hidden_layer, (d["S"], d["v"])),
    Case("composed", composed, (0.4,)),
    Case("oscillator", oscillator, (0.4, 0.3)),
    Case("damped", damped, (oscillation, 0.8)),
    Case("damped_forward", damped, (oscillation, 0.8), argnum=1, text="forward"),
    Case("squares", squares, ([0.4, -0.3, 1.7],)),
    Case("appended", appended, (1.1, 4)),
    Case("point_distance", point_distance, (((0.0, 1.0), (2.0, 3.0)),)),
    Case("filled", filled, (0.9, 4)),
    Case("diffuse", diffuse, (d["x"], 0.2, 3)),
    Case("diffuse_rate", diffuse, (d["x"], 0.2, 3), argnum=1),
    Case("relaxed", relaxed, (d["x"], 0.2, 3)),
    Case("filled_directions", filled, (0.9, 4), text="directions"),
]
