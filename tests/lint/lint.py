"""What a reviewer would not accept in generated code; `python tests/lint/run.py FILE...` prints it, line by line.

`lint(text)` reports names assigned and never read, adjoints and tangents without effect, temporaries read once,
imports unused, and helpers outside the README's table. With the primal's text, user's names are told from the
compiler's, and a straight-line primal may cost at most two generated statements per elementary operation.

>>> lint("def f_grad(x):\\n    y = x * x\\n    x_bar = 2 * x\\n    return x_bar\\n")
["line 2: 'y' is assigned and never read"]
"""

from __future__ import annotations

import ast
import pathlib
import re

from .flow import Flow, functions_of, own_nodes

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
TEMPORARY = re.compile(r"t(_\d+)?|_?te?mp_?\d*")
DERIVATIVE = re.compile(r"\w+_(bar|dot)(_\d+)?")
DERIVED = re.compile(r"(?P<name>\w+?)(_(bar|dot|tape|forward|backward|pullback|\d+))+")
MOST_HELPERS, MOST_STATEMENTS = 15, 2
CONTROL = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.Match, ast.Lambda, ast.IfExp, ast.comprehension)
OPERATIONS = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Compare, ast.AugAssign, ast.BoolOp, ast.Subscript)
BOOKKEEPING = (ast.FunctionDef, ast.Import, ast.ImportFrom, ast.Return, ast.Pass)


def lint(text: str, primal: str = "", helpers: set[str] | None = None) -> list[str]:
    """Complaints about a generated module, by line; `helpers` are the README's unless given."""
    tree = ast.parse(text)
    users = _names(ast.parse(primal)) if primal else set()
    users_own = {function.name for function in functions_of(ast.parse(primal))}
    complaints = [*_imports(tree, readme_helpers() if helpers is None else helpers)]
    for function in functions_of(tree):
        if function not in tree.body and function.name in users_own:
            continue  # the user's, as it stands in the primal
        flow = Flow(function)
        complaints += _unread(flow)
        complaints += _temporaries(flow, users)
    if primal:
        complaints += _excess(tree, ast.parse(primal))
    return [f"line {line}: {words}" for line, words in sorted(complaints)]


def readme_helpers(path: pathlib.Path = README) -> set[str]:
    """The names in the first column of the README's table whose first heading is "helper"; none without one."""
    if not path.exists():
        return set()
    names: set[str] = set()
    inside = False
    for line in path.read_text(encoding="utf-8").splitlines():
        first = line.split("|")[1].strip() if line.startswith("|") else ""
        inside = first == "helper" or (inside and bool(first))
        if inside:
            names.update(re.findall(r"`(\w+)", first))
    return names


def _names(tree: ast.AST) -> set[str]:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def _imports(tree, helpers):
    """Imports that nothing uses, and helpers of the runtime that the README does not list."""
    used = _names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom) or getattr(node, "module", "") == "__future__":
            continue
        module = getattr(node, "module", None) or ""
        for alias in node.names:
            name = (alias.asname or alias.name).split(".")[0]
            if name not in used:
                yield node.lineno, f"{name!r} is imported and never used"
            if module.startswith("srcgrad") and not module.startswith("srcgrad.rules") and alias.name not in helpers:
                yield node.lineno, f"helper {alias.name!r} is not in the README's table"


def _unread(flow):
    """Names of a function that are never read, or whose value reaches nothing that matters."""
    for name, stores in flow.stores.items():
        if name.startswith("_") or name in flow.declared:
            continue
        kind = "adjoint or tangent " if DERIVATIVE.fullmatch(name) else ""
        if not flow.reads.get(name):
            if name not in flow.loop_targets and not flow.has_read_sibling(name):
                yield stores[0].lineno, f"{kind}{name!r} is assigned and never read"
        elif name not in flow.useful:
            yield stores[0].lineno, f"{kind}{name!r} is computed without effect on the result"
    for line, name in flow.overwritten():
        yield line, f"{name!r} is assigned and overwritten before it is read"


def _temporaries(flow, users):
    """Temporaries of the compiler that are assigned once and read once, where folding them back is possible.

    Adjoints and tangents are no temporaries: each stands on the line of its primal.
    """
    for name, stores in flow.stores.items():
        invented = users and name not in users and not _is_derived(name, users)
        if name in users or DERIVATIVE.fullmatch(name) or not (TEMPORARY.fullmatch(name) or invented):
            continue
        reads = flow.reads.get(name, [])
        if len(stores) == len(reads) == 1 and name not in flow.mutated and flow.foldable(name, stores[0], reads[0]):
            yield stores[0].lineno, f"temporary {name!r} is read once"


def _is_derived(name, users):
    """True for names made of a user's: x_bar, x_dot, x_tape, x_1."""
    match = DERIVED.fullmatch(name)
    return match is not None and match["name"] in users


def _excess(tree, primal):
    """More statements than a straight-line primal's elementary operations account for."""
    if any(isinstance(node, CONTROL) for node in ast.walk(primal)) or len(functions_of(primal)) != 1:
        return
    operations = sum(_operations(node) for node in ast.walk(primal))
    statements = 0
    for function in functions_of(tree):
        own = [node for node in own_nodes(function) if isinstance(node, ast.stmt)]
        statements += sum(not isinstance(node, BOOKKEEPING) and not _is_docstring(node) for node in own)
    if statements > MOST_STATEMENTS * max(operations, 1):
        yield 1, f"{statements} statements for {operations} elementary operations"


def _operations(node):
    """How many elementary operations a node is: an item read or unpacked is one, as an addition is."""
    if isinstance(node, ast.Tuple | ast.List):
        return len(node.elts) if isinstance(node.ctx, ast.Store) else 0
    return int(isinstance(node, OPERATIONS))


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
