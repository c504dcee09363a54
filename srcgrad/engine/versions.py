"""Texts in memory: found again by code object, kinds and what else they relied on; bound to each closure that asks.

A text is shared by all functions of one code object. Before it runs for a function, its guards are checked: every
global, cell and callee that it relied on must still be what it was. Several versions of a text live side by side, so
that code captured over `np.sin` and then over `np.cos` finds both.
"""

from __future__ import annotations

import gc
import inspect
import threading
import weakref
from collections.abc import Callable
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from ..errors import SrcgradError
from ..frontend.scope import ITSELF, MISSING, CellView
from ..kinds import SIMPLE, Kind, kind_of
from ..transform.names import NameClash
from .texts import Text, sweep_codes
from .units import Deriver

VERSIONS = 16  # that are kept of a text
BOUND = 1024  # functions that texts stay bound to
SEVERAL = 8  # of a text with other callees make these callees unknown

_texts: weakref.WeakKeyDictionary[CodeType, dict] = weakref.WeakKeyDictionary()
_bound: weakref.WeakKeyDictionary[FunctionType, dict] = weakref.WeakKeyDictionary()
_lock = threading.RLock()
_counts = {"texts": 0, "hits": 0}


class Version:
    """A text bound to one function: its functions, and the guards under which they may run."""

    __slots__ = ("codes", "functions", "guards", "same", "text", "volatile")

    def __init__(self, text: Text, function: FunctionType):
        self.text = text
        self.functions = text.functions(function)
        self.guards = [guard(row, function) for row in text.guards]
        self.same = [(namespace.get, name, found) for namespace, name, found, _ in self.guards]
        self.codes = [(found, *fact) for _, _, found, fact in self.guards if type(found) is FunctionType]
        self.volatile = [row for row in self.guards if type(row[2]) in (list, dict)]  # their kind may change in place

    def holds(self) -> bool:
        """True while everything that the text relied on is what it was."""
        for get, name, found in self.same:
            if get(name) is not found:
                return all(check(*row) for row in self.guards)
        for function, code, defaults in self.codes:
            if function.__code__ is not code or function.__defaults__ is not defaults:
                return False
        return all(check(*row) for row in self.volatile)


def guard(row, function):
    """(namespace, name, object, kind or None): data is guarded by its kind, all else by identity."""
    namespace, name, found, fact = row
    if found is ITSELF:
        found, fact = function if default_kinds(function) == fact else None, fact_of(function)
    if namespace == ("globals", None):
        namespace = function.__globals__
    elif isinstance(namespace, tuple):
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        namespace = CellView(cells[namespace[1]])
    return namespace, name, found, fact


def fact_of(found):
    """What a text relies on besides the object itself, as it is when the text is written."""
    if isinstance(found, FunctionType):
        return found.__code__, found.__defaults__
    is_itself = callable(found) or inspect.ismodule(found) or type(found) is object  # a mark of stated rules
    return None if is_itself else kind_of(found)


def default_kinds(function: FunctionType):
    """What a function that calls itself relies on, where these calls leave arguments out."""
    return kind_of((function.__defaults__, function.__kwdefaults__))


def check(namespace, name, found, kind) -> bool:
    value = namespace.get(name, MISSING)
    if kind is None:
        return value is found
    if type(kind) is tuple:
        return value is found and value.__code__ is kind[0] and value.__defaults__ is kind[1]
    if value is found and type(value) not in (list, dict):
        return True
    return value is not MISSING and kind_of(value) == kind


def version_of(function: FunctionType, key: tuple, derive: Callable[[Deriver], Any]) -> Version:
    """The version for `function` and `key`; where there is none that holds, `derive(deriver)` writes its text."""
    bound = _bound.get(function)
    if bound is not None:
        version = bound.get(key)
        if version is not None and version.holds():
            _counts["hits"] += 1
            return version
    with _lock:
        texts = _texts.setdefault(function.__code__, {}).setdefault(key, [])
        text = next((text for text in texts if fits(text, function)), None)
        if text is None:
            text = write(function, derive, unsettled(texts, function))
            texts[VERSIONS - 1 :] = []
            texts.insert(0, text)
        version = Version(text, function)
        _bound.setdefault(function, {})[key] = version
        if len(_bound) > BOUND:  # a closure over itself is kept alive by what is bound to it
            for old in list(_bound)[: BOUND // 2]:
                del _bound[old]
    return version


def fits(text: Text, function: FunctionType) -> bool:
    """True when all that `text` relied on is so for `function`."""
    return all(check(*guard(row, function)) for row in text.guards)


def unsettled(texts: list[Text], function: FunctionType) -> frozenset[str]:
    """The captured callees that are others than in `texts`, once these are several: known only when they are called."""
    if len(texts) < SEVERAL:
        return frozenset()
    rows = [row for text in texts for row in text.guards if isinstance(row[0], tuple) and row[0][0] == "cell"]
    callees = [row for row in rows if callable(row[2]) and not inspect.isclass(row[2]) and not is_sweep(row[2])]
    return frozenset(row[1] for row in callees if not check(*guard(row, function)))


def is_sweep(found) -> bool:
    """True for a function that srcgrad wrote."""
    return isinstance(found, FunctionType) and found.__code__ in sweep_codes


def write(function, derive, unsettled: frozenset[str] = frozenset()) -> Text:
    """The text that `derive` writes, to which the callees that are captured as `unsettled` are unknown."""
    try:
        return written(function, derive, unsettled)
    except SrcgradError:
        if not unsettled:
            raise
        return written(function, derive, frozenset())  # what it refused may be allowed of known callees


def written(function, derive, unsettled) -> Text:
    from ..emit.stack import with_deep_stack

    def run(reserved=frozenset()):
        deriver = Deriver(function, reserved, unsettled)
        try:
            text = deriver.text(derive(deriver))
        except NameClash as clash:
            return run(reserved | clash.names)
        text.guards = [(*row, default_kinds(function) if row[2] is ITSELF else fact_of(row[2])) for row in text.guards]
        return text

    _counts["texts"] += 1
    with collecting_later():
        return with_deep_stack(run)


@contextmanager
def collecting_later():
    """No garbage collection meanwhile: it would look through all trees again and again, for half of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def kind_key(value: Any):
    """A hashable that determines the kind of `value`, quick for numbers and arrays."""
    cls = type(value)
    if cls in SIMPLE:
        return cls
    if cls is np.ndarray:
        return value.dtype.char, value.ndim
    return kind_of(value)


def shallow_kind(value: Any) -> Kind:
    """The kind of an argument of a call inside a derivative: long containers are not looked through."""
    if isinstance(value, (list, dict)) and len(value) > 16:
        return Kind("dict") if isinstance(value, dict) else Kind("list", items=(Kind("unknown"),))
    return kind_of(value, 6)


def parameter_kinds(function: FunctionType, args: tuple, kwargs: dict, kind=kind_of) -> dict[str, Kind]:
    """Parameter -> kind for one call. Raises TypeError, as the call would, when the arguments do not fit."""
    code = function.__code__
    if not kwargs and not code.co_flags & 0x0C and len(args) == code.co_argcount and not code.co_kwonlyargcount:
        return {name: kind(value) for name, value in zip(code.co_varnames, args)}
    signature = inspect.Signature.from_callable(function, follow_wrapped=False)
    given = signature.bind(*args, **kwargs)
    given.apply_defaults()
    return {name: kind(value) for name, value in given.arguments.items()}


def cache_info() -> dict[str, int]:
    """How many texts are in memory, how many were ever written, and how often one was found again."""
    return {
        "texts": sum(len(texts) for keys in _texts.values() for texts in keys.values()),
        "written": _counts["texts"],
        "hits": _counts["hits"],
    }


def cache_clear() -> None:
    """Forget all texts; derivatives made earlier write theirs anew when they are next called."""
    with _lock:
        _texts.clear()
        _bound.clear()
        _counts.update(texts=0, hits=0)
