"""Population based training: the schedule behind the winner."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Misconception


def winning_schedule(losses, rates, replaced, draws):
    n = len(rates)
    schedules = [[rate] for rate in rates]
    for loss, draw in zip(losses, draws, strict=False):
        ranked = sorted(range(n), key=lambda model: loss[model])
        before, schedules = schedules, []
        for model in range(n):
            source, factor = model, 1.0
            if model in ranked[n - replaced :]:
                source = ranked[int(draw[model, 0] * replaced)]
                factor = 0.8 if draw[model, 1] < 0.5 else 1.25
            schedules.append([*before[source], factor * before[source][-1]])
    return schedules[np.argmin(losses[-1])]


def _schedules(losses, rates, replaced, draws, wrong=""):
    histories = [[float(rate)] for rate in rates]
    for round_number in range(len(losses) - 1):
        order = np.argsort(losses[round_number], kind="stable")
        if wrong == "worst are copied":
            order = order[::-1]
        replacing = {int(model) for model in order[-replaced:]}
        following = []
        for model, history in enumerate(histories):
            u, v = draws[round_number, model]
            factor = 0.8 if v < 0.5 else 1.25
            if model not in replacing:
                following.append([*history, history[-1] * (factor if wrong == "all explore" else 1)])
                continue
            among = len(rates) if wrong == "copies anyone" else replaced
            copied = histories[0 if wrong == "best only" else order[int(u * among)]]
            if wrong == "best only":
                copied = histories[order[0]]
            if wrong == "no exploit":
                following.append([*history, history[-1] * factor])
            elif wrong == "no explore":
                following.append([*copied, copied[-1]])
            elif wrong == "own past":
                following.append([*history, copied[-1] * factor])
            elif wrong == "rewrites":
                following.append([*(copied[:-1]), copied[-1] * factor, copied[-1] * factor])
            else:
                following.append([*copied, copied[-1] * factor])
        histories = following
    return histories[int(np.argmin(losses[-1]))]


def keeps_its_own_past(losses, rates, replaced, draws):
    return _schedules(losses, rates, replaced, draws, "own past")


def never_copies(losses, rates, replaced, draws):
    return _schedules(losses, rates, replaced, draws, "no exploit")


def never_explores(losses, rates, replaced, draws):
    return _schedules(losses, rates, replaced, draws, "no explore")


def lets_all_explore(losses, rates, replaced, draws):
    return _schedules(losses, rates, replaced, draws, "all explore")


def copies_the_worst(losses, rates, replaced, draws):
    return _schedules(losses, rates, replaced, draws, "worst are copied")


def copies_the_best_only(losses, rates, replaced, draws):
    return _schedules(losses, rates, replaced, draws, "best only")


def copies_anyone(losses, rates, replaced, draws):
    return _schedules(losses, rates, replaced, draws, "copies anyone")


def rewrites_the_past(losses, rates, replaced, draws):
    return _schedules(losses, rates, replaced, draws, "rewrites")


def winning_schedule_round_by_round(losses, rates, replaced, draws):
    return np.array(_schedules(losses, rates, replaced, draws))


def winning_schedule_traced_back(losses, rates, replaced, draws):
    """First all rates and parents of all rounds, then the way back from the winner."""
    rounds, n = losses.shape
    rate = np.empty((rounds, n))
    parent = np.tile(np.arange(n), (rounds, 1))
    rate[0] = rates
    for r in range(1, rounds):
        order = np.argsort(losses[r - 1])
        worst = order[n - replaced :]
        parent[r, worst] = order[(draws[r - 1, worst, 0] * replaced).astype(int)]
        rate[r] = rate[r - 1, parent[r]]
        rate[r, worst] *= np.where(draws[r - 1, worst, 1] < 0.5, 0.8, 1.25)
    model = int(losses[-1].argmin())
    way: list[float] = []
    for r in reversed(range(rounds)):
        way.insert(0, rate[r, model])
        model = parent[r, model]
    return way


def winning_schedule_cases(rng):
    def drawn(rounds, n, replaced):
        """The winner has copied in the round before, so that the copying shows."""
        losses = np.array([rng.permutation(n) for _ in range(rounds)]) / 8 + 0.5
        draws = rng.uniform(0.01, 0.99, size=(rounds - 1, n, 2))
        late = np.argmax(losses[-2])
        early = np.argmin(losses[-1])
        losses[-1, [early, late]] = losses[-1, [late, early]]
        rates = np.round(10 ** rng.uniform(-3, -1, size=n), 4)
        return {"losses": losses, "rates": rates, "replaced": replaced, "draws": draws}

    return [
        {"losses": np.array([[0.5, 0.9], [0.4, 0.3]]), "rates": np.array([0.1, 0.01]), "replaced": 1,
         "draws": np.array([[[0.5, 0.2], [0.5, 0.5]]])},
        {"losses": np.array([[0.5, 0.9], [0.3, 0.4]]), "rates": np.array([0.1, 0.01]), "replaced": 1,
         "draws": np.array([[[0.5, 0.7], [0.5, 0.7]]])},
        {"losses": np.array([[0.7, 0.3, 0.2]]), "rates": np.array([0.1, 0.01, 0.5]), "replaced": 1,
         "draws": np.empty((0, 3, 2))},
        drawn(3, 4, 2),
        drawn(4, 6, 2),
        drawn(5, 8, 3),
        drawn(6, 8, 4),
        drawn(9, 10, 3),
    ]  # fmt: skip


WINNING_SCHEDULE = Exercise(
    name="hyperparameter_tuning.winning_schedule",
    title="The schedule behind the winner",
    points=3,
    difficulty="challenge",
    hint="Let each model carry the list of the rates that its *weights* were trained with. Whoever copies weights "
    "copies that list, too, and then adds the new rate. Mind that all copy at the same time.",
    reference=winning_schedule,
    instances=winning_schedule_cases,
    misconceptions=(
        Misconception(
            keeps_its_own_past,
            "Your model copies the rate but keeps its own past. With the weights it takes over the whole way on which "
            "they were trained.",
        ),
        Misconception(never_copies, "You vary the rates of bad models, but they must copy a good one first."),
        Misconception(never_explores, "You copy, but do not explore: the copied rate is multiplied by 0.8 or 1.25."),
        Misconception(lets_all_explore, "Only models that copy change their rate: the others train on as they are."),
        Misconception(copies_the_worst, "You have replaced the best by the worst: a low loss is good."),
        Misconception(copies_the_best_only, "All copy the very best: the draw chooses among the best `replaced`."),
        Misconception(
            copies_anyone, "You copy a model from anywhere in the ranking: the draw chooses among the best `replaced`."
        ),
        Misconception(
            rewrites_the_past,
            "The new factor counts from the next round on: the round that is over was trained with the old rate.",
        ),
    ),
    alternatives=(winning_schedule_round_by_round, winning_schedule_traced_back),
    equivalent_mutants={
        "factor = 0.8 if draw[model, -1] < 0.5 else 1.25": "of two draws the last is the second",
        "for loss, draw in zip(losses, draws):": "without `strict` zip stops at the shortest as well",
        "if source in ranked[n - replaced:]:": "there the source is still the model itself",
        "source = ranked[int(draw[source, 0] * replaced)]": "there the source is still the model itself",
    },
)
