"""Room for deep recursion: a sum of some thousand terms is a tree of that depth."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
DEPTH = 200_000
STACK = 512 * 1024 * 1024  # address space only: pages are used as they are touched
_lock = threading.Lock()


def with_deep_stack(function: Callable[..., T], *args) -> T:
    """`function(*args)`, called again in a thread with a large stack if the recursion limit stops it.

    The function must be free of effects, as its first attempt may be given up midway.
    """
    try:
        return function(*args)
    except RecursionError:
        pass
    from concurrent.futures import ThreadPoolExecutor  # not at import: it takes a while

    with _lock:
        limit, size = sys.getrecursionlimit(), threading.stack_size(STACK)
        sys.setrecursionlimit(max(limit, DEPTH))
        try:
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(function, *args).result()
        finally:
            sys.setrecursionlimit(limit)
            threading.stack_size(size)
