"""The last passes over a generated function: literals and copies propagated, dead code out, temporaries folded."""

from __future__ import annotations

import re

import gast

from ..frontend.scope import MISSING
from ..kinds import UNKNOWN, is_scalar
from ..optimize.dead import sweep as remove_dead_from
from ..optimize.fold import fold_temporaries
from ..optimize.plain import Plain
from ..optimize.propagate import propagate
from ..optimize.trees import is_pure_call


class Tidying:
    """Mixed into `Deriver`."""

    def tidy(self, body, sweep):
        """Readable again: copies replaced, dead statements out, single-use temporaries back in their place."""
        temporary, generated = generated_names(sweep)
        pure = lambda node: is_pure(node, sweep.core.scope, self.helpers)  # noqa: E731
        kinds = sweep.kinds | {n: sweep.kinds.get(primal, UNKNOWN) for (primal, _), n in sweep.names.given.items()}
        made = set(sweep.names.given.values()) | sweep.names.made
        plainly = Plain(body, made, lambda name: is_scalar(kinds.get(name, UNKNOWN)))

        def may_replace(name, value):
            if isinstance(value, gast.Name) and value.id in sweep.core.rebound:
                return False
            if isinstance(value, gast.Name) and name not in temporary:
                return name in generated and value.id in generated - temporary
            return name in generated

        body = propagate(plainly.block(body), may_replace, plainly)
        scalars = {name for name, kind in sweep.kinds.items() if is_scalar(kind)}
        swept = remove_dead_from(body, is_pure=pure, scalars=scalars)
        body = fold_temporaries(swept.body, generated, is_pure=pure, facts=swept)
        return plainly.block(body)


TEMPORARY = re.compile(r"t_\d+")


def generated_names(sweep) -> tuple[set[str], set[str]]:
    """(temporaries and their adjoints and tangents, these and those of the user's variables)."""
    derived = {n: primal for (primal, suffix), n in sweep.names.given.items() if suffix in ("_bar", "_dot")}
    given = {n.id for n in gast.walk(sweep.core.source.tree()) if isinstance(n, gast.Name)}
    made = {n for n in sweep.core.scope.local if n not in given and n.rstrip("0123456789").rstrip("_") not in given}
    made |= {n for n in sweep.core.scope.local - given if TEMPORARY.fullmatch(n)} | sweep.core.temporaries
    temporary = made | {n for n, primal in derived.items() if primal in made}
    return temporary, temporary | derived.keys()


def is_pure(node, scope, helpers) -> bool:
    """Calls that only compute: NumPy's, math's, the helpers', appends to tapes."""
    if isinstance(node.func, gast.Name):
        value = helpers.objects.get(node.func.id)
        if value is not None:
            return getattr(value, "__name__", "") not in (
                "scatter",
                "seed",
                "distinct",
                "check_unshared",
                "refused",
                "no_text",
                "plain",
                "require_bound",
                "truth",
            )
        target = scope.resolve(node.func)
        return target in PURE if target is not MISSING and isinstance(target, (type, type(len))) else False
    return is_pure_call(node)


PURE = frozenset(
    [
        len,
        range,
        min,
        max,
        abs,
        sum,
        float,
        int,
        complex,
        bool,
        tuple,
        list,
        dict,
        zip,
        enumerate,
        reversed,
        sorted,
        isinstance,
        round,
    ]
)
