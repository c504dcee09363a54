"""Forward mode: the primal with a tangent beside each active value, statement by statement.

    y = x * x                  y = x * x
    x = np.sin(x)      ->      y_dot = 2 * x * x_dot
    xs.append(x)               x_dot = np.cos(x) * x_dot
                               x = np.sin(x)
                               xs_dot.append(x_dot)
                               xs.append(x)

A number's or array's tangent always has the primal's shape; a list's, tuple's or dict's is one of its items' tangents,
of which None stands for zero. The tangent of what is of no known kind may be None itself.
"""

from __future__ import annotations

import copy

import gast

from ..analysis.activity import differentiable, is_scatter
from ..analysis.leaks import text_message
from ..analysis.operations import Unbound, describe
from ..analysis.ownership import check_owned, check_written
from ..analysis.rounding import check_floating
from ..analysis.shapes import Shapes
from ..analysis.webs import captured_names, free_names
from ..errors import UnsupportedMutation
from ..frontend.build import (
    assign,
    call,
    constant,
    expression,
    load,
    located,
    names_loaded,
    names_stored,
    parameters,
    substitute,
)
from ..kinds import UNKNOWN, is_numeric, is_scalar
from ..runtime import helpers, tangents
from .effects import Effects
from .forward_calls import TangentCalls
from .forward_containers import TangentMutations, whole_containers
from .forward_rules import RESULT, TangentRules
from .operators import Operators
from .references import references
from .reverse import Reverse, definition_counts
from .tangent_memory import TangentMemory
from .views import is_view_of_unknown


class Forward(TangentRules, TangentCalls, TangentMemory, Effects, TangentMutations):
    """Writes the tangent text of one function; the arguments are those of `Reverse`."""

    kind = Reverse.kind
    is_active = Reverse.is_active
    same_shape = Reverse.same_shape
    refuse = Reverse.refuse
    is_core_loop = Reverse.is_core_loop
    is_basic = Operators.is_basic

    def __init__(self, core, inference, active, names, deriver, many=False):
        self.core, self.inference, self.active, self.names, self.deriver = core, inference, active, names, deriver
        self.many = many  # whether the text is to carry tangents along several directions (`directions`)
        self.kinds = inference.kinds
        unshare(core.body)
        self.counts = definition_counts(core.body)
        self.shapes = Shapes(self)
        self.changed, self.solid = set(), set()
        self.whole = whole_containers(self)
        self.find_writes()
        self.find_changed()
        self.references = {
            name: part
            for name, part in references(self, followed=True).items()
            if is_numeric(self.kind(part.value)) or self.is_whole(part.value, part.slice)
        }
        self.defined = set(parameters(core.args)) | set(core.scope.active_cells)
        handed_on = captured_names(core.body) & set(core.scope.active_cells) & self.active
        self.environment = names.fresh("environment") if handed_on else None
        self.checks: list[gast.expr] = []  # that the statement at hand makes first, when it runs
        self.checked_pairs: list[tuple[set, set]] = []  # what is written through, what is checked not to share it
        self.unset: set[str] = set()  # names that checks read, which may not be bound by then: None at first
        self.given: set[str] = set()  # parameters that checks compare with as they were at entry
        self.original: dict[int, gast.stmt] = {}  # statement written anew -> the primal's
        self.pushforwards: set[str] = set()  # the tangent functions of callees in this text

    def build(self, inputs=None) -> list[gast.stmt]:
        """The statements of the tangent function, the last of which is `return y, y_dot`.

        `inputs` are the parameters and captures whose tangents are given; others that are active begin with zero.
        """
        check_written(self)
        *body, last = self.core.body
        if not isinstance(last, gast.Return):
            body, last = self.core.body, located(gast.Return(constant(None)), self.core.body[-1])
        unseeded = [] if inputs is None else sorted(self.active & self.defined - set(inputs))
        present = sorted(self.changed & self.defined - set(unseeded))
        out = [*(self.present(name, self.core.body[0]) for name in present), *self.block(body)]
        given = [assign(self.names.derived(n, "_given"), load(n)) for n in sorted(self.given)]
        unset = [assign(n, constant(None)) for n in sorted(self.unset)]
        out[:0] = [*given, *map(self.zero_definition, unseeded), *unset]
        result = last.value if last.value is not None else constant(None)
        if not isinstance(result, (gast.Name, gast.Constant)):
            result = self.named(result, last, out)
        pair = gast.Tuple([result, self.text_dot(last) or self.dot_of(result)], gast.Load())
        return [*out, located(gast.Return(pair), last)]

    def text_dot(self, last):
        """What stands for the tangent of text made of active values: it refuses to become a number; else None."""
        if not self.core.hidden or self.kind(last.value).tag != "str":
            return None
        return call(self.names.helpers.name(tangents.untracked), constant(text_message(self.core, last)))

    def named(self, result, at, out) -> gast.Name:
        """The result as a variable, with its tangent; its statements go to `out`."""
        name = self.temporary("y")
        self.kinds[name] = self.kind(result)
        if differentiable(result, self.inference) & self.active:
            self.active.add(name)
        out.extend(self.statement(assign(name, result, at)))
        return load(name)

    # what is known ----------------------------------------------------------------------------------------------------

    def kind_of(self, name):
        return self.kinds.get(name, UNKNOWN)

    def describe(self, value):
        try:
            return describe(value, self.kinds, self.core.scope, self.kind)
        except Unbound as reason:
            self.refuse(
                f"this call cannot be differentiated: {reason}",
                value,
                "Use the arguments that the rule names, or register a rule.",
            )

    # tangents as expressions ------------------------------------------------------------------------------------------

    def helper(self, name) -> str:
        function = getattr(helpers, name, None) or getattr(tangents, name)
        return self.names.helpers.name(function)

    def temporary(self, base) -> str:
        name = self.names.fresh(base)
        self.core.temporaries.add(name)
        self.core.scope.local.add(name)
        self.counts[name] = 1
        return name

    def dot_of(self, operand) -> gast.expr:
        """The tangent of an operand, zero where it is inactive."""
        return load(self.names.dot(operand.id)) if self.is_active(operand) else self.zero_of(operand)

    def zero_of(self, expr) -> gast.expr:
        """The zero tangent of an inactive expression; None for what has no derivative."""
        kind = self.kind(expr)
        if kind.tag in ("float", "complex"):
            return constant(0.0)
        if is_scalar(kind) or kind.tag in ("str", "none", "function") or isinstance(expr, gast.Constant):
            return constant(None)
        if self.is_inexact(kind):
            return call(f"{self.names.helpers.numpy}.zeros_like", expr)
        if isinstance(expr, gast.Tuple) and not any(isinstance(e, gast.Starred) for e in expr.elts):
            return gast.Tuple([self.zero_of(element) for element in expr.elts], gast.Load())
        return call(self.helper("zeros_like"), expr)

    def number_dot(self, operand) -> gast.expr:
        """The tangent of an operand that arithmetic is done with: 0.0 where an integer has none."""
        kind = self.kind(operand)
        if is_scalar(kind) and not self.is_active(operand):
            return constant(0.0)
        sure = is_numeric(kind) and self.is_active(operand) or kind.tag == "array"
        return self.dot_of(operand) if sure else call(self.helper("or_zero"), self.dot_of(operand), operand)

    def zero_definition(self, name, value=None) -> gast.stmt:
        """`x_dot = 0` behind a definition of the active name `x` that carries no derivative."""
        kind, target = self.kind_of(name), load(name)
        if is_scalar(kind) or is_numeric(kind) and value is not None and is_scalar(self.kind(value)):
            zero = constant(0.0)
        elif is_numeric(kind) and not self.is_inexact(kind) and not self.is_written(name):
            zero = call(self.helper("or_zero"), constant(None), target)
        else:
            zero = self.zero_of(target)
        return assign(self.names.dot(name), zero)

    def is_inexact(self, kind) -> bool:
        """True for arrays that are known to hold floats or complex numbers."""
        return kind.tag == "array" and kind.dtype is not None and kind.dtype[1] in "fc"

    # statements -------------------------------------------------------------------------------------------------------

    def block(self, stmts) -> list[gast.stmt]:
        return [made for stmt in stmts for made in self.statement(stmt)]

    def statement(self, stmt) -> list[gast.stmt]:
        """A statement of the primal with what it takes to keep the tangents of all that it defines."""
        self.current = stmt
        made = getattr(self, f"on_{type(stmt).__name__}", self.plain)(stmt)
        made[:0], self.checks = [gast.Expr(check) for check in self.checks], []
        if isinstance(stmt, gast.Assign) and self.changed and not self.is_present(stmt.value):
            made = [*made, *(self.present(name, stmt) for name in sorted(names_stored(stmt) & self.changed))]
        for new in made:
            if not getattr(new, "lineno", 0):
                located(new, stmt)
        self.defined |= names_stored(stmt)
        return made

    def plain(self, stmt) -> list[gast.stmt]:
        """A statement through which no derivative passes: active names that it defines have a zero tangent."""
        value = stmt.value if isinstance(stmt, gast.Assign) else None
        return [stmt, *(self.zero_definition(name, value) for name in sorted(names_stored(stmt) & self.active))]

    def on_If(self, stmt):
        return [located(gast.If(stmt.test, self.block(stmt.body), self.block(stmt.orelse)), stmt)]

    def on_For(self, stmt):
        if not self.is_core_loop(stmt):
            return [stmt]
        head = [self.zero_definition(name) for name in sorted(names_stored(stmt.target) & self.active)]
        self.defined |= names_stored(stmt.target)
        return [located(gast.For(stmt.target, stmt.iter, [*head, *self.block(stmt.body)], [], None), stmt)]

    def on_While(self, stmt):
        if not self.is_core_loop(stmt):
            return [stmt]
        return [located(gast.While(stmt.test, self.block(stmt.body), []), stmt)]

    def on_With(self, stmt):
        bound = [n for item in stmt.items if item.optional_vars is not None for n in names_stored(item.optional_vars)]
        head = [self.zero_definition(name) for name in sorted(self.active.intersection(bound))]
        return [located(gast.With(stmt.items, [*head, *self.block(stmt.body)], None), stmt)]

    def on_Expr(self, stmt):
        if not isinstance(stmt.value, gast.Call):
            return [stmt]
        op = self.describe(stmt.value)
        if is_scatter(op.primitive) and len(stmt.value.args) == 3:
            return self.added_at(stmt)
        if op.form == "mutation":
            return self.mutation(stmt, op, None) if self.is_active(op.args["owner"]) else [stmt]
        return self.effect(stmt, op) if op.form in ("callee", "dynamic") else [stmt]

    def added_at(self, stmt):
        """`np.add.at(u, i, v)` on the tangents as on the primal."""
        owner, index, value = stmt.value.args
        if not self.is_active(owner):
            return [stmt]
        check_owned(self, owner.id, stmt)
        check_floating(self, owner.id, value)
        if not self.is_active(value):
            return [stmt]
        args = [load(self.names.dot(owner.id)), copy.deepcopy(index), load(self.names.dot(value.id))]
        return [located(gast.Expr(gast.Call(copy.deepcopy(stmt.value.func), args, [])), stmt), stmt]

    def on_AugAssign(self, stmt):
        if isinstance(stmt.target, gast.Subscript):
            return self.item_update(stmt) if self.is_active(stmt.target.value) else [stmt]
        if isinstance(stmt.target, gast.Attribute):  # of inactive data: others are refused before
            return [stmt]
        name = stmt.target.id
        if name not in self.active:
            return [stmt]
        kind = self.kind_of(name)
        if kind.tag == "list" and isinstance(stmt.op, gast.Add):
            check_owned(self, name, stmt)
            extend = call(gast.Attribute(load(name), "extend", gast.Load()), stmt.value)
            return self.extend(name, stmt.value, located(gast.Expr(extend), stmt))
        if not is_scalar(kind) and (not self.core.is_generated or is_view_of_unknown(self.core, name)):
            check_owned(self, name, stmt, rebinds=True)
        return self.on_Assign(assign(name, located(gast.BinOp(load(name), stmt.op, stmt.value), stmt), stmt))

    def on_Assign(self, stmt):
        target, value = stmt.targets[0], stmt.value
        if isinstance(target, gast.Subscript) and self.is_active(target.value):
            return self.item_store(stmt, target, value)
        if not isinstance(target, gast.Name) or len(stmt.targets) > 1:
            return self.plain(stmt)
        op = self.describe(value)
        if op.form == "mutation" and self.is_active(op.args["owner"]):
            return self.mutation(stmt, op, target.id)
        if target.id not in self.active:
            return self.effect(stmt, op) if isinstance(value, gast.Call) else [stmt]
        if op.form in ("callee", "dynamic") and isinstance(value, gast.Call):
            return self.call(stmt, target.id, op)
        if op.form == "mutation":  # of what carries no derivative
            return self.plain(stmt)
        return self.definition(stmt, target.id, op)

    def definition(self, stmt, target, op) -> list[gast.stmt]:
        """`x = op`: its tangent goes behind it, or before it where it reads the old value of `x`."""
        if op.form == "display":
            made = self.with_named_calls(stmt)
            if made is not None:
                return made
        tree = self.tangent(target, op, stmt)
        if tree is None:
            return self.plain(stmt)
        if target not in names_loaded(stmt.value):
            return [stmt, assign(self.names.dot(target), substitute(tree, {RESULT: target}), stmt)]
        if RESULT not in names_loaded(tree):
            return [assign(self.names.dot(target), tree, stmt), stmt]
        name = self.temporary("t")
        self.kinds[name] = self.kind_of(target)
        return [
            assign(name, stmt.value, stmt),
            assign(self.names.dot(target), substitute(tree, {RESULT: name}), stmt),
            assign(target, load(name), stmt),
        ]

    def with_named_calls(self, stmt) -> list[gast.stmt] | None:
        """A display with names for the calls in it, of which its tangent needs the zeros; None if it has none."""
        display = copy.copy(stmt.value)
        field = "values" if isinstance(display, gast.Dict) else "elts"
        items, out = list(getattr(display, field)), []
        for i, item in enumerate(items):
            if not isinstance(item, gast.Starred) and any(isinstance(n, gast.Call) for n in gast.walk(item)):
                name = self.temporary("t")
                self.kinds[name] = self.kind(item)
                out.append(assign(name, item, stmt))
                items[i] = load(name)
        if not out:
            return None
        setattr(display, field, items)
        return [*out, *self.on_Assign(assign(stmt.targets[0].id, display, stmt))]

    # functions --------------------------------------------------------------------------------------------------------

    def on_FunctionDef(self, stmt):
        if stmt.name not in self.active:
            return [stmt]
        return [stmt, assign(self.names.dot(stmt.name), self.record(stmt, stmt.name), stmt)]

    def record(self, node, name=None) -> gast.Lambda:
        """A closure's tangent: a function that gives those of the variables that it captures, as they are by then."""
        for inner in gast.walk(node):
            if isinstance(inner, gast.Nonlocal) and self.active.intersection(inner.names):
                self.refuse(
                    "a nested function assigns an active variable of the function around it",
                    inner,
                    "Return the new value instead.",
                    UnsupportedMutation,
                )
        return self.environment_of({capture: capture for capture in sorted(free_names(node) & self.active - {name})})

    def environment_of(self, captured: dict[str, str]) -> gast.Lambda:
        """The function that gives the tangents of variables, by the names under which they are captured.

        What this function captured itself may be assigned outside: it asks the function that it was given.
        """
        values = [
            expression("env()[name]", env=self.environment, name=constant(own))
            if own in self.core.scope.active_cells and self.environment is not None
            else self.dot_of(load(own))
            for own in captured.values()
        ]
        none = gast.arguments([], [], None, [], [], None, [])
        return gast.Lambda(none, gast.Dict([constant(name) for name in captured], values))


def unshare(stmts) -> None:
    """Give each place in the operations of `stmts` a node of its own: the tangent of one operand replaces just that."""
    for stmt in stmts:
        for node in gast.walk(stmt):
            if isinstance(node, gast.Assign):
                node.value = rebuilt(node.value)


def rebuilt(tree):
    """A copy of a tree in which no node occurs twice."""
    if isinstance(tree, list):
        return [rebuilt(item) for item in tree]
    if not isinstance(tree, gast.AST):
        return tree
    new = type(tree)(**{name: rebuilt(value) for name, value in gast.iter_fields(tree)})
    return gast.copy_location(new, tree)
