"""MD5 of decoded samples, as FLAC has it of what was encoded (RFC 9639, section 8.2)."""

from hashlib import md5

import numpy as np
from av.audio.frame import AudioFrame

_WIDTHS = {"s16": 16, "s16p": 16, "s32": 32, "s32p": 32}
"""Bits of a sample as FFmpeg hands it over: samples of fewer bits stand at the top."""


class PcmDigest:
    """Over samples of all channels by turns, signed, low byte first, in as many bytes as `bits` need."""

    def __init__(self, bits: int) -> None:
        self._bits, self._bytes = bits, (bits + 7) // 8
        self._digest = md5(usedforsecurity=False)
        self._known = True

    def add(self, frame: AudioFrame) -> None:
        """The next decoded frame, as it came from the decoder."""
        width = _WIDTHS.get(frame.format.name)
        if width is None or width < self._bits:
            self._known = False
            return
        kind = np.dtype(f"<i{width // 8}")
        planes = [np.frombuffer(memoryview(plane), dtype=kind) for plane in frame.planes]
        channels = len(frame.layout.channels)
        if frame.format.is_planar and channels > 1:
            samples = np.stack([plane[: frame.samples] for plane in planes], axis=1).ravel()
        else:
            samples = planes[0][: frame.samples * channels]
        if width > self._bits:
            samples = samples >> (width - self._bits)
        if self._bytes < width // 8:
            octets = np.ascontiguousarray(samples).view(np.uint8).reshape(-1, width // 8)
            self._digest.update(np.ascontiguousarray(octets[:, : self._bytes]).data)
        else:
            self._digest.update(np.ascontiguousarray(samples).data)

    def finish(self) -> str | None:
        """Hexadecimal; None where the samples came in a form that says nothing exact."""
        return self._digest.hexdigest() if self._known else None
