"""What all tests share: no display, and random programs and data that are the same in every run."""

from __future__ import annotations

import functools
import os

import numpy as np
import pytest
from hypothesis import settings

from srcgrad.engine import preparing
from srcgrad.frontend.core import violations

os.environ.setdefault("MPLBACKEND", "Agg")
# Every first call generates source, so the time of one example says nothing about the next.
settings.register_profile("srcgrad", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("srcgrad")

# Golden files are compared with, imported and differentiated by their own test, never collected.
collect_ignore_glob = ["golden/*"]


@pytest.fixture
def rng() -> np.random.Generator:
    """A random generator with a fixed seed."""
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def fixed_global_seed():
    np.random.seed(0)


PASSES = ("to_core", "without_copies", "without_unused_functions", "with_known_sequences", "with_late_binding")


@pytest.fixture(autouse=True, scope="session")
def core_language_after_every_pass():
    """Every program that any test derives is checked to be in the core language, after each pass over it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in PASSES:
            patch.setattr(preparing, name, checked(getattr(preparing, name)))
        yield


def checked(a_pass):
    """The same pass, with an assertion behind it."""

    @functools.wraps(a_pass)
    def run(*args):
        result = a_pass(*args)
        core = result if a_pass.__name__ == "to_core" else args[0]
        assert violations(core) == [], f"{core.name} after {a_pass.__name__}"
        return result

    return run
