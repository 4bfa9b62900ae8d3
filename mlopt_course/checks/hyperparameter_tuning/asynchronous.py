"""Promotions without waiting, and those that are regretted."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def asha_promotions(losses, eta):
    promoted: list[int] = []
    for n in range(1, len(losses) + 1):
        ranked = sorted(range(n), key=lambda i: losses[i])
        best = ranked[: n // eta]
        promoted = promoted + [i for i in best if i not in promoted]
    return promoted, len(set(promoted) - set(best))


def _promoted(losses, eta, wrong=""):
    promoted: list[int] = []
    best: list[int] = []
    for n in range(1, len(losses) + 1):
        places = {"rounds up": math.ceil(n / eta), "one at least": max(1, n // eta)}.get(wrong, n // eta)
        if wrong == "rounds are complete" and n % eta:
            continue
        best = np.argsort(losses[:n], kind="stable")[:places].tolist()
        if wrong == "newest only":
            best = [i for i in best if i == n - 1]
        if wrong == "takes back":
            promoted = [i for i in promoted if i in best]
        promoted += [i for i in best if i not in promoted]
    return promoted, best


def waits_for_all(losses, eta):
    return np.argsort(losses, kind="stable")[: len(losses) // eta].tolist(), 0


def judges_the_newest_only(losses, eta):
    promoted, _ = _promoted(losses, eta, "newest only")
    best = np.argsort(losses, kind="stable")[: len(losses) // eta]
    return promoted, len(set(promoted) - set(best.tolist()))


def rounds_up(losses, eta):
    promoted, best = _promoted(losses, eta, "rounds up")
    return promoted, len(set(promoted) - set(best))


def lets_one_go_at_least(losses, eta):
    promoted, best = _promoted(losses, eta, "one at least")
    return promoted, len(set(promoted) - set(best))


def takes_promotions_back(losses, eta):
    return _promoted(losses, eta, "takes back")[0], 0


def looks_only_when_there_is_a_new_place(losses, eta):
    promoted, best = _promoted(losses, eta, "rounds are complete")
    return promoted, len(set(promoted) - set(best))


def counts_those_left_behind(losses, eta):
    promoted, best = _promoted(losses, eta)
    return promoted, len(losses) - len(best)


def returns_them_in_order(losses, eta):
    promoted, best = _promoted(losses, eta)
    return sorted(promoted), len(promoted) - len(best)


def asha_promotions_by_a_set(losses, eta):
    promoted, best = _promoted(losses, eta)
    return promoted, len(promoted) - len(best)


def asha_promotions_by_insertion(losses, eta):
    """The ranking is kept, and each loss is put into its place."""
    ranking: list[int] = []
    gone: dict[int, int] = {}
    for number, loss in enumerate(losses):
        place = sum(losses[other] <= loss for other in ranking)
        ranking.insert(place, number)
        for best in ranking[: (number + 1) // eta]:
            gone.setdefault(best, number)
    top = ranking[: len(losses) // eta]
    return [list(gone), sum(number not in top for number in gone)]


def asha_promotions_cases(rng):
    def case(losses, eta):
        return {"losses": np.array(losses, dtype=float), "eta": eta}

    return [
        case([3, 2], 2),
        case([3, 4, 1], 2),
        case([1, 2, 3, 4, 5, 6], 2),
        case([2, 2, 2, 1, 1, 1, 1], 3),
        case([6, 5, 4, 3, 2, 1], 2),
        case([5, 4, 3, 2, 1, 6, 7, 8, 9, 0], 3),
        case(rng.integers(0, 12, size=14), 3),
        case(np.round(rng.uniform(size=24), 3), 4),
        case(np.round(rng.uniform(size=40), 3), 3),
    ]


ASHA_PROMOTIONS = Exercise(
    name="hyperparameter_tuning.asha_promotions",
    title="Promoted without waiting",
    points=3,
    difficulty="core",
    hint="After each loss, rank all that have come so far; the first n // eta of them may go on, and those that have "
    "not gone yet do, the best first. At the very end, who is among the promoted but not among the best?",
    reference=asha_promotions,
    instances=asha_promotions_cases,
    misconceptions=(
        Misconception(
            waits_for_all,
            "You wait until all losses are there: that is successive halving. ASHA promotes with what it knows so far.",
        ),
        Misconception(
            judges_the_newest_only,
            "You look at the newest loss only. When a place becomes free, an *earlier* one may be the best that waits.",
        ),
        Misconception(rounds_up, "Of n losses n / eta may go on, rounded *down*: none before there are eta of them."),
        Misconception(
            lets_one_go_at_least,
            "You let one go on at once, though there is nothing to compare it with: n // eta may be zero.",
        ),
        Misconception(
            takes_promotions_back,
            "A promotion cannot be taken back: the epochs are spent. That is why some are regretted.",
        ),
        Misconception(
            looks_only_when_there_is_a_new_place,
            "You look only when n // eta grows. A good loss that comes in between pushes itself among the best, and "
            "goes on at once.",
        ),
        Misconception(
            counts_those_left_behind,
            "You count those that were not promoted; regretted are those that were, and are not among the best now.",
        ),
        Misconception(returns_them_in_order, "The right ones, but list them in the order in which they were promoted."),
    ),
    alternatives=(asha_promotions_by_a_set, asha_promotions_by_insertion),
    equivalent_mutants={
        "for n in range(0, len(losses) + 1):": "of no losses none is promoted",
        "for n in range(-1, len(losses) + 1):": "of no losses none is promoted",
        "for n in range(2, len(losses) + 1):": "of one loss none is promoted, for eta is at least 2",
    },
    play=plots.promotions,
)
