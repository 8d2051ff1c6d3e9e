"""Sums listens by recording, capped by listener, in a DuckDB database that spills to disk.

Who listened stays in this database, which is gone with the folder it is in.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from tenuto.model.errors import SpaceError

MEMORY_LIMIT: Final = "1GB"

SCHEMA: Final = pa.schema(
    [
        ("number", pa.int64()),
        ("listened_at", pa.timestamp("us")),
        ("listener", pa.int64()),
        ("artist", pa.string()),
        ("title", pa.string()),
        ("release", pa.string()),
        ("mbid", pa.string()),
    ]
)
"""A batch of listens. `number` counts a file's listens from 1; what a listen doesn't say is null."""


@dataclass(frozen=True, slots=True)
class Total:
    """What all listeners together did with one recording."""

    mbid: str | None
    key: str
    """The MBID, or the folded artist and title."""
    title: str
    artist: str
    release: str
    listeners: int
    uncapped: int
    capped: int
    squares: int


class Aggregate:
    """Takes batches, gives totals."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, cap: int) -> None:
        self._connection = connection
        self._first: datetime | None = None
        self._last: datetime | None = None
        connection.execute(_script("tables"))
        connection.execute(f"SET VARIABLE cap = {cap:d}")

    def add(self, batch: pa.Table, end: datetime | None) -> list[tuple[int, str]]:
        """Counts the listens that can be counted; gives (number, why not) of the others.

        `end` is when the dump was made: no listen is later.
        """
        run = self._connection.execute
        self._connection.register("batch", batch)
        run(_script("heard"), {"latest": end and end.replace(tzinfo=None)})
        self._connection.unregister("batch")
        faults = run("SELECT number, fault FROM heard WHERE fault <> '' ORDER BY number").fetchall()
        run(_script("add"))
        first, last = run("SELECT min(listened_at), max(listened_at) FROM heard WHERE fault = ''").fetchall()[
            0
        ]
        if first is not None:
            self._first = min(self._first or first, first)
            self._last = max(self._last or last, last)
        return faults

    @property
    def window(self) -> str:
        """ISO 8601: from the first day of listening to the day after the last; empty without listens."""
        if self._first is None or self._last is None:
            return ""
        after: date = self._last.date() + timedelta(days=1)
        return f"{self._first.date()}/{after}"

    def totals(self) -> Iterator[Total]:
        """By key, streamed; the same for any number of threads, since all sums are of integers."""
        self._connection.execute(_script("sum"))
        cursor = self._connection.execute("SELECT * FROM totals ORDER BY mbid NULLS LAST, key")
        while rows := cursor.fetchmany(10_000):
            for row in rows:
                yield Total(*row)


def _script(name: str) -> str:
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@contextmanager
def open_aggregate(scratch: Path, cap: int) -> Iterator[Aggregate]:
    """An empty aggregate in the folder `scratch`, which is gone afterwards. `SpaceError`."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": MEMORY_LIMIT,
        "preserve_insertion_order": "false",
        "temp_directory": str(scratch / "spill"),
    }
    try:
        with duckdb.connect(scratch / "listens.duckdb", config=settings) as connection:
            connection.execute("SET enable_progress_bar = false")
            yield Aggregate(connection, cap)
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        what = f"no space to sum the listens ({str(error).splitlines()[0]})"
        raise SpaceError(what, where=str(scratch), remedy="Free some space and run again") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
