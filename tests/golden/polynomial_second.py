def grad_grad_polynomial(x, a):
    # forward
    t = a * x
    y = t * x + 3 * x
    t_4_bar = 1 / a
    y_bar = t_4_bar * math.sin(x)
    t_1_bar = y_bar
    # line 12: x_bar += t_1_bar * x * a
    x_bar_bar = 1.0
    t_8_bar = a
    t_1_bar_bar = t_8_bar * x
    x_bar_1 = t_8_bar * t_1_bar
    # line 11: x_bar += t_1_bar * t
    t_7_bar = x_bar_bar
    x_bar_bar = x_bar_bar
    t_1_bar_bar += t_7_bar * t
    t_bar = t_7_bar * t_1_bar
    # line 10: x_bar += y_bar * 3
    t_6_bar = x_bar_bar
    x_bar_bar = x_bar_bar
    y_bar_bar = t_6_bar * 3
    # line 9: t_1_bar = y_bar
    y_bar_bar += t_1_bar_bar
    # line 7: x_bar = t_4_bar * y * math.cos(x)
    t_4_bar_1 = x_bar_bar * math.cos(x)
    x_bar_1 -= x_bar_bar * (t_4_bar * y) * math.sin(x)
    y_bar_1 = t_4_bar_1 * t_4_bar
    # line 6: y_bar = t_4_bar * math.sin(x)
    x_bar_1 += y_bar_bar * t_4_bar * math.cos(x)
    # line 3: y = t * x + 3 * x
    t_1_bar_1 = y_bar_1
    x_bar_1 += y_bar_1 * 3
    t_bar += t_1_bar_1 * x
    x_bar_1 += t_1_bar_1 * t
    # line 2: t = a * x
    x_bar_1 += t_bar * a
    return x_bar_1
