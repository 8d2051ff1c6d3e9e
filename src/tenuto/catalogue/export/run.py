"""One export: check, write into a hidden folder, describe, make durable, give it its name."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tenuto.catalogue.export.request import Done, ExportRequest, Format, TableCount
from tenuto.catalogue.export.rows import Rows, open_rows
from tenuto.catalogue.export.write import SCRATCH, Written, write
from tenuto.catalogue.parts import file_sha256
from tenuto.catalogue.session import Resources
from tenuto.catalogue.snapshots import load
from tenuto.formats.croissant import write_croissant
from tenuto.formats.datapackage import write_datapackage
from tenuto.formats.dataset import DataFile, Dataset, sources_page, write_sources
from tenuto.formats.dictionary import (
    DOCUMENT,
    EXPORTED,
    TableDescription,
    described,
    dictionary_page,
    write_dictionary,
)
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import RECORDINGS, Table
from tenuto.fsync import fsync_directory, space_or
from tenuto.model.errors import SpaceError, UsageError
from tenuto.model.ids import SnapshotId
from tenuto.model.ports import Reporter

MEDIA_TYPES: Final = {
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.SQLITE: "application/vnd.sqlite3",
    Format.CSV: "text/csv",
    Format.JSONL: "application/zstd",
}
_GROWTH: Final = {Format.PARQUET: 2.0, Format.SQLITE: 7.0, Format.CSV: 6.0, Format.JSONL: 4.0}
"""Bytes for each byte of the snapshot's: 1.0, 5.7, 4.9 and 1.4 measured; the rest is for scratch files."""


def export(
    root: Path,
    snapshot: SnapshotId,
    destination: Path,
    request: ExportRequest,
    reporter: Reporter,
    *,
    dry_run: bool = False,
    resources: Resources | None = None,
) -> Done:
    """Writes the snapshot's rows to the folder `destination`, which appears when all of it is durable.

    `UsageError` where the folder holds anything or a table isn't known, `SpaceError` before the first byte.
    With `dry_run`, everything is decided and counted, and nothing is left behind.
    """
    tables, resources = _tables(request), resources or Resources()
    _check_free(destination)
    expected = _estimate(load(root, snapshot), tables, request.format)
    if dry_run:
        with (
            tempfile.TemporaryDirectory(prefix="tenuto-export-") as scratch,
            open_rows(root, snapshot, request, Path(scratch) / "session", resources) as rows,
        ):
            return _decided(rows, tables, expected)
    _check_space(destination, expected)
    with _folder(destination) as folder:
        with open_rows(root, snapshot, request, folder / SCRATCH / "session", resources) as rows:
            written = write(rows, tables, request, folder, reporter)
            counts = _counts(rows, tables, written)
            sources = rows.sources()
        shutil.rmtree(folder / SCRATCH)
        files = _data_files(folder, written, request.format)
        dataset = Dataset(
            *(snapshot, str(request.format), request.public, request.licence, request.conflicts, sources),
            _descriptions(tables, request.format),
            files,
        )
        _describe(dataset, folder)
    return Done(counts, sources, files, sum(file.bytes for file in files))


def source_licences(root: Path, snapshot: SnapshotId) -> dict[str, str]:
    """What each source of the snapshot states for its data, by priority."""
    return {source.name: source.licence for source in load(root, snapshot).sources}


def _tables(request: ExportRequest) -> tuple[Table, ...]:
    if request.format is Format.JSONL:
        return (RECORDINGS,)
    known = {table.name: table for table in EXPORTED}
    if unknown := sorted(set(request.tables) - known.keys()):
        raise UsageError(f"no such table: {', '.join(unknown)}", remedy=f"Tables: {', '.join(known)}")
    return tuple(table for table in EXPORTED if not request.tables or table.name in request.tables)


def _descriptions(tables: Sequence[Table], kind: Format) -> tuple[TableDescription, ...]:
    return (DOCUMENT,) if kind is Format.JSONL else described(tables)


def _check_free(destination: Path) -> None:
    if destination.exists() and not (destination.is_dir() and not any(destination.iterdir())):
        raise UsageError(
            "something stands there already", where=str(destination), remedy="Name a new or an empty folder"
        )


def _estimate(snapshot: Snapshot, tables: Sequence[Table], kind: Format) -> int:
    """Bytes at most, from the snapshot's own."""
    wanted = snapshot.parts if kind is Format.JSONL else {table.name for table in tables}
    core = sum(part.bytes for name, parts in snapshot.parts.items() if name in wanted for part in parts)
    return int((core + snapshot.popularity.bytes) * _GROWTH[kind]) + 1_000_000


def _check_space(destination: Path, expected: int) -> None:
    place = next(each for each in (destination.absolute(), *destination.absolute().parents) if each.exists())
    free = shutil.disk_usage(place).free
    if free < expected:
        raise SpaceError(
            f"the export may need {expected:,} bytes, and {free:,} are free",
            where=str(place),
            remedy="Free some space, name another disk, or choose fewer tables with --table",
        )


def _decided(rows: Rows, tables: Sequence[Table], expected: int) -> Done:
    """What would be written. `expected` is for all rows."""
    counts = {table.name: rows.count(table, rows.exported(table)) for table in tables}
    entered = sum(count.entered for count in counts.values())
    share = sum(count.exported for count in counts.values()) / entered if entered else 0.0
    return Done(counts, rows.sources(), (), int(expected * share))


@contextmanager
def _folder(destination: Path) -> Iterator[Path]:
    """A hidden folder beside `destination` that becomes it, or is gone. `SpaceError` on a full disk."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    folder = destination.parent / f".{destination.name}.part"
    try:
        folder.mkdir()
    except FileExistsError:
        raise UsageError(
            "an export to this place runs, or was killed", where=str(folder), remedy="Remove it if none runs"
        ) from None
    try:
        yield folder
        _make_durable(folder)
        folder.rename(destination)
        fsync_directory(destination.parent)
    except (OSError, sqlite3.Error) as error:
        raise space_or(error, destination) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_durable(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    fsync_directory(folder)


def _counts(rows: Rows, tables: Sequence[Table], written: Sequence[Written]) -> dict[str, TableCount]:
    exported = dict.fromkeys((table.name for table in tables), 0)
    for each in written:
        exported[each.table] += each.rows
    return {table.name: rows.count(table, exported[table.name]) for table in tables}


def _data_files(folder: Path, written: Sequence[Written], kind: Format) -> tuple[DataFile, ...]:
    """The files with their digests; one that holds several tables has no table's name."""
    together: dict[str, list[Written]] = {}
    for each in written:
        together.setdefault(each.file, []).append(each)
    return tuple(
        DataFile(
            name,
            "" if kind is Format.SQLITE else parts[0].table,
            MEDIA_TYPES[kind],
            sum(part.rows for part in parts),
            (folder / name).stat().st_size,
            file_sha256(folder / name),
        )
        for name, parts in together.items()
    )


def _describe(dataset: Dataset, folder: Path) -> None:
    """Everything beside the data."""
    texts = {
        "SOURCES.md": sources_page(dataset).encode(),
        "sources.json": write_sources(dataset),
        "dictionary.md": dictionary_page(dataset.tables).encode(),
        "dictionary.json": write_dictionary(dataset.tables),
        "croissant.json": write_croissant(dataset),
        "datapackage.json": write_datapackage(dataset),
        "SHA256SUMS": "".join(f"{file.sha256}  {file.name}\n" for file in dataset.files).encode(),
    }
    for name, data in texts.items():
        (folder / name).write_bytes(data)
