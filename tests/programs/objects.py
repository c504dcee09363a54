"""Emitters of objects, class patterns and what looks at types."""

from __future__ import annotations

from .writer import Writer, construct


def _record(w: Writer, *methods: str) -> tuple[str, str, str]:
    """(name, first field, second field) of a new dataclass; in the text of `methods` the fields are {p} and {q}."""
    name, p, q = f"Record{w.fresh()}", w.fresh(), w.fresh()
    lines = ["@dataclass", f"class {name}:", f"    {p}: float", f"    {q}: float"]
    for method in methods:
        lines += ["", *("    " + line for line in method.format(p=p, q=q).splitlines())]
    w.module.append(lines)
    return name, p, q


@construct("object_method")
def object_method(w: Writer) -> None:
    method, v = w.fresh(), w.fresh()
    called = w.rng.choice([method, "__call__"])
    body = f"def {called}(self, {v}):\n    return np.tanh(self.{{p}} * {v} + self.{{q}} * {w.constant()})"
    name, p, q = _record(w, body)
    item = w.fresh()
    w.line(f"{item} = {name}({w.leaf()}, {q}={w.bounded(1)})")
    call = item if called == "__call__" else f"{item}.{method}"
    w.mark("object_method", w.assign(f"{call}({w.leaf()}) + {item}.{p} * {w.constant()}"))


@construct("match_class")
def match_class(w: Writer) -> None:
    name, p, q = _record(w)
    s, t, target = w.fresh(), w.fresh(), w.assign(w.bounded())
    with w.block(f"match {name}({w.bounded(1)}, {w.leaf()}):"):
        with w.block(f"case {name}({p}={s}, {q}={t}) if {s} > {w.threshold()}:"):
            w.line(f"{target} = math.sin({s} * {t})")
        with w.block(f"case {name}({s}):"):
            w.line(f"{target} = {target} * {s}")
    w.mark("match_class", target)


@construct("named_tuple")
def named_tuple(w: Writer) -> None:
    name, p, q = f"Tuple{w.fresh()}", w.fresh(), w.fresh()
    w.module.append([f'{name} = namedtuple("{name}", "{p} {q}")'])
    item, left, right = w.fresh(), w.fresh(), w.fresh()
    w.line(f"{item} = {name}({w.leaf()}, {q}={w.bounded(1)})")
    if w.rng.random() < 0.5:
        w.line(f"{item} = {item}._replace({p}={item}.{q} * {w.leaf()})")
    w.line(f"{left}, {right} = {item}")
    w.define(left)
    w.mark("named_tuple", w.assign(f"math.sin({item}.{p} + {right} * {item}[0])"))


@construct("type_tests")
def type_tests(w: Writer) -> None:
    item, name = w.fresh(), w.assign(w.bounded())
    w.line(f"{item} = {w.rng.choice(['({}, {})', '[{}, {}]']).format(w.leaf(), w.bounded(1))}")
    test = w.rng.choice(
        [f"isinstance({item}, tuple)", f"type({item}) is list", f"len({item}) == 2 and callable(math.sin)"]
    )
    with w.block(f"if {test}:"):
        w.line(f"{name} = {name} * {item}[0]")
    with w.block("else:"):
        w.line(f"{name} = math.tanh({name} + {item}[1])")
    w.mark("type_tests", name)


@construct("local_import")
def local_import(w: Writer) -> None:
    f = w.fresh()
    w.line(f"from {w.rng.choice(['math', 'numpy'])} import {w.rng.choice(['sin', 'cos', 'tanh'])} as {f}")
    w.mark("local_import", w.assign(f"{f}({w.bounded(1)}) * {w.leaf()}"))


@construct("for_dict")
def for_dict(w: Writer) -> None:
    table, k, v, total = w.fresh(), w.fresh(), w.fresh(), w.assign(w.bounded(), w.fresh())
    w.line(f'{table} = {{"p": {w.leaf()}, "q": {w.bounded(1)}, "r": {w.constant()}}}')
    header, item = w.rng.choice([
        (f"for {k} in {table}:", f"{table}[{k}]"),
        (f"for {v} in {table}.values():", v),
        (f"for {k}, {v} in sorted({table}.items()):", f"{v} * (1.0 if {k} > \"p\" else 0.5)"),
    ])  # fmt: skip
    with w.block(header, loop=True):
        w.line(f"{total} = np.tanh({total} + {item})")
    w.mark("for_dict", total)
