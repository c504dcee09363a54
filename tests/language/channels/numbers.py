"""Active values through conversions, NumPy functions and writes into arrays."""

import math
import operator
import statistics

import numpy as np

A = np.array([0.3, 0.5, 0.8])


def n_tolist(a):
    return sum(a.tolist())


def n_tolist_loop(a):
    s = 0.0
    for v in a.tolist():
        s += v * v
    return s


def n_item(a):
    return a[0].item() * 2


def n_item_idx(a):
    return a.item(1) * 2


def n_float64(x):
    return np.float64(x) * x


def n_asarray(x):
    return np.sum(np.asarray([x, x * x]))


def n_frexp(x):
    m, e = math.frexp(x)
    return m * 2.0**e


def n_npfrexp(a):
    m, e = np.frexp(a)
    return np.sum(m * 2.0**e)


def n_modf(x):
    f, i = math.modf(x * 10)
    return f


def n_divmod(x):
    q, r = divmod(x * 10, 3.0)
    return r + q


def n_floordiv(x):
    return (x * 10 // 3.0) * x


def n_mod(x):
    return (x * 10) % 3.0


def n_complex(x):
    return complex(x, x * x).imag


def n_complex_abs(x):
    return abs(complex(x, 1.0))


def n_real(x):
    return x.real * x.conjugate()


def n_imag(x):
    return (x * 1j).imag


def n_astype_int(a):
    return np.sum(a.astype(int) * a)


def n_astype_object(a):
    return np.sum(a.astype(object))


def n_object_array(x):
    return np.array([x, x], dtype=object)[0] * x


def n_object_sum(x):
    return np.sum(np.array([x, x * x], dtype=object))


def n_index(x):
    return [1.0, 2.0, 3.0][int(x)] * x


def n_trunc(x):
    return math.trunc(x * 10) * x


def n_round(x):
    return round(x, 2) * x


def n_abs_(x):
    return x.__abs__() * 1.0


def n_dunder_add(x):
    return x.__add__(1.0) * 2


def n_dunder_mul(x):
    return x.__mul__(x)


def n_operator_mul(x):
    return operator.mul(x, x)


def n_attrgetter(x):
    return operator.attrgetter("real")(x)


def n_itemgetter(a):
    return operator.itemgetter(0)(a)


def n_methodcaller(a):
    return operator.methodcaller("sum")(a)


def n_float_pos(x):
    return float.__mul__(x, x)


def n_nextafter(x):
    return math.nextafter(x, 10.0)


def n_ulp(x):
    return math.ulp(x) + x


def n_fsum(x):
    return math.fsum([x, x])


def n_statistics(x):
    return statistics.mean([x, 2 * x])


def n_statistics_fmean(x):
    return statistics.fmean([x, 2 * x])


def n_searchsorted(x):
    return A[np.searchsorted(A, x)] * x


def n_interp(x):
    return np.interp(x, [0.0, 1.0], [0.0, 3.0])


def n_nan_to_num(x):
    return np.nan_to_num(x)


def n_vectorize(a):
    return np.sum(np.vectorize(lambda v: v * v)(a))


def n_apply_along(a):
    return np.apply_along_axis(lambda v: v * v, 0, a)[0]


def n_frompyfunc(a):
    return np.frompyfunc(lambda v: v * v, 1, 1)(a)[0]


def n_piecewise(a):
    return np.sum(np.piecewise(a, [a < 0.4, a >= 0.4], [lambda v: v * v, lambda v: v]))


def n_select(a):
    return np.sum(np.select([a < 0.4, a >= 0.4], [a * a, a]))


def n_choose(a):
    return np.choose(1, [a, a * a])[0]


def n_nditer(a):
    s = 0.0
    for v in np.nditer(a):
        s += v * 1.0
    return s


def n_ndenumerate(a):
    s = 0.0
    for i, v in np.ndenumerate(a):
        s += v
    return s


def n_flat(a):
    return sum(a.flat)


def n_flat_loop(a):
    s = 0.0
    for v in a.flat:
        s += v
    return s


def n_fill(x):
    b = np.zeros(3)
    b.fill(x)
    return np.sum(b)


def n_put(x):
    b = np.zeros(3)
    np.put(b, [0], [x])
    return b[0]


def n_copyto(x):
    b = np.zeros(3)
    np.copyto(b, x)
    return b[0]


def n_putmask(x):
    b = np.zeros(3)
    np.putmask(b, b == 0, x)
    return b[0]


def n_place(x):
    b = np.zeros(3)
    np.place(b, b == 0, [x])
    return b[0]


def n_out(a):
    b = np.zeros(3)
    np.multiply(a, a, out=b)
    return np.sum(b)


def n_out_pos(a):
    b = np.zeros(3)
    np.multiply(a, a, b)
    return np.sum(b)


def n_itemset(a):
    b = np.zeros(3)
    b.put([0], a[0])
    return b[0]


def n_setflat(a):
    b = np.zeros(3)
    b.flat = a
    return np.sum(b)


def n_setslice(a):
    b = np.zeros(3)
    b[:] = a * a
    return np.sum(b)


def n_fill_diagonal(x):
    b = np.zeros((2, 2))
    np.fill_diagonal(b, x)
    return np.trace(b)


def n_put_along(a):
    b = np.zeros(3)
    np.put_along_axis(b, np.array([0, 1, 2]), a, 0)
    return np.sum(b)


def n_at(a):
    b = np.zeros(3)
    np.add.at(b, [0, 0, 1], a)
    return b[0] * 2


def n_mult_at(a):
    b = np.ones(3)
    np.multiply.at(b, [0, 0, 1], a)
    return b[0] * 2


def n_resize(a):
    return np.sum(np.resize(a, 5))


def n_sort_inplace(a):
    b = a * 1.0
    b.sort()
    return b[0]


def n_list_sort(x):
    items = [x, 0.1]
    items.sort()
    return items[1]


def n_list_sort_key(x):
    items = [x, 0.1]
    items.sort(key=lambda v: -v)
    return items[0]


def n_partition(a):
    b = a * 1.0
    b.partition(1)
    return b[0]


def n_shuffle(a):
    b = a * 1.0
    np.random.default_rng(0).shuffle(b)
    return b[0]


def n_setattr_shape(a):
    b = a * 1.0
    b.shape = (3, 1)
    return b[0, 0]


def n_T_mat(a):
    return a.T @ a.mT if False else a.T @ a


def n_ufunc_reduce(a):
    return np.multiply.reduce(a)


def n_ufunc_outer(a):
    return np.sum(np.multiply.outer(a, a))


def n_ufunc_accumulate(a):
    return np.sum(np.multiply.accumulate(a))


def n_random(x):
    return np.random.default_rng(0).normal(x, 1.0)


def n_random_uniform(x):
    return np.random.default_rng(0).uniform(0.0, x)


def n_rng_choice(a):
    return np.random.default_rng(0).choice(a)


def n_linspace(x):
    return np.sum(np.linspace(0.0, x, 5))


def n_arange(x):
    return np.sum(np.arange(0.0, 3.05, x))


def n_histogram(a):
    h, e = np.histogram(a, bins=2)
    return e[0] + e[1]


def n_unique(a):
    return np.sum(np.unique(a))


def n_polyfit(a):
    return np.polyfit(np.arange(3.0), a, 1)[0]


def n_meshgrid(a):
    u, v = np.meshgrid(a, a)
    return np.sum(u * v)


def n_ix(a):
    return np.sum(np.ix_([True, True, True])[0] * a)


def n_einsum(a):
    return np.einsum("i,i->", a, a)


def n_require(a):
    return np.sum(np.require(a, float))


def n_matrix(a):
    return np.sum(np.asmatrix(a))


def n_ma(a):
    return np.ma.array(a).sum()


def n_recarray(a):
    return np.rec.fromarrays([a], names="u").u[0]


def n_poly1d(x):
    return np.poly1d([x, 1.0])(2.0)
