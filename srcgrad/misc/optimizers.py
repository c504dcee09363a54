"""autograd's `misc.optimizers`, for code that migrates from there; the code is in `srcgrad.optimizers`."""

from srcgrad.optimizers import adam, rmsprop, sgd

__all__ = ["adam", "rmsprop", "sgd"]
