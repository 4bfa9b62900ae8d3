"""Counts: random tries for a given chance, and successes in a window for the 1/5 rule."""

from __future__ import annotations

import math

import numpy as np

from ..exercise import Exercise, Misconception

# --- tries of random search -------------------------------------------------------------------------------------------


def points_needed(chance, side, relevant, d):
    tries = math.ceil(math.log(1 - chance) / math.log(1 - side**relevant))
    return tries, math.ceil(1 / side) ** d


def _tries(chance, share):
    return math.ceil(math.log1p(-chance) / math.log1p(-share))


def counts_every_variable(chance, side, relevant, d):
    return _tries(chance, side**d), math.ceil(1 / side) ** d


def spares_the_grid_the_irrelevant_axes(chance, side, relevant, d):
    return _tries(chance, side**relevant), math.ceil(1 / side) ** relevant


def adds_chances(chance, side, relevant, d):
    """As if n tries had n times the chance of one."""
    return math.ceil(chance / side**relevant), math.ceil(1 / side) ** d


def multiplies_sides_by_their_number(chance, side, relevant, d):
    return _tries(chance, min(side * relevant, 0.999)), math.ceil(1 / side) ** d


def rounds_the_tries_down(chance, side, relevant, d):
    return _tries(chance, side**relevant) - 1, math.ceil(1 / side) ** d


def rounds_the_axis_down(chance, side, relevant, d):
    return _tries(chance, side**relevant), math.floor(1 / side) ** d


def needs_all_tries_to_hit(chance, side, relevant, d):
    return math.ceil(math.log(chance) / math.log1p(-(side**relevant))), math.ceil(1 / side) ** d


def points_needed_by_base_two(chance, side, relevant, d):
    miss = 1 - math.prod([side] * relevant)
    return int(np.ceil(np.log2(1 - chance) / np.log2(miss))), int(np.ceil(1 / side)) ** d


def points_needed_by_halving(chance, side, relevant, d):
    """The fewest n with a chance of missing, miss^n, of at most 1 - chance; the fewest m with m side >= 1."""
    miss, low, high = 1 - side**relevant, 0, 1
    while miss**high > 1 - chance:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if miss**middle > 1 - chance:
            low = middle
        else:
            high = middle
    m = 1
    while m * side < 1:
        m += 1
    return [high, m**d]


def points_needed_cases(rng):
    def case(chance, side, relevant, d):
        return {"chance": chance, "side": side, "relevant": relevant, "d": d}

    return [
        case(0.95, 0.3, 1, 3),
        case(0.9, 0.4, 2, 2),
        case(0.99, 0.15, 2, 6),
        case(0.2, 0.55, 3, 4),
        case(0.95, round(rng.uniform(0.22, 0.48), 3) + 0.0001, 2, 5),
        case(round(rng.uniform(0.6, 0.99), 2), 0.35, 4, 8),
        case(0.95, 0.12, 3, 10),
    ]


POINTS_NEEDED = Exercise(
    name="stochastic.points_needed",
    title="Random points against a grid",
    points=2,
    difficulty="warm-up",
    hint="All n tries miss with probability (1 - p)^n. What is p if only some of the variables matter? For the grid: "
    "how "
    "far apart may neighbours be so that an interval cannot lie between them?",
    reference=points_needed,
    instances=points_needed_cases,
    misconceptions=(
        Misconception(
            counts_every_variable,
            "A variable that does not matter may have any value: it makes no try of random search worse.",
        ),
        Misconception(
            spares_the_grid_the_irrelevant_axes,
            "The grid does not know which variables matter: it has its m values along all d axes.",
        ),
        Misconception(
            adds_chances,
            "The chances of several tries do not add up: compute the chance that all of them miss.",
        ),
        Misconception(
            multiplies_sides_by_their_number, "All relevant variables must be right *at once*: multiply their chances."
        ),
        Misconception(rounds_the_tries_down, "With that many tries the chance is still a little too small: round up."),
        Misconception(
            rounds_the_axis_down, "With so few values along an axis an interval fits between two of them: round up."
        ),
        Misconception(
            needs_all_tries_to_hit,
            "You ask when all tries miss with the given chance; one of them shall *hit* with it.",
        ),
    ),
    alternatives=(points_needed_by_base_two, points_needed_by_halving),
)

# --- the 1/5 rule, over a window --------------------------------------------------------------------------------------


def step_after(successes, sigma, d):
    for end in range(10 * d, len(successes) + 1, d):
        count = sum(successes[end - 10 * d : end])
        if count < 2 * d:
            sigma = sigma * 0.85
        if count > 2 * d:
            sigma = sigma / 0.85
    return sigma


def _windowed(successes, sigma, d, first=10, every=1, width=10):
    for end in range(first * d, len(successes) + 1, every * d):
        share = np.mean(successes[max(0, end - width * d) : end])
        sigma *= 0.85 ** int(np.sign(round(0.2 - share, 9)))
    return float(sigma)


def does_not_wait_for_a_full_window(successes, sigma, d):
    return _windowed(successes, sigma, d, first=1)


def starts_a_new_window_each_time(successes, sigma, d):
    return _windowed(successes, sigma, d, every=10)


def looks_at_the_last_d_only(successes, sigma, d):
    return _windowed(successes, sigma, d, width=1)


def looks_at_all_so_far(successes, sigma, d):
    return _windowed(successes, sigma, d, width=10**6)


def turns_the_rule_round(successes, sigma, d):
    return sigma**2 / step_after(successes, sigma, d)


def shortens_at_exactly_one_fifth(successes, sigma, d):
    for end in range(10 * d, len(successes) + 1, d):
        sigma = sigma / 0.85 if sum(successes[end - 10 * d : end]) > 2 * d else sigma * 0.85
    return sigma


def lengthens_by_its_own_factor(successes, sigma, d):
    for end in range(10 * d, len(successes) + 1, d):
        count = sum(successes[end - 10 * d : end])
        sigma *= 0.85 if count < 2 * d else 1.15 if count > 2 * d else 1
    return sigma


def checks_after_every_step(successes, sigma, d):
    for end in range(10 * d, len(successes) + 1):
        count = sum(successes[end - 10 * d : end])
        sigma *= 0.85 if count < 2 * d else 1 / 0.85 if count > 2 * d else 1
    return sigma


def adapts_after_every_step(successes, sigma, d):
    """The chapter's own rule."""
    for success in successes:
        sigma = sigma * math.exp((0.8 if success else -0.2) / math.sqrt(d + 1))
    return sigma


def step_after_by_shares(successes, sigma, d):
    return _windowed(successes, sigma, d)


def step_after_by_running_sums(successes, sigma, d):
    total = np.concatenate([[0], np.cumsum(np.asarray(successes, dtype=int))])
    counts = (total[10 * d :] - total[: len(total) - 10 * d])[::d] if len(total) > 10 * d else np.array([])
    return sigma * 0.85 ** (int((counts < 2 * d).sum()) - int((counts > 2 * d).sum()))


def step_after_cases(rng):
    def runs(*pairs):
        return [bool(success) for success, times in pairs for _ in range(times)]

    def drawn(n, *shares):
        return [bool(u < share) for share in shares for u in rng.random(n)]

    return [
        {"successes": runs((False, 7), (True, 3)), "sigma": 1.0, "d": 1},
        {"successes": runs((True, 9)), "sigma": 0.5, "d": 1},
        {"successes": runs((True, 2), (False, 9)), "sigma": 2.0, "d": 1},
        {"successes": runs((True, 4), (False, 22)), "sigma": 2.0, "d": 2},
        {"successes": runs((False, 21), (True, 6), (False, 7)), "sigma": 2.0, "d": 2},
        {"successes": runs((True, 3), (False, 28), (True, 8), (False, 31), (True, 10)), "sigma": 0.25, "d": 3},
        {"successes": drawn(27, 0.6, 0.1, 0.25), "sigma": 4.0, "d": 2},
        {"successes": drawn(90, 0.05, 0.4), "sigma": 0.125, "d": 4},
    ]


STEP_AFTER = Exercise(
    name="stochastic.step_after",
    title="The 1/5 rule over a window",
    points=2,
    difficulty="warm-up",
    hint="After how many steps is the first look, and the next? Cut the last 10 d successes out of the list and count "
    "them; there are three cases.",
    reference=step_after,
    instances=step_after_cases,
    misconceptions=(
        Misconception(does_not_wait_for_a_full_window, "The first look is after 10 d steps, when the window is full."),
        Misconception(
            starts_a_new_window_each_time,
            "The windows overlap: there is a look after *every d* steps, each at the last 10 d.",
        ),
        Misconception(looks_at_the_last_d_only, "Look every d steps, but at the last *10 d* of them."),
        Misconception(looks_at_all_so_far, "Only the last 10 d steps count; what was before is forgotten."),
        Misconception(
            turns_the_rule_round, "Few successes mean that the steps are too long: shorten them then, not lengthen."
        ),
        Misconception(shortens_at_exactly_one_fifth, "With exactly 2 d successes the step stays as it is."),
        Misconception(lengthens_by_its_own_factor, "Lengthen by dividing by 0.85, so that it undoes a shortening."),
        Misconception(
            adapts_after_every_step,
            "That is the chapter's rule, which changes the step after every success or failure. This one counts first.",
        ),
        Misconception(checks_after_every_step, "There is a look after every d steps only, not after each."),
    ),
    alternatives=(step_after_by_shares, step_after_by_running_sums),
)
