"""`argnum` that names a keyword-only parameter, for every operator that takes one."""

import functools

import numpy as np
import pytest

from srcgrad import operators
from srcgrad.errors import NotDifferentiable, WrongArgument, WrongKind, WrongValue
from srcgrad.operators import (
    checkpoint,
    deriv,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_vector_product,
    holomorphic_grad,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_jvp_reversemode,
    make_vjp,
    multigrad_dict,
    value_and_grad,
    vector_jacobian_product,
)
from srcgrad.testing import check_grads


def cube(x, *, w, b=2.0):
    return b * x * w**3


def only_keywords(*, w):
    return w**3


def beside_starred(*xs, w):
    return xs[0] * xs[1] * w**3


def wrapped(*args, **kwargs):
    return cube(*args, **kwargs)


functools.update_wrapper(wrapped, cube)


class Model:
    scale = 2.0

    def cube(self, x, *, w):
        return self.scale * x * w**3


OPERATORS = {  # at x = 5 and w = 3, where the value is 270, dw = 270, dx = 54 and dww = 180
    "grad": (lambda f, n, **w: grad(f, n)(5.0, **w), 270.0, (270.0, 54.0)),
    "value_and_grad": (lambda f, n, **w: value_and_grad(f, n)(5.0, **w)[1], 270.0, (270.0, 54.0)),
    "elementwise_grad": (lambda f, n, **w: operators.elementwise_grad(f, n)(5.0, **w), 270.0, (270.0, 54.0)),
    "deriv": (lambda f, n, **w: deriv(f, n)(5.0, **w), 270.0, 324.0),
    "jacobian": (lambda f, n, **w: jacobian(f, n)(5.0, **w), 270.0, (270.0, 54.0)),
    "hessian": (lambda f, n, **w: hessian(f, n)(5.0, **w), 180.0, ((180.0, 54.0), (54.0, 0.0))),
    "make_vjp": (lambda f, n, **w: make_vjp(f, n)(5.0, **w)[0](2.0), 540.0, (540.0, 108.0)),
    "make_jvp": (lambda f, n, **w: make_jvp(f, n)(5.0, **w)(ones(n))[1], 270.0, 324.0),
    "make_jvp_reversemode": (lambda f, n, **w: make_jvp_reversemode(f, n)(5.0, **w)(ones(n)), 270.0, 324.0),
    "make_hvp": (lambda f, n, **w: make_hvp(f, n)(5.0, **w)[0](ones(n)), 180.0, (234.0, 54.0)),
    "make_ggnvp": (
        lambda f, n, **w: make_ggnvp(f, f_argnum=n)(5.0, **w)(ones(n)),
        270.0**2,
        (270.0 * 324, 54.0 * 324),
    ),
    "hessian_vector_product": (lambda f, n, **w: hessian_vector_product(f, n)(5.0, ones(n), **w), 180.0, (234.0, 54.0)),
    "vector_jacobian_product": (lambda f, n, **w: vector_jacobian_product(f, n)(5.0, 2.0, **w), 540.0, (540.0, 108.0)),
}


def ones(names):
    return 1.0 if isinstance(names, str) else tuple(1.0 for _ in names)


@pytest.mark.parametrize("name", OPERATORS)
def test_a_keyword_only_name(name):
    operator, single, several = OPERATORS[name]
    assert operator(cube, "w", w=3.0) == single
    assert operator(cube, ("w", "x"), w=3.0) == several


@pytest.mark.parametrize("f", [wrapped, Model().cube, functools.partial(cube, b=2.0), checkpoint(cube)])
@pytest.mark.parametrize("operator", [grad, deriv, jacobian])
def test_of_other_callables(operator, f):
    assert operator(f, "w")(5.0, w=3.0) == 270.0


@pytest.mark.parametrize("operator", [grad, deriv, jacobian])
def test_without_positional_parameters_and_beside_starred_ones(operator):
    assert operator(only_keywords, "w")(w=3.0) == 27.0
    assert operator(beside_starred, "w")(5.0, 2.0, w=3.0) == 270.0
    assert operator(functools.partial(cube, w=3.0), "w")(5.0) == 270.0


def test_the_default_is_differentiated_where_nothing_is_passed():
    assert grad(cube, "b")(5.0, w=3.0) == 135.0
    assert grad(cube, ("b", 0))(w=3.0, x=5.0) == (135.0, 54.0)
    assert grad(cube, "b").precompile(5.0, w=3.0)(5.0, w=3.0) == 135.0


def test_grad_and_aux_holomorphic_grad_grad_named_and_multigrad_dict():
    assert grad_and_aux(lambda x, *, w: (x * w**2, "aux"), "w")(2.0, w=3.0) == (12.0, "aux")
    assert holomorphic_grad(lambda x, *, w: x * w**2, "w")(2.0, w=3.0 + 1.0j) == 12.0 + 4.0j
    assert grad_named(cube, "w")(5.0, w=3.0) == 270.0
    assert multigrad_dict(cube)(5.0, w=3.0) == {"x": 54.0, "w": 270.0, "b": 135.0}


@pytest.mark.parametrize(
    "derivative",
    [
        grad(grad(cube, "w"), "w"),
        deriv(grad(cube, "w"), "w"),
        grad(deriv(cube, "w"), "w"),
        deriv(deriv(cube, "w"), "w"),
        jacobian(jacobian(cube, "w"), "w"),
        grad(lambda x, *, w: make_vjp(cube, "w")(x, w=w)[0](1.0), "w"),
    ],
)
def test_two_orders(derivative):
    assert derivative(5.0, w=3.0) == 180.0


def test_arrays_against_differences():
    check_grads(lambda x, *, w: np.sum(np.tanh(x @ w)), argnum=("w", 0))(np.eye(3) + 0.1, w=np.array([0.3, -0.2, 0.5]))
    gradient = grad(lambda x, *, w: np.sum(x * w**2), "w")(2.0, w=np.ones(3, np.float32))
    assert gradient.dtype == np.float32 and gradient.tolist() == [4.0, 4.0, 4.0]


@pytest.mark.parametrize("operator", [grad, value_and_grad, deriv, jacobian, hessian, make_vjp])
def test_precompile_and_source(operator):
    derivative = operator(cube, "w")
    assert "w" in derivative.source
    step = derivative.precompile(5.0, w=3.0)
    if operator is not make_vjp:  # its pullback is another function each time
        assert step(5.0, w=3.0) == derivative(5.0, w=3.0)
    with pytest.raises(WrongKind):
        step(5.0, w=np.ones(2))


def never_run(x, *, w):
    raise AssertionError("the primal ran")


@pytest.mark.parametrize("argnum", ["v", ("w", "v"), 1, ("w", "w")])
def test_bad_names_are_refused_before_anything_is_computed(argnum):
    with pytest.raises(WrongValue):
        grad(never_run, argnum)


def test_bad_arguments_are_refused_before_anything_is_computed():
    with pytest.raises(WrongArgument, match=r"never_run\(\) is missing its argument 'w'"):
        grad(never_run, "w")(5.0)
    with pytest.raises(NotDifferentiable, match="argument 'w' of never_run is the int 3"):
        deriv(never_run, "w")(5.0, w=3)


def test_it_shows_its_name():
    assert repr(grad(cube, ("w", 0))) == "<srcgrad.grad of cube(x, w, b) with respect to w, x>"
