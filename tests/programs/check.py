"""Judge one program: srcgrad's derivatives against the witnesses; shrink it where they are wrong."""

from __future__ import annotations

import ast
import contextlib
import copy
import linecache
import signal
import time
import traceback
import types
import unittest.mock
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

import srcgrad
from srcgrad.engine import versions

from . import witness
from .generate import Program

BOTH = (0, 1)
MOST_SECONDS = 10.0  # for one candidate when a program is made smaller
LARGE = 1e7  # beyond this size of derivative, rounding alone exceeds the tolerances


@dataclass(frozen=True)
class Verdict:
    """What became of a program: `status` is ok, wrong, refused, internal, discarded or broken (the program's fault)."""

    status: str
    check: str = ""
    detail: str = ""
    active: frozenset[str] = frozenset()

    @property
    def headline(self) -> str:
        """The line that says what went wrong: the first of a refusal, the last of a traceback."""
        lines = self.detail.strip().splitlines() or [""]
        return lines[0] if self.status == "refused" else lines[-1]


def load(text: str, name: str) -> types.ModuleType:
    """The module `text`; `linecache` knows its source under the file name `<name>`."""
    filename = f"<{name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    module = types.ModuleType(name.replace(" ", "_"))
    exec(compile(text, filename, "exec", dont_inherit=True), vars(module))
    return module


def point_of(program: Program) -> tuple:
    """Fresh arguments for the program."""
    return program.point[0], np.array(program.point[1])


def judge(program: Program, order: int = 2, all_modes: bool = False) -> Verdict:
    """Check the program's derivatives up to `order`, at order 2 in reverse over reverse or in all pairs of modes."""
    active: set[str] = set()
    try:
        module = load(program.text, f"program {program.seed}")
        expected = Expected(program, module.program, order, active)
    except Exception:  # whatever the program does by itself, it is no program to check
        return Verdict("broken", detail=traceback.format_exc(limit=-3))
    if expected.kink:
        return Verdict("discarded", detail=expected.kink)
    for name, compute, want, tolerance in _checks(module.program, program, expected, order, all_modes):
        status, detail = _compare(compute, want, tolerance)
        if status != "ok":
            return Verdict(status, name, detail, frozenset(active))
    return Verdict("ok", active=frozenset(active))


class Expected:
    """What the witnesses say of a program; `kink` says where they disagree."""

    def __init__(self, program: Program, function: Callable, order: int, active: set[str]):
        def mark(construct, value):
            if witness.is_active(value):
                active.add(construct)

        rng = np.random.default_rng(program.seed)
        self.direction = (float(rng.uniform(0.5, 1.5)), rng.uniform(-1.5, 1.5, 3))
        point, v = point_of(program), self.direction
        self.value = function(*point)
        witness.derivative(witness.load_dual(program.marked, mark).program, point, [v])
        dual = witness.load_dual(program.text).program
        self.gradient = witness.gradient(dual, point)
        self.hessian_v = witness.gradient(dual, point, (v,)) if order > 1 else np.zeros(4)
        self.third = witness.derivative(dual, point, [v, v, v]) if order > 2 else 0.0
        self.kink = self._disagreement(function, dual, point)

    def _disagreement(self, function, dual, point):
        size = max(np.max(np.abs(part)) for part in (self.gradient, self.hessian_v, self.third, self.value))
        if not size < LARGE:
            return f"derivatives of size {size:.1g}"
        differences = witness.difference_gradient(function, point)
        if not np.allclose(differences, self.gradient, rtol=1e-5, atol=1e-6):
            return f"differences {differences} and duals {self.gradient}"
        slopes = witness.difference(lambda *at: witness.gradient(dual, at), point, self.direction)
        if np.any(self.hessian_v) and not np.allclose(slopes, self.hessian_v, rtol=1e-4, atol=1e-4):
            return f"differences {slopes} and duals {self.hessian_v}, at second order"
        return ""


def _checks(function, program, expected, order, all_modes) -> Iterator[tuple[str, Callable, object, float]]:
    """(name, computation, expected result, relative tolerance) of each check of the program."""
    v, point = expected.direction, point_of(program)
    along = float(witness.flatten(v) @ expected.gradient)
    both = srcgrad.value_and_grad(function, BOTH)
    yield "value", lambda: both(*point)[0], expected.value, 1e-12
    yield "reverse, with the value", lambda: _vector(both(*point)[1], point), expected.gradient, 1e-8
    yield "reverse, pullback twice", lambda: _pullback_twice(function, point), 3 * expected.gradient, 1e-8
    yield "reverse, callees unknown", lambda: _callees_unknown(both, point), expected.gradient, 1e-8
    yield "forward", lambda: srcgrad.make_jvp(function, BOTH)(*point)(v)[1], along, 1e-8
    if order > 1:
        slopes = {"reverse": reverse_slope(function, v), "forward": forward_slope(function, v)}
        for outer, inner in [
            ("reverse", "reverse"),
            *([("forward", "reverse"), ("reverse", "forward"), ("forward", "forward")] * all_modes),
        ]:
            yield f"{outer} over {inner}", *_second(slopes[inner], outer, expected, point)
        gradient = srcgrad.grad(function, BOTH)
        yield "reverse", lambda: _vector(gradient(*point), point), expected.gradient, 1e-8
        yield (
            "differences of reverse",
            lambda: witness.difference(lambda *at: _vector(gradient(*at), at), point, v),
            expected.hessian_v, 1e-4,
        )  # fmt: skip
    if order > 2:
        third = reverse_slope(reverse_slope(reverse_slope(function, v), v), v)
        yield "reverse over reverse over reverse", lambda: third(*point), expected.third, 1e-7


def reverse_slope(function: Callable, v: tuple) -> Callable:
    """The derivative of `function` along `v`, by its gradient."""

    def slope(x, a):
        x_bar, a_bar = srcgrad.grad(function, BOTH)(x, a)
        return x_bar * v[0] + np.sum(a_bar * v[1])

    return slope


def forward_slope(function: Callable, v: tuple) -> Callable:
    """The derivative of `function` along `v`, by its tangent."""

    def slope(x, a):
        return srcgrad.make_jvp(function, BOTH)(x, a)(v)[1]

    return slope


def _second(slope, outer, expected, point):
    if outer == "reverse":
        return lambda: _vector(srcgrad.grad(slope, BOTH)(*point), point), expected.hessian_v, 1e-7
    v = expected.direction
    return lambda: srcgrad.make_jvp(slope, BOTH)(*point)(v)[1], float(witness.flatten(v) @ expected.hessian_v), 1e-7


def _vector(parts, point):
    """A gradient as one vector, once its types and shapes are those of the arguments."""
    x_bar, a_bar = parts
    if type(x_bar) is not float or np.shape(a_bar) != (3,) or a_bar.dtype != float:
        raise AssertionError(f"gradient of a float and of 3 floats: {x_bar!r}, {a_bar!r}")
    return witness.flatten((x_bar, a_bar))


def _pullback_twice(function, point):
    """Three times the gradient, by a pullback that is used twice and after the argument has changed."""
    x, a = point[0], point[1].copy()
    pullback, _ = srcgrad.make_vjp(function, BOTH)(x, a)
    once = _vector(pullback(1.0), point)
    a[:] = 17.0
    return once + _vector(pullback(2.0), point)


def _callees_unknown(value_and_gradient, point):
    """The gradient by texts to which captured callees, made anew by every call, are unknown."""
    with unittest.mock.patch.object(versions, "SEVERAL", 1):
        return _vector(value_and_gradient(*point)[1], point)


def _compare(compute, want, tolerance) -> tuple[str, str]:
    try:
        got = compute()
    except srcgrad.SrcgradError as error:
        return "refused", f"{type(error).__name__}: {error}"
    except AssertionError as error:
        return "wrong", str(error)
    except Exception:  # what is neither a refusal nor the program's own is an internal error
        return "internal", traceback.format_exc(limit=-4)
    scale = max(1.0, float(np.max(np.abs(want))))
    if np.shape(got) == np.shape(want) and np.allclose(got, want, rtol=tolerance, atol=tolerance * scale):
        return "ok", ""
    return "wrong", f"srcgrad {got}, expected {want}"


# Shrinking --------------------------------------------------------------------------------------------------------


def shrink(program: Program, fails: Callable[[Program], bool], seconds: float = 60.0) -> Program:
    """The smallest program found within `seconds` by deleting and unwrapping statements for which `fails` holds."""
    deadline = time.monotonic() + seconds
    tried = set()
    progress = True
    while progress:
        progress = False
        for text in _smaller(program.text):
            if time.monotonic() > deadline:
                return program
            if text in tried:
                continue
            tried.add(text)
            candidate = Program(program.seed, text, text, program.point, ())
            with contextlib.suppress(TimeoutError), time_limit(MOST_SECONDS):  # a loop may have lost its end
                if fails(candidate):
                    program, progress = candidate, True
                    break
    return program


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """TimeoutError in the body after so many seconds, in the main thread."""

    def expired(signum, frame):
        raise TimeoutError(f"{seconds} s")

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _smaller(text: str) -> Iterator[str]:
    """The module with one statement deleted, or replaced by its body; later and larger ones first."""
    tree = ast.parse(text)
    places = [
        (i, field, j)
        for i, node in enumerate(ast.walk(tree))
        for field in ("body", "orelse", "cases")
        if isinstance(getattr(node, field, None), list)
        for j in reversed(range(len(getattr(node, field))))
    ]
    for i, field, j in places:
        for unwrap in (False, True):
            smaller = copy.deepcopy(tree)
            statements = getattr(list(ast.walk(smaller))[i], field)
            inner = getattr(statements[j], "body", None)
            if unwrap and (
                not isinstance(inner, list) or field == "cases" or isinstance(statements[j], ast.FunctionDef)
            ):
                continue
            statements[j : j + 1] = inner if unwrap else []
            if field == "body" and not statements:
                statements.append(ast.Pass())
            yield ast.unparse(ast.fix_missing_locations(smaller)) + "\n"
    yield from _simpler_expressions(tree)


def _simpler_expressions(tree: ast.Module) -> Iterator[str]:
    """The module with one operation or call replaced by one of its operands."""
    for i, node in enumerate(ast.walk(tree)):
        operands = {ast.BinOp: ("left", "right"), ast.IfExp: ("body", "orelse"), ast.UnaryOp: ("operand",)}.get(
            type(node), ()
        )
        if isinstance(node, ast.Call) and len(node.args) == 1:
            operands = ("args",)
        for name in operands:
            smaller = copy.deepcopy(tree)
            target = list(ast.walk(smaller))[i]
            operand = getattr(target, name)
            swap = _Replace(target, operand[0] if isinstance(operand, list) else operand)
            yield ast.unparse(ast.fix_missing_locations(swap.visit(smaller))) + "\n"


class _Replace(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)
