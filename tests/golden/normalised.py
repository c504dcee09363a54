import numpy as np
from srcgrad.rules.reductions import reduced_size
from srcgrad.runtime.helpers import unbroadcast


def grad_normalised(X):
    # forward
    t = np.mean(X, axis=0)
    centred = X - t
    t_1 = centred * centred
    spread = np.sqrt(np.sum(t_1, axis=0) + 0.001)
    t_4 = centred / spread
    # line 3: return np.sum(np.sin(centred / spread))
    t_4_bar = np.cos(t_4)
    centred_bar = unbroadcast(t_4_bar / spread, centred)
    # line 2: spread = np.sqrt(np.sum(centred * centred, axis=0) + 1e-3)
    t_3_bar = unbroadcast(-t_4_bar * (t_4 / spread), spread) * (0.5 / spread)
    centred_bar = centred_bar + 2 * (np.broadcast_to(np.expand_dims(t_3_bar, 0), np.shape(t_1)) * centred)
    # line 1: centred = X - np.mean(X, axis=0)
    X_bar = unbroadcast(centred_bar, X)
    t_bar = unbroadcast(-centred_bar, t)
    return X_bar + np.broadcast_to(np.expand_dims(t_bar / reduced_size(X, 0), 0), np.shape(X))
