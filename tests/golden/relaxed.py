from srcgrad.runtime.helpers import broadcast, project, snapshot, unbroadcast


def relax_forward(u, rate):
    u_1 = u.copy()
    u_1[1:-1] += rate * (u_1[2:] - 2 * u_1[1:-1] + u_1[:-2])
    return u_1, (rate,)


def relax_backward(tape, u_1_bar):
    rate, = tape
    # line 1: u[1:-1] += rate * (u[2:] - 2 * u[1:-1] + u[:-2])
    t_5_bar = u_1_bar[1:-1] * rate
    u_1_bar = snapshot(u_1_bar)
    u_1_bar[:-2] += t_5_bar
    u_1_bar[1:-1] -= t_5_bar * 2
    u_1_bar[2:] += t_5_bar
    return u_1_bar


def grad_relaxed(u0, rate, steps):
    # forward
    relax_tape_tape = []
    u = u0.copy()
    for _ in range(steps):
        u, relax_tape = relax_forward(u, rate)
        relax_tape_tape.append(relax_tape)
    # line 4: return np.sum(u * u)
    u_bar = 2 * unbroadcast(broadcast(1.0, u * u) * u, u)
    # lines 2-3: for _ in range(steps)
    for _ in range(steps - 1, -1, -1):
        relax_tape = relax_tape_tape.pop()
        u_bar = relax_backward(relax_tape, u_bar)
    # line 1: u = u0.copy()
    return project(u_bar, u0)
