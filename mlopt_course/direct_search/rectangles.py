"""DIRECT: divide the box into rectangles, always those that might hold the minimum for some slope of the function."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict

import numpy as np

from .. import validate
from ..registry import Iterate, method


@method(
    chapter="direct_search",
    needs="bounds",
    use_when="a global minimum in a small box (up to five variables, say) is wanted, without any tuning",
    fails_when="there are many variables, or a precise minimum is wanted: polish its result with a local method",
    reference="Jones, Perttunen and Stuckman (1993), doi:10.1007/BF00941892",
)
def direct(problem, x0, *, epsilon=1e-4, convex=True, tolerance=1e-6):
    r"""DIRECT (dividing rectangles): Lipschitz search without knowing the Lipschitz constant.

    Parameters
    ----------
    problem : Problem
        With finite ``bounds``.
    x0 : ndarray, shape (d,), or float, or None
        Only its shape matters: the search begins in the middle of the box.
    epsilon : float
        A rectangle is only divided if, for some slope, it promises values below
        :math:`f_{min} - \epsilon |f_{min}|` (>= 0): larger is more global. Where the values are far from 0 next to what
        they differ by, 0 is better.
    convex : bool
        True: only rectangles on the convex hull of sizes and values, as the paper defines them. False: the best of
        every size that is better than all that are larger, and ``epsilon`` for the smallest of them alone, which goes
        deeper in each round.
    tolerance : float
        Stop when the rectangle with the lowest value has a half-diagonal below this (> 0), in units of the box.

    Yields
    ------
    Iterate
        ``x`` (d,) the best point so far, ``fun``, and ``divided``, the rectangles chosen in this round.

    References
    ----------
    Jones, Perttunen and Stuckman (1993), the multivariate algorithm. SciPy's `direct` with ``locally_biased=False``
    divides rectangles that are not on the hull, too: nearly those of ``convex=False``. The test with ``epsilon``
    changes when a constant is added to the objective: Finkel and Kelley (2006), Additive scaling and the DIRECT
    algorithm, doi:10.1007/s10898-006-9029-9.
    """
    validate.not_negative(epsilon=epsilon)
    validate.boolean(convex=convex)
    validate.positive(tolerance=tolerance)
    box = _Box(problem, x0)
    middle = np.full((1, box.dimension), 0.5)
    best = box.add(middle, [np.zeros(box.dimension, dtype=int)], box.evaluate(middle))
    yield Iterate(box.point(best), box.values[best], divided=0)
    choose = box.potentially_optimal if convex else box.undominated
    while box.half_diagonal(best) >= tolerance:
        chosen = choose(box.values[best], epsilon)
        for rectangle in chosen:
            newest = box.divide(rectangle)
            best = min(best, newest, key=box.values.__getitem__)
            yield Iterate(box.point(best), box.values[best], divided=len(chosen))
    return f"The best rectangle's half-diagonal is below {tolerance} of the box."


class _Box:
    """The rectangles of a box: centres in the unit cube, values there, and how often each side was divided by 3.

    The sides of one rectangle differ by one division at most, so their total number tells its size.
    """

    def __init__(self, problem, x0=None) -> None:
        self.problem = problem
        self.low, self.high = problem.bounds.T
        if not np.isfinite(self.high - self.low).all():
            raise ValueError(
                f"bounds must be finite to be divided, and their widths too, got {problem.bounds.tolist()}"
            )
        self.dimension = len(self.low)
        self.shape = (self.dimension,) if x0 is None else np.shape(x0)
        self.centres: list[np.ndarray] = []
        self.divisions: list[np.ndarray] = []
        self.values: list[float] = []
        self.by_size: dict[int, list[tuple[float, int]]] = defaultdict(list)

    def point(self, rectangle):
        return (self.low + self.centres[rectangle] * (self.high - self.low)).reshape(self.shape)[()]

    def evaluate(self, centres):
        points = self.low + centres * (self.high - self.low)
        return self.problem.batch(points.reshape(-1, *self.shape))

    def add(self, centres, divisions, values):
        """Put in rectangles; returns the one with the lowest value."""
        first = len(self.values)
        self.centres.extend(centres)
        self.divisions.extend(divisions)
        self.values.extend(map(float, values))
        for i in range(first, len(self.values)):
            self._sort_in(i)
        return min(range(first, len(self.values)), key=self.values.__getitem__)

    def _sort_in(self, rectangle):
        heapq.heappush(self.by_size[int(self.divisions[rectangle].sum())], (self.values[rectangle], rectangle))

    def half_diagonal(self, rectangle):
        return self._half_diagonal(int(self.divisions[rectangle].sum()))

    def _half_diagonal(self, divisions):
        each, more = divmod(divisions, self.dimension)
        return 0.5 * math.sqrt((self.dimension - more) * 9.0**-each + more * 9.0 ** -(each + 1))

    def potentially_optimal(self, lowest, epsilon):
        """Rectangles on the lower right convex hull of (size, value), taken out: the paper's definition."""
        hull: list[tuple[float, float, int]] = []
        for total in sorted((n for n, heap in self.by_size.items() if heap)):
            size, value = self._half_diagonal(total), self.by_size[total][0][0]
            if hull and value >= hull[-1][1]:
                continue
            while len(hull) > 1 and _slope(hull[-2], hull[-1]) <= _slope(hull[-1], (size, value)):
                hull.pop()
            hull.append((size, value, total))
        chosen = []
        for i, (size, value, total) in enumerate(hull):
            promised = value - (_slope(hull[i - 1], hull[i]) * size if i else math.inf)
            if promised <= lowest - epsilon * abs(lowest):
                heap = self.by_size[total]
                while heap and heap[0][0] == value:
                    chosen.append(heapq.heappop(heap)[1])
        return chosen

    def undominated(self, lowest, epsilon):
        """Rectangles that are better than every larger one, the smallest of them only if promising, taken out."""
        front: list[tuple[float, float, int]] = []
        for total in sorted(n for n, heap in self.by_size.items() if heap):
            value = self.by_size[total][0][0]
            if not front or value < front[-1][1]:
                front.append((self._half_diagonal(total), value, total))
        size, value, _ = smallest = front[-1]
        slope = min((_slope(larger, smallest) for larger in front[:-1]), default=math.inf)
        if value - slope * size > lowest - epsilon * abs(lowest):
            front.pop()
        chosen = []
        for _, value, total in front:
            heap = self.by_size[total]
            while heap and heap[0][0] == value:
                chosen.append(heapq.heappop(heap)[1])
        return chosen

    def divide(self, rectangle):
        """Cut a rectangle in three along its longest sides, so that the lowest values get the largest parts."""
        centre, divisions = self.centres[rectangle], self.divisions[rectangle]
        longest = np.flatnonzero(divisions == divisions.min())
        steps = 3.0 ** -(divisions.min() + 1) * np.eye(self.dimension)[longest]
        centres = np.concatenate([centre + steps, centre - steps])
        values = self.evaluate(centres)
        order = np.argsort(np.minimum(*values.reshape(2, -1)), kind="stable")
        parts = []
        for side in longest[order]:
            divisions = divisions.copy()
            divisions[side] += 1
            parts.append(divisions)
        order = np.concatenate([order, order + len(longest)])
        self.divisions[rectangle] = divisions
        self._sort_in(rectangle)
        return self.add(centres[order], parts + parts, values[order])


def _slope(larger, smaller):
    """Slope between two points (size, value)."""
    return (larger[1] - smaller[1]) / (larger[0] - smaller[0])
