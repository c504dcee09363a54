"""What an operator returns: how it is made, called, bound, named, pickled, printed."""

import copy
import functools
import inspect
import pickle
import timeit

import numpy as np
import pytest

from srcgrad import cache_info, operators
from srcgrad import source as source_of
from srcgrad.errors import NotDifferentiable, WrongArgument, WrongKind, WrongValue
from srcgrad.operators import (
    checkpoint,
    deriv,
    elementwise_grad,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_vector_product,
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


def loss(w, X, y=1.0):
    """The loss."""
    return np.sum((X * w - y) ** 2)


@grad(argnum="X")
def decorated(w, X):
    return w * w * X * X


dloss = grad(loss)


class Model:
    scale = 3.0

    @grad(argnum=1)
    def slope(self, x, power=2):
        return self.scale * x**power

    @staticmethod
    @grad
    def static(x):
        return x * x

    @grad
    @staticmethod
    def inner_static(x):
        return x * x

    @classmethod
    @grad(argnum=1)
    def of_class(cls, x):
        return cls.scale * x * x

    def value(self, x):
        return self.scale * x * x


# Making one ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argnum", [1, "X", -1, np.int64(1)])
def test_argnum_is_an_index_or_a_name(argnum):
    assert grad(lambda w, X: w * X * X, argnum)(2.0, 3.0) == 12.0


@pytest.mark.parametrize("argnum", [(0, 1), ["w", "X"], (-2, "X")])
def test_a_sequence_gives_a_tuple(argnum):
    assert grad(lambda w, X: w * X * X, argnum)(2.0, 3.0) == (9.0, 12.0)


def test_a_sequence_of_one_gives_a_tuple_of_one():
    assert grad(lambda w: w * w, (0,))(2.0) == (4.0,)


def test_decorators():
    f = lambda w, X: w * X * X
    assert grad()(f)(2.0, 3.0) == 9.0
    assert grad(argnum=1)(f)(2.0, 3.0) == 12.0
    assert grad(1)(f)(2.0, 3.0) == 12.0
    assert grad("X")(f)(2.0, 3.0) == 12.0
    assert grad((0, 1))(f)(2.0, 3.0) == (9.0, 12.0)
    assert grad_named("X")(f)(2.0, 3.0) == 12.0
    assert decorated(2.0, 3.0) == 24.0


@pytest.mark.parametrize("name", [n for n in operators.__all__ if n not in ("Operator", "grad_named")])
def test_every_operator_is_a_bare_decorator(name):
    made = getattr(operators, name)(loss)
    assert made.__wrapped__ is loss
    assert callable(getattr(operators, name)())


@pytest.mark.parametrize("argnum", [1.0, None, True, {0}, (0, None), b"w"])
def test_a_bad_type_of_argnum_is_refused(argnum):
    with pytest.raises(WrongArgument, match="argnum"):
        grad(loss, argnum)


@pytest.mark.parametrize("argnum", [3, -4, "z", (0, "z"), (), (0, 0), (0, "w")])
def test_a_bad_value_of_argnum_is_refused(argnum):
    with pytest.raises(WrongValue):
        grad(loss, argnum)


def test_an_unknown_name_is_refused_with_those_that_exist():
    with pytest.raises(WrongValue, match="3 parameters: w, X, y"):
        grad(loss, "z")


def test_an_index_among_any_number_of_arguments():
    total = lambda *xs: xs[0] * xs[1] * xs[2]
    assert grad(total, 2)(2.0, 3.0, 5.0) == 6.0
    with pytest.raises(WrongValue, match="any number"):
        grad(total, -1)


@pytest.mark.parametrize("fun", [None, 3.5, object()])
def test_what_is_not_callable_is_refused(fun):
    with pytest.raises(WrongArgument, match="not callable"):
        grad(fun)


def test_a_class_method_object_is_refused_with_the_order_of_decorators():
    with pytest.raises(WrongArgument, match="above"):
        grad(classmethod(lambda cls, x: x))


def test_making_one_is_cheap():
    seconds = min(timeit.repeat(lambda: grad(lambda x: x * x), number=1000, repeat=5)) / 1000
    assert seconds < 50e-6  # a few microseconds on an idle machine


# Calling one ---------------------------------------------------------------------------------------------------------


def test_arguments_by_keyword_and_by_default():
    f = lambda w, X, y=5.0: w * X * y
    assert grad(f, "X")(X=3.0, w=2.0) == 10.0
    assert grad(f, "y")(2.0, 3.0) == 6.0
    assert grad(f, ("w", "y"))(X=3.0, w=2.0) == (15.0, 6.0)
    assert value_and_grad(f)(2.0, X=3.0, y=4.0) == (24.0, 12.0)
    assert jacobian(f, "X")(X=3.0, w=2.0) == 10.0


def test_a_keyword_only_argument_passes_through():
    def f(x, *, power):
        return x**power

    assert grad(f)(3.0, power=2) == pytest.approx(6.0)


def test_parameters_may_have_any_name():
    f = lambda self, fun, wrt, args: self * fun * wrt * args
    assert grad(f, "wrt")(self=2.0, fun=3.0, wrt=5.0, args=7.0) == 42.0
    assert jacobian(f, "fun")(2.0, 3.0, wrt=5.0, args=7.0) == 70.0
    assert multigrad_dict(f)(self=2.0, fun=3.0, wrt=5.0, args=7.0)["args"] == 30.0


def test_a_missing_argument_is_a_type_error():
    with pytest.raises(TypeError, match="'w'"):
        grad(loss)()
    with pytest.raises(TypeError, match="X"):
        grad(loss)(1.0)


def test_a_wrong_keyword_is_a_type_error():
    with pytest.raises(TypeError, match="nonsense"):
        grad(loss)(1.0, 2.0, nonsense=3)


def test_an_integer_default_is_refused_by_name():
    with pytest.raises(NotDifferentiable, match="'y'.*int 3(.|\n)*use 3.0"):
        grad(lambda x, y=3: x * y, "y")(2.0)


# Methods -------------------------------------------------------------------------------------------------------------


def test_a_decorated_method_counts_self():
    assert Model().slope(2.0) == pytest.approx(12.0)
    assert Model().slope(x=2.0) == pytest.approx(12.0)
    assert Model.slope(Model(), 2.0) == pytest.approx(12.0)


def test_static_and_class_methods():
    assert Model.static(3.0) == Model().static(3.0) == 6.0
    assert Model.inner_static(3.0) == 6.0
    assert Model.of_class(2.0) == Model().of_class(2.0) == 12.0


def test_a_bound_method_as_primal_does_not_count_self():
    assert grad(Model().value)(2.0) == 12.0
    assert grad(Model().value, "x")(2.0) == 12.0


def test_a_bound_derivative_has_its_source_and_signature():
    bound = Model().slope
    assert bound.source == Model.slope.source
    assert list(inspect.signature(bound).parameters) == ["x", "power"]


# Names, signatures, printing -----------------------------------------------------------------------------------------


def test_it_looks_like_its_primal():
    assert dloss.__name__ == dloss.__qualname__ == "loss"
    assert dloss.__doc__ == "The loss."
    assert dloss.__module__ == __name__
    assert dloss.__wrapped__ is loss
    assert inspect.signature(dloss) == inspect.signature(loss)
    assert inspect.getdoc(dloss) == "The loss."


def test_a_product_takes_one_more_argument():
    assert list(inspect.signature(hessian_vector_product(lambda x, y: x)).parameters) == ["x", "y", "tensor"]


def test_repr_is_one_line_with_names():
    assert repr(dloss) == "<srcgrad.grad of loss(w, X, y) with respect to w>"
    assert repr(hessian(loss, (0, "X"))) == "<srcgrad.hessian of loss(w, X, y) with respect to w, X>"
    assert repr(grad(lambda *xs: xs[0], 2)) == "<srcgrad.grad of lambda(*xs) with respect to argument 2>"
    assert repr(checkpoint(loss)) == "<srcgrad.checkpoint of loss(w, X, y)>"
    assert "\n" not in repr(grad(np.tanh))


def test_a_ufunc_has_no_signature_to_show_and_needs_none():
    assert str(inspect.signature(grad(np.tanh))) == "(*args, **kwargs)" or inspect.signature(np.tanh)
    assert grad(np.multiply, 1)(2.0, 3.0) == 2.0
    with pytest.raises(WrongValue):
        grad(np.tanh, 5)


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        dloss.nonsense


def test_equality_and_hash_are_identity():
    assert grad(loss) != grad(loss)
    assert len({dloss, dloss, grad(loss)}) == 2


# Pickling ------------------------------------------------------------------------------------------------------------


def test_a_decorated_function_pickles_by_name():
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert pickle.loads(pickle.dumps(Model.slope)) is Model.slope


@pytest.mark.parametrize(
    "made",
    [dloss, grad(loss, ("w", "X")), jacobian(loss, 1), value_and_grad(loss), grad_and_aux(loss), hessian(decorated),
     make_ggnvp(loss), multigrad_dict(loss), checkpoint(loss), make_vjp(loss)],
)  # fmt: skip
def test_others_pickle_by_operator_primal_and_argnum(made):
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is type(made)
    assert again.__wrapped__ is made.__wrapped__
    assert repr(again) == repr(made)


def test_copies():
    assert copy.copy(decorated) is decorated
    assert copy.deepcopy(dloss).__wrapped__ is loss


# Source and precompilation -------------------------------------------------------------------------------------------


def test_source_is_there_before_any_call():
    assert "def " in grad(loss).source
    assert "def " in jacobian(loss).source


def test_precompile_gives_the_same_and_refuses_other_kinds():
    ready = grad(loss).precompile(1.5, 2.0)
    assert ready(1.5, 2.0) == grad(loss)(1.5, 2.0)
    assert "def " in ready.source
    assert repr(ready) == "<srcgrad.grad of loss(w, X, y) with respect to w, precompiled>"
    with pytest.raises(WrongKind):
        ready(np.ones(3), 2.0)


def test_precompile_unpacks_like_the_operator():
    assert value_and_grad(loss).precompile(1.5, 2.0)(1.5, 2.0) == value_and_grad(loss)(1.5, 2.0)
    assert grad(loss, (0, 1)).precompile(1.5, 2.0)(1.5, 2.0) == grad(loss, (0, 1))(1.5, 2.0)


def test_precompile_of_other_operators_refuses_other_kinds_too():
    ready = jacobian(loss).precompile(1.5, 2.0)
    assert ready(1.5, 2.0) == jacobian(loss)(1.5, 2.0)
    assert "def " in ready.source
    with pytest.raises(WrongKind, match="precompiled for float, float, called with array"):
        ready(np.ones(3), 2.0)


def test_the_program_of_an_operator_computes_the_same():
    assert dloss.__srcgrad_program__()(1.5, 2.0) == dloss(1.5, 2.0)
    assert jacobian(loss, (0, 1)).__srcgrad_program__()(1.5, 2.0) == jacobian(loss, (0, 1))(1.5, 2.0)


@pytest.mark.parametrize(
    "operator, trailing, runs",
    [
        (grad, (), 1), (value_and_grad, (), 1), (elementwise_grad, (), 1), (deriv, (), 1), (jacobian, (), 1),
        (hessian, (), 1), (make_vjp, (), 1), (make_jvp, (), 0), (make_hvp, (), 1), (multigrad_dict, (), 1),
        (hessian_vector_product, (np.ones(3),), 1), (vector_jacobian_product, (1.0,), 1),
    ],
    ids=lambda case: getattr(case, "__name__", ""),
)  # fmt: skip
def test_precompiling_writes_all_texts_without_running_the_primal(operator, trailing, runs):
    calls = []

    def f(x, w):
        calls.append(1)
        return np.sum(np.sin(x) * x) * w

    args = (np.ones(3), 2.0, *trailing)
    derivative = operator(f)
    step = derivative.precompile(*args)
    assert calls == []
    assert "unbroadcast" not in step.source
    written = cache_info()["written"]
    step(*args)
    assert cache_info()["written"] == written
    assert len(calls) == runs  # that of make_jvp runs it once per tangent
    with pytest.raises(WrongKind):
        step(1.0, *args[1:])


@pytest.mark.parametrize("operator", [jacobian, vector_jacobian_product])
def test_precompiling_a_jacobian_by_rows_does_not_run_the_primal(operator):
    calls = []

    def f(x):
        calls.append(1)
        return np.sin(x[:2]) * x[2:4]

    x = np.arange(6.0)
    args = (x,) if operator is jacobian else (x, np.ones(2))
    step = operator(f).precompile(*args)
    assert calls == []
    np.testing.assert_array_equal(step(*args), operator(f)(*args))


@pytest.mark.parametrize(
    "operator",
    [
        grad, value_and_grad, elementwise_grad, deriv, jacobian, hessian, make_vjp, make_jvp, make_jvp_reversemode,
        make_hvp, make_ggnvp, multigrad_dict, checkpoint, hessian_vector_product, vector_jacobian_product,
    ],
    ids=lambda operator: operator.__name__,
)  # fmt: skip
def test_every_operator_precompiles(operator):
    """For any of them the text for these kinds is that of what runs, and other kinds are refused."""

    def f(x, w):
        return np.sum(x * x) * w

    derivative = operator((lambda x, w: x * x * w) if operator is make_ggnvp else f)
    args = (np.ones(3), 2.0)
    if operator is hessian_vector_product:
        args += (np.ones(3),)
    elif operator is vector_jacobian_product:
        args += (1.0,)
    step = derivative.precompile(*args)
    assert step.source == source_of(derivative, *args)
    assert "unbroadcast" not in step.source and len(step.source) <= len(derivative.source)
    step(*args)
    with pytest.raises(WrongKind):
        step(*args[:-1], 1)


# Differentiated again ------------------------------------------------------------------------------------------------


class Quartic:
    factor = 2.0

    @grad(argnum=1)
    def slope(self, x):
        return self.factor * x**4

    @checkpoint
    def kept(self, x):
        return self.factor * x**4


def test_a_decorated_method_can_be_differentiated_again():
    quartic = Quartic()
    assert grad(quartic.slope)(1.0) == pytest.approx(24.0)
    assert grad(lambda x: quartic.slope(x))(1.0) == pytest.approx(24.0)
    assert deriv(quartic.slope)(1.0) == pytest.approx(24.0)
    assert grad(grad(quartic.slope))(1.0) == pytest.approx(48.0)
    assert grad(quartic.kept)(1.0) == grad(lambda x: quartic.kept(x))(1.0) == deriv(quartic.kept)(1.0) == 8.0


def test_a_partial_of_an_operator_can_be_differentiated_again():
    slope = functools.partial(grad(lambda a, b, c: a * b**2 * c**3, 1), 2.0)  # 4 b c^3
    assert grad(slope)(3.0, 1.0) == 4.0
    assert grad(slope, 1)(3.0, 1.0) == pytest.approx(36.0)
    assert grad(grad(slope, 1), 1)(3.0, 1.0) == pytest.approx(72.0)
    assert grad(functools.partial(slope, c=2.0))(3.0) == pytest.approx(32.0)
