"""The linter finds what it names and accepts what a person would write."""

import inspect
import math

import numpy as np
import pytest

import srcgrad

from .lint import MOST_HELPERS, README, lint, readme_helpers
from .run import complaints_about

FIRST_SEED, COUNT = 40_000, 30

GOOD = """
import numpy as np
from srcgrad.runtime.helpers import unbroadcast


def grad_loss(w, X, y):
    # forward
    t = np.tanh(X @ w / 2)
    p = 0.5 * (t + 1)
    q = p * y + (1 - p) * (1 - y)
    # line 3: return -np.sum(np.log(q))
    q_bar = -1.0 / q
    # line 2: q = p * y + (1 - p) * (1 - y)
    p_bar = unbroadcast(q_bar * y - q_bar * (1 - y), p)
    # line 1: p = 0.5 * (np.tanh(X @ w / 2) + 1)
    t_bar = 0.5 * p_bar
    return X.T @ (t_bar * (1 - t * t) / 2)
"""
LOSS = """
def loss(w, X, y):
    p = 0.5 * (np.tanh(X @ w / 2) + 1)
    q = p * y + (1 - p) * (1 - y)
    return -np.sum(np.log(q))
"""
LOOP = """
def grad_logistic_map(r, x, n):
    x_tape = []
    for i in range(n):
        x_tape.append(x)
        x = r * x * (1 - x)
    x_bar = 1.0
    r_bar = 0.0
    for i in range(n - 1, -1, -1):
        x = x_tape[i]
        r_bar += x_bar * x * (1 - x)
        x_bar = x_bar * r * (1 - 2 * x)
    return r_bar
"""

BAD = [
    (
        "def f(x):\n    y = x * x\n    return 2 * x\n",
        "line 2: 'y' is assigned and never read",
    ),
    (
        "def f(x):\n    x_bar = 0.0\n    x_bar += x\n    return x\n",
        "line 2: adjoint or tangent 'x_bar' is assigned and never read",
    ),
    (
        "def f(x):\n    y_bar = x\n    z_bar = y_bar\n    z_bar = z_bar * 2\n    return x\n",
        "line 3: adjoint or tangent 'z_bar' is computed without effect",
    ),
    (
        "def f(x):\n    y_bar = x * 2\n    z_bar = 0.0\n    z_bar += y_bar\n    return x\n",
        "'y_bar' is computed without effect",
    ),
    (
        "def f(x):\n    x_tape = []\n    for i in range(3):\n        x_tape.append(x)\n    return x\n",
        "line 2: 'x_tape' is assigned and never read",
    ),
    (
        "def f(x):\n    z = np.zeros(3)\n    z[0] = x\n    return x\n",
        "line 2: 'z' is assigned and never read",
    ),
    (
        "def f(x):\n    t = x * x\n    return t + 1\n",
        "line 2: temporary 't' is read once",
    ),
    (
        "def f(x):\n    t_1 = np.sin(x)\n    y = t_1 * 2\n    return y * y\n",
        "line 2: temporary 't_1' is read once",
    ),
    (
        "def f(x):\n    y = x * 2\n    y = x * 3\n    return y * y\n",
        "line 2: 'y' is assigned and overwritten",
    ),
    (
        "import math\n\ndef f(x):\n    return x\n",
        "line 1: 'math' is imported and never used",
    ),
    (
        "from srcgrad.runtime.helpers import magic\n\ndef f(x):\n    return magic(x)\n",
        "line 1: helper 'magic' is not in",
    ),
]

TABLES = """
| room | owns |
|---|---|
| `no` | x |

| helper | does |
|---|---|
| `unbroadcast(x, y)` | sums `a` |
| `add` | b |
"""

ACCEPTED = {
    "loop": LOOP,
    "temporary whose operand changes": "def f(x):\n    t = x * x\n    x = 2 * t + x\n    return x * t\n",
    "old value kept": "def f(x, y):\n    t = x\n    x = y\n    y = t\n    return x * y\n",
    "hoisted": "def f(x, n):\n    t = np.sin(x)\n    y = x\n    for i in range(n):\n        y = y * t\n    return y\n",
    "not under the handling of errors that its use is": (
        "def f(x):\n    t = np.exp(x)\n    with np.errstate(all='ignore'):\n        return 1 / t\n"
    ),
    "view of a shadow": (
        "def f(x):\n    z = np.zeros(3)\n    row = z[1:]\n    row[0] = x\n    row += x\n    return z\n"
    ),
    "write into an argument": "def f(x, out):\n    out[0] = x\n    out += x\n",
    "rule called by name": "from srcgrad.rules.linear import matmul_x_bar\n\ndef f(x):\n    return matmul_x_bar(x)\n",
    "part of a result": "def f(x):\n    y, g_tape = g(x)\n    return g_backward(g_tape, x)\n",
    "closure": "def f(x):\n    k_bar = x * x\n\n    def g(y):\n        return y * k_bar\n\n    return g\n",
    "nonlocal": "def f(x):\n    k = x\n\n    def g(y):\n        nonlocal k\n        k = y\n\n    g(x)\n    return k\n",
}


def test_a_handwritten_derivative_is_accepted():
    assert lint(GOOD, LOSS, helpers={"unbroadcast"}) == []


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name):
    assert lint(ACCEPTED[name], helpers=set()) == []


@pytest.mark.parametrize(("text", "complaint"), BAD)
def test_complaints(text, complaint):
    assert complaint in "\n".join(lint(text, helpers=set()))


def test_invented_names_are_temporaries_and_users_names_are_not():
    text = "def f(x):\n    t = x * x\n    flux = t + 1\n    return flux * 2\n"
    assert lint(text, helpers=set()) == ["line 2: temporary 't' is read once"]
    assert lint(text, "def g(x):\n    t = x * x\n    return t\n", set()) == ["line 3: temporary 'flux' is read once"]


def test_statements_per_operation():
    primal = "def f(x):\n    return x * x\n"
    text = "def f_grad(x):\n    y = x * x\n    z = y + y * x\n    w = z + y * z\n    return w * w + z\n"
    assert lint(text, primal, set())[:1] == ["line 1: 3 statements for 1 elementary operations"]


def test_helpers_are_read_from_the_readmes_table(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(TABLES)
    assert readme_helpers(readme) == {"unbroadcast", "add"}


def test_the_readme_lists_few_helpers():
    assert README.exists()
    assert 1 <= len(readme_helpers()) <= MOST_HELPERS


@pytest.mark.slow
def test_random_programs_give_clean_code():
    """A part of the 500 that `python tests/lint/run.py --programs 500` lints."""
    seeds = range(FIRST_SEED, FIRST_SEED + COUNT)
    found = [f"seed {seed}, {words}" for seed, complaints in complaints_about(seeds) for words in complaints or ()]
    assert not found, "\n".join(found[:20])


# Straight-line primals: at most two generated statements per elementary operation -------------------------------------


def rational(x, a):
    y = (x * a + 1.0) / (x * x + 2.0)
    return y * y - a / x


def mixed(x, a):
    u = math.sin(x) * a
    v = math.exp(-u * u) + math.sqrt(x)
    w = math.atan2(v, u) * v
    return w - u * v


def weighted(x, a):
    z = np.tanh(x @ x.T * a)
    s = np.sum(z, axis=0) / (1.0 + np.mean(x * x))
    return np.sum(s * s) + np.max(z) * a


def windows(x, a):
    d = x[1:] - a * x[:-1]
    e = np.where(d > 0, d, 0.1 * d)
    return np.sum(e * e) + x[0] * x[-1]


M = np.array([[0.3, -0.5], [1.1, 0.2]])


@pytest.mark.parametrize(
    ("f", "x"), [(rational, 0.7), (mixed, 0.7), (weighted, M), (windows, np.array([0.4, -0.7, 1.3, 0.9]))]
)
@pytest.mark.parametrize("argnum", [0, 1, (0, 1)])
def test_straight_lines_stay_short(f, x, argnum):
    text = srcgrad.source(srcgrad.grad(f, argnum), x, 1.3)
    assert lint(text, inspect.getsource(f)) == []
