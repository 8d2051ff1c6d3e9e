"""The waveform that a player draws."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.audio.consumers import Block

MAX_BUCKETS: Final = 800
_FIRST_BUCKET: Final = 64


class Waveform:
    """Largest magnitudes in buckets of equal length; neighbours are merged when there are too many.

    Memory is bounded and the duration needn't be known beforehand.
    """

    def __init__(self) -> None:
        self._width = _FIRST_BUCKET
        self._peaks = np.zeros(0, dtype=np.float32)
        self._rest: NDArray[np.float32] = np.zeros(0, dtype=np.float32)

    def add(self, block: Block) -> None:
        joined = np.concatenate((self._rest, block.magnitudes))
        whole = len(joined) // self._width
        cut = whole * self._width
        self._peaks = np.concatenate((self._peaks, joined[:cut].reshape(whole, self._width).max(axis=1)))
        self._rest = joined[cut:]
        while len(self._peaks) >= MAX_BUCKETS:
            self._merge()

    def _merge(self) -> None:
        if len(self._peaks) % 2:
            self._rest = np.concatenate(
                (self._peaks[-1:], np.zeros(self._width - 1, dtype=np.float32), self._rest)
            )
        even = self._peaks[: len(self._peaks) // 2 * 2]
        self._peaks = even.reshape(-1, 2).max(axis=1)
        self._width *= 2

    def finish(self) -> bytes:
        """One byte a bucket, 255 = full scale."""
        last = self._rest.max(keepdims=True) if len(self._rest) else self._rest
        peaks = np.concatenate((self._peaks, last))
        return bytes(np.round(np.clip(peaks, 0.0, 1.0) * 255).astype(np.uint8))
