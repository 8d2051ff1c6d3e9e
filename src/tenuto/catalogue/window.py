"""Core tables a window of numbers at a time: every table's live rows of the same recordings, in order.

What has to be known of each recording from several tables at once is so read with the memory of a window, in
one pass over each table, and by several threads. Releases and artists are read by their own numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenuto.catalogue.parts import table_folder
from tenuto.catalogue.stream import is_dictionary, newest_first, one_array
from tenuto.formats.snapshot import Part, PartKind, Snapshot
from tenuto.formats.tables import RECORDINGS, Table

WINDOW: Final = 1 << 18
"""Numbers. Sums over windows depend on it in their last digits, so that it is fixed."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Live rows of a window; those of one number stand together, in the table's order."""

    places: npt.NDArray[np.int64]
    """Number minus the window's first."""
    columns: tuple[pa.Array, ...]


def windows(snapshot: Snapshot) -> Iterator[range]:
    """The numbers of all recordings, those of removed ones included."""
    end = snapshot.numbers[RECORDINGS.name]
    return (range(start, min(start + WINDOW, end)) for start in range(0, end, WINDOW))


def window_rows(
    root: Path,
    snapshot: Snapshot,
    table: Table,
    columns: Sequence[str],
    window: range,
    *,
    entity: str = "",
    wanted: npt.NDArray[np.bool_] | None = None,
) -> Rows:
    """The table's live rows of the window's numbers (snapshot.md, clause 4). With `entity`, only its rows.

    With `wanted`, one mark a number of the window, only the rows of those marked.
    """
    wanted = np.ones(len(window), dtype=np.bool_) if wanted is None else wanted
    superseded = ~wanted
    found: list[Rows] = []
    for generation in newest_first(snapshot.parts[table.name]):
        seen = []
        for part in generation:
            if not _overlaps(part, table.key[-1], window, entity):
                continue
            path = table_folder(root, table) / part.file_name
            names = columns if part.kind is PartKind.ROWS else ()
            rows = _read(path, part, table.key[-1], names, window, entity, wanted)
            seen.append(rows.places)
            if part.kind is PartKind.ROWS:
                live = ~superseded[rows.places]
                found.append(rows if live.all() else taken(rows, np.flatnonzero(live)))
        if seen:
            superseded[np.concatenate(seen)] = True
    return _together([rows for rows in found if len(rows.places)], len(columns))


def _overlaps(part: Part, number: str, window: range, entity: str) -> bool:
    low, high = part.ranges[number]
    within = low < window.stop and high >= window.start  # type: ignore[operator]  # numbers have whole bounds
    if entity and "entity" in part.ranges:
        first, last = part.ranges["entity"]
        return within and str(first) <= entity <= str(last)
    return within


def _read(  # noqa: PLR0917 - all of them say which rows
    path: Path,
    part: Part,
    number: str,
    columns: Sequence[str],
    window: range,
    entity: str,
    wanted: npt.NDArray[np.bool_],
) -> Rows:
    """Rows of the row groups that may have wanted numbers."""
    mixed = entity and part.ranges["entity"][0] != part.ranges["entity"][1]
    names = [number, *columns, *(["entity"] if mixed else [])]
    with pq.ParquetFile(path, memory_map=True) as file:
        dictionaries = [name for name in columns if is_dictionary(file, name)]
        footer = file.metadata
    with pq.ParquetFile(path, metadata=footer, memory_map=True, read_dictionary=dictionaries) as file:
        groups = list(_groups(file, number, window, wanted))
        read = file.read_row_groups(groups, columns=names, use_threads=False)
    if mixed:
        read = read.filter(pc.equal(read.column("entity").cast(pa.string()), entity))
    places = read.column(number).to_numpy().astype(np.int64) - window.start
    inside = np.flatnonzero((places >= 0) & (places < len(window)))
    rows = Rows(places, tuple(one_array(read.column(name)) for name in columns))
    return rows if len(inside) == len(places) else taken(rows, inside)


def _groups(file: pq.ParquetFile, number: str, window: range, wanted: npt.NDArray[np.bool_]) -> Iterator[int]:
    place = file.metadata.schema.names.index(number)
    for at in range(file.num_row_groups):
        bounds = file.metadata.row_group(at).column(place).statistics
        first, last = max(bounds.min - window.start, 0), bounds.max - window.start
        if last >= 0 and wanted[first : last + 1].any():
            yield at


def _together(found: list[Rows], columns: int) -> Rows:
    """Rows of all parts; those of one number stand in one part."""
    if not found:
        return Rows(np.zeros(0, dtype=np.int64), (pa.array([]),) * columns)
    if len(found) == 1:
        return found[0]
    columns_of = zip(*(rows.columns for rows in found), strict=True)
    joined = tuple(one_array(pa.chunked_array(_of_one_type(arrays))) for arrays in columns_of)
    return Rows(np.concatenate([rows.places for rows in found]), joined)


def _of_one_type(arrays: Sequence[pa.Array]) -> list[pa.Array]:
    """Whether strings come as dictionaries is each file's own affair."""
    return [array.cast(pa.string()) if pa.types.is_dictionary(array.type) else array for array in arrays]


def taken(rows: Rows, at: npt.NDArray[np.int64]) -> Rows:
    """The rows at these places, which rise."""
    if len(at) and at[-1] - at[0] + 1 == len(at):
        part = slice(int(at[0]), int(at[-1]) + 1)
        return Rows(rows.places[part], tuple(column[part] for column in rows.columns))
    chosen = pa.array(at)
    return Rows(rows.places[at], tuple(column.take(chosen) for column in rows.columns))
