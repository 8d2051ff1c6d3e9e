"""The files of an export (docs/export.md, clauses 1 to 4, 10 and 11)."""

import csv
import hashlib
import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenuto.catalogue.export import ExportRequest, Format, json_lines, run
from tenuto.catalogue.export.blocks import blocks
from tenuto.catalogue.export.parquet_files import write_parquet
from tenuto.catalogue.export.rows import open_rows
from tenuto.formats.dictionary import EXPORTED, POPULARITY
from tenuto.formats.seekable_zstd import FOOTER_LENGTH, offsets, read_seek_table, table_length
from tenuto.model.errors import NotFoundError, SpaceError, UsageError
from tenuto.model.ids import SnapshotId
from tests.catalogue.export.exports import PUBLIC, Catalogue, documents, exported, of, parquet
from tests.catalogue.harvests import SMALL, built, harvest, row, rows_of


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("kind", Format)
def test_two_exports_are_equal_byte_for_byte(tmp_path: Path, catalogue: Catalogue, kind: Format) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    done = exported(catalogue, kind, one, **PUBLIC)
    exported(catalogue, kind, other, **PUBLIC)
    assert everything(one) == everything(other)
    for file in done.files:
        data = (one / file.name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.bytes, file.sha256)


def test_parquet_has_the_live_rows_of_every_table_in_order(tmp_path: Path) -> None:
    """Over generations: the second build changes one row and removes one."""
    first = harvest(tmp_path / "1", "s", [row("a", "A"), row("b", "B"), row("c", "C")])
    parent = built(tmp_path, [first])
    second = harvest(tmp_path / "2", "s", [row("a", "A!"), row("c", "C")])
    snapshot = built(tmp_path, [second], parent)
    folder = tmp_path / "out"
    done = exported(Catalogue(tmp_path, snapshot), Format.PARQUET, folder)
    assert done.tables["recordings"].exported == 2
    for table in EXPORTED:
        if table is not POPULARITY:
            told = [tuple(map(str, each)) for each in parquet(folder, table.name)]
            assert told == [tuple(map(str, each)) for each in rows_of(tmp_path, snapshot, table.name)], (
                table.name
            )
    assert [each[0] for each in parquet(folder, "popularity")] == [
        each[0] for each in parquet(folder, "recordings")
    ]


def test_a_long_table_has_several_files(tmp_path: Path) -> None:
    batch = pa.RecordBatch.from_pydict({"number": range(10), "popularity": [1] * 10, "basis": ["none"] * 10})
    written = list(write_parquet([batch, batch.slice(0, 3)], POPULARITY, tmp_path, rows_per_file=4))
    assert written == [(f"popularity-{n:05}.parquet", rows) for n, rows in enumerate((4, 4, 4, 1))]
    assert pq.read_table(tmp_path / written[2][0]).column("number").to_pylist() == [8, 9, 0, 1]


def test_blocks_dont_depend_on_how_rows_came() -> None:
    batch = pa.RecordBatch.from_pydict({"n": range(7)})
    pieces = [batch.slice(0, 1), batch.slice(1, 5), batch.slice(6)]
    assert [b.to_pydict() for b in blocks(pieces, 3)] == [b.to_pydict() for b in blocks([batch], 3)]
    assert list(blocks([], 3)) == []


def test_sqlite_is_strict_indexed_and_versioned(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = tmp_path / "out"
    done = exported(catalogue, Format.SQLITE, folder)
    with sqlite3.connect(folder / "catalogue.sqlite") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = connection.execute(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'"
        ).fetchall()
        assert {table.name: 1 for table in EXPORTED}.items() <= dict(tables).items()
        for table in EXPORTED:
            ((count,),) = connection.execute(f"SELECT count(*) FROM {table.name}")
            assert count == done.tables[table.name].exported
        for query in (
            "SELECT * FROM recordings WHERE id = ?",
            "SELECT * FROM names WHERE name = ?",
            "SELECT * FROM artists WHERE name = ?",
            "SELECT * FROM tracks WHERE recording = ?",
            "SELECT * FROM rights WHERE recording = ?",
            "SELECT * FROM source_rows WHERE entity = 'recording' AND number = ?",
        ):
            plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", ("x",)).fetchall()
            assert all("SEARCH" in step[-1] for step in plan), plan
    connection.close()


def test_csv_keeps_empty_and_missing_apart_and_guards_formulas(tmp_path: Path, catalogue: Catalogue) -> None:
    guarded, raw = tmp_path / "guarded", tmp_path / "raw"
    exported(catalogue, Format.CSV, guarded, tables=("recordings",))
    exported(catalogue, Format.CSV, raw, tables=("recordings",), raw_csv=True)
    text = (guarded / "recordings.csv").read_bytes()
    assert text.startswith(b'"number","id","title"')
    assert all(line.endswith(b"\r") for line in text.split(b"\n")[:-1])
    assert b'"\'=1+1","Bea"' in text
    assert b'"=1+1","Bea"' in (raw / "recordings.csv").read_bytes()
    assert b',1999,,"' in text or b",,1000," in text, "a missing number is nothing at all"
    with (guarded / "recordings.csv").open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 3
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT genre, year FROM read_csv('{guarded}/recordings.csv', nullstr='', "
            "allow_quoted_nulls=false) WHERE title LIKE '%1+1%'"
        ).fetchall()
    assert found == [("folk", None)]


def test_whatever_begins_a_formula_is_guarded(tmp_path: Path) -> None:
    titles = [f'{start}x"\r\ny' for start in "=+-@\t\r"]
    rows = [row(str(n), title) for n, title in enumerate(titles)]
    small = of(tmp_path, [harvest(tmp_path / "h", "s", rows)])
    exported(small, Format.CSV, tmp_path / "out", tables=("recordings",))
    with (tmp_path / "out" / "recordings.csv").open(newline="", encoding="utf-8") as file:
        assert {found["title"] for found in csv.DictReader(file)} == {f"'{title}" for title in titles}


def test_json_lines_are_read_as_a_whole_and_by_single_frames(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "PAGE", 2)
    monkeypatch.setattr(json_lines, "FRAME", 200)
    exported(catalogue, Format.JSONL, tmp_path / "out")
    path = tmp_path / "out" / "recordings.jsonl.zst"
    whole = documents(tmp_path / "out")
    assert len(whole) == 3
    data = path.read_bytes()
    frames = read_seek_table(data[-table_length(data[-FOOTER_LENGTH:]) :])
    assert len(frames) > 1
    lines = []
    for start, frame in zip(offsets(frames), frames, strict=True):
        one = pa.Codec("zstd").decompress(data[start : start + frame.compressed], frame.decompressed)
        lines += [json.loads(line) for line in bytes(one).splitlines()]
    assert lines == whole
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT title FROM read_json('{path}')").fetchall() == [
            (document["title"],) for document in whole
        ]


@pytest.mark.system
@pytest.mark.skipif(shutil.which("zstd") is None, reason="the program zstd is not installed")
def test_zstd_itself_reads_the_documents(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = tmp_path / "out"
    exported(catalogue, Format.JSONL, folder)
    text = subprocess.run(["zstd", "-dc", folder / "recordings.jsonl.zst"], capture_output=True, check=True)
    assert [json.loads(line) for line in text.stdout.splitlines()] == documents(folder)


def test_a_folder_that_holds_anything_is_refused_and_an_empty_one_is_filled(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    (tmp_path / "out").mkdir()
    exported(catalogue, Format.PARQUET, tmp_path / "out", tables=("artists",))
    with pytest.raises(UsageError, match="empty folder"):
        exported(catalogue, Format.PARQUET, tmp_path / "out", tables=("artists",))
    with pytest.raises(UsageError, match="no such table: nothing"):
        exported(catalogue, Format.PARQUET, tmp_path / "other", tables=("nothing",))
    with pytest.raises(NotFoundError):
        exported(catalogue._replace(snapshot=SnapshotId("0" * 16)), Format.PARQUET, tmp_path / "other")


def test_what_fails_leaves_nothing_behind(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run, "write_croissant", fail)
    with pytest.raises(SpaceError):
        exported(catalogue, Format.CSV, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_what_a_killed_export_left_is_named(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / ".out.part").mkdir()
    with pytest.raises(UsageError, match="Remove it"):
        exported(catalogue, Format.CSV, tmp_path / "out")


def test_a_full_disk_is_noticed_before_the_first_byte(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(SpaceError, match="10 are free"):
        exported(catalogue, Format.CSV, tmp_path / "out")
    assert not (tmp_path / ".out.part").exists()


def test_a_dry_run_counts_the_same_and_leaves_nothing(tmp_path: Path, catalogue: Catalogue) -> None:
    dry = exported(catalogue, Format.PARQUET, tmp_path / "out", dry_run=True, **PUBLIC)
    assert not list(tmp_path.iterdir())
    done = exported(catalogue, Format.PARQUET, tmp_path / "out", **PUBLIC)
    assert dry.tables == done.tables
    assert dry.sources == done.sources
    assert dry.bytes >= done.bytes


def test_rows_in_order_need_no_sort(tmp_path: Path, catalogue: Catalogue) -> None:
    """A first generation's artists are written before its releases, and those before its recordings."""
    with open_rows(*catalogue, ExportRequest(Format.CSV), tmp_path / "s", SMALL) as rows:
        for table in EXPORTED:
            query = rows.select(table, uuids_as_text=True)
            assert "ORDER BY" not in query
            order = ", ".join(f"out_{table.name}.{name}" for name in table.order)
            assert rows.session.query(query) == rows.session.query(f"{query} ORDER BY {order}"), table.name
