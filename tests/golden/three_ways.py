def grad_three_ways(x):
    # forward
    if x < 0:
        y = -x
    elif x < 1:
        y = x * x
    else:
        y = 2 * x - 1
    if y < 3:
        t_1 = math.exp(-y)
    else:
        t_1 = 0.05 * y
    # line 7: return math.exp(-y) if y < 3 else 0.05 * y
    if y < 3:
        y_bar = -t_1
    else:
        y_bar = 0.05
    # lines 1-6: if x < 0
    if x < 0:
        x_bar = -y_bar
    elif x < 1:
        x_bar = 2 * y_bar * x
    else:
        x_bar = y_bar * 2
    return x_bar
