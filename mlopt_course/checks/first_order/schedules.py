"""Rates that change with time: a cycle of warm-up and cosine, and a rule that watches the loss."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception
from . import plots

# --- warm-up, cosine, again and again -----------------------------------------------------------------------------


def cyclic_cosine(step, warmup, fall, floor, peak, shrink):
    cycle, position = divmod(step, warmup + fall)
    height = (peak - floor) * shrink**cycle
    if position < warmup:
        return floor + height * position / warmup
    return floor + height * (1 + math.cos(math.pi * (position - warmup) / fall)) / 2


def begins_no_second_cycle(step, warmup, fall, floor, peak, shrink):
    step = min(step, warmup + fall)
    if step < warmup:
        return floor + (peak - floor) * step / warmup
    return floor + (peak - floor) * (1 + math.cos(math.pi * (step - warmup) / fall)) / 2


def shrinks_the_peak_with_its_floor(step, warmup, fall, floor, peak, shrink):
    cycle, position = divmod(step, warmup + fall)
    height = peak * shrink**cycle - floor
    if position < warmup:
        return floor + height * position / warmup
    return floor + height * (1 + math.cos(math.pi * (position - warmup) / fall)) / 2


def shrinks_every_step(step, warmup, fall, floor, peak, shrink):
    position = step % (warmup + fall)
    height = (peak - floor) * shrink**step
    if position < warmup:
        return floor + height * position / warmup
    return floor + height * (1 + math.cos(math.pi * (position - warmup) / fall)) / 2


def never_shrinks(step, warmup, fall, floor, peak, shrink):
    return cyclic_cosine(step, warmup, fall, floor, peak, 1.0)


def warms_up_from_zero(step, warmup, fall, floor, peak, shrink):
    cycle, position = divmod(step, warmup + fall)
    height = (peak - floor) * shrink**cycle
    if position < warmup:
        return (floor + height) * position / warmup
    return floor + height * (1 + math.cos(math.pi * (position - warmup) / fall)) / 2


def runs_the_whole_cosine(step, warmup, fall, floor, peak, shrink):
    cycle, position = divmod(step, warmup + fall)
    height = (peak - floor) * shrink**cycle
    if position < warmup:
        return floor + height * position / warmup
    return floor + height * (1 + math.cos(2 * math.pi * (position - warmup) / fall)) / 2


def counts_the_warmup_into_the_fall(step, warmup, fall, floor, peak, shrink):
    cycle, position = divmod(step, warmup + fall)
    height = (peak - floor) * shrink**cycle
    if position < warmup:
        return floor + height * position / warmup
    return floor + height * (1 + math.cos(math.pi * position / (warmup + fall))) / 2


def warms_up_only_once(step, warmup, fall, floor, peak, shrink):
    if step < warmup:
        return floor + (peak - floor) * step / warmup
    cycle, position = divmod(step - warmup, fall)
    return floor + (peak - floor) * shrink**cycle * (1 + math.cos(math.pi * position / fall)) / 2


def cyclic_cosine_by_walking(step, warmup, fall, floor, peak, shrink):
    top = peak
    while step >= warmup + fall:
        step -= warmup + fall
        top = floor + shrink * (top - floor)
    if step <= warmup and warmup > 0:
        return (1 - step / warmup) * floor + step / warmup * top
    half_angle = math.pi / 2 * (step - warmup) / fall
    return floor * math.sin(half_angle) ** 2 + top * math.cos(half_angle) ** 2


def cyclic_cosine_from_a_table(step, warmup, fall, floor, peak, shrink):
    rise = np.linspace(0, 1, warmup, endpoint=False)
    descent = (1 + np.cos(np.linspace(0, np.pi, fall, endpoint=False))) / 2
    wave = np.concatenate([rise, descent])
    cycle = step // len(wave)
    return floor + (peak - floor) * shrink**cycle * wave[step % len(wave)]


def cyclic_cosine_cases(rng):
    def case(step, warmup=4, fall=8, floor=0.125, peak=1.0, shrink=0.5):
        return {"step": step, "warmup": warmup, "fall": fall, "floor": floor, "peak": peak, "shrink": shrink}

    floor = rng.uniform(0.001, 0.01)
    other = {"warmup": 5, "fall": 30, "floor": floor, "peak": 0.1, "shrink": rng.uniform(0.6, 0.9)}
    return [
        *(case(step) for step in (0, 1, 4, 6, 8, 11, 12, 14, 16, 20, 27, 40)),
        *(case(step, warmup=0, fall=5, floor=0.0) for step in (0, 2, 4, 5, 7)),
        case(7, warmup=3, fall=1, shrink=1.0),
        *(case(int(step), **other) for step in (*rng.integers(35, 200, size=4), 1000)),
    ]


CYCLIC_COSINE = Exercise(
    name="first_order.cyclic_cosine",
    title="Warm up, cool down, again",
    points=3,
    difficulty="core",
    hint="`divmod(step, length)` tells the cycle and the position in it at once. Write down the height above the floor "
    "in this cycle first; the rise and the fall both are the floor plus a part of it.",
    reference=cyclic_cosine,
    instances=cyclic_cosine_cases,
    misconceptions=(
        Misconception(
            begins_no_second_cycle,
            "Your schedule stays at the floor after the first cycle: it begins again every warmup + fall steps.",
        ),
        Misconception(
            shrinks_the_peak_with_its_floor,
            "You shrink the peak itself, which sinks below the floor in time. What shrinks is its height above the "
            "floor.",
        ),
        Misconception(shrinks_every_step, "You shrink at every step; the height stays the same for a whole cycle."),
        Misconception(never_shrinks, "All your cycles have the same height: the c-th has shrink**c of the first's."),
        Misconception(warms_up_from_zero, "The rise begins at the floor; yours begins at zero."),
        Misconception(
            runs_the_whole_cosine,
            "Your cosine comes back up at the end of the fall: the angle goes from 0 to pi, half a turn.",
        ),
        Misconception(
            counts_the_warmup_into_the_fall,
            "The cosine begins where the rise ends, at the peak. Yours has begun with the rise, so the rate jumps.",
        ),
        Misconception(warms_up_only_once, "Only your first cycle warms up: every cycle has a rise of `warmup` steps."),
    ),
    alternatives=(cyclic_cosine_by_walking, cyclic_cosine_from_a_table),
    equivalent_mutants={
        "return floor + height * (1 + math.cos(math.pi * (warmup - position) / fall)) / 2": "the cosine is even",
    },
    play=plots.cyclic_schedule,
)

# --- reduce on plateau --------------------------------------------------------------------------------------------


def plateau_rates(losses, initial, factor, patience, min_delta):
    rate, best, waited, rates = initial, math.inf, 0, []
    for loss in losses:
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
        if waited > patience:
            rate, waited = rate * factor, 0
        rates.append(rate)
    return rates


def compares_with_the_last_loss(losses, initial, factor, patience, min_delta):
    rate, last, waited, rates = initial, math.inf, 0, []
    for loss in losses:
        waited = 0 if loss < last - min_delta else waited + 1
        last = loss
        if waited > patience:
            rate, waited = rate * factor, 0
        rates.append(rate)
    return rates


def loses_patience_early(losses, initial, factor, patience, min_delta):
    rate, best, waited, rates = initial, math.inf, 0, []
    for loss in losses:
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
        if waited >= max(patience, 1):
            rate, waited = rate * factor, 0
        rates.append(rate)
    return rates


def goes_on_dropping(losses, initial, factor, patience, min_delta):
    rate, best, waited, rates = initial, math.inf, 0, []
    for loss in losses:
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
        if waited > patience:
            rate = rate * factor
        rates.append(rate)
    return rates


def moves_the_bar_by_crumbs(losses, initial, factor, patience, min_delta):
    rate, best, waited, rates = initial, math.inf, 0, []
    for loss in losses:
        waited = 0 if loss < best - min_delta else waited + 1
        best = min(best, loss)
        if waited > patience:
            rate, waited = rate * factor, 0
        rates.append(rate)
    return rates


def takes_a_tie_for_better(losses, initial, factor, patience, min_delta):
    rate, best, waited, rates = initial, math.inf, 0, []
    for loss in losses:
        if loss <= best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
        if waited > patience:
            rate, waited = rate * factor, 0
        rates.append(rate)
    return rates


def adds_up_all_bad_losses(losses, initial, factor, patience, min_delta):
    rate, best, waited, rates = initial, math.inf, 0, []
    for loss in losses:
        if loss < best - min_delta:
            best = loss
        else:
            waited += 1
        if waited > patience:
            rate, waited = rate * factor, 0
        rates.append(rate)
    return rates


def forgets_the_best_at_a_drop(losses, initial, factor, patience, min_delta):
    rate, best, waited, rates = initial, math.inf, 0, []
    for loss in losses:
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
        if waited > patience:
            rate, waited, best = rate * factor, 0, math.inf
        rates.append(rate)
    return rates


def plateau_rates_by_counting_drops(losses, initial, factor, patience, min_delta):
    rates, best, drops, since = [], None, 0, -1
    for number, loss in enumerate(losses):
        if best is None or best - loss > min_delta:
            best, since = loss, number
        elif number - since > patience:
            drops, since = drops + 1, number
        rates.append(initial * factor**drops)
    return np.array(rates)


def plateau_rates_with_a_generator(losses, initial, factor, patience, min_delta):
    def rule():
        rate, bar, left = initial, math.inf, patience
        while True:
            loss = yield rate
            if loss < bar:
                bar, left = loss - min_delta, patience
            elif left == 0:
                rate, left = rate * factor, patience
            else:
                left -= 1

    running = rule()
    next(running)
    return [running.send(loss) for loss in losses]


def plateau_rates_cases(rng):
    def case(losses, patience, min_delta, initial=1.0, factor=0.5):
        return {"losses": np.asarray(losses, dtype=float), "initial": initial, "factor": factor, "patience": patience,
                "min_delta": min_delta}  # fmt: skip

    def walk(steps, scale):
        """Losses in eighths, so that no comparison hangs on a rounding error."""
        return 20 + np.cumsum(rng.integers(-3, 3, size=steps)) * scale / 8

    return [
        case([4.0, 3.0, 3.5, 3.25, 2.0], 1, 0.0),
        case([2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], 2, 0.0),
        case([2.0, 1.75, 1.5, 1.25, 1.0, 0.75, 0.5], 1, 0.25),
        case([3.0, 4.0, 2.0, 3.0, 1.0, 2.0, 0.0, 1.0], 1, 0.0),
        case([1.0, 5.0, 4.0, 3.0, 2.0, 1.5, 0.5, 0.25], 2, 0.0, factor=0.1),
        case([-1.0, -2.0, -2.0, -3.0, -3.0], 0, 0.5, initial=0.3),
        case(walk(20, 1), 1, 0.125, factor=0.25),
        case(walk(60, 2), 3, 0.25, initial=rng.uniform(0.1, 1)),
    ]


PLATEAU_RATES = Exercise(
    name="first_order.plateau_rates",
    title="Reduce on plateau",
    points=3,
    difficulty="core",
    hint="Three things are remembered from loss to loss: the rate, the best loss so far, and for how many losses there "
    "has been no improvement. Play the first worked numbers through with a pencil: when is each of them changed?",
    reference=plateau_rates,
    instances=plateau_rates_cases,
    misconceptions=(
        Misconception(
            compares_with_the_last_loss,
            "You compare each loss with the one before: a loss that goes up and down would pass for progress. Compare "
            "with the best so far.",
        ),
        Misconception(
            loses_patience_early,
            "You lower the rate one loss too early: `patience` losses without improvement are forgiven, the next one "
            "is not.",
        ),
        Misconception(
            goes_on_dropping,
            "After a drop you lower the rate again at every loss: the count of bad losses starts again from 0.",
        ),
        Misconception(
            moves_the_bar_by_crumbs,
            "A loss that is better by less than min_delta is no improvement, and must not become the new best either: "
            "else slow progress is never seen.",
        ),
        Misconception(
            takes_a_tie_for_better,
            "A loss that is better by exactly min_delta is no improvement yet: it must be better by more.",
        ),
        Misconception(
            adds_up_all_bad_losses, "You never forgive: an improvement sets the count of bad losses back to 0."
        ),
        Misconception(
            forgets_the_best_at_a_drop,
            "You forget the best loss when the rate drops: keep it, only the count is reset.",
        ),
    ),
    alternatives=(plateau_rates_by_counting_drops, plateau_rates_with_a_generator),
    equivalent_mutants={
        "rate, best, waited, rates = (initial, math.inf, -1, [])": "the first loss beats infinity, so it sets waited",
        "rate, best, waited, rates = (initial, math.inf, 1, [])": "the first loss beats infinity, so it sets waited",
    },
)
