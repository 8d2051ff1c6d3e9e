"""Recordings in rank order with all that goes with them, joined in a DuckDB session of their own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from tenuto.catalogue.order import Order, load_order
from tenuto.catalogue.parts import view_table
from tenuto.catalogue.session import Resources, Session, open_session, script_text
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.weights import CODES
from tenuto.formats.tables import TABLES
from tenuto.model.ids import SnapshotId

PAGE = 20_000
"""Recordings held in memory as Python values at once."""


@contextmanager
def ranked_session(
    root: Path, snapshot: SnapshotId, resources: Resources, *, start: int = 0, stop: int | None = None
) -> Iterator[Session]:
    """A session with `listed` and what belongs to it, for the ranks from `start` up to before `stop`."""
    made_of, order = load(root, snapshot), load_order(root, snapshot)
    folder = root / "catalogue"
    with (
        tempfile.TemporaryDirectory(prefix=".ranked-", dir=folder) as scratch,
        open_session(Path(scratch) / "session", resources) as session,
    ):
        for table in TABLES:
            view_table(session, root, table, made_of.parts[table.name], "live")
        session.load(
            "sources",
            "source VARCHAR, priority INTEGER",
            [(source.name, source.priority) for source in made_of.sources],
        )
        session.register("placed", _placed(order, start, len(order.numbers) if stop is None else stop))
        session.script("ranked")
        yield session


def documents(
    root: Path, snapshot: SnapshotId, resources: Resources, start: int, stop: int
) -> Iterator[pa.RecordBatch]:
    """What the search index takes of the ranks from `start` up to before `stop`."""
    with ranked_session(root, snapshot, resources, start=start, stop=stop) as session:
        yield from session.batches(script_text("documents"))


def pages(
    root: Path, snapshot: SnapshotId, resources: Resources, start: int
) -> Iterator[list[tuple[object, ...]]]:
    """Rows for `rows.detail_of`, from rank `start` on."""
    with ranked_session(root, snapshot, resources, start=start) as session:
        session.script("details")
        page, end = script_text("page"), start + session.count("placed")
        for first in range(start, end, PAGE):
            yield from session.stream(page, (first, first + PAGE))


def _placed(order: Order, start: int, stop: int) -> pa.Table:
    numbers = np.asarray(order.numbers[start:stop])
    names = pa.array([str(basis) for basis in CODES])
    return pa.table(
        {
            "rank": pa.array(np.arange(start, start + len(numbers), dtype=np.uint32)),
            "number": pa.array(numbers),
            "listens": pa.array(order.listens[numbers]),
            "basis": names.take(pa.array(order.basis[numbers])),
            "popularity": pa.array(order.popularity[numbers]),
        }
    )
