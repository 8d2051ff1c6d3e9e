"""Small helpers for tests that make torrents."""

import tempfile
from pathlib import Path
from typing import Any

import libtorrent as lt

from tenuto.formats.digests import digests_of
from tenuto.formats.torrent import TorrentFile
from tenuto.model.objects import PIECE_LENGTH


def payload(length: int, seed: int) -> bytes:
    """`length` bytes that differ from piece to piece."""
    unit = bytes((i * 31 + seed) % 251 for i in range(251))
    return (unit * (length // 251 + 1))[:length]


def torrent_files(contents: dict[tuple[str, ...], bytes]) -> list[TorrentFile]:
    return [TorrentFile(path, digests_of(data)) for path, data in contents.items()]


def libtorrent_info(name: str, contents: dict[tuple[str, ...], bytes]) -> dict[bytes, Any]:
    """The info dictionary that libtorrent's own creator makes by reading the files."""
    with tempfile.TemporaryDirectory() as folder:
        for path, data in contents.items():
            file = Path(folder, name, *path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        entries = [
            lt.create_file_entry("/".join([name, *path]), len(data)) for path, data in contents.items()
        ]
        creator = lt.create_torrent(entries, PIECE_LENGTH, lt.create_torrent.canonical_files_no_tail_padding)
        lt.set_piece_hashes(creator, folder)
        info: dict[bytes, Any] = creator.generate()[b"info"]
        return info
