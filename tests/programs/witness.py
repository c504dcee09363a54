"""Two derivatives of a primal that know nothing of srcgrad: dual numbers (exact) and extrapolated differences.

A program is run again with `numpy` and `math` replaced by stand-ins that carry `Dual` numbers, in object arrays. Duals
nest, so directional derivatives of any order are exact. Where both witnesses disagree the point lies at a kink.

>>> "%.3f" % derivative(lambda x, a: x ** 3, (2.0, np.zeros(1)), [(1.0, np.zeros(1))] * 2)
'12.000'
"""

from __future__ import annotations

import builtins
import math
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def primal(value: Any) -> Any:
    """The plain number inside a nest of duals."""
    while isinstance(value, Dual):
        value = value.val
    return value


def _arithmetic(function):
    """Lift `function(self, other)`; arrays are left to NumPy, which calls it for each element."""

    def method(self, other):
        if isinstance(other, np.ndarray):
            return NotImplemented
        return function(self, other)

    return method


def _comparison(name):
    return _arithmetic(lambda self, other: getattr(float(primal(self)), name)(float(primal(other))))


def _parts(value):
    return (value.val, value.dot) if isinstance(value, Dual) else (value, 0.0)


def _times(a, b):
    (x, dx), (y, dy) = _parts(a), _parts(b)
    return Dual(x * y, dx * y + x * dy)


def _over(a, b):
    (x, dx), (y, dy) = _parts(a), _parts(b)
    z = x / y
    return Dual(z, (dx - z * dy) / y)


def _power(a, b):
    (x, dx), (y, dy) = _parts(a), _parts(b)
    z = x**y
    dot = 0.0 if primal(y) == 0 else y * x ** (y - 1) * dx
    return Dual(z, dot + z * numpy.log(x) * dy if isinstance(b, Dual) else dot)


def _remainder(a, b):
    return a - b * float(primal(a) // primal(b))


class Dual:
    """A number `val` and its tangent `dot`, either of which may be dual again."""

    __slots__ = ("val", "dot")
    __hash__ = None

    def __init__(self, val, dot):
        self.val, self.dot = val, dot

    __add__ = _arithmetic(lambda a, b: Dual(_parts(a)[0] + _parts(b)[0], _parts(a)[1] + _parts(b)[1]))
    __sub__ = _arithmetic(lambda a, b: Dual(_parts(a)[0] - _parts(b)[0], _parts(a)[1] - _parts(b)[1]))
    __mul__ = _arithmetic(_times)
    __truediv__ = _arithmetic(_over)
    __pow__ = _arithmetic(_power)
    __mod__ = _arithmetic(_remainder)
    __floordiv__ = _arithmetic(lambda a, b: float(primal(a) // primal(b)))
    __radd__ = __add__
    __rmul__ = __mul__
    __rsub__ = _arithmetic(lambda a, b: -a + b)
    __rtruediv__ = _arithmetic(lambda a, b: _over(b, a))
    __rpow__ = _arithmetic(lambda a, b: _power(b, a))
    __rmod__ = _arithmetic(lambda a, b: _remainder(b, a))
    __lt__, __le__ = _comparison("__lt__"), _comparison("__le__")
    __gt__, __ge__ = _comparison("__gt__"), _comparison("__ge__")
    __eq__, __ne__ = _comparison("__eq__"), _comparison("__ne__")

    def __neg__(self):
        return Dual(-self.val, -self.dot)

    def __pos__(self):
        return self

    def __abs__(self):
        return self * float(np.sign(primal(self)))

    def __bool__(self):
        return bool(primal(self))

    def __int__(self):
        return int(primal(self))

    def __float__(self):
        raise TypeError("a conversion to float would lose the tangent")

    def __round__(self, digits=None):
        return round(primal(self), digits)

    def __format__(self, spec):
        return format(primal(self), spec)

    def __repr__(self):
        return repr(primal(self))

    def conjugate(self):
        return self


SLOPES: dict[str, Callable] = {  # d f(x) / dx from x and y = f(x)
    "sin": lambda x, y: numpy.cos(x),
    "cos": lambda x, y: -numpy.sin(x),
    "tanh": lambda x, y: 1 - y * y,
    "exp": lambda x, y: y,
    "expm1": lambda x, y: y + 1,
    "log": lambda x, y: 1 / x,
    "log1p": lambda x, y: 1 / (1 + x),
    "sqrt": lambda x, y: 0.5 / y,
    "arctan": lambda x, y: 1 / (1 + x * x),
    "arcsinh": lambda x, y: 1 / numpy.sqrt(1 + x * x),
    "sinh": lambda x, y: numpy.cosh(x),
    "cosh": lambda x, y: numpy.sinh(x),
    "square": lambda x, y: 2 * x,
}
MATH_NAMES = {"arctan": "atan", "arcsinh": "asinh"}


def _elementwise(name):
    """The function `numpy.name` for numbers, duals and object arrays of either."""
    plain, slope = getattr(np, name), SLOPES[name]

    def lifted(x):
        if isinstance(x, np.ndarray) and x.dtype == object:
            return np.frompyfunc(lifted, 1, 1)(x)
        if not isinstance(x, Dual):
            return plain(x if isinstance(x, np.ndarray) else float(x))  # np.sin(True) is of float16
        y = lifted(x.val)
        return Dual(y, slope(x.val, y) * x.dot)

    return lifted


def _objects(function):
    """`function` of NumPy, whose result has room for duals."""
    return lambda *args, **kwargs: function(*args, **kwargs).astype(object)


class _StandIn:
    """The module `original` with some of its functions replaced."""

    def __init__(self, original, **replaced):
        self._original = original
        vars(self).update(replaced)

    def __getattr__(self, name):
        return getattr(self._original, name)


def _as_array(value, dtype=None):
    """An array with room for duals, unless it holds integers (to index with)."""
    return np.array(value, dtype=None if all(isinstance(leaf, int) for leaf in leaves(value)) else object)


_lifted = {name: _elementwise(name) for name in SLOPES}
_makers = {name: _objects(getattr(np, name)) for name in ("zeros", "ones", "full", "eye", "arange", "linspace")}
_likes = {
    "zeros_like": lambda x: np.zeros(np.shape(x)).astype(object),
    "ones_like": lambda x: np.ones(np.shape(x)).astype(object),
}
numpy = _StandIn(np, array=_as_array, asarray=_as_array, **_lifted, **_makers, **_likes)
mathematics = _StandIn(math, fabs=abs, **{MATH_NAMES.get(name, name): _lifted[name] for name in SLOPES})


def _import(name, *args):
    return {"numpy": numpy, "math": mathematics}.get(name) or builtins.__import__(name, *args)


def _to_float(value=0.0):
    return value if isinstance(value, Dual) else float(value)


def load_dual(text: str, mark: Callable | None = None) -> types.SimpleNamespace:
    """The names that the module `text` defines, when run on duals. `mark(construct, value)` sees its marks."""
    replaced = dict(vars(builtins), __import__=_import, float=_to_float)
    namespace = {"__builtins__": replaced, "__name__": "dual", "mark": mark or (lambda construct, value: None)}
    exec(compile(text, "<dual program>", "exec", dont_inherit=True), namespace)
    return types.SimpleNamespace(**{k: v for k, v in namespace.items() if not k.startswith("__")})


def leaves(value: Any) -> Iterator[Any]:
    """The numbers in nested containers and arrays."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    if isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def is_active(value: Any) -> bool:
    """True when a dual inside `value` has a tangent other than zero."""
    return any(isinstance(leaf, Dual) and primal(leaf.dot) != 0 for leaf in leaves(value))


def _perturb(value, direction):
    if isinstance(value, np.ndarray):
        duals = [Dual(v, float(d)) for v, d in zip(value.tolist(), np.ravel(direction), strict=True)]
        return np.array(duals, dtype=object)
    return Dual(value, float(direction))


def derivative(function: Callable, point: tuple, directions: list[tuple]) -> float:
    """The exact derivative of `function` at `point` along each of `directions`, one after the other.

    `point` and each direction: a tuple of floats and 1-d arrays.
    """
    for direction in directions:
        point = tuple(_perturb(value, d) for value, d in zip(point, direction, strict=True))
    result = function(*point)
    for _ in directions:
        result = result.dot if isinstance(result, Dual) else 0.0
    return float(primal(result))


def basis(point: tuple) -> list[tuple]:
    """The unit directions of the space of `point`."""
    size = sum(np.size(value) for value in point)
    return [unflatten(row, point) for row in np.eye(size)]


def flatten(values: tuple) -> np.ndarray:
    """The numbers of a tuple of floats and arrays as one vector."""
    return np.concatenate([np.ravel(np.asarray(value, float)) for value in values])


def unflatten(vector: np.ndarray, like: tuple) -> tuple:
    """The inverse of `flatten`."""
    parts, start = [], 0
    for value in like:
        stop = start + np.size(value)
        parts.append(vector[start:stop].copy() if isinstance(value, np.ndarray) else float(vector[start]))
        start = stop
    return tuple(parts)


def gradient(function: Callable, point: tuple, along: tuple[tuple, ...] = ()) -> np.ndarray:
    """The exact gradient of `function`, or of its derivative along the directions `along`, as one vector."""
    return np.array([derivative(function, point, [*along, unit]) for unit in basis(point)])


def difference(function: Callable, point: tuple, direction: tuple, h: float = 1e-4) -> Any:
    """The derivative of `function` along `direction` by central differences, extrapolated once: error O(h^4)."""
    centre, step = flatten(point), flatten(direction)

    def central(h):
        ahead, behind = (function(*unflatten(centre + sign * h * step, point)) for sign in (1, -1))
        return (ahead - behind) / (2 * h)

    return (4 * central(h / 2) - central(h)) / 3


def difference_gradient(function: Callable, point: tuple) -> np.ndarray:
    """The gradient of `function` by extrapolated differences, as one vector."""
    return np.array([float(difference(function, point, unit)) for unit in basis(point)])
