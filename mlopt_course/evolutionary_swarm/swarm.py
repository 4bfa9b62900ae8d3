"""Swarms: particles, fireflies, and cuckoos."""

from __future__ import annotations

import math

import numpy as np

from .. import validate
from ..arguments import real_number
from ..registry import Iterate, method
from ..stochastic.box import finite_box, on_vectors, random_points, reflect, within


@method(
    chapter="evolutionary_swarm",
    needs=("bounds", "batch"),
    use_when="an answer is wanted after few evaluations and the landscape has one broad basin",
    fails_when="there are many deep minima: all follow one leader and the swarm converges too early",
    reference="Shi and Eberhart (1998), IEEE ICEC; Trelea (2003), Inf. Process. Lett. 85; Zhan et al. (2009)",
)
@on_vectors
def particle_swarm(
    problem,
    x0,
    *,
    particles=30,
    inertia=0.5,
    cognitive=1.7,
    social=1.7,
    neighbours=None,
    learners=0.1,
    tolerance=1e-10,
    rng,
):
    r"""Particle swarm: each particle is drawn to the best point it has seen and to the best that others have seen.

    .. math::
        v &\leftarrow w v + c_1 r_1 \odot (p - x) + c_2 r_2 \odot (g - x) \\
        x &\leftarrow x + v

    with fresh uniform :math:`r_1, r_2` in every coordinate, the particle's own best :math:`p`, and the best
    :math:`g` of its neighbours. The worst few do something else: they try a jump from the best point along one axis.

    Parameters
    ----------
    problem : Problem
        With finite bounds; a generation is evaluated in one call.
    x0 : ndarray, shape (d,), or None
        Where one particle starts, if given; the others are drawn from the box.
    particles : int
        At least 2.
    inertia, cognitive, social : float
        :math:`w` in [0, 1), :math:`c_1, c_2 \ge 0`.
    neighbours : int, optional
        A ring: each sees so many particles on either side; all of the swarm by default, which is faster and greedier.
    learners : float
        Share of the swarm, in [0, 1), that is put where the best point is, less a normal step of 0.15 of the box along
        one axis (elitist learning); 0 is the plain swarm.
    tolerance : float
        Stop when the particles' best points lie within this in every coordinate.

    Yields
    ------
    Iterate
        ``x`` (d,) the best so far, ``fun``, ``population`` (n, d), ``velocity`` (n, d), ``values`` (n,).

    References
    ----------
    Shi and Eberhart (1998), A modified particle swarm optimizer; constants: Trelea (2003), parameter set
    1, with a smaller inertia than his 0.6, for small budgets; elitist learning: Zhan et al. (2009), Adaptive particle
    swarm optimization, IEEE TSMC-B 39. Deviations: a fixed step and several learners; at a bound a particle is
    reflected and that coordinate of its velocity turns round. First velocities lead half-way to other
    random points (Clerc's standard swarm of 2007).
    """
    _check_swarm(particles, inertia, cognitive, social, neighbours, learners, tolerance)
    low, high = finite_box(problem, x0)
    n_learners = round(learners * particles)
    X = random_points(rng, low, high, particles, x0)
    V = 0.5 * (random_points(rng, low, high, particles) - X)
    values = problem.batch(X)
    P, best_values = X, values
    while True:
        best = best_values.argmin()
        yield Iterate(P[best], fun=best_values[best], population=X, velocity=V, values=values)
        if within(P, tolerance):
            return f"The best points of all particles lie within {tolerance}."
        leader = P[best] if neighbours is None else P[ring_leaders(best_values, neighbours)]
        r_1, r_2 = rng.random((2, particles, low.size))
        V = inertia * V + cognitive * r_1 * (P - X) + social * r_2 * (leader - X)
        moved = X + V
        worst = values.argsort(kind="stable")[particles - n_learners :]
        moved[worst] = _jumps(rng, P[best], low, high, n_learners)
        X = reflect(moved, low, high)
        V = np.where(moved == X, V, -V)
        values = problem.batch(X)
        better = values < best_values
        P = np.where(better[:, None], X, P)
        best_values = np.where(better, values, best_values)


def ring_leaders(values: np.ndarray, neighbours: int) -> np.ndarray:
    """For each place on a ring, the index of the lowest value among itself and so many places on either side (n,)."""
    n = values.size
    reach = min(neighbours, (n - 1) // 2)
    around = (np.arange(n)[:, None] + np.arange(-reach, reach + 1)) % n
    return around[np.arange(n), values[around].argmin(axis=1)]


def _jumps(rng, best, low, high, n):
    """Points (n, d) that differ from the best in one coordinate each."""
    points = np.repeat(best[None], n, axis=0)
    axes = (best.size * rng.random(n)).astype(int)
    points[np.arange(n), axes] += 0.15 * (high - low)[axes] * rng.standard_normal(n)
    return points


def _check_swarm(particles, inertia, cognitive, social, neighbours, learners, tolerance):
    validate.whole(2, particles=particles)
    validate.fraction(inertia=inertia, learners=learners)
    validate.not_negative(cognitive=cognitive, social=social)
    if neighbours is not None:
        validate.whole(neighbours=neighbours)
    real_number("tolerance", tolerance, 0)


@method(
    chapter="evolutionary_swarm",
    needs=("bounds", "batch"),
    use_when="several minima are wanted at once: with a large absorption, groups form around each",
    fails_when="absorption fits the box badly: 0 makes it one swarm, too much makes it a random walk",
    reference="Yang (2009), Firefly algorithms for multimodal optimization, LNCS 5792, Figure 1",
)
@on_vectors
def firefly(
    problem, x0, *, population=25, attraction=1.0, absorption=1.0, noise=0.1, cooling=0.97, tolerance=1e-10, rng
):
    r"""Firefly algorithm: each flies towards all that are brighter, the nearer the more, and a bit at random.

    In units of the box's width, for every brighter :math:`j` in turn, from the dimmest on,

    .. math:: x_i \leftarrow x_i + \beta e^{-\gamma r_{ij}^2} (x_j - x_i) + \alpha\, (u - \tfrac12)

    Parameters
    ----------
    problem : Problem
        With finite bounds; a generation is evaluated in one call.
    x0 : ndarray, shape (d,), or None
        One of the first population, where given.
    population : int
        At least 2.
    attraction, absorption : float
        :math:`\beta \in [0, 1]` and :math:`\gamma \ge 0`, whose distances are those of the unit box divided by
        :math:`\sqrt d`.
    noise, cooling : float
        :math:`\alpha \ge 0`, multiplied by ``cooling`` in (0, 1] in each generation.
    tolerance : float
        Stop when the population lies within this in every coordinate.

    Yields
    ------
    Iterate
        ``x`` (d,) the best of the generation, ``fun``, ``population`` (n, d), ``values`` (n,), ``noise``.

    References
    ----------
    Yang (2009), Figure 1. Deviations: one random step a generation instead of one for each pair, of a size that is
    cooled; light is not measured again within a generation; the brightest stays; reflection at the bounds.
    """
    _check_fireflies(population, attraction, absorption, noise, cooling, tolerance)
    low, high = finite_box(problem, x0)
    width = np.where(high > low, high - low, 1.0)
    X = random_points(rng, low, high, population, x0)
    values = problem.batch(X)
    while True:
        order = values.argsort(kind="stable")
        X, values = X[order], values[order]
        yield Iterate(X[0], fun=values[0], population=X, values=values, noise=noise)
        if within(X, tolerance):
            return f"The population lies within {tolerance}."
        moved = X.copy()
        for j in range(population - 2, -1, -1):  # those behind j, which are dimmer, fly towards it
            towards = X[j] - moved[j + 1 :]
            distance2 = np.mean((towards / width) ** 2, axis=1, keepdims=True)
            moved[j + 1 :] += attraction * np.exp(-absorption * distance2) * towards
        moved[1:] += noise * (rng.random((population - 1, low.size)) - 0.5) * (high - low)
        X = reflect(moved, low, high)
        values = problem.batch(X)
        noise *= cooling


def _check_fireflies(population, attraction, absorption, noise, cooling, tolerance):
    validate.whole(2, population=population)
    validate.not_negative(absorption=absorption, noise=noise)
    if not (validate.is_real(attraction) and 0 <= attraction <= 1):
        raise ValueError(f"attraction must be from 0 to 1, got {attraction!r}")
    if not (validate.is_real(cooling) and 0 < cooling <= 1):
        raise ValueError(f"cooling must be above 0 and at most 1, got {cooling!r}")
    real_number("tolerance", tolerance, 0)


@method(
    chapter="evolutionary_swarm",
    needs=("bounds", "batch"),
    use_when="you want steps of all lengths at once (Levy flights) with next to nothing to tune",
    fails_when="evaluations are few: many of its long steps are wasted",
    reference="Yang and Deb (2009), Cuckoo search via Levy flights, NaBIC, Figure 1",
)
@on_vectors
def cuckoo_search(
    problem, x0, *, population=25, abandoned=0.25, step_size=0.01, levy_exponent=1.5, tolerance=1e-10, rng
):
    r"""Cuckoo search: new eggs by Levy flights from the nests there are; a share of the nests is found out and rebuilt.

    .. math:: x_i' = x_i + \alpha L \odot (x_i - x_{best}) \odot N, \qquad
              x_i'' = x_i + H \odot r\, (x_j - x_k)

    with Levy steps :math:`L` of exponent :math:`\lambda`, normal :math:`N`, uniform :math:`r`, and :math:`H` 1 with
    probability ``abandoned`` in each coordinate; an egg stays if it is better than the one in the nest.

    Parameters
    ----------
    problem : Problem
        With finite bounds; each of the two halves of a generation is evaluated in one call, and is one step.
    x0 : ndarray, shape (d,), or None
        One of the first nests, where given.
    population : int
        Nests, at least 2.
    abandoned : float
        Share found out, in [0, 1].
    step_size : float
        :math:`\alpha > 0`.
    levy_exponent : float
        :math:`\lambda` in [1, 2): smaller has longer tails.
    tolerance : float
        Stop when the nests lie within this in every coordinate.

    Yields
    ------
    Iterate
        ``x`` (d,) the best nest, ``fun``, ``population`` (n, d), ``values`` (n,), ``half``: 0 after flights, 1 after
        rebuilding.

    References
    ----------
    Yang and Deb (2009), Figure 1, in the form of Yang's own program of 2010, whose constants are the defaults; Levy
    steps by Mantegna (1994), Phys. Rev. E 49. Deviations: what leaves the box is reflected; each coordinate is rebuilt
    with probability ``abandoned``, the share of the paper's figure, where the program keeps it with that probability.
    """
    _check_cuckoos(population, abandoned, step_size, levy_exponent, tolerance)
    low, high = finite_box(problem, x0)
    X = random_points(rng, low, high, population, x0)
    values = problem.batch(X)
    half = 1
    while True:
        best = values.argmin()
        yield Iterate(X[best], fun=values[best], population=X, values=values, half=half)
        if within(X, tolerance):
            return f"The nests lie within {tolerance}."
        half = 1 - half
        if half == 0:
            flight = levy_steps(rng, X.shape, levy_exponent) * rng.standard_normal(X.shape)
            eggs = X + step_size * flight * (X - X[best])
        else:
            found = rng.random(X.shape) < abandoned
            difference = X[rng.permutation(population)] - X[rng.permutation(population)]
            eggs = X + found * rng.random((population, 1)) * difference
        eggs = reflect(eggs, low, high)
        egg_values = problem.batch(eggs)
        better = egg_values < values
        X = np.where(better[:, None], eggs, X)
        values = np.where(better, egg_values, values)


def levy_steps(rng: np.random.Generator, shape: tuple[int, ...], exponent: float) -> np.ndarray:
    """Heavy-tailed steps: P(|L| > s) falls as s**-exponent (Mantegna, 1994)."""
    numerator = math.gamma(1 + exponent) * math.sin(math.pi * exponent / 2)
    denominator = math.gamma((1 + exponent) / 2) * exponent * 2 ** ((exponent - 1) / 2)
    sigma = (numerator / denominator) ** (1 / exponent)
    return sigma * rng.standard_normal(shape) / np.abs(rng.standard_normal(shape)) ** (1 / exponent)


def _check_cuckoos(population, abandoned, step_size, levy_exponent, tolerance):
    validate.whole(2, population=population)
    validate.positive(step_size=step_size)
    if not (validate.is_real(abandoned) and 0 <= abandoned <= 1):
        raise ValueError(f"abandoned must be from 0 to 1, got {abandoned!r}")
    if not (validate.is_real(levy_exponent) and 1 <= levy_exponent < 2):
        raise ValueError(f"levy_exponent must be at least 1 and below 2, got {levy_exponent!r}")
    real_number("tolerance", tolerance, 0)
