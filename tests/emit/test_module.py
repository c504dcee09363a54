"""Generated functions see the user's names live, write to none of them, and look like ordinary code to every tool."""

import inspect
import linecache
import os
import pdb
import stat
import sys
import timeit
import traceback
from pathlib import Path
from types import CellType

import numpy as np
import pytest

from srcgrad.emit.module import Binding, bind, compile_module, compile_text

TEXT = '''\
import numpy as np
from srcgrad.runtime.helpers import unbroadcast


def grad_f(x, n=2, *, scale: float = 1.0):
    """The derivative."""
    total = np.zeros(n)
    for value in helper(x):
        total += k * value * factor
    return unbroadcast(total, x)


def helper(x):
    return [x] if x < 10 else grad_f(x / 10)
'''


def make(user, k, defaults=(2,)):
    helpers = {"np": np, "unbroadcast": lambda x_bar, x: x_bar.sum()}
    specs = {"grad_f": Binding(user, {"k": k}, defaults, {"scale": 1.0}), "helper": Binding(user)}
    return bind(TEXT, "grad_f", specs, helpers)


def test_globals_and_cells_are_read_live_and_never_written():
    user, k = {"factor": 1.0, "np": "mine", "__name__": "user"}, CellType(3.0)
    grad_f = make(user, k)["grad_f"]
    assert grad_f(1.0) == 6.0
    user["factor"], k.cell_contents = 2.0, 5.0
    assert grad_f(1.0) == 20.0 and grad_f(1.0, 1, scale=2.0) == 10.0
    assert set(user) - {"__builtins__"} == {"factor", "np", "__name__"} and grad_f.__module__ == "user"
    assert grad_f.__globals__ is user


def test_siblings_are_mutually_recursive():
    helper = make({"factor": 1.0}, CellType(1.0))["helper"]
    assert helper(3.0) == [3.0] and helper(20.0) == 4.0


def test_a_name_that_is_a_cell_in_one_function_may_be_global_in_another():
    text = "def f():\n    return k\n\n\ndef g():\n    return k\n"
    user = {"k": "global"}
    functions = bind(text, "f", {"f": Binding(user, {"k": CellType("cell")}), "g": Binding(user)}, {})
    assert (functions["f"](), functions["g"]()) == ("cell", "global")


def test_nonlocal_writes_reach_the_cell():
    cell = CellType(1)
    text = "def f():\n    nonlocal k\n    k += 1\n    return lambda: k\n"
    assert bind(text, "f", {"f": Binding({}, {"k": cell})}, {})["f"]()() == 2 == cell.cell_contents


def test_names_source_and_signature_are_those_of_the_text():
    functions = make({"factor": 1.0}, CellType(1.0))
    grad_f = functions["grad_f"]
    assert inspect.getsource(grad_f) == TEXT.split("\n\n\n")[1] + "\n"
    linecache.checkcache()
    assert inspect.getsource(functions["helper"]) == TEXT.split("\n\n\n")[2]
    assert (grad_f.__name__, grad_f.__qualname__, grad_f.__doc__) == ("grad_f", "grad_f", "The derivative.")
    assert str(inspect.signature(grad_f)) == "(x, n=2, *, scale=1.0)"
    nested = bind("def f():\n    def g(): pass\n    return g\n", "f", {"f": Binding({})}, {})["f"]()
    assert nested.__qualname__ == "f.<locals>.g"


def test_source_survives_the_file_for_linecache():
    code = compile_text("def f():\n    return 1\n", "short_lived")
    Path(code.co_filename).unlink()
    linecache.checkcache()
    assert linecache.getline(code.co_filename, 2) == "    return 1\n"


def test_tracebacks_and_pdb_show_the_printed_line():
    grad_f = make({}, CellType(1.0))["grad_f"]
    with pytest.raises(NameError) as caught:
        grad_f(1.0)
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.name, frame.line, frame.lineno) == ("grad_f", "total += k * value * factor", 9)
    assert Path(frame.filename).name.startswith("grad_f")
    assert pdb.Pdb().canonic(frame.filename) and Path(frame.filename).read_text() == TEXT


def test_files_are_private_and_named_after_the_function():
    names = [Path(compile_text("x = 1\n", name).co_filename) for name in ("<lambda>", "a b", "a b", "a_b_1")]
    assert [path.name for path in names[:3]] == ["lambda.py", "a_b.py", "a_b_1.py"] and len(set(names)) == 4
    assert stat.S_IMODE(os.stat(names[0].parent).st_mode) == 0o700 or sys.platform == "win32"


def test_binding_a_compiled_text_again_takes_microseconds():
    text = "def f(x):\n    return np.sin(x) * k\n"
    compiled = compile_module(text, "f", {"f": ["k"]}, {"np": np})
    user = {}
    first, second = (compiled.functions({"f": Binding(user, {"k": CellType(k)})})["f"] for k in (1.0, 2.0))
    assert second(1.0) == 2 * first(1.0) and first.__code__ is second.__code__
    spec = {"f": Binding(user, {"k": CellType(1.0)})}
    assert min(timeit.repeat(lambda: compiled.functions(spec), number=100, repeat=5)) / 100 < 50e-6


@pytest.mark.parametrize("text", ["import scipy\n", "from math import sin, cos\n", "x = 1\n"])
def test_text_that_cannot_be_bound_is_refused(text):
    with pytest.raises(ValueError, match="generated text"):
        bind(text, "f", {}, {"sin": None})


def test_future_imports_and_zero_argument_super():
    text = "from __future__ import annotations\n\n\ndef f(self):\n    return super().f() + 1\n"

    class A:
        def f(self):
            return 1

    class B(A):
        pass

    f = bind(text, "f", {"f": Binding({}, {"__class__": CellType(B)})}, {})["f"]
    assert f(B()) == 2
