"""qBittorrent, rtorrent (hybrid), Transmission and aria2 (twin) fetch a volume from our seeder."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "qbittorrent": "qbittorrent-nox",
    "rtorrent": "rtorrent",
    "transmission": "transmission-cli",
    "aria2": "aria2c",
}

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a network namespace"),
    pytest.mark.skipif(shutil.which("opentracker") is None, reason="opentracker is missing"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="iproute2 is missing"),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """All at once, each in a namespace of its own: most of the time they wait."""
    found = {}
    for client, program in PROGRAMS.items():
        if shutil.which(program) is not None:
            folder = tmp_path_factory.mktemp(client)
            argv = ["unshare", "--net", sys.executable, "-m", "tests.demo.namespace", str(folder), client]
            found[client] = subprocess.Popen(
                argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
    yield found
    for process in found.values():
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("client", PROGRAMS)
def test_a_client_that_is_not_ours_fetches_a_volume(
    client: str, running: dict[str, subprocess.Popen[str]]
) -> None:
    """Byte for byte, and from our seeder: nobody else is in its namespace."""
    if client not in running:
        pytest.skip(f"{PROGRAMS[client]} is missing; system-packages.txt names its package")
    out, err = running[client].communicate(timeout=100)
    assert running[client].returncode == 0, f"{out}\n{err}"
    assert "identical=True" in out
