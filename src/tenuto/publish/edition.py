"""Publishes an edition (docs/formats/edition.md): built in a temporary folder, renamed, then pointed at.

No audio object is opened: everything a torrent needs is in the digests.
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path

from tenuto.formats.edition import EditionIndexWriter, write_edition, write_files
from tenuto.formats.metadata import Target, sign_targets
from tenuto.formats.torrent import DEFAULT_LIMITS, Limits
from tenuto.formats.volume import INDEX, VolumeContent
from tenuto.fsync import atomic_file, atomic_write_bytes, fsync_directory
from tenuto.model.edition import EditionSummary, Publishable, PublishedPlace, VolumeSummary
from tenuto.model.errors import ConfigurationError, NotFoundError, UsageError
from tenuto.model.ids import EditionId, RecordingId, Sha256, SnapshotId
from tenuto.model.objects import ObjectDigests
from tenuto.model.ports import ObjectStore, Reporter
from tenuto.model.rights import Cleared
from tenuto.pointers import write_pointer
from tenuto.publish.keys import SigningKeys
from tenuto.publish.pack import DEFAULT_BANDS, Unpackable, pack
from tenuto.publish.volume import Volume, build_volume


@dataclass(frozen=True, slots=True)
class Layout:
    """The operator's choices for volumes. `archive` names them: letters, digits and hyphens."""

    archive: str
    bands: Sequence[tuple[int, int]] = DEFAULT_BANDS
    limits: Limits = DEFAULT_LIMITS
    trackers: Sequence[str] = ()
    web_seeds: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch("[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", self.archive):
            raise ConfigurationError(
                f"{self.archive!r} can't name volumes", remedy="Use at most 40 of a-z, 0-9 and inner hyphens"
            )


def publish(
    items: Iterable[Cleared[Publishable]],
    *,
    directory: Path,
    edition: EditionId,
    snapshot: SnapshotId,
    layout: Layout,
    store: ObjectStore,
    keys: SigningKeys,
    on: date,
    catalogue: Mapping[str, Path],
    refused: Mapping[str, int],
    reporter: Reporter,
) -> EditionSummary:
    """Writes the edition to `directory` and points `current`, beside it, at it.

    `items` in rank order; one whose object is missing, or that fits no volume, is a fault and left out.
    `catalogue`: files to publish with it, by name. `refused` is read after the last item, so the caller
    may count while the items stream. An edition that is there already with the same content is a success.
    """
    number = edition_number(edition)
    building = directory.with_name(f".{directory.name}.part")
    shutil.rmtree(building, ignore_errors=True)
    (building / "volumes").mkdir(parents=True)
    writer = _Writer(building, edition, layout, store, reporter)
    volumes = writer.write_volumes(items)
    writer.copy_catalogue(catalogue)
    summary = _summary(edition, snapshot, volumes, synthetic=writer.synthetic, refused=refused)
    writer.write("edition.json", write_edition(summary))
    for name, data in sign_targets(writer.targets, version=number, on=on, signers=keys.signers).items():
        atomic_write_bytes(building / "metadata" / name, data)
    for version, root in keys.roots.items():
        atomic_write_bytes(building / "metadata" / f"{version}.root.json", root)
    _finish(building, directory)
    write_pointer(directory.parent, edition)
    return summary


def edition_number(edition: EditionId) -> int:
    """`e0042` is 42. `UsageError` for anything else."""
    match = re.fullmatch("e([0-9]{4,9})", edition)
    if match is None or not int(match[1]):
        raise UsageError(f"{edition!r} is no edition id", remedy="Editions are called e0001, e0002 …")
    return int(match[1])


@dataclass(slots=True)
class _Writer:
    """Writes the edition's files and remembers what the metadata must vouch for."""

    folder: Path
    edition: EditionId
    layout: Layout
    store: ObjectStore
    reporter: Reporter
    targets: dict[str, Target] = field(default_factory=dict)
    synthetic: bool = False

    def write(self, name: str, data: bytes) -> None:
        atomic_write_bytes(self.folder / name, data)
        self.targets[name] = Target(len(data), Sha256(sha256(data).hexdigest()))

    def write_volumes(self, items: Iterable[Cleared[Publishable]]) -> tuple[VolumeSummary, ...]:
        """One volume at a time is in memory."""
        self.reporter.phase("publish")
        layout, summaries = self.layout, []
        with atomic_file(self.folder / INDEX) as temporary, EditionIndexWriter(temporary) as index:
            for found in pack(
                self._held(items), archive=layout.archive, bands=layout.bands, limits=layout.limits
            ):
                if isinstance(found, Unpackable):
                    self.reporter.fault(found.recording, found.what)
                    continue
                volume = build_volume(
                    found, trackers=layout.trackers, web_seeds=layout.web_seeds, limits=layout.limits
                )
                self._write_volume(volume)
                index.write(_places(found, volume.summary.name, self.edition))
                self.synthetic |= found.synthetic
                summaries.append(volume.summary)
                self.reporter.advance(len(found.items), done_bytes=volume.summary.bytes)
        self.targets[INDEX] = _target(self.folder / INDEX)
        return tuple(summaries)

    def _held(self, items: Iterable[Cleared[Publishable]]) -> Iterator[Cleared[Publishable]]:
        """Leaves out, as faults, items whose object isn't there whole. Opens nothing."""
        for item in items:
            if isinstance(item, Cleared):
                digests = item.subject.digests
                if not is_whole(self.store, digests):
                    self.reporter.fault(
                        item.subject.recording.id, f"object {digests.sha256} is missing or cut"
                    )
                    continue
            yield item

    def _write_volume(self, volume: Volume) -> None:
        """Papers go into the store as objects first; what points to them comes after."""
        for name, paper in volume.papers.items():
            temporary = self.folder / f".{name}.part"
            temporary.write_bytes(paper.data)
            self.store.put(temporary, paper.digests)
        stem = f"volumes/{volume.summary.name}"
        self.write(f"{stem}.torrent", volume.torrents.hybrid)
        self.write(f"{stem}.v1.torrent", volume.torrents.twin)
        self.write(f"{stem}.index.parquet", volume.papers[INDEX].data)
        self.write(f"{stem}.files.json", write_files(volume.entries))

    def copy_catalogue(self, files: Mapping[str, Path]) -> None:
        for name, source in sorted(files.items()):
            target = self.folder / "catalogue" / name
            with atomic_file(target) as temporary:
                shutil.copyfile(source, temporary)
            self.targets[f"catalogue/{name}"] = _target(target)


def is_whole(store: ObjectStore, digests: ObjectDigests) -> bool:
    """Whether the object is there in its full length; opens nothing."""
    try:
        return store.length(digests.sha256) == digests.length
    except NotFoundError:
        return False


def _places(
    content: VolumeContent, name: str, edition: EditionId
) -> list[tuple[RecordingId, int, PublishedPlace]]:
    found = []
    for item in content.items:
        subject = item.cleared.subject
        place = PublishedPlace(
            edition=edition,
            volume=name,
            path="/".join(item.path),
            file_index=item.placed.index,
            offset=item.placed.offset,
            length=item.placed.length,
            tier=subject.holding.tier,
            object=subject.digests.sha256,
            pieces_root=subject.digests.pieces_root.hex(),
        )
        found.append((subject.recording.id, subject.recording.popularity.rank, place))
    return found


def _summary(
    edition: EditionId,
    snapshot: SnapshotId,
    volumes: tuple[VolumeSummary, ...],
    *,
    synthetic: bool,
    refused: Mapping[str, int],
) -> EditionSummary:
    return EditionSummary(
        id=edition,
        snapshot=snapshot,
        volumes=volumes,
        recordings=sum(volume.recordings for volume in volumes),
        bytes=sum(volume.bytes for volume in volumes),
        synthetic_listens=synthetic,
        refused=dict(sorted(refused.items())),
    )


def _target(path: Path) -> Target:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return Target(path.stat().st_size, Sha256(digest.hexdigest()))


def _finish(building: Path, directory: Path) -> None:
    """Gives the whole edition its name. One of that name with the same content stays as it is."""
    for folder in (building / "volumes", building):
        fsync_directory(folder)
    if directory.exists():
        same = all(
            (directory / name).is_file() and _target(directory / name) == _target(building / name)
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
