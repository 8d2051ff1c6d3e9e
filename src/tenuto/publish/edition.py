"""Publishes an edition (docs/formats/edition.md): built in a temporary folder, renamed, then pointed at.

No audio object is opened: everything a torrent needs is in the digests. Of the edition before, every volume
that loses nothing is taken over as it is.
"""

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path

from tenuto.formats.edition import EditionIndexWriter, write_edition
from tenuto.formats.metadata import sign_edition
from tenuto.formats.names import band_folder
from tenuto.formats.volume import INDEX, VolumeContent
from tenuto.formats.withdrawals import WITHDRAWALS, write_withdrawals
from tenuto.fsync import fsync_directory
from tenuto.model.edition import EditionSummary, Publishable, VolumeSummary
from tenuto.model.errors import ConfigurationError, NotFoundError, UsageError
from tenuto.model.ids import EditionId, RecordingId, SnapshotId
from tenuto.model.objects import ObjectDigests
from tenuto.model.ports import ObjectStore, Reporter
from tenuto.model.rights import Cleared
from tenuto.pointers import write_pointer
from tenuto.publish.compare import Comparison, comparison
from tenuto.publish.former import METADATA, Former, open_former
from tenuto.publish.keys import SigningKeys
from tenuto.publish.pack import Unpackable, pack, revise
from tenuto.publish.volume import Layout, build_volume
from tenuto.publish.writer import EditionWriter, target_of

Details = Callable[[Sequence[RecordingId] | None], Iterator[Cleared[Publishable]]]
"""What may be published of these recordings (None: of all), in rank order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be published."""

    candidates: Path
    """Parquet file of `candidates.CANDIDATES`; looked at only where there is an edition before."""
    details: Details
    refused: Mapping[str, int]
    """Held but dark, by reason. Read after the last item, so it may be counted while the items stream."""
    snapshot: SnapshotId
    catalogue: Mapping[str, Path]
    """Files to publish with it, by name."""


def publish(
    wanted: Wanted,
    *,
    directory: Path,
    layout: Layout,
    store: ObjectStore,
    keys: SigningKeys,
    on: date,
    reporter: Reporter,
    former: Path | None = None,
    repack: bool = False,
) -> EditionSummary:
    """Writes the edition to `directory`, whose name is its id, and points `current`, beside it, at it.

    `former`: the folder of the edition before, whose volumes are kept as far as they lose nothing (with
    `repack` none is). An item whose object is missing, or that fits no volume, is a fault and left out. An
    edition that is there already with the same content is a success.
    """
    edition = EditionId(directory.name)
    edition_number(edition)
    building = directory.with_name(f".{directory.name}.part")
    shutil.rmtree(building, ignore_errors=True)
    before = open_former(former, now=datetime.combine(on, time(), UTC)) if former else None
    spill = directory.with_name(f".{directory.name}.spill")
    writer = EditionWriter(building, edition, store)
    opened = comparison(before.index, wanted.candidates, spill) if before else nullcontext(None)
    with opened as compared:
        packing = _Packing(writer, layout, wanted.details, store, reporter, before, compared)
        volumes = packing.write(repack=repack)
        known = before.withdrawals if before else ()
        withdrawals = compared.withdrawals(known, since=edition) if compared else ()
    shutil.rmtree(spill, ignore_errors=True)
    writer.index_written()
    writer.copy_catalogue(wanted.catalogue)
    summary = _summary(edition, before, wanted, on, volumes, packing.numbers)
    writer.write("edition.json", write_edition(summary))
    writer.write(WITHDRAWALS, write_withdrawals(withdrawals))
    _sign(writer, keys, on, before)
    writer.finish()
    _name(building, directory)
    write_pointer(directory.parent, edition)
    return summary


def _summary(  # noqa: PLR0917 - what an edition says of itself
    edition: EditionId,
    before: Former | None,
    wanted: Wanted,
    on: date,
    volumes: tuple[VolumeSummary, ...],
    numbers: Mapping[str, int],
) -> EditionSummary:
    return EditionSummary(
        id=edition,
        parent=before.summary.id if before else None,
        published=on.isoformat(),
        snapshot=wanted.snapshot,
        volumes=volumes,
        recordings=sum(volume.recordings for volume in volumes),
        bytes=sum(volume.bytes for volume in volumes),
        synthetic_listens=any(volume.synthetic_listens for volume in volumes),
        refused=dict(sorted(wanted.refused.items())),
        numbers=dict(numbers),
    )


def edition_number(edition: EditionId) -> int:
    """`e0042` is 42. `UsageError` for anything else."""
    match = re.fullmatch("e([0-9]{4,9})", edition)
    if match is None or not int(match[1]):
        raise UsageError(f"{edition!r} is no edition id", remedy="Editions are called e0001, e0002 …")
    return int(match[1])


@dataclass(slots=True)
class _Packing:
    """Volumes taken over, revised and new, in this order of cost."""

    writer: EditionWriter
    layout: Layout
    details: Details
    store: ObjectStore
    reporter: Reporter
    before: Former | None
    compared: Comparison | None

    numbers: dict[str, int] = field(default_factory=dict)
    """The last number given, by band folder."""

    def write(self, *, repack: bool) -> tuple[VolumeSummary, ...]:
        """Writes the edition's index, and all that belongs to its volumes."""
        self.reporter.phase("publish")
        self.numbers = dict(self.before.summary.numbers) if self.before else {}
        kept = self.compared is not None and not repack
        with EditionIndexWriter(self.writer.index) as index:
            volumes = list(self._kept(index)) if kept else []
            fresh = self.compared.fresh() if self.compared and kept else None
            if fresh is None or fresh:
                volumes += self._new(self.details(fresh), index)
        return tuple(volumes)

    def _kept(self, index: EditionIndexWriter) -> Iterator[VolumeSummary]:
        """The former edition's volumes in their order: as they are, or without what has to go."""
        assert self.before is not None  # both: `write` looked
        assert self.compared is not None
        for volume, rows in zip(self.before.summary.volumes, self.before.places(), strict=True):
            if volume.name not in self.compared.touched:
                yield self.writer.take_over(volume, self.before, rows, self.layout, index)
                self.reporter.advance(volume.recordings, done_bytes=volume.bytes)
                continue
            staying = self.compared.staying(volume.name)
            items = {
                item.subject.recording.id: item
                for item in self._held(self.details([recording for recording, _ in staying]))
            }
            named = [(path, items[recording]) for recording, path in staying if recording in items]
            if named:
                content = revise(self.layout.archive, volume, named)
                yield self._built(content, index, replaced=volume)

    def _new(
        self, items: Iterable[Cleared[Publishable]], index: EditionIndexWriter
    ) -> Iterator[VolumeSummary]:
        layout = self.layout
        for found in pack(
            self._held(items),
            archive=layout.archive,
            bands=layout.bands,
            limits=layout.limits,
            numbers=dict(self.numbers),
        ):
            if isinstance(found, Unpackable):
                self.reporter.fault(found.recording, found.what)
                continue
            self.numbers[band_folder(found.band)] = found.number
            yield self._built(found, index, replaced=None)

    def _built(
        self, content: VolumeContent, index: EditionIndexWriter, *, replaced: VolumeSummary | None
    ) -> VolumeSummary:
        volume = build_volume(content, self.layout, replaced=replaced)
        self.writer.add(content, volume, index)
        self.reporter.advance(len(content.items), done_bytes=volume.summary.bytes)
        return volume.summary

    def _held(self, items: Iterable[Cleared[Publishable]]) -> Iterator[Cleared[Publishable]]:
        """Leaves out, as faults, items whose object isn't there whole. Opens nothing."""
        for item in items:
            if not isinstance(item, Cleared):
                raise TypeError(f"only Cleared items may be published, not {type(item).__name__}")
            digests = item.subject.digests
            if is_whole(self.store, digests):
                yield item
            else:
                self.reporter.fault(item.subject.recording.id, f"object {digests.sha256} is missing or cut")


def is_whole(store: ObjectStore, digests: ObjectDigests) -> bool:
    """Whether the object is there in its full length; opens nothing."""
    try:
        return store.length(digests.sha256) == digests.length
    except NotFoundError:
        return False


def _sign(writer: EditionWriter, keys: SigningKeys, on: date, before: Former | None) -> None:
    signed = sign_edition(
        writer.targets,
        top=keys.top,
        on=on,
        signers=keys.signers,
        former=before.metadata if before else {},
    )
    signed |= {f"{version}.root.json": root for version, root in keys.roots.items()}
    for name, data in signed.items():
        writer.write_unsigned(f"{METADATA}/{name}", data)


def _name(building: Path, directory: Path) -> None:
    """Gives the whole edition its name. One of that name with the same content stays as it is."""
    if directory.exists():
        same = all(
            (directory / name).is_file() and target_of(directory / name) == target_of(building / name)
            for name in ("edition.json", INDEX)
        )
        if not same:
            raise ConfigurationError(
                "another edition of this id is published",
                where=str(directory),
                remedy="Publish under the next number: editions never change",
            )
        shutil.rmtree(building)
        return
    building.rename(directory)
    fsync_directory(directory.parent)
