def power_forward(x, n):
    power_tape = None
    t = None
    if n == 0:
        result = 1.0
    else:
        t, power_tape = power_forward(x, n - 1)
        result = x * t
    return result, (n, power_tape, t, x)


def power_backward(tape, result_bar):
    n, power_tape, t, x = tape
    # lines 1-3: if n == 0
    if n == 0:
        x_bar = 0.0
    else:
        x_bar = result_bar * t + power_backward(power_tape, result_bar * x)
    return x_bar


def grad_power(x, n):
    # forward
    if not n == 0:
        t, power_tape = power_forward(x, n - 1)
    # lines 1-3: if n == 0
    if n == 0:
        x_bar = 0.0
    else:
        x_bar = t + power_backward(power_tape, x)
    return float(x_bar)
