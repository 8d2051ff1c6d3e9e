"""Volumes that are v2-only: seeded side by side, fetched by libtorrent."""

from dataclasses import replace
from pathlib import Path

from tenuto.demo.clients import libtorrent_download
from tenuto.formats.torrent import Kind, TorrentFile, assemble
from tenuto.swarm.seeder import Seeder
from tests.swarm.volumes import NAME, Published, publish


def _v2_only(folder: Path, seed: int) -> Published:
    made = publish(folder, files=3, seed=seed)
    files = [TorrentFile(tuple(path.split("/")), digests) for path, digests in made.digests.items()]
    assembled = assemble(NAME, files, kind=Kind.V2)
    made.hybrid.write_bytes(assembled.hybrid)
    return replace(made, assembled=assembled)


def test_two_of_them_are_told_apart_and_fetched(tmp_path: Path) -> None:
    one, other = _v2_only(tmp_path / "one", 1), _v2_only(tmp_path / "other", 2)
    with Seeder() as seeder:
        seeder.add(one.volume())
        seeder.add(other.volume())
        known = {status.infohash for status in seeder.torrents()}
        assert known == {*one.infohashes(), *other.infohashes()}
        libtorrent_download(other.hybrid, tmp_path / "got", peer=("127.0.0.1", seeder.port), seconds=30)
    assert other.identical(tmp_path / "got")
