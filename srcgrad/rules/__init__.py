"""The derivative of each function, a file per family, and the registry behind them."""

from __future__ import annotations

import importlib

FAMILIES = (
    "elementwise",
    "scalars",
    "complexes",
    "inactive",
    "reductions",
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
)


def load_all() -> None:
    """Import every family, which registers its rules."""
    for family in FAMILIES:
        importlib.import_module(f"{__name__}.{family}")
