"""Whether a write is the function's own business: seen through no other name, container or caller that matters later.

What is proved here costs nothing when the program runs; what surely is shared is refused; for what may be shared the
text checks it (`helpers.check_unshared`) right before the write.
"""

from __future__ import annotations

import copy

import gast
import numpy as np

from ..errors import UnsupportedMutation
from ..frontend.build import call, constant, load, names_stored, parameters
from ..frontend.scope import MISSING
from ..kinds import UNKNOWN, is_flat, is_scalar
from .aliases import EXTERNAL, IN, Aliases, base, is_immutable, names_in
from .exposure import assigned, exposed

ADDERS = frozenset(["append", "extend", "insert", "update", "setdefault", "fill"])


def check_owned(sweep, name, stmt, beside=frozenset(), rebinds=False):
    """UnsupportedMutation when a write through `name` at `stmt` is surely seen through another name.

    Names `beside` it are read by `stmt` itself. Checks to be made when the program runs are added to `sweep.checks`.
    What tangents mirror may be shared, unless the text `rebinds` the name: it reads `x += y` as `x = x + y`.
    """
    owners, at = [name] if rebinds else group_of(sweep, name), sweep.original.get(id(stmt), stmt)
    aliases = getattr(sweep, "aliases", None)
    if aliases is None:
        aliases = sweep.aliases = Aliases(sweep)
    outside = sources_outside(sweep, aliases, owners)
    others = conflicts(sweep, aliases, owners, at, beside, rebinds)
    if others:
        others = conflicts(sweep, Aliases(sweep, later(sweep, aliases, owners, at)), owners, at, beside, rebinds)
    mirrored = not rebinds and aliases.follows(*owners) and not any(o in aliases.sharing_apart(o) for o in owners)
    repeated = not mirrored and not all(is_distinct(sweep, aliases, owner) for owner in owners[1:])
    bound = bound_before(sweep.core.body, at) or set()
    bound |= set(parameters(sweep.core.args)) | {n for n in (*outside, *others) if n not in sweep.core.scope.local}
    if any(is_outside_surely(sweep, aliases, other, owners, bound) for other in outside):
        sweep.refuse(
            f"{name!r} is written to, and may share memory with what came from outside the function",
            stmt,
            f"Write into a copy: {name} = {name}.copy().",
            UnsupportedMutation,
        )
    for other in sorted(others):
        if sweep.core.is_generated and other not in bound:
            sweep.unset.add(other)
            bound.add(other)
        if is_certain(sweep, aliases, other, owners) or other not in bound:
            who = "a closure" if other in aliases.functions else repr(other)
            sweep.refuse(
                f"{name!r} is written to while {who} may share it",
                stmt,
                f"Write first and share afterwards, or make a copy: {name} = {name}.copy().",
                UnsupportedMutation,
            )
    seen = {as_given(sweep, other) for other in outside} | others
    if seen or repeated:
        check = call(sweep.helper("check_unshared"), load(name), *map(load, sorted(seen)))
        if seen and all(is_flat(sweep.kinds.get(other, UNKNOWN)) for other in seen):
            check.keywords.append(gast.keyword("deep", constant(False)))
        if repeated:
            check.keywords.append(gast.keyword("within", load(owners[-1])))
        sweep.checks.append(check)
        sweep.checked_pairs.append((set(owners), seen))


def is_outside_surely(sweep, aliases, other, owners, bound) -> bool:
    """True when one of `owners` is what `other` brought from outside, or no name is sure to have that still."""
    given = other in parameters(sweep.core.args)
    if not is_rebound(sweep, other):
        return other in owners or (other, owners[0]) in aliases.surely or other not in bound
    return not given


def as_given(sweep, name) -> str:
    """A name for what the parameter `name` was at entry, where it is assigned again."""
    if not is_rebound(sweep, name):
        return name
    sweep.given.add(name)
    return sweep.names.derived(name, "_given")


def check_item_owned(sweep, owner, index, stmt):
    """Let `xs[i] += v`, which writes into an item that is an array or a list, check that no one else sees the item."""
    item = gast.Subscript(load(owner), index, gast.Load())
    kind = sweep.kinds.get(owner, UNKNOWN)
    if sweep.core.is_generated or kind.tag in ("array", "number") or is_immutable(sweep.kind(item)):
        return
    aliases, at = Aliases(sweep), sweep.original.get(id(stmt), stmt)
    live = live_after(sweep.core.body, at)
    sharing = {base(n) for n in aliases.sharing(IN + owner) - {EXTERNAL}} - {owner}
    others = {n for n in sharing if aliases.may_alias(n) and (live is None or n in live or is_given(sweep, n))}
    bound = (bound_before(sweep.core.body, at) or set()) | {n for n in others if is_given(sweep, n)}
    if others - bound:
        sweep.refuse(
            f"an item of {owner!r} is updated in place, and may share memory with {sorted(others - bound)[0]!r}",
            stmt,
            "Take the item out, change a copy, and store that.",
            UnsupportedMutation,
        )
    check = call(sweep.helper("check_unshared"), copy.deepcopy(item), *map(load, sorted(others)))
    check.keywords.append(gast.keyword("within", load(owner)))
    sweep.checks.append(check)


def is_given(sweep, name) -> bool:
    """True for parameters and free variables: what they refer to is the caller's."""
    return name in parameters(sweep.core.args) or name not in sweep.core.scope.local


def group_of(sweep, name) -> list[str]:
    """`name` and the containers or arrays of which it is a part that the derivative follows."""
    owners = [name]
    while owners[-1] in sweep.references:
        owners.append(sweep.references[owners[-1]].value.id)
    return owners


def sources_outside(sweep, aliases, owners) -> set[str]:
    """The parameters and free variables that what is written to may have come from."""
    free = {o for o in owners if o not in sweep.core.scope.local}
    named = {
        base(origin)
        for owner in owners
        for origin in aliases.origins(owner)
        if EXTERNAL in aliases.comes_from.get(origin, ()) and aliases.may_show(origin, owner)
    }
    return named | free


def is_rebound(sweep, name) -> bool:
    return name in sweep.core.scope.local and name in names_stored(sweep.core.body)


def conflicts(sweep, aliases, owners, stmt, beside, rebinds) -> set[str]:
    """The names that may refer to, or hold, what is written to, and may be read once `stmt` has run."""
    shared = aliases.sharing if rebinds else aliases.sharing_apart
    sharing = {n for owner in owners for n in shared(owner) - {EXTERNAL} if aliases.may_show(n, owner)}
    live = live_after(sweep.core.body, stmt)
    found = set()
    for other in {base(n) for n in sharing} - set(owners) - names_stored(stmt):
        if live is None or other in live | beside:
            if other not in parameters(sweep.core.args) and aliases.may_alias(other):
                found.add(other)
    return found if rebinds else {n for n in found if not is_part(sweep, n, owners)}


def is_certain(sweep, aliases, other, owners) -> bool:
    """True when `other` surely is, shows or holds one of `owners`: the definitions of both are the only ones."""
    given = parameters(sweep.core.args)
    once = [n for n in (other, *owners) if sweep.counts.get(n, 0) + (n in given) <= 1]
    return other in once and any({(other, o), (IN + other, o)} & aliases.surely for o in owners if o in once)


def is_part(sweep, name, owners) -> bool:
    """True for a name that the derivative itself follows as a part of the same container."""
    return bool(set(group_of(sweep, name)[1:]) & set(owners))


def is_distinct(sweep, aliases, container) -> bool:
    """True when no two places of `container` can hold one object; any array is so."""
    if sweep.kinds.get(container, UNKNOWN).tag == "array":
        return True
    same = {n for n in aliases.sharing(container) if not n.startswith(IN)}
    inside = {base(o) for o in aliases.origins(IN + container)}
    if (same | inside) & aliases.mixed or EXTERNAL in inside:
        return False
    direct = {name for c in same for name, _ in aliases.holds.get(c, ()) if aliases.may_alias(name)}
    places = [name for c in same | inside for name, _ in aliases.holds.get(c, ())]
    fresh = all(aliases.made.get(n) == loops for c in same for n, loops in aliases.holds.get(c, ()) if n in direct)
    return fresh and all(sum(p in aliases.sharing(d) for p in places) == 1 for d in direct)


def later(sweep, aliases, owners, stmt) -> set[int]:
    """The statements, by id, that run only after the write at `stmt`, to the object that it writes into."""
    origins = {base(n) for o in owners for n in aliases.origins(o)}
    found: set[int] = set()
    path = path_to(sweep.core.body, stmt) or []
    again = False  # an earlier iteration has seen the same object
    for (block, i), (inner, _) in zip(path, [*path[1:], ([], 0)]):
        if again:
            break
        found |= {id(s) for s in block[i + 1 :]}
        if isinstance(block[i], gast.If):
            found |= {id(s) for side in (block[i].body, block[i].orelse) if side is not inner for s in side}
        if isinstance(block[i], (gast.For, gast.While)):
            anew = {n for n, loops in aliases.made.items() if id(block[i]) in loops} - exposed(block[i].body)
            again = not origins <= anew
    return found


def path_to(stmts, wanted):
    """[(block, index)] from `stmts` down to the statement `wanted`; None where it is not."""
    for i, stmt in enumerate(stmts):
        if stmt is wanted:
            return [(stmts, i)]
        for part in (getattr(stmt, "body", None), getattr(stmt, "orelse", None)):
            inner = path_to(part, wanted) if isinstance(part, list) and not isinstance(stmt, gast.FunctionDef) else None
            if inner is not None:
                return [(stmts, i), *inner]
    return None


def bound_before(stmts, wanted) -> set[str] | None:
    """Names that surely have a value when the statement `wanted` is reached."""
    path, found = path_to(stmts, wanted), set()
    if path is None:
        return None
    for block, i in path:
        found |= assigned(block[:i])
        if isinstance(block[i], gast.For):
            found |= names_stored(block[i].target)
    return found


def live_after(stmts, wanted) -> set[str] | None:
    """Names that may be read after the statement `wanted`, which is somewhere in `stmts`; None where it is not."""
    path = path_to(stmts, wanted)
    if path is None:
        return None
    live: set[str] = set()
    anew: set[str] = set()  # bound again before what comes next runs
    for block, i in reversed(path):
        if isinstance(block[i], (gast.For, gast.While)) and block[i] is not wanted:
            live |= (exposed([block[i]]) | exposed(block[i].body)) - anew
        rest = block[i + 1 :]
        live |= exposed(rest) - anew
        if not any(isinstance(node, (gast.Break, gast.Continue)) for stmt in rest for node in gast.walk(stmt)):
            anew |= assigned(rest)
    return live


def check_written(sweep) -> None:
    """Refuse writes of active values into what came from outside, also where no result shows them."""
    core = sweep.core
    for stmt in core.body if not core.is_generated else ():  # whose primal was looked at
        for node in gast.walk(stmt):
            owner, values = written_by(node)
            tainted = {owner, *(n for v in values for n in names_in(v))} & core.active
            if owner is None or owner in sweep.active or not tainted:
                continue
            if (
                owner not in core.scope.local
                and core.scope.value(owner) is not MISSING
                and not isinstance(core.scope.value(owner), (list, dict, np.ndarray))
            ):
                continue
            if (
                is_scalar(sweep.kinds.get(owner, UNKNOWN))
                or isinstance(node, gast.AugAssign)
                and owner not in core.scope.local
            ):
                continue
            aliases = Aliases(sweep)
            if owner not in core.scope.local or owner in aliases.outside:
                sweep.refuse(
                    f"an active value is written into {owner!r}, which came from outside the function",
                    node,
                    f"Return the value, or write into a copy: {owner} = {owner}.copy().",
                    UnsupportedMutation,
                )


def written_by(node):
    """(name of the object that a statement writes into, the values written), or (None, ())."""
    if isinstance(node, gast.Assign) and isinstance(node.targets[0], gast.Subscript):
        owner, values = node.targets[0].value, [node.value]
    elif isinstance(node, gast.AugAssign):
        owner = node.target.value if isinstance(node.target, gast.Subscript) else node.target
        values = [node.value]
    elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in ADDERS:
        owner, values = node.func.value, node.args
    else:
        return None, ()
    return (owner.id, values) if isinstance(owner, gast.Name) else (None, ())
