"""Successive halving where training goes on from where it was stopped."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots


def halving_rungs(curves, first, eta):
    alive, before, epochs, rungs = list(range(len(curves))), 0, first, []
    for _ in range(20):
        epochs = min(epochs, curves.shape[1])
        rungs.append((epochs, alive, (epochs - before) * len(alive)))
        if epochs == curves.shape[1]:
            break
        losses = np.nan_to_num(curves[:, epochs - 1], nan=math.inf)
        ranked = sorted(alive, key=lambda number: losses[number])
        alive = sorted(ranked[: max(1, len(alive) // eta)])
        before, epochs = epochs, epochs * eta
    return rungs


def _rungs(curves, first, eta, wrong=""):
    n, longest = curves.shape
    alive, trained, epochs, rungs = list(range(n)), 0, first, []
    while trained < longest:
        if wrong == "stops short" and epochs > longest:
            break
        epochs = min(epochs, longest)
        rungs.append((epochs, alive, len(alive) * (epochs if wrong == "from scratch" else epochs - trained)))
        if wrong == "stops with one" and len(alive) == 1:
            break
        trained = epochs
        marks = []
        for number in alive:
            loss = curves[number, epochs - 1]
            if wrong == "best so far":
                loss = np.nanmin(curves[number, :epochs])
            if wrong == "looks ahead":
                loss = curves[number, -1]
            if np.isnan(loss):
                loss = -math.inf if wrong == "nan wins" else math.inf
            marks.append((loss, number))
        keep = math.ceil(len(alive) / eta) if wrong == "rounds up" else max(1, math.floor(len(alive) / eta))
        if wrong == "drops a part":
            keep = max(1, len(alive) - len(alive) // eta)
        alive = sorted(number for _, number in sorted(marks)[:keep])
        epochs = epochs + first if wrong == "adds" else epochs * eta
    return rungs


def trains_from_scratch(curves, first, eta):
    return _rungs(curves, first, eta, "from scratch")


def stops_before_the_last_rung(curves, first, eta):
    return _rungs(curves, first, eta, "stops short")


def stops_when_one_is_left(curves, first, eta):
    return _rungs(curves, first, eta, "stops with one")


def judges_by_the_best_so_far(curves, first, eta):
    return _rungs(curves, first, eta, "best so far")


def looks_ahead(curves, first, eta):
    return _rungs(curves, first, eta, "looks ahead")


def lets_nan_win(curves, first, eta):
    return _rungs(curves, first, eta, "nan wins")


def rounds_the_survivors_up(curves, first, eta):
    return _rungs(curves, first, eta, "rounds up")


def drops_a_part_instead_of_keeping_one(curves, first, eta):
    return _rungs(curves, first, eta, "drops a part")


def adds_the_same_epochs_each_time(curves, first, eta):
    return _rungs(curves, first, eta, "adds")


def halving_rungs_step_by_step(curves, first, eta):
    return [list(rung) for rung in _rungs(curves, first, eta)]


def halving_rungs_recursively(curves, first, eta, alive=None, before=0):
    alive = np.arange(len(curves)) if alive is None else alive
    epochs = min(first, len(curves[0]))
    rung = (epochs, alive, len(alive) * (epochs - before))
    if epochs == len(curves[0]):
        return [rung]
    clean = np.where(np.isnan(curves), np.inf, curves)[alive, epochs - 1]
    ranked = alive[np.lexsort((alive, clean))]
    return [
        rung,
        *halving_rungs_recursively(curves, epochs * eta, eta, np.sort(ranked[: len(alive) // eta or 1]), epochs),
    ]


def halving_rungs_cases(rng):
    def case(curves, first, eta):
        return {"curves": np.array(curves, dtype=float), "first": first, "eta": eta}

    def drawn(n, longest, first, eta):
        epochs = np.arange(1, longest + 1)
        speeds, ends = rng.uniform(0.05, 1.5, size=(n, 1)), rng.uniform(0, 1, size=(n, 1))
        curves = ends + 2 * np.exp(-speeds * epochs) + 0.2 * rng.normal(size=(n, longest))
        curves[rng.choice(n), longest // 2 :] = math.nan
        curves[rng.choice(n), :] = math.nan
        return case(np.round(curves, 3), first, eta)

    return [
        case([[0.5, 0.4, 0.3, 0.2], [0.6, 0.3, 0.2, 0.1]], 1, 2),
        case([[5, 5, 5], [4, 4, 4], [3, 6, 6], [4, 4, 4], [4, 1, 1]], 1, 2),
        case([[3, 1, 6, 1], [2, 4, 5, 4], [math.nan] * 4, [4, 3, 2, 5], [5, 2, 4, 2]], 2, 2),
        case([[3, 2], [1, 2]], 2, 3),
        drawn(9, 9, 1, 3),
        drawn(14, 12, 2, 2),
        drawn(30, 20, 1, 3),
    ]


HALVING_RUNGS = Exercise(
    name="hyperparameter_tuning.halving_rungs",
    title="Survivors, and what each rung costs",
    points=3,
    difficulty="core",
    hint="Keep three things from rung to rung: who is alive, how many epochs they have been trained, and how many they "
    "shall have. `sorted(alive, key=...)` ranks the numbers themselves; nan must rank as infinity.",
    reference=halving_rungs,
    instances=halving_rungs_cases,
    misconceptions=(
        Misconception(
            trains_from_scratch,
            "You pay for all epochs in every rung. Here training goes on from where it stopped: pay for what is added.",
        ),
        Misconception(
            stops_before_the_last_rung,
            "The last rung is missing: it is cut to the length of the curves, not left out.",
        ),
        Misconception(stops_when_one_is_left, "The one that is left is trained on to the end, rung after rung."),
        Misconception(
            judges_by_the_best_so_far,
            "Compare the losses of now: a model cannot go back to the lowest loss that it once had.",
        ),
        Misconception(
            looks_ahead, "You judge by the end of the curves, which nobody has paid for yet: judge by the rung's epoch."
        ),
        Misconception(lets_nan_win, "A loss of nan is a training that failed: it is worse than any number."),
        Misconception(rounds_the_survivors_up, "Of n go on n / eta, rounded *down*, but at least one."),
        Misconception(
            drops_a_part_instead_of_keeping_one,
            "Only one in eta goes *on*; you let one in eta go.",
        ),
        Misconception(
            adds_the_same_epochs_each_time, "Each rung has eta *times* the epochs of the one before, not so many more."
        ),
    ),
    alternatives=(halving_rungs_step_by_step, halving_rungs_recursively),
    equivalent_mutants={
        "for _ in range(21):": "no case has so many rungs",
        "for _ in range(19):": "no case has so many rungs",
        "for _ in range(40):": "no case has so many rungs",
        "alive, before, epochs, rungs = (range(len(curves)), 0, first, [])": "a range holds the same numbers",
        "alive = sorted(ranked[:max(len(alive) // eta, 1)])": "the larger of two numbers has no order",
        "alive = sorted(ranked[:max(1, len(ranked) // eta)])": "all that are alive are ranked",
        "epochs = min(curves.shape[1], epochs)": "the smaller of two numbers has no order",
        "epochs = min(epochs, curves.shape[-1])": "of two axes the last is the second",
        "if epochs == curves.shape[-1]:": "of two axes the last is the second",
    },
    play=plots.rungs_of_curves,
)
