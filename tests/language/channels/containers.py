"""Active values in containers, iterators and objects."""

import collections
import copy
import dataclasses
import functools
import itertools
import operator
import queue
import threading
import types
import weakref

import numpy as np


class Box:
    v = 0.5

    def __init__(self, v=0.5):
        self.v = v

    def get(self):
        return self.v


BOX = Box()


@dataclasses.dataclass
class DC:
    a: float
    b: float = 1.0


NT = collections.namedtuple("NT", "a b")


LOCAL = threading.local()


def parse(s):
    return float(s)


def c_set(x):
    return sum({x, 2 * x})


def c_setcall(x):
    return sum(set([x, 2 * x]))


def c_frozenset(x):
    return max(frozenset([x, 2 * x]))


def c_setadd(x):
    s = set()
    s.add(x)
    return max(s)


def c_deque(x):
    d = collections.deque([x, 2 * x])
    return d.popleft()


def c_deque_append(x):
    d = collections.deque()
    d.append(x)
    return d[0]


def c_deque_maxlen(x):
    d = collections.deque(maxlen=2)
    d.append(x)
    d.append(2 * x)
    return sum(d)


def c_queue(x):
    q = queue.Queue()
    q.put(x)
    return q.get()


def c_iter_next(x):
    it = iter([x, 2 * x])
    next(it)
    return next(it)


def c_iter_loop(x):
    s = 0.0
    for v in iter([x, 2 * x]):
        s += v
    return s


def c_iter_call(x):
    items = [x, 2 * x]
    it = iter(items.pop, None)
    return next(it)


def c_sorted_key(x):
    return sorted([x, 0.1, 2.0], key=lambda v: -v)[1]


def c_max_key(x):
    return max([x, 0.1], key=lambda v: v)


def c_zip_star(x):
    a, b = zip(*[(x, 1.0), (2 * x, 3.0)])
    return sum(a)


def c_copy(x):
    items = copy.copy([x, 1.0])
    return items[0]


def c_deepcopy(x):
    items = copy.deepcopy([x, [x]])
    return items[1][0]


def c_copy_arr(a):
    return np.sum(copy.copy(a))


def c_deepcopy_arr(a):
    return np.sum(copy.deepcopy(a))


def c_chain(x):
    return sum(itertools.chain([x], [2 * x]))


def c_accumulate(x):
    return sum(itertools.accumulate([x, x]))


def c_islice(x):
    return sum(itertools.islice([x, x, x], 2))


def c_product(x):
    return sum([u * v for u, v in itertools.product([x, 1.0], [x, 2.0])])


def c_starmap(x):
    return sum(itertools.starmap(lambda u, v: u * v, [(x, 2.0)]))


def c_repeat(x):
    return sum(itertools.repeat(x, 3))


def c_groupby(x):
    return sum([k for k, g in itertools.groupby([x, x])])


def c_namespace(x):
    return types.SimpleNamespace(v=x).v


def c_dataclass(x):
    return DC(x).a


def c_namedtuple(x):
    return NT(x, 1.0).a


def c_box(x):
    return Box(x).v


def c_box_get(x):
    return Box(x).get()


def c_box_list(x):
    b = [Box(x)]
    return b[0].v


def c_cell(x):
    class C:
        w = x

    return C.w


def c_chainmap(x):
    return collections.ChainMap({"a": x})["a"]


def c_userdict(x):
    return collections.UserDict({"a": x})["a"]


def c_mappingproxy(x):
    return types.MappingProxyType({"a": x})["a"]


def c_reduce(x):
    return functools.reduce(lambda u, v: u * v, [x, x, 2.0])


def c_partial_args(x):
    return functools.partial(pow, x).args[0]


def c_partial_kw(x):
    return functools.partial(parse, s=x).keywords["s"]


def c_cmp(x):
    return sorted([x, 0.1], key=functools.cmp_to_key(lambda u, v: u - v))[0]


def c_cache(x):
    @functools.lru_cache
    def g(v):
        return v * v

    return g(x)


def c_slice(x):
    return slice(x).stop


def c_range_idx(x):
    return list(enumerate([x]))[0][1]


def c_generator(x):
    def g():
        yield x
        yield 2 * x

    return sum(g())


def c_generator_exp(x):
    return sum(v * x for v in [x, 1.0])


def c_genexp_next(x):
    return next(v * x for v in [x, 1.0])


def c_weak(x):
    return weakref.ref(BOX)().v * x


def c_contextvar(x):
    import contextvars

    v = contextvars.ContextVar("v")
    v.set(x)
    return v.get()


def c_threadlocal(x):
    LOCAL.v = x
    return LOCAL.v


def c_dict_subscript_aug(x):
    d = {"a": 1.0}
    d["a"] *= x
    return d["a"]


def c_bisect(x):
    import bisect

    items = [0.1, 2.0]
    bisect.insort(items, x)
    return items[1]


def c_heap(x):
    import heapq

    h = []
    heapq.heappush(h, x)
    return heapq.heappop(h)


def c_nlargest(x):
    import heapq

    return heapq.nlargest(1, [x, 0.1])[0]


def c_list_index_store(x):
    items = [0.0] * 2
    items[0] = x
    return items[0]


def c_list_slice_store(x):
    items = [0.0, 1.0, 2.0]
    items[0:2] = [x, x]
    return items[0] * items[1]


def c_list_imul(x):
    items = [x]
    items *= 2
    return items[1]


def c_list_dunder(x):
    items = [0.0]
    items.__setitem__(0, x)
    return items[0]


def c_list_append_unbound(x):
    items = []
    list.append(items, x)
    return items[0]


def c_setitem_op(x):
    items = [0.0]
    operator.setitem(items, 0, x)
    return items[0]


def c_iconcat(x):
    items = [0.0]
    operator.iconcat(items, [x])
    return items[1]


def c_bound_append(x):
    items = []
    add = items.append
    add(x)
    return items[0]


def c_map_append(x):
    items = []
    list(map(items.append, [x, 2 * x]))
    return items[0]


def c_comp_append(x):
    items = []
    [items.append(v) for v in [x, 2 * x]]
    return items[1]


def c_exception(x):
    try:
        raise ValueError(x)
    except ValueError as e:
        return e.args[0]
