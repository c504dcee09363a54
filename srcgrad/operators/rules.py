"""The derivatives of the operators themselves with respect to the function that they are made of.

`grad(lambda y: x * y)` inside differentiated code depends on `x` through what the lambda captures: the adjoint or
tangent of an operator is that of its function.
"""

from __future__ import annotations

from srcgrad import engine
from srcgrad.operators import arguments, gradients, jacobians, products
from srcgrad.operators.given import given
from srcgrad.rules import registry

FACTORIES = (
    gradients.grad,
    gradients.value_and_grad,
    gradients.grad_and_aux,
    gradients.elementwise_grad,
    gradients.holomorphic_grad,
    gradients.deriv,
    gradients.grad_named,
    jacobians.jacobian,
    jacobians.hessian,
    jacobians.tensor_jacobian_product,
    products.make_vjp,
    products.make_jvp,
    products.make_jvp_reversemode,
    products.make_hvp,
    products.hessian_tensor_product,
)


def operator_fun_bar(y_bar, y, fun, argnum=0):
    """y = the operator on fun."""
    return y_bar


def operator_fun_dot(fun_dot, y, fun, argnum=0):
    """y = the operator on fun."""
    return fun_dot


def linearised_f_bar(y_bar, y, f, params):
    """y = the pair of sweeps, or the pushforward, of f."""
    return y_bar


def linearised_f_dot(f_dot, y, f, params):
    """y = the pair of sweeps, or the pushforward, of f."""
    return f_dot


def checkpoint_fun_bar(y_bar, y, fun):
    """y = fun, recomputed."""
    return y_bar


def checkpoint_fun_dot(fun_dot, y, fun):
    """y = fun, recomputed."""
    return fun_dot


def given_v_bar(y_bar, y, v, x, role):
    """y has the parts of v: so has its adjoint."""
    return y_bar


def given_v_dot(v_dot, y, v, x, role):
    """y has the parts of v: so has its tangent."""
    return v_dot


for factory in FACTORIES:
    registry.vjp(factory, "fun")(operator_fun_bar)
    registry.jvp(factory, "fun")(operator_fun_dot)
for factory in (engine.vjp, engine.jvp, engine.jvps):
    registry.vjp(factory, "f")(linearised_f_bar)
    registry.jvp(factory, "f")(linearised_f_dot)
registry.vjp(given, "v")(given_v_bar)
registry.jvp(given, "v")(given_v_dot)
registry.vjp(products.checkpoint, "fun")(checkpoint_fun_bar)
registry.jvp(products.checkpoint, "fun")(checkpoint_fun_dot)


# Checks, seeds and bases are constants -------------------------------------------------------------------------------

registry.nograd(
    arguments.require_differentiable,
    gradients.warn_unless_complex,
    gradients.require_output,
    jacobians.require_array,
    jacobians.require_leading,
    products.tangent_role,
    why="it looks at its arguments only",
)
registry.nograd(
    gradients.scalar_seed, gradients.real_ones, gradients.ones_like, jacobians.basis, why="a seed is constant"
)
