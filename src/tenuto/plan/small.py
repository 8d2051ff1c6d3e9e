"""Plans of few recordings, solved exactly."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from tenuto.plan.candidates import CandidateBatch, Codes, Objective, Totals
from tenuto.plan.exact import exact
from tenuto.plan.relaxation import Problem

SMALL: Final = 5_000
"""Recordings up to which the exact optimum is looked for."""


def solve_small(
    batch: CandidateBatch, objective: Objective, totals: Totals, budget: int, limits: Sequence[int] = ()
) -> Codes | None:
    """The tier codes of a best plan; None where what must be held doesn't fit, or the search gave up."""
    if len(batch) > SMALL:
        return None
    sizes, worth = objective.offered(batch), objective.worth(batch, totals)
    there = sizes > 0
    problem = Problem(
        cost=np.vstack((np.zeros_like(sizes[:1]), sizes)),
        gain=np.vstack((np.zeros_like(worth[:1]), np.where(there, worth, 0.0))),
        allowed=np.vstack((~(batch.must & there.any(axis=0))[None], there)),
        pool=batch.pool,
        budget=budget,
        limits=tuple(limits),
    )
    return exact(problem)
