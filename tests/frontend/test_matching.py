"""A code object is matched with the very node it was made from, or with none: lambdas, edited files, rewritten code."""

import ast
import linecache
import os
import subprocess
import sys
import textwrap

import gast
import pytest

from srcgrad.errors import SourceNotFound
from srcgrad.frontend import source as source_module
from srcgrad.frontend.source import source_of


def text_of(function):
    """The function's source, printed from its tree: on one line, so that it can be compared."""
    return ast.unparse(gast.gast_to_ast(source_of(function).tree()))


# Lambdas -------------------------------------------------------------------------------------------------------------

LAMBDAS = {
    "alone": ("f = lambda x: x + 1", ["lambda x: x + 1"]),
    "several on a line": ("f = lambda x: x + 1, lambda x: x + 2", ["lambda x: x + 1", "lambda x: x + 2"]),
    "equal but for a number": ("f = lambda x: x * 2, lambda x: x * 2.0", ["lambda x: x * 2", "lambda x: x * 2.0"]),
    "equal on a line": ("f = lambda x: x * 2, lambda x: x * 2", ["lambda x: x * 2", "lambda x: x * 2"]),
    "constants": (
        "f = lambda: 1, lambda: 2, lambda: 1.0, lambda a: 1, lambda: -0.0, lambda: 0.0, lambda: True, lambda: 1",
        ["lambda: 1", "lambda: 2", "lambda: 1.0", "lambda a: 1", "lambda: -0.0", "lambda: 0.0", "lambda: True"]
        + ["lambda: 1"],
    ),
    "parameters only": ("f = lambda x: x, lambda y: y, lambda *x: x", ["lambda x: x", "lambda y: y", "lambda *x: x"]),
    "nested": (
        "f = (lambda: lambda: lambda: 0)\nf = f, f(), f()()",
        ["lambda: lambda: lambda: 0", "lambda: lambda: 0", "lambda: 0"],
    ),
    "nested, called": ("f = (lambda x: (lambda x: (lambda x: x))(x))(0)", ["lambda x: x"]),
    "curried": ("f = (lambda x: lambda x: lambda x: x)(0)(0)", ["lambda x: x"]),
    "in default arguments": (
        "f = lambda g=lambda x: x + 1, h=lambda x: x + 2: (g, h)\nf = f, *f()",
        ["lambda g=lambda x: x + 1, h=lambda x: x + 2: (g, h)", "lambda x: x + 1", "lambda x: x + 2"],
    ),
    "in call arguments": ("f = max(0, 1, key=lambda x: -x), *map((lambda f: f), [lambda x: x])", [None, "lambda x: x"]),
    "in a container": (
        "f = {'a': lambda x: x, 'b': [lambda x: -x]}\nf = f['a'], *f['b']",
        ["lambda x: x", "lambda x: -x"],
    ),
    "in a comprehension": ("f = [lambda x: x + i for i in (1, 2)]", ["lambda x: x + i"] * 2),
    "around a comprehension": (
        "f = (lambda x: [x * i for i in x], lambda x: 0)",
        ["lambda x: [x * i for i in x]", "lambda x: 0"],
    ),
    "in nested comprehensions": (
        "f = [g for j in (1, 2) for g in [(lambda x: x - j) for k in (0,)]] + [lambda x: x for _ in (0,)]",
        ["lambda x: x - j"] * 2 + ["lambda x: x"],
    ),
    "in a comprehension in a function": (
        "def make():\n    return [lambda x: x + i for i in (1,)] + [lambda x: x - i for i in (1,)]\nf = make()",
        ["lambda x: x + i", "lambda x: x - i"],
    ),
    "in a class": (
        "class C: f = lambda self: 1; g = lambda self: self\nf = C.f, C.g",
        ["lambda self: 1", "lambda self: self"],
    ),
    "over several lines": ("f = (lambda x:\n    x +\n    1), (lambda x:\n    x)", ["lambda x: x + 1", "lambda x: x"]),
    "parameters over several lines": ("f = lambda x, \\\n  y: (x,\n y)", ["lambda x, y: (x, y)"]),
    "returned": ("def make(a): return lambda x: a * x\nf = make(1), make(2)", ["lambda x: a * x"] * 2),
    "conditional": (
        "f = (lambda a: a if a else 1), (lambda a: a or 1)",
        ["lambda a: a if a else 1", "lambda a: a or 1"],
    ),
    "folded": ("f = (lambda: 1 + 2), (lambda: 3), (lambda: 'a' 'b')", ["lambda: 1 + 2", "lambda: 3", "lambda: 'ab'"]),
    "in a decorator": (
        "def call(g): return lambda f: (g, f)\n@call(lambda x: x)\ndef h(x): return -x\nf = h",
        ["lambda x: x", None],
    ),
    "in a walrus": ("f = (g := lambda x: x, h := lambda x: g)", ["lambda x: x", "lambda x: g"]),
    "in a formatted string": (
        "f = []\nf'{f.append(lambda x: x + 1)} {f.append(lambda x: x + 2)}'",
        ["lambda x: x + 1", "lambda x: x + 2"],
    ),
    "after wide characters": ("f = 'äöü€𝄞', lambda α: α, lambda α: 2 * α", [None, "lambda α: α", "lambda α: 2 * α"]),
    "generators": ("f = (lambda: (yield)), (lambda: [(yield 1)])", ["lambda: (yield)", "lambda: [(yield 1)]"]),
}


@pytest.mark.parametrize(("text", "expected"), LAMBDAS.values(), ids=LAMBDAS)
def test_lambdas_are_told_apart(module, text, expected):
    found = module(text).f
    found = found if isinstance(found, list | tuple) else [found]
    for f, wanted in zip(found, expected, strict=True):
        if wanted is None:
            continue
        got = text_of(f)
        # lambdas without parameters that return equal constants may share one code object
        assert got == wanted or (wanted.startswith("lambda:") and repr(eval(got)()) == repr(eval(wanted)()))


def test_without_columns_lambdas_are_told_apart_or_refused(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(
        textwrap.dedent("""
        from srcgrad.errors import SourceNotFound
        from srcgrad.frontend.source import source_of
        def make(a, b):
            return lambda x: a * x, lambda x: b * x
        pair = lambda x: x + 1, lambda x: x + 2
        alone = lambda x: [i * x for i in x]
        print([source_of(f).node.body.right.value for f in pair], source_of(alone).name, source_of(make).name)
        for f in make(1, 2):
            try:
                source_of(f)
            except SourceNotFound as error:
                print(error.what)
    """)
    )
    command = [sys.executable, "-X", "no_debug_ranges", str(path)]
    root = os.path.dirname(os.path.dirname(os.path.dirname(source_module.__file__)))
    environment = {**os.environ, "PYTHONPATH": root}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed.split("\n")[0] == "[1, 2] <lambda> make"
    assert printed.count("the source of a lambda is not to be trusted") == 2


# Edited files --------------------------------------------------------------------------------------------------------


ORIGINAL = "def f(x):\n    y = x * 2.0\n    return y\n"
STALE = "the source of function 'f' is not to be trusted: the file has changed since it was imported"


@pytest.mark.parametrize(
    "edited",
    [
        "def f(x):\n    y = x * 3.0\n    return y\n",
        "def f(x):\n    y = x / 2.0\n    return y\n",
        "def f(x):\n    y = x * 2.0\n    y = y * 3\n    return y\n",
        "def f(z):\n    y = z * 2.0\n    return y\n",
        "\ndef f(x):\n    y = x * 2.0\n    return y\n",
        "def g(x):\n    y = x * 2.0\n    return y\n",
        "def f(x):\n    assert x\n    y = x * 2.0\n    return y\n",
        "def f(x):\n    y = x * 2.0; assert x\n    return y + 1\n",
        "def f(x)\n",
        "\0",
        "# nothing\n",
    ],
)
def test_an_edited_file_is_refused(module, edited):
    f = module(ORIGINAL).f
    with open(f.__code__.co_filename, "w", encoding="utf-8") as file:
        file.write(edited)
    with pytest.raises(SourceNotFound) as caught:
        source_of(f)
    assert str(caught.value).startswith(f"{STALE}\n\n  {f.__code__.co_filename}, line 1, in f\n  Restart Python")


def test_text_that_linecache_kept_from_before_a_reload_is_renewed(module):
    old = module(ORIGINAL).f
    linecache.getlines(old.__code__.co_filename)
    new = module("def f(x):\n    return x * 1234567.0\n").f
    assert text_of(new) == "def f(x):\n    return x * 1234567.0"


def test_text_is_captured_at_the_first_look_up(module):
    f = module(ORIGINAL).f
    source = source_of(f)
    with open(f.__code__.co_filename, "w", encoding="utf-8") as file:
        file.write("# gone\n")
    assert source_of(f) is source
    assert source.position().text == "def f(x):"


def test_a_new_code_object_is_another_function(module):
    loaded = module("def f(x):\n    return x\ndef g(x):\n    return -x\n")
    assert text_of(loaded.f) == "def f(x):\n    return x"
    loaded.f.__code__ = loaded.g.__code__
    assert text_of(loaded.f) == "def g(x):\n    return -x"


def test_code_that_was_tampered_with_is_refused(module):
    f = module(ORIGINAL).f
    f.__code__ = f.__code__.replace(co_consts=(None, 3.0))
    with pytest.raises(SourceNotFound, match="a tool has rewritten"):
        source_of(f)


def test_equal_code_of_two_files_is_two_sources(module):
    first, second = module(ORIGINAL, "first").f, module(ORIGINAL, "second").f
    assert source_of(first).filename.endswith("first.py")
    assert source_of(second).filename.endswith("second.py")


# Asserts rewritten by pytest -----------------------------------------------------------------------------------------

ASSERTS = """\
def f(x, y):
    assert x > y, f"{x} is too small"
    for i in range(3):
        assert i < x
        y = (lambda z: z * x)(y)
    def g(z):
        assert z
        return z + 2.0
    return g(y) if x else [y for _ in x]
"""


@pytest.fixture
def rewritten(module):
    """Imports a text with its asserts rewritten by pytest."""
    rewrite = pytest.importorskip("_pytest.assertion.rewrite")

    def load(text):
        path = module("").__file__
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        linecache.checkcache(path)
        tree = ast.parse(text)
        rewrite.rewrite_asserts(tree, text.encode())
        names = {"__file__": path, "__name__": "user_module"}
        exec(compile(tree, path, "exec", dont_inherit=True), names)
        return names["f"]

    return load


def test_rewritten_asserts_are_seen_through(rewritten):
    f = rewritten(ASSERTS)
    assert "@pytest_ar" in f.__code__.co_names
    assert text_of(f).startswith("def f(x, y):\n    assert x > y, f'{x} is too small'\n    for i in range(3):")


@pytest.mark.parametrize(
    ("old", "new"),
    [("2.0", "3.0"), ("z * x", "z / x"), ("range(3)", "range(4)"), ("f(x, y)", "f(y, x)"), ("assert i < x", "pass")]
    + [("return g(y) if", "return g(x) if"), ("        assert z\n", "        z.sort()\n"), ("i < x", "i < w")],
)
def test_an_edit_beside_rewritten_asserts_is_refused(rewritten, old, new):
    f = rewritten(ASSERTS)
    assert old in ASSERTS
    with open(f.__code__.co_filename, "w", encoding="utf-8") as file:
        file.write(ASSERTS.replace(old, new))
    with pytest.raises(SourceNotFound):
        source_of(f)
