"""autograd's `misc.fixed_points`, for code that migrates from there; the code is in `srcgrad.fixed_points`."""

from srcgrad.fixed_points import fixed_point

__all__ = ["fixed_point"]
