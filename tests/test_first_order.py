"""First-order methods against PyTorch and Optax, step by step, and against each other."""

from __future__ import annotations

import json
import tracemalloc

import make_fixtures
import numpy as np
import pytest

from mlopt_course import Problem, first_order, methods, minimize, schedules
from mlopt_course.first_order import clip_gradient, orthogonalize
from mlopt_course.first_order.blocks import BLOCK, adam_in_blocks
from mlopt_course.registry import find_method

FIXTURE = np.load(make_fixtures.DATA / "first_order.npz")
CASES = json.loads((make_fixtures.DATA / "first_order.json").read_text())["cases"]

FEATURES = FIXTURE["logistic/features_in_16ths"] / 16
LABELS = FIXTURE["logistic/labels"].astype(float)
GRADIENTS = {
    "rosenbrock": make_fixtures.rosenbrock_gradient,
    "logistic": make_fixtures.logistic_gradient(FEATURES, LABELS),
}


def iterates(name, gradient, x0, steps, **options):
    """The first ``steps`` iterates of a method, taken from its generator: no loop, no history in between."""
    problem = Problem(lambda x: 0.0, gradient) if callable(gradient) else gradient
    method = find_method(name)
    if method.uses_rng:
        options["rng"] = np.random.default_rng(0)
    generator = method.function(problem, x0, **options)
    return [next(generator) for _ in range(steps)]


def relative_error(ours, theirs):
    """Largest difference in any component at any step, relative to it where it is above 1."""
    return np.max(np.abs(ours - theirs) / np.maximum(1, np.abs(theirs)))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("problem", ["rosenbrock", "logistic"])
def test_trajectory_equals_the_librarys(name, problem):
    """1e-12 over 200 steps: some hundred operations a step, each off by 1e-16, on problems that do not amplify them."""
    case, gradient, x0 = CASES[name], GRADIENTS[problem], make_fixtures.STARTS[problem]
    options, problem_for_us = dict(case["options"]), Problem(lambda x: 0.0, gradient)
    if name == "adam_l2":
        problem_for_us = Problem(lambda x: 0.0, lambda x: gradient(x) + 0.1 * x)
    if name == "adam_cosine":
        options["learning_rate"] = schedules.cosine_annealing(0.05, 200, minimum=0.001)
    if name == "clip_norm":
        problem_for_us = clip_gradient(problem_for_us, norm=0.5)
    if name == "clip_value":
        problem_for_us = clip_gradient(problem_for_us, value=0.5)
    if name == "muon":
        shape = make_fixtures.MATRIX_SHAPES[problem]
        x0 = x0.reshape(shape)
        problem_for_us = Problem(lambda x: 0.0, lambda x: gradient(np.ravel(x)).reshape(shape))
    ours = iterates(case["method"], problem_for_us, x0, make_fixtures.STEPS, **options)
    if name == "nesterov":  # PyTorch keeps the point ahead, at which the next gradient is taken
        path = np.array([i.x + options["beta"] * i.velocity for i in ours])
    else:
        path = np.array([np.ravel(i.x) for i in ours])
    theirs = FIXTURE[f"{name}/{problem}"]
    if problem == "logistic":
        path = path[make_fixtures.KEPT - 1]
    assert path.shape == theirs.shape
    assert relative_error(path, theirs) < 1e-12


def test_every_optimiser_of_the_libraries_is_covered():
    elsewhere = {"conjugate_gradient", "hypergradient_descent", "sag", "saga", "svrg"}  # not in PyTorch or Optax
    compared = {case["method"] for case in CASES.values()}
    assert compared | elsewhere == set(methods("first_order"))


def test_the_missions_example_to_the_last_bit():
    result = minimize(
        lambda x: x**2,
        5.0,
        "gradient_descent",
        jac=lambda x: 2 * x,
        learning_rate=0.1,
        max_iterations=50,
        tolerance=1e-6,
    )
    assert result.x == 7.136238463529802e-05
    assert result.nit == 50


# Identities: this is that.

SAME_STEPS = {
    "momentum with beta=0 is gradient descent": (
        ("momentum", {"learning_rate": 1e-3, "beta": 0.0}),
        ("gradient_descent", {"learning_rate": 1e-3}),
    ),
    "nesterov with beta=0 is gradient descent": (
        ("nesterov", {"learning_rate": 1e-3, "beta": 0.0}),
        ("gradient_descent", {"learning_rate": 1e-3}),
    ),
    "hypergradient descent with hyper_rate=0 is gradient descent": (
        ("hypergradient_descent", {"learning_rate": 1e-3, "hyper_rate": 0.0}),
        ("gradient_descent", {"learning_rate": 1e-3}),
    ),
    "adamw with weight_decay=0 is adam": (
        ("adamw", {"learning_rate": 0.05, "weight_decay": 0.0}),
        ("adam", {"learning_rate": 0.05}),
    ),
    "adam with beta1=0 and beta2=0 is the sign of the gradient, as is lion with beta1=0": (
        ("adam", {"learning_rate": 0.01, "beta1": 0.0, "beta2": 0.0, "epsilon": 1e-30}),
        ("lion", {"learning_rate": 0.01, "beta1": 0.0}),
    ),
    "a constant schedule is a number": (
        ("adam", {"learning_rate": schedules.constant(0.05)}),
        ("adam", {"learning_rate": 0.05}),
    ),
    "a burn-in longer than the run averages nothing": (
        ("iterate_averaging", {"base": "adam", "base_options": {"learning_rate": 0.05}, "burn_in": 100}),
        ("adam", {"learning_rate": 0.05}),
    ),
    "an exponential average with decay 0 is the iterate itself": (
        ("iterate_averaging", {"base": "adam", "base_options": {"learning_rate": 0.05}, "decay": 0.0}),
        ("adam", {"learning_rate": 0.05}),
    ),
}


@pytest.mark.parametrize("identity", SAME_STEPS)
def test_identity(identity):
    (name, options), (other, other_options) = SAME_STEPS[identity]
    x0 = make_fixtures.STARTS["rosenbrock"]
    a = [i.x for i in iterates(name, GRADIENTS["rosenbrock"], x0, 50, **options)]
    b = [i.x for i in iterates(other, GRADIENTS["rosenbrock"], x0, 50, **other_options)]
    np.testing.assert_allclose(a, b, rtol=1e-13, atol=0)


def test_amsgrad_is_adam_while_the_squares_do_not_shrink():
    """On a concave parabola gradients only grow, so the maximum is the average itself; on Rosenbrock they part."""
    growing = Problem(lambda x: float(-x @ x), lambda x: -2 * x)
    x0 = np.array([0.5, -1.0])
    adam = [i.x for i in iterates("adam", growing, x0, 50, learning_rate=0.1)]
    amsgrad = [i.x for i in iterates("amsgrad", growing, x0, 50, learning_rate=0.1)]
    np.testing.assert_array_equal(adam, amsgrad)
    x0 = make_fixtures.STARTS["rosenbrock"]
    adam = iterates("adam", GRADIENTS["rosenbrock"], x0, 50, learning_rate=0.05, beta2=0.9)[-1].x
    amsgrad = iterates("amsgrad", GRADIENTS["rosenbrock"], x0, 50, learning_rate=0.05, beta2=0.9)[-1].x
    assert np.linalg.norm(adam - amsgrad) > 1e-3


def test_momentum_is_pytorchs_only_while_the_rate_is_constant():
    """Ours: v = beta v - rate g, x += v. PyTorch's: u = beta u + g, x -= rate u. A falling rate tells them apart."""
    x0, gradient = make_fixtures.STARTS["rosenbrock"], GRADIENTS["rosenbrock"]

    def pytorchs(rate, steps=30):
        x, u = x0, np.zeros(2)
        for step in range(steps):
            u = 0.9 * u + gradient(x)
            x = x - rate(step) * u
        return x

    ours = iterates("momentum", gradient, x0, 30, learning_rate=5e-4)[-1].x
    assert np.allclose(ours, pytorchs(lambda step: 5e-4), rtol=1e-12)
    falling = schedules.exponential_decay(5e-4, 0.8)
    ours = iterates("momentum", gradient, x0, 30, learning_rate=falling)[-1].x
    assert np.linalg.norm(ours - pytorchs(falling)) > 1e-3


def test_adam_ignores_the_scale_of_the_objective_and_gradient_descent_does_not():
    x0, gradient = make_fixtures.STARTS["rosenbrock"], GRADIENTS["rosenbrock"]
    paths = {}
    for name, options in [("adam", {"epsilon": 1e-30}), ("gradient_descent", {})]:
        paths[name] = [
            iterates(name, lambda x, s=scale: s * gradient(x), x0, 20, learning_rate=1e-3, **options)[-1].x
            for scale in (1.0, 0.125)  # a power of two, so that scaling is exact
        ]
    np.testing.assert_allclose(*paths["adam"], rtol=1e-12)
    assert np.linalg.norm(paths["gradient_descent"][0] - paths["gradient_descent"][1]) > 1e-2


def test_adams_first_step_is_the_rate_along_every_coordinate():
    x0 = np.array([3.0, -2.0, 1e-3])
    step = iterates("adam", lambda x: 2 * x, x0, 1, learning_rate=0.1)[0].x - x0
    np.testing.assert_allclose(np.abs(step), 0.1, rtol=1e-4)  # epsilon is 1e-5 of the smallest gradient


def test_decoupled_decay_shrinks_all_parameters_alike_and_l2_does_not():
    """Two coordinates with gradients of very different size, both of mean zero, so that only the decay pulls."""
    size = np.array([1.0, 100.0])

    def alternating(l2):
        signs = iter(np.tile([1.0, -1.0], 500))
        return Problem(lambda x: 0.0, lambda x: next(signs) * size + l2 * x)

    x0 = np.array([1.0, 1.0])
    decoupled = iterates("adamw", alternating(0.0), x0, 1000, learning_rate=1e-3, weight_decay=0.1)[-1].x
    coupled = iterates("adam", alternating(0.1), x0, 1000, learning_rate=1e-3)[-1].x
    assert decoupled[0] == pytest.approx(decoupled[1], rel=1e-6)
    assert coupled[1] - coupled[0] > 0.05


def test_the_hypergradient_is_the_derivative_by_the_learning_rate():
    """f(x_t) as a function of the last rate has the derivative -g_t . g_(t-1)."""
    fun, gradient = lambda x: float(np.sum(x**4) + x[0] * x[1]), lambda x: 4 * x**3 + x[::-1]
    x0, rate, h = np.array([0.7, -0.4]), 0.05, 1e-6
    x1 = x0 - rate * gradient(x0)
    measured = (fun(x0 - (rate + h) * gradient(x0)) - fun(x0 - (rate - h) * gradient(x0))) / (2 * h)
    steps = iterates("hypergradient_descent", gradient, x0, 2, learning_rate=rate, hyper_rate=0.01)
    assert steps[1].learning_rate - rate == pytest.approx(-0.01 * measured, rel=1e-6)
    np.testing.assert_allclose(steps[1].x, x1 - steps[1].learning_rate * gradient(x1))


def test_hypergradient_descent_mends_a_rate_that_is_too_small():
    problem = Problem(lambda x: float(x @ x) / 2, lambda x: x)
    plain = minimize(problem, [1.0, 2.0], "gradient_descent", learning_rate=1e-3, max_iterations=200)
    mended = minimize(
        problem, [1.0, 2.0], "hypergradient_descent", learning_rate=1e-3, hyper_rate=1e-2, max_iterations=200
    )
    assert mended.fun < 1e-2 * plain.fun
    assert mended.history.learning_rate[-1] > 0.1


# Muon's matrices.


@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9)])
def test_orthogonalize_keeps_singular_vectors_and_sets_the_values_near_one(shape):
    G = np.random.default_rng(0).normal(size=shape)
    U, s, Vt = np.linalg.svd(G, full_matrices=False)
    inner = U.T @ orthogonalize(G) @ Vt.T
    off_diagonal = inner - np.diag(np.diag(inner))
    assert np.abs(off_diagonal).max() < 1e-12
    a, b, c = 3.4445, -4.7750, 2.0315
    expected = s / np.linalg.norm(s)
    for _ in range(5):
        expected = a * expected + b * expected**3 + c * expected**5
    np.testing.assert_allclose(np.diag(inner), expected, rtol=1e-10)
    assert expected.min() > 0.5
    assert expected.max() < 1.3


def test_muon_treats_a_vector_as_one_column():
    x0, gradient = np.linspace(-1, 1, 6), lambda x: 3 * x
    vector = iterates("muon", gradient, x0, 20)[-1].x
    column = iterates("muon", gradient, x0.reshape(6, 1), 20)[-1].x
    np.testing.assert_allclose(vector, column[:, 0], rtol=1e-14)


# A million variables.


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_adam_in_blocks_is_adam(weight_decay):
    """Three blocks, the last one not full; as a matrix, for the blocks see it flat."""
    rng = np.random.default_rng(0)
    x0 = rng.normal(size=(2, BLOCK + 1000))
    scale = rng.uniform(0.1, 10, size=x0.shape)

    def gradient(x):
        return scale * x + np.sin(x)

    problem = Problem(lambda x: 0.0, gradient)
    fast = adam_in_blocks(problem, x0, lambda step, x: 0.01, 0.9, 0.999, 1e-8, weight_decay)
    x, m, v = x0, np.zeros_like(x0), np.zeros_like(x0)
    for t in range(1, 21):
        g = gradient(x)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        x = x - 0.01 * (m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8) + weight_decay * x)
        iterate = next(fast)
        assert iterate.x.shape == x0.shape
        assert relative_error(iterate.x, x) < 1e-13
    name = "adamw" if weight_decay else "adam"
    options = {"weight_decay": weight_decay} if weight_decay else {}
    through_the_method = iterates(name, problem, x0, 20, learning_rate=0.01, **options)[-1]
    np.testing.assert_array_equal(through_the_method.x, iterate.x)


def test_a_large_adam_step_allocates_only_the_new_point():
    d = 2**20
    gradient = np.ones(d)
    generator = first_order.adam(Problem(lambda x: 0.0, lambda x: gradient), np.zeros(d))
    next(generator)
    tracemalloc.start()
    try:
        kept = next(generator)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.05 * kept.x.nbytes


def test_no_method_writes_into_the_start_or_into_an_earlier_iterate():
    for name, method in methods("first_order").items():
        if method.needs == ("finite_sum",):
            continue
        x0 = np.array([-1.2, 1.0])
        problem = Problem(lambda x: float((1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2), GRADIENTS["rosenbrock"])
        options = {"rng": np.random.default_rng(0)} if method.uses_rng else {}
        generator = method.function(problem, x0, **options)
        first = next(generator)
        before = {"x": np.array(first.x), **{k: np.array(v) for k, v in first.state.items()}}
        next(generator)
        np.testing.assert_array_equal(x0, [-1.2, 1.0])
        for key, value in before.items():
            np.testing.assert_array_equal(value, first.x if key == "x" else first.state[key], err_msg=f"{name}.{key}")


# Clipping and averaging.


def test_clipping_by_norm_keeps_the_direction_and_by_value_the_small_components():
    problem = Problem(lambda x: 0.0, lambda x: x)
    g = np.array([3.0, -4.0])
    np.testing.assert_allclose(clip_gradient(problem, norm=1.0).gradient(g), [0.6, -0.8])
    np.testing.assert_allclose(clip_gradient(problem, norm=10.0).gradient(g), g)
    np.testing.assert_allclose(clip_gradient(problem, value=3.5).gradient(g), [3.0, -3.5])
    assert clip_gradient(problem, norm=1.0).gradient(np.zeros(2)).tolist() == [0.0, 0.0]


def test_clipping_saves_a_run_that_explodes():
    """x^4 from 10 with a rate that is far too large there, though fine near the minimum."""
    steep = Problem(lambda x: float(np.sum(x**4)), lambda x: 4 * x**3)
    options = {"method": "gradient_descent", "learning_rate": 0.05, "max_iterations": 1000}
    exploded = minimize(steep, [10.0], **options)
    assert not exploded.success
    assert exploded.fun == 10.0**4
    assert minimize(clip_gradient(steep, norm=1.0), [10.0], **options).fun < 1e-3


def test_clipping_reaches_mini_batches_made_before_and_after():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(8, 3))
    problem = Problem(
        lambda x: float(np.mean((A @ x) ** 2)),
        lambda x: 2 * A.T @ (A @ x) / 8,
        n_terms=8,
        terms_gradient=lambda x, i: 2 * A[i].T @ (A[i] @ x) / len(i),
    )
    for clipped in (
        clip_gradient(problem, norm=0.1).minibatches(2, rng=1),
        clip_gradient(problem.minibatches(2, rng=1), norm=0.1),
    ):
        path = minimize(clipped, np.ones(3), "gradient_descent", learning_rate=1.0, max_iterations=20).history.x
        np.testing.assert_allclose(np.linalg.norm(np.diff(path, axis=0), axis=1).max(), 0.1, rtol=1e-12)


@pytest.mark.parametrize(("burn_in", "decay"), [(0, None), (7, None), (0, 0.8), (7, 0.8)])
def test_iterate_averaging_is_the_average_of_the_iterates(burn_in, decay):
    base = {"base": "momentum", "base_options": {"learning_rate": 5e-4}}
    x0 = make_fixtures.STARTS["rosenbrock"]
    averaged = iterates("iterate_averaging", GRADIENTS["rosenbrock"], x0, 30, **base, burn_in=burn_in, decay=decay)
    last = np.array([i.last for i in averaged])
    np.testing.assert_array_equal(
        last, [i.x for i in iterates("momentum", GRADIENTS["rosenbrock"], x0, 30, learning_rate=5e-4)]
    )
    tail = last[burn_in:]
    if decay is None:
        expected = np.mean(tail, axis=0)
    else:
        weights = np.array([decay ** (len(tail) - 1), *[(1 - decay) * decay**k for k in range(len(tail) - 2, -1, -1)]])
        assert weights.sum() == pytest.approx(1)
        expected = weights @ tail
    np.testing.assert_allclose(averaged[-1].x, expected, rtol=1e-12)
