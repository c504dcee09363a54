"""Nodes back to statements: the text of the forward sweep and of the reverse sweep, with a comment per section."""

from __future__ import annotations

import gast

from ..emit.constants import comment
from ..frontend.build import located
from .nodes import Branch, Loop, Scoped, Step, has_reverse


def forward(nodes) -> list:
    """The statements of the forward sweep."""
    out = []
    for node in nodes:
        if isinstance(node, Step):
            out.extend(node.forward)
        elif isinstance(node, Branch):
            body, orelse = forward(node.body), forward(node.orelse)
            rest = []
            if body and isinstance(body[-1], gast.Break):
                orelse, rest = [], orelse
            out += [located(gast.If(node.stmt.test, body or [gast.Pass()], orelse), node.stmt), *rest]
        elif isinstance(node, Loop):
            body = forward(node.body) or [gast.Pass()]
            if isinstance(node.stmt, gast.For):
                loop = gast.For(node.stmt.target, node.stmt.iter, body, [], None)
            else:
                loop = gast.While(node.stmt.test, body, [])
            out.append(located(loop, node.stmt))
        elif isinstance(node, Scoped):
            out.append(located(gast.With(node.stmt.items, forward(node.body) or [gast.Pass()], None), node.stmt))
    return out


def reverse(nodes) -> list:
    """The statements that undo `nodes`, last first."""
    out = []
    for node in reversed(nodes):
        out.extend(undo(node))
    return out


def undo(node) -> list:
    if isinstance(node, Step):
        return [*node.restored, *node.recomputed, *node.reverse]
    if isinstance(node, Branch):
        body = [*getattr(node, "start_body", []), *reverse(node.body), *node.reverse_body]
        orelse = [*getattr(node, "start_orelse", []), *reverse(node.orelse), *node.reverse_orelse]
        if not body and not orelse:
            return [*node.recomputed, *node.before]
        if not body:
            test = gast.UnaryOp(gast.Not(), node.stmt.test)
            return [*node.recomputed, *node.before, located(gast.If(test, orelse, []), node.stmt)]
        return [*node.recomputed, *node.before, located(gast.If(node.stmt.test, body, orelse), node.stmt)]
    if isinstance(node, Loop):
        body = [*node.start, *reverse(node.body), *node.end]
        if not has_reverse(node) or node.header is None:
            return [*node.recomputed, *node.before]
        target, iterable = node.header
        return [*node.recomputed, *node.before, located(gast.For(target, iterable, body, [], None), node.stmt)]
    body = reverse(node.body)
    if not body:
        return []
    return [located(gast.With(node.stmt.items, body, None), node.stmt)] if node.numerical else body


def sections(nodes, source, first_line) -> list:
    """The reverse sweep, each group of statements under a comment that names the primal lines that it undoes."""
    out, current = [], None
    for node in reversed(nodes):
        stmts = undo(node)
        if not stmts:
            continue
        at = node.at if isinstance(node, Step) else node.stmt
        lines = span(node, at)
        if lines is not None and lines != current:
            out.append(comment(label(lines, source, first_line)))
            current = lines
        out.extend(stmts)
    return out


def span(node, at):
    """(first, last) primal line of a node."""
    line = getattr(at, "lineno", 0)
    if not line:
        return None
    if isinstance(node, Step):
        return line, line
    found = [n.lineno for n in gast.walk(node.stmt) if getattr(n, "lineno", 0)]
    return line, max(found, default=line)


def label(lines, source, first_line) -> str:
    first, last = (max(n - first_line, 0) for n in lines)
    text = source.lines[lines[0] - 1].strip() if 0 < lines[0] <= len(source.lines) else ""
    text = text.removesuffix(":")
    text = text if len(text) <= 80 else text[:77] + "..."
    return f"line {first}: {text}" if first == last else f"lines {first}-{last}: {text}"
