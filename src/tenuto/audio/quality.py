"""How far an access copy is from its source: compared while it is made, in a quarter of its length.

The distance is the root mean square, over 40 bands, of the difference of their levels in decibels, the mean
over all windows: it ranks bit rates as ViSQOL does, for a hundredth of the time (docs/audio.md).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from numpy.typing import NDArray

from tenuto.audio.consumers import WINDOW, Samples, powers_of

RATE: Final = 48_000
EVERY: Final = 16 * RATE
"""A section is compared in each stretch of so many samples, from its beginning."""
SECTION: Final = 93 * WINDOW
"""Just under four seconds."""
FRAME: Final = 960
"""Samples of a packet: 20 ms."""
_PRE_SKIP: Final = 312
"""Samples by which libopus' output lags behind its input at 48 kHz (RFC 7845, section 4.2)."""
_PRE_ROLL: Final = 4
"""Packets that a decoder needs to find its way in: 80 ms (RFC 7845, section 4.6)."""
_FEW: Final = 12
"""Windows, half a second: the mean of fewer says little."""
_BANDS: Final = 40
_LOWEST_HZ: Final = 50.0
_HIGHEST_HZ: Final = 16_000.0
_FLOOR: Final = 1e-8
"""-80 dB: what is quieter in a band counts as that, and so does what is masked:"""
_MASKED: Final = 1e-5
"""50 dB below the loudest band of the source's window."""
_QUIET: Final = 1e-6
"""-60 dB: windows that are quieter aren't compared."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Of an access copy against its source."""

    distance_db: float
    loudness_lu: float
    """Copy less source, by the K-weighted power (ITU-R BS.1770-5) of what was compared."""


class Comparison:
    """Takes what goes into the encoder, and what comes out of it."""

    def __init__(self) -> None:
        self._source, self._copy = np.zeros((2, 2, SECTION), np.float32)
        self._fed = self._packets = self._windows = 0
        self._filled = 0
        self._distance, self._powers = 0.0, np.zeros(2)
        self._decoder: AudioCodecContext | None = None

    def source(self, frame: AudioFrame) -> None:
        """The next samples, 48 kHz."""
        place = self._fed % EVERY
        if place < SECTION:
            _place(self._source, place, _channels(frame))
        self._fed += frame.samples

    def copy(self, packet: "Packet[AudioStream]", head: bytes | None) -> None:
        """The next packet; `head` is the stream's identification header."""
        begin = self._packets * FRAME - _PRE_SKIP
        self._packets += 1
        place = (begin + _PRE_ROLL * FRAME) % EVERY
        if place >= SECTION + (_PRE_ROLL + 1) * FRAME:
            self._compare()
            return
        if self._decoder is None:
            self._decoder = _decoder(head)
        for frame in self._decoder.decode(packet):
            _place(self._copy, place - _PRE_ROLL * FRAME, _channels(frame))
        self._filled = min(SECTION, max(0, place - _PRE_ROLL * FRAME + FRAME))

    def finish(self) -> Quality | None:
        """None where there was too little to judge by, silence left out."""
        self._compare()
        if self._windows < _FEW:
            return None
        loudness = 10 * math.log10((self._powers[1] + _FLOOR) / (self._powers[0] + _FLOOR))
        return Quality(round(self._distance / self._windows, 2), round(loudness, 2) + 0.0)

    def _compare(self) -> None:
        """What both sides have of the section in hand; the decoder begins anew with the next."""
        if self._decoder is None:
            return
        whole = self._filled // WINDOW * WINDOW
        self._decoder, self._filled = None, 0
        ours, theirs = (_powers(each[:, :whole]) for each in (self._source, self._copy))
        heard = ours.sum(axis=1) > _QUIET
        if not heard.any():
            return
        bands = [np.add.reduceat(each[heard], _EDGES, axis=1)[:, :-1] for each in (ours, theirs)]
        floor = np.maximum(bands[0].max(axis=1, keepdims=True) * _MASKED, _FLOOR)
        difference = np.subtract(*(10 * np.log10(np.maximum(each, floor)) for each in bands))
        self._distance += float(np.sqrt((difference**2).mean(axis=1)).sum())
        self._windows += int(heard.sum())
        self._powers += [float((each[heard] @ _K_WEIGHTS).sum()) for each in (ours, theirs)]


def _place(section: Samples, at: int, samples: Samples) -> None:
    """Those of the samples that lie in the section, whose first one has the place 0."""
    begin, end = max(0, at), min(SECTION, at + samples.shape[1])
    if begin < end:
        section[: len(samples), begin:end] = samples[:, begin - at : end - at]


def _channels(frame: AudioFrame) -> Samples:
    """Of samples in floating point."""
    samples = frame.to_ndarray().astype(np.float32, copy=False)
    return samples if frame.format.is_planar else samples.reshape(-1, len(frame.layout.channels)).T


def _decoder(head: bytes | None) -> AudioCodecContext:
    decoder = av.CodecContext.create("opus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.extradata, decoder.thread_count = head, 1
    return decoder


def _powers(samples: Samples) -> NDArray[np.float32]:
    """(windows, bins): of both channels together, for a codec may turn the phase of one."""
    both: NDArray[np.float32] = powers_of(samples.reshape(len(samples), -1, WINDOW)).sum(axis=0)
    return both


def _edges() -> Iterator[int]:
    """Bins at which bands begin, and the last one ends: equal steps on the mel scale."""
    low, high = (2595 * math.log10(1 + hertz / 700) for hertz in (_LOWEST_HZ, _HIGHEST_HZ))
    for mel in np.linspace(low, high, _BANDS + 1):
        yield round(700 * (10 ** (mel / 2595) - 1) * WINDOW / RATE)


def _k_weights() -> NDArray[np.float32]:
    """(bins,): the squared gain of both filters of ITU-R BS.1770-5, annex 1, at 48 kHz."""
    z = np.exp(-2j * np.pi * np.arange(WINDOW // 2 + 1) / WINDOW)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    weights = np.abs(shelf * high_pass) ** 2
    weights[: _EDGES[0]] = 0  # an offset, which Opus takes out
    return np.asarray(weights, dtype=np.float32)


_EDGES: Final = list(_edges())
_K_WEIGHTS: Final = _k_weights()
