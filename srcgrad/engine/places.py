"""Where an error belongs that was raised while a derivative ran, and names no place itself."""

from __future__ import annotations

import functools
import os
from types import TracebackType

from ..errors import InternalError, NotScalar, SrcgradError
from ..frontend.source import position_in_primal

PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep


def placed(function):
    """`function`, whose errors that name no place get the user's line that the derivative was at."""

    @functools.wraps(function)
    def run(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except SrcgradError as error:
            where = place_of(error)
            if where is None:
                raise shortened(error) from error.__cause__
            raise type(error)(error.what, where=where, advice=error.advice) from None

    return run


def shortened(error: SrcgradError) -> SrcgradError:
    """`error` with the user's frames alone in its traceback, for its message says the rest; a bug's is left whole."""
    traceback, entries = error.__traceback__, []
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    if isinstance(error, InternalError):
        return error
    for entry in reversed(entries):
        if not is_own(entry.tb_frame.f_code.co_filename):
            traceback = TracebackType(traceback, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return error.with_traceback(traceback)


def is_own(filename: str) -> bool:
    """True for a file of srcgrad's, and for one that it wrote."""
    return filename.startswith(PACKAGE) or os.path.basename(os.path.dirname(filename)).startswith("srcgrad-")


def place_of(error: SrcgradError):
    """The line of the user's that a derivative was at when `error` was raised; None where it says so or none is."""
    if error.where is not None or isinstance(error, (InternalError, NotScalar)):
        return None
    traceback = error.__traceback__
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return position_in_primal(traceback.tb_frame)
