"""Facts about the signal that an archivist looks for: silence, clipping, offset, channels, bandwidth."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.audio.consumers import WINDOW, Block, Samples
from tenuto.model.audio import Signal

_SILENT: Final = 10 ** (-60 / 20)
"""-60 dBFS: below the noise of a tape or a record."""
_CLIPPED: Final = 1 - 2**-14
"""From one step of 16 bits below full scale on."""
_RUN: Final = 3
"""Samples at full scale in a row that are taken for clipping."""
_SPAN_HZ: Final = 1500
_DROP_DB: Final = 30.0
"""An encoder's low-pass filter falls by more than this within `_SPAN_HZ`; music alone doesn't."""
_SMOOTH_HZ: Final = 250


class SignalFacts:
    """Sums over all samples and spectra."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._samples = 0
        self._first: int | None = None
        self._last = -1
        self._sum = np.zeros(channels)
        self._products = np.zeros((2, 2))
        self._runs = 0
        self._tail = np.zeros((channels, _RUN), dtype=np.bool_)
        self._power: NDArray[np.float64] = np.zeros(WINDOW // 2 + 1)

    def add(self, block: Block) -> None:
        magnitudes, samples = block.magnitudes, block.samples
        loud = magnitudes >= _SILENT
        if loud.any():
            if self._first is None:
                self._first = self._samples + int(loud.argmax())
            self._last = self._samples + len(loud) - 1 - int(loud[::-1].argmax())
        self._count_clipped(samples, clips=bool(magnitudes.max() >= _CLIPPED))
        self._sum += samples.sum(axis=1, dtype=np.float64)
        if self._channels == 2:
            self._products += np.einsum("is,js->ij", samples, samples)
        self._power += block.powers.sum(axis=0, dtype=np.float64)
        self._samples += len(block)

    def _count_clipped(self, samples: Samples, *, clips: bool) -> None:
        """Beginnings of runs; three samples of the block before go first."""
        if not clips and not self._tail.any():
            return
        full = np.concatenate((self._tail, np.abs(samples) >= _CLIPPED), axis=1)
        begins = full[:, 1:-2] & full[:, 2:-1] & full[:, 3:] & ~full[:, :-3]
        self._runs += int(np.count_nonzero(begins))
        self._tail = full[:, -_RUN:]

    def finish(self) -> Signal:
        """Lengths in milliseconds, rounded down."""
        whole = self._samples * 1000 // self._rate
        begin = whole if self._first is None else self._first * 1000 // self._rate
        end = 0 if self._first is None else (self._samples - 1 - self._last) * 1000 // self._rate
        offsets = self._sum / max(1, self._samples)
        return Signal(
            silence_begin_ms=begin,
            silence_end_ms=end,
            clipped_runs=self._runs,
            dc_offset=tuple(round(float(each), 5) + 0.0 for each in offsets),
            correlation=self._correlation(),
            cutoff_hz=self._cutoff(),
        )

    def _correlation(self) -> float | None:
        """Of two channels; offsets aren't taken out, for they are small or a fault of their own."""
        if self._channels != 2:
            return None
        energy = float(np.sqrt(self._products[0, 0] * self._products[1, 1]))
        if not np.isfinite(energy) or energy <= self._samples * _SILENT**2 * 1e-4:
            return None
        return round(float(self._products[0, 1]) / energy, 3) + 0.0

    def _cutoff(self) -> int | None:
        """Where the mean spectrum falls most steeply, if as a low-pass filter does, and for good."""
        strongest = float(self._power.max(initial=0))
        if not np.isfinite(strongest) or strongest <= 0:
            return None
        bin_hz = self._rate / WINDOW
        span, width = round(_SPAN_HZ / bin_hz), max(1, round(_SMOOTH_HZ / bin_hz))
        level = 10 * np.log10(np.maximum(self._power / strongest, 1e-15))
        level = np.convolve(level, np.ones(width) / width, mode="valid")
        drops = level[:-span] - level[span:]
        if not len(drops):
            return None
        edge = int(drops.argmax())
        above = level[edge + span :]
        if drops[edge] < _DROP_DB or above.max() > level[edge] - _DROP_DB / 2 or len(above) <= width:
            return None
        fallen = int(np.argmax(level[edge : edge + span] < level[edge] - _DROP_DB / 2))
        return int((edge + fallen + width / 2) * bin_hz)
