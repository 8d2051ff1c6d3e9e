"""Rank order of one snapshot, as arrays on disk: local, made again from the snapshot at any time.

In `derived/<snapshot>/`, `listens.bin`, `basis.bin`, `popularity.bin` and `ranks.bin` have one place a
recording's number, `numbers.bin` one a rank. All little-endian.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tenuto.catalogue.runs import Ints, chunks, starts, whole
from tenuto.catalogue.stream import dense, live_batches, source_places
from tenuto.catalogue.weights import GONE, Weights
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import SOURCE_ROWS
from tenuto.fsync import atomic_file
from tenuto.model.errors import BadInputError
from tenuto.model.ids import SnapshotId

NO_RANK: Final = 2**32 - 1

_LAST: Final = np.uint64(2**64 - 1)
_ORDINAL_BITS: Final = np.uint64(48)
_TURN_BITS: Final = np.uint64(32)

_WEIGHTS: Final = {"listens": "<f4", "basis": "u1", "popularity": "u1"}
_KINDS: Final = _WEIGHTS | {"ranks": "<u4", "numbers": "<u4"}


@dataclass(frozen=True, slots=True)
class Order(Weights):
    """Memory-mapped; reading one place reads one page of the disk."""

    ranks: npt.NDArray[np.uint32]
    """By number; NO_RANK where there is no recording."""
    numbers: npt.NDArray[np.uint32]
    """By rank."""


def derived_folder(root: Path, snapshot: SnapshotId) -> Path:
    """Where everything stands that is derived from a snapshot."""
    return root / "catalogue" / "derived" / snapshot


def load_order(root: Path, snapshot: SnapshotId) -> Order:
    """`FileNotFoundError` where it wasn't derived."""
    return Order(**_arrays(root, snapshot, _KINDS))


def load_weights(root: Path, snapshot: SnapshotId) -> Weights:
    """The part of the order that is there before it."""
    return Weights(**_arrays(root, snapshot, _WEIGHTS))


def has_order(root: Path, snapshot: SnapshotId) -> bool:
    """Whether all arrays are there."""
    return all((derived_folder(root, snapshot) / f"{name}.bin").exists() for name in _KINDS)


def keep_weights(root: Path, identity: SnapshotId, heard: Weights) -> None:
    """Writes the arrays that say how much each recording is heard."""
    for name, kind in _WEIGHTS.items():
        path = derived_folder(root, identity) / f"{name}.bin"
        _save(path, getattr(heard, name).astype(kind, copy=False))


def put_in_order(root: Path, identity: SnapshotId, snapshot: Snapshot, heard: Weights) -> None:
    """Writes the arrays of ranks and numbers, unless they are there."""
    if has_order(root, identity):
        return
    folder = derived_folder(root, identity)
    numbers = _ranked(heard, _turns(root, snapshot))
    _save(folder / "numbers.bin", numbers)
    ranks = np.full(len(heard.basis), NO_RANK, dtype="<u4")
    ranks[numbers] = np.arange(len(numbers), dtype="<u4")
    _save(folder / "ranks.bin", ranks)


def _ranked(heard: Weights, turns: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """Numbers by descending listens, then by turn (snapshot.md, clause 11). `turns` is overwritten.

    One sort in place: a key is the listens' bits (of floats that aren't negative they sort as the values do),
    inverted, and the turn, which leads back to the number.
    """
    number_of, keys = np.empty(int(turns.max(initial=0)) + 1, dtype="<u4"), turns
    for part in chunks(len(turns)):
        number_of[turns[part]] = np.arange(part.start, part.start + len(turns[part]), dtype="<u4")
        falling = ~heard.listens[part].view(np.uint32)
        key = falling.astype(np.uint64) << _TURN_BITS | turns[part]
        keys[part] = np.where(heard.basis[part] == GONE, _LAST, key)
    keys.sort()
    numbers = np.empty(int(np.count_nonzero(heard.basis != GONE)), dtype="<u4")
    for part in chunks(len(numbers)):
        numbers[part] = number_of[keys[: len(numbers)][part] & np.uint64(NO_RANK)]
    return numbers


def _turns(root: Path, snapshot: Snapshot) -> npt.NDArray[np.uint64]:
    """By number: the place of the recording's first row, by the source's priority and then its ordinal.

    Each is below 2^32. Places where there is no recording have the last turn.
    """
    firsts = np.full(snapshot.numbers["recordings"], _LAST, dtype=np.uint64)
    for numbers, turns in whole(_rows_in_turn(root, snapshot)):
        first = starts(numbers)
        firsts[numbers[first]] = np.minimum.reduceat(turns, first)
    _close_up(firsts, len(snapshot.sources))
    return firsts


def _rows_in_turn(root: Path, snapshot: Snapshot) -> Iterator[tuple[Ints, npt.NDArray[np.uint64]]]:
    """The number of each row, and where the row comes."""
    for batch in live_batches(root, snapshot, SOURCE_ROWS, ("source", "ordinal"), entity="recording"):
        sources = source_places(batch.column("source"), snapshot).astype(np.uint64)
        yield dense(batch), (sources << _ORDINAL_BITS) | dense(batch, 2).astype(np.uint64)


def _close_up(firsts: npt.NDArray[np.uint64], sources: int) -> None:
    """The same order in 32 bits, in place: each source begins where the one before it ends."""
    ordinal = np.uint64(2 ** int(_ORDINAL_BITS) - 1)
    ends = np.zeros(sources + 1, dtype=np.uint64)
    for part in chunks(len(firsts)):
        there = firsts[part][firsts[part] != _LAST]
        np.maximum.at(ends, (there >> _ORDINAL_BITS) + np.uint64(1), (there & ordinal) + np.uint64(1))
    begins = np.cumsum(ends)
    if int(begins[-1]) > NO_RANK:
        raise BadInputError(f"the sources have {begins[-1]:,} rows together; rank order holds {NO_RANK:,}")
    for part in chunks(len(firsts)):
        gone = firsts[part] == _LAST
        source = np.where(gone, 0, firsts[part] >> _ORDINAL_BITS)
        firsts[part] = np.where(gone, begins[-1], begins[source] + (firsts[part] & ordinal))


def _save(path: Path, values: npt.NDArray[np.generic]) -> None:
    # Not `tofile`: on a full disk it writes nothing, and says nothing.
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        file.write(np.ascontiguousarray(values).data)


def _arrays(root: Path, snapshot: SnapshotId, kinds: Mapping[str, str]) -> dict[str, npt.NDArray[Any]]:
    folder = derived_folder(root, snapshot)
    return {name: _mapped(folder / f"{name}.bin", kind) for name, kind in kinds.items()}


def _mapped(path: Path, kind: str) -> npt.NDArray[Any]:
    if not path.stat().st_size:
        return np.empty(0, dtype=kind)
    return np.memmap(path, dtype=kind, mode="r")
