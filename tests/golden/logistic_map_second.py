def grad_grad_logistic_map(r, x, n):
    # forward
    x_tape_1 = []
    x_bar_tape = []
    t_bar_tape = []
    x_1_tape = []
    x_tape = []
    for i in range(n):
        t = r * x
        t_1 = 1 - x
        x_tape.append(x)
        x_tape_1.append(x)
        x = t * t_1
    x_bar = 1.0
    for i_1 in range(n - 1, -1, -1):
        x_1 = x_tape.pop()
        x_1_tape.append(x_1)
        t_5 = r * x_1
        t_1_1 = 1 - x_1
        t_bar = x_bar * t_1_1
        t_bar_tape.append(t_bar)
        t_2 = -x_bar
        x_bar_tape.append(x_bar)
        x_bar = t_2 * t_5
        x_bar = x_bar + t_bar * r
    # lines 11-18: for i in range(n - 1, -1, -1)
    r_bar_bar = 1.0
    r_bar_1 = 0.0
    x_bar_bar = 0.0
    x_tape_bar = [0.0] * len(x_tape)
    for i_1 in reversed(range(n - 1, -1, -1)):
        t_bar = t_bar_tape.pop()
        x_1 = x_1_tape.pop()
        t_4_bar = x_bar_bar
        x_bar_bar = x_bar_bar
        t_bar_bar = t_4_bar * r
        r_bar_1 += t_4_bar * t_bar
        t_3_bar = r_bar_bar
        r_bar_bar = r_bar_bar
        t_bar_bar += t_3_bar * x_1
        x_1_bar = t_3_bar * t_bar
        x_bar = x_bar_tape.pop()
        t_5 = r * x_1
        t_2 = -x_bar
        t_5_bar = x_bar_bar * t_2
        x_bar_bar = -x_bar_bar * t_5
        t_1_1 = 1 - x_1
        x_bar_bar += t_bar_bar * t_1_1
        x_1_bar -= t_bar_bar * x_bar
        r_bar_1 += t_5_bar * x_1
        x_1_bar += t_5_bar * r
        x_tape_bar.append(x_1_bar)
    # lines 3-7: for i in range(n)
    x_bar_1 = 0.0
    for i in range(n - 1, -1, -1):
        x = x_tape_1.pop()
        t = r * x
        t_1 = 1 - x
        t_bar_1 = x_bar_1 * t_1
        t_1_bar = x_bar_1 * t
        x_bar_1 = x_tape_bar.pop()
        x_bar_1 -= t_1_bar
        r_bar_1 += t_bar_1 * x
        x_bar_1 += t_bar_1 * r
    return float(r_bar_1)
