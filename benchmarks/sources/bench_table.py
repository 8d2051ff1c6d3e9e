"""Harvesting a CSV table, beside reading it with nothing else to do, and beside DuckDB.

python -m benchmarks.sources.bench_table [--size ROWS]
"""

import csv
import json
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.report import Measured, megabytes, race, ratio, seconds, show, size_option
from tenuto.formats.mapping import parse
from tenuto.model.ids import SourceName
from tenuto.sources.harvest import harvest
from tenuto.sources.table import TableSource
from tenuto.testing.source import Silence

_MAPPING = """
version = 1
licence = "CC0-1.0"
attribution = "nobody"

[[table]]
files = ["table.csv"]
key = ["url"]

[table.columns]
title = "title"
artist = "artist"
release = "album"
track_number = "track"
year = "year"
genre = "genre"
duration = "seconds"
isrc = "isrc"
listens = "plays"
evidence = "licence"
location = "url"
"""

_COLUMNS = (
    "title",
    "artist",
    "album",
    "track",
    "year",
    "genre",
    "seconds",
    "isrc",
    "plays",
    "licence",
    "url",
)

TENUTO, READER, DUCKDB = (
    "Tenuto: harvest to Parquet",
    "csv.DictReader + json.dumps, writing nothing",
    "DuckDB: read_csv to Parquet, all text",
)


def write_table(path: Path, rows: int) -> None:
    """A quoted title in seven, every title outside ASCII, a row in five without ISRC."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows(_cells(i) for i in range(rows))


def _cells(i: int) -> list[str | int]:
    title = f"Sång {i * 7919 % 500_009}" + (", part two" if i % 7 == 0 else "")
    isrc = f"GBSYN{i:07}" if i % 5 else ""
    return [
        *(title, f"Artist {i // 20}", f"Album {i // 10}", i % 10 + 1, 1950 + i // 10 % 75),
        *(f"Genre {i // 20 % 40}", 90 + i * 7907 % 300, isrc, i * 31 % 9973),
        *("https://creativecommons.org/licenses/by/4.0/", f"https://example.org/audio/{i}.flac"),
    ]


def tenuto(folder: Path) -> int:
    source = TableSource(SourceName("bench"), parse(_MAPPING, "mapping"), folder)
    result = harvest(source, folder / "harvests", Silence(), force=True)
    assert result.counts.failed == 0
    return sum(segment.stat().st_size for segment in result.segments)


def reader(folder: Path) -> int:
    """The least that any harvest written in Python with the standard library does to a row."""
    with (folder / "table.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            json.dumps(row)
    return 0


def duck(folder: Path) -> int:
    target = folder / "duckdb.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")  # it would go to stdout
        rows = f"FROM read_csv('{folder / 'table.csv'}', all_varchar = true)"
        connection.execute(f"COPY ({rows}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    return target.stat().st_size


def report(rows: int, table_bytes: int, runs: dict[str, Measured[int]]) -> None:
    ours = runs[TENUTO].cpu
    show(
        f"sources: a table of {rows:,} rows, {megabytes(table_bytes)} MB of CSV",
        ("what", "processor s", "rows a processor s", "÷ Tenuto", "peak MB", "MB written"),
        [
            [
                *(name, seconds(run.cpu), f"{rows / run.cpu:,.0f}", ratio(run.cpu, ours)),
                *(megabytes(run.peak_bytes), megabytes(run.result) if run.result else ""),
            ]
            for name, run in runs.items()
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    rows = size_option(__doc__, "rows", 200_000, arguments)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        folder = Path(name)
        write_table(folder / "table.csv", rows)
        calls: dict[str, Callable[[], int]] = {TENUTO: partial(tenuto, folder)}
        calls |= {READER: partial(reader, folder), DUCKDB: partial(duck, folder)}
        report(rows, (folder / "table.csv").stat().st_size, race(calls))


if __name__ == "__main__":
    main()
