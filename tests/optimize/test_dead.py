"""What nobody reads goes; what somebody might see stays."""

import time

import gast
import pytest

from srcgrad.optimize.dead import remove_dead
from srcgrad.optimize.liveness import live_at_entry
from srcgrad.optimize.trees import comment


def clean(text, *live_out):
    return gast.unparse(gast.Module(remove_dead(gast.parse(text).body, set(live_out)), [])).strip()


REMOVED = {
    "a chain": ("a = x; b = a * 2; return x", "return x"),
    "an accumulation": ("a = 0.0; a += x; return x", "return x"),
    "a loop that only feeds itself": ("a = 1\nfor i in range(n):\n    a = a * x\nreturn x", "return x"),
    "writes into a dead buffer": ("b = np.zeros(3); b[0] += x; b[1] = 2; return x", "return x"),
    "a tape that is never read": ("a = []\nfor i in range(n):\n    a.append(x)\n    x = x * 2\nreturn x",
                                  "for i in range(n):\n    x = x * 2\nreturn x"),
    "a tuple of dead names": ("a, b = x, y; return x", "return x"),
    "overwritten before read": ("a = 1; a = 2; return a", "a = 2\nreturn a"),
    "both branches": ("if x > 0:\n    a = 1\nelse:\n    a = 2\nreturn x", "return x"),
    "one branch": ("if x > 0:\n    a = 1\nelse:\n    y = 2\nreturn y", "if not x > 0:\n    y = 2\nreturn y"),
    "the test of an impure branch stays": ("if f(x):\n    a = 1\nreturn x", "f(x)\nreturn x"),
    "a function and what it captures": ("a = x * 2\ndef g():\n    return a\nreturn x", "return x"),
    "inside a nested function": ("def g(x):\n    a = 1\n    return x\nreturn g", "def g(x):\n    return x\nreturn g"),
    "the result of a call, which stays": ("a = f(x)\nreturn x", "f(x)\nreturn x"),
    "what is drawn, but not the draw": ("a = np.random.normal()\nreturn x", "np.random.normal()\nreturn x"),
    "a list read by what is dead": ("a = []\na.append(x)\nb = f[a]\nreturn x", "return x"),
    "before a continue": ("for i in y:\n    if i:\n        a = 1\n        continue\n    a = i\n    print(a)",
                          "for i in y:\n    if i:\n        continue\n    a = i\n    print(a)"),
    "all but what is named within": ("a = (b := x * 2) + (c := f(b)) ** 2\nreturn b", "b = x * 2\nf(b)\nreturn b"),
    "an import that does nothing": ("from math import sin\nreturn x", "return x"),
}  # fmt: skip
STAYS = {
    "accumulation into an argument": "x += 1\nreturn y",
    "accumulation into a view": "a = x[1:]\na += 1\nreturn y",
    "a write into a copy of the reference": "a = np.zeros(3)\nb = a\nb[0] = 1\nreturn a",
    "an append to an argument": "x.append(1)\nreturn y",
    "loop-carried": "for i in range(n):\n    y = a\n    a = i\nreturn y",
    "read after a break": "while True:\n    a = f()\n    if a:\n        break\nreturn a",
    "a while loop": "while x < 1:\n    pass",
    "captured by a lambda": "a = 1\ng = lambda: a\na = 2\nreturn g",
    "captured by a generator": "a = 1\nreturn (a for i in x)",
    "nonlocal": "nonlocal a\na = 1",
    "read in a handler": "a = 1\ntry:\n    a = 2\n    f()\nexcept E:\n    g(a)\nreturn x",
    "a lookup that may raise in a try": "try:\n    a = x[k]\nexcept KeyError:\n    y = 0\nreturn y",
    "read in finally": "a = 1\ntry:\n    return f()\nfinally:\n    g(a)",
    "what a suppressing with skips": "a = 1\nwith suppress(E):\n    f()\n    a = 2\nreturn a",
    "an item of a partly live tuple": "a, b = (f(), 1)\nreturn a",
    "read by a later case": "a = 1\nmatch x:\n    case 1:\n        b = a\n    case _:\n        b = 2\nreturn b",
    "a docstring": '"""doc"""\nreturn x',
    "what is perhaps named": "a = x and (b := y)\nreturn b",
    "what is named within what is read": "a = (b := x) + 1\nreturn a",
    "an import that runs who knows what": "import plugins\nreturn x",
    "del": "a = 1\ndel a",
    "a possible return in a loop": "a = 1\nfor i in x:\n    if i:\n        return a\n    a = i\nreturn 0",
}


@pytest.mark.parametrize("before, after", REMOVED.values(), ids=REMOVED)
def test_removed(before, after):
    assert clean(before) == after


@pytest.mark.parametrize("text", STAYS.values(), ids=STAYS)
def test_stays(text):
    assert clean(text) == text


def test_live_out_names_are_kept():
    assert clean("a = 1; b = 2", "a") == "a = 1"


def test_hook_tells_what_is_pure():
    body = gast.parse("a = f(x); b = x[0]; c = 1").body
    kept = remove_dead(body, is_pure_expr=lambda expr: not isinstance(expr, gast.Subscript))
    assert gast.unparse(gast.Module(kept, [])).strip() == "b = x[0]"


def test_comments_stay_only_with_statements():
    a, b = gast.parse("a = 1; b = 2").body
    body = [comment("one"), a, comment("two"), b, comment("three")]
    kept = remove_dead(body, {"b"})
    assert len(kept) == 2 and kept[0].value.value == "two" and kept[1] is b


def test_an_emptied_block_gets_a_pass():
    assert clean("for i in f(x):\n    a = 1") == "for i in f(x):\n    pass"


def test_live_at_entry_sees_names_that_a_loop_may_leave_unset():
    assert live_at_entry(gast.parse("for i in r:\n    a = i\nreturn a").body) == {"r", "a"}


def test_nested_loops_take_polynomial_time():
    text = "".join("    " * d + f"for i{d} in range(n):\n" for d in range(12)) + "    " * 12 + "x = x * y\n"
    text += "".join("    " * d + f"a{d} = a{d + 1}\n" for d in range(12, 0, -1)) + "return x, a1"
    body = gast.parse(text).body
    start = time.perf_counter()
    remove_dead(body)
    assert time.perf_counter() - start < 2
