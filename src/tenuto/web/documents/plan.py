"""`/plan`: what any disk budget would hold."""

from dataclasses import dataclass
from typing import Final

from tenuto.model.errors import SpaceError, UsageError
from tenuto.model.plan import BudgetAnswer, CurvePoint, PlanSummary
from tenuto.model.ports import ArchiveView
from tenuto.sizes import parse_size
from tenuto.web.documents.common import Frame, frame
from tenuto.web.documents.statistics import thinned

SLIDER_STEPS: Final = 400
"""Places of the slider, evenly on a logarithmic scale of bytes."""


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """`tenuto/plan/1`. `answer` is None without a plan, or where `fault` says what is wrong."""

    schema: str
    frame: Frame
    plan: PlanSummary | None
    answer: BudgetAnswer | None
    fault: str
    asked: str
    """The budget as it was asked for."""
    curve: tuple[CurvePoint, ...]
    slider: tuple[int, ...]
    """The slider's budgets, ascending bytes."""


def plan(view: ArchiveView, asked: str) -> PlanDocument:
    """For the budget that is asked for, or the plan's own where nothing is."""
    summary = view.plan()
    answer, fault = None, ""
    if summary is not None:
        try:
            answer = view.budget(parse_size(asked) if asked else summary.budget_bytes)
        except (UsageError, SpaceError) as error:
            fault = str(error)
    curve = thinned(view.curve())
    return PlanDocument(
        "tenuto/plan/1",
        frame(view),
        summary,
        answer,
        fault,
        asked or (f"{summary.budget_bytes}" if summary else ""),
        curve,
        _slider([point.bytes for point in curve if point.bytes > 0]),
    )


def _slider(sizes: list[int]) -> tuple[int, ...]:
    if not sizes:
        return ()
    low, high = sizes[0], max(sizes[-1], sizes[0] + 1)
    return tuple(round(low * (high / low) ** (at / SLIDER_STEPS)) for at in range(SLIDER_STEPS + 1))
