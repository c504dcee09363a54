"""Methods, partials and callable instances are seen through to the function that a call runs."""

import functools
import math
import operator

import numpy as np
import pytest

from srcgrad.frontend.callables import as_function, describe_callable


def record(*args, **kwargs):
    return args, kwargs


def wrapper_of(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)

    return wrapper


class Model:
    def method(self, *args, **kwargs):
        return self, args, kwargs

    @classmethod
    def of_class(cls, *args, **kwargs):
        return cls, args, kwargs

    @staticmethod
    def static(*args, **kwargs):
        return args, kwargs

    def __call__(self, *args, **kwargs):
        return self, args, kwargs

    by_partial = functools.partialmethod(method, "first", key="own")


class Child(Model):
    pass


class Static:
    __call__ = staticmethod(record)


class OfClass:
    @classmethod
    def __call__(cls, *args, **kwargs):
        return cls, args, kwargs


class Delegating:
    __call__ = Model()


class LoudPartial(functools.partial):
    def __call__(self, *args, **kwargs):
        return "loud", super().__call__(*args, **kwargs)


MODEL = Model()
INNER = functools.partial(record, 1, a=1, b=1)

CALLABLES = {
    "function": record,
    "bound method": MODEL.method,
    "class method": Model.of_class,
    "class method by subclass": Child.of_class,
    "static method": Model.static,
    "static method object": vars(Model)["static"],
    "instance": MODEL,
    "instance of subclass": Child(),
    "instance with a static call": Static(),
    "instance with a call of its class": OfClass(),
    "instance with an instance for a call": Delegating(),
    "partial": INNER,
    "nested partial": functools.partial(INNER, 2, b=2, c=2),
    "partial of a method": functools.partial(MODEL.method, 3),
    "partial of an instance": functools.partial(MODEL, 3, k=4),
    "partial that calls its own way": LoudPartial(record, 1),
    "method of a partial": Model().by_partial,
    "wraps": wrapper_of(record),
}


@pytest.mark.parametrize("f", CALLABLES.values(), ids=CALLABLES)
def test_calling_the_callee_is_calling_the_callable(f):
    callee = as_function(f)
    assert callee.function is callee.target
    assert callee.function(*callee.bound, 10, 11, **{**callee.keywords, "z": 12}) == f(10, 11, z=12)


def test_a_keyword_of_the_outer_partial_wins():
    assert as_function(functools.partial(INNER, b=2)).keywords == {"a": 1, "b": 2}


def test_wrapped_is_not_followed():
    wrapper = wrapper_of(record)
    assert as_function(wrapper).function is wrapper


def test_a_classmethod_object_gives_the_function_of_the_class_body():
    assert as_function(vars(Model)["of_class"]).function is Model.of_class.__func__


NOT_PYTHON = {
    "builtin": len,
    "ufunc": np.sin,
    "array function": np.dot,
    "class": Model,
    "exception class": ValueError,
    "itemgetter": operator.itemgetter(0),
    "method of a builtin": [].append,
    "cached function": functools.lru_cache(record),
    "not callable": 3,
}


@pytest.mark.parametrize("f", NOT_PYTHON.values(), ids=NOT_PYTHON)
def test_what_is_no_python_function_is_its_own_target(f):
    callee = as_function(f)
    assert callee.function is None
    assert callee.target is f


def test_a_partial_of_a_ufunc_is_seen_through():
    callee = as_function(functools.partial(np.add, 1.0))
    assert (callee.function, callee.target, callee.bound) == (None, np.add, (1.0,))


def test_a_call_that_never_ends_is_given_up():
    class Endless:
        pass

    Endless.__call__ = Endless()
    assert as_function(Endless()).function is None


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (record, "function 'record'"),
        (wrapper_of, "function 'wrapper_of'"),
        (lambda: 0, "a lambda"),
        (MODEL.method, "method 'Model.method'"),
        (vars(Model)["of_class"], "function 'Model.of_class'"),
        (MODEL, "an instance of Model"),
        (Model, "class 'Model'"),
        (INNER, "a partial of function 'record'"),
        (math.sin, "math.sin"),
        (np.sin, "numpy.sin"),
        (np.dot, "numpy.dot"),
        (len, "len"),
        (3.0, "an instance of float"),
    ],
)
def test_callables_have_names_for_messages(f, words):
    assert describe_callable(f) == words
