"""Recordings in rank order with all that goes with them, joined in a DuckDB session of their own."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tenuto.catalogue.order import NO_RANK, Order, load_order
from tenuto.catalogue.parts import view_snapshot, view_table
from tenuto.catalogue.runs import starts
from tenuto.catalogue.session import Resources, Session, open_session, script_text
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.stream import coded
from tenuto.catalogue.weights import CODES
from tenuto.catalogue.window import Rows, window_rows, windows
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import RECORDINGS, RELEASES, RIGHTS, SOURCE_ROWS, TRACKS, Table
from tenuto.model.ids import RecordingId, SnapshotId
from tenuto.ordered import in_order
from tenuto.scratch import scratch_folder

PAGE = 20_000
"""Recordings held in memory as Python values at once."""
DOCUMENTS = 200_000
"""Recordings whose documents are joined at once."""
INSERTED = 100_000
"""Rows that DuckDB is given at once, about."""

_COLUMNS: Final = {
    RECORDINGS: ("id", "title", "artist", "artist_number", "year", "duration_ms", "genre"),
    TRACKS: ("place", "release", "disc_number", "track_number"),
    RIGHTS: ("kind", "statement", "origin", "holder"),
    SOURCE_ROWS: ("source",),
}
"""Of the rows that `own_<table>` takes, beside their rank."""


@contextmanager
def _session(root: Path, snapshot: Snapshot, resources: Resources) -> Iterator[Session]:
    """A session with `sources` alone."""
    with (
        scratch_folder(root / "catalogue", ".ranked-") as scratch,
        open_session(scratch / "session", resources) as session,
    ):
        session.load(
            "sources",
            "source VARCHAR, priority INTEGER",
            [(source.name, source.priority) for source in snapshot.sources],
        )
        yield session


def _list(  # noqa: PLR0917 -- what a list is made of
    session: Session,
    root: Path,
    snapshot: Snapshot,
    order: Order,
    ranks: NDArray[np.uint32],
    also: Sequence[Table],
) -> None:
    """Gives a session that has `live_releases` the list of these ranks, and the rows of further tables."""
    numbers = np.sort(order.numbers[ranks])
    session.script("ranked_tables")
    for table in (RECORDINGS, TRACKS, RIGHTS, *also):
        for rows in _gathered(_own(root, snapshot, order, table, numbers)):
            session.insert(f"own_{table.name}", rows)
    session.script("ranked")


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


def _gathered(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in fewer tables."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(map(len, held)) >= INSERTED:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)


def documents(
    root: Path, snapshot: SnapshotId, resources: Resources, start: int, stop: int
) -> Iterator[pa.RecordBatch]:
    """What the search index takes of the ranks from `start` up to before `stop`."""
    made_of, order = load(root, snapshot), load_order(root, snapshot)
    with _session(root, made_of, resources) as session:
        view_table(session, root, RELEASES, made_of.parts[RELEASES.name], "live")
        ranks = np.arange(start, stop, dtype=np.uint32)
        _list(session, root, made_of, order, ranks, [SOURCE_ROWS])
        session.script("ranked_sources")
        page = script_text("documents")
        for first, after in pairwise(_page_bounds(session, start, DOCUMENTS)):
            yield from session.batches(page, (first, after))


def pages(
    root: Path,
    snapshot: SnapshotId,
    resources: Resources,
    start: int,
    of: Sequence[RecordingId] | None = None,
) -> Iterator[list[tuple[object, ...]]]:
    """Rows for `rows.detail_of`, from rank `start` on; with `of`, only of these recordings."""
    made_of, order = load(root, snapshot), load_order(root, snapshot)
    with _session(root, made_of, resources) as session:
        view_snapshot(session, root, made_of)
        if of is None:
            ranks = np.arange(start, len(order.numbers), dtype=np.uint32)
        else:
            ranks = _ranks_of(session, order, of)
            ranks = ranks[ranks >= start]
        _list(session, root, made_of, order, ranks, [])
        session.script("details")
        page = script_text("page")
        for first, after in pairwise(_page_bounds(session, start, PAGE, sparse=of is not None)):
            yield from session.stream(page, (first, after))


def _page_bounds(session: Session, start: int, size: int, *, sparse: bool = False) -> Sequence[int]:
    """Ranks at which pages begin, and one behind the last."""
    if sparse:
        ranks = [rank for (rank,) in session.query("SELECT rank FROM listed ORDER BY rank")]
        return [*ranks[::size], NO_RANK]
    end = start + session.count("listed")
    return [*range(start, end, size), end]


def _ranks_of(session: Session, order: Order, recordings: Sequence[RecordingId]) -> NDArray[np.uint32]:
    session.register("wanted", pa.table({"id": pa.array(recordings, pa.string())}))
    found = session.query(
        "SELECT number FROM live_recordings WHERE id IN (SELECT id::UUID FROM wanted) ORDER BY number"
    )
    return order.ranks[np.array([number for (number,) in found], dtype=np.int64)]
