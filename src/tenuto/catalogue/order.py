"""Rank order of one snapshot, as arrays on disk: local, made again from the snapshot at any time.

In `derived/<snapshot>/`, `listens.bin`, `basis.bin`, `popularity.bin` and `ranks.bin` have one place a
recording's number, `numbers.bin` one a rank. All little-endian.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tenuto.catalogue.stream import dense, live_batches
from tenuto.catalogue.weights import GONE, Weights
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import SOURCE_ROWS
from tenuto.fsync import atomic_file
from tenuto.model.ids import SnapshotId

NO_RANK: Final = 2**32 - 1

_KINDS: Final = {"listens": "<f4", "basis": "u1", "popularity": "u1", "ranks": "<u4", "numbers": "<u4"}


@dataclass(frozen=True, slots=True)
class Order:
    """Memory-mapped; reading one place reads one page of the disk."""

    listens: npt.NDArray[np.float32]
    basis: npt.NDArray[np.uint8]
    popularity: npt.NDArray[np.uint8]
    ranks: npt.NDArray[np.uint32]
    """By number; NO_RANK where there is no recording."""
    numbers: npt.NDArray[np.uint32]
    """By rank."""


def derived_folder(root: Path, snapshot: SnapshotId) -> Path:
    """Where everything stands that is derived from a snapshot."""
    return root / "catalogue" / "derived" / snapshot


def load_order(root: Path, snapshot: SnapshotId) -> Order:
    """`FileNotFoundError` where it wasn't derived."""
    folder = derived_folder(root, snapshot)
    return Order(**{name: _mapped(folder / f"{name}.bin", kind) for name, kind in _KINDS.items()})


def has_order(root: Path, snapshot: SnapshotId) -> bool:
    """Whether all arrays are there."""
    return all((derived_folder(root, snapshot) / f"{name}.bin").exists() for name in _KINDS)


def put_in_order(root: Path, identity: SnapshotId, snapshot: Snapshot, heard: Weights) -> None:
    """Writes the arrays, unless they are there."""
    if has_order(root, identity):
        return
    folder = derived_folder(root, identity)
    for name in ("listens", "basis", "popularity"):
        _save(folder / f"{name}.bin", getattr(heard, name).astype(_KINDS[name], copy=False))
    numbers = _ranked(heard, _firsts(root, snapshot))
    _save(folder / "numbers.bin", numbers)
    ranks = np.full(len(heard.basis), NO_RANK, dtype="<u4")
    ranks[numbers] = np.arange(len(numbers), dtype="<u4")
    _save(folder / "ranks.bin", ranks)


def _ranked(heard: Weights, firsts: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """Numbers by descending listens, then by the place of the first source row (snapshot.md, clause 11).

    Popularity grows with listens, so each popularity is sorted by itself: memory for the largest only.
    """
    alive = heard.basis != GONE
    numbers = np.empty(int(np.count_nonzero(alive)), dtype="<u4")
    done = 0
    for popularity in range(100, -1, -1):
        members = np.flatnonzero(alive & (heard.popularity == popularity)).astype(np.uint32)
        members = members[np.lexsort((firsts[members], -heard.listens[members]))]
        numbers[done : done + len(members)] = members
        done += len(members)
    return numbers


def _firsts(root: Path, snapshot: Snapshot) -> npt.NDArray[np.uint64]:
    """By number: the place of the source (by priority) and the ordinal in it of the recording's first row."""
    firsts = np.full(snapshot.numbers["recordings"], 2**64 - 1, dtype=np.uint64)
    places = {source.name: place for place, source in enumerate(snapshot.sources)}
    for batch in live_batches(root, snapshot, SOURCE_ROWS, ("source", "ordinal"), entity="recording"):
        if not len(batch):
            continue
        source = batch.column("source")
        # A dictionary may still name a source that has no live rows any more.
        of_dictionary = np.array(
            [places.get(name, 0) for name in source.dictionary.to_pylist()], dtype=np.uint64
        )
        turn = (of_dictionary[source.indices.to_numpy()] << np.uint64(48)) | dense(batch, 2).astype(np.uint64)
        np.minimum.at(firsts, dense(batch), turn)
    return firsts


def _save(path: Path, values: npt.NDArray[np.generic]) -> None:
    # Not `tofile`: on a full disk it writes nothing, and says nothing.
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        file.write(np.ascontiguousarray(values).data)


def _mapped(path: Path, kind: str) -> npt.NDArray[Any]:
    if not path.stat().st_size:
        return np.empty(0, dtype=kind)
    return np.memmap(path, dtype=kind, mode="r")
