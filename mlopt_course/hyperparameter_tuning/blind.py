"""Tuning without looking back: every point of a grid, or points at random."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .space import Space
from .trials import Job
from .tuner import Tuner, tuner


@tuner(
    ends=True,
    use_when="there are one or two parameters and the whole picture is wanted",
    fails_when="there are more: the grid explodes, and spends most points on parameters that do not matter",
    reference="Bergstra and Bengio (2012), JMLR 13, section 1",
)
def grid_search(space: Space, *, points: int | Mapping[str, Any] = 5) -> Tuner:
    """Grid search: evaluate every combination of a few values of each parameter.

    Parameters
    ----------
    space : Space
    points : int or mapping
        Values for each number, evenly spread on its scale, ends included; a mapping gives a number or a list of values
        by name (others have 5). Choices are all tried. See `Space.grid`.

    References
    ----------
    scikit-learn's ``GridSearchCV`` tries the same grid (parameters in the order given, not sorted).
    """
    count = 0
    for config in space.grid(points):
        count += 1
        yield Job(config)
    return f"Tried all {count} points of the grid."


@tuner(
    use_when="there are many parameters of which few matter, or many workers; always as the baseline",
    fails_when="evaluations are dear enough that what they show should be used",
    reference="Bergstra and Bengio (2012), JMLR 13, section 2",
)
def random_search(space: Space, *, rng: np.random.Generator) -> Tuner:
    """Random search: draw each configuration at random, without looking at the others.

    Parameters
    ----------
    space : Space
    rng : numpy.random.Generator

    References
    ----------
    Bergstra and Bengio (2012), Random search for hyper-parameter optimization, JMLR 13.
    """
    while True:
        yield Job(space.sample(rng))
