"""autograd's `differential_operators`, for code that migrates from there; the code is in `srcgrad.operators`."""

from srcgrad.operators import *  # noqa: F403
from srcgrad.operators import __all__  # noqa: F401
