"""The helpers that generated code may call, each small enough to read when a debugger steps into it.

An adjoint has its primal's structure: a number for a number, an array for an array, a list for a list or tuple, a dict
for a dict. None is the adjoint of what carries no derivative, and a zero of any structure.
"""

from __future__ import annotations

import numpy as np

from ..errors import NoRule, NotScalar, UnsupportedMutation


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
    return x_dot if np.shape(x_dot) == shape else np.broadcast_to(x_dot, shape)


def zeros_like(x):
    """The zero adjoint of `x`: 0.0, an array of zeros, a list or dict of these, or None for what is inactive."""
    if isinstance(x, float):
        return 0.0
    if isinstance(x, (np.ndarray, np.generic)):
        return np.zeros_like(x) if x.dtype.kind in "fc" else None
    if isinstance(x, complex):
        return 0j
    if isinstance(x, (list, tuple)):
        return [zeros_like(item) for item in x]
    if isinstance(x, dict):
        return {key: zeros_like(item) for key, item in x.items()}
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
    return None if x is None or isinstance(x, (int, str, bytes)) else x_bar


def number(x_bar):
    """A 0-d adjoint as the plain number it is: the real part, for the primal is a float."""
    return (x_bar.real if is_complex(x_bar) else x_bar) if isinstance(x_bar, (float, complex)) else float(x_bar.real)


def as_sequence(x):
    """`x` where it can be indexed from 0, else the list of its items: iterators are run to their end."""
    return x if isinstance(x, (list, tuple, np.ndarray, range, str)) else list(x)


def captured(record, name):
    """The adjoint of one captured variable in the record that is the adjoint of a closure."""
    return None if record is None else record.get(name)


def item_of(bars, i):
    """The adjoint of one item in the adjoint of a sequence."""
    return None if bars is None else bars[i]


def items_bar(bars, x):
    """The adjoint of the sequence `x` from a list of its items' adjoints: an array where `x` is one."""
    if isinstance(x, np.ndarray):
        return np.array([zeros_like(x[k]) if bar is None else bar for k, bar in enumerate(bars)])
    return list(bars)


def scalar_seed(y):
    """The adjoint 1 of a result that is one real number; NotScalar for any other."""
    if isinstance(y, float):
        return 1.0
    if isinstance(y, (np.ndarray, np.generic)) and y.size == 1 and y.dtype.kind == "f":
        return np.ones_like(y)
    advice = "holomorphic_grad" if is_complex(y) and np.size(y) == 1 else "elementwise_grad, jacobian or make_vjp"
    raise NotScalar(f"grad needs one real number as output, not {described(y)}", advice=f"Use {advice}.")


def ones_seed(y):
    """The adjoint of all ones of a real result."""
    if is_complex(y):
        raise NotScalar("elementwise_grad needs a real output, not a complex one", advice="Use jacobian.")
    if isinstance(y, (list, tuple)):
        return [ones_seed(item) for item in y]
    if isinstance(y, dict):
        return {key: ones_seed(item) for key, item in y.items()}
    return 1.0 if isinstance(y, float) else np.ones_like(y)


def aux_seed(y):
    """The adjoint of a result `(value, aux)` of which the value is differentiated."""
    value, _ = y
    return [scalar_seed(value), None]


def holomorphic_seed(y):
    """The adjoint of the real part of a result that is one complex number."""
    if np.size(y) != 1:
        raise NotScalar(f"holomorphic_grad needs one number as output, not {described(y)}", advice="Use jacobian.")
    return np.ones_like(y) if isinstance(y, np.ndarray) else 1.0


def described(y) -> str:
    """A value as an error message tells it."""
    if isinstance(y, np.ndarray):
        return f"an array of shape {y.shape}" + (" of complex numbers" if is_complex(y) else "")
    return "a complex number" if isinstance(y, complex) else f"a {type(y).__name__}"


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


def check_unshared(x, *others, within=None):
    """UnsupportedMutation when `x`, about to be written to, is seen through one of `others`, or twice in `within`."""
    if any(shares(x, part) for part in parts_of(others)) or sum(shares(x, part) for part in parts_of([within])) > 1:
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


def snapshot(y):
    """`y` in memory of its own, so that nothing written later shows in it."""
    if isinstance(y, np.ndarray):
        return y.copy()
    if isinstance(y, (list, tuple)):
        items = [snapshot(item) for item in y]
        return y._make(items) if hasattr(y, "_make") else type(y)(items)
    if isinstance(y, dict):
        return {key: snapshot(item) for key, item in y.items()}
    return y
