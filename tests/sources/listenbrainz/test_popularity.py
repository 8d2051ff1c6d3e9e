"""docs/sources/listenbrainz.md: listens that ListenBrainz itself has summed."""

import json
from functools import partial
from pathlib import Path

import pytest

from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.source import Entity, Identifier, Listens, RejectedRow, Scheme, SourceRow
from tenuto.sources.listenbrainz import ListenBrainzSource
from tenuto.testing.source import Opener, SourceContract, everything
from tests.shared import SHARED_DATA, needs_shared_data
from tests.sources.listenbrainz.samples import LIT, WEALTH

API = [
    {"recording_mbid": LIT, "total_listen_count": 120, "total_user_count": 7},
    {"recording_mbid": WEALTH, "total_listen_count": None, "total_user_count": None},
]
SITEWIDE = {
    "payload": {
        "from_ts": 1009843200,
        "to_ts": 1628511763,
        "range": "all_time",
        "count": 2,
        "recordings": [
            {
                "recording_mbid": None,
                "track_name": "Lit (Live)",
                "artist_name": "Kiasmos",
                "release_name": "Kiasmos",
                "listen_count": 5,
            },
        ],
    }
}


def _items(root: Path, *documents: object, name: str = "popular.jsonl") -> list[SourceRow | RejectedRow]:
    lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in documents]
    (root / name).write_bytes(b"\n".join(lines))
    return everything(_source(root, name))


def _source(root: Path, name: str = "popular.jsonl") -> ListenBrainzSource:
    return ListenBrainzSource(SourceName("listenbrainz"), [root / name], root / "scratch")


class TestContract(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Opener:
        _items(tmp_path, API, SITEWIDE, {"genre": "none"})
        return partial(_source, tmp_path)


def test_answers_of_the_popularity_api(tmp_path: Path) -> None:
    lit, wealth = _items(tmp_path, API)
    assert isinstance(lit, SourceRow)
    assert isinstance(wealth, SourceRow)
    assert (lit.entity, lit.key) == (Entity.LISTENS, LIT)
    assert lit.identifiers == (Identifier(Scheme.MBID, LIT),)
    assert lit.listens == Listens(120, "listens", listeners=7)
    assert wealth.listens is None
    assert json.loads(lit.raw) == API[0]


def test_sitewide_statistics_have_a_window(tmp_path: Path) -> None:
    (live,) = _items(tmp_path, SITEWIDE, name="sitewide.json")
    assert isinstance(live, SourceRow)
    assert (live.key, live.release) == ("kiasmos\nlit (live)", "Kiasmos")
    assert live.listens == Listens(5, "listens", "2002-01-01/2021-08-10")


def test_artists_and_releases_are_rows_of_their_own(tmp_path: Path) -> None:
    entries = [
        {"artist_mbid": LIT, "artist_name": "Kiasmos", "listen_count": 6},
        {
            "release_mbid": WEALTH,
            "release_name": "Anomic",
            "artist_name": "Jah Wobble",
            "total_listen_count": 2,
        },
    ]
    artist, release = _items(tmp_path, *entries)
    assert isinstance(artist, SourceRow)
    assert isinstance(release, SourceRow)
    assert (artist.entity, artist.title, artist.artist) == (Entity.ARTIST, "Kiasmos", "Kiasmos")
    assert (release.entity, release.title, release.artist) == (Entity.RELEASE, "Anomic", "Jah Wobble")


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (b"no json", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"recording_mbid": "\xff"}', "not JSON"),
        (3, "neither an entry nor a list"),
        ({"release_group_mbid": LIT, "total_listen_count": 1}, "counts no recording, release or artist"),
        ({"recording_mbid": "x", "total_listen_count": 1}, "neither by MBID nor by name"),
        ({"recording_mbid": LIT, "total_listen_count": "many"}, "'many' is no count"),
        ({"recording_mbid": LIT, "total_listen_count": -1}, "'-1' is no count"),
        ({"recording_mbid": LIT, "total_listen_count": 1, "total_user_count": True}, "'True' is no count"),
        ({"recording_mbid": LIT, "total_listen_count": 2**60}, "no canonical JSON"),
        ({"recording_mbid": LIT, "listen_count": 1, "odd": 2**60}, "no canonical JSON"),
        ({"user_id": 42, "data": API}, "single listeners"),
        ({"type": "user_entity", "data": [{"user_id": 42, "data": API}]}, "single listeners"),
        ({"payload": {"user_id": "ann", "recordings": API}}, "single listeners"),
    ],
)
def test_what_cant_be_read_is_rejected(tmp_path: Path, document: object, what: str) -> None:
    first, fault, third = _items(tmp_path, API[0], document, API[0])
    assert isinstance(first, SourceRow)
    assert isinstance(third, SourceRow)
    assert isinstance(fault, RejectedRow)
    assert what in fault.what
    assert fault.where == "popular.jsonl:2: entry 1"
    assert not fault.raw


def test_an_endless_document_is_never_held(tmp_path: Path) -> None:
    (fault,) = _items(tmp_path, b" " * (2**24 + 1), name="big.json")
    assert isinstance(fault, RejectedRow)
    assert "give it as lines" in fault.what


def test_a_path_that_holds_neither_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(NotFoundError):
        _source(tmp_path, "notes.txt")


@needs_shared_data
def test_the_real_shapes(tmp_path: Path) -> None:
    paths = [
        SHARED_DATA / "listenbrainz_fixtures" / name
        for name in ("sitewide_top_artists_all_time.json", "user_top_recordings_output.json")
    ]
    *rows, fault = everything(ListenBrainzSource(SourceName("listenbrainz"), paths, tmp_path))
    assert all(isinstance(row, SourceRow) and row.listens and row.listens.count > 0 for row in rows)
    assert len(rows) == 72
    assert isinstance(fault, RejectedRow)
    assert "single listeners" in fault.what
