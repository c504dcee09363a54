def grad_diffuse(u0, alpha, steps):
    # forward
    u = u0.copy()
    for t in range(steps):
        u[1:-1] += alpha * (u[2:] - 2 * u[1:-1] + u[:-2])
    # line 4: return np.sum(u * u)
    u_bar = 2.0 * u
    # lines 2-3: for t in range(steps)
    for t in range(steps - 1, -1, -1):
        t_6_bar = u_bar[1:-1] * alpha
        u_bar[:-2] += t_6_bar
        u_bar[1:-1] -= t_6_bar * 2
        u_bar[2:] += t_6_bar
    # line 1: u = u0.copy()
    return u_bar
