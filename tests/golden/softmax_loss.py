import numpy as np
from srcgrad.rules.reductions import shares


def grad_softmax_loss(W, x, label):
    # forward
    z = W @ x
    t = np.max(z)
    e = np.exp(z - t)
    t_3 = np.sum(e)
    t_4 = e[label] / t_3
    # line 3: return -np.log(e[label] / np.sum(e))
    t_4_bar = -1.0 / t_4
    e_bar = np.zeros_like(e)
    e_bar -= t_4_bar * (t_4 / t_3)
    e_bar[label] += t_4_bar / t_3
    # line 2: e = np.exp(z - np.max(z))
    t_1_bar = e_bar * e
    z_bar = t_1_bar - np.sum(t_1_bar) * shares(t, z)
    # line 1: z = W @ x
    return np.outer(z_bar, x)
