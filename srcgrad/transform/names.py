"""The names that generated code introduces: adjoints, tangents, tapes and imported helpers, apart from the user's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..frontend.build import Namer


class Names:
    """One table of generated names for one function's text, shared by its sweeps."""

    def __init__(self, namer: Namer, helpers: Helpers):
        self.namer, self.helpers = namer, helpers
        self.given: dict[tuple[str, str], str] = {}
        self.made: set[str] = set()

    def derived(self, name: str, suffix: str) -> str:
        """`x_bar` for `x`, always the same one."""
        key = (name, suffix)
        if key not in self.given:
            self.given[key] = self.namer.fresh(name + suffix)
        return self.given[key]

    def bar(self, name):
        return self.derived(name, "_bar")

    def dot(self, name):
        return self.derived(name, "_dot")

    def tape(self, name):
        return self.derived(name, "_tape")

    def fresh(self, base):
        name = self.namer.fresh(base)
        self.made.add(name)
        return name


class NameClash(Exception):
    """Helpers were given names that a function of the same text, written later, knows as something else."""

    def __init__(self, names: set[str]):
        super().__init__(", ".join(sorted(names)))
        self.names = names


class Helpers:
    """The functions that a text imports, by the name that it calls them by, apart from all names of its functions."""

    def __init__(self, reserved: frozenset[str] = frozenset()):
        self.reserved = reserved  # names that some function of the text knows otherwise
        self.objects: dict[str, object] = {}
        self.current: tuple[Namer, set[str]] = (Namer(set()), set())
        self.modules: dict[str, object] = {}

    def enter(self, namer: Namer, modules: dict[str, object]) -> None:
        """From here on names are given for the function of `namer`, which knows `modules` by these names."""
        self.modules = {name: module for name, module in modules.items() if module is not np}
        self.current = (namer, {"np"} if modules.get("np") is np else set())

    def name(self, function: Callable, preferred: str | None = None) -> str:
        namer, mine = self.current
        base = preferred or function.__name__.replace("<lambda>", "lambda_")
        if self.modules.get(base) is function:
            return base
        count, name = 0, base
        while (
            name in self.reserved
            or self.objects.get(name, function) is not function
            or (name in namer.taken and name not in mine)
        ):
            count += 1
            name = f"{base}_{count}"
        self.objects[name] = function
        namer.taken.add(name)
        mine.add(name)
        return name

    def keep(self, name: str, value: object) -> str:
        """The name of a helper of the primal, itself a generated function: the one it calls it by, if that is free."""
        if name not in self.reserved and self.objects.setdefault(name, value) is value:
            self.current[1].add(name)
            return name
        return self.name(value, name)

    @property
    def numpy(self) -> str:
        return self.name(np, "np")
