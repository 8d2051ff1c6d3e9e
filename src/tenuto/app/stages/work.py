"""The work list of acquire and characterise: the plan's choices with all that is needed to carry them out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tenuto.acquire import quarantine_path
from tenuto.app.archive import Archive
from tenuto.app.stages.choose import expected_bytes, location, policy
from tenuto.app.stages.plans import planned
from tenuto.catalogue import SnapshotCatalogue
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.plan import Choice
from tenuto.model.source import Location


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One planned recording on its way in."""

    quarantine: Path
    choice: Choice
    detail: RecordingDetail
    location: Location

    @property
    def key(self) -> str:
        """The ledger's key of a recording at a tier."""
        return f"{self.choice.recording}.{self.choice.tier}"

    @property
    def path(self) -> Path:
        """Where its bytes wait."""
        return quarantine_path(self.quarantine, self.key)


def work_items(archive: Archive, reader: SnapshotCatalogue) -> Iterator[WorkItem]:
    """What the current plan holds, in rank order, without what has no location any more."""
    rules = policy(archive.config)
    for number, tier in planned(archive, reader):
        detail = reader.numbered(number)
        place = location(detail, archive.config, rules)
        if place is not None:
            size = expected_bytes(detail, place, tier, archive.config)
            yield WorkItem(archive.quarantine, Choice(detail.summary.id, tier, size), detail, place)


def windows(items: Iterable[WorkItem], limit_bytes: int, limit_items: int = 1000) -> Iterator[list[WorkItem]]:
    """Cuts the work so that a window's originals fit into the quarantine (at least one item each)."""
    window: list[WorkItem] = []
    size = 0
    for item in items:
        expected = item.location.length or item.choice.bytes
        if window and (size + expected > limit_bytes or len(window) >= limit_items):
            yield window
            window, size = [], 0
        window.append(item)
        size += expected
    if window:
        yield window
