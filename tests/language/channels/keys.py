"""Active values as keys of dicts."""

import collections


def key_display(x):
    d = {x: 1.0}
    return sum([k * v for k, v in d.items()]) * x


def key_display2(x):
    d = {x: 1.0}
    s = 0.0
    for k in d:
        s += k
    return s


def key_store(x):
    d = {}
    d[x] = 1.0
    s = 0.0
    for k in d:
        s += k
    return s


def key_store_keys(x):
    d = {}
    d[x] = 1.0
    return sum(d.keys())


def key_list(x):
    return list({x: 1.0})[0]


def key_comp(x):
    d = {k: 1.0 for k in [x, 2 * x]}
    return sum(d)


def key_dictcall(x):
    d = dict([(x, 2.0)])
    return sum([k for k in d])


def key_fromkeys(x):
    d = dict.fromkeys([x, 2 * x], 1.0)
    return sum([k for k in d])


def key_zip(x):
    d = dict(zip([x], [1.0]))
    return max(d)


def key_update(x):
    d = {}
    d.update({x: 1.0})
    return max(d)


def key_setdefault(x):
    d = {}
    d.setdefault(x, 2.0)
    return max(d)


def key_popitem(x):
    d = {x: 1.0}
    k, v = d.popitem()
    return k * v


def key_items_loop(x):
    d = {x: 3.0}
    s = 0.0
    for k, v in d.items():
        s += k * v
    return s


def key_next_iter(x):
    d = {x: 3.0}
    return next(iter(d))


def key_tuple(x):
    d = {("a", x): 3.0}
    return max(d)[1]


def key_value_too(x):
    d = {x: x * x}
    return d[x]


def key_merge(x):
    d = {**{x: 1.0}}
    return max(d)


def key_or(x):
    d = {} | {x: 1.0}
    return max(d)


def key_sorted(x):
    d = {x: 1.0, 2 * x: 2.0}
    return sorted(d)[0]


def key_min_key(x):
    d = {x: 1.0, 2 * x: 2.0}
    return min(d, key=d.get)


def key_counter(x):
    c = collections.Counter([x, x])
    return c.most_common(1)[0][0]


def key_defaultdict(x):
    c = collections.defaultdict(float)
    c[x] += 1.0
    return max(c)


def key_ordered(x):
    c = collections.OrderedDict([(x, 1.0)])
    return max(c)


def key_str(x):
    d = {str(x): 1.0}
    return float(max(d))
