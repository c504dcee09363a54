import numpy as np


def jvps_filled(tangents, /, x, n):
    x_dots, = tangents
    out = np.zeros(n)
    out_dots = [np.zeros_like(out) for _ in x_dots]
    for i in range(n):
        t_3 = i * x ** (i - (i != 0))
        for out_dot, x_dot in zip(out_dots, x_dots):
            out_dot[i] = x_dot * t_3
        out[i] = x ** i
    return np.sum(out * out), [np.sum(2 * out_dot * out) for out_dot in out_dots]
