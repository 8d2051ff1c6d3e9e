"""docs/sources/internet-archive.md, against a server that replays answers of the documented shape."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenuto.formats.harvest import read_rows
from tenuto.model.errors import ConfigurationError, NetworkError, UsageError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.rights import EvidenceKind, Policy, Refusal
from tenuto.model.source import Access, Entity, Listens, RejectedRow, SourceRow
from tenuto.rights import clear
from tenuto.sources.harvest import harvest
from tenuto.sources.internet_archive import InternetArchiveSource
from tenuto.sources.network import Network, Pace
from tenuto.sources.registry import open_source
from tenuto.testing.source import Opener, SourceContract, everything
from tests.sources.fixtures import Notes
from tests.sources.replay import Clock, Replay, Reply, Request, served

NAME = SourceName("ia")
OPERATOR = Network("archive@example.org", "Tenuto/test")
SHA1, MD5 = "0123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef"
MBID = "5b7a1c3e-0000-4000-8000-00000000000a"


def original(name: str, **fields: object) -> dict[str, object]:
    return {"name": name, "source": "original", "format": "Flac", "size": "1000"} | fields


def item(files: object, **metadata: object) -> dict[str, object]:
    return {"created": 1, "server": "ia1.example", "metadata": metadata, "files": files, "item_size": 9}


ITEMS: dict[str, Any] = {
    "quiet-album": item(
        [
            original(
                "disc1/01 Löwe?.flac",
                title="First\u0000 Light",
                artist="A Duo",
                album="Quiet",
                track="1/9",
                length="243.17",
                sha1=SHA1.upper(),
                md5=MD5,
                genre="Ambient",
            )
            | {"external-identifier": ["urn:acoustid:x", f"urn:mb_recording_id:{MBID}"]},
            original("02.mp3", length="1:02:03", track="B2", size="many", sha1="no", private="true"),
            {"name": "01.mp3", "source": "derivative", "original": "01.flac", "format": "VBR MP3"},
            original("cover.jpg"),
        ],
        identifier="quiet-album",
        title=["Quiet", "Silent"],
        creator=["A Duo", "B"],
        date="2004-06-12",
        licenseurl="https://creativecommons.org/licenses/by/4.0/",
        rights="Ask us first.",
        subject=["drone; ambient", "drone"],
        publisher="A Label",
        collection=["netlabels"],
        **{
            "external-identifier": [
                f"urn:mb_release_id:{MBID}",
                "urn:upc:036000291452",
                "urn:upc:036000291453",
            ]
        },
    ),
    "lent-album": item([original("a.ogg")], title="Lent", collection=["inlibrary", "audio"]),
    "closed-album": item([original("a.ogg")], title=["Closed"], **{"access-restricted-item": "true"}),
    "no-such-item": {},
    "dark-item": {"is_dark": True, "created": 1},
}


def answer(request: Request) -> Reply:
    """Two items a page, as the scrape API pages; metadata by identifier."""
    if request.path == "/services/search/v1/scrape":
        names, start = list(ITEMS), int(request.query.get("cursor", "0"))
        found = [{"identifier": name, "downloads": 100 + start} for name in names[start : start + 2]]
        more = {"cursor": str(start + 2)} if start + 2 < len(names) else {}
        return Reply({"items": found, "count": len(found), "total": len(names)} | more)
    return Reply(ITEMS.get(request.path.rpartition("/")[2], {}))


@pytest.fixture
def server() -> Iterator[Replay]:
    with served(Replay(answer)) as replay:
        yield replay


def opened(server: Replay, cache: Path, *items: str, network: Network = OPERATOR) -> InternetArchiveSource:
    clock = Clock()
    return InternetArchiveSource(
        NAME,
        cache,
        network,
        query="" if items else "mediatype:audio",
        items=items,
        url=server.url,
        pace=Pace(0, 0.0, clock, clock, clock.sleep),
    )


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


def recordings(rows: list[SourceRow | RejectedRow]) -> list[SourceRow]:
    return [row for row in rows if isinstance(row, SourceRow) and row.entity is Entity.RECORDING]


def rejects(rows: list[SourceRow | RejectedRow]) -> dict[str, str]:
    return {row.where: row.what for row in rows if isinstance(row, RejectedRow)}


def test_an_item_is_a_release_and_its_originals_are_recordings(rows: list[SourceRow | RejectedRow]) -> None:
    """internet-archive.md, clauses 3 to 6."""
    release, first, second = rows[:3]
    assert isinstance(release, SourceRow)
    assert (release.entity, release.key, release.title) == (Entity.RELEASE, "quiet-album", "Quiet")
    assert (release.artist, release.year, release.label) == ("A Duo, B", 2004, "A Label")
    assert release.genre == "drone; ambient"
    assert [each.value for each in release.identifiers] == [MBID, "036000291452"]
    assert isinstance(first, SourceRow)
    assert first.key == SourceKey("quiet-album/disc1/01 Löwe?.flac")
    assert (first.title, first.artist, first.release, first.release_key) == (
        *("First Light", "A Duo", "Quiet", "quiet-album"),
    )
    assert (first.track_number, first.duration_ms, first.genre) == (1, 243_170, "Ambient")
    assert [each.value for each in first.identifiers] == [MBID]
    assert first.location is not None
    assert first.location.uri.endswith("/download/quiet-album/disc1/01%20L%C3%B6we%3F.flac")
    assert (first.location.access, first.location.length) == (Access.REMOTE, 1000)
    assert (first.location.sha1, first.location.md5) == (SHA1, MD5)
    assert first.location.media_type == "audio/flac"
    assert json.loads(first.raw) == ITEMS["quiet-album"]["files"][0]
    assert isinstance(second, SourceRow)
    assert (second.title, second.track_number, second.duration_ms) == ("02", None, 3_723_000)
    assert second.identifiers == ()
    assert len(recordings(rows)) == 4


def test_downloads_are_the_items(rows: list[SourceRow | RejectedRow]) -> None:
    """internet-archive.md, clause 7."""
    found = recordings(rows)
    assert found[0].listens == found[1].listens == Listens(100.0, "item downloads")


def test_the_licence_is_evidence_and_prose_is_weak(rows: list[SourceRow | RejectedRow]) -> None:
    """internet-archive.md, clause 8."""
    evidence = recordings(rows)[0].evidence
    assert [(each.kind, each.statement) for each in evidence] == [
        (EvidenceKind.TABLE, "https://creativecommons.org/licenses/by/4.0/"),
        (EvidenceKind.FREE_TEXT, "Ask us first."),
    ]
    assert evidence[0].origin == "quiet-album: licenseurl"
    assert not isinstance(clear(None, evidence, Policy()), Refusal)


def test_what_may_not_be_downloaded_has_no_location(rows: list[SourceRow | RejectedRow]) -> None:
    """internet-archive.md, clause 9."""
    locations = {row.key: row.location for row in recordings(rows)}
    assert [key for key, location in locations.items() if location] == ["quiet-album/disc1/01 Löwe?.flac"]
    assert {"lent-album/a.ogg", "closed-album/a.ogg", "quiet-album/02.mp3"} < locations.keys()


def test_items_that_are_gone_are_rejects(rows: list[SourceRow | RejectedRow]) -> None:
    """internet-archive.md, clause 10."""
    assert rejects(rows) == {
        "no-such-item": "there is no such item, or no longer",
        "dark-item": "the item is dark",
    }


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (b"[]", "isn't a JSON object"),
        (item({"a": 1}, title="x"), "not a list of objects"),
        (item([1, 2], title="x"), "not a list of objects"),
        (item([{}] * 100_001, title="x"), "more than 100,000 objects"),
        (item([], title="x" * 2**18), "a record longer"),
        (item([original("a.ogg", title="x" * 2**18)], title="x"), "a record longer"),
        (item([], title="x", number=2**60), "not I-JSON"),
        ({"metadata": "words", "files": []}, "not a JSON object"),
        (b'{"metadata":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "isn't a JSON object"),
        (b'{"metadata": {"title": "\xff\xfe"}}', "not a JSON object"),
        (item([original("../../etc/a.ogg")], title="x"), "isn't a usable file name"),
        (item([original("/a.ogg")], title="x"), "isn't a usable file name"),
        (item([original("a\nb.ogg")], title="x"), "isn't a usable file name"),
        (item([original("a" * 2000 + ".ogg")], title="x"), "isn't a usable file name"),
        (item([original("a.ogg", size="0")], title="x"), "is empty"),
        (item([original("a.ogg", size=2**60)], title="x"), "not I-JSON"),
    ],
)
def test_hostile_documents_are_rejects(server: Replay, tmp_path: Path, document: Any, fault: str) -> None:
    """internet-archive.md, clause 11."""
    if document == b"[]":  # the client already knows that this is no answer; the reader must as well
        document = b"{} []"
    server.answer = lambda request: Reply(document if "bad" in request.path else ITEMS["lent-album"])
    rows = everything(opened(server, tmp_path, "bad", "good"))
    (reject,) = (row for row in rows if isinstance(row, RejectedRow))
    assert reject.where == "bad"
    assert fault in reject.what
    assert len(reject.raw) <= 4096
    assert [row.key for row in recordings(rows)] == ["good/a.ogg"]


def test_odd_types_lose_a_field_and_not_the_row(server: Replay, tmp_path: Path) -> None:
    """internet-archive.md, clause 11."""
    odd = original("a.ogg", title=["x", "y"], artist={"a": 1}, track=[7], length=None, size=None, md5=[MD5])
    server.answer = lambda _: Reply(item([odd], title=5, creator=None, date=["1999"], subject={"a": []}))
    (row,) = recordings(everything(opened(server, tmp_path, "odd")))
    assert (row.title, row.artist, row.release, row.track_number, row.year) == ("x", "", "5", 7, 1999)
    assert row.duration_ms is None
    assert row.location is not None
    assert (row.location.length, row.location.md5) == (None, MD5)


def test_rights_are_taken_whole_or_not_at_all(server: Replay, tmp_path: Path) -> None:
    """internet-archive.md, clause 8: what is said at the end of a long text may take back its beginning."""
    address = "https://creativecommons.org/publicdomain/zero/1.0/"
    long = f"{address} {'x' * 3000} not really"
    server.answer = lambda _: Reply(item([original("a.ogg")], title="t" * 5000, licenseurl=long, rights=[]))
    (row,) = recordings(everything(opened(server, tmp_path, "long")))
    assert [each.statement for each in row.evidence] == ["statements of 3,062 characters, not read"]
    assert isinstance(clear(None, row.evidence, Policy()), Refusal)
    assert (len(row.release), row.release[-1]) == (1000, "…")


def test_identifiers_out_of_a_search_are_checked(server: Replay, tmp_path: Path) -> None:
    """internet-archive.md, clause 11."""
    listed: list[Any] = [{"identifier": "../../x\n"}, {"identifier": 7}, {}, {"identifier": "lent-album"}]
    scraped = Reply({"items": listed, "total": len(listed)})
    server.answer = lambda request: scraped if "scrape" in request.path else Reply(ITEMS["lent-album"])
    rows = everything(opened(server, tmp_path))
    assert "not an identifier of an item" in rejects(rows).values()
    assert {row.key for row in recordings(rows)} == {"7/a.ogg", "lent-album/a.ogg"}
    assert all(path.startswith(("/services/", "/metadata/")) for path in server.paths)


@pytest.mark.parametrize(
    "page",
    [
        {"items": [{"identifier": "lent-album"}], "total": 1, "cursor": "round"},
        {"items": [], "total": 10**6, "cursor": "empty"},
    ],
)
def test_a_search_that_never_ends_is_told(server: Replay, tmp_path: Path, page: dict[str, object]) -> None:
    """internet-archive.md, clause 2."""
    server.answer = lambda request: Reply(page if "scrape" in request.path else ITEMS["lent-album"])
    with pytest.raises(NetworkError, match="doesn't end"):
        everything(opened(server, tmp_path))
    assert len(server.requests) < 10


@pytest.mark.parametrize("body", [b"<html>busy", {"error": "bad"}, {"items": "x", "total": 1}, {"total": []}])
def test_a_search_that_isnt_one_is_a_network_error(server: Replay, tmp_path: Path, body: Any) -> None:
    """internet-archive.md, clause 2."""
    server.answer = lambda _: Reply(body)
    with pytest.raises((NetworkError, UsageError)):
        everything(opened(server, tmp_path))


def test_a_cut_harvest_goes_on_and_force_asks_anew(server: Replay, tmp_path: Path) -> None:
    """internet-archive.md, clause 1; asking.md, clauses 8 and 11."""
    server.troubles = [answer(Request("/services/search/v1/scrape", {}, {})), Reply(ITEMS["quiet-album"])]
    server.troubles += [Reply(status=503)] * 10
    with pytest.raises(NetworkError):
        harvest(opened(server, tmp_path / "cache"), tmp_path / "h", Notes())
    server.requests.clear()
    first = harvest(opened(server, tmp_path / "cache"), tmp_path / "h", Notes())
    assert "/metadata/quiet-album" not in server.paths
    assert (first.counts.done, first.counts.failed) == (7, 2)
    server.requests.clear()
    assert "unchanged" in harvest(opened(server, tmp_path / "cache"), tmp_path / "h", Notes()).skipped
    assert not server.requests
    again = harvest(opened(server, tmp_path / "cache"), tmp_path / "h", Notes(), force=True)
    assert len(server.requests) == 8
    assert again.description == first.description
    assert [row.ordinal for row in read_rows(again.segments[0])] == [0, 1, 2, 3, 4, 5, 6]


def test_the_version_names_the_rows(server: Replay, tmp_path: Path) -> None:
    """asking.md, clause 10."""

    def version(created: int, title: str) -> str:
        server.answer = lambda _: Reply(item([original("a.ogg")], title=title) | {"created": created})
        return opened(server, tmp_path / f"{created} {title}", "any").describe().version

    assert version(1, "x") == version(2, "x") != version(1, "y")


def test_it_is_opened_again_from_its_description(server: Replay, tmp_path: Path) -> None:
    for items in ((), ("lent-album", "quiet-album")):
        source = opened(server, tmp_path, *items)
        again = open_source(source.describe(), Network())
        assert everything(again) == everything(source)


def test_wrong_words_are_told(server: Replay, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="identifier"):
        opened(server, tmp_path, "../x")
    with pytest.raises(UsageError, match="--query"):
        InternetArchiveSource(NAME, tmp_path, OPERATOR)
    with pytest.raises(ConfigurationError, match=r"harvest\.contact"):
        everything(opened(server, tmp_path, network=Network()))
    assert not server.requests
