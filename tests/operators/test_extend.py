"""autograd's vocabulary for rules, on its own (the rules are plain functions) and through the engine."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from srcgrad import extend
from srcgrad.errors import NoRule, WrongArgument
from srcgrad.extend import (
    def_linear,
    defjvp,
    defjvp_argnum,
    defjvp_argnums,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    notrace_primitive,
    primitive,
    register_notrace,
)
from srcgrad.operators import grad, jacobian, make_jvp
from srcgrad.rules import registry

X = np.array([0.3, -1.2, 2.0])


@primitive
def module_level(x):
    """Doubles."""
    return 2 * x


@pytest.fixture
def product():
    """A new primitive of two arguments and a keyword."""
    return primitive(lambda x, y, scale=1.0: x * y * scale)


def rule_of(table, fun):
    (rule,) = table[fun]["args"]
    assert rule.star
    return rule.function


def test_a_primitive_looks_like_its_function_and_pickles():
    assert module_level(2.0) == 4.0
    assert module_level.__name__ == "module_level"
    assert module_level.__doc__ == "Doubles."
    assert pickle.loads(pickle.dumps(module_level)) is module_level


def test_primitives_have_identity(product):
    assert product != primitive(product.fun)
    assert not registry.has_rule(product)
    defvjp(product, None, None)
    assert registry.has_rule(product)


def test_defvjp(product):
    defvjp(product, lambda ans, x, y, scale=1.0: lambda g: g * y * scale, lambda ans, x, y, scale=1.0: lambda g: g * x)
    rule = rule_of(registry.vjp_rules, product)
    assert rule(1.0, 6.0, 0, 2.0, 3.0) == 3.0
    assert rule(1.0, 6.0, 0, 2.0, 3.0, scale=5.0) == 15.0
    assert rule(2.0, 6.0, 1, 2.0, 3.0) == 4.0


def test_defvjp_with_argnums_and_none(product):
    defvjp(product, None, argnums=(1,))
    rule = rule_of(registry.vjp_rules, product)
    assert_array_equal(rule(X, X, 1, 2.0, X), np.zeros(3))
    with pytest.raises(NoRule, match="argument 0(.|\n)*defvjp"):
        rule(1.0, 6.0, 0, 2.0, 3.0)


def test_defvjp_argnum_and_argnums(product):
    defvjp_argnum(product, lambda argnum, ans, args, kwargs: lambda g: g * args[1 - argnum])
    assert rule_of(registry.vjp_rules, product)(1.0, 6.0, 1, 2.0, 3.0) == 2.0
    defvjp_argnums(product, lambda argnums, ans, args, kwargs: lambda g: (g * 10 * args[1 - i] for i in argnums))
    assert rule_of(registry.vjp_rules, product)(1.0, 6.0, 1, 2.0, 3.0) == 20.0


def test_defjvp(product):
    defjvp(product, "same", lambda g, ans, x, y: g * x)
    rule = rule_of(registry.jvp_rules, product)
    assert rule(1.0, 6.0, 0, 2.0, 3.0) == 3.0
    assert rule(1.0, 6.0, 1, 2.0, 3.0) == 2.0
    defjvp(product, None, "same")
    assert rule_of(registry.jvp_rules, product)(1.0, 6.0, 0, 2.0, 3.0) == 0.0


def test_defjvp_argnum_and_argnums_and_linear(product):
    defjvp_argnum(product, lambda argnum, g, ans, args, kwargs: g * args[1 - argnum])
    assert rule_of(registry.jvp_rules, product)(1.0, 6.0, 1, 2.0, 3.0) == 2.0
    defjvp_argnums(product, lambda argnums, gs, ans, args, kwargs: sum(g * args[1 - i] for g, i in zip(gs, argnums)))
    assert rule_of(registry.jvp_rules, product)(1.0, 6.0, 1, 2.0, 3.0) == 2.0
    def_linear(product)
    assert rule_of(registry.jvp_rules, product)(1.0, 6.0, 1, 2.0, 3.0, scale=4.0) == 8.0


def test_a_bad_rule_is_refused(product):
    with pytest.raises(WrongArgument, match="rule"):
        defvjp(product, 3)
    with pytest.raises(WrongArgument, match="rule"):
        defjvp(product, "other")
    with pytest.raises(WrongArgument, match="callable"):
        primitive(3)
    with pytest.raises(WrongArgument, match="callable"):
        def_linear(3)


def test_what_has_no_derivative():
    assert registry.has_rule(notrace_primitive(lambda x: x))
    other = primitive(lambda x: x)
    register_notrace(None, other)
    assert other in registry.constant


def test_the_native_door_is_open():
    assert extend.partials is registry.partials
    assert extend.vjp is registry.vjp and extend.nograd is registry.nograd


def test_both_modes_and_two_orders_through_the_engine(product):
    defvjp(product, lambda ans, x, y: lambda g: g * y, lambda ans, x, y: lambda g: g * x)
    assert grad(product, (0, 1))(2.0, 3.0) == (3.0, 2.0)
    assert grad(grad(lambda x: product(x, x)))(3.0) == 2.0
    assert make_jvp(lambda x: product(x, x))(3.0)(1.0)[1] == 6.0
    assert_allclose(jacobian(lambda x: product(x, x))(X), np.diag(2 * X))


def test_a_primitive_without_a_rule_is_refused_through_the_engine(product):
    with pytest.raises(NoRule):
        grad(product)(2.0, 3.0)
