"""Every example runs as it is shipped, says its numbers and meets its own assertions."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@pytest.fixture
def load(monkeypatch):
    """A function that imports the example of a name, afresh, and forgets it after the test."""

    def load(name):
        spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        return module

    return load


def test_every_example_has_a_test():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {"tanh", "logistic_regression", "newton", "rnn"}


def test_tanh_plots_four_derivatives(load, tmp_path, capsys):
    picture = tmp_path / "tanh.png"
    load("tanh").main(picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "order 4: largest error" in capsys.readouterr().out


def test_logistic_regression_prints_its_source_and_losses(load, capsys):
    load("logistic_regression").main()
    out = capsys.readouterr().out
    assert "def grad_loss(w):" in out and "p_bar" in out
    assert "loss before: 2.772588722239781" in out
    assert "step 100 of 100, loss 1.067271" in out
    assert "loss after:  1.06727067578701" in out


def test_newton_matches_closed_forms_to_third_order(load, capsys):
    load("newton").main()
    assert capsys.readouterr().out.count("order 3") == 3


def test_rnn_learns_its_text(load, capsys):
    load("rnn").main()
    assert "loss before 3.81" in capsys.readouterr().out
