def grad_newton_sqrt(a, tol):
    # forward
    x_tape = []
    taken_tape = []
    x = a
    trips = 0
    while True:
        trips += 1
        t = a / x
        new = 0.5 * (x + t)
        taken = abs(new - x) < tol
        taken_tape.append(taken)
        if taken:
            break
        else:
            x_tape.append(x)
            x = new
    # lines 2-6: while True
    new_bar = 1.0
    a_bar = 0.0
    x_bar = 0.0
    for _ in range(trips):
        taken = taken_tape.pop()
        if not taken:
            x = x_tape.pop()
            new_bar += x_bar
            x_bar = 0.0
        t_1_bar = new_bar * 0.5
        x_bar += t_1_bar
        t_bar = t_1_bar
        t = a / x
        a_bar += t_bar / x
        x_bar -= t_bar * (t / x)
        new_bar = 0.0
    # line 1: x = a
    a_bar += x_bar
    return a_bar
