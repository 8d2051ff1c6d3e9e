"""Sources that ask a server, as a user meets them: contact, secret, and what comes of it in quarantine."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from tenuto.model.errors import ConfigurationError, NetworkError
from tests.cli.conftest import call
from tests.sources.replay import Replay, Reply, Request, served
from tests.sources.test_jamendo import CLIENT_ID, page, track

AUDIO = {"a.ogg": b"one recording", "b.ogg": b"another one"}


def answer(request: Request) -> Reply:
    """An item of two files, of which the second isn't as long as it is said to be."""
    name = request.path.rpartition("/")[2]
    if request.path.startswith("/download/"):
        return Reply(AUDIO[name])
    size = len(AUDIO["a.ogg"])
    files = [
        {
            "name": name,
            "source": "original",
            "size": size,
            "title": name,
            "sha1": hashlib.sha1(data).hexdigest(),
        }
        for name, data in AUDIO.items()
    ]
    licence = "https://creativecommons.org/licenses/by/4.0/"
    return Reply({"metadata": {"title": "Two", "creator": "Us", "licenseurl": licence}, "files": files})


@pytest.fixture
def server() -> Iterator[Replay]:
    with served(Replay(answer)) as replay:
        yield replay


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    assert call("init", tmp_path / "archive").exit_code == 0
    return tmp_path / "archive"


def harvest_item(archive: Path, server: Replay) -> Result:
    words = ("internet-archive", "--item", "two", "--url", server.url, "--json")
    return call("harvest", *words, archive=archive)


def test_from_the_api_to_quarantine(archive: Path, server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    """One contact serves both; a file that isn't what is said of it is dropped."""
    monkeypatch.setenv("TENUTO_ACQUIRE_CONTACT", "archive@example.org")
    harvested = json.loads(harvest_item(archive, server).stdout)["stages"][0]
    assert (harvested["done"], harvested["cleared"]) == (3, 2)
    for words in (["catalogue", "build"], ["rank"], ["plan", "--budget", "1GB"]):
        assert call(*words, archive=archive).exit_code == 0
    acquired = call("acquire", "--json", archive=archive)
    assert acquired.exit_code == 4
    counts = json.loads(acquired.stdout)["stages"][0]
    assert (counts["in"], counts["done"], counts["failed"]) == (2, 1, 1)
    assert "13 were stated" in acquired.stderr
    waiting = [path.read_bytes() for path in (archive / "quarantine").rglob("*") if path.is_file()]
    assert waiting == [AUDIO["a.ogg"]]
    server.requests.clear()
    assert "unchanged" in call("harvest", "again", archive=archive).stdout
    assert not server.requests


def test_nobody_is_asked_without_a_contact(archive: Path, server: Replay) -> None:
    assert isinstance(harvest_item(archive, server).exception, ConfigurationError)
    assert not server.requests


def test_a_server_that_wants_quiet_costs_the_run_and_no_rows(
    archive: Path, server: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENUTO_HARVEST_CONTACT", "https://archive.example.org/")
    assert harvest_item(archive, server).exit_code == 0
    before = (archive / "harvest" / "internet-archive" / "harvest.json").read_bytes()
    server.troubles = [Reply(status=429, headers={"Retry-After": "86400"})]
    failed = call("harvest", "again", "--force", archive=archive)
    assert failed.exit_code == 4
    assert "86,400 s of quiet" in failed.stderr
    assert (archive / "harvest" / "internet-archive" / "harvest.json").read_bytes() == before
    server.troubles = [Reply(status=429, headers={"Retry-After": "86400"})]
    assert isinstance(harvest_item(archive, server).exception, NetworkError)
    assert harvest_item(archive, server).exit_code == 0


def test_the_client_id_comes_from_a_file(
    archive: Path, server: Replay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.answer = lambda _: page([track(1)], results_fullcount=1)
    secret = tmp_path / "client-id"
    monkeypatch.setenv("TENUTO_HARVEST_CONTACT", "archive@example.org")
    monkeypatch.setenv("TENUTO_JAMENDO_CLIENT_ID_FILE", str(secret))
    missing = call("harvest", "jamendo", "--url", server.url, archive=archive)
    assert "secret can't be read" in str(missing.exception)
    secret.write_text(CLIENT_ID + "\n")
    done = call("harvest", "jamendo", "--url", server.url, "--filter", "tags=jazz", archive=archive)
    assert done.exit_code == 0, done.output
    assert server.requests[0].query["client_id"] == CLIENT_ID
    assert CLIENT_ID not in done.output + call("config", "show", "--origin", archive=archive).output
    assert not [
        path for path in archive.rglob("*") if path.is_file() and CLIENT_ID.encode() in path.read_bytes()
    ]
