"""Writes an edition's files, and remembers what the metadata must vouch for."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from tenuto.formats.edition import EditionIndexWriter, write_files
from tenuto.formats.magnet import magnet
from tenuto.formats.metadata import Target
from tenuto.formats.torrent import announce_anew
from tenuto.formats.volume import INDEX, VolumeContent
from tenuto.fsync import fsync_directory, space_or, sync_files
from tenuto.model.edition import PublishedPlace, VolumeSummary
from tenuto.model.ids import EditionId, RecordingId, Sha256
from tenuto.model.ports import ObjectStore
from tenuto.publish.former import METADATA, Former, link_or_copy
from tenuto.publish.volume import Layout, Volume

TORRENT, TWIN = ".torrent", ".v1.torrent"
_OTHERS = (".index.parquet", ".files.json")


class EditionWriter:
    """Of one edition in one folder. One volume at a time is in memory."""

    def __init__(self, folder: Path, edition: EditionId, store: ObjectStore) -> None:
        self._folder, self._edition, self._store = folder, edition, store
        self._fresh: list[Path] = []
        self.targets: dict[str, Target] = {}
        for name in ("volumes", "catalogue", METADATA):
            (folder / name).mkdir(parents=True)

    @property
    def index(self) -> Path:
        return self._folder / INDEX

    def write(self, name: str, data: bytes) -> None:
        """A file that the metadata vouches for."""
        self.write_unsigned(name, data)
        self.targets[name] = Target(len(data), Sha256(sha256(data).hexdigest()))

    def write_unsigned(self, name: str, data: bytes) -> None:
        """Durable only after `finish`: the folder has no final name yet."""
        path = self._folder / name
        try:
            path.write_bytes(data)
        except OSError as error:
            raise space_or(error, path) from error
        self._fresh.append(path)

    def index_written(self) -> None:
        """Now the index is a file like the others."""
        self.targets[INDEX] = target_of(self.index)
        self._fresh.append(self.index)

    def finish(self) -> None:
        """Makes everything durable. What was taken over is so already, but its new names aren't."""
        sync_files(self._fresh)
        for name in ("volumes", "catalogue", METADATA, "."):
            fsync_directory(self._folder / name)

    def add(self, content: VolumeContent, volume: Volume, index: EditionIndexWriter) -> None:
        """A volume that was just built. Papers become objects in the store before anything points to them."""
        for name, paper in volume.papers.items():
            temporary = self._folder / f".{name}.part"
            temporary.write_bytes(paper.data)
            self._store.put(temporary, paper.digests)
        stem = f"volumes/{volume.summary.name}"
        self.write(f"{stem}{TORRENT}", volume.torrents.hybrid)
        if volume.torrents.twin is not None:
            self.write(f"{stem}{TWIN}", volume.torrents.twin)
        self.write(f"{stem}.index.parquet", volume.papers[INDEX].data)
        self.write(f"{stem}.files.json", write_files(volume.entries))
        index.write(_places(content, volume.summary.name, self._edition))

    def take_over(
        self, volume: VolumeSummary, former: Former, rows: pa.Table, layout: Layout, index: EditionIndexWriter
    ) -> VolumeSummary:
        """A former edition's volume as it is; new trackers and web seeds are written beside its `info`."""
        index.take_over(rows)
        announced = _announced(volume, layout)
        changes = announced != volume
        for suffix in (TORRENT, TWIN, *_OTHERS):
            name = f"volumes/{volume.name}{suffix}"
            if name not in former.targets:
                continue  # a v2-only volume has no twin
            if changes and suffix in (TORRENT, TWIN):
                data = (former.folder / name).read_bytes()
                fresh = announce_anew(data, trackers=layout.trackers, web_seeds=layout.web_seeds)
                self.write(name, fresh)
            else:
                link_or_copy(former.folder / name, self._folder / name)
                self.targets[name] = former.targets[name]
        return announced

    def copy_catalogue(self, files: Mapping[str, Path]) -> None:
        for name, source in sorted(files.items()):
            target = self._folder / "catalogue" / name
            shutil.copyfile(source, target)
            self.targets[f"catalogue/{name}"] = target_of(target)
            self._fresh.append(target)


def target_of(path: Path) -> Target:
    """Length and digest of a file."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return Target(path.stat().st_size, Sha256(digest.hexdigest()))


def _announced(volume: VolumeSummary, layout: Layout) -> VolumeSummary:
    """With the magnets of the layout's trackers and web seeds."""
    link = partial(magnet, volume.name, trackers=layout.trackers, web_seeds=layout.web_seeds)
    twin = volume.infohash_twin
    return replace(
        volume,
        magnet=link(v1=volume.infohash_v1, v2=volume.infohash_v2),
        magnet_twin=link(v1=twin) if twin else None,
    )


def _places(
    content: VolumeContent, name: str, edition: EditionId
) -> list[tuple[RecordingId, str, PublishedPlace]]:
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
        found.append((subject.recording.id, item.cleared.licence, place))
    return found
