"""One volume into a mirror: fetched beside, proven file by file, then taken over as a whole.

libtorrent writes blocks before it has checked their piece, so it only ever writes below `incoming`, into
files that nothing else shares. What the mirror holds already is checked and linked, never given to it.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tenuto.formats.torrent_view import parse_torrent
from tenuto.fsync import fsync_directory, make_folders, sync_files
from tenuto.model.edition import VolumeEntry
from tenuto.model.errors import BadInputError, FixityError, SpaceError
from tenuto.model.ports import Reporter
from tenuto.swarm.download import WANTED, WHOLE, Asked, Download
from tenuto.swarm.mirror.held import Held, file_sha256
from tenuto.swarm.mirror.layout import MirrorFolder
from tenuto.swarm.session import load
from tenuto.swarm.volume import path_below

_SPARE_BYTES: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class WantedVolume:
    """As the edition's signed files describe it."""

    name: str
    torrent: bytes
    entries: Sequence[VolumeEntry]


@dataclass(frozen=True, slots=True)
class BroughtVolume:
    """Bytes. `received`: payload from peers and web seeds in this run; less than the rest after a resume."""

    reused: int
    received: int


def bring_volume(
    wanted: WantedVolume, mirror: MirrorFolder, held: Held, asked: Asked, reporter: Reporter
) -> BroughtVolume:
    """Fetches what the mirror lacks, and gives the volume its place below `volumes`.

    `BadInputError` where its files don't fit each other, `NetworkError` when nothing more comes,
    `FixityError` where what came isn't what was signed, `SpaceError`. Nothing stands below `volumes` then.
    """
    _check(wanted)
    folder = mirror.incoming / wanted.name
    reused = _reusable(wanted, mirror, held, reporter)
    missing = [entry for entry in wanted.entries if entry.path not in reused]
    _require_space(folder, missing)
    received = _download(wanted, folder, missing, asked, reporter) if missing else 0
    for entry in missing:
        _prove(folder / entry.path, entry)
    for path, place in reused.items():
        _link(place, folder / path)
    _remove_strays(folder, {entry.path for entry in wanted.entries})
    _make_durable(folder)
    folder.rename(mirror.volumes / wanted.name)
    fsync_directory(mirror.volumes)
    held.add(wanted.name, wanted.entries)
    return BroughtVolume(sum(e.length for e in wanted.entries if e.path in reused), received)


def _check(wanted: WantedVolume) -> None:
    """Torrent and file list agree; the torrent's reader has refused unsafe names."""
    view = parse_torrent(wanted.torrent)
    listed = [(entry.path, entry.length) for entry in wanted.entries]
    if view.name != wanted.name or listed != [(file.path, file.length) for file in view.files]:
        raise BadInputError(
            "its torrent and its file list don't belong together",
            where=wanted.name,
            remedy="Tell the archive",
        )


def _reusable(wanted: WantedVolume, mirror: MirrorFolder, held: Held, reporter: Reporter) -> dict[str, Path]:
    """Files that another volume here has too, by path; each was read and is what it should be."""
    reporter.phase(f"{wanted.name}: what is here already", items=len(wanted.entries))
    found: dict[str, Path] = {}
    for entry in wanted.entries:
        for volume, path in held.places(entry.object):
            place = mirror.volumes / volume / path
            if place.is_file() and file_sha256(place) == entry.object:
                found[entry.path] = place
                break
        reporter.advance()
    return found


def _download(
    wanted: WantedVolume,
    folder: Path,
    missing: Sequence[VolumeEntry],
    asked: Asked,
    reporter: Reporter,
) -> int:
    """Only the missing files; what an earlier run left is hashed first. Returns the payload received."""
    total = sum(entry.length for entry in missing)
    reporter.phase(wanted.name, items=len(missing), total_bytes=total)
    names = {entry.path for entry in missing}
    _unshare(folder, names)
    params = load(wanted.torrent, wanted.name)
    info = params.ti
    assert info is not None  # a .torrent has one
    paths = {index: path_below(info.layout(), index) for index in range(info.layout().num_files())}
    params.renamed_files = {i: str((folder / path).absolute()) for i, path in paths.items() if path in names}
    params.file_priorities = [WANTED if paths[index] in names else 0 for index in sorted(paths)]
    folder.mkdir(exist_ok=True)
    download = Download(asked, params, folder)
    try:
        told = _watch(download, reporter)
        download.flush()
        received = int(download.handle.status().total_payload_download)
    finally:
        asked.session.remove_torrent(download.handle)
    reporter.advance(len(missing), done_bytes=total - told)
    return received


def _watch(download: Download, reporter: Reporter) -> int:
    """Until all wanted files are whole; returns the bytes that the reporter was told of."""
    told = 0

    def whole() -> bool:
        nonlocal told
        status = download.handle.status()
        if status.total_wanted_done > told:
            reporter.advance(0, done_bytes=status.total_wanted_done - told)
            told = status.total_wanted_done
        return status.state in WHOLE

    download.until(whole, "no peer and no web seed sends it")
    return told


def _unshare(folder: Path, names: set[str]) -> None:
    """A file that is linked to elsewhere must not be written to: an earlier run may have linked it."""
    for name in names:
        path = folder / name
        if path.is_symlink() or (path.is_file() and path.stat().st_nlink > 1):
            path.unlink()


def _prove(path: Path, entry: VolumeEntry) -> None:
    """Reads the file once more, by itself: nothing unproven is taken over."""
    if not path.is_file() or path.stat().st_size != entry.length or file_sha256(path) != entry.object:
        path.unlink(missing_ok=True)
        raise FixityError(
            "what came isn't what the archive signed", where=entry.path, remedy="Run again to fetch it anew"
        )


def _link(place: Path, target: Path) -> None:
    make_folders(target.parent)
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(place)
    except OSError:  # a file system without links
        shutil.copyfile(place, target)


def _remove_strays(folder: Path, names: set[str]) -> None:
    for path in [path for path in folder.rglob("*") if not path.is_dir()]:
        if str(path.relative_to(folder)) not in names:
            path.unlink()


def _make_durable(folder: Path) -> None:
    """Every file, then every folder from the leaves up."""
    for parent, _, files in os.walk(folder, topdown=False):
        sync_files(Path(parent, name) for name in files)
        fsync_directory(Path(parent))


def _require_space(folder: Path, missing: Sequence[VolumeEntry]) -> None:
    there = sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
    needed = max(0, sum(entry.length for entry in missing) - there) + _SPARE_BYTES
    free = shutil.disk_usage(folder.parent).free
    if free < needed:
        raise SpaceError(
            f"{needed:,} bytes needed, {free:,} free",
            where=str(folder.parent),
            remedy="Free some space, or mirror fewer volumes with --volume",
        )
