"""All tables in one SQLite file, for people and programs that look up single rows."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa

from tenuto.formats.dataset import EXPORT_VERSION
from tenuto.formats.dictionary import TableDescription

NAME: Final = "catalogue.sqlite"

_TYPES: Final = {"DOUBLE": "REAL", "FLOAT": "REAL", "VARCHAR": "TEXT", "UUID": "TEXT"}
_INDEXES: Final = {
    "recordings": ("id", "artist_number"),
    "releases": ("id",),
    "artists": ("id", "name"),
    "tracks": ("release",),
    "identifiers": ("value",),
    "rights": ("recording",),
    "locations": ("recording", "uri"),
    "links": ("recording",),
}
"""Columns looked up besides the primary keys; `names` has its own order for names."""


@contextmanager
def open_sqlite(folder: Path) -> Iterator[sqlite3.Connection]:
    """A new file. Nothing is lost without a journal: the folder has no name yet until all is durable."""
    connection = sqlite3.connect(folder / NAME, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA user_version = {EXPORT_VERSION}")
        yield connection
        connection.execute("PRAGMA optimize")
    finally:
        connection.close()


def write_sqlite(
    connection: sqlite3.Connection, batches: Iterable[pa.RecordBatch], table: TableDescription
) -> int:
    """Creates and fills one table, then its indexes; gives the rows."""
    rows = 0
    connection.execute(_create(table))
    marks = ", ".join("?" for _ in table.columns)
    connection.execute("BEGIN")
    for batch in batches:
        columns = [column.to_pylist() for column in batch.columns]
        connection.executemany(
            f"INSERT INTO {table.name} VALUES ({marks})",  # noqa: S608 -- a name from formats
            zip(*columns, strict=True),
        )
        rows += len(batch)
    for column in _INDEXES.get(table.name, ()):
        connection.execute(f"CREATE INDEX {table.name}_{column} ON {table.name} ({column})")
    connection.execute("COMMIT")
    return rows


def _create(table: TableDescription) -> str:
    columns = [f'"{c.name}" {_TYPES.get(c.type, "INTEGER")}' for c in table.columns]
    if not table.primary_key:
        return f"CREATE TABLE {table.name} ({', '.join(columns)}) STRICT"
    if len(table.primary_key) == 1 and table.columns[0].type == "UINTEGER":
        columns[0] += " PRIMARY KEY"
        return f"CREATE TABLE {table.name} ({', '.join(columns)}) STRICT"
    columns.append(f"PRIMARY KEY ({', '.join(table.primary_key)})")
    return f"CREATE TABLE {table.name} ({', '.join(columns)}) STRICT, WITHOUT ROWID"
