import numpy as np
from srcgrad.runtime.helpers import project, seed, unbroadcast


def grad_rows_scaled(w, X):
    # forward
    scaled = X * w + 1.0
    t_1 = scaled ** 2
    y_bar = seed(np.sum(t_1))
    # line 2: return np.sum(scaled**2)
    scaled_bar = np.broadcast_to(y_bar, np.shape(t_1)) * (2 * scaled)
    # line 1: scaled = X * w + 1.0
    return project(unbroadcast(scaled_bar * X, w), w)
