"""The largest default volume, loaded by real clients with their default limits.

python -m benchmarks.publish.load_largest

10,000 files, 35 GB, from digests of nothing that exists. Each client is given its torrent as the user would;
it has loaded it when it lists it as a download. Nothing is downloaded: nobody has it.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import libtorrent as lt
from tests.publish.archive import cleared, synthetic_digests

from benchmarks.report import megabytes, need, seconds, show
from tenuto.demo.clients import Download
from tenuto.demo.daemons import qbittorrent_download, rtorrent_download, transmission_download
from tenuto.demo.programs import find_program, run_program
from tenuto.formats.digests import merkle_root
from tenuto.formats.volume import PAPERS, VolumeContent
from tenuto.model.errors import TenutoError
from tenuto.model.objects import BLOCK_LENGTH, PIECE_LENGTH, ObjectDigests
from tenuto.publish.pack import pack
from tenuto.publish.volume import Layout, Volume, build_volume

_FILES = 10_000
_LENGTH = 3_500_000
_SECONDS = 60.0
_PORT = 20_100


def largest() -> Volume:
    items = [cleared(rank, _digests(rank)) for rank in range(_FILES - len(PAPERS))]
    (content,) = [each for each in pack(items, archive="bench") if isinstance(each, VolumeContent)]
    # rtorrent refuses a torrent without any tracker where it has no distributed hash table.
    return build_volume(content, Layout("bench", trackers=("http://127.0.0.1:9/announce",)))


def _digests(rank: int) -> ObjectDigests:
    """With a piece layer that hashes to its root: libtorrent checks it."""
    made = synthetic_digests(rank, _LENGTH + rank)
    zero_piece = merkle_root(bytes(32) * (PIECE_LENGTH // BLOCK_LENGTH))
    return replace(made, pieces_root=merkle_root(made.piece_layer, zero_piece))


def libtorrent(torrent: Path, _: Path) -> None:
    """With the library's own limits, not ours."""
    if lt.torrent_info(str(torrent)).num_files() < _FILES:
        raise TenutoError("files are missing")


def aria2(torrent: Path, _: Path) -> None:
    argv = [find_program("aria2c", "aria2"), "--no-conf", "--show-files", str(torrent)]
    if run_program(argv, seconds=_SECONDS).status != 0:
        raise TenutoError("aria2 refuses it")


def daemon(client: Callable[..., Download], port: int, torrent: Path, folder: Path) -> None:
    client(torrent, folder, address="127.0.0.1", port=port, seconds=_SECONDS, loaded_only=True)


def contenders() -> dict[str, tuple[bool, Callable[[Path, Path], object]]]:
    """Name: whether it takes the twin, and how it is asked."""
    return {
        "libtorrent 2.1, hybrid": (False, libtorrent),
        "qBittorrent 4.5, hybrid": (False, partial(daemon, qbittorrent_download, _PORT)),
        "rtorrent 0.9.8, hybrid": (False, partial(daemon, rtorrent_download, _PORT + 2)),
        "Transmission 3.00, twin": (True, partial(daemon, transmission_download, _PORT + 4)),
        "aria2 1.36, twin": (True, aria2),
    }


def main() -> None:
    need("qbittorrent-nox", "rtorrent", "transmission-cli", "aria2c")
    volume = largest()
    rows = []
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        for client, (is_twin, load) in contenders().items():
            data = volume.torrents.twin if is_twin else volume.torrents.hybrid
            assert data is not None  # the default layout has both
            torrent = Path(name) / "volume.torrent"
            torrent.write_bytes(data)
            begun = time.monotonic()
            try:
                load(torrent, Path(name) / "got")
                verdict = "yes"
            except (TenutoError, RuntimeError) as error:
                verdict = f"no: {error}"[:80]
            rows.append([client, megabytes(len(data)), verdict, seconds(time.monotonic() - begun)])
    show(
        f"publish: {volume.summary.files:,} files, {volume.summary.bytes / 1e9:.1f} GB, loaded by default",
        ("client", ".torrent MB", "loaded", "seconds, its start included"),
        rows,
    )


if __name__ == "__main__":
    main()
