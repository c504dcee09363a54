def grad_horner(x, coefficients):
    # forward
    y_tape = []
    y = 0.0
    for c in coefficients:
        y_tape.append(y)
        y = y * x + c
    # lines 2-3: for c in coefficients
    y_bar = 1.0
    x_bar = 0.0
    for c in reversed(coefficients):
        y = y_tape.pop()
        t_bar = y_bar
        y_bar = y_bar * x
        x_bar += t_bar * y
    return x_bar
