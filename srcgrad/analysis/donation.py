"""Arrays that a call gives away: the callee does nothing with them but add to entries, and hands them back.

    def add_square(y, i, v):            y = np.zeros(3)
        y[i] += v * v           ...     y = add_square(y, 0, x)
        return y

Such a callee is as good as one that returns a new array if nobody sees the old one: the caller's name for it is bound
anew, or read no more. It costs what is added to, not what the array holds; adjoints of arrays go to callees in this
way, and so do theirs.
"""

from __future__ import annotations

import gast

from ..errors import UnsupportedMutation
from ..frontend.build import names_loaded, names_stored, parameters
from ..frontend.writers import handed_back_by
from .adding import added_parameters, is_read_for_sums
from .ownership import check_owned, live_after, path_to


def donated(sweep, function, bound, stmt) -> frozenset[str]:
    """The parameters of a callee, called at `stmt` with the operands `bound`, that it may add to: nobody else sees."""
    found = {p for p in added_parameters(function) & bound.keys() if isinstance(bound[p], gast.Name)}
    return frozenset(p for p in found if is_given_away(sweep, p, bound, stmt))


def check_written_back(sweep, function, bound, stmt, given) -> None:
    """Refuse a call that writes into its arguments, which `stmt` binds anew, where somebody else sees these."""
    stored = {name for target, name in sweep.core.stored_back if target in names_stored(stmt)}
    for p in handed_back_by(function):
        if p not in given and bound[p].id not in stored:
            operands = [operand for q, operand in bound.items() if q != p and operand is not None]
            check_owned(sweep, bound[p].id, stmt, names_loaded(operands), rebinds=True)


def is_given_away(sweep, parameter, bound, stmt) -> bool:
    name, core = bound[parameter].id, sweep.core
    if name not in core.scope.local or sweep.kind(bound[parameter]).tag not in ("array", "number", "unknown"):
        return False
    own = name in core.donated or name not in parameters(core.args)
    if not own or is_read_before(sweep, name, stmt) or name in (live_after(core.body, stmt) or ()) - names_stored(stmt):
        return False
    operands = [operand for p, operand in bound.items() if p != parameter and operand is not None]
    if name in names_loaded(operands):
        return False
    return is_unshared(sweep, name, stmt, names_loaded(operands))


def is_unshared(sweep, name, stmt, beside) -> bool:
    """True when nobody else sees the array; in generated text, whose callees may copy it instead, only if proved."""
    if not sweep.core.is_generated:
        check_owned(sweep, name, stmt, beside)
        return True
    noted = [(kept, kept.copy()) for kept in (sweep.checks, sweep.checked_pairs, sweep.unset, sweep.given)]
    try:
        check_owned(sweep, name, stmt, beside)
    except UnsupportedMutation:
        return False
    if len(sweep.checks) == len(noted[0][1]):
        return True
    for kept, before in noted:
        kept.clear()
        kept.extend(before) if isinstance(kept, list) else kept.update(before)
    return False


def is_read_before(sweep, name, stmt) -> bool:
    """True when the entries of `name` may be read before `stmt`, and what was read be needed by a reverse sweep."""
    body = sweep.core.body
    path = path_to(body, stmt)
    return path is None or not is_read_for_sums(name, body[: path[0][1] + 1], sweep.core.scope)
