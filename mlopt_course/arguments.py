"""Checks of numbers given as arguments; the messages name the argument, its value and what is allowed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def whole_number(name: str, value: Any, least: int, most: int | None = None) -> int:
    """``value`` as an int; a ValueError unless it is an integer of at least ``least`` (and at most ``most``)."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        allowed = f">= {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be an integer {allowed}, got {value!r}")
    return int(value)


def real_number(name: str, value: Any, least: float) -> float:
    """``value`` as a float; a ValueError unless it is a finite number of at least ``least``."""
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not real or not least <= value < math.inf:
        raise ValueError(f"{name} must be a finite number >= {least:g}, got {value!r}")
    return float(value)


def as_generator(rng: Any) -> np.random.Generator:
    """``rng`` as a Generator: itself, or one seeded with it; a ValueError for anything else."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise ValueError(
            f"rng must be a numpy.random.Generator, a seed (an integer >= 0) or None, got {rng!r}"
        ) from None
