"""Which variables may show each other's writes, from the text alone: `for row in rows`, `q = xs or []`, `t = (xs, ys)`.

An edge (targets, sources) says that a target may refer to, or hold, what a source refers to or holds. Anything that
is not known to be new shares; the order of statements is ignored.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import gast
import numpy as np

from ..rules import memory, registry
from .build import COMPREHENSIONS, names_loaded, names_stored, parameters, roots, walk
from .methods import INACTIVE_ATTRIBUTES, MUTATORS, PURE_METHODS
from .scope import MISSING

DISPLAYS = (gast.List, gast.Tuple, gast.Set, gast.Dict, *COMPREHENSIONS)
FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda)
NOTHING = (gast.Constant, gast.Compare, gast.JoinedStr, gast.UnaryOp)


class Sharing:
    """The edges of a tree, and the names through which its statements write."""

    def __init__(self, tree, scope):
        self.scope = scope
        parts = tree if isinstance(tree, list) else [tree]
        self.nodes = [node for part in parts for node in walk(part)]
        self.lists = self.known_lists()
        self.counters = self.known_counters()
        self.edges = [(t, s - t) for node in self.nodes for t, s in self.edges_of(node) if t and s - t]

    def seen_writes(self) -> Iterator[tuple[set[str], set[str]]]:
        """(sources, targets) for each edge through which a write may be seen: what a target gets its sources get."""
        written = reached(self.edges, self.written())
        return ((sources, targets) for targets, sources in self.edges if not targets.isdisjoint(written))

    def known_lists(self) -> set[str]:
        """Names that are lists or dicts in the eyes of the text, whose sums and products hold what they hold."""
        found: set[str] = set()
        for node in self.nodes:
            if isinstance(node, gast.Assign) and isinstance(node.value, DISPLAYS):
                found |= {t.id for t in node.targets if isinstance(t, gast.Name)}
            elif isinstance(node, gast.Attribute) and node.attr in MUTATORS:
                found |= roots(node.value)
        return found

    def known_counters(self) -> set[str]:
        """Variables that nested functions assign, all of whose values are made of constants: they hold no object."""
        shared = {name for node in self.nodes if isinstance(node, gast.Nonlocal) for name in node.names}
        if not shared:
            return shared
        code = self.scope.function.__code__
        values: dict[str, list] = {name: [] for name in shared.difference(code.co_varnames[: code.co_argcount])}
        count = dict.fromkeys(values, 0)
        for node in self.nodes:
            for target in assigned_names(node):
                values.get(target, []).append(node.value)
            for name in bound_by(node) & values.keys():
                count[name] += 1
        found = {name for name in values if len(values[name]) == count[name] > 0}
        while True:
            plain = {name for name in found if all(is_counted(value, found) for value in values[name])}
            if plain == found:
                return found
            found = plain

    def written(self) -> set[str]:
        """Names through which an object may be written into."""
        found: set[str] = set()
        for node in self.nodes:
            if (
                isinstance(node, (gast.Subscript, gast.Attribute))
                and not isinstance(node.ctx, gast.Load)
                or isinstance(node, gast.Attribute)
                and node.attr in MUTATORS
            ):
                found |= self.shared(node.value)
            elif isinstance(node, gast.AugAssign):
                found |= self.stored(node.target)
            elif isinstance(node, gast.Call):
                found |= self.written_by_call(node)
        return found

    def written_by_call(self, node) -> set[str]:
        """What a call that is not known to write nothing may write into."""
        target = self.scope.resolve(node.func)
        if target is not MISSING and (is_known(target) or isinstance(target, type) and target.__module__ == "builtins"):
            return {name for k in node.keywords if k.arg == "out" for name in self.shared(k.value)}
        if target is MISSING and is_pure_method(node.func):
            return set()
        arguments = [*node.args, *(k.value for k in node.keywords)]
        receiver = self.shared(node.func) if target is MISSING else set()
        return receiver.union(*map(self.shared, arguments))

    def edges_of(self, node) -> Iterator[tuple[set[str], set[str]]]:
        if isinstance(node, (gast.Assign, gast.AnnAssign, gast.NamedExpr)) and node.value is not None:
            targets = node.targets if isinstance(node, gast.Assign) else [node.target]
            yield set().union(*map(self.stored, targets)), self.shared(node.value)
        elif isinstance(node, gast.AugAssign):
            if isinstance(node.value, DISPLAYS) or self.stored(node.target) & self.lists:
                yield self.stored(node.target), self.shared(node.value)
        elif isinstance(node, (gast.For, gast.AsyncFor, gast.comprehension)):
            yield self.stored(node.target), self.shared(node.iter)
        elif isinstance(node, gast.withitem):
            if node.optional_vars is not None:
                yield self.stored(node.optional_vars), self.shared(node.context_expr)
        elif isinstance(node, gast.Match):
            yield names_stored(node), self.shared(node.subject)
        elif isinstance(node, FUNCTIONS) and not isinstance(node, gast.Lambda):
            yield {node.name}, self.captured(node)
        elif isinstance(node, gast.Call):
            yield from self.edges_of_call(node)

    def edges_of_call(self, node):
        """`xs.append(ys)` puts `ys` into `xs`; a call of a variable passes its arguments on to what it captured."""
        if self.scope.resolve(node.func) is MISSING and not is_pure_method(node.func):
            arguments = [*node.args, *(k.value for k in node.keywords)]
            yield self.shared(node.func), set().union(*map(self.shared, arguments), set())

    def stored(self, target) -> set[str]:
        """The names that an assignment target binds, or into whose objects it writes."""
        if isinstance(target, (gast.Tuple, gast.List)):
            return set().union(*map(self.stored, target.elts), set())
        return self.shared(target)

    def captured(self, node) -> set[str]:
        """What a function may hand on: its captured variables and defaults."""
        inner = node.body if isinstance(node.body, list) else [node.body]
        defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
        names = names_loaded(inner) - set(parameters(node.args)) | names_loaded(defaults)
        return set(filter(self.may_be_written, names))

    def shared(self, expr) -> set[str]:
        """The names whose objects the value of `expr` may be, show or hold."""
        if isinstance(expr, gast.Name):
            return {expr.id} if self.may_be_written(expr.id) else set()
        if isinstance(expr, NOTHING) or isinstance(expr, gast.Attribute) and expr.attr in INACTIVE_ATTRIBUTES:
            return set()
        if isinstance(expr, (gast.Subscript, gast.Attribute, gast.Starred, gast.NamedExpr, gast.keyword)):
            return self.shared(expr.value)
        if isinstance(expr, gast.BinOp):
            return self.shared_by_operator(expr)
        if isinstance(expr, gast.IfExp):
            return self.shared(expr.body) | self.shared(expr.orelse)
        if isinstance(expr, gast.Call):
            return self.shared_by_call(expr)
        if isinstance(expr, gast.Lambda):
            return self.captured(expr)
        if isinstance(expr, COMPREHENSIONS):
            elements = [expr.key, expr.value] if isinstance(expr, gast.DictComp) else [expr.elt]
            return set().union(*map(self.shared, elements))
        return set().union(*(self.shared(child) for child in gast.iter_child_nodes(expr)), set())

    def may_be_written(self, name) -> bool:
        """False for a number that is counted, and for a global that is a module, a function or a class."""
        if name in self.counters:
            return False
        value = MISSING if name in self.scope.local else self.scope.value(name)
        return value is MISSING or not (
            inspect.ismodule(value) or inspect.isroutine(value) or isinstance(value, (type, np.ufunc))
        )

    def shared_by_operator(self, expr) -> set[str]:
        """Sums and products of lists, and unions of dicts, hold what their operands hold; those of numbers do not."""
        operands = (expr.left, expr.right)
        if not isinstance(expr.op, (gast.Add, gast.Mult, gast.BitOr)):
            return set()
        found = set().union(*map(self.shared, operands))
        return found if found & self.lists or any(isinstance(o, DISPLAYS) for o in operands) else set()

    def shared_by_call(self, expr) -> set[str]:
        target = self.scope.resolve(expr.func)
        if target is not MISSING and memory.makes_new(target):
            return set()
        found = set().union(*map(self.shared, [*expr.args, *(k.value for k in expr.keywords)]), set())
        if target is MISSING:
            found |= self.shared(expr.func)
        return found


def assigned_names(node) -> list[str]:
    """The names to which a node assigns its value."""
    targets = node.targets if isinstance(node, gast.Assign) else [getattr(node, "target", None)]
    plain = isinstance(node, (gast.Assign, gast.AugAssign, gast.NamedExpr))
    return [t.id for t in targets if isinstance(t, gast.Name)] if plain else []


def bound_by(node) -> set[str]:
    """The names that a node binds, by assignment or as a parameter, an import or a definition."""
    if isinstance(node, gast.Name):
        return {node.id} if not isinstance(node.ctx, gast.Load) else set()
    return names_stored(node) if not isinstance(node, (gast.stmt, gast.expr)) or is_definition(node) else set()


def is_definition(node) -> bool:
    return isinstance(node, (gast.FunctionDef, gast.ClassDef, gast.Import, gast.ImportFrom))


def is_counted(value, counters) -> bool:
    """True for arithmetic on constants and `counters`."""
    if isinstance(value, gast.BinOp):
        return is_counted(value.left, counters) and is_counted(value.right, counters)
    if isinstance(value, gast.UnaryOp):
        return is_counted(value.operand, counters)
    return isinstance(value, gast.Constant) or isinstance(value, gast.Name) and value.id in counters


def is_known(target) -> bool:
    """True for a function with a rule, or declared to have no derivative: it writes into none of its arguments."""
    if registry.has_rule(target) or memory.makes_new(target):
        return True
    try:
        return target in registry.constant or target in registry.observers
    except TypeError:
        return False


def is_pure_method(func) -> bool:
    return isinstance(func, gast.Attribute) and func.attr in PURE_METHODS


def reached(flows, seeds: set[str]) -> set[str]:
    """`seeds` and what they flow into, in time linear in `flows`: pairs (sources, targets).

    >>> sorted(reached([({"b"}, {"c"}), ({"a", "x"}, {"b"}), ({"d"}, {"e"})], {"a"}))
    ['a', 'b', 'c']
    """
    onward: dict[str, list] = {}
    for sources, targets in flows:
        for source in sources:
            onward.setdefault(source, []).append(targets)
    found, pending = set(seeds), list(seeds)
    while pending:
        for targets in onward.get(pending.pop(), ()):
            pending += targets - found
            found |= targets
    return found
