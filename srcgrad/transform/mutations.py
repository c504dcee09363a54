"""Writes into arrays, lists and dicts that the function itself has made: each is undone on the adjoint, last first.

    xs.append(v)      v_bar += xs_bar.pop()
    u[i] = v          v_bar += u_bar[i];  u_bar[i] = 0
    u[i] += v         v_bar += u_bar[i]

What was overwritten, where the reverse sweep needs it, is recorded entry by entry and put back (`Step.saves`).
"""

from __future__ import annotations

import copy

import gast

from ..analysis.operations import ASSUMED
from ..analysis.ownership import check_item_owned, check_owned
from ..analysis.rounding import check_floating
from ..analysis.shapes import item_shape
from ..errors import UnsupportedMutation
from ..frontend.build import assign, call, constant, expression, load, located, statement, statements, store
from ..kinds import UNKNOWN, is_numeric, is_scalar
from ..rules.containers import items_bar
from ..runtime import helpers
from . import nodes
from .shaping import EVERYWHERE, stretched_axes
from .terms import Term
from .views import is_view_of_unknown


class Mutations:
    """Mixed into `Reverse`."""

    def refuse_shared_update(self, stmt, name, kind):
        """`x += y` changes an array in place: only for arrays of the function's own may it be read as `x = x + y`."""
        if self.core.is_generated and not is_view_of_unknown(self.core, name):
            return  # its own updates in place are of buffers that nothing shares
        if not is_scalar(kind):
            check_owned(self, name, stmt, rebinds=True)

    def item_store(self, stmt, target, value):
        owner, index = target.value.id, target.slice
        check_owned(self, owner, stmt)
        if hasattr(stmt, "updates_item"):
            check_item_owned(self, owner, index, stmt)
        check_floating(self, owner, value)
        kind = self.kinds.get(owner, UNKNOWN)
        self.bars.buffered.add(owner)
        if kind.tag in ("array", "number") and not self.is_basic(index):
            index = target.slice = self.distinct(index)
        step = nodes.Step([stmt], updates=owner, at=stmt)
        step.saves = self.saved_item(owner, index, kind, stmt)
        step.undo = lambda: self.undo_store(owner, index, value, kind, stmt)
        return step

    def distinct(self, index):
        """An index that is checked, when it runs, to pick no entry twice."""
        from .operators import as_value

        return call(self.bars.helper("distinct"), as_value(index))

    def undo_store(self, owner, index, value, kind, stmt):
        bars = self.bars
        bars.buffer(owner)
        place = gast.Subscript(load(self.names.bar(owner)), copy.deepcopy(index), gast.Load())
        numeric = kind.tag in ("array", "number")
        term = None
        if self.is_active(value):
            tree = self.taken_out(copy.deepcopy(place), value, owner) if numeric else copy.deepcopy(place)
            term = Term(tree, True, True, may_be_none=not numeric and not self.is_float_list(owner))
            if self.is_one_array(owner, value.id):  # the entries are taken out before anything is added to them
                name = self.names.fresh("t_bar")
                bars.emit(located(gast.Assign([store(name)], tree, None), stmt))
                term = Term(load(name))
            else:
                bars.accumulate(value.id, term)
        plain = numeric or kind.tag == "list" and self.is_float_list(owner) or is_scalar(self.kind(value))
        zero = constant(0.0 if plain else None)
        if kind.tag == "unknown" and not plain:
            arrays = gast.Attribute(load(self.names.helpers.numpy), "ndarray", gast.Load())
            zero = expression("0.0 if isinstance(u, arrays) else None", u=self.names.bar(owner), arrays=arrays)
        if isinstance(index, gast.Slice) and kind.tag not in ("array", "number"):
            zero = call(bars.helper("zeros_like"), copy.deepcopy(value))
        place = gast.Subscript(load(self.names.bar(owner)), copy.deepcopy(index), gast.Store())
        bars.emit(located(gast.Assign([place], zero, None), stmt))
        if term is not None and self.is_one_array(owner, value.id):
            bars.accumulate(value.id, term)

    def is_one_array(self, owner, value) -> bool:
        """True when both are followed as one array, or as views of one."""
        views = self.core.views
        while owner in views:
            owner = views[owner]
        while value in views:
            value = views[value]
        return owner == value

    def taken_out(self, place, value, owner):
        """The entries at `place` of the adjoint of `owner`, in the shape of `value`: a copy."""
        index, kind = place.slice, self.kinds.get(owner, UNKNOWN)
        if self.is_entry(index, kind):
            if is_scalar(self.kinds.get(value.id, UNKNOWN)):
                return place
            return self.summed(place, value, owner, ())
        shape = item_shape(self.shapes.of(load(owner)), index, self.kind)
        if self.is_as_real(owner, value) and stretched_axes(shape, self.shapes.of(value)) not in (None, EVERYWHERE):
            return self.summed(place, value, owner, shape)
        return self.summed(call(gast.Attribute(place, "copy", gast.Load())), value, owner, shape)

    def is_entry(self, index, kind) -> bool:
        """True when the index picks one entry of an array."""
        from ..analysis.parts import array_item

        return kind.tag == "array" and is_scalar(array_item(kind, index, self.kind))

    def item_add(self, stmt):
        owner, index = stmt.target.value.id, stmt.target.slice
        check_owned(self, owner, stmt)
        check_item_owned(self, owner, index, stmt)
        check_floating(self, owner, stmt.value)
        kind = self.kinds.get(owner, UNKNOWN)
        if kind.tag in ("array", "number") and not self.is_basic(index):
            index = stmt.target.slice = self.distinct(index)
        step = nodes.Step([stmt], updates=owner, at=stmt)
        step.saves = self.saved_item(owner, index, kind, stmt)
        step.undo = lambda: self.undo_item_add(owner, index, stmt, kind)
        return step

    def undo_item_add(self, owner, index, stmt, kind):
        bars, value = self.bars, stmt.value
        if not self.is_active(value):
            return
        bars.whole(owner)
        tree = gast.Subscript(load(self.names.bar(owner)), copy.deepcopy(index), gast.Load())
        numeric = kind.tag in ("array", "number")
        tree = self.taken_out(tree, value, owner) if numeric else tree
        if isinstance(stmt.op, gast.Sub):
            tree = gast.UnaryOp(gast.USub(), tree)
        bars.accumulate(value.id, Term(tree, True, True, may_be_none=not numeric))

    def saved_item(self, owner, index, kind, stmt):
        """(record, restore) of the entries at `index`."""

        def saves(tape):
            base = load(owner) if isinstance(owner, str) else copy.deepcopy(owner)
            old = gast.Subscript(base, copy.deepcopy(index), gast.Load())
            if kind.tag == "dict":
                record = statement("tape.append(dict(d))", at=stmt, tape=tape, d=owner)
                return [record], statements("d.clear()\nd.update(tape.pop())", at=stmt, tape=tape, d=owner)
            if kind.tag in ("array", "number") and not self.is_entry(index, kind):
                old = call(gast.Attribute(old, "copy", gast.Load()))
            elif kind.tag == "unknown":
                old = call(self.bars.helper("snapshot"), old)
            record = statement("tape.append(old)", at=stmt, tape=tape, old=old)
            place = gast.Subscript(copy.deepcopy(base), copy.deepcopy(index), gast.Store())
            return [record], [located(gast.Assign([place], expression("tape.pop()", tape=tape), None), stmt)]

        return saves

    def added_at(self, stmt):
        """`np.add.at(u, i, v)`: entries add up where indices repeat, so each hands on what it received."""
        owner, index, value = stmt.value.args
        if not isinstance(owner, gast.Name):
            self.refuse("np.add.at of an expression cannot be differentiated", stmt, "Give the array a name.")
        check_owned(self, owner.id, stmt)
        check_floating(self, owner.id, value)
        self.bars.buffered.add(owner.id)
        step = nodes.Step([stmt], updates=owner.id, at=stmt)

        def saves(tape):
            record = statement("tape.append(u.copy())", at=stmt, tape=tape, u=owner.id)
            return [record], statements("u[...] = tape.pop()", at=stmt, tape=tape, u=owner.id)

        def undo():
            if self.is_active(value):
                self.bars.whole(owner.id)
                tree = gast.Subscript(load(self.names.bar(owner.id)), copy.deepcopy(index), gast.Load())
                self.bars.accumulate(value.id, Term(call(self.bars.helper("unbroadcast"), tree, load(value.id))))

        step.saves, step.undo = saves, undo
        return step

    # methods ----------------------------------------------------------------------------------------------------------

    def mutation(self, stmt, op, target):
        """`xs.append(v)`, `v = xs.pop()` and their like."""
        owner, method = op.args["owner"].id, op.primitive
        if method == "pop" and target is None and not self.is_float_list(owner):
            target, stmt = self.taken(owner, op, stmt)
        check_owned(self, owner, stmt)
        tag = mutated_kind(self, owner, method)
        self.bars.buffered.add(owner)
        step = nodes.Step(
            [*kind_guard(self, owner, method, stmt), stmt], defines={target} - {None}, updates=owner, at=stmt
        )
        args = op.node.args
        make = getattr(self, f"undo_dict_{method}" if tag == "dict" else f"undo_{method}", None)
        if make is None or op.node.keywords:
            self.refuse(
                f"the method {method!r} of an active {tag} cannot be differentiated yet",
                stmt,
                "Use append, extend, insert, pop or reverse.",
                UnsupportedMutation,
            )
        step.saves = self.saved_by(method, owner, args, target, stmt)
        step.undo = lambda: make(owner, args, target, stmt)
        return step

    def taken(self, owner, op, stmt):
        """(name, statement) of an item that is popped and not used: its zero adjoint is one of its structure."""
        name = self.names.fresh("t")
        self.core.temporaries.add(name)
        self.core.scope.local.add(name)
        self.kinds[name] = self.kind(op.node)
        made = assign(name, stmt.value, stmt)
        self.original[id(made)] = stmt
        self.added.append(made)
        return name, made

    def zero_of_item(self, owner, target):
        """The adjoint of an item of a list while it was not in the list."""
        if self.is_float_list(owner):
            return constant(0.0)
        return call(self.bars.helper("zeros_like"), load(target))

    def saved_by(self, method, owner, args, target, stmt):
        """How to take back on the list itself what a method did, where the reverse sweep reads the list."""

        def saves(tape):
            parts = {"xs": owner, "tape": tape, **({"i": args[0]} if args else {})}
            if isinstance(owner, str) and mutated_kind(self, owner, method) == "dict":
                record = [statement("tape.append(dict(d))", at=stmt, tape=tape, d=owner)]
                return record, statements("d.clear()\nd.update(tape.pop())", at=stmt, tape=tape, d=owner)
            record, restore = RESTORED[method, bool(args)]
            return statements(record, at=stmt, **parts), statements(restore, at=stmt, **parts)

        return saves

    def undo_append(self, owner, args, target, stmt):
        bars = self.bars
        bars.buffer(owner)
        taken = expression("xs.pop()", xs=self.names.bar(owner))
        value = args[0]
        if self.is_active(value):
            surely = is_numeric(self.kinds.get(value.id, UNKNOWN)) and self.is_float_list(owner)
            bars.accumulate(value.id, Term(taken, True, False, may_be_none=not surely))
        else:
            bars.emit(located(gast.Expr(taken), stmt))

    def is_float_list(self, owner) -> bool:
        kind = self.kinds[owner]
        return kind.tag == "list" and bool(kind.items) and all(is_scalar(i) for i in kind.items)

    def undo_pop(self, owner, args, target, stmt):
        bars = self.bars
        bars.buffer(owner)
        has = target is not None and bars.has(target)
        value = bars.read(target) if has else self.zero_of_item(owner, target)
        template = "xs.insert(i, v)" if args else "xs.append(v)"
        parts = {"xs": self.names.bar(owner), "v": value, **({"i": args[0]} if args else {})}
        if args and isinstance(args[0], gast.UnaryOp):
            self.refuse("pop from a negative position cannot be differentiated yet", stmt, "Use pop() or pop(0).")
        bars.emit(statement(template, at=stmt, **parts))
        if target is not None:
            bars.consume(target)

    def undo_dict_pop(self, owner, args, target, stmt):
        bars = self.bars
        bars.buffer(owner)
        value = bars.read(target) if target is not None and bars.has(target) else constant(None)
        place = gast.Subscript(load(self.names.bar(owner)), copy.deepcopy(args[0]), gast.Store())
        bars.emit(located(gast.Assign([place], value, None), stmt))
        if target is not None:
            bars.consume(target)

    def undo_extend(self, owner, args, target, stmt):
        bars = self.bars
        bars.buffer(owner)
        value = args[0]
        xs = self.names.bar(owner)
        if self.is_active(value):
            tree = expression("[xs.pop() for _ in ys][::-1]", xs=xs, ys=value)
            tree = call(self.names.helpers.name(items_bar), tree, copy.deepcopy(value))
            name = self.names.fresh("items_bar")
            bars.emit(located(gast.Assign([store(name)], tree, None), stmt))
            bars.accumulate(value.id, Term(load(name), True, True, may_be_none=True))
        else:
            bars.emit(statement("for _ in ys:\n    xs.pop()", at=stmt, xs=xs, ys=value))

    def undo_insert(self, owner, args, target, stmt):
        bars = self.bars
        bars.buffer(owner)
        taken = expression("xs.pop(i)", xs=self.names.bar(owner), i=args[0])
        if self.is_active(args[1]):
            bars.accumulate(args[1].id, Term(taken, True, False, may_be_none=True))
        else:
            bars.emit(located(gast.Expr(taken), stmt))

    def undo_reverse(self, owner, args, target, stmt):
        bars = self.bars
        bars.buffer(owner)
        bars.emit(statement("xs.reverse()", at=stmt, xs=self.names.bar(owner)))


def mutated_kind(sweep, owner, method) -> str:
    """The kind, "list" or "dict", whose method `owner.method` is."""
    tag = sweep.kinds.get(owner, UNKNOWN).tag
    return ASSUMED[method] if tag == "unknown" else tag


def kind_guard(sweep, owner, method, stmt) -> list:
    """What checks at run time that an object of unknown kind is what `owner.method` was taken to be a method of."""
    if sweep.core.is_generated or sweep.kinds.get(owner, UNKNOWN).tag != "unknown":
        return []
    wanted = ASSUMED[method]
    error = UnsupportedMutation(
        f"the method {method!r} of what is no {wanted} may change its object, and its derivative is not known",
        where=sweep.core.source.position(stmt),
        advice="Use operations on lists, dicts and arrays that the table in the README names.",
    )
    refused = call(sweep.names.helpers.name(helpers.refused), constant(str(error)))
    return statements(f"if not isinstance(xs, {wanted}):\n    refuse", at=stmt, xs=owner, refuse=refused)


# (method, with arguments): what records before it, and what takes it back on the list itself.
RESTORED = {
    ("append", True): ("", "xs.pop()"),
    ("extend", True): ("", "for _ in i:\n    xs.pop()"),
    ("insert", True): ("", "xs.pop(i)"),
    ("reverse", False): ("", "xs.reverse()"),
    ("pop", False): ("tape.append(xs[-1])", "xs.append(tape.pop())"),
    ("pop", True): ("tape.append(xs[i])", "xs.insert(i, tape.pop())"),
}
