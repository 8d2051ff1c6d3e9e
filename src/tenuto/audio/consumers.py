"""One decode, many who learn from it: the port, and the blocks in which samples travel."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""(channels, samples), all of them finite; full scale is 1."""

BLOCK: Final = 65_536
"""Samples a channel in a block: large enough that the calls between Python and C don't count."""

WINDOW: Final = 2048
"""Samples of a short-time spectrum; a block holds a whole number of them."""

_HANN: Final = np.hanning(WINDOW + 1)[:-1].astype(np.float32) * np.float32(4 / WINDOW)

_KINDS: Final = {"u8": "<u1", "s16": "<i2", "s32": "<i4", "s64": "<i8", "flt": "<f4", "dbl": "<f8"}
"""By FFmpeg's sample format, without the `p` of planar ones."""


def powers_of(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(…, WINDOW / 2 + 1), of (…, WINDOW) samples, under a Hann window: 1 is a full-scale sine's."""
    spectra = np.fft.rfft(windows * _HANN, axis=-1)
    return np.square(spectra.real) + np.square(spectra.imag)


class Block:
    """The next samples of all channels. What several consumers need of them is computed once."""

    def __init__(self, samples: Samples, layout: str, rate: int, begin: int) -> None:
        self.samples, self.layout, self.rate, self.begin = samples, layout, rate, begin

    def __len__(self) -> int:
        """Samples a channel."""
        return int(self.samples.shape[1])

    @cached_property
    def magnitudes(self) -> NDArray[np.float32]:
        """(samples,): the largest of all channels."""
        largest = np.empty(len(self), dtype=np.float32)
        np.abs(self.samples).max(axis=0, out=largest)
        return largest

    @cached_property
    def mono(self) -> NDArray[np.float32]:
        """(samples,): the mean of all channels."""
        return np.asarray(self.samples.mean(axis=0, dtype=np.float32))

    @cached_property
    def powers(self) -> NDArray[np.float32]:
        """(windows, WINDOW / 2 + 1): of `mono`, one window after the other; 1 is a full-scale sine's. What is
        left of the last window at the end of the audio is left out.
        """
        whole = len(self) // WINDOW
        return powers_of(self.mono[: whole * WINDOW].reshape(whole, WINDOW))

    @cached_property
    def frame(self) -> AudioFrame:
        """For FFmpeg's filters and encoders."""
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(self.samples), "fltp", self.layout)
        frame.sample_rate, frame.pts, frame.time_base = self.rate, self.begin, Fraction(1, self.rate)
        return frame


class Consumer(Protocol):
    """Takes all decoded audio in order, once."""

    def add(self, block: Block) -> None:
        """The next samples. Their array is overwritten after the call."""
        ...


class Blocks:
    """Gathers decoded frames, all like the first, into blocks of equal length; the last may be shorter."""

    def __init__(self, first: AudioFrame, consumers: Sequence[Consumer]) -> None:
        self.rate, self.channels, self.samples = first.sample_rate, len(first.layout.channels), 0
        self._layout, self._consumers = first.layout.name, consumers
        self._planar = first.format.is_planar
        self._kind = np.dtype(_KINDS[first.format.name.removesuffix("p")])
        self._full_scale = np.float32(2.0 ** (8 * self._kind.itemsize - 1))
        self._block = np.empty((self.channels, BLOCK), dtype=np.float32)
        self._filled = 0

    def add(self, frame: AudioFrame) -> None:
        """Takes what the decoder gave."""
        planes, begin = self._planes(frame), 0
        while begin < frame.samples:
            taken = min(BLOCK - self._filled, frame.samples - begin)
            for row, plane in zip(self._block, planes, strict=True):
                row[self._filled : self._filled + taken] = plane[begin : begin + taken]
            self._filled += taken
            begin += taken
            if self._filled == BLOCK:
                self.flush()

    def flush(self) -> None:
        """Hands over what is there."""
        if not self._filled:
            return
        samples = self._block[:, : self._filled]
        if self._kind.kind == "u":
            samples -= self._full_scale
        if self._kind.kind != "f":
            samples /= self._full_scale
        elif not np.isfinite(samples.sum()):
            np.nan_to_num(samples, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        block = Block(samples, self._layout, self.rate, self.samples)
        for consumer in self._consumers:
            consumer.add(block)
        self.samples += self._filled
        self._filled = 0

    def _planes(self, frame: AudioFrame) -> list[NDArray[Any]]:
        """Each channel's samples, over the frame's own memory, padding left out."""
        if self._planar:
            return [np.frombuffer(memoryview(plane), self._kind, frame.samples) for plane in frame.planes]
        count = frame.samples * self.channels
        turns = np.frombuffer(memoryview(frame.planes[0]), self._kind, count)
        return list(turns.reshape(-1, self.channels).T)
