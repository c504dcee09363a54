"""`checkpoint`: the same derivatives in every mode and order, with less memory, by running the function again."""

import tracemalloc
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose

import srcgrad
from srcgrad import checkpoint

X = np.array([0.3, -1.2, 2.0])


def step(x, rate=0.5, *, shift=0.1):
    for _ in range(8):
        x = np.sin(x) * rate + shift * x * x
    return x


def rollout(step, x, count=3):
    for _ in range(count):
        x = step(x)
    return np.sum(x**3)


@pytest.mark.parametrize("order", [1, 2])
def test_every_mode_agrees_with_the_plain_function(order):
    plain, kept = (lambda x: rollout(step, x)), (lambda x: rollout(checkpoint(step), x))
    for outer in (srcgrad.elementwise_grad, srcgrad.deriv):
        for inner in (srcgrad.elementwise_grad, srcgrad.deriv):
            if order == 1:
                assert_allclose(inner(kept)(X), inner(plain)(X), rtol=1e-13)
            else:
                assert_allclose(outer(inner(kept))(X), outer(inner(plain))(X), rtol=1e-11)


def test_captured_variables_arguments_and_keywords_all_carry_derivatives():
    def total(wrap, w, x):
        inner = wrap(lambda x, scale=1.0: np.sum(np.tanh(w * x) * scale * w))
        return inner(x) + inner(x * x, scale=w[0]) + wrap(partial(step, shift=w[1]))(w[0]) + inner(scale=2.0, x=w)

    plain, kept = partial(total, lambda f: f), partial(total, checkpoint)
    for wrt in (0, 1, (0, 1)):
        for mine, theirs in zip(srcgrad.grad(kept, wrt)(X, 2 * X), srcgrad.grad(plain, wrt)(X, 2 * X)):
            assert_allclose(mine, theirs, rtol=1e-12)
    for second in (
        lambda f: srcgrad.hessian(f)(X, 2 * X),
        lambda f: srcgrad.jacobian(srcgrad.grad(f), 1)(X, 2 * X),
        lambda f: srcgrad.make_jvp(srcgrad.grad(f))(X, 2 * X)(X)[1],
        lambda f: srcgrad.grad(lambda w, x: srcgrad.make_jvp(f)(w, x)(X)[1])(X, 2 * X),
        lambda f: srcgrad.make_jvp(lambda w, x: srcgrad.make_jvp(f)(w, x)(X)[1])(X, 2 * X)(X)[1],
    ):
        assert_allclose(second(kept), second(plain), rtol=1e-11)


def test_nested_and_as_a_decorator_of_functions_and_methods():
    class Cell:
        def __init__(self, w):
            self.w = w

        @checkpoint
        def step(self, x):
            return np.tanh(self.w * x)

    @checkpoint
    def several(cell, x):
        for _ in range(3):
            x = cell.step(x)
        return x

    def plain(w, x):
        for _ in range(6):
            x = np.tanh(w * x)
        return np.sum(x)

    def kept(w, x):
        cell = Cell(0.7)
        return np.sum(several(cell, several(cell, x)))

    assert_allclose(srcgrad.grad(kept, 1)(0.7, X), srcgrad.grad(plain, 1)(0.7, X), rtol=1e-13)
    assert srcgrad.grad(Cell(0.7).step)(0.3) == pytest.approx(0.7 * (1 - np.tanh(0.21) ** 2))


def test_memory_is_that_of_the_arguments_and_results():
    x = np.linspace(-1.0, 1.0, 20_000)

    def peak(step):
        df = srcgrad.grad(lambda x: rollout(step, x, 20))
        df(x)
        tracemalloc.start()
        df(x)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used / x.nbytes

    assert peak(checkpoint(step)) < min(65, peak(step) / 4)


def test_the_function_runs_once_forward_and_once_more_in_reverse():
    calls = []

    def counted(x):
        calls.append(1)
        return x * x

    kept = checkpoint(counted)
    pullback, _ = srcgrad.make_vjp(lambda x: kept(x) * 2.0)(3.0)
    assert len(calls) == 1
    assert pullback(1.0) == pullback(1.0) == 12.0
    assert len(calls) == 3


def test_a_pullback_sees_the_arguments_as_they_were():
    kept = checkpoint(lambda x: x**3)
    x = X.copy()
    pullback, _ = srcgrad.make_vjp(lambda x: kept(x) * 1.0)(x)
    x[:] = 7.0
    assert_allclose(pullback(np.ones(3)), 3 * X**2)


def test_a_function_that_cannot_be_run_again_is_refused():
    rng = np.random.default_rng(0)
    noisy = checkpoint(lambda x: x * rng.normal())
    with pytest.raises(srcgrad.SrcgradError, match="another value when it was run again"):
        srcgrad.grad(lambda x: noisy(x) + x)(2.0)
