"""The last passes over a generated function: literals and copies propagated, dead code out, temporaries folded."""

from __future__ import annotations

import math
import re

import gast
import numpy as np

from ..frontend.build import names_loaded, walk
from ..frontend.scope import MISSING
from ..kinds import UNKNOWN, is_scalar
from ..optimize.dead import sweep as remove_dead_from
from ..optimize.fold import fold_temporaries
from ..optimize.liveness import without_idle_comments
from ..optimize.plain import Plain
from ..optimize.propagate import propagate
from ..optimize.sums import join_sums
from ..optimize.trees import is_pure as is_pure_expr
from ..optimize.trees import is_pure_call, with_fields
from ..rules import registry


class Tidying:
    """Mixed into `Deriver`."""

    def tidy(self, body, sweep):
        """Readable again: copies replaced, dead statements out, single-use temporaries back in their place."""
        temporary, generated = generated_names(sweep)
        kinds = sweep.kinds | {n: sweep.kinds.get(primal, UNKNOWN) for (primal, _), n in sweep.names.given.items()}
        pure = lambda node: is_pure_method(node, kinds) or is_pure(node, sweep.core.scope, self.helpers)  # noqa: E731
        unset = sweep.core.scope.unset()  # reading one of these raises, which is an effect
        quiet = lambda expr: is_pure_expr(expr, pure) and not (unset and names_loaded(expr) & unset)  # noqa: E731
        made = set(sweep.names.given.values()) | sweep.names.made
        plainly = Plain(body, made, lambda name: is_scalar(kinds.get(name, UNKNOWN)))

        def may_replace(name, value):
            if isinstance(value, gast.Name) and value.id in sweep.core.rebound:
                return False
            if isinstance(value, gast.Name) and name not in temporary:
                return name in generated and value.id in generated - temporary
            return name in generated

        number = lambda expr: names_loaded(expr) <= sweep.kinds.keys() and is_scalar(sweep.kind(expr))  # noqa: E731
        passing = {n for n in sweep.names.made if not TOLD.search(n)}
        resident = (generated - temporary) | passing
        body = plainly.block(body)
        for _ in range(2):  # what is folded no longer stands between a copy and its use
            spread = propagate(body, may_replace, plainly)
            swept = remove_dead_from(spread, is_pure=pure, is_pure_expr=quiet, is_scalar=number)
            movable = generated | passing
            body = fold_temporaries(swept.body, movable, pure, 1, swept, resident, sweep.core.rebound)
            apart = plainly.block(body)
            body = join_sums(apart, pure)
            if additions(body) == additions(apart) and not any(is_copied(n, generated) for n in walk(body)):
                break
        return without_idle_comments(plainly.block(body))


TEMPORARY = re.compile(r"t_\d+")
TOLD = re.compile(r"_(forward|backward|tape)(_\d+)?$")  # names that say what a call makes and what takes it up


def generated_names(sweep) -> tuple[set[str], set[str]]:
    """(temporaries and their adjoints and tangents, these and those of the user's variables)."""
    derived = {n: primal for (primal, suffix), n in sweep.names.given.items() if suffix in ("_bar", "_dot")}
    given = {n.id for n in gast.walk(sweep.core.source.tree()) if isinstance(n, gast.Name)}
    made = {n for n in sweep.core.scope.local if n not in given and n.rstrip("0123456789").rstrip("_") not in given}
    made |= {n for n in sweep.core.scope.local - given if TEMPORARY.fullmatch(n)} | sweep.core.temporaries
    temporary = made | {n for n, primal in derived.items() if primal in made}
    return temporary, temporary | derived.keys()


def additions(body) -> int:
    return sum(isinstance(node, gast.AugAssign) for node in walk(body))


def is_copied(node, names) -> bool:
    """True for `a = b` that gives one of `names` another name's value."""
    copies = isinstance(node, gast.Assign) and isinstance(node.value, gast.Name)
    return copies and getattr(node.targets[0], "id", None) in names


def is_pure_method(node, kinds) -> bool:
    """True for methods that only compute: those of arrays that have rules, and `copy` of containers."""
    func = node.func
    if not isinstance(func, gast.Attribute) or not isinstance(func.value, gast.Name) or node.keywords:
        return False
    tag = kinds.get(func.value.id, UNKNOWN).tag
    if func.attr == "copy" and not node.args:
        return tag in ("array", "number", "list", "dict")
    return tag == "array" and (np.ndarray, func.attr) in registry.methods


def is_pure(node, scope, helpers) -> bool:
    """Calls that only compute: NumPy's, math's, SciPy's with a rule, the helpers', appends to tapes."""
    if not isinstance(node.func, (gast.Name, gast.Attribute)):
        return False
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
                "bound",
                "require_bound",
                "truth",
            )
        target = scope.resolve(node.func)
        if target is not MISSING and isinstance(target, (type, type(len))):
            return target in PURE
        return registry.only_computes(target) and not writes(node, target)
    if is_pure_call(node) or is_pure_call(by_own_name(node, helpers)):
        return True
    target = scope.resolve(node.func)
    if target is MISSING and isinstance(node.func.value, gast.Name):  # `special.j1` in an inlined rule
        target = getattr(helpers.objects.get(node.func.value.id), node.func.attr, MISSING)
    return registry.only_computes(target) and not writes(node, target)


def by_own_name(node, helpers):
    """The call of a function of NumPy's or math's, by that name where the user's own `math` has made it another."""
    root = node.func.value
    module = helpers.objects.get(getattr(root, "id", None))
    if module is not np and module is not math:
        return node
    func = with_fields(node.func, value=with_fields(root, id="np" if module is np else "math"))
    return with_fields(node, func=func)


def writes(node, target) -> bool:
    """True for a call that may write into its arguments."""
    if isinstance(target, np.ufunc) and len(node.args) > target.nin:
        return True
    return any(k.arg is None or k.arg == "out" or k.arg.startswith("overwrite") for k in node.keywords)


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
        callable,
        type,
        round,
    ]
)
