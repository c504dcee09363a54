"""Emitters of lists, dicts, tuples, comprehensions, arrays and the builtins that work on them."""

from __future__ import annotations

from .writer import Writer, construct


def _keep(w: Writer, value: str) -> str:
    """Name a new array of three floats."""
    name = w.fresh()
    w.line(f"{name} = {value}")
    w.vectors.append(name)
    return name


@construct("list_build")
def list_build(w: Writer) -> None:
    name, i = w.fresh(), w.fresh()
    w.line(f"{name} = [{w.bounded(1)}]")
    with w.block(f"for {i} in range({w.rng.randint(1, 3)}):", loop=True):
        w.ints.append(i)
        w.line(f"{name}.append(math.sin({name}[-1] + {w.leaf()} * {i}))")
    w.lists.append(name)
    w.mark("list_build", name)


@construct("list_store")
def list_store(w: Writer) -> None:
    name = w.fresh()
    w.line(f"{name} = [{w.bounded(1)}, {w.leaf()}, {w.constant()}]")
    w.line(f"{name}[{w.rng.randint(-3, 2)}] = {w.bounded()}")
    w.line(f"{name}[{w.rng.randint(-3, 2)}] {w.rng.choice(['+=', '-=', '*='])} {w.bounded(1)}")
    w.lists.append(name)
    w.mark("list_store", name)


@construct("list_operators")
def list_operators(w: Writer) -> None:
    name, other = w.fresh(), w.fresh()
    w.line(f"{other} = [{w.bounded(1)}, {w.bounded(1)}]")
    value = w.rng.choice(
        [f"{other} + [{w.leaf()}]", f"[{w.leaf()}] * 2 + {other}", f"{other}[::-1]", f"list(({w.leaf()}, *{other}))"]
    )
    w.line(f"{name} = {value}")
    w.line(w.rng.choice([f"{name}.extend({other})", f"{name} += {other}"]))
    w.lists.append(name)
    w.mark("list_operators", name)


@construct("list_pop")
def list_pop(w: Writer) -> None:
    name, total = w.fresh(), w.assign(w.bounded(), w.fresh())
    w.line(f"{name} = [{w.bounded(1)}, {w.leaf()}, {w.bounded(1)}]")
    with w.block(f"while {name}:", loop=True):
        w.line(f"{total} = np.tanh({total} * {name}.pop({w.rng.choice(['', '0'])}) + {w.leaf()})")
    w.mark("list_pop", total)


@construct("nested_list")
def nested_list(w: Writer) -> None:
    name, row, e, total = w.fresh(), w.fresh(), w.fresh(), w.assign(w.bounded(), w.fresh())
    w.line(f"{name} = [[{w.leaf()}, {w.bounded(1)}], ({w.leaf()},)]")
    w.line(f"{name}[0][1] += {w.bounded(1)}")
    with w.block(f"for {row} in {name}:", loop=True), w.block(f"for {e} in {row}:", loop=True):
        w.line(f"{total} = math.sin({total} + {e})")
    w.mark("nested_list", total)


@construct("dict_build")
def dict_build(w: Writer) -> None:
    name, k, v, total = w.fresh(), w.fresh(), w.fresh(), w.assign(w.bounded(), w.fresh())
    w.line(
        w.rng.choice(
            [f'{name} = {{"p": {w.leaf()}, "q": {w.bounded(1)}}}', f"{name} = dict(p={w.leaf()}, q={w.bounded(1)})"]
        )
    )
    w.line(f'{name}["{w.rng.choice("pqr")}"] = {w.bounded()}')
    w.line(f'{name}["q"] {w.rng.choice(["+=", "*="])} {w.bounded(1)}')
    with w.block(f"for {k}, {v} in {name}.items():", loop=True):
        w.line(f'{total} = math.sin({total} + {v}) if {k} != "p" else {v}')
    name2 = w.assign(f'{total} + {name}["p"] * {name}.get("{w.rng.choice("qz")}", {w.leaf()})')
    w.mark("dict_build", name2)


@construct("dict_nested")
def dict_nested(w: Writer) -> None:
    name = w.fresh()
    w.line(f'{name} = {{"layers": [({w.leaf()}, {w.bounded(1)})], "scale": {w.leaf()}, "act": "tanh"}}')
    w.line(f'{name}["layers"].append(({w.bounded(1)}, {w.leaf()}))')
    p, q, total = w.fresh(), w.fresh(), w.assign(w.bounded(), w.fresh())
    with w.block(f'for {p}, {q} in {name}["layers"]:', loop=True):
        w.line(f"{total} = math.tanh({p} * {total} + {q})")
    w.line(f'{total} *= {name}["scale"] if {name}["act"] == "tanh" else 1.0')
    w.mark("dict_nested", total)


@construct("comprehension")
def comprehension(w: Writer) -> None:
    e, name, i = w.fresh(), w.fresh(), w.fresh()
    source = w.rng.choice([f"({w.leaf()}, {w.bounded(1)}, {w.constant()})", "range(3)", *w.vectors[-1:], *w.lists[-1:]])
    value = f"math.sin({e} * {w.leaf()})"
    choice = w.rng.randint(0, 4)
    if choice == 0:
        w.line(f"{name} = [{value} for {e} in {source}]")
        w.lists.append(name)
        w.mark("comprehension", name)
    elif choice == 1:
        w.mark("comprehension", w.assign(f"math.sin(sum({value} for {e} in {source} if {e} > {w.threshold()}))"))
    elif choice == 2:
        w.line(f"{name} = {{{i}: {value} for {i}, {e} in enumerate({source})}}")
        w.mark("comprehension", w.assign(f"np.tanh({name}[0] + {name}[1])"))
    elif choice == 3:
        w.mark("comprehension", w.assign(f"math.sin(sum([{value} * {i} for {e} in {source} for {i} in range(2)]))"))
    else:
        w.mark("comprehension", w.assign(f"np.mean(np.array([[{value}, {w.leaf()}] for {e} in {source}]))"))


@construct("builtins")
def builtins(w: Writer) -> None:
    a, b, c = w.leaf(), w.bounded(1), w.bounded(1)
    value = w.rng.choice([
        f"max({a}, {b})", f"min([{a}, {b}, {c}])", f"abs({b}) * {a}", f"sum([{a}, {b}], {c})", f"float({b}) * {a}",
        f"sorted([{a}, {b}, {c}])[{w.rng.randint(0, 2)}]", f"max([{a}, {b}], key=abs)", f"pow({a}, 2)",
        f"sum(u * v for u, v in zip([{a}, {b}], reversed([{c}, {a}])))", f"{a} * round({b}, 1)", f"{a} * len([{b}])",
    ])  # fmt: skip
    w.mark("builtins", w.assign(f"math.sin({value})"))


@construct("array_arithmetic")
def array_arithmetic(w: Writer) -> None:
    if w.vectors:
        w.mark("array_arithmetic", _keep(w, w.vector()))


@construct("array_rebound")
def array_rebound(w: Writer) -> None:
    if w.vectors:
        i, name = w.fresh(), _keep(w, w.vector())
        with w.block(f"for {i} in range(3):", loop=True):
            w.line(f"{name} = np.tanh({name} * {w.leaf()} + {w.rng.choice(w.vectors)})")
        w.mark("array_rebound", name)


@construct("array_store")
def array_store(w: Writer) -> None:
    z, i = w.fresh(), w.fresh()
    starts = [
        "np.zeros(3)",
        "np.ones(3)",
        *(f"{v}.copy()" for v in w.vectors[-2:]),
        *(f"np.zeros_like({v})" for v in w.vectors[:1]),
    ]
    w.line(f"{z} = {w.rng.choice(starts)}")
    w.line(f"{z}[{w.rng.randint(-3, 2)}] = {w.bounded()}")
    with w.block(f"for {i} in range(3):", loop=True):
        w.line(f"{z}[{i}] {w.rng.choice(['=', '+=', '*='])} {w.bounded(1)} * {z}[{i} - 1]")
    w.vectors.append(z)
    w.mark("array_store", z)


@construct("array_slice_store")
def array_slice_store(w: Writer) -> None:
    if w.vectors:
        z, v = w.fresh(), w.rng.choice(w.vectors)
        w.line(f"{z} = {w.vector()}")
        w.line(w.rng.choice([f"{z}[1:] = {v}[:-1] * {w.leaf()}", f"{z}[:2] += {w.leaf()}", f"{z}[::2] *= {v}[1:]"]))
        w.line(
            w.rng.choice(
                [
                    f"{z}[[0, 2]] = {w.bounded(1)}",
                    f"{z}[{z} > {w.threshold()}] = {w.leaf()}",
                    f"{z} += {v}",
                    f"{z} *= {v}",
                ]
            )
        )
        w.vectors.append(z)
        w.mark("array_slice_store", z)


@construct("matrix_store")
def matrix_store(w: Writer) -> None:
    if w.vectors:
        m, v = w.fresh(), w.rng.choice(w.vectors)
        w.line(f"{m} = np.zeros((2, 3))")
        w.line(f"{m}[0] = {w.vector()}")
        w.line(f"{m}[1, 1:] = {v}[:2] * {w.leaf()}")
        w.line(f"{m}[:, 0] += {w.bounded(1)}")
        w.mark("matrix_store", _keep(w, w.rng.choice([f"np.sum({m}, axis=0)", f"{m}.T @ {v}[:2]", f"{m}[0] * {m}[1]"])))


@construct("array_build")
def array_build(w: Writer) -> None:
    values = f"[{w.leaf()}, {w.bounded(1)}, {w.leaf()}]"
    w.mark(
        "array_build",
        _keep(w, w.rng.choice([f"np.array({values})", f"np.sin(np.array({values}))", f"np.stack({values})"])),
    )


@construct("array_index")
def array_index(w: Writer) -> None:
    if w.vectors:
        v = w.rng.choice(w.vectors)
        picks = [
            f"{v}[[0, 0, 2]]",
            f"{v}[np.array([2, 1, 2])]",
            f"np.sin({v}[::-1])",
            f"np.concatenate([{v}[1:], {v}[:1]])",
            f"{v}[None, :][0]",
        ]
        w.mark("array_index", _keep(w, w.rng.choice(picks)))


@construct("array_shape")
def array_shape(w: Writer) -> None:
    if w.vectors:
        u, v = w.rng.choice(w.vectors), w.rng.choice(w.vectors)
        w.mark("array_shape", _keep(w, w.rng.choice([
            f"np.tanh(np.outer({u}, {v}).T.sum(axis=1))",
            f"np.stack([{u}, {v}]).mean(axis=0)", f"np.tanh(np.cumsum({v}))",
            f"np.vstack([{u}, {v}]).reshape(3, 2)[:, 1]", f"np.diag(np.outer({u}, np.sin({v})))",
            f"np.tanh({u}.reshape(3, 1) + {v})[1]", f"np.roll({u}, 1) * np.cos({v})",
            f"np.sin(np.sum({u}, keepdims=True) - {v})",
        ])))  # fmt: skip


@construct("array_reduce")
def array_reduce(w: Writer) -> None:
    if w.vectors:
        u, v = w.rng.choice(w.vectors), w.rng.choice(w.vectors)
        value = w.rng.choice([
            f"np.dot({u}, {v})", f"{u} @ {v}", f"np.sum({u} * {v})", f"np.mean({u} ** 2)", f"np.max({v}) - np.min({u})",
            f"np.prod(np.cos({v}))",
            f"{u}.sum() * {v}.mean()", f"np.trace(np.outer({u}, {v}))", f"np.sum({u}[np.array([0, 0, 1])] * {v})",
        ])  # fmt: skip
        w.mark("array_reduce", w.assign(f"math.sin({value})"))


@construct("where")
def where(w: Writer) -> None:
    if w.vectors:
        v, t = w.rng.choice(w.vectors), w.threshold()
        w.mark("where", _keep(w, w.rng.choice([
            f"np.where({v} > {t}, {w.vector()}, {w.leaf()})", f"np.where(np.cos({v}) < {t}, {w.leaf()}, {w.vector()})",
            f"np.maximum({v}, {t}) * {w.leaf()}", f"np.minimum({w.vector()}, {v})", f"np.abs({v} - {t})",
        ])))  # fmt: skip
