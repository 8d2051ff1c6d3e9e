"""Candidates for holding, and what it is worth to hold them (docs/plan.md, The objective)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.model.plan import TIER_CODES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Codes = NDArray[np.int8]

HELD: Final = TIER_CODES[1:]
"""Row r of an array with four rows is about the tier with the code r + 1."""

LEAST_SHARE: Final = 1e-9
"""Of the objective: neither listens nor rarity ever counts for nothing, so that there are no ties at zero."""


@dataclass(frozen=True, slots=True, eq=False)
class CandidateBatch:
    """Recordings by ascending number, one array element each.

    `listens`, `counted` and `squares` are finite and not negative, `loss` is a chance. `sizes` has a row a
    tier of `HELD`, in bytes; below 1: not to be had.
    """

    number: Ints
    listens: Floats
    counted: Floats
    """What was counted: a sample, of which `listens` is the estimate."""
    squares: Floats
    """The sampling variance of `counted`: itself, where each listen stands for itself."""
    loss: Floats
    """The chance that all other copies are lost within the horizon."""
    sizes: Ints
    pool: Codes
    """Which of the limits its bytes count in; 0: none."""
    must: NDArray[np.bool_]
    """Held in any case, at whatever tier."""
    before: Codes
    """The code of its tier in the plan before."""

    def __post_init__(self) -> None:
        columns = (self.listens, self.counted, self.squares, self.loss, self.pool, self.must, self.before)
        if {len(column) for column in columns} != {len(self.number)} or self.sizes.shape != (4, len(self)):
            raise ValueError("the arrays of a candidate batch differ in length")
        for values in (self.listens, self.counted, self.squares):
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise ValueError("listens are not finite, or negative: repair the catalogue's popularity")

    def __len__(self) -> int:
        return len(self.number)

    def taken(self, at: Ints) -> "CandidateBatch":
        """Some of the recordings."""
        return CandidateBatch(
            *(self.number[at], self.listens[at], self.counted[at], self.squares[at], self.loss[at]),
            *(self.sizes[:, at], self.pool[at], self.must[at], self.before[at]),
        )


@dataclass(frozen=True, slots=True)
class Objective:
    """What a plan has the most of: a mix of two shares, each between 0 and 1.

    (1 - rarity) of the listens served and `rarity` of the recordings saved from loss, both by quality: one
    figure a tier of `HELD`, rising to 1.
    """

    rarity: float
    quality: tuple[float, float, float, float]
    floor: int = 0
    """Row of `HELD`: recordings that are likely lost elsewhere aren't held below it."""
    floor_from: float = 0.5
    """The chance of loss from which on `floor` counts."""
    steadiness: float = 0.0
    """How much more a recording counts at the tier that it has in the plan before."""

    def __post_init__(self) -> None:
        if not 0 <= self.rarity <= 1:
            raise ValueError("the weight of rarity lies between 0 and 1")
        if sorted(self.quality) != list(self.quality) or self.quality[0] <= 0 or self.quality[-1] > 1:
            raise ValueError("quality rises with the tier, above 0 and up to 1")

    def offered(self, batch: CandidateBatch) -> Ints:
        """Sizes, with 0 where a tier isn't to be had or is beneath the floor."""
        sizes = np.maximum(batch.sizes, 0)
        rare = batch.loss >= self.floor_from
        above = (sizes[self.floor :] > 0).any(axis=0)
        sizes[: self.floor, rare & above] = 0
        return sizes

    def worth(self, batch: CandidateBatch, totals: "Totals") -> Floats:
        """By tier and recording: its part of the objective."""
        found: Floats = np.outer(self.quality, self._at_best(batch.listens, batch.loss, totals))
        if self.steadiness and batch.before.any():
            had = np.flatnonzero(batch.before)
            found[batch.before[had] - 1, had] *= 1 + self.steadiness
        return found

    def worth_at(self, batch: CandidateBatch, codes: Codes, totals: "Totals") -> Floats:
        """By recording, at its tier."""
        bonus = np.where((codes > 0) & (codes == batch.before), 1 + self.steadiness, 1.0)
        return (
            np.array([0.0, *self.quality])[codes] * self._at_best(batch.listens, batch.loss, totals) * bonus
        )

    def share_with_one_listen_less(self, batch: CandidateBatch, totals: "Totals") -> Floats:
        """By recording: its worth had it been counted once less, over its worth.

        The estimate of *n* effective listens is in proportion to *n* + 1/2 (docs/listens.md).
        """
        none = np.zeros(len(batch))
        effective = np.divide(batch.counted**2, batch.squares, out=none, where=batch.squares > 0)
        less = np.maximum(effective - 0.5, 0) / (effective + 0.5)
        whole = self._at_best(batch.listens, batch.loss, totals)
        thinned = self._at_best(batch.listens * less, batch.loss, totals)
        return np.divide(thinned, whole, out=np.ones(len(batch)), where=whole > 0)

    def _at_best(self, listens: Floats, loss: Floats, totals: "Totals") -> Floats:
        rarity = min(max(self.rarity, LEAST_SHARE), 1 - LEAST_SHARE)
        heard = (1 - rarity) / totals.listens * listens if totals.listens else np.zeros(len(listens))
        found: Floats = heard + rarity / max(totals.recordings, 1) * loss
        return found


@dataclass(frozen=True, slots=True)
class Totals:
    """The denominators: of all recordings of the snapshot."""

    recordings: int
    listens: float
