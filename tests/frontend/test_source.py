"""A function's source is its own, wherever its text is kept, with the places of its nodes; missing text is explained.

Most tests write a module into a file and import it, so that lines and columns are under the test's control.
"""

import __future__

import ast
import doctest
import functools
import gc
import importlib.util
import linecache
import os
import sys
import threading
import time
import warnings
import zipfile
import zipimport

import gast
import pytest

from srcgrad.errors import SourceNotFound
from srcgrad.frontend import source as source_module
from srcgrad.frontend.source import clone, source_of

ORIGINAL = "def f(x):\n    y = x * 2.0\n    return y\n"


def text_of(function):
    """The function's source, printed from its tree: on one line, so that it can be compared."""
    return ast.unparse(gast.gast_to_ast(source_of(function).tree()))


# Functions of every sort ---------------------------------------------------------------------------------------------

SORTS = """
import contextlib, functools
def plain(x, /, y=1.0, *args, k=2, **kwargs):
    return x + y
def outer(a):
    def inner(b):
        return a * b
    return inner
inner = outer(3)
def deco(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args) + 1
    return wrapper
def same(f, *_):
    return f
@deco
def wrapped(x):
    return x * x
undecorated = wrapped.__wrapped__
@same
@functools.partial(
    same
)
def decorated(x):
    return x * 2
class Model:
    factor = 2.0
    def method(self, x):
        return self.factor * x
    @classmethod
    def of_class(cls, x):
        return cls.factor + x
    @staticmethod
    def static(x):
        return x - 1
    @property
    def prop(self):
        return self.factor
    class Inner:
        def deep(self, x):
            return x / 2
async def coroutine(x):
    return await x
def generator(x):
    yield x
@contextlib.contextmanager
def manager(x):
    yield x
if True:
    def twice(x): return 2 * x
else:
    def twice(x): return x + x
def silent(): pass
def documented():
    'Only words.'
def with_globals():
    global counter
    counter = 1
def one_line(x): y = x; return y
method, of_class, static = Model.method, Model.of_class.__func__, Model.static
prop, deep, managed = Model.prop.fget, Model.Inner.deep, manager.__wrapped__
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plain", "def plain(x, /, y=1.0, *args, k=2, **kwargs):\n    return x + y"),
        ("inner", "def inner(b):\n    return a * b"),
        ("wrapped", "def wrapper(*args):\n    return f(*args) + 1"),
        ("undecorated", "def wrapped(x):\n    return x * x"),
        ("decorated", "def decorated(x):\n    return x * 2"),
        ("method", "def method(self, x):\n    return self.factor * x"),
        ("of_class", "def of_class(cls, x):\n    return cls.factor + x"),
        ("static", "def static(x):\n    return x - 1"),
        ("prop", "def prop(self):\n    return self.factor"),
        ("deep", "def deep(self, x):\n    return x / 2"),
        ("coroutine", "async def coroutine(x):\n    return await x"),
        ("generator", "def generator(x):\n    yield x"),
        ("managed", "def manager(x):\n    yield x"),
        ("twice", "def twice(x):\n    return 2 * x"),
        ("silent", "def silent():\n    pass"),
        ("documented", 'def documented():\n    """Only words."""'),
        ("with_globals", "def with_globals():\n    global counter\n    counter = 1"),
        ("one_line", "def one_line(x):\n    y = x\n    return y"),
    ],
)
def test_functions_are_found(module, name, text):
    assert text_of(getattr(module(SORTS), name)) == text


def local(x):
    return x + 1


def test_functions_of_a_module_rewritten_by_pytest_are_found():
    def nested(y):
        return y + 2

    assert text_of(local) == "def local(x):\n    return x + 1"
    assert text_of(nested) == "def nested(y):\n    return y + 2"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_a_function_with_type_parameters_is_found(module):
    loaded = module("def f[T](x: T) -> T:\n    return x\nclass C[T]:\n    def g[S](self, x: S): return (lambda: x)()\n")
    assert source_of(loaded.f).node.name == "f"
    assert source_of(loaded.C.g).node.name == "g"


# Trees and positions -------------------------------------------------------------------------------------------------


def test_a_tree_has_the_lines_of_the_file_and_no_decorators(module):
    tree = source_of(module(SORTS).decorated).tree()
    assert SORTS.split("\n")[tree.lineno - 1] == "def decorated(x):"
    assert tree.body[0].lineno == tree.lineno + 1
    assert tree.decorator_list == []


def test_trees_are_fresh():
    source = source_of(local)
    first, second = source.tree(), source.tree()
    assert gast.dump(first, include_attributes=True) == gast.dump(source.node, include_attributes=True)
    assert not {id(node) for node in gast.walk(first)} & {id(node) for node in gast.walk(second)}
    first.body.clear()
    assert second.body
    assert source.tree().body


def test_positions_name_file_line_and_span(module, monkeypatch, tmp_path):
    loaded = module("def loss(w):\n    ü = 'ä' * w\n    return sum([ü,\n        w])  # total\n")
    source = source_of(loaded.loss)
    product, total = source.node.body[0].value, source.node.body[1].value
    assert str(source.position(product.right)).split("\n")[1:] == [
        "      2 |     ü = 'ä' * w",
        "        |               ^",
    ]
    where = source.position(total)
    assert (where.line, where.text, where.column, where.end_column) == (3, "    return sum([ü,", 11, 18)
    assert where.function == "loss"
    assert where.filename == loaded.__file__
    monkeypatch.chdir(tmp_path)
    assert source.position(total).filename == "user_module.py"


def test_a_node_without_a_place_is_shown_by_its_parts(module):
    source = source_of(module("def f(x, y):\n    return [i for i in x]\n").f)
    assert source.position(source.node.args).line == 1
    assert source.position(source.node.body[0].value.generators[0]).text == "    return [i for i in x]"
    assert source.position(gast.Load()).text == "def f(x, y):"
    assert source.position().text == "def f(x, y):"
    made = gast.Name("z", gast.Load(), None, None)
    made.lineno = 2
    assert source.position(made).column == 4


def test_private_names_are_those_of_the_class(module):
    loaded = module("""
        class _Model:
            def __f(self, __x, *, __k=1):
                global __g
                __g = self.__w.__dict__
                import __future__ as __y, os.path
                def __h(y): return g(__k=__x), __x, lambda __z: __z, other.__w__
                class __Inner(__x):
                    a = __x
                    def m(self): return self.__v
                try: pass
                except E as __e: pass
                match y:
                    case [__m, *__r]: pass
            f = __f
        class _:
            def f(self): return self.__w
    """)
    node = source_of(loaded._Model.f).node
    printed = ast.unparse(gast.gast_to_ast(node))
    for text in [
        "def __f(self, _Model__x, *, _Model__k=1):",
        "global _Model__g",
        "_Model__g = self._Model__w.__dict__",
        "import __future__ as _Model__y, os.path",
        "def _Model__h(y):",
        "return (g(__k=_Model__x), _Model__x, lambda _Model__z: _Model__z, other.__w__)",
        "class _Model__Inner(_Model__x):",
        "a = _Inner__x",
        "return self._Inner__v",
        "except E as _Model__e:",
        "case [_Model__m, *_Model__r]:",
    ]:
        assert text in printed
    assert text_of(loaded._.f) == "def f(self):\n    return self.__w"


def test_deep_expressions_need_no_deep_stack(module):
    f = module("def f(x):\n    return " + " + ".join(["x"] * 1000) + "\n").f
    limit = sys.getrecursionlimit()
    tree = source_of(f).tree()
    assert sys.getrecursionlimit() == limit
    assert sum(isinstance(node, gast.BinOp) for node in gast.walk(clone(tree))) == 999


# Where texts come from -----------------------------------------------------------------------------------------------


def run(text, filename, flags=0, **names):
    exec(compile(text, filename, "exec", flags, dont_inherit=True), names)
    return names["f"]


def test_exec_is_found_where_linecache_knows_it(monkeypatch):
    text = "def f(x):\n    return 3 * x"
    monkeypatch.setitem(linecache.cache, "<generated 1>", (len(text), None, text.splitlines(True), "<generated 1>"))
    assert text_of(run(text, "<generated 1>")) == text


def test_the_prompt_is_found_where_linecache_knows_it(monkeypatch):
    text = "f = lambda x: x, lambda x: -x\n"
    names = {}
    exec(compile(text, "<python-input-7>", "single"), names)
    monkeypatch.setitem(linecache.cache, "<python-input-7>", (len(text), None, [text], "<python-input-7>"))
    assert [text_of(f) for f in names["f"]] == ["lambda x: x", "lambda x: -x"]


def test_a_notebook_cell_may_await(monkeypatch):
    text = "def f(x): return x\nif 0: await f(1)\n"
    monkeypatch.setitem(linecache.cache, "<cell>", (len(text), None, text.splitlines(True), "<cell>"))
    names = {}
    exec(compile(ast.parse("def f(x): return x"), "<cell>", "exec"), names)
    assert text_of(names["f"]) == "def f(x):\n    return x"


def test_doctests_are_found():
    text = ">>> def f(x):\n...     return x * 5\n>>> text_of(f)\n'def f(x):\\n    return x * 5'\n"
    test = doctest.DocTestParser().get_doctest(text, {"text_of": text_of}, "example", "example.txt", 0)
    out = []
    assert doctest.DocTestRunner().run(test, out=out.append).failed == 0, "".join(out)


def test_loaders_are_asked(tmp_path):
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as packed:
        packed.writestr("zipped_module.py", "def f(x):\n    return x / 7\n")
    spec = zipimport.zipimporter(str(tmp_path / "packed.zip")).find_spec("zipped_module")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    assert text_of(loaded.f) == "def f(x):\n    return x / 7"


def test_loaders_of_texts_without_a_file_are_asked():
    class Loader:
        def get_source(self, name):
            return {"in_memory": "def f(x): return x"}[name]

    assert text_of(run("def f(x): return x", "<memory>", __name__="in_memory", __loader__=Loader()))


@pytest.mark.parametrize("error", [ImportError, OSError])
def test_a_loader_that_knows_nothing_is_no_source(error):
    class Loader:
        def get_source(self, name):
            raise error(name)

    with pytest.raises(SourceNotFound):
        source_of(run("def f(x): return x", "<memory>", __name__="in_memory", __loader__=Loader()))


def test_functions_of_frozen_modules_are_found():
    assert os.makedirs.__code__.co_filename == "<frozen os>"
    assert source_of(os.makedirs).name == "makedirs"


def test_a_script_is_found_after_a_change_of_directory(module, monkeypatch, tmp_path):
    path = module("def f(x): return x\n").__file__
    monkeypatch.chdir("/")
    f = run("def f(x): return x\n", "user_module.py", __file__=path, __name__="__main__")
    assert text_of(f) == "def f(x):\n    return x"


def test_future_statements_of_the_surroundings_count(monkeypatch):
    text = "def f(x):\n    def g(y: undefined) -> undefined: return y\n    return g\n"
    monkeypatch.setitem(linecache.cache, "<future>", (len(text), None, text.splitlines(True), "<future>"))
    f = run(text, "<future>", __future__.annotations.compiler_flag)
    assert text_of(f(1)) == "def g(y: undefined) -> undefined:\n    return y"


def test_future_statements_of_the_file_count(module):
    loaded = module("from __future__ import annotations\ndef f(x: undefined) -> undefined:\n    return lambda: x\n")
    assert source_of(loaded.f).node.name == "f"
    assert text_of(loaded.f(1)) == "lambda: x"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig"])
def test_encodings_and_line_ends_change_nothing(tmp_path, encoding):
    cookie = "# -*- coding: latin-1 -*-" if encoding == "latin-1" else "#"
    path = tmp_path / "encoded.py"
    path.write_bytes(f"{cookie}\r\nf = lambda: 'ä\\\r\nö', lambda ü: ('ä', ü)\r\n\f\r\n".encode(encoding))
    spec = importlib.util.spec_from_file_location("encoded", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    assert [text_of(f) for f in loaded.f] == ["lambda: 'äö'", "lambda ü: ('ä', ü)"]
    where = source_of(loaded.f[1]).position()
    assert (where.line, where.text[where.column : where.end_column]) == (3, "lambda ü: ('ä', ü)")


def test_warnings_of_the_text_are_not_given_again(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f = module("def f(x):\n    assert (x, 'always')\n    return x is 1, '\\d'\n").f
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert source_of(f).name == "f"


# No text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filename", "why", "advice"),
    [
        ("<string>", "it was made from text that was not kept, by exec, eval or compile", "linecache.cache[name] ="),
        ("<stdin>", "it was typed at a prompt that does not keep what is typed", "use IPython"),
        ("/nowhere/gone.py", "its file is not there", "Put the .py file back"),
    ],
)
def test_missing_text_is_explained(filename, why, advice):
    with pytest.raises(SourceNotFound) as caught:
        source_of(run("def f(x): return x", filename))
    assert caught.value.what == f"the source of function 'f' is not known: {why}"
    assert f"  {filename}, line 1, in f\n" in str(caught.value)
    assert advice in caught.value.advice


@pytest.mark.parametrize(("f", "name"), [(len, "len"), (functools.lru_cache(local), "functools.local"), (3, "int")])
def test_what_is_no_python_function_is_refused(f, name):
    with pytest.raises(SourceNotFound, match="has no Python source: it is not a function written in Python"):
        source_of(f)


def test_a_function_made_inside_a_module_has_no_text_although_the_module_has(module):
    loaded = module(
        "from dataclasses import dataclass\nexec('def f(x): return x')\n@dataclass\nclass C:\n    x: float\n"
    )
    for function in (loaded.f, loaded.C.__init__):
        with pytest.raises(SourceNotFound, match="it was made from text that was not kept"):
            source_of(function)


# Cost ----------------------------------------------------------------------------------------------------------------


def test_a_second_look_up_costs_under_a_microsecond(module):
    make = module("def make(a):\n    return lambda x: a * x\n").make
    functions = [make(i) for i in range(10_000)]
    source = source_of(functions[0])

    def seconds():
        start = time.perf_counter()
        for f in functions:
            source_of(f)
        return time.perf_counter() - start

    assert all(source_of(f) is source for f in functions)
    assert min(seconds() for _ in range(5)) < 1e-6 * len(functions)


def test_sources_die_with_their_code(module):
    f = module(ORIGINAL).f
    source_of(f)
    key, known = id(f.__code__), source_module._known
    assert key in known
    del f
    gc.collect()
    assert key not in known


def test_eight_threads_find_one_source(module):
    f = module(ORIGINAL).f
    barrier, found = threading.Barrier(8), []

    def look_up():
        barrier.wait()
        found.append(source_of(f))

    threads = [threading.Thread(target=look_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(source) for source in found}) == 1
