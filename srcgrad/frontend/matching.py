"""Which node of a file's syntax tree a code object was compiled from: proved by compiling the text again, not guessed.

The text is compiled and searched for a code object equal to the one at hand: same instructions, names and constants
at the same lines and columns. Where there is one, the text is that of the function, and the columns of its
instructions tell apart even the lambdas of one line. Where there is none, the text belongs to something else, with one
exception: a tool such as pytest that rewrites `assert` changes the code and leaves the text true.
"""

from __future__ import annotations
import __future__

import ast
import dis
import functools
import inspect
import sys
import types
import warnings
from collections import defaultdict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Span = tuple[int, int, int, int]  # line, column, end line, end column; columns in bytes, as Python counts them

# What `from __future__` or the surroundings of exec'd text switch on; nested_scopes shares its bit with "is nested".
_FUTURES = functools.reduce(
    lambda flags, name: flags | getattr(__future__, name).compiler_flag,
    [name for name in __future__.all_feature_names if name not in ("nested_scopes", "generators")],
    0,
)


@dataclass(frozen=True)
class Found:
    """A function's node, not to be changed, and the class (if any) whose name its `__private` names carry."""

    node: Function
    private: str


@dataclass(frozen=True)
class Module:
    """A text compiled and parsed: its code objects by name and line, its functions by line. Nothing here is changed."""

    lines: tuple[str, ...]
    codes: dict[tuple[str, int], list[types.CodeType]]
    functions: dict[tuple[bool, int], list[Found]]  # key: is it a lambda, and the line of its code object

    def find(self, code: types.CodeType) -> Found | None:
        """The function of this text that `code` was compiled from; None where no function proves to be the one."""
        candidates = self.functions[code.co_name == "<lambda>", code.co_firstlineno]
        candidates = [found for found in candidates if _parameters_of(found) == _parameters(code)]
        twins = self.codes[code.co_name, code.co_firstlineno]
        if any(_identity(twin) == _identity(code) for twin in twins):
            return _the_one(candidates, code)
        rewritten = [found for found in candidates if any(_same_but_asserts(found, code, twin) for twin in twins)]
        return _the_one(rewritten, code)


def module_of(text: str, code: types.CodeType) -> Module | None:
    """`text` compiled under the future statements that `code` was compiled under; None if it is no valid Python."""
    return _compiled(text, code.co_flags & _FUTURES)


@functools.lru_cache(maxsize=32)
def _compiled(text: str, flags: int) -> Module | None:
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # as notebooks do; changes nothing inside functions
    with warnings.catch_warnings(), deep_recursion():
        warnings.simplefilter("ignore")  # they were given when the user's code was compiled
        try:
            code = compile(text, "<source>", "exec", flags, dont_inherit=True)
            tree = compile(text, "<source>", "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        except (SyntaxError, ValueError):  # ValueError: a null byte
            return None
    return Module(tuple(text.split("\n")), _index_of_codes(code), _index_of_functions(tree))


@contextmanager
def deep_recursion(limit: int = 50_000) -> Iterator[None]:
    """Room for code that recurses once per level of an expression: a sum of 1,000 terms has 1,000 levels."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, limit))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _index_of_codes(code: types.CodeType) -> dict[tuple[str, int], list[types.CodeType]]:
    index = defaultdict(list)
    stack = [code]
    while stack:
        code = stack.pop()
        index[code.co_name, code.co_firstlineno].append(code)
        stack += [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return index


def _index_of_functions(tree: ast.Module) -> dict[tuple[bool, int], list[Found]]:
    index = defaultdict(list)
    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        node, private = stack.pop()
        if isinstance(node, Function):
            decorators = getattr(node, "decorator_list", [])
            line = decorators[0].lineno if decorators else node.lineno
            index[isinstance(node, ast.Lambda), line].append(Found(node, private))
        if isinstance(node, ast.ClassDef):
            stack += [(child, node.name) for child in node.body]
            outside = [*node.decorator_list, *node.bases, *node.keywords]
            stack += [(child, private) for child in outside]
        else:
            stack += [(child, private) for child in ast.iter_child_nodes(node)]
    return index


def _the_one(candidates: list[Found], code: types.CodeType) -> Found | None:
    """The candidate whose body `code` runs. At most one `def` starts on a line; lambdas are told apart by columns."""
    if len(candidates) <= 1 or code.co_name != "<lambda>":
        return candidates[0] if len(candidates) == 1 else None
    spans = _spans(code)
    if not spans:  # Python 3.12 gives `lambda: 1` no columns, and -X no_debug_ranges gives none at all
        same = [found for found in candidates if _alone_equals(found, code)]
        return same[0] if same else None
    # The code of an outer lambda makes the inner one, an instruction that spans more than the inner's body.
    around = [found for found in candidates if all(_contains(_span(found.node.body), span) for span in spans)]
    around.sort(key=lambda found: _span(found.node.body)[:2], reverse=True)
    if len(around) > 1 and _span(around[0].node.body) == _span(around[1].node.body):
        return None
    return around[0] if around else None


def _alone_equals(found: Found, code: types.CodeType) -> bool:
    """Whether a lambda compiled by itself does what `code` does: one that does is as good as the lambda itself."""
    module = compile(ast.Expression(found.node), "<source>", "eval", dont_inherit=True)
    alone = next(const for const in module.co_consts if isinstance(const, types.CodeType))
    said, wanted = ((c.co_code, c.co_names, c.co_freevars, _constant(c.co_consts)) for c in (alone, code))
    return said == wanted


def _span(node: ast.expr) -> Span:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _contains(outer: Span, inner: Span) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def _spans(code: types.CodeType) -> list[Span]:
    """Where the instructions of `code` come from, those of the prologue (of no width) left out."""
    spans = [(line, start, end_line, end) for line, end_line, start, end in code.co_positions() if end]
    return [span for span in spans if span[:2] != span[2:]]


def _parameters(code: types.CodeType) -> tuple:
    """The names of the parameters in the order of a code object's variables, and how many there are of each sort."""
    stars = code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    total = code.co_argcount + code.co_kwonlyargcount + stars.bit_count()
    return code.co_varnames[:total], code.co_posonlyargcount, code.co_argcount, code.co_kwonlyargcount, stars


def _parameters_of(found: Found) -> tuple:
    """The same of a node."""
    args = found.node.args
    plain = [*args.posonlyargs, *args.args]
    star = [arg for arg in (args.vararg, args.kwarg) if arg]
    names = tuple(mangled(arg.arg, found.private) for arg in [*plain, *args.kwonlyargs, *star])
    stars = inspect.CO_VARARGS * bool(args.vararg) | inspect.CO_VARKEYWORDS * bool(args.kwarg)
    return names, len(args.posonlyargs), len(plain), len(args.kwonlyargs), stars


def mangled(name: str, private: str) -> str:
    """What `name` is called in the body of class `private` (or of none, where that is empty).

    >>> mangled("__w", "_Model"), mangled("__init__", "_Model"), mangled("__w", "")
    ('_Model__w', '__init__', '__w')
    """
    private = private.lstrip("_")
    if not private or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    return f"_{private}{name}"


def _identity(code: types.CodeType) -> Hashable:
    """All that a code object says, its file's name aside: equal exactly if the same text at the same place made both.

    Not `code == code`, which differs with the instrumentation of debuggers and, in Python 3.11, ignores columns.
    """
    names = code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    return names, code.co_flags, code.co_code, _constant(code.co_consts), tuple(code.co_positions())


def _constant(value: Any) -> Hashable:
    """A key that tells 1 from 1.0 and True, 0.0 from -0.0, and code objects by what they say."""
    if isinstance(value, types.CodeType):
        return _identity(value)
    if isinstance(value, tuple):
        return tuple(_constant(item) for item in value)
    if isinstance(value, frozenset):
        return frozenset(_constant(item) for item in value)
    return type(value), repr(value) if isinstance(value, float | complex) else value


def _same_but_asserts(found: Found, code: types.CodeType, twin: types.CodeType) -> bool:
    """Whether `code` is `twin`, the code of `found`, with nothing but its `assert` statements rewritten."""
    asserts = [_span(node) for node in ast.walk(found.node) if isinstance(node, ast.Assert)]
    known = {*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars}
    return bool(asserts) and known.issuperset(twin.co_names) and _outside(code, asserts) == _outside(twin, asserts)


def _outside(code: types.CodeType, spans: list[Span]) -> Hashable:
    """The operations of `code` and their places, apart from what lies in `spans` and from jumps over these."""
    operations = set()
    for op in dis.get_instructions(code):
        line, end_line, start, end = op.positions
        place = (line, start, end_line, end)
        if not end or op.opcode in _JUMPS or op.opname in ("NOP", "EXTENDED_ARG"):
            continue
        if not any(_contains(span, place) for span in spans):
            operations.add((_operation(op, spans), place))
    return code.co_name, _parameters(code), frozenset(operations)


_JUMPS = {*dis.hasjrel, *dis.hasjabs}


def _operation(op: dis.Instruction, spans: list[Span]) -> Hashable:
    if isinstance(op.argval, types.CodeType):
        return _outside(op.argval, spans)
    if op.opcode in dis.hasconst:
        return _constant(op.argval)
    if op.opcode in dis.haslocal:  # whether a variable may be unbound, which an assert can decide, makes two opcodes
        return op.opname.partition("_")[0], op.argval
    return op.opname, op.argval if op.opcode in dis.hasname else op.argrepr
