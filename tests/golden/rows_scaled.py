from srcgrad.runtime.helpers import broadcast, project, unbroadcast


def grad_rows_scaled(w, X):
    # forward
    scaled = X * w + 1.0
    # line 2: return np.sum(scaled**2)
    t_1_bar = 1.0
    t_1_bar = broadcast(t_1_bar, scaled ** 2)
    # line 1: scaled = X * w + 1.0
    return project(unbroadcast(t_1_bar * (2 * scaled) * X, w), w)
