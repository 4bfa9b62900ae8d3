"""Tuning with early stopping: many configurations get a little, the best of them more."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import numpy as np

from .. import validate
from ..arguments import real_number
from .space import Space
from .trials import Job, Trial
from .tuner import Tuner, evaluate, tuner

RESOURCE = ("resource",)


@tuner(
    needs=RESOURCE,
    ends=True,
    use_when="training can be judged early (epochs, samples) and losses keep their order",
    fails_when="slow starters win in the end: they are cut off",
    reference="Jamieson and Talwalkar (2016), AISTATS; Li et al. (2020), MLSys, Algorithm 1",
)
def successive_halving(
    space: Space,
    *,
    configurations: int = 27,
    min_resource: float = 1,
    max_resource: float = 27,
    eta: float = 3,
    rng: np.random.Generator,
) -> Tuner:
    r"""Successive halving: evaluate all with a little, keep the best part, give them more, and so on.

    Of each round the best :math:`1/\eta` go on, with :math:`\eta` times as much.

    Parameters
    ----------
    space : Space
    configurations : int
        :math:`n`, drawn at random; at least 1.
    min_resource, max_resource : float
        :math:`r` and :math:`R`: the first resource, and a bound on the last; :math:`0 < r \le R`.
    eta : float
        :math:`\eta > 1`.
    rng : numpy.random.Generator

    References
    ----------
    Li et al. (2020), A system for massively parallel hyperparameter tuning, Algorithm 1 with s = 0. Deviation: it ends
    when no configuration would be left, where that asks for :math:`n \ge \eta^{\lfloor \log_\eta R/r \rfloor}`.
    """
    validate.whole(configurations=configurations)
    levels = resource_levels(min_resource, max_resource, eta)
    plan = [(math.floor(configurations / eta**i), level) for i, level in enumerate(levels)]
    plan = [(n, resource) for n, resource in plan if n >= 1]
    yield from run_bracket([space.sample(rng) for _ in range(configurations)], plan)
    return f"Halved {configurations} configurations {len(plan) - 1} times."


@tuner(
    needs=RESOURCE,
    ends=True,
    use_when="it is not known how early configurations can be judged: it tries several ways",
    fails_when="evaluations with little resource say nothing: most of the budget goes there",
    reference="Li et al. (2018), JMLR 18(185), Algorithm 1",
)
def hyperband(space: Space, *, max_resource: float = 27, eta: float = 3, rng: np.random.Generator) -> Tuner:
    r"""Hyperband: successive halving several times, from many configurations cut early to few never cut.

    Parameters
    ----------
    space : Space
    max_resource : float
        :math:`R \ge 1`, the most for one configuration; the least is about 1.
    eta : float
        :math:`\eta > 1`.
    rng : numpy.random.Generator

    References
    ----------
    Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar (2018), Hyperband, Algorithm 1; see `hyperband_brackets`.
    """
    brackets = hyperband_brackets(max_resource, eta)
    for plan in brackets:
        yield from run_bracket([space.sample(rng) for _ in range(plan[0][0])], plan)
    return f"Ran all {len(brackets)} brackets."


def hyperband_brackets(max_resource: float, eta: float = 3) -> list[list[tuple[int, float]]]:
    r"""The rounds :math:`(n_i, r_i)` of each bracket of `hyperband`, the one with most configurations first.

    .. math:: s_{\max} = \lfloor \log_\eta R \rfloor, \quad
              n = \Big\lceil \frac{s_{\max} + 1}{s + 1} \eta^s \Big\rceil, \quad
              n_i = \lfloor n \eta^{-i} \rfloor, \quad r_i = R \eta^{i - s}

    Parameters
    ----------
    max_resource : float
        :math:`R \ge 1`.
    eta : float
        :math:`\eta > 1`.

    Notes
    -----
    Tables made with the script that the authors published first have 81, 27, 9, 6 and 5 configurations for R = 81 and
    eta = 3, where Algorithm 1 gives 81, 34, 15, 8 and 5: the script rounds :math:`(s_{\max} + 1) / (s + 1)` down.
    """
    s_max = len(resource_levels(1, max_resource, eta)) - 1
    brackets = []
    for s in range(s_max, -1, -1):
        n = math.ceil((s_max + 1) * eta**s / (s + 1) - 1e-9)
        brackets.append([(math.floor(n / eta**i + 1e-9), max_resource * eta ** (i - s)) for i in range(s + 1)])
    return brackets


def run_bracket(
    configs: list[dict[str, Any]], plan: list[tuple[int, float]]
) -> Generator[Job | None, list[Trial], list[Trial]]:
    """Evaluate ``n`` configurations with each resource of the plan ``[(n, resource), ...]``, the best going on."""
    trials: list[Trial] = []
    for n, resource in plan:
        configs = configs if not trials else [trials[i].config for i in top([t.loss for t in trials], n)]
        trials = yield from evaluate([Job(config, _whole_if_near(resource)) for config in configs])
    return trials


@tuner(
    needs=RESOURCE,
    use_when="many workers must be kept busy: nobody waits for a round to be complete",
    fails_when="there is one worker: the rounds of successive halving judge on more comparisons",
    reference="Li et al. (2020), MLSys, Algorithm 2",
)
def asha(
    space: Space,
    *,
    min_resource: float = 1,
    max_resource: float = 27,
    eta: float = 3,
    early_stopping_rate: int = 0,
    rng: np.random.Generator,
) -> Tuner:
    r"""Asynchronous successive halving: a free worker promotes what may be promoted, else begins a new configuration.

    Parameters
    ----------
    space : Space
    min_resource, max_resource : float
        :math:`r` and :math:`R`; rung :math:`k` has resource :math:`r \eta^{s + k} \le R`.
    eta : float
        :math:`\eta > 1`. The best :math:`1/\eta` of a rung may go on (see `promotable`).
    early_stopping_rate : int
        :math:`s \ge 0`; a larger one begins with more resource.
    rng : numpy.random.Generator

    References
    ----------
    Li et al. (2020), A system for massively parallel hyperparameter tuning, Algorithm 2. Where several may be promoted
    the best goes first.
    """
    validate.whole(0, early_stopping_rate=early_stopping_rate)
    levels = resource_levels(min_resource, max_resource, eta)[early_stopping_rate:]
    if not levels:
        raise ValueError(f"early_stopping_rate must leave a rung, got {early_stopping_rate!r}")
    rungs: list[list[Trial]] = [[] for _ in levels]
    promoted: list[set[int]] = [set() for _ in levels]
    rung_of: dict[int, int] = {}
    while True:
        job, rung = None, 0
        for k in range(len(levels) - 2, -1, -1):
            ready = [i for i in promotable([t.loss for t in rungs[k]], eta) if rungs[k][i].number not in promoted[k]]
            if ready:
                trial, rung = rungs[k][ready[0]], k + 1
                promoted[k].add(trial.number)
                job = Job(trial.config, _whole_if_near(levels[rung]), parent=trial.number)
                break
        job = job or Job(space.sample(rng), _whole_if_near(levels[0]))
        rung_of[id(job)] = rung
        for trial in (yield job):
            rungs[rung_of[id(trial.job)]].append(trial)


def promotable(losses: list[float], eta: float) -> list[int]:
    """Which of the losses in a rung are among the best ``floor(n / eta)``, best first; of equal ones the earliest.

    Optuna's ``SuccessiveHalvingPruner`` has the same rule, but lets the best of a rung pass when it has fewer than
    ``eta``, and all that equal the last that passes.
    """
    return top(losses, math.floor(len(losses) / eta))


def top(losses: list[float], n: int) -> list[int]:
    """Indices of the ``n`` least losses, in their order; of equal ones the earliest first."""
    return sorted(range(len(losses)), key=lambda i: (losses[i], i))[:n]


def resource_levels(min_resource: float, max_resource: float, eta: float) -> list[float]:
    """The resources ``min_resource * eta**k`` that do not pass ``max_resource``."""
    if not (validate.is_real(eta) and eta > 1):
        raise ValueError(f"eta must be above 1, got {eta!r}")
    validate.positive(min_resource=min_resource)
    real_number("max_resource", max_resource, least=min_resource)
    rounds = math.floor(math.log(max_resource / min_resource, eta) + 1e-9)
    return [min_resource * eta**k for k in range(rounds + 1)]


def _whole_if_near(resource: float) -> float:
    """An int where the resource is one but for rounding: epochs and samples are counted."""
    return round(resource) if abs(resource - round(resource)) < 1e-9 * max(1.0, resource) else resource
