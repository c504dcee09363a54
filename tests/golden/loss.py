import numpy as np
from srcgrad.runtime.helpers import unbroadcast


def grad_loss(w, X, y):
    # forward
    t_2 = np.tanh(X @ w / 2)
    p = 0.5 * (t_2 + 1)
    t_4 = p * y
    t_5 = 1 - p
    t_6 = t_5 * (1 - y)
    q = t_4 + t_6
    # line 3: return -np.sum(np.log(q))
    q_bar = -1.0 / q
    # line 2: q = p * y + (1 - p) * (1 - y)
    p_bar = unbroadcast(unbroadcast(q_bar, t_4) * y, p) - unbroadcast(unbroadcast(q_bar, t_6) * (1 - y), t_5)
    # line 1: p = 0.5 * (np.tanh(X @ w / 2) + 1)
    return X.T @ (p_bar * 0.5 * (1 - t_2 * t_2) * 0.5)
