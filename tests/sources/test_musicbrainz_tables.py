"""MusicBrainz's PostgreSQL dump: docs/sources/musicbrainz.md, each clause by its number."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.model.errors import BadInputError, SpaceError
from tenuto.model.ids import SourceName
from tenuto.model.source import Entity, Identifier, RejectedRow, Scheme, SourceRow
from tenuto.sources.musicbrainz import MusicBrainzSource
from tenuto.sources.musicbrainz import copy_text as postgres
from tenuto.testing.source import Opener, Silence, SourceContract, everything
from tests.sources.musicbrainz_dumps import Row, copy_text, mbid, write_archive

NAME = SourceName("musicbrainz")

ROWS: dict[str, list[Row]] = {
    "artist": [
        {"id": "1", "gid": mbid(801), "name": "A"},
        {"id": "2", "gid": mbid(802), "name": "B"},
    ],
    "artist_credit": [
        {"id": "1", "name": "A feat. B", "artist_count": "2"},
        {"id": "2", "name": "Various", "artist_count": "1"},
    ],
    "artist_credit_name": [
        {"artist_credit": "1", "position": "1", "artist": "2", "name": "B", "join_phrase": ""},
        {"artist_credit": "1", "position": "0", "artist": "1", "name": "A", "join_phrase": " feat. "},
        {"artist_credit": "2", "position": "0", "artist": "2", "name": "Various", "join_phrase": ""},
    ],
    "artist_gid_redirect": [{"gid": mbid(899), "new_id": "2"}],
    "genre": [{"id": "1", "gid": mbid(701), "name": "dub"}, {"id": "2", "gid": mbid(702), "name": "rock"}],
    "isrc": [
        {"id": "2", "recording": "11", "isrc": "USRC17607840"},
        {"id": "1", "recording": "11", "isrc": "USRC17607839"},
        {"id": "3", "recording": "99", "isrc": "USRC17607841"},
    ],
    "label": [
        {"id": "5", "gid": mbid(805), "name": "The Label"},
        {"id": "6", "gid": mbid(806), "name": "Other"},
    ],
    "medium": [{"id": "31", "release": "21", "position": "2", "name": "", "track_count": "2"}],
    "recording": [
        {"id": "12", "gid": mbid(12), "name": "Tab\there \\ there", "artist_credit": "2", "length": None},
        {"id": "11", "gid": mbid(11), "name": "One", "artist_credit": "1", "length": "201000", "video": "f"},
        {"id": "13", "gid": mbid(13), "name": "Alone", "artist_credit": "77"},
    ],
    "recording_gid_redirect": [{"gid": mbid(97), "new_id": "11"}, {"gid": mbid(96), "new_id": "11"}],
    "release": [
        {
            "id": "21",
            "gid": mbid(21),
            "name": "The Release",
            "artist_credit": "2",
            "barcode": "4006381333931",
        },
        {"id": "22", "gid": mbid(22), "name": "Bare", "artist_credit": "2", "barcode": ""},
    ],
    "release_country": [
        {"release": "21", "country": "221", "date_year": "2001", "date_month": "5", "date_day": None},
        {"release": "21", "country": "222", "date_year": "1999", "date_month": None, "date_day": None},
    ],
    "release_gid_redirect": [{"gid": mbid(98), "new_id": "21"}],
    "release_label": [
        {"id": "2", "release": "21", "label": "6"},
        {"id": "1", "release": "21", "label": "5", "catalog_number": "X 1"},
    ],
    "release_unknown_country": [{"release": "21", "date_year": "2003"}],
    "track": [
        {
            "id": "42",
            "gid": mbid(42),
            "recording": "12",
            "medium": "31",
            "position": "2",
            "name": "Two",
            "length": "7",
        },
        {
            "id": "41",
            "gid": mbid(41),
            "recording": "11",
            "medium": "31",
            "position": "1",
            "name": "1st",
            "length": "8",
        },
        {"id": "43", "gid": mbid(43), "recording": "99", "medium": "31", "position": "3", "name": "Lost"},
        {"id": "44", "gid": mbid(44), "recording": "13", "medium": "99", "position": "1", "name": "Nowhere"},
    ],
}
DERIVED: dict[str, list[Row]] = {
    "tag": [{"id": "1", "name": "rock"}, {"id": "2", "name": "seen live"}, {"id": "3", "name": "dub"}],
    "recording_tag": [
        {"recording": "11", "tag": "3", "count": "1"},
        {"recording": "11", "tag": "1", "count": "3"},
        {"recording": "11", "tag": "2", "count": "9"},
        {"recording": "12", "tag": "1", "count": "-1"},
    ],
}


def _members(tables: Mapping[str, list[Row]]) -> dict[str, bytes]:
    return {f"mbdump/{name}": copy_text(name, *rows) for name, rows in tables.items()}


def _source(folder: Path, **options: bool) -> MusicBrainzSource:
    return MusicBrainzSource(NAME, [folder], folder / "scratch", **options)


def _changed(folder: Path, **changes: bytes | None) -> list[SourceRow | RejectedRow]:
    """All items of a dump in which some tables hold other bytes, or are left out."""
    members = _members(ROWS) | {f"mbdump/{name}": data or b"" for name, data in changes.items()}
    kept = {name: data for name, data in members.items() if data}
    write_archive(folder / "mbdump.tar.bz2", kept)
    return everything(_source(folder))


def _of(items: list[SourceRow | RejectedRow], entity: Entity) -> list[SourceRow]:
    return [item for item in items if isinstance(item, SourceRow) and item.entity is entity]


def _rejects(items: list[SourceRow | RejectedRow]) -> list[tuple[str, str]]:
    return [(item.where, item.what) for item in items if isinstance(item, RejectedRow)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_archive(tmp_path / "mbdump.tar.bz2", _members(ROWS))
    write_archive(tmp_path / "mbdump-derived.tar.bz2", _members(DERIVED))
    return tmp_path


class TestTablesKeepTheContract(SourceContract):
    @pytest.fixture
    def source(self, folder: Path) -> Opener:
        return partial(_source, folder, genres=True)


def test_recordings(folder: Path) -> None:
    """Clauses 17 to 19."""
    one, two, three = everything(_source(folder))[:3]
    assert isinstance(one, SourceRow)
    assert (one.entity, one.key, one.title) == (Entity.RECORDING, mbid(11), "One")
    assert (one.artist, one.artist_key, one.duration_ms, one.genre) == ("A feat. B", mbid(801), 201_000, "")
    assert [each.value for each in one.identifiers] == [
        *(mbid(11), mbid(96), mbid(97)),
        *("USRC17607839", "USRC17607840"),
    ]
    assert isinstance(two, SourceRow)
    assert (two.title, two.duration_ms, two.artist_key) == ("Tab here \\ there", None, mbid(802))
    raw = json.loads(two.raw)
    assert (raw["name"], raw["length"], raw["id"]) == ("Tab\there \\ there", None, "12")
    assert isinstance(three, SourceRow)
    assert (three.artist, three.artist_key) == ("", None)


def test_genres_come_only_when_asked_for(folder: Path) -> None:
    """Clauses 10 and 11."""
    one, two = everything(_source(folder, genres=True))[:2]
    assert isinstance(one, SourceRow)
    assert isinstance(two, SourceRow)
    assert (one.genre, two.genre) == ("rock; dub", "")


def test_tracks(folder: Path) -> None:
    """Clause 20."""
    tracks = everything(_source(folder))[3:7]
    one, two, lost, nowhere = tracks
    assert isinstance(one, SourceRow)
    assert (one.key, one.title, one.artist, one.artist_key) == (mbid(11), "One", "A feat. B", mbid(801))
    assert (one.release, one.release_key, one.release_artist) == ("The Release", mbid(21), "Various")
    assert (one.disc_number, one.track_number, one.duration_ms) == (2, 1, 201_000)
    assert (one.year, one.label) == (1999, "The Label")
    assert json.loads(one.raw)["name"] == "1st"
    assert isinstance(two, SourceRow)
    assert (two.track_number, two.duration_ms) == (2, 7)
    assert isinstance(lost, RejectedRow)
    assert (lost.where, json.loads(lost.raw)["name"]) == ("mbdump/track:3", "Lost")
    assert isinstance(nowhere, SourceRow)
    assert (nowhere.key, nowhere.release, nowhere.release_key) == (mbid(13), "", None)


def test_releases_and_artists(folder: Path) -> None:
    """Clauses 18 and 21."""
    items = everything(_source(folder))
    one, two = _of(items, Entity.RELEASE)
    assert (one.key, one.title, one.artist, one.artist_key) == (mbid(21), "The Release", "Various", mbid(802))
    assert (one.year, one.label) == (1999, "The Label")
    assert one.identifiers == (
        *(Identifier(Scheme.MBID, mbid(21)), Identifier(Scheme.MBID, mbid(98))),
        Identifier(Scheme.BARCODE, "4006381333931"),
    )
    assert (two.year, two.label, two.identifiers) == (None, "", (Identifier(Scheme.MBID, mbid(22)),))
    artists = _of(items, Entity.ARTIST)
    assert [(row.key, row.title) for row in artists] == [(mbid(801), "A"), (mbid(802), "B")]
    assert artists[1].identifiers == (Identifier(Scheme.MBID, mbid(802)), Identifier(Scheme.MBID, mbid(899)))


def test_newer_columns_are_kept_in_raw(tmp_path: Path) -> None:
    """Clause 16."""
    lines = copy_text("artist", *ROWS["artist"]).splitlines()
    items = _changed(tmp_path, artist=b"".join(line + b"\tnew\n" for line in lines))
    assert [json.loads(row.raw)["column_20"] for row in _of(items, Entity.ARTIST)] == ["new", "new"]


_ONE = dict(ROWS["recording"][0])
FAULTS = {
    "too few columns": (b"7\tx", "2 columns where the table has 9"),
    "too many columns": (b"\t".join([b"7"] * 12), "12 columns where the table has 9"),
    "invalid UTF-8": (b"7\t\xff", "not UTF-8"),
    "a NUL byte": (b"7\t\0", "NUL"),
    "no number": (copy_text("recording", _ONE | {"id": "x"})[:-1], "id: 'x' is not a whole number"),
    "a huge number": (copy_text("recording", _ONE | {"length": "9" * 20})[:-1], "length"),
    "no MBID": (copy_text("recording", _ONE | {"gid": "x"})[:-1], "gid: 'x' is not an MBID"),
    "NULL": (copy_text("recording", _ONE | {"name": None})[:-1], "name: NULL is not text"),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "what"), FAULTS.values(), ids=FAULTS)
def test_a_broken_line_is_a_reject_and_nothing_else_is_lost(tmp_path: Path, fault: bytes, what: str) -> None:
    """Clause 14."""
    first, *others = copy_text("recording", *ROWS["recording"]).splitlines(keepends=True)
    items = _changed(tmp_path, recording=b"".join([first, fault + b"\n", *others]), track=None)
    assert [row.key for row in _of(items, Entity.RECORDING)] == [mbid(11), mbid(12), mbid(13)]
    ((where, said),) = _rejects(items)
    assert where == "mbdump.tar.bz2: mbdump/recording:2"
    assert what in said


def test_a_repeated_id_counts_once(tmp_path: Path) -> None:
    """Clause 14."""
    again: list[Row] = [*ROWS["recording"], _ONE | {"name": "Again"}]
    names: list[Row] = [*ROWS["artist_credit"], {"id": "1", "name": "Again", "artist_count": "1"}]
    items = _changed(
        tmp_path,
        recording=copy_text("recording", *again),
        artist_credit=copy_text("artist_credit", *names),
        track=None,
    )
    assert [row.title for row in _of(items, Entity.RECORDING)] == ["One", "Tab here \\ there", "Alone"]
    assert _rejects(items) == [
        ("mbdump/artist_credit:3", "the id 1 stands there a second time; mend the line"),
        ("mbdump/recording:4", "the id 12 stands there a second time; mend the line"),
    ]
    assert all(item.raw for item in items)


def test_an_old_end_of_data_mark_is_no_row(tmp_path: Path) -> None:
    items = _changed(tmp_path, recording=copy_text("recording", *ROWS["recording"]) + b"\\.\n", track=None)
    assert len(_of(items, Entity.RECORDING)) == 3
    assert not _rejects(items)


def test_a_table_that_no_dump_lacks_must_be_there(tmp_path: Path) -> None:
    """Clause 15."""
    with pytest.raises(BadInputError, match="no table artist_credit_name in the dump"):
        _changed(tmp_path, artist_credit_name=None)
    assert len(_changed(tmp_path, isrc=None, label=None)) == 11


def test_a_cut_archive_gives_what_was_complete(tmp_path: Path) -> None:
    """Clause 15."""
    many: list[Row] = [
        {"id": str(n), "gid": mbid(n), "name": f"{n * 2654435761 % 2**32:x}" * 9, "artist_credit": "1"}
        for n in range(20_000)
    ]
    path = write_archive(tmp_path / "mbdump.tar.bz2", _members(ROWS | {"recording": many}))
    whole = path.read_bytes()
    path.write_bytes(whole[:100_000])
    with pytest.raises(BadInputError, match="damaged at byte 100000"):
        everything(_source(tmp_path))
    path.write_bytes(whole[: len(whole) * 3 // 4])
    items = everything(_source(tmp_path))
    recordings = _of(items, Entity.RECORDING)
    assert [row.key for row in recordings] == [mbid(n) for n in range(len(recordings))]
    assert len(recordings) > 500
    assert all(row.artist == "A feat. B" for row in recordings)
    ((where, what),) = _rejects(items)
    assert where == "mbdump.tar.bz2"
    assert "cut or damaged at byte" in what


def test_loaded_tables_are_used_again_until_the_last_row_was_given(folder: Path) -> None:
    """Clause 22."""
    next(iter(_source(folder).rows(Silence())))
    assert (folder / "scratch").exists()
    (folder / "mbdump.tar.bz2").touch()
    source = _source(folder)
    assert len(everything(source, 3)) == len(everything(_source(folder))) - 3
    assert not (folder / "scratch" / NAME).exists()


def test_the_scratch_folder_may_have_any_name(folder: Path) -> None:
    source = MusicBrainzSource(NAME, [folder], folder / "a [b] *'")
    assert everything(source) == everything(_source(folder))


def test_a_full_disk_is_said_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenuto.sources.musicbrainz.join._MEMORY", "1KB")
    with pytest.raises(SpaceError, match="joins"):
        everything(_source(folder))


CELLS = st.lists(
    st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1
)


@given(CELLS)
def test_copy_text_gives_back_every_cell(values: list[str | None]) -> None:
    """Clause 16."""
    escapes = str.maketrans(
        {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\b": r"\b", "\f": r"\f", "\v": r"\v"}
    )
    line = "\t".join(r"\N" if value is None else value.translate(escapes) for value in values)
    assert postgres.cells(line.encode()) == values
