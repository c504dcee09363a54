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
    # lines 1-2: for i in range(n)
    x_bar = 1.0
    r_bar = 0.0
    for i in range(n - 1, -1, -1):
        t = t_tape.pop()
        t_1 = t_1_tape.pop()
        t_bar = x_bar * t_1
        t_1_bar = x_bar * t
        x = x_tape.pop()
        x_bar = -t_1_bar
        r_bar += t_bar * x
        x_bar += t_bar * r
    return r_bar
