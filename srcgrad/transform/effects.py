"""Calls whose results carry no derivative: what they may do to active values, and with them, must not go unseen."""

from __future__ import annotations

from types import FunctionType, MethodType, SimpleNamespace

import gast

from ..analysis.activity import names_of
from ..analysis.donation import check_written_back
from ..errors import NoRule, SourceNotFound, UnsupportedMutation
from ..frontend.build import assign, call, constant, located
from ..frontend.inlining import bound_call
from ..frontend.methods import PURE_METHODS
from ..frontend.source import source_of
from ..frontend.writers import plain_call
from ..runtime import pairs
from ..runtime.helpers import snapshot


class Effects:
    """Mixed into `Reverse` and `Forward`."""

    def run_on_copies(self, stmt, op) -> list:
        """A call that writes into its arguments, where what it writes does not matter for any derivative."""
        check_written_back(self, op.primitive, bound_call(op.primitive, op.node), stmt, ())
        self.deriver.rehearse(op.primitive, op.node, self.as_varied())
        checks, self.checks = [gast.Expr(check) for check in self.checks], []
        return [*checks, *plain_call(stmt, self.core.scope, self.names.fresh, self.names.helpers.name(snapshot))]

    def check_effects(self, stmt, op):
        """The statement to run for such a call: itself, or one that refuses when it runs what the callee may not do."""
        node = op.node
        if op.form not in ("callee", "dynamic") or self.core.is_generated:
            return stmt
        if op.form == "dynamic" and op.primitive is not None and names_of(node) & self.core.active:
            if not isinstance(op.primitive, type) and not hasattr(op.primitive, "__srcgrad_program__"):
                self.refuse(
                    "a call of code without Python source or rule may write into its active arguments",
                    node,
                    "Register what it does with srcgrad.extend, or call it outside the differentiated function.",
                    NoRule,
                )
        self.check_receiver(op, node)
        operands = [*node.args, *(k.value for k in node.keywords)]
        if not self.varied(node.func) and not any(map(self.varied, operands)):
            return stmt
        if isinstance(op.primitive, FunctionType):
            require_source(op.primitive, self.core.source.position(node))
            self.deriver.rehearse(op.primitive, node, self.as_varied())
            return stmt
        bound = isinstance(op.primitive, MethodType)  # of C code, perhaps, that writes into its arguments
        return self.checked_call(stmt, node) if bound or op.primitive is None else stmt

    def as_varied(self):
        """This sweep, for which all that varies is active."""
        return SimpleNamespace(kind=self.kind, kinds=self.kinds, core=self.core, active=self.core.varied)

    def varied(self, expr) -> bool:
        """True for what varies with an active input, whether or not the result depends on it."""
        return bool(names_of(expr) & self.core.varied)

    def check_receiver(self, op, node):
        receiver = node.func.value if isinstance(node.func, gast.Attribute) else None
        if receiver is None or node.func.attr in PURE_METHODS or not names_of(receiver) & self.core.active:
            return
        if op.form == "dynamic" and self.kind(receiver).tag in ("array", "number", "list", "dict", "unknown"):
            self.refuse(
                f"the method {node.func.attr!r} may change its object, and its derivative is not known",
                node,
                "Use operations on lists, dicts and arrays that the table in the README names.",
                UnsupportedMutation,
            )

    def checked_call(self, stmt, node):
        """`f(x)` as the forward sweep of `pair(f)`, which is derived, and so checked, when it is called."""
        function, args, _ = self.callee_of(node)
        if isinstance(function, gast.Attribute) and self.varied(function.value):
            function, args = constant(function.attr), [function.value, *args]
        starred = any(isinstance(a, gast.Starred) for a in args) or any(k.arg is None for k in node.keywords)
        active = [i for i, a in enumerate(args) if self.varied(a)]
        active += [k.arg for k in node.keywords if self.varied(k.value)]
        made = call(self.names.helpers.name(pairs.pair), function)
        if not starred:
            made.args.append(gast.Tuple([constant(w) for w in active], gast.Load()))
        if self.varied(node.func) and function is node.func:
            made.keywords.append(gast.keyword("captures", constant(True)))
        run = gast.Call(gast.Subscript(made, constant(0), gast.Load()), list(args), list(node.keywords))
        if isinstance(stmt, gast.Expr):
            return located(gast.Expr(run), stmt)
        return assign(stmt.targets[0].id, gast.Subscript(run, constant(0), gast.Load()), stmt)


def require_source(function, where) -> None:
    """SourceNotFound, at the call, where the source of a function is not known: it may write into its arguments."""
    try:
        source_of(function)
    except SourceNotFound as error:
        raise SourceNotFound(error.what, where=where, advice=error.advice) from None
