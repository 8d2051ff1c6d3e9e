"""What `tenuto plan` says of a plan: every share with its numerator and denominator."""

from tenuto import words
from tenuto.app.stages.result import Fact
from tenuto.model.catalogue import SnapshotSummary
from tenuto.model.plan import PlanSummary


def plan_facts(summary: PlanSummary, snapshot: SnapshotSummary, churn: dict[str, int]) -> dict[str, Fact]:
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
        "losses_avoided": summary.loss_avoided,
        "losses_expected": summary.loss_total,
        "losses_avoided_share": words.percent(summary.loss_avoided, summary.loss_total),
        "rarity": float(summary.policy.get("plan.rarity", 0.0)),  # type: ignore[arg-type]  # a number, by its setting
        "listens_basis": {str(basis): n for basis, n in snapshot.listens_basis.items()},
        "listens_are_synthetic": summary.synthetic,
        "value": f"{summary.value:.9f}",
        "upper_bound": f"{summary.bound:.9f}",
        "gap_to_upper_bound": "0 (proved best)" if summary.exact else f"{summary.gap:.6%}",
        **{f"churn_{name}": count for name, count in churn.items()},
    }


def _interval(summary: PlanSummary) -> str:
    if summary.synthetic or not summary.listens_total or not summary.counted_total:
        return "not sampled"
    return f"{100 * summary.coverage_low:.4f} % to {100 * summary.coverage_high:.4f} %"
