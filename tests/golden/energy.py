import numpy as np


def softplus_forward(z):
    e = np.exp(-np.abs(z))
    t_2 = np.maximum(z, 0)
    return t_2 + np.log1p(e), (e, t_2, z)


def softplus_backward(tape, y_bar):
    e, t_2, z = tape
    # line 2: return np.maximum(z, 0) + np.log1p(e)
    e_bar = y_bar / (1 + e)
    z_bar = y_bar * np.where(z == 0, 0.5, z == t_2).astype(t_2.dtype, copy=False)
    # line 1: e = np.exp(-np.abs(z))
    z_bar -= e_bar * e * np.sign(z)
    return z_bar


def grad_energy(v, W):
    # forward
    h, softplus_tape = softplus_forward(W @ v)
    # line 2: return np.sum(h * h)
    h_bar = 2.0 * h
    # line 1: h = softplus(W @ v)
    t_bar = softplus_backward(softplus_tape, h_bar)
    return W.T @ t_bar
