import numpy as np


def grad_entries(x):
    # forward
    t_tape = []
    t_1_tape = []
    t_2_tape = []
    t_3_tape = []
    for i in range(len(x)):
        t = x[i]
        t_tape.append(t)
        t_1 = x[i]
        t_1_tape.append(t_1)
        t_2 = t * t_1
        t_2_tape.append(t_2)
        t_3 = x[i]
        t_3_tape.append(t_3)
    # lines 2-3: for i in range(len(x))
    total_bar = 1.0
    x_bar = np.zeros_like(x)
    for i in range(len(x) - 1, -1, -1):
        t = t_tape.pop()
        t_1 = t_1_tape.pop()
        t_2 = t_2_tape.pop()
        t_3 = t_3_tape.pop()
        t_4_bar = total_bar
        total_bar = total_bar
        t_2_bar = t_4_bar * t_3
        x_bar[i] += t_4_bar * t_2
        x_bar[i] += t_2_bar * t
        x_bar[i] += t_2_bar * t_1
    return x_bar
