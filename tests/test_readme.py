"""The README's Python snippets run in order, in one namespace, and print what the block of text after each one shows.

After a change of the output, `python tests/test_readme.py` writes the new one into the README, to be reviewed there.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
SNIPPET = re.compile(r"```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<output>.*?)```\n)?", re.DOTALL)


def outputs(text: str, folder: Path) -> Iterator[tuple[re.Match, str]]:
    """Each snippet of `text` and what it prints. Snippets become files in `folder`, where their source can be found."""
    namespace = {"__name__": "readme"}
    for number, snippet in enumerate(SNIPPET.finditer(text), start=1):
        path = folder / f"snippet_{number}.py"
        path.write_text(snippet["code"])
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(snippet["code"], str(path), "exec"), namespace)
        yield snippet, "".join(line.rstrip() + "\n" for line in printed.getvalue().splitlines())


def updated(text: str, folder: Path) -> str:
    """`text` with each block of output replaced by the real one."""
    parts, end = [], 0
    for snippet, printed in outputs(text, folder):
        if snippet["output"] is not None:
            parts += [text[end : snippet.start("output")], printed]
            end = snippet.end("output")
    return "".join([*parts, text[end:]])


def test_snippets_print_what_the_readme_shows(tmp_path):
    text = README.read_text()
    assert len(SNIPPET.findall(text)) >= 4
    for snippet, printed in outputs(text, tmp_path):
        assert printed == (snippet["output"] or ""), snippet["code"]


def test_readme_names_the_commands():
    text = README.read_text()
    assert all(f"python tools/dev.py {command}" in text for command in ("demo", "test", "check", "bench"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        README.write_text(updated(README.read_text(), Path(scratch)))
