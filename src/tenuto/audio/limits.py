"""What a file may ask of us. Headers lie, so nothing declared is believed and everything is bounded."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

_VORBIS_COMMENT: Final = 4
"""FLAC's type of the block with the tags (RFC 9639, section 8.1)."""


class Header(NamedTuple):
    """What stands in front of the audio: its bytes, and the number of tags where the format declares one."""

    bytes: int
    comments: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a file is refused (headers) or decoding stops (samples), with a fault that says so."""

    seconds: int = 24 * 3600
    channels: int = 8
    sample_rate_hz: int = 768_000
    header_bytes: int = 16 * 1024 * 1024
    """Tags and art together, before the first audio."""
    comments: int = 10_000
    """FFmpeg takes time quadratic in their number: 100,000 cost 77 s, in a file of 1.4 MB."""
    packet_bytes: int = 16 * 1024 * 1024
    picture_bytes: int = 2 * 1024 * 1024
    """Art that goes into an access copy."""

    def refuse(self, header: Header) -> str:
        """Why a file with this header isn't opened; empty where it is."""
        if header.bytes > self.header_bytes:
            return f"{header.bytes} bytes of tags and art before the audio"
        if header.comments > self.comments:
            return f"{header.comments} tags before the audio"
        return ""


DEFAULT_LIMITS = Limits()


def read_header(path: Path) -> Header:
    """What tags declare in front of the audio: ID3v2 (id3.org, 2.4) and FLAC metadata (RFC 9639).

    Ogg's are found by its page walk; nothing where the file has neither.
    """
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3" and len(head) == 10:
            return Header(
                10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
            )
        if head[:4] != b"fLaC":
            return Header(0)
        position, comments, last = 4, 0, False
        while not last:
            file.seek(position)
            block = file.read(4)
            if len(block) < 4:
                break
            last = bool(block[0] & 0x80)
            position += 4 + int.from_bytes(block[1:], "big")
            if block[0] & 0x7F == _VORBIS_COMMENT:
                comments = _comment_count(file)
        return Header(position, comments)


def _comment_count(file: BinaryIO) -> int:
    """As a Vorbis comment declares it, behind the vendor's name; all numbers little-endian."""
    vendor = int.from_bytes(file.read(4), "little")
    file.seek(vendor, 1)
    return int.from_bytes(file.read(4), "little")
