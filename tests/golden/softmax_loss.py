import numpy as np
from srcgrad.rules.reductions import shares
from srcgrad.runtime.helpers import project, unbroadcast


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
    # line 1: z = W @ x
    return project(np.outer(t_1_bar + unbroadcast(-t_1_bar, t) * shares(t, z), x), W)
