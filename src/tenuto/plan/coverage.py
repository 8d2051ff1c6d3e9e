"""Coverage of listens against bytes, with its sampling error (docs/plan.md, Error bands)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tenuto.model.plan import CurvePoint
from tenuto.plan.candidates import Floats
from tenuto.plan.decide import decide
from tenuto.plan.tableau import Tableau

_Z: Final = 1.959964
"""Of the normal law, for intervals of 95 %."""
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Coverage:
    """`listens` of `total`; the share lies between `low` and `high` with 95 %."""

    listens: float
    total: float
    low: float
    high: float

    @property
    def share(self) -> float:
        return min(self.listens / self.total, 1.0) if self.total else 0.0


def coverage(listens: float, variance: float, total: float, total_variance: float) -> Coverage:
    """Of what is held (`listens`, `variance`) and of everything.

    With H held and N not held, independent gamma variables, H / (H + N) has the mean c and about the variance
    ((1 - c)^2 V(H) + c^2 V(N)) / (H + N)^2; the interval is that of a beta variable of this mean and
    variance, on the scale of logits.
    """
    share = min(listens / total, 1.0) if total > 0 else 0.0
    other = max(total_variance - variance, 0.0)
    spread = math.sqrt((1 - share) ** 2 * variance + share**2 * other) / total if total > 0 else 0.0
    if not 0 < share < 1 or not spread:
        return Coverage(listens, total, share, share)
    middle, width = math.log(share / (1 - share)), _Z * spread / (share * (1 - share))
    low, high = (1 / (1 + math.exp(-end)) for end in (middle - width, middle + width))
    return Coverage(listens, total, low, high)


def curve(tableau: Tableau, limits: Sequence[int] = (), points: int = 200) -> tuple[CurvePoint, ...]:
    """From nothing held to everything held at its best tier, at most `points` points.

    Half of them lie evenly in listens, half evenly in the logarithm of bytes.
    """
    if points < 2:
        raise ValueError("a curve has two points at least")
    order = np.argsort(-tableau.bucket, kind="stable")
    cost, listens = (np.cumsum(tableau.column(name)[order]) for name in ("cost", "listens"))
    if not len(cost):
        return (CurvePoint(0, 0, 0.0, 0.0, 0.0, 0.0),)
    found = {0: CurvePoint(0, 0, 0.0, 0.0, 0.0, 0.0)}
    for place in _spread(cost, listens, points - 1):
        decision = decide(tableau, int(cost[place]), limits)
        covered = coverage(
            decision.sum("listens"), decision.sum("variance"), tableau.totals.listens, tableau.variance
        )
        point = CurvePoint(
            round(decision.sum("cost")),
            round(decision.sum("recordings")),
            decision.sum("listens"),
            decision.sum("loss"),
            covered.low,
            covered.high,
        )
        found[point.bytes] = point
    return tuple(found[size] for size in sorted(found))


def budget_for(tableau: Tableau, share: float, limits: Sequence[int] = ()) -> int | None:
    """The bytes with which the best plan covers this share of all listens; None where no plan does."""
    low, high = 0, int(tableau.column("cost").sum())
    wanted, most = share * tableau.totals.listens, decide(tableau, high, limits).sum("listens")
    if most < wanted * (1 - _ROUNDING):
        return None
    wanted = min(wanted, most)
    while low < high:
        middle = (low + high) // 2
        if decide(tableau, middle, limits).sum("listens") >= wanted:
            high = middle
        else:
            low = middle + 1
    return high


def _spread(cost: Floats, listens: Floats, points: int) -> list[int]:
    """Indices of at most `points` rows, the last always among them."""
    if len(cost) <= points:
        return list(range(len(cost)))
    by_listens = points // 2
    by_bytes = points - 1 - by_listens
    even = np.linspace(0, listens[-1], by_listens, endpoint=False)
    logarithmic = np.geomspace(max(cost[0], 1), cost[-1], max(by_bytes, 1), endpoint=False)[:by_bytes]
    places = {*np.searchsorted(listens, even).tolist(), *np.searchsorted(cost, logarithmic).tolist()}
    return sorted({*(place for place in places if place < len(cost)), len(cost) - 1})
