"""What a seeder is given, and the parameters under which libtorrent serves it without reading it first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import libtorrent as lt

from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.swarm.session import is_pad, load

_SEED_FLAGS: Final = (
    lt.torrent_flags.upload_mode
    | lt.torrent_flags.apply_ip_filter
    | lt.torrent_flags.update_subscribe
    | lt.torrent_flags.no_verify_files
)
"""Upload mode: nothing is ever downloaded, so no peer can write into the object store. Not auto-managed:
libtorrent's queue must not pause a volume. Not paused. Subscribed: changes are told, not asked for. Files
aren't verified: we have looked at each, and where one is lost in between, libtorrent would offer nothing of
the torrent, and not say so."""

_WAITING_FLAGS: Final = (
    lt.torrent_flags.upload_mode
    | lt.torrent_flags.apply_ip_filter
    | lt.torrent_flags.disable_dht
    | lt.torrent_flags.disable_lsd
    | lt.torrent_flags.disable_pex
)
"""libtorrent would announce a torrent without metadata as one that lacks everything: so it doesn't."""

_NOWHERE: Final = "/nonexistent"
"""Where libtorrent would put files that have no object; it must not be able to."""

_TORRENT_BYTES: Final = 8_000
_FACTOR: Final = 2
"""Memory of a loaded torrent over the size of its `.torrent`: measured (docs/benchmarks.md, Seeding)."""


@dataclass(frozen=True, slots=True)
class SeedVolume:
    """One torrent of a volume (hybrid, v1 twin or v2-only), and where the bytes of its files lie.

    `name`: the volume's, which a hybrid and its twin share. Infohashes: hexadecimal digits, at least one.
    `files`: path below the torrent's folder -> file. It is called each time the torrent is loaded, so that
    nobody holds the tables of thousands of volumes. Pad files are left out. `trackers`: those that stand in
    the torrent, as far as they are known before it is read.
    """

    name: str
    torrent: Path
    infohash_v1: str | None
    infohash_v2: str | None
    files: Callable[[], Mapping[str, Path]]
    trackers: tuple[str, ...] = ()

    @property
    def infohash(self) -> str:
        """40 digits, which tell a hybrid from its twin: v1's, or of a v2-only torrent v2's first."""
        return self.infohash_v1 or (self.infohash_v2 or "")[:40]

    @property
    def infohashes(self) -> tuple[bytes, ...]:
        """As trackers know it, 20 bytes each: a hybrid has two, of v2 the first bytes count (BEP 52)."""
        return tuple(bytes.fromhex(each)[:20] for each in (self.infohash_v1, self.infohash_v2) if each)

    @property
    def cost(self) -> int:
        """Memory that the torrent takes while it is loaded, in bytes, estimated. Costs a `stat`."""
        try:
            return _TORRENT_BYTES + _FACTOR * self.torrent.stat().st_size
        except OSError:
            return _TORRENT_BYTES  # loading it says what is wrong


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
    _require_infohash(volume, info)
    layout, files = info.layout(), volume.files()
    objects: dict[int, Path] = {}
    for index in range(layout.num_files()):
        if is_pad(layout, index):
            continue
        path = path_below(layout, index)
        if path not in files:
            raise BadInputError(
                f"no object is named for {path!r}",
                where=str(volume.torrent),
                remedy="Publish the edition again: torrent and index don't belong together",
            )
        objects[index] = files[path].absolute()
    return LoadedVolume(volume, params, info, objects)


def _require_infohash(volume: SeedVolume, info: lt.torrent_info) -> None:
    found = infohash_of(info.info_hashes())
    if found != volume.infohash:
        raise BadInputError(
            f"the torrent's infohash is {found} instead of {volume.infohash}",
            where=str(volume.torrent),
            remedy="Publish the edition again: torrent and edition don't belong together",
        )


def infohash_of(hashes: lt.info_hash_t) -> str:
    """As `SeedVolume.infohash`."""
    return str(hashes.v1) if hashes.has_v1() else str(hashes.v2)[:40]


def waiting_params(volume: SeedVolume) -> lt.add_torrent_params:
    """Parameters of a torrent of which only the infohash is known: it hears peers, and does nothing else."""
    params = lt.add_torrent_params()
    v1 = lt.sha1_hash(bytes.fromhex(volume.infohash_v1)) if volume.infohash_v1 else None
    v2 = lt.sha256_hash(bytes.fromhex(volume.infohash_v2)) if volume.infohash_v2 else None
    params.info_hashes = lt.info_hash_t(*(each for each in (v1, v2) if each is not None))
    params.save_path = _NOWHERE
    params.flags = _WAITING_FLAGS
    return params


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
    loaded: LoadedVolume, withheld: Sequence[Withheld], trackers: Sequence[str]
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
    else:
        params.flags |= lt.torrent_flags.seed_mode
    return params


def _pieces_without(info: lt.torrent_info, withheld: Sequence[Withheld]) -> list[bool]:
    have = [True] * int(info.num_pieces())
    layout, length = info.layout(), int(info.piece_length())
    for item in withheld:
        start = int(layout.file_offset(item.index))
        end = start + int(layout.file_size(item.index))
        for piece in range(start // length, -(-end // length)):
            have[piece] = False
    return have
