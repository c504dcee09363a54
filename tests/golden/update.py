"""Write the golden files anew: `python tests/golden/update.py [name ...]`; prints which of them changed."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
OURS = {"__init__", "cases", "update"}

sys.path[:0] = [str(FOLDER.parents[1]), str(FOLDER.parent)]

from golden.cases import CASES, Case  # noqa: E402


def golden_path(case: Case) -> Path:
    return FOLDER / f"{case.name}.py"


def update(names: list[str]) -> None:
    """Write the files of these names, or all, and remove those without a case."""
    unknown = set(names) - {case.name for case in CASES}
    if unknown:
        sys.exit(f"no case {', '.join(sorted(unknown))}")
    for case in CASES:
        if names and case.name not in names:
            continue
        path = golden_path(case)
        text = case.source()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{'changed' if path.exists() else 'new    '} {case.name}")
            path.write_text(text, encoding="utf-8")
    for path in FOLDER.glob("*.py") if not names else ():
        if path.stem not in OURS and path.stem not in {case.name for case in CASES}:
            print(f"removed {path.stem}")
            path.unlink()


if __name__ == "__main__":
    update(sys.argv[1:])
