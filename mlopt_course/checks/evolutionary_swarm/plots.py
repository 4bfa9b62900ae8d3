"""Plots that run the student's own functions: shown under an exercise once its check has passed."""

from __future__ import annotations

import numpy as np

from ..playing import slider_plot
from ..probes import Quadratic

LINE, OTHER = "#0b6e99", "#c8553d"


def takeover_curve(takeover):
    """When the student's function says that the best has taken over, and what tournaments with draws do."""

    def draw(axes, size, loss, members):
        goal = 0.9 * (1 - loss)
        found = takeover(members, size, loss, goal)
        end = 30 if found is None else min(60, max(10, 2 * int(found)))
        rng = np.random.default_rng(1)
        shares = np.full((12, end + 1), 1 / members)
        for t in range(end):
            wins = (1 - loss) * (1 - (1 - shares[:, t]) ** size)
            shares[:, t + 1] = rng.binomial(members, wins) / members
        axes.plot(shares.T, color="0.75", linewidth=0.8)
        axes.axhline(goal, color=OTHER, linestyle="--", linewidth=1, label="goal: nine tenths of what can be kept")
        if found is not None and found <= end:
            axes.axvline(found, color=LINE, label="your generation")
        axes.set(xlabel="generation", ylabel="share of copies of the best", ylim=(0, 1.2), xlim=(0, end))
        axes.legend(loc="upper center", ncols=2)
        said = "it never gets there" if found is None else f"it gets there in generation {found}"
        lost = int(np.sum(shares[:, -1] == 0))
        return f"Your function says: {said}. In {lost} of 12 runs with real draws (grey) the best was lost altogether."

    return slider_plot(draw, size=(1, 8, 1, 2), loss=(0.0, 0.6, 0.05, 0.1), members=(4, 200, 4, 40))


def trails_on_a_map(trails_after):
    """A small colony that leaves the student's trails."""
    from ...evolutionary_swarm.ants import build_tours
    from ...evolutionary_swarm.tours import travelling_salesman

    problem = travelling_salesman("burma14")
    D, places = problem.distances, problem.coordinates
    nearness = (D + np.eye(len(D))) ** -2.0

    def draw(axes, steps, evaporation, weight):
        rng = np.random.default_rng(3)
        trails, best = np.full(D.shape, 1 / (len(D) * 300.0)), np.arange(len(D))
        for _ in range(steps):
            tours = build_tours(trails * nearness, 12, rng)
            lengths = D[tours, np.roll(tours, -1, axis=1)].sum(axis=1)
            if lengths.min() < problem.fun(best):
                best = tours[lengths.argmin()]
            trails = np.asarray(trails_after(trails, D, tours, best, evaporation, weight), dtype=float)
        strength = trails / trails[~np.eye(len(D), dtype=bool)].max()
        for i in range(len(D)):
            for j in range(i):
                if strength[i, j] > 0.02:
                    axes.plot(*places[[i, j]].T[::-1], color=LINE, linewidth=4 * strength[i, j], alpha=0.7)
        around = places[np.append(best, best[0])]
        axes.plot(around[:, 1], around[:, 0], ":", color="black", linewidth=1.2, label="best so far")
        axes.plot(places[:, 1], places[:, 0], "o", color="black", markersize=5)
        axes.set(xlabel="east", ylabel="north", title="trails: the wider, the stronger")
        axes.legend(loc="lower left")
        return f"After {steps} steps the best tour is {problem.fun(best):.0f} long; the shortest of all is 3323."

    return slider_plot(draw, steps=(0, 100, 1, 20), evaporation=(0.01, 0.9, 0.01, 0.1), weight=(1, 8, 1, 5))


def _bit_draws(rng, n, d, generations, rate):
    return {
        "contests": rng.integers(0, n, size=(generations, n, 2)),
        "cuts": rng.integers(1, d, size=(generations, n // 2)),
        "flips": rng.random((generations, n, d)) < rate,
    }


def bits_in_generations(bit_search):
    """The best value of the student's algorithm, generation by generation, on a random puzzle of 20 bits."""

    def draw(axes, couples, mutation, patience):
        d, n, generations = 20, 2 * couples, 40
        puzzle = np.random.default_rng(5)
        pull = np.triu(puzzle.standard_normal((d, d)), 1)
        fun = Quadratic(pull + pull.T, puzzle.standard_normal(d))
        ends = []
        for seed in range(6):
            rng = np.random.default_rng(seed)
            start = rng.integers(0, 2, size=(n, d))
            draws = _bit_draws(rng, n, d, generations, mutation)
            curve, ran = [min(fun(x) for x in start)], generations
            for g in range(1, generations + 1):
                best, ran = bit_search(fun, start, *(draw[:g] for draw in draws.values()), patience)
                curve.append(fun(best))
                if ran < g:
                    break
            axes.plot(curve, color=LINE, alpha=0.6)
            axes.plot(len(curve) - 1, curve[-1], "s", color=OTHER, markersize=5)
            ends.append(curve[-1])
        axes.set(
            xlabel="generation", ylabel="best value", xlim=(0, generations + 1), title="six runs; squares: the end"
        )
        return f"The six runs end between {min(ends):.2f} and {max(ends):.2f}."

    return slider_plot(draw, couples=(1, 20, 1, 6), mutation=(0.0, 0.5, 0.01, 0.03), patience=(1, 40, 1, 10))


def _bumps(x):
    """A bowl with many dents; its minimum is 0, at (1, -0.5)."""
    y = np.asarray(x, dtype=float) - np.array([1.0, -0.5])
    return float(np.sum(y**2 + 3 * (1 - np.cos(2.5 * y))))


def _dented_box(axes):
    grid = np.linspace(-4, 4, 121)
    X, Y = np.meshgrid(grid, grid)
    height = sum(y**2 + 3 * (1 - np.cos(2.5 * y)) for y in (X - 1, Y + 0.5))
    axes.contour(X, Y, height, levels=10, colors="0.75", linewidths=0.8)
    axes.plot(1, -0.5, "*", color="black", markersize=11, linestyle="none", label="minimum")
    axes.set(xlim=(-4.2, 4.2), ylim=(-4.2, 4.2), xlabel="x[0]", ylabel="x[1]", aspect="equal")


def generations_in_a_box(evolve_once):
    """The student's generations on a landscape with many dents."""

    def draw(axes, generations, scale, rate, members):
        rng = np.random.default_rng(2)
        low, high = np.full(2, -4.0), np.full(2, 4.0)
        X = first = rng.uniform(low, high, size=(members, 2))
        for _ in range(generations):
            picks = np.array([rng.permutation(np.delete(np.arange(members), i))[:3] for i in range(members)])
            starts, draws = rng.integers(0, 2, size=members), rng.random((members, 2))
            X = np.asarray(evolve_once(_bumps, X, picks, starts, draws, scale, rate, low, high), dtype=float)
        _dented_box(axes)
        axes.plot(*first.T, "x", color="0.5", label="first generation")
        axes.plot(*X.T, "o", color=LINE, markersize=5, label="now")
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
        width = np.ptp(X, axis=0).max()
        return f"The best value is {min(map(_bumps, X)):.3g}; the population is {width:.2g} wide."

    return slider_plot(
        draw, generations=(0, 60, 1, 10), scale=(0.05, 1.5, 0.05, 0.7), rate=(0.0, 1.0, 0.05, 0.7),
        members=(4, 40, 1, 15),
    )  # fmt: skip


def swarm_in_a_box(ring_swarm):
    """The student's swarm on the same landscape."""

    def draw(axes, steps, inertia, pull, particles):
        rng = np.random.default_rng(4)
        low, high = np.full(2, -4.0), np.full(2, 4.0)
        X = rng.uniform(low, high, size=(particles, 2))
        V = rng.uniform(low, high, size=(particles, 2)) / 4
        draws = rng.random((steps, 2, particles, 2))
        now, memories = ring_swarm(_bumps, X, V, draws, inertia, pull, pull, low, high)
        now, memories = np.asarray(now, dtype=float), np.asarray(memories, dtype=float)
        _dented_box(axes)
        axes.plot(*np.vstack([memories, memories[:1]]).T, "-", color=OTHER, linewidth=0.8, alpha=0.6)
        axes.plot(*memories.T, "s", color=OTHER, fillstyle="none", label="memories")
        axes.plot(*now.T, "o", color=LINE, markersize=4, label="particles")
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
        width = np.ptp(now, axis=0).max()
        return f"The best memory is {min(map(_bumps, memories)):.3g}; the particles are {width:.2g} apart."

    return slider_plot(
        draw, steps=(0, 80, 1, 8), inertia=(0.0, 1.0, 0.05, 0.6), pull=(0.1, 3.0, 0.1, 1.7), particles=(4, 30, 1, 12)
    )


def settling_swarm(swarm_rates):
    """Forty thousand particles with fixed memories, and the rates that the student predicts."""

    def draw(axes, inertia, pull):
        rng = np.random.default_rng(6)
        steps, x, v = 40, np.ones(40_000), np.zeros(40_000)
        spread = [1.0]
        for _ in range(steps):
            r_own, r_social = rng.random((2, x.size))
            v = inertia * v - pull * (r_own + r_social) * x
            x = x + v
            spread.append(float(np.sqrt(np.mean(x**2))))
        mean_rate, spread_rate = (float(rate) for rate in swarm_rates(inertia, pull, pull))
        time = np.arange(steps + 1)
        axes.semilogy(time, spread, color=LINE, label="measured spread")
        middle = spread[20] / spread_rate**20
        axes.semilogy(time, middle * spread_rate**time, "--", color=OTHER, label="your rate of the spread")
        axes.semilogy(time, mean_rate**time, ":", color="0.4", label="your rate of the mean")
        axes.set(xlabel="step", ylabel="distance")
        axes.legend(loc="best")
        says = (
            "settles"
            if spread_rate < 1
            else "does not settle, though its mean does"
            if mean_rate < 1
            else "flies apart"
        )
        return f"Mean: a factor {mean_rate:.3f} a step; spread: {spread_rate:.3f}. The swarm {says}."

    return slider_plot(draw, inertia=(0.0, 0.95, 0.01, 0.73), pull=(0.05, 3.0, 0.05, 1.5))


def deceived_population(deceptive):
    """Eight copies of the student's landscape in a row, and where a genetic algorithm goes on them."""

    def draw(axes, bits, gap, members):
        values, copies, generations = np.asarray(deceptive(bits, gap), dtype=float), 8, 40
        rng = np.random.default_rng(7)
        for landscape, colour, style, name in (
            (values, OTHER, "-", "yours"), (np.linspace(1, 0, bits + 1), LINE, "--", "counting ones"),
        ):  # fmt: skip
            X = rng.integers(0, 2, size=(members, copies, bits))
            shares = []
            for _ in range(generations):
                shares.append(X.mean())
                score = landscape[X.sum(axis=2)].sum(axis=1)
                a, b = rng.integers(0, members, size=(2, members))
                parents = X[np.where(score[a] <= score[b], a, b)]
                taken = rng.random(X.shape) < 0.5
                X = np.where(taken, parents, parents[rng.permutation(members)])
                X = np.where(rng.random(X.shape) < 0.25 / (bits * copies), 1 - X, X)
            solved = int(np.count_nonzero((X.sum(axis=2) == bits).any(axis=0)))
            axes.plot(shares, color=colour, linestyle=style, label=f"{name}: {solved} of {copies} found")
        axes.axhline(1, color="0.7", linewidth=0.8)
        axes.set(xlabel="generation", ylabel="share of ones", ylim=(0, 1.2), title="the answer is all ones")
        axes.legend(loc="upper center", ncols=2)
        return "Where the curve falls the population is led away from the answer, by parts that look good."

    return slider_plot(draw, bits=(3, 7, 1, 4), gap=(0.05, 0.49, 0.01, 0.3), members=(10, 300, 10, 100))


def thinned_front(thinned):
    """Whom the student's function keeps of a crowded front and those behind it."""

    def draw(axes, keep, crowd, seed):
        rng = np.random.default_rng(seed)
        t = np.concatenate([rng.random(30), 0.3 + 0.05 * rng.standard_normal(crowd)]).clip(0.001, 0.999)
        F = np.column_stack([t, 1 - np.sqrt(t)])
        F = np.vstack([F, F[:20] + rng.uniform(0.05, 0.4, size=(20, 2))])
        chosen = np.array(thinned(F, min(keep, len(F))), dtype=int)
        axes.plot(*F.T, "o", color="0.7", markersize=4, label="all")
        axes.plot(*F[chosen].T, "s", color=OTHER, fillstyle="none", markersize=8, label="kept")
        axes.set(xlabel="first objective", ylabel="second objective")
        axes.legend(loc="upper right")
        along = np.sort(F[chosen][:, 0])
        gap = f" Their widest gap in the first objective is {np.diff(along).max():.3f}." if len(along) > 1 else ""
        return f"Kept: {len(chosen)} of {len(F)}.{gap}"

    return slider_plot(draw, keep=(2, 80, 1, 12), crowd=(0, 40, 1, 25), seed=(0, 20, 1, 1))
