from srcgrad.rules.scalars import hypot_coordinate_bar
from srcgrad.runtime.helpers import project


def grad_point_distance(points):
    # forward
    t = points[0]
    x0 = t[0]
    y0 = t[1]
    t_1 = points[1]
    x1 = t_1[0]
    y1 = t_1[1]
    t_2 = x1 - x0
    t_3 = y1 - y0
    t_4 = math.hypot(t_2, t_3)
    # line 2: return math.hypot(x1 - x0, y1 - y0)
    t_2_bar = hypot_coordinate_bar(1.0, t_4, 0, t_2, t_3)
    t_3_bar = hypot_coordinate_bar(1.0, t_4, 1, t_2, t_3)
    # line 1: (x0, y0), (x1, y1) = points
    points_bar = [[0.0, 0.0], [0.0, 0.0]]
    t_1_bar = points_bar[1]
    t_1_bar[1] += t_3_bar
    t_1_bar[0] += t_2_bar
    t_bar = points_bar[0]
    t_bar[1] -= t_3_bar
    t_bar[0] -= t_2_bar
    return project(points_bar, points)
