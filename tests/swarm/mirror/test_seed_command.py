"""`tenuto seed` as a service: new editions are followed, withdrawals too, and SIGTERM ends it in order."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tenuto.formats.edition import read_files
from tenuto.model.errors import NetworkError, NotFoundError
from tenuto.pointers import write_pointer
from tenuto.swarm.get import Expected, get
from tests.cli.conftest import call
from tests.swarm.conftest import Editions


@dataclass
class Service:
    process: "subprocess.Popen[str]"
    port: int
    metrics: str

    def samples(self) -> dict[str, float]:
        with urllib.request.urlopen(self.metrics, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return {
            name: float(value) for name, value in (x.rsplit(" ", 1) for x in lines if not x.startswith("#"))
        }


@contextmanager
def service(*words: str | Path) -> Iterator[Service]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        metrics = f"127.0.0.1:{free.getsockname()[1]}"
    options = ("--interfaces", "127.0.0.1:0", "--progress", "plain", "--metrics", metrics)
    with subprocess.Popen(
        [sys.executable, "-m", "tenuto", "seed", *map(str, words), *options],
        env={**os.environ, "TENUTO_SWARM_DHT": "false"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            said = re.match(r"seeding e0001 on port (\d+)", process.stderr.readline())
            assert said is not None
            yield Service(process, int(said[1]), f"http://{metrics}/metrics")
        finally:
            process.kill()


@pytest.fixture
def archive(editions: Editions, tmp_path: Path) -> Path:
    """As it was after the first edition, the second one waiting to be pointed to."""
    shutil.copytree(editions.archive.root, tmp_path / "archive")
    write_pointer(tmp_path / "archive" / "editions", "e0001")
    return tmp_path / "archive"


def fetch(archive: Path, edition: str, volume: str, folder: Path, port: int, *, seconds: float) -> None:
    """The volume's first file, from the seeder only."""
    papers = archive / "editions" / edition / "volumes"
    entry = read_files((papers / f"{volume}.files.json").read_bytes())[0]
    torrent = (papers / f"{volume}.torrent").read_bytes()
    expected = Expected(entry.object, entry.length)
    got = get(
        torrent,
        file=entry.path,
        expected=expected,
        destination=folder / f"{time.monotonic_ns()}",
        peers=[("127.0.0.1", port)],
        timeout=seconds,
    )
    assert got.length == entry.length


def test_a_withdrawal_is_no_longer_seeded_and_the_new_edition_is(
    archive: Path, editions: Editions, tmp_path: Path
) -> None:
    names = [{v.name for v in editions.summary(edition).volumes} for edition in ("e0001", "e0002")]
    (withdrawn,), (new,) = names[0] - names[1], names[1] - names[0]
    with service("--archive", archive) as running:
        fetch(archive, "e0001", withdrawn, tmp_path, running.port, seconds=10)
        write_pointer(archive / "editions", "e0002")
        fetch(archive, "e0002", new, tmp_path, running.port, seconds=10)
        with pytest.raises(NetworkError):
            fetch(archive, "e0001", withdrawn, tmp_path, running.port, seconds=3)
        assert running.process.poll() is None


def test_it_says_how_it_fares_and_ends_in_order(archive: Path, editions: Editions, tmp_path: Path) -> None:
    assert isinstance(call("seed", "status", archive=archive).exception, NotFoundError)
    volume = editions.summary("e0001").volumes[0]
    with service("--archive", archive) as running:
        found = running.samples()
        assert found['tenuto_seed_info{edition="e0001"}'] == 1
        assert sum(found[key] for key in found if key.startswith("tenuto_seed_torrents")) == 4
        fetch(archive, "e0001", volume.name, tmp_path, running.port, seconds=10)
        report = json.loads(call("seed", "status", "--json", archive=archive).stdout)["report"]
        assert (report["edition"], report["port"]) == ("e0001", running.port)
        assert "e0001" in call("seed", "status", archive=archive).stdout
        running.process.send_signal(signal.SIGTERM)
        _, said = running.process.communicate(timeout=20)
    assert running.process.returncode == 143
    assert "Traceback" not in said
    ended = json.loads(call("seed", "status", "--json", archive=archive).stdout)
    assert ended["report"] is None
    assert ended["uploaded_ever"] > 0
    assert "not running" in call("seed", "status", archive=archive).stdout
