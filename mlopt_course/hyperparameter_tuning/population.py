"""Population based training: hyperparameters that change while the models train."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import validate
from .space import Categorical, Config, Float, Integer, Space
from .trials import Job, Trial
from .tuner import Tuner, evaluate, tuner


@tuner(
    needs=("resource", "state"),
    ends=True,
    use_when="training is long, can be copied and continued, and good settings change on the way",
    fails_when="the population is small: it is greedy, and settles on what helps at first",
    reference="Jaderberg et al. (2017), arXiv:1711.09846, Algorithm 1",
)
def population_based_training(
    space: Space,
    *,
    population: int = 10,
    rounds: int = 10,
    interval: float = 1,
    quantile: float = 0.2,
    factors: Sequence[float] = (0.8, 1.2),
    resample: float = 0.25,
    rng: np.random.Generator,
) -> Tuner:
    """Population based training: all models train on; now and then bad ones copy a good one, and vary its settings.

    The objective is called as ``objective(config, resource, state)``: it trains on from ``state`` (None at first) until
    ``resource`` in all, and returns ``(loss, state)``. It must not change ``state`` in place, which another model may
    copy as well.

    Parameters
    ----------
    space : Space
    population : int
        Models, at least 2.
    rounds : int
        How often all are judged, at least 1.
    interval : float
        Resource spent on each model between two judgements, > 0.
    quantile : float
        Part of the population that is replaced, by the same number of the best: in (0, 0.5].
    factors : sequence of float
        A number that is copied is multiplied by one of these (the logarithmic way to vary it; kept in its range).
    resample : float
        Probability, in [0, 1], that a parameter is drawn anew instead (0.25 as in Ray Tune). A choice changes in this
        way alone.
    rng : numpy.random.Generator

    References
    ----------
    Jaderberg et al. (2017), Population based training of neural networks, Algorithm 1, with truncation selection and
    perturbation (section 4.1.1). Deviation: all are judged at the same time, after each round.
    """
    validate.whole(2, population=population)
    validate.whole(rounds=rounds)
    validate.positive(interval=interval, **{f"factor {i}": factor for i, factor in enumerate(factors)})
    if not (validate.is_real(quantile) and 0 < quantile <= 0.5):
        raise ValueError(f"quantile must be above 0 and at most 0.5, got {quantile!r}")
    if not (validate.is_real(resample) and 0 <= resample <= 1):
        raise ValueError(f"resample must be from 0 to 1, got {resample!r}")
    jobs = [Job(space.sample(rng), interval, cost=interval) for _ in range(population)]
    n_replaced = math.floor(quantile * population)
    for round_number in range(2, rounds + 2):
        trials: list[Trial] = yield from evaluate(jobs)
        ranked = sorted(trials, key=lambda trial: (trial.loss, trial.number))
        worst = {trial.number for trial in ranked[len(ranked) - n_replaced :]}
        jobs = []
        for trial in trials:
            config, source = trial.config, trial
            if trial.number in worst:  # exploit, then explore
                source = ranked[int(rng.integers(n_replaced))]
                config = perturbed(space, source.config, factors, resample, rng)
            resource = interval * round_number
            jobs.append(Job(config, resource, parent=source.number, state=source.state, cost=interval))
    return f"Trained {population} models for {rounds} rounds."


def perturbed(
    space: Space, config: Config, factors: Sequence[float], resample: float, rng: np.random.Generator
) -> Config:
    """A configuration like the given one: its numbers times one of the factors, or drawn anew."""

    def choose(name: str, dimension: Float | Integer | Categorical) -> object:
        anew = dimension.at(rng.random())
        if rng.random() < resample or name not in config:
            return anew
        if isinstance(dimension, Categorical):
            return config[name]
        value = min(max(config[name] * rng.choice(factors), dimension.low), dimension.high)
        return round(value) if isinstance(dimension, Integer) else float(value)

    return space.build(choose)
