"""Default arguments of local functions: evaluated once, where the function is made.

Where one is active, the function is made by another, to which the default is given: then it is a captured variable,
whose derivative is known where the function goes.
"""

from __future__ import annotations

import gast

from .binding import UNBOUND
from .build import (
    call,
    contains_call,
    defaults_of,
    load,
    located,
    names_loaded,
    statement,
    with_defaults,
)


class Defaults:
    """Mixed into `Normaliser`."""

    def with_settled_defaults(self, node):
        """A function whose defaults that are active, or take a call, are variables: they are evaluated here, once."""
        given = {}
        for name, default in defaults_of(node.args).items():
            plain = isinstance(default, (gast.Name, gast.Constant))
            if not plain and (self.is_active(default) or contains_call(default)):
                given[name] = self.bind(self.operation(default), f"{name}_default")
        return with_defaults(node, given) if given else node

    def active_defaults(self, args) -> dict:
        return {name: default for name, default in defaults_of(args).items() if self.is_active(default)}

    def made_with_defaults(self, node, name="f") -> gast.Call:
        """The call of a function that is given the active defaults of `node`, and returns `node` with these captured.

        def f(y, k=x): ...      ->      def make_f(k_default):
                                            def f(y, k=unbound):
                                                if k is unbound: k = k_default
                                                ...
                                            return f
                                        f = make_f(x)
        """
        active = self.active_defaults(node.args)
        given = {k: self.namer.fresh(f"{k}_default") for k in active}
        node = with_defaults(node, dict.fromkeys(active, load(UNBOUND)))
        maker = self.namer.fresh(f"make_{name}")
        body = node.body if isinstance(node.body, list) else [located(gast.Return(node.body), node)]
        recursive = self.inliner.counts.get(name) == 1 and name in names_loaded(body)
        inner = name if recursive else self.namer.fresh(name)
        template = "if k is unbound:\n    k = default"
        filled = [statement(template, node, k=k, unbound=UNBOUND, default=default) for k, default in given.items()]
        function = gast.FunctionDef(inner, node.args, [*filled, *body], [], None, None, [])
        body = [located(function, node), located(gast.Return(load(inner)), node)]
        parameters = [gast.Name(default, gast.Param(), None, None) for default in given.values()]
        args = gast.arguments(parameters, [], None, [], [], None, [])
        self.scope.local.add(maker)
        self.active.add(maker)
        self.emit(located(gast.FunctionDef(maker, args, body, [], None, None, []), node))
        return located(call(maker, *active.values()), node)
