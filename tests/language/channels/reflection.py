"""Active values through attributes, namespaces, defaults, globals and control flow."""

import contextlib
import functools
import operator
import threading
import types

import numpy as np

G = 0.0


STORE = {}


LIST = []


ARR = np.zeros(3)


class Box:
    v = 0.5

    def __init__(self, v=0.5):
        self.v = v

    def get(self):
        return self.v


BOX = Box()


class Slots:
    __slots__ = ("v",)


def parse(s):
    return float(s)


def r_getattr(x):
    return getattr(x, "real")


def r_getattr_dyn(x):
    name = "re" + "al"
    return getattr(x, name)


def r_getattr_method(a):
    return getattr(a, "sum")()


def r_vars(x):
    y = x * x
    return vars()["y"]


def r_locals(x):
    y = x * x
    return locals()["y"]


def r_eval(x):
    return eval("x * x")


def r_globals(x):
    globals()["G"] = x
    return G * 1.0


def r_default(x):
    def g(v=x):
        return v * v

    return g()


def r_default_attr(x):
    def g(v=x):
        return v * v

    return g.__defaults__[0]


def r_closure_attr(x):
    def g():
        return x

    return g.__closure__[0].cell_contents


def r_funcattr(x):
    def g():
        return 1.0

    g.v = x
    return g.v


def r_funcattr_global(x):
    parse.v = x
    return parse.v


def r_classattr(x):
    Box.w = x
    return Box.w


def r_attr(x):
    BOX.v = x
    return BOX.v


def r_setattr(x):
    setattr(BOX, "v", x)
    return BOX.v


def r_setattr_helper(x):
    put_attr(BOX, x)
    return BOX.v


def put_attr(b, v):
    b.v = v


def r_vars_obj(x):
    vars(BOX)["v"] = x
    return BOX.v


def r_dict_obj(x):
    BOX.__dict__["v"] = x
    return BOX.v


def r_slots(x):
    s = Slots()
    s.v = x
    return s.v


def r_global(x):
    global G
    G = x
    return G


def r_global_helper(x):
    write_global(x)
    return G * 1.0


def write_global(v):
    global G
    G = v


def r_global_list(x):
    LIST.append(x)
    return LIST[-1]


def r_global_dict(x):
    STORE["a"] = x
    return STORE["a"]


def r_global_dict_helper(x):
    put_store(x)
    return STORE["a"]


def put_store(v):
    STORE["a"] = v


def r_global_arr(x):
    ARR[0] = x
    return ARR[0]


def r_global_arr_helper(x):
    put_arr(x)
    return ARR[0]


def put_arr(v):
    ARR[0] = v


def r_global_list_helper(x):
    put_list(x)
    return LIST[-1]


def put_list(v):
    LIST.append(v)


def r_mutable_default(x):
    return with_default(x)[-1]


def with_default(v, acc=[]):
    acc.append(v)
    return acc


def r_memo(x):
    return memo_square(x)


MEMO = {}


def memo_square(v):
    if v not in MEMO:
        MEMO[v] = v * v
    return MEMO[v]


def r_nonlocal(x):
    s = 0.0

    def g(v):
        nonlocal s
        s += v

    g(x)
    g(2 * x)
    return s


def r_nonlocal_travel(x):
    s = 0.0

    def g(v):
        nonlocal s
        s += v

    for f in [g]:
        f(x)
    return s


def r_type_call(x):
    return type(x)(x) * 2


def r_class_local(x):
    class P:
        def __init__(self, v):
            self.v = v

    return P(x).v


def r_property(x):
    class P:
        @property
        def v(self):
            return x * x

    return P().v


def r_staticmethod(x):
    return staticmethod(lambda v: v * v)(x)


def r_types_function(x):
    return types.FunctionType(parse.__code__, {"float": float})(x)


def r_exec(x):
    d = {"x": x}
    exec("y = x * x", d)
    return d["y"]


def r_with(x):
    with contextlib.nullcontext(x) as v:
        return v * 2


def r_match(x):
    match (x, 1.0):
        case (v, 1.0):
            return v * 2


def r_match_key(x):
    match {"a": x}:
        case {"a": v}:
            return v * v


def r_walrus(x):
    return (y := x * x) + y


def r_star_kwargs(x):
    return kw(**{"v": x})


def kw(v):
    return v * v


def r_callable_obj(x):
    return functools.partial(operator.mul, x)(x)


def r_method_global(x):
    return BOX_CALL(x)


class Callable_:
    def __call__(self, v):
        self.last = v
        return v * v


BOX_CALL = Callable_()


def r_method_state(x):
    c = Callable_()
    c(x)
    return c.last


def r_global_state_after(x):
    BOX_CALL(x)
    return BOX_CALL.last


def r_yield_from_helper(x):
    return sum(gen(x))


def gen(v):
    yield v
    yield v * v


def r_thread(x):
    out = []
    t = threading.Thread(target=lambda: out.append(x))
    t.start()
    t.join()
    return out[0]


def r_executor(x):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as e:
        return e.submit(kw, x).result()


def r_finally(x):
    try:
        y = x * x
    finally:
        pass
    return y


def r_for_target_attr(x):
    for BOX.v in [x, 2 * x]:
        pass
    return BOX.v


def r_for_target_item(x):
    items = [0.0]
    for items[0] in [x, 2 * x]:
        pass
    return items[0]


def r_with_target(x):
    items = [0.0]
    with contextlib.nullcontext(x) as items[0]:
        pass
    return items[0]


def r_del_dunder(x):
    d = {"a": x, "b": 1.0}
    del d["b"]
    return d["a"]


def r_import_as(x):
    from math import sin as s

    return s(x)


def store_itself():
    return STORE


def r_store_handed_out(x):
    store = store_itself()
    store["a"] = x
    return STORE["a"]
