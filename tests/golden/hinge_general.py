from srcgrad.runtime.helpers import project, seed, unbroadcast


def grad_hinge(x, a):
    # forward
    if x > a:
        t = x - a
        y = t ** 2
    else:
        y = 0.1 * x
    y_bar = seed(y * x)
    # line 5: return y * x
    y_bar_1 = unbroadcast(y_bar * x, y)
    x_bar = unbroadcast(y_bar * y, x)
    # lines 1-4: if x > a
    if x > a:
        x_bar += unbroadcast(y_bar_1 * (2 * t), x)
    else:
        x_bar += y_bar_1 * 0.1
    return project(x_bar, x)
