"""The ways of tuning: densities and promotions equal Optuna's, tables the paper's, and each does what it is for."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from mlopt_course import problems
from mlopt_course.hyperparameter_tuning import (
    Categorical,
    Float,
    Integer,
    Job,
    ParzenEstimator,
    Space,
    Trial,
    hyperband_brackets,
    promotable,
    tune,
    tuners,
)
from mlopt_course.hyperparameter_tuning.parzen import log_normal_mass, split_trials

FIXTURE = json.loads((Path(__file__).parent / "data" / "tuning.json").read_text())
KINDS = {"Float": Float, "Integer": Integer, "Categorical": Categorical}
PLANE = Space(x=Float(-5, 10), y=Float(0, 15))
BRANIN = problems.branin()


def branin(config, resource=None):
    """Regret on Branin's function; a resource brings it nearer to the truth."""
    regret = BRANIN.fun(np.array([config["x"], config["y"]])) - BRANIN.f_opt
    return regret if resource is None else regret + 5 / resource


def dimension(name):
    space = dict(FIXTURE["spaces"][name])
    return KINDS[space.pop("kind")](**space)


def configs(columns):
    """Configurations from a list of values for each name."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


@pytest.mark.parametrize(
    "case",
    FIXTURE["densities"],
    ids=lambda case: f"{'+'.join(case['names'])}-{len(case['observed'][case['names'][0]])}",
)
def test_parzen_densities_are_those_of_optuna(case):
    dimensions = {name: dimension(name) for name in case["names"]}
    ours = ParzenEstimator(dimensions, configs(case["observed"])).log_density(configs(case["asked"]))
    # Integers far from a kernel are differences of probabilities near 1e-100, whose logarithms keep 11 digits.
    np.testing.assert_allclose(ours, case["log_density"], rtol=1e-10, atol=1e-12)


def estimator_of(kind, values):
    """The estimator of one parameter, as functions of its plain values."""
    estimator = ParzenEstimator({"p": kind}, [{"p": value} for value in values])
    return (
        lambda values: estimator.log_density([{"p": value} for value in values]),
        lambda rng, size: [config["p"] for config in estimator.sample(rng, size)],
    )


def trial(number, loss, **config):
    return Trial(number, Job(config), loss)


def test_the_split_into_good_and_bad_is_that_of_optuna():
    for n, good in FIXTURE["good"].items():
        rng = np.random.default_rng(int(n))
        trials = [trial(i, loss) for i, loss in enumerate(rng.permutation(int(n)))]
        best, rest = split_trials(trials, 0.1)
        assert len(best) == good
        assert len(best) + len(rest) == int(n)
        assert max(t.loss for t in best) < min((t.loss for t in rest), default=math.inf)
        assert [t.number for t in rest] == sorted(t.number for t in rest)  # their weights go by age


def test_promotions_are_those_of_optuna_from_eta_losses_on():
    for case in FIXTURE["promotions"]:
        ours = set(promotable(case["losses"], case["eta"]))
        theirs = {i for i, passes in enumerate(case["promoted"]) if passes}
        if len(case["losses"]) >= case["eta"]:
            assert ours == theirs
        else:  # the paper's floor(n / eta) is none; Optuna lets the best pass
            assert ours == set()
            assert len(theirs) == 1
    assert promotable([2.0, 1.0, 1.0, 3.0], 2) == [1, 2]
    assert promotable([1.0, 1.0, 1.0, 1.0], 2) == [0, 1]  # of equal ones the earliest


@pytest.mark.parametrize(
    "kind",
    [Float(-2, 5), Float(1e-3, 10, log=True), Integer(1, 6), Integer(1, 60, log=True), Categorical(["a", "b", "c"])],
)
def test_densities_integrate_to_one(kind):
    observed = [kind.at(u) for u in (0.0, 0.1, 0.1, 0.7, 1.0)]
    log_density, _ = estimator_of(kind, observed)
    if isinstance(kind, Float):
        ends = np.log([kind.low, kind.high]) if kind.log else (kind.low, kind.high)
        x = np.linspace(*ends, 20_001)
        values = np.clip(np.exp(x) if kind.log else x, kind.low, kind.high)  # the density is that of the logarithm
        total = np.trapezoid(np.exp(log_density(values)), x)
    else:
        values = list(kind.choices) if isinstance(kind, Categorical) else list(range(kind.low, kind.high + 1))
        total = np.exp(log_density(values)).sum()
    assert total == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("kind", [Integer(1, 6), Categorical(["a", "b", "c"])])
def test_draws_follow_the_density(kind):
    log_density, sample = estimator_of(kind, [kind.at(0.1), kind.at(0.1), kind.at(0.9)])
    values = list(kind.choices) if isinstance(kind, Categorical) else list(range(1, 7))
    drawn = sample(np.random.default_rng(0), 4000)
    counts = [drawn.count(value) for value in values]
    # A right sampler gives a smaller p-value once in 10,000 seeds.
    assert scipy.stats.chisquare(counts, 4000 * np.exp(log_density(values))).pvalue > 1e-4


def test_draws_of_numbers_follow_the_density():
    kind = Float(0.0, 1.0)
    log_density, sample = estimator_of(kind, [0.05, 0.1, 0.9])
    drawn = sample(np.random.default_rng(0), 3000)
    x = np.linspace(0, 1, 4001)
    density = np.exp(log_density(x))
    cumulative = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2) * (x[1] - x[0])])
    assert scipy.stats.kstest(drawn, lambda v: np.interp(v, x, cumulative)).pvalue > 1e-4


def test_joint_draws_keep_what_belongs_together():
    dimensions = {"a": Categorical([0, 1]), "b": Categorical([0, 1])}
    estimator = ParzenEstimator(dimensions, [{"a": v, "b": v} for v in (0, 1) * 10])
    drawn = estimator.sample(np.random.default_rng(0), 4000)
    counts = [sum((c["a"], c["b"]) == pair for c in drawn) for pair in ((0, 0), (0, 1), (1, 0), (1, 1))]
    assert counts[0] + counts[3] > 3 * (counts[1] + counts[2])
    expected = np.exp(estimator.log_density([{"a": a, "b": b} for a in (0, 1) for b in (0, 1)]))
    assert expected.sum() == pytest.approx(1.0, rel=1e-12)
    assert scipy.stats.chisquare(counts, 4000 * expected).pvalue > 1e-4


def test_the_normal_mass_keeps_its_digits_in_both_tails():
    a = np.array([-50.0, -30.5, -8, -1, -0.5, 3, 30, 49])
    b = np.array([-49.0, -30, -7, 1, 7, 4, 31, 50])
    exact = scipy.stats.truncnorm  # SciPy's own careful logarithm of the mass
    ours = log_normal_mass(a, b)
    expected = [-exact.logpdf(0.5 * (low + high), low, high) + scipy.stats.norm.logpdf(0.5 * (low + high))
                for low, high in zip(a, b, strict=True)]  # fmt: skip
    np.testing.assert_allclose(ours, expected, rtol=1e-10)


def test_brackets_follow_algorithm_1():
    """R = 81 and eta = 3, the paper's example: by its formulas; and mlr3's published table for R = 8, eta = 2."""
    table = hyperband_brackets(81, 3)
    assert [[n for n, _ in bracket] for bracket in table] == [
        [81, 27, 9, 3, 1], [34, 11, 3, 1], [15, 5, 1], [8, 2], [5]]  # fmt: skip
    assert [[r for _, r in bracket] for bracket in table] == [
        [1, 3, 9, 27, 81], [3, 9, 27, 81], [9, 27, 81], [27, 81], [81]]  # fmt: skip
    assert hyperband_brackets(8, 2) == [
        [(8, 1), (4, 2), (2, 4), (1, 8)], [(6, 2), (3, 4), (1, 8)], [(4, 4), (2, 8)], [(4, 8)]]  # fmt: skip
    for R in (243, 1000, 64):  # powers whose floating logarithm is not whole, and what is no power
        brackets = hyperband_brackets(R, 3)
        assert len(brackets) == max(k for k in range(10) if 3**k <= R) + 1
        spent = [sum(n * r for n, r in bracket) for bracket in brackets]
        assert max(spent) <= 1.6 * len(brackets) * R  # each bracket has about B = (s_max + 1) R


def test_hyperband_evaluates_its_table():
    result = tune(branin, PLANE, "hyperband", max_resource=9, eta=3, rng=0)
    assert result.success
    expected = [r for bracket in hyperband_brackets(9, 3) for n, r in bracket for _ in range(n)]
    np.testing.assert_array_equal(result.history.resource, expected)
    assert result.cost == sum(expected)
    assert result.resource == 9
    at_most = [t.loss for t in result.history if t.resource == 9]
    assert result.fun == min(at_most)


def test_halving_keeps_the_best_of_each_round():
    result = tune(branin, PLANE, "successive_halving", configurations=20, max_resource=9, rng=1)
    rounds = [[t for t in result.history if t.resource == r] for r in (1, 3, 9)]
    assert [len(trials) for trials in rounds] == [20, 6, 2]
    for before, after in itertools.pairwise(rounds):
        ranked = sorted(before, key=lambda t: t.loss)[: len(after)]
        assert [t.config for t in after] == [t.config for t in ranked]
    # Losses keep their order here, so the winner is the best of all 20.
    assert result.config == min(rounds[0], key=lambda t: t.loss).config


def test_asha_promotes_by_the_rule_and_only_once():
    result = tune(branin, PLANE, "asha", budget=150, max_resource=9, rng=2)
    trials = result.history.trials
    parents = [t.job.parent for t in trials if t.job.parent is not None]
    assert len(parents) == len(set(parents))
    seen = {1: [], 3: [], 9: []}
    for t in trials:  # one worker: each trial is begun when those before it are finished
        if t.job.parent is not None:
            below = seen[t.resource / 3]
            place = [p.number for p in below].index(t.job.parent)
            assert place in promotable([p.loss for p in below], 3)
            assert below[place].config == t.config
        else:  # a new one is begun only where nobody can be promoted
            for level in (1, 3):
                ready = promotable([p.loss for p in seen[level]], 3)
                assert all(seen[level][i].number in parents for i in ready)
        seen[t.resource].append(t)
    assert len(seen[9]) >= 3
    assert result.cost <= 150


@pytest.mark.parametrize(("method", "budget"), [("tpe", 60), ("genetic_tuning", 200)])
def test_what_looks_back_beats_what_does_not(method, budget):
    """On Branin's function, over 20 seeds each: a rank test at one in a thousand."""
    regrets = [
        [tune(branin, PLANE, name, budget=budget, rng=seed).fun for seed in range(20)]
        for name in (method, "random_search")
    ]
    assert scipy.stats.mannwhitneyu(*regrets, alternative="less").pvalue < 1e-3


def test_tpe_finds_the_branch_of_a_conditional_space():
    space = Space(
        kind=Categorical(["flat", "bowl"]),
        x=Float(-1, 1, when={"kind": "bowl"}),
        depth=Integer(1, 9, when={"kind": "bowl"}),
        height=Float(0, 1, when={"kind": "flat"}),
    )

    def objective(config):
        if config["kind"] == "flat":
            return 2 + config["height"]
        return config["x"] ** 2 + (config["depth"] - 7) ** 2 / 10

    result = tune(objective, space, "tpe", budget=80, rng=0)
    assert result.config.keys() == {"kind", "x", "depth"}
    assert result.config["depth"] == 7
    assert result.fun < 0.01
    assert sum(c["kind"] == "bowl" for c in result.history.config[40:]) > 30


def test_every_tuner_copes_with_a_space_of_one_point():
    space = Space(x=Float(2, 2), n=Integer(3, 3), c=Categorical(["only"]))

    def objective(config, resource=None, state=None):
        assert config == {"x": 2.0, "n": 3, "c": "only"}
        return (1.0, None) if resource is not None and state_wanted else 1.0

    for name, found in tuners().items():
        state_wanted = "state" in found.needs
        result = tune(objective, space, name, budget=40, rng=0)
        assert result.fun == 1.0, name
        assert result.nfev >= 1


def test_genetic_tuning_evaluates_generations_and_keeps_the_best_parents():
    batches = tune(branin, PLANE, "genetic_tuning", budget=300, population=15, rng=3)
    means = batches.history.fun.reshape(20, 15).mean(axis=1)
    assert means[-5:].mean() < 0.2 * means[0]
    # Without mutation, and without going beyond the parents, children stay among them, and choices are inherited.
    mixed = Space(x=Float(0, 1), kind=Categorical(list(range(50))))
    result = tune(lambda c: c["x"], mixed, "genetic_tuning", budget=100, population=20, mutation_rate=0, blend=0, rng=0)
    first, later = result.history.config[:20], result.history.config[20:]
    assert {c["kind"] for c in later} <= {c["kind"] for c in first}
    assert min(c["x"] for c in first) <= min(c["x"] for c in later)


def quadratic_training(config, resource, state):
    """The toy of Jaderberg et al. (section 4): climb Q = 1.2 - t0^2 - t1^2 seeing only 1.2 - h0 t0^2 - h1 t1^2."""
    theta = np.array([0.9, 0.9]) if state is None else state
    h = np.array([config["h0"], config["h1"]])
    for _ in range(4):
        theta = theta - 0.02 * h * theta
    return float(np.sum(theta**2)) - 1.2, theta


def test_population_based_training_finds_what_no_fixed_setting_can():
    """Each model alone may follow one of the two coordinates; the population must combine them in turn."""
    space = Space(h0=Float(0.0, 1.0), h1=Float(0.0, 1.0))
    result = tune(quadratic_training, space, "population_based_training", rounds=25, population=10, rng=0)
    assert result.success
    assert result.nfev == 250
    assert result.cost == 250
    assert result.resource == 25
    np.testing.assert_allclose(np.sum(result.state**2) - 1.2, result.fun)
    # Random search with the same number of models, each with one setting for all rounds.
    alone = []
    for seed in range(10):
        config, state = space.sample(np.random.default_rng(seed)), None
        for step in range(25):
            loss, state = quadratic_training(config, step, state)
        alone.append(loss)
    assert result.fun < min(alone)


def test_population_based_training_copies_the_best_and_pays_once_for_each_interval():
    result = tune(
        quadratic_training, Space(h0=Float(0.1, 1.0), h1=Float(0.1, 1.0)), "population_based_training", rounds=3,
        population=5, interval=2, quantile=0.4, resample=0.0, rng=1,
    )  # fmt: skip
    np.testing.assert_array_equal(result.history.resource, np.repeat([2, 4, 6], 5))
    assert result.cost == 30
    first, second = result.history[:5], result.history[5:10]
    ranked = [t.number for t in sorted(first, key=lambda t: t.loss)]
    for i, t in enumerate(second):
        if i in ranked[3:]:  # the two worst go on from one of the two best, with its numbers times 0.8 or 1.2
            assert t.job.parent in ranked[:2]
            for name in ("h0", "h1"):
                old = first[t.job.parent].config[name]
                assert any(t.config[name] == pytest.approx(min(max(old * f, 0.1), 1.0)) for f in (0.8, 1.2))
        else:
            assert t.job.parent == i
            assert t.config == first[i].config
    assert all(t.state is None and t.job.state is None for t in result.history)


@pytest.mark.parametrize(
    ("method", "options", "sentence"),
    [
        ("grid_search", {"points": 1}, "points must be an integer >= 2, got 1"),
        ("grid_search", {"points": {"z": 3}}, r"points must be for parameters of the space, x, y, got \['z'\]"),
        ("tpe", {"fraction": 0}, "fraction must be above 0 and below 1, got 0"),
        ("tpe", {"startup": 0}, "startup must be an integer >= 1, got 0"),
        ("genetic_tuning", {"population": 1}, "population must be an integer >= 2, got 1"),
        ("genetic_tuning", {"blend": -1}, "blend must be a finite number >= 0, got -1"),
        ("genetic_tuning", {"mutation_rate": 2}, "mutation_rate must be from 0 to 1, got 2"),
        ("successive_halving", {"eta": 1}, "eta must be above 1, got 1"),
        ("successive_halving", {"min_resource": 5, "max_resource": 2}, "max_resource must be a finite number >= 5"),
        ("asha", {"early_stopping_rate": 9}, "early_stopping_rate must leave a rung, got 9"),
        ("population_based_training", {"quantile": 0.7}, "quantile must be above 0 and at most 0.5, got 0.7"),
        ("population_based_training", {"factors": (0.8, -1)}, "factor 1 must be positive, got -1"),
    ],
)
def test_bad_options_are_named(method, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        tune(branin, PLANE, method, budget=10, rng=0, **options)
