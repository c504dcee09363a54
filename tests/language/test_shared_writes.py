"""Writes seen through another name, however that name came by its object: the derivative is right, or refused."""

import numpy as np
import pytest

import srcgrad

from . import shared_writes

X = shared_writes.X
SHARED = [f for f in vars(shared_writes).values() if getattr(f, "__module__", None) == shared_writes.__name__]
# What is followed today, and so must be right.
FOLLOWED = {
    shared_writes.row_of_loop,
    shared_writes.row_updated,
    shared_writes.list_of_items,
    shared_writes.captured_and_returned,
    shared_writes.unpacked,
    shared_writes.walrus,
    shared_writes.returned_by_closure,
    shared_writes.written_by_closure,
    shared_writes.unpacked_rows,
    shared_writes.entry_of_a_row,
    shared_writes.unpacked_list,
    shared_writes.called_lambda,
    shared_writes.slice_object,
    shared_writes.slice_of_a_list,
    shared_writes.slice_under_two_names,
}


def differences(primal):
    return np.array([(primal(X + h) - primal(X - h)) / 2e-6 for h in 1e-6 * np.eye(2)])


def reverse(primal):
    return srcgrad.grad(primal)(X)


def forward(primal):
    return np.array([srcgrad.make_jvp(primal)(X)(v)[1] for v in np.eye(2)])


@pytest.mark.parametrize("mode", [reverse, forward])
@pytest.mark.parametrize("primal", SHARED)
def test_a_write_seen_through_another_name_is_followed_or_refused(primal, mode):
    expected, before = differences(primal), X.copy()
    try:
        found = mode(primal)
    except srcgrad.SrcgradError:
        assert primal not in FOLLOWED
        return
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(X, before)
