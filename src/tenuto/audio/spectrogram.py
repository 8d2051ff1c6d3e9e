"""A picture of the spectrum, for whoever judges a transfer: time to the right, frequency upwards."""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from tenuto.audio.consumers import WINDOW, Block

COLUMNS: Final = 320
"""At most; half as many at least where the audio is long enough."""
ROWS: Final = 64
"""From 0 Hz to half the sample rate, linear: an encoder's low-pass filter shows as an edge."""
FLOOR_DB: Final = -105.0
"""Black. White is a full-scale sine."""
STEP_DB: Final = 7.0
"""Of a shade: 16 of them compress to some 3 KB."""


class Spectrogram:
    """The strongest of a row's frequencies, its mean power in columns of equal length; neighbours are merged
    when there are too many.

    Memory is bounded and the duration needn't be known beforehand.
    """

    def __init__(self) -> None:
        self._width = 1
        """Windows a column."""
        self._columns: NDArray[np.float32] = np.zeros((0, ROWS), dtype=np.float32)
        self._rest: NDArray[np.float32] = np.zeros((0, ROWS), dtype=np.float32)

    def add(self, block: Block) -> None:
        # The bin of half the sample rate has no row of its own.
        rows = block.powers[:, :-1].reshape(-1, ROWS, WINDOW // 2 // ROWS).max(axis=2)
        joined = np.concatenate((self._rest, rows))
        cut = len(joined) // self._width * self._width
        merged = joined[:cut].reshape(-1, self._width, ROWS).mean(axis=1)
        self._columns, self._rest = np.concatenate((self._columns, merged)), joined[cut:]
        while len(self._columns) > COLUMNS:
            self._merge()

    def _merge(self) -> None:
        if len(self._columns) % 2:
            last = np.repeat(self._columns[-1:], self._width, axis=0)
            self._columns, self._rest = self._columns[:-1], np.concatenate((last, self._rest))
        self._columns = self._columns.reshape(-1, 2, ROWS).mean(axis=1)
        self._width *= 2

    def finish(self) -> bytes:
        """PNG, grey; empty where the audio is shorter than a column."""
        if not len(self._columns):
            return b""
        level = 10 * np.log10(np.maximum(self._columns, 1e-12))
        shades = np.round(np.clip((level - FLOOR_DB) / STEP_DB, 0, -FLOOR_DB / STEP_DB))
        grey = np.round(shades * (255 * STEP_DB / -FLOOR_DB)).astype(np.uint8)
        return _png(np.ascontiguousarray(grey.T[::-1]))


def _png(grey: NDArray[np.uint8]) -> bytes:
    encoder = av.CodecContext.create("png", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.height, encoder.width = grey.shape
    encoder.pix_fmt, encoder.framerate = "gray", Fraction(1)
    encoder.options = {"pred": "none", "compression_level": "9"}
    frame = av.VideoFrame.from_ndarray(grey, "gray")
    frame.pts = 0
    return b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
