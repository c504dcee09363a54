"""What each name may refer to (Andersen): a name may refer to what the names that it comes from refer to.

What a container holds has a name of its own, and so has what came from outside of the function.
"""

from __future__ import annotations

from contextlib import contextmanager
from types import FunctionType, ModuleType

import gast

from ..frontend.build import COMPREHENSIONS, names_stored, parameters
from ..frontend.scope import MISSING
from ..kinds import UNKNOWN, is_numeric, is_scalar
from ..rules.binding import unbound
from ..rules.memory import RESHAPING, VIEWS, makes_new
from .adding import bound_call, handed_back_alone
from .outside import hands_out
from .webs import free_loads, free_names

EXTERNAL = "<outside>"
IN = "in "  # the name of what a container holds: "in xs" its items, "in in xs" what these hold
DEPTH = 3  # what is held deeper than this has one name


class Aliases:
    """The relation over the statements of `sweep.core.body`, those in `without` (by id) left out."""

    def __init__(self, sweep, without=frozenset()):
        self.sweep, self.without = sweep, without
        self.follows = getattr(sweep, "follows", lambda *names: False)
        self.following = False  # whether the edges being added are mirrored by tangents
        self.apart: set[tuple[str, str]] = set()  # the edges that are not
        self.loops: tuple = ()
        self.made: dict[str, tuple] = {}  # name -> the loops around its last definition
        self.holds: dict[str, list] = {}  # container -> (name put into it, the loops around that)
        self.comes_from: dict[str, set[str]] = {}
        self.goes_to: dict[str, set[str]] = {}
        self.mixed: set[str] = set()  # containers filled otherwise than item by item: what they hold may be there twice
        self.surely: set[tuple[str, str]] = set()
        self.functions: set[str] = set()  # they hold their captures, and are never known to be called no more
        for p in parameters(sweep.core.args):
            kind = sweep.inference.given.get(p, UNKNOWN)
            if not is_immutable(kind) and p not in sweep.core.donated:
                self.derive(p, EXTERNAL)
            for held in inside(p) if may_hold(kind) else ():
                self.derive(held, EXTERNAL)
        self.visit(sweep.core.body)
        for stmt in getattr(sweep, "added", ()):
            self.flow(stmt.targets[0].id, stmt.value)
        self.outside = self.reached(EXTERNAL)

    def derive(self, name, source, sure=False):
        """What `name` refers to may be what `source` refers to; `sure`: it is."""
        self.comes_from.setdefault(name, set()).add(source)
        self.goes_to.setdefault(source, set()).add(name)
        if not self.following:
            self.apart.add((name, source))
        if sure:
            self.surely |= {(name, source), (source, name)}

    @contextmanager
    def mirrored(self, *names):
        """Edges added in here are those of the tangents of `names` too, if the sweep says so (`follows`)."""
        self.following = self.follows(*names)
        yield
        self.following = False

    def same(self, name, source, sure=False):
        """`name` may be the object `source`: what either holds, both hold."""
        self.derive(name, source, sure)
        for mine, theirs in zip(inside(name), inside(source)):
            self.join(mine, theirs)

    def join(self, a, b):
        self.derive(a, b)
        self.derive(b, a)

    def part(self, name, container):
        """`name` may be something held in `container`."""
        self.derive(name, IN + container)
        for mine, theirs in zip(inside(name), deeper(container)):
            self.join(mine, theirs)

    def reached(self, origin) -> set[str]:
        """All names that may refer to what `origin` refers to."""
        return closure(self.goes_to, {origin})

    def origins(self, name) -> set[str]:
        """Everything that `name` may have come from, itself included."""
        return closure(self.comes_from, {name})

    def sharing(self, name) -> set[str]:
        """The names that may refer to the same object as `name`."""
        return closure(self.goes_to, self.origins(name))

    def sharing_apart(self, name) -> set[str]:
        """Those of them whose tangents may be other objects nevertheless: some way there is not mirrored."""
        if any(base(origin) in self.mixed for origin in self.origins(name)):
            return self.sharing(name)
        origins = walked(self.comes_from, {(name, False)}, lambda a, b: (a, b) in self.apart)
        return {n for n, apart in walked(self.goes_to, origins, lambda a, b: (b, a) in self.apart) if apart}

    def may_show(self, name, written) -> bool:
        """True when a write into `written` may be seen in `name`, or in what that holds, as far as kinds tell."""
        kind = self.kind_at_entry(base(name))
        return may_hold(kind) if name.startswith(IN) else may_be_one(kind, self.sweep.kinds.get(written, UNKNOWN))

    def kind_at_entry(self, name):
        """The kind of `name`, for a parameter the one with which it came."""
        return self.sweep.inference.given.get(name) or self.sweep.kinds.get(name, UNKNOWN)

    def may_alias(self, name) -> bool:
        kind = self.sweep.kinds.get(name, UNKNOWN)
        if name not in self.sweep.kinds and self.is_free(name):
            value = self.sweep.core.scope.value(name)
            return not (value is not MISSING and (callable(value) or isinstance(value, ModuleType)))
        return not is_immutable(kind)

    def is_array(self, name) -> bool:
        return self.sweep.kinds.get(name, UNKNOWN).tag in ("array", "number")

    def is_free(self, name) -> bool:
        return name not in self.sweep.core.scope.local

    def visit(self, stmts):
        for stmt in stmts:
            if id(stmt) in self.without:
                continue
            if isinstance(stmt, gast.Assign):
                self.assignment(stmt)
            elif isinstance(stmt, gast.AugAssign):
                self.update(stmt)
            elif isinstance(stmt, gast.Expr):
                self.effect(stmt.value)
            elif isinstance(stmt, gast.FunctionDef):
                self.capture(stmt.name, stmt)
            elif isinstance(stmt, (gast.If, gast.With)):
                self.visit(stmt.body)
                self.visit(getattr(stmt, "orelse", None) or [])
            elif isinstance(stmt, (gast.For, gast.While)):
                outer, self.loops = self.loops, (*self.loops, id(stmt))
                if isinstance(stmt, gast.For):
                    self.items_of(stmt)
                self.visit(stmt.body)
                self.loops = outer

    def items_of(self, loop):
        for name in names_stored(loop.target):
            self.made[name] = self.loops
            counts = isinstance(loop.iter, gast.Call) and self.sweep.core.scope.resolve(loop.iter.func) is range
            if self.may_alias(name) and not counts:
                for source in names_in(loop.iter):
                    self.view(name, source) if self.is_array(source) else self.taken(name, source)

    def capture(self, target, node):
        self.functions.add(target)
        for name in free_names(node):
            if not self.is_free(name):
                self.hold(target, name)

    def assignment(self, stmt):
        target, value = stmt.targets[0], stmt.value
        if isinstance(target, gast.Subscript) and isinstance(target.value, gast.Name):
            if not self.is_array(target.value.id):
                for name in names_in(value):
                    self.hold(target.value.id, name)
            return
        for name in names_stored(target):
            self.made[name] = self.loops
            self.flow(name, value)

    def update(self, stmt):
        """`xs += ys` and `d[k] += ys`: the items of `ys` go into the list."""
        owner = stmt.target.value if isinstance(stmt.target, gast.Subscript) else stmt.target
        if isinstance(owner, gast.Name) and not self.is_array(owner.id):
            for name in names_in(stmt.value):
                if self.may_alias(name):
                    self.refill(owner.id, name)

    def hold(self, container, name):
        if self.may_alias(name):
            self.holds.setdefault(container, []).append((name, self.loops))
            with self.mirrored(container, name):
                self.derive(IN + container, name, sure=True)
                for mine, theirs in zip(deeper(container), inside(name)):
                    self.derive(mine, theirs)
            if self.is_free(name):
                self.external(name)

    def refill(self, container, source):
        """What `source` holds goes into `container`."""
        kind = self.sweep.kinds.get(source, UNKNOWN)
        if not self.may_alias(source) or kind.tag in ("list", "tuple") and all(map(is_scalar, kind.items)):
            return
        for mine, theirs in zip(inside(container), inside(source)):
            self.derive(mine, theirs)
        self.mixed.add(container)

    def external(self, name):
        for part in (name, *inside(name)):
            self.derive(part, EXTERNAL)

    def flow(self, target, value):
        if not self.may_alias(target) and not isinstance(value, (gast.Tuple, gast.List, gast.Dict)):
            return
        if isinstance(value, (gast.Subscript, gast.Attribute, gast.Call)) and is_immutable(self.sweep.kind(value)):
            return  # a number, whatever else the name may be elsewhere
        if isinstance(value, gast.Name):
            with self.mirrored(target, value.id):
                self.view(target, value.id, sure=True)
        elif isinstance(value, (gast.Tuple, gast.List, gast.Dict)):
            for part in getattr(value, "elts", [value]):
                items = part.values if isinstance(part, gast.Dict) else [part]
                if not all(isinstance(i, (gast.Name, gast.Starred)) or self.is_fresh(i) for i in items):
                    self.mixed.add(target)
                for name in names_in(part):
                    self.refill(target, name) if isinstance(part, gast.Starred) else self.hold(target, name)
        elif isinstance(value, gast.Subscript):
            self.item(target, value)
        elif isinstance(value, gast.Attribute):
            for name in names_in(value.value):
                self.view(target, name)
        elif isinstance(value, gast.Call):
            self.result(target, value)
        elif isinstance(value, gast.Lambda):
            self.capture(target, value)
        elif isinstance(value, COMPREHENSIONS) and not self.is_fresh(value):
            self.mixed.add(target)
            for name in names_in(value):
                self.hold(target, name)
                self.refill(target, name)
        elif isinstance(value, gast.BinOp) and not self.is_array(target):  # lists that are joined or repeated
            self.mixed.add(target)
            for operand in (value.left, value.right):
                if isinstance(operand, (gast.Name, gast.List, gast.Tuple)):
                    for name in names_in(operand):
                        self.refill(target, name)

    def is_fresh(self, expr) -> bool:
        """True for what makes objects that nothing else refers to, no two of which are one."""
        if isinstance(expr, (gast.List, gast.Tuple)):
            return all(map(self.is_fresh, expr.elts))
        if isinstance(expr, gast.Dict):
            return None not in expr.keys and all(map(self.is_fresh, expr.values))
        if isinstance(expr, gast.ListComp):
            return self.is_fresh(expr.elt)
        if isinstance(expr, gast.BinOp) and isinstance(expr.left, gast.List) and isinstance(expr.op, gast.Mult):
            return all(is_immutable(self.sweep.kind(e)) for e in expr.left.elts)
        if isinstance(expr, gast.Call):
            op = self.sweep.describe(expr)
            return op.primitive is not None and makes_new(op.primitive) and is_numeric(self.sweep.kind(expr))
        return is_immutable(self.sweep.kind(expr))

    def item(self, target, value):
        for name in names_in(value.value):
            with self.mirrored(target, name):
                if self.is_array(name):
                    self.view(target, name, self.sweep.is_basic(value.slice))
                elif isinstance(value.slice, gast.Slice):
                    self.view(target, name)
                else:
                    self.taken(target, name)

    def taken(self, target, name):
        self.part(target, name)
        if self.sweep.kinds.get(name, UNKNOWN).tag == "unknown":  # an array's item is a view of it
            self.derive(target, name)
        if self.is_free(name):
            self.external(name)

    def view(self, target, name, sure=False):
        self.same(target, name, sure)
        if self.is_free(name) and self.sweep.core.scope.value(name) is not unbound:
            self.external(name)

    def result(self, target, value):
        op = self.sweep.describe(value)
        if op.form not in ("record", "mutation") and holds_objects(self.sweep.kinds.get(target, UNKNOWN)):
            self.mixed.add(target)
        arguments = [n for a in (*value.args, *(k.value for k in value.keywords)) for n in names_in(a)]
        if isinstance(value.func, gast.Attribute):
            arguments += [n for n in names_in(value.func.value) if not self.is_free(n)]
        name = getattr(op.primitive, "__name__", "")
        if name in OF_KEYS:
            arguments = [a for a in arguments if self.sweep.kinds.get(a, UNKNOWN).tag != "dict"]
        module = getattr(op.primitive, "__module__", None) or ""
        if name in RESHAPING and module.startswith("srcgrad.") and value.args:
            arguments = names_in(value.args[0])
        if op.form == "record":
            for argument in arguments:
                self.hold(target, argument)
        elif op.form == "rule" and module.startswith("srcgrad.runtime") and name not in ("as_sequence", *FRESH):
            self.passed_on(target, arguments)
        elif op.form == "rule" and not makes_new(op.primitive):
            if name in VIEWS or name == "getattr":
                for argument in arguments:
                    self.view(target, argument, sure=name not in ("kept_apart", "nan_to_num", "conj", "conjugate"))
            elif name in ("dict", "zip", "enumerate", "items"):  # of what their arguments' items hold
                self.passed_on(target, arguments)
            elif name in REGROUPED:
                for argument in arguments:
                    self.refill(target, argument)
                    if name in ("max", "min", "get"):
                        self.part(target, argument)
            else:
                self.passed_on(target, arguments)
        elif op.form == "mutation":  # v = xs.pop()
            for owner in names_in(op.args["owner"]):
                with self.mirrored(target, owner):
                    self.part(target, owner)
        elif op.form in ("callee", "dynamic"):
            if op.primitive is globals or isinstance(op.primitive, FunctionType) and hands_out(op.primitive):
                self.external(target)
            if isinstance(value.func, gast.Name) and not self.is_free(value.func.id):
                arguments.append(value.func.id)
            alone = handed_back_alone(op.primitive)
            if alone is not None and alone in (bound := bound_call(op.primitive, value)):
                arguments = names_in(bound[alone])
            self.passed_on(target, arguments)

    def passed_on(self, target, arguments):
        """`target` may be any of `arguments`, hold it, or be held by it."""
        for argument in arguments:
            if self.may_alias(argument):
                self.view(target, argument)
                for mine, theirs in zip(inside(target), inside(argument)):
                    self.derive(target, theirs)
                    self.derive(mine, argument)
                    self.join(mine, IN + target)
                self.mixed.add(target)

    def effect(self, value):
        if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute):
            for owner in names_in(value.func.value):
                for argument in value.args:
                    for name in names_in(argument):
                        if value.func.attr in ("extend", "update"):
                            self.refill(owner, name)
                        elif not self.is_free(owner):
                            self.hold(owner, name)


def inside(name) -> list[str]:
    """The names of what `name` holds, and of what that holds."""
    return [IN * level + name for level in range(1, DEPTH + 1)]


def deeper(name) -> list[str]:
    """The names of what the items of `name` hold, and of what that holds."""
    return [*inside(name)[1:], IN * DEPTH + name]


def base(name) -> str:
    """The container behind the name of what it holds."""
    return name.rpartition(" ")[2]


def is_immutable(kind) -> bool:
    """True for values that nothing can write into, nor into what they hold."""
    if kind.tag == "tuple" and kind.items is not None:
        return all(map(is_immutable, kind.items))
    return is_scalar(kind) or kind.tag in ("str", "none")


def may_hold(kind) -> bool:
    """True for values that may refer to what can be written into."""
    return not (is_numeric(kind) or is_immutable(kind))


def holds_objects(kind) -> bool:
    """True for values that may hold something that can be written into."""
    if kind.tag in ("list", "dict", "tuple") and kind.items is not None:
        items = [item for _, item in kind.items] if kind.tag == "dict" else kind.items
        return not all(map(is_immutable, items))
    return may_hold(kind)


def may_be_one(a, b) -> bool:
    """True unless things of these two kinds are surely different objects, and no views of one array."""
    families = [("number" if is_numeric(kind) else kind.tag) for kind in (a, b)]
    return families[0] == families[1] or bool({"unknown", "object", "bottom"}.intersection(families))


# Helpers of generated text whose result is new; others may hand on what they are given.
FRESH = frozenset(["zeros_like", "project", "snapshot", "number", "seed", "pair", "pushforward"])

# Functions whose result is a new container of what their arguments hold, or one of these things itself.
REGROUPED = frozenset(["list", "tuple", "dict", "sorted", "zip", "copy", "enumerate", "reversed", "max", "min", "get"])
REGROUPED |= {"items", "values", "keys", "filter", "add", "mul", "concat", "sum"}


# Functions that take a dict for its keys, which nothing can write into.
OF_KEYS = frozenset(["as_sequence", "list", "tuple", "sorted", "reversed", "enumerate", "keys", "iter"])


def closure(edges, seeds) -> set[str]:
    found, pending = set(seeds), list(seeds)
    while pending:
        fresh = edges.get(pending.pop(), set()) - found
        found |= fresh
        pending.extend(fresh)
    return found


def walked(edges, seeds, is_apart) -> set[tuple[str, bool]]:
    """All (name, whether an edge on the way to it was apart) that are reached from `seeds`."""
    found, pending = set(seeds), list(seeds)
    while pending:
        name, apart = pending.pop()
        fresh = {(other, apart or is_apart(name, other)) for other in edges.get(name, ())} - found
        found |= fresh
        pending.extend(fresh)
    return found


def names_in(expr) -> list[str]:
    """What `expr` reads, the variables of its own functions and comprehensions aside."""
    return sorted({n.id for n in free_loads(expr)})
