"""Ant colony optimisation for the travelling salesman."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..registry import Iterate, method
from .tours import or_opt, two_opt


@method(
    chapter="evolutionary_swarm",
    needs="batch",
    space="permutation",
    use_when="solutions are tours and lengths of single edges tell something of good ones",
    fails_when="pheromone piles up too early (evaporation too high, no limits): all ants walk one mediocre tour",
    reference="Stuetzle and Hoos (2000), MAX-MIN Ant System, Future Generation Computer Systems 16, section 3",
)
def ant_colony(
    problem, x0, *, ants=40, pheromone_weight=1.0, distance_weight=3.0, evaporation=0.1, local_search="2-opt",
    reset_after=50, rng,
):  # fmt: skip
    r"""Ant colony (MAX-MIN ant system): ants build tours along trails, and the best of them reinforces its own.

    An ant in city :math:`i` goes to :math:`j`, not visited yet, with probability
    :math:`p_{ij} \propto \tau_{ij}^\alpha\, (1/d_{ij})^\beta`. Then trails evaporate, one tour of length :math:`L` lays
    :math:`1/L` on its edges, and trails are kept between limits:

    .. math::
        \tau_{ij} \leftarrow \operatorname{clip}\big((1 - \rho)\, \tau_{ij} + \Delta\tau_{ij},\
        \tau_{min}, \tau_{max}\big), \qquad \tau_{max} = \frac{1}{\rho L_{best}}

    Parameters
    ----------
    problem : TourProblem
        See `travelling_salesman`; the tours of all ants are evaluated in one call.
    x0 : ndarray of int, shape (n,)
        A tour; its length scales the first trails.
    ants : int
        Tours a step, at least 1.
    pheromone_weight, distance_weight : float
        :math:`\alpha` and :math:`\beta`, >= 0.
    evaporation : float
        :math:`\rho` in (0, 1).
    local_search : {"2-opt", None} or callable
        What improves the best tour of each step: `two_opt` and `or_opt` in turn (symmetric distances only), nothing, or
        a function ``(tour, distances) -> tour``.
    reset_after : int
        Steps without improvement after which all trails return to :math:`\tau_{max}`, at least 1.

    Yields
    ------
    Iterate
        ``x`` (n,) the best tour of the step, ``fun``, ``pheromone`` (n, n) and ``population`` (ants, n).

    References
    ----------
    Stuetzle and Hoos (2000), section 3: trail limits with p_best = 0.05, trails reset on stagnation.
    The best tour so far and that of the step reinforce in turn. Deviations: only the best tour of a step is improved;
    evaporation lies between the 0.02 recommended without local search and the 0.2 with it (Dorigo and Stuetzle, 2004).
    The improved tour counts as one evaluation: local search works with differences of single edges.
    """
    D, improve = _check_ants(problem, ants, pheromone_weight, distance_weight, evaporation, local_search, reset_after)
    n = len(D)
    best, f_best = x0, problem.fun(x0)
    attraction = np.maximum(D, 1e-3 * D[D > 0].min() if (D > 0).any() else 1.0) ** -float(distance_weight)
    pheromone, waited, step = None, 0, 0
    both_ways = (D == D.T).all()
    while True:
        weights = attraction if pheromone is None else pheromone**pheromone_weight * attraction
        tours = build_tours(weights, ants, rng)
        lengths = problem.batch(tours)
        tour, length = tours[lengths.argmin()], float(lengths.min())
        if improve is not None:
            tour = improve(tour, D)
            length = problem.fun(tour)
        waited = 0 if length < f_best else waited + 1
        if length < f_best:
            best, f_best = tour, length
        highest, lowest = _trail_limits(n, evaporation, max(f_best, 1e-300))
        if pheromone is None or waited >= reset_after:
            pheromone, waited = np.full((n, n), highest), 0
        step += 1
        laying, laid = (best, f_best) if step % 2 else (tour, length)
        pheromone *= 1 - evaporation
        following = np.roll(laying, -1)
        pheromone[laying, following] += 1 / max(laid, 1e-300)
        if both_ways:
            pheromone[following, laying] = pheromone[laying, following]
        np.clip(pheromone, lowest, highest, out=pheromone)
        yield Iterate(tour, fun=length, pheromone=pheromone, population=tours)


def build_tours(weights: np.ndarray, ants: int, rng: np.random.Generator) -> np.ndarray:
    """Random tours (ants, n), built in step: after city i comes j with probability proportional to weights[i, j]."""
    n = len(weights)
    rows = np.arange(ants)
    open_to = np.ones((ants, n))
    tours = np.empty((ants, n), dtype=np.intp)
    city = rng.integers(n, size=ants)
    draws = rng.random((n, ants))
    shares = np.empty((ants, n))
    for step in range(n):
        tours[:, step] = city
        open_to[rows, city] = 0.0
        if step < n - 1:  # in place: this is where all the time goes
            weights.take(city, axis=0, out=shares)
            np.multiply(shares, open_to, out=shares)
            shares.cumsum(axis=1, out=shares)
            city = (shares > (draws[step] * shares[:, -1])[:, None]).argmax(axis=1)
    return tours


def _trail_limits(n, evaporation, shortest):
    """tau_max, and tau_min for p_best = 0.05, as Stuetzle and Hoos (2000) derive them in section 3."""
    highest = 1 / (evaporation * shortest)
    root = 0.05 ** (1 / n)
    return highest, min(highest, highest * (1 - root) / (max(n / 2 - 1, 1) * root))


def _check_ants(problem, ants, pheromone_weight, distance_weight, evaporation, local_search, reset_after):
    D = getattr(problem, "distances", None)
    if D is None:
        raise ValueError(
            f"ant_colony needs the distances between cities, which {problem.name} does not have; "
            "make the problem with travelling_salesman(distances)"
        )
    validate.whole(ants=ants, reset_after=reset_after)
    validate.not_negative(pheromone_weight=pheromone_weight, distance_weight=distance_weight)
    if not (validate.is_real(evaporation) and 0 < evaporation < 1):
        raise ValueError(f"evaporation must be above 0 and below 1, got {evaporation!r}")
    if callable(local_search):
        return D, local_search
    if local_search not in ("2-opt", None):
        raise ValueError(f"local_search must be '2-opt', None or a function, got {local_search!r}")
    if local_search is None or not (D == D.T).all():
        return D, None
    return D, lambda tour, distances: or_opt(two_opt(tour, distances), distances)
