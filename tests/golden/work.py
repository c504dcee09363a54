from srcgrad.runtime.helpers import add, broadcast, part, seed, unbroadcast
from srcgrad.runtime.pairs import pair


def integrate_forward(f, n):
    total_tape = []
    f_backward_tape = []
    f_tape_tape = []
    t_1_tape = []
    total = 0.0
    for i in range(n):
        f_forward, f_backward = pair(f, (), captures=True)
        f_backward_tape.append(f_backward)
        t, f_tape = f_forward((i + 0.5) / n)
        f_tape_tape.append(f_tape)
        t_1 = t / n
        t_1_tape.append(t_1)
        total_tape.append(total)
        total = total + t_1
    return total, (f_backward_tape, f_tape_tape, n, t_1_tape, total, total_tape)


def integrate_backward(tape, total_bar):
    f_backward_tape, f_tape_tape, n, t_1_tape, total, total_tape = tape
    # lines 2-3: for i in range(n)
    f_bar = None
    for i in range(n - 1, -1, -1):
        f_backward = f_backward_tape[i]
        f_tape = f_tape_tape[i]
        t_2 = total
        total = total_tape[i]
        t_2_bar = broadcast(total_bar, t_2)
        total_bar = unbroadcast(t_2_bar, total)
        f_bar_1, = f_backward(f_tape, unbroadcast(t_2_bar, t_1_tape[i]) / n)
        f_bar = add(f_bar, f_bar_1)
    return f_bar


def grad_work(k, n):
    # forward
    def force(x):
        return k * math.sin(k * x)

    t, integrate_tape = integrate_forward(force, n)
    y_bar = seed(t)
    # line 4: return integrate(force, n)
    force_bar = integrate_backward(integrate_tape, y_bar)
    # line 1: def force(x)
    return float(add(0.0, part(force_bar, 'k')))
