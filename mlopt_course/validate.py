"""Checks of a method's options, several at once: ``validate.positive(learning_rate=learning_rate, epsilon=epsilon)``.

Each error names the option, what is allowed and the value it had. Single arguments: see `arguments`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .arguments import real_number, whole_number


def is_real(value: Any) -> bool:
    """Whether ``value`` is one finite real number (True and False are not numbers here)."""
    if type(value) is float:
        return math.isfinite(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    return (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def positive(**options: Any) -> None:
    """Raise a ValueError unless every option is a finite number > 0: ``positive(epsilon=epsilon)``."""
    for name, value in options.items():
        if not (is_real(value) and value > 0):
            raise ValueError(f"{name} must be positive, got {value!r}")


def not_negative(**options: Any) -> None:
    """Raise a ValueError unless every option is a finite number >= 0."""
    for name, value in options.items():
        real_number(name, value, 0)


def fraction(**options: Any) -> None:
    """Raise a ValueError unless every option is a number in [0, 1), such as a decay rate."""
    for name, value in options.items():
        if not (is_real(value) and 0 <= value < 1):
            raise ValueError(f"{name} must be at least 0 and below 1, got {value!r}")


def whole(minimum: int = 1, /, **options: Any) -> None:
    """Raise a ValueError unless every option is an integer, at least ``minimum``."""
    for name, value in options.items():
        whole_number(name, value, minimum)


def boolean(**options: Any) -> None:
    """Raise a ValueError unless every option is True or False."""
    for name, value in options.items():
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"{name} must be True or False, got {value!r}")
