"""Learning-rate schedules: against PyTorch's, and as they meet the methods."""

from __future__ import annotations

import make_fixtures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlopt_course import Problem, minimize, schedules

FIXTURE = np.load(make_fixtures.DATA / "first_order.npz")

BOWL = Problem(lambda x: float(x @ x), lambda x: 2 * x)


def hundred_rates(schedule):
    return [schedule(step) for step in range(100)]


@pytest.mark.parametrize("name", make_fixtures.SCHEDULES)
def test_schedule_equals_pytorchs(name):
    """1e-12: PyTorch computes most rates by recursion from the last one, we from the step, in closed form."""
    ours, arguments, *_ = make_fixtures.SCHEDULES[name]
    rates = hundred_rates(getattr(schedules, ours)(**arguments))
    np.testing.assert_allclose(rates, FIXTURE[f"schedule/{name}"], rtol=1e-12)


def test_warm_up_equals_pytorchs_linear_rate_before_a_cosine():
    schedule = schedules.warm_up(schedules.cosine_annealing(0.1, 90), 12, start_factor=0.25)
    np.testing.assert_allclose(hundred_rates(schedule), FIXTURE["schedule/warm_up"], rtol=1e-12)


def test_plateau_rule_equals_pytorchs_on_the_same_losses():
    rule = schedules.reduce_on_plateau(0.1, **make_fixtures.PLATEAU).begin()
    rates = [rule(step, loss) for step, loss in enumerate(make_fixtures.plateau_losses())]
    np.testing.assert_allclose(rates, FIXTURE["schedule/reduce_on_plateau"], rtol=1e-12)
    assert len(set(rates)) > 4  # it did drop, several times


def test_plateau_rule_follows_its_definition():
    """Three looks without improvement are forgiven (patience 3), the fourth lowers the rate."""
    rule = schedules.reduce_on_plateau(1.0, factor=0.5, patience=3).begin()
    assert [rule(step, 7.0) for step in range(10)] == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]
    falling = schedules.reduce_on_plateau(1.0, patience=0).begin()
    assert {falling(step, -(1.1**step)) for step in range(50)} == {1.0}  # also below zero, where PyTorch's rule errs
    floor = schedules.reduce_on_plateau(1.0, patience=0, minimum=0.05).begin()
    assert floor(0, 1.0) == 1.0
    assert [floor(step, 1.0) for step in (1, 2, 3)] == [0.1, 0.05, 0.05]


def test_a_plateau_recipe_starts_afresh_in_every_run():
    """The recipe holds no state, so a run does not leave a lowered rate behind for the next one."""
    recipe = schedules.reduce_on_plateau(1.2, factor=0.5, patience=2)
    first = minimize(BOWL, [1.0, 2.0], "gradient_descent", learning_rate=recipe, max_iterations=30)
    second = minimize(BOWL, [1.0, 2.0], "gradient_descent", learning_rate=recipe, max_iterations=30)
    np.testing.assert_array_equal(first.history.x, second.history.x)


def test_a_plateau_rule_tames_a_rate_that_diverges():
    """At 1.2, beyond 2 / L = 1, descent on the bowl grows; the rule lowers the rate, and it converges."""
    options = {"method": "gradient_descent", "max_iterations": 60}
    fixed = minimize(BOWL, [1.0, 2.0], learning_rate=1.2, **options)
    watched = minimize(BOWL, [1.0, 2.0], learning_rate=schedules.reduce_on_plateau(1.2, 0.5, patience=2), **options)
    assert fixed.history.fun[-1] > fixed.history.fun[0]
    assert watched.history.fun[-1] < 1e-6 * watched.history.fun[0]


def test_what_the_rule_costs_in_evaluations():
    """None where the history evaluates the objective anyway; a look each ``every`` steps where it does not."""
    options = {"x0": [1.0, 2.0], "method": "gradient_descent", "max_iterations": 40}
    recipe = schedules.reduce_on_plateau(0.1, every=10)
    assert minimize(BOWL, learning_rate=recipe, **options).nfev == 41
    sparse = minimize(BOWL, learning_rate=recipe, history=1000, **options)
    constant = minimize(BOWL, learning_rate=0.1, history=1000, **options)
    assert sparse.nfev - constant.nfev == 3  # at steps 10, 20 and 30; the start is known


def test_warm_up_and_plateau_compose():
    rule = schedules.reduce_on_plateau(schedules.warm_up(0.4, 4, start_factor=0.25), patience=0, factor=0.5).begin()
    losses = [5.0, 4.0, 3.0, 2.0, 2.0, 2.0]
    rates = [rule(step, loss) for step, loss in enumerate(losses)]
    np.testing.assert_allclose(rates, [0.1, 0.175, 0.25, 0.325, 0.2, 0.1])


def test_the_rate_of_step_zero_is_used_first():
    asked = []
    minimize(BOWL, [1.0], "adam", learning_rate=lambda step: asked.append(step) or 0.1, max_iterations=3)
    assert asked == [0, 1, 2]


@given(initial=st.floats(1e-6, 10), steps=st.integers(1, 500), part=st.floats(0, 0.99), step=st.integers(0, 1000))
def test_a_cosine_falls_from_its_first_rate_to_its_last_and_stays(initial, steps, part, step):
    minimum = initial * part
    rate = schedules.cosine_annealing(initial, steps, minimum)
    assert rate(0) == pytest.approx(initial)
    assert rate(steps + step) == pytest.approx(minimum, abs=1e-12)
    assert rate(step + 1) <= rate(step) + 1e-15
    assert rate(step) == schedules.cosine_restarts(initial, steps, minimum=minimum)(step) or step >= steps


@given(
    low=st.floats(0, 1),
    width=st.floats(0.01, 1),
    half=st.integers(1, 50),
    shrink=st.floats(0.1, 1),
    n=st.integers(0, 9),
)
def test_a_cycle_touches_its_bounds_and_shrinks(low, width, half, shrink, n):
    rate = schedules.cyclical(low, low + width, half, shrink)
    assert rate(2 * half * n) == pytest.approx(low)
    assert rate(2 * half * n + half) == pytest.approx(low + width * shrink**n)


def test_one_cycle_ends_at_its_last_rate_and_stays():
    rate = schedules.one_cycle(1.0, 50, warm=0.2, start_factor=0.1, end_factor=0.01)
    assert rate(0) == pytest.approx(0.1)
    assert max(map(rate, range(50))) == rate(9) == pytest.approx(1.0)
    assert rate(49) == rate(500) == pytest.approx(0.001)


def test_the_shortest_cycles_are_defined_at_every_step():
    for steps in (2, 3, 4, 10):
        for warm in (0.01, 0.1, 0.25, 0.5, 0.99):
            rates = [schedules.one_cycle(1.0, steps, warm=warm)(step) for step in range(steps + 3)]
            assert all(0 <= rate <= 1 for rate in rates), (steps, warm, rates)


def test_inverse_time_decay_is_the_robbins_monro_rate():
    rate = schedules.inverse_time_decay(0.5, 2.0)
    np.testing.assert_allclose(hundred_rates(rate), 0.5 / (1 + 2 * np.arange(100)))
    assert schedules.inverse_time_decay(1.0, 1.0, power=0.5)(3) == pytest.approx(0.5)


BAD = [
    (lambda: schedules.step_decay(-1, 5), "initial must be positive, got -1"),
    (lambda: schedules.step_decay(0.1, 0), "every must be an integer >= 1, got 0"),
    (lambda: schedules.step_decay(0.1, 5, factor=2), "factor must be above 0 and at most 1, got 2"),
    (lambda: schedules.exponential_decay(0.1, 0.0), "factor must be above 0 and at most 1, got 0.0"),
    (lambda: schedules.inverse_time_decay(0.1, -1), "decay must be positive, got -1"),
    (lambda: schedules.cosine_annealing(0.1, 10, minimum=0.2), "minimum must be below initial = 0.1, got 0.2"),
    (lambda: schedules.cosine_annealing(0.1, 2.5), "steps must be an integer >= 1, got 2.5"),
    (lambda: schedules.cosine_annealing(-0.1, 10), "initial must be positive, got -0.1"),
    (lambda: schedules.cosine_restarts(0.1, 10, growth=0), "growth must be an integer >= 1, got 0"),
    (lambda: schedules.cyclical(-0.1, 0.1, 5), "minimum must be a finite number >= 0, got -0.1"),
    (lambda: schedules.cyclical(0.2, 0.1, 5), "minimum must be below maximum = 0.1, got 0.2"),
    (lambda: schedules.one_cycle(0.1, 1), "steps must be an integer >= 2, got 1"),
    (lambda: schedules.one_cycle(0.1, 9, warm=1.0), "warm must be above 0 and below 1, got 1.0"),
    (lambda: schedules.one_cycle(0.1, 9, end_factor=2), "end_factor must be from 0 to 1, got 2"),
    (lambda: schedules.warm_up(-1, 5), "schedule must be positive, got -1"),
    (lambda: schedules.warm_up(0.1, 5, start_factor=0), "start_factor must be above 0 and at most 1, got 0"),
    (lambda: schedules.warm_up(schedules.reduce_on_plateau(0.1), 5), "reduce_on_plateau needs the loss of each step"),
    (lambda: schedules.constant(float("nan")), "initial must be positive, got nan"),
    (lambda: schedules.reduce_on_plateau(0.1, factor=1.0), "factor must be above 0 and below 1, got 1.0"),
    (lambda: schedules.reduce_on_plateau(0.1, patience=-1), "patience must be an integer >= 0, got -1"),
    (lambda: schedules.reduce_on_plateau(0.1, threshold=1.0), "threshold must be at least 0 and below 1, got 1.0"),
    (lambda: schedules.reduce_on_plateau(0), "initial must be positive, got 0"),
    (lambda: schedules.reduce_on_plateau(0.1, every=0), "every must be an integer >= 1, got 0"),
    (lambda: schedules.as_schedule(None), "learning_rate must be positive, got None"),
    (lambda: schedules.as_schedule(True), "learning_rate must be positive, got True"),
    (
        lambda: schedules.as_schedule(lambda step: -step)(2),
        "learning_rate must be a finite number >= 0 at every step, ",
    ),
]


@pytest.mark.parametrize(("make", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_argument_is_named_with_its_value(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value).startswith(message)
