"""Genetic algorithm with operators that can be swapped, and its hybrid with local search."""

from __future__ import annotations

import numpy as np

from .. import validate
from ..registry import Iterate, method
from ..stochastic.box import clip, finite_box, on_vectors, random_points
from ..stochastic.local import compass_search
from .operators import best_of_both, polynomial_mutation, simulated_binary, stagnation, tournament


@method(
    chapter="evolutionary_swarm",
    needs=("bounds", "batch"),
    use_when="good solutions share parts that can be combined, and the parts can be of any kind",
    fails_when="the variables only work together: mixing two good solutions then gives a bad one",
    reference="Eiben and Smith (2015), Introduction to Evolutionary Computing, Figure 3.1; Deb and Agrawal (1995)",
)
@on_vectors
def genetic_algorithm(
    problem, x0, *, population=20, selection=None, crossover=None, mutation=None, survival=None, termination=None, rng
):
    r"""Genetic algorithm: select parents, cross them, mutate the children, and let the fittest survive.

    Parameters
    ----------
    problem : Problem
        With finite bounds; a generation is evaluated in one call.
    x0 : ndarray, shape (d,), or None
        One of the first population, where given; the others are drawn from the box.
    population : int
        At least 2.
    selection, crossover, mutation, survival, termination : callable, optional
        See `mlopt_course.evolutionary_swarm.operators`. By default ``tournament(3)``, ``simulated_binary(15)``,
        ``polynomial_mutation(20)``, ``best_of_both()`` and ``stagnation(100)``.

    Yields
    ------
    Iterate
        ``x`` (d,) the best of the generation, ``fun``, ``population`` (n, d), ``values`` (n,).

    References
    ----------
    Eiben and Smith (2015), Figure 3.1; the default operators are those of Deb and Agrawal (1995) and Deb and Goyal
    (1996), with the constants of pymoo's ``GA``; the population is of the size that Schaffer, Caruana, Eshelman and Das
    (1989), A study of control parameters affecting online performance of genetic algorithms, ICGA, found best (20 to
    30). What leaves the box is reflected back.
    """
    select, cross, mutate, survive, enough = _operators(selection, crossover, mutation, survival, termination)
    validate.whole(2, population=population)
    low, high = finite_box(problem, x0)
    X = random_points(rng, low, high, population, x0)
    values = problem.batch(X)
    couples, generation = (population + 1) // 2, 0
    while True:
        best = values.argmin()
        yield Iterate(X[best], fun=values[best], population=X, values=values)
        reason = enough(generation, X, values)
        if reason:
            return reason
        parents = X[select(values, 2 * couples, rng)]
        children = cross(parents[:couples], parents[couples:], low, high, rng)[:population]
        children = mutate(children, low, high, rng)
        children_values = problem.batch(children)
        survivors = survive(values, children_values, rng)
        X = np.concatenate([X, children])[survivors]
        values = np.concatenate([values, children_values])[survivors]
        generation += 1


def _operators(selection, crossover, mutation, survival, termination):
    given = {
        "selection": tournament(3) if selection is None else selection,
        "crossover": simulated_binary() if crossover is None else crossover,
        "mutation": polynomial_mutation() if mutation is None else mutation,
        "survival": best_of_both() if survival is None else survival,
        "termination": stagnation(100) if termination is None else termination,
    }
    for name, operator in given.items():
        if not callable(operator):
            raise ValueError(f"{name} must be an operator (see evolutionary_swarm.operators), got {operator!r}")
    return given.values()


@method(
    chapter="evolutionary_swarm",
    needs=("bounds", "batch"),
    use_when="a population finds the right valleys but is slow to their bottoms, and a local search is cheap",
    fails_when="evaluations are few: local searches in wrong valleys eat them",
    reference="Moscato (1989), Caltech C3P 826; Krasnogor and Smith (2005), IEEE TEC 9",
)
@on_vectors
def memetic_search(problem, x0, *, population=20, local_search=None, every=10, mutation=None, termination=None, rng):
    r"""Memetic search: a genetic algorithm whose best member learns by local search, and passes on what it learnt.

    Parameters
    ----------
    problem : Problem
        With finite bounds; a generation is evaluated in one call, a local search point by point.
    x0 : ndarray, shape (d,), or None
        One of the first population, where given.
    population : int
        At least 2.
    local_search : callable, optional
        ``local_search(problem, x, fun, low, high)`` yields ``(x, fun)``; ``compass_search(0.02, 1e-3)`` by default.
    every : int
        Generations from one local search to the next, at least 1.
    mutation, termination : callable, optional
        As for `genetic_algorithm`.

    Yields
    ------
    Iterate
        ``x`` (d,) the best so far of population and local search, ``fun``, ``population`` (n, d), ``values`` (n,),
        ``learning``: 1 within a local search, else 0.

    References
    ----------
    Krasnogor and Smith (2005), A tutorial for competent memetic algorithms: Lamarckian learning, of one member.
    """
    search = compass_search(0.02, 1e-3) if local_search is None else local_search
    if not callable(search):
        raise ValueError(f"local_search must be a function (see stochastic.local), got {search!r}")
    select, cross, mutate, survive, enough = _operators(None, None, mutation, None, termination)
    validate.whole(2, population=population)
    validate.whole(every=every)
    low, high = finite_box(problem, x0)
    X = random_points(rng, low, high, population, x0)
    values = problem.batch(X)
    couples, learnt, generation = (population + 1) // 2, None, 0
    while True:
        best = int(values.argmin())
        yield Iterate(X[best], fun=values[best], population=X, values=values, learning=0)
        reason = enough(generation, X, values)
        if reason:
            return reason
        if generation % every == every - 1 and learnt != values[best]:
            for x, fun in search(problem, X[best], float(values[best]), low, high):
                X[best], values[best] = clip(x, low, high), fun
                yield Iterate(X[best], fun=fun, population=X, values=values, learning=1)
            learnt = values[best]
        parents = X[select(values, 2 * couples, rng)]
        children = cross(parents[:couples], parents[couples:], low, high, rng)[:population]
        children = mutate(children, low, high, rng)
        children_values = problem.batch(children)
        survivors = survive(values, children_values, rng)
        X = np.concatenate([X, children])[survivors]
        values = np.concatenate([values, children_values])[survivors]
        generation += 1
