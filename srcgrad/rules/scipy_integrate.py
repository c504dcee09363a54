"""The derivatives of scipy.integrate: sums over samples, and odeint by the adjoint method."""

from __future__ import annotations

import numpy as np
from scipy import integrate

from srcgrad.errors import NoRule
from srcgrad.rules.registry import jvp, linear, nograd, vjp
from srcgrad.runtime.helpers import add, unbroadcast, zeros_like
from srcgrad.runtime.pairs import pair, pushforward
