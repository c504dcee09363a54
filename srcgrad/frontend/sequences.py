"""Sequences by their kind: a value that is known to be a list, tuple or array is indexed as it is."""

from __future__ import annotations

import functools

import gast

from ..kinds import UNKNOWN
from ..runtime.helpers import as_sequence, snapshot
from .binding import HELPERS
from .expressions import SEQUENCE, UPDATE_WRAPPER

COPY = "<snapshot>"  # becomes the name of that helper
MARKS = {UPDATE_WRAPPER: functools.update_wrapper, COPY: snapshot, **HELPERS}
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
    return changed


def _is_mark(value) -> bool:
    return isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and value.func.id == SEQUENCE
