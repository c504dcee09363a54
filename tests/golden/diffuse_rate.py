import numpy as np


def grad_diffuse(u0, alpha, steps):
    # forward
    t_6_tape = []
    u = u0.copy()
    for t in range(steps):
        t_6 = u[2:] - 2 * u[1:-1] + u[:-2]
        t_6_tape.append(t_6)
        u[1:-1] += alpha * t_6
    # line 4: return np.sum(u * u)
    u_bar = 2.0 * u
    # lines 2-3: for t in range(steps)
    alpha_bar = 0.0
    for t in range(steps - 1, -1, -1):
        t_6 = t_6_tape[t]
        t_7_bar = u_bar[1:-1].copy()
        alpha_bar += np.sum(t_7_bar * t_6)
        t_6_bar = t_7_bar * alpha
        u_bar[:-2] += t_6_bar
        u_bar[1:-1] -= t_6_bar * 2
        u_bar[2:] += t_6_bar
    # line 1: u = u0.copy()
    return float(alpha_bar)
