"""The current edition as what a seeder serves: torrents, and the objects that are their files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.formats.edition import find_place, read_edition, read_files
from tenuto.model.edition import EditionSummary, PublishedPlace
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import RecordingId
from tenuto.pointers import read_pointer
from tenuto.swarm.get import Expected
from tenuto.swarm.volume import SeedVolume


def current_edition(archive: Archive) -> tuple[Path, EditionSummary]:
    """The folder and the summary of the newest edition. `NotFoundError` before the first one."""
    newest = read_pointer(archive.editions)
    if newest is None:
        raise NotFoundError("no edition yet", where=str(archive.root), remedy="tenuto publish")
    folder = archive.editions / newest
    return folder, read_edition((folder / "edition.json").read_bytes())


def seed_volumes(archive: Archive, folder: Path, edition: EditionSummary) -> Iterator[SeedVolume]:
    """Each volume's hybrid torrent, then its v1 twin over the same objects."""
    store = archive.local_store()
    for volume in edition.volumes:
        entries = read_files((folder / "volumes" / f"{volume.name}.files.json").read_bytes())
        files = {entry.path: store.path(entry.object) for entry in entries}
        for suffix in (".torrent", ".v1.torrent") if volume.infohash_twin else (".torrent",):
            yield SeedVolume(folder / "volumes" / f"{volume.name}{suffix}", files)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One published recording: what to ask the swarm for, and what must come."""

    torrent: bytes
    place: PublishedPlace
    expected: Expected


def find_published(edition: Path, recording: RecordingId) -> Wanted:
    """Looks a recording up in an edition's folder; no archive is needed. `NotFoundError`."""
    summary = read_edition(_required(edition / "edition.json"))
    place = find_place(edition / "index.parquet", summary.id, recording)
    if place is None:
        raise NotFoundError(
            "not in this edition", where=recording, remedy="`tenuto rights show` tells whether it stays dark"
        )
    torrent = _required(edition / "volumes" / f"{place.volume}.torrent")
    return Wanted(torrent, place, Expected(place.object, place.length, bytes.fromhex(place.pieces_root)))


def _required(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(
            "not an edition's folder", where=str(path), remedy="Name the edition's folder"
        ) from None
