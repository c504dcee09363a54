from srcgrad.runtime.helpers import add, part, seed, zeros_like
from srcgrad.runtime.pairs import pair


def grad_composed(x):
    # forward
    item_backward_tape = []
    item_tape_tape = []
    t_1 = [math.sin, math.exp, lambda z: z * x]
    total = x
    for i in range(len(t_1)):
        item_forward, item_backward = pair(t_1[i], captures=True)
        item_backward_tape.append(item_backward)
        total, item_tape = item_forward(total)
        item_tape_tape.append(item_tape)
    y_bar = seed(total)
    # line 1: return reduce(lambda y, f: f(y), [math.sin, math.exp, lambda z: z * x], x)
    total_bar = y_bar
    t_1_bar = zeros_like(t_1)
    for i in range(len(t_1) - 1, -1, -1):
        item_backward = item_backward_tape[i]
        item_tape = item_tape_tape[i]
        item_bar_1, y_1_bar_1 = item_backward(item_tape, total_bar)
        t_1_bar[i] = add(t_1_bar[i], item_bar_1)
        total_bar = y_1_bar_1
    return float(add(total_bar, part(t_1_bar[2], 'x')))
