"""What the answers of `tenuto plan` read like: every share with its numerator and denominator."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from tenuto import words
from tenuto.app.stages.outlook import Explanation, PlanDifference
from tenuto.model.plan import GROUPS, BudgetAnswer, PlanSummary, Tier
from tenuto.plan import Keeping, yearly_loss


def answer_lines(found: BudgetAnswer, copies: int) -> list[str]:
    """Of a budget, with so many copies of each recording."""
    total = sum(found.by_tier.values())
    held = [f"{tier} {count:,}" for tier, count in found.by_tier.items() if tier is not Tier.METADATA]
    return [
        f"budget: {words.size(found.budget_bytes)}, bytes {words.part(found.bytes, found.budget_bytes)}",
        *([f"  {copies} copies: {copies * found.bytes:,} bytes"] if copies > 1 else []),
        *(_listens(found) if found.listens_total else ["listens: nobody counts them"]),
        f"recordings: {words.part(found.recordings, total)}: {', '.join(held)}",
        *(f"{name}: {words.part(found.covered[name], found.known[name])}" for name in GROUPS),
        f"losses avoided: {words.part(found.saved, found.loss_total)}",
        f"the next {words.size(found.next_bytes)} buy recordings {words.part(found.next_recordings, total)}",
        *(
            [f"  and listens {words.part(found.next_listens, found.listens_total)}"]
            if found.listens_total
            else []
        ),
    ]


def _listens(found: BudgetAnswer) -> list[str]:
    interval = f"{100 * found.low:.4f} to {100 * found.high:.4f} %" if found.sampled else "not sampled"
    return [
        f"listens: {words.part(found.listens, found.listens_total)}",
        f"  with 95 %, as far as sampling goes: {interval}",
    ]


def why_lines(found: Explanation) -> Iterator[str]:
    """Of a recording."""
    summary, plan = found.detail.summary, found.plan
    place, of = summary.popularity, sum(plan.by_tier.values())
    yield f"{summary.title} ({summary.id})"
    yield f"planned as {found.tier}, by plan {plan.id} of {words.size(plan.budget_bytes)}"
    if found.sites:
        yield f"copies at {', '.join(found.sites)}"
    yield f"rank {place.rank:,} of {of:,}, listens {words.part(place.listens, plan.listens_total)}"
    yield f"chance of being lost elsewhere within ten years: {found.loss:.0%}"
    if not found.steps:
        yield "it isn't to be had: no location that may be used, no duration, or it is on the list plan.never"
    for step in found.steps:
        at = "at no budget: its limit ends before"
        if step.budget is not None:
            at = f"in the best plan from {words.size(step.budget)} on"
        price = f"{words.size(step.bytes)} more bring {step.gain:.3g} of the objective"
        yield f"as {step.tier}: {price} ({step.efficiency:.3g} a TB); {at}"


def sites_lines(plan: PlanSummary) -> Iterator[str]:
    """Of a plan."""
    yield f"plan {plan.id}: {plan.files:,} files, copies of each at different places: {plan.copies}"
    if not plan.sites:
        yield "no sites are named: plan.sites"
    for site in plan.sites:
        yield f"{site.name} ({site.place}): recordings {words.part(site.recordings, plan.files)}"
        yield f"  bytes {words.part(site.bytes, site.capacity_bytes)}"


def durability_lines(plan: PlanSummary, keeping: Keeping) -> Iterator[str]:
    """Of a plan's files, kept so; and what the common failures alone take."""
    yield (
        f"copies: {keeping.replicas}, a scrub every {keeping.scrub_days:g} days; "
        f"{keeping.failure_rate:g} failures a copy and year, of which {keeping.together:g} take all copies"
    )
    loss, alone = yearly_loss(keeping), yearly_loss(replace(keeping, together=0.0))
    for name, chance in (("with", loss), ("without", alone)):
        nines = f"{-math.log10(chance):.1f} nines" if chance > 0 else "never"
        yield f"{name} common failures: chance {chance:.3g} a file and year ({nines})"
        yield f"  {chance * plan.files:,.3f} of {plan.files:,} files expected to be lost a year"


def difference_lines(found: PlanDifference) -> Iterator[str]:
    """Of two plans."""
    for name, show in _ROWS.items():
        yield f"{name:<16}{show(found.first):>34}{show(found.second):>34}"
    for tier in Tier:
        counts = (f"{plan.by_tier.get(tier, 0):,}" for plan in (found.first, found.second))
        yield f"{tier:<16}" + "".join(f"{count:>34}" for count in counts)
    names = dict.fromkeys(site.name for plan in (found.first, found.second) for site in plan.sites)
    for name in names:
        shares = (_at_site(plan, name) for plan in (found.first, found.second))
        yield f"at {name:<13}" + "".join(f"{share:>34}" for share in shares)
    for (before, after), count in found.moves.items():
        if before != after:
            yield f"{before} -> {after}: {count:,} recordings"


def _at_site(plan: PlanSummary, name: str) -> str:
    found = next((site for site in plan.sites if site.name == name), None)
    return f"{words.size(found.bytes)} of {words.size(found.capacity_bytes)}" if found else "-"


def _covered(name: str) -> Callable[[PlanSummary], str]:
    return lambda plan: f"{plan.covered.get(name, 0):,} of {plan.known.get(name, 0):,}"


_ROWS: Final[dict[str, Callable[[PlanSummary], str]]] = {
    "plan": lambda plan: plan.id,
    "snapshot": lambda plan: plan.snapshot,
    "budget": lambda plan: words.size(plan.budget_bytes),
    "bytes": lambda plan: f"{plan.bytes:,}",
    "copies": lambda plan: f"{plan.copies}",
    "files": lambda plan: f"{plan.files:,} of {sum(plan.by_tier.values()):,}",
    "listens covered": lambda plan: f"{plan.listens_covered:,.0f} of {plan.listens_total:,.0f}",
    "coverage": lambda plan: words.percent(plan.listens_covered, plan.listens_total),
    **{name: _covered(name) for name in GROUPS},
    "losses avoided": lambda plan: f"{plan.loss_avoided:,.0f} of {plan.loss_total:,.0f}",
    "rarity": lambda plan: str(plan.policy.get("plan.rarity", "")),
}
