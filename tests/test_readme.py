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

import numpy as np
import pytest
from lint.lint import MOST_HELPERS, readme_helpers

import srcgrad
from srcgrad.runtime import helpers, pairs, tangents

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


# The table of what is refused: each row's construct, in the order of the table ---------------------------------------


class Holder:
    """An object with attributes."""


class Pair:
    def __init__(self, first, second):
        self.first, self.second = first, second


TABLE = np.zeros(3)
holder, masked = Holder(), np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False])


def writes_outside(x):
    TABLE[0] = x[0]
    return np.sum(TABLE)


def writes_shared(x):
    y = 2 * x
    z = (y, x)
    y[0] = x[1]
    return np.sum(z[0])


def writes_attribute(x):
    holder.w = x[0]
    return holder.w


def writes_global(x):
    global G
    G = x[0]
    return G


def assigns_elsewhere(x):
    k = x[0]

    def grow():
        nonlocal k
        k = k * x[1]

    other = grow
    other()
    return k


def multiplies_masked(x):
    return np.sum(x * masked)


def tries(x):
    try:
        return x[0]
    except IndexError:
        return x[1]


def yields(x):
    def items():
        yield x[0]

    return sum(items())


def defines_class(x):
    class Inner:
        k = x[0]

    return Inner.k


def reads_text(x):
    return float(str(x[0]))


def assigns_in_a_generator(x):
    return sum((m := x[i]) * x[0] for i in range(2)) * m


def makes_set(x):
    return max({x[0], x[1]})


def enters(x):
    with contextlib.nullcontext(x) as y:
        z = y[0]
    return z


def calls_opaque(x):
    return np.fromiter(x, float)[0]


def makes_object(x):
    return Pair(x[0], 1.0).first


def f(x):
    return 2 * x


vector, made = np.array([1.0, 2.0, 3.0]), {}
exec("def f(x): return x * x", made)
REFUSED = [
    *((g, vector) for g in (writes_outside, writes_shared, writes_attribute, writes_global)),
    *((g, vector) for g in (assigns_elsewhere, tries, yields)),
    *((g, vector) for g in (defines_class, reads_text, assigns_in_a_generator, makes_set, enters)),
    *((g, vector) for g in (calls_opaque, makes_object)),
    (multiplies_masked, vector),
    (f, 1),
    (f, vector),
    (made["f"], 1.0),
]


@pytest.mark.parametrize(("row", "function", "argument"), [(i, *case) for i, case in enumerate(REFUSED)])
def test_readme_quotes_real_errors(row, function, argument):
    table = README.read_text().split("| refused | error | it says |\n|---|---|---|\n")[1].split("\n\n")[0].splitlines()
    assert len(table) == len(REFUSED)
    _, _, kind, words, _ = map(str.strip, table[row].split("|"))
    with pytest.raises(srcgrad.SrcgradError) as caught:
        srcgrad.grad(function)(argument)
    assert kind.split(",")[0] == f"`{type(caught.value).__name__}`"
    assert str(caught.value).startswith(words)


def test_helpers_are_real_and_few():
    named = readme_helpers()
    assert 5 < len(named) <= MOST_HELPERS
    assert all(hasattr(helpers, name) or hasattr(pairs, name) or hasattr(tangents, name) for name in named)


def test_readme_names_the_commands():
    text = README.read_text()
    assert all(f"python tools/dev.py {command}" in text for command in ("demo", "test", "check", "bench"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        README.write_text(updated(README.read_text(), Path(scratch)))
