"""The linear relaxation of a small problem, step by step: the prices of the budget and of each limit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tenuto.plan.candidates import Codes, Floats, Ints

Step = tuple[float, int, int]
"""(efficiency, bytes, pool)."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Column i is recording i, row c the tier with code c; row 0 is "not held"."""

    cost: Ints
    gain: Floats
    allowed: NDArray[np.bool_]
    pool: Codes
    budget: int
    limits: Sequence[int] = ()


def prices(problem: Problem) -> tuple[float, tuple[float, ...]]:
    """What a byte of the budget is worth, and what a byte of each limit is worth beyond that."""
    cost, gain, allowed, pool = problem.cost, problem.gain, problem.allowed, problem.pool
    budget, limits = problem.budget, problem.limits
    found: list[Step] = []
    spent = [0] * (len(limits) + 1)
    for column in range(cost.shape[1]):
        rows = np.flatnonzero(allowed[:, column])
        points = sorted(zip(cost[rows, column].tolist(), gain[rows, column].tolist(), strict=True))
        if points:
            spent[pool[column]] += points[0][0]
            found += [(rise, size, int(pool[column])) for rise, size in _hull(points)]
    found.sort(reverse=True)
    own = [
        _marginal([step for step in found if step[2] == place], limit - spent[place])
        for place, limit in enumerate(limits, 1)
    ]
    within = [step for step in found if step[2] == 0 or step[0] > own[step[2] - 1]]
    # What a limit cuts is bought in part: the price is right whether or not that part is counted.
    price = _marginal(within, budget - sum(spent))
    return price, tuple(max(0.0, each - price) for each in own)


def _hull(points: list[tuple[int, float]]) -> Iterator[tuple[float, int]]:
    """(efficiency, bytes) of the steps of the upper hull of (bytes, gain), from the smallest on."""
    hull: list[tuple[int, float]] = []
    for size, gain in points:
        if hull and (gain <= hull[-1][1]):
            continue
        if hull and size == hull[-1][0]:
            hull.pop()
        while len(hull) > 1 and _slope(hull[-2], (size, gain)) >= _slope(hull[-2], hull[-1]):
            hull.pop()
        hull.append((size, gain))
    return ((_slope(before, after), after[0] - before[0]) for before, after in pairwise(hull))


def _slope(one: tuple[int, float], other: tuple[int, float]) -> float:
    return (other[1] - one[1]) / (other[0] - one[0])


def _marginal(found: Sequence[Step], budget: int) -> float:
    """The efficiency of the step in which the budget runs out; 0 where all are paid."""
    for rise, size, _ in found:
        budget -= size
        if budget < 0:
            return rise
    return 0.0
