r"""Learning-rate schedules: the rate as a function of the step.

A schedule is any function ``schedule(step) -> rate`` of the number of steps taken so far, 0 for the first: the
closed forms here, or your own ``lambda step: 0.1 / (1 + step)``. It holds no state, so it can be shared between runs
and drawn without running anything.

One rule cannot be such a function: `reduce_on_plateau` decides by the loss. It is a recipe instead. `as_schedule`,
which every method calls once at the start of a run, begins a fresh state for it and feeds it the loss; so a recipe,
too, can be shared and two runs with the same seed stay equal. Methods ask ``rate(step, x)``: the loss is evaluated
at ``x`` only where the rule wants it, and a constant rate costs no evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import validate

Schedule = Callable[[int], float]
Rate = Callable[..., float]

__all__ = [
    "ReduceOnPlateau",
    "as_schedule",
    "constant",
    "cosine_annealing",
    "cosine_restarts",
    "cyclical",
    "exponential_decay",
    "inverse_time_decay",
    "one_cycle",
    "reduce_on_plateau",
    "step_decay",
    "warm_up",
]


def as_schedule(learning_rate: Any, problem: Any = None, *, name: str = "learning_rate") -> Rate:
    """A number, a schedule or a recipe as a function ``rate(step, x)``; begin one for each run.

    Parameters
    ----------
    learning_rate : float, callable or ReduceOnPlateau
        A positive number; a schedule ``learning_rate(step)``; or what `reduce_on_plateau` returns.
    problem : Problem, optional
        Whose ``fun`` a recipe watches. Numbers and schedules do not need it.
    name : str
        What errors call it.

    Returns
    -------
    callable
        ``rate(step, x=None) -> float``, with ``step`` counted from 0.

    Raises
    ------
    ValueError
        If it is none of these, or a schedule returns something other than a finite number >= 0.
    """
    if isinstance(learning_rate, ReduceOnPlateau):
        return _watch(learning_rate, problem)
    if callable(learning_rate):
        return _checked(learning_rate, name)
    validate.positive(**{name: learning_rate})
    number = float(learning_rate)
    return lambda step, x=None: number


def _checked(schedule: Schedule, name: str) -> Rate:
    def rate(step: int, x: Any = None) -> float:
        value = schedule(step)
        if not (validate.is_real(value) and value >= 0):
            raise ValueError(f"{name} must be a finite number >= 0 at every step, got {value!r} at step {step}")
        return float(value)

    return rate


def constant(initial: float) -> Schedule:
    """``initial`` at every step."""
    validate.positive(initial=initial)
    return lambda step: initial


def step_decay(initial: float, every: int, factor: float = 0.1) -> Schedule:
    r"""Drop by a factor now and then: :math:`\eta_t = \eta_0 \gamma^{\lfloor t / n \rfloor}`.

    Parameters
    ----------
    initial : float
        First rate :math:`\eta_0`, positive.
    every : int
        Steps :math:`n` between drops.
    factor : float
        :math:`\gamma`, in (0, 1]. PyTorch's ``StepLR(step_size=every, gamma=factor)``.
    """
    validate.positive(initial=initial)
    validate.whole(every=every)
    _decay_factor(factor=factor)
    return lambda step: initial * factor ** (step // every)


def exponential_decay(initial: float, factor: float) -> Schedule:
    r"""The same factor at every step: :math:`\eta_t = \eta_0 \gamma^t`.

    Parameters
    ----------
    initial : float
        First rate, positive.
    factor : float
        :math:`\gamma`, in (0, 1]. PyTorch's ``ExponentialLR(gamma=factor)``.
    """
    validate.positive(initial=initial)
    _decay_factor(factor=factor)
    return lambda step: initial * factor**step


def inverse_time_decay(initial: float, decay: float, power: float = 1.0) -> Schedule:
    r"""A power of the time: :math:`\eta_t = \eta_0 / (1 + k t)^p`.

    With :math:`1/2 < p \le 1` the rates sum to infinity and their squares do not: the condition under which
    stochastic descent converges (Robbins and Monro, 1951).

    Parameters
    ----------
    initial, decay, power : float
        :math:`\eta_0 > 0`, :math:`k > 0` and :math:`p > 0`.
    """
    validate.positive(initial=initial, decay=decay, power=power)
    return lambda step: initial / (1 + decay * step) ** power


def cosine_annealing(initial: float, steps: int, minimum: float = 0.0) -> Schedule:
    r"""Half a cosine from ``initial`` down to ``minimum``, which is kept afterwards.

    :math:`\eta_t = \eta_{\min} + \tfrac12 (\eta_0 - \eta_{\min})(1 + \cos(\pi t / T))`.

    Parameters
    ----------
    initial : float
        First rate :math:`\eta_0`, positive.
    steps : int
        Length :math:`T` of the descent. PyTorch's ``CosineAnnealingLR(T_max=steps, eta_min=minimum)`` is the same up
        to there; beyond it PyTorch's rate rises again, ours stays.
    minimum : float
        Last rate, in [0, initial].

    References
    ----------
    Loshchilov and Hutter (2017), SGDR, equation (5), one period. arXiv:1608.03983.
    """
    _range(minimum, initial=initial)
    validate.whole(steps=steps)
    return lambda step: _cosine(initial, minimum, min(step / steps, 1.0))


def cosine_restarts(initial: float, period: int, growth: int = 1, minimum: float = 0.0) -> Schedule:
    """Cosine annealing that jumps back to ``initial`` after each period (warm restarts).

    Parameters
    ----------
    initial, minimum : float
        Highest and lowest rate.
    period : int
        Steps in the first period.
    growth : int
        Each period is this many times the last one. PyTorch's
        ``CosineAnnealingWarmRestarts(T_0=period, T_mult=growth, eta_min=minimum)``.

    References
    ----------
    Loshchilov and Hutter (2017), SGDR, equation (5). arXiv:1608.03983.
    """
    _range(minimum, initial=initial)
    validate.whole(period=period, growth=growth)

    def schedule(step: int) -> float:
        began, length = 0, period
        if growth == 1:
            began = step - step % period
        while step >= began + length:
            began, length = began + length, length * growth
        return _cosine(initial, minimum, (step - began) / length)

    return schedule


def cyclical(minimum: float, maximum: float, half_cycle: int, shrink: float = 1.0) -> Schedule:
    """A triangle wave: up from ``minimum`` to ``maximum`` in ``half_cycle`` steps, and down again.

    Parameters
    ----------
    minimum, maximum : float
        Lowest and highest rate; ``0 <= minimum < maximum``.
    half_cycle : int
        Steps up, and steps down.
    shrink : float
        Factor in (0, 1] on the height after each whole cycle: 1 is PyTorch's ``CyclicLR(mode="triangular")``,
        1/2 its ``"triangular2"``.

    References
    ----------
    Smith (2017), Cyclical learning rates for training neural networks, section 3.1. arXiv:1506.01186.
    """
    _range(minimum, maximum=maximum)
    validate.whole(half_cycle=half_cycle)
    _decay_factor(shrink=shrink)

    def schedule(step: int) -> float:
        cycle, position = divmod(step, 2 * half_cycle)
        height = 1 - abs(position / half_cycle - 1)
        return minimum + (maximum - minimum) * height * shrink**cycle

    return schedule


def one_cycle(maximum: float, steps: int, warm: float = 0.3, start_factor: float = 1 / 25,
              end_factor: float = 1e-4) -> Schedule:  # fmt: skip
    """One rise and one long fall, both along a cosine; the last rate is kept afterwards.

    Parameters
    ----------
    maximum : float
        Highest rate, positive.
    steps : int
        Length of the whole cycle, at least 2; the last rate is reached at step ``steps - 1``.
    warm : float
        Fraction of it that rises, in (0, 1).
    start_factor : float
        First rate as a part of ``maximum``, in (0, 1]. PyTorch's ``OneCycleLR`` calls its inverse ``div_factor``.
    end_factor : float
        Last rate as a part of the *first*, in [0, 1], as in PyTorch (the inverse of ``final_div_factor``).

    References
    ----------
    Smith and Topin (2019), Super-convergence. arXiv:1708.07120. Deviation: cosines instead of straight
    lines, and two phases instead of three, as the libraries do it.
    """
    validate.positive(maximum=maximum)
    validate.whole(2, steps=steps)
    _decay_factor(start_factor=start_factor)
    if not (validate.is_real(warm) and 0 < warm < 1):
        raise ValueError(f"warm must be above 0 and below 1, got {warm!r}")
    if not (validate.is_real(end_factor) and 0 <= end_factor <= 1):
        raise ValueError(f"end_factor must be from 0 to 1, got {end_factor!r}")
    first = maximum * start_factor
    peak, end = warm * steps - 1, steps - 1

    def schedule(step: int) -> float:
        if step < peak:
            return _cosine(first, maximum, step / peak)
        return _cosine(maximum, first * end_factor, min((step - peak) / (end - peak), 1.0))

    return schedule


def warm_up(schedule: float | Schedule, steps: int, start_factor: float = 1 / 3) -> Schedule:
    """A straight rise to the first rate of ``schedule``, which begins when the rise is over.

    Parameters
    ----------
    schedule : float or schedule
        What follows. To end on a plateau rule, put the warm-up inside: ``reduce_on_plateau(warm_up(0.1, 50))``.
    steps : int
        Length of the rise.
    start_factor : float
        First rate as a part of that, in (0, 1]. PyTorch's ``LinearLR(start_factor, total_iters=steps)`` before
        ``schedule`` in a ``SequentialLR`` with its milestone at ``steps``.

    References
    ----------
    Goyal et al. (2017), Accurate, large minibatch SGD, section 2.2, "gradual warmup". arXiv:1706.02677.
    """
    rate = as_schedule(schedule, name="schedule")
    validate.whole(steps=steps)
    _decay_factor(start_factor=start_factor)

    def warmed(step: int) -> float:
        if step < steps:
            return rate(0) * (start_factor + (1 - start_factor) * step / steps)
        return rate(step - steps)

    return warmed


@dataclass(frozen=True)
class ReduceOnPlateau:
    """What `reduce_on_plateau` returns: its settings. `begin` starts the rule itself."""

    initial: float | Schedule
    factor: float
    patience: int
    threshold: float
    cooldown: int
    minimum: float
    every: int

    def begin(self) -> Callable[[int, float], float]:
        """A fresh rule ``rate(step, fun)``, to be fed with the loss of each step in turn."""
        base = as_schedule(self.initial, name="initial")
        best, scale, waited, resting = math.inf, 1.0, 0, 0

        def rate(step: int, fun: float) -> float:
            nonlocal best, scale, waited, resting
            waited += 1
            if fun < best - self.threshold * abs(best) or best == math.inf:
                best, waited = fun, 0
            if resting > 0:
                resting, waited = resting - 1, 0
            if waited > self.patience:
                scale, resting, waited = scale * self.factor, self.cooldown, 0
            return max(self.minimum, scale * base(step))

        return rate


def reduce_on_plateau(initial: float | Schedule, factor: float = 0.1, patience: int = 10, threshold: float = 1e-4,
                      cooldown: int = 0, minimum: float = 0.0, every: int = 1) -> ReduceOnPlateau:  # fmt: skip
    """Multiply the rate by ``factor`` whenever the loss has not improved for ``patience`` looks.

    Parameters
    ----------
    initial : float or schedule
        The rate to scale down.
    factor : float
        In (0, 1).
    patience : int
        Looks without improvement that are forgiven, >= 0; the next one lowers the rate.
    threshold : float
        What counts as better: below the best loss by this part of its absolute value, in [0, 1).
    cooldown : int
        Looks after a drop during which nothing is counted, >= 0.
    minimum : float
        The rate never falls below this, >= 0.
    every : int
        Look at the loss at every n-th step. Each look is an evaluation of the full objective (which a full history
        makes anyway): for mini-batches, look once an epoch.

    Returns
    -------
    ReduceOnPlateau
        A recipe for a method's ``learning_rate``; ``.begin()`` gives the bare rule ``rate(step, fun)``.

    Notes
    -----
    PyTorch's ``ReduceLROnPlateau`` (relative threshold), fed with the same losses, gives the same rates, with two
    differences: its relative threshold is taken of the signed loss, so that it misjudges negative losses, and it
    leaves out reductions of less than ``eps=1e-8``.
    """
    as_schedule(initial, name="initial")
    if not (validate.is_real(factor) and 0 < factor < 1):
        raise ValueError(f"factor must be above 0 and below 1, got {factor!r}")
    validate.whole(0, patience=patience, cooldown=cooldown)
    validate.whole(every=every)
    validate.fraction(threshold=threshold)
    validate.not_negative(minimum=minimum)
    return ReduceOnPlateau(initial, factor, patience, threshold, cooldown, minimum, every)


def _watch(recipe: ReduceOnPlateau, problem: Any) -> Rate:
    if problem is None:
        raise ValueError("reduce_on_plateau needs the loss of each step: give it to a method as its learning_rate, "
                         "or feed the losses to its begin()(step, fun)")  # fmt: skip
    rule, current = recipe.begin(), 0.0

    def rate(step: int, x: Any = None) -> float:
        nonlocal current
        if step % recipe.every == 0:
            current = rule(step, problem.fun(x))
        return current

    return rate


def _cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2


def _range(minimum: float, **highest: float) -> None:
    validate.positive(**highest)
    validate.not_negative(minimum=minimum)
    for name, value in highest.items():
        if minimum >= value:
            raise ValueError(f"minimum must be below {name} = {value!r}, got {minimum!r}")


def _decay_factor(**options: float) -> None:
    for name, value in options.items():
        if not (validate.is_real(value) and 0 < value <= 1):
            raise ValueError(f"{name} must be above 0 and at most 1, got {value!r}")
