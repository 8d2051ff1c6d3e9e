"""Vorbis comments with their bytes intact.

mutagen replaces bytes that aren't UTF-8, so the encoding that they are in can't be told any more.
Source: Vorbis I specification, section 5 (comment header); RFC 7845 (Opus); RFC 9639 (FLAC).
"""

import struct
from typing import Any, BinaryIO, Final

from mutagen import ogg

_Page: Any = ogg.OggPage  # mutagen has no types

_MARKS: Final = (b"\x03vorbis", b"OpusTags")
_FLAC_COMMENT: Final = 4


def raw_comments(file: BinaryIO) -> list[tuple[str, bytes]]:
    """(name, value bytes) of an Ogg Vorbis, Ogg Opus or FLAC file, in order; empty for anything else.

    An entry without `=` has the name `""`. Raises `struct.error`, `EOFError` or mutagen's errors on a
    broken header.
    """
    file.seek(0)
    magic = file.read(4)
    file.seek(0)
    if magic == b"OggS":
        return _entries(_ogg_packet(file))
    return _entries(_flac_block(file)) if magic == b"fLaC" else []


def _ogg_packet(file: BinaryIO) -> bytes:
    """The second packet of the first logical stream, without its mark; empty if it isn't a comment header."""
    first = _Page(file)
    pages: list[Any] = []
    while not pages or not (pages[-1].complete or len(pages[-1].packets) > 1):
        page = _Page(file)
        if page.serial == first.serial:
            pages.append(page)
    packet: bytes = _Page.to_packets(pages)[0]
    return next((packet[len(mark) :] for mark in _MARKS if packet.startswith(mark)), b"")


def _flac_block(file: BinaryIO) -> bytes:
    file.seek(4)
    while len(header := file.read(4)) == 4:
        length = int.from_bytes(header[1:], "big")
        if header[0] & 0x7F == _FLAC_COMMENT:
            return file.read(length)
        if header[0] & 0x80:
            break
        file.seek(length, 1)
    return b""


def _entries(block: bytes) -> list[tuple[str, bytes]]:
    if not block:
        return []
    (vendor,) = struct.unpack_from("<I", block)
    (count,) = struct.unpack_from("<I", block, 4 + vendor)
    position, entries = 8 + vendor, []
    for _ in range(count):
        (length,) = struct.unpack_from("<I", block, position)
        name, equals, value = block[position + 4 : position + 4 + length].partition(b"=")
        entries.append((name.decode("ascii", "replace"), value) if equals else ("", name))
        position += 4 + length
    return entries
