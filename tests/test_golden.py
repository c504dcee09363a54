"""The golden files: what srcgrad writes, equal to the letter; and each file by itself, as the program that it is.

A file is saved Python. So it is imported from disk, run, compared with differences of its primal, differentiated as a
primal in its turn, and linted. `python tests/golden/update.py` writes all files anew.
"""

from __future__ import annotations

import builtins
import importlib.util
import inspect
from collections.abc import Callable, Iterator
from types import CodeType, ModuleType

import numpy as np
import pytest
from golden.cases import CASES, Case
from golden.update import golden_path
from language.checking import ATOL, RTOL, at, expected_gradient, numbers, rebuild
from lint.lint import lint

import srcgrad

DIFFERENCED_RTOL, DIFFERENCED_ATOL = 1e-6, 1e-7  # central differences of exact gradients, of step 1e-5

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def each_case_but(pending: dict[str, str]):
    """Every case; those named in `pending` are expected to fail, for the reason given."""
    marks = {name: pytest.mark.xfail(strict=True, reason=reason) for name, reason in pending.items()}
    return pytest.mark.parametrize("case", [pytest.param(c, marks=marks.get(c.name, ()), id=c.name) for c in CASES])


# What the emitter does not reach yet.
UNCLEAN: dict[str, str] = {}


@each_case
def test_text_is_the_golden_one(case):
    assert case.source() == golden_path(case).read_text(encoding="utf-8"), "python tests/golden/update.py renews it"


@each_case
def test_saved_file_computes_the_derivative(case):
    derivative = entry(load(case))
    if case.text == "directions":
        x = at_argnum(case)
        directions = [1.0, -2.0] if isinstance(x, float) else [ones(case), -2.0 * ones(case)]
        value, slopes = derivative((directions,), *case.args)
        assert value == pytest.approx(case.primal(*case.args), rel=1e-13)
        np.testing.assert_allclose(slopes, sum(expected(case)) * np.array([1.0, -2.0]), RTOL, ATOL)
    elif case.text == "forward":
        value, slope = derivative((1.0 if isinstance(at_argnum(case), float) else ones(case),), *case.args)
        assert value == pytest.approx(case.primal(*case.args), rel=1e-13)
        np.testing.assert_allclose(slope, sum(expected(case)), RTOL, ATOL)
    else:
        np.testing.assert_allclose(numbers(derivative(*case.args)), expected(case), RTOL, ATOL)


WRITTEN = {"filled_directions": "tangents along several directions, written in place, are parts of a list: refused"}


@each_case_but(WRITTEN)
def test_saved_file_is_a_primal(case):
    """A derivative that was read back from disk is differentiated like any function."""
    derivative = entry(load(case))
    if case.text in ("forward", "directions"):
        tangents = (1.0 if isinstance(at_argnum(case), float) else ones(case),)

        def slope(*args):
            if case.text == "forward":
                return derivative(tangents, *args)[1]
            return derivative([tangents], *args)[1][0]

        got = numbers(srcgrad.grad(slope, case.argnum)(*case.args))
        want = expected_gradient(lambda x: slope(*moved(case, x)), (at_argnum(case),))
    else:
        pullback, _ = srcgrad.make_vjp(derivative, case.argnum)(*case.args)
        direction = np.linspace(0.5, 1.5, len(numbers(at_argnum(case))))
        got = numbers(pullback(rebuild(at_argnum(case), iter(direction.tolist()), tangent=True)))
        want = along(derivative, case, direction)
    np.testing.assert_allclose(got, want, DIFFERENCED_RTOL, DIFFERENCED_ATOL)


@each_case_but(UNCLEAN)
def test_text_is_clean(case):
    primal = (
        ""
        if case.text in ("forward", "directions") or case.order > 1
        else "\n".join(map(inspect.getsource, family(case.primal)))
    )
    assert lint(golden_path(case).read_text(encoding="utf-8"), primal) == []


def test_every_file_has_a_case():
    files = {path.stem for path in golden_path(CASES[0]).parent.glob("*.py")} - {"__init__", "cases", "update"}
    assert files == {case.name for case in CASES}
    assert len(files) >= 28


# Saved files ----------------------------------------------------------------------------------------------------------


def load(case: Case) -> ModuleType:
    """The golden file as a module imported from disk; names of the user's that it reads are given to it."""
    path = golden_path(case)
    spec = importlib.util.spec_from_file_location(f"saved_{case.name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    closure = inspect.getclosurevars(case.primal)
    users = {**case.primal.__globals__, **closure.nonlocals}
    for name in sorted(names_read(code)):
        if name not in vars(module) and not hasattr(builtins, name) and name in users:
            setattr(module, name, users[name])
    return module


def family(function: Callable) -> list[Callable]:
    """A function and those of the module `cases` that it calls; the names in all of them are the user's."""
    called = inspect.getclosurevars(function).globals.values()
    return [function, *(f for f in called if getattr(f, "__module__", "") == function.__module__ and f is not function)]


def names_read(code: CodeType) -> Iterator[str]:
    """The global names, and the attributes, that a code object and those nested in it mention."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_read(constant)


def entry(module: ModuleType) -> Callable:
    """The derivative itself, which stands last in the text, behind the callees that it needs."""
    functions = [f for f in vars(module).values() if inspect.isfunction(f) and f.__module__ == module.__name__]
    return max(functions, key=lambda f: f.__code__.co_firstlineno)


# Differences ----------------------------------------------------------------------------------------------------------


def at_argnum(case):
    return at(case.args, case.argnum)


def ones(case):
    """A tangent of all ones."""
    return rebuild(at_argnum(case), iter([1.0] * len(numbers(at_argnum(case)))), tangent=True)


def moved(case, x):
    """The arguments with the differentiated one replaced."""
    return (*case.args[: case.argnum], x, *case.args[case.argnum + 1 :])


def expected(case):
    """The gradient of what the case differentiates, by extrapolated differences."""
    return expected_gradient(lambda x: case.lower()(*moved(case, x)), (at_argnum(case),))


def along(derivative, case, direction, h=1e-5):
    """The derivative of a gradient along `direction`, by central differences."""
    x = at_argnum(case)
    centre = np.array(numbers(x))
    ahead, behind = (
        np.array(numbers(derivative(*moved(case, rebuild(x, iter((centre + s * h * direction).tolist()))))))
        for s in (1, -1)
    )
    return (ahead - behind) / (2 * h)
