from srcgrad.runtime.helpers import project, unbroadcast


def grad_rows_scaled(w, X):
    # forward
    scaled = X * w + 1.0
    # line 2: return np.sum(scaled**2)
    # line 1: scaled = X * w + 1.0
    return project(unbroadcast(2 * scaled * X, w), w)
