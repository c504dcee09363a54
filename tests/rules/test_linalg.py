"""Rules of linear algebra, real and complex, single and stacked, by differences and the dot-product test."""

import numpy as np
import pytest

from srcgrad.errors import NoRule
from srcgrad.rules.linalg import norm_x_bar
from srcgrad.rules.registry import jvp_rules, linear_rules, vjp_rules


def sample(shape, seed=0, complex_=False):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    return x + 1j * rng.normal(size=shape) if complex_ else x


def dot(a, b):
    """Re of the sum of products; None is zero, pairs are summed."""
    if isinstance(b, (list, tuple)):
        return sum(dot(p, q) for p, q in zip(a, b))
    return 0.0 if a is None or b is None else float(np.real(np.sum(a * b)))


def check(f, *args, wrt, hermitian=False, **kwargs):
    """All rules of f for `wrt`: the dot-product test at 1e-10 (condition of the matrices), differences at 1e-6."""
    position = "ab".find(wrt) if wrt in "ab" else 0
    x, y = args[position], f(*args, **kwargs)
    x_dot = sample(x.shape, 1, np.iscomplexobj(x))
    if hermitian:
        x_dot = x_dot + np.conj(np.swapaxes(x_dot, -1, -2))
    y_bar = [sample(np.shape(v), 2 + k, np.iscomplexobj(v)) for k, v in enumerate(y if isinstance(y, tuple) else [y])]
    y_bar = y_bar if isinstance(y, tuple) else y_bar[0]

    def at(h):
        return f(*args[:position], x + h * x_dot, *args[position + 1 :], **kwargs)

    if wrt in jvp_rules.get(f, {}):
        pushed = dot(y_bar, jvp_rules[f][wrt][0].function(x_dot, y, *args, **kwargs))
    else:
        assert wrt in linear_rules[f]
        pushed = dot(y_bar, f(*args[:position], x_dot, *args[position + 1 :], **kwargs))
    assert np.isclose(pushed, (dot(y_bar, at(1e-6)) - dot(y_bar, at(-1e-6))) / 2e-6, rtol=1e-6, atol=1e-7)
    for rule in vjp_rules[f][wrt]:
        if rule.ndim is None or all(np.ndim(arg) == n for arg, n in zip(args, rule.ndim)):
            x_bar = rule.function(y_bar, y, *args, **kwargs)
            assert x_bar.shape == x.shape and np.iscomplexobj(x_bar) == np.iscomplexobj(x)
            assert np.isclose(dot(x_bar, x_dot), pushed, rtol=1e-10, atol=1e-10), rule.function.__name__


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("shape", [(3, 3), (1, 1), (2, 3, 3)])
@pytest.mark.parametrize("f", [np.linalg.inv, np.linalg.det, np.linalg.slogdet])
def test_functions_of_a_square_matrix(f, shape, complex_):
    check(f, sample(shape, 5, complex_), wrt="a")


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("a, b", [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (2, 3, 2)), ((3, 3), (2, 3, 1))])
@pytest.mark.parametrize("wrt", ["a", "b"])
def test_solve(a, b, wrt, complex_):
    check(np.linalg.solve, sample(a, 5, complex_), sample(b, 6, complex_), wrt=wrt)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="NumPy 1 has no such broadcasting")
@pytest.mark.parametrize("wrt", ["a", "b"])
def test_solve_one_vector_for_many_matrices(wrt):
    check(np.linalg.solve, sample((2, 3, 3), 5), sample(3, 6), wrt=wrt)


NORMS = [((4,), {}), ((4,), {"ord": 2}), ((3, 4), {}), ((3, 4), {"ord": "fro"}), ((2, 3, 4), {}), ((3, 4), {"axis": 1})]
NORMS += [((4,), {"ord": p}) for p in (1, 3, 2.5, np.inf, -np.inf, -1)] + [((3, 4), {"axis": (0, 1)})]
NORMS += [((2, 3, 4), {"axis": (0, 2), "keepdims": True}), ((3, 4), {"ord": np.inf, "axis": 0, "keepdims": True})]
NORMS += [((3, 4), {"ord": 1, "axis": -1}), ((3, 4), {"ord": 3, "axis": 0}), ((3, 4), {"keepdims": True})]


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("shape, options", NORMS, ids=str)
def test_norm(shape, options, complex_):
    check(np.linalg.norm, sample(shape, 5, complex_), wrt="x", **options)


@pytest.mark.parametrize("ord", [None, 1, 2, 3])
def test_norm_at_zero_has_slope_zero(ord):
    assert norm_x_bar(1.0, 0.0, np.zeros(3), ord).tolist() == [0, 0, 0]


def test_norm_shares_ties_at_infinity():
    assert norm_x_bar(1.0, 2.0, np.array([2.0, -2.0, 1.0]), np.inf).tolist() == [0.5, -0.5, 0]


@pytest.mark.parametrize("ord", [1, 2, "nuc", np.inf])
def test_other_matrix_norms_are_refused_by_name(ord):
    with pytest.raises(NoRule, match="ord="):
        norm_x_bar(1.0, 1.0, np.eye(2), ord)


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("shape", [(3, 3), (1, 1), (2, 3, 3)])
def test_cholesky(shape, complex_):
    x = sample(shape, 5, complex_)
    check(np.linalg.cholesky, x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(shape[-1]), wrt="a", hermitian=True)
