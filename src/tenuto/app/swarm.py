"""The current edition as what a seeder serves: torrents, and the objects that are their files."""

from collections.abc import Iterator
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.app.pointers import read_pointer
from tenuto.formats.edition import read_edition, read_files
from tenuto.model.edition import EditionSummary
from tenuto.model.errors import NotFoundError
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
    store = archive.store()
    for volume in edition.volumes:
        entries = read_files((folder / "volumes" / f"{volume.name}.files.json").read_bytes())
        files = {entry.path: store.path(entry.object) for entry in entries}
        for suffix in (".torrent", ".v1.torrent"):
            yield SeedVolume(folder / "volumes" / f"{volume.name}{suffix}", files)
