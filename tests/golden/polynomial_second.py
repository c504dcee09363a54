def grad_grad_polynomial(x, a):
    # forward
    t = a * x
    y = t * x + 3 * x
    t_4_bar = 1 / a
    y_bar = t_4_bar * math.sin(x)
    # line 9: x_bar += y_bar * 3 + y_bar * t + y_bar * x * a
    x_bar_1 = a * y_bar
    t_bar = y_bar
    y_bar_bar = a * x + t + 3.0
    # line 7: x_bar = t_4_bar * y * math.cos(x)
    x_bar_1 -= t_4_bar * y * math.sin(x)
    y_bar_1 = math.cos(x) * t_4_bar
    # line 6: y_bar = t_4_bar * math.sin(x)
    x_bar_1 += y_bar_bar * t_4_bar * math.cos(x)
    # line 3: y = t * x + 3 * x
    x_bar_1 += y_bar_1 * 3
    t_bar += y_bar_1 * x
    x_bar_1 += y_bar_1 * t
    # line 2: t = a * x
    x_bar_1 += t_bar * a
    return x_bar_1
