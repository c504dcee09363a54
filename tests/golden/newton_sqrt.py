def grad_newton_sqrt(a, tol):
    # forward
    x_tape = []
    x = a
    taken = False
    trips = 0
    while True:
        trips += 1
        new = 0.5 * (x + a / x)
        taken = abs(new - x) < tol
        if taken:
            break
        x_tape.append(x)
        x = new
    # lines 2-6: while True
    new_bar = 1.0
    a_bar = 0.0
    x_bar = 0.0
    for _ in range(trips):
        if not taken:
            x = x_tape.pop()
            new_bar += x_bar
            x_bar = 0.0
        taken = False
        t_1_bar = new_bar * 0.5
        x_bar += t_1_bar
        a_bar += t_1_bar / x
        x_bar -= t_1_bar * (a / x / x)
        new_bar = 0.0
    # line 1: x = a
    a_bar += x_bar
    return a_bar
