"""Small methods that the tests of the loop run, and the problem that they run on."""

from __future__ import annotations

import numpy as np
import pytest

from mlopt_course import Iterate, Problem, registry
from mlopt_course.registry import method


def descent(problem, x0, *, learning_rate=0.1):
    """Gradient descent."""
    x = x0
    while True:
        x = x - learning_rate * problem.gradient(x)
        yield Iterate(x)


def descent_in_place(problem, x0, *, learning_rate=0.1):
    """Gradient descent that overwrites its arrays, as a beginner's does."""
    x, step = x0, np.zeros_like(x0)
    while True:
        step[:] = -learning_rate * problem.gradient(x)
        x += step
        yield Iterate(x, step=step)


def knowing(problem, x0, *, learning_rate=0.1):
    """Gradient descent that knows its values, and state."""
    x, velocity = x0, np.zeros_like(x0)
    while True:
        velocity = 0.5 * velocity - learning_rate * problem.gradient(x)
        x = x + velocity
        yield Iterate(x, problem.fun(x), velocity=velocity, rate=learning_rate)


def walk(problem, x0, *, step=1.0, rng):
    """A random walk."""
    x = x0
    while True:
        x = x + step * rng.standard_normal(x.shape)
        yield Iterate(x)


def sampling(problem, x0, *, population=10, rng):
    """Random search within the bounds."""
    low, high = problem.bounds.T
    while True:
        X = rng.uniform(low, high, (population, len(low)))
        values = problem.batch(X)
        yield Iterate(X[values.argmin()], values.min(), population=X)


def newton_step(problem, x0):
    """Newton's method."""
    x = x0
    while True:
        x = x - np.linalg.solve(problem.hessian(x), problem.gradient(x))
        yield Iterate(x)


def last_term(problem, x0):
    """Descend on the last term."""
    yield Iterate(x0 - 0.1 * problem.terms_gradient(x0, np.array([problem.n_terms - 1])))


def constrained(problem, x0, *, path=()):
    """Go where told."""
    for x in path:
        yield Iterate(np.array(x, dtype=float))


def shrink(problem, x0):
    """Halve a number."""
    x = x0
    while True:
        x = x / 2
        yield Iterate(x)


def swapping(problem, x0, *, rng):
    """Swap two cities if that is shorter."""
    tour = x0
    while True:
        i, j = rng.choice(len(tour), 2, replace=False)
        new = tour.copy()
        new[[i, j]] = new[[j, i]]
        if problem.fun(new) < problem.fun(tour):
            tour = new
        yield Iterate(tour)


def scripted(problem, x0, *, iterates=(), message=None):
    """Yield what it is given."""
    yield from iterates
    return message


def own_tolerance(problem, x0, *, tolerance=1e-3):
    """Stops by itself."""
    x = x0
    while np.abs(x).max() > tolerance:
        x = x / 2
        yield Iterate(x)
    return "All variables are below the tolerance."


class Calls:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function = function
        self.count = 0

    def __call__(self, *arguments):
        self.count += 1
        return self.function(*arguments)


def square(x):
    return np.sum(np.square(x))


def slope(x):
    return 2 * x


SQUARE = Problem(square, slope, lambda x: 2 * np.eye(np.size(x)), x0=np.array([3.0, -4.0]), name="square")


@pytest.fixture(autouse=True)
def made_up_methods():
    """The methods of this file, in the registry for the length of a test."""
    registry.methods()
    before = dict(registry._REGISTRY)
    for needs, space, function in (
        ("gradient", "real", descent),
        ("gradient", "real", descent_in_place),
        ("gradient", "real", knowing),
        ((), "real", walk),
        (("bounds", "batch"), "real", sampling),
        ("hessian", "real", newton_step),
        ("finite_sum", "real", last_term),
        ("constraints", "real", constrained),
        ((), "scalar", shrink),
        ((), "permutation", swapping),
        ((), "real", scripted),
        ((), "real", own_tolerance),
    ):
        method(chapter="first_order", needs=needs, space=space)(function)
    yield
    registry._REGISTRY.clear()
    registry._REGISTRY.update(before)
