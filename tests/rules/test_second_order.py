"""Gradients of gradients: each rule is differentiated in its turn, and compared with differences of the first gradient.

A row is a name, a function of one array, and the array. The gradient of a weighted sum of sines of its entries is
compared with differences of that sum, and the gradient of that gradient with differences of the gradient.
"""

import cmath
import math
import operator
from functools import reduce

import numpy as np
import pytest
from checking import direction

import srcgrad
from srcgrad.rules import generated, registry
from srcgrad.rules.containers import items_bar
from srcgrad.runtime import helpers, tangents

rng = np.random.default_rng(3)
S = 0.7
V = rng.uniform(0.3, 0.9, 3)
V4 = rng.uniform(0.3, 0.9, 4)
M = rng.uniform(0.3, 0.9, (3, 4))
SQ = rng.uniform(0.1, 0.4, (3, 3)) + 2 * np.eye(3)
T = rng.uniform(0.3, 0.9, (2, 3, 4))
TS = rng.uniform(0.1, 0.4, (2, 3, 3)) + 2 * np.eye(3)
COLUMN = rng.uniform(0.3, 0.9, (3, 1))
MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, False]])

ELEMENTWISE = [
    ("add", lambda x: x + M, COLUMN),
    ("subtract", lambda x: M - x, V4),
    ("multiply", lambda x: x * M * x, COLUMN),
    ("divide", lambda x: M / x, V4),
    ("divide_a", lambda x: x / (M + x), COLUMN),
    ("power", lambda x: x**3, M),
    ("power_float", lambda x: np.power(x, 2.5), M),
    ("power_both", lambda x: x**x, M),
    ("power_base", lambda x: 2.0**x, M),
    ("scalar", lambda x: x**2 * math_free(x), S),
    ("square", lambda x: np.square(x), T),
    ("sqrt", lambda x: np.sqrt(x), M),
    ("cbrt", lambda x: np.cbrt(x), M),
    ("reciprocal", lambda x: np.reciprocal(x), M),
    ("exp", lambda x: np.exp(x), M),
    ("exp2", lambda x: np.exp2(x), M),
    ("expm1", lambda x: np.expm1(x), M),
    ("log", lambda x: np.log(x), M),
    ("log2", lambda x: np.log2(x), M),
    ("log10", lambda x: np.log10(x), M),
    ("log1p", lambda x: np.log1p(x), M),
    ("logaddexp", lambda x: np.logaddexp(x, M), V4),
    ("logaddexp2", lambda x: np.logaddexp2(M, x), V4),
    ("sin", lambda x: np.sin(x), M),
    ("tan", lambda x: np.tan(x), M),
    ("arcsin", lambda x: np.arcsin(x), M),
    ("arccos", lambda x: np.arccos(x), M),
    ("arctan", lambda x: np.arctan(x), M),
    ("arctan2", lambda x: np.arctan2(x, M), V4),
    ("arctan2_b", lambda x: np.arctan2(M, x), V4),
    ("hypot", lambda x: np.hypot(x, M), V4),
    ("sinh", lambda x: np.sinh(x), M),
    ("tanh", lambda x: np.tanh(x), T),
    ("arcsinh", lambda x: np.arcsinh(x), M),
    ("arccosh", lambda x: np.arccosh(x + 1), M),
    ("arctanh", lambda x: np.arctanh(x), M),
    ("sinc", lambda x: np.sinc(x), M),
    ("i0", lambda x: np.i0(x), V),
    ("abs", lambda x: np.abs(x - 0.6) * x, M),
    ("maximum", lambda x: np.maximum(x, M.T[0]) * x, V),
    ("minimum", lambda x: np.minimum(x * x, M), V4),
    ("where", lambda x: np.where(MASK, x * x, x), M),
    ("where_broadcast", lambda x: np.where(MASK, x, M), V4),
    ("clip", lambda x: np.clip(x, 0.4, 0.8) * x, M),
    ("clip_bound", lambda x: np.clip(M, x, 0.8), S - 0.3),
    ("mod", lambda x: (x * x) % 0.2, M),
    ("nan_to_num", lambda x: np.nan_to_num(x) * x, M),
    ("unwrap", lambda x: np.unwrap(x * x), V),
    ("ldexp", lambda x: np.ldexp(x, 2) * x, V),
    ("deg2rad", lambda x: np.deg2rad(x) * x, V),
    ("frexp", lambda x: np.frexp(x)[0] * x, V),
    ("modf", lambda x: np.modf(x)[0] * x, V),
    ("complex_abs", lambda x: np.abs(x + 0.5j * x * x), V),
    ("complex_real", lambda x: np.real(np.exp(1j * x)), V),
    ("complex_imag", lambda x: np.imag(np.exp(1j * x) * x), M),
    ("complex_angle", lambda x: np.angle(x + 1j * x * x), V),
    ("complex_conj", lambda x: np.real(np.conj(np.exp(1j * x)) * x), V),
]

REDUCTIONS = [
    ("sum", lambda x: np.sum(x * x), M),
    ("sum_axis", lambda x: np.sum(x * x, axis=1), T),
    ("sum_axes", lambda x: np.sum(x * x, axis=(0, -1), keepdims=True), T),
    ("sum_where", lambda x: np.sum(x * x, axis=0, where=MASK), M),
    ("sum_method", lambda x: x.sum(0) * x, M),
    ("nansum", lambda x: np.nansum(x * x, axis=0), M),
    ("mean", lambda x: np.mean(x * x), M),
    ("mean_axis", lambda x: np.mean(x, axis=0) * x, M),
    ("mean_where", lambda x: np.mean(x * x, axis=0, where=MASK), M),
    ("average", lambda x: np.average(x, axis=0, weights=V), M),
    ("average_weights", lambda x: np.average(M, axis=0, weights=x), V),
    ("var", lambda x: np.var(x), M),
    ("var_axis", lambda x: np.var(x, axis=0, ddof=1), M),
    ("std", lambda x: np.std(x, axis=1), M),
    ("max", lambda x: np.max(x * x), M),
    ("max_axis", lambda x: np.max(x, axis=1) ** 2, M),
    ("min_keepdims", lambda x: np.min(x, axis=0, keepdims=True) * x, M),
    ("ptp", lambda x: np.ptp(x, axis=1) ** 2, M),
    ("median", lambda x: np.median(x, axis=0) ** 2, M),
    ("prod", lambda x: np.prod(x), V),
    ("prod_axis", lambda x: np.prod(x, axis=1), M),
    ("prod_zero", lambda x: np.prod(x - V[1]), V),
    ("cumsum", lambda x: np.cumsum(x * x), V),
    ("cumsum_axis", lambda x: np.cumsum(x, axis=1) ** 2, M),
    ("cumprod", lambda x: np.cumprod(x), V),
    ("cumprod_axis", lambda x: np.cumprod(x, axis=0), M),
    ("cumprod_zero", lambda x: np.cumprod(x - V[1]), V),
    ("diff", lambda x: np.diff(x) ** 2, V4),
    ("diff_twice", lambda x: np.diff(x, n=2, axis=-1) ** 2, M),
    ("trace", lambda x: np.trace(x) ** 2, SQ),
    ("trace_axes", lambda x: np.trace(x, axis1=1, axis2=2) ** 2, TS),
    ("logsumexp", lambda x: np.log(np.sum(np.exp(x - np.max(x)))) + np.max(x), V),
]

SHAPES = [
    ("reshape", lambda x: np.reshape(x, (2, 6)) ** 2, M),
    ("reshape_method", lambda x: x.reshape(-1) ** 2, M),
    ("ravel", lambda x: np.ravel(x, "F") ** 2, M),
    ("expand_dims", lambda x: np.expand_dims(x, 0) ** 2, M),
    ("newaxis", lambda x: x[:, None] * x, V),
    ("squeeze", lambda x: np.squeeze(x) * x, COLUMN),
    ("atleast_2d", lambda x: np.atleast_2d(x) ** 2, V),
    ("transpose", lambda x: x.T @ x, M),
    ("transpose_axes", lambda x: np.transpose(x, (1, 2, 0)) ** 2, T),
    ("swapaxes", lambda x: np.swapaxes(x, 0, 2) ** 2, T),
    ("moveaxis", lambda x: np.moveaxis(x, 0, -1) ** 2, T),
    ("rollaxis", lambda x: np.rollaxis(x, 2) ** 2, T),
    ("roll", lambda x: np.roll(x, 1, 0) * x, M),
    ("flip", lambda x: np.flip(x, 0) * x, M),
    ("fliplr", lambda x: np.fliplr(x) * x, M),
    ("rot90", lambda x: np.rot90(x) * x, SQ),
    ("copy", lambda x: np.copy(x) * x, M),
    ("broadcast_to", lambda x: np.broadcast_to(x, (3, 4)) ** 2, V4),
    ("tile", lambda x: np.tile(x, (2, 2)) ** 2, V),
    ("repeat", lambda x: np.repeat(x, 2, axis=1) ** 2, M),
    ("repeat_each", lambda x: np.repeat(x, [1, 0, 2]) ** 2, V),
    ("pad", lambda x: np.pad(x, 1) ** 2, M),
    ("pad_edge", lambda x: np.pad(x, ((1, 0), (2, 1)), "edge") ** 2, M),
    ("pad_reflect", lambda x: np.pad(x, 1, "reflect") ** 2, M),
    ("diag", lambda x: np.diag(x) ** 2, V),
    ("diag_matrix", lambda x: np.diag(x, 1) ** 2, M),
    ("diagonal", lambda x: np.diagonal(x, 0, 1, 2) ** 2, T),
    ("triu", lambda x: np.triu(x) ** 2, SQ),
    ("tril", lambda x: np.tril(x, -1) ** 2, SQ),
    ("take", lambda x: np.take(x, [0, 2, 0], axis=1) ** 2, M),
    ("take_along_axis", lambda x: np.take_along_axis(x, np.array([[1, 0], [2, 2], [0, 0]]), 1) ** 2, M),
    ("delete", lambda x: np.delete(x, 1, axis=0) ** 2, M),
    ("astype", lambda x: x.astype(float) * x, M),
]

INDEXING = [
    ("item", lambda x: x[1] * x[0] * x[1], V),
    ("row", lambda x: x[1] * x[0], M),
    ("slice", lambda x: x[1:] * x[:-1], V),
    ("slice_2d", lambda x: x[:, 1:] * x[:, :-1], M),
    ("ellipsis", lambda x: x[..., 0] ** 2, T),
    ("array", lambda x: x[np.array([0, 2, 0])] ** 2, V),
    ("list", lambda x: x[[0, 2, 0]] ** 2, M),
    ("mask", lambda x: x[MASK] ** 2, M),
    ("active_mask", lambda x: x[x > 0.6] ** 2, M),
]

JOINS = [
    ("array", lambda x: np.array([x[0], x[1] * x[0], 1.0]), V),
    ("array_nested", lambda x: np.array([[x[0], 2.0], [x[1] ** 2, x[2]]]), V),
    ("asarray", lambda x: np.asarray(x) * x, V),
    ("concatenate", lambda x: np.concatenate([x, x * x, V]), V),
    ("concatenate_axis", lambda x: np.concatenate((x, x * M), axis=1), M),
    ("stack", lambda x: np.stack([x, x * x], axis=-1), M),
    ("vstack", lambda x: np.vstack([x, x * x]), V),
    ("hstack", lambda x: np.hstack([x, x * x]), M),
    ("dstack", lambda x: np.dstack([x, x * x]), M),
    ("column_stack", lambda x: np.column_stack([x, x * x]), V),
    ("block", lambda x: np.block([[x, x * x], [x * 2, M]]), M),
    ("append", lambda x: np.append(x, x * x), V),
    ("insert", lambda x: np.insert(x, 1, x[0] * x[1]), V),
    ("split", lambda x: np.split(x, 2)[0] * np.split(x, 2)[1], V4),
    ("array_split", lambda x: np.array_split(x, 3, axis=1)[0] ** 2, M),
    ("meshgrid", lambda x: np.meshgrid(x, x * x)[0] * np.meshgrid(x, x * x)[1], V),
    ("full", lambda x: np.full((2, 2), x) ** 2, S),
    ("linspace", lambda x: np.linspace(x, x * x, 4), S),
    ("tolist", lambda x: reduce(operator.mul, x.tolist()), V),
]

PRODUCTS = [
    ("matmul", lambda x: x @ x.T, M),
    ("matmul_left", lambda x: (x @ SQ) @ x, V),
    ("matmul_vector", lambda x: SQ @ (x * x), V),
    ("matmul_matrix_vector", lambda x: x @ x[0], SQ),
    ("matmul_vectors", lambda x: x @ x, V),
    ("matmul_stack", lambda x: x @ np.swapaxes(x, 1, 2), T),
    ("matmul_broadcast", lambda x: (T @ x) @ x.T, M.T),
    ("dot", lambda x: np.dot(x, x.T), M),
    ("dot_vectors", lambda x: np.dot(x, x), V),
    ("dot_tensor", lambda x: np.dot(x, M.T) ** 2, T),
    ("dot_method", lambda x: x.dot(x.T), M),
    ("inner", lambda x: np.inner(x, x), M),
    ("outer", lambda x: np.outer(x, x), V),
    ("outer_matrix", lambda x: np.outer(x, V), M),
    ("vdot", lambda x: np.vdot(x, x), M),
    ("tensordot", lambda x: np.tensordot(x, x, 1), SQ),
    ("tensordot_axes", lambda x: np.tensordot(x, x, ([0, 2], [0, 2])), T),
    ("kron", lambda x: np.kron(x, x), SQ),
    ("cross", lambda x: np.cross(x, x * V), V[::-1]),
    ("einsum", lambda x: np.einsum("ij,kj->ik", x, x), M),
    ("einsum_trace", lambda x: np.einsum("ii->i", x) ** 2, SQ),
    ("einsum_sum", lambda x: np.einsum("ij,j->", x, x[0]), M),
]

LINALG = [
    ("inv", lambda x: np.linalg.inv(x), SQ),
    ("inv_stack", lambda x: np.linalg.inv(x), TS),
    ("det", lambda x: np.linalg.det(x), SQ),
    ("det_stack", lambda x: np.linalg.det(x), TS),
    ("slogdet", lambda x: np.linalg.slogdet(x)[1], SQ),
    ("solve_vector", lambda x: np.linalg.solve(x, V), SQ),
    ("solve_both", lambda x: np.linalg.solve(x, x[0]), SQ),
    ("solve_matrix", lambda x: np.linalg.solve(x, M), SQ),
    ("solve_stack", lambda x: np.linalg.solve(x, x), TS),
    ("norm", lambda x: np.linalg.norm(x), M),
    ("norm_axis", lambda x: np.linalg.norm(x, axis=1), M),
    ("norm_1", lambda x: np.linalg.norm(x, 1) ** 2, V),
    ("norm_3", lambda x: np.linalg.norm(x, 3), V),
    ("norm_inf", lambda x: np.linalg.norm(x, np.inf) ** 2, V),
    ("cholesky", lambda x: np.linalg.cholesky(x @ x.T + SQ + SQ.T), SQ),
]

SORTING = [
    ("sort", lambda x: np.sort(x) ** 2, V4),
    ("sort_axis", lambda x: np.sort(x, axis=0) ** 2, M),
    ("sort_flat", lambda x: np.sort(x, axis=None) ** 2, M),
    ("partition", lambda x: np.partition(x, 1) ** 2, V4),
]

CONTAINERS = [
    ("sum_list", lambda x: sum([x[0] * x[1], x[2] ** 2]), V),
    ("sum_rows", lambda x: sum(row * row for row in x), M),
    ("max", lambda x: max(x[0], x[1]) * x[2], V),
    ("sorted", lambda x: np.array(sorted([x[0] * x[1], x[2] ** 2])), V),
    ("tuple", lambda x: np.array([a * b for a, b in zip(x, x)]), V),
    ("enumerate", lambda x: np.array([i * a * a for i, a in enumerate(x)]), V),
    ("dict", lambda x: dict(a=x[0], b=x * x)["b"] * x[0], V),
    ("display", lambda x: {"a": x * x}["a"] * (x, x * 2)[1], V),
    ("reversed", lambda x: np.array([a * a for a in reversed(x)]), V),
    ("concatenation", lambda x: np.array(([x[0]] + [x[1] * x[2]]) * 2), V),
]

SCALARS = [
    ("exp", lambda x: math.exp(x), S),
    ("log", lambda x: math.log(x), S),
    ("log_base", lambda x: math.log(x + 2, x + 3), S),
    ("sqrt", lambda x: math.sqrt(x), S),
    ("cbrt", lambda x: math.cbrt(x), S),
    ("sin", lambda x: math.sin(x) * math.cos(x), S),
    ("asin", lambda x: math.asin(x) + math.acos(x / 2), S),
    ("atan2", lambda x: math.atan2(x, x * x + 1), S),
    ("tanh", lambda x: math.tanh(x) * math.cosh(x), S),
    ("acosh", lambda x: math.acosh(x + 1) + math.asinh(x) + math.atanh(x), S),
    ("erf", lambda x: math.erf(x) * math.erfc(x), S),
    ("gamma", lambda x: math.gamma(x), S),
    ("lgamma", lambda x: math.lgamma(x), S),
    ("pow", lambda x: math.pow(x, x), S),
    ("power", lambda x: x**x + pow(x, 3), S),
    ("hypot", lambda x: math.hypot(x, x * x, 1.0), S),
    ("fmod", lambda x: math.fmod(x * x, 0.2), S),
    ("fabs", lambda x: math.fabs(-x) * abs(x - 1), S),
    ("copysign", lambda x: math.copysign(x, -1.0) * x, S),
    ("degrees", lambda x: math.degrees(x) * math.radians(x), S),
    ("fsum", lambda x: math.fsum([x, x * x, 1.0]), S),
    ("prod", lambda x: math.prod([x, x * x, 2.0]), S),
    ("dist", lambda x: math.dist([x, x * x], [1.0, x]), S),
    ("divmod", lambda x: divmod(x * x, 0.2)[1] * x, S),
    ("branch", lambda x: x * x if x > 0.5 else x, S),
    ("cmath", lambda x: abs(cmath.exp(complex(x, x * x))), S),
    ("phase", lambda x: cmath.phase(complex(x, x * x)), S),
    ("float", lambda x: float(x) * float(np.sum(x)), S),
]

MORE = [
    ("fmax", lambda x: np.fmax(x, 0.5) * np.fmin(x, 0.8), M),
    ("fmod", lambda x: np.fmod(x * x, 0.2), M),
    ("float_power", lambda x: np.float_power(x, x), V),
    ("cosh", lambda x: np.cosh(x) * -x, M),
    ("copysign", lambda x: np.copysign(x, -1.0) * x, V),
    ("divmod", lambda x: np.divmod(x * x, 0.2)[1] * x, V),
    ("atleast_3d", lambda x: np.atleast_3d(x) ** 2, M),
    ("diagflat", lambda x: np.diagflat(x) ** 2, V),
    ("flipud", lambda x: np.flipud(x) * x, M),
    ("flatten", lambda x: x.flatten() ** 2, M),
    ("full_like", lambda x: np.full_like(M, x) ** 2, S),
    ("hsplit", lambda x: np.hsplit(x, 2)[0] * np.hsplit(x, 2)[1], M),
    ("vsplit", lambda x: np.vsplit(x, 3)[0] * np.vsplit(x, 3)[2], M),
    ("broadcast_arrays", lambda x: np.broadcast_arrays(x, M)[0] * x, V4),
    ("ascontiguousarray", lambda x: np.ascontiguousarray(x.T) ** 2, M),
    ("real_if_close", lambda x: np.real_if_close(x * (1 + 0j)) * x, V),
]
if hasattr(np.ndarray, "mT"):  # NumPy 2
    MORE.append(("matrix_transpose", lambda x: x.mT @ x, M))


def math_free(x):
    """A branch and a loop around a scalar."""
    y = x
    for _ in range(3):
        y = y * x if y > 0.5 else y + x
    return y


TABLES = dict(elementwise=ELEMENTWISE, reductions=REDUCTIONS, shapes=SHAPES, indexing=INDEXING, joins=JOINS,
              products=PRODUCTS, linalg=LINALG, sorting=SORTING, containers=CONTAINERS, scalars=SCALARS,
              more=MORE)  # fmt: skip
ROWS = [(f"{family}-{name}", function, x) for family, rows in TABLES.items() for name, function, x in rows]


def weighted(rule):
    """A scalar function through which no entry of rule's result has a constant or a zero adjoint."""

    def loss(x):
        y = rule(x)
        return np.sum(np.sin(y) * np.reshape(np.cos(np.arange(np.size(y)) + 0.3), np.shape(y)))

    return loss


def difference(f, x, h=1e-4):
    """Fourth-order differences of a scalar function, entry by entry."""
    x = np.array(x)
    result = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        steps = []
        for k in (-2, -1, 1, 2):
            moved = x.copy()
            moved[i] += k * h
            steps.append(f(moved if x.ndim else float(moved)))
        result[i] = (steps[0] - 8 * steps[1] + 8 * steps[2] - steps[3]) / (12 * h)
    return result


@pytest.mark.parametrize("function, x", [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_gradient_and_gradient_of_gradient(function, x):
    gradient = srcgrad.grad(weighted(function))
    np.testing.assert_allclose(gradient(x), difference(weighted(function), x), rtol=1e-6, atol=1e-8)
    direction = np.sin(1.0 + np.arange(np.size(x))).reshape(np.shape(x))

    def slope(x):
        return np.sum(gradient(x) * direction)

    np.testing.assert_allclose(srcgrad.grad(slope)(x), difference(slope, x), rtol=1e-6, atol=1e-7)


# The helpers themselves ----------------------------------------------------------------------------------------------

HELPERS = [
    (helpers.unbroadcast, M, COLUMN),
    (helpers.unbroadcast, M, S),
    (helpers.unbroadcast, M + 1j * M, V4),
    (helpers.broadcast, COLUMN, M),
    (helpers.broadcast, S, M),
    (helpers.project, S, M),
    (helpers.project, [V, S, None], (V, S, 3)),
    (helpers.number, S),
    (helpers.add, M, M),
    (helpers.add, [V, S], [V, S]),
    (helpers.snapshot, M),
    (items_bar, [S, None, S], V),
    (tangents.or_zero, V, V),
    (helpers.part, V, 1),
    (helpers.part, [S, V], 1),
    (generated.fitted, S, M),
    (generated.fitted, M, COLUMN),
    (generated.widened, V, V + 1j),
]


@pytest.mark.parametrize("row", HELPERS, ids=[row[0].__name__ for row in HELPERS])
def test_rules_of_the_helpers_of_generated_text(row):
    primitive, *args = row
    assert check_linear(primitive, *args) >= 1


def check_linear(primitive, *args):
    """The VJPs of a primitive that is linear in what it has them for: <y_bar, f(x)> = <x_bar, x>, other terms zero."""
    checked = 0
    for wrt, rules in registry.vjp_rules[primitive].items():
        position = list(registry.signatures[primitive].parameters).index(wrt)
        others = [helpers.zeros_like(a) if is_linear_too(primitive, i, position) else a for i, a in enumerate(args)]
        others[position] = args[position]
        y = primitive(*others)
        y_bar = direction(y, np.random.default_rng(0))
        x_bar = rules[0].function(y_bar, y, *others)
        np.testing.assert_allclose(inner(x_bar, args[position]), inner(y_bar, y), rtol=1e-12)
        checked += 1
    return checked


def is_linear_too(primitive, i, position):
    """True for the other term of a sum."""
    return primitive is helpers.add and i != position


def inner(bar, x):
    """The pairing Re(sum(bar * x)) of any structure, where None is zero."""
    if bar is None or x is None:
        return 0.0
    if isinstance(x, (list, tuple)):
        return sum(inner(bar[i], x[i]) for i in range(len(x)))
    return np.sum(np.real(bar * x))
