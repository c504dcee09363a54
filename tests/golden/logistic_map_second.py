def grad_grad_logistic_map(r, x, n):
    # forward
    x_tape_1 = []
    t_tape_1 = []
    t_1_tape_1 = []
    x_bar_tape = []
    t_1_1_tape = []
    t_4_tape = []
    t_bar_tape = []
    x_1_tape = []
    x_tape = []
    t_tape = []
    t_1_tape = []
    for i in range(n):
        t = r * x
        t_tape_1.append(t)
        t_tape.append(t)
        t_1 = 1 - x
        t_1_tape_1.append(t_1)
        t_1_tape.append(t_1)
        x_tape.append(x)
        x_tape_1.append(x)
        x = t * t_1
    x_bar = 1.0
    for i_1 in range(n - 1, -1, -1):
        t_4 = t_tape.pop()
        t_4_tape.append(t_4)
        t_1_1 = t_1_tape.pop()
        t_1_1_tape.append(t_1_1)
        t_bar = x_bar * t_1_1
        t_bar_tape.append(t_bar)
        t_1_bar = x_bar * t_4
        x_1 = x_tape.pop()
        x_1_tape.append(x_1)
        x_bar_tape.append(x_bar)
        x_bar = -t_1_bar
        x_bar = x_bar + t_bar * r
    # lines 15-23: for i in range(n - 1, -1, -1)
    r_bar_bar = 1.0
    r_bar_1 = 0.0
    t_1_tape_bar = [0.0] * len(t_1_tape)
    t_tape_bar = [0.0] * len(t_tape)
    x_bar_bar = 0.0
    x_tape_bar = [0.0] * len(x_tape)
    for i_1 in reversed(range(n - 1, -1, -1)):
        t_1_1 = t_1_1_tape.pop()
        t_4 = t_4_tape.pop()
        t_bar = t_bar_tape.pop()
        x_1 = x_1_tape.pop()
        t_3_bar = x_bar_bar
        x_bar_bar = x_bar_bar
        t_bar_bar = t_3_bar * r
        r_bar_1 += t_3_bar * t_bar
        t_2_bar = r_bar_bar
        r_bar_bar = r_bar_bar
        t_bar_bar += t_2_bar * x_1
        x_1_bar = t_2_bar * t_bar
        t_1_bar_bar = -x_bar_bar
        x_bar = x_bar_tape.pop()
        x_tape_bar.append(x_1_bar)
        x_bar_bar = t_1_bar_bar * t_4
        x_bar_bar += t_bar_bar * t_1_1
        t_1_tape_bar.append(t_bar_bar * x_bar)
        t_tape_bar.append(t_1_bar_bar * x_bar)
    # lines 5-11: for i in range(n)
    x_bar_1 = 0.0
    for i in range(n - 1, -1, -1):
        t = t_tape_1.pop()
        t_1 = t_1_tape_1.pop()
        t_bar_1 = x_bar_1 * t_1
        t_1_bar_1 = x_bar_1 * t
        x = x_tape_1.pop()
        x_bar_1 = x_tape_bar.pop()
        t_1_bar_1 += t_1_tape_bar.pop()
        x_bar_1 -= t_1_bar_1
        t_bar_1 += t_tape_bar.pop()
        r_bar_1 += t_bar_1 * x
        x_bar_1 += t_bar_1 * r
    return float(r_bar_1)
