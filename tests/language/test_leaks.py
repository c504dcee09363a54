"""Every channel by which an active value may leave and come back: right, or an error that names the place.

The value expected is that of plain differences of the primal; nothing else may come out, least of all a silent zero.
"""

import contextlib
import inspect
import io
import warnings

import numpy as np
import pytest

import srcgrad

from .channels import containers, encodings, keys, numbers, reflection, text

PREFIXES = {keys: "key_", text: "s_", encodings: "b_", numbers: "n_", containers: "c_", reflection: "r_"}
CHANNELS = [
    pytest.param(module, f, id=name)
    for module, prefix in PREFIXES.items()
    for name, f in vars(module).items()
    if name.startswith(prefix) and inspect.isfunction(f)
]
POINT, ARRAY = 0.7312, np.array([0.3, 0.5, 0.8])


def reset(module):
    """Back to where the globals of a channel began."""
    for name, value in {"G": 0.0}.items():
        if hasattr(module, name):
            setattr(module, name, value)
    for name in ("LIST", "STORE", "MEMO"):
        getattr(module, name, []).clear()
    for name in ("ARR",):
        getattr(module, name, np.zeros(1))[:] = 0.0
    if hasattr(module, "BOX"):
        module.BOX.v = 0.5
    if hasattr(module, "with_default"):
        module.with_default.__defaults__[0].clear()


def run(module, call, *args):
    """What a call returns, with nothing shown and nothing left behind."""
    reset(module)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*args)


def differences(module, f, point):
    h = 1e-5
    units = np.eye(3) if isinstance(point, np.ndarray) else [1.0]
    ends = [[float(run(module, f, point + s * h * unit)) for s in (1, -1)] for unit in units]
    return [(ahead - behind) / (2 * h) for ahead, behind in ends]


def reverse(f, point):
    return srcgrad.grad(f)(point)


def forward(f, point):
    units = np.eye(3) if isinstance(point, np.ndarray) else [1.0]
    return [srcgrad.make_jvp(f)(point)(unit)[1] for unit in units]


@pytest.mark.parametrize("mode", [reverse, forward])
@pytest.mark.parametrize(("module", "f"), CHANNELS)
def test_right_or_refused(module, f, mode):
    point = POINT if "x" in inspect.signature(f).parameters else ARRAY.copy()
    try:
        found = run(module, mode, f, point)
    except srcgrad.SrcgradError as error:
        assert ", line " in str(error)
        return
    finally:
        reset(module)
    np.testing.assert_allclose(np.ravel(found).astype(float), differences(module, f, point), rtol=1e-4, atol=1e-5)


def test_text_may_be_looked_at():
    shown = []

    def f(x):
        label = f"{x:.2f}"
        if x < 0:
            raise ValueError("negative: " + label)
        print(label, len(label))
        widths = {"2.00": 5.0}
        return x * x * widths.get(label, 1.0) * len(label) if label.startswith("2") and shown is not None else x

    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert srcgrad.grad(f)(2.0) == 80.0
        assert srcgrad.make_jvp(f)(2.0)(1.0) == (80.0, 80.0)
    assert out.getvalue() == "2.00 4\n" * 2
    with pytest.raises(ValueError, match=r"negative: -1\.00"):
        srcgrad.grad(f)(-1.0)


def test_text_may_be_returned():
    def f(x):
        y = x * x
        return {"loss": y, "said": f"{y:.1f}"}

    pullback, value = srcgrad.make_vjp(f)(3.0)
    assert value == {"loss": 9.0, "said": "9.0"}
    assert pullback({"loss": 1.0, "said": None}) == 6.0
    assert srcgrad.grad_and_aux(lambda x: (x * x, str(x)))(3.0) == (6.0, "3.0")


def test_text_returned_by_a_function_known_at_run_time_is_no_number():
    def f(x, functions):
        return float(functions[0](x)) * x

    def g(x, functions):
        label, y = functions[0](x)
        return float(label) * y

    with pytest.raises(srcgrad.NoRule, match="turned into text"):
        srcgrad.grad(f)(2.0, [lambda v: str(v)])
    with pytest.raises(srcgrad.NoRule, match="turned into text"):
        srcgrad.make_jvp(f)(2.0, [lambda v: str(v)])(1.0)
    with pytest.raises(srcgrad.NoRule, match="turned into text"):
        srcgrad.grad(g)(2.0, [lambda v: (str(v), v)])


def test_values_of_a_dict_with_active_keys_may_be_read():
    def f(x):
        squares = {}
        for y in (x, 2.0 * x):
            squares[y] = y * y
        return squares[x] + squares[2.0 * x]

    assert srcgrad.grad(f)(3.0) == 30.0


def test_an_active_argument_for_which_a_rule_has_no_derivative_is_refused():
    with pytest.raises(srcgrad.NoRule):
        srcgrad.grad(lambda x: np.sum(np.ones(2), initial=x))(2.0)


def test_what_a_helper_writes_into_a_global_is_refused():
    def f(x):
        reflection.write_global(x)
        return x * x

    with pytest.raises(srcgrad.UnsupportedMutation, match="'G'"):
        srcgrad.grad(f)(2.0)
