"""Break long lines of Python where a person would: outermost brackets first, at commas, then before weak operators."""

from __future__ import annotations

import ast
import io
import tokenize

OPERATORS = {",": 0, "for": 1, "if": 2, "else": 2, "or": 3, "and": 4, "+": 6, "-": 6, "*": 7, "/": 7, "@": 7}
OPERATORS |= dict.fromkeys(("==", "!=", "<", ">", "<=", ">=", "in", "is"), 5) | dict.fromkeys(("//", "%"), 7)
AFTER_BRACKET = 6.5
OPERANDS = ("NAME", "NUMBER", "STRING", "FSTRING_END")
SPREAD = (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp)
SKIPPED = ("FSTRING_START", "TSTRING_START")


def wrapped(text: str, width: int) -> str:
    """One statement's `text` with its lines broken to `width` where that is possible.

    >>> print(wrapped("y_bar = alpha * np.sin(x) + beta * np.cos(x)", 30))
    y_bar = (alpha * np.sin(x)
        + beta * np.cos(x))
    >>> print(wrapped("x_bar = unbroadcast(y_bar * np.cos(x), x)", 30))
    x_bar = unbroadcast(
        y_bar * np.cos(x), x)
    """
    first, *others = text.split("\n")
    if len(first) > width:
        first = _in_parentheses(text)
    return "\n".join(_broken(line, width) if len(line) > width else line for line in [first, *others])


def _in_parentheses(text):
    """The first line of `text` with the value or test of its statement put in parentheses, if it is an operation."""
    line = text.split("\n")[0]
    stmt = ast.parse(text).body[0]
    value = getattr(stmt, "value", None) or getattr(stmt, "test", None)
    if not isinstance(value, SPREAD) or value.end_lineno != 1:
        return line
    raw = line.encode()
    start, end = value.col_offset, value.end_col_offset
    return (raw[:start] + b"(" + raw[start:end] + b")" + raw[end:]).decode()


def _broken(line, width):
    margin = line[: len(line) - len(line.lstrip())]
    inner = margin + "    " * (2 if line.endswith(":") else 1)
    places, done, start, indent = _places(line), [], len(margin), margin
    while len(indent) + len(line) - start > width:
        ahead = [place for place in places if place[0] > start]
        fitting = [place for place in ahead if len(indent) + place[0] - start <= width] or ahead[:1]
        if not fitting:
            break
        cut = min(fitting, key=lambda place: (place[1], -place[0]))[0]
        done.append(indent + line[start:cut].rstrip())
        start, indent = cut + len(line[cut:]) - len(line[cut:].lstrip()), inner
    return "\n".join([*done, indent + line[start:]])


def _places(line):
    """Where the line may be broken: offsets in order, each with its rank, the lower the better."""
    places, depth, literal, operand = [], 0, 0, False
    try:
        for token in tokenize.generate_tokens(io.StringIO(line.lstrip()).readline):
            offset = token.start[1] + len(line) - len(line.lstrip())
            kind, text = tokenize.tok_name[token.type], token.string
            literal += (kind in SKIPPED) - (kind in ("FSTRING_END", "TSTRING_END"))
            if literal:
                continue
            if depth and text in OPERATORS and (operand or text.isalpha()):
                places.append((offset + (text == ","), (depth, OPERATORS[text])))
            depth += (text in "([{") - (text in ")]}") if kind == "OP" else 0
            if kind == "OP" and text in "([{":
                places.append((offset + 1, (depth, AFTER_BRACKET)))
            operand = kind in OPERANDS and text not in OPERATORS or text in (")", "]", "}")
    except (tokenize.TokenError, IndentationError):  # `else:` is no complete line
        pass
    return places
