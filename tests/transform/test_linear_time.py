"""The work of transforming a function is linear in its length: counted in calls, which no busy machine disturbs."""

from __future__ import annotations

import cProfile
import importlib.util
import pstats

import pytest

import srcgrad

SHAPES = {
    "chain": "    v{i} = math.sin(v{p}) * v{q} + {i}.0\n",
    "loops": "    for i in range(3):\n        v{i} = v{p} * v{q}\n        if v{i} > 2.0:\n            v{i} = -v{i}\n",
}


def calls_to_transform(folder, line: str, length: int) -> int:
    """How many calls it takes to write the gradient of a function of `length` times `line`."""
    path = folder / f"program_{length}.py"
    body = "".join(line.format(i=i, p=i - 1, q=i - 2) for i in range(2, length))
    path.write_text(f"import math\ndef f(v0, v1):\n{body}    return v{length - 1}\n")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    profile = cProfile.Profile()
    profile.runcall(srcgrad.grad(module.f), 0.3, 0.2)
    return pstats.Stats(profile).total_calls


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_as_many_lines_take_four_times_the_calls(shape, tmp_path):
    calls_to_transform(tmp_path, SHAPES[shape], 8)  # what is imported and parsed once
    short, long = (calls_to_transform(tmp_path, SHAPES[shape], length) for length in (25, 100))
    assert long < 4.5 * short
