"""The operators: derivatives as thin compositions of one `vjp` and one `jvp`, under autograd's names."""

from srcgrad.operators import rules  # noqa: F401  (registers the derivatives of the operators)
from srcgrad.operators.base import Operator
from srcgrad.operators.gradients import (
    deriv,
    egrad,
    elementwise_grad,
    grad,
    grad_and_aux,
    grad_named,
    holomorphic_grad,
    value_and_grad,
)
from srcgrad.operators.jacobians import hessian, jacobian, tensor_jacobian_product, vector_jacobian_product
from srcgrad.operators.products import (
    checkpoint,
    hessian_tensor_product,
    hessian_vector_product,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_jvp_reversemode,
    make_vjp,
    multigrad_dict,
)

__all__ = [
    "Operator",
    "checkpoint",
    "deriv",
    "egrad",
    "elementwise_grad",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "jacobian",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_jvp_reversemode",
    "make_vjp",
    "multigrad_dict",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
]
