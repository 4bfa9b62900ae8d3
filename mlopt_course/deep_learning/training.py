"""Two aids for training: when to stop, and which learning rate to begin with."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import validate
from ..arguments import as_generator, real_number, whole_number
from ..problem import Problem
from ..registry import Iterate


class EarlyStopping:
    """Stop when the loss on validation data has not fallen for a while: a callback for `minimize`.

    >>> stop = EarlyStopping(validation_loss, patience=5)                                       # doctest: +SKIP
    >>> minimize(problem, method="adam", callback=stop); stop.best_x                            # doctest: +SKIP

    Parameters
    ----------
    validation : callable
        ``validation(x) -> float``. Nan counts as no improvement.
    patience : int
        Stop at the ``patience``-th check in a row without improvement.
    least_improvement : float
        A lower loss counts only if it is lower by more than this; at least 0.
    every : int
        Iterates between checks.

    Attributes
    ----------
    best_x, best_loss : ndarray, float
        Where the validation loss was least: what to use after the run. (The run's own ``x`` is the best on the
        *training* data.)
    losses : list of float
        One for each check.

    References
    ----------
    Prechelt (1998), Early stopping, but when? Deviation: what counts are checks without a new least loss, not rises
    in a row (criterion UP there).
    """

    def __init__(
        self,
        validation: Callable[[Any], float],
        *,
        patience: int = 10,
        least_improvement: float = 0.0,
        every: int = 1,
    ) -> None:
        if not callable(validation):
            raise ValueError(f"validation must be a function of x, got {validation!r}")
        validate.whole(1, patience=patience, every=every)
        validate.not_negative(least_improvement=least_improvement)
        self.validation, self.patience = validation, patience
        self.least_improvement, self.every = least_improvement, every
        self.best_x: Any = None
        self.best_loss = math.inf
        self.losses: list[float] = []
        self._steps = self._waited = 0

    def __call__(self, iterate: Iterate) -> bool:
        self._steps += 1
        if self._steps % self.every:
            return False
        loss = float(self.validation(iterate.x))
        self.losses.append(loss)
        if loss < self.best_loss - self.least_improvement:
            self.best_x, self.best_loss, self._waited = np.array(iterate.x), loss, 0
        else:
            self._waited += 1
        return self._waited >= self.patience


@dataclass(frozen=True, eq=False)
class RateSearch:
    """What a learning-rate finder saw.

    Attributes
    ----------
    rates, losses : ndarray, shape (m,)
        The rate of each step, and the smoothed loss after it.
    suggestion : float
        The rate at which the smoothed loss fell fastest, per factor of the rate, on its way to the least.
    largest : float
        The rate at which the smoothed loss was least: beyond it, training becomes unstable.
    """

    rates: np.ndarray
    losses: np.ndarray
    suggestion: float
    largest: float


def learning_rate_finder(
    problem: Problem,
    x0: Any = None,
    *,
    method: str = "gradient_descent",
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 100,
    smoothing: float = 0.9,
    blow_up: float = 4.0,
    rng: np.random.Generator | int | None = None,
    **options: Any,
) -> RateSearch:
    r"""Learning-rate range test: train once while the rate grows geometrically, and watch the loss.

    Parameters
    ----------
    problem : Problem
        Best with mini-batches. The loss is ``problem.fun``, on all the data.
    x0 : array_like, optional
        The problem's by default.
    method : str
        Any with an option ``learning_rate``; its other options by keyword.
    lowest, highest : float
        First and last rate, 0 < lowest < highest.
    steps : int
        From one to the other, at least 2.
    smoothing : float
        In [0, 1): exponential moving average of the losses, without its bias towards 0.
    blow_up : float
        Above 1: stop when the smoothed loss is above this multiple of the least so far (losses being positive), or not
        finite.
    rng : numpy.random.Generator, int or None
        For the mini-batches.

    Returns
    -------
    RateSearch

    Raises
    ------
    ValueError
        If the loss rises from the first step on: begin with a lower rate.

    References
    ----------
    Smith (2017), Cyclical learning rates, section 3.3, with the geometric scale and the stopping rule of Gugger
    (2018), How do you find a good learning rate. arXiv:1506.01186.
    """
    from ..loop import minimize

    validate.positive(lowest=lowest, highest=highest)
    if not lowest < highest:
        raise ValueError(f"highest must be above lowest = {lowest!r}, got {highest!r}")
    whole_number("steps", steps, least=2)
    validate.fraction(smoothing=smoothing)
    if not real_number("blow_up", blow_up, 1) > 1:
        raise ValueError(f"blow_up must be above 1, got {blow_up!r}")
    rates = lowest * (highest / lowest) ** (np.arange(steps) / (steps - 1))
    losses = _Smoothed(smoothing, blow_up)
    minimize(problem, x0, method=method, learning_rate=lambda step: rates[min(step, steps - 1)], max_iterations=steps,
             callback=lambda iterate: losses.add(problem.fun(iterate.x)), rng=as_generator(rng), history=steps,
             **options)  # fmt: skip
    seen = np.array(losses.values)
    least = int(np.argmin(seen)) if len(seen) else 0
    if least == 0:
        raise ValueError(f"lowest must be a rate at which the loss falls at first, got {lowest!r}")
    # What falls after the least loss is the noise of an unstable run.
    slopes = np.gradient(seen[: least + 1], np.log(rates[: least + 1]))
    return RateSearch(rates[: len(seen)], seen, float(rates[np.argmin(slopes)]), float(rates[least]))


class _Smoothed:
    """Moving average of what is added, until it blows up."""

    def __init__(self, smoothing: float, blow_up: float) -> None:
        self.values: list[float] = []
        self._smoothing, self._blow_up, self._average = smoothing, blow_up, 0.0

    def add(self, loss: float) -> bool:
        if not math.isfinite(loss):
            return True
        self._average = self._smoothing * self._average + (1 - self._smoothing) * loss
        self.values.append(self._average / (1 - self._smoothing ** (len(self.values) + 1)))
        return self.values[-1] > self._blow_up * min(self.values) > 0  # no multiple means anything for losses < 0
