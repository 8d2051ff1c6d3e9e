"""Why one recording is held at its tier, and what would bring it in (docs/plan.md, Why)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tenuto.model.plan import TIER_CODES, Tier
from tenuto.plan.candidates import CandidateBatch, Objective, Totals
from tenuto.plan.decide import limit_ends
from tenuto.plan.steps import steps
from tenuto.plan.tableau import Tableau


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a recording: to hold it at `tier` costs `bytes` more and brings `gain` of the objective."""

    tier: Tier
    bytes: int
    gain: float
    budget: int | None
    """The least budget at which the best plan takes the step; None where a limit forbids it at any."""

    @property
    def efficiency(self) -> float:
        """Gain a terabyte: what steps are bought by."""
        return self.gain / self.bytes * 1e12


def explain(
    batch: CandidateBatch, objective: Objective, totals: Totals, tableau: Tableau, limits: Sequence[int] = ()
) -> tuple[Reason, ...]:
    """The steps of the only recording of a batch, most efficient first."""
    found = steps(batch, objective, totals)
    rows = np.flatnonzero(found.tier[:, 0]).tolist()
    return tuple(
        Reason(
            TIER_CODES[found.tier[row, 0]],
            int(found.cost[row, 0]),
            float(found.gain[row, 0]),
            _entry(tableau, int(found.bucket[row, 0]), int(batch.pool[0]), limits),
        )
        for row in rows
    )


def _entry(tableau: Tableau, bucket: int, pool: int, limits: Sequence[int]) -> int | None:
    """The budget that reaches the end of a bucket."""
    if pool:
        own = tableau.of_pools(np.array([pool]))
        if own.column("cost")[own.bucket >= bucket].sum() > limits[pool - 1]:
            return None
    within = (tableau.bucket >= bucket) & (tableau.bucket > limit_ends(tableau, limits)[tableau.pool])
    return int(tableau.column("cost")[within].sum())
