"""`tenuto identify`, from held files to a server on loopback and back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.tenuto_command import TODAY, stages, tenuto
from tests.audio.chords import music, wav
from tests.sources.replay import Replay, Reply, Request, served

KEY = "c0ffee42"
MBID = "cd2e7c47-16f5-46c6-a37c-a1eb7bf599ff"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("identify")
    (root / "music").mkdir()
    for seed in (1, 2):
        wav(root / "music" / f"{seed}.wav", music(10, seed=seed))
    tenuto(root / "archive", "init", str(root / "archive"))
    tenuto(root / "archive", "harvest", "folder", str(root / "music"), "--progress", "off")
    tenuto(root / "archive", "run", "--budget", "1GB", "--date", TODAY, "--progress", "off")
    return root / "archive"


def answer(request: Request) -> Reply:
    assert request.query["fingerprint"]
    recordings = [{"id": MBID}]
    return Reply({"status": "ok", "results": [{"id": "an-acoustid", "score": 0.9, "recordings": recordings}]})


@pytest.fixture
def service() -> Iterator[Replay]:
    with served(Replay(answer)) as found:
        yield found


def test_nothing_is_sent_without_a_key(archive: Path, service: Replay) -> None:
    tenuto(archive, "identify", "ask", "--url", service.url, "--progress", "off", expect=3)
    tenuto(archive, "run", "--budget", "1GB", "--date", TODAY, "--progress", "off")
    assert service.requests == []


def test_a_run_that_was_cut_goes_on_and_asks_nothing_twice(
    archive: Path, service: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENUTO_ACOUSTID_KEY", KEY)
    monkeypatch.setenv("TENUTO_HARVEST_CONTACT", "archive@example.org")
    words = ("identify", "ask", "--url", service.url, "--progress", "off")
    refusal = Reply({"status": "error", "error": {"code": 5, "message": "internal error"}})
    service.troubles = [answer(Request("", {"fingerprint": "x"}, {})), refusal]
    tenuto(archive, *words, expect=5)
    found = stages(tenuto(archive, *words, "--json"))["identify"]
    assert (found["in"], found["done"], found["skipped"], found["failed"]) == (2, 1, 1, 0)
    assert len(service.requests) == 3
    tenuto(archive, *words)
    assert len(service.requests) == 3

    (hit, _) = json.loads(tenuto(archive, "catalogue", "search", "", "--json"))["recordings"]
    shown = json.loads(tenuto(archive, "identify", "show", hit["id"], "--json"))
    assert shown["service"] == service.url
    assert shown["matches"] == [{"acoustid": "an-acoustid", "mbids": [MBID], "score": 0.9}]
    assert KEY.encode() not in (archive / "ledger.sqlite").read_bytes()
