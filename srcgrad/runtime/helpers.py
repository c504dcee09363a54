"""The helpers that generated code may call, each small enough to read when a debugger steps into it.

An adjoint has its primal's structure: a number for a number, an array for an array, a list for a list or tuple, a dict
for a dict. None is the adjoint of what carries no derivative, and a zero of any structure.
"""

from __future__ import annotations

import numpy as np

from ..errors import NoRule, NotScalar, UnsupportedMutation
from ..records import field_names, is_dataclass, with_fields


def unbroadcast(x_bar, x):
    """Sum an adjoint over the axes along which its primal `x` was broadcast; keep the real part if `x` is real."""
    shape = getattr(x, "shape", ())
    bar_shape = getattr(x_bar, "shape", ())
    if bar_shape != shape:
        x_bar = np.sum(x_bar, axis=tuple(range(len(bar_shape) - len(shape))))
        stretched = tuple(i for i, (n, m) in enumerate(zip(shape, x_bar.shape)) if n == 1 != m)
        x_bar = np.sum(x_bar, axis=stretched, keepdims=True) if stretched else x_bar
    if isinstance(x_bar, complex) or getattr(x_bar, "dtype", np.float64) in COMPLEX:
        return x_bar if is_complex(x) else x_bar.real
    return x_bar


COMPLEX = (np.complex128, np.complex64)


def is_complex(x) -> bool:
    """True for complex numbers and arrays."""
    return isinstance(x, complex) or getattr(x, "dtype", np.float64) in COMPLEX


def broadcast(x_dot, y):
    """Stretch a tangent or adjoint to the shape of its primal `y`, where it was kept as one number."""
    shape = np.shape(y)
    if np.shape(x_dot) != shape:
        return np.broadcast_to(x_dot, shape)
    return x_dot[()] if not shape and type(x_dot) is np.ndarray and type(y) is not np.ndarray else x_dot


def zeros_like(x):
    """The zero adjoint of `x`: 0.0, an array of zeros, a list or dict of these, or None for what has no arithmetic.

    An integer, which may stand where a float might, has the zero of a float, and so have those of a range; arrays of
    integers have none.
    """
    if isinstance(x, (float, int, np.integer)):
        return 0.0
    if isinstance(x, (np.ndarray, np.generic)):
        return np.zeros_like(x) if x.dtype.kind in "fc" else None
    if isinstance(x, complex):
        return 0j
    if isinstance(x, (list, tuple, range)):
        return [zeros_like(item) for item in x]
    if isinstance(x, dict):
        return {key: zeros_like(item) for key, item in x.items()}
    if is_dataclass(x):
        return {name: zeros_like(getattr(x, name)) for name in field_names(x)}
    return None


def add(a_bar, b_bar):
    """The sum of two adjoints of one value, of any structure; a new object unless one of them is None."""
    if a_bar is None:
        return b_bar
    if b_bar is None:
        return a_bar
    if isinstance(a_bar, (list, tuple)):
        return [add(a, b) for a, b in zip(a_bar, b_bar, strict=True)]
    if isinstance(a_bar, dict):
        return {
            key: add(a_bar.get(key), b_bar.get(key)) for key in [*a_bar, *(key for key in b_bar if key not in a_bar)]
        }
    return a_bar + b_bar


def project(x_bar, x):
    """The gradient with respect to `x`: its adjoint in the shape, dtype and containers of `x`, in memory of its own.

    Leaves that are neither floating nor complex are None.
    """
    if isinstance(x, float):
        return 0.0 if x_bar is None else number(x_bar) if type(x) is not float else float(number(x_bar))
    if isinstance(x, (np.ndarray, np.generic)):
        if x.dtype.kind not in "fc":
            return None
        if x.dtype.kind == "f" and is_complex(x_bar):
            x_bar = x_bar.real
        return (
            np.array(np.broadcast_to(0.0 if x_bar is None else unbroadcast(x_bar, x), x.shape), dtype=x.dtype)[()]
            if isinstance(x, np.generic)
            else np.array(np.broadcast_to(0.0 if x_bar is None else x_bar, x.shape), dtype=x.dtype)
        )
    if isinstance(x, complex):
        return 0j if x_bar is None else complex(x_bar)
    if isinstance(x, (list, tuple)):
        items = [project(None if x_bar is None else x_bar[i], item) for i, item in enumerate(x)]
        return x._make(items) if hasattr(x, "_make") else type(x)(items)
    if isinstance(x, dict):
        return {key: project(None if x_bar is None else x_bar.get(key), item) for key, item in x.items()}
    if is_dataclass(x):
        parts = {} if x_bar is None else x_bar
        return with_fields(x, {name: project(parts.get(name), getattr(x, name)) for name in field_names(x)})
    return None if x is None or isinstance(x, (int, str, bytes)) else x_bar


def number(x_bar):
    """A 0-d adjoint as the plain number it is: the real part, for the primal is a float."""
    return (x_bar.real if is_complex(x_bar) else x_bar) if isinstance(x_bar, (float, complex)) else float(x_bar.real)


def as_sequence(x):
    """`x` where it can be indexed from 0, else the list of its items: iterators are run to their end."""
    return x if isinstance(x, (list, tuple, np.ndarray, range, str)) else list(x)


def part(whole, key):
    """One part of an adjoint or tangent: an item, or an entry of a dict or closure's record; None where it has none."""
    if whole is None:
        return None
    return whole.get(key) if isinstance(whole, dict) else whole[key]


def seed(y, mode="grad"):
    """The adjoint of a result that `grad`, `elementwise_grad` or `holomorphic_grad` begins with: ones, where it may."""
    return SEEDS[mode](y)


def scalar_seed(y):
    """The adjoint 1 of a result that is one real number; NotScalar for any other."""
    if isinstance(y, (float, int)):
        return 1.0
    if isinstance(y, (np.ndarray, np.generic)) and y.size == 1 and y.dtype.kind in "fiub":
        return np.ones_like(y, dtype=y.dtype if y.dtype.kind == "f" else float)
    require_numbers(y)
    advice = "holomorphic_grad" if is_complex(y) and np.size(y) == 1 else "elementwise_grad, jacobian or make_vjp"
    raise NotScalar(f"grad needs one real number as output, not {described(y)}", advice=f"Use {advice}.")


def ones_seed(y):
    """The adjoint of all ones of a real result."""
    require_numbers(y)
    return ones_of(y)


def ones_of(y):
    """Ones in the structure of `y`, None for what has no derivative."""
    if is_complex(y):
        raise NotScalar("elementwise_grad needs a real output, not a complex one", advice="Use jacobian.")
    if isinstance(y, (list, tuple)):
        return [ones_of(item) for item in y]
    if isinstance(y, dict):
        return {key: ones_of(item) for key, item in y.items()}
    if is_dataclass(y):
        return {name: ones_of(getattr(y, name)) for name in field_names(y)}
    if isinstance(y, (np.ndarray, np.generic)):
        return np.ones_like(y) if y.dtype.kind in "fO" else np.ones(y.shape) if y.dtype.kind in "iub" else None
    return 1.0 if isinstance(y, (float, int)) else None


def holomorphic_seed(y):
    """The adjoint of the real part of a result that is one complex number."""
    require_numbers(y)
    if isinstance(y, (list, tuple, dict)) or np.size(y) != 1:
        raise NotScalar(f"holomorphic_grad needs one number as output, not {described(y)}", advice="Use jacobian.")
    return np.ones_like(y) if isinstance(y, np.ndarray) else 1.0


def aux_seed(y):
    """The adjoint of a pair of which the first is one real number."""
    if not isinstance(y, (list, tuple)) or len(y) != 2:
        raise NotScalar(
            f"grad_and_aux needs a pair as output, not {described(y)}", advice="Return a number and the rest."
        )
    return [scalar_seed(y[0]), None]


SEEDS = {"grad": scalar_seed, "elementwise_grad": ones_seed, "holomorphic_grad": holomorphic_seed, "aux": aux_seed}


def require_numbers(y):
    """NotScalar for a result that is no number, array or structure of these, such as that of a forgotten `return`."""
    if not isinstance(y, (float, int, complex, np.ndarray, np.generic, list, tuple, dict)) and not is_dataclass(y):
        raise NotScalar(
            f"the output is {described(y)}, which has no derivative",
            advice="Return a number, an array, or a structure of these.",
        )
    if isinstance(y, (np.ndarray, np.generic)) and y.dtype.kind not in "fciubO":
        raise NotScalar(f"the output is an array of dtype {y.dtype}, which has no derivative", advice="Return numbers.")


def described(y) -> str:
    """A value as an error message tells it."""
    if isinstance(y, np.ndarray):
        return f"an array of shape {y.shape}" + (" of complex numbers" if is_complex(y) else "")
    return "None" if y is None else "a complex number" if isinstance(y, complex) else f"a {type(y).__name__}"


def distinct(index):
    """`index`, which picks no entry twice; UnsupportedMutation when it does, for then writes overwrite each other."""
    parts = [
        np.asarray(part) for part in (index if isinstance(index, tuple) else (index,)) if not isinstance(part, slice)
    ]
    positions = [part for part in parts if part.dtype.kind in "iu" and part.ndim]
    if positions:
        stacked = np.stack([np.ravel(part) for part in np.broadcast_arrays(*positions)])
        if np.unique(stacked, axis=1).shape[1] < stacked.shape[1]:
            raise UnsupportedMutation(
                "an array is written at indices that repeat", advice="Use np.add.at, or write each entry once."
            )
    return index


def check_unshared(x, *others, within=None, deep=True, floating=False):
    """UnsupportedMutation when `x`, about to be written to, is seen through one of `others`, or twice in `within`.

    `deep`: also when one of `others` holds it. `floating`: also when it is an array that would round floats.
    """
    if floating and isinstance(x, np.ndarray) and x.dtype.kind not in "fc":
        raise UnsupportedMutation(
            f"an active value is stored into an array of dtype {x.dtype}, which has no derivative",
            advice="Make the array floating: np.zeros(n), np.array([1.0, 2.0]), a.astype(float).",
        )
    seen = parts_of(others) if deep else others
    if any(shares(x, part) for part in seen) or sum(shares(x, part) for part in parts_of([within])) > 1:
        raise UnsupportedMutation(
            "something is written to while another name or container that is read later shares it",
            advice="Write first and share afterwards, or write into a copy.",
        )


def shares(x, y) -> bool:
    """True when a write into `x` may be seen in `y`."""
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        return np.may_share_memory(x, y) and shares_exactly(x, y)
    return x is y and not isinstance(x, (int, float, complex, str, tuple, type(None)))


def shares_exactly(x, y) -> bool:
    try:
        return np.shares_memory(x, y, max_work=1000)
    except np.exceptions.TooHardError:
        return True


def parts_of(value):
    """All arrays and mutable objects within `value`, by reference; one that is there twice comes twice."""
    pending, seen = [value], set()
    while pending:
        part = pending.pop()
        inner = inside(part)
        if isinstance(part, np.ndarray) or inner is not None and not isinstance(part, tuple):
            yield part
        if inner is not None and id(part) not in seen:
            seen.add(id(part))
            pending.extend(inner)


def inside(value):
    """What a container, function or object refers to; None for what refers to nothing."""
    if isinstance(value, (int, float, complex, str, bytes, np.ndarray, np.generic, type, type(np), type(None))):
        return None
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    held = [*(getattr(value, "__defaults__", None) or ()), *getattr(value, "__dict__", {}).values()]
    for name in ("__self__", "func", "args", "keywords"):
        held.append(getattr(value, name, None))
    return held + [cell.cell_contents for cell in getattr(value, "__closure__", None) or () if is_filled(cell)]


def is_filled(cell) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def refused(message):
    """Raise NoRule: a call was reached that cannot be differentiated."""
    raise NoRule(message)


def no_text(y_bar, y, message):
    """Raise NoRule if an adjoint arrives at text within `y`: somebody has turned that into a number."""
    if y_bar is None:
        return
    if isinstance(y, (list, tuple)):
        for item_bar, item in zip(y_bar, y):
            no_text(item_bar, item, message)
    elif isinstance(y, dict):
        for key in y:
            no_text(y_bar.get(key), y[key], message)
    elif isinstance(y, (str, bytes)) and y_bar != 0:
        raise NoRule(message)


def snapshot(y):
    """`y` in memory of its own, so that nothing written later shows in it."""
    if isinstance(y, np.ndarray):
        return y.copy()
    if isinstance(y, (list, tuple)):
        items = [snapshot(item) for item in y]
        return y._make(items) if hasattr(y, "_make") else type(y)(items)
    if isinstance(y, dict):
        return {key: snapshot(item) for key, item in y.items()}
    if is_dataclass(y) and holds_arrays(y):
        return with_fields(y, {name: snapshot(getattr(y, name)) for name in field_names(y)})
    return y


def holds_arrays(x) -> bool:
    """True for a dataclass with fields that may be written into; others need no copy."""
    return any(isinstance(getattr(x, name), (np.ndarray, list, dict)) for name in field_names(x))


def mirrored(x):
    """A tangent or adjoint that a user gives as the primal's own records, with dicts in place of dataclasses."""
    if isinstance(x, (list, tuple)):
        return [mirrored(item) for item in x]
    if isinstance(x, dict):
        return {key: mirrored(item) for key, item in x.items()}
    if is_dataclass(x):
        return {name: mirrored(getattr(x, name)) for name in field_names(x)}
    return x


def unmirrored(x_dot, x):
    """A tangent in the containers of its primal; integers in these have none."""
    if x_dot is None:
        return None
    if isinstance(x, (list, tuple)):
        items = [None if is_integral(item) else unmirrored(dot, item) for dot, item in zip(x_dot, x)]
        return x._make(items) if hasattr(x, "_make") else type(x)(items)
    if isinstance(x, dict):
        return {key: None if is_integral(item) else unmirrored(x_dot.get(key), item) for key, item in x.items()}
    if is_dataclass(x):
        fields = {name: getattr(x, name) for name in field_names(x)}
        return with_fields(
            x, {n: None if is_integral(item) else unmirrored(x_dot.get(n), item) for n, item in fields.items()}
        )
    return x_dot


def is_integral(x) -> bool:
    """True for integers, booleans and arrays of these."""
    return isinstance(x, int) or getattr(getattr(x, "dtype", None), "kind", "f") in "iub"
