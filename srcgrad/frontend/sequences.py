"""Helpers that kinds make needless: a list, tuple or array is a sequence itself, a number or container no None."""

from __future__ import annotations

import functools

import gast

from ..kinds import UNKNOWN, is_numeric
from ..runtime.helpers import as_sequence, check_unshared, snapshot
from ..runtime.tangents import or_zero
from .binding import HELPERS
from .expressions import SEQUENCE, UPDATE_WRAPPER

COPY = "<snapshot>"  # becomes the name of that helper
CHECK = "<check_unshared>"
MARKS = {UPDATE_WRAPPER: functools.update_wrapper, COPY: snapshot, CHECK: check_unshared, **HELPERS}
INDEXABLE = ("list", "tuple", "array", "str")


def with_known_sequences(core, kinds, helpers) -> bool:
    """Resolve the marks that unpacking and iteration left; True when a value turned out to be a sequence itself."""
    changed = False
    for stmt in core.body:
        for node in gast.walk(stmt):
            if isinstance(node, gast.Name) and node.id in MARKS:
                helper = MARKS[node.id]
                node.id = helpers.name(helper)
                core.scope.imported[node.id] = helper
            if isinstance(node, gast.Assign) and _is_mark(node.value):
                operand = node.value.args[0]
                kind = kinds.get(operand.id, UNKNOWN) if isinstance(operand, gast.Name) else UNKNOWN
                if kind.tag in INDEXABLE:
                    node.value = operand
                    changed = True
                else:
                    name = helpers.name(as_sequence)
                    core.scope.imported[name] = as_sequence
                    node.value.func.id = name
            elif isinstance(node, gast.Assign) and _is_surely_given(node.value, core.scope, kinds):
                node.value = node.value.args[0]
                changed = True
    return changed


def _is_mark(value) -> bool:
    return isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and value.func.id == SEQUENCE


def _is_surely_given(value, scope, kinds) -> bool:
    """True for `or_zero(x_dot, x)` of a tangent that is there."""
    if not (isinstance(value, gast.Call) and value.args and isinstance(value.args[0], gast.Name)):
        return False
    kind = kinds.get(value.args[0].id, UNKNOWN)
    return (is_numeric(kind) or kind.tag in ("list", "tuple", "dict")) and scope.resolve(value.func) is or_zero
