"""What all tests share: no display, and random programs and data that are the same in every run."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import settings

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
