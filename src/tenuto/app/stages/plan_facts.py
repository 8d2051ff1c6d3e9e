"""What `tenuto plan` says of a plan: every share with its numerator and denominator."""

from dataclasses import dataclass

from tenuto import words
from tenuto.app.stages.result import Fact
from tenuto.app.stages.sites import Placement
from tenuto.model.catalogue import SnapshotSummary
from tenuto.model.plan import PlanSummary


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Against the plan before, and against the list `plan.always`."""

    churn: dict[str, int]
    missed: int
    """Recordings on the list that aren't to be had."""
    placement: Placement | None


def plan_facts(summary: PlanSummary, snapshot: SnapshotSummary, changes: Changes) -> dict[str, Fact]:
    """For people and JSON alike."""
    total = summary.listens_total
    recordings = sum(summary.by_tier.values())
    return {
        "plan": summary.id,
        "budget_bytes": summary.budget_bytes,
        "planned_bytes": summary.bytes,
        "files": summary.files,
        "recordings": recordings,
        "recordings_by_tier": {str(tier): n for tier, n in summary.by_tier.items()},
        "bytes_by_tier": {str(tier): size for tier, size in summary.bytes_by_tier.items()},
        "listens_covered": summary.listens_covered,
        "listens_total": total,
        "coverage": words.percent(summary.listens_covered, total) if total else "nobody counts listens",
        "coverage_95_percent": _interval(summary),
        "listens_counted": summary.counted_total,
        "losses_avoided": summary.loss_avoided,
        "losses_expected": summary.loss_total,
        "losses_avoided_share": words.percent(summary.loss_avoided, summary.loss_total),
        "covered": dict(summary.covered),
        "covered_of": dict(summary.known),
        "rarity": float(summary.policy.get("plan.rarity", 0.0)),  # type: ignore[arg-type]  # a number, by its setting
        "listens_basis": {str(basis): n for basis, n in snapshot.listens_basis.items()},
        "listens_are_synthetic": summary.synthetic,
        "value": f"{summary.value:.9f}",
        "upper_bound": f"{summary.bound:.9f}",
        "gap_to_upper_bound": "0 (proved best)" if summary.exact else f"{summary.gap:.6%}",
        **({"always_but_not_to_be_had": changes.missed} if changes.missed else {}),
        **{f"churn_{name}": count for name, count in changes.churn.items()},
        **(_of_sites(summary, changes.placement) if changes.placement else {}),
    }


def _of_sites(summary: PlanSummary, placement: Placement) -> dict[str, Fact]:
    return {
        "copies": summary.copies,
        "bytes_of_all_copies": sum(site.bytes for site in summary.sites),
        "capacity_bytes": sum(site.capacity_bytes for site in summary.sites),
        "site_recordings": {site.name: site.recordings for site in summary.sites},
        "site_bytes": {site.name: site.bytes for site in summary.sites},
        "site_capacity_bytes": {site.name: site.capacity_bytes for site in summary.sites},
        "churn_site_copies_moved": placement.moved,
        "churn_site_bytes_received": placement.received,
    }


def _interval(summary: PlanSummary) -> str:
    if summary.synthetic or not summary.listens_total or not summary.counted_total:
        return "not sampled"
    return f"{100 * summary.coverage_low:.4f} to {100 * summary.coverage_high:.4f} %"
