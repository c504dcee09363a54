"""Lint generated code; the exit status is 1 when there are complaints.

python tests/lint/run.py FILE...                            files of generated code
python tests/lint/run.py --programs 500 --seed 40000        the gradients of random programs
"""

from __future__ import annotations

import argparse
import pathlib
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from programs.check import load, point_of  # noqa: E402
from programs.generate import generate  # noqa: E402

import srcgrad  # noqa: E402
from lint.lint import lint  # noqa: E402


def complaints_about(seeds: range, size: int = 6) -> Iterator[tuple[int, list[str] | None]]:
    """(seed, complaints about the gradient of its program), None for a program that is refused."""
    for seed in seeds:
        program = generate(seed, size)
        function = load(program.text, f"lint {seed}").program
        try:
            text = srcgrad.source(srcgrad.grad(function, (0, 1)), *point_of(program))
        except srcgrad.SrcgradError:  # refusals are counted by the campaign of tests/programs
            yield seed, None
        else:
            yield seed, lint(text, program.text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--programs", type=int, default=0, help="how many random programs")
    parser.add_argument("--seed", type=int, default=40_000, help="the seed of the first; the others follow")
    args = parser.parse_args()
    found = refused = 0
    for path in args.files:
        for complaint in lint(path.read_text(encoding="utf-8")):
            print(f"{path}: {complaint}")
            found += 1
    for seed, complaints in complaints_about(range(args.seed, args.seed + args.programs)):
        refused += complaints is None
        for complaint in complaints or ():
            print(f"seed {seed}: {complaint}", flush=True)
            found += 1
    if args.programs:
        print(f"{args.programs - refused} programs linted, {refused} refused, {found} complaints")
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main())
