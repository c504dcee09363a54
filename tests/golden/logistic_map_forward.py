def jvp_logistic_map(tangents, /, r, x, n):
    x_dot, = tangents
    for i in range(n):
        t = r * x
        t_1 = 1 - x
        x = t * t_1
        x_dot = x_dot * r * t_1 - x_dot * t
    return x, x_dot
