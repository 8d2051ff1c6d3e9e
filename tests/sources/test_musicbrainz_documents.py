"""MusicBrainz's JSON dumps: docs/sources/musicbrainz.md, each clause by its number."""

import json
import lzma
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tenuto.model.errors import ConfigurationError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.source import Entity, Identifier, RejectedRow, Scheme, SourceRow
from tenuto.sources.musicbrainz import MusicBrainzSource, ws2
from tenuto.sources.registry import open_source
from tenuto.testing.reporter import Notes
from tenuto.testing.source import Opener, SourceContract, everything
from tests.sources.musicbrainz_dumps import mbid, write_archive, write_documents

NAME = SourceName("musicbrainz")
Change = dict[str, Any]


def _credit(*names: tuple[str, str, int]) -> list[Change]:
    return [
        {"name": name, "joinphrase": join, "artist": {"id": mbid(number), "name": f"{name}!", "tags": []}}
        for name, join, number in names
    ]


def recording(number: int, **change: object) -> Change:
    return {
        "id": mbid(number),
        "title": f"Recording  {number}",
        "disambiguation": "",
        "length": 201_000 + number,
        "video": False,
        "artist-credit": _credit(("A", " feat. ", 801), ("B", "", 802)),
        "isrcs": [f"USRC176{number:05}", "nonsense"],
        "tags": [{"name": "seen live", "count": 1}],
        "genres": [{"name": "dub", "count": 1}, {"name": "rock", "count": 3}, {"name": "polka", "count": -1}],
        "rating": {"value": 4.5, "votes-count": 2},
        "annotation": "not core",
        "relations": [{"type": "mix", "target-type": "artist", "artist": {"id": mbid(803)}}],
        **change,
    }


def track(position: int, number: int, **change: object) -> Change:
    return {
        "id": mbid(500 + number),
        "position": position,
        "number": f"A{position}",
        "title": f"Track {position}",
        "length": 199_000,
        "artist-credit": _credit(("A", "", 801)),
        "recording": recording(number),
        **change,
    }


def release(number: int, *media: Change, **change: object) -> Change:
    return {
        "id": mbid(number),
        "title": "The Release",
        "status": "Official",
        "date": "1999-05",
        "country": "GB",
        "barcode": "4006381333931",
        "artist-credit": _credit(("Various", "", 804)),
        "label-info": [
            {"catalog-number": "X 1", "label": None},
            {"catalog-number": None, "label": {"id": mbid(805), "name": "The Label", "genres": []}},
        ],
        "text-representation": {"script": "Latn", "language": None},
        "release-group": {"id": mbid(806), "title": "The Release", "tags": [], "first-release-date": "1998"},
        "release-events": [{"date": "1999-05", "area": {"id": mbid(807), "iso-3166-1-codes": ["GB"]}}],
        "media": list(media),
        "genres": [{"name": "rock", "count": 1}],
        **change,
    }


def artist(number: int, **change: object) -> Change:
    return {"id": mbid(number), "name": "A!", "sort-name": "A!", "type": "Group", "isnis": [], **change}


def _source(*paths: Path, genres: bool = False) -> MusicBrainzSource:
    return MusicBrainzSource(NAME, paths, paths[0].parent / "scratch", genres=genres)


def _rows(
    folder: Path, entity: str, *documents: object, genres: bool = False
) -> list[SourceRow | RejectedRow]:
    return everything(_source(write_documents(folder, entity, *documents), genres=genres))


def _keys(items: list[SourceRow | RejectedRow]) -> list[str]:
    return [item.key if isinstance(item, SourceRow) else item.where for item in items]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dump"
    folder.mkdir()
    medium = {"position": 2, "format": "CD", "title": "", "tracks": [track(1, 1), track(2, 2), {"id": 3}]}
    write_documents(folder, "release", release(1, medium), b"nonsense", release(2))
    write_documents(folder, "recording", recording(7), b"[]", recording(8))
    write_documents(folder, "artist", artist(801), artist(802))
    return folder


class TestDocumentsKeepTheContract(SourceContract):
    @pytest.fixture
    def source(self, folder: Path) -> Opener:
        return partial(_source, folder, genres=True)


def test_releases_come_first_each_with_its_tracks(folder: Path) -> None:
    """Clauses 2 and 3."""
    assert _keys(everything(_source(folder))) == [
        *(mbid(1), mbid(1), mbid(2), "release.tar.xz: mbdump/release:1, track 3"),
        *("release.tar.xz: mbdump/release:2", mbid(2)),
        *(mbid(7), "recording.tar.xz: mbdump/recording:2", mbid(8)),
        *(mbid(801), mbid(802)),
    ]


def test_a_release(tmp_path: Path) -> None:
    """Clauses 3, 6 and 9."""
    row = _rows(tmp_path, "release", release(1, {"position": 1, "tracks": []}))[0]
    assert isinstance(row, SourceRow)
    assert (row.entity, row.title, row.artist, row.artist_key) == (
        Entity.RELEASE,
        "The Release",
        "Various",
        mbid(804),
    )
    assert (row.year, row.label, row.genre) == (1999, "The Label", "")
    assert row.identifiers == (Identifier(Scheme.MBID, mbid(1)), Identifier(Scheme.BARCODE, "4006381333931"))
    assert "tracks" not in row.raw


@pytest.mark.parametrize("barcode", [None, "", "4006381333932", "12", "none"])
def test_only_true_barcodes_are_identifiers(tmp_path: Path, barcode: str | None) -> None:
    """Clause 6."""
    row = _rows(tmp_path, "release", release(1, barcode=barcode, date="", **{"label-info": None}))[0]
    assert isinstance(row, SourceRow)
    assert row.identifiers == (Identifier(Scheme.MBID, mbid(1)),)
    assert (row.year, row.label) == (None, "")


def test_a_track(tmp_path: Path) -> None:
    """Clauses 4 and 5."""
    _, row = _rows(tmp_path, "release", release(1, {"position": 2, "tracks": [track(3, 9)]}))
    assert isinstance(row, SourceRow)
    assert (row.entity, row.key, row.title) == (Entity.RECORDING, mbid(9), "Recording 9")
    assert (row.artist, row.artist_key) == ("A feat. B", mbid(801))
    assert (row.release, row.release_key, row.release_artist) == ("The Release", mbid(1), "Various")
    assert (row.disc_number, row.track_number, row.duration_ms) == (2, 3, 201_009)
    assert (row.year, row.label) == (1999, "The Label")
    assert row.identifiers == (Identifier(Scheme.MBID, mbid(9)), Identifier(Scheme.ISRC, "USRC17600009"))
    raw = json.loads(row.raw)
    assert (raw["title"], raw["recording"]["title"]) == ("Track 3", "Recording  9")
    assert "The Release" not in row.raw


def test_hidden_and_data_tracks_are_tracks(tmp_path: Path) -> None:
    """Clause 3."""
    medium = {"position": 1, "pregap": track(0, 1), "tracks": [track(1, 2)], "data-tracks": [track(2, 3)]}
    items = _rows(tmp_path, "release", release(1, medium))
    assert _keys(items) == [mbid(1), mbid(1), mbid(2), mbid(3)]
    assert [item.track_number for item in items if isinstance(item, SourceRow)] == [None, None, 1, 2]


def test_a_recording_on_no_release_and_an_artist(tmp_path: Path) -> None:
    """Clauses 7 and 8."""
    (row,) = _rows(tmp_path, "recording", recording(7, length=None))
    assert isinstance(row, SourceRow)
    assert (row.key, row.release, row.duration_ms) == (mbid(7), "", None)
    (row,) = _rows(tmp_path, "artist", artist(801))
    assert isinstance(row, SourceRow)
    assert (row.entity, row.key, row.title, row.artist_key) == (Entity.ARTIST, mbid(801), "A!", mbid(801))
    assert row.identifiers == (Identifier(Scheme.MBID, mbid(801)),)


def test_what_is_not_core_comes_only_when_asked_for(tmp_path: Path) -> None:
    """Clauses 10 and 11."""
    document = release(1, {"position": 1, "tracks": [track(1, 9)]})
    for row in _rows(tmp_path, "release", document):
        for word in ("rock", "seen live", "tags", "genres", "rating", "annotation", "relations"):
            assert word not in row.raw
    one, two = _rows(tmp_path, "release", document, genres=True)
    assert isinstance(one, SourceRow)
    assert isinstance(two, SourceRow)
    assert (one.genre, two.genre) == ("rock", "rock; dub")
    assert "genres" in two.raw
    assert "tags" not in two.raw
    path = tmp_path / "release.tar.xz"
    assert _source(path).describe().licence == "CC0-1.0"
    assert _source(path, genres=True).describe().licence == "CC0-1.0 AND CC-BY-NC-SA-3.0"


def test_raw_is_canonical_and_keeps_null_and_absence(tmp_path: Path) -> None:
    """Clause 9."""
    (row,) = _rows(tmp_path, "artist", artist(1, aliases=[{"name": "é\u2028", "locale": None}], type=None))
    assert (
        row.raw
        == rfc8785.dumps(
            {
                "aliases": [{"locale": None, "name": "é\u2028"}],
                "id": mbid(1),
                "isnis": [],
                "name": "A!",
                "sort-name": "A!",
                "type": None,
            }
        ).decode()
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_raw_is_canonical_whatever_the_text(text: str) -> None:
    """Clause 9."""
    document = artist(1, name=text, aliases=[{"name": text}])
    raw = ws2.encode(ws2.decode_artist(json.dumps(document).encode()))
    assert raw == rfc8785.dumps(document)


def test_a_description_opens_the_source_again(folder: Path) -> None:
    source = _source(folder, genres=True)
    again = open_source(source.describe())
    assert again.describe() == source.describe()
    assert everything(again) == everything(source)


FAULTS: dict[str, tuple[Callable[[], object], str]] = {
    "no JSON": (lambda: b'{"id": "', "truncated"),
    "no object": (lambda: b"[1]", "object"),
    "invalid UTF-8": (lambda: b'{"id":"' + mbid(3).encode() + b'","name":"\xff"}', "not UTF-8"),
    "invalid UTF-8 in what isn't read": (
        lambda: b'{"id":"' + mbid(3).encode() + b'","x":"\xff"}',
        "not UTF-8",
    ),
    "a NUL byte": (lambda: b'{"id":"' + mbid(3).encode() + b'","name":"\0"}', "NUL"),
    "a lone surrogate": (lambda: b'{"id":"' + mbid(3).encode() + b'","name":"\\ud800"}', "document"),
    "a wrong type": (lambda: artist(3, name=7), "Expected `str | null`, got `int` - at `$.name`"),
    "no MBID": (lambda: artist(3, id="abc"), "$.id"),
    "no key": (lambda: {"name": "A"}, "missing required field `id`"),
    "a name twice": (
        lambda: b'{"id":"' + mbid(3).encode() + b'","name":"a","name":"b"}',
        "'name' stands twice",
    ),
    "a name twice, deep inside": (
        lambda: b'{ "id":"' + mbid(3).encode() + b'","x":{"y":1,"y":1}}',
        "'y' stands twice",
    ),
    "a deep nest": (lambda: b'{"id":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "recursion"),
}


@pytest.mark.parametrize(("fault", "what"), FAULTS.values(), ids=FAULTS)
def test_a_broken_line_is_a_reject_and_nothing_else_is_lost(
    tmp_path: Path, fault: Callable[[], object], what: str
) -> None:
    """Clause 14."""
    items = _rows(tmp_path, "artist", artist(1), fault(), artist(2))
    assert _keys(items) == [mbid(1), "artist.tar.xz: mbdump/artist:2", mbid(2)]
    assert isinstance(items[1], RejectedRow)
    assert what in items[1].what
    assert items[1].raw


def test_a_line_of_a_hundred_megabytes_is_a_reject(tmp_path: Path) -> None:
    """Clause 14."""
    long = b'{"name":"' + b"x" * 100_000_000 + b'"}'
    lines = b"\n".join([json.dumps(artist(1)).encode(), long, json.dumps(artist(2)).encode()])
    items = everything(_source(write_archive(tmp_path / "artist.tar.gz", {"mbdump/artist": lines})))
    assert _keys(items) == [mbid(1), "artist.tar.gz: mbdump/artist:2", mbid(2)]
    assert len(items[1].raw) <= 10_000


def test_a_broken_track_costs_itself(tmp_path: Path) -> None:
    """Clause 14."""
    broken: list[object] = [track(1, 1, length="long"), track(2, 2, recording=None), 5]
    items = _rows(tmp_path, "release", release(1, {"position": 1, "tracks": [*broken, track(4, 4)]}))
    assert _keys(items)[-1] == mbid(4)
    assert [type(item) for item in items] == [SourceRow, RejectedRow, RejectedRow, RejectedRow, SourceRow]


@pytest.mark.parametrize("kept", [0.5, 0.98])
def test_a_cut_archive_ends_in_one_reject(tmp_path: Path, kept: float) -> None:
    """Clause 15."""
    noise = random.Random(7)
    many = [artist(number, x=noise.randbytes(100).hex()) for number in range(4_000)]
    path = write_documents(tmp_path, "artist", *many)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    *rows, last = everything(_source(path))
    assert [row.key for row in rows if isinstance(row, SourceRow)] == [mbid(n) for n in range(len(rows))]
    assert isinstance(last, RejectedRow)
    assert last.where.startswith("artist.tar.xz")
    assert "cut or damaged at byte" in last.what


def test_an_archive_without_its_document_or_of_an_unknown_schema_is_a_reject(tmp_path: Path) -> None:
    """Clauses 1 and 15."""
    (item,) = everything(_source(write_archive(tmp_path / "artist.tar.xz", {"mbdump/label": b"{}"})))
    assert isinstance(item, RejectedRow)
    assert "no mbdump/artist" in item.what
    row, item = everything(_source(write_documents(tmp_path, "artist", artist(1), schema=b"2\n")))
    assert isinstance(row, SourceRow)
    assert "JSON schema 2" in item.what if isinstance(item, RejectedRow) else False


def test_what_is_no_dump_is_said_so(tmp_path: Path, folder: Path) -> None:
    """Clause 1."""
    with pytest.raises(NotFoundError, match="no such dump"):
        _source(tmp_path / "release.tar.xz")
    with pytest.raises(NotFoundError, match="no MusicBrainz dump"):
        _source(tmp_path)
    write_archive(folder / "mbdump.tar.bz2", {})
    with pytest.raises(ConfigurationError, match="beside"):
        _source(folder)


def test_the_version_follows_the_files(folder: Path) -> None:
    """Clauses 12 and 13."""
    before = _source(folder).describe().version
    assert before.startswith("2026-05-20 00:10:01.5+00 sequence 184000 blake3:")
    assert _source(folder, genres=True).describe().version != before
    write_documents(folder, "artist", artist(803))
    assert _source(folder).describe().version != before
    path = folder / "artist.tar.xz"
    path.write_bytes(path.read_bytes()[:50])
    assert _source(path).describe().version.startswith("undated sequence ? ")
    (folder / "release.tar.xz").write_bytes(lzma.compress(b"x" * 600))
    assert _source(folder).describe().version


def test_progress_counts_the_bytes_of_the_files(folder: Path) -> None:
    notes = Notes()
    list(_source(folder).rows(notes))
    assert notes.bytes == sum(path.stat().st_size for path in folder.iterdir())
