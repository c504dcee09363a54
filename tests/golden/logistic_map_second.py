def grad_grad_logistic_map(r, x, n):
    # forward
    x_bar_tape = []
    x_tape = []
    for i in range(n):
        x_tape.append(x)
        x = r * x * (1 - x)
    x_bar = 1.0
    for i_1 in range(n - 1, -1, -1):
        x_1 = x_tape[i_1]
        t_bar = x_bar * (1 - x_1)
        x_bar_tape.append(x_bar)
        x_bar = t_bar * r - x_bar * (r * x_1)
    # lines 9-13: for i in range(n - 1, -1, -1)
    r_bar_1 = 0.0
    x_bar_bar = 0.0
    x_tape_bar = [0.0] * len(x_tape)
    for i_1 in range(n):
        x_bar = x_bar_tape.pop()
        t_6_bar = -x_bar_bar
        x_1 = x_tape[i_1]
        t_5_bar = t_6_bar * x_bar
        r_bar_1 += t_5_bar * x_1
        t_2 = 1 - x_1
        t_bar = x_bar * t_2
        r_bar_1 += x_bar_bar * t_bar
        t_bar_bar = x_bar_bar * r + x_1
        x_bar_bar = t_6_bar * (r * x_1) + t_bar_bar * t_2
        x_tape_bar[i_1] += t_5_bar * r + t_bar - t_bar_bar * x_bar
    # lines 3-5: for i in range(n)
    x_bar_1 = 0.0
    for i in range(n - 1, -1, -1):
        x = x_tape[i]
        t_bar_1 = x_bar_1 * (1 - x)
        r_bar_1 += t_bar_1 * x
        x_bar_1 = t_bar_1 * r - x_bar_1 * (r * x) + x_tape_bar.pop()
    return float(r_bar_1)
