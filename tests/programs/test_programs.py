"""A part of the random programs; `run.py` checks as many as one likes."""

import pathlib
import time

import numpy as np
import pytest

from . import witness
from .campaign import Campaign
from .check import Verdict, load, point_of, shrink
from .generate import Program, construct_names, generate

FIRST_SEED, COUNT, SIZE = 20_000, 60, 2
SECONDS = 50.0  # of processor time: on a slow machine fewer programs are checked, never none


@pytest.fixture(scope="module")
def campaign():
    """One campaign over the first seeds, as many as the time allows."""
    campaign, deadline = Campaign(SIZE), time.process_time() + SECONDS
    for seed in range(FIRST_SEED, FIRST_SEED + COUNT):
        campaign.judge(seed)
        if time.process_time() > deadline:
            break
    print(f"seeds {FIRST_SEED} to {seed}")
    print(campaign.summary(construct_names()))
    return campaign


@pytest.mark.slow
def test_random_programs_never_have_a_wrong_derivative(campaign):
    assert campaign.statuses["wrong"] == 0, campaign.smallest_failure(30.0)
    assert campaign.statuses["ok"] >= 10


@pytest.mark.slow
def test_random_programs_all_have_a_derivative(campaign):
    judged = sum(campaign.statuses.values())
    assert campaign.statuses["ok"] + campaign.statuses["discarded"] == judged


def test_a_seed_gives_the_same_program():
    assert generate(7) == generate(7)
    assert generate(7).text != generate(8).text


def test_generated_programs_run_and_the_witnesses_agree():
    for seed in range(40):
        program = generate(seed)
        point = point_of(program)
        dual = witness.gradient(witness.load_dual(program.text).program, point)
        differences = witness.difference_gradient(load(program.text, f"witness {seed}").program, point)
        assert np.allclose(dual, differences, rtol=1e-5, atol=1e-6), f"seed {seed}"


def test_every_construct_occurs_within_300_programs():
    used = {name for seed in range(300) for name in generate(seed).constructs}
    assert used == set(construct_names())


@pytest.mark.parametrize("name", sorted(set(witness.SLOPES) - {"log", "log1p", "sqrt"}))
def test_duals_have_exact_slopes(name):
    slope = witness.derivative(lambda x, a: getattr(witness.numpy, name)(x), (0.7, np.zeros(1)), [(1.0, np.zeros(1))])
    step = 1e-20  # complex step: exact to rounding
    function = getattr(np, name)
    assert slope == pytest.approx(function(0.7 + step * 1j).imag / step, rel=1e-14)


def test_third_derivatives_of_duals_are_exact():
    one = (1.0, np.zeros(1))
    third = witness.derivative(lambda x, a: witness.numpy.sin(2 * x) / x**2, (1.3, np.zeros(1)), [one] * 3)
    x = 1.3
    sine, cosine = np.sin(2 * x), np.cos(2 * x)
    closed = -8 * cosine / x**2 + 24 * sine / x**3 + 36 * cosine / x**4 - 24 * sine / x**5
    assert third == pytest.approx(closed, rel=1e-13)


def test_shrinking_keeps_what_fails():
    loop = "    for i in range(3):\n        y = y + i\n        x = x * 2\n"
    text = f"def program(x, a):\n    y = x\n{loop}    return y + x\n"
    program = Program(0, text, text, (1.0, [0.0] * 3), ())

    def fails(candidate):
        return "x * 2" in candidate.text and "return" in candidate.text

    assert shrink(program, fails, 10.0).text == "def program(x, a):\n    x = x * 2\n    return y\n"


def test_failures_are_grouped_by_cause_and_the_gravest_is_shown():
    campaign = Campaign()
    program = generate(1)
    refusals = [("refused", "NoRule: 'x' in line 3\nadvice"), ("refused", "NoRule: 'y' in line 4")]
    for status, detail in [*refusals, ("wrong", "")]:
        campaign.failures.append((program, Verdict(status, "reverse", detail), {}))
    causes = campaign.causes().splitlines()
    assert causes[0].strip() == "2 refused reverse NoRule: _ in line _, seeds [1, 1]"
    assert causes[1].strip() == "1 wrong reverse , seeds [1]"


def test_the_command_line_prints_a_program(capsys, monkeypatch):
    from . import run

    monkeypatch.setattr("sys.argv", ["run.py", "--text", "--seed", "3"])
    assert run.main() == 0
    assert "def program(x, a):" in capsys.readouterr().out
    assert pathlib.Path(run.__file__).name == "run.py"
