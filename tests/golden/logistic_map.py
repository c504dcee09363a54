def grad_logistic_map(r, x, n):
    # forward
    x_tape = []
    for i in range(n):
        x_tape.append(x)
        x = r * x * (1 - x)
    # lines 1-2: for i in range(n)
    x_bar = 1.0
    r_bar = 0.0
    for i in range(n - 1, -1, -1):
        x = x_tape[i]
        t_bar = x_bar * (1 - x)
        r_bar += t_bar * x
        x_bar = t_bar * r - x_bar * (r * x)
    return r_bar
