"""Leaks: active values that leave the reach of derivatives, as text or as keys, and come back as numbers.

Each name has marks, joined over its definitions until nothing changes:

    ACTIVE   it varies with an active input, and derivatives follow
    TEXT     it holds text made of an active value: that may be printed, compared, measured, raised, returned
    KEYED    it holds a dict with such a value among its keys: the values may be read
    OPAQUE   it may be a number that was read back from one of these, or has passed through code that hides it

A derivative of what is OPAQUE is not known. Where the result depends on such a name, the function is refused.
"""

from __future__ import annotations

import contextlib
import io
from types import FunctionType

import gast
import numpy as np

from ..errors import NoRule
from ..frontend.build import COMPREHENSIONS, names_loaded, root
from ..frontend.callables import describe_callable
from ..frontend.methods import CONSTANT_METHODS, INACTIVE_ATTRIBUTES, PURE_METHODS
from ..frontend.scope import MISSING
from ..kinds import STR, UNKNOWN, can_be_active, fields_of, is_scalar
from ..rules import registry
from ..runtime.helpers import as_sequence
from .activity import wrt
from .operations import BINARY, DICT_METHODS, LIST_METHODS, Unbound, describe, is_hashable
from .webs import free_names

ACTIVE, TEXT, KEYED, OPAQUE = 1, 2, 4, 8
PAIRED = 16  # it holds tuples whose first item is marked: `dict` makes keys of these
SURELY = 32  # beside KEYED: a key is known to be a number
HIDDEN = TEXT | KEYED | OPAQUE
VALUES = ~(KEYED | SURELY)  # what the values of a dict have of its marks
NO_NUMBER = ("str", "none", "bool", "function")
SAME_ITEMS = (list, tuple, dict, zip, enumerate, reversed, sorted, as_sequence, dict.copy, list.copy, iter)
MEASURES = (len, type, id, callable, isinstance, hasattr, bool)
LABELS = frozenset(["__name__", "__qualname__", "__doc__", "__module__", "__class__"])
SINKS = {print: "file", np.save: 0, np.savez: 0, np.savez_compressed: 0, np.savetxt: 0}
LOGS = frozenset(["log", "debug", "info", "warning", "warn", "error", "exception", "critical", "print", "report"])
STRUCTURE = frozenset(["key", "i", "indices", "order"])  # parameters of rules that select, and `a` of np.full_like
REDIRECTS = (contextlib.redirect_stdout, contextlib.redirect_stderr)
MADE_OF_TEXT = (str, repr, format, ascii, io.StringIO)


class Leaks:
    """The marks of the names of one function; `callee_marks(function, node, marks, inference)` asks for a callee's."""

    def __init__(self, core, inference, given: dict[str, int], callee_marks):
        self.core, self.inference, self.scope = core, inference, inference.scope
        self.kinds = inference.kinds
        self.marks = dict(given)
        self.callee_marks = callee_marks
        self.edges: dict[str, set[str]] = {}
        self.origins: dict[str, gast.AST] = {}  # name -> where it became opaque
        self.read: set[str] = set()  # the names whose values make up that of the expression at hand
        self.opened = None
        self.lacking: dict[int, str] = {}  # call -> the parameter of its primitive that has no rule
        self.run()

    def run(self):
        before = None
        while before != self.marks:
            before = dict(self.marks)
            self.block(self.core.body)

    # statements -------------------------------------------------------------------------------------------------------

    def block(self, stmts):
        for stmt in stmts:
            self.statement(stmt)

    def statement(self, stmt):
        if isinstance(stmt, (gast.Assign, gast.AnnAssign, gast.AugAssign)):
            self.assignment(stmt)
        elif isinstance(stmt, (gast.FunctionDef, gast.ClassDef)):
            self.store(gast.Name(stmt.name, gast.Store(), None, None), *self.captured(stmt), stmt)
        elif isinstance(stmt, (gast.Expr, gast.Return)):
            self.value(stmt.value)
        else:
            self.compound(stmt)

    def compound(self, stmt):
        """Any other statement, which may hold any syntax where it is inactive."""
        for _, field in gast.iter_fields(stmt):
            for part in field if isinstance(field, list) else [field]:
                if isinstance(part, gast.stmt):
                    self.statement(part)
                elif isinstance(part, gast.expr) and not isinstance(stmt, (gast.For, gast.AsyncFor)):
                    self.value(part)
                elif isinstance(part, (gast.ExceptHandler, gast.match_case)):
                    self.compound(part)
                elif isinstance(part, gast.withitem):
                    marks, read = self.value(part.context_expr)
                    if part.optional_vars is not None:
                        self.store(part.optional_vars, marks, read, stmt)
        if isinstance(stmt, (gast.For, gast.AsyncFor)):
            self.store(stmt.target, *self.items(stmt.iter), stmt)

    def assignment(self, stmt):
        if stmt.value is None:
            return
        marks, read = self.value(stmt.value)
        if isinstance(stmt, gast.AugAssign):
            old, more = self.value(as_load(stmt.target))
            marks, read = (
                self.arithmetic(gast.BinOp(as_load(stmt.target), stmt.op, stmt.value), marks | old),
                read | more,
            )
        for target in stmt.targets if isinstance(stmt, gast.Assign) else [stmt.target]:
            self.store(target, marks, read, stmt)

    def store(self, target, marks, read, stmt):
        if isinstance(target, gast.Name):
            self.mark(target.id, self.kept(marks, self.kinds.get(target.id, UNKNOWN)), read, stmt)
        elif isinstance(target, (gast.Tuple, gast.List)):
            for element in target.elts:
                self.store(element, marks, read, stmt)
        elif isinstance(target, gast.Starred):
            self.store(target.value, marks, read, stmt)
        elif isinstance(target, (gast.Subscript, gast.Attribute)):
            owner = root(target)
            if owner is not None:
                if isinstance(target, gast.Subscript) and self.may_have_keys(target.value):
                    marks |= self.keyed(target.slice)
                self.mark(owner, marks, read, stmt)

    def keyed(self, key) -> int:
        """The marks of a dict in which `key` is one."""
        marks, _ = self.value(key)
        sure = marks & HIDDEN or self.inference.kind(key).tag in ("float", "complex", "array")
        return (KEYED | SURELY if sure else KEYED) if marks else 0

    def may_have_keys(self, expr) -> bool:
        return self.inference.kind(expr).tag in ("dict", "unknown", "object")

    def mark(self, name, marks, read, at):
        """Join `marks` to those of `name`, whose value is made of those of `read`."""
        self.edges.setdefault(name, set()).update(read)
        if name in self.core.keys:
            marks = OPAQUE if marks & HIDDEN else 0
        if marks & OPAQUE and not self.marks.get(name, 0) & OPAQUE:
            self.origins[name] = self.opened or at
        self.opened = None
        self.marks[name] = self.marks.get(name, 0) | marks

    def kept(self, marks, kind):
        """The marks that a value of this kind can have."""
        if kind.tag == "str":
            return TEXT if marks & HIDDEN else 0
        if kind.tag in ("none", "bool"):
            return 0
        if not can_be_active(kind):
            marks &= ~ACTIVE
        return marks & (ACTIVE | OPAQUE) if is_scalar(kind) or kind.tag == "array" else marks

    # expressions ------------------------------------------------------------------------------------------------------

    def value(self, expr) -> tuple[int, set[str]]:
        """(marks, names that make up the value) of an expression."""
        outer, self.read = self.read, set()
        marks = self.of(expr)
        read, self.read = self.read, outer
        return marks, read

    def of(self, expr) -> int:
        if expr is None or isinstance(expr, gast.Constant):
            return 0
        method = getattr(self, f"of_{type(expr).__name__}", None)
        return method(expr) if method is not None else self.all_of(gast.iter_child_nodes(expr))

    def all_of(self, exprs) -> int:
        marks = 0
        for expr in exprs:
            if isinstance(expr, (gast.expr, gast.keyword)):
                marks |= self.of(expr.value if isinstance(expr, (gast.keyword, gast.Starred)) else expr)
        return marks

    def open(self, expr) -> int:
        """The marks of a number that `expr` makes of what carries no derivative."""
        if self.opened is None and getattr(expr, "lineno", 0):
            self.opened = expr
        return OPAQUE

    def of_Name(self, expr):
        self.read.add(expr.id)
        return self.marks.get(expr.id, 0)

    def of_Compare(self, expr):
        for operand in (expr.left, *expr.comparators):
            self.value(operand)  # for what it assigns or writes
        return 0

    def of_NamedExpr(self, expr):
        marks, read = self.value(expr.value)
        self.store(expr.target, marks, read, expr)
        self.read |= read
        return marks

    def of_JoinedStr(self, expr):
        return TEXT if self.all_of(gast.iter_child_nodes(expr)) else 0

    of_FormattedValue = of_JoinedStr

    def of_IfExp(self, expr):
        self.value(expr.test)
        return self.of(expr.body) | self.of(expr.orelse)

    def of_UnaryOp(self, expr):
        return 0 if isinstance(expr.op, gast.Not) else self.arithmetic(expr, self.of(expr.operand))

    def of_BinOp(self, expr):
        return self.arithmetic(expr, self.of(expr.left) | self.of(expr.right))

    def arithmetic(self, expr, marks):
        kind = self.inference.kind(expr)
        if kind == STR or isinstance(expr, gast.BinOp) and self.makes_text(expr):
            return TEXT if marks else 0
        if marks & HIDDEN:
            containers = ("list", "tuple", "dict")
            return marks if kind.tag in containers and not marks & OPAQUE else self.open(expr) | marks
        if isinstance(expr, gast.BinOp) and marks:
            primitive = BINARY[type(expr.op)]
            if primitive in registry.constant:
                return 0
            if not registry.has_rule(primitive):
                return self.open(expr)
        return marks

    def makes_text(self, expr) -> bool:
        """True for `"..." + x` and `form % (x, y)`."""
        filled = isinstance(expr.op, gast.Mod) and self.inference.kind(expr.right).tag in ("tuple", "dict")
        return filled or self.inference.kind(expr.left) == STR

    def of_Attribute(self, expr):
        marks = self.of(expr.value) if self.scope.resolve(expr) is MISSING else 0
        if expr.attr in INACTIVE_ATTRIBUTES or expr.attr in LABELS or not marks:
            return marks & OPAQUE if expr.attr not in LABELS else 0
        owner = self.inference.kind(expr.value)
        opaque = owner.tag in ("function", "object") and not fields_of(owner)
        return self.open(expr) if opaque else marks

    def of_Subscript(self, expr):
        marks = self.of(expr.value)
        return self.kept(marks & VALUES if self.may_have_keys(expr.value) else marks, self.inference.kind(expr))

    def of_Dict(self, expr):
        marks = self.all_of(expr.values)
        for key in expr.keys:
            marks |= self.keyed(key) if key is not None else 0
        return marks

    def of_Tuple(self, expr):
        marks = self.all_of(expr.elts)
        paired = len(expr.elts) == 2 and self.value(expr.elts[0])[0]
        return marks | PAIRED if paired else marks

    def of_Set(self, expr):
        return self.open(expr) if self.all_of(expr.elts) else 0

    def of_Lambda(self, expr):
        marks, read = self.captured(expr)
        self.read |= read
        return marks

    def captured(self, node):
        """(marks, names) that a nested function or class closes over."""
        names = free_names(node) if not isinstance(node, gast.ClassDef) else names_loaded(node.body)
        for default in [*node.args.defaults, *node.args.kw_defaults] if hasattr(node, "args") else ():
            names |= names_loaded(default) if default is not None else set()
        marks = 0
        for name in names:
            marks |= self.marks.get(name, 0)
        return marks, names

    def comprehension(self, expr):
        for generator in expr.generators:
            self.store(generator.target, *self.items(generator.iter), expr)
        if isinstance(expr, gast.DictComp):
            return self.of_Dict(gast.Dict([expr.key], [expr.value]))
        return self.of_Set(gast.Set([expr.elt])) if isinstance(expr, gast.SetComp) else self.of(expr.elt)

    def items(self, iterable):
        """(marks, names) of the items that a loop over `iterable` sees: a dict's are its keys."""
        marks, read = self.value(iterable)
        if self.inference.kind(iterable).tag == "dict":
            return OPAQUE if marks & (KEYED | OPAQUE) else 0, read
        return marks & ~KEYED | (OPAQUE if marks & KEYED else 0), read

    # calls ------------------------------------------------------------------------------------------------------------

    def of_Call(self, expr):
        target = self.scope.resolve(expr.func)
        if target is MISSING:
            return self.method(expr) if isinstance(expr.func, gast.Attribute) else self.unknown(expr, target)
        if not is_hashable(target):
            return self.unknown(expr, target)
        if target in registry.observers or target in registry.constant:
            return self.constant(expr, target)
        if target in SAME_ITEMS:
            return self.same_items(expr, target)
        if registry.has_rule(target):
            return self.rule(expr)
        if isinstance(target, FunctionType):
            return self.callee(expr, target)
        if target in REDIRECTS:
            for arg in expr.args:
                self.spread(OPAQUE, [arg], expr)
        if target in MADE_OF_TEXT:
            return TEXT if self.arguments(expr) else 0
        return self.unknown(expr, target)

    def arguments(self, expr):
        return self.all_of([*expr.args, *expr.keywords])

    def constant(self, expr, target):
        """A call whose result has no derivative: it is constant, a measure, or text."""
        marks, _ = self.value(gast.Tuple([*expr.args, *(k.value for k in expr.keywords)], gast.Load()))
        sink = SINKS.get(target)
        sinks = [k.value for k in expr.keywords if k.arg == sink] if isinstance(sink, str) else []
        sinks += expr.args[sink : sink + 1] if isinstance(sink, int) else []
        if marks and sinks:
            self.spread(OPAQUE, sinks, expr)
        if target in registry.observers or target in registry.encoders:
            return TEXT if marks else 0
        if target is hash:
            return self.open(expr) if marks else 0
        if target in MEASURES or registry.constant.get(target) == "a predicate" or not marks & HIDDEN:
            return 0
        return self.open(expr)

    def same_items(self, expr, target):
        """A container made of another one's items: of a dict, except by `dict`, of its keys."""
        marks = self.arguments(expr)
        if target is zip and len(expr.args) == 2 and self.value(expr.args[0])[0]:
            marks |= PAIRED
        if target in (dict, dict.copy):
            return marks | (KEYED if marks & PAIRED else 0)
        if any(self.inference.kind(a).tag == "dict" for a in expr.args):
            return self.open(expr) if marks & (KEYED | OPAQUE) else 0
        return marks & ~KEYED | (self.open(expr) if marks & (KEYED | OPAQUE) else 0)

    def rule(self, expr):
        try:
            op = describe(expr, self.kinds, self.scope, self.inference.kind)
        except Unbound:
            return self.arguments(expr)
        marks = self.arguments(expr)
        if isinstance(expr.func, gast.Attribute) and self.scope.resolve(expr.func) is MISSING:
            marks |= self.of(expr.func.value)
        if marks & HIDDEN:
            return self.open(expr) | marks
        kind = self.inference.kind(expr)
        if marks and any(self.scope.resolve(a) is object for a in expr.args) and op.primitive is not np.array:
            return self.open(expr)
        if marks and kind.tag == "array" and kind.dtype is not None and np.dtype(kind.dtype).kind not in "fcbiu":
            return self.open(expr)
        if (
            op.form == "rule"
            and marks
            and op.primitive is not np.full_like
            and not str(getattr(op.primitive, "__module__", "")).startswith("srcgrad.")
        ):
            known = wrt(op.primitive)
            for name, arg in op.args.items():
                parts = arg if isinstance(arg, list) else [arg]
                if name not in known and name not in STRUCTURE and self.value(gast.Tuple(parts, gast.Load()))[0]:
                    self.lacking[id(expr)] = f"{describe_callable(op.primitive)} has no derivative in {name!r}"
                    return self.open(expr)
        return marks

    def callee(self, expr, target):
        marks = self.arguments(expr)
        for name in self.scope.captured_by(target):
            self.read.add(name)
            marks |= self.marks.get(name, 0)
        self.passed(expr, target, marks)
        found = self.callee_marks(target, expr, self, self.inference)
        if found is None:
            return marks | (self.open(expr) if marks & HIDDEN else 0)
        return found | (self.open(expr) if found & OPAQUE else 0)

    def unknown(self, expr, target):
        """A call that is resolved when it runs; what it makes of text may be a number."""
        function = self.of(expr.func) if target is MISSING else 0
        marks = self.arguments(expr) | function
        self.passed(expr, target, marks)
        return marks | (self.open(expr) if marks & HIDDEN else 0)

    def passed(self, expr, target, marks):
        """Code that is handed text may write it into the other arguments."""
        if marks & (TEXT | OPAQUE) and not isinstance(target, type):
            self.spread(OPAQUE, [*expr.args, *(k.value for k in expr.keywords)], expr)

    def spread(self, marks, exprs, at):
        for expr in exprs:
            name = root(expr)
            kind = self.kinds.get(name, UNKNOWN)
            if name is not None and not is_scalar(kind) and kind.tag not in (*NO_NUMBER, "array"):
                self.mark(name, marks, set(), at)

    def method(self, expr):
        owner, name = expr.func.value, expr.func.attr
        kind = self.inference.kind(owner)
        if kind == STR:
            return TEXT if self.of(owner) | self.arguments(expr) else 0
        if name == "format":
            return TEXT if self.of(owner) | self.arguments(expr) else 0
        if name in CONSTANT_METHODS and name != "keys":
            marks = self.value(owner)[0] & HIDDEN
            return self.open(expr) if marks and name not in ("any", "all", "startswith", "endswith") else 0
        marks = self.of(owner)
        if kind.tag in ("dict", "unknown") and name in ("get", "pop", "values", "setdefault"):
            return marks & VALUES | self.arguments(gast.Call(expr.func, expr.args[1:], expr.keywords))
        if name in ("keys", "items", "popitem"):
            return marks | (self.open(expr) if marks & KEYED else 0)
        if kind.tag in ("list", "dict", "tuple") and name == "copy":
            return marks
        given, read = self.value(gast.Tuple([*expr.args, *(k.value for k in expr.keywords)], gast.Load()))
        self.receive(expr, owner, name, given, read)
        if name in PURE_METHODS or kind.tag in ("array", "number", "float", "complex"):
            self.read |= read
            return self.rule(expr)
        self.read |= read
        marks |= given
        return marks | (self.open(expr) if marks & HIDDEN else 0)

    def receive(self, expr, owner, name, given, read):
        """What a method of unknown effect may leave in its object."""
        receiver = root(owner)
        if receiver is None or not given or name in PURE_METHODS:
            return
        if name in LIST_METHODS or name in DICT_METHODS:
            self.mark(receiver, given, read, expr)
        elif given & HIDDEN and not (name in LOGS or name in ("write", "writelines") and self.is_standard(owner)):
            self.spread(OPAQUE, [owner], expr)

    def is_standard(self, owner) -> bool:
        """True for `sys.stdout` and its like."""
        return isinstance(owner, gast.Attribute) and owner.attr in ("stdout", "stderr")


for _comprehension in COMPREHENSIONS:
    setattr(Leaks, f"of_{_comprehension.__name__}", Leaks.comprehension)


def as_load(target):
    if isinstance(target, gast.Name):
        return gast.Name(target.id, gast.Load(), None, None)
    if isinstance(target, gast.Subscript):
        return gast.Subscript(target.value, target.slice, gast.Load())
    return gast.Attribute(target.value, target.attr, gast.Load())


def refuse_leaks(leaks: Leaks) -> int:
    """The marks of the result; NoRule where it depends on an opaque name."""
    core = leaks.core
    last = core.body[-1]
    marks, useful = leaks.value(last.value)
    useful, pending = set(useful), list(useful)
    while pending:
        for name in leaks.edges.get(pending.pop(), ()):
            if name not in useful:
                useful.add(name)
                pending.append(name)
    opaque = [n for n in useful if leaks.marks.get(n, 0) & OPAQUE and leaks.kinds.get(n, UNKNOWN).tag not in NO_NUMBER]
    places = [leaks.origins[n] for n in opaque if n in leaks.origins]
    if marks & OPAQUE and leaks.inference.kind(last.value).tag not in NO_NUMBER:
        places = places or [leaks.opened or last]
    lost = marks & ACTIVE and not isinstance(last.value, gast.Name)  # it was taken for constant, and is not
    if (marks & KEYED and marks & SURELY or lost) and not places:
        places = [last]
    if places:
        at = min(places, key=lambda node: (getattr(node, "lineno", 0) or 0, getattr(node, "col_offset", 0) or 0))
        lacking = leaks.lacking.get(id(at))
        advice = "State it with srcgrad.extend." if lacking else ADVICE
        where = core.source.position(at if getattr(at, "lineno", 0) else last)
        raise NoRule(lacking or WHAT, where=where, advice=advice)
    return marks


WHAT = "the result depends on an active value that was turned into text, a key or another opaque form"
ADVICE = "No derivative follows it there. Use the number itself; text made of it may be printed or compared."


def text_message(core, last) -> str:
    """What is said when text that a function returns is turned into a number by its caller."""
    return str(NoRule(WHAT, where=core.source.position(last if getattr(last, "lineno", 0) else None), advice=ADVICE))
