def grad_matched(x, shape):
    # forward
    if shape == 'disc':
        t = math.pi * x
        area = t * x
    elif shape == 'square' or shape == 'box':
        area = x * x
    else:
        area = 0.0
    # line 8: return area * x
    area_bar = x
    x_bar = area
    # lines 1-7: match shape
    if shape == 'disc':
        x_bar += area_bar * t + area_bar * x * math.pi
    elif shape == 'square' or shape == 'box':
        x_bar += 2 * area_bar * x
    return x_bar
