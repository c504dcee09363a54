"""Moves: what is put into a container while its name lives on is from there on named as the part that it is.

    d = {"xs": xs}              d = {"xs": xs}
    xs.append(v)       ->       xs_1 = d["xs"]                 xs_1_bar = d_bar["xs"]
    return d["xs"][0]           xs_1.append(v)
                                return d["xs"][0]

So the adjoint of the name is a part of the container's, and a write through either is seen by the other (`references`).
Only where one of them is written into behind that are statements added; all others stay as they are.
"""

from __future__ import annotations

import copy

import gast

from ..analysis.activity import updated_names
from ..analysis.exposure import later_writes
from ..analysis.ownership import live_after, path_to
from ..analysis.webs import captured_names
from ..frontend.build import assign, constant, load, names_loaded, names_stored, parameters
from ..frontend.copies import changed_names, is_item_store
from ..kinds import FLOAT, UNKNOWN, is_scalar
from .places import BLOCKS, is_mutator, item_stores, may_move, simple, stays
from .references import used_whole

MOVABLE = ("list", "dict", "array")


def with_moves(core, inference) -> bool:
    """Add such statements to `core`, in place; True when there are any, whose names are to be renamed apart."""
    moves = Moves(core, inference)
    if not moves.writes:
        return False
    core.body = moves.block(core.body)
    return moves.found


class Moves:
    """Goes through the statements of one function, and names parts anew behind what puts them into containers."""

    def __init__(self, core, inference):
        self.core, self.kinds, self.found = core, inference.kinds, False
        self.original = [*core.body]
        self.fixed = captured_names(core.body) | set(parameters(core.args)) | core.external
        self.changed, self.whole = changed_names(core.body), used_whole(core.body) | updated_names(core.body)
        self.writes = [s for s in simple(core.body) if any(map(self.is_object, written(s)))]
        self.later = later_writes(core.body, self.writes) if self.writes else set()
        self.places: dict[str, gast.Subscript] = {}  # name -> the part of a container that it surely is

    def kind(self, name):
        return self.kinds.get(name, UNKNOWN)

    def is_object(self, name) -> bool:
        return name in self.core.scope.local and not is_scalar(self.kind(name))

    def block(self, stmts) -> list:
        made = []
        for stmt in stmts:
            made.append(stmt)
            if isinstance(stmt, BLOCKS):
                self.places = {}
                stmt.body = self.block(stmt.body)
                if getattr(stmt, "orelse", None):
                    stmt.orelse = self.block(stmt.orelse)
                self.places = {}
            else:
                made += self.behind(stmt)
        return made

    def behind(self, stmt) -> list:
        """What names anew the objects that `stmt` puts into a container."""
        self.forget(stmt)
        made = []
        for name, place in puts(stmt):
            if id(stmt) in self.later and self.is_movable(name):
                parts = [(name, place), *self.named_parts(name)]
                if self.is_followed(name, place, stmt):
                    seen = [i for i, (part, _) in enumerate(parts) if part in (live_after(self.original, stmt) or ())]
                    made += [self.moved(*each, stmt) for each in parts[: max(seen, default=-1) + 1]]
        return made

    def is_movable(self, name) -> bool:
        kind = self.kind(name)
        if kind.tag == "array" and (self.core.is_generated or name in self.whole):
            return False  # sums of adjoints of arrays are new ones
        changed = kind == UNKNOWN and name in self.changed
        return (changed or kind.tag in MOVABLE) and name not in self.fixed and name in self.core.active

    def is_followed(self, name, place, stmt) -> bool:
        """True when the part stays at `place`, is the only object that is ever there, and `name` is sure to mean it."""
        owner = place.value.id
        if self.is_part_of(owner, name) or not stays(self.original, self.kinds, name, place, stmt):
            return False
        path = path_to(self.original, stmt)
        branches = [block[i] for block, i in path if isinstance(block[i], gast.If)]
        if any(name in (live_after(self.original, branch) or ()) for branch in branches):
            return False
        stores = [s for s in item_stores(self.original) if s is not stmt]
        return not any(may_move(s, self.kinds, place, None) and not is_scalar(self.kind_of(s.value)) for s in stores)

    def kind_of(self, value):
        return self.kind(value.id) if isinstance(value, gast.Name) else FLOAT

    def is_part_of(self, name, container) -> bool:
        """True when `name` surely is within `container`: nothing is put into itself."""
        return name == container or name in self.places and self.is_part_of(self.places[name].value.id, container)

    def moved(self, name, place, stmt):
        self.found, self.places[name] = True, place
        made = assign(name, copy.deepcopy(place), stmt)
        made.moves = True
        return made

    def named_parts(self, name) -> list:
        """(part, its place) of the names that are parts of `name`, and of these, outermost first."""
        found = [(part, place) for part, place in self.places.items() if place.value.id == name]
        return found + [inner for part, _ in found for inner in self.named_parts(part)]

    def forget(self, stmt):
        """The places that are not sure any more behind `stmt`; the one that it names itself."""
        stored = names_stored(stmt)
        self.places = {n: p for n, p in self.places.items() if n not in stored and not names_loaded(p) & stored}
        value = getattr(stmt, "value", None)
        harmless = not isinstance(value, gast.Call) or is_mutator(value) and value.func.attr == "append"
        if not harmless or isinstance(stmt, gast.AugAssign) or any(map(is_item_store, gast.walk(stmt))):
            self.places = {}
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else None
        if isinstance(target, gast.Name) and isinstance(value, gast.Subscript) and isinstance(value.value, gast.Name):
            known = isinstance(value.slice, gast.Constant) and self.kind(value.value.id).tag != "array"
            if known and self.kind(target.id).tag in MOVABLE:
                self.places[target.id] = value


def puts(stmt):
    """(name, its place) of what a statement puts into a container that has a name."""
    value = getattr(stmt, "value", None)
    if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
        owner = stmt.targets[0].id
        if isinstance(value, (gast.List, gast.Tuple)) and not any(isinstance(e, gast.Starred) for e in value.elts):
            items = [(constant(i), e) for i, e in enumerate(value.elts)]
        elif isinstance(value, gast.Dict) and all(isinstance(k, gast.Constant) for k in value.keys):
            items = list(zip(value.keys, value.values))
        else:
            return
        names = [e.id for _, e in items if isinstance(e, gast.Name)]
        for key, item in items:
            if isinstance(item, gast.Name) and names.count(item.id) == 1 and item.id != owner:
                yield item.id, part(owner, key)
    elif isinstance(stmt, gast.Assign) and is_item_store(stmt.targets[0]) and isinstance(value, gast.Name):
        if isinstance(stmt.targets[0].slice, (gast.Constant, gast.Name)):
            yield value.id, part(stmt.targets[0].value.id, stmt.targets[0].slice)
    elif isinstance(stmt, gast.Expr) and is_mutator(value) and value.func.attr == "append":
        if len(value.args) == 1 and isinstance(value.args[0], gast.Name):
            last = gast.UnaryOp(gast.USub(), constant(1))
            yield value.args[0].id, part(value.func.value.id, last)


def part(owner, key) -> gast.Subscript:
    return gast.Subscript(load(owner), copy.deepcopy(key), gast.Load())


def written(stmt) -> set[str]:
    """The names through which a statement writes into objects."""
    updated = isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name)
    return changed_names([stmt]) | ({stmt.target.id} if updated else set())
