import numpy as np
from srcgrad.runtime.helpers import unbroadcast


def grad_neighbours(x):
    # forward
    t = x[1:]
    t_1 = x[:-1]
    # line 1: return np.sum((x[1:] - x[:-1]) ** 2) + x[0]
    x_bar = np.zeros_like(x)
    x_bar[0] += 1.0
    t_2_bar = 2 * (t - t_1)
    x_bar[:-1] += unbroadcast(-t_2_bar, t_1)
    x_bar[1:] += unbroadcast(t_2_bar, t)
    return x_bar
