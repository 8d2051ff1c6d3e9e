"""Questions to the current plan: any budget, any coverage, one recording, another plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tenuto.app.archive import Archive
from tenuto.app.stages.candidates import Candidates
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.limits import limits_of
from tenuto.app.stages.plans import StoredPlan, planned, stored
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.errors import NotFoundError, SpaceError, UsageError
from tenuto.model.ids import RecordingId
from tenuto.model.plan import TIER_CODES, BudgetAnswer, PlanSummary, Tier
from tenuto.plan import SLOTS, Reason, Tableau, answer, budget_for, explain


def budget_to_cover(tableau: Tableau, share: float, limits: Sequence[int]) -> int:
    """The least budget whose best plan covers the share. `SpaceError` where none does."""
    found = budget_for(tableau, share, limits)
    if found is None:
        most = answer(tableau, int(tableau.column("cost").sum()), limits)
        reached = most.listens / most.listens_total if most.listens_total else 0.0
        raise SpaceError(
            f"no plan covers {share:.4%} of listens: all that is to be had covers {reached:.4%}",
            remedy="Ask for less, raise plan.limits, or add sources",
        )
    return found


class Outlook:
    """Any budget under the policy of a stored plan. Reads its sums once; answers in milliseconds."""

    def __init__(self, plan: StoredPlan) -> None:
        self.summary = plan.summary
        self._tableau = plan.tableau()
        limits = plan.summary.policy.get("plan.limits", [])
        self._limits = [each.bytes for each in limits_of(limits if isinstance(limits, list) else [])]

    def at(self, budget: int) -> BudgetAnswer:
        """`ValueError` for a negative budget; `SpaceError` where what must be held doesn't fit."""
        return answer(self._tableau, budget, self._limits)

    def covering(self, share: float) -> BudgetAnswer:
        """The cheapest plan that covers a share of all listens. `SpaceError` where none does."""
        return self.at(budget_to_cover(self._tableau, share, self._limits))

    @property
    def most(self) -> int:
        """Bytes of everything at its best tier."""
        return int(self._tableau.column("cost").sum())


@dataclass(frozen=True, slots=True)
class Explanation:
    """One recording's place in the current plan."""

    plan: PlanSummary
    detail: RecordingDetail
    tier: Tier
    loss: float
    """The chance that it is lost elsewhere."""
    sizes: dict[Tier, int]
    """Of the tiers that are to be had."""
    steps: tuple[Reason, ...]
    sites: list[str]
    """Where its copies are; empty where it isn't held, or no sites are named."""


def why(archive: Archive, identifier: str) -> Explanation:
    """Under the settings of now, against the sums of the current plan. `NotFoundError`."""
    reader, plan = open_current(archive), stored(archive)
    if not plan.fits(reader.summary().id):
        raise UsageError("the plan is of another catalogue", where=plan.summary.id, remedy="tenuto plan")
    number, codes = reader.number(identifier), plan.codes()
    candidates = Candidates(archive, reader, np.zeros(0, dtype=np.uint8))
    batch = candidates.read(range(number, number + 1))[0]
    sizes = batch.sizes[:, 0].tolist()
    limits = [limit.bytes for limit in candidates.limits]
    code = codes[number] if number < len(codes) else 0
    return Explanation(
        plan.summary,
        reader.numbered(number),
        TIER_CODES[code],
        float(batch.loss[0]),
        {tier: size for tier, size in zip(TIER_CODES[1:], sizes, strict=True) if size > 0},
        explain(batch, candidates.objective, candidates.totals, plan.tableau(), limits),
        [plan.summary.sites[at].name for at in plan.sites_of(number)] if code else [],
    )


def at_site(archive: Archive, name: str) -> Iterator[tuple[RecordingId, Tier]]:
    """What the current plan puts at a site, most heard first. `NotFoundError`."""
    reader, plan = open_current(archive), stored(archive)
    places = [at for at, site in enumerate(plan.summary.sites) if site.name == name]
    slots = plan.slots()
    if not places or slots is None:
        known = ", ".join(site.name for site in plan.summary.sites) or "none: set plan.sites and plan again"
        raise NotFoundError("the plan has no such site", where=name, remedy=f"Its sites: {known}")
    here = (slots == places[0]).any(axis=1)
    for number, tier in planned(archive, reader):
        if here[number % SLOTS]:
            yield reader.numbered(number).summary.id, tier


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """Two plans side by side."""

    first: PlanSummary
    second: PlanSummary
    moves: dict[tuple[Tier, Tier], int]
    """Recordings by their tier in the first and in the second plan."""


def difference(archive: Archive, first: str, second: str) -> PlanDifference:
    """`UsageError` where the plans' numbers don't mean the same recordings."""
    one, other = stored(archive, first), stored(archive, second)
    if not (one.fits(other.summary.snapshot) or other.fits(one.summary.snapshot)):
        raise UsageError("the plans are of catalogues that don't descend from each other")
    pairs = np.zeros(len(TIER_CODES) ** 2, dtype=np.int64)
    codes, others = one.codes(), other.codes()
    for start in range(0, max(len(codes), len(others)), 1 << 22):
        part = slice(start, start + (1 << 22))
        size = max(len(codes[part]), len(others[part]))
        before, after = (np.zeros(size, dtype=np.int64) for _ in range(2))
        before[: len(codes[part])], after[: len(others[part])] = codes[part], others[part]
        pairs += np.bincount(before * len(TIER_CODES) + after, minlength=len(pairs))
    square = pairs.reshape(len(TIER_CODES), len(TIER_CODES))
    return PlanDifference(
        one.summary,
        other.summary,
        {
            (TIER_CODES[at], TIER_CODES[to]): int(square[at, to])
            for at, to in np.argwhere(square).tolist()
            if at or to
        },
    )
