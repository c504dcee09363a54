"""Adding derivatives: srcgrad's own door, and the same in autograd's vocabulary.

The native door states a rule as a function of the cotangent, the result and the primitive's own parameters:

    @srcgrad.extend.vjp(logsumexp)
    def logsumexp_x_bar(y_bar, y, x):
        return y_bar * np.exp(x - y)

In autograd's vocabulary a rule is a maker of vjps per positional argument:

    defvjp(logsumexp, lambda y, x: lambda y_bar: y_bar * np.exp(x - y))

Either is differentiated in its turn for higher orders, so it is written in the language that srcgrad accepts. One of
the two modes is enough: the other follows by transposition.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from srcgrad.errors import NoRule, WrongArgument
from srcgrad.rules import registry
from srcgrad.rules.registry import attribute, jvp, linear, method, nograd, observer, partials, vjp
from srcgrad.runtime.helpers import zeros_like

__all__ = [
    "attribute",
    "def_linear",
    "defjvp",
    "defjvp_argnum",
    "defjvp_argnums",
    "defvjp",
    "defvjp_argnum",
    "defvjp_argnums",
    "jvp",
    "linear",
    "method",
    "nograd",
    "notrace_primitive",
    "observer",
    "partials",
    "primitive",
    "register_notrace",
    "vjp",
]


class Primitive:
    """A function that is differentiated by its rule only, never through its source."""

    def __init__(self, fun: Callable):
        functools.update_wrapper(self, fun)
        self.fun = fun

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.fun(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __srcgrad_program__(self) -> Primitive:
        """Itself: what its source says is never differentiated."""
        if not registry.has_rule(self):
            raise NoRule(f"the primitive {self.__name__} has no derivative", advice="State it with defvjp or defjvp.")
        return self

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<srcgrad primitive {self.__name__}>"


def primitive(fun: Callable) -> Primitive:
    """`fun` as a primitive: its derivative is the rule that `defvjp` or `vjp` states, never what its source says.

    >>> import srcgrad
    >>> square = primitive(lambda x: x * x)
    >>> defvjp(square, lambda y, x: lambda y_bar: y_bar * 2 * x)
    >>> srcgrad.grad(square)(3.0)
    6.0
    """
    if not callable(fun):
        raise WrongArgument(f"primitive of {fun!r}, which is not callable", advice="Pass a function.")
    return Primitive(fun)


def defvjp(fun: Callable, *vjpmakers: Callable | None, argnums: Iterable[int] | None = None) -> None:
    """State vjps argument by argument: `vjpmaker(y, *args, **kwargs)` returns `vjp(y_bar)`; None is a zero."""
    makers = numbered(fun, vjpmakers, argnums)

    def args_bar(y_bar, y, index, *args, **kwargs):
        require_rule(makers, index, fun, "vjp")
        if makers[index] is None:
            return zeros_like(args[index])
        return makers[index](y, *args, **kwargs)(y_bar)

    register(registry.vjp_rules, fun, args_bar)


def defvjp_argnum(fun: Callable, vjpmaker: Callable) -> None:
    """State all vjps at once: `vjpmaker(argnum, y, args, kwargs)` returns `vjp(y_bar)`."""

    def args_bar(y_bar, y, index, *args, **kwargs):
        return vjpmaker(index, y, args, kwargs)(y_bar)

    register(registry.vjp_rules, fun, args_bar)


def defvjp_argnums(fun: Callable, vjpmaker: Callable) -> None:
    """State all vjps at once: `vjpmaker(argnums, y, args, kwargs)` returns `vjp(y_bar) -> one per argnum`."""

    def args_bar(y_bar, y, index, *args, **kwargs):
        return list(vjpmaker((index,), y, args, kwargs)(y_bar))[0]

    register(registry.vjp_rules, fun, args_bar)


def defjvp(fun: Callable, *jvpfuns: Callable | str | None, argnums: Iterable[int] | None = None) -> None:
    """State jvps argument by argument: `jvpfun(x_dot, y, *args, **kwargs)`.

    None is a zero; "same" means that `fun` is linear in that argument.
    """
    functions = numbered(fun, jvpfuns, argnums)

    def args_dot(x_dot, y, index, *args, **kwargs):
        require_rule(functions, index, fun, "jvp")
        if functions[index] is None:
            return zeros_like(y)
        if functions[index] == "same":
            return fun(*args[:index], x_dot, *args[index + 1 :], **kwargs)
        return functions[index](x_dot, y, *args, **kwargs)

    register(registry.jvp_rules, fun, args_dot)


def defjvp_argnum(fun: Callable, jvpmaker: Callable) -> None:
    """State all jvps at once: `jvpmaker(argnum, x_dot, y, args, kwargs)` returns the tangent of the result."""

    def args_dot(x_dot, y, index, *args, **kwargs):
        return jvpmaker(index, x_dot, y, args, kwargs)

    register(registry.jvp_rules, fun, args_dot)


def defjvp_argnums(fun: Callable, jvpmaker: Callable) -> None:
    """State all jvps at once: `jvpmaker(argnums, tangents, y, args, kwargs)` returns the tangent of the result."""

    def args_dot(x_dot, y, index, *args, **kwargs):
        return jvpmaker((index,), [x_dot], y, args, kwargs)

    register(registry.jvp_rules, fun, args_dot)


def def_linear(fun: Callable) -> None:
    """State that `fun` is linear in each of its positional arguments, the others held fixed."""

    def args_dot(x_dot, y, index, *args, **kwargs):
        return fun(*args[:index], x_dot, *args[index + 1 :], **kwargs)

    register(registry.jvp_rules, fun, args_dot)


def notrace_primitive(fun: Callable) -> Primitive:
    """`fun` as a primitive whose result does not vary with its arguments."""
    wrapped = primitive(fun)
    nograd(wrapped)
    return wrapped


def register_notrace(trace_type: Any, primitive_fun: Callable) -> None:
    """`nograd(primitive_fun)`: autograd's name, for whom `trace_type` is a mode; here it holds in both."""
    nograd(primitive_fun)


def numbered(fun: Callable, rules: tuple, argnums: Iterable[int] | None) -> dict[int, Any]:
    """The rules by position; raises WrongArgument for what is neither a function, None nor "same"."""
    for rule in rules:
        if not callable(rule) and rule is not None and rule != "same":
            raise WrongArgument(f"the rule {rule!r} for {name_of(fun)}", advice="Pass a function, or None for a zero.")
    return dict(zip(count() if argnums is None else argnums, rules, strict=False))


def require_rule(rules, index, fun, mode):
    """Raise NoRule where no rule was stated for an argument that carries a derivative."""
    if index not in rules:
        raise NoRule(
            f"{name_of(fun)} has no {mode} with respect to argument {index}", advice=f"State it with def{mode}."
        )


def register(table: dict, fun: Callable, rule: Callable) -> None:
    """Make `rule` the one rule of `fun` in this mode, for any positional argument."""
    if not callable(fun):
        raise WrongArgument(f"a rule for {fun!r}, which is not callable", advice="Pass a function.")
    registry.load_later()
    registry.partial_rules.pop(fun, None)
    registry.constant.pop(fun, None)
    name = name_of(fun)
    rule.__name__ = f"{name if name.isidentifier() else 'primitive'}_{rule.__name__}"
    table[fun] = {"args": [registry.Rule(fun, rule, "args", star=True)]}
    registry.mark(fun, rule)
    registry.signatures[fun] = inspect.Signature(list(inspect.signature(rule).parameters.values())[3:])


def name_of(fun: Callable) -> str:
    return getattr(fun, "__name__", None) or repr(fun)
