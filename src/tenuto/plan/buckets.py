"""Histograms over efficiency: what makes a plan of any size fit into memory.

The leading bits of a double are its exponent and the head of its mantissa, so cutting a key's tail off gives
logarithmic buckets without a logarithm, equal on every machine.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.plan.candidates import Batches, Floats, Ints, Steps, Utility, steps

FINE_BITS: Final = 21
COARSE_SHIFT: Final = 42
"""Coarse buckets keep 10 bits of mantissa (relative width at most 2^-10), fine ones 31 bits."""
FINE_SHIFT: Final = COARSE_SHIFT - FINE_BITS
COARSE_BUCKETS: Final = 1 << (63 - COARSE_SHIFT)


class Histogram:
    """Sums over steps, by bucket of ascending efficiency; index = bucket. Gains of first and of second steps
    are summed apart, each in rank order, so that no sum depends on how the candidates are batched.

    Pages of memory that no step falls into are never touched: only the used range is looked at.
    """

    def __init__(self, buckets: int) -> None:
        self.cost: Ints = np.zeros(buckets, dtype=np.int64)
        self.gain: Floats = np.zeros((2, buckets))
        self.count: Ints = np.zeros(buckets, dtype=np.int64)
        self._low, self._high = buckets, 0

    def add(self, number: int, buckets: Ints, cost: Ints, gain: Floats) -> None:
        """Adds first (0) or second (1) steps, in element order."""
        if not len(buckets):
            return
        np.add.at(self.cost, buckets, cost)
        np.add.at(self.gain[number], buckets, gain)
        np.add.at(self.count, buckets, 1)
        self._low = min(self._low, int(buckets.min()))
        self._high = max(self._high, int(buckets.max()) + 1)

    def used(self) -> Ints:
        """Buckets that hold steps, most efficient first."""
        found: Ints = self._low + np.flatnonzero(self.count[self._low : self._high])
        return found[::-1]

    def marginal(self, budget: int) -> int:
        """The bucket in which the budget runs out, buying from the top; -1 when it buys everything."""
        used = self.used()
        place = int(np.searchsorted(np.cumsum(self.cost[used]), budget, side="right"))
        return int(used[place]) if place < len(used) else -1

    def above(self, bucket: int) -> tuple[int, float]:
        """Cost in bytes and gain of everything above a bucket."""
        start = max(bucket + 1, self._low)
        return int(self.cost[start : self._high].sum()), float(self.gain[:, start : self._high].sum())


def survey(batches: Batches, utility: Utility, *, held: Histogram | None = None) -> Histogram:
    """The coarse histogram of all steps.

    `held`, where given, is filled with first steps only, and plain listens as gain: what coverage counts.
    """
    result = Histogram(COARSE_BUCKETS)
    for batch in batches():
        pair = steps(batch, utility)
        for number, step in enumerate(pair):
            exist = step.exist
            result.add(number, step.key[exist] >> COARSE_SHIFT, step.cost[exist], step.gain[exist])
        if held is not None:
            exist = pair[0].exist
            held.add(0, pair[0].key[exist] >> COARSE_SHIFT, pair[0].cost[exist], batch.listens[exist])
    return result


def refine(batches: Batches, utility: Utility, coarse: int) -> Histogram:
    """The fine histogram within one coarse bucket."""
    result = Histogram(1 << FINE_BITS)
    for batch in batches():
        for number, step in enumerate(steps(batch, utility)):
            inside = (step.key >> COARSE_SHIFT) == coarse
            fine = (step.key[inside] >> FINE_SHIFT) & ((1 << FINE_BITS) - 1)
            result.add(number, fine, step.cost[inside], step.gain[inside])
    return result


def groups(step: Steps) -> NDArray[np.int64]:
    """Each step's fine bucket, counted over all coarse ones. Within a group, steps count as equal."""
    return step.key >> FINE_SHIFT
