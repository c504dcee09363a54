"""What a derivative reads of inactive data is what the primal read, however that is written into afterwards."""

import numpy as np
import pytest

import srcgrad

SCALE = 2.0
WEIGHTS = np.array([2.0, 3.0])
TABLE = {"w": np.array([2.0, 3.0]), "s": 2.0}
ITEMS = [2.0, np.array([2.0, 3.0])]


class Model:
    def __init__(self):
        self.w, self.s = np.array([2.0, 3.0]), 2.0

    def loss(self, x):
        return np.sum(self.w * x * x) * self.s


MODEL = Model()


def reset():
    WEIGHTS[:] = 2.0, 3.0
    TABLE.update(w=np.array([2.0, 3.0]), s=2.0)
    ITEMS[:] = [2.0, np.array([2.0, 3.0])]
    MODEL.w, MODEL.s = np.array([2.0, 3.0]), 2.0


def disturb():
    WEIGHTS[:] = 9.0
    TABLE["w"][:] = 9.0
    TABLE.update(w=np.array([7.0, 7.0]), s=9.0)
    ITEMS[1][:] = 9.0
    ITEMS[:] = [9.0, np.array([7.0, 7.0])]
    MODEL.w[:] = 9.0
    MODEL.w, MODEL.s = np.array([7.0, 7.0]), 9.0


def weighted(x):
    return np.sum(WEIGHTS * x * x)


def weights():
    return WEIGHTS


def weighted_by(x, w):
    inner = w * x
    return np.sum(inner * x)


READS = {
    "global": lambda x: np.sum(WEIGHTS * x * x),
    "dict": lambda x: np.sum(TABLE["w"] * x * x) * TABLE["s"],
    "list": lambda x: np.sum(ITEMS[1] * x * x) * ITEMS[0],
    "attribute": lambda x: np.sum(MODEL.w * x * x) * MODEL.s,
    "method": MODEL.loss,
    "callee": lambda x: weighted(x) * MODEL.loss(x),
    "argument of a callee": lambda x: weighted_by(x, WEIGHTS),
    "returned": lambda x: np.sum(weights() * x * x),
    "view": lambda x: np.sum(WEIGHTS[::-1] * x * x),
    "product": lambda x: np.dot(WEIGHTS, x) * np.dot(x, x),
    "mask": lambda x: np.sum(np.where(WEIGHTS < 2.5, x * x, x)),
    "branch": lambda x: np.sum(x * x) if MODEL.s < 3 else np.sum(x),
    "loop": lambda x: sum([np.sum(x * x * w) for w in WEIGHTS]),
}


@pytest.mark.parametrize("name", READS)
def test_a_pullback_keeps_what_it_read(name):
    reset()
    x = np.array([3.0, 4.0])
    pullback, _ = srcgrad.make_vjp(READS[name])(x)
    expected = srcgrad.grad(READS[name])(x)
    disturb()
    x[:] = 50.0
    np.testing.assert_array_equal(pullback(1.0), expected)
    reset()


def attribute(x):
    y = x * MODEL.s
    MODEL.s = 9.0
    return y


def global_dict(x):
    y = x * TABLE["s"]
    TABLE["s"] = 9.0
    return y


def global_array(x):
    y = x * WEIGHTS
    WEIGHTS[:] = 9.0
    return np.sum(y)


def local_dict(x):
    d = {"s": 2.0}
    y = x * d["s"]
    d["s"] = 9.0
    return y


def local_array(x):
    d = np.array([2.0])
    y = x * (d + 1.0) * d
    d += 9.0
    return np.sum(y)


def alias(x):
    d = [2.0]
    other = d
    y = x * other[0]
    d[0] = 9.0
    return y


def by_a_helper(x):
    y = x * MODEL.s * WEIGHTS[0] * np.sum(WEIGHTS)
    disturb()
    return y


def by_a_closure(x):
    d = [2.0]

    def change():
        d[0] = 9.0

    y = x * d[0]
    change()
    return y


def counting(x):
    total = 0.0
    for _ in range(3):
        total += x * MODEL.s
        MODEL.s = MODEL.s + 1.0
    return total


def counting_in_place(x):
    y = x * MODEL.s
    MODEL.s += 1.0
    return y * MODEL.s


def attribute_in_place(x):
    y = np.sum(MODEL.w * x * x)
    MODEL.w += 5.0
    return y


def attribute_of_an_alias(x):
    other = MODEL
    y = x * other.s
    MODEL.s = 9.0
    return y


def after_a_callee(x):
    y = weighted(x) * MODEL.loss(x)
    disturb()
    return y * weighted(x)


def after_a_callee_known_at_run_time(x):
    functions = [weighted]
    y = functions[0](x)
    WEIGHTS[:] = 9.0
    return y


def chooses_by_data(x):
    d = [2.0]
    y = x * x if d[0] < 3 else x
    d[0] = 9.0
    return y


def looped_over(x):
    y = 0.0
    for w in WEIGHTS:
        y = y + w * x * x
    WEIGHTS[:] = 5.0
    return y


PRIMALS = [attribute, global_dict, global_array, local_dict, local_array, alias, by_a_helper, by_a_closure, counting]
PRIMALS += [counting_in_place, attribute_in_place, attribute_of_an_alias]
PRIMALS += [after_a_callee, after_a_callee_known_at_run_time, chooses_by_data, looped_over]


@pytest.mark.parametrize("primal", PRIMALS, ids=lambda primal: primal.__name__)
def test_data_overwritten_after_it_was_read(primal):
    found = []
    for call in (lambda: primal(1.001), lambda: primal(0.999), lambda: srcgrad.grad(primal)(1.0)):
        reset()
        found.append(call())
    reset()
    forward = srcgrad.make_jvp(primal)(1.0)(1.0)[1]
    reset()
    assert found[2] == pytest.approx((found[0] - found[1]) / 0.002, rel=1e-5)
    assert forward == pytest.approx(found[2], rel=1e-12)


def test_steady_data_is_read_where_it_is():
    def f(x, model):
        return np.sum(model.w * x * x) * model.s

    text = srcgrad.source(srcgrad.grad(f), np.ones(2), MODEL)
    assert "copy" not in text and "snapshot" not in text


def grown_after_a_test(x, n):
    """A list of numbers decides, and changes in every iteration."""
    ns = []
    y = x
    for i in range(n):
        if ns:
            y = y * np.cos(x)
        ns.append(i)
    return y


def filled_after_a_test(x, n):
    ns = {}
    y = x
    for i in range(n):
        if not ns or (ns and i > 2):
            y = y * np.cos(x)
        ns[i] = i
    return y


@pytest.mark.parametrize("primal", [grown_after_a_test, filled_after_a_test])
def test_of_a_container_that_is_tested_its_truth_is_kept(primal):
    expected = (primal(0.5 + 1e-6, 5) - primal(0.5 - 1e-6, 5)) / 2e-6
    step = srcgrad.grad(primal).precompile(0.5, 5)
    assert step(0.5, 5) == pytest.approx(expected, rel=1e-8)
    assert srcgrad.deriv(primal)(0.5, 5) == pytest.approx(expected, rel=1e-8)
    assert "snapshot" not in step.source and "copy" not in step.source


def test_a_test_of_a_list_under_a_name_bool_of_the_users():
    def primal(x):
        bool = 2.0
        ns = []
        for i in range(4):
            if ns:
                x = x * bool
            ns.append(i)
        return x

    assert srcgrad.grad(primal)(0.5) == 8.0
