import numpy as np


def grad_normalised(X):
    # forward
    centred = X - np.mean(X, axis=0)
    spread = np.sqrt(np.sum(centred * centred, axis=0) + 0.001)
    t_4 = centred / spread
    # line 3: return np.sum(np.sin(centred / spread))
    t_4_bar = np.cos(t_4)
    centred_bar = t_4_bar / spread
    spread_bar = -np.sum(t_4_bar * (t_4 / spread), axis=0)
    # line 2: spread = np.sqrt(np.sum(centred * centred, axis=0) + 1e-3)
    centred_bar += 2 * spread_bar * (0.5 / spread) * centred
    # line 1: centred = X - np.mean(X, axis=0)
    return centred_bar - np.sum(centred_bar, axis=0) / X.shape[0]
