"""Structures put together out of parts of others: the adjoints and tangents that callees take, return and hold.

A plan says where each part is: a path, which is a tuple of keys and positions; a list or dict of plans, for a list or
dict of what they find; a `Sum` of plans; or None, for a zero.

    >>> assembled([1.0, {"a": [2.0, 3.0]}], [(0,), {"b": (1, "a", 1)}, Sum([(0,), (1, "a", 0)]), None])
    [1.0, {'b': 3.0}, 3.0, None]
"""

from __future__ import annotations

from .helpers import add


class Sum(list):
    """A plan for the sum of what its plans find."""


def assembled(parts, plan):
    """What `plan` says, out of `parts`; None is a zero of any structure."""
    if isinstance(plan, tuple):
        for key in plan:
            if parts is None:
                return None
            parts = parts.get(key) if isinstance(parts, dict) else parts[key]
        return parts
    if isinstance(plan, dict):
        return {key: assembled(parts, inner) for key, inner in plan.items()}
    if isinstance(plan, Sum):
        total = None
        for inner in plan:
            total = add(total, assembled(parts, inner))
        return total
    return None if plan is None else [assembled(parts, inner) for inner in plan]


def taken_apart(whole_bar, parts, plan):
    """The transpose of `assembled`: what arrived at the whole goes back to where in `parts` it came from."""
    found: dict = {}
    collect(found, whole_bar, plan)
    return grown(found, parts)


BAR = object()  # the key of what arrived at a part as one


def collect(found, whole_bar, plan):
    """Put what arrived into `found`, a tree by the keys of paths."""
    if whole_bar is None or plan is None:
        return
    if isinstance(plan, tuple):
        for key in plan:
            found = found.setdefault(key, {})
        found[BAR] = add(found.get(BAR), whole_bar)
    elif isinstance(plan, dict):
        for key, inner in plan.items():
            collect(found, whole_bar.get(key), inner)
    elif isinstance(plan, Sum):
        for inner in plan:
            collect(found, whole_bar, inner)
    else:
        for part_bar, inner in zip(whole_bar, plan, strict=True):
            collect(found, part_bar, inner)


def grown(found, parts):
    """The adjoint of `parts` from the tree of what arrived."""
    if parts is None or not found:
        return None
    inner = [key for key in found if key is not BAR]
    if not inner:
        return found[BAR]
    keys = parts if isinstance(parts, dict) else range(len(parts))
    bars = {key: grown(found.get(key), parts[key]) for key in keys}
    return add(found.get(BAR), bars if isinstance(parts, dict) else list(bars.values()))
