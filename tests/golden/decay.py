def grad_decay(x, rate):
    # forward
    steps = 0
    trips = 0
    while x > 0.1:
        trips += 1
        x = x * rate
        steps += 1
    # line 5: return x * steps
    x_bar = steps
    # lines 2-4: while x > 0.1
    for _ in range(trips):
        x_bar = x_bar * rate
    return float(x_bar)
