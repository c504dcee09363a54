"""What the free names of a function mean now, and the guards that tell when they mean something else."""

from __future__ import annotations

import builtins
import inspect
from types import FunctionType
from typing import Any

import gast

from ..rules import registry

MISSING = object()
ITSELF = object()  # stands in the guards of a shared text for whichever function it is bound to


class Scope:
    """Resolves names that are not local to `function` through its cells, globals and builtins.

    Every resolution that the derivative relies on is kept in `guards`: (namespace, name, object) rows, which hold as
    long as `namespace[name] is object`.
    """

    def __init__(self, function: FunctionType, local: set[str], active_cells=frozenset(), unsettled=frozenset()):
        self.function = function
        self.globals = function.__globals__
        self.cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        self.local = set(local)
        self.imported: dict[str, Any] = {}
        self.written_as: dict[str, gast.AST] = {}  # how the primal names the function behind an imported one
        self.active_cells = active_cells
        self.unsettled = unsettled  # captured variables that are not looked at, for they hold another value every time
        self.guards: dict[tuple[int, str], tuple] = {}

    def value(self, name: str) -> Any:
        """The object behind a free name now, or MISSING; relied on from here."""
        if name in self.imported:
            return self.imported[name]
        if name in self.local or name in self.active_cells or name in self.unsettled:
            return MISSING
        if name in self.cells:
            return self._relied_on(CellView(self.cells[name]), name)
        if name in self.globals:
            return self._relied_on(self.globals, name)
        scope = self.globals.get("__builtins__", builtins)
        return self._relied_on(scope if isinstance(scope, dict) else vars(scope), name)

    def unset(self) -> set[str]:
        """The globals and captured variables that the function mentions and that have no value now."""
        code = self.function.__code__
        scope = self.globals.get("__builtins__", builtins)
        known = {*self.globals, *(scope if isinstance(scope, dict) else vars(scope)), *self.local, *self.imported}
        empty = {name for name, cell in self.cells.items() if CellView(cell).get(name, MISSING) is MISSING}
        return {*code.co_names, *empty} - known

    def _relied_on(self, namespace, name):
        found = namespace.get(name, MISSING)
        if found is not MISSING:
            self.guards[_identity(namespace), name] = (namespace, name, found)
        return found

    def captured_by(self, target) -> set[str]:
        """The active variables of this scope that the known function `target` captures, itself or through others."""
        if not self.active_cells or not isinstance(target, FunctionType):
            return set()
        active = {id(self.cells[name]): name for name in self.active_cells}
        found, seen, pending = set(), set(), [target]
        while pending:
            function = pending.pop()
            if id(function) in seen:
                continue
            seen.add(id(function))
            for cell in function.__closure__ or ():
                if id(cell) in active:
                    found.add(active[id(cell)])
                value = CellView(cell).get("")
                if isinstance(value, FunctionType):
                    pending.append(value)
        return found

    def resolve(self, expr: gast.AST) -> Any:
        """The module, class or function that a dotted expression names, or MISSING when it is not known ahead."""
        if isinstance(expr, gast.Name):
            found = self.value(expr.id)
            own = hasattr(found, "__srcgrad_program__") and getattr(found, "__wrapped__", None) is self.function
            return self.function if own else found  # the name of a decorated function means its primal in its own body
        if isinstance(expr, gast.Attribute):
            owner = self.resolve(expr.value)
            if inspect.ismodule(owner) or inspect.isclass(owner):
                namespace = vars(owner)
                if expr.attr in namespace and not hasattr(namespace[expr.attr], "__get__"):
                    return self._relied_on(namespace, expr.attr)
                found = getattr(owner, expr.attr, MISSING)
                if found is not MISSING and inspect.ismodule(owner) and expr.attr in namespace:
                    return self._relied_on(namespace, expr.attr)
                return found
            if owner is not MISSING:
                return _primitive_method(owner, expr.attr)
        return MISSING


def _primitive_method(owner, name):
    """A method with a derivative of its own: that of a ufunc (`np.add.at`), or of one of SciPy's distributions."""
    if type(owner).__name__ == "ufunc":
        return getattr(owner, name, MISSING)
    method = registry.bound_method(owner, name)
    return MISSING if method is None else method


class CellView:
    """A closure cell seen as a namespace of one name."""

    def __init__(self, cell):
        self.cell = cell

    def get(self, _name, default=None):
        try:
            return self.cell.cell_contents
        except ValueError:  # not bound yet
            return default


def _identity(namespace) -> int:
    return id(namespace.cell) if isinstance(namespace, CellView) else id(namespace)


def hold(guards) -> bool:
    """True while every name that a text relied on still means the same object."""
    return all(namespace.get(name) is found for namespace, name, found in guards)
