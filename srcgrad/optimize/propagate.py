"""Names that stand for a literal or for another name are replaced by it: `t_bar = y_bar; x_bar = t_bar * a`.

The definitions stay, for `dead` to remove where nothing reads them any more. A name is replaced as long as neither it
nor what it stands for is bound anew; into loops only what the loop does not bind.
"""

from __future__ import annotations

from collections.abc import Callable

import gast

from .trees import BLOCKS, captured, map_children, names, walk, with_fields, writes

COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp, gast.Lambda)
FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)


def propagate(
    body: list[gast.stmt],
    may_replace: Callable[[str, gast.expr], bool],
    simplify: Callable[[gast.stmt], gast.stmt] = lambda stmt: stmt,
) -> list[gast.stmt]:
    """`body` with the names that `may_replace(name, value)` tells replaced by the literal or name that they stand for.

    Statements that this changes go through `simplify`.

    >>> def show(text):
    ...     print(gast.unparse(gast.Module(propagate(gast.parse(text).body, lambda name, value: True), [])).strip())
    >>> show("a = b; c = a * 2; b = 3; d = a * b")
    a = b
    c = b * 2
    b = 3
    d = a * 3
    >>> show("a = 1.0\\nfor i in x:\\n    b = a * i\\n    a = a")
    a = 1.0
    for i in x:
        b = 1.0 * i

    What has items is no number, whatever is known: such code is never reached, and Python warns of `1.0[0]`.

    >>> show("a = 1.0; b = a[0]")
    a = 1.0
    b = a[0]
    """
    kept = captured(body)
    replaceable = lambda name, value: name not in kept and may_replace(name, value)  # noqa: E731
    return _Propagator(replaceable, kept, simplify).block(without_idle_copies(body), Known())


class _Propagator:
    def __init__(self, may_replace, captured, simplify):
        self.may_replace, self.captured, self.simplify = may_replace, captured, simplify

    def block(self, body, known):
        """The statements of one block; `known` tells what each name stands for, and is brought up to date."""
        done = []
        for stmt in body:
            stmt = self.statement(stmt, known)
            if stmt is not None:
                done.append(stmt)
        return done

    def statement(self, stmt, known):
        if isinstance(stmt, FUNCTIONS):
            forget(known, {stmt.name})
            return stmt
        if isinstance(stmt, gast.If):
            test, other = replaced(stmt.test, known), Known(known)
            forget(known, writes(stmt.test))
            forget(other, writes(stmt.test))
            body, orelse = self.block(stmt.body, known), self.block(stmt.orelse, other)
            for name in [n for n, value in known.items() if not same(other.get(n), value)]:
                del known[name]
            return with_fields(stmt, test=test, body=body or [gast.Pass()], orelse=orelse)
        if any(isinstance(getattr(stmt, name, None), list) for name in BLOCKS):
            return self.compound(stmt, known)
        value = getattr(stmt, "value", None)
        new = map_children(stmt, lambda part: replaced(part, known))
        new = self.simplify(new) if new is not stmt else new
        forget(known, writes(stmt))
        if isinstance(stmt, gast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name):
            self.learn(stmt.targets[0].id, new.value if value is not None else None, known)
        return new

    def compound(self, stmt, known):
        """A loop, a `with` and all else with blocks: what is bound in them is not known in them, nor behind."""
        fields = {}
        if isinstance(stmt, (gast.For, gast.AsyncFor)):
            fields["iter"] = replaced(stmt.iter, known)
        forget(known, writes(stmt))
        if isinstance(stmt, gast.While):
            fields["test"] = replaced(stmt.test, known)
        if isinstance(stmt, (gast.For, gast.AsyncFor, gast.While, gast.With)):
            fields["body"] = self.block(stmt.body, Known(known)) or [gast.Pass()]
        return with_fields(stmt, **fields)

    def learn(self, name, value, known):
        if isinstance(value, gast.Name) and (value.id == name or value.id in self.captured):
            return
        if is_literal(value) or isinstance(value, gast.Name):
            if self.may_replace(name, value):
                known[name] = value
                if isinstance(value, gast.Name):
                    known.sources.add(value.id)


def is_literal(node) -> bool:
    """True for numbers, with a sign or without."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        node = node.operand
    return isinstance(node, gast.Constant) and type(node.value) in (int, float)


def same(a, b) -> bool:
    return a is b or isinstance(a, gast.Name) and isinstance(b, gast.Name) and a.id == b.id


def forget(known, bound):
    """Drop what a statement that binds these names makes unknown."""
    for name in bound & known.keys():
        del known[name]
    if not bound.isdisjoint(known.sources):
        for name in [n for n, v in known.items() if isinstance(v, gast.Name) and v.id in bound]:
            del known[name]
        known.sources -= bound


class Known(dict):
    """What names stand for; `sources` holds every name that one of them may stand for."""

    def __init__(self, known: Known | None = None):
        super().__init__(known or {})
        self.sources = set() if known is None else set(known.sources)


def replaced(node, known):
    """`node` with the names read in it replaced, but for blocks of statements and functions."""
    if not known or not names(node, gast.Load) & known.keys():
        return node
    return _replaced(node, known)


def _replaced(node, known):
    if isinstance(node, COMPREHENSIONS):  # they have names of their own
        return node
    if isinstance(node, gast.Name):
        return known[node.id] if isinstance(node.ctx, gast.Load) and node.id in known else node
    owner = node.value if isinstance(node, gast.Subscript) and is_literal(known.get(name_of(node.value))) else None
    return map_children(node, lambda part: part if part is owner else _replaced(part, known))


def name_of(node) -> str | None:
    return node.id if isinstance(node, gast.Name) else None


def without_idle_copies(body):
    """`body` without statements `x = x`, at any depth of loops and branches."""
    kept = [stmt for stmt in body if not is_idle(stmt)]
    return [inside(stmt) if hasattr(stmt, "body") and not isinstance(stmt, FUNCTIONS) else stmt for stmt in kept]


def inside(stmt):
    parts = {name: getattr(stmt, name) for name in ("body", "orelse") if getattr(stmt, name, None)}
    if not any(is_idle(node) for part in parts.values() for node in walk(part)):
        return stmt
    return with_fields(
        stmt, **{name: without_idle_copies(part) or [gast.Pass()] * (name == "body") for name, part in parts.items()}
    )


def is_idle(stmt) -> bool:
    if not isinstance(stmt, gast.Assign) or len(stmt.targets) != 1:
        return False
    target, value = stmt.targets[0], stmt.value
    return isinstance(target, gast.Name) and isinstance(value, gast.Name) and target.id == value.id
