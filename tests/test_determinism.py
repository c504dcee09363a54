"""One source gives one text: in every process, whatever the hash seed and the order in which texts are asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent

PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:3]
from golden.cases import CASES
cases = CASES[::-1] if sys.argv[3] == "backwards" else CASES
texts = {case.name: case.source() for case in cases}
for name in sorted(texts):
    print(f"# {name}", texts[name], sep="\\n")
"""


def texts(hash_seed: str, order: str = "forwards") -> str:
    """All golden texts, written by a process of its own."""
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", PROGRAM, str(TESTS.parent), str(TESTS), order]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_fresh_processes_write_the_same_texts():
    first, second = texts("1"), texts("4321")
    assert first.count("\ndef grad_") > 20
    assert first == second


def test_order_of_generation_does_not_show():
    assert texts("0") == texts("0", "backwards")
