"""The other mode of a primitive that states one: a VJP and a JVP are linear maps, and each other's transposes.

The reverse derivative of a VJP rule in its cotangent, at any point, takes a tangent of the argument to that of the
result; that of a JVP rule in its tangent takes the adjoint of the result to that of the argument:

    y_dot = transposed_vjp(trace_x_bar, x_dot, y, x)            # @vjp(trace) is all that is stated
    x_bar = transposed_jvp(trace_x_dot, x, y_bar, y, x)         # @jvp(trace) is all that is stated

Both are written in the language, so higher orders follow.
"""

from __future__ import annotations

import sys

from srcgrad.errors import NoRule
from srcgrad.rules.registry import jvp_rules, nograd, vjp_rules
from srcgrad.runtime.helpers import zeros_like
from srcgrad.runtime.pairs import pair


class Transposed:
    """A program `program(rule, ...)`, whose errors name the primitive that has no rule of the mode `missing`."""

    def __init__(self, program, missing, stated):
        self.program, self.missing, self.stated = program, missing, stated
        self.__name__, self.__doc__ = program.__name__, program.__doc__

    def __call__(self, rule, /, *args, **kwargs):
        try:
            return self.program(rule, *args, **kwargs)
        except NoRule as error:
            name = stated_for(rule)
            if error.what.startswith(f"{name} has no {self.missing}"):
                raise
            what = f"{name} has no {self.missing}, and its {self.stated} cannot be transposed: {error.what}"
            raise NoRule(what, where=error.where, advice=f"State its {self.missing} with srcgrad.extend.") from None

    def __srcgrad_program__(self):
        return self.program


def transposed_vjp(rule, x_dot, y, /, *params, **keywords):
    """The tangent of `y` along `x_dot`, by the VJP `rule(y_bar, y, *params)`."""
    forward, backward = pair(rule, (0,))
    _, tape = forward(zeros_like(y), y, *params, **keywords)
    return backward(tape, x_dot)[1]


def transposed_jvp(rule, x, y_bar, y, /, *params, **keywords):
    """The adjoint of the argument `x` from that of `y`, by the JVP `rule(x_dot, y, *params)`."""
    refuse_itself(rule)
    forward, backward = pair(rule, (0,))
    _, tape = forward(zeros_like(x), y, *params, **keywords)
    return backward(tape, y_bar)[1]


def refuse_itself(rule):
    """Raise NoRule where a JVP hands its tangent to its own primitive, so that transposing it asks for itself."""
    caller = sys._getframe(1)
    frame = caller.f_back
    while frame is not None:
        if frame.f_code is caller.f_code and frame.f_locals.get("rule") is rule:
            raise NoRule(
                f"{stated_for(rule)} has no vjp, and its jvp cannot be transposed: that passes the tangent to "
                f"{stated_for(rule)} itself",
                advice="State its vjp with srcgrad.extend.vjp or defvjp.",
            )
        frame = frame.f_back


def stated_for(function) -> str:
    """The name of the primitive that `function` is a rule of."""
    tables = (*jvp_rules.values(), *vjp_rules.values())
    stated = (r for rules in tables for listed in rules.values() for r in listed)
    found = next((r.primitive for r in stated if r.function is function), function)
    return getattr(found, "__name__", repr(found))


nograd(refuse_itself, why="it looks at the stack only")
transposed_vjp = Transposed(transposed_vjp, "jvp", "vjp")
transposed_jvp = Transposed(transposed_jvp, "vjp", "jvp")
