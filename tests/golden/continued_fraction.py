import numpy as np


def continued_fraction_forward(a, i):
    continued_fraction_tape = None
    t_2 = None
    taken = i == len(a)
    if taken:
        result = 0.0
    else:
        t = a[i]
        t_1, continued_fraction_tape = continued_fraction_forward(a, i + 1)
        t_2 = t + t_1
        result = 1 / t_2
    return result, (continued_fraction_tape, i, result, t_2, taken)


def continued_fraction_backward(tape, result_bar, a_bar):
    continued_fraction_tape, i, result, t_2, taken = tape
    # lines 1-3: if i == len(a)
    if not taken:
        t_2_bar = -result_bar * (result / t_2)
        a_bar = continued_fraction_backward(continued_fraction_tape, t_2_bar, a_bar)
        a_bar[i] += t_2_bar
    return a_bar


def grad_continued_fraction(a, i):
    # forward
    taken = i == len(a)
    if taken:
        result = 0.0
    else:
        t = a[i]
        t_1, continued_fraction_tape = continued_fraction_forward(a, i + 1)
        t_2 = t + t_1
        result = 1 / t_2
    # lines 1-3: if i == len(a)
    if taken:
        a_bar = np.zeros_like(a)
    else:
        t_2_bar = -result / t_2
        a_bar = continued_fraction_backward(continued_fraction_tape, t_2_bar, np.zeros_like(a))
        a_bar[i] += t_2_bar
    return a_bar
