"""Coverage of listens against bytes, with its sampling error (docs/plan.md, Error bands)."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from tenuto.model.plan import GROUPS, CurvePoint
from tenuto.plan.candidates import Floats
from tenuto.plan.decide import Decision, decide
from tenuto.plan.tableau import Tableau

_Z: Final = 1.959964
"""Of the normal law, for intervals of 95 %."""
_ROUNDING: Final = 1e-12
_HALF: Final = 0.5


def interval(decision: Decision, tableau: Tableau) -> tuple[float, float]:
    """Between these the share of listens that a plan covers lies with 95 %; (0, 1) where nothing was sampled.

    A listen counts where its recording would be held without it, so that the share is estimated without a
    prior, and without the luck of what was chosen (docs/plan.md, Error bands). The lesser of the two, what is
    held and what isn't, is taken for a gamma variable, half a listen added.
    """
    whole = tableau.counted
    if whole <= 0:
        return 0.0, 1.0
    share = min(max(decision.sum("counted") / whole, 0.0), 1.0)
    held, edge = decision.sum("squares"), max(decision.sum("edge"), 0.0)
    variance = (1 - share) ** 2 * held + share**2 * max(tableau.squares - held, 0.0) + edge
    lesser = min(share, 1 - share) * whole + _HALF
    low, high = (min(end / whole, 1.0) for end in _gamma(lesser, max(variance, 0.0) + _HALF))
    return (low, high) if share < _HALF else (1 - high, 1 - low)


def _gamma(mean: float, variance: float) -> tuple[float, float]:
    """Where a gamma variable lies with 95 % (Wilson and Hilferty 1931)."""
    shape = mean * mean / variance
    spread, middle = _Z / (3 * math.sqrt(shape)), 1 - 1 / (9 * shape)
    return mean * max(0.0, middle - spread) ** 3, mean * max(0.0, middle + spread) ** 3


def curve(tableau: Tableau, limits: Sequence[int] = (), points: int = 200) -> tuple[CurvePoint, ...]:
    """From nothing held to everything held at its best tier, at most `points` points.

    Half of them lie evenly in listens, half evenly in the logarithm of bytes.
    """
    if points < 2:
        raise ValueError("a curve has two points at least")
    nothing = CurvePoint(0, 0, 0.0, 0.0, 0.0, 0.0)
    order = np.argsort(-tableau.bucket, kind="stable")
    cost, listens = (np.cumsum(tableau.column(name)[order]) for name in ("cost", "listens"))
    if not len(cost):
        return (nothing,)
    found = {0: nothing}
    for place in _spread(cost, listens, points - 1):
        decision = decide(tableau, int(cost[place]), limits)
        low, high = interval(decision, tableau)
        point = CurvePoint(
            round(decision.sum("cost")),
            round(decision.sum("recordings")),
            decision.sum("listens"),
            decision.sum("loss"),
            low,
            high,
            *(round(decision.sum(name)) for name in GROUPS),
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
