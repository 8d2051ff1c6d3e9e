"""`/about`: which snapshot of which sources, under which terms, and what the listens are."""

from dataclasses import dataclass

from tenuto.model.ports import ArchiveView
from tenuto.web.documents.common import Frame, catalogue, frame


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One outside collection. Its settings stay out: they may hold the operator's paths."""

    name: str
    kind: str
    priority: int
    version: str
    licence: str
    attribution: str


@dataclass(frozen=True, slots=True)
class AboutDocument:
    """`tenuto/about/1`. `counts` are rows by table."""

    schema: str
    frame: Frame
    parent: str | None
    counts: dict[str, int]
    total_listens: float
    sources: tuple[SourceLine, ...]


def about(view: ArchiveView) -> AboutDocument:
    """The snapshot and its sources."""
    summary = catalogue(view).summary()
    return AboutDocument(
        "tenuto/about/1",
        frame(view),
        summary.parent,
        summary.counts,
        summary.total_listens,
        tuple(
            SourceLine(of.name, of.kind, of.priority, of.version, of.licence, of.attribution)
            for of in view.sources()
        ),
    )
