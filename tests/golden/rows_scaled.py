from srcgrad.runtime.helpers import unbroadcast


def grad_rows_scaled(w, X):
    # forward
    scaled = X * w + 1.0
    # line 2: return np.sum(scaled**2)
    scaled_bar = 2 * scaled
    # line 1: scaled = X * w + 1.0
    return unbroadcast(scaled_bar * X, w)
