from srcgrad.runtime.helpers import add, project, seed, unbroadcast


def grad_logistic_map(r, x, n):
    # forward
    x_tape = []
    t_tape = []
    t_1_tape = []
    for i in range(n):
        t = r * x
        t_tape.append(t)
        t_1 = 1 - x
        t_1_tape.append(t_1)
        x_tape.append(x)
        x = t * t_1
    x_bar = seed(x)
    # lines 1-2: for i in range(n)
    r_bar = 0.0
    for i in range(n - 1, -1, -1):
        t = t_tape[i]
        t_1 = t_1_tape[i]
        x = x_tape[i]
        t_bar = unbroadcast(x_bar * t_1, t)
        r_bar = r_bar + unbroadcast(t_bar * x, r)
        x_bar = add(-unbroadcast(x_bar * t, t_1), unbroadcast(t_bar * r, x))
    return project(r_bar, r)
