"""Where the names of a function are stored and read, and which of them reach its result.

The analysis does not follow control flow: a name is useful when some read of it feeds, through any chain of
assignments, a result, a test, a call made for its effect, or an object that comes from outside.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

WIDTH = 105  # of what is folded: 110 as the emitter estimates it
COMPUTING = (ast.Call, ast.BinOp, ast.UnaryOp, ast.Subscript, ast.Attribute, ast.Compare)
PURE = {"np", "math", "unbroadcast", "broadcast", "zeros_like", "add", "project", "snapshot", "part", "pair"}
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
LOOPS = (ast.For, ast.While)
MUTATORS = {"append", "extend", "insert"}
FRESH = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Call, ast.List, ast.Dict, ast.ListComp, ast.DictComp, ast.Compare)


def functions_of(tree: ast.AST) -> list[ast.FunctionDef]:
    """All functions of a module, nested ones too."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those inside the functions that it defines."""
    stack = list(reversed(function.body))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, SCOPES):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def reads_of(*nodes: ast.AST | None) -> list[ast.Name]:
    """The reads of names inside `nodes`, functions and lambdas included."""
    found = [n for node in nodes if node is not None for n in ast.walk(node)]
    return [n for n in found if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]


def _base(node):
    """The name at the root of `x[i].y`, if it is one."""
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _targets(node):
    if isinstance(node, ast.Tuple | ast.List):
        return [leaf for item in node.elts for leaf in _targets(item)]
    return _targets(node.value) if isinstance(node, ast.Starred) else [node]


def _end(node):
    return node.end_lineno, node.end_col_offset


class Flow:
    """The stores and reads of one function.

    stores: name -> plain stores of it, reads: name -> reads other than those that only update it in place.
    """

    def __init__(self, function: ast.FunctionDef):
        self.function = function
        self.nodes = list(own_nodes(function))
        self.stores: dict[str, list[ast.Name]] = defaultdict(list)
        self.reads: dict[str, list[ast.Name]] = defaultdict(list)
        self.values: dict[str, list[ast.expr]] = defaultdict(list)  # what is assigned to a name as a whole
        self.loop_targets: set[str] = set()
        self.declared: set[str] = set()  # nonlocal or global: read elsewhere
        self.feeds: dict[str, set[str]] = defaultdict(set)  # name -> the names its value is made of
        self.parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
        self._collect_stores()
        updates = self._updates()
        self.mutated = {name for _, name in updates}  # what is made in several steps
        self._collect_reads(updates)
        self.useful = self._useful(updates)

    # collecting

    def _collect_stores(self):
        for node in self.nodes:
            if isinstance(node, ast.Nonlocal | ast.Global):
                self.declared.update(node.names)
            if isinstance(node, ast.For | ast.comprehension):
                self.loop_targets.update(leaf.id for leaf in _targets(node.target) if isinstance(leaf, ast.Name))
            if isinstance(node, ast.Assign):
                for leaf in (leaf for target in node.targets for leaf in _targets(target)):
                    if isinstance(leaf, ast.Name):
                        self.values[leaf.id].append(node.value)
            in_place = isinstance(self.parents.get(node), ast.AugAssign)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and not in_place:
                self.stores[node.id].append(node)

    def _updates(self):
        """(node, name) of each statement that only updates an object made here: `z[i] = v`, `z += v`, `z.append(v)`."""
        found = []
        for node in self.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                found.append((node, _base(node.targets[0])))
            elif isinstance(node, ast.AugAssign):
                found.append((node, _base(node.target)))
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                call = node.value.func
                if isinstance(call, ast.Attribute) and call.attr in MUTATORS:
                    found.append((node, _base(call)))
        return [(node, name) for node, name in found if name and self._is_made_here(name)]

    def _is_made_here(self, name):
        values = self.values.get(name)
        return bool(values) and all(isinstance(value, FRESH) for value in values) and name not in self.declared

    def _collect_reads(self, updates):
        bases = set()
        for node, name in updates:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            target = target or node.value.func
            bases.update(id(read) for read in ast.walk(target) if isinstance(read, ast.Name) and read.id == name)
        for read in reads_of(*self.function.body):
            if id(read) not in bases:
                self.reads[read.id].append(read)
        for node in self.nodes:  # `x += v` on what comes from elsewhere is an effect
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node not in dict(updates):
                self.reads[node.target.id].append(node.target)

    # reaching the result

    def _useful(self, updates):
        mutated, roots = dict(updates), set()
        for node in self.nodes:
            if node in mutated:
                self.feeds[mutated[node]].update(read.id for read in reads_of(node))
            elif isinstance(node, ast.Assign):
                roots |= self._assign(node)
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
                self.feeds[_base(node.target)].update(read.id for read in reads_of(node.value))
            elif isinstance(node, ast.FunctionDef):
                self.feeds[node.name].update(read.id for read in reads_of(*node.body, node.args))
                roots |= {name for inner in ast.walk(node) if isinstance(inner, ast.Nonlocal) for name in inner.names}
            elif isinstance(node, ast.For | ast.comprehension):
                for leaf in _targets(node.target):
                    self.feeds[_base(leaf)].update(read.id for read in reads_of(node.iter))
                roots |= {read.id for read in reads_of(node.iter)}
            elif isinstance(node, ast.While | ast.If | ast.IfExp):
                roots |= {read.id for read in reads_of(node.test)}
            elif isinstance(
                node, ast.Return | ast.Raise | ast.Assert | ast.Expr | ast.withitem | ast.Delete | ast.AugAssign
            ):
                roots |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            elif isinstance(node, ast.Match):
                roots |= {read.id for read in reads_of(node.subject)}
        return self._closure(roots | self.declared, set(mutated.values()))

    def _assign(self, node):
        """Feed the targets; what is stored into an object from outside is a root."""
        read = {name.id for name in reads_of(node.value)}
        leaves = [leaf for target in node.targets for leaf in _targets(target)]
        for leaf in leaves:
            if isinstance(leaf, ast.Name):
                self.feeds[leaf.id] |= read
        outside = [leaf for leaf in leaves if not isinstance(leaf, ast.Name)]
        return read | {name.id for name in reads_of(*outside)} if outside else set()

    def _closure(self, roots, mutated):
        for name in mutated:  # a view that is written into changes what it is a view of
            for value in self.values[name]:
                for read in reads_of(value):
                    self.feeds[read.id].add(name)
        useful, open_ = set(), list(roots)
        while open_:
            name = open_.pop()
            if name not in useful:
                useful.add(name)
                open_.extend(self.feeds.get(name, ()))
        return useful

    # questions

    def overwritten(self) -> Iterator[tuple[int, str]]:
        """(line, name) of plain assignments followed, in the same block and unread, by another to the same name."""
        for node in [self.function, *self.nodes]:
            for field in ("body", "orelse"):
                block = getattr(node, field, None)
                if isinstance(block, list):
                    yield from self._overwritten_in(block)

    def _overwritten_in(self, block):
        pending: dict[str, int] = {}
        captured = {read.id for inner in self.nodes if isinstance(inner, SCOPES) for read in reads_of(inner)}
        for statement in block:
            for name in [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]:
                pending.pop(name, None)
            if isinstance(statement, ast.AugAssign):
                pending.pop(_base(statement.target), None)
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                if name in pending:
                    yield pending[name], name
                if name not in captured:
                    pending[name] = statement.lineno
            elif not isinstance(statement, ast.Expr | ast.Assign):
                pending.clear()  # branches and loops may read, return or leave

    def has_read_sibling(self, name: str) -> bool:
        """True when every store of `name` unpacks a result of which another part is read: `y, tape = f(x)`."""
        siblings = [self._unpacked_with(store) for store in self.stores[name]]
        return all(any(self.reads.get(other) for other in names) for names in siblings)

    def _unpacked_with(self, store):
        node = self.parents[store]
        while isinstance(self.parents.get(node), ast.Tuple | ast.List | ast.Starred):
            node = self.parents[node]
        names = {_base(leaf) for leaf in _targets(node)} if isinstance(node, ast.Tuple | ast.List) else set()
        return names - {store.id}

    def foldable(self, name: str, store: ast.Name, read: ast.Name) -> bool:
        """True when the value could stand where it is read: same loop, same function, operands unchanged between."""
        if len(self.values[name]) != 1 or self._around(store) != self._around(read):
            return False
        value = self.values[name][0]
        if not isinstance(self.parents[store], ast.Assign):
            return False  # one of several results
        operands = {operand.id for operand in reads_of(value)}
        between = [n for n in self.nodes if isinstance(n, ast.stmt) and store.lineno < n.lineno < read.lineno]
        changed = {_base(leaf) for n in between if isinstance(n, ast.Assign) for t in n.targets for leaf in _targets(t)}
        changed |= {_base(n.target) for n in between if isinstance(n, ast.AugAssign | ast.For)}
        line = self._statement(read)
        if line.col_offset + len(ast.unparse(line).split("\n")[0]) + len(ast.unparse(value)) - len(name) > WIDTH:
            return False  # a person breaks such a line up
        if isinstance(value, ast.Lambda) or not any(isinstance(n, COMPUTING) for n in ast.walk(value)):
            return not operands & changed
        return not operands & changed and not self._order_would_change(value, between, read)

    def _order_would_change(self, value, between, read):
        """True when a call that may do anything comes between the value and its one use, or is moved past another."""
        reader = self._statement(read)
        before = [n for n in ast.walk(reader) if isinstance(n, ast.Call) and _end(n) <= (read.lineno, read.col_offset)]
        if self._has_effects(value):
            return bool(between or before)
        calls = [n for statement in between for n in ast.walk(statement) if isinstance(n, ast.Call)]
        return any(self._has_effects(n) for n in [*calls, *before])

    def _statement(self, node):
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def _has_effects(self, value):
        """True for calls of anything but NumPy, math, helpers and methods of tapes: their order may matter."""
        calls = [n.func for n in ast.walk(value) if isinstance(n, ast.Call)]
        return any(_base(call) not in PURE and getattr(call, "attr", "") not in MUTATORS for call in calls)

    def _around(self, node):
        """The loops, branches, `with`s, comprehensions and functions around a node, innermost first."""
        around = []
        while node is not self.function:
            node = self.parents[node]
            if isinstance(node, (*LOOPS, *SCOPES, ast.If, ast.With, ast.comprehension, ast.ListComp, ast.GeneratorExp)):
                around.append(node)
        return around
