def jvp_damped(tangents, /, params, t):
    t_dot, = tangents
    t_2 = math.exp(-params['rate'] * t)
    envelope = params['amplitude'] * t_2
    envelope_dot = -t_dot * params['rate'] * t_2 * params['amplitude']
    t_3 = params['frequency'] * t
    t_4 = math.cos(t_3)
    return envelope * t_4, envelope_dot * t_4 - t_dot * params['frequency'] * math.sin(t_3) * envelope
