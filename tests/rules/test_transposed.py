"""Rules stated in one mode serve both: by differences, the dot product and against the rules stated for the other."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import srcgrad
from srcgrad.errors import NoRule
from srcgrad.extend import (
    def_linear,
    defjvp,
    defjvp_argnum,
    defjvp_argnums,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    jvp,
    primitive,
    vjp,
)
from srcgrad.rules import registry
from srcgrad.rules.transposed import transposed_jvp, transposed_vjp
from srcgrad.testing import check_grads

X = np.array([0.3, -1.2, 2.0])
M = np.array([[1.0, 0.5, -0.2], [0.3, -1.5, 0.7]])


def scaled_sum(x, w, power=2):
    return np.sum(x**power) * w


def scaled_sum_x_bar(y_bar, y, x, w, power=2):
    return y_bar * w * power * x ** (power - 1)


def scaled_sum_w_bar(y_bar, y, x, w, power=2):
    return np.sum(y_bar * np.sum(x**power))


def scaled_sum_x_dot(x_dot, y, x, w, power=2):
    return w * np.sum(power * x ** (power - 1) * x_dot)


def scaled_sum_w_dot(w_dot, y, x, w, power=2):
    return np.sum(x**power) * w_dot


@pytest.fixture(params=["vjp", "jvp", "mixed"])
def one_mode(request):
    """A primitive of two arguments with rules for one mode, or for one mode in each argument."""
    made = primitive(scaled_sum)
    if request.param == "jvp":
        jvp(made, "x")(scaled_sum_x_dot)
    else:
        vjp(made, "x")(scaled_sum_x_bar)
    if request.param == "vjp":
        vjp(made, "w")(scaled_sum_w_bar)
    else:
        jvp(made, "w")(scaled_sum_w_dot)
    return made


def test_a_rule_of_one_mode_serves_both_to_second_order(one_mode):
    check_grads(one_mode)(X, 1.5)
    check_grads(lambda x, w: one_mode(np.sin(x), w, power=3) ** 2)(X, 1.5)
    check_grads(lambda x, w: one_mode(x, w * w))(0.4, 1.5)


def test_in_loops_and_branches(one_mode):
    def looped(x, w):
        total = 0.0
        for row in x:
            if np.sum(row) > 0:
                total = total + one_mode(row, w) * total + one_mode(row, 0.5)
        return total

    check_grads(looped)(M, 1.5)


def test_in_a_callee_known_at_run_time(one_mode):
    check_grads(lambda x, w, f: f(x * x, w) * w, argnum=(0, 1))(X, 1.5, one_mode)


def test_the_dot_product_of_an_only_vjp(one_mode):
    value, y_dot = srcgrad.make_jvp(one_mode)(X, 1.5)(M[0])
    x_bar = srcgrad.grad(one_mode)(X, 1.5)
    assert_allclose(value, scaled_sum(X, 1.5))
    assert_allclose(y_dot, x_bar @ M[0], rtol=1e-14)
    assert type(srcgrad.grad(one_mode, 1)(X, 1.5)) is float


def test_a_star_parameter_and_a_tuple_as_result():
    joined = primitive(lambda *parts: np.concatenate(parts))

    @vjp(joined, "*parts")
    def joined_bar(y_bar, y, index, *parts):
        start = sum(len(part) for part in parts[:index])
        return y_bar[start : start + len(parts[index])]

    check_grads(lambda x, y: joined(x, y * y, x))(X, M[0])

    halves = primitive(lambda x: (x[:1], np.sum(x[1:])))

    @jvp(halves)
    def halves_dot(x_dot, y, x):
        return (x_dot[:1], np.sum(x_dot[1:]))

    check_grads(lambda x: halves(x)[0] * halves(x)[1] ** 2)(X)


def test_complex_arguments_and_results():
    turned = primitive(lambda x: x * (1 + 2j))

    @vjp(turned)
    def turned_bar(y_bar, y, x):
        return y_bar * (1 + 2j)

    check_grads(lambda x: np.abs(turned(x * x)) ** 2)(X)
    check_grads(lambda x: turned(x) ** 2)(X + 0.5j)

    tilted = primitive(lambda x: x * (1 + 2j))

    @jvp(tilted)
    def tilted_dot(x_dot, y, x):
        return x_dot * (1 + 2j)

    check_grads(lambda x: np.abs(tilted(x * x)) ** 2)(X)
    check_grads(lambda x: tilted(x) ** 2)(X + 0.5j)


def test_real_and_complex_values_of_one_shape_and_of_unknown_kind():
    turned = primitive(lambda x: x * (1 + 2j))
    turned.__name__ = "turned"

    @vjp(turned)
    def turned_bar(y_bar, y, x):
        return y_bar * (1 + 2j)

    def product(x):
        z = turned(x)
        size = np.abs(z)
        return np.sum(np.real(np.conj(z) * (z * x)) / (1 + size))

    check_grads(product)(X)


def test_single_precision_stays_so():
    halved = primitive(lambda x: x / 2)

    @jvp(halved)
    def halved_dot(x_dot, y, x):
        return x_dot / 2

    assert srcgrad.elementwise_grad(halved)(X.astype(np.float32)).dtype == np.float32


AUTOGRAD_DOORS = {
    "defvjp": lambda f: defvjp(
        f, lambda ans, x, y, scale=1.0: lambda g: g * y * scale, lambda ans, x, y, scale=1.0: lambda g: g * x * scale
    ),
    "defvjp_argnum": lambda f: defvjp_argnum(
        f, lambda i, ans, args, kwargs: lambda g: g * args[1 - i] * kwargs.get("scale", 1.0)
    ),
    "defvjp_argnums": lambda f: defvjp_argnums(
        f, lambda argnums, ans, args, kwargs: lambda g: [g * args[1 - i] * kwargs.get("scale", 1.0) for i in argnums]
    ),
    "defjvp": lambda f: defjvp(
        f, lambda g, ans, x, y, scale=1.0: g * y * scale, lambda g, ans, x, y, scale=1.0: g * x * scale
    ),
    "defjvp_argnum": lambda f: defjvp_argnum(
        f, lambda i, g, ans, args, kwargs: g * args[1 - i] * kwargs.get("scale", 1.0)
    ),
    "defjvp_argnums": lambda f: defjvp_argnums(
        f,
        lambda argnums, gs, ans, args, kwargs: sum(
            [g * args[1 - i] * kwargs.get("scale", 1.0) for i, g in zip(argnums, gs)]
        ),
    ),
}


@pytest.mark.parametrize("door", AUTOGRAD_DOORS)
def test_the_doors_of_autograd(door):
    product = primitive(lambda x, y, scale=1.0: x * y * scale)
    AUTOGRAD_DOORS[door](product)
    check_grads(lambda x, y: product(np.sin(x), y, scale=2.0) * x)(X, M[0])
    check_grads(lambda x: product(x, x))(1.5)
    assert_allclose(srcgrad.hessian(lambda x: np.sum(product(x, x * x)))(X), np.diag(6 * X))
    assert_allclose(srcgrad.make_jvp_reversemode(product)(X, M[0])(M[1]), M[0] * M[1])


def test_what_was_stated_for_another_mode_before_is_replaced():
    product = primitive(lambda x, y: x * y)
    defvjp(product, lambda ans, x, y: lambda g: g * 0, lambda ans, x, y: lambda g: g * 0)
    assert srcgrad.make_jvp(product)(2.0, 3.0)(1.0)[1] == 0
    defvjp(product, lambda ans, x, y: lambda g: g * y, lambda ans, x, y: lambda g: g * x)
    assert srcgrad.make_jvp(product)(2.0, 3.0)(1.0)[1] == 3.0
    assert srcgrad.grad(product)(2.0, 3.0) == 3.0


def test_a_vjp_that_calls_its_own_primitive_has_a_transpose():
    flipped = primitive(lambda x: x[::-1])
    defvjp(flipped, lambda ans, x: lambda g: flipped(g))
    check_grads(lambda x: flipped(x) ** 2)(X)


def test_a_jvp_that_calls_its_own_primitive_without_the_tangent_has_a_transpose():
    grown = primitive(lambda x: np.exp(x))

    @jvp(grown)
    def grown_dot(x_dot, y, x):
        return x_dot * grown(x)

    check_grads(grown)(X)


@pytest.mark.parametrize(
    "state", [def_linear, lambda f: defjvp(f, "same"), lambda f: jvp(f, "x")(lambda d, y, x: f(d))]
)
def test_what_cannot_be_transposed_is_refused_by_name(state):
    def flipped(x):
        return x[::-1]

    fun = primitive(flipped)
    state(fun)
    assert_allclose(srcgrad.make_jvp(fun)(X)(M[0])[1], M[0][::-1])
    for operator in (srcgrad.grad, lambda f: srcgrad.grad(lambda x: srcgrad.make_jvp(f)(x)(x)[1])):
        with pytest.raises(NoRule, match="(?s)flipped has no vjp.*State its vjp with"):
            operator(lambda x: np.sum(fun(x * x)))(X)
    defvjp(fun, lambda ans, x: lambda g: g[::-1])
    check_grads(lambda x: fun(x) ** 2)(X)


def test_a_rule_that_has_no_derivative_itself_is_refused_by_name():
    def cubed(x):
        return x**3

    fun = primitive(cubed)
    vjp(fun)(lambda y_bar, y, x: np.fromiter(y_bar * 3 * x**2, float))
    assert_allclose(srcgrad.elementwise_grad(fun)(X), 3 * X**2)
    with pytest.raises(NoRule, match="(?s)cubed has no jvp, and its vjp cannot be transposed: numpy.fromiter.*its jvp"):
        srcgrad.make_jvp(fun)(X)(M[0])


def test_a_parameter_without_a_rule_in_any_mode_is_refused_by_name():
    product = primitive(lambda x, y: x * y)

    @vjp(product)
    def product_x_bar(z_bar, z, x, y):
        return z_bar * y

    for operator in (srcgrad.grad, srcgrad.deriv):
        with pytest.raises(NoRule, match="(?s)has no derivative in 'y'.*State it"):
            operator(product, 1)(2.0, 3.0)


STATED = [
    (np.sum, "a", (M,), {"axis": 1}),
    (np.prod, "a", (X,), {}),
    (np.mean, "a", (M,), {"axis": 0, "keepdims": True}),
    (np.cumsum, "a", (M,), {"axis": 1}),
    (np.var, "a", (M,), {}),
    (np.transpose, "a", (M,), {}),
    (np.reshape, "a", (M, (3, 2)), {}),
    (np.tile, "A", (X, 2), {}),
    (np.roll, "a", (M, 1), {"axis": 1}),
    (np.sort, "a", (M,), {}),
    (np.diag, "v", (X,), {}),
    (np.trace, "a", (M,), {}),
]


@pytest.mark.parametrize("fun, name, args, kwargs", STATED, ids=lambda v: getattr(v, "__name__", None))
def test_a_transpose_is_what_is_stated(fun, name, args, kwargs):
    rng = np.random.default_rng(0)
    y, x = fun(*args, **kwargs), args[0]
    x_dot, y_bar = rng.normal(size=np.shape(x)), rng.normal(size=np.shape(y))
    y_dot, x_bar = (srcgrad.make_jvp(fun)(*args, **kwargs)(x_dot)[1], srcgrad.make_vjp(fun)(*args, **kwargs)[0](y_bar))
    stated = 0
    for rule in registry.vjp_rules.get(fun, {}).get(name, [])[-1:]:
        assert_allclose(transposed_vjp(rule.function, x_dot, y, *args, **kwargs), y_dot, rtol=1e-12)
        stated += 1
    for rule in registry.jvp_rules.get(fun, {}).get(name, [])[-1:]:
        assert_allclose(transposed_jvp(rule.function, x, y_bar, y, *args, **kwargs), x_bar, rtol=1e-12)
        stated += 1
    assert stated
