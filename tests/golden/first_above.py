def grad_first_above(x, n, bound):
    # forward
    x_tape = []
    returned = False
    trips = 0
    for i in range(n):
        trips += 1
        x_tape.append(x)
        x = x + 0.3 * x * x
        if x > bound:
            returned = True
            break
    # lines 1-5: for i in range(n)
    if returned:
        result_bar = 1.0
        x_bar = 0.0
    else:
        x_bar = -1.0
        result_bar = 0.0
    # lines 1-4: for i in range(n)
    for i in range(trips - 1, -1, -1):
        if x > bound:
            x_bar += result_bar * i
            result_bar = 0.0
        x = x_tape.pop()
        x_bar += x_bar * (0.3 * x) + x_bar * x * 0.3
    return x_bar
