"""Recordings in rank order with all that goes with them, a group of ranks at a time.

Tables stand by number, and neighbours in number aren't neighbours in rank. What is wanted is taken out of the
tables in their order, and goes by way of the disk into groups of ranks (`shuffle`); DuckDB is given a group.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tenuto.catalogue.order import Order, load_order
from tenuto.catalogue.parts import view_snapshot, view_table
from tenuto.catalogue.runs import starts
from tenuto.catalogue.session import Resources, Session, open_session, script_text
from tenuto.catalogue.shuffle import Grouped, shuffled
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.stream import coded
from tenuto.catalogue.weights import CODES
from tenuto.catalogue.window import WINDOW, Rows, window_rows, windows
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import RECORDINGS, RELEASES, RIGHTS, SOURCE_ROWS, TRACKS, Table
from tenuto.model.ids import RecordingId, SnapshotId
from tenuto.ordered import in_order
from tenuto.scratch import scratch_folder

STRETCH: Final = 20_000_000
"""Ranks listed at once: a longer list is made of several, each in a pass of its own over the tables."""
GROUP: Final = 200_000
"""Ranks whose rows DuckDB is given at once."""
PAGE: Final = 20_000
"""Recordings held in memory as Python values at once."""

Ranks = NDArray[np.uint32]
"""Rising."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a list takes of the tables."""

    columns: Mapping[Table, tuple[str, ...]]
    first_tracks: bool
    """Of the tracks only those at a recording's first place."""


_DOCUMENT: Final = _Shown(
    {
        RECORDINGS: ("id", "title", "artist", "year", "duration_ms", "genre"),
        TRACKS: ("place", "release"),
        RELEASES: ("title", "year", "genre"),
        RIGHTS: ("statement",),
        SOURCE_ROWS: ("source",),
    },
    first_tracks=True,
)
_DETAIL: Final = _Shown(
    {
        RECORDINGS: ("id", "title", "artist", "year", "duration_ms", "genre"),
        TRACKS: ("place", "release", "disc_number", "track_number"),
        RELEASES: ("id", "title", "artist", "year", "genre"),
        RIGHTS: ("kind", "statement", "origin", "holder"),
    },
    first_tracks=False,
)
_RELEASE_ID: Final = "release_id"
"""What a release's `id` is called in `own_tracks`; a track has the other columns' names for itself."""


@dataclass(frozen=True, slots=True)
class _OwnRows:
    """Rows of some recordings, with their ranks, in the order of the tables."""

    root: Path
    snapshot: Snapshot
    order: Order
    shown: _Shown
    numbers: NDArray[np.uint32]
    """Of the recordings, rising."""

    def of(self, table: Table) -> Iterator[pa.Table]:
        """A window after the other.

        Arrow takes them out of the tables in a third of the time of a join in DuckDB, which makes a value of
        every string that it passes.
        """
        columns, entity = self.shown.columns[table], "recording" if "entity" in table.key else ""

        def read(window: range) -> pa.Table | None:
            # Bounds of the numbers' own type: NumPy would make all numbers anew in another.
            bounds = np.array([window.start, window.stop], dtype=self.numbers.dtype)
            low, high = np.searchsorted(self.numbers, bounds)
            if low == high:
                return None
            wanted = np.zeros(len(window), dtype=np.bool_)
            wanted[self.numbers[low:high] - window.start] = True
            rows = window_rows(self.root, self.snapshot, table, columns, window, entity=entity, wanted=wanted)
            return self._with_ranks(_each_once(rows) if table is SOURCE_ROWS else rows, table, window.start)

        return filter(None, in_order(read, windows(self.snapshot), os.cpu_count() or 1))

    def tracks(self, scratch: Path) -> Iterator[pa.Table]:
        """Tracks with what is shown of their releases, by windows of those."""
        columns = self.shown.columns[RELEASES]
        names = [_RELEASE_ID if name == "id" else name for name in columns]

        def read(window: range) -> pa.Table:
            rows = pa.Table.from_batches(by_release.batches(window.start))
            found = window_rows(self.root, self.snapshot, RELEASES, columns, window)
            # Each track's release is there; of one that isn't, the place would be behind the last.
            place_of = np.full(len(window), len(found.places))
            place_of[found.places] = np.arange(len(found.places))
            chosen = pa.array(place_of[rows.column("release").to_numpy() - window.start])
            for name, column in zip(names, found.columns, strict=True):
                rows = rows.append_column(name, _plain(column.take(chosen)))
            return rows.drop_columns("release")

        with shuffled(scratch / "placed.arrow", self._by_release()) as by_release:
            wanted = (range(first, first + WINDOW) for first in by_release.groups)
            yield from in_order(read, wanted, os.cpu_count() or 1)

    def _by_release(self) -> Iterator[Grouped]:
        """Tracks, and the first number of the window of their releases."""
        tracks = self.of(TRACKS)
        if self.shown.first_tracks:
            tracks = (rows.filter(pc.equal(rows.column("place"), 0)) for rows in tracks)
        for rows in tracks:
            releases = rows.column("release").to_numpy().astype(np.int64)
            yield releases - releases % WINDOW, rows

    def _with_ranks(self, rows: Rows, table: Table, first: int) -> pa.Table:
        numbers = rows.places + first
        columns = {"rank": pa.array(self.order.ranks[numbers])}
        if table is RECORDINGS:
            names = pa.array([str(basis) for basis in CODES])
            codes = pa.array(self.order.basis[numbers].astype(np.int8))
            columns |= {
                "number": pa.array(numbers.astype(np.uint32)),
                "listens": pa.array(self.order.listens[numbers]),
                "basis": pa.DictionaryArray.from_arrays(codes, names).cast(pa.string()),
                "popularity": pa.array(self.order.popularity[numbers]),
            }
        columns |= dict(zip(self.shown.columns[table], map(_plain, rows.columns), strict=True))
        return pa.table(columns)


def _each_once(rows: Rows) -> Rows:
    """Of equal rows that stand together the first: a recording may have a row a play."""
    first = starts(rows.places, *(coded(column)[1] for column in rows.columns))
    return Rows(rows.places[first], tuple(column.take(pa.array(first)) for column in rows.columns))


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def documents(
    root: Path, snapshot: SnapshotId, resources: Resources, start: int, stop: int
) -> Iterator[pa.RecordBatch]:
    """What the search index takes of the ranks from `start` up to before `stop`."""
    made_of, order = load(root, snapshot), load_order(root, snapshot)
    script = script_text("documents")
    for ranks in _stretches(start, stop):
        with _session(root, made_of, resources) as (session, scratch):
            rows = _OwnRows(root, made_of, order, _DOCUMENT, np.sort(order.numbers[ranks]))
            for _ in _groups(session, rows, ranks, scratch):
                yield from session.batches(script)


def pages(
    root: Path,
    snapshot: SnapshotId,
    resources: Resources,
    start: int,
    of: Sequence[RecordingId] | None = None,
) -> Iterator[list[tuple[object, ...]]]:
    """Rows for `rows.detail_of`, from rank `start` on; with `of`, only of these recordings."""
    made_of, order = load(root, snapshot), load_order(root, snapshot)
    script = script_text("page")
    if of is None:
        lists = _stretches(start, len(order.numbers))
    else:
        wanted = _ranks_of(root, made_of, order, of, resources)
        lists = _cut(wanted[wanted >= start], STRETCH)
    for ranks in lists:
        with _session(root, made_of, resources) as (session, scratch):
            numbers = order.numbers[ranks]
            session.load("places", "rank UINTEGER, recording UINTEGER", [])
            session.insert("places", pa.table({"rank": ranks, "recording": numbers}))
            view_snapshot(session, root, made_of)
            session.script("details")
            rows = _OwnRows(root, made_of, order, _DETAIL, np.sort(numbers))
            for group in _groups(session, rows, ranks, scratch):
                for page in _cut(group, PAGE):
                    yield from session.stream(script, (int(page[0]), int(page[-1])))


def _groups(session: Session, rows: _OwnRows, ranks: Ranks, scratch: Path) -> Iterator[Ranks]:
    """One group of ranks after the other, when the session has their `listed` and `own_<table>`."""
    tables = {
        table: rows.tracks(scratch) if table is TRACKS else rows.of(table)
        for table in rows.shown.columns
        if table is not RELEASES
    }
    with ExitStack() as stack:
        by_group = {
            f"own_{table.name}": stack.enter_context(
                shuffled(scratch / f"{table.name}.arrow", _by_rank(each, ranks[::GROUP]))
            )
            for table, each in tables.items()
        }
        for place, group in enumerate(_cut(ranks, GROUP)):
            session.script("own_tables")
            for name, each in by_group.items():
                if batches := each.batches(place):
                    session.insert(name, pa.Table.from_batches(batches))
            session.script("listed")
            yield group


def _by_rank(rows: Iterator[pa.Table], firsts: Ranks) -> Iterator[Grouped]:
    for each in rows:
        yield np.searchsorted(firsts, each.column("rank").to_numpy(), side="right") - 1, each


def _stretches(start: int, stop: int) -> Iterator[Ranks]:
    for first in range(start, stop, STRETCH):
        yield np.arange(first, min(first + STRETCH, stop), dtype=np.uint32)


def _cut(ranks: Ranks, size: int) -> Iterator[Ranks]:
    return (ranks[first : first + size] for first in range(0, len(ranks), size))


def _ranks_of(
    root: Path, snapshot: Snapshot, order: Order, recordings: Sequence[RecordingId], resources: Resources
) -> Ranks:
    """Ranks of those that are there."""
    with _session(root, snapshot, resources) as (session, _):
        view_table(session, root, RECORDINGS, snapshot.parts[RECORDINGS.name], "live")
        session.register("wanted", pa.table({"id": pa.array(recordings, pa.string())}))
        found = session.query("SELECT number FROM live_recordings WHERE id IN (SELECT id::UUID FROM wanted)")
    return np.sort(order.ranks[np.array([number for (number,) in found], dtype=np.int64)])


@contextmanager
def _session(root: Path, snapshot: Snapshot, resources: Resources) -> Iterator[tuple[Session, Path]]:
    """A session with `sources` alone, and a folder for files."""
    with (
        scratch_folder(root / "catalogue", ".ranked-") as scratch,
        open_session(scratch / "session", resources) as session,
    ):
        session.load(
            "sources",
            "source VARCHAR, priority INTEGER",
            [(source.name, source.priority) for source in snapshot.sources],
        )
        yield session, scratch
