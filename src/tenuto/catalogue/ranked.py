"""Recordings in rank order with all that goes with them, a group of ranks at a time.

Tables stand by number, and neighbours in number aren't neighbours in rank. What is wanted is taken out of the
tables in their order, and goes by way of the disk into groups of ranks (`shuffle`); DuckDB is given a group.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tenuto.catalogue.order import Order, load_order
from tenuto.catalogue.parts import view_table
from tenuto.catalogue.rows import MOST_ROWS
from tenuto.catalogue.runs import lengths, starts
from tenuto.catalogue.session import Resources, Session, open_session, script_text
from tenuto.catalogue.shuffle import Grouped, shuffled
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.stream import coded
from tenuto.catalogue.weights import CODES
from tenuto.catalogue.window import WINDOW, Rows, taken, window_rows, windows
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import (
    ARTISTS,
    IDENTIFIERS,
    LISTENS,
    LOCATIONS,
    RECORDINGS,
    RELEASES,
    RIGHTS,
    SOURCE_ROWS,
    TRACKS,
    Table,
)
from tenuto.model.errors import BadInputError
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
_Tables = Mapping[str, Iterator[pa.Table]]
"""Rows with their ranks, for `own_<name>`."""


@dataclass(frozen=True, slots=True)
class _OwnRows:
    """Rows of some recordings, with their ranks, in the order of the tables."""

    root: Path
    snapshot: Snapshot
    order: Order
    numbers: NDArray[np.uint32]
    """Of the recordings, rising."""

    def of(
        self, table: Table, *columns: str, thinned: Callable[[Rows], Rows] | None = None
    ) -> Iterator[pa.Table]:
        """A table's rows, of each window what `thinned` leaves.

        Arrow takes them out of the tables in a third of the time of a join in DuckDB, which makes a value of
        every string that it passes.
        """
        entity = "recording" if "entity" in table.key else ""

        def read(window: range) -> pa.Table | None:
            # Bounds of the numbers' own type: NumPy would make all numbers anew in another.
            bounds = np.array([window.start, window.stop], dtype=self.numbers.dtype)
            low, high = np.searchsorted(self.numbers, bounds)
            if low == high:
                return None
            wanted = _marked(len(window), self.numbers[low:high] - window.start)
            rows = window_rows(self.root, self.snapshot, table, columns, window, entity=entity, wanted=wanted)
            if not len(rows.places):
                return None
            if thinned is not None:
                rows = thinned(rows)
            ranks = self.order.ranks[rows.places + window.start]
            return pa.table({"rank": ranks} | dict(zip(columns, map(_plain, rows.columns), strict=True)))

        return (rows for rows in in_order(read, windows(self.snapshot)) if rows is not None)

    def recordings(self) -> Iterator[pa.Table]:
        """What a list shows of the recordings themselves, and how much they are heard."""
        names = pa.array([str(basis) for basis in CODES])
        for rows in self.of(RECORDINGS, "id", "title", "artist", "year", "duration_ms", "genre"):
            numbers = self.order.numbers[rows.column("rank").to_numpy()]
            codes = pa.array(self.order.basis[numbers].astype(np.int8))
            added = {
                "number": pa.array(numbers),
                "listens": pa.array(self.order.listens[numbers]),
                "basis": pa.DictionaryArray.from_arrays(codes, names).cast(pa.string()),
                "popularity": pa.array(self.order.popularity[numbers]),
            }
            yield pa.table(dict(zip(rows.column_names, rows.columns, strict=True)) | added)

    def joined(
        self, rows: Iterator[pa.Table], number: str, table: Table, columns: Mapping[str, str], scratch: Path
    ) -> Iterator[pa.Table]:
        """The rows, and of `table` the row whose number each has in its column `number`, which goes.

        They come by windows of these numbers. `columns` are new names, and the names in `table`.
        """

        def named() -> Iterator[Grouped]:
            for each in rows:
                numbers = each.column(number).to_numpy().astype(np.int64)
                yield numbers - numbers % WINDOW, each

        def read(window: range) -> pa.Table:
            own = pa.Table.from_batches(by_window.batches(window.start))
            places = own.column(number).to_numpy().astype(np.int64) - window.start
            wanted = _marked(len(window), places)
            found = window_rows(
                self.root, self.snapshot, table, tuple(columns.values()), window, wanted=wanted
            )
            if len(found.places) < np.count_nonzero(wanted):
                what = f"{table.name} that recordings belong to are missing"
                remedy = "Check the archive's files against the snapshot, or build the catalogue again"
                raise BadInputError(what, where=str(self.root / "catalogue"), remedy=remedy)
            place_of = np.empty(len(window), dtype=np.int64)
            place_of[found.places] = np.arange(len(found.places))
            chosen = pa.array(place_of[places])
            for name, column in zip(columns, found.columns, strict=True):
                own = own.append_column(name, _plain(column.take(chosen)))
            return own.drop_columns(number)

        with shuffled(scratch / f"named_{table.name}.arrow", named()) as by_window:
            wanted = (range(first, first + WINDOW) for first in by_window.groups)
            yield from in_order(read, wanted)


def _marked(length: int, places: NDArray[Any]) -> NDArray[np.bool_]:
    marks = np.zeros(length, dtype=np.bool_)
    marks[places] = True
    return marks


def _each_once(rows: Rows) -> Rows:
    """Of equal rows that stand together the first: a recording may have a row a play."""
    return taken(rows, starts(rows.places, *(coded(column)[1] for column in rows.columns)))


def _shown_at_most(rows: Rows) -> Rows:
    """Of a recording and source the first `MOST_ROWS` that describe, and that count: no others are shown."""
    source, *_, listens = rows.columns
    first, counting = starts(rows.places, coded(source)[1]), listens.to_numpy(zero_copy_only=False)
    shown = np.zeros(len(counting), dtype=np.bool_)
    for kind in (counting, ~counting):
        before = np.cumsum(kind) - kind
        shown |= kind & (before - np.repeat(before[first], lengths(first, len(before))) < MOST_ROWS)
    return rows if shown.all() else taken(rows, np.flatnonzero(shown))


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def documents(
    root: Path, snapshot: SnapshotId, resources: Resources, start: int, stop: int
) -> Generator[pa.RecordBatch, None, None]:
    """What the search index takes of the ranks from `start` up to before `stop`."""
    made_of, order = load(root, snapshot), load_order(root, snapshot)
    script = script_text("documents")
    for ranks in _stretches(start, stop):
        with _session(root, made_of, resources) as (session, scratch):
            rows = _OwnRows(root, made_of, order, np.sort(order.numbers[ranks]))
            for _ in _in_groups(session, _of_documents(rows, scratch), ranks, scratch):
                yield from session.batches(script)


def _of_documents(rows: _OwnRows, scratch: Path) -> _Tables:
    tracks = (each.filter(pc.equal(each.column("place"), 0)) for each in rows.of(TRACKS, "place", "release"))
    release = {"title": "title", "year": "year", "genre": "genre"}
    return {
        "recordings": rows.recordings(),
        "tracks": rows.joined(tracks, "release", RELEASES, release, scratch),
        "rights": rows.of(RIGHTS, "statement"),
        "source_rows": rows.of(SOURCE_ROWS, "source", thinned=_each_once),
    }


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
            rows = _OwnRows(root, made_of, order, np.sort(order.numbers[ranks]))
            for group in _in_groups(session, _of_details(rows, scratch), ranks, scratch):
                for page in _cut(group, PAGE):
                    yield from session.stream(script, (int(page[0]), int(page[-1]), MOST_ROWS))


def _of_details(rows: _OwnRows, scratch: Path) -> _Tables:
    artists = (each.drop_null() for each in rows.of(RECORDINGS, "artist_number"))
    tracks = rows.of(TRACKS, "place", "release", "disc_number", "track_number")
    release = {"release_id": "id", "title": "title", "artist": "artist", "year": "year", "genre": "genre"}
    return {
        "recordings": rows.recordings(),
        "artists": rows.joined(artists, "artist_number", ARTISTS, {"artist_id": "id"}, scratch),
        "tracks": rows.joined(tracks, "release", RELEASES, release, scratch),
        "identifiers": rows.of(IDENTIFIERS, "scheme", "value"),
        "listens": rows.of(LISTENS, *LISTENS.column_names[1:]),
        "rights": rows.of(RIGHTS, *RIGHTS.column_names[1:]),
        "locations": rows.of(LOCATIONS, *LOCATIONS.column_names[1:]),
        "source_rows": rows.of(SOURCE_ROWS, "source", "ordinal", "key", "listens", thinned=_shown_at_most),
    }


def _in_groups(session: Session, tables: _Tables, ranks: Ranks, scratch: Path) -> Iterator[Ranks]:
    """One group of ranks after the other, when the session has their `listed` and `own_<table>`."""
    with ExitStack() as stack:
        spread = {
            name: stack.enter_context(shuffled(scratch / f"{name}.arrow", _by_rank(rows, ranks[::GROUP])))
            for name, rows in tables.items()
        }
        for place, group in enumerate(_cut(ranks, GROUP)):
            session.script("own_tables")
            for name, each in spread.items():
                if batches := each.batches(place):
                    session.insert(f"own_{name}", pa.Table.from_batches(batches))
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
    """A session with `sources` and `periods`, and a folder for files."""
    with (
        scratch_folder(root / "catalogue", ".ranked-") as scratch,
        open_session(scratch / "session", resources) as session,
    ):
        session.load(
            "sources",
            "source VARCHAR, priority INTEGER",
            [(source.name, source.priority) for source in snapshot.sources],
        )
        session.load("periods", "source VARCHAR, period VARCHAR", list(snapshot.periods.items()))
        yield session, scratch
