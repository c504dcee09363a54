"""Webs: definitions of a variable that some use cannot tell apart share a name, all others get names of their own.

    x = a * b          x = a * b
    y = sin(x)    ->   y = sin(x)
    x = c + y          x_1 = c + y
    return x           return x_1

After this pass a name stands for one value, or for one that loops and branches carry on, so facts can be kept by name.
Variables that nested functions capture are left as they are.
"""

from __future__ import annotations

import gast

from ..frontend.build import COMPREHENSIONS, names_stored, own_scope, parameters

FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda)


def rename_webs(body, params, namer, external=frozenset()) -> dict[str, str]:
    """Rename `body` in place, one name per web; returns new name -> the user's name."""
    webs = _Webs(set(params), captured_names(body), external)
    webs.block(body)
    return webs.rename(namer)


def captured_names(body) -> set[str]:
    """Names that functions nested in `body` read or write from outside themselves."""
    found = set()
    for stmt in body:
        for node in gast.walk(stmt):
            if isinstance(node, FUNCTIONS):
                found |= free_names(node)
    return found


def free_names(node) -> set[str]:
    """The free variables of a nested function."""
    inner = node.body if isinstance(node.body, list) else [node.body]
    outer = {x for i in own_scope(inner) if isinstance(i, (gast.Nonlocal, gast.Global)) for x in i.names}
    bound = (names_stored(inner) | set(parameters(node.args))) - outer
    found = {n.id for part in inner for n in free_loads(part)} | outer
    return found - bound


def free_loads(tree):
    """The Name nodes read in `tree` that are not bound by a comprehension or function inside it."""
    if isinstance(tree, gast.Name):
        if not isinstance(tree.ctx, (gast.Store, gast.Del)):
            yield tree
        return
    if isinstance(tree, FUNCTIONS):
        for default in (*tree.args.defaults, *tree.args.kw_defaults):
            if default is not None:
                yield from free_loads(default)
        inner = free_names(tree)
        parts = tree.body if isinstance(tree.body, list) else [tree.body]
        for part in parts:
            yield from (n for n in gast.walk(part) if isinstance(n, gast.Name) and n.id in inner)
        return
    if isinstance(tree, COMPREHENSIONS):
        bound = set().union(*(names_stored(g.target) for g in tree.generators))
        yield from free_loads(tree.generators[0].iter)
        for i, generator in enumerate(tree.generators):
            parts = generator.ifs if i == 0 else [generator.iter, *generator.ifs]
            for part in parts:
                yield from (n for n in free_loads(part) if n.id not in bound)
        for part in (tree.key, tree.value) if isinstance(tree, gast.DictComp) else (tree.elt,):
            yield from (n for n in free_loads(part) if n.id not in bound)
        return
    for child in gast.iter_child_nodes(tree):
        yield from free_loads(child)


class _Webs:
    def __init__(self, params, captured, external):
        self.parent: dict = {}
        self.occurrences: list = []  # (Name node, definition)
        self.fixed = captured | external
        self.state = {p: frozenset({("param", p)}) for p in params}
        self.params = params
        for p in params:
            self.parent[("param", p)] = ("param", p)
        self.breaks: list = []
        self.continues: list = []

    def find(self, d):
        while self.parent.setdefault(d, d) != d:
            self.parent[d] = self.parent[self.parent[d]]
            d = self.parent[d]
        return d

    def unite(self, definitions):
        first, *rest = definitions
        for other in rest:
            self.parent[self.find(other)] = self.find(first)
        return first

    # uses and definitions ---------------------------------------------------------------------------------------------

    def use(self, tree):
        for node in free_loads(tree):
            if node.id in self.fixed:
                continue
            reaching = self.state.get(node.id)
            if reaching:
                self.occurrences.append((node, self.unite(sorted(reaching, key=str))))

    def define(self, node):
        name = node.id
        if name in self.fixed:
            return
        definition = (name, id(node))
        self.state = {**self.state, name: frozenset({definition})}
        self.occurrences.append((node, definition))

    def targets(self, tree):
        """Stores and partial stores of an assignment target."""
        if isinstance(tree, gast.Name):
            self.define(tree)
        elif isinstance(tree, (gast.Tuple, gast.List)):
            for element in tree.elts:
                self.targets(element)
        elif isinstance(tree, gast.Starred):
            self.targets(tree.value)
        else:
            self.use(tree)

    # statements -------------------------------------------------------------------------------------------------------

    def block(self, stmts):
        for stmt in stmts:
            getattr(self, f"visit_{type(stmt).__name__}", self.visit_other)(stmt)

    def visit_Assign(self, stmt):
        self.use(stmt.value)
        self.walruses(stmt.value)
        for target in stmt.targets:
            self.targets(target)

    def visit_AugAssign(self, stmt):
        self.use(stmt.value)
        if isinstance(stmt.target, gast.Name):
            name = stmt.target.id
            if name in self.fixed:
                return
            reaching = self.state.get(name) or frozenset({(name, id(stmt.target))})
            definition = (name, id(stmt.target))
            self.unite([*sorted(reaching, key=str), definition])
            self.state = {**self.state, name: frozenset({definition})}
            self.occurrences.append((stmt.target, definition))
        else:
            self.use(stmt.target)

    def walruses(self, expr):
        for node in own_scope(expr):
            if isinstance(node, gast.NamedExpr):
                self.define(node.target)

    def visit_Expr(self, stmt):
        self.use(stmt.value)
        self.walruses(stmt.value)

    visit_Return = visit_Expr

    def visit_If(self, stmt):
        self.use(stmt.test)
        self.walruses(stmt.test)
        before = self.state
        self.block(stmt.body)
        after, self.state = self.state, before
        self.block(stmt.orelse)
        self.state = self.merge(after, self.state)

    def merge(self, *states):
        first, *others = (s for s in states if s is not None)
        merged = dict(first)
        for state in others:
            for name, definitions in state.items():
                if merged.get(name) is not definitions:
                    merged[name] = merged.get(name, frozenset()) | definitions
        return merged

    def visit_For(self, stmt):
        self.use(stmt.iter)
        self.loop(stmt, lambda: self.targets(stmt.target))

    def visit_While(self, stmt):
        def head():
            self.use(stmt.test)
            self.walruses(stmt.test)

        self.loop(stmt, head)

    def loop(self, stmt, head):
        """Twice round: the second time sees what the first has defined."""
        outer = self.breaks, self.continues
        entry = self.state
        for _ in range(2):
            self.breaks, self.continues = [], []
            top = self.state
            head()
            tested = self.state if isinstance(stmt, gast.While) else top
            self.block(stmt.body)
            self.state = self.merge(entry, self.state, *self.continues)
            exits = [tested, self.state, *self.breaks]
        self.breaks, self.continues = outer
        self.state = self.merge(*exits)
        self.block(stmt.orelse)

    def visit_Break(self, _stmt):
        self.breaks.append(self.state)

    def visit_Continue(self, _stmt):
        self.continues.append(self.state)

    def visit_With(self, stmt):
        for item in stmt.items:
            self.use(item.context_expr)
            if item.optional_vars is not None:
                self.targets(item.optional_vars)
        self.block(stmt.body)

    def visit_FunctionDef(self, stmt):
        for decorator in stmt.decorator_list:
            self.use(decorator)
        self.use(stmt)
        self.fixed = self.fixed | {stmt.name}

    def visit_other(self, stmt):
        """Any other statement: its names keep what they had, and may change anywhere within it."""
        self.use(stmt)
        stored = names_stored(stmt)
        self.fixed = self.fixed | stored
        for node in gast.walk(stmt):
            if isinstance(node, gast.Name) and node.id in stored:
                reaching = self.state.get(node.id)
                if reaching:
                    self.unite([*sorted(reaching, key=str), ("fixed", node.id)])

    # names ------------------------------------------------------------------------------------------------------------

    def rename(self, namer):
        chosen, origin = {}, {}
        frozen = {self.find(("fixed", n)): n for n in self.fixed if ("fixed", n) in self.parent}
        taken = set(self.fixed)
        for p in self.params:
            chosen[self.find(("param", p))] = p
            taken.add(p)
        for root, name in frozen.items():
            chosen[root] = name
        seen = set()
        for node, definition in self.occurrences:
            if id(node) in seen and not isinstance(node.ctx, gast.Store):
                pass
            root = self.find(definition)
            if root not in chosen:
                user = definition[0] if definition[0] != "param" else definition[1]
                chosen[root] = user if user not in taken else namer.fresh(user)
                taken.add(chosen[root])
                origin[chosen[root]] = user
            seen.add(id(node))
        for node, definition in self.occurrences:
            node.id = chosen[self.find(definition)]
        return origin
