"""Histograms over efficiency: what makes a plan of any size fit into memory.

The leading bits of a double are its exponent and the head of its mantissa, so cutting a key's tail off gives
logarithmic buckets without a logarithm, equal on every machine.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.plan.candidates import Batches, Floats, Ints, Steps, Utility, steps

FINE_BITS: Final = 21
COARSE_SHIFT: Final = 42
"""Coarse buckets keep 10 bits of mantissa (relative width at most 2^-10), fine ones 31 bits."""
FINE_SHIFT: Final = COARSE_SHIFT - FINE_BITS
_COARSE_BUCKETS: Final = 1 << (63 - COARSE_SHIFT)


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Sums over all steps, by bucket of ascending efficiency. Empty buckets are kept: index = bucket."""

    cost: Ints
    gain: Floats
    count: Ints

    @classmethod
    def empty(cls, buckets: int) -> "Histogram":
        zeros = np.zeros(buckets, dtype=np.int64)
        return cls(zeros, np.zeros(buckets), zeros.copy())

    def add(self, buckets: Ints, cost: Ints, gain: Floats) -> None:
        """In element order, so that sums don't depend on how the candidates are batched."""
        np.add.at(self.cost, buckets, cost)
        np.add.at(self.gain, buckets, gain)
        np.add.at(self.count, buckets, 1)

    def marginal(self, budget: int) -> int:
        """The bucket in which the budget runs out, buying from the top; -1 when it buys everything."""
        bought = np.cumsum(self.cost[::-1])
        place = int(np.searchsorted(bought, budget, side="right"))
        return len(self.cost) - 1 - place

    def above(self, bucket: int) -> tuple[int, float]:
        """Cost in bytes and gain of everything above a bucket."""
        return int(self.cost[bucket + 1 :].sum()), float(self.gain[bucket + 1 :].sum())


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """One reading of all candidates.

    `both` counts all steps. `held` counts first steps only, with plain listens as gain, as coverage does.
    """

    both: Histogram = field(default_factory=lambda: Histogram.empty(_COARSE_BUCKETS))
    held: Histogram = field(default_factory=lambda: Histogram.empty(_COARSE_BUCKETS))


def survey(batches: Batches, utility: Utility) -> Survey:
    """The coarse histogram of all steps."""
    result = Survey()
    for batch in batches():
        first, second = steps(batch, utility)
        for step in (first, second):
            exist = step.exist
            result.both.add(step.key[exist] >> COARSE_SHIFT, step.cost[exist], step.gain[exist])
        exist = first.exist
        result.held.add(first.key[exist] >> COARSE_SHIFT, first.cost[exist], batch.listens[exist])
    return result


def refine(batches: Batches, utility: Utility, coarse: int) -> Histogram:
    """The fine histogram within one coarse bucket."""
    result = Histogram.empty(1 << FINE_BITS)
    for batch in batches():
        for step in steps(batch, utility):
            inside = (step.key >> COARSE_SHIFT) == coarse
            fine = (step.key[inside] >> FINE_SHIFT) & ((1 << FINE_BITS) - 1)
            result.add(fine, step.cost[inside], step.gain[inside])
    return result


def groups(step: Steps) -> NDArray[np.int64]:
    """Each step's fine bucket, counted over all coarse ones. Within a group, steps count as equal."""
    return step.key >> FINE_SHIFT
