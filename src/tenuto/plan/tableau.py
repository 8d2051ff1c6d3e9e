"""All steps added up in buckets of efficiency: what every budget comes to, without a recording in memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.plan.candidates import HELD, Floats, Ints, Totals
from tenuto.plan.steps import MUST, StepBatch

SUMS: Final = ("cost", "gain", "loss", "recordings", "listens", "variance")
"""Of the steps of a bucket; recordings, listens and their variance are those of first steps."""
COLUMNS: Final = (*SUMS, *(str(tier) for tier in HELD))
"""And how many recordings more are then held at each tier: fewer where they go on to a higher one."""


@dataclass(frozen=True, slots=True, eq=False)
class Tableau:
    """One row a pool and bucket that has steps, by pool, most efficient bucket first."""

    totals: Totals
    loss: float
    """The sum of all chances of loss."""
    variance: float
    """Of the sum of all listens."""
    pool: Ints
    bucket: Ints
    sums: Floats
    """(rows, columns of `COLUMNS`). Sums of bytes and counts are exact up to 2^53."""

    def column(self, name: str) -> Floats:
        found: Floats = self.sums[:, COLUMNS.index(name)]
        return found

    def of_pools(self, pools: Ints) -> "Tableau":
        """The rows of some pools."""
        rows = np.isin(self.pool, pools)
        return Tableau(
            self.totals, self.loss, self.variance, self.pool[rows], self.bucket[rows], self.sums[rows]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A batch's contribution: the buckets from `low` on."""

    low: int
    sums: Floats
    """(pools, columns, buckets)."""
    loss: float
    variance: float


def part(batch: StepBatch, pools: int) -> Part:
    """Adds up one batch, for the pools 0 to `pools` - 1."""
    there = batch.bucket >= 0
    if not there.any():
        return Part(0, np.zeros((pools, len(COLUMNS), 0)), float(batch.batch.loss.sum()), _variance(batch))
    low = int(batch.bucket[there].min())
    width = int(batch.bucket.max()) + 1 - low
    sums = np.zeros((pools, len(COLUMNS), width))
    before = np.zeros(len(batch.batch), dtype=np.int8)
    for row in range(len(batch.bucket)):
        at = np.flatnonzero(there[row])
        if not len(at):
            break
        place = (batch.bucket[row, at] - low).astype(np.int64) + batch.batch.pool[at] * np.int64(width)
        _add(sums, batch, row, at, place)
        _move(sums, place, before[at], batch.tier[row, at])
        before[at] = batch.tier[row, at]
    return Part(low, sums, float(batch.batch.loss.sum()), _variance(batch))


def gathered(parts: Iterable[Part], totals: Totals, pools: int) -> Tableau:
    """The sum of all parts, in their order."""
    sums = np.zeros((pools, len(COLUMNS), MUST + 1))
    loss = variance = 0.0
    for each in parts:
        sums[:, :, each.low : each.low + each.sums.shape[2]] += each.sums
        loss, variance = loss + each.loss, variance + each.variance
    pool, bucket = np.nonzero(sums[:, COLUMNS.index("cost")] > 0)
    order = np.lexsort((-bucket, pool))
    pool, bucket = pool[order], bucket[order]
    return Tableau(totals, loss, variance, pool, bucket, sums[pool, :, bucket])


def _variance(batch: StepBatch) -> float:
    return float(batch.batch.variance.sum())


def _add(sums: Floats, batch: StepBatch, row: int, at: Ints, place: NDArray[np.int64]) -> None:
    pools, _, width = sums.shape
    columns = {"cost": batch.cost[row, at], "gain": batch.gain[row, at], "loss": batch.loss[row, at]}
    if row == 0:
        columns |= {
            "recordings": None,
            "listens": batch.batch.listens[at],
            "variance": batch.batch.variance[at],
        }
    for name, values in columns.items():
        found = np.bincount(place, values, pools * width)
        sums[:, COLUMNS.index(name)] += found.reshape(pools, width)


def _move(sums: Floats, place: NDArray[np.int64], before: NDArray[np.int8], after: NDArray[np.int8]) -> None:
    """One recording more at the tier reached, one less at the tier left."""
    pools, _, width = sums.shape
    for sign, codes in ((1, after), (-1, before)):
        for code in np.unique(codes[codes > 0]).tolist():
            found = np.bincount(place[codes == code], minlength=pools * width)
            sums[:, len(SUMS) + code - 1] += sign * found.reshape(pools, width)
