from srcgrad.runtime.helpers import project, zeros_like


def grad_damped(params, t):
    # forward
    t_1 = params['amplitude']
    t_5 = math.exp(-params['rate'] * t)
    envelope = t_1 * t_5
    t_7 = params['frequency'] * t
    # line 2: return envelope * math.cos(params["frequency"] * t)
    envelope_bar = math.cos(t_7)
    params_bar = zeros_like(params)
    params_bar['frequency'] -= envelope * math.sin(t_7) * t
    # line 1: envelope = params["amplitude"] * math.exp(-params["rate"] * t)
    params_bar['rate'] -= envelope_bar * t_1 * t_5 * t
    params_bar['amplitude'] += envelope_bar * t_5
    return project(params_bar, params)
