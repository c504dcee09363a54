"""From printed text to functions: compiled with a real file behind them, bound live to the user's names.

The text is a complete module. When run here, though, each of its functions sees the globals and closure cells of the
user's function that it stems from, and takes the imported helpers and its sibling functions as closure variables. So
the user's namespaces are read when the primal would read them, and nothing is ever written to them.
"""

from __future__ import annotations

import ast
import atexit
import linecache
import os
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CellType, CodeType, FunctionType
from typing import Any

from .stack import with_deep_stack

FACTORY = "__factory__"


@dataclass(frozen=True)
class Binding:
    """What one generated function takes from the user's: its globals, closure cells by name, and default arguments."""

    globals: dict[str, Any]
    cells: Mapping[str, CellType] = field(default_factory=dict)
    defaults: tuple | None = None
    kwdefaults: dict[str, Any] | None = None


@dataclass(frozen=True)
class Compiled:
    """A compiled text; `functions` binds it, in microseconds, as often as there are closures to bind it to."""

    text: str
    filename: str
    codes: Mapping[str, CodeType]
    helpers: Mapping[str, CellType]

    def functions(self, specs: Mapping[str, Binding]) -> dict[str, FunctionType]:
        """The functions of the text by name, each bound as `specs` says; they see each other."""
        siblings = {name: CellType() for name in self.codes}
        for name, code in self.codes.items():
            spec = specs[name]
            closure = tuple(
                spec.cells[free] if free in spec.cells else siblings[free] if free in siblings else self.helpers[free]
                for free in code.co_freevars
            )
            function = FunctionType(code, spec.globals, name, spec.defaults, closure)
            function.__kwdefaults__ = dict(spec.kwdefaults) if spec.kwdefaults else None
            siblings[name].cell_contents = function
        return {name: cell.cell_contents for name, cell in siblings.items()}


def bind(text: str, name: str, specs: Mapping[str, Binding], helpers: Mapping[str, Any]) -> dict[str, FunctionType]:
    """The functions of `text` bound as `specs` says; `helpers` are the objects that its import lines name.

    >>> text = "import numpy as np\\n\\n\\ndef area(r):\\n    return pi * np.square(r)\\n"
    >>> user = {"pi": 3}
    >>> area = bind(text, "area", {"area": Binding(user)}, {"np": __import__("numpy")})["area"]
    >>> int(area(2)), sorted(user)
    (12, ['pi'])
    """
    return compile_module(text, name, {key: spec.cells for key, spec in specs.items()}, helpers).functions(specs)


def compile_module(text: str, name: str, cells: Mapping[str, Iterable[str]], helpers: Mapping[str, Any]) -> Compiled:
    """Compile `text` for binding; `cells` names, for each of its functions, the user's closure variables.

    Raises ValueError when the text imports a name that is not in `helpers`, or holds more than imports and functions.
    """
    filename = write_source(text, name)
    codes = with_deep_stack(_codes, text, filename, cells, helpers)
    return Compiled(text, filename, codes, {key: CellType(value) for key, value in helpers.items()})


def compile_text(text: str, name: str) -> CodeType:
    """The code object of the module `text`, with a file behind it that debuggers and tracebacks show."""
    filename = write_source(text, name)
    return with_deep_stack(lambda: compile(text, filename, "exec", dont_inherit=True))


def _codes(text, filename, cells, helpers):
    """The code of each top-level function, compiled where helpers, siblings and the user's cells are free variables."""
    tree = ast.parse(text, filename)
    functions = [stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef)]
    future = [stmt for stmt in tree.body if isinstance(stmt, ast.ImportFrom) and stmt.module == "__future__"]
    for stmt in tree.body:
        if stmt not in functions and stmt not in future:
            _check_import(stmt, helpers)
    shared = {*helpers, *(function.name for function in functions)}
    factories = [_factory(function, sorted(shared.union(cells.get(function.name, ())))) for function in functions]
    module = compile(ast.Module([*future, *factories], []), filename, "exec", dont_inherit=True)
    outer = [const for const in module.co_consts if isinstance(const, CodeType)]
    inner = [next(const for const in code.co_consts if isinstance(const, CodeType)) for code in outer]
    return {code.co_name: _with_plain_qualname(code) for code in inner}


def _check_import(stmt, helpers):
    if isinstance(stmt, (ast.Import, ast.ImportFrom)):
        bound = {(alias.asname or alias.name).split(".")[0] for alias in stmt.names}
        if bound <= set(helpers):
            return
        raise ValueError(f"generated text imports what it was not given: {', '.join(sorted(bound - set(helpers)))}")
    if not (isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant)):
        raise ValueError(f"generated text may hold imports and functions only, not: {ast.unparse(stmt)}")


def _factory(function, free):
    """`def __factory__(<free>): <function>`, where the function itself keeps every position it has in the text.

    Decorators, defaults and annotations are the factory's business and never run, so they are left out.
    """
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    for argument in [*every, function.args.vararg, function.args.kwarg]:
        if argument is not None:
            argument.annotation = None
    function.returns, function.decorator_list = None, []
    function.args.defaults = [ast.Constant(None) for _ in function.args.defaults]
    function.args.kw_defaults = [default and ast.Constant(None) for default in function.args.kw_defaults]
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg(name) for name in free], kwonlyargs=[], kw_defaults=[],
                              defaults=[])  # fmt: skip
    factory = ast.FunctionDef(FACTORY, arguments, [function], [])
    ast.copy_location(factory, function)
    if "type_params" in ast.FunctionDef._fields:
        factory.type_params = []
    return ast.fix_missing_locations(factory)


def _with_plain_qualname(code):
    """`code`, and the code nested in it, under the qualified names that the text gives them."""
    consts = tuple(_with_plain_qualname(const) if isinstance(const, CodeType) else const for const in code.co_consts)
    return code.replace(co_consts=consts, co_qualname=code.co_qualname.removeprefix(f"{FACTORY}.<locals>."))


# Files ----------------------------------------------------------------------------------------------------------------

_lock = threading.Lock()
_directories: dict[int, Path] = {}  # by process id: a forked child has a directory of its own
_counts: dict[str, int] = {}


def write_source(text: str, name: str) -> str:
    """The path of a new file that holds `text`: `<name>.py`, `<name>_1.py`, ... in a private temporary directory.

    `linecache` knows it too, under a form that `linecache.checkcache` keeps after the file is gone.
    """
    stem = re.sub(r"\W+", "_", name).strip("_") or "generated"
    with _lock:
        path = _directory() / f"{_free_stem(stem)}.py"
    path.write_text(text, encoding="utf-8")
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))
    return str(path)


def _free_stem(stem):
    """`stem` with the next number that makes it unique in this process."""
    while True:
        count = _counts.get(stem, 0)
        _counts[stem] = count + 1
        candidate = f"{stem}_{count}" if count else stem
        if not count or candidate not in _counts:
            _counts.setdefault(candidate, 1)
            return candidate


def _directory() -> Path:
    """This process's directory, made (readable by its user alone) when it is first asked for, removed at exit."""
    process = os.getpid()
    if process not in _directories:
        import tempfile  # slow to import, and derivatives may never be asked for

        _directories[process] = Path(tempfile.mkdtemp(prefix="srcgrad-"))
        atexit.register(_remove, process)
    return _directories[process]


def _remove(process):
    if os.getpid() == process:
        import shutil

        shutil.rmtree(_directories[process], ignore_errors=True)
