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
from tenuto.model.source import Access, Entity, Identifier, Listens, RejectedRow, Scheme, SourceRow
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
    assert _titles(_simple(tmp_path, name)) == [f"{name}:{2 if head else 1}", "good"]


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
