"""autograd's `misc`, for code that migrates from there: `srcgrad.flatten`, `srcgrad.optimizers` and `fixed_point`."""

from srcgrad.misc.flatten import flatten  # the submodule first, or importing it later would hide the function

__all__ = ["flatten"]
