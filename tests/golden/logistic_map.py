def grad_logistic_map(r, x, n):
    # forward
    x_tape = []
    for i in range(n):
        t = r * x
        t_1 = 1 - x
        x_tape.append(x)
        x = t * t_1
    # lines 1-2: for i in range(n)
    x_bar = 1.0
    r_bar = 0.0
    for i in range(n - 1, -1, -1):
        x = x_tape.pop()
        t = r * x
        t_1 = 1 - x
        t_bar = x_bar * t_1
        x_bar = -x_bar * t
        r_bar += t_bar * x
        x_bar += t_bar * r
    return r_bar
