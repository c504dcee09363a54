"""Writes into arrays, lists and dicts in forward mode: what is done to the value is done to its tangent."""

from __future__ import annotations

import copy

import gast

from ..analysis.activity import differentiable
from ..analysis.ownership import check_item_owned, check_owned
from ..analysis.rounding import check_floating
from ..errors import UnsupportedMutation
from ..frontend.build import assign, call, constant, load, located, names_stored, parameters, statement, statements
from ..kinds import holds_constants, is_numeric, is_scalar
from .mutations import kind_guard, mutated_kind


class TangentMutations:
    """Mixed into `Forward`. A tangent is written first, for the value's own write may change what its index reads."""

    def place(self, owner, index, context=gast.Store):
        return gast.Subscript(load(self.names.dot(owner)), copy.deepcopy(index), context())

    def item_store(self, stmt, target, value):
        """`u[i] = v`"""
        owner, kind = target.value.id, self.kind(target.value)
        check_owned(self, owner, stmt)
        if hasattr(stmt, "updates_item"):
            check_item_owned(self, owner, target.slice, stmt)
        check_floating(self, owner, value)
        dot = self.dot_of(value) if kind.tag in ("list", "dict") else self.number_dot(value)
        if isinstance(target.slice, gast.Slice) and kind.tag == "list":
            dot = self.items_of(value)
        elif is_numeric(kind) and not self.is_active(value):
            dot = constant(0.0)
        stored = located(gast.Assign([self.place(owner, target.slice)], dot, None), stmt)
        return [*self.before_write(owner, stmt), stored, stmt]

    def item_update(self, stmt):
        """`u[i] += v`: in place for arrays and numbers, through temporaries where the item may be anything."""
        owner, index, value = stmt.target.value, stmt.target.slice, stmt.value
        check_owned(self, owner.id, stmt)
        check_item_owned(self, owner.id, index, stmt)
        check_floating(self, owner.id, value)
        item = gast.Subscript(owner, copy.deepcopy(index), gast.Load())
        if is_numeric(self.kind(owner)) or is_scalar(self.kind(item)) and owner.id in self.whole:
            if not self.is_active(value):
                return [stmt]
            return [located(gast.AugAssign(self.place(owner.id, index), stmt.op, self.number_dot(value)), stmt), stmt]
        old, new = self.temporary("t"), self.temporary("t")
        self.kinds[old] = self.kind(item)
        self.active |= {old, new}
        sum_of = located(gast.BinOp(load(old), stmt.op, value), stmt)
        self.kinds[new] = self.kind(sum_of)
        kept = located(gast.Assign([gast.Subscript(owner, copy.deepcopy(index), gast.Store())], load(new), None), stmt)
        kept_dot = located(gast.Assign([self.place(owner.id, index)], load(self.names.dot(new)), None), stmt)
        made = [*self.on_Assign(assign(old, item, stmt)), *self.on_Assign(assign(new, sum_of, stmt)), kept_dot, kept]
        return [*self.before_write(owner.id, stmt), *made]

    # methods ----------------------------------------------------------------------------------------------------------

    def mutation(self, stmt, op, target) -> list:
        """`xs.append(v)`, `v = xs.pop()` and their like."""
        owner, node = op.args["owner"].id, op.node
        check_owned(self, owner, stmt)
        kind = mutated_kind(self, owner, op.primitive)
        method = getattr(self, f"{kind}_{op.primitive}", None)
        if any(isinstance(a, gast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            method = None
        if method is None:
            self.refuse(
                f"the method {op.primitive!r} of an active {kind} cannot be differentiated",
                stmt,
                "Pass its arguments one by one.",
                UnsupportedMutation,
            )
        made = method(owner, node, stmt, target if target in self.active else None)
        return [*kind_guard(self, owner, op.primitive, stmt), *made]

    def present(self, name, stmt) -> gast.stmt:
        """Behind the definition of what will be written into: its tangent, which may be None, as one to write to."""
        return assign(self.names.dot(name), call(self.helper("or_zero"), self.dot_of(load(name)), load(name)), stmt)

    def is_present(self, value) -> bool:
        """True when the tangent of what `value` defines is there, if that is written into."""
        op = self.describe(value)
        if op.form == "item":
            return isinstance(op.node.value, gast.Name) and op.node.value.id in self.solid
        return op.form in ("rule", "callee", "dynamic") or op.form == "copy" and self.is_active(value)

    def before_write(self, owner, stmt) -> list:
        """Before a write into an object of unknown kind: its tangent, which may be None, as one to write to."""
        if self.kind_of(owner).tag != "unknown" or owner in self.references or owner in self.changed:
            return []
        parts = {"x_dot": self.names.dot(owner), "zeros": call(self.helper("zeros_like"), load(owner))}
        return statements("if x_dot is None:\n    x_dot = zeros", at=stmt, **parts)

    def mirror(self, owner, node, args):
        """The call of the same method on the tangent."""
        function = gast.Attribute(load(self.names.dot(owner)), node.func.attr, gast.Load())
        return gast.Call(function, [copy.deepcopy(a) for a in args], [])

    def mirrored(self, owner, node, args, stmt):
        return located(gast.Expr(self.mirror(owner, node, args)), stmt)

    def item_dot_for(self, owner, value):
        floats = all(is_scalar(k) and k.tag != "int" for k in self.kind_of(owner).items or ())
        return self.number_dot(value) if floats and is_scalar(self.kind(value)) else self.dot_of(value)

    def list_append(self, owner, node, stmt, target):
        return [self.mirrored(owner, node, [self.item_dot_for(owner, node.args[0])], stmt), stmt]

    def list_insert(self, owner, node, stmt, target):
        return [self.mirrored(owner, node, [node.args[0], self.item_dot_for(owner, node.args[1])], stmt), stmt]

    def list_extend(self, owner, node, stmt, target):
        return self.extend(owner, node.args[0], stmt)

    def extend(self, owner, value, stmt):
        """`xs.extend(ys)`, also spelled `xs += ys`."""
        dot = self.names.dot(owner)
        if self.is_active(value) or self.kind(value).tag in ("list", "tuple", "array"):
            items = self.items_of(value) if self.is_active(value) else self.zero_of(value)
            return [statement("xs.extend(ys)", at=stmt, xs=dot, ys=items), stmt]
        return [stmt, statement("xs_dot.extend([None] * (len(xs) - len(xs_dot)))", at=stmt, xs_dot=dot, xs=owner)]

    def list_pop(self, owner, node, stmt, target):
        taken = self.mirror(owner, node, node.args)
        return self.taken(owner, taken, stmt, target)

    def taken(self, owner, taken, stmt, target):
        """The statement with the tangent of what it takes out, for `target` where there is one."""
        if target is None:
            return [located(gast.Expr(taken), stmt), stmt]
        dot = self.names.dot(target)
        made = [assign(dot, taken, stmt), stmt]
        if owner not in self.whole and self.kind_of(target).tag != "unknown":
            made.append(assign(dot, call(self.helper("or_zero"), load(dot), load(target)), stmt))
        return made

    def list_remove(self, owner, node, stmt, target):
        dot = self.names.dot(owner)
        return [statement("xs_dot.pop(xs.index(v))", at=stmt, xs_dot=dot, xs=owner, v=node.args[0]), stmt]

    def list_clear(self, owner, node, stmt, target):
        return [self.mirrored(owner, node, [], stmt), stmt]

    list_reverse = dict_clear = list_clear

    def list_sort(self, owner, node, stmt, target):
        """The tangents follow their items to where these are sorted."""
        from ..rules.containers import sorted_iterable_dot

        before = self.temporary("unsorted")
        sort = self.names.helpers.name(sorted_iterable_dot)
        lists = [load(self.names.dot(owner)), load(owner), load(before)]
        moved = gast.Call(load(sort), lists, copy.deepcopy(node.keywords))
        place = self.place(owner, gast.Slice(None, None, None))
        return [assign(before, call("list", load(owner)), stmt), stmt, located(gast.Assign([place], moved, None), stmt)]

    def dict_update(self, owner, node, stmt, target):
        made = [self.mirrored(owner, node, [self.entries(other)], stmt) for other in node.args]
        for other in node.args:
            if self.kind(other).tag != "dict":
                self.refuse(
                    "update of an active dict by what may be no dict cannot be differentiated",
                    stmt,
                    "Make it a dict first: d.update(dict(pairs)).",
                    UnsupportedMutation,
                )
        for keyword in node.keywords:
            place = self.place(owner, constant(keyword.arg))
            made.append(located(gast.Assign([place], self.dot_of(keyword.value), None), stmt))
        return [*made, stmt]

    def dict_setdefault(self, owner, node, stmt, target):
        key, default = node.args[0], node.args[1] if len(node.args) > 1 else constant(None)
        absent = gast.Compare(key, [gast.NotIn()], [load(owner)])
        put = located(gast.Assign([self.place(owner, key)], self.dot_of(default), None), stmt)
        made = [located(gast.If(absent, [put], []), stmt), stmt]
        if target is not None:
            tree = call(gast.Attribute(load(self.names.dot(owner)), "get", gast.Load()), copy.deepcopy(key))
            made.append(assign(self.names.dot(target), self.result_or_zero(tree, owner, target), stmt))
        return made

    def result_or_zero(self, tree, owner, target):
        return tree if self.kind_of(target).tag == "unknown" else call(self.helper("or_zero"), tree, load(target))

    def dict_pop(self, owner, node, stmt, target):
        key, default = node.args[0], node.args[1] if len(node.args) > 1 else constant(None)
        pop = gast.Attribute(load(self.names.dot(owner)), "pop", gast.Load())
        taken = call(pop, copy.deepcopy(key), constant(None))
        if len(node.args) > 1:
            present = gast.Compare(copy.deepcopy(key), [gast.In()], [load(owner)])
            taken = gast.IfExp(present, taken, self.dot_of(default))
        return self.taken(owner, taken, stmt, target)

    def dict_popitem(self, owner, node, stmt, target):
        result = target or (stmt.targets[0].id if isinstance(stmt, gast.Assign) else self.temporary("entry"))
        made = stmt if isinstance(stmt, gast.Assign) else assign(result, node, stmt)
        taken = statement("xs.pop(entry[0], None)", xs=self.names.dot(owner), entry=result).value
        if target is None:
            return [made, located(gast.Expr(taken), stmt)]
        return [made, assign(self.names.dot(target), gast.Tuple([constant(None), taken], gast.Load()), stmt)]


# Which tangents are whole ---------------------------------------------------------------------------------------------


def whole_containers(forward, present=None) -> set[str]:
    """Containers whose tangents surely hold one for each item that can have one, found optimistically to a fixed point.

    They are made in the function, of numbers, arrays and such containers; what arguments and calls bring may have None.
    Of an item of unknown kind the tangent may be None nevertheless, unless only those in `present` will do.
    """
    names = {n for n, kind in forward.kinds.items() if kind.tag in ("list", "tuple", "dict")}
    whole = names & forward.active - set(parameters(forward.core.args)) - set(forward.core.scope.active_cells)
    while True:
        lost = {owner for owner, is_whole in flows_into(forward, whole, present) if not is_whole and owner in whole}
        if not lost:
            return whole
        whole -= lost


def flows_into(forward, whole, present=None):
    """(container, whether it stays whole) for every statement that defines or writes to one."""

    def item(value):
        kind = forward.kind(value)
        if kind.tag in ("list", "tuple", "dict"):
            return kept(value)
        if present is not None and kind.tag == "unknown" and forward.is_active(value):
            return value.id in present or not forward.is_written(value.id)
        return not isinstance(value, gast.Starred)

    def kept(value):
        """Whether what holds it, or is another name for it, is whole; of a kind that may not tell its integers."""
        return not forward.is_active(value) or value.id in whole and not holds_constants(forward.kind(value))

    def defined(value):
        if isinstance(value, gast.Name):
            return kept(value)
        if isinstance(value, (gast.Tuple, gast.List)):
            return all(map(item, value.elts))
        if isinstance(value, gast.Dict):
            return None not in value.keys and all(map(item, value.values))
        if isinstance(value, gast.Subscript):
            return isinstance(value.value, gast.Name) and value.value.id in whole
        return not differentiable(value, forward.inference) & forward.active

    for stmt in forward.core.body:
        for node in gast.walk(stmt):
            if isinstance(node, gast.Assign) and isinstance(node.targets[0], gast.Name):
                yield node.targets[0].id, defined(node.value)
            elif isinstance(node, (gast.Assign, gast.AugAssign)):
                target = node.targets[0] if isinstance(node, gast.Assign) else node.target
                if isinstance(target, gast.Subscript) and isinstance(target.value, gast.Name):
                    yield target.value.id, item(node.value) and not isinstance(target.slice, gast.Slice)
                elif isinstance(target, gast.Name):
                    yield target.id, defined(node.value)
            elif isinstance(node, gast.For):
                yield from ((name, False) for name in names_stored(node.target))
            elif isinstance(node, gast.Call) and grows(node.func):
                values = [*node.args[-1:], *(k.value for k in node.keywords)]
                yield node.func.value.id, all(map(item, values)) and GROWING[node.func.attr]


def grows(function) -> bool:
    """True for `xs.append` and its like."""
    return isinstance(function, gast.Attribute) and isinstance(function.value, gast.Name) and function.attr in GROWING


GROWING = {"append": True, "insert": True, "extend": False, "update": False, "setdefault": False}
