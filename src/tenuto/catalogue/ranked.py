"""Recordings in rank order with all that goes with them, a group of ranks at a time.

Tables stand by number, and neighbours in number aren't neighbours in rank. What is wanted is taken out of the
tables in their order, and goes by way of the disk into groups of ranks (`shuffle`); DuckDB is given a group.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tenuto.catalogue.order import Order, load_order
from tenuto.catalogue.parts import view_snapshot
from tenuto.catalogue.runs import starts
from tenuto.catalogue.session import Resources, Session, open_session, script_text
from tenuto.catalogue.shuffle import Grouped, shuffle
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.stream import coded
from tenuto.catalogue.weights import CODES
from tenuto.catalogue.window import WINDOW, Rows, window_rows, windows
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import RECORDINGS, RELEASES, RIGHTS, SOURCE_ROWS, TRACKS, Table
from tenuto.model.ids import RecordingId, SnapshotId
from tenuto.ordered import in_order
from tenuto.scratch import scratch_folder

GROUP: Final = 200_000
"""Ranks whose rows DuckDB is given at once."""
PAGE: Final = 20_000
"""Recordings held in memory as Python values at once."""

_COLUMNS: Final = {
    RECORDINGS: ("id", "title", "artist", "artist_number", "year", "duration_ms", "genre"),
    TRACKS: ("place", "release", "disc_number", "track_number"),
    RIGHTS: ("kind", "statement", "origin", "holder"),
    SOURCE_ROWS: ("source",),
}
"""Of the rows that `own_<table>` takes, beside their rank."""

_OF_RELEASES: Final = {
    "release_id": "id",
    "title": "title",
    "artist": "artist",
    "year": "year",
    "genre": "genre",
}
"""What a track is given of its release, and the column there."""


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


class _Listing:
    """The rows of these ranks' recordings, in groups of `GROUP` ranks each, in files in `scratch`."""

    def __init__(  # noqa: PLR0917 -- what a list is made of
        self,
        root: Path,
        snapshot: Snapshot,
        order: Order,
        ranks: NDArray[np.uint32],
        also: Sequence[Table],
        scratch: Path,
    ) -> None:
        numbers, firsts = np.sort(order.numbers[ranks]), ranks[::GROUP]
        self.groups = [ranks[start : start + GROUP] for start in range(0, len(ranks), GROUP)]
        self._rows = {}
        for table in (RECORDINGS, TRACKS, RIGHTS, *also):
            rows = _own(root, snapshot, order, table, numbers)
            if table is TRACKS:
                rows = _with_releases(root, snapshot, rows, scratch)
            self._rows[table] = shuffle(scratch / f"{table.name}.arrow", _by_rank(rows, firsts))

    def load(self, session: Session, group: int) -> None:
        """Gives the session `listed` and `own_<table>` of one group."""
        session.script("own_tables")
        for table, shuffled in self._rows.items():
            rows = shuffled.group(group)
            if rows is not None:
                session.insert(f"own_{table.name}", rows)
        session.script("listed")

    def places(self) -> Iterator[pa.Table]:
        """The rank, the number and the artist's number of all recordings."""
        for _, rows in self._rows[RECORDINGS]:
            yield pa.table(
                {"rank": rows["rank"], "recording": rows["number"], "artist_number": rows["artist_number"]}
            )


def _by_rank(rows: Iterator[pa.Table], firsts: NDArray[np.uint32]) -> Iterator[Grouped]:
    for each in rows:
        yield np.searchsorted(firsts, each.column("rank").to_numpy(), side="right") - 1, each


def _with_releases(
    root: Path, snapshot: Snapshot, tracks: Iterator[pa.Table], scratch: Path
) -> Iterator[pa.Table]:
    """Tracks with what is shown of their releases, by windows of those; a track without one is left out."""
    placed = ((each.column("release").to_numpy().astype(np.int64) // WINDOW, each) for each in tracks)
    shuffled = shuffle(scratch / "placed.arrow", placed)

    def read(of_window: tuple[int, pa.Table]) -> pa.Table:
        group, rows = of_window
        window = range(group * WINDOW, (group + 1) * WINDOW)
        found = window_rows(root, snapshot, RELEASES, tuple(_OF_RELEASES.values()), window)
        at = np.full(WINDOW, -1, dtype=np.int64)
        at[found.places] = np.arange(len(found.places))
        at = at[rows.column("release").to_numpy() - window.start]
        rows, at = rows.drop_columns("release").filter(pa.array(at >= 0)), pa.array(at[at >= 0])
        for name, column in zip(_OF_RELEASES, found.columns, strict=True):
            rows = rows.append_column(name, _plain(column.take(at)))
        return rows

    yield from filter(len, in_order(read, shuffled, os.cpu_count() or 1))


def _own(
    root: Path, snapshot: Snapshot, order: Order, table: Table, numbers: NDArray[np.uint32]
) -> Iterator[pa.Table]:
    """The table's rows of these recordings with their ranks: a window after the other, in no other order.

    Arrow takes them out of the tables in a third of the time of a join in DuckDB, which makes a value of
    every string that it passes.
    """
    entity = "recording" if "entity" in table.key else ""

    def read(window: range) -> pa.Table | None:
        # Bounds of the numbers' own type: NumPy would make all numbers anew in another.
        low, high = np.searchsorted(numbers, np.array([window.start, window.stop], dtype=numbers.dtype))
        if low == high:
            return None
        wanted = np.zeros(len(window), dtype=np.bool_)
        wanted[numbers[low:high] - window.start] = True
        rows = window_rows(root, snapshot, table, _COLUMNS[table], window, entity=entity, wanted=wanted)
        if not len(rows.places):
            return None
        return _with_ranks(_each_once(rows) if table is SOURCE_ROWS else rows, table, window.start, order)

    return filter(None, in_order(read, windows(snapshot), os.cpu_count() or 1))


def _with_ranks(rows: Rows, table: Table, first: int, order: Order) -> pa.Table:
    numbers = rows.places + first
    columns = {"rank": pa.array(order.ranks[numbers])}
    if table is RECORDINGS:
        names = pa.array([str(basis) for basis in CODES])
        basis = pa.DictionaryArray.from_arrays(pa.array(order.basis[numbers].astype(np.int8)), names)
        columns |= {
            "number": pa.array(numbers.astype(np.uint32)),
            "listens": pa.array(order.listens[numbers]),
            "basis": basis.cast(pa.string()),
            "popularity": pa.array(order.popularity[numbers]),
        }
    columns |= dict(zip(_COLUMNS[table], map(_plain, rows.columns), strict=True))
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
    with _session(root, made_of, resources) as (session, scratch):
        ranks = np.arange(start, stop, dtype=np.uint32)
        listing = _Listing(root, made_of, order, ranks, [SOURCE_ROWS], scratch)
        script = script_text("documents")
        for group in range(len(listing.groups)):
            listing.load(session, group)
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
    with _session(root, made_of, resources) as (session, scratch):
        view_snapshot(session, root, made_of)
        ranks = (
            np.arange(len(order.numbers), dtype=np.uint32) if of is None else _ranks_of(session, order, of)
        )
        listing = _Listing(root, made_of, order, ranks[ranks >= start], [], scratch)
        session.load("places", "rank UINTEGER, recording UINTEGER, artist_number UINTEGER", [])
        for rows in listing.places():
            session.insert("places", rows)
        session.script("details")
        page = script_text("page")
        for group, of_group in enumerate(listing.groups):
            listing.load(session, group)
            for first in range(0, len(of_group), PAGE):
                of_page = of_group[first : first + PAGE]
                yield from session.stream(page, (int(of_page[0]), int(of_page[-1])))


def _ranks_of(session: Session, order: Order, recordings: Sequence[RecordingId]) -> NDArray[np.uint32]:
    """In order."""
    session.register("wanted", pa.table({"id": pa.array(recordings, pa.string())}))
    found = session.query("SELECT number FROM live_recordings WHERE id IN (SELECT id::UUID FROM wanted)")
    return np.sort(order.ranks[np.array([number for (number,) in found], dtype=np.int64)])
