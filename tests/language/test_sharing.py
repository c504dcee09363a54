"""Objects that several containers hold: a write through one of them is followed, or refused; it is never lost."""

import pytest

import srcgrad

from .checking import check_forward, check_second_forward, rows


def held_by_a_list_made_in_a_loop(x):
    q = [[x]]
    p = []
    for r in q:
        p.append(r)
    p[0][0] = x * x
    return q[0][0] * x


def held_by_a_comprehension(x):
    q = [[x], [x * x]]
    p = [r for r in q]
    p[0][0] = x * x * x
    return q[0][0] * x


def held_by_a_dict(x):
    q = [[x]]
    p = {}
    p["a"] = q[0]
    p["a"][0] = x * x
    return q[0][0] * x


def held_by_a_copy(x):
    q = [[x]]
    p = list(q)
    p[0].append(x * x)
    return q[0][1] * x


def held_twice_further_in(x):
    r = [x, x * x]
    z = [[r], [r]]
    z[0][0][1] = x * x * x
    return z[0][0][1] * z[1][0][1]


def held_by_a_closure(x):
    w = [lambda v: [v, 2.0]][0](x)
    functions = [lambda v: v * w[0]]
    w[0] = x * 3
    return functions[0](x) * w[1]


def handed_on_by_a_callee(x):
    w = [lambda v: [v, 2.0]][0](x)
    k = [lambda u: [u]][0](w)
    k[0][0] = x * 3
    return k[0][0] * w[0]


FOLLOWED_BY_TANGENTS = [  # which refer to each other as the primal's objects do
    held_by_a_list_made_in_a_loop, held_by_a_comprehension, held_by_a_dict, held_twice_further_in,
]  # fmt: skip


@pytest.mark.parametrize("primal", [*FOLLOWED_BY_TANGENTS, held_by_a_copy, held_by_a_closure, handed_on_by_a_callee])
def test_what_is_seen_elsewhere_is_refused(primal):
    with pytest.raises(srcgrad.UnsupportedMutation):
        srcgrad.grad(primal)(0.8)
    if primal not in FOLLOWED_BY_TANGENTS:
        with pytest.raises(srcgrad.UnsupportedMutation):
            srcgrad.make_jvp(primal)(0.8)(1.0)


@pytest.mark.parametrize("primal", FOLLOWED_BY_TANGENTS)
@pytest.mark.parametrize("check", [check_forward, check_second_forward])
def test_tangents_share_as_the_primals_objects_do(check, primal):
    check(primal, (0.8,))


def part_of_a_part(x):
    z = [[[x, x * x]], [x]]
    u = z[0]
    t = u[0]
    t[1] = x * x * x
    return z[0][0][1] * z[1][0]


def four_levels(x):
    q = [[[[x]]]]
    s = q[0][0][0]
    s[0] = x * x
    return q[0][0][0][0] * x


def made_by_a_lambda_on_the_spot(x):
    w = [lambda v: [1.0, 2.0]][0](x)
    c = [w, x]
    t = c[0]
    t.append(x * x)
    return c[0][2] * x


@rows((part_of_a_part, 0.8), (four_levels, 0.8), (made_by_a_lambda_on_the_spot, 0.8))
def test_what_is_followed(check, primal, args):
    check(primal, args)
