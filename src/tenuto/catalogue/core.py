"""The core tables of one snapshot, written in their order: artists, releases, recordings, names, redirects.

Releases and recordings are merged, numbered and sorted in buckets of ids, so that memory is bounded and the
time grows with the rows.
"""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final
from uuid import UUID

from tenuto.catalogue.merge import Merger
from tenuto.catalogue.parts import PartWriter, view_table
from tenuto.catalogue.session import Session
from tenuto.formats.snapshot import Part, Snapshot
from tenuto.formats.tables import (
    ARTISTS,
    IDENTIFIERS,
    NAMES,
    RECORDINGS,
    REDIRECTS,
    RELEASES,
    SOURCE_ROWS,
    TABLES,
    UNPLACED_ROWS,
)
from tenuto.model.ports import Reporter

ROWS_PER_BUCKET: Final = 2**21
"""What is merged and sorted at once: some 400 MB."""

RELEASES_AT_ONCE: Final = 30_000_000
"""What recordings are joined with at once: some 2 GB."""

_SLICES: Final = 256
"""Values of `slice_of` (sql/macros.sql)."""

LISTENER_CAP: Final = 100
"""How often one listener counts for one recording in one source, unit and period."""

_OF_RECORDINGS: Final = ("tracks", "rights", "locations", "features", "listens", "links")
"""Tables whose rows belong to one recording each."""

_RANGE: Final = 1_000_000
"""Of so many numbers, those that a bucket had are looked up as one range."""


class CoreBuilder:
    """Writes the tables of a session whose harvests are admitted and whose recordings are merged."""

    def __init__(self, session: Session, root: Path, parent: Snapshot | None, merger: Merger) -> None:
        self._session, self._merger, self._root = session, merger, root
        self.numbers = dict.fromkeys((RECORDINGS.name, RELEASES.name, ARTISTS.name), 0)
        """Given so far, those of removed rows included."""
        if parent is not None:
            self.numbers |= parent.numbers
        self._named = 0 if parent is None else parent.counts[NAMES.name]
        self._old = {table.name: () if parent is None else parent.parts[table.name] for table in TABLES}
        self._writers = {}
        for table in TABLES:
            view_table(session, root, table, self._old[table.name], "old")
            self._writers[table.name] = PartWriter(session, root, table, self._old[table.name])
        session.script("unplaced")

    def build(self, rows: int, reporter: Reporter) -> tuple[dict[str, tuple[Part, ...]], dict[str, int]]:
        """The parts and the live rows of every table. `rows` is how many were harvested."""
        self._artists()
        self._bucketed(RELEASES.name, rows, reporter)
        self._bucketed(RECORDINGS.name, rows, reporter)
        parts = self._finished(RECORDINGS.name, "identifiers")
        self._names(parts["identifiers"])
        view_table(self._session, self._root, RECORDINGS, parts[RECORDINGS.name], "live")
        self._redirects()
        self._session.script("refused")
        self._writers[UNPLACED_ROWS.name].add(self._settled_unplaced(), "old_unplaced_rows")
        parts |= self._finished(*(table.name for table in TABLES if table.name not in parts))
        return parts, {name: writer.rows for name, writer in self._writers.items()}

    def _finished(self, *tables: str) -> dict[str, tuple[Part, ...]]:
        return {name: self._writers[name].finish() for name in tables}

    def _artists(self) -> None:
        self._session.script("artists")
        self._session.to_disk("told_artist")
        self._merger.tie("artist")
        self._session.forget("told_artist")
        self._session.script("new_artists", next=str(self.numbers[ARTISTS.name]))
        self._writers[ARTISTS.name].add("new_artists", "old_artists")
        for name in ("identifiers", "source_rows"):
            self._writers[name].add(f"new_{name}", f"(FROM old_{name} WHERE entity = 'artist')")
        self._note_numbers(ARTISTS.name)
        self._session.forget("new_identifiers", "new_source_rows", "new_artists")
        self._session.forget("artist_refs", "artist_tops", "artist_facts", "nodes_artist", "edges_artist")
        self._session.to_disk("artist_keys")

    def _bucketed(self, table: str, rows: int, reporter: Reporter) -> None:
        """Releases or recordings, with all tables whose rows belong to them."""
        kind = table.removesuffix("s")
        if kind == "release":
            self._merger.tie(kind)
        bits = max(0, (rows // ROWS_PER_BUCKET).bit_length())
        reporter.phase(table, items=2**bits)
        for bucket in self._buckets(kind, table, bits):
            numbers, (low, high) = str(self.numbers[table]), _ids_of(bucket, bits)
            self._session.script(f"{kind}_bucket", next=numbers, low=low, high=high, cap=str(LISTENER_CAP))
            self._write_bucket(table, kind, f"id BETWEEN '{low}' AND '{high}'")
            self._note_numbers(table)
            reporter.advance()
        if kind == "release":
            self._session.forget("untold_releases", "nodes_release", "edges_release")
            self._session.to_disk("release_keys")

    def _buckets(self, kind: str, table: str, bits: int) -> Iterator[int]:
        """Spreads what is said of each over files; gives the session each bucket as `bucket_files`, in order.

        Later builds visit empty buckets too: the parent's rows there are gone.
        """
        folder, facts = self._root / "catalogue" / "scratch" / table, f"{kind}_facts"
        folder.mkdir()
        for low, high in self._slices(kind):
            self._session.script(f"{kind}_rows", low=str(low), high=str(high))
            spread = f"SELECT *, bucket_of(id, {bits}) AS bucket FROM {facts}"  # noqa: S608 -- names of our own
            self._session.partition(spread, folder / str(low))
        for bucket in range(2**bits):
            files = sorted(folder.glob(f"*/bucket={bucket}/*.parquet"))
            if files:
                self._session.view("bucket_files", files)
                yield bucket
                for file in files:
                    file.unlink()
            elif self._old[table]:
                self._session.execute(f"CREATE OR REPLACE VIEW bucket_files AS FROM {facts} WHERE false")
                yield bucket

    def _slices(self, kind: str) -> list[tuple[int, int]]:
        """Ranges of `slice_of` that are spread one after the other: (first, last).

        Recordings are joined with the releases that they name. Those of one range fit in memory: if they
        didn't, DuckDB would write every row of every recording to the disk, and more than once.
        """
        if kind == "release":
            return [(0, _SLICES - 1)]
        count = min(_SLICES, 1 + self._session.count("release_keys") // RELEASES_AT_ONCE)
        bounds = [_SLICES * n // count for n in range(count + 1)]
        return [(low, after - 1) for low, after in pairwise(bounds)]

    def _write_bucket(self, table: str, kind: str, in_bucket: str) -> None:
        session = self._session
        old = f"FROM old_{table} WHERE {in_bucket}"
        session.execute(f"CREATE OR REPLACE TABLE old_numbers AS SELECT number {old}")
        near = self._near(table)
        self._writers[table].add(f"new_{table}", f"({old})")
        for name in ("identifiers", "source_rows"):
            self._writers[name].add(
                f"new_{name}", _old_rows(name, "number", f"entity = '{kind}' AND ({near})")
            )
        if table == RECORDINGS.name:
            for name in _OF_RECORDINGS:
                self._writers[name].add(f"new_{name}", _old_rows(name, "recording", f"({near})"))

    def _near(self, table: str) -> str:
        """The ranges that the bucket's old numbers lie in, for Parquet's row groups to be passed over by."""
        if not self._old[table]:
            return "false"
        self._session.script("islands", length=str(_RANGE))
        ranges = self._session.query("FROM islands")
        return " OR ".join(f"@ BETWEEN {low} AND {high}" for low, high in ranges) or "false"

    def _note_numbers(self, table: str) -> None:
        ((greatest,),) = self._session.query(f"SELECT max(number) FROM new_{table}")  # noqa: S608 -- our names
        if greatest is not None:
            self.numbers[table] = max(self.numbers[table], greatest + 1)

    def _names(self, identifiers: tuple[Part, ...]) -> None:
        """The identifiers in the order of their names: all of a first build, later those that changed."""
        session, writer = self._session, self._writers[NAMES.name]
        if self._old["identifiers"]:
            view_table(session, self._root, IDENTIFIERS, identifiers, "live")
            session.script("changed_names")
            writer.rows = self._named - session.count("affected_names")
            writer.add("new_names", "affected_names")
            return
        paths = [self._root / "catalogue" / "core" / "identifiers" / part.file_name for part in identifiers]
        if not paths:
            return
        session.view("live_identifiers", paths)
        session.script("names", rows=str(2 * ROWS_PER_BUCKET))
        folder = self._root / "catalogue" / "scratch" / "names"
        session.partition(
            "SELECT named.*, bucket FROM named JOIN stems ON stem = substr(name, 1, 10)", folder
        )
        for bucket in sorted(folder.iterdir(), key=lambda path: int(path.name.partition("=")[2])):
            session.view("new_names", sorted(bucket.glob("*.parquet")))
            writer.add("new_names", "old_names")
            shutil.rmtree(bucket)

    def _redirects(self) -> None:
        gone = "gone_recordings" if self._old[RECORDINGS.name] else "(SELECT number FROM old_recordings)"
        self._session.script("redirects", gone=gone)
        self._writers[REDIRECTS.name].add("new_redirects", "old_redirects")

    def _settled_unplaced(self) -> str:
        """Settles the ordinals of all rows that are to be written; returns the relation of unplaced rows."""
        if not self._old[SOURCE_ROWS.name]:
            return "new_unplaced_rows"
        self._session.script("ordinals")
        return "settled_unplaced_rows"


def _ids_of(bucket: int, bits: int) -> tuple[str, str]:
    """The first and the last id of a bucket: by a range of them Parquet's row groups are passed over."""
    rest = 128 - bits
    return str(UUID(int=bucket << rest)), str(UUID(int=((bucket + 1) << rest) - 1))


def _old_rows(table: str, number: str, where: str) -> str:
    """The parent's rows of a bucket's numbers."""
    near = where.replace("@", number)
    return f"(SELECT * FROM old_{table} WHERE {near} AND {number} IN (SELECT number FROM old_numbers))"  # noqa: S608 -- our names
