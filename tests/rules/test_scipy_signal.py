"""Convolutions: linear in each input, by differences in both modes, and beside autograd's."""

import numpy as np
import pytest

import srcgrad
from srcgrad.rules import registry
from srcgrad.testing import check_grads

signal = pytest.importorskip("scipy.signal")
registry.load_later()

rng = np.random.default_rng(0)
INPUTS = {
    "1d": (rng.normal(size=6), rng.normal(size=3)),
    "1d_short_first": (rng.normal(size=3), rng.normal(size=6)),
    "even": (rng.normal(size=5), rng.normal(size=4)),
    "2d": (rng.normal(size=(4, 5)), rng.normal(size=(3, 2))),
    "3d": (rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 1, 3))),
}


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("function", [signal.convolve, signal.fftconvolve])
def test_convolutions(function, name, mode):
    check_grads(function, order=1)(*INPUTS[name], mode=mode)


@pytest.mark.parametrize("function", [signal.convolve, signal.fftconvolve])
def test_second_and_complex_derivatives(function):
    a, b = INPUTS["2d"]
    check_grads(lambda a, b: function(a, b, mode="same"), order=2)(a, b)
    check_grads(function, order=1)(a + 1j * a[::-1], b)
    check_grads(lambda a: function(a, a[:3], "valid", method="direct"), order=1)(
        INPUTS["1d"][0]
    ) if function is signal.convolve else None


@pytest.mark.parametrize("mode", ["full", "valid"])
def test_agrees_with_autograd(mode):
    autograd, theirs = pytest.importorskip("autograd"), pytest.importorskip("autograd.scipy.signal")
    args = INPUTS["2d"]
    for i in range(2):
        ours = srcgrad.grad(lambda a, b: np.sum(signal.convolve(a, b, mode=mode) ** 2), i)(*args)
        expected = autograd.grad(lambda a, b: autograd.numpy.sum(theirs.convolve(a, b, mode=mode) ** 2), i)(*args)
        np.testing.assert_allclose(ours, expected, rtol=1e-10)


def test_axes_are_refused_by_name():
    with pytest.raises(srcgrad.NoRule, match="axes"):
        srcgrad.grad(lambda a: np.sum(signal.fftconvolve(a, a, axes=0)))(INPUTS["2d"][0])
