"""Selection: who wins a tournament, and how soon the best member has filled the population."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- who wins a tournament --------------------------------------------------------------------------------------------


def tournament_odds(values, size):
    odds = []
    for value in values:
        worse = sum(other > value for other in values)
        odds.append(math.comb(worse, size - 1) / math.comb(len(values), size))
    return odds


def draws_with_replacement(values, size):
    n = len(values)
    worse = [sum(other > value for other in values) for value in values]
    return [((w + 1) ** size - w**size) / n**size for w in worse]


def lets_the_highest_win(values, size):
    return tournament_odds([-value for value in values], size)


def answers_in_the_order_of_rank(values, size):
    return tournament_odds(sorted(values), size)


def asks_who_takes_part(values, size):
    return [size / len(values)] * len(values)


def forgets_that_it_must_be_drawn(values, size):
    """The chance that a member that takes part wins."""
    n = len(values)
    worse = [sum(other > value for other in values) for value in values]
    return [math.comb(w, size - 1) / math.comb(n - 1, size - 1) for w in worse]


def draws_among_the_worse_and_itself(values, size):
    n = len(values)
    worse = [sum(other > value for other in values) for value in values]
    return [math.comb(w + 1, size) / math.comb(n, size) for w in worse]


def spins_the_wheel(values, size):
    fitness = max(values) - np.array(values)
    return fitness / fitness.sum()


def tournament_odds_by_holding_all(values, size):
    wins = np.zeros(len(values))
    for members in itertools.combinations(range(len(values)), size):
        wins[min(members, key=lambda i: values[i])] += 1
    return wins / wins.sum()


def tournament_odds_by_drawing_in_turn(values, size):
    """Drawn, and then all others worse: a product of fractions."""
    n = len(values)
    rank = np.argsort(np.argsort(values))
    worse = n - 1 - rank
    odds = np.full(n, size / n)
    for k in range(size - 1):
        odds = odds * np.maximum(worse - k, 0) / (n - 1 - k)
    return odds


def tournament_odds_cases(rng):
    cases = [
        {"values": [3.0, 1.0, 2.0], "size": 2},
        {"values": [3.0, 1.0, 2.0], "size": 1},
        {"values": [3.0, -1.0, 2.0, 8.0], "size": 3},
        {"values": [3.0, 1.0], "size": 2},
    ]
    for n, size in ((7, 3), (10, 4), (12, 7)):
        cases.append({"values": rng.normal(size=n).round(3).tolist(), "size": size})
    return cases


TOURNAMENT_ODDS = Exercise(
    name="evolutionary_swarm.tournament_odds",
    title="Who wins a tournament",
    points=2,
    difficulty="warm-up",
    hint="A member wins if it is drawn and all others that are drawn are worse. How many groups of that kind are "
    "there, and how many groups in all? `math.comb(n, k)` counts groups; it is 0 where k is greater than n.",
    reference=tournament_odds,
    instances=tournament_odds_cases,
    misconceptions=(
        Misconception(
            draws_with_replacement,
            "That is the chance where a member may be drawn twice. Here the members of a tournament are all different.",
        ),
        Misconception(lets_the_highest_win, "The *lowest* value wins: we minimise."),
        Misconception(answers_in_the_order_of_rank, "Answer in the order of values, not from the best to the worst."),
        Misconception(asks_who_takes_part, "That is the chance to take part. To win, the others must be worse, too."),
        Misconception(
            forgets_that_it_must_be_drawn,
            "That is the chance to win once one takes part; a member must be drawn first. Your chances add up to more "
            "than 1.",
        ),
        Misconception(
            draws_among_the_worse_and_itself,
            "You count the groups made of the member and worse ones in which it need not be: it must be one of them.",
        ),
        Misconception(spins_the_wheel, "In a tournament only the order counts, not by how much one is better."),
    ),
    alternatives=(tournament_odds_by_holding_all, tournament_odds_by_drawing_in_turn),
)

# --- takeover ---------------------------------------------------------------------------------------------------------


def takeover(n, size, loss, goal):
    share = 1 / n
    for generation in range(1000):
        if share >= goal:
            return generation
        share = (1 - loss) * (1 - (1 - share) ** size)
    return None


def _takeover(n, goal, following):
    share = 1 / n
    for generation in range(1000):
        if share >= goal:
            return generation
        share = following(share)
    return None


def grows_without_bound(n, size, loss, goal):
    return _takeover(n, goal, lambda share: min((1 - loss) * size * share, 1e9))


def loses_before_the_tournament(n, size, loss, goal):
    return _takeover(n, goal, lambda share: 1 - (1 - (1 - loss) * share) ** size)


def loses_nothing(n, size, loss, goal):
    return _takeover(n, goal, lambda share: 1 - (1 - share) ** size)


def asks_for_all_of_the_tournament(n, size, loss, goal):
    return _takeover(n, goal, lambda share: (1 - loss) * share**size)


def subtracts_the_loss(n, size, loss, goal):
    return _takeover(n, goal, lambda share: max(1 - (1 - share) ** size - loss, 0.0))


def counts_the_first_generation(n, size, loss, goal):
    found = takeover(n, size, loss, goal)
    return None if found is None else found + 1


def stops_one_early(n, size, loss, goal):
    found = takeover(n, size, loss, goal)
    return None if found is None else max(found - 1, 0)


def takeover_by_following_the_others(n, size, loss, goal):
    """The share of all that are not copies of the best, until it no longer falls."""
    others, generation = (n - 1) / n, 0
    while 1 - others < goal:
        following = 1 - (1 - loss) * (1 - others**size)
        if following >= others - 1e-15:
            return None
        others, generation = following, generation + 1
    return generation


def takeover_by_a_list(n, size, loss, goal):
    shares = [1.0 / n]
    for _ in range(600):
        shares.append((1.0 - loss) * sum(math.comb(size, k) * shares[-1] ** k * (1 - shares[-1]) ** (size - k)
                                         for k in range(1, size + 1)))  # fmt: skip
    reached = np.array(shares) >= goal
    return int(reached.argmax()) if reached.any() else None


def takeover_cases(rng):
    cases = [
        {"n": 10, "size": 2, "loss": 0.0, "goal": 0.5},
        {"n": 2, "size": 2, "loss": 0.0, "goal": 0.5},  # from the start
        {"n": 4, "size": 1, "loss": 0.0, "goal": 0.9},  # no selection
        {"n": 4, "size": 3, "loss": 0.0, "goal": 0.9},
        {"n": 4, "size": 2, "loss": 0.5, "goal": 0.3},  # lost as fast as it is copied
        {"n": 20, "size": 2, "loss": 0.3, "goal": 0.5},
        {"n": 20, "size": 2, "loss": 0.3, "goal": 0.6},  # more than it ever has
        {"n": 20, "size": 4, "loss": 0.6, "goal": 0.3},
        {"n": 100, "size": 5, "loss": 0.05, "goal": 0.94},
        {"n": 1000, "size": 2, "loss": 0.45, "goal": 0.15},  # takes its time
    ]
    for n, size in ((50, 2), (200, 3), (1000, 7)):
        loss = round(float(rng.uniform(0.02, 0.3)), 3)
        cases.append({"n": n, "size": size, "loss": loss, "goal": round(0.8 * (1 - loss), 3)})
    return cases


TAKEOVER = Exercise(
    name="evolutionary_swarm.takeover",
    title="The best takes over",
    points=2,
    difficulty="warm-up",
    hint="A tournament is *not* won by a copy of the best only if none of its members is one. And a share that has not "
    "reached the goal after a thousand generations never will.",
    reference=takeover,
    instances=takeover_cases,
    misconceptions=(
        Misconception(
            grows_without_bound,
            "The share is multiplied by size only while it is small. Ask for the chance that no member of the "
            "tournament is a copy.",
        ),
        Misconception(loses_before_the_tournament, "The loss comes after selection: it is the winners that mutate."),
        Misconception(loses_nothing, "Of the copies that win, a share `loss` is spoilt by mutation."),
        Misconception(
            asks_for_all_of_the_tournament,
            "One copy in the tournament is enough to win it; you ask that all its members are copies.",
        ),
        Misconception(
            subtracts_the_loss, "The share `loss` of the *winners* is spoilt: multiply by 1 - loss, do not subtract."
        ),
        Misconception(
            counts_the_first_generation, "You count one too many: the start, with one copy in n, is generation 0."
        ),
        Misconception(
            stops_one_early,
            "You count one too few: return the first generation that *has* the share, not the last without it.",
        ),
    ),
    alternatives=(takeover_by_following_the_others, takeover_by_a_list),
    equivalent_mutants={
        "for generation in range(1001):": "what takes a thousand generations never happens",
        "for generation in range(999):": "what takes a thousand generations never happens",
        "for generation in range(2000):": "what takes a thousand generations never happens",
        "delete: return None": "a function without a return gives None",
    },
    play=plots.takeover_curve,
)
