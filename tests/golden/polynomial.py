def grad_polynomial(x, a):
    # forward
    t = a * x
    y = t * x + 3 * x
    # line 2: return y * math.sin(x) / a
    t_4_bar = 1 / a
    y_bar = t_4_bar * math.sin(x)
    x_bar = t_4_bar * y * math.cos(x)
    # line 1: y = a * x * x + 3 * x
    x_bar += y_bar * 3 + y_bar * t + y_bar * x * a
    return x_bar
