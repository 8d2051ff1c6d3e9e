"""The current edition as what a seeder serves: torrents, and the objects that are their files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.formats.edition import find_place, read_edition, read_files
from tenuto.formats.volume_index import find_named
from tenuto.model.edition import EditionSummary
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
