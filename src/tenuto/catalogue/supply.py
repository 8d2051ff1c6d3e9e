"""What a plan wants to know of every recording, a window of numbers at a time (docs/plan.md, The model)."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tenuto.catalogue.evidence import Statements, sets_of_statements
from tenuto.catalogue.order import Order, load_order
from tenuto.catalogue.runs import Ints
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.stream import coded, source_places
from tenuto.catalogue.weights import GONE, among, counting, measures_of
from tenuto.catalogue.window import Rows, window_rows, windows
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import IDENTIFIERS, LISTENS, LOCATIONS, RECORDINGS, RIGHTS, SOURCE_ROWS
from tenuto.model.ids import SnapshotId
from tenuto.model.source import Access, Scheme

Floats = npt.NDArray[np.float64]

NOWHERE: Final = -2
"""The length of a place that isn't there; -1: there, of unknown length."""

_HOST: Final = r"^([a-z0-9+.-]+://[^/?#]*).*$"


@dataclass(frozen=True, slots=True)
class Place:
    """The best location of each recording with one access: the longest known, of equals the first by URI."""

    length: Ints
    """Bytes; -1 unknown, `NOWHERE` without a location."""
    media: Ints
    """A place in `Supply.media_types`; -1 unknown."""


@dataclass(frozen=True, slots=True)
class Supply:
    """Recordings by number, one array element each; numbers without a recording are `alive` no more."""

    numbers: range
    alive: npt.NDArray[np.bool_]
    listens: Floats
    counted: Floats
    """What sources counted; 0 where listens are drawn."""
    squares: Floats
    """The sampling variance of `counted` (docs/listens.md)."""
    duration_ms: Ints
    """-1 unknown."""
    year: Ints
    """-1 unknown."""
    isrc: npt.NDArray[np.bool_]
    """Whether it has one."""
    hosts: Ints
    """Different hosts of remote locations."""
    held: Place
    remote: Place
    media_types: tuple[str, ...]
    evidence: Ints
    """A place in `statements`; -1: no evidence."""
    statements: tuple[Statements, ...]
    """Each different set of rights statements of the window."""
    source: Ints
    """The best source that describes it, a place in the snapshot's sources; -1 where it wasn't asked for."""


class SupplyReader:
    """Reads a snapshot window by window. Safe between threads. `sources` costs a table more."""

    def __init__(self, root: Path, snapshot: SnapshotId, *, sources: bool = False) -> None:
        made_of = load(root, snapshot)
        self.windows = tuple(windows(made_of))
        self.numbers = made_of.numbers[RECORDINGS.name]
        self.read = partial(_supply, root, made_of, load_order(root, snapshot), sources=sources)


def _supply(root: Path, snapshot: Snapshot, order: Order, numbers: range, *, sources: bool) -> Supply:
    read = partial(window_rows, root, snapshot, window=numbers)
    size, window = len(numbers), slice(numbers.start, numbers.stop)
    listens = order.listens[window].astype(np.float64)
    described = read(RECORDINGS, ("duration_ms", "year"))
    identified = read(IDENTIFIERS, ("scheme",), entity="recording")
    media_types, held, remote, hosts = _places(
        read(LOCATIONS, ("uri", "access", "length", "media_type")), size
    )
    counted, squares = _counted(read(LISTENS, _COUNTS), size)
    if snapshot.listens.synthetic_seed is not None:
        counted = squares = np.zeros(size)
    statements, evidence = sets_of_statements(read(RIGHTS, ("kind", "statement")), size)
    return Supply(
        numbers=numbers,
        alive=order.basis[window] != GONE,
        listens=listens,
        counted=counted,
        squares=squares,
        duration_ms=_spread(described, 0, size),
        year=_spread(described, 1, size),
        isrc=_with_isrc(identified, size),
        hosts=hosts,
        held=held,
        remote=remote,
        media_types=media_types,
        evidence=evidence,
        statements=statements,
        source=_sources(read(SOURCE_ROWS, ("source",), entity="recording"), snapshot, size)
        if sources
        else np.full(size, -1),
    )


def _spread(rows: Rows, column: int, size: int) -> Ints:
    """One number a recording, -1 where there is none."""
    found = np.full(size, -1, dtype=np.int64)
    found[rows.places] = pc.fill_null(rows.columns[column].cast(pa.int64()), -1).to_numpy()
    return found


def _with_isrc(rows: Rows, size: int) -> npt.NDArray[np.bool_]:
    names, codes = coded(rows.columns[0])
    found = np.zeros(size, dtype=np.bool_)
    if Scheme.ISRC in names:
        found[rows.places[codes == names.index(Scheme.ISRC)]] = True
    return found


def _places(rows: Rows, size: int) -> tuple[tuple[str, ...], Place, Place, Ints]:
    """Media types, the best held and remote places, and the number of hosts."""
    uris, access, lengths, media = rows.columns
    media_names, media_codes = coded(media)
    access_names, access_codes = coded(access)
    length = pc.fill_null(lengths.cast(pa.int64()), -1).to_numpy()
    kinds = [
        access_names.index(kind) if kind in access_names else -2 for kind in (Access.HELD, Access.REMOTE)
    ]
    held, remote = (_best(rows.places, length, media_codes, access_codes == kind, size) for kind in kinds)
    away = np.flatnonzero(access_codes == kinds[1])
    hosts = np.zeros(size, dtype=np.int64)
    if len(away):
        of_host = pc.replace_substring_regex(uris.cast(pa.string()).take(pa.array(away)), _HOST, r"\1")
        names, codes = coded(of_host)
        pairs = np.unique(rows.places[away] * len(names) + codes)
        hosts += np.bincount(pairs // len(names), minlength=size)
    return tuple(map(str, media_names)), held, remote, hosts


def _best(places: Ints, length: Ints, media: Ints, wanted: npt.NDArray[np.bool_], size: int) -> Place:
    """Rows of one recording are in the order of their URIs."""
    at = np.flatnonzero(wanted)
    at = at[np.lexsort((-length[at], places[at]))]
    _, first = np.unique(places[at], return_index=True)
    found = Place(np.full(size, NOWHERE, dtype=np.int64), np.full(size, -1, dtype=np.int64))
    found.length[places[at[first]]] = length[at[first]]
    found.media[places[at[first]]] = media[at[first]]
    return found


_COUNTS: Final = ("source", "unit", "period", "count", "squares")


def _counted(rows: Rows, size: int) -> tuple[Floats, Floats]:
    """Sums of counts and squares of the measures that add up.

    A window nearly always has every measure of its snapshot; where one is missing, what else is there adds
    up all the same.
    """
    measures, which = measures_of(rows.columns[:3])
    wanted = among(measures, counting(measures))[which]
    counts = rows.columns[3].to_numpy(zero_copy_only=False)[wanted].astype(np.float64)
    squares = rows.columns[4].to_numpy(zero_copy_only=False)[wanted].astype(np.float64)
    places = rows.places[wanted]
    squares = np.where(np.isnan(squares), counts, squares)
    sums = (np.bincount(places, values, size).astype(np.float64) for values in (counts, squares))
    return next(sums), next(sums)


def _sources(rows: Rows, snapshot: Snapshot, size: int) -> Ints:
    """The first by priority of those that have a row."""
    none = len(snapshot.sources)
    found = np.full(size, none, dtype=np.int64)
    np.minimum.at(found, rows.places, source_places(rows.columns[0], snapshot))
    return np.where(found < none, found, -1)
