"""Ants: where the next one goes, the chance of a whole tour, and what the trails are afterwards."""

from __future__ import annotations

import itertools

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- the next city ----------------------------------------------------------------------------------------------------


def ant_choices(city, visited, pheromone, distances, beta, greedy):
    chances = np.zeros(len(distances))
    open_to = [j for j in range(len(distances)) if j not in visited]
    attraction = pheromone[city, open_to] / distances[city, open_to] ** beta
    chances[open_to] = (1 - greedy) * attraction / attraction.sum()
    chances[open_to[np.argmax(attraction)]] += greedy
    return chances


def never_takes_the_best_for_sure(city, visited, pheromone, distances, beta, greedy):
    return ant_choices(city, visited, pheromone, distances, beta, 0.0)


def draws_one_of_the_others(city, visited, pheromone, distances, beta, greedy):
    """The best with this chance, and the rest shared among the others."""
    chances = ant_choices(city, visited, pheromone, distances, beta, 0.0)
    best = int(np.argmax(chances))
    others = np.where(np.arange(len(chances)) == best, 0.0, chances)
    if others.sum() == 0:
        return chances
    chances = (1 - greedy) * others / others.sum()
    chances[best] = greedy
    return chances


def goes_where_it_is_far(city, visited, pheromone, distances, beta, greedy):
    return ant_choices(city, visited, pheromone, distances, -beta, greedy)


def returns_to_visited_cities(city, visited, pheromone, distances, beta, greedy):
    return ant_choices(city, [city], pheromone, distances, beta, greedy)


def divides_by_all_cities(city, visited, pheromone, distances, beta, greedy):
    """The shares of an ant that may go anywhere, without those of the visited cities."""
    attraction = np.array(
        [0.0 if j == city else pheromone[city, j] / distances[city, j] ** beta for j in range(len(distances))]
    )
    open_to = np.array([j not in visited for j in range(len(distances))])
    chances = (1 - greedy) * attraction * open_to / attraction.sum()
    chances[np.argmax(attraction * open_to)] += greedy
    return chances


def follows_the_trail_alone(city, visited, pheromone, distances, beta, greedy):
    return ant_choices(city, visited, pheromone, distances, 0.0, greedy)


def reads_the_trails_backwards(city, visited, pheromone, distances, beta, greedy):
    return ant_choices(city, visited, pheromone.T, distances, beta, greedy)


def greedy_for_the_nearest(city, visited, pheromone, distances, beta, greedy):
    chances = (1 - greedy) * ant_choices(city, visited, pheromone, distances, beta, 0.0)
    open_to = [j for j in range(len(distances)) if j not in visited]
    chances[min(open_to, key=lambda j: distances[city, j])] += greedy
    return chances


def ant_choices_one_by_one(city, visited, pheromone, distances, beta, greedy):
    attraction = [0.0 if j in visited else pheromone[city, j] * (1 / distances[city, j]) ** beta
                  for j in range(len(distances))]  # fmt: skip
    best = attraction.index(max(attraction))
    return [(1 - greedy) * a / sum(attraction) + (greedy if j == best else 0) for j, a in enumerate(attraction)]


def ant_choices_with_a_mask(city, visited, pheromone, distances, beta, greedy):
    is_open = np.ones(len(distances), dtype=bool)
    is_open[list(visited)] = False
    near = np.where(is_open, distances[city], 1.0) ** -float(beta)
    weight = is_open * pheromone[city] * near
    sure = np.eye(len(distances))[weight.argmax()]
    return greedy * sure + (1 - greedy) * weight / weight.sum()


def roads(rng, n):
    """Distances both ways alike, and trails that differ."""
    distances = rng.uniform(1, 9, size=(n, n)).round(3)
    distances = np.triu(distances, 1) + np.triu(distances, 1).T
    return distances, rng.uniform(0.2, 2, size=(n, n)).round(2)


def ant_choices_cases(rng):
    distances = np.array([[0.0, 2.0, 4.0], [2.0, 0.0, 1.0], [4.0, 1.0, 0.0]])
    trails = np.array([[0.0, 1.0, 3.0], [2.0, 0.0, 1.0], [1.0, 5.0, 0.0]])
    cases = [
        {"city": 0, "visited": [0], "pheromone": trails, "distances": distances, "beta": 1, "greedy": 0.0},
        {"city": 0, "visited": [0], "pheromone": trails, "distances": distances, "beta": 1, "greedy": 0.25},
        {"city": 0, "visited": [0], "pheromone": trails, "distances": distances, "beta": 2, "greedy": 0.5},
        {"city": 2, "visited": [0, 2], "pheromone": trails, "distances": distances, "beta": 2, "greedy": 0.9},
        {"city": 1, "visited": [1], "pheromone": trails, "distances": distances, "beta": 3, "greedy": 1.0},
    ]
    square = np.array([[0.0, 4.0, 2.0, 2.0], [4.0, 0.0, 3.0, 3.0], [2.0, 3.0, 0.0, 1.0], [2.0, 3.0, 1.0, 0.0]])
    alike = {"city": 0, "visited": [0], "pheromone": np.ones((4, 4)), "distances": square, "beta": 1, "greedy": 0.5}
    cases.append(alike)  # cities 2 and 3 attract alike
    for n, seen in ((4, 2), (5, 2), (6, 3), (9, 4)):
        distances, trails = roads(rng, n)
        visited = [int(j) for j in rng.permutation(n)[:seen]]
        cases.append(
            {"city": visited[-1], "visited": visited, "pheromone": trails, "distances": distances,
             "beta": round(float(rng.uniform(1, 4)), 2), "greedy": round(float(rng.uniform(0.2, 0.8)), 2)}
        )  # fmt: skip
    return cases


ANT_CHOICES = Exercise(
    name="evolutionary_swarm.ant_choices",
    title="Where the ant goes next",
    points=2,
    difficulty="warm-up",
    hint="Begin with zeros. Compute the attraction of the open cities alone, share 1 - greedy among them in "
    "proportion, and add greedy to the most attractive one.",
    reference=ant_choices,
    instances=ant_choices_cases,
    misconceptions=(
        Misconception(never_takes_the_best_for_sure, "With the probability greedy the ant goes to the best for sure."),
        Misconception(
            draws_one_of_the_others,
            "When it draws, the ant draws among *all* open cities: the best may be drawn, too.",
        ),
        Misconception(goes_where_it_is_far, "Near cities attract: divide by the distance to the power beta."),
        Misconception(returns_to_visited_cities, "A visited city has the chance 0, all of those in visited."),
        Misconception(
            divides_by_all_cities,
            "Your chances do not add up to 1: divide by the attraction of the *open* cities.",
        ),
        Misconception(follows_the_trail_alone, "Distance attracts as well as the trail: divide by distance ** beta."),
        Misconception(
            reads_the_trails_backwards, "The trail from city to j is pheromone[city, j]; you read the other way."
        ),
        Misconception(
            greedy_for_the_nearest,
            "The most attractive city is not always the nearest: trail and distance decide together.",
        ),
    ),
    alternatives=(ant_choices_one_by_one, ant_choices_with_a_mask),
    equivalent_mutants={
        "chances = -np.zeros(len(distances))": "zero has no sign here",
        "chances = np.zeros(len(pheromone))": "there are as many rows of trails as of distances",
        "open_to = [j for j in range(len(pheromone)) if j not in visited]": "there are as many rows of trails",
        "open_to = [j for j in range(len(chances)) if j not in visited]": "there is a chance for each city",
        "attraction = pheromone[city, open_to] / distances[open_to, city] ** beta": "it is as far back as there",
    },
)

# --- the trails afterwards --------------------------------------------------------------------------------------------


def trails_after(pheromone, distances, tours, best, evaporation, weight):
    lengths = [sum(distances[tour[k - 1], tour[k]] for k in range(len(tour))) for tour in tours]
    order = np.argsort(lengths, kind="stable")
    trails = (1 - evaporation) * pheromone
    for rank in range(weight):
        tour = tours[order[rank - 1]] if rank > 0 else best
        following = np.roll(tour, 1)
        laid = (weight - rank) / distances[tour, following].sum()
        trails[tour, following] += laid
        trails[following, tour] += laid
    return trails


def _lay(pheromone, distances, tours, best, evaporation, weight, wrong=""):
    def length(tour):
        legs = [distances[a, b] for a, b in itertools.pairwise(tour)]
        return sum(legs) + (0 if wrong == "open" else distances[tour[-1], tour[0]])

    ordered = sorted(tours, key=length, reverse=wrong == "longest")
    shares = [(weight - 1 - k, tour) for k, tour in enumerate(ordered[: weight - 1])]
    if wrong == "alike":
        shares = [(1, tour) for tour in tours]
    if wrong != "no best":
        shares.append((weight, best))
    kept = evaporation if wrong == "keeps rho" else 1 - evaporation
    trails = pheromone * (1 if wrong == "late" else kept)
    for share, tour in shares:
        pairs = list(itertools.pairwise(tour)) + ([] if wrong == "open" else [(tour[-1], tour[0])])
        for a, b in pairs:
            laid = share / (1 if wrong == "not by length" else distances[a, b] if wrong == "by edge" else length(tour))
            trails[a, b] += laid
            if wrong != "one way":
                trails[b, a] += laid
    return trails * kept if wrong == "late" else trails


def forgets_the_way_home(pheromone, distances, tours, best, evaporation, weight):
    return _lay(pheromone, distances, tours, best, evaporation, weight, "open")


def lays_one_way_only(pheromone, distances, tours, best, evaporation, weight):
    return _lay(pheromone, distances, tours, best, evaporation, weight, "one way")


def lets_fresh_trails_evaporate(pheromone, distances, tours, best, evaporation, weight):
    return _lay(pheromone, distances, tours, best, evaporation, weight, "late")


def keeps_what_should_evaporate(pheromone, distances, tours, best, evaporation, weight):
    return _lay(pheromone, distances, tours, best, evaporation, weight, "keeps rho")


def forgets_the_best_so_far(pheromone, distances, tours, best, evaporation, weight):
    return _lay(pheromone, distances, tours, best, evaporation, weight, "no best")


def lets_all_ants_lay_alike(pheromone, distances, tours, best, evaporation, weight):
    return _lay(pheromone, distances, tours, best, evaporation, weight, "alike")


def rewards_the_longest(pheromone, distances, tours, best, evaporation, weight):
    return _lay(pheromone, distances, tours, best, evaporation, weight, "longest")


def forgets_to_divide_by_the_length(pheromone, distances, tours, best, evaporation, weight):
    return _lay(pheromone, distances, tours, best, evaporation, weight, "not by length")


def divides_by_the_edge(pheromone, distances, tours, best, evaporation, weight):
    return _lay(pheromone, distances, tours, best, evaporation, weight, "by edge")


def trails_after_edge_by_edge(pheromone, distances, tours, best, evaporation, weight):
    return _lay(pheromone, distances, tours, best, evaporation, weight)


def trails_after_by_matrices(pheromone, distances, tours, best, evaporation, weight):
    """Each tour as a matrix of ones on its edges."""
    n = len(distances)

    def matrix(tour):
        step = np.eye(n)[tour].T @ np.eye(n)[np.roll(tour, -1)]
        return step + step.T

    laid = sorted((matrix(tour) for tour in tours), key=lambda edges: (edges * distances).sum())
    laid = [matrix(best), *laid][:weight]
    fresh = sum((weight - r) * edges / (0.5 * (edges * distances).sum()) for r, edges in enumerate(laid))
    return pheromone - evaporation * pheromone + fresh


def trails_after_cases(rng):
    square = np.array([[0.0, 1.0, 2.0, 1.0], [1.0, 0.0, 1.0, 2.0], [2.0, 1.0, 0.0, 1.0], [1.0, 2.0, 1.0, 0.0]])
    crossed, around = [0, 2, 1, 3], [0, 1, 2, 3]
    cases = [
        {"pheromone": np.ones((4, 4)), "distances": square, "tours": np.array([crossed, around]),
         "best": np.array(around), "evaporation": 0.5, "weight": 2},
        {"pheromone": np.ones((4, 4)), "distances": square, "tours": np.array([crossed, around]),
         "best": np.array([0, 1, 3, 2]), "evaporation": 0.25, "weight": 1},
    ]  # fmt: skip
    for n, ants, weight in ((5, 4, 3), (6, 3, 4), (7, 9, 6)):
        distances, _ = roads(rng, n)
        trails = rng.uniform(0.2, 2, size=(n, n))
        tours = np.array([rng.permutation(n) for _ in range(ants)])
        cases.append(
            {"pheromone": (trails + trails.T) / 2, "distances": distances, "tours": tours, "best": rng.permutation(n),
             "evaporation": round(float(rng.uniform(0.05, 0.4)), 2), "weight": weight}
        )  # fmt: skip
    return cases


TRAILS_AFTER = Exercise(
    name="evolutionary_swarm.trails_after",
    title="The trails that ranked ants leave",
    points=3,
    difficulty="core",
    hint="Let all trails evaporate first. Sort the tours by length; the best so far counts as rank 0, the shortest "
    "tour of this step as rank 1. A closed tour has as many edges as cities, and each edge two directions.",
    reference=trails_after,
    instances=trails_after_cases,
    misconceptions=(
        Misconception(forgets_the_way_home, "A tour is closed: the edge from its last city to the first counts, too."),
        Misconception(lays_one_way_only, "An edge can be walked both ways: lay on [i, j] and on [j, i]."),
        Misconception(lets_fresh_trails_evaporate, "Evaporation comes first: what is laid now has lost nothing yet."),
        Misconception(
            keeps_what_should_evaporate, "The share `evaporation` is lost; what stays is 1 - evaporation of it."
        ),
        Misconception(forgets_the_best_so_far, "The best tour so far lays in every step, with the largest weight."),
        Misconception(lets_all_ants_lay_alike, "Only the shortest tours lay, and by rank: not all ants alike."),
        Misconception(rewards_the_longest, "Rank 1 is the *shortest* tour of the step."),
        Misconception(forgets_to_divide_by_the_length, "Divide what is laid by the length of the tour."),
        Misconception(
            divides_by_the_edge, "Divide by the length of the whole *tour*, not by that of the edge that gets it."
        ),
    ),
    alternatives=(trails_after_edge_by_edge, trails_after_by_matrices),
    equivalent_mutants={
        "lengths = [sum((distances[tour[k], tour[k - 1]] for k in range(len(tour)))) for tour in tours]": "it is as "
        "far back as there",
        "lengths = [sum((distances[tour[k - 1], tour[k]] for k in range(len(pheromone)))) for tour in tours]": "a tour "
        "has all cities",
        "lengths = [sum((distances[tour[k - 1], tour[k]] for k in range(len(distances)))) for tour in tours]": "a tour "
        "has all cities",
        "lengths = [sum((distances[tour[k - 1], tour[k]] for k in range(len(best)))) for tour in tours]": "a tour has "
        "all cities",
        "order = np.argsort(lengths)": "no two different tours are equally long in the cases",
        "order = np.argsort(lengths, kind='stable mutated')": "NumPy looks at the first letter only",
        "following = np.roll(tour, -1)": "the edges are the same, met from their other ends",
        "laid = (weight - rank) / distances[following, tour].sum()": "it is as far back as there",
    },
    play=plots.trails_on_a_map,
)
