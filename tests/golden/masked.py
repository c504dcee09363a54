import numpy as np


def grad_masked(x):
    # forward
    positive = np.where(x > 0, x, 0.1 * x)
    # line 2: return np.sum(positive * x)
    positive_bar = x
    x_bar = 1.0 * positive
    # line 1: positive = np.where(x > 0, x, 0.1 * x)
    x_bar += np.where(x > 0, positive_bar, 0) + np.where(x > 0, 0, positive_bar) * 0.1
    return x_bar
