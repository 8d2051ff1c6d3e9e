"""Fetches one file out of a volume: only the pieces that it needs, proven before it gets its name.

See docs/swarm.md. The file is downloaded into a folder beside its destination; a later try goes on there.
"""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import libtorrent as lt

from tenuto.formats.digests import read_digests
from tenuto.fsync import publish
from tenuto.model.errors import BadInputError, FixityError, NotFoundError, UsageError
from tenuto.model.ids import Sha256
from tenuto.model.ports import Reporter
from tenuto.swarm.download import WANTED, WHOLE, Asked, Download
from tenuto.swarm.session import SessionSettings, load, open_session
from tenuto.swarm.volume import path_below

_NAME: Final = "file"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the file must be. `sha256` and `pieces_root` (BEP 52, 32 bytes): one may be unknown."""

    sha256: Sha256 | None
    length: int
    pieces_root: bytes | None = None


@dataclass(frozen=True, slots=True)
class GetResult:
    """`downloaded`: payload bytes that came from peers in this call; less than `length` after a resume."""

    path: Path
    length: int
    sha256: Sha256
    downloaded: int
    seconds: float


def get(
    torrent: bytes | str,
    *,
    file: str | int | None = None,
    expected: Expected | None = None,
    destination: Path,
    peers: Sequence[tuple[str, int]] = (),
    trackers: Sequence[str] = (),
    settings: SessionSettings | None = None,
    timeout: float = 60,
    reporter: Reporter | None = None,
) -> GetResult:
    """Downloads one file of a volume to `destination`.

    `torrent`: a `.torrent` file's bytes (hybrid or v1) or a magnet link. `file`: its path below the
    torrent's folder, or its index with pad files counted; None: the one that the link selects (BEP 53).
    `expected`: None leaves it to the v2 torrent itself. `timeout`: seconds without a new byte.

    Raises `NetworkError` when nothing more comes, `FixityError` when what came isn't what was expected,
    `NotFoundError` when the torrent has no such file, `BadInputError` for a torrent that is none. Nothing
    stands at `destination` then.
    """
    start = time.monotonic()
    params = _params(torrent)
    file = _selected(params) if file is None else file
    folder = destination.parent / f".{_key(params, file, expected)[:32]}.get"
    folder.mkdir(parents=True, exist_ok=True)
    session, _ = open_session(settings or SessionSettings())
    asked = Asked(session, tuple(peers), tuple(trackers), timeout)
    if params.ti is None:
        params = _with_metadata(asked, params, folder)
    expected = expected or _promised(params, file)
    _choose(params, file, expected.length, folder)
    downloaded = _download(Download(asked, params, folder), expected.length, reporter)
    del asked, session
    found = _prove(folder / _NAME, expected)
    publish(folder / _NAME, destination)
    shutil.rmtree(folder)
    if reporter:
        reporter.advance()
    return GetResult(destination, expected.length, found, downloaded, time.monotonic() - start)


def _selected(params: lt.add_torrent_params) -> int:
    """The one file that a magnet link selects: `so=` and its index (BEP 53)."""
    wanted = [index for index, priority in enumerate(params.file_priorities) if priority]
    if len(wanted) != 1:
        raise UsageError(
            f"the magnet link selects {len(wanted)} files",
            remedy="Add &so= and one index: the file_index that the volume's index.parquet has",
        )
    return wanted[0]


def _key(params: lt.add_torrent_params, file: str | int, expected: Expected | None) -> str:
    """Names what is fetched, to go on with it in a later try."""
    known = expected and expected.sha256
    return known or sha256(f"{params.info_hashes.v2} {file}".encode()).hexdigest()


def _promised(params: lt.add_torrent_params, file: str | int) -> Expected:
    """What a v2 torrent says of its file: the infohash vouches for that."""
    info = params.ti
    assert info is not None  # its metadata has just come
    if not info.info_hashes().has_v2():
        raise UsageError(
            "the link's infohash is v1 only, and vouches for no single file",
            remedy="Give the volume's other magnet link, which has xt=urn:btmh:",
        )
    layout, index = info.layout(), _index(info, file)
    return Expected(None, layout.file_size(index), bytes(layout.root(index).to_bytes()))


def _with_metadata(asked: Asked, params: lt.add_torrent_params, folder: Path) -> lt.add_torrent_params:
    """What a magnet link leads to (BEP 9): the torrent's own data, from the peers; no file is begun."""
    fetch = Download(asked, params, folder, lt.torrent_flags.upload_mode)
    fetch.until(lambda: fetch.handle.status().has_metadata, "no peer sent the torrent's own data")
    found = lt.add_torrent_params()
    found.ti = fetch.handle.torrent_file()
    found.trackers = params.trackers
    asked.session.remove_torrent(fetch.handle)
    return found


def _choose(params: lt.add_torrent_params, file: str | int, length: int, folder: Path) -> None:
    """Wants this file only, under a name of ours: no name out of the torrent reaches the disk."""
    info = params.ti
    assert info is not None  # both callers have it
    layout, index = info.layout(), _index(info, file)
    if layout.file_size(index) != length:
        raise FixityError(
            f"the torrent's file has {layout.file_size(index)} bytes instead of {length}",
            where=str(file),
            remedy="Take the torrent of the edition that lists this recording",
        )
    params.renamed_files = {index: str((folder / _NAME).absolute())}
    params.file_priorities = [WANTED if i == index else 0 for i in range(layout.num_files())]


def _download(fetch: Download, length: int, reporter: Reporter | None) -> int:
    """Waits for the chosen file to be whole on disk; returns the payload bytes received."""
    told = 0
    if reporter:
        reporter.phase("get", items=1, total_bytes=length)

    def whole() -> bool:
        nonlocal told
        status = fetch.handle.status()
        if reporter and status.total_wanted_done > told:
            reporter.advance(0, done_bytes=status.total_wanted_done - told)
            told = status.total_wanted_done
        return status.state in WHOLE

    fetch.until(whole, "no peer has the file, or none sends it")
    fetch.flush()
    return fetch.handle.status().total_payload_download


def _params(torrent: bytes | str) -> lt.add_torrent_params:
    if isinstance(torrent, bytes):
        return load(torrent, "the torrent")
    try:
        return lt.parse_magnet_uri(torrent)
    except RuntimeError as error:
        raise BadInputError(
            f"not a magnet link ({error})", where=torrent[:80], remedy="Copy it again from the edition's page"
        ) from None


def _index(info: lt.torrent_info, file: str | int) -> int:
    layout = info.layout()
    if isinstance(file, int):
        found = [file] if 0 <= file < layout.num_files() else []
    else:
        found = [i for i in range(layout.num_files()) if path_below(layout, i) == file]
    if not found:
        raise NotFoundError(
            "the torrent has no such file", where=str(file), remedy="Look at the volume's index for its path"
        )
    return found[0]


def _prove(path: Path, expected: Expected) -> Sha256:
    """Reads the file once. What isn't right is removed, so that the next try starts clean."""
    with path.open("rb", buffering=0) as file:
        digests = read_digests(file)
    right = (
        digests.length == expected.length
        and expected.sha256 in (None, digests.sha256)
        and expected.pieces_root in (None, digests.pieces_root)
    )
    if not right:
        shutil.rmtree(path.parent)
        raise FixityError(
            f"what came has SHA-256 {digests.sha256}, expected {expected.sha256 or 'another'}",
            where="the file",
            remedy="The torrent isn't the one that lists this recording: get the edition's own",
        )
    return digests.sha256
