from srcgrad.rules.containers import sum_iterable_bar
from srcgrad.runtime.helpers import add, project


def grad_squares(x):
    # forward
    items = []
    for i in range(len(x)):
        v_1 = x[i]
        if v_1 > 0:
            items.append((v_1 - 1) ** 2)
    # line 1: return sum([(v - 1) ** 2 for v in x if v > 0])
    items_bar = add([0.0] * len(items), sum_iterable_bar(1.0, sum(items), items))
    x_bar = [0.0] * len(x)
    for i in range(len(x) - 1, -1, -1):
        v_1 = x[i]
        if v_1 > 0:
            v_1_bar = items_bar.pop() * (2 * (v_1 - 1))
        else:
            v_1_bar = 0.0
        x_bar[i] += v_1_bar
    return project(x_bar, x)
