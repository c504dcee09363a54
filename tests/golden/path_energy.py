import numpy as np


def squared_step_forward(x, i):
    step = x[i] - x[i - 1]
    return step * step, (i, step)


def squared_step_backward(tape, y_bar, x_bar):
    i, step = tape
    # line 2: return step * step
    step_bar = 2 * y_bar * step
    # line 1: step = x[i] - x[i - 1]
    x_bar[i - 1] -= step_bar
    x_bar[i] += step_bar
    return x_bar


def grad_path_energy(x):
    # forward
    squared_step_tape_tape = []
    for i in range(1, len(x)):
        t, squared_step_tape = squared_step_forward(x, i)
        squared_step_tape_tape.append(squared_step_tape)
    # lines 2-3: for i in range(1, len(x))
    x_bar = np.zeros_like(x)
    for i in range(len(x) - 1, 1 - 1, -1):
        squared_step_tape = squared_step_tape_tape.pop()
        x_bar = squared_step_backward(squared_step_tape, 1.0, x_bar)
    return x_bar
