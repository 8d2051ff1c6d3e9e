"""The current edition as what a seeder serves: torrents, and the objects that are their files."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.formats.edition import find_place, read_edition, read_files
from tenuto.formats.magnet import trackers_of
from tenuto.formats.volume_index import find_named
from tenuto.model.edition import EditionSummary, VolumeEntry, VolumeSummary
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import RecordingId
from tenuto.pointers import read_pointer
from tenuto.store import LocalStore
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
    """Each volume's torrents over its objects, most heard volumes first. Opens no file."""
    store = archive.local_store()
    for volume in most_heard_first(edition):
        papers = folder / "volumes"
        yield from volume_torrents(volume, papers, partial(_objects, store, papers, volume.name))


def most_heard_first(edition: EditionSummary) -> list[VolumeSummary]:
    """By band; within one, the order of the edition."""
    return sorted(edition.volumes, key=lambda volume: volume.band, reverse=True)


def volume_torrents(
    volume: VolumeSummary, papers: Path, files: Callable[[], Mapping[str, Path]]
) -> Iterator[SeedVolume]:
    """The hybrid (or v2-only) torrent, then the v1 twin where there is one, over the same files."""
    torrent, trackers = papers / f"{volume.name}.torrent", trackers_of(volume.magnet)
    yield SeedVolume(volume.name, torrent, volume.infohash_v1, volume.infohash_v2, files, trackers)
    if volume.infohash_twin:
        twin = papers / f"{volume.name}.v1.torrent"
        yield SeedVolume(volume.name, twin, volume.infohash_twin, None, files, trackers)


def _objects(store: LocalStore, papers: Path, volume: str) -> dict[str, Path]:
    """Path in the volume -> object. `BadInputError`, `NotFoundError`."""
    return {entry.path: store.path(entry.object) for entry in read_entries(papers, volume)}


def read_entries(papers: Path, volume: str) -> tuple[VolumeEntry, ...]:
    """A volume's list of files. `NotFoundError`, `BadInputError`."""
    return read_files(_required(papers / f"{volume}.files.json"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to ask the swarm for: `torrent` is a `.torrent` file's bytes, or a link that says the rest."""

    torrent: bytes | str
    path: str | None = None
    """Below the torrent's folder."""
    expected: Expected | None = None


def find_published(edition: Path, identifier: str) -> Wanted:
    """Looks a recording up by its id, an ISRC or an MBID in an edition's folder; no archive is needed.

    An ISRC or MBID is looked for in one volume's index after the other, most heard first. `NotFoundError`.
    """
    summary = read_edition(_required(edition / "edition.json"))
    index = edition / "index.parquet"
    place = find_place(index, summary.id, RecordingId(identifier))
    if place is None:
        named = _named(edition, summary, identifier)
        place = find_place(index, summary.id, named) if named else None
    if place is None:
        raise NotFoundError(
            "not in this edition", where=identifier, remedy="`tenuto rights show` tells whether it stays dark"
        )
    torrent = _required(edition / "volumes" / f"{place.volume}.torrent")
    expected = Expected(place.object, place.length, bytes.fromhex(place.pieces_root))
    return Wanted(torrent, place.path, expected)


def _named(edition: Path, summary: EditionSummary, name: str) -> RecordingId | None:
    indexes = (edition / "volumes" / f"{volume.name}.index.parquet" for volume in summary.volumes)
    found = (find_named(_required(path), name) for path in indexes)
    return next(filter(None, found), None)


def _required(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(
            "not an edition's folder", where=str(path), remedy="Name the edition's folder"
        ) from None
