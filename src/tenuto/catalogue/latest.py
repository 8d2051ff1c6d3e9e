"""Which later generation has the latest word on a key: `derived/<snapshot>/latest/` (snapshot.md, clause 16).

One file a table and column that single rows are looked up by, so that a look-up opens one later generation at
most, however many builds there were.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from tenuto.catalogue.order import derived_folder
from tenuto.catalogue.parts import table_folder, view_table
from tenuto.catalogue.session import Resources, Session, open_session
from tenuto.formats.snapshot import Part, PartKind, Snapshot
from tenuto.formats.tables import TABLES, Table
from tenuto.fsync import fsync_directory, publish
from tenuto.model.ids import SnapshotId

LatestOpener = Callable[[str], pq.ParquetFile]
"""Opens one of the files by its name."""

_FOLDER: Final = "latest"


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
    with open_session(waiting / "scratch", resources) as session:
        for table in TABLES:
            later = [part for part in snapshot.parts[table.name] if part.generation]
            view_table(session, root, table, (), "no")
            for column in _looked_up(table) if later else ():
                path = waiting / latest_name(table, column)
                session.write(_latest(session, table_folder(root, table), table, later, column), path)
                publish(path, path)
    waiting.replace(folder)
    fsync_directory(folder.parent)


def _looked_up(table: Table) -> Iterator[str]:
    """The columns that single rows are found by."""
    yield table.key[-1]
    yield from (name for name in table.ranges if name not in table.key)


def _latest(session: Session, folder: Path, table: Table, later: list[Part], column: str) -> str:
    """A query of a key with its newest generation; or of what isn't of the key, with the key's number."""
    if column not in table.key:
        later = [part for part in later if part.kind is PartKind.ROWS]
    for place, part in enumerate(later):
        session.view(f"part_{place}", [folder / part.file_name])
    told = ", ".join([column, *table.key[:-1]] if column in table.key else [column, table.key[-1]])
    queries = [f"SELECT {told}, 0 AS generation FROM no_{table.name}"]  # noqa: S608 -- names of our own
    queries += [
        f"SELECT {told}, {part.generation} AS generation FROM part_{place}"  # noqa: S608 -- as above
        for place, part in enumerate(later)
    ]
    generation = ", max(generation) AS generation" if column in table.key else ""
    return f"SELECT {told}{generation} FROM ({' UNION ALL '.join(queries)}) GROUP BY {told} ORDER BY {told}"  # noqa: S608 -- as above
