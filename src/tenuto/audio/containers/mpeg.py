"""Walks the frames of MPEG audio (ISO/IEC 11172-3 and 13818-3, layers I to III), and checks what LAME noted.

A frame's header tells its length, so that each leads to the next; the first frame of many files is silent and
holds a count of frames and bytes ("Xing" or "Info") and a CRC-16 of the music (the LAME tag).
"""

import mmap
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO, Final, NamedTuple

from tenuto.audio.containers.crc16 import crc16
from tenuto.audio.containers.id3 import end_of_audio, tag_length
from tenuto.audio.containers.walk import Header, Walk
from tenuto.audio.faults import Faults

_RATES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Hz by MPEG's version bits: 1, 2 and 2.5."""
_KILOBITS: Final = {
    (True, 3): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 3): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 1): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s by (MPEG 1, layer bits: 3 is layer I) and index."""
_FIRST_WITHIN: Final = 65_536
"""Bytes behind the tags in which the first frame has to begin."""
_STEP: Final = 4096
_IN_A_ROW: Final = 3
"""Frames that show that a header is one."""
_LAME_TAG: Final = 120
"""Where it stands in an Xing header that has all its fields."""


class _Frame(NamedTuple):
    length: int
    samples: int
    rate: int
    kind: int
    """Version, layer and sample rate: equal in all frames of a stream."""


@dataclass(slots=True)
class _Place:
    byte: int
    rate: int
    samples: int = 0
    frames: int = 0

    def fault(self, faults: Faults, what: str, byte: int | None = None) -> None:
        """Here, or at `byte`, which no frame stands before."""
        faults.add(
            f"MPEG frame {self.frames}: {what}",
            second=self.samples / self.rate,
            byte=self.byte if byte is None else byte,
        )


@lru_cache(maxsize=4096)
def _frame(head: int) -> _Frame | None:
    """From the first three bytes of a header. None where it isn't one; nothing of free format is known."""
    version, layer = head >> 11 & 3, head >> 9 & 3
    kilobits_index, rate_index, padding = head >> 4 & 15, head >> 2 & 3, head >> 1 & 1
    impossible = version == 1 or layer == 0 or kilobits_index in {0, 15} or rate_index == 3
    if head >> 13 != 0x7FF or impossible:
        return None
    bits, rate = _KILOBITS[version == 3, layer][kilobits_index] * 1000, _RATES[version][rate_index]
    if layer == 3:
        length, samples = (12 * bits // rate + padding) * 4, 384
    else:
        samples = 1152 if layer == 2 or version == 3 else 576
        length = samples // 8 * bits // rate + padding
    return _Frame(length, samples, rate, head & 0x1E0C)


def walk(file: BinaryIO, faults: Faults) -> Walk | None:
    """Reads all frames. None where no run of frames begins near the start."""
    start = tag_length(file)
    size = file.seek(0, 2)
    if size - start < 4:
        return None
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as data:
        end = end_of_audio(data)
        first = _first(data, start, end)
        if first is None:
            return None
        _check(data, first, end, faults)
    return Walk(Header(first))


def _first(data: memoryview, start: int, end: int) -> int | None:
    window = bytes(data[start : min(end, start + _FIRST_WITHIN)])
    at = window.find(0xFF)
    while at >= 0:
        if _run(data, start + at, end):
            return start + at
        at = window.find(0xFF, at + 1)
    return None


def _run(data: memoryview, at: int, end: int) -> bool:
    """Whether frames of one kind follow one another, up to the end where there are few."""
    kind = None
    for _ in range(_IN_A_ROW):
        frame = _at(data, at)
        if frame is None or (kind is not None and frame.kind != kind):
            return False
        kind, at = frame.kind, at + frame.length
        if at >= end:
            return at == end
    return True


def _at(data: memoryview, at: int) -> _Frame | None:
    return _frame(data[at] << 16 | data[at + 1] << 8 | data[at + 2]) if at + 4 <= len(data) else None


def _check(data: memoryview, first: int, end: int, faults: Faults) -> None:
    opening = _at(data, first)
    assert opening is not None
    noted = _Noted.read(data, first, opening)
    place = _Place(first, opening.rate)
    while place.byte < end:
        frame = _at(data, place.byte)
        if frame is None or frame.kind != opening.kind:
            if not _resynchronise(data, place, end, opening, faults):
                break
            continue
        if place.byte + frame.length > end:
            place.fault(faults, f"cut off, {end - place.byte} of its {frame.length} bytes are there")
            break
        place.byte += frame.length
        place.samples += frame.samples
        place.frames += 1
    if noted is not None:
        noted.compare(data, place, opening.length, faults)


def _resynchronise(data: memoryview, place: _Place, end: int, opening: _Frame, faults: Faults) -> bool:
    """Moves on to the next frame. Zeros at the end are padding."""
    began = place.byte
    while place.byte < end:
        chunk = bytes(data[place.byte : min(end, place.byte + _STEP)])
        at = chunk.find(0xFF)
        while at >= 0:
            frame = _at(data, place.byte + at)
            if frame is not None and frame.kind == opening.kind and _run(data, place.byte + at, end):
                skipped = place.byte + at - began
                place.fault(faults, f"{skipped} bytes before it belong to no frame", began)
                place.byte += at
                return True
            at = chunk.find(0xFF, at + 1)
        place.byte += len(chunk)
    place.byte = began
    if any(data[began:end]):
        place.fault(faults, f"the last {end - began} bytes belong to no frame")
    return False


@dataclass(frozen=True, slots=True)
class _Noted:
    """What the encoder noted in the first frame."""

    first: int
    frames: int | None
    length: int | None
    """From the first frame on, itself included."""
    music: tuple[int, int] | None
    """LAME: bytes like `length`, and the CRC-16 of what stands behind the first frame."""

    @classmethod
    def read(cls, data: memoryview, first: int, opening: _Frame) -> "_Noted | None":
        """None where there is none."""
        mono, mpeg1 = data[first + 3] >> 6 == 3, opening.samples == 1152
        at = first + 4 + ((17 if mono else 32) if mpeg1 else (9 if mono else 17))
        head = bytes(data[at : first + opening.length])
        if head[:4] not in {b"Xing", b"Info"} or len(head) < 8:
            return None
        flags, place, values = head[7], 8, []
        for flag in (1, 2):
            values.append(int.from_bytes(head[place : place + 4], "big") if flags & flag else None)
            place += 4 if flags & flag else 0
        return cls(first, values[0], values[1], _lame(data, first, at, head, flags))

    def compare(self, data: memoryview, place: _Place, opening: int, faults: Faults) -> None:
        """`place` is the end of the last frame, `opening` the length of the first."""
        frames, length = place.frames - 1, place.byte - self.first
        if self.frames is not None and frames < self.frames:
            place.fault(faults, f"the end, where the encoder counted {self.frames} frames")
        elif self.length is not None and length < self.length:
            place.fault(faults, f"the end after {length} bytes, where the encoder counted {self.length}")
        if self.music is not None:
            noted, checksum = self.music
            if crc16(data[self.first + opening : min(self.first + noted, len(data))]) != checksum:
                faults.add("MPEG: the music doesn't match the encoder's checksum (LAME tag)")


def _lame(data: memoryview, first: int, at: int, head: bytes, flags: int) -> tuple[int, int] | None:
    """The music's length and checksum, where the tag's own checksum proves that it is one."""
    tag = head[_LAME_TAG : _LAME_TAG + 36]
    if flags & 15 != 15 or len(tag) < 36:
        return None
    if crc16(data[first : at + _LAME_TAG + 34]) != int.from_bytes(tag[34:36], "big"):
        return None
    length, checksum = int.from_bytes(tag[28:32], "big"), int.from_bytes(tag[32:34], "big")
    return (length, checksum) if length else None
