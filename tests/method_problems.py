"""A problem for every method: small, of known minimum, chosen by what the method needs; and what a run did, recorded.

Methods that are new need no line here: the first problem of the catalogue that offers what a method needs, and that
it does not refuse, is its own. Run as a script, it prints a fingerprint of each method's run (see
``test_all_methods_repeat.py``).
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np

from mlopt_course import Problem, constrained, methods, minimize, problems
from mlopt_course.evolutionary_swarm import travelling_salesman

# What a problem must have to offer each need.
OFFERS = {
    "gradient": "gradient",
    "hessian": "hessian",
    "bounds": "bounds",
    "batch": "batch_fun",
    "finite_sum": "terms_gradient",
    "constraints": "constraints",
    "residuals": "residuals",
    "fisher": "fisher",
    "samples": "samples",
}


def bowl(dimension=2, away=0.3, **changes):
    """A smooth convex bowl with all derivatives and a box; from a start of integers it is ``away`` to the minimum."""
    start = np.arange(dimension) % 2 * 1.0
    weights = 1.0 + np.arange(dimension)
    x_opt = start + away * (1 - 2 * start)

    def fun(x):
        return np.sum(weights * (x - x_opt) ** 2 + 0.5 * (x - x_opt) ** 4, axis=-1)

    def gradient(x):
        return (2 * weights * (x - x_opt) + 2 * (x - x_opt) ** 3).reshape(np.shape(x))

    def hessian(x):
        return np.diag(2 * weights + 6 * (x - x_opt) ** 2).reshape(np.shape(x) * 2)

    known = {"bounds": [(-1.0, 2.0)] * dimension, "x0": start, "x_opt": x_opt, "f_opt": 0.0, "name": "bowl"}
    return Problem(lambda x: fun(x).item(), gradient, hessian, fun, **{**known, **changes})


def scalar_bowl():
    """x^4 - x on [-1, 2]."""
    x_opt = 0.25 ** (1 / 3)
    return Problem(
        lambda x: x**4 - x, lambda x: 4 * x**3 - 1, lambda x: 12 * x**2,
        bounds=[(-1.0, 2.0)], x0=1.0, x_opt=x_opt, f_opt=x_opt**4 - x_opt, name="scalar bowl",
    )  # fmt: skip


def round_trip(cities=9):
    """Cities on a circle, met in steps of 2 at first: the shortest tour goes round."""
    angles = 2 * np.pi * np.arange(cities) / cities
    places = np.column_stack([np.cos(angles), np.sin(angles)])
    problem = travelling_salesman(np.linalg.norm(places[:, None] - places, axis=2), coordinates=places)
    return replace(
        problem, x0=2 * np.arange(cities) % cities, x_opt=np.arange(cities), f_opt=problem.fun(range(cities))
    )


def curve_fit(dimension=2):
    """Least squares without residuals at the minimum."""
    x_opt = 0.7 + 0.1 * np.arange(dimension)
    times = np.linspace(0.0, 1.0, 5)

    def residuals(x):
        return np.concatenate([np.exp(a * times) - np.exp(b * times) for a, b in zip(np.ravel(x), x_opt, strict=True)])

    def jacobian(x):
        columns = [np.kron(unit, times * np.exp(a * times)) for unit, a in zip(np.eye(dimension), np.ravel(x))]  # noqa: B905
        return np.column_stack(columns)

    return problems.least_squares(residuals, np.ones(dimension), jacobian, x_opt=x_opt, f_opt=0.0)


def classification(dimension=2):
    """Logistic regression: a finite sum with samples and a Fisher information."""
    problem = problems.logistic_regression("generated", l2=0.1, dimension=dimension, samples=20, condition=2.0, rng=1)
    x = problem.x0
    for _ in range(30):  # Newton's method, to the last digits
        x = x - np.linalg.solve(problem.hessian(x), problem.gradient(x))
    return replace(problem, x_opt=x, f_opt=problem.fun(x))


def half_plane(dimension=2):
    """The nearest point with sum(x) <= 0 to a point outside; the start is outside too."""
    target = np.full(dimension, 0.5)
    program = constrained.quadratic_program(
        np.eye(dimension), -target, A_ub=np.ones((1, dimension)), b_ub=[0.0], bounds=[(-2.0, 2.0)] * dimension
    )
    return replace(program, x0=np.full(dimension, 2.0), x_opt=np.zeros(dimension), f_opt=0.0)


def on_simplex(dimension=2):
    """The nearest point of the unit simplex to a point of it."""
    x_opt = (1.0 + np.arange(dimension)) / np.sum(1.0 + np.arange(dimension))
    return Problem(
        lambda x: float(np.sum((x - x_opt) ** 2)), lambda x: 2 * (x - x_opt), lambda x: 2 * np.eye(dimension),
        constraints=[constrained.UnitSimplex()], x0=np.full(dimension, 1 / dimension), x_opt=x_opt, f_opt=0.0,
    )  # fmt: skip


def diet(dimension=2):
    """A linear program: the cheapest x >= 0 with sum(x) >= 1 is all of the first."""
    costs = 1.0 + np.arange(dimension)
    program = constrained.linear_program(
        costs, A_ub=-np.ones((1, dimension)), b_ub=[-1.0], bounds=[(0.0, None)] * dimension
    )
    return replace(program, x0=np.ones(dimension), x_opt=np.eye(dimension)[0], f_opt=1.0)


def margin(dimension=2):
    """The dual of a support vector machine on points at -1 and 1, one of each class for each variable."""
    X = np.concatenate([np.eye(dimension), -np.eye(dimension)])
    dual = constrained.svm_dual(X, np.sign(X.sum(axis=1)), C=1.0, kernel=constrained.linear_kernel)
    x_opt = np.full(2 * dimension, 0.5)
    return replace(dual, x_opt=x_opt, f_opt=float(dual.fun(x_opt)))


def shrunk(dimension=2):
    """The bowl with an L1 penalty too weak to move its minimum far."""
    problem = constrained.regularised(replace(bowl(dimension), bounds=None), constrained.ElasticNet(1e-6))
    return replace(problem, x_opt=bowl(dimension).x_opt, f_opt=problem.fun(bowl(dimension).x_opt))


# What methods must be told of these problems, by the name of the option: the steepest slope of the scalar bowl, a cheap
# approximation, a value that is safe.
OPTIONS = {"lipschitz": 31.0, "approximations": (lambda x: float(np.sum(np.square(x))),), "threshold": 1.0}
# Methods that think for milliseconds before each evaluation get few of them.
FEW = {"bayesian": 12}

REAL = (bowl, curve_fit, classification, half_plane, on_simplex, diet, margin, shrunk)


def numbers():
    """Problems of one variable that is a plain number, for methods of vectors that serve numbers too."""
    upper = {"type": "ineq", "fun": lambda x: 0.5 - x, "jac": lambda x: -1.0}
    parabola = {"x0": 1.0, "x_opt": 0.3, "f_opt": 0.0, "constraints": [upper], "name": "parabola"}
    slope = {"x0": 0.0, "x_opt": 0.5, "f_opt": -0.5, "constraints": [upper], "name": "slope"}
    return [
        replace(bowl(1), x0=0.0, x_opt=0.3),
        Problem(lambda x: (x - 0.3) ** 2, lambda x: 2 * (x - 0.3), lambda x: 2.0, bounds=[(-2, 2)], **parabola),
        Problem(lambda x: -x, lambda x: -1.0, lambda x: 0.0, **slope),
        replace(shrunk(1), x0=0.0),
    ]


def offers(problem, method):
    """Whether the problem has what the method needs."""
    found = [getattr(problem, OFFERS[need]) for need in method.needs]
    return all(value is not None and not (isinstance(value, (tuple, list)) and not value) for value in found)


def candidates(method, dimension):
    if method.space == "scalar":
        return [scalar_bowl()]
    if method.space == "permutation":
        return [round_trip()]
    return [make(dimension) for make in REAL]


def run(name, problem=None, *, patient=False, **arguments):
    """`minimize` on the method's own problem, or on the one given; ``patient`` where `FEW` is not to hold."""
    few = FEW.get(methods()[name].chapter)
    for limit in ("max_evaluations", "max_iterations"):
        if few and not patient and limit in arguments:
            arguments[limit] = min(few, arguments[limit])
    known = {option: value for option, value in OPTIONS.items() if option in methods()[name].options}
    return minimize(suitable(name) if problem is None else problem, method=name, **{**known, **arguments})


@cache
def suitable(name, dimension=2):
    """The first problem of the catalogue that offers what the method needs and that it does not refuse."""
    return first_suitable(name, candidates(methods()[name], dimension))


def first_suitable(name, catalogue):
    method = methods()[name]
    refusals = {}
    for problem in catalogue:
        if not offers(problem, method):
            continue
        try:
            run(name, problem, rng=0, max_iterations=3)
        except ValueError as refusal:
            refusals[problem.name] = str(refusal)
        else:
            return problem
    raise LookupError(f"the catalogue has no problem for {name!r}, which needs {method.needs}; refused: {refusals}")


class Log:
    """What a run called: how often, and at which points."""

    def __init__(self):
        self.calls = Counter()
        self.points = []

    def one(self, kind, function):
        def call(x, *rest):
            self.calls[kind] += 1
            self.points.append(np.array(x))
            return function(x, *rest)

        return call

    def many(self, kind, function):
        def call(X):
            self.calls[kind] += len(X)
            self.points.extend(np.array(X))
            return function(X)

        return call


# Which counter each function of a problem belongs to.
COUNTED = {
    "fun": "nfev", "terms_fun": "nfev", "residuals": "nfev", "gradient": "njev", "terms_gradient": "njev",
    "jacobian": "njev", "hessian": "nhev", "fisher": "nhev",
}  # fmt: skip


def recorded(problem):
    """The problem, and a log of every call of its functions."""
    log = Log()
    wrapped = {
        name: log.one(counter, getattr(problem, name))
        for name, counter in COUNTED.items()
        if getattr(problem, name) is not None
    }
    if problem.batch_fun is not None:
        wrapped["batch_fun"] = log.many("nfev", problem.batch_fun)
    return replace(problem, **wrapped), log


def fingerprint(result):
    """A digest of everything that a run returned, sensitive to the last bit."""
    digest = hashlib.sha256()
    for name in sorted(result.history.names):
        digest.update(name.encode())
        _add(digest, result.history[name])
    for value in (result.x, result.fun, result.nit, result.nfev, result.njev, result.nhev, result.message):
        _add(digest, value)
    return digest.hexdigest()


def _add(digest, value):
    if isinstance(value, (str, type(None))):
        digest.update(repr(value).encode())
    elif isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.dtype == object):
        for part in value:
            _add(digest, part)
    else:
        array = np.asarray(value)
        assert array.dtype.kind in "biufU", f"a state must be numbers or text, got {value!r}"
        digest.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())


def short_run(name, seed=7):
    """A few steps of a method on its problem."""
    return run(name, rng=seed, max_iterations=25, max_evaluations=200)


if __name__ == "__main__":
    found = {}
    for name in methods():
        try:
            found[name] = fingerprint(short_run(name))
        except Exception as error:  # one test fails for it, and the others have their fingerprints
            found[name] = repr(error)
    json.dump(found, sys.stdout)
