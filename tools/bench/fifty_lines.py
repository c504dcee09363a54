"""A function of fifty lines, none of which srcgrad has seen before: what a first gradient costs."""

from __future__ import annotations

import math

import numpy as np


def trajectory(parameters, wind, steps):
    """The distance by which a ball, thrown with `parameters`, misses a target, plus penalties on the way."""
    speed, angle, spin = parameters
    gravity = 9.81
    mass = 0.43
    radius = 0.11
    density = 1.2
    area = math.pi * radius**2
    dt = 3.0 / steps
    x = 0.0
    y = 0.5
    vx = speed * np.cos(angle)
    vy = speed * np.sin(angle)
    energy = 0.5 * mass * speed**2
    lost = 0.0
    highest = y
    bounces = 0
    penalty = 0.0
    for i in range(steps):
        gust = wind[i % len(wind)]
        rx = vx - gust
        ry = vy
        relative = np.sqrt(rx * rx + ry * ry) + 1e-9
        if relative > 20.0:
            coefficient = 0.2 + 0.01 * (relative - 20.0)
        elif relative > 10.0:
            coefficient = 0.3 - 0.01 * (relative - 10.0)
        else:
            coefficient = 0.3
        drag = 0.5 * density * area * coefficient * relative
        lift = 0.5 * density * area * spin * radius
        ax = -(drag * rx + lift * ry) / mass
        ay = -(drag * ry - lift * rx) / mass - gravity
        vx = vx + dt * ax
        vy = vy + dt * ay
        x = x + dt * vx
        y = y + dt * vy
        if y < 0.0:
            bounces += 1
            y = -y
            vy = -0.7 * vy
            spin = 0.8 * spin
            penalty = penalty + 0.01 * vx * vx
        if y > highest:
            highest = y
        lost = lost + dt * drag * relative * relative
        if bounces > 3:
            break
    miss = np.sqrt((x - 30.0) ** 2 + (y - 1.0) ** 2 + 1e-6)
    share = lost / energy
    comfort = np.log1p(np.exp(highest - 8.0))
    return miss + penalty + 0.1 * share + 0.05 * comfort
