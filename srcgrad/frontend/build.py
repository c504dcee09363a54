"""Building gast trees: names, assignments, and quoted templates of real Python."""

from __future__ import annotations

import copy
from functools import lru_cache

import gast


def load(name: str) -> gast.Name:
    return gast.Name(name, gast.Load(), None, None)


def store(name: str) -> gast.Name:
    return gast.Name(name, gast.Store(), None, None)


def constant(value) -> gast.expr:
    """A literal; negative numbers as a minus sign and a literal, as the parser has them."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return gast.UnaryOp(gast.USub(), gast.Constant(-value, None))
    return gast.Constant(value, None)


def assign(target: gast.AST | str, value: gast.AST, at: gast.AST | None = None) -> gast.Assign:
    """`target = value`, at the position of the node `at`."""
    target = store(target) if isinstance(target, str) else target
    return located(gast.Assign([target], value, None), at if at is not None else value)


def located(node, at):
    """`node` with the line of `at`; a node that was never in the primal has line 0."""
    node.lineno = getattr(at, "lineno", 0)
    node.col_offset = getattr(at, "col_offset", 0)
    return node


def call(function: gast.AST | str, *args: gast.AST) -> gast.Call:
    return gast.Call(dotted(function) if isinstance(function, str) else function, list(args), [])


def dotted(path: str) -> gast.AST:
    """The expression `a.b.c`."""
    first, *rest = path.split(".")
    node = load(first)
    for attr in rest:
        node = gast.Attribute(node, attr, gast.Load())
    return node


@lru_cache(maxsize=4096)
def _parsed(text: str):
    return gast.parse(text).body


def statements(template: str, at=None, **parts) -> list[gast.AST]:
    """The statements of `template`, with its names replaced by `parts` (trees, or names as strings)."""
    body = [substitute(copy.deepcopy(stmt), parts) for stmt in _parsed(template)]
    if at is not None:
        for stmt in body:
            for node in walk(stmt):
                if isinstance(node, (gast.stmt, gast.expr)):
                    located(node, at)
    return body


def statement(template: str, at=None, **parts) -> gast.AST:
    return statements(template, at, **parts)[0]


def expression(template: str, **parts) -> gast.AST:
    return substitute(copy.deepcopy(_parsed(template)[0].value), parts)


class _Substitute(gast.NodeTransformer):
    def __init__(self, parts):
        self.parts = parts

    def visit_Name(self, node):
        part = self.parts.get(node.id)
        if part is None:
            return node
        if isinstance(part, str):
            return gast.copy_location(gast.Name(part, node.ctx, None, None), node)
        return copy.deepcopy(part)


def substitute(tree, parts: dict):
    """`tree` with names replaced by the trees or names in `parts`; changes `tree` in place and returns it."""
    return _Substitute(parts).visit(tree)


def names_loaded(tree) -> set[str]:
    """Every name read in `tree`, in nested functions and comprehensions too (bound ones included)."""
    return {n.id for n in walk(tree) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Store)}


def names_stored(tree) -> set[str]:
    """Every name bound in `tree`'s own scope: by assignment, loop, import, definition, walrus or pattern."""
    found = set()
    for node in own_scope(tree):
        if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
            found.add(node.id)
        elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (gast.Import, gast.ImportFrom)):
            found.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, (gast.MatchAs, gast.MatchStar)) and node.name:
            found.add(node.name)
        elif isinstance(node, gast.MatchMapping) and node.rest:
            found.add(node.rest)
        elif isinstance(node, gast.ExceptHandler) and node.name:
            found.add(node.name if isinstance(node.name, str) else node.name.id)
    return found


def stored_anywhere(tree) -> set[str]:
    """Every name that is assigned in `tree`, in nested functions too."""
    return {n.id for n in walk(tree) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)}


SCOPES = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ClassDef)
COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
MAKERS = (*COMPREHENSIONS, gast.List, gast.Dict, gast.Set, gast.Lambda, gast.JoinedStr)


def own_scope(tree):
    """The nodes of `tree` outside nested scopes (nested definitions themselves are included, their bodies aren't)."""
    stack = list(tree) if isinstance(tree, list) else [tree]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef)):
            stack.extend(node.decorator_list)
            stack.extend(d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None)
        elif isinstance(node, gast.Lambda):
            stack.extend(d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None)
        elif isinstance(node, gast.ClassDef):
            stack.extend([*node.bases, *node.decorator_list])
        elif isinstance(node, COMPREHENSIONS):
            stack.append(node.generators[0].iter)
            stack.extend(walruses(node))
        else:
            add_children(node, stack)


def walruses(comprehension):
    """Walrus targets bind in the scope around a comprehension."""
    return [n.target for n in walk(comprehension) if isinstance(n, gast.NamedExpr)]


def walk(tree) -> list[gast.AST]:
    """All nodes of a tree or of a list of trees, breadth first, but for contexts and operators."""
    found = list(filter(is_node, tree)) if isinstance(tree, (list, tuple)) else [tree] if is_node(tree) else []
    for node in found:  # which grows
        add_children(node, found)
    return found


def root(expr) -> str | None:
    """The name behind a chain of attributes, items and slices."""
    while isinstance(expr, (gast.Attribute, gast.Subscript, gast.Starred)):
        expr = expr.value
    return expr.id if isinstance(expr, gast.Name) else None


def add_children(node, found: list) -> None:
    """Append the nodes right below `node`, contexts and operators aside."""
    for name in INNER[node.__class__]:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += filter(None, value)
        elif value is not None:
            found.append(value)


def is_node(value) -> bool:
    return isinstance(value, gast.AST)


class _Inner(dict):
    """Node class -> the fields that hold nothing but nodes, lists of nodes and None, contexts and operators aside."""

    def __missing__(self, cls):
        plain = (
            PLAIN_FIELDS if cls in (gast.ExceptHandler, getattr(gast, "TypeAlias", None)) else {*PLAIN_FIELDS, "name"}
        )
        fields = () if cls in LEAVES else tuple(name for name in cls._fields if name not in plain)
        return self.setdefault(cls, fields)


INNER = _Inner()
LEAVES = (gast.Constant, gast.MatchSingleton, gast.Global, gast.Nonlocal, gast.alias)
PLAIN_FIELDS = frozenset(
    ["ctx", "op", "ops", "id", "attr", "arg", "kind", "type_comment", "type_ignores", "conversion", "level"]
    + ["module", "rest", "kwd_attrs", "is_async", "simple"]
)


def parameters(args: gast.arguments) -> list[str]:
    """All parameter names of a function, in order."""
    starred = [a for a in (args.vararg, args.kwarg) if a is not None]
    return [a.id for a in (*args.posonlyargs, *args.args, *args.kwonlyargs, *starred)]


def defaults_of(args) -> dict:
    """Parameter -> its default, in the order in which they are evaluated."""
    positional = [*args.posonlyargs, *args.args]
    found = dict(zip([a.id for a in positional[len(positional) - len(args.defaults) :]], args.defaults))
    return found | {a.id: d for a, d in zip(args.kwonlyargs, args.kw_defaults) if d is not None}


def with_defaults(node, given: dict):
    """A function with other defaults for some parameters; a new node around the same body."""
    args = copy.copy(node.args)
    positional = [*args.posonlyargs, *args.args]
    places = positional[len(positional) - len(args.defaults) :]
    args.defaults = [given.get(a.id, d) for a, d in zip(places, args.defaults)]
    args.kw_defaults = [given.get(a.id, d) for a, d in zip(args.kwonlyargs, args.kw_defaults)]
    made = copy.copy(node)
    made.args = args
    return made


def contains_call(expr) -> bool:
    """True when evaluating `expr` twice may cost or change something."""
    for node in gast.walk(expr):
        if isinstance(node, gast.Call):
            if not (isinstance(node.func, gast.Name) and node.func.id in ("len", "range", "min")):
                return True
        elif isinstance(node, (*MAKERS, gast.NamedExpr)):
            return True
    return False


class Namer:
    """Hands out names that are taken by nobody: `x`, then `x_1`, `x_2`, ..."""

    def __init__(self, taken):
        self.taken = set(taken)
        self.counts: dict[str, int] = {}  # how far the numbers behind a name are used up

    def fresh(self, base: str) -> str:
        name, count = base, self.counts.get(base, 0)
        while name in self.taken:
            count += 1
            name = f"{base}_{count}"
        self.counts[base] = count
        self.taken.add(name)
        return name


def roots(target) -> set[str]:
    """The names behind an assignment target or a chain of attributes and subscripts: `x` of `x.layers[0]`."""
    if isinstance(target, gast.Name):
        return {target.id}
    if isinstance(target, (gast.Tuple, gast.List)):
        return set().union(*map(roots, target.elts), set())
    if isinstance(target, (gast.Attribute, gast.Subscript, gast.Starred)):
        return roots(target.value)
    return set()
