"""Seekable zstd: independent frames, and a seek table in a skippable frame at the end.

"Zstandard Seekable Format", version 0.1.0 (in zstd's own repository); skippable frames: RFC 8878,
section 3.1.2. Any zstd decoder reads such a file as a whole and skips the table.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from tenuto.model.errors import BadInputError

SKIPPABLE_MAGIC: Final = 0x184D2A5E
SEEKABLE_MAGIC: Final = 0x8F92EAB1
FOOTER_LENGTH: Final = 9
"""Bytes at the end of the file that say how long the table is."""

_HEADER: Final = struct.Struct("<II")
_ENTRY: Final = struct.Struct("<II")
_FOOTER: Final = struct.Struct("<IBI")


@dataclass(frozen=True, slots=True)
class Frame:
    """One independently compressed frame; both lengths in bytes, below 2^32."""

    compressed: int
    decompressed: int


def seek_table(frames: Sequence[Frame]) -> bytes:
    """The skippable frame that ends the file. No checksums: zstd frames and SHA-256 beside them suffice."""
    entries = b"".join(_ENTRY.pack(frame.compressed, frame.decompressed) for frame in frames)
    body = entries + _FOOTER.pack(len(frames), 0, SEEKABLE_MAGIC)
    return _HEADER.pack(SKIPPABLE_MAGIC, len(body)) + body


def table_length(footer: bytes) -> int:
    """How many bytes at the end of the file are the seek table, from the last `FOOTER_LENGTH` bytes.

    `BadInputError` where there is none, or one with checksums or unknown features.
    """
    if len(footer) < FOOTER_LENGTH:
        raise BadInputError("no seek table: the file is too short")
    count, descriptor, magic = _FOOTER.unpack(footer[-FOOTER_LENGTH:])
    if magic != SEEKABLE_MAGIC or descriptor & 0b1111_1100:
        raise BadInputError("no seek table that is understood", remedy="Read the file from its beginning")
    return _HEADER.size + int(count) * _ENTRY.size + FOOTER_LENGTH


def read_seek_table(table: bytes) -> tuple[Frame, ...]:
    """The frames, from the file's last `table_length` bytes. `BadInputError` where they contradict."""
    if len(table) != table_length(table) or _HEADER.unpack_from(table) != (
        SKIPPABLE_MAGIC,
        len(table) - _HEADER.size,
    ):
        raise BadInputError("a damaged seek table", remedy="Read the file from its beginning")
    entries = _ENTRY.iter_unpack(table[_HEADER.size : -FOOTER_LENGTH])
    return tuple(Frame(compressed, decompressed) for compressed, decompressed in entries)


def offsets(frames: Sequence[Frame]) -> tuple[int, ...]:
    """Where each frame starts in the file."""
    return tuple(accumulate((frame.compressed for frame in frames), initial=0))[: len(frames)]
