import numpy as np
from srcgrad.rules.reductions import mean_a_bar, sum_a_bar
from srcgrad.runtime.helpers import unbroadcast


def grad_normalised(X):
    # forward
    t = np.mean(X, axis=0)
    centred = X - t
    t_1 = centred * centred
    t_2 = np.sum(t_1, axis=0)
    spread = np.sqrt(t_2 + 0.001)
    t_4 = centred / spread
    # line 3: return np.sum(np.sin(centred / spread))
    t_4_bar = np.cos(t_4)
    centred_bar = unbroadcast(t_4_bar / spread, centred)
    # line 2: spread = np.sqrt(np.sum(centred * centred, axis=0) + 1e-3)
    t_1_bar = sum_a_bar(unbroadcast(-t_4_bar * (t_4 / spread), spread) * (0.5 / spread), t_2, t_1, 0)
    centred_bar = centred_bar + t_1_bar * centred
    centred_bar += t_1_bar * centred
    # line 1: centred = X - np.mean(X, axis=0)
    X_bar = unbroadcast(centred_bar, X)
    X_bar = X_bar + mean_a_bar(unbroadcast(-centred_bar, t), t, X, 0)
    return X_bar
