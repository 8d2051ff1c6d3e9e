"""`/statistics`: coverage, roll-ups, and stages whose counts must add up; each chart also by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tenuto.model.plan import CurvePoint, PlanSummary
from tenuto.model.ports import ArchiveView
from tenuto.web.documents.common import Frame, catalogue, frame
from tenuto.web.documents.rollups import Chart, Section, sections
from tenuto.web.problems import not_found

CURVE_POINTS: Final = 500
"""Longer curves are thinned evenly to this many points; the first and the last stay."""


@dataclass(frozen=True, slots=True)
class StageLine:
    """`adds_up`: entered = done + skipped + failed."""

    stage: str
    entered: int
    done: int
    skipped: int
    failed: int
    bytes: int
    adds_up: bool


@dataclass(frozen=True, slots=True)
class StatisticsDocument:
    """`tenuto/statistics/2`. A curve point's share is `listens / total_listens`."""

    schema: str
    frame: Frame
    recordings: int
    total_listens: float
    counts: dict[str, int]
    """Rows by table."""
    plan: PlanSummary | None
    curve: tuple[CurvePoint, ...]
    sections: tuple[Section, ...]
    stages: tuple[StageLine, ...]


@dataclass(frozen=True, slots=True)
class ChartDocument:
    """`tenuto/chart/1`: one chart of `/statistics`."""

    schema: str
    frame: Frame
    total_listens: float
    chart: Chart


def statistics(view: ArchiveView) -> StatisticsDocument:
    """Everything is a roll-up computed when the snapshot was built; nothing is counted here."""
    found, plan = catalogue(view).statistics(), view.plan()
    return StatisticsDocument(
        "tenuto/statistics/2",
        frame(view),
        found.counts.get("recordings", 0),
        found.listens,
        found.counts,
        plan,
        thinned(view.curve()),
        sections(found, plan),
        tuple(
            StageLine(stage.value, of.entered, of.done, of.skipped, of.failed, of.bytes, of.add_up)
            for stage, of in view.stages().items()
        ),
    )


def chart(view: ArchiveView, name: str) -> ChartDocument:
    """404 where there is no such chart, or this archive has nothing to show in it."""
    found = catalogue(view).statistics()
    for section in sections(found, view.plan()):
        for each in section.charts:
            if each.name == name:
                return ChartDocument("tenuto/chart/1", frame(view), found.listens, each)
    raise not_found("There is no such chart. /statistics has them all.")


def thinned(curve: Sequence[CurvePoint], most: int = CURVE_POINTS) -> tuple[CurvePoint, ...]:
    """At most `most` points, evenly chosen, ends included."""
    if len(curve) <= most:
        return tuple(curve)
    last = len(curve) - 1
    return tuple(curve[round(at * last / (most - 1))] for at in range(most))
