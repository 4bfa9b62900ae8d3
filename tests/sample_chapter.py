"""A chapter of two small exercises, for the tests of the machine that marks, releases and runs them.

A notebook in a test's folder imports a copy of this file and calls `install`, so its kernel knows the exercises too.
"""

import sys

import numpy as np

from mlopt_course.checks import catalogue
from mlopt_course.checks.exercise import Exercise, Misconception


def double(x):
    return 2 * x


def adds(x):
    return x + x


def scales(x):
    return np.multiply(x, 2.0)


def squares(x):
    return x**2


def halves(x):
    return x / 2


def keeps(x):
    return x


def move(x, velocity, rate):
    velocity = velocity - rate * x
    return x + velocity, velocity


def moves_at_once(x, velocity, rate):
    return x + velocity - rate * x, velocity - rate * x


def moves_in_place(x, velocity, rate):
    new = velocity.copy()
    new -= rate * x
    return [x + new, new]


def climbs(x, velocity, rate):
    velocity = velocity + rate * x
    return x + velocity, velocity


def stays_behind(x, velocity, rate):
    return x + velocity, velocity - rate * x


def changes_velocity(x, velocity, rate):
    velocity -= rate * x
    return x + velocity, velocity


def draw_double(answer):
    from mlopt_course.checks.playing import slider_plot

    def draw(axes, slope):
        axes.plot([0, 1], [0, float(answer(slope))])
        return f"The line ends at {float(answer(slope)):g}."

    return slider_plot(draw, slope=(0.0, 2.0, 0.1, 1.0))


EXERCISES = (
    Exercise(
        name="sample.double",
        title="Twice as much",
        points=2,
        difficulty="warm-up",
        hint="What is x + x?",
        reference=double,
        instances=lambda rng: [{"x": float(rng.normal())}, {"x": rng.normal(size=3)}],
        misconceptions=(
            Misconception(squares, "That is the square: it is the same for x = 2 only."),
            Misconception(halves, "That is half of it."),
            Misconception(keeps, "That is x itself."),
        ),
        alternatives=(adds, scales),
        play=draw_double,
    ),
    Exercise(
        name="sample.move",
        title="A step with momentum",
        points=3,
        difficulty="core",
        hint="Change the velocity first, then the position.",
        reference=move,
        instances=lambda rng: [
            {"x": rng.normal(size=d), "velocity": rng.normal(size=d), "rate": float(rng.uniform(0.1, 0.5))}
            for d in (1, 2, 3)
        ],
        misconceptions=(
            Misconception(climbs, "That goes uphill: the gradient is subtracted."),
            Misconception(stays_behind, "Move with the new velocity."),
            Misconception(changes_velocity, "Do not write into velocity."),
        ),
        alternatives=(moves_at_once, moves_in_place),
    ),
)


def install():
    """Make this the only chapter that the process knows exercises of."""
    catalogue.CHAPTERS = ("sample",)
    sys.modules["mlopt_course.checks.sample"] = sys.modules[__name__]
