"""What the reverse sweep reads, as it was, under another name than the one that is written into.

Only the name that is written through is put back. What else may refer to that object, or hold it, is kept as it is:

    if the forward sweep reads it no more       n = kept_apart(n, x); x[i] = v
    if it does                                  n_tape.append(kept_apart(n, x)); x[i] = v    ...    n = n_tape.pop()

which costs nothing where the two turn out to be different objects. What is written into itself is refused if they are
one.
"""

from __future__ import annotations

from functools import cached_property

import gast

from ..analysis.aliases import inside
from ..analysis.ownership import live_after
from ..analysis.webs import free_names
from ..frontend.build import assign, call, constant, load, located, statement
from ..kinds import UNKNOWN, is_flat, is_scalar
from ..rules.generated import kept_apart


class Keeping:
    """Mixed into `Taping`."""

    def keep_others(self, node, needed):
        """Let the step `node` overwrite nothing that the reverse sweep reads, `needed`, under another name."""
        kinds = ("array", "number", "unknown")
        read = needed & self.values if self.keeps_structure(node) else needed
        others = {n for n in read - self.views - {node.updates} if self.kinds.get(n, UNKNOWN).tag in kinds}
        others &= self.aliases.sharing(node.updates) - self.copied if others else set()
        others = {n for n in others if n in self.core.scope.local and self.aliases.may_alias(n)}
        holders = self.holders(node, needed) if self.repeatable else set()
        others |= self.same_lists(node, needed) if self.repeatable else set()
        deep = {n for n in holders if not is_flat(self.kinds.get(n, UNKNOWN))}
        self.unset |= (others | holders) - self.definite
        self.keep(node, (others | holders) - deep, [gast.keyword("deep", constant(False))])
        self.keep(node, deep, [])

    def keep(self, node, names, keywords):
        """Keep what `names` refer to as it is before a write."""
        checked = names & (self.views | self.captured | self.updated)
        later = self.read_after(node) if names - checked else set()
        for name in sorted(names - checked):
            value = call(self.names.helpers.name(kept_apart), load(name), load(node.updates))
            value.keywords = [*keywords]
            if name in later:
                node.forward.insert(0, statement("tape.append(x)", at=node.at, tape=self.tape(name), x=value))
                node.restored.append(self.pop(name, node.at))
            else:
                node.forward.insert(0, assign(name, value, node.at))
        if checked:
            check = call(self.reverse.helper("check_unshared"), load(node.updates), *map(load, sorted(checked)))
            check.keywords = [*keywords]
            node.forward.insert(0, located(gast.Expr(check), node.at))

    def read_after(self, node) -> set[str]:
        """The names that the forward sweep may read once a step of it has run."""
        live = live_after(self.core.body, self.reverse.original.get(id(node.at), node.at))
        return self.core.scope.local if live is None else live

    @cached_property
    def captured(self) -> set[str]:
        """The names that functions defined here see."""
        functions = (gast.FunctionDef, gast.Lambda)
        return {n for s in self.core.body for f in gast.walk(s) if isinstance(f, functions) for n in free_names(f)}

    def keeps_structure(self, node) -> bool:
        """True for a write into entries of an array, or of a number where a number was."""
        target = getattr(node.at, "target", None) or getattr(node.at, "targets", [None])[0]
        kind = self.kinds.get(node.updates, UNKNOWN)
        if not isinstance(target, gast.Subscript) or kind.tag == "array":
            return isinstance(target, gast.Subscript)
        if isinstance(node.at, gast.AugAssign) and is_scalar(self.reverse.kind(node.at.value)):
            return self.core.is_generated or kind.tag in ("list", "dict")
        return is_flat(kind) and not isinstance(target.slice, gast.Slice)

    def same_lists(self, node, needed, parts=lambda name: ()) -> set[str]:
        """The other names of a list or dict written to that the reverse sweep reads, if only for its structure.

        With `parts`, also what holds it.
        """
        tags = ("list", "dict", "tuple") if parts("") else ("list", "dict")
        lists = {n for n in needed - {node.updates} if self.kinds.get(n, UNKNOWN).tag in tags}
        lists &= self.core.scope.local & self.values if self.keeps_structure(node) else self.core.scope.local
        sharing = self.aliases.sharing(node.updates) if lists else set()
        return {n for n in lists if sharing.intersection([n, *parts(n)]) and self.aliases.may_alias(n)}

    def holders(self, node, needed) -> set[str]:
        """What may hold the object written to, and is read as it was: a pullback puts back in a copy, by itself."""
        names = {n for n in needed & self.values - {node.updates} if n in self.core.scope.local}
        held = {n for n in names if self.kinds.get(n, UNKNOWN).tag not in ("array", "number", "function")}
        sharing = self.aliases.sharing(node.updates) if held else set()
        return {n for n in held if sharing.intersection(inside(n)) and self.aliases.may_alias(n)}
