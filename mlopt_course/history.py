"""What a run records: compact columns that grow with the run, within a bound on memory."""

from __future__ import annotations

import math
from array import array
from typing import Any

import numpy as np

# A history is thinned (every other record dropped) when it would pass this many numbers: 256 MB.
HISTORY_LIMIT = 2**25
# Of fewer numbers than this a second copy costs less than a view of their bytes.
SMALL = 1024


class History:
    """What a run recorded, as arrays whose first axis is the record.

    Parameters
    ----------
    keep : {"full", "iterates"} or int
        Every iterate with the method's state; without it; or every n-th, with it.

    Attributes
    ----------
    iteration : ndarray of int, shape (n,)
        Number of steps taken; 0 is the start.
    x : ndarray, shape (n, d), or (n,) for scalar methods
        Points.
    fun : ndarray, shape (n,)
        Objective at those points (nan where it was not evaluated).
    nfev : ndarray of int, shape (n,)
        Evaluations spent by then.
    velocity, simplex, ... : ndarray
        The method's own state; records without it (the start) hold nan. A state whose size changes is an array of
        arrays, with None for missing ones.
    """

    def __init__(self, keep: str | int = "full") -> None:
        stride_ok = isinstance(keep, (int, np.integer)) and not isinstance(keep, bool) and keep >= 1
        if not stride_ok and not (isinstance(keep, str) and keep in ("full", "iterates")):
            raise ValueError(f"history must be 'full', 'iterates' or a stride (an integer >= 1), got {keep!r}")
        self._with_state = keep != "iterates"
        self._stride = 1 if isinstance(keep, str) else int(keep)
        self._iteration, self._fun, self._nfev = array("q"), array("d"), array("q")
        self._x: _Column | None = None
        self._states: dict[str, _Column] = {}
        self._numbers = 0

    def wants(self, iteration: int) -> bool:
        return iteration % self._stride == 0

    def add(self, iteration: int, x: Any, fun: float, nfev: int, state: dict[str, Any]) -> None:
        """Record an iterate (copied), unless that iteration has been recorded already."""
        count = len(self._iteration)
        if count and self._iteration[-1] == iteration:
            return
        if self._x is None:
            self._x = _Column(x, 0, whole=np.asarray(x).dtype.kind in "iu")
        self._iteration.append(iteration)
        self._fun.append(fun)
        self._nfev.append(nfev)
        self._numbers += 3 + self._x.put(x)
        if self._with_state and (state or self._states):
            self._add_state(state, count)
        while self._numbers > HISTORY_LIMIT and len(self._iteration) > 2:
            self._thin()

    def _add_state(self, state: dict[str, Any], count: int) -> None:
        for name, value in state.items():
            column = self._states.get(name)
            if column is None:
                column = self._states[name] = _Column(value, count)
                self._numbers += column.numbers()
            self._numbers += column.put(value)
        if len(state) < len(self._states):
            for name in self._states.keys() - state.keys():
                self._numbers += self._states[name].put_blank()

    def _thin(self) -> None:
        """Drop every other record, and from now on record half as often."""
        self._iteration, self._fun, self._nfev = self._iteration[::2], self._fun[::2], self._nfev[::2]
        self._stride *= 2
        self._numbers = 3 * len(self._iteration)
        for column in (self._x, *self._states.values()):
            if column is not None:
                column.thin()
                self._numbers += column.numbers()

    def _array(self, name: str) -> np.ndarray | None:
        if name in ("iteration", "fun", "nfev"):
            return _view(getattr(self, f"_{name}"))
        column = self._x if name == "x" else self._states.get(name)
        if column is None:
            return np.empty(0) if name == "x" else None
        return column.array()

    def __getattr__(self, name: str) -> np.ndarray:
        found = None if name.startswith("_") else self._array(name)
        if found is None:
            known = "" if name.startswith("_") else f"; it has {', '.join(self.names)}"
            raise AttributeError(f"this history has no {name!r}{known}")
        return found

    def __getitem__(self, name: str) -> np.ndarray:
        if not isinstance(name, str) or name not in self:
            raise KeyError(f"this history has no {name!r}; it has {', '.join(self.names)}")
        return getattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    @property
    def names(self) -> list[str]:
        """The arrays there are."""
        return ["iteration", "x", "fun", "nfev", *self._states]

    def __len__(self) -> int:
        return len(self._iteration)

    def __repr__(self) -> str:
        return f"History({len(self)} records of {', '.join(self.names)})"


class _Column:
    """The values of one name: numbers of one shape packed together, or a list of whatever else there is."""

    __slots__ = ("_data", "_objects", "_scalar", "_shape", "_size", "_type")

    def __init__(self, first: Any, missing: int, whole: bool = False) -> None:
        value = _as_numbers(first)
        packed = value is not None and value.size > 0
        self._objects: list[Any] | None = None if packed else [None] * missing
        self._shape: tuple[int, ...] = () if value is None else value.shape
        self._size = math.prod(self._shape)
        self._scalar = packed and not self._shape and not whole
        self._type = np.dtype(np.int64 if whole else np.float64) if packed else None
        self._data = array("q" if whole else "d", [0] if whole else [math.nan]) * (missing * self._size)

    def put(self, value: Any) -> int:
        """Add a copy of the value; return how many numbers that are."""
        if self._scalar and isinstance(value, (float, int)):
            self._data.append(value)
            return 1
        if self._objects is not None:
            self._objects.append(_copy(value))
            return int(np.size(self._objects[-1])) if isinstance(self._objects[-1], np.ndarray) else 1
        numbers = value if type(value) is np.ndarray else _as_numbers(value)
        if numbers is not None and numbers.dtype is self._type and numbers.shape == self._shape:
            return self._append(numbers)
        if numbers is None or numbers.shape != self._shape or numbers.dtype.kind not in "biuf":
            self._objects = [None if np.isnan(row).all() else row for row in map(np.copy, self.array())]
            self._scalar, self._type = False, None
            return self.put(value)
        if self._type == np.int64 and numbers.dtype.kind not in "iu":
            self._data, self._type = array("d", self._data), np.dtype(np.float64)
        return self._append(numbers.astype(self._type, copy=False))

    def _append(self, numbers: np.ndarray) -> int:
        if self._size < SMALL:
            self._data.frombytes(numbers.tobytes())
        else:
            self._data.frombytes(memoryview(np.ascontiguousarray(numbers)).cast("B"))  # type: ignore[arg-type]
        return self._size

    def put_blank(self) -> int:
        """Add a record without a value."""
        if self._objects is not None:
            self._objects.append(None)
            return 1
        self._data.extend([math.nan] * self._size)
        return self._size

    def thin(self) -> None:
        if self._objects is not None:
            self._objects = self._objects[::2]
        else:
            self._data = array(self._data.typecode, self.array()[::2].tobytes())

    def numbers(self) -> int:
        if self._objects is None:
            return len(self._data)
        return sum(value.size if isinstance(value, np.ndarray) else 1 for value in self._objects)

    def array(self) -> np.ndarray:
        if self._objects is not None:
            found = np.empty(len(self._objects), dtype=object)
            for i, value in enumerate(self._objects):  # one by one, or NumPy would stack arrays of equal shape
                found[i] = value
            return found
        return _view(self._data).reshape(-1, *self._shape)


def _view(data: array) -> np.ndarray:
    return np.frombuffer(data, dtype=data.typecode) if len(data) else np.empty(0, dtype=data.typecode)


def _as_numbers(value: Any) -> np.ndarray | None:
    try:
        numbers = np.asarray(value)
    except ValueError:  # lists of different lengths
        return None
    return numbers if numbers.dtype.kind in "biuf" else None


def _copy(value: Any) -> Any:
    numbers = _as_numbers(value)
    return value if numbers is None else numbers.copy()
