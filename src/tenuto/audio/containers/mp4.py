"""Boxes of MP4 (ISO/IEC 14496-12): those that the file doesn't hold, and samples beyond its end."""

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tenuto.audio.containers.walk import MOST_PIECES, Header, Walk
from tenuto.audio.faults import Faults
from tenuto.model.audio import Integrity

_MAX_TABLE: Final = 16 * 2**20
"""Bytes of one table: a day of audio."""
_MAX_DEPTH: Final = 8
_PARENTS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})

Numbers = npt.NDArray[np.int64]


class _Box(NamedTuple):
    name: bytes
    start: int
    """Of its content."""
    end: int


def walk(file: BinaryIO, faults: Faults) -> Walk | None:
    """Reads the boxes' headers and the tables of the tracks. None where the file isn't MP4."""
    if file.read(8)[4:8] not in {b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"}:
        return None
    size = file.seek(0, 2)
    names, before_audio = set(), 0
    for box in islice(_boxes(file, 0, size), MOST_PIECES):
        names.add(box.name)
        if b"mdat" not in names:
            before_audio = min(box.end, size)
        if box.end > size:
            name = box.name.decode("ascii", "replace")
            faults.add(
                f"the box '{name}' is cut off: {size - box.start} bytes of {box.end - box.start}", byte=size
            )
        elif box.name == b"moov":
            for track in _within(file, box, b"trak"):
                _check_track(file, track, size, faults)
    explanation = ""
    if b"moov" not in names and b"moof" not in names:
        explanation = "the box 'moov' is missing, without which nothing in the file can be found"
        faults.add(explanation, severity=Integrity.UNPLAYABLE, byte=size)
    return Walk(Header(before_audio), explanation=explanation)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    """Next to one another. A length of 0 reaches to the end, 1 stands for one of 64 bits."""
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        length, name, content = int.from_bytes(head[:4], "big"), head[4:8], start + 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), start + 16
        elif length == 0:
            length = end - start
        if length < content - start:
            return
        yield _Box(name, content, start + length)
        start += length


def _within(file: BinaryIO, box: _Box, name: bytes, depth: int = 0) -> Iterator[_Box]:
    """Boxes of this name inside another, through the boxes that hold nothing but boxes."""
    for each in islice(_boxes(file, box.start, box.end), MOST_PIECES):
        if each.name == name:
            yield each
        elif each.name in _PARENTS and depth < _MAX_DEPTH:
            yield from _within(file, each, name, depth + 1)


def _check_track(file: BinaryIO, track: _Box, size: int, faults: Faults) -> None:
    """Where each chunk ends, against the size of the file."""
    offsets = _offsets(file, track)
    sizes = _sizes(file, track)
    if not len(offsets) or not len(sizes):
        return
    counts = _samples_of_chunks(file, track, len(offsets))
    ends = np.minimum(np.cumsum(counts), len(sizes))
    running = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
    last_bytes = offsets + running[ends] - running[np.concatenate((np.zeros(1, dtype=np.int64), ends[:-1]))]
    lost = np.flatnonzero(last_bytes > size)
    if len(lost):
        first = int(lost[0])
        begin = int(ends[first - 1]) if first else 0
        there = (
            np.searchsorted(running[begin:] - running[begin], size - int(offsets[first]), side="right") - 1
        )
        sample = begin + max(0, int(there))
        faults.add(
            f"{len(lost)} of {len(offsets)} chunks of audio reach beyond the end of the file",
            second=_second(file, track, sample),
            byte=size,
        )


def _table(file: BinaryIO, track: _Box, name: bytes, kind: str, skip: int = 8) -> Numbers:
    """The numbers of a full box behind its version, flags and `skip` - 4 bytes more."""
    for box in _within(file, track, name):
        file.seek(box.start + skip)
        content = file.read(max(0, min(box.end - box.start - skip, _MAX_TABLE)))
        width = np.dtype(kind).itemsize
        return np.frombuffer(content[: len(content) // width * width], dtype=kind).astype(np.int64)
    return np.zeros(0, dtype=np.int64)


def _offsets(file: BinaryIO, track: _Box) -> Numbers:
    short = _table(file, track, b"stco", ">u4")
    return short if len(short) else _table(file, track, b"co64", ">u8")


def _sizes(file: BinaryIO, track: _Box) -> Numbers:
    """Of samples, which are a decoder's frames here: one size for all, or a table."""
    head = _table(file, track, b"stsz", ">u4", skip=4)
    if len(head) < 2:
        return np.zeros(0, dtype=np.int64)
    alike, count = int(head[0]), int(head[1])
    return np.full(min(count, _MAX_TABLE // 8), alike, dtype=np.int64) if alike else head[2 : 2 + count]


def _samples_of_chunks(file: BinaryIO, track: _Box, chunks: int) -> Numbers:
    """`stsc` names the first chunk of each run of chunks with equally many samples."""
    runs = _table(file, track, b"stsc", ">u4")
    runs = runs[: len(runs) // 3 * 3].reshape(-1, 3)
    firsts = np.clip(runs[:, 0] - 1, 0, chunks)
    if not len(runs) or np.any(np.diff(firsts) < 0):
        return np.zeros(chunks, dtype=np.int64)
    counts = np.repeat(runs[:, 1], np.diff(np.append(firsts, chunks)))
    return np.concatenate((np.zeros(int(firsts[0]), dtype=np.int64), counts))


def _second(file: BinaryIO, track: _Box, sample: int) -> float | None:
    """When a sample begins, where all last equally long."""
    durations = _table(file, track, b"stts", ">u4")
    for box in _within(file, track, b"mdhd"):
        file.seek(box.start)
        head = file.read(24)
        scale = int.from_bytes(head[20:24] if head[:1] == b"\x01" else head[12:16], "big")
        if scale and len(durations) >= 2:
            return sample * int(durations[1]) / scale
    return None
