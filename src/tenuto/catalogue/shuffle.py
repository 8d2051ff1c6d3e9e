"""Rows put into groups by way of the disk: what comes in one order is read in another, a group at a time.

Every lot of `GATHERED` rows leaves a batch in each group. With many more groups than hundreds, batches become
so small that reading them costs more than the rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenuto.catalogue.runs import lengths, starts
from tenuto.fsync import space_or
from tenuto.ordered import in_order

GATHERED: Final = 400_000
"""Rows sorted into their groups at once, and up to twice as many."""

_SETTINGS: Final = pa.ipc.IpcWriteOptions(compression="lz4")

Grouped = tuple[npt.NDArray[np.int64], pa.Table]
"""The group of each row, and the rows."""


class Shuffled:
    """Rows in an Arrow file by group. Safe to share between threads."""

    def __init__(self, path: Path, places: Mapping[int, Sequence[int]]) -> None:
        self._path, self._places = path, places

    @property
    def groups(self) -> Sequence[int]:
        """Those that have rows, in order."""
        return sorted(self._places)

    def batches(self, group: int) -> list[pa.RecordBatch]:
        """The group's rows, in the order in which they came."""
        if group not in self._places:
            return []
        with pa.memory_map(str(self._path)) as mapped:
            file = pa.ipc.open_file(mapped)
            return list(map(file.get_batch, self._places[group]))


@contextmanager
def shuffled(path: Path, rows: Iterable[Grouped]) -> Iterator[Shuffled]:
    """Rows of one schema, by group in a file at `path` that is gone behind the block.

    Raises `SpaceError` when the disk is full.
    """
    try:
        yield Shuffled(path, _written(path, rows))
    finally:
        path.unlink(missing_ok=True)


def _written(path: Path, rows: Iterable[Grouped]) -> Mapping[int, Sequence[int]]:
    """For each group, the places of its batches in the file; there is no file when there are no rows."""
    places: dict[int, list[int]] = {}
    lots = in_order(_by_group, _gathered(rows))
    try:
        with ExitStack() as stack:
            writer = None
            for place, (group, batch) in enumerate(chain.from_iterable(lots)):
                if writer is None:
                    # A file that the writer opens itself is closed when nobody hears of errors any more.
                    file = stack.enter_context(pa.OSFile(str(path), "wb"))
                    writer = stack.enter_context(pa.ipc.new_file(file, batch.schema, options=_SETTINGS))
                writer.write_batch(batch)
                places.setdefault(group, []).append(place)
    except OSError as error:
        raise space_or(error, path) from error
    return places


def _gathered(rows: Iterable[Grouped]) -> Iterator[Grouped]:
    """The same cut anew: each piece has `GATHERED` rows, less than twice as many, or is the last."""
    held: list[Grouped] = []
    waiting = 0
    for groups, table in rows:
        for start in range(0, len(groups), GATHERED):
            held.append((groups[start : start + GATHERED], table.slice(start, GATHERED)))
            waiting += len(held[-1][0])
            if waiting >= GATHERED:
                yield _joined(held)
                held, waiting = [], 0
    if held:
        yield _joined(held)


def _joined(pieces: Sequence[Grouped]) -> Grouped:
    groups, tables = zip(*pieces, strict=True)
    return np.concatenate(groups), pa.concat_tables(tables)


def _by_group(lot: Grouped) -> list[tuple[int, pa.RecordBatch]]:
    groups, rows = lot
    order = np.argsort(groups, kind="stable")
    groups, rows = groups[order], rows.combine_chunks().take(pa.array(order))
    first = starts(groups)
    pieces = zip(groups[first].tolist(), first.tolist(), lengths(first, len(groups)).tolist(), strict=True)
    return [
        (group, batch) for group, start, length in pieces for batch in rows.slice(start, length).to_batches()
    ]
