"""Tangents along several directions in one pass: the primal's statements once, a tangent's for each direction.

A tangent function as `Forward` writes it, with the list of the tangents along all directions in place of each tangent:

    y = x * x                                y = x * x
    y_dot = 2 * x_dot * x           ->       t = np.cos(y)
    z_dot = np.cos(y) * y_dot                y_dots = [2 * x_dot * x for x_dot in x_dots]
    u_dot[i] = z_dot                         z_dots = [t * y_dot for y_dot in y_dots]
                                             for u_dot, z_dot in zip(u_dots, z_dots):
                                                 u_dot[i] = z_dot

What does not depend on a tangent is computed once, ahead of the statement. Whether a tangent is None, a zero, is the
same along all directions.
"""

from __future__ import annotations

import gast

from ..frontend.build import assign, call, constant, load, located, names_loaded, names_stored, store
from ..optimize.trees import map_children, with_fields
from ..runtime.pairs import pushforward

ZEROS = ("zeros_like", "zeros", "or_zero")
SIMPLE = (gast.Name, gast.Constant, gast.Attribute, gast.Subscript, gast.UnaryOp)


class Directions:
    """Rewrites the statements of one tangent function; `forward` knows the names of its tangents."""

    def __init__(self, forward, inputs: list[str]):
        self.names, self.core = forward.names, forward.core
        dots = [name for (_, suffix), name in self.names.given.items() if suffix == "_dot"]
        dots += [forward.environment] if forward.environment is not None else []
        self.lists = {dot: self.names.fresh(f"{dot}s") for dot in dots}  # tangent -> those along all directions
        self.inputs = inputs
        self.any = self.lists[inputs[0]] if inputs else None
        runtime = {name for name, value in self.names.helpers.objects.items() if value is pushforward}
        self.calls = forward.pushforwards | runtime  # what is called for a tangent, or for a tangent function
        self.ahead: list[gast.stmt] = []  # what the statement at hand needs computed once

    def body(self, stmts, tangents: str) -> list[gast.stmt]:
        """The statements of the whole function, whose parameter `tangents` holds the lists of those of its inputs."""
        stmts = self.block(stmts)
        loaded, stored = (set().union(*map(names, stmts)) for names in (names_loaded, names_stored))
        if self.any in loaded - stored:
            lists = gast.Tuple([store(self.lists[dot]) for dot in self.inputs], gast.Store())
            stmts.insert(0, gast.Assign([lists], load(tangents), None))  # how many directions there are is asked
        return stmts

    def block(self, stmts) -> list[gast.stmt]:
        out = []
        for stmt in stmts:
            outer, self.ahead = self.ahead, []
            made = self.statement(stmt)
            out += [located(new, stmt) for new in (*self.ahead, *made)]
            self.ahead = outer
        return out

    def statement(self, stmt) -> list[gast.stmt]:
        if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)):
            parts = {name: self.block(getattr(stmt, name)) for name in ("body", "orelse") if getattr(stmt, name, None)}
            if isinstance(stmt, (gast.If, gast.While)):
                parts["test"] = self.along_first(stmt.test)
            return [with_fields(stmt, **parts)]
        if isinstance(stmt, gast.Return):
            y, y_dot = stmt.value.elts
            return [gast.Return(gast.Tuple([y, self.along(y_dot)], gast.Load()))]
        if not self.used(stmt) or isinstance(stmt, gast.FunctionDef):
            return [stmt]
        pushed = self.pushed(getattr(stmt, "value", None))
        if isinstance(stmt, gast.Expr):
            return [gast.Expr(pushed)] if pushed is not None else [self.each(stmt)]
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else stmt.target
        if isinstance(target, gast.Subscript):
            return [self.each(stmt)]
        if isinstance(target, gast.Name) and target.id in self.lists:
            value = stmt.value
            if isinstance(stmt, gast.AugAssign):
                value = gast.BinOp(load(target.id), stmt.op, value)
            return [assign(self.lists[target.id], self.along(value))]
        return [gast.Assign([self.listed(target)], pushed or stmt.value, None)]

    def used(self, tree) -> list[str]:
        """The tangents in a tree, in the order in which they stand there."""
        return list(dict.fromkeys(n.id for n in gast.walk(tree) if isinstance(n, gast.Name) and n.id in self.lists))

    def listed(self, target):
        """A target with the names of the lists of tangents in it."""
        if isinstance(target, gast.Name):
            return store(self.lists.get(target.id, target.id))
        return with_fields(target, elts=[self.listed(element) for element in target.elts])

    def along(self, tree) -> gast.expr:
        """The list of the values that `tree` has along the directions; None where no direction is known."""
        if isinstance(tree, gast.Name) and tree.id in self.lists:
            return load(self.lists[tree.id])
        dots = self.used(tree)
        if any(isinstance(node, gast.Lambda) and self.used(node) for node in gast.walk(tree)):
            return self.bound_along(tree)
        if not dots:
            return constant(None) if self.any is None else self.listed_for(tree, store("_"), load(self.any))
        return self.listed_for(self.once(tree), *self.loop(dots))

    def along_first(self, tree):
        """A test of tangents, which only asks whether they are None: that of the first direction is that of all."""
        if isinstance(tree, gast.Name) and tree.id in self.lists:
            return gast.Subscript(load(self.lists[tree.id]), constant(0), gast.Load())
        return map_children(tree, self.along_first)

    def loop(self, dots):
        """(target, iterable) of a loop over the directions."""
        if len(dots) == 1:
            return store(dots[0]), load(self.lists[dots[0]])
        return gast.Tuple(list(map(store, dots)), gast.Store()), call("zip", *(load(self.lists[d]) for d in dots))

    def listed_for(self, tree, target, iterable):
        return gast.ListComp(tree, [gast.comprehension(target, iterable, [], 0)])

    def each(self, stmt):
        """A statement that changes a tangent in place, for every direction."""
        body = self.once_in(stmt)
        target, iterable = self.loop(self.used(stmt))
        return gast.For(target, iterable, [located(body, stmt)], [], None)

    def bound_along(self, tree):
        """As `along`, for functions that give tangents when they are called: each knows its direction."""
        direction = self.names.fresh("direction")

        def item(node):
            if isinstance(node, gast.Name) and node.id in self.lists and isinstance(node.ctx, gast.Load):
                return gast.Subscript(load(self.lists[node.id]), load(direction), gast.Load())
            if isinstance(node, gast.Lambda):
                param = gast.Name(direction, gast.Param(), None, None)
                args = gast.arguments([param], [], None, [], [], None, [load(direction)])
                return gast.Lambda(args, map_children(node.body, item))
            return map_children(node, item)

        return self.listed_for(item(tree), store(direction), call("range", call("len", load(self.any))))

    def pushed(self, value):
        """The call of a tangent function with the lists of tangents; None for anything else."""
        if not isinstance(value, gast.Call):
            return None
        function = value.func
        known = isinstance(function, gast.Name) and function.id in self.calls
        found = isinstance(function, gast.Call) and getattr(function.func, "id", None) in self.calls
        if not (known or found):
            return None
        if found:
            many = gast.keyword("many", constant(True))
            keywords = [
                gast.keyword(k.arg, self.along(k.value)) if k.arg == "captures" else k for k in function.keywords
            ]
            function = with_fields(function, keywords=[*keywords, many])
        tangents, *args = value.args
        entries = [self.entry(element) for element in tangents.elts]
        return with_fields(value, func=function, args=[gast.Tuple(entries, gast.Load()), *args])

    def entry(self, element):
        """What stands for one argument among the tangents of a call; a starred one stands for several."""
        if not isinstance(element, gast.Starred):
            return self.along(element)
        return gast.Starred(call("zip", gast.Starred(self.along(element.value), gast.Load())), gast.Load())

    # what is computed once --------------------------------------------------------------------------------------------

    def once_in(self, stmt):
        """A statement with what does not depend on a tangent taken out of its value."""
        return with_fields(stmt, value=self.once(stmt.value))

    def once(self, tree):
        """A tree with what does not depend on a tangent, and surely is computed, replaced by variables."""
        if not isinstance(tree, gast.expr) or isinstance(tree, (gast.Lambda, gast.ListComp, gast.Starred)):
            return map_children(tree, self.once) if isinstance(tree, (gast.keyword, gast.Starred)) else tree
        if isinstance(tree, (gast.Tuple, gast.List, gast.Dict)):  # each direction has a list of its own
            return map_children(tree, self.once)
        if not self.used(tree):
            return tree if self.is_cheap(tree) else self.variable(tree)
        if isinstance(tree, gast.IfExp):
            return with_fields(tree, test=self.once(tree.test))
        if isinstance(tree, gast.BoolOp):
            return with_fields(tree, values=[self.once(tree.values[0]), *tree.values[1:]])
        if isinstance(tree, gast.Subscript):
            return with_fields(tree, value=self.once(tree.value))
        return map_children(tree, self.once)

    def is_cheap(self, tree) -> bool:
        """True for what is as quick as a variable, for functions, and for zeros: each direction has its own."""
        nodes = [node for node in gast.walk(tree) if isinstance(node, gast.expr)]
        if isinstance(tree, (gast.Slice, gast.Starred)):
            return True
        made = [node.func for node in nodes if isinstance(node, gast.Call)]
        if any(getattr(f, "attr", getattr(f, "id", "")).rstrip("_0123456789") in ZEROS for f in made):
            return True
        return all(isinstance(node, SIMPLE) for node in nodes)

    def variable(self, tree) -> gast.Name:
        name = self.names.fresh("t")
        self.ahead.append(assign(name, tree))
        return load(name)
