"""The tables of an export into files of its format."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from tenuto.catalogue.export.csv_files import write_csv
from tenuto.catalogue.export.json_lines import write_json_lines
from tenuto.catalogue.export.parquet_files import write_parquet
from tenuto.catalogue.export.request import ExportRequest, Format
from tenuto.catalogue.export.rows import Rows
from tenuto.catalogue.export.sqlite_file import NAME as SQLITE_NAME
from tenuto.catalogue.export.sqlite_file import open_sqlite, write_sqlite
from tenuto.formats.dictionary import described
from tenuto.formats.tables import Table
from tenuto.model.ports import Reporter

SCRATCH = ".scratch"
"""A folder in the export's own, gone when it is done."""


class Written(NamedTuple):
    """Rows of one table in one file."""

    file: str
    table: str
    rows: int


def write(
    rows: Rows,
    tables: Sequence[Table],
    request: ExportRequest,
    folder: Path,
    reporter: Reporter,
) -> list[Written]:
    """Writes all tables; one has several files where it is large, and they have one in SQLite."""
    if request.format is Format.JSONL:
        reporter.phase("documents", items=rows.snapshot.counts["recordings"])
        name, documents = write_json_lines(rows, folder, folder / SCRATCH / "staged", reporter)
        return [Written(name, "recordings", documents)]
    if request.format is Format.SQLITE:
        return list(_sqlite(rows, tables, folder, reporter))
    return [
        Written(name, table.name, count)
        for table in tables
        for name, count in _files(rows, table, request, folder, reporter)
    ]


def _files(
    rows: Rows, table: Table, request: ExportRequest, folder: Path, reporter: Reporter
) -> Iterator[tuple[str, int]]:
    if request.format is Format.PARQUET:
        yield from write_parquet(_shown(rows, table, reporter, uuids_as_text=False), table, folder)
    else:
        batches = _shown(rows, table, reporter, uuids_as_text=True)
        yield write_csv(batches, table, folder, raw=request.raw_csv)


def _sqlite(rows: Rows, tables: Sequence[Table], folder: Path, reporter: Reporter) -> Iterator[Written]:
    with open_sqlite(folder) as connection:
        for table, description in zip(tables, described(tables), strict=True):
            batches = _shown(rows, table, reporter, uuids_as_text=True)
            yield Written(SQLITE_NAME, table.name, write_sqlite(connection, batches, description))


def _shown(rows: Rows, table: Table, reporter: Reporter, *, uuids_as_text: bool) -> Iterable[pa.RecordBatch]:
    reporter.phase(table.name, items=rows.entered(table))
    for batch in rows.batches(table, uuids_as_text=uuids_as_text):
        yield batch
        reporter.advance(len(batch))
