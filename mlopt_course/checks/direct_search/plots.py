"""Plots that run the student's own functions: shown under an exercise once its check has passed."""

from __future__ import annotations

import math

import numpy as np

from ..playing import slider_plot
from ..probes import Rosenbrock

LINE, OTHER = "#0b6e99", "#c8553d"


def _valley(turn, condition):
    angle = math.radians(turn)
    Q = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    A = Q @ np.diag([1.0, float(condition)]) @ Q.T
    return (A + A.T) / 2


def _contours(axes, A, reach=3.0):
    grid = np.linspace(-reach, reach, 121)
    X, Y = np.meshgrid(grid, grid)
    height = (A[0, 0] * X**2 + 2 * A[0, 1] * X * Y + A[1, 1] * Y**2) / 2
    axes.contour(X, Y, height, levels=np.geomspace(0.02, height.max(), 12), colors="0.75", linewidths=0.8)
    axes.set(xlabel="x[0]", ylabel="x[1]", aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach))


def staircase(coordinate_points):
    """The student's rounds on a valley that can be turned."""

    def draw(axes, turn, condition, rounds):
        A, x = _valley(turn, condition), np.array([-2.5, 2.2])
        path = [x]
        for _ in range(rounds):
            path.extend(np.asarray(coordinate_points(A, np.zeros(2), path[-1]), dtype=float))
        way = np.array(path)
        _contours(axes, A)
        axes.plot(way[:, 0], way[:, 1], "o-", color=LINE, markersize=4)
        axes.plot(0, 0, "*", color=OTHER, markersize=12)
        rho = A[0, 1] ** 2 / (A[0, 0] * A[1, 1])
        left = np.linalg.norm(way[-1]) / np.linalg.norm(x)
        return (
            f"Rounds: {rounds}. The part {left:.2g} of the distance is left; from the second round on each of them "
            f"multiplies x by {rho:.3g}."
        )

    return slider_plot(draw, turn=(0, 180, 5, 30), condition=(1, 100, 1, 15), rounds=(1, 20, 1, 5))


def learnt_directions(powell_round):
    """Three of the student's rounds, and the directions that are left."""

    def draw(axes, turn, condition, rounds):
        A, x, lines = _valley(turn, condition), np.array([-2.5, 2.2]), np.eye(2)
        path = [x]
        for _ in range(rounds):
            x, lines = powell_round(A, np.zeros(2), x, lines)
            x, lines = np.asarray(x, dtype=float), np.asarray(lines, dtype=float)
            path.append(x)
        way = np.array(path)
        _contours(axes, A)
        axes.plot(way[:, 0], way[:, 1], "o-", color=LINE, markersize=5)
        for line, style in zip(lines, ("-", "--"), strict=True):
            axes.axline((0, 0), tuple(line), color=OTHER, linestyle=style, linewidth=1.2)
        p, q = lines
        cosine = abs(p @ A @ q) / math.sqrt((p @ A @ p) * (q @ A @ q))
        angle = math.degrees(math.acos(min(1.0, cosine)))
        return (
            f"Rounds: {rounds}. The distance is {np.linalg.norm(x):.2g}; where the bowl is round, the two "
            f"directions (red, the newest dashed) meet at {angle:.0f} degrees."
        )

    return slider_plot(draw, turn=(0, 180, 5, 30), condition=(1, 100, 1, 15), rounds=(1, 4, 1, 1))


def covered_circle(cosine_measure):
    """Three directions and the vector that none of them is near."""

    def draw(axes, first, second, third):
        degrees = np.array([first, second, third], dtype=float)
        p = np.column_stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        measure = float(cosine_measure(p))
        ordered = np.sort(degrees % 360)
        gaps = np.diff(ordered, append=ordered[0] + 360)
        worst = np.radians(ordered[np.argmax(gaps)] + gaps.max() / 2)
        turns = np.linspace(0, 2 * np.pi, 300)
        axes.plot(np.cos(turns), np.sin(turns), color="0.8")
        for end in p:
            axes.annotate("", end, (0, 0), arrowprops={"arrowstyle": "->", "color": LINE, "lw": 2})
        axes.annotate(
            "",
            (np.cos(worst), np.sin(worst)),
            (0, 0),
            arrowprops={"arrowstyle": "->", "color": OTHER, "ls": "--", "lw": 2},
        )
        axes.set(aspect="equal", xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), title="dashed: nothing is near to this one")
        covers = "They span the plane positively." if measure > 1e-12 else "They do not span the plane positively."
        return f"Your cosine measure is {measure:.3f}. {covers}"

    return slider_plot(draw, first=(0, 355, 5, 0), second=(0, 355, 5, 90), third=(0, 355, 5, 225))


def hull_of_rectangles(potentially_optimal):
    """The rectangles that the student's function chooses from many."""

    def draw(axes, rectangles, epsilon, seed):
        rng = np.random.default_rng(seed)
        sizes = np.array([math.sqrt(9.0 ** -(k // 2) * (1 if k % 2 == 0 else 5 / 9)) / 2 for k in range(8)])
        sizes = np.sort(rng.choice(sizes, size=rectangles))
        values = 1.0 + 12 * sizes**1.5 + rng.exponential(0.8, size=rectangles)
        chosen = [int(j) for j in potentially_optimal(sizes, values, epsilon)]
        axes.plot(sizes, values, "o", color="0.6", markersize=5, label="rectangles")
        axes.plot(sizes[chosen], values[chosen], "s-", color=OTHER, markersize=8, fillstyle="none", label="yours")
        wanted = values.min() - epsilon * abs(values.min())
        axes.axhline(wanted, color=LINE, linestyle="--", linewidth=1, label="must promise this")
        axes.set(xlabel="half-diagonal", ylabel="value in the middle", xlim=(0, 0.75))
        axes.legend(loc="upper right")
        return f"Your function divides {len(chosen)} of {rectangles} rectangles."

    return slider_plot(draw, rectangles=(2, 80, 1, 30), epsilon=(0.0, 2.0, 0.01, 0.0), seed=(0, 20, 1, 3))


def walking_triangle(simplex_search):
    """The way of the student's best corner down the banana."""

    def draw(axes, size, turn, steps):
        angle = np.radians(turn + np.array([0.0, 90.0]))
        start = np.array([-1.2, 1.0])
        corners = np.vstack([start, start + size * np.column_stack([np.cos(angle), np.sin(angle)])])
        fun = Rosenbrock()
        grid_x, grid_y = np.linspace(-2, 2, 121), np.linspace(-1, 3, 121)
        X, Y = np.meshgrid(grid_x, grid_y)
        height = 100 * (Y - X**2) ** 2 + (1 - X) ** 2
        axes.contour(X, Y, height, levels=np.geomspace(0.1, 3000, 12), colors="0.75", linewidths=0.8)
        ends = [np.asarray(simplex_search(fun, corners, k)[0], dtype=float) for k in range(steps + 1)]
        moves = str(simplex_search(fun, corners, steps)[1])
        axes.plot(*np.vstack([corners, corners[:1]]).T, "--", color=OTHER, linewidth=1, label="first triangle")
        axes.plot(*np.array(ends).T, "o-", color=LINE, markersize=3, linewidth=1, label="best corner")
        axes.plot(1, 1, "*", color="black", markersize=11, linestyle="none", label="minimum")
        axes.set(xlim=(-2, 2), ylim=(-1, 3), xlabel="x[0]", ylabel="x[1]")
        axes.legend(loc="upper right")
        counts = ", ".join(f"{moves.count(letter)} {letter}" for letter in "reois")
        return f"After {steps} steps ({counts}) your value is {fun(ends[-1]):.3g}."

    return slider_plot(draw, size=(0.05, 2.0, 0.05, 0.8), turn=(0, 345, 15, 0), steps=(0, 80, 1, 40))
