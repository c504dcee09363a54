import numpy as np


def jvps_loss(tangents, /, w, X, y):
    w_dots, = tangents
    t_2 = np.tanh(X @ w / 2)
    p = 0.5 * (t_2 + 1)
    t_10 = 1 - t_2 * t_2
    p_dots = [(X @ w_dot * 0.5 * t_10 * 0.5) for w_dot in w_dots]
    q = p * y + (1 - p) * (1 - y)
    t_11 = 1 - y
    return -np.sum(np.log(q)), [(-np.sum((p_dot * y - p_dot * t_11) / q)) for p_dot in p_dots]
