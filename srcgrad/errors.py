"""What srcgrad says when it cannot go on: what is wrong, where in the user's file, and what to do about it.

    >>> where = Position("train.py", 12, "    loss = await step(batch)", 11, 28, "loss")
    >>> print(UnsupportedSyntax("'await' cannot be differentiated", where=where, advice="Await the data first."))
    'await' cannot be differentiated
    <BLANKLINE>
      train.py, line 12, in loss
         12 |     loss = await step(batch)
            |            ^^^^^^^^^^^^^^^^^
      Await the data first.

Every class is a SrcgradError. Those that stand for a wrong type or value are TypeErrors or ValueErrors too, so that
code which knows nothing of srcgrad can catch them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Position:
    """A span of the user's source: `column` and `end_column` count characters of `text`, the line itself, from 0.

    A span of several lines is marked to the end of its first line. `text` is empty where the line is not known.
    """

    filename: str
    line: int
    text: str
    column: int
    end_column: int
    function: str

    def __str__(self) -> str:
        head = f"  {self.filename}, line {self.line}, in {self.function}"
        if not self.text.strip():
            return head
        indent = re.sub(r"[^\t]", " ", self.text[: self.column])  # a tab is as wide below the line as in it
        carets = "^" * max(1, self.end_column - self.column)
        return f"{head}\n{self.line:>7} | {self.text}\n        | {indent}{carets}"


class SrcgradError(Exception):
    """Anything that srcgrad refuses or fails to do."""

    def __init__(self, what: str, *, where: Position | None = None, advice: str = "") -> None:
        self.what, self.where, self.advice = what, where, advice
        super().__init__(_message(what, where, advice))

    def __reduce__(self) -> tuple:
        name = type(self).__name__
        known = globals().get(name) is type(self)
        return _revive, (name if known else type(self), str(self), self.__dict__)


class UnsupportedSyntax(SrcgradError):
    """A construct of Python that cannot be differentiated."""


class UnsupportedMutation(SrcgradError):
    """A write into data that others can see, such as an argument, which the derivative could not keep track of."""


class SourceNotFound(SrcgradError):
    """A function whose Python source is missing, or is no longer the one that the function was made from."""


class NoRule(SrcgradError):
    """A call of something that has neither a derivative rule nor Python source."""


class NotDifferentiable(SrcgradError, TypeError):
    """A value to differentiate with respect to that is not made of floats or complex numbers, such as an int."""


class WrongArgument(SrcgradError, TypeError):
    """An operator was given an argument of the wrong type."""


class WrongValue(SrcgradError, ValueError):
    """An operator was given a value out of range, or the name of a parameter that does not exist."""


class NotScalar(SrcgradError, TypeError):
    """The gradient was asked of a function whose result is not a single number."""


class WrongKind(SrcgradError, TypeError):
    """A precompiled derivative was called with arguments of other kinds than it was made for."""


class InternalError(SrcgradError):
    """A bug in srcgrad, with the tree that brought it to light."""

    def __init__(self, what: str, *, tree: Any = None, where: Position | None = None, advice: str = "") -> None:
        self.tree = tree
        super().__init__(f"this is a bug in srcgrad: {what}", where=where, advice=advice or _PLEASE_REPORT)


_PLEASE_REPORT = "Nothing is wrong with your code. Please report this message together with the function it is about."


def _message(what: str, where: Position | None, advice: str) -> str:
    below = [str(where)] if where else []
    below += ["  " + line if line else "" for line in advice.splitlines()]
    return "\n\n".join([what, "\n".join(below)] if below else [what])


def _revive(kind: str | type[SrcgradError], message: str, state: dict[str, Any]) -> SrcgradError:
    """The error that was pickled; its constructor is not run again, for the message is complete already."""
    cls = globals()[kind] if isinstance(kind, str) else kind
    error = cls.__new__(cls, message)
    error.__dict__.update(state)
    return error


_classes = [SrcgradError, *SrcgradError.__subclasses__()]
__all__ = ["Position", *(cls.__name__ for cls in _classes)]

for _cls in _classes:  # a traceback then says `srcgrad.NoRule`, the name by which users catch it
    _cls.__module__ = "srcgrad"
