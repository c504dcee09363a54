"""Rules of scipy.linalg: by differences in both modes, to second order, complex, and beside autograd's."""

import numpy as np
import pytest

import srcgrad
from srcgrad.rules import registry
from srcgrad.testing import check_grads

linalg = pytest.importorskip("scipy.linalg")
registry.load_later()

rng = np.random.default_rng(0)
A, B, Q = (
    0.4 * rng.normal(size=(3, 3)) + 2 * np.eye(3),
    0.3 * rng.normal(size=(2, 2)) + np.eye(2),
    rng.normal(size=(3, 2)),
)
V = rng.normal(size=3)
IMAGINARY = 0.3j * rng.normal(size=(3, 3))
BANDS = rng.normal(size=(4, 5)) + np.array([0, 0, 4, 0])[:, None]

ROWS = {
    "inv": (linalg.inv, A),
    "det": (linalg.det, A),
    "solve": (linalg.solve, A, Q),
    "solve_vector": (linalg.solve, A, V),
    "solve_transposed": (lambda a, b: linalg.solve(a, b, transposed=True), A, V),
    "triangular": (linalg.solve_triangular, A, Q),
    "triangular_vector": (lambda a, b: linalg.solve_triangular(a, b, lower=True), A, V),
    "triangular_transposed": (lambda a, b: linalg.solve_triangular(a, b, trans="T"), A, V),
    "triangular_unit": (lambda a, b: linalg.solve_triangular(a, b, 1, True, True), A, Q),
    "banded": (lambda ab, b: linalg.solve_banded((1, 2), ab, b), BANDS, rng.normal(size=5)),
    "banded_columns": (lambda ab, b: linalg.solve_banded((1, 2), ab, b), BANDS, rng.normal(size=(5, 2))),
    "sylvester": (linalg.solve_sylvester, A, B, Q),
    "sqrtm": (linalg.sqrtm, A),
    "expm": (linalg.expm, A - 2 * np.eye(3)),
    "expm_stack": (linalg.expm, np.stack([A, A.T]) - 2 * np.eye(3)),
    "cholesky": (lambda x: linalg.cholesky(x @ x.T), A),
    "cholesky_lower": (lambda x: linalg.cholesky(x @ x.T, lower=True), A),
    "cho_solve": (lambda x, b: linalg.cho_solve(linalg.cho_factor(x @ x.T), b), A, V),
    "cho_solve_lower": (lambda x, b: linalg.cho_solve(linalg.cho_factor(x @ x.T, lower=True), b), A, Q),
    "cho_factor": (lambda x: linalg.cho_factor(x @ x.T)[0], A),
    "block_diag": (lambda a, b, v: linalg.block_diag(a, b, v) ** 2, A, B, V),
    "toeplitz": (lambda c: linalg.toeplitz(c) ** 2, V),
    "toeplitz_both": (lambda c, r: linalg.toeplitz(c, r) ** 2, V, rng.normal(size=4)),
}
COMPLEX = ("inv", "det", "solve", "triangular", "sylvester", "sqrtm", "expm", "cho_solve", "toeplitz")


@pytest.mark.parametrize("name", ROWS)
def test_real(name):
    function, *args = ROWS[name]
    check_grads(function, order=1)(*args)
    check_grads(function, modes=("rev",), order=2)(*args)


@pytest.mark.parametrize("name", COMPLEX)
def test_complex(name):
    function, first, *rest = ROWS[name]
    first = first + (IMAGINARY if first.ndim == 2 else IMAGINARY[0])
    if name == "cho_solve":
        function = lambda x, b: linalg.cho_solve(linalg.cho_factor(x @ np.conj(x).T), b)
    check_grads(function, order=1)(first, *(x + 0.2j * x[::-1] for x in rest))


@pytest.mark.parametrize("name", ["triangular", "triangular_vector", "triangular_transposed", "sylvester", "sqrtm"])
def test_agrees_with_autograd(name):
    autograd, theirs = pytest.importorskip("autograd"), pytest.importorskip("autograd.scipy.linalg")
    calls = {
        "triangular": theirs.solve_triangular,
        "triangular_vector": lambda a, b: theirs.solve_triangular(a, b, lower=True),
        "triangular_transposed": lambda a, b: theirs.solve_triangular(a, b, trans="T"),
        "sylvester": theirs.solve_sylvester,
        "sqrtm": theirs.sqrtm,
    }
    function, *args = ROWS[name]
    for i in range(len(args)):
        if name.startswith("triangular") and i == 0:
            args[0] = np.tril(args[0]) if name == "triangular_vector" else np.triu(args[0])
        ours = srcgrad.grad(lambda *args: np.sum(function(*args) ** 2), i)(*args)
        expected = autograd.grad(lambda *args: autograd.numpy.sum(calls[name](*args) ** 2), i)(*args)
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)


def test_options_without_derivative_are_refused_by_name():
    with pytest.raises(srcgrad.NoRule, match="assume_a='pos'"):
        srcgrad.grad(lambda a: np.sum(linalg.solve(a, V, assume_a="pos")))(A @ A.T)
    with pytest.raises(srcgrad.NoRule, match="trans='C'"):
        srcgrad.grad(lambda a: np.sum(linalg.solve_triangular(a, V, trans="C")))(A)
    with pytest.raises(srcgrad.NoRule, match="overwrite_a"):
        srcgrad.grad(lambda a: np.sum(linalg.inv(a, overwrite_a=True)))(A)


def test_stacks_are_refused_where_a_rule_takes_one_matrix():
    stack = np.stack([A, A.T])
    for call in (linalg.solve, linalg.solve_triangular):
        with pytest.raises(srcgrad.NoRule, match=r"no stack of shape \(2, 3, 3\)"):
            srcgrad.grad(lambda a: np.sum(call(a, np.stack([Q, Q]))))(stack)
