"""Adjoint variables in the reverse sweep: which are zero, which hold a value, and how a contribution is added.

A zero adjoint costs nothing: nothing is assigned until the first contribution. An adjoint may be *lazy*: one number
that stands for an array of equal entries, spread out only where its shape matters; that of a container may be *bare*,
None for a zero, until its items matter. It is *owned* when no one else can see its memory, so that it may be changed in
place.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import gast

from ..frontend.build import assign, call, constant, expression, load, located, names_loaded, store
from ..kinds import FLOAT, UNKNOWN, is_container, is_numeric, is_scalar
from .places import alike
from .terms import Term, Wide

FULL, LAZY, BARE = "full", "lazy", "bare"
MOST_LEAVES = 6  # of an adjoint that is written out
ARITHMETIC = (gast.BinOp, gast.UnaryOp, gast.Name, gast.Constant)


@dataclass
class State:
    """The adjoints that hold a value, by the primal's name."""

    status: dict[str, str] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)
    same_as: dict[str, gast.AST] = field(default_factory=dict)  # adjoint that is, for now, this other expression
    wide: dict[str, Wide] = field(default_factory=dict)  # sums that the block at hand made and nobody has read

    def copy(self):
        return State(dict(self.status), set(self.owned), dict(self.same_as))


class Bars:
    """Emits the statements that keep adjoints; `out` is the list that they go to."""

    def __init__(self, kinds, names, buffered):
        self.kinds, self.names, self.buffered = kinds, names, buffered
        self.references: dict[str, gast.Subscript] = {}
        self.shadows: frozenset[str] = frozenset()  # adjoints that the caller hands in, changed in place only
        self.sequences: set[str] = set()  # what is iterated over or unpacked, of unknown kind: its adjoint is a list
        self.unsure: set[str] = set()  # adjoints of unknown kind that may be None, for all that is known
        self.unbound: frozenset[str] = frozenset()  # variables that may have no value here, and None in their place
        self.replaced: set[str] = set()  # containers whose items are replaced: undone, that leaves None
        self.taken: dict[str, str] = {}  # parts of adjoints that surely are objects: references are to these -> whose
        self.state = State()
        self.out: list = []
        self.at = None

    def kind_of(self, name):
        return self.kinds.get(name, UNKNOWN)

    def emit(self, stmt):
        self.out.append(stmt)

    def take(self, shadows):
        """Start with the adjoints that the caller hands in."""
        self.shadows = shadows
        self.state.status |= dict.fromkeys(shadows, FULL)
        self.state.owned |= shadows

    def has(self, name) -> bool:
        return name in self.state.status

    def read(self, name) -> gast.AST:
        """The adjoint of `name` as an expression."""
        self.state.wide.pop(name, None)
        if self.state.status.get(name) == BARE:
            self.spread(name)
        return self.state.same_as.get(name) or load(self.names.bar(name))

    def set(self, name, value, status=FULL, owned=False):
        self.release(name)
        self.emit(assign(self.names.bar(name), value, self.at))
        self.state.same_as.pop(name, None)
        self.state.status[name] = status
        self.state.owned.discard(name)
        if owned:
            self.state.owned.add(name)
        self.follow(name)

    def is_linked(self, name) -> bool:
        """True when the adjoint of `name` is a part of another adjoint, or one is a part of it."""
        return name in self.references or any(part.value.id == name for part in self.references.values())

    def follow(self, name, index=None):
        """The adjoint of `name`, or its item at `index`, is another object now: references to parts are taken anew."""
        for other, part in self.references.items():
            apart = isinstance(index, gast.Constant) and isinstance(part.slice, gast.Constant)
            if not self.has(other) or apart and part.slice.value != index.value:
                continue
            again = index is not None and alike(
                self.kind_of(part.value.id), self.kind_of(name)
            )  # it may be the same one
            if part.value.id == name or again:
                self.set(other, self.place(part), owned=True)

    def place(self, part, context=gast.Load):
        return gast.Subscript(load(self.names.bar(part.value.id)), copy.deepcopy(part.slice), context())

    def release(self, name):
        """Before the variable of `name`'s adjoint changes: give those that borrow it a variable of their own."""
        self.state.wide.pop(name, None)
        bar = self.names.bar(name)
        for other, expr in list(self.state.same_as.items()):
            if other != name and isinstance(expr, gast.Name) and expr.id == bar:
                del self.state.same_as[other]
                self.emit(assign(self.names.bar(other), load(bar), self.at))

    def borrow(self, name, expr, status):
        """Let the adjoint of `name` be the expression `expr` until it changes: then its variable holds that."""
        self.release(name)
        self.state.same_as[name] = expr
        self.state.status[name] = status

    def consume(self, name):
        """The definition of `name` has been undone: what it held before has a zero adjoint so far."""
        self.state.status.pop(name, None)
        self.state.owned.discard(name)
        self.state.same_as.pop(name, None)

    def settle(self, name):
        """Make sure that the adjoint of `name` lives in its own variable."""
        expr = self.state.same_as.pop(name, None)
        if expr is not None and not (isinstance(expr, gast.Name) and expr.id == self.names.bar(name)):
            self.emit(assign(self.names.bar(name), expr, self.at))

    def ensure(self, name, whole=False):
        """Give `name` a zero adjoint if it has none; in full shape where `whole` or where it is kept as a buffer."""
        if self.has(name):
            return
        kind = self.kind_of(name)
        if name in self.references:
            part = self.references[name]
            self.buffer(part.value.id)
            known = isinstance(part.slice, gast.Constant)
            if part.value.id in self.replaced and not known and not is_numeric(kind):
                missing = gast.Compare(self.place(part), [gast.Is()], [constant(None)])
                zeros = call(self.helper("zeros_like"), load(name))
                zeros = located_assign(self.place(part, gast.Store), zeros, self.at)
                self.emit(located(gast.If(missing, [zeros], []), self.at))
            self.set(name, self.place(part), owned=True)
            self.taken[gast.dump(self.place(part))] = part.value.id
            return
        if is_scalar(kind):
            self.set(name, constant(0.0))
        elif name in self.unbound and not is_numeric(kind):
            self.set(name, call(self.helper("zeros_like"), load(name)), owned=True)
        elif kind.tag == "array" and (whole or name in self.buffered):
            zeros = call(f"{self.names.helpers.numpy}.zeros_like", load(name))
            self.set(name, zeros, owned=True)
        elif kind.tag == "number" and name in self.buffered:
            self.set(name, call(f"{self.names.helpers.numpy}.zeros_like", load(name)), owned=True)
        elif is_numeric(kind):
            self.set(name, constant(0.0), LAZY)
        elif kind.tag == "list" and kind.items and all(map(is_scalar, kind.items)):
            zeros = expression("[0.0] * len(xs)", xs=load(name))
            self.set(name, zeros, owned=True)
        elif name in self.sequences and all(part.value.id != name for part in self.references.values()):
            self.set(name, expression("[None] * len(xs)", xs=load(name)), owned=True)
        elif zeros_of(kind) is not None:
            self.set(name, zeros_of(kind), owned=True)
        elif (whole and kind.tag != "function") or name in self.buffered or is_container(kind):
            self.set(name, call(self.helper("zeros_like"), load(name)), owned=True)
        else:
            self.unsure.add(name)
            self.set(name, constant(None))

    def ensure_bare(self, name):
        """Give `name` a zero adjoint, if it has none, where its value is not at hand: the structure comes later."""
        if self.has(name):
            return
        kind = self.kind_of(name)
        if name in self.references or is_scalar(kind):
            self.ensure(name)
        elif is_numeric(kind):
            self.set(name, constant(0.0), LAZY)
        else:
            self.set(name, constant(None), self.loosest(name))

    def loosest(self, name) -> str:
        """The status that promises nothing of the adjoint of `name` but that there is one."""
        kind = self.kind_of(name)
        if is_numeric(kind):
            return FULL if is_scalar(kind) else LAZY
        return BARE if is_container(kind) or name in self.buffered else FULL

    def whole(self, name):
        """Make the adjoint of `name` a variable of full shape, to be read item by item."""
        self.ensure(name)
        self.settle(name)
        self.spread(name)

    def buffer(self, name):
        """Make the adjoint of `name` a buffer of its own, of full shape, that may be changed item by item."""
        self.whole(name)
        if name not in self.state.owned:
            self.set(name, call(self.helper("snapshot"), load(self.names.bar(name))), owned=True)

    def helper(self, name) -> str:
        from ..runtime import helpers

        return self.names.helpers.name(getattr(helpers, name))

    def spread(self, name):
        """Spread a lazy adjoint to the shape of its primal, a bare one to its structure."""
        if self.state.status.get(name) == BARE:
            value = call(self.helper("add"), call(self.helper("zeros_like"), load(name)), load(self.names.bar(name)))
            self.set(name, value, owned=True)
        if self.state.status.get(name) == LAZY:
            value = call(self.helper("broadcast"), self.read(name), load(name))
            self.set(name, value)

    def accumulate(self, name, term: Term):
        """Add a contribution to the adjoint of `name`."""
        wide = term.wide if self.takes_wide(name, term) else None
        if wide is not None and self.has(name):
            self.sum_together(name, wide)
            return
        kind = self.kind_of(name)
        status = FULL if term.full or is_scalar(kind) else LAZY
        numeric = is_numeric(kind)
        bar = self.names.bar(name)
        if not term.may_be_none:
            self.unsure.discard(name)
        elif not self.has(name):
            self.unsure.add(name)
        if name in self.references and not self.has(name) and self.is_handed_over(term):
            part = self.references[name]
            anew = not self.has(part.value.id)
            self.ensure(name)
            if anew:
                self.replace_part(part, term.tree)
                return
        if name in self.buffered and not is_scalar(kind) and not self.has(name):
            if isinstance(term.tree, gast.Name) and term.tree.id == bar:
                self.state.status[name] = status
                return
            if bar not in names_loaded(term.tree) and not self.makes_buffer(name, term):
                self.ensure(name)
        if not self.has(name):
            if numeric and term.may_be_none:
                self.set(
                    name, call(self.helper("add"), constant(0.0), term.tree), LAZY if not is_scalar(kind) else FULL
                )
            else:
                self.set(
                    name,
                    term.tree,
                    status,
                    owned=self.is_handed_over(term)
                    or numeric
                    and term.fresh
                    and status == FULL
                    and not is_scalar(kind),
                )
                if wide is not None and getattr(self.out[-1], "value", None) is term.tree:
                    self.state.wide[name] = wide.placed(self.out[-1])
            return
        self.release(name)
        if numeric and (name in self.references or name in self.shadows):
            tree = call(self.helper("add"), constant(0.0), term.tree) if term.may_be_none else term.tree
            self.emit(located_aug(bar, gast.Add(), tree, self.at))
            return
        if not numeric or term.may_be_none:
            status = self.state.status[name]
            before = load(bar) if status == BARE else self.read(name)
            total = call(self.helper("add"), before, term.tree)
            if name in self.references:
                self.replace_part(self.references[name], total)
                return
            self.set(name, total, status, owned=name in self.state.owned)
            return
        if name in self.state.same_as:
            total = gast.BinOp(self.read(name), gast.Add(), term.tree)
            self.set(name, total, FULL if FULL in (status, self.state.status[name]) else LAZY)
            return
        if is_scalar(kind) or name in self.state.owned:
            self.emit(located_aug(bar, gast.Add(), term.tree, self.at))
        else:
            self.emit(assign(bar, gast.BinOp(load(bar), gast.Add(), term.tree), self.at))
            self.follow(name)
            if self.state.status[name] == FULL or status == FULL:
                self.state.owned.add(name)
        if status == FULL:
            self.state.status[name] = FULL

    def replace_part(self, part, value):
        """Put another object where the adjoint of a reference is, in that of its container."""
        self.emit(located_assign(self.place(part, gast.Store), value, self.at))
        self.follow(part.value.id, part.slice)

    def takes_wide(self, name, term) -> bool:
        """True when a contribution may be summed together with others of its shape."""
        kind = self.kind_of(name)
        if term.wide is None or not is_numeric(kind) or is_scalar(kind) or name in self.buffered | set(self.references):
            return False
        before = self.state.wide.get(name)
        return not self.has(name) or before is not None and before.shape == term.wide.shape

    def sum_together(self, name, wide):
        """Add a contribution of the shape of those before it, and sum all of them at once."""
        bar = self.names.bar(name)
        self.state.wide.pop(name).widen()
        owned = name in self.state.owned
        if owned:
            self.emit(located_aug(bar, gast.Add(), wide.widen(), self.at))
        else:
            self.emit(assign(bar, gast.BinOp(load(bar), gast.Add(), wide.widen()), self.at))
        out, total = self.out, assign(bar, wide.summed(load(bar)), self.at)
        self.emit(total)
        self.state.owned.add(name)
        self.state.wide[name] = Wide(wide.shape, lambda: out.remove(total), wide.summed)

    def is_handed_over(self, term) -> bool:
        """True for the part of an adjoint that references are to, whose container is undone."""
        return self.taken.get(gast.dump(term.tree)) in self.state.owned

    def makes_buffer(self, name, term) -> bool:
        """True when a first contribution is what a buffer for the adjoint of `name` must be: a new array of its dtype.

        So is a product with an array of that dtype, and the part of the adjoint of a container that is undone.
        """
        if self.is_handed_over(term):
            return True
        kind, parts = self.kind_of(name), list(gast.walk(term.tree))
        known = kind.tag == "array" and kind.dtype is not None and kind.ndim != 0
        if not known or name in self.references or not (term.fresh and term.full):
            return False
        arithmetic = all(isinstance(p, (*ARITHMETIC, gast.operator, gast.unaryop, gast.expr_context)) for p in parts)
        kinds = [self.kinds.get(p.id) for p in parts if isinstance(p, gast.Name)]
        return arithmetic and any(k is not None and k.tag == "array" and k.dtype == kind.dtype for k in kinds)

    def join(self, first: tuple, second: tuple, is_local):
        """After a branch: make the two states agree by zeros where one side has a value.

        Of a side come its state, where its statements go, and the names that it assigned.
        """
        a, b = first[0], second[0]
        for name in sorted(set(a.status) | set(b.status)):
            for state, out, stored in (first, second):
                self.state, self.out = state, out
                if is_local(name):
                    self.consume(name)
                elif not self.has(name):
                    self.ensure_bare(name) if name in stored or name in self.unbound else self.ensure(name)
                elif a.same_as.get(name) is not b.same_as.get(name):
                    self.settle(name)
        status = {n: weaker(a.status[n], b.status[n]) for n in a.status if n in b.status}
        same = {n: e for n, e in a.same_as.items() if b.same_as.get(n) is e}
        self.state = State(status, a.owned & b.owned, same)


def zeros_of(kind, most=MOST_LEAVES) -> gast.List | None:
    """The zero adjoint of a small tuple of floats, and of tuples of these, written out; None for anything else."""
    if kind.tag != "tuple" or kind.cls is not None or not 0 < len(kind.items) <= most:
        return None
    items = [constant(0.0) if k == FLOAT else zeros_of(k, most // len(kind.items)) for k in kind.items]
    return None if None in items else gast.List(items, gast.Load())


def weaker(a, b) -> str:
    """What holds of an adjoint that comes with one of two statuses."""
    return BARE if BARE in (a, b) else LAZY if LAZY in (a, b) else FULL


def located_assign(target, value, at):
    return located(gast.Assign([target], value, None), at)


def located_aug(name, op, value, at):
    node = gast.AugAssign(store(name), op, value)
    node.lineno = getattr(at, "lineno", 0)
    node.col_offset = 0
    return node
