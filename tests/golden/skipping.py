def grad_skipping(x, n):
    # forward
    x_tape = []
    trips = 0
    for i in range(n):
        trips += 1
        if not i % 2:
            x_tape.append(x)
            x = x * 1.1
            if x > 1.5:
                break
    # line 9: return total + x
    x_bar = 1.0
    # lines 2-8: for i in range(n)
    for i in range(trips - 1, -1, -1):
        if not i % 2:
            if not x > 1.5:
                x_bar += i
            x = x_tape.pop()
            x_bar = x_bar * 1.1
    return x_bar
