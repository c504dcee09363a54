from srcgrad.rules.containers import sum_iterable_bar
from srcgrad.runtime.helpers import add, project


def grad_squares(x):
    # forward
    t_tape = []
    v_1_tape = []
    items = []
    for i in range(len(x)):
        v_1 = x[i]
        v_1_tape.append(v_1)
        if v_1 > 0:
            t = v_1 - 1
            t_tape.append(t)
            items.append(t ** 2)
    # line 1: return sum([(v - 1) ** 2 for v in x if v > 0])
    items_bar = [0.0] * len(items)
    items_bar = add(items_bar, sum_iterable_bar(1.0, sum(items), items))
    x_bar = [0.0] * len(x)
    for i in range(len(x) - 1, -1, -1):
        v_1 = v_1_tape.pop()
        if v_1 > 0:
            t = t_tape.pop()
            v_1_bar = items_bar.pop() * (2 * t)
        else:
            v_1_bar = 0.0
        x_bar[i] += v_1_bar
    return project(x_bar, x)
