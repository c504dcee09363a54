"""Rules of scipy.special: by differences in both modes, to second order, beside autograd's, and where they are limits.

A row is a function's name, the arguments that vary, and those that are constants, in front.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from checking import check_rule

import srcgrad
from srcgrad.rules import registry
from srcgrad.testing import check_grads

special = pytest.importorskip("scipy.special")
asp = pytest.importorskip("autograd.scipy.special")
registry.load_later()

REAL = np.array([-1.7, -0.6, 0.4, 1.3])
POSITIVE = np.array([0.3, 0.8, 1.4, 3.2])
UNIT = np.array([0.12, 0.34, 0.57, 0.81])
COLUMN = np.array([[0.7], [1.9], [2.6]])

UNARY = {
    "cbrt": POSITIVE, "exp2": REAL, "exp10": REAL, "expm1": REAL, "log1p": POSITIVE, "exprel": REAL, "cosm1": REAL,
    "sindg": 30 * REAL, "cosdg": 30 * REAL, "tandg": 20 * REAL, "cotdg": 20 * REAL, "entr": POSITIVE, "expit": REAL,
    "log_expit": REAL, "logit": UNIT, "erf": REAL, "erfc": REAL, "erfi": REAL, "erfcx": REAL, "dawsn": REAL,
    "erfinv": UNIT, "erfcinv": 2 * UNIT, "ndtr": REAL, "log_ndtr": REAL, "ndtri": UNIT, "ndtri_exp": -POSITIVE,
    "exp1": POSITIVE, "expi": REAL, "spence": POSITIVE, "psi": POSITIVE, "digamma": REAL, "gamma": REAL,
    "gammaln": REAL, "loggamma": POSITIVE, "rgamma": REAL, "j0": POSITIVE, "j1": REAL, "y0": POSITIVE, "y1": POSITIVE,
    "i0": REAL, "i1": REAL, "k0": POSITIVE, "k1": POSITIVE, "i0e": REAL, "i1e": REAL, "k0e": POSITIVE, "k1e": POSITIVE,
    "ellipk": UNIT, "ellipe": REAL - 1, "ellipkm1": UNIT, "softmax": REAL, "log_softmax": REAL,
}  # fmt: skip
BINARY = {
    "powm1": (COLUMN, REAL), "boxcox": (COLUMN, REAL), "boxcox1p": (COLUMN, REAL), "inv_boxcox": (UNIT, COLUMN),
    "inv_boxcox1p": (UNIT, COLUMN), "xlogy": (COLUMN, POSITIVE), "xlog1py": (COLUMN, POSITIVE),
    "rel_entr": (COLUMN, POSITIVE), "kl_div": (COLUMN, POSITIVE), "huber": (UNIT + 0.1, COLUMN - 2),
    "pseudo_huber": (UNIT + 0.1, COLUMN - 2), "owens_t": (COLUMN, REAL), "poch": (COLUMN, POSITIVE),
    "binom": (COLUMN + 2, REAL), "beta": (COLUMN, POSITIVE), "betaln": (COLUMN, POSITIVE),
    "ellipkinc": (COLUMN, UNIT), "ellipeinc": (COLUMN, UNIT),
}  # fmt: skip
CONSTANTS_FIRST = {
    "expn": (3, POSITIVE), "polygamma": (1, POSITIVE), "zeta": (3, POSITIVE), "gammainc": (2, POSITIVE),
    "gammaincc": (2, POSITIVE), "gammaincinv": (2, UNIT), "gammainccinv": (2, UNIT), "betainc": (2, 3, UNIT),
    "betaincc": (2, 3, UNIT), "betaincinv": (2, 3, UNIT), "betainccinv": (2, 3, UNIT), "jn": (2, REAL),
    "jv": (2, REAL), "yv": (1, POSITIVE), "yn": (2, POSITIVE), "iv": (2, REAL), "kv": (1, POSITIVE),
    "kn": (0, POSITIVE), "ive": (1, REAL), "kve": (1, POSITIVE), "hyp0f1": (2, REAL), "hyp1f1": (2, 3, REAL),
    "hyperu": (2, 3, POSITIVE), "hyp2f1": (2, 3, 4, UNIT),
}  # fmt: skip
ROWS = [(name, (x,)) for name, x in UNARY.items()] + [*BINARY.items(), *CONSTANTS_FIRST.items()]
ROWS += [("multigammaln", (POSITIVE + 2, 3))]
named = pytest.mark.parametrize("name, args", ROWS, ids=[name for name, _ in ROWS])


@named
def test_first_derivatives(name, args):
    function = getattr(special, name)
    check_rule(function, *args, rtol=1e-6)
    if name not in ("softmax", "log_softmax"):
        check_rule(function, *(float(a.flat[2]) if isinstance(a, np.ndarray) else a for a in args), rtol=1e-6)


@named
def test_second_derivatives(name, args):
    """Of one mode only: partials are the same statement in both."""
    check_grads(getattr(special, name), modes=("rev",), order=2, rtol=1e-5)(*args)


WIDENING = {"polygamma", "multigammaln", "expn", "betainc", "betaincc", "betaincinv", "betainccinv"}  # by betaln(2, 3)
WIDENING |= {"gammainc", "gammaincc", "gammaincinv", "gammainccinv"}  # by gammaln(2)
WIDENING |= {"ellipk", "ellipe", "spence", "inv_boxcox", "inv_boxcox1p"}  # SciPy's hyp2f1 has no loop of float32 alone


@named
def test_float32_stays(name, args):
    args = [a.astype(np.float32) if isinstance(a, np.ndarray) else a for a in args]
    function = getattr(special, name)
    y = function(*args)
    if name in WIDENING or y.dtype != np.float32 or function not in registry.partial_rules:
        pytest.skip("its result is of float64")
    for partial in registry.partial_rules[function].function(y, *args):
        assert (np.ones(1, np.float32) * partial).dtype == np.float32


AUTOGRAD = [(name, args) for name, args in ROWS if hasattr(asp, name) and name not in ("softmax", "log_softmax")]


@pytest.mark.parametrize("name, args", AUTOGRAD, ids=[name for name, _ in AUTOGRAD])
def test_agrees_with_autograd(name, args):
    autograd = pytest.importorskip("autograd")
    for i, x in enumerate(args):
        if isinstance(x, np.ndarray):
            ours = srcgrad.elementwise_grad(getattr(special, name), i)(*args)
            theirs = autograd.elementwise_grad(getattr(asp, name), i)(*args)
            np.testing.assert_allclose(ours, theirs, rtol=1e-10)


Z = np.array([0.4 + 0.3j, -0.6 + 0.5j, -0.7 - 0.4j])
HOLOMORPHIC = ["erf", "erfc", "erfi", "erfcx", "dawsn", "gamma", "rgamma", "loggamma", "ndtr", "log_ndtr", "exp1"]
HOLOMORPHIC += ["expi", "spence", "wofz", "lambertw", "log1p", "expm1"]


@pytest.mark.parametrize("name", HOLOMORPHIC)
def test_complex_derivatives(name):
    check_rule(getattr(special, name), Z, rtol=1e-6)


@pytest.mark.parametrize("name", ["jv", "yv", "iv", "kv", "kve", "hyp0f1"])
def test_complex_derivatives_of_bessel_functions(name):
    check_rule(getattr(special, name), 1, Z, rtol=1e-6)


@pytest.mark.parametrize("name", ["lambertw", "wofz"])
def test_complex_results_of_real_arguments(name):
    function = getattr(special, name)
    check_grads(lambda x: np.abs(function(x)) ** 2 + np.imag(function(x)), order=2)(POSITIVE)
    assert isinstance(srcgrad.grad(lambda x: np.imag(function(x)))(0.3), float)


REFUSED = {
    "gammainc": (1.5, 0.7), "betainc": (1.5, 2.5, 0.4), "jv": (1.5, 0.7), "zeta": (1.5, 0.7), "polygamma": (1.0, 0.7),
    "hyp2f1": (1.5, 0.4, 2.5, 0.3), "kve": (1.5, 0.7), "gammaincinv": (1.5, 0.7),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_parameters_without_a_closed_form_are_refused_by_name(name):
    function = getattr(special, name)
    with pytest.raises(srcgrad.NoRule, match=f"{name} in . has no derivative in closed form"):
        srcgrad.grad(lambda *args: function(*args))(*REFUSED[name])
    with pytest.raises(srcgrad.NoRule, match=name):
        srcgrad.make_jvp(function)(*REFUSED[name])(1.0)
    assert np.isfinite(srcgrad.grad(function, len(REFUSED[name]) - 1)(*REFUSED[name]))


# Axes and weights -----------------------------------------------------------------------------------------------------

M = np.random.default_rng(0).normal(size=(3, 4))
WEIGHTS = np.array([1.3, 0.4, 0.0, -0.2])
SUMS = [
    {},
    {"axis": 1},
    {"axis": -1, "keepdims": True},
    {"axis": (0, 1)},
    {"axis": 1, "b": WEIGHTS},
    {"keepdims": True},
]


@pytest.mark.parametrize("options", SUMS, ids=lambda options: " ".join(options) or "all")
def test_logsumexp(options):
    check_grads(special.logsumexp, order=2)(M, **options)


def test_logsumexp_in_its_weights():
    check_grads(lambda a, b: special.logsumexp(a, b=b), order=2)(M, np.abs(WEIGHTS))
    check_grads(lambda a, b: special.logsumexp(a, axis=0, b=b), order=2)(WEIGHTS, np.abs(M))


@pytest.mark.parametrize("function", [special.softmax, special.log_softmax])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
def test_softmax(function, axis):
    check_grads(lambda x: function(x, axis=axis), order=2)(M)
    check_grads(function, order=1)(np.array(0.3))


def test_logsumexp_of_nothing_but_zeros_has_slope_zero():
    with np.errstate(all="raise"):
        assert srcgrad.grad(special.logsumexp)(np.full(3, -np.inf)).tolist() == [0, 0, 0]
        assert srcgrad.grad(special.logsumexp)(np.array([-np.inf, 1000.0])).tolist() == [0, 1]
    hidden = srcgrad.grad(lambda a: special.logsumexp(a, b=np.array([0.0, 1.0])))
    assert hidden(np.array([1e6, 1.0])).tolist() == [0, 1]


def test_options_without_derivative_are_refused_by_name():
    with pytest.raises(srcgrad.NoRule, match="return_sign"):
        srcgrad.grad(lambda x: special.logsumexp(x, return_sign=True)[0])(M)


# Tails and limits -----------------------------------------------------------------------------------------------------

SLOPES = [
    ("log_ndtr", (-1e4,), 1e4),  # 1e4 + 1e-4 - ...
    ("log_ndtr", (40.0,), 0.0),
    ("expit", (40.0,), 4.248354255291589e-18),
    ("log_expit", (-800.0,), 1.0),
    ("exprel", (0.0,), 0.5),
    ("boxcox", (3.0, 0.0), 1 / 3),
    ("inv_boxcox", (0.5, 0.0), np.exp(0.5)),
    ("spence", (1.0,), -1.0),
    ("ellipk", (0.0,), np.pi / 8),
    ("ellipe", (0.0,), -np.pi / 8),
    ("lambertw", (0.0,), 1.0),
    ("gammainc", (1, 0.0), 1.0),
    ("betainc", (1, 2, 0.0), 2.0),
    ("j1", (0.0,), 0.5),
    ("i1", (0.0,), 0.5),
    ("i0e", (0.0,), 0.0),
]


@pytest.mark.parametrize("name, args, expected", SLOPES, ids=lambda value: value if isinstance(value, str) else "")
def test_slopes_in_tails_and_at_limits(name, args, expected):
    wrt = next(i for i, a in enumerate(args) if isinstance(a, float))
    slope = srcgrad.grad(lambda *args: np.real(getattr(special, name)(*args)), wrt)(*args)
    assert slope == pytest.approx(expected, rel=1e-7, abs=1e-300)


def test_slopes_of_boxcox_at_the_logarithm():
    assert srcgrad.grad(special.boxcox, 1)(3.0, 0.0) == pytest.approx(np.log(3.0) ** 2 / 2)
    assert srcgrad.grad(special.inv_boxcox, 1)(0.5, 0.0) == pytest.approx(-np.exp(0.5) * 0.25 / 2)


def test_xlogy_at_zero():
    assert srcgrad.grad(special.xlogy, 1)(0.0, 0.0) == 0.0
    mixed = srcgrad.grad(srcgrad.grad(special.xlogy, 1), 0)
    assert mixed(0.0, 4.0) == 0.25


# Loading --------------------------------------------------------------------------------------------------------------

LATE = """
import sys
import srcgrad
assert not [name for name in sys.modules if name.startswith("scipy")], "srcgrad imports SciPy"

def local(x):
    from scipy.special import erf
    return erf(x)

assert abs(srcgrad.grad(local)(0.0) - 1.1283791670955126) < 1e-12
import scipy

def dotted(x):
    return scipy.special.gammaln(x) + scipy.special.expit(x) * scipy.special.gammasgn(x)

assert abs(srcgrad.grad(dotted)(2.0) - (0.4227843350984671 + 0.1049935854035065)) < 1e-12
"""


def run(text, tmp_path):
    """Run a program in a process of its own, from a file, for srcgrad reads its source."""
    path = tmp_path / "program.py"
    path.write_text(text)
    env = {**os.environ, "PYTHONPATH": str(Path(srcgrad.__file__).parents[1])}
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr


def test_rules_load_once_scipy_is_imported_by_the_primal(tmp_path):
    run(LATE, tmp_path)


STATED_FIRST = """
import srcgrad
from scipy import special
srcgrad.extend.partials(special.erf, lambda y, x: 7.0)
assert srcgrad.grad(special.erf)(0.3) == 7.0
assert srcgrad.grad(special.erfc)(0.0) < 0
"""


def test_a_rule_that_the_user_states_first_is_kept(tmp_path):
    run(STATED_FIRST, tmp_path)


def test_functions_without_a_rule_are_refused_by_name():
    with pytest.raises(srcgrad.NoRule, match="^scipy.special.mathieu_a has neither"):
        srcgrad.grad(lambda x: special.mathieu_a(1, x))(0.3)
