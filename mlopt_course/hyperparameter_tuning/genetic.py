"""Genetic tuning: configurations that breed."""

from __future__ import annotations

import numpy as np

from .. import validate
from .space import Categorical, Space
from .trials import Job, Trial
from .tuner import Tuner, evaluate, tuner


@tuner(
    use_when="many evaluations at a time are possible and parameters mixed, or the landscape rugged",
    fails_when="evaluations are few: it takes several generations to beat random search",
    reference="Eshelman and Schaffer (1993), Foundations of Genetic Algorithms 2 (BLX-0.5)",
)
def genetic_tuning(
    space: Space,
    *,
    population: int = 20,
    tournament: int = 3,
    mutation_rate: float | None = None,
    mutation_size: float = 0.1,
    blend: float = 0.5,
    rng: np.random.Generator,
) -> Tuner:
    """Genetic algorithm on configurations: tournaments choose parents, children mix their values, some change a little.

    A configuration's genes are its place in the unit cube (`Space.place`), one for each parameter; inactive ones are
    inherited all the same, and matter again when their parent's value makes them active.

    Parameters
    ----------
    space : Space
    population : int
        Configurations in a generation, at least 2; all evaluated before the next one is bred. Of them and their
        parents, the best so many are the next parents.
    tournament : int
        A parent is the best of so many drawn at random.
    mutation_rate : float, optional
        Probability that a gene changes, in [0, 1]; 1 / d by default.
    mutation_size : float
        Standard deviation of the change of a number, as a part of its range; > 0. A choice is drawn anew.
    blend : float
        A child's number is drawn evenly between its parents' and this part of their distance beyond each; >= 0. A
        choice is that of one of them.
    rng : numpy.random.Generator

    References
    ----------
    Eshelman and Schaffer (1993), Real-coded genetic algorithms and interval-schemata, for the blend crossover (BLX-0.5)
    and the survival of the best of both generations (as in their CHC); Goldberg (1989) for tournaments and mutation.
    """
    validate.whole(2, population=population)
    validate.whole(tournament=tournament)
    validate.not_negative(blend=blend)
    validate.positive(mutation_size=mutation_size)
    rate = 1 / len(space) if mutation_rate is None else mutation_rate
    if not (validate.is_real(rate) and 0 <= rate <= 1):
        raise ValueError(f"mutation_rate must be from 0 to 1, got {mutation_rate!r}")
    choices = np.array([isinstance(d, Categorical) for d in space.parameters.values()])
    genes = rng.random((population, len(space)))
    parents: list[tuple[float, np.ndarray]] = []
    while True:
        trials: list[Trial] = yield from evaluate([Job(space.at(g)) for g in genes])
        born = [(trial.loss, g) for trial, g in zip(trials, genes, strict=True)]
        parents = sorted(parents + born, key=lambda parent: parent[0])[:population]
        children = []
        for _ in range(population):
            mother, father = (_winner(parents, tournament, rng) for _ in range(2))
            child = _crossed(mother, father, blend, choices, rng)
            moved = np.clip(child + mutation_size * rng.standard_normal(len(space)), 0.0, 1.0)
            changed = np.where(choices, rng.random(len(space)), moved)
            children.append(np.where(rng.random(len(space)) < rate, changed, child))
        genes = np.array(children)


def _crossed(
    mother: np.ndarray, father: np.ndarray, blend: float, choices: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Numbers from around both parents', choices from either."""
    low, high = np.minimum(mother, father), np.maximum(mother, father)
    beyond = blend * (high - low)
    mixed = np.clip(rng.uniform(low - beyond, high + beyond), 0.0, 1.0)
    return np.where(choices, np.where(rng.random(len(mother)) < 0.5, mother, father), mixed)


def _winner(parents: list[tuple[float, np.ndarray]], tournament: int, rng: np.random.Generator) -> np.ndarray:
    drawn = [parents[i] for i in rng.integers(len(parents), size=tournament)]
    return min(drawn, key=lambda parent: parent[0])[1]
