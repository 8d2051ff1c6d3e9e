"""docs/formats/mapping.md against small tables, each clause by its number."""

import json
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenuto.formats.mapping import parse
from tenuto.model.errors import ConfigurationError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import (
    Access,
    Entity,
    Features,
    Identifier,
    Listens,
    Location,
    Mode,
    RejectedRow,
    Scheme,
    SourceRow,
)
from tenuto.sources.table import TableSource, load_mapping, mapping_names
from tenuto.testing.source import Opener, SourceContract, everything
from tests.sources.fixtures import Notes

NAME = SourceName("list")
SIMPLE = """
version = 1
[[table]]
files = ["{file}"]
key = ["id"]
null_values = ["?"]
[table.columns]
title = "title"
year = "year"
"""
FULL = """
version = 1
licence = "CC0-1.0"
[[table]]
files = ["tracks.csv"]
key = ["id"]
duration_unit = "ms"
[table.columns]
title = "title"
duration = "ms"
disc_number = "disc"
isrc = "isrc"
mbid = "mbid"
location = "url"
location_sha256 = "sha"
location_length = "bytes"
evidence = "r.licence"
release = "r.name"
listens = "more#/heard"
[table.constants]
genre = "Drone"
[table.join]
file = "releases.tsv"
name = "r"
on = "release"
key = "id"
"""
MBID = "6c3dac12-0000-429c-b689-0bf05d778b54"


def _source(base: Path, text: str) -> TableSource:
    return TableSource(NAME, parse(text, "test"), base)


def _simple(base: Path, file: str) -> list[SourceRow | RejectedRow]:
    return everything(_source(base, SIMPLE.format(file=file)))


def _titles(items: list[SourceRow | RejectedRow]) -> list[str]:
    return [item.title if isinstance(item, SourceRow) else item.where for item in items]


@pytest.fixture
def full(tmp_path: Path) -> Path:
    (tmp_path / "tracks.csv").write_text(
        "id,title,ms,disc,isrc,mbid,url,sha,bytes,release,more\r\n"
        f'1,"One, ""x""",1500,1/2,de-ab1-23-45678,{MBID.upper()},https://a.example/o ne,{"a" * 64},9,R,'
        '"{""heard"": 7}"\r\n'
        "2,Two,,,nonsense,,,,,unknown,\r\n",
        newline="",
    )
    (tmp_path / "releases.tsv").write_text('id\tname\tlicence\nR\tThe "R"\tCC-BY-4.0\nR\tsecond\t\n')
    return tmp_path


class TestTablesKeepTheContract(SourceContract):
    @pytest.fixture
    def source(self, full: Path) -> Opener:
        with (full / "tracks.csv").open("ab") as file:
            file.write(b"bad\xff,,,,,,,,,,\r\n")
        return partial(_source, full, FULL)


def test_every_field(full: Path) -> None:
    """mapping.md, clauses 3, 7, 8, 10 to 15."""
    one, two = everything(_source(full, FULL))
    assert isinstance(one, SourceRow)
    assert (one.title, one.duration_ms, one.disc_number, one.genre) == ('One, "x"', 1500, 1, "Drone")
    assert one.release == 'The "R"'
    assert one.identifiers == (Identifier(Scheme.ISRC, "DEAB12345678"), Identifier(Scheme.MBID, MBID))
    assert one.listens == Listens(7.0)
    assert one.evidence == (Evidence(EvidenceKind.TABLE, "CC-BY-4.0", "releases.tsv: column licence"),)
    assert one.location is not None
    assert (one.location.uri, one.location.access) == ("https://a.example/o%20ne", Access.REMOTE)
    assert (one.location.length, one.location.sha256) == (9, "a" * 64)
    assert json.loads(one.raw)["url"] == "https://a.example/o ne"
    assert isinstance(two, SourceRow)
    assert (two.identifiers, two.evidence, two.location, two.listens) == ((), (), None, None)


def test_bad_rows_are_rejected_and_nothing_else(tmp_path: Path) -> None:
    """mapping.md, clauses 4 to 6."""
    (tmp_path / "t.csv").write_bytes(
        b"\xef\xbb\xbfid,title,year\n"  # line 1, with a byte order mark
        b"1,good,1999\n"
        b"2,b\xffd,1999\n"
        b"3,n\0l,1999\n"
        b"4,ragged\n"
        b"\n"
        b"5,wrong,soon\n"
        b'6,"two\nlines",?\n'
        b'7,"stray,1999\n'
        b"8,after,2001-02-03\n"
        b",keyless,1999\n"
        b'9,"last,1999\n'
        b"10,end,0\n"
    )
    items = _simple(tmp_path, "t.csv")
    assert _titles(items) == [
        *("good", "t.csv:3", "t.csv:4", "t.csv:5", "t.csv:7", "two lines", "t.csv:10", "after", "t.csv:12"),
        *("t.csv:13", "end"),
    ]
    reasons = [item.what for item in items if isinstance(item, RejectedRow)]
    assert "encoding" in reasons[0]
    assert "NUL" in reasons[1]
    assert "2 cells" in reasons[2]
    assert "'soon'" in reasons[3]
    assert "key" in reasons[5]
    assert [item.ordinal for item in items] == list(range(11))


def test_json_lines(tmp_path: Path) -> None:
    """mapping.md, clauses 4 and 5."""
    (tmp_path / "t.jsonl").write_bytes(
        b'{"id": 1, "title": "good", "year": 1999, "x": {"b": 1.5, "a": [null, true]}}\n'
        b'{"id": 2, "title": "un\xff"}\n[1]\n\nnonsense\n{"id": 90071992547409930}\n'
        b'{"id": "7", "title": "last"}'
    )
    items = _simple(tmp_path, "t.jsonl")
    assert _titles(items) == ["good", "t.jsonl:2", "t.jsonl:3", "t.jsonl:5", "t.jsonl:6", "last"]
    assert items[0].raw == '{"id":1,"title":"good","x":{"a":[null,true],"b":1.5},"year":1999}'
    assert isinstance(items[0], SourceRow)
    assert (items[0].key, items[0].year) == ("1", 1999)


def test_parquet(tmp_path: Path) -> None:
    """mapping.md, clauses 4 and 5."""
    table = pa.table(
        {"id": [1, 2, 3], "title": ["a", "b", None], "year": [1999.0, 12.5, None], "blob": [b"\x01"] * 3}
    )
    pq.write_table(table, tmp_path / "t.parquet")
    items = _simple(tmp_path, "t.parquet")
    assert _titles(items) == ["a", "t.parquet:2", ""]
    assert '"blob":"01"' in items[0].raw


def test_a_truncated_parquet_file_is_a_reject(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1 and no more")
    (item,) = _simple(tmp_path, "t.parquet")
    assert isinstance(item, RejectedRow)


def test_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_bytes('id\ttitle\tyear\n1\tSépia "x"\t\n'.encode("cp1252"))
    text = SIMPLE.format(file="t.tsv").replace('key = ["id"]', 'key = ["id"]\nencoding = "cp1252"')
    assert _titles(everything(_source(tmp_path, text))) == ['Sépia "x"']


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_an_endless_line_is_one_reject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for module in ("table_files", "table_text"):
        monkeypatch.setattr(f"tenuto.sources.{module}.LINE_LIMIT", 64)
    good = '{"id": "1", "title": "good"}\n' if name == "t.jsonl" else "1,good,\n"
    head = "" if name == "t.jsonl" else "id,title,year\n"
    (tmp_path / name).write_text(f"{head}{'x' * 1000}\n{good}")
    long, fine = _simple(tmp_path, name)
    assert _titles([long, fine]) == [f"{name}:{2 if head else 1}", "good"]
    assert isinstance(long, RejectedRow)
    assert "a line " in long.what
    assert long.raw.startswith("x" * 64)


PLAYS = """
version = 1
[[table]]
files = ["plays.csv"]
entity = "listens"
key = ["song", "artist"]
fold_key = true
[table.columns]
title = "song"
artist = "artist"
listens_time = "when"
[table.constants]
listens = "1"
"""


def test_each_row_is_one_play(tmp_path: Path) -> None:
    """mapping.md, clauses 9, 11 and 12."""
    (tmp_path / "plays.csv").write_text(
        "song,artist,when\nTHE  Song,A,2014-06-16 18:28:34\nthe song,a,1403398735\nthe song,a,noon\n"
    )
    one, two, bad = everything(_source(tmp_path, PLAYS))
    assert isinstance(one, SourceRow)
    assert isinstance(two, SourceRow)
    assert one.entity is Entity.LISTENS
    assert one.key == two.key == "the song\na"
    assert one.listens == two.listens == Listens(1.0, "plays", "2014-06-16/2014-06-23")
    assert isinstance(bad, RejectedRow)


RELEASES = """
version = 1
[[table]]
files = ["releases.csv"]
entity = "release"
key = ["id"]
whole_keys = true
[table.columns]
title = "title"
artist_key = "artist"
barcode = "ean"
mbid = "mbid"
"""


def test_releases_have_barcodes_and_mbids(tmp_path: Path) -> None:
    """mapping.md, clauses 9 and 13."""
    (tmp_path / "releases.csv").write_text(
        "id,title,artist,ean,mbid\n"
        f"1.0,EAN-13,7.00,4 006381 333931,{MBID}\n2,UPC-A,7,036000-291452,\n3,EAN-8,x.0,73513537,none\n"
        "4,wrong digit,,4006381333932,\n5,too short,,123,\n6,none,,,\n"
    )
    rows = [item for item in everything(_source(tmp_path, RELEASES)) if isinstance(item, SourceRow)]
    barcodes = [[each.value for each in row.identifiers if each.scheme is Scheme.BARCODE] for row in rows]
    assert barcodes == [["4006381333931"], ["036000291452"], ["73513537"], [], [], []]
    assert [row.key for row in rows] == list("123456")
    assert [row.artist_key for row in rows] == ["7", "7", "x.0", None, None, None]
    assert rows[0].identifiers[0] == Identifier(Scheme.MBID, MBID)


FEATURES = """
version = 1
[[table]]
files = ["t.jsonl"]
key = ["id"]
genre_separator = ","
[table.columns]
title = ["name", "title"]
genre = ["genre", "tags#/*/0", "tags#/9"]
explicit = "explicit"
key = "key"
mode = "mode"
tempo = "bpm"
year = "date"
duration = "length"
location = "url"
location_sha1 = "sha1"
location_md5 = "md5"
listens = "plays"
listener = "who"
"""


def test_what_a_source_says_of_the_sound(tmp_path: Path) -> None:
    """mapping.md, clauses 3, 8, 10, 11, 13 and 14."""
    rows: list[dict[str, object]] = [
        {"id": 1, "title": "A", "genre": "Pop, Rock", "tags": [["Rock"], ["Jazz"]], "explicit": True},
        {"id": 2, "name": "B", "title": "b", "key": 11, "mode": 1, "bpm": 120.5, "genre": '{a,"b c"}'},
        {"id": 3, "key": "C#", "mode": "Minor", "tags": "[('x',), ('y',)]"},
        {"id": 4, "key": "E♭", "date": "12/31/1999", "length": "1:02:03.5", "explicit": "no"},
        {"id": 5, "key": -1, "bpm": 0, "date": "1999-12-31", "length": "2:03"},
        {"id": 6, "url": "http://a.example", "sha1": "A" * 40, "md5": "b" * 32, "plays": 3, "who": "me"},
        {"id": 7, "sha1": "a" * 40, "who": "me"},
    ]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = [item for item in everything(_source(tmp_path, FEATURES)) if isinstance(item, SourceRow)]
    assert [row.title for row in found[:2]] == ["A", "B"]
    assert [row.genre for row in found[:3]] == ["Pop; Rock; Jazz", "a; b c", "x; y"]
    assert [row.features for row in found] == [
        Features(explicit=True),
        Features(None, 11, Mode.MAJOR, 120.5),
        Features(None, 1, Mode.MINOR),
        Features(explicit=False, key=3),
        *(None, None, None),
    ]
    assert [(row.year, row.duration_ms) for row in found[3:5]] == [(1999, 3_723_500), (1999, 123_000)]
    assert found[5].location == Location("http://a.example", Access.REMOTE, sha1="a" * 40, md5="b" * 32)
    assert found[5].listens == Listens(3.0, listener="me")
    assert (found[6].location, found[6].listens) == (None, None)


@pytest.mark.parametrize(("cell", "length"), [(12_345_678_901, 12_345_678_901), ("", None), (0, None)])
def test_lengths_beyond_a_gigabyte(tmp_path: Path, cell: object, length: int | None) -> None:
    """mapping.md, clause 13."""
    row = {"id": 1, "url": "http://a.example", "bytes": cell}
    (tmp_path / "t.jsonl").write_text(json.dumps(row))
    text = FEATURES.replace('location_sha1 = "sha1"', 'location_length = "bytes"')
    (found,) = everything(_source(tmp_path, text))
    assert isinstance(found, SourceRow)
    assert found.location is not None
    assert found.location.length == length


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ({"key": 12}, "note"),
        ({"key": "X"}, "note"),
        ({"mode": "dorian"}, "major"),
        ({"explicit": "perhaps"}, "true"),
        ({"bpm": -1}, "number"),
        ({"url": "http://a.example", "md5": "short"}, "32 hexadecimal"),
        ({"url": "ftp://a.example"}, "URL"),
        ({"tags": "[nonsense"}, "JSON"),
        ({"length": "1:xx"}, "number"),
    ],
)
def test_what_cannot_be_is_rejected(tmp_path: Path, cell: dict[str, object], message: str) -> None:
    """mapping.md, clauses 3, 10, 11, 13 and 14."""
    (tmp_path / "t.jsonl").write_text(json.dumps({"id": 1} | cell) + '\n{"id": 2}\n')
    bad, good = everything(_source(tmp_path, FEATURES))
    assert isinstance(bad, RejectedRow)
    assert message in bad.what
    assert isinstance(good, SourceRow)


@pytest.mark.parametrize(
    ("table", "mapping", "message"),
    [
        ("id,title\n", SIMPLE.format(file="t.csv"), "no column 'year'"),
        ("id,id\n", SIMPLE.format(file="t.csv"), "same name"),
        ("", SIMPLE.format(file="t.csv"), "no header"),
        ("id,title,year\n", SIMPLE.format(file="t.csv") + '[table.constants]\nyear = "soon"\n', "soon"),
        (
            "id,title,year\n",
            SIMPLE.format(file="t.csv").replace("null", 'encoding="klingon"\nnull'),
            "klingon",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_is_said_so(
    tmp_path: Path, table: str, mapping: str, message: str
) -> None:
    (tmp_path / "t.csv").write_text(table)
    with pytest.raises(ConfigurationError, match=message):
        everything(_source(tmp_path, mapping))


def test_missing_tables_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        _source(tmp_path, SIMPLE.format(file="t.csv")).describe()
    with pytest.raises(NotFoundError):
        _simple(tmp_path, "t.csv")
    with pytest.raises(NotFoundError):
        load_mapping("no such mapping")


def test_broken_rows_of_a_joined_table_are_reported(full: Path) -> None:
    """mapping.md, clause 7."""
    with (full / "releases.tsv").open("a") as file:
        file.write("ragged\n")
    notes = Notes()
    list(_source(full, FULL).rows(notes))
    assert [where for where, _ in notes.faults] == ["releases.tsv:4"]


def test_the_version_follows_bytes_and_mapping(full: Path) -> None:
    before = _source(full, FULL).describe().version
    assert _source(full, FULL + "\n").describe().version != before
    with (full / "releases.tsv").open("a") as file:
        file.write("Q\tq\t\n")
    assert _source(full, FULL).describe().version != before


def test_shipped_mappings_load() -> None:
    assert {"classic_rock_plays", "freemusicc", "openverse_jamendo"} <= set(mapping_names())
    assert all(load_mapping(name).tables for name in mapping_names())
