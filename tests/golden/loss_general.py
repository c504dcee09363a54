import numpy as np
from srcgrad.rules.products import matmul_b_bar
from srcgrad.runtime.helpers import project, seed, unbroadcast


def grad_loss(w, X, y):
    # forward
    t = X @ w
    t_2 = np.tanh(t / 2)
    p = 0.5 * (t_2 + 1)
    t_4 = p * y
    t_6 = (1 - p) * (1 - y)
    q = t_4 + t_6
    t_7 = np.log(q)
    y_bar = seed(-np.sum(t_7))
    # line 3: return -np.sum(np.log(q))
    q_bar = np.broadcast_to(-y_bar, np.shape(t_7)) / q
    # line 2: q = p * y + (1 - p) * (1 - y)
    p_bar = unbroadcast(unbroadcast(q_bar, t_4) * y - unbroadcast(q_bar, t_6) * (1 - y), p)
    # line 1: p = 0.5 * (np.tanh(X @ w / 2) + 1)
    return project(matmul_b_bar(p_bar * 0.5 * (1 - t_2 * t_2) * 0.5, t, X, w), w)
