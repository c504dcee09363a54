import numpy as np


def grad_neighbours(x):
    # line 1: return np.sum((x[1:] - x[:-1]) ** 2) + x[0]
    x_bar = np.zeros_like(x)
    x_bar[0] += 1.0
    t_2_bar = 2 * (x[1:] - x[:-1])
    x_bar[:-1] -= t_2_bar
    x_bar[1:] += t_2_bar
    return x_bar
