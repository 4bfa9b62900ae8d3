"""Options of the first-order methods: a bad one is named with its value, and every method is documented."""

from __future__ import annotations

import pytest

from mlopt_course import Problem, methods, minimize
from mlopt_course.first_order import clip_gradient

BAD_OPTIONS = [
    ("gradient_descent", "learning_rate", -0.1, "learning_rate must be positive, got -0.1"),
    ("gradient_descent", "learning_rate", "fast", "learning_rate must be positive, got 'fast'"),
    ("momentum", "beta", 1.0, "beta must be at least 0 and below 1, got 1.0"),
    ("nesterov", "beta", -0.1, "beta must be at least 0 and below 1, got -0.1"),
    ("hypergradient_descent", "learning_rate", 0.0, "learning_rate must be positive, got 0.0"),
    ("hypergradient_descent", "hyper_rate", -1, "hyper_rate must be a finite number >= 0, got -1"),
    ("rmsprop", "decay", 1.5, "decay must be at least 0 and below 1, got 1.5"),
    ("adadelta", "decay", -1, "decay must be at least 0 and below 1, got -1"),
    ("adamw", "weight_decay", -0.1, "weight_decay must be a finite number >= 0, got -0.1"),
    ("nadam", "momentum_decay", 0, "momentum_decay must be positive, got 0"),
    ("rprop", "increase", 1.0, "increase must be above 1, got 1.0"),
    ("rprop", "decrease", 1.0, "decrease must be above 0 and below 1, got 1.0"),
    ("rprop", "initial_step", 0, "initial_step must be positive, got 0"),
    ("rprop", "smallest", 60.0, "smallest must be at most largest = 50.0, got 60.0"),
    ("muon", "rounds", 2.5, "rounds must be an integer >= 1, got 2.5"),
    ("conjugate_gradient", "curvature", 0.7, "curvature must be above decrease = 0.0001 and below 0.5, got 0.7"),
    ("conjugate_gradient", "decrease", 0.0, "decrease must be positive, got 0.0"),
    ("iterate_averaging", "burn_in", -1, "burn_in must be an integer >= 0, got -1"),
    ("iterate_averaging", "decay", 1, "decay must be at least 0 and below 1, got 1"),
    ("iterate_averaging", "base_options", {"speed": 1}, "base_options has 'speed', but the options of"),
    ("svrg", "inner_steps", 0, "inner_steps must be an integer >= 1, got 0"),
    *[(m, "epsilon", 0.0, "epsilon must be positive, got 0.0") for m in ("adagrad", "rmsprop", "adadelta", "adam")],
    *[
        (m, "epsilon", 0.0, "epsilon must be positive, got 0.0")
        for m in ("adamw", "amsgrad", "nadam", "radam", "adamax")
    ],
    *[
        (m, beta, 1.0, f"{beta} must be at least 0 and below 1, got 1.0")
        for m in ("adam", "adamw", "amsgrad", "nadam", "radam", "adamax", "lion")
        for beta in ("beta1", "beta2")
    ],
]


@pytest.mark.parametrize(("name", "option", "value", "message"), BAD_OPTIONS)
def test_bad_option_is_named_with_its_value(name, option, value, message):
    problem = Problem(
        lambda x: float(x @ x), lambda x: 2 * x, n_terms=3, terms_gradient=lambda x, i: 2 * x, name="bowl"
    )
    with pytest.raises(ValueError) as error:
        minimize(problem, [1.0, 1.0], name, max_iterations=2, **{option: value})
    assert str(error.value).startswith(message)


def test_every_option_of_every_method_refuses_nonsense():
    problem = Problem(lambda x: float(x @ x), lambda x: 2 * x, n_terms=3, terms_gradient=lambda x, i: 2 * x)
    for name, method in methods("first_order").items():
        for option in method.options:
            with pytest.raises(ValueError, match=r"must be|unknown|base_options"):
                minimize(problem, [1.0, 1.0], name, max_iterations=2, **{option: "nonsense"})


def test_clip_gradient_refuses_what_it_cannot_do():
    problem = Problem(lambda x: float(x @ x), lambda x: 2 * x)
    with pytest.raises(ValueError, match="norm or value must be given, and not both, got norm=None and value=None"):
        clip_gradient(problem)
    with pytest.raises(ValueError, match="and not both, got norm=1"):
        clip_gradient(problem, norm=1.0, value=2.0)
    with pytest.raises(ValueError, match="norm must be positive, got -1"):
        clip_gradient(problem, norm=-1)
    with pytest.raises(ValueError, match="problem must have a gradient to clip, but problem has none"):
        clip_gradient(Problem(lambda x: 0.0), norm=1.0)


def test_every_method_says_when_to_use_it_when_it_fails_and_where_it_comes_from():
    for method in methods("first_order").values():
        assert method.use_when
        assert method.fails_when
        assert any(character.isdigit() for character in method.reference)
        assert "References\n----------" in method.function.__doc__.replace("\n    ", "\n")
