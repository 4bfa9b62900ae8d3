"""Networks: gradients against differences and closed forms, signals against the theory of initialisation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sklearn.datasets
import sklearn.linear_model
import sklearn.neural_network

from mlopt_course import losses, methods, minimize
from mlopt_course.autodiff import Tensor
from mlopt_course.deep_learning import (
    Network,
    Pass,
    activation,
    autoencoder,
    batch_norm,
    clip_gradient,
    convolution,
    cross_entropy,
    dense,
    dropout,
    embedding,
    flatten,
    gradient_norms,
    he,
    max_pool,
    mlp,
    propagate,
    sequence,
    skip,
    small_convnet,
    squared_error,
    xavier,
)
from mlopt_course.derivatives import finite_difference_gradient

RNG = np.random.default_rng(0)
ROWS, LABELS = RNG.normal(size=(12, 5)), RNG.integers(0, 3, 12)
IMAGES = RNG.normal(size=(6, 2, 4, 4))

NETWORKS = {
    "mlp": (mlp(5, 7, 3, hidden="tanh"), ROWS),
    "relu": (mlp(5, 9, 4, 3), ROWS),
    "sigmoid without bias": (Network(dense(5, 4, bias=False), activation("sigmoid"), dense(4, 3)), ROWS),
    "batch norm": (Network(dense(5, 6), batch_norm(6), activation("tanh"), dense(6, 3)), ROWS),
    "skip": (Network(dense(5, 4), skip(dense(4, 4), activation("tanh"), dense(4, 4)), dense(4, 3)), ROWS),
    "nested": (Network(sequence(dense(5, 4), skip(sequence(dense(4, 4), batch_norm(4)))), dense(4, 3)), ROWS),
    "convolution": (
        Network(convolution(2, 3, 3, padding=1), activation("tanh"), max_pool(2), flatten(), dense(12, 3)),
        IMAGES,
    ),
    "convolution, normalised": (
        Network(convolution(2, 3, 2, stride=2), batch_norm(3), activation("tanh"), flatten(), dense(12, 3)),
        IMAGES,
    ),
    "embedding": (Network(embedding(6, 3), activation("tanh"), dense(6, 3)), RNG.integers(0, 6, (12, 2))),
}
TRAINERS = [name for name, m in methods("first_order").items() if {"gradient", "finite_sum"} & set(m.needs)]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_the_gradient_of_training_is_that_of_finite_differences(name, loss):
    network, inputs = NETWORKS[name]
    n = len(inputs)
    target = LABELS[:n] if loss == "cross_entropy" else np.random.default_rng(1).normal(size=(n, 3))
    problem = network.problem(inputs, target, loss=loss, l2=0.1, rng=2)
    x = problem.x0 + 0.1 * np.random.default_rng(3).normal(size=network.size)
    expected = finite_difference_gradient(problem.fun, x)
    np.testing.assert_allclose(problem.gradient(x), expected, rtol=1e-6, atol=1e-8)


def test_losses_of_tensors_are_the_losses_of_arrays():
    scores = np.array([[2.0, -1.0, 0.5], [800.0, -800.0, 0.0], [-3.0, 1.0, 1.0]])
    labels = np.array([0, 1, 2])
    assert cross_entropy(Tensor(scores), labels).item() == pytest.approx(
        losses.cross_entropy(labels, scores), rel=1e-14
    )
    for z in (-900.0, -40.0, -1e-9, 0.0, 3.0, 900.0):
        two = Tensor([[z], [1.0]])
        value = cross_entropy(two, np.array([1, 0]))
        value.backward()
        assert value.item() == pytest.approx(losses.cross_entropy([1, 0], [z, 1.0]), rel=1e-14)
        expected = losses.cross_entropy.gradient([1, 0], [z, 1.0])
        np.testing.assert_allclose(two.grad[:, 0], expected, rtol=1e-12, atol=1e-300)
    y = np.arange(3.0)
    assert squared_error(Tensor([[1.0], [1.0], [1.0]]), y).item() == losses.mean_squared_error(y, np.ones(3))


def test_an_mlp_has_the_loss_and_gradient_of_scikit_learn():
    X, y = sklearn.datasets.load_iris(return_X_y=True)
    theirs = sklearn.neural_network.MLPClassifier((6, 4), activation="tanh", alpha=0.0, max_iter=1, random_state=0)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        theirs.fit(X, y)
    network = mlp(4, 6, 4, 3, hidden="tanh")
    pairs = zip(theirs.coefs_, theirs.intercepts_, strict=True)
    x = np.concatenate([part.ravel() for pair in pairs for part in pair])
    exponentials = np.exp(network.predict(x, X))
    np.testing.assert_allclose(
        exponentials / exponentials.sum(axis=1, keepdims=True), theirs.predict_proba(X), rtol=1e-9
    )


def test_parameters_fit_in_one_vector_and_come_out_as_views():
    network = mlp(2, 3, 1)
    x = np.arange(13.0)
    W, b, V, c = network.unpack(x)
    np.testing.assert_array_equal(W, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(b, [6, 7, 8])
    np.testing.assert_array_equal(V.ravel(), [9, 10, 11])
    assert c == 12
    hidden = np.maximum(np.array([[1.0, -1.0]]) @ W + b, 0)
    np.testing.assert_array_equal(network.predict(x, [[1.0, -1.0]]), hidden @ V + c)
    np.testing.assert_array_equal(gradient_norms(network, x), [np.linalg.norm(part) for part in (W, b, V, c)])


def test_terms_average_to_the_whole_and_minibatches_are_those_of_the_problem():
    network, inputs = NETWORKS["mlp"]
    problem = network.problem(inputs, LABELS, loss="cross_entropy", l2=0.01)
    terms = [problem.terms_gradient(problem.x0, np.array([i])) for i in range(problem.n_terms)]
    np.testing.assert_allclose(np.mean(terms, axis=0), problem.gradient(problem.x0), rtol=1e-12, atol=1e-15)
    values = [problem.terms_fun(problem.x0, np.array([i])) for i in range(problem.n_terms)]
    assert np.mean(values) == pytest.approx(problem.fun(problem.x0), rel=1e-13)
    one = minimize(problem.minibatches(4), method="adam", max_iterations=20, rng=5)
    two = minimize(
        network.problem(inputs, LABELS, loss="cross_entropy", l2=0.01, batch_size=4), max_iterations=20, rng=5
    )
    np.testing.assert_array_equal(one.x, two.x)


@pytest.mark.parametrize(
    "name", [name for name, m in methods("first_order").items() if {"gradient", "finite_sum"} & set(m.needs)]
)
def test_every_first_order_method_trains_a_network(name):
    X, y = sklearn.datasets.make_moons(80, noise=0.1, random_state=0)
    problem = mlp(2, 8, 1, hidden="tanh").problem(X, y, loss="cross_entropy")
    options = {"learning_rate": 0.01} if "learning_rate" in methods()[name].options else {}
    result = minimize(problem, method=name, max_iterations=60, rng=0, **options)
    assert result.fun < problem.fun(problem.x0), result.message


def test_a_convolutional_network_reads_unseen_digits_better_than_a_linear_model():
    digits = sklearn.datasets.load_digits()
    images, labels = digits.images[:, None] / 16.0, digits.target
    network, right = small_convnet(8, 8, 10, filters=8), []
    # The median of three runs: about one in eight ends below the linear model after so few steps.
    for seed in range(3):
        problem = network.problem(images[:1200], labels[:1200], loss="cross_entropy", batch_size=64, rng=seed)
        result = minimize(problem, method="adam", learning_rate=0.01, max_iterations=300, rng=seed, history=300)
        right.append(np.mean(np.argmax(network.predict(result.x, images[1200:]), axis=1) == labels[1200:]))
    linear = sklearn.linear_model.LogisticRegression(max_iter=1000).fit(digits.data[:1200] / 16.0, labels[:1200])
    assert np.median(right) > linear.score(digits.data[1200:] / 16.0, labels[1200:])


# Initialisation


def test_xavier_and_he_have_their_variances():
    n = 400 * 300
    for scheme, variance, fourth in ((xavier, 2 / 700, 1.8), (he, 2 / 400, 3.0)):
        weights = scheme((400, 300), 400, 300, 0)
        # Standard error of a variance: sqrt((kurtosis - 1) / n); five of them is beyond chance.
        assert weights.var() == pytest.approx(variance, rel=5 * np.sqrt((fourth - 1) / n))
        assert abs(weights.mean()) < 5 * np.sqrt(variance / n)
    assert np.abs(xavier((400, 300), 400, 300, 0)).max() <= np.sqrt(6 / 700)


@pytest.mark.parametrize(
    ("hidden", "scheme", "factor"),
    [("relu", "he", 1.0), ("relu", "xavier", 0.5), ("linear", "xavier", 1.0), ("linear", "he", 2.0)],
)
def test_the_mean_square_of_signals_changes_by_the_factor_of_theory_in_each_layer(hidden, scheme, factor):
    width, depth, repeats = 200, 8, 12
    network = mlp(*[width] * (depth + 1), hidden=hidden)
    forward, backward = [], []
    for seed in range(repeats):
        inputs = np.random.default_rng(100 + seed).normal(size=(20, width))
        signals = propagate(network, network.initial(scheme, seed), inputs, rng=seed)
        layers = [i for i, name in enumerate(signals.names) if name.startswith("dense")]
        forward.append(np.log(signals.forward[layers[-1]] / signals.forward[layers[0]]) / (depth - 1))
        backward.append(np.log(signals.backward[layers[0]] / signals.backward[layers[-1]]) / (depth - 1))
    for measured in (forward, backward):
        error = 4 * np.std(measured, ddof=1) / np.sqrt(repeats) + 2 / width  # bias of the logarithm: of order 1 / width
        assert np.mean(measured) == pytest.approx(np.log(factor), abs=error)


def test_gradients_vanish_through_sigmoids_no_slower_than_the_proof_says():
    network = mlp(*[30] * 9, hidden="sigmoid")
    x = network.initial("xavier", 0)
    inputs = np.random.default_rng(1).normal(size=(10, 30))
    signals = propagate(network, x, inputs, rng=2)
    weights = [W for W in network.unpack(x) if W.ndim == 2]
    dense_at = [i for i, name in enumerate(signals.names) if name.startswith("dense")]
    for layer, (here, above) in enumerate(itertools.pairwise(dense_at)):
        # delta_l = sigma'(z) * (W delta_{l+1}), and sigma' <= 1/4.
        bound = 0.25 * np.linalg.norm(weights[layer + 1], 2)
        assert np.sqrt(signals.backward[here]) <= bound * np.sqrt(signals.backward[above])
    assert signals.backward[dense_at[0]] < 1e-6 * signals.backward[dense_at[-1]]


def test_skip_connections_keep_the_gradient_where_plain_layers_lose_it():
    block = (dense(20, 20), activation("sigmoid"))
    inputs = np.random.default_rng(0).normal(size=(10, 20))
    plain, residual = Network(*block * 10), Network(*[skip(*block) for _ in range(10)])
    lost = propagate(plain, plain.initial("xavier", 0), inputs, rng=0)
    kept = propagate(residual, residual.initial("xavier", 0), inputs, rng=0)
    assert lost.backward[0] / lost.backward[-1] < 1e-6
    ends = [i for i, name in enumerate(kept.names) if name.startswith("skip")]
    assert 0.1 < kept.backward[ends[0]] / kept.backward[ends[-1]] < 1e3


def test_a_skip_around_nothing_learnt_is_the_identity():
    network = Network(skip(dense(4, 4)))
    np.testing.assert_array_equal(network.predict(np.zeros(network.size), ROWS[:, :4]), ROWS[:, :4])


def test_measured_gradients_are_those_of_the_loss():
    network = mlp(5, 4, 3, hidden="tanh")
    x = network.initial("xavier", 0)
    signals = propagate(network, x, ROWS, target=LABELS)
    logits = network.predict(x, ROWS)
    assert signals.backward[-1] == pytest.approx(np.mean(losses.cross_entropy.gradient(LABELS, logits) ** 2), rel=1e-12)
    assert signals.forward[-1] == pytest.approx(np.mean(logits**2), rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_clipping_saves_a_deep_network_from_an_exploding_gradient(seed):
    problem = mlp(5, 20, 20, 20, 20, 20, 3).problem(ROWS, LABELS, loss="cross_entropy", scheme=1.0, rng=seed)
    assert np.linalg.norm(problem.gradient(problem.x0)) > 100
    rate = {"method": "gradient_descent", "learning_rate": 0.05, "max_iterations": 100}
    plain, clipped = minimize(problem, **rate), minimize(clip_gradient(problem, norm=1.0), **rate)
    share = np.bincount(LABELS) / len(LABELS)
    ignorance = -share @ np.log(share)  # the least loss of a constant output
    assert plain.fun >= ignorance  # it overflowed, or the first steps killed every unit
    assert clipped.fun < 0.01 * ignorance


# Batch normalisation and dropout


def test_batch_normalisation_gives_mean_zero_and_variance_one_whatever_comes_in():
    network = Network(batch_norm(5, epsilon=1e-12))
    out = network.predict(network.initial(), 7.0 + 30.0 * ROWS)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(out.var(axis=0), 1, rtol=1e-10)
    pictures = Network(batch_norm(2, epsilon=1e-12))
    out = pictures.predict(pictures.initial(), 3.0 - IMAGES)
    np.testing.assert_allclose(out.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(out.var(axis=(0, 2, 3)), 1, rtol=1e-10)


def test_batch_normalisation_makes_the_scale_of_the_weights_before_it_irrelevant():
    network = Network(dense(5, 4), batch_norm(4, epsilon=1e-12), dense(4, 1))
    x = network.initial(rng=0)
    scaled = x.copy()
    scaled[:24] *= 50.0
    np.testing.assert_allclose(network.predict(scaled, ROWS), network.predict(x, ROWS), rtol=1e-9)


def test_in_use_a_sample_is_normalised_by_the_training_set_and_not_by_its_company():
    network, inputs = NETWORKS["nested"]
    x = network.initial(rng=0)
    statistics = network.statistics(x, inputs)
    together = network.predict(x, inputs, statistics=statistics)
    np.testing.assert_allclose(network.predict(x, inputs), together, rtol=1e-12)
    np.testing.assert_allclose(network.predict(x, inputs[:1], statistics=statistics), together[:1], rtol=1e-12)
    assert not np.allclose(network.predict(x, inputs[:1]), together[:1])


def test_dropout_keeps_the_mean_drops_its_share_and_does_nothing_in_use():
    layer = dropout(0.3)
    ones = Tensor(np.ones((200, 500)))
    out = layer.apply([], ones, Pass(rng=np.random.default_rng(0))).value
    n = out.size
    assert np.mean(out == 0) == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / n))
    np.testing.assert_allclose(out[out > 0], 1 / 0.7)
    assert layer.apply([], ones, Pass()) is ones


def test_dropout_trains_on_random_gradients_that_a_seed_repeats():
    network = Network(dense(5, 20), activation("relu"), dropout(0.5), dense(20, 3))
    problem = network.problem(ROWS, LABELS, loss="cross_entropy", batch_size=4)
    assert problem.terms_gradient is None
    runs = [minimize(problem, method="adam", max_iterations=30, rng=seed).x for seed in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])
    # With all samples in each batch what differs between two gradients is the dropped units alone.
    whole = network.problem(ROWS, LABELS, loss="cross_entropy").sample(np.random.default_rng(0))
    first, second = whole(problem.x0), whole(problem.x0)
    assert not np.array_equal(first, second)


def test_dropout_is_ridge_regression_on_average_where_the_model_is_linear():
    # E ||y - X' w||^2 = ||y - X w||^2 + p / (1 - p) * sum_j w_j^2 ||X_j||^2 (Srivastava et al. 2014, section 9.1).
    X, y, p = RNG.normal(size=(40, 3)), RNG.normal(size=40), 0.4
    network = Network(dropout(p), dense(3, 1, bias=False))
    gradient = network.problem(X, y).sample(np.random.default_rng(0))
    w = np.array([0.5, -1.0, 2.0])
    drawn = np.array([gradient(w) for _ in range(4000)])
    expected = 2 / 40 * (X.T @ (X @ w - y) + p / (1 - p) * (X**2).sum(axis=0) * w)
    np.testing.assert_array_less(np.abs(drawn.mean(axis=0) - expected), 5 * drawn.std(axis=0) / np.sqrt(4000))


# Errors


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dense(0, 3), "inputs must be an integer >= 1, got 0"),
        (lambda: activation("swish"), "activation must be one of relu, tanh, sigmoid, linear, got 'swish'"),
        (lambda: dropout(1.0), "rate must be at least 0 and below 1, got 1.0"),
        (lambda: batch_norm(3, epsilon=0), "epsilon must be positive, got 0"),
        (lambda: Network(), "layers must be one or more layers"),
        (lambda: mlp(3), "widths must have at least inputs and outputs"),
        (lambda: small_convnet(7, 8, 2), "height and width must be even, got 7 and 8"),
        (lambda: autoencoder(4), "widths must have at least inputs and code"),
        (lambda: mlp(2, 1).initial("glorot"), "scheme must be 'xavier', 'he', a standard deviation"),
        (lambda: mlp(2, 1).unpack(np.zeros(2)), "x must have the 3 parameters of the network"),
        (lambda: mlp(2, 1).problem(np.zeros(4), np.zeros(4)), "inputs must have shape"),
        (lambda: mlp(2, 1).problem(np.zeros((4, 2)), np.zeros(3)), "inputs must have shape"),
        (lambda: mlp(2, 1).problem(np.zeros((4, 2)), np.zeros(4), loss="hinge"), "loss must be one of"),
        (
            lambda: mlp(2, 1).problem(np.zeros((4, 2)), np.zeros(4), batch_size=5),
            "batch_size must be an integer",
        ),
        (lambda: Network(skip(dense(3, 4))).predict(np.zeros(16), np.zeros((2, 3))), "must keep the shape"),
        (lambda: propagate(mlp(2, 1), np.zeros(3), np.zeros((1, 2)), loss="x"), "loss must be one of"),
    ],
)
def test_unusable_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
