"""Every construct of Python's grammar on active values: right in both modes, or refused where it stands."""

from __future__ import annotations

import importlib.util
import pathlib
import traceback
from types import ModuleType

import pytest

import srcgrad

from .grammar import SUPPORTED
from .refused_grammar import REFUSED

HEADER = "import math\nimport numpy as np\n"


def grad(f, x):
    return srcgrad.grad(f)(x)


def jvp(f, x):
    return srcgrad.make_jvp(f)(x)(1.0)[1]


def loaded(text: str, folder) -> ModuleType:
    """The module of this text, with a file behind it."""
    path = folder / "program.py"
    path.write_text(HEADER + text)
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("operator", [grad, jvp])
@pytest.mark.parametrize("name", REFUSED)
def test_refused_where_it_stands(name, operator, tmp_path):
    module = loaded(REFUSED[name], tmp_path)
    line = next(i for i, text in enumerate((HEADER + REFUSED[name]).splitlines(), 1) if text.endswith("# refused"))
    with pytest.raises(srcgrad.SrcgradError) as caught:
        operator(module.f, 1.3)
    error = caught.value
    assert (error.where.filename, error.where.line) == (module.__file__, line)
    assert "^" in str(error) and error.advice
    assert len(str(error).splitlines()) <= 8
    files = [entry.filename for entry in traceback.extract_tb(error.__traceback__)]
    assert sum(file.startswith(str(pathlib.Path(srcgrad.__file__).parent)) for file in files) <= 2
    assert caught.traceback[0].path.name == "test_grammar.py"


@pytest.mark.parametrize("operator", [grad, jvp])
@pytest.mark.parametrize("name", SUPPORTED)
def test_right_in_both_modes(name, operator, tmp_path):
    f, h = loaded(SUPPORTED[name], tmp_path).f, 1e-6
    assert operator(f, 1.3) == pytest.approx((f(1.3 + h) - f(1.3 - h)) / (2 * h), rel=1e-6)
