def grad_appended(x, n):
    # forward
    t_tape = []
    powers = [x]
    for _ in range(n):
        t = powers[-1]
        t_tape.append(t)
        powers.append(t * x)
    # line 4: return powers[-1] + powers[1]
    powers_bar = [0.0] * len(powers)
    powers_bar[1] += 1.0
    powers_bar[-1] += 1.0
    # lines 2-3: for _ in range(n)
    x_bar = 0.0
    for _ in range(n - 1, -1, -1):
        t = t_tape.pop()
        t_1_bar = powers_bar.pop()
        x_bar += t_1_bar * t
        powers_bar[-1] += t_1_bar * x
    # line 1: powers = [x]
    x_bar += powers_bar[0]
    return float(x_bar)
