"""Recordings in rank order with all that goes with them, joined in a DuckDB session of their own."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tenuto.catalogue.order import NO_RANK, Order, load_order
from tenuto.catalogue.parts import view_snapshot
from tenuto.catalogue.session import Resources, Session, open_session, script_text
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.weights import CODES
from tenuto.model.ids import RecordingId, SnapshotId

PAGE = 20_000
"""Recordings held in memory as Python values at once."""
DOCUMENTS = 200_000
"""Recordings whose documents are joined at once."""
SLICE = 2_000_000
"""Recordings that are looked up in the tables at once: some 50 bytes each in memory."""


@contextmanager
def ranked_session(
    root: Path,
    snapshot: SnapshotId,
    resources: Resources,
    *,
    start: int = 0,
    stop: int | None = None,
    of: Sequence[RecordingId] | None = None,
) -> Iterator[Session]:
    """A session with `listed` and what belongs to it, for the ranks from `start` up to before `stop`.

    With `of`, only for those of these recordings that the snapshot has.
    """
    made_of, order = load(root, snapshot), load_order(root, snapshot)
    folder = root / "catalogue"
    with (
        tempfile.TemporaryDirectory(prefix=".ranked-", dir=folder) as scratch,
        open_session(Path(scratch) / "session", resources) as session,
    ):
        view_snapshot(session, root, made_of)
        session.load(
            "sources",
            "source VARCHAR, priority INTEGER",
            [(source.name, source.priority) for source in made_of.sources],
        )
        end = len(order.numbers) if stop is None else stop
        ranks = np.arange(start, end, dtype=np.uint32) if of is None else _ranks_of(session, order, of)
        ranks = ranks[(ranks >= start) & (ranks < end)]
        session.register("placed", _placed(order, ranks))
        session.script("ranked_tables")
        for numbers in _slices(order.numbers[ranks]):
            session.script("ranked_slice", low=str(numbers[0]), high=str(numbers[-1]))
        session.script("ranked")
        yield session


def _slices(numbers: NDArray[np.uint32]) -> Iterator[NDArray[np.uint32]]:
    """The numbers in ascending order, so many at once as are joined in little memory."""
    ascending = np.sort(numbers)
    return (ascending[first : first + SLICE] for first in range(0, len(ascending), SLICE))


def documents(
    root: Path, snapshot: SnapshotId, resources: Resources, start: int, stop: int
) -> Iterator[pa.RecordBatch]:
    """What the search index takes of the ranks from `start` up to before `stop`."""
    with ranked_session(root, snapshot, resources, start=start, stop=stop) as session:
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
    with ranked_session(root, snapshot, resources, start=start, of=of) as session:
        session.script("details")
        page = script_text("page")
        for first, after in pairwise(_page_bounds(session, start, PAGE, sparse=of is not None)):
            yield from session.stream(page, (first, after))


def _page_bounds(session: Session, start: int, size: int, *, sparse: bool = False) -> Sequence[int]:
    """Ranks at which pages begin, and one behind the last."""
    if sparse:
        ranks = [rank for (rank,) in session.query("SELECT rank FROM placed ORDER BY rank")]
        return [*ranks[::size], NO_RANK]
    end = start + session.count("placed")
    return [*range(start, end, size), end]


def _ranks_of(session: Session, order: Order, recordings: Sequence[RecordingId]) -> NDArray[np.uint32]:
    session.register("wanted", pa.table({"id": pa.array(recordings, pa.string())}))
    found = session.query(
        "SELECT number FROM live_recordings WHERE id IN (SELECT id::UUID FROM wanted) ORDER BY number"
    )
    ranks = order.ranks[np.array([number for (number,) in found], dtype=np.int64)]
    return np.sort(ranks)


def _placed(order: Order, ranks: NDArray[np.uint32]) -> pa.Table:
    numbers = np.asarray(order.numbers[ranks])
    names = pa.array([str(basis) for basis in CODES])
    basis = pa.DictionaryArray.from_arrays(pa.array(order.basis[numbers].astype(np.int8)), names)
    return pa.table(
        {
            "rank": pa.array(ranks),
            "number": pa.array(numbers),
            "listens": pa.array(order.listens[numbers]),
            "basis": basis,
            "popularity": pa.array(order.popularity[numbers]),
        }
    )
