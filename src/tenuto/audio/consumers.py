"""One decode, many who learn from it: the port, and the blocks in which samples travel."""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
"""(samples, channels); full scale is 1."""

BLOCK: Final = 65_536
"""Samples a channel in a block: large enough that the calls between Python and C don't count."""


class Consumer(Protocol):
    """Takes all decoded audio in order, once."""

    def add(self, block: Samples) -> None:
        """The next samples. The array is overwritten after the call."""
        ...


class Blocks:
    """Gathers portions of any length into blocks of equal length; the last may be shorter."""

    def __init__(self, channels: int, consumers: Sequence[Consumer]) -> None:
        self._consumers = consumers
        self._block = np.empty((BLOCK, channels))
        self._filled = 0

    def add(self, samples: Samples) -> None:
        while len(samples):
            taken = samples[: BLOCK - self._filled]
            self._block[self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            samples = samples[len(taken) :]
            if self._filled == BLOCK:
                self.flush()

    def flush(self) -> None:
        """Hands over what is there."""
        if self._filled:
            for consumer in self._consumers:
                consumer.add(self._block[: self._filled])
        self._filled = 0
