"""The plan: one multiplier for all recordings, then what is left of the budget, step by step."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.model.plan import Tier
from tenuto.plan.buckets import FINE_BITS, FINE_SHIFT, refine, survey
from tenuto.plan.candidates import METADATA_CODE, TIERS, Batches, CandidateBatch, Utility, steps
from tenuto.plan.fill import Cut, Extras, bought, fill

_EVERYTHING: Final = Cut(-1, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A plan. `listens_covered` counts the listens of recordings held at either tier, unweighted.

    `utility` <= optimum <= `upper_bound`, which is the linear relaxation's value; the gap between them is at
    most the gain of one step (docs/plan.md, Guarantee).
    """

    budget_bytes: int
    bytes: int
    by_tier: dict[Tier, int]
    bytes_by_tier: dict[Tier, int]
    listens_covered: float
    listens_total: float
    utility: float
    upper_bound: float
    _cut: Cut = field(repr=False)
    _extras: Extras = field(repr=False)
    _utility: Utility = field(repr=False)

    @property
    def gap(self) -> float:
        """(upper_bound - utility) / upper_bound; 0 for an empty problem."""
        return (self.upper_bound - self.utility) / self.upper_bound if self.upper_bound else 0.0

    def tiers(self, batch: CandidateBatch) -> NDArray[np.int8]:
        """The planned tier of each recording of a batch, as an index into `TIERS`."""
        return _tiers(batch, self._utility, self._cut, self._extras)


def solve(batches: Batches, budget_bytes: int, utility: Utility | None = None) -> Solution:
    """Which tier for which recording, for the most utility within the budget.

    `batches` is called up to five times and must give the same each time. Memory doesn't depend on the
    number of candidates. `ValueError` for a negative budget.
    """
    if budget_bytes < 0:
        raise ValueError(f"the budget is {budget_bytes} bytes; it can't be negative")
    utility = utility or Utility()
    coarse = survey(batches, utility)
    marginal = coarse.marginal(budget_bytes)
    spent, bound = coarse.above(marginal)
    if marginal < 0:
        return _count(batches, budget_bytes, bound, (utility, _EVERYTHING, Extras()))
    fine = refine(batches, utility, marginal)
    inner = fine.marginal(budget_bytes - spent)
    more_spent, more_gained = fine.above(inner)
    left = budget_bytes - spent - more_spent
    bound += more_gained + left * _best_efficiency(
        float(fine.gain[:, inner].sum()), (marginal << FINE_BITS) + inner
    )
    cut, extras = fill(batches, utility, (marginal << FINE_BITS) + inner, left)
    return _count(batches, budget_bytes, bound, (utility, cut, extras))


def _best_efficiency(gain: float, group: int) -> float:
    """An upper bound of gain per byte in a group; 0 where nobody listens."""
    if not gain:
        return 0.0
    edge = np.array([(group + 1) << FINE_SHIFT], dtype=np.int64)
    return float(edge.view(np.float64)[0])


def _tiers(batch: CandidateBatch, utility: Utility, cut: Cut, extras: Extras) -> NDArray[np.int8]:
    codes = np.full(len(batch), METADATA_CODE, dtype=np.int8)
    for number, step in enumerate(steps(batch, utility)):
        taken = bought(batch, step, number, cut)
        codes[taken] = step.tier[taken]
    return extras.apply(batch.rank, codes)


def _count(batches: Batches, budget: int, bound: float, plan: tuple[Utility, Cut, Extras]) -> Solution:
    """Totals, from the assignment itself: what is printed is what is planned."""
    utility, cut, extras = plan
    counts, sizes = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)
    covered = total = gained = 0.0
    worth = np.array([0.0, utility.access, utility.original])
    for batch in batches():
        codes = _tiers(batch, utility, cut, extras)
        counts += np.bincount(codes, minlength=3)
        offered = np.stack((np.zeros_like(batch.rank), batch.access_bytes, batch.original_bytes))
        np.add.at(sizes, codes, offered[codes, np.arange(len(batch))])
        covered = _running_sum(covered, np.where(codes > 0, batch.listens, 0.0))
        total = _running_sum(total, batch.listens)
        gained = _running_sum(gained, worth[codes] * batch.listens)
    return Solution(
        budget_bytes=budget,
        bytes=int(sizes.sum()),
        by_tier=dict(zip(TIERS, map(int, counts), strict=True)),
        bytes_by_tier=dict(zip(TIERS, map(int, sizes), strict=True)),
        listens_covered=covered,
        listens_total=total,
        utility=gained,
        upper_bound=max(bound, gained),
        _cut=cut,
        _extras=extras,
        _utility=utility,
    )


def _running_sum(carry: float, values: NDArray[np.float64]) -> float:
    """Strictly from left to right, so that the sum doesn't depend on how the candidates are batched."""
    return float(np.cumsum(np.concatenate(([carry], values)))[-1])
