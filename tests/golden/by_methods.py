import numpy as np
from srcgrad.rules.ndarrays import reshape_a_bar
from srcgrad.runtime.helpers import broadcast


def grad_by_methods(X):
    # forward
    t = X.T
    t_3 = X.reshape(-1)
    # line 1: return (X.T @ X).sum() + X.reshape(-1).mean()
    t_1_bar = broadcast(1.0, t @ X)
    X_bar = reshape_a_bar(broadcast(1.0 / (t_3.size or 1), t_3), t_3, X, -1) + t.T @ t_1_bar
    X_bar += np.transpose(t_1_bar @ X.T)
    return X_bar
