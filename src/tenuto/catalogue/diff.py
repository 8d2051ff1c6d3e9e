"""What one snapshot has that another hasn't (docs/formats/delta.md, Differences)."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tenuto.catalogue.parts import table_folder, view_table
from tenuto.catalogue.session import Resources, Session, open_session
from tenuto.catalogue.snapshots import descends, load
from tenuto.formats.snapshot import Part, PartKind, Snapshot, has_all_parts
from tenuto.formats.tables import (
    ARTISTS,
    IDENTIFIERS,
    LINKS,
    RECORDINGS,
    REDIRECTS,
    RELEASES,
    SOURCE_ROWS,
    TABLES,
    TRACKS,
    Table,
)
from tenuto.fsync import fsync_directory, publish
from tenuto.model.errors import UsageError
from tenuto.model.ids import SnapshotId
from tenuto.scratch import scratch_folder

FILES: Final = {
    "added": "id",
    "changed": "id",
    "removed": "id",
    "merged": "id",
    "split": "id, target",
}
"""What is written, and in which order of rows."""

_OF_RECORDINGS: Final = tuple(
    table for table in TABLES if "recording" in table.key or table in {RECORDINGS, IDENTIFIERS, SOURCE_ROWS}
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Recordings: `before + added + split_off - removed - merged = after`."""

    base: SnapshotId
    target: SnapshotId
    before: int
    after: int
    added: int
    changed: int
    removed: int
    merged: int
    split: int
    """Recordings whose keys lie in several now."""
    split_off: int
    """New recordings that these became."""
    changed_in: dict[str, int]
    """Changed recordings by what changed: a column of theirs, `artist_id`, or a table."""


def diff(
    root: Path,
    base: SnapshotId,
    target: SnapshotId,
    *,
    to: Path | None = None,
    resources: Resources | None = None,
) -> Difference:
    """Compares recordings with all that belongs to them; writes the lists to the new or empty folder `to`.

    Where `target` was built on `base`, only what the parts hold that `base` hasn't is looked at.
    """
    if to is not None and to.exists() and not (to.is_dir() and not any(to.iterdir())):
        raise UsageError("the folder holds other things", where=str(to), remedy="Name a new or empty one")
    before, after = load(root, base), load(root, target)
    with (
        scratch_folder(root / "catalogue", ".diff-") as scratch,
        open_session(scratch / "session", resources or Resources()) as session,
    ):
        related = descends(root, target, base) or has_all_parts(after, before)
        _Comparison(session, root, before, after, descends=related).run()
        if to is not None:
            _write(session, to)
        counts = {name: session.count(name) for name in (*FILES, "split_off")}
        ((split,),) = session.query("SELECT count(DISTINCT id) FROM split")
        changed_in = dict(session.query("SELECT what, count(*) FROM differences GROUP BY what ORDER BY what"))
    recordings = before.counts[RECORDINGS.name], after.counts[RECORDINGS.name]
    return Difference(base, target, *recordings, **counts | {"split": split}, changed_in=changed_in)


class _Comparison:
    """Two snapshots in one session.

    Numbers mean the same in both where the second descends from the first; then a key has the same rows that
    no part holds which only the second has. Otherwise everything is compared, and numbers are taken for what
    they stand for.
    """

    def __init__(
        self, session: Session, root: Path, before: Snapshot, after: Snapshot, *, descends: bool
    ) -> None:
        self._session, self._root, self._before, self._after = session, root, before, after
        self._descends = descends

    def run(self) -> None:
        """Makes the relations named in FILES, `split_off` and `differences`."""
        session = self._session
        compared = [table for table in _OF_RECORDINGS if not self._descends or self._later(table)]
        for table in _OF_RECORDINGS:
            view_table(session, self._root, table, self._before.parts[table.name], "before")
            view_table(session, self._root, table, self._after_parts(table), "after")
        view_table(session, self._root, REDIRECTS, self._later(REDIRECTS), "after")
        self._find(compared)
        self._view_names()
        session.script("diff_main")
        for table in compared:
            if table is not RECORDINGS:
                before, after = self._told(table, "before"), self._told(table, "after")
                session.script("diff_table", table=table.name, before=before, after=after)
        for name, table, side in (
            ("before_keys", SOURCE_ROWS, "before"),
            ("after_keys", SOURCE_ROWS, "after"),
            ("links_by_id", LINKS, "after"),
        ):
            session.execute(f"CREATE VIEW {name} AS {self._told(table, side)}")
        session.script("diff_keys")

    def _later(self, table: Table) -> tuple[Part, ...]:
        """The parts that only the second snapshot has; all of its parts where it doesn't descend."""
        parts, known = self._after.parts[table.name], self._before.parts[table.name]
        return tuple(part for part in parts if part not in known) if self._descends else parts

    def _after_parts(self, table: Table) -> tuple[Part, ...]:
        """Of recordings all: their own values are told whatever changed of them."""
        return self._after.parts[table.name] if table is RECORDINGS else self._later(table)

    def _find(self, compared: list[Table]) -> None:
        """The recordings to look at."""
        if not self._descends:
            self._session.script("diff_found", kind="VIEW", touched="")
            return
        self._session.execute("CREATE TABLE touched (number UINTEGER)")
        for table in compared:
            keys = " UNION ".join(self._keys(table))
            self._session.execute(f"CREATE TABLE touched_{table.name} AS {keys}")
            self._session.execute(f"INSERT INTO touched FROM touched_{table.name}")
        touched = "SEMI JOIN touched USING (number)"
        self._session.script("diff_found", kind="TABLE", touched=touched)

    def _keys(self, table: Table) -> Iterator[str]:
        """Queries of the recordings' numbers in the table's later parts."""
        where = "WHERE entity = 'recording'" if "entity" in table.key else ""
        for kind in PartKind:
            parts = [part for part in self._later(table) if part.kind is kind]
            if parts:
                name = f"later_{table.name}_{kind}"
                self._session.view(name, [table_folder(self._root, table) / part.file_name for part in parts])
                yield f"SELECT {table.key[-1]} AS number FROM {name} {where}"  # noqa: S608 -- names of our own

    def _holds(self, table: Table) -> bool:
        """Whether numbers stand for ids in both alike: what goes and comes back has another number."""
        return self._descends and all(part.kind is PartKind.ROWS for part in self._later(table))

    def _view_names(self) -> None:
        """`<side>_artist_ids` and `<side>_release_ids` (number, named): what numbers stand for."""
        for side, snapshot in (("before", self._before), ("after", self._after)):
            for table, kind in ((ARTISTS, "artist"), (RELEASES, "release")):
                view_table(self._session, self._root, table, snapshot.parts[table.name], side)
                named = "number" if self._holds(table) else "id"
                query = f"SELECT number, {named} AS named FROM {side}_{table.name}"  # noqa: S608 -- our names
                self._session.execute(f"CREATE VIEW {side}_{kind}_ids AS {query}")

    def _told(self, table: Table, side: str) -> str:
        """A query of what a table says of the recordings that are looked at, by their ids."""
        number = table.key[-1]
        columns = [f"rows.{name}" for name in table.telling if name not in table.key]
        joins = f"JOIN {side}_found AS found ON found.number = rows.{number}"
        if table is TRACKS:
            columns[columns.index("rows.release")] = "releases.named AS release"
            joins += f" LEFT JOIN {side}_release_ids AS releases ON releases.number = rows.release"
        if self._descends and self._later(table):
            joins += f" SEMI JOIN touched_{table.name} AS touched ON touched.number = rows.{number}"
        where = "WHERE rows.entity = 'recording'" if "entity" in table.key else ""
        return f"SELECT found.id AS id, {', '.join(columns)} FROM {side}_{table.name} AS rows {joins} {where}"  # noqa: S608 -- our names


def _write(session: Session, to: Path) -> None:
    """The lists as files in a folder that is whole once it has its name."""
    waiting = to.with_name(f".{to.name}.unfinished")
    shutil.rmtree(waiting, ignore_errors=True)
    waiting.mkdir(parents=True)
    for name, order in FILES.items():
        path = waiting / f"{name}.parquet"
        session.write(f"FROM {name} ORDER BY {order}", path)
        publish(path, path)
    waiting.replace(to)
    fsync_directory(to.parent)
