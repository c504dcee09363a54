"""`srcgrad.source`: the text of a derivative, general or for given arguments."""

from __future__ import annotations

from typing import Any

from .errors import WrongArgument


def source(derivative: Any, /, *args: Any, **kwargs: Any) -> str:
    """The source of what an operator returned: the general text, or the text that runs for arguments of these kinds.

    Raises WrongArgument when `derivative` was not made by an operator of srcgrad.
    """
    if not hasattr(type(derivative), "source"):
        raise WrongArgument(f"{derivative!r} is not a derivative", advice="Pass what srcgrad.grad(f) returns.")
    if not args and not kwargs:
        return derivative.source
    return derivative.precompile(*args, **kwargs).source
