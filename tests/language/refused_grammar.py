"""Programs for `test_grammar` that are refused: a line that ends in `# refused` is where the error is."""

from __future__ import annotations

import sys

REFUSED = {
    "yield": """
def f(x):
    y = x * x
    yield y  # refused
""",
    "yield_value": """
def f(x):
    y = yield x  # refused
    return y
""",
    "yield_from": """
def f(x):
    yield from [x]  # refused
""",
    "async": """
async def f(x):  # refused
    return x
""",
    "await": """
async def f(x):
    return await x  # refused
""",
    "async_for": """
async def f(x):
    async for y in x:  # refused
        return y
""",
    "async_with": """
async def f(x):
    async with x:  # refused
        return x
""",
    "async_comp": """
async def f(x):  # refused
    return [y async for y in x]
""",
    "gen_in_closure": """
def f(x):
    def g():
        yield x  # refused
    return sum(g())
""",
    "try_except": """
def f(x):
    try:  # refused
        y = math.sqrt(x)
    except ValueError:
        y = x
    return y
""",
    "try_finally": """
def f(x):
    try:  # refused
        y = x * x
    finally:
        print('', end='')
    return y
""",
    "try_star": """
def f(x):
    try:  # refused
        y = math.sqrt(x)
    except* ValueError:
        y = x
    return y
""",
    "try_in_loop": """
def f(x):
    for k in range(2):
        try:  # refused
            x = x * x
        except ValueError:
            break
    return x
""",
    "global_write": """
G = 0.0
def f(x):
    global G
    G = x * x  # refused
    return G
""",
    "global_aug": """
G = 0.0
def f(x):
    global G
    G += x  # refused
    return G * x
""",
    "global_for": """
G = 0.0
def f(x):
    global G
    for G in [x, x]:  # refused
        pass
    return G
""",
    "global_walrus": """
G = 0.0
def f(x):
    global G
    y = (G := x * x)  # refused
    return y
""",
    "global_unpack": """
G = 0.0
def f(x):
    global G
    G, y = x, x * x  # refused
    return y * G
""",
    "global_in_closure": """
G = 0.0
def f(x):
    def g(v):
        global G
        G = v  # refused
    g(x)
    return G * x
""",
    "class": """
def f(x):
    class C:  # refused
        v = x
    return C.v
""",
    "class_method": """
def f(x):
    class C:  # refused
        def m(self): return x * x
    return C().m()
""",
    "class_base": """
def f(x):
    class C(type(x)):  # refused
        pass
    return C(x) * x
""",
    "del_item": """
def f(x):
    d = [x, x * x]
    del d[0]  # refused
    return d[0]
""",
    "del_slice": """
def f(x):
    d = [x, x * x, x]
    del d[:1]  # refused
    return d[0]
""",
    "del_key": """
def f(x):
    d = {'a': x, 'b': x * x}
    del d['a']  # refused
    return d['b']
""",
    "exec": """
def f(x):
    exec('y = 1')  # refused
    return x
""",
    "eval": """
def f(x):
    return eval('x * x')  # refused
""",
    "locals": """
def f(x):
    return locals()['x']  # refused
""",
    "attr_write": """
class B: pass
b = B()
def f(x):
    b.v = x * x  # refused
    return b.v
""",
    "attr_aug": """
class B: v = 1.0
b = B()
def f(x):
    b.v *= x  # refused
    return b.v
""",
    "attr_for": """
class B: v = 1.0
b = B()
def f(x):
    for b.v in [x]:  # refused
        pass
    return b.v
""",
    "attr_with": """
import contextlib
class B: v = 1.0
b = B()
def f(x):
    with contextlib.nullcontext(x) as b.v:  # refused
        pass
    return b.v
""",
    "attr_unpack": """
class B: v = 1.0
b = B()
def f(x):
    b.v, y = x, x * x  # refused
    return b.v * y
""",
    "with_active": """
import contextlib
def f(x):
    with contextlib.nullcontext(x * x) as y:  # refused
        z = y * x
    return z
""",
    "with_active_object": """
class C:
    def __init__(self, v): self.v = v
    def __enter__(self): return self.v
    def __exit__(self, *a): pass
def f(x):
    with C(x) as y:  # refused
        z = y * x
    return z
""",
    "star_set": """
def f(x):
    t = {*(x, x * x)}  # refused
    return sum(t)
""",
    "set": """
def f(x):
    return sum({x, x * x})  # refused
""",
    "set_comp": """
def f(x):
    return sum({v * x for v in (1.0, 2.0)})  # refused
""",
    "setattr": """
class B: pass
b = B()
def f(x):
    setattr(b, 'v', x)  # refused
    return b.v
""",
    "globals": """
def f(x):
    globals()['Q'] = x  # refused
    return Q * x
""",
    "dunder_dict": """
class B: pass
b = B()
def f(x):
    b.__dict__['v'] = x  # refused
    return b.v
""",
}

if sys.version_info >= (3, 12):
    REFUSED["pep695_class"] = """
def f(x):
    class C[T]:  # refused
        v = x
    return C.v
"""
