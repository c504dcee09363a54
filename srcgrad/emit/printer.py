"""Print a gast tree as Python source, comments included, with the primal line of every printed line.

Each statement is printed by itself over astor, a compound one as its headers with its blocks printed between them. What
astor printed is parsed back; a statement that does not come back as the tree it was (`match`, `try*`, type parameters,
some f-strings: astor 0.8.1 is of 2019) is printed by `ast.unparse`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

import gast

from ..errors import InternalError
from ..optimize.trees import BLOCKS, is_comment, with_fields
from .stack import with_deep_stack
from .wrap import wrapped

WIDTH = 120
INDENT = "    "
QUOTES = '"""'
PASS = gast.Pass()
DEFINITIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)


@dataclass(frozen=True)
class Printed:
    """Source text, and for its line numbers those of the primal, where the printed nodes know them."""

    text: str
    lines: dict[int, int] = field(default_factory=dict)


def to_source(tree: gast.Module | list[gast.stmt]) -> Printed:
    """The source of a module or a list of statements, ending in a newline unless it is empty.

    >>> print(to_source(gast.parse("def f(x): return x if x>0 else -x")).text, end="")
    def f(x):
        return x if x > 0 else -x
    """
    body = tree.body if isinstance(tree, gast.Module) else tree
    return with_deep_stack(_to_source, body)


def _to_source(body):
    statements = list(_flattened(body, 0))
    texts = _statement_texts([_hollow(stmt) for stmt, _ in statements], [depth for _, depth in statements])
    layout = _Layout({id(stmt): text for (stmt, _), text in zip(statements, texts, strict=True)})
    layout.block(body, 0)
    return Printed("\n".join([*layout.text, ""]) if layout.text else "", layout.lines)


# The tree, statement by statement -------------------------------------------------------------------------------------


def _blocks(stmt) -> Iterator[tuple[gast.AST, list[gast.stmt]]]:
    """The statement lists directly in `stmt`, in the order in which they print, each with the node that heads it."""
    for name in BLOCKS:
        block = getattr(stmt, name, None)
        if not isinstance(block, list) or not block and name != "body":
            continue
        if name in ("handlers", "cases"):
            yield from ((part, part.body) for part in block)
        elif name == "orelse" and _is_elif(stmt):
            yield from _blocks(block[0])
        else:
            yield stmt, block


def _is_elif(stmt):
    return isinstance(stmt, gast.If) and len(stmt.orelse) == 1 and isinstance(stmt.orelse[0], gast.If)


def _flattened(body, depth):
    """Every statement that is printed by itself and its depth, an `elif` being part of its `if`; comments left out."""
    for stmt in body:
        if not is_comment(stmt):
            yield stmt, depth
            for owner, block in _blocks(stmt):
                yield from _flattened(block, depth + _indentation(owner))


def _indentation(owner):
    """How much deeper than its statement a block stands."""
    return 2 if isinstance(owner, gast.match_case) else 1


def _hollow(node):
    """`node` with each of its blocks replaced by `pass`."""
    fields = {}
    for name in BLOCKS:
        block = getattr(node, name, None)
        if not isinstance(block, list) or not block and name != "body":
            continue
        if name in ("handlers", "cases") or name == "orelse" and _is_elif(node):
            fields[name] = [_hollow(part) for part in block]
        else:
            fields[name] = [PASS]
    return with_fields(node, **fields) if fields else node


# Text of single statements, verified ----------------------------------------------------------------------------------


def _statement_texts(statements, depths):
    """The text of each statement, verified to parse back to it; all are parsed in one go where all is well."""
    trees = [gast.gast_to_ast(stmt) for stmt in statements]
    texts = [_fitted(_by_astor(tree), depth) for tree, depth in zip(trees, depths, strict=True)]
    parsed = _parse(texts)
    if parsed is not None and len(parsed) == len(trees) and all(map(_is_same, parsed, trees)):
        return texts
    return list(map(_verified, trees, texts, depths))


def _verified(tree, text, depth):
    for candidate in (text, _fitted(ast.unparse(tree), depth), ast.unparse(tree)):
        parsed = _parse([candidate])
        if parsed is not None and len(parsed) == 1 and _is_same(parsed[0], tree):
            return candidate
    raise InternalError(f"this statement prints as another one: {text}", tree=tree)


def _parse(texts):
    """The statements that the texts spell where they stand in an indented block; None for invalid syntax."""
    try:
        return ast.parse("\n".join(["if 1:", *(_indented(text, INDENT) for text in texts), ""])).body[0].body
    except (SyntaxError, ValueError):
        return None


def _is_same(a, b) -> bool:
    """True when two trees are equal, positions apart; literals are compared by type and spelling (1 is not 1.0)."""
    pairs = [(a, b)]
    while pairs:
        a, b = pairs.pop()
        if type(a) is not type(b):
            return False
        if isinstance(a, ast.AST):
            for name in a._fields:
                pairs.append((getattr(a, name, None), getattr(b, name, None)))
        elif isinstance(a, list):
            if len(a) != len(b):
                return False
            pairs.extend(zip(a, b, strict=True))
        elif a is not b and repr(a) != repr(b):
            return False
    return True


def _fitted(text, depth):
    """`text` with lines that would be too long at this depth broken; as it is where it cannot be parsed."""
    width = max(WIDTH - len(INDENT) * depth, WIDTH // 2)
    if max(map(len, text.split("\n"))) <= width or text.startswith(QUOTES):
        return text
    try:
        return wrapped(text, width)
    except (SyntaxError, ValueError):
        return text


def _indented(text, indent):
    """`text` with its lines indented, but for the inner lines of a docstring."""
    if text.startswith(QUOTES):
        return indent + text
    return "\n".join(indent + line if line else line for line in text.split("\n"))


def _docstring(tree):
    """The text of a string statement in triple quotes, where that spells it; None otherwise."""
    value = tree.value.value if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant) else None
    if not isinstance(value, str) or value[-1:] == '"' or "\\" in value or QUOTES in value:
        return None
    return QUOTES + value + QUOTES if value.replace("\n", "").isprintable() else None


def _by_astor(tree):
    """The text of one statement as astor prints it, or as `ast.unparse` does where astor fails."""
    from astor.code_gen import SourceGenerator  # not at import: it takes 10 ms

    if (docstring := _docstring(tree)) is not None:
        return docstring
    generator = SourceGenerator(INDENT, pretty_string=lambda text, *_, **__: repr(text))
    try:
        generator.visit(tree)
    except AttributeError:  # astor meets a node it has never heard of
        return ast.unparse(tree)
    return "".join(generator.result).strip("\n")


# Layout ---------------------------------------------------------------------------------------------------------------


class _Layout:
    """Puts the texts of statements together: indentation, comments, blank lines, and where each line came from."""

    def __init__(self, texts: dict[int, str]):
        self.texts = texts
        self.text: list[str] = []
        self.lines: dict[int, int] = {}

    def block(self, body, depth):
        for index, stmt in enumerate(body):
            self.separate(body, index, depth)
            self.statement(stmt, depth)
        if depth and all(map(is_comment, body)):
            self.put("pass", depth)

    def separate(self, body, index, depth):
        """Blank lines around definitions, two at module level; a comment in front of one belongs to it."""
        if not index or is_comment(body[index - 1]):
            return
        after = index
        while after < len(body) - 1 and is_comment(body[after]):
            after += 1
        if isinstance(body[index - 1], DEFINITIONS) or isinstance(body[after], DEFINITIONS):
            self.text += [""] * (1 if depth else 2)

    def statement(self, stmt, depth):
        if is_comment(stmt):
            for line in stmt.value.value.split("\n"):
                self.put(f"# {line}".rstrip(), depth)
            return
        text, blocks = self.texts[id(stmt)], list(_blocks(stmt))
        if not blocks:
            self.put(text, depth, getattr(stmt, "lineno", None))
            return
        heads = [stmt, *(owner for owner, _ in blocks[1:])]
        for index, (header, (owner, block)) in enumerate(zip(_headers(text), blocks, strict=True)):
            is_else = any(heads[index] is head for head in heads[:index])
            self.put(header, depth, None if is_else else _line(heads[index]))
            self.block(block, depth + _indentation(owner))

    def put(self, text, depth, line=None):
        start = len(self.text) + 1
        self.text += _indented(text, INDENT * depth).split("\n")
        if line is not None:
            self.lines.update(dict.fromkeys(range(start, len(self.text) + 1), line))


def _headers(text):
    """What stands in front of each block: the text of a hollow statement, cut where it says `pass`."""
    headers: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line in (INDENT + "pass", 2 * INDENT + "pass"):
            headers.append([])
        else:
            headers[-1].append(line)
    return ["\n".join(lines) for lines in headers[:-1]]


def _line(node):
    """The primal line that heads a block: that of the statement, handler, `elif`, or pattern of a `case`."""
    return getattr(node.pattern if isinstance(node, gast.match_case) else node, "lineno", None)
