"""Drops what the archive withdrew: at once, from every place where it lies (docs/formats/withdrawals.md)."""

from collections.abc import Callable, Iterable
from pathlib import Path

from tenuto.formats.edition import published_objects
from tenuto.formats.withdrawals import read_withdrawals
from tenuto.fsync import fsync_directory
from tenuto.model.edition import VolumeEntry
from tenuto.swarm.mirror.held import Held, file_sha256
from tenuto.swarm.mirror.layout import MirrorFolder


def withdrawn_places(held: Held, withdrawals: bytes, index: Callable[[], Path]) -> list[tuple[str, str]]:
    """(volume, path) of every file that has to go: withdrawn, and nowhere in the edition of `index`.

    The edition's index is only asked for, and read, where something withdrawn is here at all.
    """
    here = {entry.object for entry in read_withdrawals(withdrawals) if held.has(entry.object)}
    if here:
        here -= published_objects(index(), here)
    return sorted(place for each in here for place in held.places(each))


def drop_withdrawn(folder: MirrorFolder, held: Held, places: Iterable[tuple[str, str]]) -> list[str]:
    """Deletes the files, then their rows, so a killed run is gone on with; returns what was deleted."""
    dropped = []
    for volume, path in places:
        file = folder.volumes / volume / path
        if file.exists():
            file.unlink()
            fsync_directory(file.parent)
            dropped.append(f"{volume}/{path}")
        held.forget(volume, path)
    return dropped


def learn(folder: MirrorFolder, held: Held, volumes: Iterable[str]) -> None:
    """Reads volumes of which no row tells (`held.sqlite` was lost), and which no edition here describes."""
    for volume in volumes:
        if not held.knows(volume):
            root = folder.volumes / volume
            files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
            held.add(
                volume,
                (
                    VolumeEntry(str(path.relative_to(root)), file_sha256(path), path.stat().st_size, None)
                    for path in files
                ),
            )
