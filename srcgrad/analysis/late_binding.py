"""Late binding: the variables that are assigned again once a closure has captured them, and where closures use them.

    fs = [lambda v: v * y]             fs = [lambda v: v * y]
    y = np.sin(x)               ->     y = np.sin(x)
    return fs[0](x)                    f = late_bound(fs[0], (y_cell,), y)
                                       return f(x)

A call of a closure reads the captured variables as they are by then. Where that differs from what they were when the
closure was made, the call is given a closure that says so: all that follows sees one more operand, and no cells.
"""

from __future__ import annotations

import gast

from ..frontend.build import assign, call, constant, load, names_stored, parameters
from ..kinds import UNKNOWN, is_numeric
from ..rules.closures import cell_of, late_bound
from .operations import describe
from .webs import FUNCTIONS, captured_names, free_names

COMPOUND = (gast.If, gast.For, gast.While, gast.With)


def rebound_names(core) -> set[str]:
    """The variables of a function that may be assigned after a closure has captured them."""
    own = (core.scope.local | set(parameters(core.args))) & captured_names(core.body) - core.external
    found: set[str] = set()
    captured: set[str] = set()

    def visit(stmts):
        for stmt in stmts:
            if isinstance(stmt, COMPOUND):
                for _ in range(2 if isinstance(stmt, (gast.For, gast.While)) else 1):
                    found.update(names_stored(stmt.target) & captured if isinstance(stmt, gast.For) else ())
                    visit(stmt.body)
                    visit(getattr(stmt, "orelse", None) or [])
                continue
            made = {n for node in gast.walk(stmt) if isinstance(node, FUNCTIONS) for n in free_names(node)} & own
            captured.update(made - ({stmt.name} if isinstance(stmt, gast.FunctionDef) else set()))
            found.update(names_stored(stmt) & captured)

    visit(core.body)
    return found


def with_late_binding(core, inference, names) -> set[str]:
    """Rewrite `core.body` so that closures are used as they are by then; returns the variables that this is about.

    `names` gives the names of helpers. Where anything is returned, the facts about the program are to be found anew.
    """
    marked = marked_names(core)
    late = (rebound_names(core) & core.active) - marked
    if late:
        cells = {name: core.namer.fresh(f"{name}_cell") for name in sorted(late)}
        core.body = _LateBinding(core, inference, cells, names).rewritten()
    return late | marked


def marked_names(core) -> set[str]:
    """The variables for which a generated text says already where closures are used."""
    return {
        stmt.value.args[0].body.id
        for stmt in core.body
        if isinstance(stmt, gast.Assign)
        and isinstance(stmt.value, gast.Call)
        and core.scope.resolve(stmt.value.func) is cell_of
    }


class _LateBinding:
    def __init__(self, core, inference, cells, names):
        self.core, self.inference, self.cells = core, inference, cells
        self.helper = names.name(late_bound)
        self.cell_of = names.name(cell_of)
        core.scope.imported |= {self.helper: late_bound, self.cell_of: cell_of}
        core.scope.local |= set(cells.values())
        core.cells |= set(cells.values())
        self.surely = set(parameters(core.args))
        self.maybe = set(self.surely)
        self.captured: set[str] = set()
        self.unset: set[str] = set()
        self.functions = functions_only(core.body)

    def rewritten(self) -> list:
        body = self.block(self.core.body)
        head = [assign(cell, call(self.cell_of, lambda_of(name))) for name, cell in self.cells.items()]
        return [*head, *(assign(name, constant(None)) for name in sorted(self.unset)), *body]

    def block(self, stmts) -> list:
        return [made for stmt in stmts for made in self.statement(stmt)]

    def statement(self, stmt) -> list:
        if isinstance(stmt, COMPOUND):
            self.compound(stmt)
            return [stmt]
        made = []
        if isinstance(stmt, gast.Return) and isinstance(stmt.value, gast.Name):
            stmt.value = self.bound(stmt.value, made, stmt)
        elif isinstance(stmt, (gast.Assign, gast.Expr)) and isinstance(stmt.value, gast.Call):
            self.call(stmt.value, made, stmt)
        stored = names_stored(stmt)
        self.surely |= stored
        self.maybe |= stored
        self.captured |= captured_names([stmt])
        return [*made, stmt]

    def compound(self, stmt):
        loop = isinstance(stmt, (gast.For, gast.While))
        before = set(self.surely)
        if loop:  # a later iteration comes after all that the body assigns
            self.maybe |= names_stored(stmt)
            self.captured |= captured_names([stmt])
            self.surely |= names_stored(stmt.target) if isinstance(stmt, gast.For) else set()
        stmt.body = self.block(stmt.body)
        after, self.surely = self.surely, set(before)
        stmt.orelse = self.block(stmt.orelse) if getattr(stmt, "orelse", None) else getattr(stmt, "orelse", None)
        self.surely = after if isinstance(stmt, gast.With) else before if loop else after & self.surely

    def call(self, node, made, at):
        """A call of a Python function: what it is, and what it is given, may be closures."""
        op = describe(node, self.inference.kinds, self.core.scope, self.inference.kind)
        if op.form not in ("callee", "dynamic"):
            return
        if isinstance(node.func, gast.Name):
            node.func = self.bound(node.func, made, at)
        elif isinstance(node.func, gast.Attribute) and isinstance(node.func.value, gast.Name):
            node.func.value = self.bound(node.func.value, made, at)
        node.args = [
            gast.Starred(self.bound(a.value, made, at), gast.Load())
            if isinstance(a, gast.Starred)
            else self.bound(a, made, at)
            for a in node.args
        ]
        for keyword in node.keywords:
            keyword.value = self.bound(keyword.value, made, at)

    def bound(self, operand, made, at):
        """`operand`, whose captured variables are what they are at the statement `at`."""
        if not isinstance(operand, gast.Name) or operand.id not in self.core.scope.local | self.core.scope.active_cells:
            return operand
        kind = self.inference.kinds.get(operand.id, UNKNOWN)
        if is_numeric(kind) or kind.tag in ("int", "bool", "str", "none"):
            return operand
        itself = {operand.id} & self.functions  # its own record leaves that out
        names = sorted((self.cells.keys() & self.maybe & self.captured) - itself)
        if not names:
            return operand
        self.unset |= set(names) - self.surely
        new = self.core.namer.fresh(operand.id if operand.id in self.core.temporaries else f"{operand.id}_now")
        self.core.temporaries.add(new)
        self.core.scope.local.add(new)
        cells = gast.Tuple([load(self.cells[name]) for name in names], gast.Load())
        made.append(assign(new, call(self.helper, operand, cells, *map(load, names)), at))
        return load(new)


def functions_only(stmts) -> set[str]:
    """The variables that are never assigned anything but a function written there."""
    nodes = [node for stmt in stmts for node in gast.walk(stmt)]
    written = {node.name for node in nodes if isinstance(node, gast.FunctionDef)}
    assigned = [node for node in nodes if isinstance(node, gast.Assign)]
    written |= {t.id for n in assigned if isinstance(n.value, gast.Lambda) for t in n.targets if hasattr(t, "id")}
    others = {t.id for n in assigned if not isinstance(n.value, gast.Lambda) for t in n.targets if hasattr(t, "id")}
    return written - others


def lambda_of(name) -> gast.Lambda:
    return gast.Lambda(gast.arguments([], [], None, [], [], None, []), load(name))
