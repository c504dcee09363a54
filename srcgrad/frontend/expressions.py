"""Taking active expressions apart: one operation at a time, inactive parts left whole."""

from __future__ import annotations

import copy
import functools

import gast
import numpy as np

from ..rules import registry
from .activity import active_names, has_walrus, is_constant_call
from .build import (
    SCOPES,
    assign,
    call,
    constant,
    contains_call,
    expression,
    load,
    located,
    names_loaded,
    names_stored,
    store,
)
from .defaults import Defaults
from .inlining import bound_call, rename
from .methods import MUTATORS
from .scope import MISSING
from .source import body_of
from .writers import returning, returns_nothing, written_parameters


class Expressions(Defaults):
    """The expression half of the normaliser: operands out of expressions, statements emitted on the way."""

    def is_active(self, expr) -> bool:
        return bool(active_names(expr, self.scope) & self.active)

    def is_plain_test(self, expr) -> bool:
        """True when `expr` can be evaluated as written, wherever it is only tested."""
        return not any(names & self.active for names in map(changed, gast.walk(expr)))

    def test(self, expr):
        """A test: evaluated as written where that is possible, for no derivative flows through a truth value."""
        if self.is_plain_test(expr):
            return self.bind(expr) if has_walrus(expr) else expr
        if isinstance(expr, gast.UnaryOp) and isinstance(expr.op, gast.Not):
            return gast.UnaryOp(gast.Not(), self.test(expr.operand))
        return self.operand(expr)

    def operand(self, expr):
        """A name, a constant or an inactive expression with the value of `expr`."""
        if expr is None or isinstance(expr, (gast.Name, gast.Constant)):
            return expr
        if not self.is_active(expr) and self.is_plain_test(expr):
            return self.bind(expr) if contains_call(expr) else expr
        op = self.operation(expr)
        return op if isinstance(op, (gast.Name, gast.Constant)) else self.bind(op)

    def operands(self, exprs) -> list:
        """Operands evaluated from left to right: one that a later one changes (walrus, nonlocal) is kept before."""
        found, places = [], []
        for expr in exprs:
            found.append(self.element(expr))
            places.append(len(self.out))
        for i in reversed(range(len(found) - 1)):
            later = names_stored(self.out[places[i] :])
            if found[i] is not None and not isinstance(found[i], gast.Starred) and names_loaded(found[i]) & later:
                name = self.temporary()
                self.out.insert(places[i], assign(name, found[i], exprs[i]))
                found[i] = load(name)
        return found

    def variable(self, expr) -> gast.Name:
        value = self.operand(expr)
        return value if isinstance(value, gast.Name) else self.bind(value)

    def operation(self, expr, effect=False):
        """`expr` as one operation on operands."""
        if isinstance(expr, (gast.Name, gast.Constant)):
            return expr
        if not effect and not self.is_active(expr) and self.is_plain_test(expr):
            return expr
        method = getattr(self, f"take_{type(expr).__name__}", None)
        if method is None:
            self.refuse(f"'{type(expr).__name__}' cannot be differentiated", expr, "Write it as a plain statement.")
        return method(expr)

    # one method per expression ----------------------------------------------------------------------------------------

    def take_BinOp(self, expr):
        left, right = self.operands([expr.left, expr.right])
        return located(gast.BinOp(left, expr.op, right), expr)

    def take_UnaryOp(self, expr):
        return located(gast.UnaryOp(expr.op, self.operand(expr.operand)), expr)

    def take_Compare(self, expr):
        operands = self.operands([expr.left, *expr.comparators])
        return located(gast.Compare(operands[0], expr.ops, operands[1:]), expr)

    def take_NamedExpr(self, expr):
        self.emit(assign(expr.target.id, self.operation(expr.value), expr))
        return load(expr.target.id)

    def take_IfExp(self, expr):
        result = self.temporary()
        test = self.test(expr.test)
        branches = [self.branch_value(result, part) for part in (expr.body, expr.orelse)]
        self.emit(located(gast.If(test, *branches), expr))
        return load(result)

    def branch_value(self, result, expr):
        outer, self.out = self.out, []
        self.emit(assign(result, self.operation(expr), expr))
        block, self.out = self.out, outer
        return block

    def temporary(self, base="t"):
        name = self.namer.fresh(base)
        self.temporaries.add(name)
        self.scope.local.add(name)
        self.active.add(name)
        return name

    def take_BoolOp(self, expr):
        """`x or y` is a value: the first operand that decides."""
        result = self.temporary()
        first, *rest = expr.values
        self.emit(assign(result, self.operation(first), expr))
        if rest:
            test = load(result) if isinstance(expr.op, gast.And) else gast.UnaryOp(gast.Not(), load(result))
            tail = rest[0] if len(rest) == 1 else located(gast.BoolOp(expr.op, rest), expr)
            self.emit(located(gast.If(test, self.branch_value(result, tail), []), expr))
        return load(result)

    def take_Attribute(self, expr):
        if expr.attr in MUTATORS or expr.attr in INSIDES:
            self.refuse_inside(expr)
        return located(gast.Attribute(self.operand(expr.value), expr.attr, gast.Load()), expr)

    def refuse_inside(self, expr):
        self.refuse(
            f"{expr.attr!r} of an active object as a value cannot be differentiated",
            expr,
            "Call the method where it is read, or use the variables themselves.",
        )

    def take_Subscript(self, expr):
        owner = self.operand(expr.value)
        return located(gast.Subscript(owner, self.index(expr.slice), gast.Load()), expr)

    def index(self, expr):
        if isinstance(expr, gast.Tuple):
            return gast.Tuple([self.index(e) for e in expr.elts], gast.Load())
        if isinstance(expr, gast.Slice):
            return gast.Slice(*(self.operand(e) for e in (expr.lower, expr.upper, expr.step)))
        if isinstance(expr, gast.Starred):
            return gast.Starred(self.operand(expr.value), gast.Load())
        if not contains_call(expr) and self.is_plain_test(expr):
            return expr
        return self.operand(expr)

    def take_Tuple(self, expr):
        return located(gast.Tuple(self.operands(expr.elts), gast.Load()), expr)

    def take_List(self, expr):
        return located(gast.List(self.operands(expr.elts), gast.Load()), expr)

    def take_Set(self, expr):
        self.refuse("a set of active values cannot be differentiated", expr, "Use a list.")

    def element(self, expr):
        if isinstance(expr, gast.Starred):
            return gast.Starred(self.operand(expr.value), gast.Load())
        return self.operand(expr)

    def take_Dict(self, expr):
        if None in expr.keys:
            return self.merged(expr)
        keys = [self.operand(key) for key in expr.keys]
        return located(gast.Dict(keys, [self.operand(v) for v in expr.values]), expr)

    def take_JoinedStr(self, expr):
        return expr

    def take_Lambda(self, expr):
        expr = self.with_settled_defaults(expr)
        return self.made_with_defaults(expr) if self.active_defaults(expr.args) else expr

    def take_Starred(self, expr):
        return gast.Starred(self.operand(expr.value), gast.Load())

    # comprehensions ---------------------------------------------------------------------------------------------------

    def take_ListComp(self, expr):
        return self.comprehension(expr, gast.List([], gast.Load()), self.append)

    def take_GeneratorExp(self, expr):
        self.refuse_lazy_walrus(expr)
        return self.take_ListComp(expr)

    def refuse_lazy_walrus(self, expr):
        """A generator runs as far as it is asked to, which tells what its walruses assign in the end."""
        for generator in (n for n in gast.walk(expr) if isinstance(n, gast.GeneratorExp)):
            walrus = next((n for n in gast.walk(generator) if isinstance(n, gast.NamedExpr)), None)
            if walrus is not None and names_stored(walrus) & self.active:
                name = walrus.target.id
                self.refuse(f"{name!r} is assigned an active value in a generator", walrus, "Write it as a loop.")

    def take_DictComp(self, expr):
        return self.comprehension(expr, gast.Dict([], []), self.set_item)

    def take_SetComp(self, expr):
        self.refuse("a set of active values cannot be differentiated", expr, "Use a list comprehension.")

    def append(self, result, expr):
        grow = gast.Attribute(load(result), "append", gast.Load())
        return located(gast.Expr(gast.Call(grow, [expr.elt], [])), expr)

    def set_item(self, result, expr):
        return assign(gast.Subscript(load(result), expr.key, gast.Store()), expr.value, expr)

    def comprehension(self, expr, empty, add):
        """A comprehension as the loop that it abbreviates, its variables renamed apart."""
        bound = set().union(*(names_stored(g.target) for g in expr.generators))
        if any(isinstance(n, SCOPES) and names_loaded(n) & bound for n in gast.walk(expr)):
            return self.function_of(expr, empty, add)
        fresh = {name: self.namer.fresh(name) for name in sorted(bound)}
        self.scope.local |= set(fresh.values())
        first = expr.generators[0].iter  # evaluated outside, where the variables are not bound
        expr = rename(expr, fresh, inside_comprehension=True)
        expr.generators[0].iter = first
        result = self.temporary("items")
        self.emit(assign(result, empty, expr))
        self.active |= {fresh[n] for n in fresh}
        self.statement(self.loops_of(expr, add(result, expr)))
        return load(result)

    def loops_of(self, expr, innermost):
        """The loops of a comprehension around the statement `innermost`."""
        body = [innermost]
        for generator in reversed(expr.generators):
            if generator.is_async:
                self.refuse("an async comprehension cannot be differentiated", expr, "Await the data first.")
            for test in reversed(generator.ifs):
                body = [located(gast.If(test, body, []), expr)]
            body = [located(gast.For(generator.target, generator.iter, body, [], None), expr)]
        return body[0]

    def function_of(self, expr, empty, add):
        """A comprehension whose variables closures capture: a local function, for each run has variables of its own."""
        name, source, result = (self.namer.fresh(base) for base in ("comprehension", "source", "items"))
        self.scope.local.add(name)
        self.active.add(name)
        expr = copy.deepcopy(expr)
        first, expr.generators[0].iter = expr.generators[0].iter, load(source)
        body = [assign(result, empty, expr), self.loops_of(expr, add(result, expr)), gast.Return(load(result))]
        args = gast.arguments([gast.Name(source, gast.Param(), None, None)], [], None, [], [], None, [])
        self.statement(located(gast.FunctionDef(name, args, body, [], None, None, []), expr))
        return self.operation(located(call(name, first), expr))

    # iteration --------------------------------------------------------------------------------------------------------

    def iteration(self, expr):
        """An active iterable as (length, element at an index): loops over it run over the index."""
        target = self.scope.resolve(expr.func) if isinstance(expr, gast.Call) else MISSING
        if target in (zip, enumerate, reversed) and not any(isinstance(a, gast.Starred) for a in expr.args):
            if target is zip and len(expr.args) and not is_strict(expr):
                parts = [self.iteration(arg) for arg in expr.args]
                count = parts[0][0] if len(parts) == 1 else call("min", *(p[0] for p in parts))
                return count, lambda i: gast.Tuple([p[1](i) for p in parts], gast.Load())
            if target is enumerate:
                start = expr.args[1] if len(expr.args) > 1 else next((k.value for k in expr.keywords), None)
                count, element = self.iteration(expr.args[0])
                number = (lambda i: i) if start is None else (lambda i: gast.BinOp(start, gast.Add(), i))
                return count, lambda i: gast.Tuple([number(i), element(i)], gast.Load())
            if target is reversed:
                count, element = self.iteration(expr.args[0])
                return count, lambda i: element(gast.UnaryOp(gast.USub(), gast.BinOp(i, gast.Add(), constant(1))))
        if isinstance(expr, gast.Call) and isinstance(expr.func, gast.Attribute) and not expr.args:
            if expr.func.attr in ("items", "values") and target is MISSING:
                return self.dict_iteration(expr)
        if target is not MISSING and target in (range,) or not self.is_active(expr):
            if target is range or isinstance(expr, (gast.Name, gast.Tuple, gast.List)):
                items = expr if isinstance(expr, gast.Name) else self.bind(expr, "items")
            else:
                items = self.bind(call("list", expr), "items")
            return call("len", items), lambda i: gast.Subscript(items, i, gast.Load())
        items = self.sequence_variable(self.operand(expr))
        return call("len", items), lambda i: gast.Subscript(items, i, gast.Load())

    def dict_iteration(self, expr):
        owner = self.variable(expr.func.value)
        keys = self.bind(expression("list(d)", d=owner), "keys")
        self.active.discard(keys.id)
        self.keys.add(keys.id)
        key = lambda i: gast.Subscript(keys, i, gast.Load())  # noqa: E731
        value = lambda i: gast.Subscript(owner, key(i), gast.Load())  # noqa: E731
        if expr.func.attr == "values":
            return call("len", keys), value
        return call("len", keys), lambda i: gast.Tuple([key(i), value(i)], gast.Load())

    def sequence_variable(self, value) -> gast.Name:
        """A variable that can be indexed from 0: the value itself where it is a sequence, else a list of its items."""
        return self.bind(call(load(SEQUENCE), value), "items")

    # calls ------------------------------------------------------------------------------------------------------------

    def take_Call(self, expr):
        inlined = self.inliner.call(expr)
        if inlined is not None:
            return inlined
        target = self.scope.resolve(expr.func)
        rewritten = self.higher_order(target, expr)
        if rewritten is not None:
            return self.operation(rewritten)
        if is_constant_call(expr, self.scope):
            self.refuse_lazy_walrus(expr)
            return expr
        if target is dict and expr.keywords and all(k.arg is not None for k in expr.keywords):
            return self.dict_call(expr)
        if target is MISSING and isinstance(expr.func, gast.Attribute):
            method = self.dict_method(expr)
            if method is not None:
                return method
        function = expr.func
        if target is MISSING and isinstance(function, gast.Attribute):
            if function.attr in INSIDES and self.is_active(function.value):
                self.refuse_inside(function)
            function = gast.Attribute(self.operand(function.value), function.attr, gast.Load())
        elif target is MISSING and not isinstance(function, gast.Name):
            function = self.variable(function)
        values = self.operands([*expr.args, *(k.value for k in expr.keywords)])
        args = values[: len(expr.args)]
        keywords = [gast.keyword(k.arg, value) for k, value in zip(expr.keywords, values[len(args) :])]
        made = located(gast.Call(function, args, keywords), expr)
        if target in (zip, enumerate, reversed):  # an iterator is used up when it is read: its items stay
            made = located(call("list", self.bind(made)), expr)
        return self.stored_whole(target, made) or self.handed_back(target, made)

    def stored_whole(self, target, made):
        """`np.exp(x, out=y)` and `np.copyto(y, v)` as `y[...] = np.exp(x)` and `y[...] = v`; None for other calls."""
        named = {k.arg: k.value for k in made.keywords}
        if target is np.copyto and len(made.args) == 2 and not named:
            out, value = made.args
        elif "out" in named and target is not MISSING and registry.has_rule(target) and "where" not in named:
            out = named["out"]
            value = located(gast.Call(made.func, made.args, [k for k in made.keywords if k.arg != "out"]), made)
        else:
            return None
        if not isinstance(out, gast.Name) or out.id not in self.scope.local:
            return None
        value = value if isinstance(value, (gast.Name, gast.Constant)) else self.bind(value)
        self.emit(assign(gast.Subscript(load(out.id), constant(...), gast.Store()), value, self.at))
        return load(out.id)

    def handed_back(self, target, made):
        """A call that writes into its arguments, as one that returns them: they are bound anew."""
        written = written_parameters(target)
        bound = bound_call(target, made) or {} if written else {}
        given = [bound.get(p) for p in written]
        if not given or not all(isinstance(g, gast.Name) and g.id in self.scope.local for g in given):
            return made
        if any(sum(g.id == n.id for n in gast.walk(made) if isinstance(n, gast.Name)) > 1 for g in given):
            return made  # what is written into is given twice
        name = self.namer.fresh(target.__name__)
        self.scope.imported[name] = returning(target)
        self.scope.written_as[name] = made.func
        made = located(gast.Call(load(name), made.args, made.keywords), made)
        nothing = returns_nothing(body_of(target)[1])
        if nothing and len(given) == 1:
            self.emit(assign(given[0].id, made, self.at))
            return constant(None)
        parts = self.bind(made)
        for i, name in enumerate(given):
            item = gast.Subscript(parts, constant(i + (not nothing)), gast.Load())
            self.emit(assign(name.id, item, self.at))
        return constant(None) if nothing else gast.Subscript(parts, constant(0), gast.Load())

    def merged(self, expr):
        """`{"a": x, **d}`, item by item."""
        result = self.temporary("items")
        self.emit(assign(result, gast.Dict([], []), expr))
        for key, value in zip(expr.keys, expr.values):
            if key is None:
                self.update(load(result), value)
            else:
                place = gast.Subscript(load(result), self.operand(key), gast.Store())
                self.emit(assign(place, self.operand(value), expr))
        return load(result)

    def update(self, owner, other):
        """`owner.update(other)` of two dicts, item by item."""
        other = self.variable(other)
        key = self.namer.fresh("key")
        self.scope.local.add(key)
        self.keys.add(key)
        place = gast.Subscript(owner, load(key), gast.Store())
        step = assign(place, gast.Subscript(other, load(key), gast.Load()), self.at)
        self.active.add(owner.id)
        self.emit(located(gast.For(store(key), call("list", other), self.block([step]), [], None), self.at))

    def dict_method(self, expr):
        """update and setdefault as item assignments; None for other calls."""
        owner, name = expr.func.value, expr.func.attr
        if name == "update" and len(expr.args) <= 1 and all(k.arg for k in expr.keywords):
            owner = self.variable(owner)
            if expr.args:
                self.update(owner, expr.args[0])
            for keyword in expr.keywords:
                place = gast.Subscript(owner, constant(keyword.arg), gast.Store())
                self.emit(assign(place, self.operand(keyword.value), expr))
            return constant(None)
        if name == "setdefault" and len(expr.args) == 2 and not expr.keywords:
            owner, key = self.variable(owner), self.operand(expr.args[0])
            place = gast.Subscript(owner, key, gast.Store())
            test = gast.Compare(key, [gast.NotIn()], [owner])
            self.emit(located(gast.If(test, self.block([assign(place, expr.args[1], expr)]), []), expr))
            return gast.Subscript(owner, key, gast.Load())
        return None

    def dict_call(self, expr):
        """`dict(d, a=x)` as a copy with items set, `dict(a=x)` as a display."""
        if not expr.args:
            keys = [constant(k.arg) for k in expr.keywords]
            return self.take_Dict(located(gast.Dict(keys, [k.value for k in expr.keywords]), expr))
        result = self.temporary("items")
        self.emit(assign(result, gast.Call(expr.func, [self.operand(a) for a in expr.args], []), expr))
        for keyword in expr.keywords:
            place = gast.Subscript(load(result), constant(keyword.arg), gast.Store())
            self.emit(assign(place, self.operand(keyword.value), expr))
        return load(result)

    def higher_order(self, target, expr):
        """map, filter and reduce, as the comprehension or loop that they stand for."""
        if any(isinstance(a, gast.Starred) for a in expr.args) or expr.keywords:
            return None
        if target is map and len(expr.args) >= 2:
            names = [self.namer.fresh("item") for _ in expr.args[1:]]
            variables = [store(n) for n in names]
            many = len(names) > 1
            source = call("zip", *expr.args[1:]) if many else expr.args[1]
            goal = gast.Tuple(variables, gast.Store()) if many else variables[0]
            value = located(gast.Call(self.function_operand(expr.args[0]), [load(n) for n in names], []), expr)
            return located(gast.ListComp(value, [gast.comprehension(goal, source, [], 0)]), expr)
        if target is filter and len(expr.args) == 2:
            name = self.namer.fresh("item")
            none = isinstance(expr.args[0], gast.Constant)
            test = load(name) if none else gast.Call(self.function_operand(expr.args[0]), [load(name)], [])
            loop = gast.comprehension(store(name), expr.args[1], [test], 0)
            return located(gast.ListComp(load(name), [loop]), expr)
        if target is functools.reduce and len(expr.args) in (2, 3):
            return self.reduce(expr)
        return None

    def function_operand(self, function):
        """A function used many times: a lambda or a name stays, anything else is evaluated once."""
        if isinstance(function, (gast.Lambda, gast.Name)) or self.scope.resolve(function) is not MISSING:
            return function
        return self.variable(function)

    def reduce(self, expr):
        function = self.function_operand(expr.args[0])
        result, item = self.temporary("total"), self.namer.fresh("item")
        items = self.sequence_variable(self.operand(expr.args[1]))
        if len(expr.args) == 3:
            self.emit(assign(result, self.operation(expr.args[2]), expr))
            rest = items
        else:
            self.emit(assign(result, gast.Subscript(items, constant(0), gast.Load()), expr))
            rest = gast.Subscript(items, gast.Slice(constant(1), None, None), gast.Load())
        step = assign(result, located(gast.Call(function, [load(result), load(item)], []), expr), expr)
        self.active.add(item)
        self.statement(located(gast.For(store(item), rest, [step], [], None), expr))
        return load(result)


def is_strict(expr) -> bool:
    """True for a `zip` that may raise on uneven lengths; a literal list next to arrays of unknown length may."""
    return any(not (isinstance(k.value, gast.Constant) and not k.value.value) for k in expr.keywords)


INSIDES = frozenset(["__defaults__", "__kwdefaults__", "__closure__", "__dict__", "__code__", "__wrapped__"])
UPDATE_WRAPPER = "<update_wrapper>"  # becomes the name of that function
SEQUENCE = "<as_sequence>"  # becomes the name of the helper, where the value is not known to be a sequence


def changed(node) -> set[str]:
    """The names that an expression assigns or writes into, and what it assigns to them."""
    if isinstance(node, (gast.NamedExpr, gast.Await, gast.Yield)):
        return names_loaded(node) | names_stored(node)
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in MUTATORS:
        return names_loaded(node.func.value)
    return set()
