"""Calling the user's functions: what they raise or return wrongly becomes an `EvaluationError`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

FLOAT = np.dtype(float)  # the one object, so that ``is`` finds most arrays of floats


class EvaluationError(ArithmeticError):
    """The objective raised, or returned something that is not a finite number (or array) of the right shape."""


def same_point(a: Any, b: Any) -> bool:
    """Whether two points are equal in shape and in every number."""
    if isinstance(b, np.ndarray) and isinstance(a, np.ndarray):  # most points differ in their first number already
        return a.shape == b.shape and (a.size == 0 or a.item(0) == b.item(0)) and bool((a == b).all())
    return isinstance(a, float) and isinstance(b, float) and a == b


def frozen(x: Any) -> Any:
    """A point that nobody can change: a read-only copy, or x itself where it is one or a number."""
    if isinstance(x, float):
        return x
    if not isinstance(x, np.ndarray) or x.flags.writeable or x.base is not None:
        x = np.array(x)
        x.setflags(write=False)
    return x


def fingerprint(x: Any) -> Any:
    """What tells a point from every other one, even if its array is changed later; None if nothing does."""
    if isinstance(x, np.ndarray):
        return x.shape, x.tobytes()
    return x if isinstance(x, float) else None


def all_finite(array: np.ndarray) -> bool:
    """Whether no number is nan or infinite: one pass over them, unless their squares overflow."""
    flat = array.ravel()
    return math.isfinite(flat.dot(flat)) or bool(np.isfinite(flat).all())


def call(what: str, function: Callable[..., Any], x: Any, *rest: Any) -> Any:
    """``function(x, *rest)``, where ``x`` cannot be changed; ``what`` names it in the error."""
    if isinstance(x, np.ndarray) and x.flags.writeable:
        x = x.view()  # a read-only view: an objective that writes into x is found out, not obeyed
        x.setflags(write=False)
    try:
        return function(x, *rest)
    except Exception as error:
        raise EvaluationError(f"{what} raised {type(error).__name__}: {error} at x = {short(x)}") from error


def as_number(value: Any, x: Any) -> float:
    """What the objective returned, as a float."""
    if isinstance(value, (float, int)):  # np.float64 is a float
        return float(value)
    try:
        number = np.asarray(value)
        if number.size != 1 or number.dtype.kind not in "biufO":
            raise TypeError
        return float(number.item())
    except (TypeError, ValueError):
        raise EvaluationError(
            f"the objective must return one real number, got {describe(value)} at x = {short(x)}"
        ) from None


def as_array(what: str, value: Any) -> np.ndarray:
    """What a function returned, as an array of floats."""
    try:
        array = np.asarray(value)
        if array.dtype is not FLOAT:
            if array.dtype.kind not in "biufO" or value is None:
                raise TypeError
            array = array.astype(float)
    except (TypeError, ValueError):
        raise EvaluationError(f"{what} must return an array of real numbers, got {describe(value)}") from None
    return array


def finite(what: str, value: Any, shape: tuple[int, ...], x: Any) -> Any:
    """What a function returned, as finite floats of the shape that it must have."""
    if not shape and isinstance(value, float) and math.isfinite(value):
        return value
    array = value if type(value) is np.ndarray and value.dtype is FLOAT else as_array(what, value)
    if array.shape != shape:
        raise EvaluationError(f"{what} must have shape {shape}, got {array.shape} at x = {short(x)}")
    if not all_finite(array):
        raise EvaluationError(f"{what} is not finite at x = {short(x)}")
    return array if shape else array[()]


def describe(value: Any) -> str:
    """A value in a few words, for messages."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and type {value.dtype}"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


def short(x: Any) -> str:
    """A point in a few digits, for messages."""
    return np.array2string(np.asarray(x), precision=6, threshold=6)
