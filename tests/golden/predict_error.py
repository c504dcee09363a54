import numpy as np
from srcgrad.runtime.helpers import add, project, unbroadcast, zeros_like


def grad_predict_error(params, x, y):
    # forward
    h_tape = []
    t_2_tape = []
    h = x
    t = params['layers']
    for i in range(len(t)):
        t_1 = t[i]
        W = t_1[0]
        b = t_1[1]
        t_2 = W @ h
        t_2_tape.append(t_2)
        h_tape.append(h)
        h = np.tanh(t_2 + b)
    t_4 = params['scale']
    t_5 = t_4 * h
    # line 4: return np.sum((params["scale"] * h - y) ** 2)
    t_5_bar = unbroadcast(2 * (t_5 - y), t_5)
    h_bar = t_5_bar * t_4
    params_bar = zeros_like(params)
    params_bar['scale'] += np.sum(t_5_bar * h)
    # lines 2-3: for W, b in params["layers"]
    t_bar = params_bar['layers']
    for i in range(len(t) - 1, -1, -1):
        t_3_bar = h_bar * (1 - h * h)
        h = h_tape[i]
        t_1 = t[i]
        b = t_1[1]
        t_2_bar = unbroadcast(t_3_bar, t_2_tape[i])
        W = t_1[0]
        W_bar = np.outer(t_2_bar, h)
        h_bar = W.T @ t_2_bar
        t_1_bar = t_bar[i]
        t_1_bar[1] = add(t_1_bar[1], unbroadcast(t_3_bar, b))
        t_1_bar[0] = add(t_1_bar[0], W_bar)
    return project(params_bar, params)
