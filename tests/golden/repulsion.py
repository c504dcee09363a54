import numpy as np


def grad_repulsion(x):
    # lines 2-5: for i in range(len(x))
    x_bar = np.zeros_like(x)
    for i in range(len(x) - 1, -1, -1):
        for j in range(i - 1, -1, -1):
            d = x[i] - x[j]
            t_3 = 1 + d * d
            d_bar = -2 * (1 / t_3 / t_3) * d
            x_bar[j] -= d_bar
            x_bar[i] += d_bar
    return x_bar
