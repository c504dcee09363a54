def grad_hinge(x, a):
    # forward
    if x > a:
        t = x - a
        y = t ** 2
    else:
        y = 0.1 * x
    # line 5: return y * x
    y_bar = x
    x_bar = y
    # lines 1-4: if x > a
    if x > a:
        x_bar += y_bar * (2 * t)
    else:
        x_bar += y_bar * 0.1
    return x_bar
