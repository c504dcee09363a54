"""The elementwise, complex and scalar rules as texts: what the transformation inlines must stand without its module."""

import builtins
import inspect
import types

from srcgrad.rules import complexes, elementwise, registry, scalars
from srcgrad.runtime import helpers


def rule_functions():
    for table in (registry.vjp_rules, registry.jvp_rules):
        for rules in table.values():
            yield from (rule.function for by_name in rules.values() for rule in by_name)
    yield from (rule.function for rule in registry.partial_rules.values())
    yield from (function for functions in complexes.complex_rules.values() for function in functions)
    yield from [*scalars.arity_partials.values(), *scalars.float_partials.values()]
    yield from (elementwise.constant_power, elementwise.inactive_power, elementwise.constant_base)


def test_rules_refer_only_to_what_the_transformation_can_name():
    mine = {elementwise.__name__, complexes.__name__, scalars.__name__}
    for function in rule_functions():
        if function.__module__ not in mine:
            continue
        for name, value in inspect.getclosurevars(function).globals.items():
            own = isinstance(value, types.FunctionType) and value.__module__ in (function.__module__, helpers.__name__)
            assert own or name in ("np", "math"), (function, name)
        assert not inspect.getclosurevars(function).nonlocals
        assert inspect.getclosurevars(function).unbound <= set(dir(builtins)) | attribute_names(function)


def attribute_names(function):
    """Names that a code object uses as attributes are listed by `getclosurevars` as unbound."""
    codes = [function.__code__, *(c for c in function.__code__.co_consts if isinstance(c, types.CodeType))]
    return {name for code in codes for name in code.co_names}
