"""Programs that aren't ours download what our seeder serves. Loopback only."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tenuto.demo.clients import aria2_download, libtorrent_download
from tenuto.demo.tracker import tracker
from tenuto.swarm.seeder import Seeder, SeederSettings
from tests.swarm.volumes import NAME, publish

needs = {
    name: pytest.mark.skipif(
        shutil.which(name) is None, reason=f"{name} is missing; system-packages.txt names its package"
    )
    for name in ("aria2c", "opentracker", "sha256sum")
}


@pytest.mark.system
@needs["aria2c"]
@needs["opentracker"]
@needs["sha256sum"]
def test_aria2_downloads_the_twin_through_a_tracker(tmp_path: Path) -> None:
    made = publish(tmp_path)
    with tracker(made.infohashes()) as url, Seeder(SeederSettings(trackers=(url,))) as seeder:
        seeder.add(made.volume(twin=True))
        seeder.announce()
        download = aria2_download(made.twin, tmp_path / "got", tracker=url, seconds=30)
        seeder.work(1.2)
        (status,) = seeder.torrents()
    assert made.identical(tmp_path / "got")
    assert download.exit_status == 0
    assert status.uploaded >= made.length
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path / "got" / NAME, check=True)


def test_libtorrent_alone_downloads_the_hybrid(tmp_path: Path) -> None:
    made = publish(tmp_path)
    with Seeder() as seeder:
        seeder.add(made.volume())
        download = libtorrent_download(
            made.hybrid, tmp_path / "got", peer=("127.0.0.1", seeder.port), seconds=30
        )
    assert made.identical(tmp_path / "got")
    assert download.bytes == made.length
