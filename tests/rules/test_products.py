"""The rules of products, by the dot-product test: a product is linear, so its own value at a tangent is the witness."""

import operator

import numpy as np
import pytest

from srcgrad.errors import NoRule
from srcgrad.rules import products
from srcgrad.rules.registry import linear_rules, vjp_rules


def sample(shape, seed, complex_=False):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    return x + 1j * rng.normal(size=shape) if complex_ else x


def check_bilinear(f, a, b, *args, **kwargs):
    """Every rule of f for a and b, by the dot-product test: both operands are linear, so a difference is f itself."""
    y = f(a, b, *args, **kwargs)
    y_bar = sample(np.shape(y), 7, np.iscomplexobj(y))
    assert linear_rules[f] == ("a", "b")
    for wrt, x in (("a", a), ("b", b)):
        x_dot = sample(np.shape(x), 8, np.iscomplexobj(x))
        y_dot = f(x_dot, b, *args, **kwargs) if wrt == "a" else f(a, x_dot, *args, **kwargs)
        rules = [r for r in vjp_rules[f][wrt] if r.ndim in (None, (np.ndim(a), np.ndim(b)))]
        for rule in rules:
            x_bar = rule.function(y_bar, y, a, b, *args, **kwargs)
            assert np.shape(x_bar) == np.shape(x), rule.function.__name__
            if rule.ndim is None:
                assert np.iscomplexobj(x_bar) == np.iscomplexobj(x)
            # Both sides are sums of a few dozen products: only rounding separates them.
            assert np.allclose(np.real(np.sum(y_bar * y_dot)), np.real(np.sum(x_bar * x_dot)), rtol=1e-12, atol=1e-12)
    return rules


MATMUL_SHAPES = [
    ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((3, 4), (4, 2)), ((5, 3, 4), (4,)), ((4,), (5, 4, 2)),
    ((5, 3, 4), (4, 2)), ((3, 4), (5, 4, 2)), ((5, 3, 4), (5, 4, 2)), ((2, 1, 3, 4), (5, 4, 2)),
    ((5, 3, 4), (1, 4, 2)), ((0, 4), (4, 2)), ((3, 0), (0, 2)), ((3, 0), (0,)), ((1, 1), (1, 1)),
]  # fmt: skip


@pytest.mark.parametrize("shapes", MATMUL_SHAPES)
@pytest.mark.parametrize("f", [np.matmul, operator.matmul])
def test_matmul(f, shapes):
    rules = check_bilinear(f, sample(shapes[0], 1), sample(shapes[1], 2))
    assert len(rules) == (2 if max(map(len, shapes)) <= 2 else 1)


@pytest.mark.parametrize("a, b", [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("f", [np.matmul, np.dot, np.inner, np.outer, np.kron, np.vdot, np.tensordot])
def test_complex_operands_give_each_its_own_dtype(f, a, b):
    check_bilinear(f, sample((3, 3), 1, a), sample((3, 3), 2, b))


@pytest.mark.parametrize("f", [np.matmul, np.dot, np.inner, np.outer, np.tensordot, np.vdot, np.kron, np.cross])
def test_a_list_as_operand_has_a_list_as_adjoint(f):
    a, b = sample((3, 3), 1), sample((3, 3), 2)
    y = f(a, b)
    for wrt in "ab":
        rule = vjp_rules[f][wrt][-1].function
        bar = rule(y, y, a.tolist(), b.tolist())
        assert isinstance(bar, list) and isinstance(bar[0], list)
        assert np.allclose(bar, rule(y, y, a, b), rtol=1e-13)


DOT_SHAPES = [
    ((), ()), ((), (3,)), ((2, 3), ()), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((3, 4), (4, 2)),
    ((5, 3, 4), (4,)), ((5, 3, 4), (4, 2)), ((4,), (5, 4, 2)), ((3, 4), (5, 4, 2)), ((5, 3, 4), (2, 4, 6)),
    ((0, 4), (4,)),
]  # fmt: skip


@pytest.mark.parametrize("shapes", DOT_SHAPES)
def test_dot(shapes):
    check_bilinear(np.dot, sample(shapes[0], 1), sample(shapes[1], 2))


@pytest.mark.parametrize(
    "shapes", [((), ()), ((), (3,)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (3, 4)), ((2, 3, 4), (5, 4))]
)
def test_inner(shapes):
    check_bilinear(np.inner, sample(shapes[0], 1), sample(shapes[1], 2))


@pytest.mark.parametrize(
    "shapes", [((), ()), ((), (3,)), ((3,), ()), ((4,), (3,)), ((2, 3), (4,)), ((2, 3), (2, 2)), ((0,), (2,))]
)
def test_outer(shapes):
    check_bilinear(np.outer, sample(shapes[0], 1), sample(shapes[1], 2))


@pytest.mark.parametrize(
    "a, b, axes",
    [
        ((2, 3, 4), (3, 4, 5), 2), ((2, 3, 4), (4, 3, 5), ([1, 2], [1, 0])), ((2, 3, 4), (4, 3, 5), ((2, 1), (0, 1))),
        ((2, 3), (4, 5), 0), ((2, 3), (3, 4), (-1, 0)), ((2, 3, 4), (5, 3), (1, -1)), ((2, 3), (2, 3), 2),
        ((2, 3, 4), (6, 4, 3, 2), ([0, 2, 1], [3, 1, 2])), ((2, 3, 4), (4, 6, 2), ((-1, 0), (0, 2))), ((3,), (3,), 1),
    ],
)  # fmt: skip
def test_tensordot(a, b, axes):
    check_bilinear(np.tensordot, sample(a, 1), sample(b, 2), axes)
    check_bilinear(np.tensordot, sample(a, 1), sample(b, 2), axes=axes)


@pytest.mark.parametrize("shapes", [((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (6,)), ((), ())])
def test_vdot(shapes):
    check_bilinear(np.vdot, sample(shapes[0], 1), sample(shapes[1], 2))


@pytest.mark.parametrize(
    "shapes", [((3,), (2,)), ((2, 3), (4, 2)), ((2,), (3, 4)), ((2, 3, 2), (2, 2)), ((), (3,)), ((2, 2), ())]
)
def test_kron(shapes):
    check_bilinear(np.kron, sample(shapes[0], 1), sample(shapes[1], 2))


@pytest.mark.parametrize(
    "a, b, axes",
    [
        ((3,), (3,), {}), ((5, 3), (5, 3), {}), ((5, 3), (3,), {}), ((1, 3), (4, 3), {}), ((3, 5), (3, 5), {"axis": 0}),
        ((3, 5), (5, 3), {"axisa": 0}), ((5, 3), (3, 5), {"axisb": 0, "axisc": 0}),
    ],
)  # fmt: skip
def test_cross(a, b, axes):
    check_bilinear(np.cross, sample(a, 1), sample(b, 2), **axes)


def test_cross_of_plane_vectors_is_refused():
    with pytest.raises(NoRule, match="length 3"):
        products.cross_a_bar(1.0, 1.0, np.ones(2), np.ones(2))


EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ba,cb", (2, 3), (4, 2)), ("ij->ji", (2, 3)),
    ("ij->", (2, 3)), ("ij->i", (2, 3)), ("ii->i", (3, 3)), ("ii", (3, 3)), ("iij->j", (3, 3, 2)),
    ("iii->i", (2, 2, 2)),
    ("i,i->", (3,), (3,)), ("i,j->ij", (3,), (2,)), ("i,j->", (3,), (2,)), ("i,j->i", (3,), (2,)),
    ("...ij,...jk->...ik", (5, 2, 3), (3, 4)), ("...ij,...jk->...ik", (5, 2, 3), (1, 3, 4)),
    ("...i,...i", (5, 3), (3,)),
    ("i...->...", (2, 3, 4)), ("...->...", (2, 3)), ("i...j,...j->i...", (2, 4, 3), (4, 3)),
    ("ij , jk -> i k", (2, 3), (3, 4)),
    ("ab,bc,cd->ad", (2, 3), (3, 4), (4, 2)), ("ab,ab,ab->", (2, 3), (2, 3), (2, 3)), ("aab,bc->a", (2, 2, 3), (3, 4)),
    ("ij,ij->ij", (1, 3), (2, 3)), ("i,i->i", (1,), (3,)), ("i,i->", (3,), (1,)), ("Ij,jK->IK", (2, 3), (3, 4)),
    (",i->i", (), (3,)), ("ii,i->", (1, 1), (3,)), ("ij,jk->ik", (0, 3), (3, 4)), ("ij,jk->ik", (2, 0), (0, 4)),
    ("...ii->...i", (2, 3, 3)), ("ij,kj->ik", (2, 3), (4, 3)), ("ijk,jil->kl", (2, 3, 4), (3, 2, 5)),
]  # fmt: skip


@pytest.mark.parametrize("optimize", [False, True, ["einsum_path", (0,)]], ids=["plain", "optimized", "path"])
@pytest.mark.parametrize("case", EINSUMS, ids=str)
def test_einsum(case, optimize):
    subscripts, *shapes = case
    if isinstance(optimize, list) and len(shapes) > 1:
        optimize = ["einsum_path", tuple(range(len(shapes)))]
    operands = [sample(shape, i, complex_=i == 1) for i, shape in enumerate(shapes)]
    y = np.einsum(subscripts, *operands, optimize=optimize)
    y_bar = sample(y.shape, 7, np.iscomplexobj(y))
    for index, x in enumerate(operands):
        x_dot = sample(x.shape, 8, np.iscomplexobj(x))
        y_dot = products.einsum_operand_dot(x_dot, y, index, subscripts, *operands, optimize=optimize)
        x_bar = products.einsum_operand_bar(y_bar, y, index, subscripts, *operands, optimize=optimize)
        assert x_bar.shape == x.shape and np.iscomplexobj(x_bar) == np.iscomplexobj(x)
        assert np.allclose(np.real(np.sum(y_bar * y_dot)), np.real(np.sum(x_bar * x_dot)), rtol=1e-12, atol=1e-12)


def test_einsum_keeps_float32():
    a, b = np.ones((2, 3), np.float32), np.ones((4, 5), np.float32)
    y = np.einsum("ij,kl->i", a, b)
    assert products.einsum_operand_bar(y, y, 1, "ij,kl->i", a, b).dtype == np.float32


def test_einsum_with_sublists_is_refused_by_name():
    with pytest.raises(NoRule, match="string form"):
        products.einsum_operand_bar(np.ones(2), np.ones(2), 1, np.ones(2), [0], np.ones(2), [0])
