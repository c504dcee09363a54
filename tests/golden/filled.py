import numpy as np


def grad_filled(x, n):
    # forward
    out = np.zeros(n)
    for i in range(n):
        out[i] = x ** i
    # line 4: return np.sum(out * out)
    out_bar = 2.0 * out
    # lines 2-3: for i in range(n)
    x_bar = 0.0
    for i in range(n - 1, -1, -1):
        t_bar = out_bar[i]
        out_bar[i] = 0.0
        x_bar += t_bar * (i * x ** (i - (i != 0)))
    return float(x_bar)
