"""Lengths in WAV (RIFF; RF64 and BW64: EBU Tech 3306, ITU-R BS.2088) and AIFF: chunks that are cut off.

Neither has checksums: changed samples can't be seen.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Final, Literal, NamedTuple

from tenuto.audio.containers.walk import MOST_PIECES, Header, Walk
from tenuto.audio.faults import Faults

_UNKNOWN: Final = 2**32 - 1
"""Of a length that stands elsewhere (`ds64`), or that a program which writes to a pipe never knew."""
_PROBE: Final = 65_536
"""A dozen frames of DTS, which hides in WAV from some discs."""

_FORMS: Final[dict[bytes, Literal["little", "big"]]] = {
    b"RIFF": "little", b"RF64": "little", b"BW64": "little", b"FORM": "big",
}  # fmt: skip
_AUDIO: Final = frozenset({b"data", b"SSND"})


class _Chunk(NamedTuple):
    name: bytes
    start: int
    """Of its content."""
    length: int


@dataclass(slots=True)
class _Form:
    order: Literal["little", "big"]
    bytes_a_second: int = 0
    audio_length: int | None = None
    """From `ds64`."""


def walk(file: BinaryIO, faults: Faults) -> Walk | None:
    """Reads the chunks' headers. None where the file is neither WAV nor AIFF."""
    head = file.read(12)
    if head[:4] not in _FORMS or head[8:12] not in {b"WAVE", b"AIFF", b"AIFC"}:
        return None
    size = file.seek(0, 2)
    form = _Form(_FORMS[head[:4]])
    audio = None
    for chunk in islice(_chunks(file, size, form), MOST_PIECES):
        content = min(chunk.length, 64)
        file.seek(chunk.start)
        if chunk.name == b"fmt ":
            form.bytes_a_second = int.from_bytes(file.read(content)[8:12], "little")
        elif chunk.name == b"COMM":
            form.bytes_a_second = _aiff_rate(file.read(content))
        elif chunk.name == b"ds64":
            form.audio_length = int.from_bytes(file.read(content)[8:16], "little")
        elif chunk.name in _AUDIO:
            audio = chunk
        missing = chunk.start + chunk.length - size
        if missing > 0 and chunk.length != _UNKNOWN:
            _report(faults, chunk, size, form)
    if audio is None:
        faults.add(f"{head[8:12].decode()}: no chunk with audio", byte=size)
    return Walk(Header(audio.start if audio else size), probe_bytes=_PROBE)


def _chunks(file: BinaryIO, size: int, form: _Form) -> Iterator[_Chunk]:
    """In their order, as long as their headers are there."""
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = file.read(4), int.from_bytes(file.read(4), form.order)
        if name in _AUDIO and length == _UNKNOWN and form.audio_length is not None:
            length = form.audio_length
        yield _Chunk(name, position + 8, length)
        if length == _UNKNOWN:
            return
        position += 8 + length + length % 2


def _report(faults: Faults, chunk: _Chunk, size: int, form: _Form) -> None:
    there = size - chunk.start
    second = there / form.bytes_a_second if chunk.name in _AUDIO and form.bytes_a_second else None
    name = chunk.name.decode("ascii", "replace").strip()
    faults.add(
        f"the chunk '{name}' is cut off: {there} bytes of the {chunk.length} that it declares",
        second=second,
        byte=size,
    )


def _aiff_rate(content: bytes) -> int:
    """Bytes a second, from the channels, the bits a sample and the rate, an 80-bit floating-point number."""
    if len(content) < 18:
        return 0
    channels: int
    bits: int
    channels, _, bits, exponent, mantissa = struct.unpack(">hIhHQ", content[:18])
    rate: float = mantissa * 2.0 ** (exponent - 16383 - 63) if exponent < 16383 + 32 else 0.0
    return int(rate * channels * ((bits + 7) // 8))
