import numpy as np


def grad_repulsion(x):
    # lines 2-5: for i in range(len(x))
    total_bar = 1.0
    x_bar = np.zeros_like(x)
    for i in range(len(x) - 1, -1, -1):
        for j in range(i - 1, -1, -1):
            t_4_bar = total_bar
            total_bar = total_bar
            d = x[i] - x[j]
            t_3 = 1 + d * d
            t_2_bar = -t_4_bar * (1 / t_3 / t_3)
            d_bar = t_2_bar * d
            d_bar += t_2_bar * d
            x_bar[j] -= d_bar
            x_bar[i] += d_bar
    return x_bar
