"""A decision applied to recordings, batch by batch, and what a plan comes to."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.model.plan import TIER_CODES
from tenuto.plan.candidates import CandidateBatch, Codes, Floats, Ints, Objective, Totals
from tenuto.plan.decide import Decision
from tenuto.plan.steps import AT_ONCE, StepBatch, best_rows, edge, steps

_ROUNDING: Final = 1e-9
"""Wider than any rounding, narrower than a bucket."""


def _zeros() -> Ints:
    return np.zeros(len(TIER_CODES), dtype=np.int64)


@dataclass(slots=True, eq=False)
class Tally:
    """What a plan comes to, counted from the tiers themselves. Places are tier codes."""

    objective: Objective
    totals: Totals
    recordings: Ints = field(default_factory=_zeros)
    bytes: Ints = field(default_factory=_zeros)
    listens: float = 0.0
    """Of what is held; `loss` and `worth` likewise."""
    loss: float = 0.0
    """Chances of loss that holding takes away, by quality."""
    worth: float = 0.0

    def add(self, batch: CandidateBatch, codes: Codes) -> None:
        """One batch with its tiers."""
        held = np.flatnonzero(codes)
        at = codes[held]
        sizes = batch.sizes[at - 1, held]
        self.recordings += np.bincount(codes, minlength=len(TIER_CODES))
        for code in range(1, len(TIER_CODES)):
            self.bytes[code] += int(sizes[at == code].sum())
        self.listens += float(batch.listens[held].sum())
        self.loss += float((np.array([0.0, *self.objective.quality])[at] * batch.loss[held]).sum())
        self.worth += float(self.objective.worth_at(batch, codes, self.totals).sum())


class Filler:
    """Gives each batch its tiers. Batches MUST come in order: the last bucket is bought by number.

    A recording's best tier at a price a byte is the one with the most worth left after paying. Only where the
    best tiers at both ends of the last bucket differ does it matter which of the steps were paid.
    """

    def __init__(self, decision: Decision, objective: Objective, totals: Totals) -> None:
        self._cuts, self._objective, self._totals = decision.cuts, objective, totals
        self._left = [cut.left for cut in decision.cuts]
        self._of_pool = np.array(decision.of_pool)
        self._low = np.array([edge(cut.bucket) for cut in decision.cuts]) * (1 - _ROUNDING)
        self._high = np.array([edge(cut.bucket + 1) for cut in decision.cuts]) * (1 + _ROUNDING)

    def prepared(self, batch: CandidateBatch) -> "Prepared":
        """What doesn't depend on the batches before; may be done by another thread."""
        sizes = self._objective.offered(batch)
        worth = self._objective.worth(batch, self._totals)
        cut = self._of_pool[batch.pool]
        codes, other = (_best_at(price[cut], sizes, worth, batch.must) for price in (self._high, self._low))
        near = np.flatnonzero(codes != other)
        return Prepared(batch, codes, near, steps(batch.taken(near), self._objective, self._totals))

    def tiers(self, prepared: "Prepared") -> Codes:
        """Tier codes, one a recording."""
        near = prepared.steps
        cut = self._of_pool[near.batch.pool]
        bought = (near.bucket > np.array([each.bucket for each in self._cuts])[cut]) & (near.bucket >= 0)
        for place in range(len(self._cuts)):
            self._spend(near, bought, place, cut == place)
        number = bought.sum(axis=0)
        last = near.tier[np.maximum(number - 1, 0), np.arange(len(number))]
        codes = prepared.codes.copy()
        codes[prepared.near] = np.where(number > 0, last, 0)
        return codes

    def _spend(
        self, batch: StepBatch, bought: NDArray[np.bool_], place: int, ours: NDArray[np.bool_]
    ) -> None:
        """The steps of the last bucket, recording by recording, until one doesn't fit."""
        here = (batch.bucket == self._cuts[place].bucket) & ours & (batch.bucket >= 0)
        if not self._left[place] or not here.any():
            return
        recording, step = np.nonzero(here.T)
        spent = np.cumsum(batch.cost[step, recording])
        fitting = int(np.searchsorted(spent, self._left[place], side="right"))
        bought[step[:fitting], recording[:fitting]] = True
        self._left[place] = self._left[place] - int(spent[-1]) if fitting == len(spent) else 0


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A batch with its tiers at the price, and those of its recordings that the last bytes decide."""

    batch: CandidateBatch
    codes: Codes
    near: Ints
    steps: StepBatch


def _best_at(price: Floats, sizes: Ints, worth: Floats, must: NDArray[np.bool_]) -> Codes:
    """The tier with the most worth less its size's price; of equals the lowest."""
    codes = np.empty(sizes.shape[1], dtype=np.int8)
    for start in range(0, len(codes), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        net = np.where(sizes[:, part] > 0, worth[:, part] - price[part] * sizes[:, part], -np.inf)
        best, most = best_rows(net)
        held = (most > 0) | (must[part] & (most > -np.inf))
        codes[part] = np.where(held, best + 1, 0)
    return codes
