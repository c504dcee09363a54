"""Lint files of generated code: `python tests/lint/run.py FILE...`; the exit status is 1 when there are complaints."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lint.lint import lint  # noqa: E402


def main() -> int:
    found = 0
    for name in sys.argv[1:]:
        for complaint in lint(pathlib.Path(name).read_text(encoding="utf-8")):
            print(f"{name}: {complaint}")
            found += 1
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main())
