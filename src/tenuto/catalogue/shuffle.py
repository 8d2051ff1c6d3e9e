"""Rows put into groups by way of the disk: what comes in one order is read in another, a group at a time."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
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
"""Rows sorted into their groups at once, about: of each such lot a group gets one batch."""

_SETTINGS: Final = pa.ipc.IpcWriteOptions(compression="lz4")

Grouped = tuple[npt.NDArray[np.int64], pa.Table]
"""The group of each row, and the rows."""


class Shuffled:
    """Rows in an Arrow file, a group at a time. There is no file when there are no rows."""

    def __init__(self, path: Path, batches: Mapping[int, Sequence[int]]) -> None:
        self._path, self._batches = path, batches

    def __iter__(self) -> Iterator[tuple[int, pa.Table]]:
        """The groups that have rows, in order."""
        return ((group, self._read(self._batches[group])) for group in sorted(self._batches))

    def group(self, group: int) -> pa.Table | None:
        """Its rows, in the order in which they came; None where there are none."""
        return self._read(self._batches[group]) if group in self._batches else None

    def _read(self, batches: Sequence[int]) -> pa.Table:
        with pa.memory_map(str(self._path)) as mapped:
            file = pa.ipc.open_file(mapped)
            return pa.Table.from_batches([file.get_batch(each) for each in batches])


def shuffle(path: Path, rows: Iterable[Grouped]) -> Shuffled:
    """Writes the rows to a new file at `path`, by group. Raises `SpaceError` when the disk is full."""
    batches: dict[int, list[int]] = {}
    lots = in_order(_by_group, _gathered(rows), os.cpu_count() or 1)
    try:
        with ExitStack() as stack:
            writer = None
            for place, (group, batch) in enumerate(chain.from_iterable(lots)):
                if writer is None:
                    writer = stack.enter_context(pa.ipc.new_file(str(path), batch.schema, options=_SETTINGS))
                writer.write_batch(batch)
                batches.setdefault(group, []).append(place)
    except OSError as error:
        raise space_or(error, path) from error
    return Shuffled(path, batches)


def _gathered(rows: Iterable[Grouped]) -> Iterator[Grouped]:
    """The same in fewer pieces."""
    held: list[Grouped] = []
    for piece in rows:
        held.append(piece)
        if sum(len(groups) for groups, _ in held) >= GATHERED:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(pieces: Sequence[Grouped]) -> Grouped:
    groups, tables = zip(*pieces, strict=True)
    return np.concatenate(groups), pa.concat_tables(tables)


def _by_group(lot: Grouped) -> list[tuple[int, pa.RecordBatch]]:
    groups, rows = lot
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    (batch,) = rows.combine_chunks().take(pa.array(order)).combine_chunks().to_batches()
    first = starts(ordered)
    pieces = zip(ordered[first].tolist(), first.tolist(), lengths(first, len(ordered)).tolist(), strict=True)
    return [(group, batch.slice(start, rows)) for group, start, rows in pieces]
