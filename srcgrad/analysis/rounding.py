"""Stores of active values into arrays that may hold integers, which would round them: what is not proved is checked.

An array whose own definition carries a derivative holds floats; so does `np.zeros_like` of one.
"""

from __future__ import annotations

import gast
import numpy as np

from ..frontend.build import call, constant, load
from ..kinds import UNKNOWN
from .activity import differentiable, names_of

FLOATING_LIKE = (np.zeros_like, np.ones_like, np.empty_like)


def check_floating(sweep, owner: str, value) -> None:
    """Have the text check, before an active `value` is stored into `owner`, that this is no array of integers."""
    kind = sweep.kinds.get(owner, UNKNOWN)
    known = kind.tag not in ("array", "number") or kind.dtype is not None
    if known or sweep.core.is_generated or not sweep.is_active(value) or owner not in blank_names(sweep):
        return
    check = call(sweep.helper("check_unshared"), load(owner))
    check.keywords.append(gast.keyword("floating", constant(True)))
    sweep.checks.append(check)


def blank_names(sweep) -> set[str]:
    """Names that may refer to what was made without any active value."""
    if hasattr(sweep, "_blank"):
        return sweep._blank
    found, copies = set(), []
    for stmt in sweep.core.body:
        for node in gast.walk(stmt):
            if isinstance(node, gast.Assign) and isinstance(node.targets[0], gast.Name):
                name, value = node.targets[0].id, node.value
                if isinstance(value, (gast.Name, gast.Subscript)):
                    copies.append((name, names_of(value)))
                elif not sources(sweep, value) & sweep.active:
                    found.add(name)
    size = -1
    while size != len(found):
        size = len(found)
        found |= {name for name, made_of in copies if made_of & found}
    sweep._blank = found
    return found


def sources(sweep, value) -> set[str]:
    """The names from which the value has its derivative, or at least its dtype."""
    if isinstance(value, gast.Call) and value.args and len(value.args) + len(value.keywords) == 1:
        if sweep.core.scope.resolve(value.func) in FLOATING_LIKE:
            return names_of(value.args[0])
    return differentiable(value, sweep.inference)
