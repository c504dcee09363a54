"""srcgrad's times beside autograd's and hand-written adjoints, in one run, as ratios with their targets.

python tools/bench/run.py                   all
python tools/bench/run.py small first       by name: small, matrices, first, linear
python tools/bench/run.py --strict          exit code 1 when a target is missed
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time

import autograd
import autograd.numpy as anp
import numpy as np
import programs
from timing import readable, side_by_side

import srcgrad

missed: list[str] = []


def main() -> int:
    """Print the sections asked for; the exit code is 1 only where `--strict` asks for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="section", help=f"of {', '.join(SECTIONS)}")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a target is missed")
    options = parser.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    for name in options.sections or SECTIONS:
        SECTIONS[name]()
    print(f"\nmissed: {'; '.join(missed) or 'none'}")
    return 1 if missed and options.strict else 0


def judge(what: str, value: float, bound: float, shown: str) -> None:
    """Print a line with its verdict; `value` is to be at most `bound`."""
    print(f"  {what:46} {shown:44} {'ok' if value <= bound else 'MISSED'}")
    if value > bound:
        missed.append(what)


# Small functions, many calls ------------------------------------------------------------------------------------------


def small() -> None:
    """The logistic-regression gradient and a scalar recurrence with a branch."""
    ours, theirs = programs.make(np), programs.make(anp)
    w = np.array([0.1, -0.2, 0.3])
    compare("logistic-regression gradient", ours.loss, theirs.loss, programs.loss_adjoint, (w,), 8)
    arguments = (3.7, 0.3, 1000)
    compare("1000-step recurrence with a branch", ours.recurrence, theirs.recurrence, programs.recurrence_adjoint,
            arguments, 30)  # fmt: skip


def compare(what: str, ours: Callable, theirs: Callable, by_hand: Callable, arguments: tuple, times: float) -> None:
    """Print the times of all contenders and judge: at most 1/`times` of autograd's."""
    derivative, reference = srcgrad.grad(ours), autograd.grad(theirs)
    contenders = {
        "primal": partial(ours, *arguments),
        "by hand": partial(by_hand, *arguments),
        "srcgrad": partial(derivative, *arguments),
        "srcgrad, precompiled": partial(derivative.precompile(*arguments), *arguments),
        "autograd": partial(reference, *arguments),
    }
    results = {name: call() for name, call in contenders.items() if name != "primal"}
    for name, result in results.items():
        np.testing.assert_allclose(result, results["by hand"], rtol=1e-9, err_msg=name)
    taken = side_by_side(contenders)
    print(f"\n{what}")
    for name, seconds in taken.items():
        print(f"  {name:24} {readable(seconds):>10}   autograd / this = {taken['autograd'] / seconds:6.1f}")
    share = taken["srcgrad"] / taken["autograd"]
    judge(f"{what}", share, 1 / times, f"1/{1 / share:.1f} of autograd's, target 1/{times}")


# Matrices -------------------------------------------------------------------------------------------------------------


def matrices() -> None:
    """The Hessian of a logistic loss of 50 weights, and the Jacobian of 200 residuals of 5 parameters."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, 50)), (rng.random(200) > 0.5).astype(float)
    ours, theirs = programs.make(np), programs.make(anp)
    cases = [
        ("Hessian of 50 weights", "hessian", "regression", (0.1 * rng.normal(size=50), *points), 4),
        ("Jacobian of 200 by 5", "jacobian", "residuals", (np.linspace(0.5, 1.5, 5), np.linspace(0, 1, 200)), 8),
    ]
    print()
    for what, operator, name, arguments, times in cases:
        derivative = getattr(srcgrad, operator)(getattr(ours, name))
        reference = getattr(autograd, operator)(getattr(theirs, name))
        np.testing.assert_allclose(derivative(*arguments), reference(*arguments), rtol=1e-9, atol=1e-12)
        taken = side_by_side({"ours": partial(derivative, *arguments), "theirs": partial(reference, *arguments)})
        share = taken["ours"] / taken["theirs"]
        shown = f"{readable(taken['ours'])}, 1/{1 / share:.1f} of autograd's, target 1/{times}"
        judge(what, share, 1 / times, shown)


# The first moments of a process ---------------------------------------------------------------------------------------

IMPORTS = """
from time import perf_counter
start = perf_counter()
import numpy
middle = perf_counter()
import srcgrad
print(middle - start, perf_counter() - middle)
"""

FIRST = """
import numpy as np
from fifty_lines import trajectory
from time import perf_counter
start = perf_counter()
import srcgrad
middle = perf_counter()
srcgrad.grad(trajectory)((20.0, 0.7, 30.0), np.array([1.0, -2.0, 0.5]), 50)
print(middle - start, perf_counter() - middle)
"""


def first() -> None:
    """Import, and the first gradient of a function of fifty lines, each in fresh processes."""
    print("\nfirst moments (median of 7 processes)")
    numpy_time, own = in_fresh_processes(IMPORTS)
    shown = f"{readable(own)} on top of numpy's {readable(numpy_time)}, target 250 ms"
    judge("import srcgrad", numpy_time + own, 0.25, shown)
    _, gradient = in_fresh_processes(FIRST)
    judge("first gradient of 50 lines, after the import", gradient, 0.5, f"{readable(gradient)}, target 500 ms")


def in_fresh_processes(program: str, count: int = 7) -> list[float]:
    """The medians of the numbers that `program` prints in a process of its own."""
    command = [sys.executable, "-c", program]
    here = Path(__file__).resolve().parent
    # An installed package has its byte code; the first run may write it, and has cold files.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = partial(subprocess.run, cwd=here, env=environment, check=True, capture_output=True, text=True)
    runs = [run(command) for _ in range(count + 1)]
    return [statistics.median(column) for column in zip(*[map(float, run.stdout.split()) for run in runs[1:]])]


# Growth with the length of a loop -------------------------------------------------------------------------------------

LENGTHS = (1_000, 10_000, 100_000)


def linear() -> None:
    """Time per step of loops over x[i], over list items and of append, at two orders: constant if linear."""
    print("\ntime per step of the loop, for 1e3, 1e4 and 1e5 steps")
    d_entries, d_items = srcgrad.grad(programs.entries), srcgrad.grad(programs.items)
    d_appended = srcgrad.grad(programs.appended)

    def entries_squared(x):
        return np.sum(d_entries(x) ** 2)

    def items_squared(values):
        return programs.squares(d_items(values))

    growth("x[i], order 1", d_entries, lambda n: (np.linspace(0.1, 1.0, n),))
    growth("x[i], order 2", srcgrad.grad(entries_squared), lambda n: (np.linspace(0.1, 1.0, n),))
    growth("list items, order 1", d_items, lambda n: (np.linspace(0.1, 1.0, n).tolist(),))
    growth("list items, order 2", srcgrad.grad(items_squared), lambda n: (np.linspace(0.1, 1.0, n).tolist(),))
    growth("append, order 1", d_appended, lambda n: (0.3, n))
    growth("append, order 2", srcgrad.grad(d_appended), lambda n: (0.3, n))


def growth(what: str, derivative: Callable, arguments: Callable[[int], tuple]) -> None:
    """Judge the time per step at the longest loop against that at the shortest: quadratic growth would be 100."""
    derivative(*arguments(10))
    per_step = [best_time(derivative, arguments(n)) / n for n in LENGTHS]
    ratio = per_step[-1] / per_step[0]
    judge(what, ratio, 2.0, f"{', '.join(map(readable, per_step))}; x {ratio:.2f}, target 2")


def best_time(call: Callable, arguments: tuple, seconds: float = 0.5) -> float:
    """The shortest of several calls within about `seconds`, of three at least.

    In CPU time: growth is what is looked for, and the longest loops suffer most from a busy machine.
    """
    times: list[float] = []
    while len(times) < 3 or sum(times) < seconds:
        start = process_time()
        call(*arguments)
        times.append(process_time() - start)
    return min(times)


SECTIONS: dict[str, Callable[[], None]] = {"small": small, "matrices": matrices, "first": first, "linear": linear}


if __name__ == "__main__":
    sys.exit(main())
