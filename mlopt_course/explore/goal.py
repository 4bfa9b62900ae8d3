"""The goal of an explorer: something for the reader to reach, judged by Python and shown by the page."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Goal:
    """What the reader is asked to reach. It is of one of two kinds.

    With ``target``: settings for which ``count`` of the runs shown come down to an error of ``target`` or less in at
    most ``within`` steps. With ``leader``: a step at which that run has the lowest error of all.

    Parameters
    ----------
    target : float, optional
        Error :math:`f(x) - f^*` to reach (> 0).
    within : int, optional
        Steps that it may take; all steps of the explorer by default.
    count : int
        How many of the runs must get there (1 by default).
    leader : str, optional
        Label of the run that must be in front at the step shown.
    problem : str, optional
        Name or label of the landscape on which it counts; any by default.
    text : str, optional
        The sentence shown; made from the above by default.

    Examples
    --------
    >>> Goal(target=1e-6, within=100).sentence()
    'Bring the error to 10⁻⁶ in at most 100 steps.'
    >>> Goal(leader="adam").sentence()
    'Find a step at which adam has the lowest error.'
    """

    target: float | None = None
    within: int | None = None
    count: int = 1
    leader: str | None = None
    problem: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if (self.target is None) == (self.leader is None):
            raise ValueError(f"a Goal needs either target or leader, got {self.target!r} and {self.leader!r}")
        if self.target is not None and not (math.isfinite(self.target) and self.target > 0):
            raise ValueError(f"target must be a number > 0, got {self.target!r}")
        for name, value in (("within", self.within), ("count", self.count)):
            if value is not None and (int(value) != value or value < 1):
                raise ValueError(f"{name} must be an integer >= 1, got {value!r}")

    def sentence(self) -> str:
        """The goal in words."""
        if self.text is not None:
            return self.text
        if self.leader is not None:
            sentence = f"Find a step at which {self.leader} has the lowest error"
        else:
            who = "the error" if self.count == 1 else f"the errors of {self.count} methods"
            limit = "" if self.within is None else f" in at most {self.within} steps"
            sentence = f"Bring {who} to {power_of_ten(self.target or math.nan)}{limit}"
        return sentence + ("." if self.problem is None else f", on “{self.problem}”.")

    def first_step(self, errors: np.ndarray) -> int:
        """The first step at which ``errors`` (shape (n,)) is at or below the target; -1 if none is."""
        if self.target is None:
            return -1
        below = np.flatnonzero(np.asarray(errors) <= self.target)
        return int(below[0]) if below.size else -1

    def as_spec(self) -> dict[str, Any]:
        """The goal as the page reads it."""
        return {**asdict(self), "text": self.sentence()}


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(value: float, digits: int = 2) -> str:
    """A number for prose: ``0.012``, ``1.2×10⁻⁵``, ``10⁻⁶``.

    >>> power_of_ten(1e-6), power_of_ten(0.0123), power_of_ten(-1.234e7)
    ('10⁻⁶', '0.012', '−1.2×10⁷')
    """
    if not math.isfinite(value):
        return str(value)
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -3 <= power <= 3 or value == 0:
        text = f"{float(mantissa + 'e' + exponent):.{max(0, digits - 1 - power)}f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")
    mantissa = mantissa.rstrip("0").rstrip(".")
    ten = "10" + str(power).translate(_SUPERSCRIPTS)
    return ten if mantissa == "1" else f"{mantissa}×{ten}".replace("-", "−")
