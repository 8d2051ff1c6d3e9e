"""Sums listens by recording, capped by listener, in a DuckDB database that spills to disk.

The database remembers which parts of which dumps it holds, so that sums that were cut short go on. Who
listened stays in it, and is gone with it.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

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
"""A batch of listens. `number` counts a part's listens from 1; what a listen doesn't say is null."""


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
    """Takes the parts of dumps, then gives rejects and totals. A part counts from when it is finished."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, cap: int) -> None:
        self._run = connection.execute
        self._connection = connection
        self._run(_script("tables"))
        self._run(f"SET VARIABLE cap = {cap:d}")
        self._run("BEGIN")
        self.rejected = int(self._run("SELECT count(*) FROM rejects").fetchall()[0][0])

    def parts(self) -> frozenset[str]:
        """Those that are finished."""
        return frozenset(name for (name,) in self._run("SELECT name FROM parts").fetchall())

    def add(self, part: str, listens: pa.Table, end: datetime | None) -> None:
        """Counts listens, or rejects them. `end` is when their dump was made: no listen is later."""
        self._connection.register("batch", listens)
        self._run(_script("heard"), {"latest": end and end.replace(tzinfo=None)})
        self._connection.unregister("batch")
        self._run(_script("add"))
        found = self._run(_script("reject"), {"part": part, "place": self.rejected})
        self.rejected += int(found.fetchall()[0][0])

    def reject(self, where: str, what: str) -> None:
        """Something that holds no listens that can be read."""
        self._run("INSERT INTO rejects VALUES (?, ?, ?)", [self.rejected, where, what])
        self.rejected += 1

    def finish(self, part: str) -> None:
        """What was added since the last part is this part's, and durable."""
        self._run("INSERT INTO parts VALUES (?)", [part])
        self._commit()

    def sum(self) -> None:
        """To be called when all parts are finished, before the totals are asked for."""
        self._run(_script("sum"))
        self._commit()

    @property
    def window(self) -> str:
        """ISO 8601: from the first day of listening to the day after the last; empty without listens."""
        first, last = self._run("SELECT min(first), max(last) FROM times").fetchall()[0]
        if first is None:
            return ""
        after: date = last.date() + timedelta(days=1)
        return f"{first.date()}/{after}"

    def rejects(self, start: int) -> Iterator[tuple[str, str]]:
        """(where, what) from the `start`-th on, in the order in which they were met."""
        return self._stream("SELECT origin, what FROM rejects WHERE place >= ? ORDER BY place", start)

    def totals(self, start: int) -> Iterator[Total]:
        """From the `start`-th on: by MBID, those without one by key. All sums are of integers, so that any
        number of threads gives the same."""
        for row in self._stream("SELECT * FROM totals ORDER BY mbid NULLS LAST, key OFFSET ?", start):
            yield Total(*row)

    def _stream(self, query: str, start: int) -> Iterator[tuple[Any, ...]]:
        cursor = self._connection.cursor().execute(query, [start])
        while rows := cursor.fetchmany(10_000):
            yield from rows

    def _commit(self) -> None:
        self._run("COMMIT")
        self._run("BEGIN")


def _script(name: str) -> str:
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@contextmanager
def open_aggregate(folder: Path, cap: int) -> Iterator[Aggregate]:
    """The sums in `folder`, which stay there: whoever has taken all of them deletes it. `SpaceError`."""
    folder.mkdir(parents=True, exist_ok=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": MEMORY_LIMIT,
        "preserve_insertion_order": "false",
        "temp_directory": str(folder / "spill"),
    }
    try:
        with duckdb.connect(folder / "listens.duckdb", config=settings) as connection:
            connection.execute("SET enable_progress_bar = false")  # it would go to stdout, which is for data
            yield Aggregate(connection, cap)
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException) or os.strerror(errno.ENOSPC) in str(error):
            what = f"no space to sum the listens ({str(error).splitlines()[0]})"
            raise SpaceError(what, where=str(folder), remedy="Free some and run again; it goes on") from error
        raise
