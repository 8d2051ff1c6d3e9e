"""Debian's own qBittorrent and Transmission take what was adopted. Loopback only."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result

from tenuto.cli import tenuto
from tenuto.demo.daemons import configure_qbittorrent
from tenuto.demo.programs import find_program, started
from tenuto.model.errors import ConfigurationError, NetworkError, UsageError
from tenuto.swarm.clients import Login, Torrent, hand_over, open_client
from tests.ports import free_port
from tests.swarm.conftest import Editions

TIMEOUT = 30.0
PASSWORD = "sesame, open"

needs = {
    name: pytest.mark.skipif(
        shutil.which(name) is None, reason=f"{name} is missing; system-packages.txt names its package"
    )
    for name in ("qbittorrent-nox", "transmission-daemon")
}


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=1).status_code > 0
    except httpx2.HTTPError:
        return False


@contextmanager
def running(argv: list[str], url: str) -> Iterator[str]:
    with started(argv) as client:
        deadline = time.monotonic() + TIMEOUT
        while not answers(url) and client.status is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert answers(url), client.last_lines()
        yield url


@contextmanager
def qbittorrent(home: Path, *, locked: bool = False) -> Iterator[str]:
    """`locked`: its own machine needs the password too, which is the one that version 4.5 begins with."""
    port = free_port()
    configure_qbittorrent(home, "127.0.0.1", port - 1)
    if locked:
        config = home / "qBittorrent" / "config" / "qBittorrent.conf"
        text = config.read_text(encoding="utf-8").replace("LocalHostAuth=false", "LocalHostAuth=true")
        config.write_text(text.replace("WhitelistEnabled=true", "WhitelistEnabled=false"), encoding="utf-8")
    argv = [find_program("qbittorrent-nox", "qbittorrent-nox"), f"--profile={home}"]
    with running(argv, f"http://127.0.0.1:{port}") as url:
        yield url


@contextmanager
def transmission(home: Path) -> Iterator[str]:
    """With a password."""
    port, home_port = free_port(), free_port()
    settings = {
        "rpc-bind-address": "127.0.0.1",
        "rpc-port": port,
        "rpc-authentication-required": True,
        "rpc-username": "keeper",
        "rpc-password": PASSWORD,
        "bind-address-ipv4": "127.0.0.1",
        "peer-port": home_port,
        "dht-enabled": False,
        "lpd-enabled": False,
        "pex-enabled": False,
        "port-forwarding-enabled": False,
    }
    home.mkdir()
    (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    program = find_program("transmission-daemon", "transmission-daemon")
    argv = [program, "--foreground", "--config-dir", str(home), "--download-dir", str(home / "downloads")]
    with running(argv, f"http://127.0.0.1:{port}") as url:
        yield url


def adopt(editions: Editions, *words: str, **env: str) -> Result:
    argv = ["adopt", str(editions.both), "--space", "1GB", "--seed", "s", *words]
    return CliRunner().invoke(tenuto, argv, env=env)


@pytest.mark.system
@needs["qbittorrent-nox"]
def test_qbittorrent_takes_the_hybrids(editions: Editions, tmp_path: Path) -> None:
    summary = editions.summary("e0002")
    names = sorted(volume.name for volume in summary.volumes)
    with qbittorrent(tmp_path / "home") as url:
        client = ["--client", "qbittorrent", "--client-url", url, "--save-path", str(tmp_path / "to")]
        planned = adopt(editions, *client, "--dry-run", "--json")
        assert json.loads(planned.stdout)["handed"] is None
        said = adopt(editions, *client, "--paused", "--json")
        assert said.exit_code == 0, said.output
        assert sorted(json.loads(said.stdout)["handed"]["added"]) == names
        found = _until_paused(f"{url}/api/v2/torrents/info", len(names))
        assert sorted(each["name"] for each in found) == names
        assert {each["save_path"] for each in found} == {str(tmp_path / "to")}
        assert all(_is_paused(each) for each in found), found
        again = adopt(editions, *client, "--json")
        assert sorted(json.loads(again.stdout)["handed"]["known"]) == names
        with open_client("qbittorrent", Login(url)) as opened:
            done = hand_over(opened, [Torrent("broken", ["00" * 20], b"no torrent")], None, paused=True)
        assert list(done.failed) == ["broken"]


@pytest.mark.system
@needs["qbittorrent-nox"]
def test_qbittorrent_may_want_a_password(editions: Editions, tmp_path: Path) -> None:
    with qbittorrent(tmp_path / "home", locked=True) as url:
        client = ["--client", "qbittorrent", "--client-url", url]
        named = [*client, "--user", "admin"]
        assert isinstance(adopt(editions, *client).exception, ConfigurationError)
        wrong = adopt(editions, *named, TENUTO_CLIENT_PASSWORD="wrong")
        assert isinstance(wrong.exception, ConfigurationError)
        said = adopt(editions, *named, "--paused", TENUTO_CLIENT_PASSWORD="adminadmin")
        assert said.exception is None, said.exception
        assert f"{len(editions.summary('e0002').volumes)} added" in said.stderr


def _is_paused(torrent: dict[str, str]) -> bool:
    return torrent["state"].startswith(("paused", "stopped"))


def _until_paused(url: str, count: int) -> list[dict[str, str]]:
    """qBittorrent takes a moment to list and to look at what it has accepted."""
    deadline = time.monotonic() + TIMEOUT
    found: list[dict[str, str]] = []
    while sum(map(_is_paused, found)) < count and time.monotonic() < deadline:
        found = httpx2.get(url).json()
        time.sleep(0.05)
    return found


@pytest.mark.system
@needs["transmission-daemon"]
def test_transmission_takes_the_twins(editions: Editions, tmp_path: Path) -> None:
    summary = editions.summary("e0002")
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n", encoding="utf-8")
    with transmission(tmp_path / "home") as url:
        client = ["--client", "transmission", "--client-url", url, "--user", "keeper"]
        said = adopt(editions, *client, "--password-file", str(secret), "--paused", "--json")
        assert said.exit_code == 0, said.output
        assert len(json.loads(said.stdout)["handed"]["added"]) == len(summary.volumes)
        again = adopt(editions, *client, TENUTO_CLIENT_PASSWORD=PASSWORD)
        assert f"{len(summary.volumes)} known" in again.stderr
        listed = _transmission_hashes(url)
        assert listed == sorted(str(volume.infohash_twin) for volume in summary.volumes)
        with open_client("transmission", Login(url, "keeper", PASSWORD)) as opened:
            done = hand_over(opened, [Torrent("broken", ["00" * 20], b"no torrent")], None, paused=True)
        assert list(done.failed) == ["broken"]
        wrong = adopt(editions, *client, TENUTO_CLIENT_PASSWORD="wrong")
        assert isinstance(wrong.exception, ConfigurationError)
        assert PASSWORD not in said.output + again.output + str(wrong.exception)


def _transmission_hashes(url: str) -> list[str]:
    with httpx2.Client(auth=("keeper", PASSWORD)) as http:
        header = "X-Transmission-Session-Id"
        body = {"method": "torrent-get", "arguments": {"fields": ["hashString"]}}
        token = http.post(f"{url}/transmission/rpc", json=body).headers[header]
        found = http.post(f"{url}/transmission/rpc", json=body, headers={header: token}).json()
    return sorted(each["hashString"] for each in found["arguments"]["torrents"])


def test_a_client_that_isnt_there_is_one_clear_error(editions: Editions) -> None:
    for client in ("qbittorrent", "transmission"):
        said = adopt(editions, "--client", client, "--client-url", "http://127.0.0.1:1")
        assert isinstance(said.exception, NetworkError)
        assert "doesn't answer" in str(said.exception)
    assert isinstance(adopt(editions, "--client", "qbittorrent").exception, UsageError)
