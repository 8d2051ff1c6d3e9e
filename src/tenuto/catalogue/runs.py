"""Long arrays in small parts, and rows that belong together where they stand together."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[Any]
"""Of any kind."""

_CHUNK: Final = 4_194_304


def chunks(length: int) -> Iterator[slice]:
    """Slices that cover an array, so that what is made on the way stays small."""
    return (slice(start, start + _CHUNK) for start in range(0, length, _CHUNK))


def starts(*columns: Numbers) -> Ints:
    """Where a row differs from the one before in any of the columns."""
    differs = np.ones(len(columns[0]), dtype=np.bool_)
    differs[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(differs)


def lengths(first: Ints, rows: int) -> Ints:
    """How many rows follow from each of the starts up to the next one."""
    return np.diff(first, append=rows)


def spread(codes: Ints, listed: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """For each row the values listed for its code: places of rows, and the values."""
    values = np.array([value for each in listed for value in each], dtype=np.int64)
    sizes = np.array([len(each) for each in listed], dtype=np.int64)
    counts, ends = sizes[codes], np.cumsum(sizes)[codes]
    back = np.repeat(np.cumsum(counts), counts) - np.arange(counts.sum())
    return np.repeat(np.arange(len(codes)), counts), values[np.repeat(ends, counts) - back]


def whole(pieces: Iterable[tuple[Numbers, ...]]) -> Iterator[tuple[Numbers, ...]]:
    """Pieces cut anew, so that rows with one value in the first column are in one piece."""
    held: tuple[Numbers, ...] = ()
    for piece in pieces:
        rows = tuple(np.concatenate(pair) for pair in zip(held, piece, strict=True)) if held else piece
        if not len(rows[0]):
            continue
        cut = starts(rows[0])[-1]
        if cut:
            yield tuple(column[:cut] for column in rows)
        held = tuple(column[cut:] for column in rows)
    if held:
        yield held
