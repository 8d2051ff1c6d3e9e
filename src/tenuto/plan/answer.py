"""Any budget, answered from the sums of a snapshot (docs/plan.md, Any budget)."""

from collections.abc import Sequence
from typing import Final

from tenuto.model.plan import GROUPS, BudgetAnswer, Tier
from tenuto.plan.candidates import HELD
from tenuto.plan.coverage import interval
from tenuto.plan.decide import Decision, decide
from tenuto.plan.tableau import Tableau

TERABYTE: Final = 10**12


def answer(
    tableau: Tableau, budget: int, limits: Sequence[int] = (), *, more: int = TERABYTE
) -> BudgetAnswer:
    """The best plan for `budget` bytes, and what `more` bytes would add to it."""
    found, beyond = decide(tableau, budget, limits), decide(tableau, budget + more, limits)
    low, high = interval(found, tableau)
    by_tier = {tier: round(found.sum(str(tier))) for tier in HELD}
    return BudgetAnswer(
        budget_bytes=budget,
        bytes=round(found.sum("cost")),
        by_tier={Tier.METADATA: tableau.totals.recordings - sum(by_tier.values()), **by_tier},
        listens=found.sum("listens"),
        listens_total=tableau.totals.listens,
        low=low,
        high=high,
        saved=found.sum("loss"),
        loss_total=tableau.loss,
        covered={name: round(found.sum(name)) for name in GROUPS},
        known=dict(tableau.known),
        next_bytes=more,
        next_recordings=_more(found, beyond),
        next_listens=max(beyond.sum("listens") - found.sum("listens"), 0.0),
    )


def _more(found: Decision, beyond: Decision) -> int:
    return max(round(beyond.sum("recordings") - found.sum("recordings")), 0)
