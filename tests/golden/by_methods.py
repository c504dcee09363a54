import numpy as np
from srcgrad.rules.ndarrays import reshape_a_bar
from srcgrad.runtime.helpers import add, broadcast, seed, unbroadcast
from srcgrad.runtime.pairs import method, pair


def grad_by_methods(X):
    # forward
    t = X.T
    t_1 = t @ X
    t_2 = t_1.sum()
    t_3 = X.reshape(-1)
    mean_forward, mean_backward = pair(method('mean'))
    t_4, mean_tape = mean_forward(t_3)
    y_bar = seed(t_2 + t_4)
    # line 1: return (X.T @ X).sum() + X.reshape(-1).mean()
    t_2_bar = unbroadcast(y_bar, t_2)
    _, t_3_bar_1 = mean_backward(mean_tape, y_bar)
    t_1_bar = broadcast(t_2_bar, t_1)
    return add(0.0, reshape_a_bar(t_3_bar_1, t_3, X, -1)) + t.T @ t_1_bar + np.transpose(t_1_bar @ X.T)
