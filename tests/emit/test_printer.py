"""What is printed parses back to the tree that was given, reads well, and knows the lines it came from."""

import ast
import importlib.util
import sys
from pathlib import Path

import gast
import numpy as np
import pytest

from srcgrad.emit.constants import comment, constant
from srcgrad.emit.printer import to_source
from srcgrad.emit.stack import with_deep_stack

CONSTANTS = [-2, -0.5, 0.1, -0.0, 1e100, float("inf"), float("nan"), 3j, -2j, 1 - 1j, complex(-0.0, 0), -1 + 2j]
MODULES = "contextlib dataclasses enum fractions statistics textwrap asyncio.tasks".split()

NASTY = [
    "x = (-2) ** 2 + -2 ** 2 - (-x) ** -y",
    "x = (1).real + 1..real + 1j.imag + 1e309 - 1e-7 + 0xFFFFFFFFFFFFFFFFFFFF",
    "y = f'{a!r:>{width}} {b[\"k\"]} {{}} {c:%Y-%m} {d + 1}' f'{\"x\" if e else 1}'",
    "y = f'{ {k: v for k, v in z} } {(lambda q: q)(1)} {n = }'",
    "y = f'line\\n{a}\\ttab' 'it''s' \"it's\" '\"' '''\"'\"'''",
    "y = b'\\x00\\n' + rb'\\d'",
    "(a, *b), c[0], d.e = *f, (yield)",
    "x = [*a, *b]; y = {**a, 'b': 1, **c}; z = {*a, 1}; g(*a, b, *c, k=1, **d, **e)",
    "x = (y := 3) + (lambda *a, b=1, **k: (yield))()",
    "x = a if b else c if d else e; y = (a if b else c) if d else e",
    "x = not (a and b or c) and (not d) == e; y = a < b <= c != d is not e not in f",
    "x[1:2, ::3, ...] = y[:, None][()] = z[a:b, *c]",
    "x: int; (y): float = 1.0; a.b: c = d; e[0]: f",
    "def f(a, b=1, /, c=2, *args: int, d, e=3, **kw) -> 'r':\n    'doc'\n    global g\n    return",
    "@a.b\n@c(1)\nasync def f():\n    async with a as b, c:\n        async for x in y:\n            await z\n"
    "    return [i async for i in q if await i]",
    "class A(B, metaclass=C, **k):\n    x = 1\n\n    def f(self):\n        pass",
    "try:\n    a\nexcept (B, C) as e:\n    raise\nexcept D:\n    raise E from e\n"
    "except:\n    pass\nelse:\n    b\nfinally:\n    c",
    "try:\n    a\nexcept* B as e:\n    c\nexcept* D:\n    pass",
    "with (a as b, c as (d, e), f):\n    pass",
    "while a:\n    break\nelse:\n    continue",
    "for i, (j, *k) in x, y:\n    pass\nelse:\n    z",
    "if a:\n    b\nelif c:\n    d\nelif e:\n    f\nelse:\n    if g:\n        h\n    i",
    "if a:\n    b\nelse:\n    for x in y:\n        pass",
    "match x:\n    case 1 | -2 | 3 + 4j | 'a' | None:\n        a\n    case [b, *_] if b > 0:\n        c\n"
    "    case {'k': v, **rest}:\n        d\n    case P(x=1, y=q.r) as p:\n        e\n"
    "    case _:\n        if f:\n            g",
    "del a, b[0], (c, d)\nassert x, 'why'\nnonlocal_ = 1\nimport a.b as c, d\nfrom . import e\nfrom ..f import g as h",
    "def f():\n    '''First.\n\n        Deep.\n    '''\n    x = 'a\\nb'\n"
    "    def g():\n        '''quote at end\"'''\n        nonlocal x",
    "print((yield x), (yield))\nx = yield from y\nx = (await z) ** 2",
    "x = (a, ); y = (); z = a, b; return (a, b)",
    "'''not a \\\\ docstring'''\n'plain'\n'tab\\there'",
]
NEWER = [
    "type X[T] = list[T]",
    "def f[T: int, *Ts, **P](x: T) -> T:\n    return x",
    "class A[T](B): pass",
    "x = f'{a['k']} {'\\n'.join(b)} {f'{f'{1}'}'}'",
]


def assert_round_trip(text):
    tree = ast.parse(text)
    printed = to_source(gast.ast_to_gast(tree))
    assert ast.dump(ast.parse(printed.text)) == ast.dump(ast.parse(text)), printed.text
    return printed


@pytest.mark.parametrize("text", NASTY + (NEWER if sys.version_info >= (3, 12) else []))
@pytest.mark.parametrize("nested", [False, True])
def test_nasty_statements_round_trip(text, nested):
    if nested:
        text = "if 1:\n    if 2:\n" + "\n".join("        " + line for line in text.split("\n"))
    assert_round_trip(text)


@pytest.mark.parametrize("module", MODULES)
def test_standard_library_round_trips(module):
    assert_round_trip(Path(importlib.util.find_spec(module).origin).read_text(encoding="utf-8"))


@pytest.mark.parametrize("value", CONSTANTS)
def test_constants_evaluate_to_themselves_under_a_power(value):
    tree = gast.Expr(gast.BinOp(constant(value), gast.Pow(), constant(2)))
    assert repr(eval(to_source([tree]).text, {"np": np})) == repr(value**2)


def test_a_raw_negative_literal_is_not_printed_wrongly():
    tree = gast.Expr(gast.BinOp(gast.Constant(-2, None), gast.Pow(), gast.Constant(2, None)))
    with pytest.raises(Exception, match="prints as another"):
        to_source([tree])


def test_numpy_scalars_become_python_ones():
    values = [np.float32(-0.5), np.int64(3), np.bool_(True), np.complex128(2j), np.longdouble(1.5)]
    assert to_source([gast.Expr(constant(v)) for v in values]).text.split() == ["-0.5", "3", "True", "2.0j", "1.5"]
    with pytest.raises(TypeError, match="ndarray"):
        constant(np.zeros(2))


def test_layout_of_comments_and_blank_lines():
    (function,) = gast.parse("def f(x):\n    y = x\n    def g():\n        return y\n    return g").body
    function.body.insert(0, comment("forward"))
    function.body.insert(2, comment("line 2: def g\nand more"))
    function.body.append(comment("the end"))
    empty = gast.parse("if a: pass").body[0]
    empty.body = [comment("nothing to do")]
    body = [*gast.parse("import numpy as np").body, comment("the function"), function, function, empty]
    assert (
        to_source(body).text
        == """\
import numpy as np


# the function
def f(x):
    # forward
    y = x

    # line 2: def g
    # and more
    def g():
        return y

    return g
    # the end


def f(x):
    # forward
    y = x

    # line 2: def g
    # and more
    def g():
        return y

    return g
    # the end


if a:
    # nothing to do
    pass
"""
    )


def test_lines_map_to_the_lines_of_the_nodes():
    text = "def f(x):\n\n    if x:\n        a = 1\n    elif y:\n        b = 2\n\n    else:\n        c = 3\n"
    text += "    try:\n        d\n    except E:\n        e\n    match x:\n        case 1:\n            g"
    printed = to_source(gast.parse(text))
    source = text.split("\n")
    for number, line in enumerate(printed.text.split("\n"), 1):
        if number in printed.lines:
            found = source[printed.lines[number] - 1].strip()
            assert found == line.strip() or line.strip() == "case 1:", line
        else:
            assert line.strip() in ("else:", ""), line
    fresh = gast.Assign([gast.Name("a", gast.Store(), None, None)], constant(1), None)
    assert to_source([fresh]).lines == {}


def test_long_lines_break_at_their_outermost_operator():
    text = "x_bar = " + " + ".join(f"some_long_name_{i} * np.sin(alpha * x + {i})" for i in range(5))
    text += "\nif (" + " and ".join(f"condition_number_{i}(x, y)" for i in range(6)) + "):\n    pass"
    assert (
        to_source(gast.parse(text)).text
        == """\
x_bar = (some_long_name_0 * np.sin(alpha * x + 0) + some_long_name_1 * np.sin(alpha * x + 1)
    + some_long_name_2 * np.sin(alpha * x + 2) + some_long_name_3 * np.sin(alpha * x + 3)
    + some_long_name_4 * np.sin(alpha * x + 4))
if (condition_number_0(x, y) and condition_number_1(x, y) and condition_number_2(x, y) and condition_number_3(x, y)
        and condition_number_4(x, y) and condition_number_5(x, y)):
    pass
"""
    )


def test_very_deep_expressions_print():
    text = "y = " + " + ".join(f"x{i}" for i in range(2500)) + "\n"
    tree = with_deep_stack(gast.parse, text)
    printed = to_source(tree)
    assert "".join(printed.text.replace("(", "").replace(")", "").split()) == "".join(text.split())
    assert max(map(len, printed.text.split("\n"))) <= 120


def test_empty_input_and_lists_of_statements():
    assert to_source([]).text == ""
    assert to_source(gast.parse("a = 1\nb = 2").body).text == "a = 1\nb = 2\n"
