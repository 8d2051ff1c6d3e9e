"""True peak (ITU-R BS.1770-5, annex 2): the largest magnitude between the samples, by oversampling.

All stretches that could exceed the largest magnitude so far are interpolated, the others can't matter:
no interpolated sample is larger than the largest sample around it times the filter's gain.
"""

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tenuto.audio.consumers import Block, Samples

_TAPS: Final = 24
"""Samples that an interpolated one is made of."""
_BETA: Final = 6.0
"""Of the Kaiser window: pass band flat to 0.05 dB up to 20 kHz of 44.1."""
_STRETCH: Final = 32
"""Samples that are interpolated together."""
_ROWS: Final = 48
"""Stretches in one multiplication: few enough that BLAS starts no threads."""
_OVERSAMPLED_HZ: Final = 192_000
"""The standard's: four times 48 kHz. A rate that is higher needs less."""


class TruePeak:
    """Of all channels together."""

    def __init__(self, rate: int, channels: int) -> None:
        factor = max(1, min(4, math.ceil(_OVERSAMPLED_HZ / rate)))
        self._filter = _toeplitz(factor)
        self._gain = np.float32(np.abs(self._filter).sum(axis=0).max(initial=1.0))
        self._before = np.zeros((channels, _TAPS), dtype=np.float32)
        self._peak = np.float32(0.0)

    def add(self, block: Block) -> None:
        self._measure(np.concatenate((self._before, block.samples), axis=1))

    def finish(self) -> float | None:
        """dBTP, rounded to 0.01; None for digital silence."""
        self._measure(np.pad(self._before, ((0, 0), (0, _STRETCH + _TAPS))))
        peak = float(self._peak)
        return round(20 * math.log10(peak), 2) if peak > 0 else None

    def _measure(self, samples: Samples) -> None:
        """All whole stretches; what is left goes before the next block."""
        whole = (samples.shape[1] - _TAPS) // _STRETCH
        self._before = samples[:, max(0, whole) * _STRETCH :].copy()
        if whole <= 0:
            return
        largest = np.zeros((len(samples), whole + 1), dtype=np.float32)
        magnitudes = np.abs(samples)
        magnitudes[:, : whole * _STRETCH].reshape(-1, whole, _STRETCH).max(axis=2, out=largest[:, :-1])
        magnitudes[:, whole * _STRETCH :].max(axis=1, out=largest[:, -1])
        self._peak = max(self._peak, largest.max())
        # A window is a stretch and the beginning of the next.
        around = np.maximum(largest[:, :-1], largest[:, 1:])
        windows = sliding_window_view(samples, _STRETCH + _TAPS, axis=1)[:, ::_STRETCH][:, :whole]
        if self._filter.size:
            self._interpolate(windows[around * self._gain > self._peak])

    def _interpolate(self, windows: NDArray[np.float32]) -> None:
        missing = -len(windows) % _ROWS
        stacked = np.pad(windows, ((0, missing), (0, 0))).reshape(-1, _ROWS, windows.shape[1])
        between = stacked @ self._filter
        self._peak = max(self._peak, between.max(initial=0.0), -between.min(initial=0.0))


@lru_cache(maxsize=4)
def _toeplitz(factor: int) -> NDArray[np.float32]:
    """(_STRETCH + _TAPS, _STRETCH * (factor - 1)): the interpolation of a stretch as one multiplication.

    The samples themselves are among neither. Kaiser-windowed sinc, each phase with a gain of 1 at 0 Hz.
    """
    places = np.arange(_TAPS) - _TAPS // 2 + 1
    columns = []
    for phase in range(1, factor):
        distances = places - phase / factor
        window = np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (distances / (_TAPS / 2)) ** 2))) / np.i0(_BETA)
        taps = np.sinc(distances) * window
        taps /= taps.sum()
        columns += [np.concatenate((np.zeros(at), taps, np.zeros(_STRETCH - at))) for at in range(_STRETCH)]
    return np.array(columns, dtype=np.float32).reshape(-1, _STRETCH + _TAPS).T.copy()
