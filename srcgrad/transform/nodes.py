"""The reversible form of a program: each statement with its forward text and what undoes it, nested like the primal."""

from __future__ import annotations

from dataclasses import dataclass, field

import gast


@dataclass
class Step:
    """One statement: its forward text and its reverse text, which runs in the opposite order of steps.

    `defines` are the names it binds anew. `updates` is the object that it writes into, and `saves` how to record and to
    restore what was there: (record, restore) statements built from a tape's name.
    """

    forward: list[gast.AST]
    reverse: list[gast.AST] = field(default_factory=list)
    defines: set[str] = field(default_factory=set)
    updates: str | None = None
    saves: object = None
    at: gast.AST | None = None
    call: gast.Call | None = None  # of a callee that keeps what it needs for its reverse sweep
    undo: object = None  # emits `reverse`, called when the reverse sweep comes to this statement


@dataclass
class Branch:
    """An `if`. The reverse sweep tests again, or reads the recorded truth from `flag`."""

    stmt: gast.If
    body: list
    orelse: list
    flag: str | None = None
    reverse_body: list = field(default_factory=list)
    reverse_orelse: list = field(default_factory=list)
    before: list = field(default_factory=list)


@dataclass
class Loop:
    """A loop. `header` opens the reverse loop; `before` and `after` run around it in the reverse sweep."""

    stmt: gast.AST
    body: list
    counter: str | None = None
    before: list = field(default_factory=list)
    start: list = field(default_factory=list)
    end: list = field(default_factory=list)
    header: tuple | None = None


@dataclass
class Scoped:
    """A `with`: the reverse of its body runs under the same numerical context where there is one."""

    stmt: gast.With
    body: list
    numerical: bool = False
