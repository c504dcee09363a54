import numpy as np


def grad_entries(x):
    # lines 2-3: for i in range(len(x))
    x_bar = np.zeros_like(x)
    for i in range(len(x) - 1, -1, -1):
        t = x[i]
        x_bar[i] += 3 * t * t
    return x_bar
