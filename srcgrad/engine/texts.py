"""A derivative's text: the module that it is printed as, compiled, and what binds it to a function."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any

import gast
import numpy as np

from ..emit.module import Binding, compile_module
from ..emit.printer import to_source
from ..frontend.build import located, walk
from ..frontend.source import Source, remember, source_of
from ..rules import registry


@dataclass
class Unit:
    """A generated function, or a pair of them, within a text."""

    base: str
    forward: str = ""
    backward: str = ""
    inputs: list[str] = field(default_factory=list)  # whose adjoints `backward` returns: captures, then parameters
    shadows: frozenset[str] = frozenset()  # the inputs whose adjoints go in, to be added to, and come back
    is_settled: bool = False  # whether a call has been written that relies on `shadows`
    arguments: list = field(default_factory=list)  # the operands at one call, in the order of `inputs`
    name: str = ""
    wants_full: bool = True
    is_number: bool = False  # whether the primal of a gradient is known to return a float


@dataclass
class Text:
    """A printed derivative, compiled, with all that it takes to bind it to a function and to know when it holds."""

    source: str
    compiled: Any
    entry: Unit
    bindings: dict[str, FunctionType | None]
    guards: list
    lines: dict[int, int]

    def functions(self, function: FunctionType) -> dict:
        """The text's functions, those that stem from the primal bound to the cells of `function`."""
        return self.compiled.functions({name: binding(origin or function) for name, origin in self.bindings.items()})


def binding(function: FunctionType) -> Binding:
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    return Binding(function.__globals__, cells, function.__defaults__, function.__kwdefaults__)


class Texts:
    """Mixed into `Deriver`: generated functions put together into one module."""

    def add(self, name, core, body, function):
        self.functions.append(self.definition(name, clone_arguments(core.args), body))
        self.origins[name] = function

    def definition(self, name, args, body):
        body = [s for s in body if not isinstance(s, gast.Pass)] or [gast.Pass()]
        return located(gast.FunctionDef(name, args, body, [], None, None, []), None)

    def function(self, name, params, body):
        args = gast.arguments([gast.Name(p, gast.Param(), None, None) for p in params], [], None, [], [], None, [])
        return self.definition(name, args, body)

    def text(self, entry: Unit) -> Text:
        """Print and compile all units."""
        tree = [*self.imports(), *self.functions]
        for function in self.functions:
            for node in walk(function):
                if isinstance(node, (gast.stmt, gast.expr)) and not hasattr(node, "lineno"):
                    located(node, None)
        self.rely_on_numpy()
        printed = to_source(gast.Module(tree, []))
        cells = {name: f.__code__.co_freevars for name, f in self.origins.items()}
        compiled = compile_module(printed.text, self.functions[-1].name, cells, dict(self.helpers.objects))
        origins = {name: None if f is self.root else f for name, f in self.origins.items()}
        lines = printed.text.splitlines(keepends=True)
        for tree in gast.parse(printed.text).body:
            if isinstance(tree, gast.FunctionDef):
                stems = printed.lines, source_of(self.origins[tree.name])
                source = Source(tree.name, compiled.filename, lines, tree, stems)
                remember(compiled.codes[tree.name], source)
                generated[compiled.codes[tree.name]] = dict(self.helpers.objects)
                sweep_codes.add(compiled.codes[tree.name])
                remember_nested(compiled.codes[tree.name], source, dict(self.helpers.objects))
        return Text(printed.text, compiled, entry, origins, list(self.guards.values()), printed.lines)

    def rely_on_rules(self, primitive):
        """Guard the rules of a primitive that is not of srcgrad's own: a text is void once others are stated."""
        stated = registry.stated
        if primitive in stated:
            self.guards.setdefault((id(stated), primitive), (stated, primitive, stated[primitive]))

    def rely_on_numpy(self):
        """Guard the functions of NumPy that inlined rules name: a text is void once one of them is replaced."""
        place, known = id(vars(np)), vars(np)
        for node in (n for function in self.functions for n in walk(function)):
            if isinstance(node, gast.Attribute) and isinstance(node.value, gast.Name) and node.attr in known:
                owner = self.helpers.objects.get(node.value.id, self.root.__globals__.get(node.value.id))
                if owner is np and callable(known[node.attr]):
                    self.guards.setdefault((place, node.attr), (known, node.attr, known[node.attr]))

    def imports(self):
        used = {n.id for f in self.functions for n in walk(f) if isinstance(n, gast.Name)}
        self.helpers.objects = {n: o for n, o in self.helpers.objects.items() if n in used}
        if "np" in used and "np" not in self.helpers.objects and self.root.__globals__.get("np", np) is np:
            self.helpers.objects["np"] = np
        lines: dict[str, list] = {}
        out = []
        for name, value in sorted(self.helpers.objects.items()):
            if value is np:
                out.append(gast.Import([gast.alias("numpy", None if name == "numpy" else name)]))
            elif isinstance(value, type(gast)):
                out.append(gast.Import([gast.alias(value.__name__, None if name == value.__name__ else name)]))
            else:
                known = plain(value.__name__)
                module = getattr(value, "__module__", "numpy")
                lines.setdefault(module, []).append(gast.alias(known, None if name == known else name))
        return out + [gast.ImportFrom(module, aliases, 0) for module, aliases in sorted(lines.items())]


generated: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # code in a generated text -> the text's helpers


sweep_codes: weakref.WeakSet = weakref.WeakSet()  # of the functions that are derivatives, not the user's


def remember_nested(code, source, helpers):
    """State the sources of the functions nested in a generated one: matched by name and line, in order."""
    tree = source.node
    nodes = [n for n in walk(tree) if isinstance(n, (gast.FunctionDef, gast.Lambda)) and n is not tree]
    nodes.sort(key=lambda n: (n.lineno, n.col_offset))

    def visit(code):
        for inner in (c for c in code.co_consts if isinstance(c, type(code))):
            for node in nodes:
                name = getattr(node, "name", "<lambda>")
                if name == inner.co_name and node.lineno == inner.co_firstlineno:
                    nodes.remove(node)
                    remember(inner, replace(source, name=name, node=node))
                    generated[inner] = helpers
                    break
            visit(inner)

    visit(code)


def plain(name: str) -> str:
    return "lambda_" if name == "<lambda>" else name


def clone_arguments(args):
    import copy

    return copy.deepcopy(args)
