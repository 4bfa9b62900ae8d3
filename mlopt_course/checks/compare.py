"""Compares a decoded answer with a decoded reference: None where they agree, else one sentence about the difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .encoding import Unsupported, encode

_NUMBERS = (bool, int, float, complex)
_ADVICE = {
    "a generator": ": use `return`, not `yield`",
    "a function": ": is a pair of brackets missing, as in `f(x)`?",
    "a coroutine": ": write `def`, not `async def`",
}


@dataclass(frozen=True)
class Difference:
    """How an answer differs: ``kind`` is one of none, type, shape, nan, value; ``text`` completes "your function"."""

    kind: str
    text: str


def compare(expected: Any, got: Any, rtol: float, atol: float, where: str = "") -> Difference | None:
    """The first difference between two decoded values, or None.

    Numbers agree where ``|got - expected| <= atol + rtol |expected|``; a list or tuple of numbers stands for an
    array, an array for a list or tuple of its rows, an integer for a float, an array without dimensions for a number.
    Shapes and lengths must be equal.
    """
    if got is None and expected is not None:
        return Difference("none", f"returned None{_at(where)}")
    if type(got) is Unsupported:
        more = _ADVICE.get(got.description, "")
        more = ", which is far too large" if got.oversized else more
        return Difference("type", f"returned {got.description}{_at(where)}{more}")
    if type(expected) is np.ndarray and expected.ndim == 0:
        expected = expected[()].item()
    if type(got) is np.ndarray and got.ndim == 0:
        got = got[()].item()
    if type(expected) in _NUMBERS:
        return _compare_number(expected, got, rtol, atol, where)
    if type(expected) is np.ndarray:
        return _compare_array(expected, got, rtol, atol, where)
    if type(expected) in (list, tuple):
        return _compare_sequence(expected, got, rtol, atol, where)
    if type(expected) is dict:
        return _compare_dict(expected, got, rtol, atol, where)
    if type(expected) is not type(got):
        return _wrong_type(expected, got, where)
    if encode(expected) != encode(got):
        return Difference("value", f"returned something else{_at(where)}")
    return None


def _compare_number(expected: Any, got: Any, rtol: float, atol: float, where: str) -> Difference | None:
    if type(got) is np.ndarray or type(got) in (list, tuple):
        array = _as_array(got)
        if array is not None and array.size == 1:
            return Difference("shape", f"returned {describe(got)}{_at(where)} where one plain number is expected")
    if type(got) not in _NUMBERS or (type(expected) is bool) is not (type(got) is bool):
        return _wrong_type(expected, got, where)
    if type(got) is complex and type(expected) is not complex:
        return _wrong_type(expected, got, where)
    if not _is_finite(got) and _is_finite(expected):
        return Difference("nan", f"returned {render(got)}{_at(where)}")
    if _close(expected, got, rtol, atol):
        return None
    return Difference("value", f"returned a different number{_at(where)}")


def _is_finite(value: Any) -> bool:
    return bool(np.all(np.isfinite(_floats(value))))


def _floats(value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind == "O":  # integers beyond 64 bits
        return np.array([_float(item) for item in array.flat]).reshape(array.shape)
    return array if array.dtype.kind == "c" else array.astype(float)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _close(expected: Any, got: Any, rtol: float, atol: float) -> bool:
    expected, got = _floats(expected), _floats(got)
    with np.errstate(all="ignore"):
        near = np.abs(got - expected) <= atol + rtol * np.abs(expected)
        near &= np.isfinite(expected)
        same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return bool(np.all(near | same))


def _as_array(value: Any) -> np.ndarray | None:
    """A numeric array, or None; lists of text, of unequal rows, or of mixed things are not arrays."""
    if type(value) is np.ndarray:
        return value
    if type(value) not in (list, tuple):
        return None
    try:
        array = np.asarray([_as_array(item) if type(item) in (list, tuple) else item for item in value])
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in "biufc" else None


def _compare_array(expected: np.ndarray, got: Any, rtol: float, atol: float, where: str) -> Difference | None:
    array = _as_array(got)
    if array is None and type(got) in _NUMBERS:
        array = np.asarray(got)
    if array is None:
        return _wrong_type(expected, got, where)
    if array.shape != expected.shape:
        return Difference(
            "shape", f"returned {describe(got)}{_at(where)} where an array of shape {expected.shape} is expected"
        )
    if expected.size == 0:
        return None
    if (expected.dtype.kind == "b") != (array.dtype.kind == "b") or (
        array.dtype.kind == "c" and expected.dtype.kind != "c"
    ):
        return _wrong_type(expected, got, where)
    if _is_finite(expected) and not _is_finite(array):
        first = np.argwhere(~np.isfinite(_floats(array)))[0]
        index = ", ".join(str(i) for i in first)
        return Difference("nan", f"returned {render(array[tuple(first)].item())} at index [{index}]{_at(where)}")
    if _close(expected, array, rtol, atol):
        return None
    return Difference("value", f"returned different numbers{_at(where)}")


def _compare_sequence(expected: Any, got: Any, rtol: float, atol: float, where: str) -> Difference | None:
    word = type(expected).__name__
    if type(got) is np.ndarray and type(expected) is list:
        got = list(got)
        got = [item.item() if isinstance(item, np.generic) else item for item in got]
    elif type(got) is np.ndarray and got.ndim and len(got) == len(expected):  # `a, b = answer(...)` works with it too
        rows = [row.item() if isinstance(row, np.generic) else row for row in got]
        if compare(expected, rows, rtol, atol, where) is None:
            return None
    if type(got) not in (list, tuple):
        named = type(expected) is tuple and 1 < len(expected) < 9
        advice = f": end with `return {', '.join('abcdefgh'[: len(expected)])}`" if named else ""
        return Difference(
            "type", f"returned {describe(got)}{_at(where)} where {describe(expected)} is expected{advice}"
        )
    if len(got) != len(expected):
        wanted = "1 value is" if len(expected) == 1 else f"{len(expected)} values are"
        return Difference("shape", f"returned {describe(got)}{_at(where)} where {wanted} expected")
    for number, (one, other) in enumerate(zip(expected, got, strict=True), start=1):
        found = compare(one, other, rtol, atol, _join(f"value {number} of the {word}", where))
        if found is not None:
            return found
    return None


def first_difference(expected: Any, got: Any, rtol: float, atol: float) -> tuple[str, Any, Any]:
    """Where two values of the same shape first differ, and the two numbers there: for what is too long to show."""
    if type(expected) in (list, tuple) and not (type(expected) is list and _as_array(expected) is not None):
        for number, (one, other) in enumerate(zip(expected, got, strict=True), start=1):
            if compare(one, other, rtol, atol) is not None:
                place, one, other = first_difference(one, other, rtol, atol)
                return _join(place, f"value {number}") if place else f"value {number}", one, other
    right, left = _as_array(expected), _as_array(got)
    if right is None or left is None or right.ndim == 0 or right.shape != left.shape:
        return "", expected, got
    index = next(i for i in np.ndindex(right.shape) if not _close(right[i], left[i], rtol, atol))
    return f"index [{', '.join(map(str, index))}]", right[index].item(), left[index].item()


def _compare_dict(expected: dict[Any, Any], got: Any, rtol: float, atol: float, where: str) -> Difference | None:
    if type(got) is not dict:
        return _wrong_type(expected, got, where)
    missing = [key for key in expected if key not in got]
    extra = [key for key in got if key not in expected]
    if missing or extra:
        word = "without the key" if missing else "with the unexpected key"
        return Difference("shape", f"returned a dict {word} {(missing or extra)[0]!r:.60}{_at(where)}")
    for key in expected:
        found = compare(expected[key], got[key], rtol, atol, _join(f"the entry {key!r:.60}", where))
        if found is not None:
            return found
    return None


def _wrong_type(expected: Any, got: Any, where: str) -> Difference:
    return Difference("type", f"returned {describe(got)}{_at(where)} where {describe(expected)} is expected")


def _join(inner: str, outer: str) -> str:
    return f"{inner}, in {outer}" if outer else inner


def _at(where: str) -> str:
    return f" as {where}" if where else ""


def describe(value: Any) -> str:
    """What kind of value it is: "an array of shape (3,)", "a tuple of 2 values", "one number"."""
    if type(value) is np.ndarray:
        kind = {"b": " of True and False", "c": " of complex numbers"}.get(value.dtype.kind, "")
        return f"an array{kind} of shape {value.shape}"
    if type(value) in (list, tuple, dict):
        word = "entr" if type(value) is dict else "value"
        ending = {"entr": ("y", "ies"), "value": ("", "s")}[word][len(value) != 1]
        return f"a {type(value).__name__} of {len(value)} {word}{ending}"
    if type(value) is Unsupported:
        return value.description
    names = {bool: "True or False", complex: "a complex number", str: "text", type(None): "None"}
    return names.get(type(value), "one number" if type(value) in _NUMBERS else "an object")


def render(value: Any, digits: int = 6) -> str:
    """A value briefly, for a message."""
    if type(value) is np.ndarray:
        if value.size > 12:
            return f"an array of shape {value.shape}"
        return np.array2string(value, precision=digits, separator=", ", floatmode="maxprec").replace("\n", "")
    if type(value) is float:
        return f"{value:.{digits}g}"
    if type(value) is complex:
        return f"{value:.{digits}g}"
    if type(value) in (list, tuple):
        if len(value) > 8:
            return f"a {type(value).__name__} of {len(value)} values"
        inner = ", ".join(render(item, digits) for item in value)
        return f"[{inner}]" if type(value) is list else f"({inner}{',' * (len(value) == 1)})"
    if type(value) is dict:
        inner = ", ".join(f"{render(k, digits)}: {render(v, digits)}" for k, v in list(value.items())[:8])
        return f"{{{inner}{', ...' * (len(value) > 8)}}}"
    if type(value) is np.random.Generator:
        return "a random generator"
    if type(value) is Unsupported:
        return value.description
    return f"{value!r:.200}"
