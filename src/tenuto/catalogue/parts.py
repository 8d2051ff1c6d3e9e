"""Core tables on disk: immutable parts that snapshots share (docs/formats/snapshot.md)."""

from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path

import pyarrow.parquet as pq

from tenuto.catalogue.session import Session
from tenuto.formats.snapshot import Part, PartKind
from tenuto.formats.tables import Table
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


def append_parts(session: Session, root: Path, table: Table, parents: tuple[Part, ...]) -> tuple[Part, ...]:
    """The table's parts from now on: the parent's, then what `new_<table>` changes in `old_<table>`."""
    columns, key, order = (", ".join(names) for names in (table.column_names, table.key, table.order))
    new = f"new_{table.name}"
    if not parents:
        rows = f"SELECT {columns} FROM {new} ORDER BY {order}"  # noqa: S608 -- names from formats.tables
        return _written(session, root, table, PartKind.ROWS, rows)
    session.script("changes", table=table.name, key=key, columns=columns)
    rows = f"SELECT {columns} FROM {new} SEMI JOIN changed USING ({key}) ORDER BY {order}"  # noqa: S608 -- as above
    gone = f"SELECT {key} FROM changed ANTI JOIN {new} USING ({key}) ORDER BY {key}"  # noqa: S608 -- as above
    return (
        *parents,
        *_written(session, root, table, PartKind.ROWS, rows),
        *_written(session, root, table, PartKind.REMOVALS, gone),
    )


def _written(session: Session, root: Path, table: Table, kind: PartKind, query: str) -> tuple[Part, ...]:
    """One part with the query's rows, or none when there are none."""
    folder = table_folder(root, table)
    folder.mkdir(parents=True, exist_ok=True)
    waiting = folder / ".new.parquet"
    session.write(query, waiting)
    try:
        rows = pq.read_metadata(waiting).num_rows
        if not rows:
            return ()
        part = Part(kind, file_sha256(waiting), rows, waiting.stat().st_size)
        final = folder / part.file_name
        if not final.exists():
            publish(waiting, final)
            fsync_directory(folder.parent)
        return (part,)
    finally:
        waiting.unlink(missing_ok=True)
