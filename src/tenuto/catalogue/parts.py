"""Core tables on disk: immutable parts that snapshots share (docs/formats/snapshot.md)."""

from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from tenuto.catalogue.session import Session
from tenuto.formats.snapshot import Part, PartKind, Snapshot
from tenuto.formats.tables import ROWS_PER_GROUP, TABLES, Table
from tenuto.fsync import fsync_directory, publish
from tenuto.model.ids import Sha256

TAKEN_IN: Final = 100
"""A generation that takes others in has at most one row for so many in all parts, or a row group."""


def file_sha256(path: Path) -> Sha256:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return Sha256(file_digest(file, "sha256").hexdigest())


def digest_of_files(paths: Sequence[Path]) -> Sha256:
    """SHA-256 of the files' SHA-256 in hexadecimal, one a line: names a harvest's rows."""
    return Sha256(sha256("".join(f"{file_sha256(path)}\n" for path in paths).encode()).hexdigest())


def table_folder(root: Path, table: Table) -> Path:
    """Where the parts of a core table stand."""
    return root / "catalogue" / "core" / table.name


def view_table(session: Session, root: Path, table: Table, parts: tuple[Part, ...], prefix: str) -> None:
    """Gives the session the view `<prefix>_<table>`: the table's live rows."""
    session.live_view(table, parts, table_folder(root, table), f"{prefix}_{table.name}")


def view_snapshot(session: Session, root: Path, snapshot: Snapshot) -> None:
    """Gives the session `live_<table>` for every table, and `dated_listens`, with all periods."""
    for table in TABLES:
        view_table(session, root, table, snapshot.parts[table.name], "live")
    session.load("periods", "source VARCHAR, period VARCHAR", list(snapshot.periods.items()))
    session.script("dated_listens")


def kept(parents: Sequence[Part], rows: int) -> tuple[Part, ...]:
    """What a new generation with `rows` rows and removals leaves of the parents; it takes the rest in.

    From the newest on, each generation that has at most twice the rows behind it, while all together stay
    within the bound of `TAKEN_IN`: so there are few, and what a build writes stays near what it changes.
    """
    most = max(ROWS_PER_GROUP, sum(part.rows for part in parents) // TAKEN_IN)
    left = list(parents)
    while left and left[-1].generation:
        newest = [part for part in left if part.generation == left[-1].generation]
        held = sum(part.rows for part in newest)
        if held > 2 * rows or held + rows > most:
            break
        rows += held
        del left[-len(newest) :]
    return tuple(left)


class PartWriter:
    """The next generation of one table, bucket by bucket.

    A first generation is written as it comes, a part a bucket. Later ones hold few rows: they are gathered,
    with those of the generations that they take in, and become one part of rows and one of removals.
    """

    def __init__(self, session: Session, root: Path, table: Table, parents: tuple[Part, ...]) -> None:
        self._session, self._root, self._table, self._parents = session, root, table, parents
        self._generation = 1 + max((part.generation for part in parents), default=-1)
        self._parts: list[Part] = []
        self._key, self._columns = _comma(table.key), _comma(table.column_names)
        self.rows = 0
        """Live rows so far."""
        if parents:
            session.script("gather", table=table.name, key=self._key, columns=self._columns)

    def add(self, new: str, old: str) -> None:
        """The rows of one bucket: relations with the table's columns, as they are and as they were.

        Keys of different buckets MUST differ, and first generations' buckets MUST come in order.
        """
        self.rows += self._session.count(new)
        if not self._parents:
            self._write(PartKind.ROWS, new)
            return
        names = {"table": self._table.name, "key": self._key, "columns": self._columns}
        self._session.script("changes", new=new, old=old, told=_comma(self._table.telling), **names)

    def finish(self) -> tuple[Part, ...]:
        """All parts of the table from now on."""
        if not self._parents:
            return tuple(self._parts)
        rows, gone = f"changed_{self._table.name}", f"gone_{self._table.name}"
        left = kept(self._parents, self._session.count(rows) + self._session.count(gone))
        if taken_in := self._parents[len(left) :]:
            rows, gone = self._with(taken_in)
        self._write(PartKind.ROWS, rows)
        self._write(PartKind.REMOVALS, gone)
        return (*left, *self._parts)

    def _with(self, taken_in: Sequence[Part]) -> tuple[str, str]:
        """The relations of rows and of removals, with what of these parts still counts."""
        name, folder = self._table.name, table_folder(self._root, self._table)
        self._session.live_view(self._table, taken_in, folder, f"taken_{name}")
        removals = [folder / part.file_name for part in taken_in if part.kind is PartKind.REMOVALS]
        if removals:
            self._session.view(f"taken_keys_{name}", removals)
        else:
            self._session.execute(f"CREATE VIEW taken_keys_{name} AS FROM gone_{name} WHERE false")
        self._session.script("compact", table=name, key=self._key, columns=self._columns)
        return f"all_changed_{name}", f"all_gone_{name}"

    def _write(self, kind: PartKind, relation: str) -> None:
        """One part with the relation's rows, or none when there are none."""
        columns, order = self._key, self._key
        if kind is PartKind.ROWS:
            columns, order = self._columns, _comma(self._table.order)
        folder = table_folder(self._root, self._table)
        folder.mkdir(parents=True, exist_ok=True)
        waiting = folder / ".new.parquet"
        self._session.write(f"SELECT {columns} FROM {relation} ORDER BY {order}", waiting)  # noqa: S608 -- formats.tables
        try:
            rows = pq.read_metadata(waiting).num_rows
            if not rows:
                return
            ranges = self._ranges(waiting, kind)
            part = Part(kind, self._generation, file_sha256(waiting), rows, waiting.stat().st_size, ranges)
            final = folder / part.file_name
            if not final.exists():
                publish(waiting, final)
                fsync_directory(folder.parent)
            self._parts.append(part)
        finally:
            waiting.unlink(missing_ok=True)

    def _ranges(self, path: Path, kind: PartKind) -> dict[str, tuple[int | str, int | str]]:
        columns = [name for name in self._table.ranges if kind is PartKind.ROWS or name in self._table.key]
        wanted = ", ".join(f"min({name}), max({name})" for name in columns)
        self._session.view("written", [path])
        (found,) = self._session.query(f"SELECT {wanted} FROM written")  # noqa: S608 -- names from formats.tables
        bounds = [each if isinstance(each, int) else str(each) for each in found]
        return {name: (bounds[2 * n], bounds[2 * n + 1]) for n, name in enumerate(columns)}


def _comma(names: Sequence[str]) -> str:
    return ", ".join(names)
