"""The coverage curve: how far each byte reaches, from the same buckets as the plan."""

import numpy as np

from tenuto.model.plan import CurvePoint
from tenuto.plan.buckets import COARSE_BUCKETS, Histogram, survey
from tenuto.plan.candidates import Batches, Floats, Ints, Utility


def curve(batches: Batches, points: int = 200, utility: Utility | None = None) -> tuple[CurvePoint, ...]:
    """At most `points` points from nothing held to everything held at its best tier.

    Bytes, recordings and listens all ascend. Each point stands at a bucket's border, where it is the linear
    relaxation's optimum for exactly its bytes. Half of the points lie evenly in listens, half evenly in the
    logarithm of bytes. Recordings without listens come last; upgrades add bytes and no recordings.
    """
    if points < 2:
        raise ValueError("a curve has two points at least")
    held = Histogram(COARSE_BUCKETS)
    both = survey(batches, utility or Utility(), held=held)
    used = both.used()
    cost = np.cumsum(both.cost[used])
    recordings = np.cumsum(held.count[used])
    listens = np.cumsum(held.gain[0, used])
    chosen = _spread(cost, listens, points - 1)
    start = CurvePoint(0, 0, 0.0)
    rest = (CurvePoint(int(cost[at]), int(recordings[at]), float(listens[at])) for at in chosen)
    return (start, *rest)


def _spread(cost: Ints, listens: Floats, points: int) -> list[int]:
    """Indices of at most `points` buckets, the last always among them."""
    if len(cost) <= points:
        return list(range(len(cost)))
    by_listens = points // 2
    by_bytes = points - 1 - by_listens
    even = np.linspace(0, listens[-1], by_listens, endpoint=False)
    logarithmic = np.geomspace(cost[0], cost[-1], max(by_bytes, 1), endpoint=False)[:by_bytes]
    places = {*np.searchsorted(listens, even).tolist(), *np.searchsorted(cost, logarithmic).tolist()}
    return sorted({*places, len(cost) - 1})
