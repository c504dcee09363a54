"""Whether memory grows: a million calls of a precompiled gradient, and 40,000 derivatives of fresh closures.

    python tools/bench/memory.py [calls]

The exit code is 1 when something grew.
"""

from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from collections.abc import Callable
from time import perf_counter

import numpy as np
import programs
from timing import readable

import srcgrad

CLOSURES = 40_000
TRACED = 20_000
ALLOWED = 512 * 1024  # bytes of the whole process: the allocator's own noise; one leaked float per call is 24 MB


def main(calls: int = 1_000_000) -> int:
    """Print both measurements; 1 if either grew by more than ALLOWED."""
    w = np.array([0.1, -0.2, 0.3])
    step = srcgrad.grad(programs.make(np).loss).precompile(w)

    def derive(i: int) -> None:
        srcgrad.grad(lambda x: i * x * x)(1.0)

    grown = [measure("calls of a precompiled gradient", lambda i: step(w), calls)]
    grown.append(measure("derivatives of fresh closures", derive, CLOSURES))
    return int(max(grown) > ALLOWED)


def measure(what: str, call: Callable[[int], object], count: int) -> int:
    """The bytes by which the process grew over `count` calls, printed with the time of one and what is traced."""
    repeat(call, 2_000)
    gc.collect()
    before = resident()
    start = perf_counter()
    repeat(call, count)
    seconds = (perf_counter() - start) / count
    gc.collect()
    grown = resident() - before
    print(f"{count} {what}: {readable(seconds)} each, process grew by {grown / 1024:.0f} KiB,", end=" ", flush=True)
    print(f"Python objects by {traced(call)} bytes in {TRACED} more")
    return grown


def traced(call: Callable[[int], object]) -> int:
    """The bytes of Python's own allocations that TRACED calls leave behind."""
    tracemalloc.start()
    repeat(call, 100)
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    repeat(call, TRACED)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


def repeat(call: Callable[[int], object], count: int) -> None:
    for i in range(count):
        call(i)


def resident() -> int:
    """The bytes of memory that this process holds now; its peak where there is no /proc."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except FileNotFoundError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
