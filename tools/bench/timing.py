"""Timing side by side: contenders take turns in one process, so that a busy moment of the machine strikes all alike."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from time import perf_counter


def side_by_side(contenders: dict[str, Callable[[], object]], seconds: float = 2.0) -> dict[str, float]:
    """The seconds that one call of each contender takes: the median of its best half over interleaved rounds."""
    calls = {name: batch_size(call) for name, call in contenders.items()}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    end = perf_counter() + seconds
    gc.collect()
    gc.disable()
    try:
        while perf_counter() < end or len(next(iter(times.values()))) < 5:
            for name, call in contenders.items():
                times[name].append(batch_time(call, calls[name]))
    finally:
        gc.enable()
    return {name: statistics.median(sorted(samples)[: (len(samples) + 1) // 2]) for name, samples in times.items()}


def batch_size(call: Callable[[], object], seconds: float = 0.01) -> int:
    """How many calls take about `seconds`; the first call, which may generate code, does not count."""
    call()
    return max(1, round(seconds / max(batch_time(call, 1), 1e-9)))


def batch_time(call: Callable[[], object], calls: int) -> float:
    """The mean time of `calls` calls in a row."""
    start = perf_counter()
    for _ in range(calls):
        call()
    return (perf_counter() - start) / calls


def readable(seconds: float) -> str:
    """Seconds in the unit that suits them.

    >>> readable(0.0000123)
    '12.3 us'
    """
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"
