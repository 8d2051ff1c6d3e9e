"""Walks Ogg pages (RFC 3533): checksums, sequence and ends, which decoders mostly don't check."""

import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

_HEADER_LENGTH: Final = 27
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_NO_GRANULE: Final = -1
_MAX_FAULTS: Final = 20


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
class OggWalk:
    """What the pages of one file say."""

    pages: int = 0
    faults: list[str] = field(default_factory=list)
    header_bytes: int = 0
    """Before the first page that ends audio (granule position other than 0 and -1)."""
    last_granule: int = 0
    negative_granule: int | None = None
    """The first granule position below -1. Vorbis allows it (the start is cut off); FFmpeg refuses it."""
    _streams: dict[int, _Stream] = field(default_factory=dict)

    def _fault(self, text: str) -> None:
        if len(self.faults) < _MAX_FAULTS:
            self.faults.append(f"Ogg page {self.pages}: {text}")

    def _take(self, page: bytes) -> None:
        granule = int.from_bytes(page[6:14], "little", signed=True)
        serial, sequence = page[14:18], int.from_bytes(page[18:22], "little")
        if page_checksum(page[:22] + bytes(4) + page[26:]) != int.from_bytes(page[22:26], "little"):
            self._fault("checksum doesn't match")
        self._in_sequence(int.from_bytes(serial, "little"), sequence, page[5])
        if granule < _NO_GRANULE and self.negative_granule is None:
            self.negative_granule = granule
        if granule != _NO_GRANULE:
            self.last_granule = granule
        self.pages += 1

    def _in_sequence(self, serial: int, sequence: int, flags: int) -> None:
        stream = self._streams.get(serial)
        if stream is None or flags & 2:
            stream = self._streams[serial] = _Stream(sequence)
        if sequence != stream.next_sequence:
            self._fault(f"number {sequence} where {stream.next_sequence} is due")
        stream.next_sequence = sequence + 1
        stream.ended = stream.ended or bool(flags & 4)

    def _finish(self) -> None:
        if not all(stream.ended for stream in self._streams.values()):
            self._fault("the file ends before its stream does")


def walk(path: Path) -> OggWalk | None:
    """Reads all pages, one at a time. None where the file isn't Ogg."""
    found = OggWalk()
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return None
        file.seek(0)
        in_header = True
        while page := _next_page(file, found):
            found._take(page)  # noqa: SLF001  the walk and its findings are one thing
            in_header = in_header and found.last_granule == 0 and found.negative_granule is None
            found.header_bytes += len(page) if in_header else 0
    found._finish()  # noqa: SLF001  as above
    return found


def _next_page(file: BinaryIO, found: OggWalk) -> bytes:
    header = file.read(_HEADER_LENGTH)
    if header and header[:4] != b"OggS":
        header = _resynchronise(file, header, found)
    if not header:
        return b""
    table = file.read(header[26]) if len(header) == _HEADER_LENGTH else b""
    page = header + table + file.read(sum(table))
    if len(header) < _HEADER_LENGTH or len(page) < _HEADER_LENGTH + header[26] + sum(table):
        found._fault("cut off")  # noqa: SLF001  as above
        return b""
    return page


def _resynchronise(file: BinaryIO, window: bytes, found: OggWalk) -> bytes:
    found._fault("bytes that belong to no page")  # noqa: SLF001  as above
    while True:
        at = window.find(b"OggS")
        if at >= 0:
            file.seek(at - len(window), 1)
            return file.read(_HEADER_LENGTH)
        more = file.read(65536)
        if not more:
            return b""
        window = window[-3:] + more
