"""Check many random programs and print the counts: `python tests/programs/run.py --count 2000 --seed 0`.

`--text` prints the program of the first seed and stops. The exit status is 0 when nothing is wrong, refused or broken.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from programs.campaign import Campaign  # noqa: E402
from programs.generate import construct_names, generate  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first; the others follow")
    parser.add_argument("--size", type=int, default=10, help="constructs per program, nested ones aside")
    parser.add_argument("--second", type=float, default=1.0, help="share checked at order 2, reverse over reverse")
    parser.add_argument("--pairs", type=float, default=0.1, help="share checked in all four pairs of modes at order 2")
    parser.add_argument("--third", type=float, default=0.03, help="share checked at order 3")
    parser.add_argument("--shrink", type=float, default=60.0, help="seconds for making a failing program small")
    parser.add_argument("--keep-going", action="store_true", help="shrink nothing before the end")
    parser.add_argument("--text", action="store_true", help="print the first program")
    args = parser.parse_args()
    if args.text:
        print(generate(args.seed, args.size).text)
        return 0
    start = time.monotonic()
    campaign = Campaign(args.size, args.pairs, args.third, args.second)
    for seed in range(args.seed, args.seed + args.count):
        verdict = campaign.judge(seed)
        if verdict.status not in ("ok", "discarded"):
            print(f"seed {seed}: {verdict.status} {verdict.check}: {verdict.headline}", flush=True)
            if not args.keep_going:
                break
    print(campaign.summary(construct_names()))
    print(f"{time.monotonic() - start:.0f} s")
    if campaign.failures:
        print(campaign.causes())
        print(campaign.smallest_failure(args.shrink))
    return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
