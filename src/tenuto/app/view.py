"""What pages see of an archive: `ArchiveView` over the snapshot's derived structures, ledger and editions."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from tenuto.app.archive import Archive
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.choose import decide, policy
from tenuto.app.stages.duplicates import pairs_of
from tenuto.app.stages.harvest import registered
from tenuto.app.stages.outlook import Outlook
from tenuto.app.stages.plans import current_curve, current_plan, stored
from tenuto.catalogue import SnapshotCatalogue, current, is_derived
from tenuto.formats.edition import find_place, read_edition
from tenuto.formats.health import HEALTH, read_health
from tenuto.model.audio import Characterisation
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.duplicates import Pair
from tenuto.model.edition import EditionSummary, PublishedPlace
from tenuto.model.errors import NotFoundError
from tenuto.model.health import HealthReport
from tenuto.model.ids import EditionId, RecordingId, SnapshotId
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.plan import BudgetAnswer, CurvePoint, PlanSummary
from tenuto.model.rights import Cleared, Refusal
from tenuto.model.source import SourceDescription
from tenuto.model.work import Counts, Stage
from tenuto.pointers import read_pointer
from tenuto.swarm.health.need import neediest

EDITION_FILE, INDEX_FILE = "edition.json", "index.parquet"


class View:
    """Reads only, and follows the archive: a new snapshot or edition shows without a restart."""

    def __init__(self, archive: Archive) -> None:
        self.name = archive.name
        self._archive = archive
        self._ledger = archive.ledger(read_only=True)
        self._rules = policy(archive.config)
        self._outlook: Outlook | None = None
        self._health: tuple[int, HealthReport] | None = None
        self._catalogue: tuple[SnapshotId, SnapshotCatalogue] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ledger.close()

    def sources(self) -> Sequence[SourceDescription]:
        return registered(self._archive)

    def held(self) -> int:
        return sum(items for items, _ in self._ledger.held_totals().values())

    def catalogue(self) -> SnapshotCatalogue:
        snapshot = current(self._archive.root)
        if self._catalogue is not None and (self._catalogue[0] == snapshot or not self._is_served(snapshot)):
            return self._catalogue[1]
        opened = open_current(self._archive)
        self._catalogue = (opened.summary().id, opened)
        return opened

    def _is_served(self, snapshot: SnapshotId | None) -> bool:
        """Its derived structures are there; until then the former snapshot shows."""
        return snapshot is not None and is_derived(self._archive.root, snapshot)

    def stages(self) -> dict[Stage, Counts]:
        counts = {stage: self._ledger.counts(stage) for stage in Stage}
        return {stage: n for stage, n in counts.items() if n.entered}

    def plan(self) -> PlanSummary | None:
        """Without the sites: where copies are is nobody's business but the keeper's."""
        found = current_plan(self._archive)
        if found is None:
            return None
        shown = {key: value for key, value in found.policy.items() if key != "plan.sites"}
        return replace(found, sites=(), policy=shown)

    def curve(self) -> Sequence[CurvePoint]:
        return current_curve(self._archive)

    def budget(self, size: int) -> BudgetAnswer | None:
        plan = self.plan()
        if plan is None:
            return None
        if self._outlook is None or self._outlook.summary.id != plan.id:
            self._outlook = Outlook(stored(self._archive))
        return self._outlook.at(size)

    def editions(self) -> Sequence[EditionSummary]:
        """Up to the current one: what is being built doesn't show."""
        newest = read_pointer(self._archive.editions)
        if newest is None:
            return []
        folders = sorted(
            self._archive.editions.glob("e*/"), key=lambda f: (len(f.name), f.name), reverse=True
        )
        shown = [f for f in folders if (len(f.name), f.name) <= (len(newest), newest)]
        return [read_edition((folder / EDITION_FILE).read_bytes()) for folder in shown]

    def health(self) -> HealthReport | None:
        """As it was published: opening the history for each reader would cost seconds in a large archive."""
        try:
            place = self._archive.editions / HEALTH
            state = place.stat()
            if self._health is None or self._health[0] != state.st_mtime_ns:
                report = read_health(place.read_bytes())
                self._health = state.st_mtime_ns, replace(report, volumes=tuple(neediest(report.volumes)))
        except FileNotFoundError:
            return None
        return self._health[1]

    def holding(self, recording: RecordingId) -> tuple[Holding, ObjectDigests, Characterisation] | None:
        return next(iter(self._ledger.held(recording)), None)

    def same_audio(self, recording: RecordingId) -> Sequence[Pair]:
        return pairs_of(self._archive, recording)

    def decision(self, recording: RecordingDetail) -> Cleared[RecordingId] | Refusal:
        return decide(recording, self._rules)

    def place(self, recording: RecordingId) -> PublishedPlace | None:
        newest = read_pointer(self._archive.editions)
        if newest is None:
            return None
        return find_place(self._archive.editions / newest / INDEX_FILE, EditionId(newest), recording)

    def playable(self, cleared: Cleared[RecordingId]) -> Path | None:
        held = None if self._archive.bucket else self.holding(cleared.subject)
        return self._archive.local_store().path(held[0].object) if held else None

    def torrent(self, edition: EditionId, volume: str, *, twin: bool) -> Path:
        known = next((e for e in self.editions() if e.id == edition), None)
        if known is None or volume not in {v.name for v in known.volumes}:
            raise NotFoundError(
                "no such volume", where=f"{edition}/{volume}", remedy="See the list of editions"
            )
        return self._archive.editions / edition / "volumes" / f"{volume}{'.v1' if twin else ''}.torrent"
