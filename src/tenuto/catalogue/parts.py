"""Core tables on disk: immutable parts that snapshots share (docs/formats/snapshot.md)."""

from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path

import pyarrow.parquet as pq

from tenuto.catalogue.session import Session
from tenuto.formats.snapshot import Part, PartKind, Snapshot
from tenuto.formats.tables import TABLES, Table
from tenuto.fsync import fsync_directory, publish
from tenuto.model.ids import Sha256


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


class PartWriter:
    """The next generation of one table, bucket by bucket.

    A first generation is written as it comes, a part a bucket. Later ones hold few rows: they are
    gathered, and become one part of rows and one of removals.
    """

    def __init__(self, session: Session, root: Path, table: Table, parents: tuple[Part, ...]) -> None:
        self._session, self._root, self._table, self._parents = session, root, table, parents
        self._generation = 1 + max((part.generation for part in parents), default=-1)
        self._parts: list[Part] = []
        self.rows = 0
        """Live rows so far."""
        if parents:
            session.script(
                "gather", table=table.name, key=_comma(table.key), columns=_comma(table.column_names)
            )

    def add(self, new: str, old: str) -> None:
        """The rows of one bucket: relations with the table's columns, as they are and as they were.

        Keys of different buckets MUST differ, and first generations' buckets MUST come in order.
        """
        self.rows += self._session.count(new)
        columns, order = _comma(self._table.column_names), _comma(self._table.order)
        if not self._parents:
            self._write(PartKind.ROWS, f"SELECT {columns} FROM {new} ORDER BY {order}")  # noqa: S608 -- formats.tables
            return
        key, told = _comma(self._table.key), _comma(self._table.telling)
        self._session.script(
            "changes", table=self._table.name, new=new, old=old, key=key, told=told, columns=columns
        )

    def finish(self) -> tuple[Part, ...]:
        """All parts of the table from now on."""
        if self._parents:
            name, columns, key = self._table.name, _comma(self._table.column_names), _comma(self._table.key)
            order = _comma(self._table.order)
            self._write(PartKind.ROWS, f"SELECT {columns} FROM changed_{name} ORDER BY {order}")  # noqa: S608 -- as above
            self._write(PartKind.REMOVALS, f"SELECT {key} FROM gone_{name} ORDER BY {key}")  # noqa: S608 -- as above
        return (*self._parents, *self._parts)

    def _write(self, kind: PartKind, query: str) -> None:
        """One part with the query's rows, or none when there are none."""
        folder = table_folder(self._root, self._table)
        folder.mkdir(parents=True, exist_ok=True)
        waiting = folder / ".new.parquet"
        self._session.write(query, waiting)
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
