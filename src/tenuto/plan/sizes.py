"""Sizes before there are bytes. Exact sizes replace them as soon as a location states its length."""

from collections.abc import Mapping
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

N = TypeVar("N", int, NDArray[np.int64])

_LOSSY_RATE: Final = 192_000
_RATES: Final[Mapping[str, int]] = {
    "audio/flac": 850_000,
    "audio/x-flac": 850_000,
    "audio/wav": 1_411_200,
    "audio/x-wav": 1_411_200,
    "audio/vnd.wave": 1_411_200,
    "audio/aiff": 1_411_200,
    "audio/x-aiff": 1_411_200,
    "audio/opus": 96_000,
    "audio/ogg": 160_000,
    "audio/vorbis": 160_000,
    "audio/mpeg": 224_000,
    "audio/mp4": 160_000,
    "audio/aac": 160_000,
}
"""Bits per second of a typical file, container and tags included. CD quality: 44,100 Hz, 16 bits, stereo."""

_PACKETS_PER_SECOND: Final = 50
"""Opus frames of 20 ms (RFC 6716)."""
_OPUS_EXCESS_PERCENT: Final = 5
"""libopus's variable rate lies above its setting on music: 5.5 % on 12 tracks of Debian's packages."""
_PAGE_HEADER: Final = 27
"""Ogg page header without its segment table, bytes (RFC 3533); about one page a second."""
_OPENING: Final = 4096
"""Identification header, tags and their pages (RFC 7845), bytes; a picture comes on top."""


def original_rate(media_type: str | None) -> int:
    """Bits a second of a typical original.

    Uncompressed: within 1 %. FLAC: within 35 %. Lossy: a factor of 2 either way; a fifth to three times on
    the Vorbis files over 30 s of the Debian list.
    """
    return _RATES.get((media_type or "").partition(";")[0].strip().lower(), _LOSSY_RATE)


def predict_original_bytes(duration_ms: N, rate: N) -> N:
    """A location's likely length. Numbers, or arrays of them. `ValueError` for a negative duration."""
    return _bytes(duration_ms, rate)


def predict_access_bytes(duration_ms: N, bit_rate: int) -> N:
    """An Opus access copy's likely length: packets at `bit_rate` (bits per second) and 5 %, framing, tags.

    Framing is 27 bytes a page and one length byte per 255 bytes of each packet (RFC 3533). On 12
    tracks one file lay 5 % below to 12 % above, their sum within 1 % (docs/plan.md, Sizes).
    """
    if bit_rate <= 0:
        raise ValueError(f"the bit rate is {bit_rate} bit/s; it must be positive")
    bit_rate = bit_rate * (100 + _OPUS_EXCESS_PERCENT) // 100
    packet = bit_rate // 8 // _PACKETS_PER_SECOND
    lacing = _PACKETS_PER_SECOND * (packet // 255 + 1)
    return _OPENING + _bytes(duration_ms, bit_rate + 8 * (_PAGE_HEADER + lacing))


def _bytes(duration_ms: N, rate: N | int) -> N:
    if np.any(np.asarray(duration_ms) < 0):
        raise ValueError(f"the duration is {np.min(duration_ms)} ms; it can't be negative")
    return -(-duration_ms * rate // 8000)
