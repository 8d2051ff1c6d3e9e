"""From a budget to one multiplier, with the bound of the linear relaxation (docs/plan.md, Method)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tenuto.model.errors import SpaceError
from tenuto.plan.candidates import Floats, Ints
from tenuto.plan.steps import MUST, edge
from tenuto.plan.tableau import COLUMNS, Tableau

EVERYTHING: Final = -1
"""The bucket of a cut that all steps are above."""


@dataclass(frozen=True, slots=True)
class Cut:
    """All steps in buckets above `bucket` are bought, and in it as many as `left` bytes pay, by number."""

    bucket: int
    left: int


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """`bound` is the linear relaxation's: no plan within budget and limits is worth more."""

    budget: int
    cuts: tuple[Cut, ...]
    """The first is that of all pools whose limit isn't in force; they spend what is left together."""
    of_pool: tuple[int, ...]
    """Each pool's place in `cuts`."""
    bound: float
    sums: Floats
    """Of `tableau.COLUMNS`, over what is bought; what is in the last bucket counts pro rata."""

    def sum(self, name: str) -> float:
        return float(self.sums[COLUMNS.index(name)])

    @property
    def multiplier(self) -> float:
        """What the last byte brings, of the objective."""
        return edge(self.cuts[0].bucket)


def decide(tableau: Tableau, budget: int, limits: Sequence[int] = ()) -> Decision:
    """The best plan for `budget` bytes, of which pool p gets `limits[p - 1]` at most.

    `ValueError` for a negative budget; `SpaceError` where what must be held doesn't fit.
    """
    if budget < 0:
        raise ValueError(f"the budget is {budget} bytes; it can't be negative")
    own, weight = _limited(tableau, limits)
    cost = tableau.column("cost") * weight
    bucket, left = _marginal(tableau.bucket, cost, budget)
    if bucket == MUST or any(cut.bucket == MUST for cut in own.values()):
        remedy = "Raise plan.budget or the limit, or shorten the list of what is always kept"
        raise SpaceError("what must be held doesn't fit into the budget and its limits", remedy=remedy)
    above, inside = tableau.bucket > bucket, tableau.bucket == bucket
    share = left / float(cost[inside].sum()) if inside.any() else 0.0
    taken = np.where(above, weight, np.where(inside, weight * share, 0.0))
    cuts, of_pool = _cuts(own, Cut(bucket, left), len(limits) + 1)
    bound = float(_gain_at_most(tableau, weight)[above].sum()) + left * edge(bucket + 1)
    return Decision(budget, cuts, of_pool, bound, taken @ tableau.sums)


def limit_ends(tableau: Tableau, limits: Sequence[int] = ()) -> Ints:
    """By pool, the bucket whose steps no budget buys, nor those below it: the limit ends there."""
    everything = decide(tableau, int(tableau.column("cost").sum()), limits)
    found: Ints = np.array([everything.cuts[place].bucket for place in everything.of_pool])
    return found


def _limited(tableau: Tableau, limits: Sequence[int]) -> tuple[dict[int, Cut], Floats]:
    """Where each pool's limit ends it, and the part of each row that is within its limit."""
    own, weight = {}, np.ones(len(tableau.bucket))
    for pool, limit in enumerate(limits, 1):
        rows = np.flatnonzero(tableau.pool == pool)
        cost = tableau.column("cost")[rows]
        bucket, left = _marginal(tableau.bucket[rows], cost, limit)
        if bucket != EVERYTHING:
            own[pool] = Cut(bucket, left)
            at = tableau.bucket[rows]
            weight[rows[at < bucket]] = 0.0
            weight[rows[at == bucket]] = left / cost[at == bucket]
    return own, weight


def _marginal(bucket: Ints, cost: Floats, budget: int) -> tuple[int, int]:
    """The bucket in which the budget runs out and the bytes left for it; else (EVERYTHING, 0)."""
    order = np.argsort(-bucket, kind="stable")
    place = int(np.searchsorted(np.cumsum(cost[order]), budget, side="right"))
    if place == len(order):
        return EVERYTHING, 0
    found = int(bucket[order[place]])
    return found, budget - int(np.ceil(cost[bucket > found].sum()))


def _gain_at_most(tableau: Tableau, weight: Floats) -> Floats:
    """Each row's gain; of a row that a limit cuts, no part has more than the bucket's best efficiency."""
    gain = tableau.column("gain") * weight
    for row in np.flatnonzero((weight > 0) & (weight < 1)):
        gain[row] = tableau.column("cost")[row] * weight[row] * edge(int(tableau.bucket[row]) + 1)
    return gain


def _cuts(own: dict[int, Cut], shared: Cut, pools: int) -> tuple[tuple[Cut, ...], tuple[int, ...]]:
    """A pool whose limit ends it in the very bucket of the budget's end takes its bytes before the others."""
    cuts, of_pool, left = [shared], [0] * pools, shared.left
    for pool, cut in sorted(own.items()):
        if cut.bucket >= shared.bucket:
            bytes_left = cut.left if cut.bucket > shared.bucket else min(cut.left, left)
            left -= bytes_left if cut.bucket == shared.bucket else 0
            of_pool[pool] = len(cuts)
            cuts.append(Cut(cut.bucket, bytes_left))
    cuts[0] = Cut(shared.bucket, left)
    return tuple(cuts), tuple(of_pool)
