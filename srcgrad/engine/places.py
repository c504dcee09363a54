"""Where an error belongs that was raised while a derivative ran, and names no place itself."""

from __future__ import annotations

import functools

from ..errors import InternalError, NotScalar, SrcgradError
from ..frontend.source import position_in_primal


def placed(function):
    """`function`, whose errors that name no place get the user's line that the derivative was at."""

    @functools.wraps(function)
    def run(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except SrcgradError as error:
            where = place_of(error)
            if where is None:
                raise
            raise type(error)(error.what, where=where, advice=error.advice) from None

    return run


def place_of(error: SrcgradError):
    """The line of the user's that a derivative was at when `error` was raised; None where it says so or none is."""
    if error.where is not None or isinstance(error, (InternalError, NotScalar)):
        return None
    traceback = error.__traceback__
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return position_in_primal(traceback.tb_frame)
