"""Emitters of functions: nested, recursive, passed as values, closing over what is rebound later."""

from __future__ import annotations

from .writer import Writer, construct


@construct("nested_def")
def nested_def(w: Writer) -> None:
    f, p = w.fresh(), w.fresh()
    with w.function(f"def {f}({p}):", [p]):
        w.body()
        w.line(f"return {w.bounded()} * {p}")
    w.functions.append(f)
    w.mark("nested_def", w.assign(f"{f}({w.bounded(1)})"))


@construct("early_return")
def early_return(w: Writer) -> None:
    f, p, i, j = (w.fresh() for _ in range(4))
    with w.function(f"def {f}({p}):", [p]):
        with w.block(f"for {i} in range(3):", loop=True):
            with w.block(f"for {j} in [{w.leaf()}, {p}]:", loop=True):
                w.line(f"{p} = math.sin({p} + {j})")
                with w.block(f"if {p} > {w.threshold()}:"):
                    w.mark("early_return", p)
                    w.line(f"return {p} * {w.leaf()}")
            w.body()
        w.line(f"return {w.bounded()}")
    w.functions.append(f)
    w.assign(f"{f}({w.leaf()})")


@construct("lambda")
def lambda_(w: Writer) -> None:
    f, p = w.fresh(), w.fresh()
    w.line(f"{f} = lambda {p}: {w.bounded()} + {p} * {w.leaf()}")
    w.functions.append(f)
    w.mark("lambda", w.assign(f"{f}({w.leaf()})"))


@construct("closure_rebound")
def closure_rebound(w: Writer) -> None:
    f, p, cell = w.fresh(), w.fresh(), w.assign(w.bounded(), w.fresh())
    before = w.fresh()
    with w.function(f"def {f}({p}):", [p]):
        w.line(f"return {cell} * {p} + {w.bounded(1)}")
    w.line(f"{before} = {f}({w.constant()})")
    w.line(f"{cell} = {cell} * {before} + {w.bounded(1)}")
    w.mark("closure_rebound", w.assign(f"math.sin({f}({before}))"))


@construct("closure_loop_variable")
def closure_loop_variable(w: Writer) -> None:
    i, fs, p, name = w.fresh(), w.fresh(), w.fresh(), w.assign(w.bounded())
    w.line(f"{fs} = []")
    late = w.rng.random() < 0.5
    with w.block(f"for {i} in [{w.leaf()}, {w.bounded(1)}]:", loop=True):
        w.line(f"{fs}.append(lambda {p}{'' if late else f', {i}={i}'}: {p} * {i})")
    w.line(f"{name} = np.tanh({fs}[0]({name}) + {fs}[1]({w.leaf()}))")
    w.mark("closure_loop_variable", name)


@construct("nonlocal")
def nonlocal_(w: Writer) -> None:
    f, p, cell = w.fresh(), w.fresh(), w.assign(w.bounded(), w.fresh())
    with w.function(f"def {f}({p}):", [p]):
        w.line(f"nonlocal {cell}")
        w.line(f"{cell} = math.sin({cell} + {p} * {w.leaf()})")
        w.line(f"return {cell} * {p}")
    w.line(f"{f}({w.leaf()})")
    w.mark("nonlocal", w.assign(f"{f}({w.leaf()}) + {cell}"))


@construct("recursion")
def recursion(w: Writer) -> None:
    f, k, p = w.fresh(), w.fresh(), w.fresh()
    with w.function(f"def {f}({k}, {p}):", [p]):
        with w.block(f"if {k} == 0 or {p} > 1.9371:"):
            w.line(f"return {w.bounded(1)}")
        w.line(f"return {p} * {f}({k} - 1, np.tanh({p} + {w.leaf()})) + {w.leaf()}")
    w.mark("recursion", w.assign(f"math.sin({f}({w.rng.randint(1, 4)}, {w.bounded(1)}))"))


@construct("mutual_recursion")
def mutual_recursion(w: Writer) -> None:
    f, g, k, p = (w.fresh() for _ in range(4))
    for one, other in ((f, g), (g, f)):
        with w.module_function(f"def {one}({k}, {p}):", [p]):
            with w.block(f"if {k} == 0:"):
                w.line(f"return {w.bounded(1)}")
            w.line(f"return math.sin({p}) * {w.constant()} + {other}({k} - 1, {w.bounded(1)})")
    w.mark("mutual_recursion", w.assign(f"np.tanh({f}({w.rng.randint(1, 3)}, {w.leaf()}))"))


@construct("helper")
def helper(w: Writer) -> None:
    f, p, q = w.fresh(), w.fresh(), w.fresh()
    default = w.rng.random() < 0.5
    with w.module_function(f"def {f}({p}, {q}{'=0.75' if default else ''}):", [p, q]):
        w.body()
        w.line(f"return {w.bounded()} + {p} * {q}")
    extra = "" if default and w.rng.random() < 0.5 else f", {w.rng.choice(['', f'{q}='])}{w.leaf()}"
    w.mark("helper", w.assign(f"np.tanh({f}({w.leaf()}{extra}))"))


@construct("function_value")
def function_value(w: Writer) -> None:
    apply, f, p, q = (w.fresh() for _ in range(4))
    with w.module_function(f"def {apply}({f}, {p}):", [p]):
        w.line(f"return {f}({p}) + {f}(0.5 * {p})")
    value = w.rng.choice(["math.sin", "np.cos", f"lambda {q}: {q} * {w.leaf()}", *w.functions[-1:]])
    w.mark("function_value", w.assign(f"math.sin({apply}({value}, {w.leaf()}))"))


@construct("closure_returned")
def closure_returned(w: Writer) -> None:
    make, f, p, q, c = (w.fresh() for _ in range(5))
    with w.module_function(f"def {make}({p}):", [p]):
        w.line(f"{c} = {w.bounded()}")
        w.line(f"return lambda {q}: np.tanh({c} * {q} + {p})")
    w.line(f"{f} = {make}({w.leaf()})")
    w.functions.append(f)
    w.mark("closure_returned", w.assign(f"{f}({w.leaf()})"))


@construct("counter_closure")
def counter_closure(w: Writer) -> None:
    items, f, p = w.fresh(), w.fresh(), w.fresh()
    w.line(f"{items} = [{w.leaf()}]")
    with w.function(f"def {f}({p}):", [p]):
        w.line(f"{items}.append({p} * {items}[-1])")
    w.line(f"{f}({w.bounded(1)})")
    w.line(f"{f}({w.bounded(1)})")
    w.mark("counter_closure", w.assign(f"math.sin(sum({items}))"))


@construct("partial")
def partial_(w: Writer) -> None:
    f, p, q, g = (w.fresh() for _ in range(4))
    with w.function(f"def {f}({p}, {q}):", [p, q]):
        w.line(f"return np.tanh({p} + {w.leaf()} * {q})")
    w.line(f"{g} = partial({f}, {w.rng.choice(['', f'{q}='])}{w.leaf()})")
    w.functions.append(g)
    w.mark("partial", w.assign(f"{g}({w.leaf()})"))


@construct("reduce_map")
def reduce_map(w: Writer) -> None:
    p, q = w.fresh(), w.fresh()
    items = f"[{w.leaf()}, {w.bounded(1)}, {w.constant()}]"
    value = w.rng.choice([
        f"reduce(lambda {p}, {q}: np.tanh({p} + {q}), {items})",
        f"sum(map(lambda {p}: math.sin({p}) * {w.leaf()}, {items}))",
        f"max(map(math.sin, {items}))",
        f"sum(filter(lambda {p}: {p} > {w.threshold()}, {items}), {w.leaf()})",
    ])  # fmt: skip
    w.mark("reduce_map", w.assign(f"np.tanh({value})"))


@construct("star_call")
def star_call(w: Writer) -> None:
    f, args, kwargs, k = (w.fresh() for _ in range(4))
    with w.module_function(f"def {f}(*{args}, {k}=0.5, **{kwargs}):", []):
        w.line(f'return {args}[0] * {k} + math.sin({args}[-1]) + {kwargs}["rate"] * len({args})')
    call = w.rng.choice([
        f"{f}({w.leaf()}, {w.leaf()}, {k}={w.leaf()}, rate={w.leaf()})",
        f"{f}(*[{w.leaf()}, {w.bounded(1)}], rate={w.leaf()})",
        f'{f}({w.leaf()}, **{{"rate": {w.leaf()}, "{k}": {w.leaf()}}})',
    ])  # fmt: skip
    w.mark("star_call", w.assign(f"np.tanh({call})"))


@construct("tuple_result")
def tuple_result(w: Writer) -> None:
    f, p, left, right = (w.fresh() for _ in range(4))
    with w.function(f"def {f}({p}):", [p]):
        w.line(f"return {w.bounded()}, [{p} * {w.leaf()}, {p}]")
    w.line(f"{left}, {right} = {f}({w.bounded(1)})")
    w.define(left)
    w.lists.append(right)
    w.mark("tuple_result", left)
