"""What can be tuned: numbers, whole numbers and choices, some of which matter only for certain values of others."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from ..arguments import whole_number
from ..problem import Problem

Config = dict[str, Any]


@dataclass(frozen=True)
class Float:
    """A real number in [low, high], uniform there; on a logarithmic scale with ``log``, for which ``low`` > 0.

    ``when={"kernel": "rbf"}``, or ``{"kernel": ("rbf", "poly")}``, says for which values of other parameters, defined
    before this one, it is there at all.
    """

    low: float
    high: float
    log: bool = False
    when: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, self.log)

    def at(self, u: float) -> float:
        """The value at ``u`` in [0, 1]: the quantile of its distribution."""
        a, b = scaled(self)
        value = a + u * (b - a)
        return min(max(float(math.exp(value) if self.log else value), self.low), self.high)

    def place(self, value: float) -> float:
        """The ``u`` of a value."""
        a, b = scaled(self)
        return ((math.log(value) if self.log else value) - a) / (b - a) if b > a else 0.5

    def grid(self, points: int) -> list[float]:
        """Evenly spread values, both ends included; fewer where rounding makes some of them the same."""
        return list(dict.fromkeys(self.at(u) for u in np.linspace(0, 1, points)))


@dataclass(frozen=True)
class Integer:
    """A whole number from ``low`` to ``high``, each equally likely; or evenly on a logarithmic scale (``low`` >= 1)."""

    low: int
    high: int
    log: bool = False
    when: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        for name, value in (("low", self.low), ("high", self.high)):
            whole_number(name, value, least=-(2**53), most=2**53)
        _check_range(self.low, self.high, self.log)

    def at(self, u: float) -> int:
        """The value at ``u`` in [0, 1]: the quantile of its distribution."""
        a, b = scaled(self)
        value = a + u * (b - a)
        return min(max(round(math.exp(value) if self.log else value), self.low), self.high)

    def place(self, value: int) -> float:
        """A ``u`` of a value, in the middle of its range."""
        a, b = scaled(self)
        return ((math.log(value) if self.log else value) - a) / (b - a)

    def grid(self, points: int) -> list[int]:
        """Evenly spread values, both ends included; fewer where there are not so many."""
        spread = np.geomspace if self.log else np.linspace
        values = spread(float(self.low), float(self.high), points).tolist()
        return sorted({min(max(round(value), self.low), self.high) for value in values})


@dataclass(frozen=True)
class Categorical:
    """One of several values (of any type), each equally likely."""

    choices: Sequence[Any]
    when: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.choices, str) or not isinstance(self.choices, Sequence) or not self.choices:
            raise ValueError(f"choices must be a list or tuple of at least one value, got {self.choices!r}")
        if any(a == b for i, a in enumerate(self.choices) for b in self.choices[:i]):
            raise ValueError(f"choices must differ from each other, got {self.choices!r}")
        object.__setattr__(self, "choices", tuple(self.choices))

    def at(self, u: float) -> Any:
        """The choice at ``u`` in [0, 1]."""
        return self.choices[min(int(u * len(self.choices)), len(self.choices) - 1)]

    def place(self, value: Any) -> float:
        """A ``u`` of a choice, in the middle of its range."""
        return (self.choices.index(value) + 0.5) / len(self.choices)

    def grid(self, points: int) -> list[Any]:
        """All choices, however many points are asked for."""
        return list(self.choices)


Dimension = Float | Integer | Categorical


class Space:
    """A search space: named parameters, in order.

    >>> space = Space(rate=Float(1e-4, 1.0, log=True), kernel=Categorical(["rbf", "poly"]),
    ...               degree=Integer(2, 5, when={"kernel": "poly"}))
    >>> space.at([1.0, 0.0, 0.9])
    {'rate': 1.0, 'kernel': 'rbf'}
    >>> space.at([1.0, 1.0, 0.9])
    {'rate': 1.0, 'kernel': 'poly', 'degree': 5}

    A configuration is a dict with the parameters that are active: one whose ``when`` does not hold is left out.

    Parameters
    ----------
    parameters : mapping, optional
        From names to `Float`, `Integer` or `Categorical`; or give them by keyword.
    """

    def __init__(self, parameters: Mapping[str, Dimension] | None = None, /, **named: Dimension) -> None:
        self.parameters: dict[str, Dimension] = {**(parameters or {}), **named}
        if not self.parameters:
            raise ValueError("a space must have at least one parameter, got none")
        seen: dict[str, Dimension] = {}
        for name, dimension in self.parameters.items():
            if not isinstance(dimension, (Float, Integer, Categorical)):
                raise ValueError(f"parameter {name!r} must be a Float, an Integer or a Categorical, got {dimension!r}")
            for parent in dimension.when or {}:
                if parent not in seen:
                    raise ValueError(
                        f"parameter {name!r} depends on {parent!r}, which must be defined before it; so far: "
                        f"{', '.join(seen) or 'none'}"
                    )
            seen[name] = dimension

    def __len__(self) -> int:
        return len(self.parameters)

    def __repr__(self) -> str:
        return f"Space({', '.join(f'{name}={dimension!r}' for name, dimension in self.parameters.items())})"

    def build(self, choose: Callable[[str, Dimension], Any]) -> Config:
        """A configuration: ``choose(name, dimension)`` gives the value of each parameter that is active, in order."""
        config: Config = {}
        for name, dimension in self.parameters.items():
            if _holds(dimension.when, config):
                config[name] = choose(name, dimension)
        return config

    def sample(self, rng: np.random.Generator) -> Config:
        """A configuration at random."""
        return self.build(lambda name, dimension: dimension.at(rng.random()))

    def at(self, u: Any) -> Config:
        """The configuration at a point of the unit cube, shape (d,); entries of inactive parameters do not matter."""
        position = dict(zip(self.parameters, np.asarray(u, dtype=float).tolist(), strict=True))
        return self.build(lambda name, dimension: dimension.at(position[name]))

    def place(self, config: Config) -> np.ndarray:
        """A point of the unit cube for a configuration, shape (d,); 0.5 for inactive parameters."""
        return np.array([d.place(config[name]) if name in config else 0.5 for name, d in self.parameters.items()])

    def grid(self, points: int | Mapping[str, Any] = 5) -> Iterator[Config]:
        """All configurations of a grid, the last parameter varying fastest, each once.

        Parameters
        ----------
        points : int or mapping
            Values for each parameter, at least 2; or, for each by name, a number or a list of values.
        """
        axes = {}
        for name, dimension in self.parameters.items():
            wanted = points.get(name, 5) if isinstance(points, Mapping) else points
            if isinstance(wanted, (list, tuple)):
                axes[name] = list(wanted)
            else:
                axes[name] = dimension.grid(whole_number("points", wanted, least=2))
        unknown = set(points) - set(axes) if isinstance(points, Mapping) else set()
        if unknown:
            raise ValueError(f"points must be for parameters of the space, {', '.join(axes)}, got {sorted(unknown)}")
        return self._walk(axes)

    def _walk(self, axes: dict[str, list[Any]]) -> Iterator[Config]:
        for values in itertools.product(*axes.values()):
            full = dict(zip(axes, values, strict=True))
            config = self.build(lambda name, dimension, full=full: full[name])  # type: ignore[misc]
            # Points that differ in inactive parameters alone are the same: the one with their first values stands.
            if all(name in config or full[name] == axes[name][0] for name in axes):
                yield config

    def problem(self, objective: Callable[[Config], float], name: str = "tuning") -> Problem:
        """The objective as a `Problem` on the unit cube, so that every method of `minimize` can tune.

        ``space.at(result.x)`` is the configuration. The function is flat between whole numbers and between choices:
        gradients say nothing about those.
        """
        d = len(self)
        return Problem(lambda u: objective(self.at(u)), bounds=[(0.0, 1.0)] * d, x0=np.full(d, 0.5), name=name)


def scaled(dimension: Float | Integer) -> tuple[float, float]:
    """Both ends on the scale on which values are spread evenly; whole numbers own half a unit on each side."""
    half = 0.5 if isinstance(dimension, Integer) else 0.0
    low, high = dimension.low - half, dimension.high + half
    return (math.log(low), math.log(high)) if dimension.log else (low, high)


def as_space(space: Any) -> Space:
    """A `Space`, from one or from a mapping of its parameters."""
    if isinstance(space, Space):
        return space
    if isinstance(space, Mapping):
        return Space(space)
    raise ValueError(f"space must be a Space or a dict of its parameters, got {space!r}")


def _holds(when: Mapping[str, Any] | None, config: Config) -> bool:
    for parent, wanted in (when or {}).items():
        allowed = wanted if isinstance(wanted, (tuple, list, set, frozenset)) else (wanted,)
        if parent not in config or config[parent] not in allowed:
            return False
    return True


def _check_range(low: Any, high: Any, log: bool) -> None:
    if not (validate.is_real(low) and validate.is_real(high) and low <= high):
        raise ValueError(f"low and high must be finite numbers with low <= high, got {low!r} and {high!r}")
    if log and low <= 0:
        raise ValueError(f"low must be positive on a logarithmic scale, got {low!r}")
