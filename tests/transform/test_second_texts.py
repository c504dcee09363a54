"""What the text of a second derivative does without."""

import numpy as np

import srcgrad


def backward_of_gradient(f) -> str:
    return srcgrad.engine.source(srcgrad.grad(f), (0,), "vjp")


def scaled(w, X):
    return np.sum((X * w + 1.0) ** 2)


def entries(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i] * x[i]
    return total


def test_the_adjoint_of_a_number_is_not_made_sure_of():
    text = backward_of_gradient(scaled)
    assert "fitted(" in text and "add(" not in text


def test_what_is_copied_where_it_is_made_is_recorded_as_it_is():
    text = backward_of_gradient(entries)
    assert "= snapshot(" in text and "append(snapshot(" not in text
