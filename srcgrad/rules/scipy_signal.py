"""The derivatives of scipy.signal: convolutions, which are linear in each of their inputs.

z[k] = sum_i a[i] b[k - i]. In full size, a_bar[i] = sum_k z_bar[k] b[k - i], the valid part of the convolution of z_bar
with b read backwards; in the other modes z_bar is the middle of a larger array of zeros.
"""

from __future__ import annotations

import numpy as np
from scipy import signal

from srcgrad.rules.registry import linear, nograd, vjp


def margins(shape, other, mode) -> list[tuple[int, int]]:
    """How many entries of the full convolution `mode` leaves out at either end of each axis; `shape` is the first's."""
    found = []
    for n, m in zip(shape, other, strict=True):
        kept = {"full": n + m - 1, "same": n, "valid": abs(n - m) + 1}[mode]
        before = (n + m - 1 - kept) // 2
        found.append((before, n + m - 1 - kept - before))
    return found


nograd(margins, why="it depends on shapes only")


def full_size(z_bar, in1, in2, mode):
    """The adjoint of the full convolution."""
    return np.pad(z_bar, margins(np.shape(in1), np.shape(in2), mode))


@vjp(signal.convolve, "in1")
def convolve_in1_bar(z_bar, z, in1, in2, mode="full", method="auto"):
    return signal.convolve(full_size(z_bar, in1, in2, mode), np.flip(in2), "valid", method)


@vjp(signal.convolve, "in2")
def convolve_in2_bar(z_bar, z, in1, in2, mode="full", method="auto"):
    return signal.convolve(full_size(z_bar, in1, in2, mode), np.flip(in1), "valid", method)


@vjp(signal.fftconvolve, "in1")
def fftconvolve_in1_bar(z_bar, z, in1, in2, mode="full"):
    return signal.fftconvolve(full_size(z_bar, in1, in2, mode), np.flip(in2), "valid")


@vjp(signal.fftconvolve, "in2")
def fftconvolve_in2_bar(z_bar, z, in1, in2, mode="full"):
    return signal.fftconvolve(full_size(z_bar, in1, in2, mode), np.flip(in1), "valid")


linear(signal.convolve, "in1", "in2")
linear(signal.fftconvolve, "in1", "in2")
