import numpy as np
from srcgrad.runtime.helpers import broadcast, unbroadcast


def grad_masked(x):
    # forward
    t = 0.1 * x
    positive = np.where(x > 0, x, t)
    # line 2: return np.sum(positive * x)
    t_1_bar = broadcast(1.0, positive * x)
    positive_bar = unbroadcast(t_1_bar * x, positive)
    # line 1: positive = np.where(x > 0, x, 0.1 * x)
    x_bar = unbroadcast(t_1_bar * positive, x) + unbroadcast(np.where(x > 0, positive_bar, 0), x)
    x_bar += unbroadcast(np.where(x > 0, 0, positive_bar), t) * 0.1
    return x_bar
