"""All steps added up in buckets of efficiency: what every budget comes to, without a recording in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.model.plan import GROUPS
from tenuto.plan.candidates import HELD, Floats, Ints, Totals
from tenuto.plan.steps import MUST, StepBatch

SUMS: Final = ("cost", "gain", "loss", "recordings", "listens", "counted", "squares", "edge")
"""Of the steps of a bucket; recordings and listens are those of first steps. `counted` and `squares` stand in
the bucket in which a recording would be, had it been counted once less; added up down to a multiplier,
`edge` has the squared counts of recordings that are held, but then wouldn't be (docs/plan.md)."""
OF_STEPS: Final = (*SUMS, *(str(tier) for tier in HELD))
"""And how many recordings more are then held at each tier: fewer where they go on to a higher one."""
COLUMNS: Final = (*OF_STEPS, *GROUPS)
"""And how many groups more are covered; they stand in pool 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Tableau:
    """One row a pool and bucket that has steps, by pool, most efficient bucket first."""

    totals: Totals
    loss: float
    """The sum of all chances of loss."""
    counted: float
    """The sum of all that was counted; `squares` of its sampling variance."""
    squares: float
    pool: Ints
    bucket: Ints
    sums: Floats
    """(rows, columns of `COLUMNS`). Sums of bytes and counts are exact up to 2^53."""
    known: Mapping[str, int] = field(default_factory=dict)
    """Of each of `GROUPS`, how many there are."""

    def column(self, name: str) -> Floats:
        found: Floats = self.sums[:, COLUMNS.index(name)]
        return found

    def with_groups(self, by_bucket: Mapping[str, Ints], known: Mapping[str, int]) -> "Tableau":
        """With the groups that are covered from each bucket on, and how many there are."""
        others = self.pool > 0
        found = (self.bucket[~others], *map(np.flatnonzero, by_bucket.values()))
        buckets = np.unique(np.concatenate(found))[::-1]
        sums = np.zeros((len(buckets), len(COLUMNS)))
        sums[np.searchsorted(-buckets, -self.bucket[~others])] = self.sums[~others]
        for name, counts in by_bucket.items():
            sums[:, COLUMNS.index(name)] = counts[buckets]
        return replace(
            self,
            pool=np.concatenate((np.zeros(len(buckets), dtype=np.int64), self.pool[others])),
            bucket=np.concatenate((buckets, self.bucket[others])),
            sums=np.vstack((sums, self.sums[others])),
            known=known,
        )

    def of_pools(self, pools: Ints) -> "Tableau":
        """The rows of some pools."""
        rows = np.isin(self.pool, pools)
        return replace(self, pool=self.pool[rows], bucket=self.bucket[rows], sums=self.sums[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A batch's contribution: the buckets from `low` on."""

    low: int
    sums: Floats
    """(pools, columns of `OF_STEPS`, buckets)."""
    of_all: Floats
    """(loss, counted, squares) of all recordings, held or not."""


def part(batch: StepBatch, pools: int) -> Part:
    """Adds up one batch, for the pools 0 to `pools` - 1."""
    there = batch.bucket >= 0
    if not there.any():
        return Part(0, np.zeros((pools, len(OF_STEPS), 0)), _of_all(batch))
    low = int(min(batch.bucket[there].min(), batch.thinned[there[0]].min()))
    width = int(batch.bucket.max()) + 1 - low
    sums = np.zeros((pools, len(OF_STEPS), width))
    before = np.zeros(len(batch.batch), dtype=np.int8)
    for row in range(len(batch.bucket)):
        at = np.flatnonzero(there[row])
        if not len(at):
            break
        place = (batch.bucket[row, at] - low).astype(np.int64) + batch.batch.pool[at] * np.int64(width)
        _add(sums, batch, row, at, place)
        _move(sums, place, before[at], batch.tier[row, at])
        before[at] = batch.tier[row, at]
    _add_counts(sums, batch, low)
    return Part(low, sums, _of_all(batch))


def gathered(parts: Iterable[Part], totals: Totals, pools: int) -> Tableau:
    """The sum of all parts, in their order."""
    sums = np.zeros((pools, len(COLUMNS), MUST + 1))
    of_all = np.zeros(3)
    for each in parts:
        sums[:, : len(OF_STEPS), each.low : each.low + each.sums.shape[2]] += each.sums
        of_all += each.of_all
    pool, bucket = np.nonzero((sums != 0).any(axis=1))
    order = np.lexsort((-bucket, pool))
    pool, bucket = pool[order], bucket[order]
    loss, counted, squares = of_all.tolist()
    return Tableau(totals, loss, counted, squares, pool, bucket, sums[pool, :, bucket])


def _of_all(batch: StepBatch) -> Floats:
    found: Floats = np.array([batch.batch.loss.sum(), batch.batch.counted.sum(), batch.batch.squares.sum()])
    return found


def _add_counts(sums: Floats, batch: StepBatch, low: int) -> None:
    pools, _, width = sums.shape
    at = np.flatnonzero((batch.bucket[0] >= 0) & (batch.batch.counted > 0))
    offset = batch.batch.pool[at] * np.int64(width) - low
    before, after = batch.bucket[0, at] + offset, batch.thinned[at] + offset
    counted, squares = batch.batch.counted[at], batch.batch.squares[at]
    for name, place, values in (
        ("counted", after, counted),
        ("squares", after, squares),
        ("edge", before, counted**2),
        ("edge", after, -(counted**2)),
    ):
        sums[:, COLUMNS.index(name)] += np.bincount(place, values, pools * width).reshape(pools, width)


def _add(sums: Floats, batch: StepBatch, row: int, at: Ints, place: NDArray[np.int64]) -> None:
    pools, _, width = sums.shape
    columns = {"cost": batch.cost[row, at], "gain": batch.gain[row, at], "loss": batch.loss[row, at]}
    if row == 0:
        columns |= {"recordings": None, "listens": batch.batch.listens[at]}
    for name, values in columns.items():
        found = np.bincount(place, values, pools * width)
        sums[:, COLUMNS.index(name)] += found.reshape(pools, width)


def _move(sums: Floats, place: NDArray[np.int64], before: NDArray[np.int8], after: NDArray[np.int8]) -> None:
    """One recording more at the tier reached, one less at the tier left."""
    pools, _, width = sums.shape
    tiers = len(HELD)
    for sign, codes in ((1, after), (-1, before)):
        held = codes > 0
        each = place[held] + (codes[held] - np.int64(1)) * (pools * width)
        found = np.bincount(each, minlength=tiers * pools * width).reshape(tiers, pools, width)
        sums[:, len(SUMS) : len(SUMS) + tiers] += sign * found.transpose(1, 0, 2)
