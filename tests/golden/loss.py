import numpy as np
from srcgrad.runtime.helpers import unbroadcast


def grad_loss(w, X, y):
    # forward
    t_2 = np.tanh(X @ w / 2)
    p = 0.5 * (t_2 + 1)
    q = p * y + (1 - p) * (1 - y)
    # line 3: return -np.sum(np.log(q))
    q_bar = -1.0 / q
    # line 2: q = p * y + (1 - p) * (1 - y)
    p_bar = unbroadcast(q_bar * y - q_bar * (1 - y), p)
    # line 1: p = 0.5 * (np.tanh(X @ w / 2) + 1)
    return X.T @ (p_bar * 0.5 * (1 - t_2 * t_2) * 0.5)
