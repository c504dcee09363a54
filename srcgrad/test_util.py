"""autograd's `test_util`, for code that migrates from there; the code is in `srcgrad.testing`."""

from srcgrad.testing import check_equivalent, check_grads, check_jvp, check_vjp, combo_check

__all__ = ["check_equivalent", "check_grads", "check_jvp", "check_vjp", "combo_check"]
