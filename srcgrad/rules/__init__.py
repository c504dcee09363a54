"""The derivative of each function, a file per family, and the registry behind them."""

from __future__ import annotations

import importlib

from . import registry

FAMILIES = (
    "elementwise",
    "scalars",
    "complexes",
    "inactive",
    "reductions",
    "structures",
    "shapes",
    "joins",
    "ndarrays",
    "products",
    "indexing",
    "sorting",
    "containers",
    "dicts",
    "records",
    "linalg",
    "dynamic",
    "generated",
    "pairs",
    "closures",
    "protocols",
    "binding",
    "transposed",
)

# Loaded once their module has been imported, by whomever: importing SciPy takes longer than all of srcgrad.
SCIPY = {
    "scipy.special": ("scipy_special",),
    "scipy.linalg": ("scipy_linalg",),
    "scipy.integrate": ("scipy_integrate",),
    "scipy.signal": ("scipy_signal",),
    "scipy.stats": ("scipy_stats", "scipy_stats_discrete", "scipy_stats_vectors"),
}


def load_all() -> None:
    """Import every family, which registers its rules, but for those of modules that nobody has imported yet."""
    for family in FAMILIES:
        importlib.import_module(f"{__name__}.{family}")
    for module, families in SCIPY.items():
        registry.later[module] = tuple(f"{__name__}.{family}" for family in families)
