"""docs/sources/jamendo.md, against a server that replays answers of the documented shape."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tenuto.formats.harvest import read_rows
from tenuto.model.errors import ConfigurationError, NetworkError, UsageError
from tenuto.model.ids import SourceName
from tenuto.model.rights import EvidenceKind
from tenuto.model.source import Access, Listens, Location, RejectedRow, SourceRow
from tenuto.sources.harvest import harvest
from tenuto.sources.jamendo import JamendoSource
from tenuto.sources.jamendo.track import track_row
from tenuto.sources.network import Network, Pace
from tenuto.sources.registry import open_source
from tenuto.testing.source import Opener, SourceContract, everything
from tests.sources.fixtures import Notes
from tests.sources.replay import Clock, Replay, Reply, Request, served

NAME = SourceName("jamendo")
CLIENT_ID = "c0ffee42"
OPERATOR = Network("archive@example.org", "Tenuto/test", lambda: CLIENT_ID)


def track(number: int, **fields: object) -> dict[str, object]:
    return {
        "id": str(number),
        "name": f"Track {number}",
        "duration": 248,
        "artist_id": "5",
        "artist_name": "An Artist",
        "album_name": "An Album",
        "album_id": "33",
        "license_ccurl": "http://creativecommons.org/licenses/by-sa/3.0/",
        "position": 2,
        "releasedate": "2005-03-17",
        "audio": f"https://storage.example/?trackid={number}&format=mp31&from=app",
        "audiodownload": f"https://storage.example/download/track/{number}/flac/",
        "audiodownload_allowed": True,
        "musicinfo": {
            "vocalinstrumental": "vocal",
            "speed": "high",
            "tags": {"genres": ["rock", "pop"], "instruments": ["piano"], "vartags": ["calm", "rock"]},
        },
        "licenses": {"ccnc": "false", "ccnd": "false", "ccsa": "true"},
        "stats": {"rate_downloads_total": 7, "rate_listened_total": 1234, "likes": 1},
    } | fields


TRACKS: list[Any] = [
    track(1, isrc="fr-z03-14-00212"),
    track(2, audiodownload_allowed=False),
    track(3, album_id="0", album_name="", position=0, stats=None, musicinfo=[], license_ccurl=""),
    {"name": "nobody"},
    *(track(number) for number in range(5, 206)),
]


def page(tracks: list[Any], code: int = 0, **headers: object) -> Reply:
    status = "failed" if code else "success"
    told = {"status": status, "code": code, "error_message": "", "warnings": "", "results_count": len(tracks)}
    return Reply({"headers": told | headers, "results": tracks})


def answer(request: Request) -> Reply:
    """Pages by offset and limit; the client id stands in the answer, as an API may echo it."""
    start, limit = int(request.query["offset"]), int(request.query["limit"])
    counted: dict[str, Any] = (
        {"results_fullcount": len(TRACKS)} if request.query.get("fullcount") == "true" else {}
    )
    echo: dict[str, Any] = {"next": f"https://api.example/?client_id={request.query['client_id']}"}
    return page(TRACKS[start : start + limit], **counted, **echo)


@pytest.fixture
def server() -> Iterator[Replay]:
    with served(Replay(answer)) as replay:
        yield replay


def opened(server: Replay, cache: Path, *filters: str, network: Network = OPERATOR) -> JamendoSource:
    clock = Clock()
    pace = Pace(0, 0.0, clock, clock, clock.sleep)
    return JamendoSource(NAME, cache, network, filters=filters, url=server.url, pace=pace)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    """Over one server that was asked once."""
    cache = tmp_path_factory.mktemp("cache")
    with served(Replay(answer)) as replay:
        yield lambda: opened(replay, cache)


@pytest.fixture(scope="module")
def rows(source: Opener) -> list[SourceRow | RejectedRow]:
    return everything(source())


class TestContract(SourceContract):
    """The source is the module's."""


def test_a_track_is_a_recording(rows: list[SourceRow | RejectedRow]) -> None:
    """jamendo.md, clauses 3 and 4."""
    row = rows[0]
    assert isinstance(row, SourceRow)
    assert (row.key, row.title, row.artist, row.artist_key) == ("1", "Track 1", "An Artist", "5")
    assert (row.release, row.release_key, row.track_number) == ("An Album", "33", 2)
    assert (row.year, row.duration_ms, row.genre) == (2005, 248_000, "rock; pop; calm")
    assert [each.value for each in row.identifiers] == ["FRZ031400212"]
    assert row.listens == Listens(1234.0)
    assert row.features is None
    assert json.loads(row.raw) == TRACKS[0]
    assert [(each.kind, each.statement) for each in row.evidence] == [
        (EvidenceKind.TABLE, "http://creativecommons.org/licenses/by-sa/3.0/")
    ]


def test_only_what_the_artist_allows_has_a_location(rows: list[SourceRow | RejectedRow]) -> None:
    """jamendo.md, clause 5."""
    address = "https://storage.example/download/track/1/flac/"
    assert isinstance(rows[0], SourceRow)
    assert rows[0].location == Location(address, Access.REMOTE, media_type="audio/flac")
    assert isinstance(rows[1], SourceRow)
    assert rows[1].location is None
    for allowed in ("true", 1, None, "", [True]):
        assert track_row(NAME, track(1, audiodownload_allowed=allowed)).location is None
    for target in ("", None, "file:///etc/passwd", "https://a.example/a b", 7):
        assert track_row(NAME, track(1, audiodownload=target)).location is None


def test_singles_and_bare_tracks_lack_fields(rows: list[SourceRow | RejectedRow]) -> None:
    """jamendo.md, clause 4."""
    row = rows[2]
    assert isinstance(row, SourceRow)
    assert (row.release_key, row.track_number, row.listens, row.genre, row.evidence) == (
        *(None, None, None, "", ()),
    )


def test_a_track_without_an_id_is_a_reject(rows: list[SourceRow | RejectedRow]) -> None:
    """jamendo.md, clause 6."""
    assert rows[3] == RejectedRow(NAME, 3, "tracks/3", "a track without an id", '{"name": "nobody"}')
    assert len(rows) == len(TRACKS)


def test_pages_come_by_id_and_the_count_is_asked_once(server: Replay, tmp_path: Path) -> None:
    """jamendo.md, clauses 1 and 2."""
    everything(opened(server, tmp_path, "tags=jazz", "ccnd=false"))
    first, second = (request.query for request in server.requests)
    assert server.paths == ["/v3.0/tracks/"] * 2
    assert (first["order"], first["limit"], first["offset"], first["fullcount"]) == ("id", "200", "0", "true")
    assert (first["tags"], first["ccnd"], first["include"]) == ("jazz", "false", "licenses musicinfo stats")
    assert second["offset"] == "200"
    assert "fullcount" not in second
    assert first["client_id"] == second["client_id"] == CLIENT_ID


def test_the_client_id_is_nowhere_on_disk(server: Replay, tmp_path: Path) -> None:
    """jamendo.md, clause 7."""
    notes = Notes()
    result = harvest(opened(server, tmp_path / "cache"), tmp_path / "h", notes)
    assert (result.counts.done, result.counts.failed) == (204, 1)
    source = opened(server, tmp_path / "cache")
    said = f"{notes} {source.describe()} {OPERATOR} {[row.raw for row in read_rows(result.segments[0])]}"
    assert CLIENT_ID not in said
    for path in tmp_path.rglob("*"):
        assert CLIENT_ID not in path.name
        assert path.is_dir() or CLIENT_ID.encode() not in path.read_bytes()


@pytest.mark.parametrize("secret", ["", "short", "c0ffee42&format=xml", "c0ffee42\n"])
def test_a_client_id_is_needed(server: Replay, tmp_path: Path, secret: str) -> None:
    """jamendo.md, clause 7."""
    with pytest.raises(ConfigurationError, match="TENUTO_JAMENDO_CLIENT_ID") as failure:
        everything(opened(server, tmp_path, network=replace(OPERATOR, client_id=lambda: secret)))
    assert not secret or secret not in str(failure.value)
    assert not server.requests


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (1, NetworkError, "exception"),
        (6, NetworkError, "rate limit"),
        (5, ConfigurationError, "doesn't know this client id"),
        (11, ConfigurationError, "suspended"),
        (3, ConfigurationError, "error 3: odd REDACTED"),
    ],
)
def test_errors_of_the_api(
    server: Replay, tmp_path: Path, code: int, kind: type[Exception], said: str
) -> None:
    """jamendo.md, clause 8."""
    server.answer = lambda _: page([], code, error_message=f"odd {CLIENT_ID}")
    with pytest.raises(kind, match=said):
        everything(opened(server, tmp_path))
    assert len(server.requests) == (5 if kind is NetworkError else 1)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", {"headers": "x"}, {"headers": {"code": 0}, "results": {"a": 1}}, {}]
)
def test_what_is_no_answer_is_a_network_error(server: Replay, tmp_path: Path, body: Any) -> None:
    """jamendo.md, clause 8."""
    server.answer = lambda _: Reply(body)
    with pytest.raises(NetworkError):
        everything(opened(server, tmp_path))


def test_a_page_that_comes_again_is_told(server: Replay, tmp_path: Path) -> None:
    """jamendo.md, clause 2."""
    server.answer = lambda _: page([track(1)], results_fullcount=10**9)
    with pytest.raises(NetworkError, match="the same page came twice"):
        everything(opened(server, tmp_path))
    server.answer = lambda request: page(
        [] if request.query["offset"] != "0" else [track(1)], results_fullcount=10**9
    )
    assert len(everything(opened(server, tmp_path, "tags=x"))) == 1


def test_a_cut_harvest_goes_on_at_its_page(server: Replay, tmp_path: Path) -> None:
    """asking.md, clause 8."""
    server.troubles = [
        answer(Request("", {"offset": "0", "limit": "200", "fullcount": "true", "client_id": ""}, {}))
    ]
    server.troubles += [Reply(status=502)] * 5
    with pytest.raises(NetworkError, match="502"):
        everything(opened(server, tmp_path))
    server.requests.clear()
    assert len(everything(opened(server, tmp_path))) == len(TRACKS)
    assert [request.query["offset"] for request in server.requests] == ["200"]


def test_hostile_tracks_are_rejects(server: Replay, tmp_path: Path) -> None:
    """jamendo.md, clause 6."""
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    bad = [
        track(1, lyrics="x" * 2**18),
        track(2, likes=2**70),
        track(3) | {"id": "../4"},
        track(5, album=deep),
    ]
    server.answer = lambda _: page(
        [*bad, track(9, name="a\u0000b\u202e\n", artist_name=["x"], duration="long")], results_fullcount=5
    )
    *rejected, last = everything(opened(server, tmp_path))
    assert [type(row) for row in rejected][:3] == [RejectedRow] * 3
    assert isinstance(last, SourceRow)
    assert (last.title, last.artist, last.duration_ms) == ("ab", "x", None)


def test_it_is_opened_again_from_its_description(server: Replay, tmp_path: Path) -> None:
    source = opened(server, tmp_path, "tags=jazz", "search=a=b")
    assert everything(open_source(source.describe(), OPERATOR)) == everything(source)


@pytest.mark.parametrize("filters", [["client_id=other"], ["tags"], ["tags=a", "tags=b"]])
def test_wrong_filters_are_told(server: Replay, tmp_path: Path, filters: list[str]) -> None:
    """jamendo.md, clause 2."""
    with pytest.raises(UsageError, match="NAME=VALUE"):
        opened(server, tmp_path, *filters)
