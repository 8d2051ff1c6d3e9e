"""What a seeder is given, and the parameters under which libtorrent serves it without reading it first."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import libtorrent as lt

from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.swarm.session import is_pad, load

_SEED_FLAGS: Final = lt.torrent_flags.upload_mode | lt.torrent_flags.apply_ip_filter
"""Upload mode: nothing is ever downloaded, so no peer can write into the object store. Not auto-managed:
libtorrent's queue must not pause a volume. Not paused."""

_NOWHERE: Final = "/nonexistent"
"""Where libtorrent would put files that have no object; it must not be able to."""


@dataclass(frozen=True, slots=True)
class SeedVolume:
    """One torrent (hybrid or v1 twin), and where the bytes of its files lie.

    `files`: path below the torrent's folder -> the object's file. The same objects may serve any number
    of torrents. Pad files are left out.
    """

    torrent: Path
    files: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Withheld:
    """A file of a volume that can't be served, and why."""

    index: int
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class LoadedVolume:
    """A volume's torrent, and its files by libtorrent's index. `params` is good for one adding."""

    volume: SeedVolume
    params: lt.add_torrent_params
    info: lt.torrent_info
    objects: Mapping[int, Path]

    @property
    def layout(self) -> lt.file_storage:
        return self.info.layout()

    def path_of(self, index: int) -> str:
        """Below the torrent's folder."""
        return path_below(self.layout, index)


def path_below(layout: lt.file_storage, index: int) -> str:
    """A file's path without the torrent's own folder."""
    path = str(layout.file_path(index))
    return path.split("/", 1)[1] if "/" in path else path


def load_volume(volume: SeedVolume) -> LoadedVolume:
    """Reads the `.torrent`. Raises `NotFoundError` without it, `BadInputError` where files don't fit."""
    try:
        data = volume.torrent.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(
            "no such torrent file", where=str(volume.torrent), remedy="Publish the edition again"
        ) from None
    params = load(data, str(volume.torrent))
    info = params.ti
    assert info is not None  # a .torrent has one, a magnet link has none
    layout = info.layout()
    objects: dict[int, Path] = {}
    for index in range(layout.num_files()):
        if is_pad(layout, index):
            continue
        path = path_below(layout, index)
        if path not in volume.files:
            raise BadInputError(
                f"no object is named for {path!r}",
                where=str(volume.torrent),
                remedy="Publish the edition again: torrent and index don't belong together",
            )
        objects[index] = volume.files[path].absolute()
    return LoadedVolume(volume, params, info, objects)


def missing_objects(loaded: LoadedVolume) -> tuple[Withheld, ...]:
    """Files whose object isn't there in full length. One `stat` a file; reads no content."""
    layout = loaded.layout
    found = []
    for index, path in loaded.objects.items():
        try:
            length = path.stat().st_size
        except OSError as error:
            found.append(Withheld(index, loaded.path_of(index), f"{path.name}: {error.strerror}"))
            continue
        wanted = layout.file_size(index)
        if length != wanted:
            what = f"{path.name}: {length} bytes instead of {wanted}"
            found.append(Withheld(index, loaded.path_of(index), what))
    return tuple(found)


def seeding_params(
    loaded: LoadedVolume, withheld: tuple[Withheld, ...], trackers: tuple[str, ...]
) -> lt.add_torrent_params:
    """Parameters under which nothing is read at the start and nothing is ever written.

    Whole volumes start in seed mode: each piece is hashed when it is first asked for. libtorrent has
    seed mode only for whole torrents, so a volume with withheld files starts with a list of its pieces.
    """
    params = loaded.params
    params.renamed_files = {index: str(path) for index, path in loaded.objects.items()}
    params.save_path = _NOWHERE
    params.trackers = [*params.trackers, *trackers]
    params.tracker_tiers = [*params.tracker_tiers, *(0 for _ in trackers)]
    params.flags = _SEED_FLAGS
    if withheld:
        params.have_pieces = _pieces_without(loaded.info, withheld)
        params.flags |= lt.torrent_flags.no_verify_files
    else:
        params.flags |= lt.torrent_flags.seed_mode
    return params


def _pieces_without(info: lt.torrent_info, withheld: tuple[Withheld, ...]) -> list[bool]:
    have = [True] * int(info.num_pieces())
    layout, length = info.layout(), int(info.piece_length())
    for item in withheld:
        start = int(layout.file_offset(item.index))
        end = start + int(layout.file_size(item.index))
        for piece in range(start // length, -(-end // length)):
            have[piece] = False
    return have
