import numpy as np


def grad_hidden_layer(W, x):
    # forward
    z_1 = np.tanh(W @ x)
    t_2 = np.tanh(W @ z_1)
    # line 2: return np.sum(layer(layer(x)))
    t_1_bar = 1 - t_2 * t_2
    return np.outer(t_1_bar, z_1) + np.outer(W.T @ t_1_bar * (1 - z_1 * z_1), x)
