"""Walks Ogg pages (RFC 3533): checksums, sequence and ends, which decoders mostly don't check."""

import zlib
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from tenuto.audio.containers.walk import Header, Walk, comment_count
from tenuto.audio.faults import Faults

_HEADER_LENGTH: Final = 27
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_NO_GRANULE: Final = -1
_OPUS_RATE: Final = 48_000
_TAGS: Final = (b"\x03vorbis", b"OpusTags")
_RATES: Final = ((b"\x01vorbis", 12), (b"Speex   ", 36))
"""Where the first packet of a codec has its sample rate, in 4 bytes, the low one first."""


def page_checksum(page: bytes) -> int:
    """CRC-32 of RFC 3533 (polynomial 0x04C11DB7, not reflected) over a page whose checksum field is zero.

    Computed as zlib's reflected CRC over bit-reversed bytes, at C speed.
    """
    register = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{register:032b}"[::-1], 2)


@dataclass(slots=True)
class _Stream:
    next_sequence: int
    ended: bool = False


@dataclass(slots=True)
class _Pages:
    """What was seen so far."""

    faults: Faults
    pages: int = 0
    position: int = 0
    """Of the page in hand."""
    rate: int = 0
    header_bytes: int = 0
    """Before the first page that ends audio (granule position other than 0 and -1)."""
    last_granule: int = 0
    negative_granule: int | None = None
    """The first granule position below -1. Vorbis allows it (the start is cut off); FFmpeg refuses it."""
    comments: int = 0
    """As the tags declare it, where their beginning is found."""
    streams: dict[int, _Stream] = field(default_factory=dict)

    def fault(self, text: str) -> None:
        second = self.last_granule / self.rate if self.rate else None
        self.faults.add(f"Ogg page {self.pages}: {text}", second=second, byte=self.position)

    def take(self, page: bytes) -> None:
        granule = int.from_bytes(page[6:14], "little", signed=True)
        serial, sequence = page[14:18], int.from_bytes(page[18:22], "little")
        if page_checksum(page[:22] + bytes(4) + page[26:]) != int.from_bytes(page[22:26], "little"):
            self.fault("checksum doesn't match")
        if self.last_granule == 0:
            packet = page[_HEADER_LENGTH + page[26] :]
            self.rate = self.rate or _rate(packet)
            self.comments = max(self.comments, _comment_count(packet))
        self._in_sequence(int.from_bytes(serial, "little"), sequence, page[5])
        if granule < _NO_GRANULE and self.negative_granule is None:
            self.negative_granule = granule
        if granule != _NO_GRANULE:
            self.last_granule = granule
        self.pages += 1

    def _in_sequence(self, serial: int, sequence: int, flags: int) -> None:
        stream = self.streams.get(serial)
        if stream is None or flags & 2:
            stream = self.streams[serial] = _Stream(sequence)
        if sequence != stream.next_sequence:
            self.fault(f"number {sequence} where {stream.next_sequence} is due")
        stream.next_sequence = sequence + 1
        stream.ended = stream.ended or bool(flags & 4)


def walk(file: BinaryIO, faults: Faults) -> Walk | None:
    """Reads all pages, one at a time. None where the file isn't Ogg."""
    found = _read(file, faults)
    if found is None:
        return None
    explanation = ""
    if found.negative_granule is not None:
        explanation = (
            f"the granule position {found.negative_granule} is below zero: the start was cut off,"
            " and FFmpeg refuses such a stream"
        )
    return Walk(Header(found.header_bytes, found.comments), explanation=explanation)


def opus_samples(path: Path, faults: Faults) -> int:
    """Samples at 48 kHz that an Ogg Opus file plays: the end's granule position less the pre-skip (RFC 7845).

    0 where it isn't Ogg.
    """
    with path.open("rb") as file:
        found = _read(file, faults)
        file.seek(0)
        pre_skip = int.from_bytes(file.read(40)[38:40], "little")
    return found.last_granule - pre_skip if found else 0


def _read(file: BinaryIO, faults: Faults) -> _Pages | None:
    if file.read(4) != b"OggS":
        return None
    file.seek(0)
    found, in_header = _Pages(faults), True
    while page := _next_page(file, found):
        found.take(page)
        in_header = in_header and found.last_granule == 0 and found.negative_granule is None
        found.header_bytes += len(page) if in_header else 0
    if not all(stream.ended for stream in found.streams.values()):
        found.fault("the file ends before its stream does")
    return found


def _next_page(file: BinaryIO, found: _Pages) -> bytes:
    found.position = file.tell()
    header = file.read(_HEADER_LENGTH)
    if header and header[:4] != b"OggS":
        header = _resynchronise(file, header, found)
    if not header:
        return b""
    table = file.read(header[26]) if len(header) == _HEADER_LENGTH else b""
    page = header + table + file.read(sum(table))
    if len(header) < _HEADER_LENGTH or len(page) < _HEADER_LENGTH + header[26] + sum(table):
        found.fault("cut off")
        return b""
    return page


def _resynchronise(file: BinaryIO, window: bytes, found: _Pages) -> bytes:
    found.fault("bytes that belong to no page")
    while True:
        at = window.find(b"OggS")
        if at >= 0:
            file.seek(at - len(window), 1)
            found.position = file.tell()
            return file.read(_HEADER_LENGTH)
        more = file.read(65536)
        if not more:
            return b""
        window = window[-3:] + more


def _rate(packet: bytes) -> int:
    """Hz, from the first packet of a stream; 0 where it isn't known."""
    if packet.startswith(b"OpusHead"):
        return _OPUS_RATE
    for magic, place in _RATES:
        if packet.startswith(magic):
            return int.from_bytes(packet[place : place + 4], "little")
    return 0


def _comment_count(packet: bytes) -> int:
    """Of a page that begins with the tags' packet; 0 where it doesn't."""
    for magic in _TAGS:
        if packet.startswith(magic):
            return comment_count(BytesIO(packet[len(magic) :]))
    return 0
