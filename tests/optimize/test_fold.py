"""Single-use temporaries go back to their use, and stay where moving them could be noticed."""

import gast
import pytest

from srcgrad.optimize.dead import sweep
from srcgrad.optimize.fold import fold_temporaries
from srcgrad.optimize.trees import comment


def fold(text, is_pure=None, **options):
    tree = gast.parse(text)
    names = {f"t{i}" for i in range(300)} | {"t"}
    if is_pure:
        options["is_pure"] = is_pure
    return gast.unparse(gast.Module(fold_temporaries(tree.body, names, **options), [])).strip()


FOLDED = {
    "a chain": ("t1 = x * y; t2 = t1 + z; return t2", "return x * y + z"),
    "calls in order": ("t1 = f(x); t2 = g(y); return h(t1, t2)", "return h(f(x), g(y))"),
    "past pure statements": ("t = x * y; z = np.sin(w); x_bar += t", "z = np.sin(w)\nx_bar += x * y"),
    "into a header": ("t = x > 0\nif t:\n    return x", "if x > 0:\n    return x"),
    "into an iterable": ("t = f(x)\nfor i in t:\n    y = i", "for i in f(x):\n    y = i"),
    "inside a block": ("while a:\n    t = x * 2\n    x = t + 1", "while a:\n    x = x * 2 + 1"),
    "into a subscript store": ("t = x * 2; u[i] = t", "u[i] = x * 2"),
    "into what is called": ("t = f(x); y = t(z)", "y = f(x)(z)"),
    "past an append to a list of one name": (
        "a = []; t = r * x; a.append(x); x = t * 2; return (x, a)",
        "a = []\na.append(x)\nx = r * x * 2\nreturn (x, a)",
    ),
    "past a loop that appends to such a list": (
        "a = []; t = r * x\nfor i in z:\n    a.append(i)\nx = t * 2; return (x, a)",
        "a = []\nfor i in z:\n    a.append(i)\nx = r * x * 2\nreturn (x, a)",
    ),
    "past an accumulation elsewhere": ("a = 0.0; t = x * y; a += z; b = t", "a = 0.0\na += z\nb = x * y"),
    "with starred arguments": ("t = f(*x, k=y); return g(t)", "return g(f(*x, k=y))"),
}
KEPT = {
    "read twice": "t = x * y\nreturn t + t",
    "assigned twice": "t = x * y\nt = z\nreturn t",
    "not a temporary": "a = x * y\nreturn a",
    "operand rebound": "t = x * y\nx = 2\nreturn t + x",
    "operand written into": "t = x * y\nx[0] = 2\nreturn t",
    "operand written through a view": "v = x[1:]\nt = x * y\nv[0] = 2\nreturn t",
    "operand that a caller may share": "t = x * y\nz[0] = 2\nreturn t",
    "operand accumulated": "t = x * y\nx += 2\nreturn t",
    "a call that may do anything": "t = x * y\nf(z)\nreturn t",
    "such a call, earlier in the statement": "t = x * y\nreturn f(z) + t",
    "an impure value past a computation": "t = f(x)\ny = x * 2\nreturn (t, y)",
    "an impure value past an operand": "t = f(x)\nreturn x[0] + t",
    "into a loop": "t = x * y\nwhile a:\n    b = t",
    "into a loop's test": "t = x * y\nwhile t:\n    b = 1",
    "into a branch": "t = x * y\nif a:\n    b = t",
    "into a lambda": "t = x * y\nreturn lambda: t",
    "into a comprehension": "t = x * y\nreturn [t for i in z]",
    "into a conditional": "t = f(x)\nreturn t if a else b",
    "behind a short circuit": "t = f(x)\nreturn a and t",
    "into a nested function": "t = x * y\n\ndef g():\n    return t",
    "a list that grows": "a = []\nt = len(a)\na.append(x)\nreturn t",
    "a list that grows in a loop": "a = []\nt = len(a)\nfor i in z:\n    a.append(x)\nreturn t",
    "what starred iterators leave over": "t = [*x]\ny = next(x)\nreturn (t, y)",
    "a generator's value": "t = (yield)\nreturn t",
}
KEPT["into a conditional"] = "t = f(x)\nreturn b if a else t"


@pytest.mark.parametrize("before, after", FOLDED.values(), ids=FOLDED)
def test_folded(before, after):
    assert fold(before) == after


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_kept(text):
    assert fold(text) == text


def test_the_predicate_tells_pure_calls():
    text = "t = x * y; z = f(w); return t"
    assert fold(text, is_pure=lambda call: True) == "z = f(w)\nreturn x * y"


def test_lines_do_not_grow_beyond_the_width():
    terms = [f"t{i} = t{i - 1} + factor_{i} * value_{i}" for i in range(1, 200)]
    lines = fold("\n".join(["t0 = x0 * y0", *terms, "return t199"])).split("\n")
    assert 30 < len(lines) < 60 and max(map(len, lines)) <= 106


def test_comments_do_not_stand_in_the_way():
    body = gast.parse("t = x * y; return t").body
    folded = fold_temporaries([body[0], comment("line 2"), body[1]], {"t"})
    assert [gast.unparse(stmt).strip() for stmt in folded] == ["'line 2'", "return x * y"]


def test_the_given_tree_is_left_alone():
    tree = gast.parse("t = x * y\nif a:\n    t1 = t2\n    b = t1\nreturn t")
    before = gast.dump(tree)
    fold_temporaries(tree.body, {"t", "t1"})
    assert gast.dump(tree) == before


def test_what_is_read_after_a_loop_around_a_function_stays():
    body = gast.parse(
        "t = [x, y]\nfor i in t:\n    def g():\n        a = 1\n        return i\n    z = g()\nreturn t, z"
    ).body
    swept = sweep(body)
    made = fold_temporaries(swept.body, {"t"}, facts=swept)
    assert gast.unparse(gast.Module(made, [])).strip().startswith("t = [x, y]\nfor i in t:")
