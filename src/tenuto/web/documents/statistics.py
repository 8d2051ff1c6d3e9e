"""`/statistics`: coverage, distributions, and stages whose counts must add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tenuto.model.catalogue import Bar
from tenuto.model.plan import CurvePoint, PlanSummary
from tenuto.model.ports import ArchiveView
from tenuto.web.documents.common import Frame, catalogue, frame

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
    """`tenuto/statistics/1`. A curve point's share is `listens / total_listens`."""

    schema: str
    frame: Frame
    recordings: int
    total_listens: float
    plan: PlanSummary | None
    curve: tuple[CurvePoint, ...]
    by_popularity: tuple[Bar, ...]
    by_year: tuple[Bar, ...]
    by_licence: tuple[tuple[str, int], ...]
    by_source: tuple[tuple[str, int], ...]
    stages: tuple[StageLine, ...]


def statistics(view: ArchiveView) -> StatisticsDocument:
    """Everything is a roll-up computed when the snapshot was built; nothing is counted here."""
    reader = catalogue(view)
    found, summary = reader.statistics(), reader.summary()
    return StatisticsDocument(
        "tenuto/statistics/1",
        frame(view),
        summary.counts.get("recordings", 0),
        summary.total_listens,
        view.plan(),
        thinned(view.curve()),
        found.by_popularity,
        found.by_year,
        found.by_licence,
        found.by_source,
        tuple(
            StageLine(stage.value, of.entered, of.done, of.skipped, of.failed, of.bytes, of.add_up)
            for stage, of in view.stages().items()
        ),
    )


def thinned(curve: Sequence[CurvePoint], most: int = CURVE_POINTS) -> tuple[CurvePoint, ...]:
    """At most `most` points, evenly chosen, ends included."""
    if len(curve) <= most:
        return tuple(curve)
    last = len(curve) - 1
    return tuple(curve[round(at * last / (most - 1))] for at in range(most))
