import numpy as np


def jvp_loss(tangents, /, w, X, y):
    w_dot, = tangents
    t_2 = np.tanh(X @ w / 2)
    p = 0.5 * (t_2 + 1)
    p_dot = X @ w_dot * 0.5 * (1 - t_2 * t_2) * 0.5
    q = p * y + (1 - p) * (1 - y)
    return -np.sum(np.log(q)), -np.sum((p_dot * y - p_dot * (1 - y)) / q)
