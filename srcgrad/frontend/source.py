"""The source of a function: its text, its syntax tree, and where each node stands in the user's file.

    >>> source = source_of(mangled)
    >>> source.name, source.tree().name, source.position(source.node.args.args[0]).text
    ('mangled', 'mangled', 'def mangled(name: str, private: str) -> str:')

The text is captured at the first look-up and proved to be the function's own (see `matching`): a file that was edited
after it was imported is an error, never the source of another function.
"""

from __future__ import annotations

import ast
import linecache
import os
import threading
import types
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad.errors import Position, SourceNotFound, SrcgradError
from srcgrad.frontend.callables import describe_callable
from srcgrad.frontend.matching import Found, deep_recursion, mangled, module_of


@dataclass(frozen=True, eq=False)
class Source:
    """What a function was compiled from.

    `node` is its gast FunctionDef, AsyncFunctionDef or Lambda without decorators, with the line numbers of the file and
    with `__private` names as they are at run time; it is shared, so `tree()` gives a copy to work on. `lines` are those
    of the whole text, without line ends. A generated text has `stems`: its lines by those of the primal, and whose.
    """

    name: str
    filename: str
    lines: tuple[str, ...]
    node: gast.FunctionDef | gast.AsyncFunctionDef | gast.Lambda
    stems: tuple[dict[int, int], Source] | None = None

    def tree(self) -> gast.FunctionDef | gast.AsyncFunctionDef | gast.Lambda:
        """A copy of `node` that shares no node with it."""
        return clone(self.node)

    def position(self, node: gast.AST | None = None) -> Position:
        """Where `node` stands, or the first part of it that stands anywhere; by default the function itself."""
        places = (part for part in gast.walk(node or self.node) if getattr(part, "lineno", None))
        place = next(places, self.node)
        if self.stems is not None:
            return self.at_line(place.lineno)
        text = self.lines[place.lineno - 1] if place.lineno <= len(self.lines) else ""
        start, end = getattr(place, "col_offset", None), getattr(place, "end_col_offset", None)
        column = len(text) - len(text.lstrip()) if start is None else _characters(text, start)
        one_line = end is not None and place.end_lineno == place.lineno
        end_column = _characters(text, end) if one_line else len(text.rstrip())
        return Position(shown(self.filename), place.lineno, text, column, max(end_column, column + 1), self.name)

    def primal(self) -> Source:
        """What the user wrote, of which this is or stems from."""
        return self.stems[1].primal() if self.stems is not None else self

    def at_line(self, line: int) -> Position:
        """The line of the primal that a line of a generated text stems from, or the primal's first."""
        source: Source | None = self
        while source.stems is not None:
            lines, source = source.stems
            line = lines.get(line) or source.node.lineno
        text = source.lines[line - 1] if line <= len(source.lines) else ""
        column = len(text) - len(text.lstrip())
        return Position(shown(source.filename), line, text, column, max(len(text.rstrip()), column + 1), source.name)


_known: dict[int, tuple[weakref.ref[types.CodeType], Source]] = {}  # by id: equal code objects may be of two files
_lock = threading.RLock()  # the search sets process-wide things (warning filters, recursion limit) for its duration


def body_of(function) -> tuple[gast.arguments, list[gast.stmt]] | None:
    """The parameters and statements of a function, to be read only; None where its source is not known."""
    try:
        node = source_of(function).node
    except SrcgradError:
        return None
    return node.args, [gast.Return(node.body)] if isinstance(node, gast.Lambda) else node.body


def source_of(function: types.FunctionType) -> Source:
    """The source of a Python function, found once per code object.

    Raises SourceNotFound where there is none, or none that proves to be the function's.
    """
    code = getattr(function, "__code__", None)
    entry = _known.get(id(code))
    if entry is not None and entry[0]() is code:
        return entry[1]
    if not isinstance(function, types.FunctionType):
        raise SourceNotFound(
            f"{describe_callable(function)} has no Python source: it is not a function written in Python",
            advice="Write it in Python, or give it a derivative rule with srcgrad.extend.",
        )
    with _lock:
        entry = _known.get(id(code))  # another thread may have been first
        if entry is None or entry[0]() is not code:
            key = id(code)
            entry = _known[key] = weakref.ref(code, lambda ref: _forget(key, ref)), _search(function)
    return entry[1]


def position_in_primal(frame: types.FrameType | None) -> Position | None:
    """Where the innermost generated function on the stack stands in the user's source, or else in srcgrad's own."""
    own = None
    while frame is not None:
        entry = _known.get(id(frame.f_code))
        if entry is not None and entry[1].stems is not None:
            position = entry[1].at_line(frame.f_lineno)
            if not entry[1].primal().filename.startswith(PACKAGE):
                return position
            own = own or position
        frame = frame.f_back
    return own


PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def remember(code: types.CodeType, source: Source) -> None:
    """State the source of a code object that was compiled from more than its own text, as generated functions are."""
    key = id(code)
    _known[key] = weakref.ref(code, lambda ref: _forget(key, ref)), source


def _forget(key: int, ref: weakref.ref) -> None:
    if key in _known and _known[key][0] is ref:  # else the id has been taken by a newer code object
        del _known[key]


def _search(function: types.FunctionType) -> Source:
    code = function.__code__
    tried: list[str] = []
    for text in _texts(function):
        if text in tried:
            continue
        tried.append(text)
        module = module_of(text, code)
        found = module.find(code) if module else None
        if found:
            return Source(code.co_name, code.co_filename, module.lines, _as_gast(found))
    # A function made by exec inside a module has the module's text tried for it in vain, but no text of its own.
    known = code.co_filename not in SHARED and linecache.getlines(code.co_filename, function.__globals__)
    raise _stale(function) if known else _missing(function)


SHARED = ("<string>", "<stdin>")  # what Python 3.13 keeps under these is the text of `-c` or the last one typed


def _texts(function: types.FunctionType) -> Iterator[str]:
    """The texts that may be the one `function` was compiled from, the likeliest first, each as it is needed."""
    filename, names = function.__code__.co_filename, function.__globals__
    yield from _nonempty("".join(linecache.getlines(filename, names)))
    linecache.checkcache(filename)  # the copy it kept may be older than a reloaded module
    yield from _nonempty("".join(linecache.getlines(filename, names)))
    by_code = getattr(linecache, "_getlines_from_code", None)  # prompt and -c, in later releases of Python 3.13
    yield from _nonempty("".join(by_code(function.__code__) or ()) if by_code else "")
    yield from _nonempty(_loaded(names))
    path = names.get("__file__")
    if isinstance(path, str) and path.endswith(".py"):  # a frozen module, or a script after a change of directory
        yield from _nonempty("".join(linecache.getlines(path)))


def _loaded(names: dict[str, Any]) -> str | None:
    """What the module's loader says, such as one of a zip file, or of text under a name not looked up in linecache."""
    loader = getattr(names.get("__spec__"), "loader", None) or names.get("__loader__")
    if hasattr(loader, "get_source"):
        with suppress(ImportError, OSError, SyntaxError, UnicodeDecodeError):  # a loader that does not know the source
            return loader.get_source(names.get("__name__"))
    return None


def _nonempty(text: str | None) -> Iterator[str]:
    if text:
        yield text


def _as_gast(found: Found) -> Any:
    node = found.node
    if not isinstance(node, ast.Lambda):
        fields = {field: getattr(node, field) for field in node._fields}
        node = ast.copy_location(type(node)(**{**fields, "decorator_list": []}), node)
    with deep_recursion():
        tree = gast.ast_to_gast(node)
    _mangle(tree, found.private)
    return tree


def _mangle(tree: gast.AST, private: str) -> None:
    """Writes out the `__private` names of a method, which mean something else outside of the class's text."""
    stack = [(child, private) for child in gast.iter_child_nodes(tree)]
    while stack:
        node, private = stack.pop()
        if isinstance(node, gast.ClassDef):
            stack += [(child, node.name) for child in node.body]
            children = [*node.decorator_list, *node.bases, *node.keywords]
        else:
            children = gast.iter_child_nodes(node)
        stack += [(child, private) for child in children]
        _mangle_one(node, private)


def _mangle_one(node: gast.AST, private: str) -> None:
    for field in ("id", "attr", "name", "rest"):  # a keyword's `arg` stays as it is, in Python too
        name = getattr(node, field, None)
        if not isinstance(name, str):
            continue
        if isinstance(node, gast.alias):
            field, name = "asname", node.asname or name
            if mangled(name, private) == name:
                continue
        setattr(node, field, mangled(name, private))
    if isinstance(node, gast.Global | gast.Nonlocal):
        node.names = [mangled(name, private) for name in node.names]


def clone(tree: Any) -> Any:
    """A copy of a gast tree. Unlike `copy.deepcopy` it does not recurse, so expressions may be of any depth."""
    root = _shallow(tree)
    stack = [root]
    while stack:
        fields = vars(stack.pop())
        for name, value in fields.items():
            if isinstance(value, gast.AST):
                fields[name] = _shallow(value)
                stack.append(fields[name])
            elif isinstance(value, list):
                fields[name] = [_shallow(item) if isinstance(item, gast.AST) else item for item in value]
                stack += [item for item in fields[name] if isinstance(item, gast.AST)]
    return root


def _shallow(node: gast.AST) -> Any:
    new = type(node).__new__(type(node))
    vars(new).update(vars(node))
    return new


def shown(filename: str) -> str:
    """A file's name as messages show it: relative to the working directory where it lies in it."""
    here = os.path.join(os.getcwd(), "")
    return filename[len(here) :] if filename.startswith(here) else filename


def _characters(text: str, column: int) -> int:
    """A column in characters, from one in bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))


def _header(function: types.FunctionType) -> Position:
    """Where the function says it begins; what stands there now is not shown, for it may be another text."""
    code = function.__code__
    return Position(shown(code.co_filename), code.co_firstlineno, "", 0, 0, code.co_name)


def _stale(function: types.FunctionType) -> SourceNotFound:
    what = describe_callable(function)
    return SourceNotFound(
        f"the source of {what} is not to be trusted: the file has changed since it was imported",
        where=_header(function),
        advice="Restart Python, or reload the module. If the file is as it was, a tool has rewritten the function's\n"
        "code: leave it out of that tool, or give it a derivative rule with srcgrad.extend.",
    )


def _missing(function: types.FunctionType) -> SourceNotFound:
    filename = function.__code__.co_filename
    if filename == "<stdin>":
        why = "it was typed at a prompt that does not keep what is typed"
        advice = "Put it into a file, or use IPython or the prompt of Python 3.13."
    elif filename.startswith("<"):
        why = "it was made from text that was not kept, by exec, eval or compile"
        advice = (
            "Put it into a file, or keep the text where Python looks for it, under a name of its own:\n"
            "linecache.cache[name] = (len(text), None, text.splitlines(True), name); exec(compile(text, name, 'exec'))"
        )
    else:
        why = "its file is not there"
        advice = "Put the .py file back beside the compiled one, or give the function a derivative rule."
    what = f"the source of {describe_callable(function)} is not known: {why}"
    return SourceNotFound(what, where=_header(function), advice=advice)
