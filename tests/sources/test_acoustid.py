"""docs/sources/acoustid.md, against a server that replays answers of the documented shape."""

from collections.abc import Iterator

import pytest

from tenuto.model.errors import ConfigurationError, NetworkError
from tenuto.sources.acoustid import AcoustId, Match
from tenuto.sources.network import Network, Pace
from tests.sources.replay import Clock, Replay, Reply, Request, served

KEY = "c0ffee42"
OPERATOR = Network("archive@example.org", "Tenuto/test")
TRACK, MBID = "9ff43b6a-4f16-427c-93c2-92307ca505e0", "cd2e7c47-16f5-46c6-a37c-a1eb7bf599ff"


def answer(request: Request) -> Reply:
    results = [
        {"id": "00000000-0000-4000-8000-000000000000", "score": 0.5},
        {"id": TRACK, "score": 0.98, "recordings": [{"id": MBID}]},
    ]
    return Reply({"status": "ok", "results": results if request.query["fingerprint"] == "AQAB_known" else []})


@pytest.fixture
def replay() -> Iterator[Replay]:
    with served(Replay(answer)) as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(replay: Replay, clock: Clock) -> Iterator[AcoustId]:
    pace = Pace(0.34, 0.0, clock=clock, now=clock, sleep=clock.sleep)
    with AcoustId(OPERATOR, KEY, replay.url, pace=pace) as found:
        yield found


def test_clause_2_what_is_sent(client: AcoustId, replay: Replay) -> None:
    """2. What is sent: key, fingerprint and duration in seconds …"""
    client.look_up("AQAB_known", 248_600)
    (request,) = replay.requests
    assert request.path == "/v2/lookup"
    assert request.query == {
        "client": KEY,
        "duration": "249",
        "fingerprint": "AQAB_known",
        "format": "json",
        "meta": "recordingids",
    }
    assert request.headers["User-Agent"] == "Tenuto/test (archive@example.org)"


def test_clause_5_matches_by_descending_score(client: AcoustId) -> None:
    first, second = client.look_up("AQAB_known", 248_000)
    assert first == Match(TRACK, 0.98, (MBID,))
    assert (second.score, second.mbids) == (0.5, ())
    assert client.look_up("AQAB_unknown", 248_000) == ()


def test_clause_3_three_a_second(client: AcoustId, clock: Clock) -> None:
    """3. One fingerprint a request, 0.34 s between two starts."""
    for _ in range(4):
        client.look_up("AQAB_unknown", 1000)
    assert clock.slept == pytest.approx([0.34] * 3)


def test_clause_3_retry_after(client: AcoustId, replay: Replay, clock: Clock) -> None:
    replay.troubles = [Reply(status=429, headers={"Retry-After": "7"}), Reply(b"<html>")]
    assert client.look_up("AQAB_known", 1000)
    assert len(replay.requests) == 3
    assert 7.0 in clock.slept


def test_clause_3_a_refusal_ends_the_run(client: AcoustId, replay: Replay) -> None:
    """3. … An answer with another status than `ok` ends the run …"""
    refusal = {"status": "error", "error": {"code": 4, "message": "invalid API key"}}
    replay.troubles = [Reply(refusal)]
    with pytest.raises(NetworkError, match="invalid API key") as caught:
        client.look_up("AQAB_" + "x" * 3000, 1000)
    assert len(replay.requests) == 1
    assert KEY not in str(caught.value)
    assert "xxx" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "contact"), [("", "archive@example.org"), ("no key&", "archive@example.org"), (KEY, "")]
)
def test_clause_1_nobody_asks_without_key_and_contact(replay: Replay, key: str, contact: str) -> None:
    with pytest.raises(ConfigurationError):
        AcoustId(Network(contact), key, replay.url)
    assert replay.requests == []
