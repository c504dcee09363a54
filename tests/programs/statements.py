"""Emitters of assignments, branches, loops and returns."""

from __future__ import annotations

from .writer import Writer, construct


@construct("assign")
def assign(w: Writer) -> None:
    w.mark("assign", w.assign(w.scalar(1) if w.loops == 0 and w.rng.random() < 0.3 else w.bounded(3)))


@construct("annotated")
def annotated(w: Writer) -> None:
    name = w.fresh()
    w.line(f"{name}: float = {w.bounded()}")
    w.define(name)
    w.mark("annotated", name)


@construct("chained_assign")
def chained_assign(w: Writer) -> None:
    p, q = w.fresh(), w.fresh()
    w.line(f"{p} = {q} = {w.bounded()}")
    w.define(p)
    w.assign(f"{p} * {w.constant()}", p)
    w.define(q)
    w.mark("chained_assign", q)


@construct("tuple_unpack")
def tuple_unpack(w: Writer) -> None:
    p, q, r = w.fresh(), w.fresh(), w.fresh()
    nested = w.rng.random() < 0.5
    left = f"({p}, {q}), {r}" if nested else f"{p}, {q}, {r}"
    values = [w.bounded(1) for _ in range(3)]
    w.line(f"{left} = " + (f"({values[0]}, {values[1]}), {values[2]}" if nested else ", ".join(values)))
    for name in (p, q, r):
        w.define(name)
    w.mark("tuple_unpack", f"({p}, {q}, {r})")


@construct("array_unpack")
def array_unpack(w: Writer) -> None:
    if not w.vectors:
        return
    p, q, r = w.fresh(), w.fresh(), w.fresh()
    w.line(f"{p}, {q}, {r} = {w.rng.choice([w.vector(), w.rng.choice(w.vectors)])}")
    for name in (p, q, r):
        w.define(name)
    w.mark("array_unpack", p)


@construct("swap")
def swap(w: Writer) -> None:
    p, q = w.assign(w.bounded(), w.fresh()), w.assign(w.bounded(), w.fresh())
    w.line(f"{p}, {q} = {q}, {w.rng.choice([p, f'{p} * {q}', f'{p} - {w.constant()}'])}")
    w.mark("swap", f"({p}, {q})")


@construct("starred")
def starred(w: Writer) -> None:
    p, q = w.fresh(), w.fresh()
    w.line(f"{p}, *{q} = [{w.bounded(1)}, {w.bounded(1)}, {w.bounded(1)}]")
    w.define(p)
    w.lists.append(q)
    w.mark("starred", q)


@construct("augmented")
def augmented(w: Writer) -> None:
    name = w.rng.choice(w.assignable) if w.assignable else w.assign(w.bounded())
    op, value = w.rng.choice(
        [("+=", w.bounded()), ("-=", w.bounded()), ("*=", w.bounded()), ("/=", f"1.5 + {w.bounded()}")]
    )
    w.line(f"{name} {op} {value}")
    w.mark("augmented", name)


@construct("walrus")
def walrus(w: Writer) -> None:
    p = w.fresh()
    name = w.assign(f"({p} := {w.bounded()}) * {w.constant()} + {p} ** 2")
    w.define(p)
    w.mark("walrus", name)


@construct("ternary")
def ternary(w: Writer) -> None:
    w.mark("ternary", w.assign(f"{w.bounded()} if {w.condition()} else {w.bounded(1)}"))


@construct("and_or_value")
def and_or_value(w: Writer) -> None:
    u, v = w.leaf(), w.bounded(1)
    value = w.rng.choice([f"{u} or {v}", f"{u} and {v}", f"(({w.condition()}) and {u}) or {v}", f"0.0 or {u}"])
    w.mark("and_or_value", w.assign(value))


@construct("if_else")
def if_else(w: Writer) -> None:
    name = w.assign(w.bounded())
    with w.block(f"if {w.condition()}:"):
        w.body()
        w.assign(f"{name} * {w.bounded(1)}", name)
    for _ in range(w.rng.choice([0, 0, 1, 2])):
        with w.block(f"elif {w.condition()}:"):
            w.body()
            w.assign(w.bounded(), name)
    if w.rng.random() < 0.7:
        with w.block("else:"):
            w.body()
            w.assign(w.bounded(), name)
    w.mark("if_else", name)


@construct("branch_defines")
def branch_defines(w: Writer) -> None:
    test, p, q = w.fresh(), w.fresh(), w.fresh()
    w.line(f"{test} = {w.condition()}")
    with w.block(f"if {test}:"):
        w.assign(w.bounded(), p)
        w.line(f"{q} = {w.bounded()}")
    with w.block("else:"):
        w.line(f"{q} = {w.bounded(1)}")
    w.define(q)
    with w.block(f"if {test}:"):
        w.line(f"{q} = {q} + {p} * {q}")
    w.mark("branch_defines", q)


@construct("match_value")
def match_value(w: Writer) -> None:
    name = w.assign(w.bounded())
    with w.block(f"match {w.rng.choice(w.ints or ['2'])}:"):
        for pattern in ("1", "2 | 3", "_"):
            with w.block(f"case {pattern}:"):
                w.assign(f"{w.bounded()} + {name}", name)
    w.mark("match_value", name)


@construct("match_sequence")
def match_sequence(w: Writer) -> None:
    p, q, name = w.fresh(), w.fresh(), w.assign(w.bounded())
    with w.block(f"match ({w.bounded()}, {w.bounded()}):"):
        with w.block(f"case ({p}, {q}) if {p} > {w.threshold()}:"):
            w.line(f"{name} = {p} * {q}")
        with w.block(f"case ({p}, _):"):
            w.line(f"{name} = math.sin({p}) + {name}")
    w.mark("match_sequence", name)


def _contract(w: Writer, name: str, item: str) -> None:
    """A loop's update, of order one however often it runs."""
    w.line(f"{name} = {w.rng.choice(['np.tanh', 'math.sin', 'math.tanh'])}({name} + {w.constant()} * {item})")


def _loop(
    w: Writer, construct_name: str, header: str, item: str, ints: tuple[str, ...] = (), orelse: bool = False
) -> None:
    name = w.assign(w.bounded())
    with w.block(header, loop=True):
        w.ints += ints
        _contract(w, name, item)
        w.body()
        if w.rng.random() < 0.35:
            kind = w.rng.choice(["break", "continue"])
            with w.block(f"if {w.condition()}:"):
                w.assign(f"0.7 * {name} + {w.leaf()} * 0.1", name)
                w.mark(kind, name)
                w.line(kind)
        _contract(w, name, w.leaf())
    if orelse or w.rng.random() < 0.15:
        with w.block("else:"):
            w.assign(w.bounded(), name)
            w.mark("loop_else", name)
    w.mark(construct_name, name)


@construct("for_range")
def for_range(w: Writer) -> None:
    i = w.fresh()
    bounds = w.rng.choice(
        [str(w.rng.randint(0, 4)), "1, 4", "3, -1, -1", *w.ints[:1], f"1 + int(2 * abs({w.leaf()}) % 3)"]
    )
    _loop(w, "for_range", f"for {i} in range({bounds}):", f"{i} * {w.leaf()}", (i,))


@construct("for_array")
def for_array(w: Writer) -> None:
    if w.vectors:
        e = w.fresh()
        _loop(w, "for_array", f"for {e} in {w.rng.choice([w.rng.choice(w.vectors), w.vector()])}:", f"{e} * {w.leaf()}")


@construct("for_rows")
def for_rows(w: Writer) -> None:
    if w.vectors:
        m, row, v = w.fresh(), w.fresh(), w.rng.choice(w.vectors)
        w.line(f"{m} = np.outer({v}, np.cos({w.rng.choice(w.vectors)}))")
        _loop(w, "for_rows", f"for {row} in {m}:", f"np.sum({row} * {v})")


@construct("for_list")
def for_list(w: Writer) -> None:
    e = w.fresh()
    _loop(w, "for_list", f"for {e} in [{w.leaf()}, {w.bounded(1)}, {w.constant()}]:", f"{e} * {w.leaf()}")


@construct("for_zip")
def for_zip(w: Writer) -> None:
    p, q = w.fresh(), w.fresh()
    other = w.rng.choice([f"[{w.leaf()}, {w.leaf()}]", "range(3)", *w.vectors[:2]])
    _loop(w, "for_zip", f"for {p}, {q} in zip(({w.leaf()}, {w.bounded(1)}), {other}):", f"{p} * {q}")


@construct("for_enumerate")
def for_enumerate(w: Writer) -> None:
    i, e = w.fresh(), w.fresh()
    _loop(w, "for_enumerate", f"for {i}, {e} in enumerate(({w.leaf()}, {w.bounded(1)})):", f"({i} + 1) * {e}", (i,))


@construct("for_reversed")
def for_reversed(w: Writer) -> None:
    e = w.fresh()
    _loop(w, "for_reversed", f"for {e} in reversed([{w.leaf()}, {w.leaf()}, {w.bounded(1)}]):", f"{e} ** 2")


@construct("for_string")
def for_string(w: Writer) -> None:
    e = w.fresh()
    _loop(w, "for_string", f'for {e} in "aba":', f'{w.leaf()} * (1.0 if {e} == "a" else 0.5)')


@construct("loop_variable_after")
def loop_variable_after(w: Writer) -> None:
    e = w.fresh()
    with w.block(f"for {e} in ({w.bounded(1)}, {w.bounded(1)}, {w.bounded(1)}):"):
        with w.block(f"if {w.condition()}:"):
            w.line("break")
    w.define(e)
    w.mark("loop_variable_after", e)


@construct("loop_else")
def loop_else(w: Writer) -> None:
    i = w.fresh()
    _loop(w, "for_range", f"for {i} in range(2):", w.leaf(), (i,), orelse=True)


@construct("nested_loops")
def nested_loops(w: Writer) -> None:
    i, j, name = w.fresh(), w.fresh(), w.assign(w.bounded())
    with w.block(f"for {i} in range(1, 4):", loop=True), w.block(f"for {j} in range({i}):", loop=True):
        with w.block(f"if {w.condition()}:"):
            w.line(w.rng.choice(["break", "continue"]))
        _contract(w, name, f"{w.leaf()} * {j}")
    w.mark("nested_loops", name)


@construct("while_data")
def while_data(w: Writer) -> None:
    k, name = w.fresh(), w.assign(f"2.0 + {w.bounded()}", w.fresh())
    w.line(f"{k} = 0")
    with w.block(f"while {name} > 0.6173 and {k} < 9:", loop=True):
        w.line(f"{k} += 1")
        w.line(f"{name} = {name} * (0.6 + 0.1 * math.sin({w.leaf()}))")
    if w.rng.random() < 0.3:
        with w.block("else:"):
            w.line(f"{name} += {w.bounded(1)}")
    w.mark("while_data", name)


@construct("while_true")
def while_true(w: Writer) -> None:
    name, new = w.fresh(), w.fresh()
    w.assign("1.0", name)
    with w.block("while True:", loop=True):
        w.line(f"{new} = 0.5 * ({name} + (1.6 + math.sin({w.leaf()})) / {name})")
        with w.block(f"if abs({new} - {name}) < 0.01737:"):
            w.line("break")
        w.line(f"{name} = {new}")
    w.define(new)
    w.mark("while_true", new)


@construct("inactive_companions")
def inactive_companions(w: Writer) -> None:
    name = w.assign(w.bounded())
    label, k = w.fresh(), w.fresh()
    w.line(f'{label} = f"{{{name}:.2f}}-{{{w.rng.choice(w.strings or w.scalars)}}}"')
    w.line(f'{k} = len({label}.split("-")[-1])')
    w.line(f"assert {name} < 1e6, {label}")
    w.ints.append(k)
    w.line(f"{name} = {name} * {k} / 5")
    w.mark("inactive_companions", name)


@construct("with_errstate")
def with_errstate(w: Writer) -> None:
    name = w.assign(w.bounded())
    with w.block('with np.errstate(divide="ignore"):'):
        w.body()
        w.line(f"{name} = {name} * np.exp({name})")
    w.mark("with_errstate", name)


@construct("delete")
def delete(w: Writer) -> None:
    p = w.fresh()
    w.line(f"{p} = {w.bounded()}")
    name = w.assign(f"{p} * {w.bounded(1)}")
    w.line(f"del {p}")
    w.mark("delete", name)


@construct("untaken_raise")
def untaken_raise(w: Writer) -> None:
    name = w.assign(w.bounded())
    with w.block(f"if {name} > 50.0:"):
        w.line('raise ValueError("too large")')
    w.mark("untaken_raise", name)


@construct("rebind_type")
def rebind_type(w: Writer) -> None:
    if w.vectors:
        p = w.fresh()
        w.line(f"{p} = {w.vector()}")
        w.line(f"{p} = np.sum({p} * {w.rng.choice(w.vectors)})")
        w.line(f"{p} = (math.sin({p}), {p})")
        w.mark("rebind_type", w.assign(f"{p}[0] * {p}[1]", p))
