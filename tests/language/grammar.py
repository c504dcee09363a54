"""Programs for `test_grammar` that are differentiated: text, for some are grammar of a later Python only."""

from __future__ import annotations

import sys

SUPPORTED = {
    "del_name": """
def f(x):
    y = x * x
    z = y * x
    del y
    return z
""",
    "del_attr": """
class B: pass
b = B()
def f(x):
    b.v = 1.0
    del b.v
    return x * x
""",
    "star_call": """
def f(x):
    g = lambda a, b, *c: a * b + sum(c)
    return g(*[x, x * x, x])
""",
    "star_kw": """
def f(x):
    g = lambda a, b=1.0, **k: a * b * k['c']
    return g(**{'a': x, 'c': x})
""",
    "star_display": """
def f(x):
    t = [*(x, x * x), 1.0]
    return sum(t)
""",
    "star_dict": """
def f(x):
    t = {**{'a': x}, 'b': x * x}
    return t['a'] * t['b']
""",
    "star_assign": """
def f(x):
    a, *b = x, x * x, x
    return a * sum(b)
""",
    "star_return": """
def f(x):
    b = [x, x]
    return sum((*b, x * x))
""",
    "star_index": """
def f(x):
    m = np.array([[x, x * x], [x, 1.0]])
    i = (0, 1)
    return m[*i]
""",
    "star_loop": """
def f(x):
    t = 0.0
    for a, *b in [(x, x, x * x), (x, 2.0)]:
        t = t + a * sum(b)
    return t
""",
    "lambda_default": """
def f(x):
    g = lambda a, b=x * x: a * b
    return g(x)
""",
    "def_default": """
def f(x):
    def g(a, *, b=x * x): return a * b
    return g(x)
""",
    "lambda_nested": """
def f(x):
    return (lambda a: (lambda b: a * b)(x * x))(x)
""",
    "walrus": """
def f(x):
    return (y := x * x) * y
""",
    "walrus_comp": """
def f(x):
    t = [(y := v * x) * y for v in (1.0, 2.0)]
    return sum(t) * y
""",
    "walrus_comp_cond": """
def f(x):
    return sum([y for v in (1.0, -2.0, 3.0) if (y := v * x) > 0])
""",
    "walrus_while": """
def f(x):
    while (y := x * 1.5) < 4.0:
        x = y
    return x * y
""",
    "walrus_and": """
def f(x):
    return (y := x * x) and y * x
""",
    "walrus_lambda": """
def f(x):
    return (lambda: (y := x * x) * y)()
""",
    "dict_comp": """
def f(x):
    d = {k: x * k for k in range(3)}
    return d[2] * d[1]
""",
    "gen_exp": """
def f(x):
    return sum(v * x for v in (1.0, x))
""",
    "nested_comp": """
def f(x):
    return sum([a * b for a in (x, 1.0) for b in (x, 2.0) if a is not b])
""",
    "chained_cmp": """
def f(x):
    return x * x if 0.0 < x < 9.0 else x
""",
    "bool_ops": """
def f(x):
    return (x * x or 1.0) + (x and 3.0 * x) + (0.0 if not x else x)
""",
    "assert": """
def f(x):
    assert x > 0, f'{x}'
    return x * x
""",
    "raise_from": """
def f(x):
    if x < 0:
        raise ValueError(x) from None
    return x * x
""",
    "import": """
def f(x):
    import math as m
    from math import sin as s
    return m.cos(x) * s(x)
""",
    "import_star_sub": """
def f(x):
    import os.path
    return x * x * len(os.path.sep)
""",
    "nonlocal": """
def f(x):
    y = x
    def g():
        nonlocal y
        y = y * x
    g()
    return y
""",
    "slice": """
def f(x):
    m = np.array([x, x * x, 1.0])
    return np.sum(m[::2] * m[1])
""",
    "annassign": """
def f(x):
    y: float = x * x
    z: int
    return y
""",
    "while_else": """
def f(x):
    while x < 3.0:
        x = x * 1.5
    else:
        x = x * x
    return x
""",
    "for_else_return": """
def f(x):
    for k in range(3):
        if k == 5: return x
    else:
        return x * x
""",
    "ellipsis": """
def f(x):
    ...
    return np.array([x, x])[..., 0] * x
""",
    "bytes": """
def f(x):
    b = b'ab'
    return x * b[0] * x
""",
    "complex": """
def f(x):
    return (x * (1 + 2j) * x).real
""",
    "super": """
class A:
    def m(self, x): return x * x
class B(A):
    def m(self, x): return super().m(x) * 2.0
b = B()
def f(x):
    return b.m(x)
""",
    "property": """
class A:
    def __init__(self): self.k = 2.0
    @property
    def w(self): return self.k * 2
a = A()
def f(x):
    return a.w * x * x
""",
    "recursion_default": """
def f(x, n=3):
    return x if n == 0 else x * f(x, n - 1)
""",
    "posonly": """
def f(x, /, y=2.0, *, z=3.0):
    return x * y * z * x
""",
    "global_read_fn": """
def h(v): return v * v
def f(x):
    return h(x) * h(1.0)
""",
    "match_class_kw": """
from dataclasses import dataclass
@dataclass
class P:
    a: float
    b: float
def f(x):
    match P(x, x * x):
        case P(a=u, b=v): return u * v
    return x
""",
}

if sys.version_info >= (3, 12):
    SUPPORTED["comp_class"] = """
class K:
    a = [i * 2.0 for i in range(3)]
    def m(self, x): return x * self.a[1] * x
k = K()
def f(x):
    return k.m(x)
"""
    SUPPORTED["comp_inline"] = """
def f(x):
    v = x * x
    t = [v for v in (x, 2.0)]
    return v * sum(t)
"""
    SUPPORTED["comp_inline_lambda"] = """
def f(x):
    gs = [lambda y: y * v for v in (x, 2.0)]
    return gs[0](x) * gs[1](x)
"""
    SUPPORTED["fstring_nested"] = """
def f(x):
    s = f'{f'{x:.1f}'}{'a' + f'{1}'}'
    return x * x * len(s)
"""
    SUPPORTED["fstring_quotes"] = """
def f(x):
    d = {'a': 2.0}
    s = f'{d['a']}'
    return x * x * len(s)
"""
    SUPPORTED["pep695_func"] = """
def f(x):
    def g[T](v: T) -> T: return v * v
    return g(x)
"""
    SUPPORTED["pep695_outer"] = """
def f[T: float](x: T) -> T:
    return x * x
"""
    SUPPORTED["type_alias"] = """
def f(x):
    type Number = float
    y: Number = x * x
    return y
"""
if sys.version_info >= (3, 13):
    SUPPORTED["pep696"] = """
def f(x):
    def g[T = float](v: T) -> T: return v * v
    return g(x)
"""
