"""BitTorrent clients that aren't ours, as witnesses that anyone can download what we publish."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tenuto.demo.programs import Finished, find_program, run_program
from tenuto.model.errors import NetworkError

_LIBTORRENT_CLIENT: Final = Path(__file__).with_name("libtorrent_client.py")


@dataclass(frozen=True, slots=True)
class Download:
    """What an independent client fetched: `bytes` of regular files under `folder`, and how long it took."""

    client: str
    folder: Path
    bytes: int
    seconds: float
    exit_status: int


def aria2_download(
    torrent: Path, folder: Path, *, tracker: str, seconds: float = 120, address: str = "127.0.0.1"
) -> Download:
    """Downloads a v1 torrent with Debian's aria2 (it can't read hybrid ones). Finds its peers by the tracker.

    Raises `ConfigurationError` without aria2, `NetworkError` with its last words when it doesn't finish.
    """
    program = find_program("aria2c", "aria2")
    folder.mkdir(parents=True, exist_ok=True)
    argv = [
        program,
        "--no-conf",
        f"--dir={folder}",
        f"--interface={address}",
        "--disable-ipv6",
        "--enable-dht=false",
        "--enable-dht6=false",
        "--bt-enable-lpd=false",
        "--enable-peer-exchange=false",
        "--bt-exclude-tracker=*",
        f"--bt-tracker={tracker}",
        # aria2 never asks a tracker more often than this (seconds) and gives up without peers after the last.
        "--bt-tracker-interval=1",
        f"--bt-stop-timeout={max(1, int(seconds))}",
        "--seed-time=0",
        "--file-allocation=none",
        "--bt-save-metadata=false",
        "--follow-torrent=false",
        "--no-netrc",
        "--summary-interval=0",
        "--console-log-level=warn",
        "--download-result=hide",
        f"--torrent-file={torrent}",
    ]
    return downloaded("aria2", folder, run_program(argv, seconds=seconds))


def libtorrent_download(
    torrent: Path, folder: Path, *, peer: tuple[str, int], seconds: float = 120
) -> Download:
    """Downloads a hybrid torrent in another process that knows libtorrent only, from this one peer.

    Raises `NetworkError` with its last words when it doesn't finish.
    """
    folder.mkdir(parents=True, exist_ok=True)
    host, port = peer
    argv = [sys.executable, "-I", str(_LIBTORRENT_CLIENT), str(torrent), str(folder), host, str(port)]
    return downloaded("libtorrent", folder, run_program([*argv, str(seconds)], seconds=seconds + 5))


def downloaded(client: str, folder: Path, finished: Finished) -> Download:
    """What a client that ended so has fetched. `NetworkError` with its last words unless it ended well."""
    if finished.status != 0:
        how = "ran out of time" if finished.status is None else f"ended with status {finished.status}"
        raise NetworkError(
            f"{client} {how} after {finished.seconds:.0f} s ({finished.last_lines or 'it said nothing'})",
            where=str(folder),
            remedy="Run it again; if it fails again, look whether the seeder and the tracker still run",
        )
    return Download(client, folder, _size(folder), finished.seconds, finished.status)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
