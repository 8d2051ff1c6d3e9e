"""Waiting torrents at Debian's opentracker: announced as whole over HTTP and UDP, until they are dropped."""

import shutil
import socket
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

import libtorrent as lt
import pytest

from tenuto.demo.tracker import tracker
from tenuto.model.errors import NetworkError
from tenuto.swarm.seeder import Seeder, SeederSettings
from tenuto.swarm.trackers.announce import Event, Seed, announce
from tenuto.swarm.trackers.refusals import RefusedError
from tests.swarm.volumes import Published, publish

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("opentracker") is None, reason="opentracker is missing"),
]


@pytest.fixture
def made(tmp_path: Path) -> Published:
    return publish(tmp_path / "one")


@pytest.fixture
def url(made: Published) -> Iterator[str]:
    with tracker(made.infohashes()) as found:
        yield found


def by(scheme: str, url: str) -> str:
    return url if scheme == "http" else f"udp://{urlsplit(url).netloc}"


def seeds(url: str, infohash: bytes) -> int:
    """How many have all of it, by the tracker's scrape (BEP 48)."""
    asked = f"{url.replace('/announce', '/scrape')}?info_hash={quote_from_bytes(infohash, safe='')}"
    with urllib.request.urlopen(asked, timeout=5) as answer:
        found: Any = lt.bdecode(answer.read())
    return int(found[b"files"].get(infohash, {}).get(b"complete", 0))


@pytest.mark.parametrize("scheme", ["http", "udp"])
def test_who_announces_counts_as_a_seed_until_it_stops(made: Published, url: str, scheme: str) -> None:
    infohash = made.volume().infohashes[0]
    seed = Seed(infohash, b"-TN0001-abcdefghijkl", 6881)
    assert announce(by(scheme, url), seed, Event.STARTED) > 0
    assert announce(by(scheme, url), seed, Event.NONE) > 0
    assert seeds(url, infohash) == 1
    announce(by(scheme, url), seed, Event.STOPPED)
    assert seeds(url, infohash) == 0


def test_a_torrent_that_the_tracker_does_not_know_is_refused(url: str) -> None:
    with pytest.raises(RefusedError):
        announce(url, Seed(b"x" * 20, b"-TN0001-abcdefghijkl", 6881), Event.STARTED)


@pytest.mark.parametrize("scheme", ["http", "gopher"])
def test_nobody_there_is_a_network_error(scheme: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"{scheme}://127.0.0.1:{free.getsockname()[1]}/announce"
    with pytest.raises(NetworkError):
        announce(nobody, Seed(b"x" * 20, b"-TN0001-abcdefghijkl", 6881), Event.STARTED)


def test_what_waits_is_announced_as_whole(made: Published, url: str) -> None:
    """Memory is for one torrent, so the twin waits."""
    with Seeder(SeederSettings(memory=1)) as seeder:
        seeder.follow(replace(volume, trackers=(url,)) for volume in (made.volume(), made.volume(twin=True)))
        (infohash,) = made.volume(twin=True).infohashes
        deadline = time.monotonic() + 10
        while not seeds(url, infohash) and time.monotonic() < deadline:
            seeder.work(0.1)
        assert [str(torrent.state) for torrent in seeder.torrents()] == ["seeding", "waiting"]
        assert seeds(url, infohash) == 1
        seeder.follow([made.volume()])
        deadline = time.monotonic() + 10
        while seeds(url, infohash) and time.monotonic() < deadline:
            seeder.work(0.1)
        assert seeds(url, infohash) == 0, "what is dropped is told to have stopped"
