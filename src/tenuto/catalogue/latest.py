"""Which later generation has the latest word on a key: `derived/<snapshot>/latest/` (snapshot.md, clause 16).

One file a table and column that single rows are looked up by, so that a look-up opens one later generation at
most, however many builds there were.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from tenuto.catalogue.order import derived_folder
from tenuto.catalogue.parts import table_folder
from tenuto.catalogue.session import Resources, Session, open_session
from tenuto.formats.snapshot import Part, PartKind, Snapshot
from tenuto.formats.tables import TABLES, Table
from tenuto.fsync import fsync_directory, publish
from tenuto.model.ids import SnapshotId

LatestOpener = Callable[[str], pq.ParquetFile]
"""Opens one of the files by its name."""

_FOLDER: Final = "latest"

_ROWS_PER_GROUP: Final = 16_384
"""Twice a part's: these files aren't in buckets, and their footers are read whole."""


def latest_folder(root: Path, snapshot: SnapshotId) -> Path:
    """Where the files stand."""
    return derived_folder(root, snapshot) / _FOLDER


def local_latest(root: Path, snapshot: SnapshotId) -> LatestOpener | None:
    """Opens the files, memory-mapped; None where they weren't written."""
    folder = latest_folder(root, snapshot)
    return (lambda name: pq.ParquetFile(folder / name, memory_map=True)) if folder.exists() else None


def latest_name(table: Table, column: str) -> str:
    """The file with what `column` is looked up for."""
    return f"{table.name}.{column}.parquet"


def write_latest(root: Path, identity: SnapshotId, snapshot: Snapshot, resources: Resources) -> None:
    """Writes the files of all tables with later generations, unless they are there."""
    folder = latest_folder(root, identity)
    if folder.exists():
        return
    waiting = folder.with_name(f".{_FOLDER}")
    shutil.rmtree(waiting, ignore_errors=True)
    waiting.mkdir(parents=True)
    try:
        with open_session(waiting / "scratch", resources) as session:
            for table in TABLES:
                later = [part for part in snapshot.parts[table.name] if part.generation]
                if later:
                    _write(session, table_folder(root, table), table, later, waiting)
        waiting.replace(folder)
        fsync_directory(folder.parent)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _write(session: Session, parts: Path, table: Table, later: list[Part], to: Path) -> None:
    for place, part in enumerate(later):
        session.view(f"part_{place}", [parts / part.file_name])
    queries = {table.key[-1]: _generations(table, later)}
    queries |= {name: _numbers(table, later, name) for name in table.ranges if name not in table.key}
    for column, query in queries.items():
        path = to / latest_name(table, column)
        session.write(query, path, rows_per_group=_ROWS_PER_GROUP)
        publish(path, path)


def _generations(table: Table, later: list[Part]) -> str:
    """A query of the keys with their newest generation, the key's last column first."""
    key = ", ".join([table.key[-1], *table.key[:-1]])
    keys = " UNION ALL ".join(
        f"SELECT {key}, {part.generation} AS generation FROM part_{place}"  # noqa: S608 -- names of our own
        for place, part in enumerate(later)
    )
    return f"SELECT {key}, max(generation) AS generation FROM ({keys}) GROUP BY {key} ORDER BY {key}"  # noqa: S608 -- as above


def _numbers(table: Table, later: list[Part], column: str) -> str:
    """A query of ids with their number: the last one, where one went and came back with another."""
    kind = dict(table.columns)[column]
    rows = " UNION ALL ".join(
        [
            f"SELECT NULL::{kind} AS {column}, NULL::UINTEGER AS number WHERE false",
            *(
                f"SELECT {column}, number FROM part_{place}"  # noqa: S608 -- names of our own
                for place, part in enumerate(later)
                if part.kind is PartKind.ROWS
            ),
        ]
    )
    return f"SELECT {column}, max(number) AS number FROM ({rows}) GROUP BY {column} ORDER BY {column}"  # noqa: S608 -- as above
