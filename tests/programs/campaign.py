"""Many programs judged, counted and, where one fails, made small."""

from __future__ import annotations

import collections
import random
import re

from .check import Verdict, judge, shrink
from .generate import Program, generate

PASSING = ("ok", "discarded")
GRAVE = ("wrong", "internal", "broken", "refused")  # the gravest first


class Campaign:
    """A run over many seeds. All programs are checked at order 1 in both modes.

    `second`, `pairs` and `third` are the shares checked at order 2 in reverse mode, in all pairs of modes, at order 3.
    """

    def __init__(self, size: int = 10, pairs: float = 0.1, third: float = 0.03, second: float = 1.0):
        self.size, self.pairs, self.third, self.second = size, pairs, third, second
        self.statuses: collections.Counter[str] = collections.Counter()
        self.present: collections.Counter[str] = collections.Counter()
        self.active: collections.Counter[str] = collections.Counter()
        self.active_third: collections.Counter[str] = collections.Counter()
        self.failures: list[tuple[Program, Verdict, dict]] = []

    def judge(self, seed: int) -> Verdict:
        """Judge the program of `seed`; how deeply depends on nothing but the seed."""
        program = generate(seed, self.size)
        rng = random.Random(seed)
        all_modes, third, second = (rng.random() < share for share in (self.pairs, self.third, self.second))
        depth = {"all_modes": all_modes, "order": 3 if third else 2 if second or all_modes else 1}
        verdict = judge(program, **depth)
        self.statuses[verdict.status] += 1
        self.present.update(program.constructs)
        self.active.update(verdict.active)
        if depth["order"] == 3:
            self.active_third.update(verdict.active)
        if verdict.status not in PASSING:
            self.failures.append((program, verdict, depth))
        return verdict

    def summary(self, names: list[str]) -> str:
        """The counts, as lines to print."""
        total = sum(self.statuses.values())
        kinds = ("ok", "wrong", "refused", "internal", "broken", "discarded")
        lines = [f"{total} programs: " + ", ".join(f"{self.statuses[kind]} {kind}" for kind in kinds)]
        lines.append(f"  {'construct':24s} present  active  at order 3")
        for name in names:
            lines.append(f"  {name:24s} {self.present[name]:7d} {self.active[name]:7d} {self.active_third[name]:11d}")
        return "\n".join(lines)

    def causes(self) -> str:
        """The failures by what they say, names and numbers aside, most frequent first, with some seeds."""
        groups = collections.defaultdict(list)
        for program, verdict, _ in self.failures:
            said = "" if verdict.status == "wrong" else re.sub(r"'[^']*'|\d+", "_", verdict.headline)
            groups[verdict.status, verdict.check, said].append((len(program.text), program.seed))
        ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
        return "\n".join(f"{len(f):5d} {' '.join(what)}, seeds {[s for _, s in sorted(f)[:5]]}" for what, f in ranked)

    def smallest_failure(self, seconds: float) -> str:
        """The shortest program of the gravest failures, shrunk, with its verdict."""

        def rank(failure):
            return GRAVE.index(failure[1].status), len(failure[0].text)

        program, verdict, depth = min(self.failures, key=rank)

        def fails(candidate):
            again = judge(candidate, **depth)
            same = (again.status, again.check) == (verdict.status, verdict.check)
            return same and (verdict.status == "wrong" or again.headline[:30] == verdict.headline[:30])

        small = shrink(program, fails, seconds)
        detail = judge(small, **depth).detail
        return f"seed {program.seed}, {verdict.status}, {verdict.check}, at {program.point}\n{small.text}\n{detail}"
