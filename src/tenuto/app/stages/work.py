"""The work list of acquire and characterise: the plan's choices with all that is needed to carry them out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tenuto.acquire import quarantine_path
from tenuto.app.archive import Archive
from tenuto.app.stages.choose import location, policy
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.plan import Choice, Tier
from tenuto.model.ports import CatalogueReader
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


def work_items(archive: Archive, reader: CatalogueReader, choices: Iterable[Choice]) -> Iterator[WorkItem]:
    """In rank order, without what is planned as metadata only, or has no location any more."""
    rules = policy(archive.config)
    for choice in choices:
        if choice.tier is Tier.METADATA:
            continue
        detail = reader.show(choice.recording)
        place = location(detail, archive.config, rules)
        if place is not None:
            yield WorkItem(archive.quarantine, choice, detail, place)


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
