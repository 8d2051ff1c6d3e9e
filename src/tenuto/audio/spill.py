"""Whole numbers by parts, more than fit in memory: written in any order, read back part by part, sorted."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

PARTS: Final = 256
_BUFFERED: Final = 4_000_000
"""Numbers kept before they are written, 32 MB."""

Numbers = NDArray[np.uint64]


class Spill:
    """`folder` MUST be one of its own, and empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[NDArray[np.uint8]] = []
        self._numbers: list[Numbers] = []
        self._waiting = 0

    def add(self, parts: NDArray[np.uint8], numbers: Numbers) -> None:
        """One part for each number."""
        self._parts.append(parts)
        self._numbers.append(numbers)
        self._waiting += len(numbers)
        if self._waiting >= _BUFFERED:
            self._flush()

    def take(self, part: int) -> Numbers:
        """All of a part, ascending; they are gone from the disk afterwards."""
        self._flush()
        path = self._path(part)
        if not path.exists():
            return np.zeros(0, dtype=np.uint64)
        numbers = np.fromfile(path, dtype="<u8")
        path.unlink()
        numbers.sort()
        return numbers

    def _flush(self) -> None:
        if not self._waiting:
            return
        parts, numbers = np.concatenate(self._parts), np.concatenate(self._numbers)
        self._parts, self._numbers, self._waiting = [], [], 0
        order = np.argsort(parts, kind="stable")
        ends = np.cumsum(np.bincount(parts, minlength=PARTS))
        for part, some in enumerate(np.split(numbers[order], ends[:-1])):
            if len(some):
                with self._path(part).open("ab") as file:
                    file.write(some.astype("<u8").data)

    def _path(self, part: int) -> Path:
        return self._folder / f"{part:02x}"
