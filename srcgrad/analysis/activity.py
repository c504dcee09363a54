"""Activity: the names that vary with the active inputs and influence the result.

Forward, a name varies when one of its definitions reads a varying name where a derivative can pass. Backward, a name is
useful when such a definition of a useful name reads it. Active is both.
"""

from __future__ import annotations

from collections import Counter

import gast
import numpy as np

from ..frontend.activity import assigned_outside, changed_outside
from ..frontend.build import walk
from ..frontend.copies import changed_names
from ..frontend.methods import MUTATORS
from ..frontend.sharing import reached
from ..kinds import UNKNOWN, can_be_active, is_numeric, is_scalar
from ..rules import registry
from ..rules.indexing import scatter
from .exposure import later_writes
from .operations import Operation, describe, partial_names
from .webs import free_names


def active_names(core, inference, inputs: set[str]) -> set[str]:
    """The active names of `core`, whose `inputs` vary."""
    edges = list(flows(core.body, inference))
    written = changed_names(core.body)
    if not core.is_generated:  # generated text updates its own buffers only
        written |= updated_names(core.body)
    edges += shared_writes(core.body, written, inference)
    edges += held_writes(core.body, written, inference)
    carried = (edge for edge in edges if can_be_active(inference.kinds.get(edge[0], UNKNOWN)))
    varied = reached(((sources, {target}) for target, sources in carried), inputs)
    useful = reached((({target}, sources) for target, sources in edges), names_of(core.body[-1]))
    own = core.scope.local | set(core.scope.active_cells) | inputs
    return varied & useful & own


def hidden_writes(core, inference):
    """(variable, node) of what a function that travels as a value writes into or assigns, where the result needs it."""
    found = [(name, node) for node in functions_in(core.body) for name in _written_by(node, core.scope)]
    if not found:
        return []
    kept = {node.name: only_changed(node) for node in functions_in(core.body) if isinstance(node, gast.FunctionDef)}
    edges = (({target}, sources - kept.get(target, set())) for target, sources in flows(core.body, inference))
    useful = reached(edges, names_of(core.body[-1]))
    kinds = inference.kinds
    return [(n, at) for n, at in found if n in useful & core.active and can_be_active(kinds.get(n, UNKNOWN))]


def functions_in(stmts):
    """The functions, lambdas and bound methods in `stmts` that are values, rather than called where they stand."""
    for stmt in stmts:
        called = {id(n.func) for n in walk(stmt) if isinstance(n, gast.Call)}
        for node in walk(stmt):
            if isinstance(node, (gast.FunctionDef, gast.Lambda, gast.Attribute)) and id(node) not in called:
                yield node


def only_changed(node) -> set[str]:
    """The names that a function uses for nothing but to assign them, or to write into their objects."""
    loads, changes = Counter(), Counter(dict.fromkeys(assigned_outside(node), 0))
    for part in walk(node):
        if isinstance(part, gast.Name) and isinstance(part.ctx, gast.Load):
            loads[part.id] += 1
        owner = None
        if isinstance(part, gast.Expr) and isinstance(part.value, gast.Call):
            owner = part.value.func.value if isinstance(part.value.func, gast.Attribute) else None
        elif isinstance(part, gast.Subscript) and not isinstance(part.ctx, gast.Load):
            owner = part.value
        if isinstance(owner, gast.Name):
            changes[owner.id] += 1
    return {name for name, count in changes.items() if count == loads[name]}


def _written_by(node, scope) -> list[str]:
    if isinstance(node, gast.Attribute):
        bound = node.attr in MUTATORS and isinstance(node.value, gast.Name) and node.value.id in scope.local
        return [node.value.id] if bound else []
    own = scope.local | set(scope.active_cells)
    return sorted(changed_outside(node, scope) | assigned_outside(node) & own)


def updated_names(stmts) -> set[str]:
    """Names that `x += y` may write through."""
    nodes = (node for stmt in stmts for node in walk(stmt))
    return {n.target.id for n in nodes if isinstance(n, gast.AugAssign) and isinstance(n.target, gast.Name)}


def shared_writes(stmts, written, inference):
    """What is written through one name is seen through those that it was taken from.

    And in what was put into a container of which a part is written into.
    """
    edges, holding = list(flows(stmts, inference, False)), list(puts(stmts, inference))
    found: set[tuple[str, frozenset[str]]] = set()
    parts_written, changed = updated_items(stmts), bool(written)
    while changed:
        before = len(found), len(parts_written)
        for target, sources in edges:
            if target in written and not is_scalar(inference.kinds.get(target, UNKNOWN)):
                shared = {s for s in sources - {target} if not is_scalar(inference.kinds.get(s, UNKNOWN))}
                parts_written |= shared
                add_edges(found, written, shared, target)
        for target, sources in holding:
            if target in parts_written:
                objects = {s for s in sources - {target} if not is_scalar(inference.kinds.get(s, UNKNOWN))}
                add_edges(found, written, objects, target)
        changed = before != (len(found), len(parts_written))
    return sorted(found, key=str)


def held_writes(stmts, written, inference):
    """What is written into while an active container holds it is part of that, whatever is written."""
    held = [put for put in displays(stmts) if not put[2].isdisjoint(written)]
    writes, later, found = {}, {}, set()
    for stmt in statements_in(stmts) if held else ():
        for name in changed_names([stmt]) | updated_names([stmt]):
            writes.setdefault(name, []).append(stmt)
    for stmt, container, names in held:
        for name in names & written:
            if is_scalar(inference.kinds.get(name, UNKNOWN)):
                continue
            if name in writes and name not in later:
                later[name] = later_writes(stmts, writes[name])
            if name not in writes or id(stmt) in later[name]:
                found.add((name, frozenset([container])))
    return sorted(found, key=str)


def displays(stmts):
    """(statement, container, names of what it holds) of what puts objects into lists, tuples and dicts."""
    for stmt in statements_in(stmts):
        target, value = getattr(stmt, "targets", [None])[0], getattr(stmt, "value", None)
        if isinstance(target, gast.Name) and isinstance(value, (gast.List, gast.Tuple, gast.Dict)):
            yield stmt, target.id, names_of(value)
        elif isinstance(target, gast.Subscript) and isinstance(target.value, gast.Name):
            yield stmt, target.value.id, names_of(value)
        elif isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) and value.func.attr in MUTATORS:
            if isinstance(value.func.value, gast.Name):
                yield stmt, value.func.value.id, names_of([*value.args, *(k.value for k in value.keywords)])


def statements_in(stmts):
    """The simple statements in a block and in the blocks within it."""
    for stmt in stmts:
        if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)):
            yield from statements_in([*stmt.body, *(getattr(stmt, "orelse", None) or [])])
        else:
            yield stmt


def updated_items(stmts) -> set[str]:
    """Containers of which `xs[i] += v` updates an item, perhaps in place."""
    nodes = (node for stmt in stmts for node in walk(stmt))
    updates = (n for n in nodes if isinstance(n, gast.AugAssign) or hasattr(n, "updates_item"))
    targets = (n.targets[0] if isinstance(n, gast.Assign) else n.target for n in updates)
    return {t.value.id for t in targets if isinstance(t, gast.Subscript) and isinstance(t.value, gast.Name)}


def add_edges(found, written, sources, target):
    """Note that each of `sources` is written into where `target` is."""
    found |= {(source, frozenset({target})) for source in sources}
    written |= sources


def flows(stmts, inference, written=True):
    """(target, sources) of every statement through which a derivative can pass; with or without what writes add."""
    for stmt in stmts:
        if isinstance(stmt, gast.Assign):
            sources = differentiable(stmt.value, inference)
            for target in stmt.targets:
                if isinstance(target, gast.Name):
                    yield target.id, sources
                elif written and isinstance(target, gast.Subscript) and isinstance(target.value, gast.Name):
                    yield target.value.id, sources
            if written:
                yield from mutations(stmt.value, inference)
        elif written and isinstance(stmt, gast.AugAssign):
            owner = stmt.target if isinstance(stmt.target, gast.Name) else stmt.target.value
            if isinstance(owner, gast.Name):
                yield owner.id, differentiable(stmt.value, inference) | {owner.id}
        elif written and isinstance(stmt, gast.Expr):
            yield from mutations(stmt.value, inference)
            yield from added_at(stmt.value, inference)
        elif isinstance(stmt, gast.FunctionDef):
            yield stmt.name, free_names(stmt) - inference.core.late
        for part in ("body", "orelse"):
            if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)):
                yield from flows(getattr(stmt, part, None) or [], inference, written)


def puts(stmts, inference):
    """(container, what is put into it): `xs.append(v)`, `d[k] = v`, `xs += ys`; arrays copy what is written."""
    for stmt in stmts:
        if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)):
            yield from puts([*stmt.body, *(getattr(stmt, "orelse", None) or [])], inference)
            continue
        value = getattr(stmt, "value", None)
        if isinstance(stmt, (gast.Assign, gast.Expr)):
            yield from mutations(value, inference)
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else getattr(stmt, "target", None)
        owner = target.value if isinstance(target, gast.Subscript) else target
        into = isinstance(target, gast.Subscript) or isinstance(stmt, gast.AugAssign)
        if into and isinstance(owner, gast.Name) and not is_numeric(inference.kinds.get(owner.id, UNKNOWN)):
            yield owner.id, names_of(value)


def mutations(value, inference):
    """A mutating method makes its receiver depend on its arguments."""
    if isinstance(value, gast.Call):
        op = describe(value, inference.kinds, inference.scope, inference.kind)
        if op.form == "mutation" and isinstance(op.args["owner"], gast.Name):
            yield op.args["owner"].id, set().union(*(names_of(a) for a in value.args), set())


def added_at(value, inference):
    """`np.add.at(u, i, v)` makes `u` depend on `v`."""
    if isinstance(value, gast.Call) and len(value.args) == 3 and isinstance(value.args[0], gast.Name):
        if is_scatter(inference.scope.resolve(value.func)):
            yield value.args[0].id, names_of(value.args[2])


def is_scatter(target) -> bool:
    """True for `f(u, i, v)` that adds `v` to `u` at `i` in place."""
    return target is scatter or type(target) is type(np.add.at) and target == np.add.at


def names_of(expr) -> set[str]:
    if isinstance(expr, list):
        return set().union(*map(names_of, expr), set())
    return {n.id for n in walk(expr) if isinstance(n, gast.Name)}


def differentiable(value, inference) -> set[str]:
    """The names in an operation through which a derivative can pass to its result."""
    if not isinstance(
        value,
        (
            gast.Name,
            gast.Call,
            gast.BinOp,
            gast.UnaryOp,
            gast.Subscript,
            gast.Attribute,
            gast.Tuple,
            gast.List,
            gast.Dict,
            gast.Lambda,
        ),
    ):
        return set()
    op: Operation = describe(value, inference.kinds, inference.scope, inference.kind)
    if op.form == "inactive":
        return set()
    if op.form == "rule":
        return set().union(*(names_of(a) for p, a in op.args.items() if p in wrt(op.primitive)), set())
    if op.form in ("item", "mutation"):
        return names_of(op.args["owner"])
    if op.form == "record":
        return set().union(*map(names_of, op.args.values()), set())
    if op.form == "function":
        return free_names(value) - inference.core.late
    if op.form == "dynamic" and isinstance(value, gast.Call):
        known = inference.scope.local | set(inference.scope.active_cells)
        extra = names_of(value.func) & known
        return extra.union(*(carried(a, inference) for a in (*value.args, *(k.value for k in value.keywords))))
    if op.form == "callee":
        return inference.scope.captured_by(op.primitive).union(
            *(names_of(a) for a in (*value.args, *(k.value for k in value.keywords))), set()
        )
    return names_of(value)


def carried(operand, inference) -> set[str]:
    """The names through which a derivative can pass to an operand: none through the length in `1 + len(x)`."""
    if isinstance(operand, gast.BinOp):
        return carried(operand.left, inference) | carried(operand.right, inference)
    if isinstance(operand, gast.Call):
        op = describe(operand, inference.kinds, inference.scope, inference.kind)
        return set() if op.form == "inactive" else names_of(operand)
    return names_of(operand)


def wrt(primitive) -> set[str]:
    """The parameters with respect to which `primitive` has a derivative."""
    if primitive in registry.partial_rules:
        arities = (partial_names(primitive, count) for count in (1, 2, 3))
        return set().union(*arities)
    return set(registry.vjp_rules.get(primitive, ())) | set(registry.jvp_rules.get(primitive, ()))
