"""What the operator tests share: autograd as a witness on the very same functions."""

import types

import autograd.numpy
import pytest


@pytest.fixture
def in_autograd():
    """The function of a plain function that gives it autograd's NumPy for `np`."""

    def translate(fun):
        names = {**fun.__globals__, "np": autograd.numpy}
        twin = types.FunctionType(fun.__code__, names, fun.__name__, fun.__defaults__, fun.__closure__)
        twin.__kwdefaults__ = fun.__kwdefaults__
        return twin

    return translate
