import numpy as np


def grad_entries(x):
    # lines 2-3: for i in range(len(x))
    total_bar = 1.0
    x_bar = np.zeros_like(x)
    for i in range(len(x) - 1, -1, -1):
        t_4_bar = total_bar
        total_bar = total_bar
        t = x[i]
        t_1 = x[i]
        t_2_bar = t_4_bar * x[i]
        x_bar[i] += t_4_bar * (t * t_1)
        x_bar[i] += t_2_bar * t
        x_bar[i] += t_2_bar * t_1
    return x_bar
