"""Packages: what is held, as a bag or an OCFL root (docs/formats/packages.md)."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from tenuto import __version__
from tenuto.app.archive import Archive
from tenuto.app.selected import Selected
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.choose import policy
from tenuto.app.stages.result import StageResult
from tenuto.ledger import SqliteLedger
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import RecordingId, SnapshotId
from tenuto.model.ports import CatalogueReader, Reporter
from tenuto.model.work import Counts, Stage
from tenuto.publish.packages import (
    Label,
    Objects,
    PackageItem,
    Packed,
    Place,
    Request,
    WorkList,
    open_place,
    write_bag,
    write_ocfl,
)
from tenuto.rights import clear

BAGIT, OCFL = "bagit", "ocfl"


@dataclass(frozen=True, slots=True)
class PackageWish:
    """What was asked for on the command line. `selection`: see `tenuto.app.selected`."""

    kind: str
    selection: str
    destination: Path
    on: date
    link: bool = False


def package(archive: Archive, wish: PackageWish, reporter: Reporter, *, dry_run: bool = False) -> StageResult:
    """Packs the objects of the chosen recordings; chosen, but not held, is skipped.

    Rights refuse nothing here: it is the operator's own copy, and says of each recording what is known.
    Raises `NotFoundError`, `UsageError`, `SpaceError`; a damaged object is a failed item.
    """
    with archive.ledger(read_only=True) as ledger:
        run = _Run(archive, ledger, open_current(archive), wish, reporter)
        if dry_run:
            with tempfile.TemporaryDirectory(prefix="tenuto-export-") as scratch:
                return run.decide(Path(scratch))
        with open_place(wish.destination) as place:
            return run.write(place)


@dataclass(frozen=True, slots=True)
class _Extent:
    """What was chosen and is held."""

    chosen: int
    held: int
    bytes: int
    content: str


class _Run:
    """One export."""

    def __init__(
        self,
        archive: Archive,
        ledger: SqliteLedger,
        reader: CatalogueReader,
        wish: PackageWish,
        reporter: Reporter,
    ) -> None:
        self._archive, self._ledger, self._reader = archive, ledger, reader
        self._wish, self._reporter = wish, reporter
        self._selection = Selected(archive, ledger, reader, wish.selection, reporter)
        self._rules = policy(archive.config)

    def decide(self, scratch: Path) -> StageResult:
        with closing(WorkList(scratch / "chosen")) as chosen:
            extent = self._extent(chosen)
        packed = Packed(done=extent.held, bytes=extent.bytes)
        return self._result(extent, packed, "would be written")

    def write(self, place: Place) -> StageResult:
        with closing(WorkList(place.scratch / "chosen")) as chosen:
            extent = self._extent(chosen)
            request = place.begin(
                Request(self._wish.kind, extent.content, self._wish.on, self._wish.link),
                0 if self._wish.link else extent.bytes,
            )
            self._reporter.phase("export", items=extent.held, total_bytes=extent.bytes)
            packed = self._pack(place, chosen, self._label(request))
        place.finish()
        return self._result(extent, packed, "written")

    def _pack(self, place: Place, chosen: WorkList, label: Label) -> Packed:
        files = self._archive.local_store() if self._wish.link else None
        objects = Objects(files or self._archive.store(), place.scratch, files)
        write = write_bag if self._wish.kind == BAGIT else write_ocfl
        return write(self._items(chosen), place, objects, label, self._reporter)

    def _extent(self, chosen: WorkList) -> _Extent:
        """Fills the work list, then counts what of it is held."""
        self._reporter.phase("choose")
        chosen.add(self._selection)
        held = length = 0
        content = sha256(self._snapshot.encode())
        for recording in chosen:
            found = self._ledger.held(recording)
            held += bool(found)
            for holding, digests, _ in found:
                length += digests.length
                content.update(f"{recording} {holding.tier} {digests.sha256}\n".encode())
        return _Extent(len(chosen), held, length, content.hexdigest())

    def _items(self, chosen: WorkList) -> Iterator[PackageItem]:
        for recording in chosen:
            if held := self._ledger.held(recording):
                detail = self._detail(recording)
                verdict = clear(recording, detail.evidence if detail else (), self._rules)
                yield PackageItem(recording, detail, verdict, held)

    def _detail(self, recording: RecordingId) -> RecordingDetail | None:
        """None where the catalogue has lost it: it is held, so it is packed all the same."""
        try:
            return self._reader.show(recording)
        except NotFoundError:
            return None

    @property
    def _snapshot(self) -> SnapshotId:
        return self._reader.summary().id

    def _label(self, request: Request) -> Label:
        return Label(
            self._archive.name, self._selection.shown, self._snapshot, request.on, f"Tenuto {__version__}"
        )

    def _result(self, extent: _Extent, packed: Packed, note: str) -> StageResult:
        unknown = self._selection.unknown
        skipped = extent.chosen - extent.held
        counts = Counts(extent.chosen + unknown, packed.done, skipped, packed.failed + unknown, packed.bytes)
        return StageResult(
            Stage.EXPORT,
            counts,
            {"note": note, "snapshot": self._snapshot, "not_held": skipped, "rights": packed.by_rights},
        )
