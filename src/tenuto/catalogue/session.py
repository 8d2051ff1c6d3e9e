"""One DuckDB session over Parquet: bounded memory, no downloads, scratch inside the archive."""

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import duckdb
import pyarrow as pa

from tenuto.formats.snapshot import Part, PartKind
from tenuto.formats.tables import PARQUET_SETTINGS, ROWS_PER_GROUP, Table
from tenuto.model.errors import SpaceError
from tenuto.model.ids import NAMESPACE

MEMORY_LIMIT = "600MB"


class _Script(Template):
    delimiter = "@"


@dataclass(frozen=True, slots=True)
class Resources:
    """What DuckDB may take. `threads` of None means all processors."""

    memory_limit: str = MEMORY_LIMIT
    threads: int | None = None


def script_text(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


class Session:
    """Runs the scripts in `sql/`. Names put into them come from `formats.tables`, never from data."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
        self._connection, self._scratch = connection, scratch

    def script(self, name: str, **names: str) -> None:
        """Runs `sql/<name>.sql`, with `@word` replaced by the text in `names`."""
        self._connection.execute(_Script(script_text(name)).substitute(names))

    def execute(self, statement: str) -> None:
        """Runs statements of our own."""
        self._connection.execute(statement)

    def query(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a small answer."""
        return self._connection.execute(statement, list(parameters)).fetchall()

    def stream(
        self, statement: str, parameters: Sequence[object] = (), *, batch: int = 10_000
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Batches of a large answer."""
        cursor = self._connection.execute(statement, list(parameters))
        while rows := cursor.fetchmany(batch):
            yield rows

    def batches(self, statement: str, *, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        """Arrow batches of a large answer."""
        yield from self._connection.sql(statement).to_arrow_reader(rows)

    def count(self, relation: str) -> int:
        """Rows of a table or view of this session."""
        return int(self._connection.table(relation).count("*").fetchall()[0][0])

    def load(self, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
        """A small table from values."""
        self._connection.execute(f"CREATE TABLE {table} ({columns})")
        marks = ", ".join("?" for _ in columns.split(","))
        if rows:
            self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 -- our names

    def insert(self, table: str, rows: pa.Table) -> None:
        """Adds rows in memory to a table, column by column of the same name."""
        self._connection.register("inserted", rows)
        self._connection.execute(f"INSERT INTO {table} BY NAME FROM inserted")
        self._connection.unregister("inserted")

    def register(self, name: str, table: pa.Table) -> None:
        """A view over a table in memory."""
        self._connection.register(name, table)

    def view(self, name: str, paths: Sequence[Path]) -> None:
        """A view over Parquet files, in their order."""
        relation = self._connection.read_parquet([_literal(path) for path in paths])
        relation.create_view(name, replace=True)

    def to_disk(self, table: str, *, order: str = "") -> None:
        """Moves a table out of memory; the same name is a view of it from now on, sorted if wanted."""
        path = self._scratch / f"{table}.parquet"
        sorting = f" ORDER BY {order}" if order else ""
        self._connection.execute(
            f"COPY (FROM {table}{sorting}) TO ? (FORMAT parquet, COMPRESSION zstd)", [str(path)]
        )
        self._connection.execute(f"DROP TABLE {table}")
        self.view(table, [path])

    def forget(self, *tables: str) -> None:
        """Drops tables, or views that `to_disk` made."""
        for table in tables:
            path = self._scratch / f"{table}.parquet"
            self._connection.execute(f"DROP {'VIEW' if path.exists() else 'TABLE'} {table}")
            path.unlink(missing_ok=True)

    def write(self, query: str, path: Path, *, rows_per_group: int = ROWS_PER_GROUP) -> None:
        """Writes the answer as Parquet, in the order of the query."""
        settings = f"{PARQUET_SETTINGS}, ROW_GROUP_SIZE {rows_per_group}"
        self._connection.execute(f"COPY ({query}) TO ? ({settings})", [str(path)])

    def partition(self, query: str, folder: Path) -> None:
        """Spreads the answer over `folder/bucket=<n>/*.parquet` by its column `bucket`; order isn't kept.

        What waits for its file is kept short: at DuckDB's own threshold everything waits, and is spilled.
        """
        self._connection.execute("SET preserve_insertion_order = false")
        self._connection.execute(
            f"COPY ({query}) TO ? "
            "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 8192, "
            "PARTITION_BY (bucket))",
            [str(folder)],
        )
        self._connection.execute("SET preserve_insertion_order = true")

    def live_view(self, table: Table, parts: Sequence[Part], folder: Path, name: str) -> None:
        """The rows of a core table that count: of each key those in its newest part, unless removed there."""
        groups = _by_generation(parts)
        for (generation, kind), group in groups.items():
            self.view(f"{name}_{generation}_{kind}", [folder / part.file_name for part in group])
        self._connection.execute(live_statement(table, list(groups), name))


def _by_generation(parts: Sequence[Part]) -> dict[tuple[int, PartKind], list[Part]]:
    groups: dict[tuple[int, PartKind], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.generation, part.kind), []).append(part)
    return groups


def live_statement(table: Table, groups: Sequence[tuple[int, PartKind]], name: str) -> str:
    """`CREATE VIEW` over the views `<name>_<generation>_<kind>` (snapshot.md, clause 4)."""
    columns, key = ", ".join(table.column_names), ", ".join(table.key)
    if not any(kind is PartKind.ROWS for _, kind in groups):
        nothing = ", ".join(f"NULL::{kind} AS {column}" for column, kind in table.columns)
        return f"CREATE VIEW {name} AS SELECT {nothing} WHERE false"
    first, *later = groups
    if not later:
        return f"CREATE VIEW {name} AS SELECT {columns} FROM {name}_{first[0]}_{first[1]}"  # noqa: S608 -- our names
    rows = " UNION ALL ".join(
        f"SELECT {columns}, {generation} AS generation FROM {name}_{generation}_{kind}"  # noqa: S608 -- as above
        for generation, kind in groups
        if kind is PartKind.ROWS
    )
    keys = " UNION ALL ".join(
        f"SELECT {key}, {generation} AS generation FROM {name}_{generation}_{kind}"  # noqa: S608 -- as above
        for generation, kind in later
    )
    return (
        f"CREATE TABLE {name}_latest AS SELECT {key}, max(generation) AS latest "  # noqa: S608 -- as above
        f"FROM ({keys}) GROUP BY ALL; "
        f"CREATE VIEW {name} AS SELECT {columns} FROM ({rows}) LEFT JOIN {name}_latest USING ({key}) "
        "WHERE latest IS NULL OR latest = generation"
    )


@contextmanager
def open_session(scratch: Path, resources: Resources) -> Iterator[Session]:
    """A session with an empty database in memory. It spills to `scratch`, which is gone afterwards.

    Raises `SpaceError` when disk or memory don't suffice.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        with duckdb.connect(config=_settings(scratch, resources)) as connection:
            connection.execute("SET enable_progress_bar = false")  # it would go to stdout, which is for data
            session = Session(connection, scratch)
            session.script("macros", namespace=NAMESPACE.hex)
            yield session
    except duckdb.Error as error:
        raise _space_or(error, scratch) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _space_or(error: duckdb.Error, scratch: Path) -> Exception:
    """DuckDB has no kind of its own for a full disk: several kinds quote the system's words for it."""
    if isinstance(error, duckdb.OutOfMemoryException):
        what = f"not enough memory or scratch space for the catalogue ({str(error).splitlines()[0]})"
        remedy = "Set more memory (catalogue.memory), or free some space, and run again; nothing is lost"
    elif os.strerror(errno.ENOSPC) in str(error):
        what = "no space left on the disk for the catalogue"
        remedy = "Free some space and run again; nothing is lost"
    else:
        return error
    return SpaceError(what, where=str(scratch), remedy=remedy)


def _settings(scratch: Path, resources: Resources) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": resources.memory_limit,
        "threads": str(resources.threads or os.cpu_count() or 1),
        "temp_directory": str(scratch / "spill"),
        "preserve_insertion_order": "true",
        "partitioned_write_flush_threshold": "20000",
        "partitioned_write_max_open_files": "1000",
    }


def _literal(path: Path) -> str:
    """A path that DuckDB's glob takes for itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
