"""Put single-use temporaries back where they are used, so that statements read as they were meant.

A temporary moves forward, to the one place that reads it, when nobody can tell: what happens between the two places,
and within the consuming statement before it, neither changes what the temporary's value is computed from, nor is
changed by computing it. It never moves into a loop, a branch, a lambda or a comprehension.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import gast

from . import trees
from .aliases import DISPLAYS, FRESH, LIST_METHODS, may_share, own_lists, sharing, target_roots
from .dead import Swept
from .evaluation import evaluated_once, evaluation_order
from .trees import captured, dotted, is_comment, reads, walk, writes
from .width import width

WIDTH = 110
REFERRING = (gast.Name, gast.Tuple, gast.List, gast.Constant, gast.expr_context)
UNMOVABLE = (gast.NamedExpr, gast.Yield, gast.YieldFrom, gast.Await, gast.GeneratorExp)


def fold_temporaries(
    body: list[gast.stmt],
    temporaries: set[str],
    is_pure: Callable[[gast.Call], bool] = trees.is_pure_call,
    depth: int = 1,
    facts: Swept | None = None,
    resident: set[str] = frozenset(),
    shared: set[str] = frozenset(),
) -> list[gast.stmt]:
    """`body` with those of `temporaries` whose value is read once folded into their use.

    With the `facts` of a sweep by `dead`, a name may have several values, each of which is looked at by itself.

    `is_pure` tells calls that only compute; `depth` is the indentation level of `body`: lines stay within 110 columns.
    What a `resident` one computes does not leave its section, the statements under one comment. Calls may assign the
    names in `shared`.

    >>> def show(text, *temporaries):
    ...     print(gast.unparse(gast.Module(fold_temporaries(gast.parse(text).body, set(temporaries)), [])).strip())
    >>> show("t1 = x * y; t2 = np.sin(t1) + z; return t2", "t1", "t2")
    return np.sin(x * y) + z
    >>> show("t1 = f(x); t2 = f(y); return t1 - t2", "t1", "t2")
    return f(x) - f(y)
    >>> show("t = x[0] * 2; x[0] = 1.0; return t", "t")
    t = x[0] * 2
    x[0] = 1.0
    return t
    """
    return _Folder(body, temporaries, is_pure, facts, resident, shared).block(body, depth)


@dataclass
class _Pending:
    """A temporary whose definition stands at `index` of the new block and waits for its use."""

    index: int
    value: gast.expr
    names: set[str]
    pure: bool
    width: int
    section: int
    refers: bool = False  # it only names local objects, whatever becomes of these


class _Block:
    """The statements written so far, and when something last happened that a moving value must not cross."""

    def __init__(self):
        self.statements: list[gast.stmt | None] = []
        self.section = 0
        self.pending: dict[str, _Pending] = {}
        self.bound: dict[str, int] = {}  # name -> index of the last statement that binds it
        self.mutated: dict[str, int] = {}  # alias group -> index of the last statement that writes into it
        self.impure: list[int] = [-1]  # statements with calls that may do anything
        self.active: list[int] = [-1]  # statements that compute at all

    def last(self, indices):
        while indices[-1] >= 0 and self.statements[indices[-1]] is None:
            indices.pop()
        return indices[-1]


class _Folder:
    def __init__(self, body, temporaries, is_pure, facts, resident, shared):
        self.resident = resident
        self.is_pure = is_pure
        self.group = facts.group if facts else may_share(body, is_pure)
        self.after = facts.after if facts else None
        self.own_lists = own_lists(body)
        self.captured = captured(body) | shared
        stores, loads = Counter(), Counter()
        for node in walk(body):
            if isinstance(node, gast.Name):
                (loads if isinstance(node.ctx, gast.Load) else stores)[node.id] += 1
        self.names = stores.keys() | loads.keys()
        self.modules = trees.ARRAY_MODULES - stores.keys()
        self.single = {name for name in temporaries if stores[name] == 1 and loads[name] == 1}
        self.several = (temporaries & stores.keys()) - self.single - self.captured if facts else set()

    def block(self, body, depth):
        """The statements of one block, folded; a temporary of a block is used in that block or stays."""
        done = _Block()
        for stmt in body:
            stmt = self.consume(stmt, done, depth)
            self.record(stmt, done)
        return [stmt for stmt in done.statements if stmt is not None]

    def consume(self, stmt, done, depth):
        """`stmt` with pending temporaries put in, the one defined last first, then its own blocks folded."""
        live = self.live_after(stmt)
        used = self.used_once_by(stmt, live, done)
        wanted = [done.pending[name] for name in used]
        room = WIDTH - 4 * depth
        if wanted:
            room -= width(stmt)
        for pending in sorted(wanted, key=lambda p: -p.index):
            name = done.statements[pending.index].targets[0].id
            del done.pending[name]
            room -= pending.width - len(name)
            leaves = name in self.resident and pending.section != done.section and _computes(pending.value)
            if room < 0 or leaves or not self.may_move(pending, done) or not self.may_enter(name, pending, stmt):
                room += pending.width - len(name)
                continue
            stmt = _substitute(stmt, name, pending.value)
            done.statements[pending.index] = None
        return self.inner_blocks(self.merged(stmt, live, done, depth), depth)

    def live_after(self, stmt) -> set[str]:
        if self.after is None or isinstance(stmt, gast.Pass):  # what a sweep leaves in place of an empty block
            return frozenset()
        return self.after.get(id(stmt), self.names)  # nothing is known of the body of a class

    def used_once_by(self, stmt, live, done):
        """The pending names that `stmt` reads once, where it is evaluated once, and nothing reads after it."""
        if not done.pending:
            return set()
        loads = Counter(n.id for n in walk(stmt) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load))
        found = {n.id for part in evaluated_once(stmt) for n in walk(part) if isinstance(n, gast.Name)}
        found &= done.pending.keys()
        bound = _bound_by(stmt)
        once = {n for n in found if n in self.single or loads[n] == 1 and (n not in live or n == bound)}
        if isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name):
            once.discard(stmt.target.id)
        for name in loads.keys() & done.pending.keys() - once - self.single:
            del done.pending[name]  # it is read here, and perhaps again
        return once

    def merged(self, stmt, live, done, depth):
        """`a = b` and `a += c` as `a = b + c`, within one section and one line."""
        if not (isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name)):
            return stmt
        name = stmt.target.id
        pending = done.pending.pop(name, None)
        if pending is None or name in reads(stmt.value) or not isinstance(stmt.op, (gast.Add, gast.Sub)):
            return stmt
        fits = width(stmt) + pending.width + 4 * depth <= WIDTH
        if not fits or pending.section != done.section or not _is_sum(pending.value):
            return stmt
        if not self.may_move(pending, done) or self.is_seen(name, pending.value, live):
            return stmt
        done.statements[pending.index] = None
        total = gast.BinOp(pending.value, stmt.op, stmt.value)
        return gast.copy_location(gast.Assign([gast.Name(name, gast.Store(), None, None)], total, None), stmt)

    def is_seen(self, name, value, live) -> bool:
        """True when what is added to `name`, which was bound to `value`, may be read under another name."""
        group = self.group(name)
        if all(self.group(source) != group for source in sharing(value, self.is_pure)):
            return False
        return any(self.group(other) == group for other in live - {name})

    def inner_blocks(self, node, depth):
        """`node` with the statement lists in it folded, each for itself."""
        fields = {}
        for name in trees.BLOCKS:
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                if isinstance(block[0], gast.stmt):
                    fields[name] = self.block(block, depth + 1)
                else:
                    fields[name] = [self.inner_blocks(part, depth + (name == "cases")) for part in block]
        return trees.with_fields(node, **fields) if fields else node

    def may_move(self, pending, done):
        """True when the value survives the statements between its definition and the end of the block so far."""
        start = pending.index
        if not pending.pure:
            return done.last(done.active) <= start
        if pending.names and done.last(done.impure) > start:
            return pending.refers and not any(done.bound.get(name, -1) > start for name in pending.names)
        groups = {self.group(name) for name in pending.names - self.modules}
        rebound = any(done.bound.get(name, -1) > start for name in pending.names)
        return not rebound and not any(done.mutated.get(group, -1) > start for group in groups)

    def may_enter(self, name, pending, stmt):
        """True when the parts of `stmt` that run before the use of `name` let the value be computed after them."""
        for node, surely in evaluation_order(stmt):
            if isinstance(node, gast.Name):
                if node.id == name:
                    return surely
            elif isinstance(node, gast.Call) and not self.is_pure(node):
                if pending.names or not pending.pure:
                    return False
            elif not pending.pure and not isinstance(node, gast.Constant):
                return False
        return False

    def is_pure_beside_lists(self, call) -> bool:
        """True for a call that changes at most a list that nothing else reaches."""
        return self.is_pure(call) or updated_own(call, self.own_lists) is not None

    def record(self, stmt, done):
        """Append `stmt` and note what it binds, writes into and calls."""
        index = len(done.statements)
        done.statements.append(stmt)
        if is_comment(stmt):
            done.section += 1
            return
        changed = {updated_own(node, self.own_lists) for node in walk(stmt)} - {None}
        done.bound.update(dict.fromkeys(changed, index))
        pure = trees.is_pure(stmt, self.is_pure) and not isinstance(stmt, (gast.Import, gast.ImportFrom))
        if not pure and not (changed and trees.is_pure(stmt, self.is_pure_beside_lists)):
            done.impure.append(index)
        if not (isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.Constant)) or any(_written_into(stmt)):
            done.active.append(index)
        for name in writes(stmt):
            done.bound[name] = index
        for name in _written_into(stmt):
            done.mutated[self.group(name)] = index
        if isinstance(stmt, gast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name):
            name, value = stmt.targets[0].id, stmt.value
            done.pending.pop(name, None)
            if name in self.single or name in self.several:
                if not any(isinstance(node, UNMOVABLE) for node in walk(value)):
                    pure = pure and not any(isinstance(node, gast.Starred) for node in walk(value))  # it may run out
                    refers = (
                        all(isinstance(node, REFERRING) for node in walk(value)) and not reads(value) & self.captured
                    )
                    done.pending[name] = _Pending(index, value, reads(value), pure, width(value), done.section, refers)
        else:
            for name in done.pending.keys() & writes(stmt):
                del done.pending[name]


def updated_own(node, own_lists) -> str | None:
    """The list `x`, reached by that name only, that the call `x.append(...)` and the like changes."""
    path = dotted(node.func) if isinstance(node, gast.Call) else ()
    return path[0] if len(path) == 2 and path[0] in own_lists and path[1] in LIST_METHODS else None


def _bound_by(stmt) -> str | None:
    """The name that a plain assignment binds."""
    if isinstance(stmt, gast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name):
        return stmt.targets[0].id
    return None


def _computes(value) -> bool:
    """False for names and literals, with a sign or without."""
    return not isinstance(getattr(value, "operand", value), (gast.Name, gast.Constant))


def _is_sum(value) -> bool:
    """True for what a sum may begin with: no buffer of zeros that is made to be added to."""
    if isinstance(value, gast.Call):
        return (dotted(value.func) or ("",))[-1] not in FRESH
    return not any(isinstance(node, DISPLAYS) for node in walk(value))


def _written_into(stmt) -> Iterator[str]:
    """The names whose memory `stmt` may write into: roots of subscript and attribute targets, and of `+=`."""
    for node in walk(stmt):
        if isinstance(node, gast.AugAssign):
            yield from target_roots(node.target)
        elif isinstance(node, (gast.Subscript, gast.Attribute)) and not isinstance(node.ctx, gast.Load):
            yield from target_roots(node)


def _substitute(node, name, value):
    """`node` with the one load of `name` replaced by `value`, blocks of statements left alone."""
    if isinstance(node, gast.Name):
        return value if node.id == name and isinstance(node.ctx, gast.Load) else node

    def child(part):
        return part if isinstance(part, gast.stmt) else _substitute(part, name, value)

    return trees.map_children(node, child)
